"""How far answers meet their rubrics, as graders marked them, and how much teachers changed. No model."""

from collections.abc import Iterable, Mapping, Sequence
from difflib import SequenceMatcher
from statistics import fmean, stdev

from pydantic import Field

from ..transcripts.records import Ask, Episode, Grade, Record, Role, Turn
from .measures import Measured

__all__ = ["EditReport", "MarkReport", "edit_share", "measure_edits", "measure_marks"]


class MarkReport(Record):
    """Marks over the questions whose first and last solutions were marked by a rubric.

    Shares are from 0 to 1; intervals are normal approximations over questions, of 95%.
    """

    n: int = Field(ge=0)
    """Questions."""
    criteria_t1: Measured
    """Mean share of the criteria that the first attempt meets."""
    criteria_t2: Measured
    """The same of the last."""
    met_t1: Measured
    """Share of first attempts that meet every criterion in full."""
    met_t2: Measured
    good_t1: Measured
    """Share of first attempts that meet every criterion in full and have the right answer."""
    good_t2: Measured
    by_criterion_t1: Mapping[str, Measured]
    """Mean mark of each criterion, over the questions whose rubric holds it."""
    by_criterion_t2: Mapping[str, Measured]


class EditReport(Record):
    """How much teachers changed in drafts, and how often they left them."""

    n: int = Field(ge=0)
    """Revisions."""
    edited: Measured
    """Mean `edit_share` of draft and revision."""
    unchanged: Measured
    """Share of drafts that were left as they were."""


def measure_marks(episodes: Iterable[Episode]) -> MarkReport:
    """The marks of all finished episodes in which a student's solutions were marked by a rubric."""
    pairs = [pair for episode in episodes if (pair := _first_and_last(episode)) is not None]
    first, last = [a for a, _ in pairs], [b for _, b in pairs]
    return MarkReport(
        n=len(pairs),
        criteria_t1=_mean([_share(grade) for grade in first]),
        criteria_t2=_mean([_share(grade) for grade in last]),
        met_t1=_mean([_met(grade) for grade in first]),
        met_t2=_mean([_met(grade) for grade in last]),
        good_t1=_mean([_met(grade) * grade.correct for grade in first]),
        good_t2=_mean([_met(grade) * grade.correct for grade in last]),
        by_criterion_t1=_by_criterion(first),
        by_criterion_t2=_by_criterion(last),
    )


def measure_edits(episodes: Iterable[Episode]) -> EditReport:
    """How much teachers changed in the drafts that they revised."""
    shares = [
        edit_share(episode.turns[draft].text, turn.text)
        for episode in episodes
        for turn in episode.turns
        if turn.role is Role.TEACHER and turn.ask is Ask.DEMONSTRATE
        for draft in [i for i in turn.heard if episode.turns[i].role is Role.STUDENT][-1:]
    ]
    return EditReport(
        n=len(shares), edited=_mean(shares), unchanged=_mean([float(share == 0) for share in shares])
    )


def edit_share(draft: str, revision: str) -> float:
    """From 0 (the same words) to 1 (nothing in common): 1 - 2M/T, where M characters of T in both match.

    Ratcliff and Obershelp's measure, as `difflib` has it.
    """
    return 1.0 - SequenceMatcher(None, draft, revision, autojunk=False).ratio()


def _first_and_last(episode: Episode) -> tuple[Grade, Grade] | None:
    if episode.ending is None or episode.ending.kind != "finished":
        return None
    grades = [
        turn.payload
        for turn in episode.turns
        if isinstance(turn.payload, Grade) and turn.payload.marks and _of_student(episode, turn)
    ]
    return (grades[0], grades[-1]) if grades else None


def _of_student(episode: Episode, grade: Turn) -> bool:
    """Whether the solution that was graded is a student's."""
    return any(
        episode.turns[i].role is Role.STUDENT and episode.turns[i].attempt is not None for i in grade.heard
    )


def _share(grade: Grade) -> float:
    return fmean(grade.marks.values())


def _met(grade: Grade) -> float:
    return float(all(mark == 1.0 for mark in grade.marks.values()))


def _by_criterion(grades: Sequence[Grade]) -> dict[str, Measured]:
    values: dict[str, list[float]] = {}
    for grade in grades:
        for name, mark in grade.marks.items():
            values.setdefault(name, []).append(mark)
    return {name: _mean(values[name]) for name in sorted(values)}


def _mean(values: Sequence[float]) -> Measured:
    """The mean with a normal interval; nothing is known of nothing."""
    if not values:
        return Measured(value=0.0, low=0.0, high=1.0, n=0)
    mean = fmean(values)
    half = 1.96 * stdev(values) / len(values) ** 0.5 if len(values) > 1 else 1.0
    return Measured(value=mean, low=max(0.0, mean - half), high=min(1.0, mean + half), n=len(values))

"""How often teachers are wrong, measured back on what they wrote. Reads grades; judges nothing itself."""

from collections.abc import Iterable, Mapping

from ..transcripts.records import Ask, Episode, Grade, Record, Role, Tier
from .intervals import clustered_rate, wilson
from .measures import Measured
from .recipes.base import finished, grade_of

__all__ = ["TeacherErrors", "teacher_errors"]


class TeacherErrors(Record):
    """The two error rates of He et al. (NAACL 2025, arXiv 2410.20533), with 95% intervals."""

    outcome_error_rate: Measured
    """Share of demonstrations that end in a wrong answer."""
    step_error_rate: Measured
    """Wrong steps over all steps, where steps were checked; n counts steps."""


def teacher_errors(episodes: Iterable[Episode]) -> Mapping[Tier, TeacherErrors]:
    """The error rates of all demonstrations that were graded, by the tier of their questions.

    Args:
        episodes: Any; those that did not finish are passed over.
    """
    grades: dict[Tier, list[Grade]] = {}
    for episode in finished(episodes):
        shown = (t for t in episode.turns if t.role is Role.TEACHER and t.ask is Ask.DEMONSTRATE)
        for turn in shown:
            if (grade := grade_of(episode, turn)) is not None:
                grades.setdefault(episode.question_of(turn).tier, []).append(grade)
    return {tier: _errors(found) for tier, found in grades.items()}


def _errors(grades: list[Grade]) -> TeacherErrors:
    wrong = sum(not grade.correct for grade in grades)
    low, high = wilson(wrong, len(grades))
    counts = [(g.wrong_steps, g.steps) for g in grades if g.steps is not None and g.wrong_steps is not None]
    rate, lowest, highest = clustered_rate(counts)
    return TeacherErrors(
        outcome_error_rate=Measured(value=wrong / len(grades), low=low, high=high, n=len(grades)),
        step_error_rate=Measured(value=rate, low=lowest, high=highest, n=sum(steps for _, steps in counts)),
    )

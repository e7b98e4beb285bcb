"""Rationale: question to worked solution, the plain supervised training that others are measured against."""

import itertools
from collections.abc import Iterable, Iterator, Mapping

from ...transcripts.prompts import PLAIN_STUDENT
from ...transcripts.records import Ask, Attempt, Episode, Example, Role, Turn
from ...transcripts.replies import render_attempt
from .base import Trust, check_limit, check_trust, check_weight, finished, is_right, row

__all__ = ["demonstrated", "rationale"]


def rationale(
    episodes: Iterable[Episode],
    *,
    trust: Trust = "teacher",
    weight: float = 1.0,
    limit: int | None = None,
    instructions: Mapping[str, str] = PLAIN_STUDENT,
) -> Iterator[Example]:
    """One row of kind ``attempt`` for each distinct question: its reference solution.

    That is the first demonstration by a teacher who had heard nothing (a weak teacher's too, unless `trust`
    is ``graded``), else the solution that the question carries. Questions with neither are passed over.

    Args:
        episodes: Any; those that did not finish are passed over.
        trust: ``graded`` leaves out demonstrations whose answer is known to be wrong.
        weight: Of each solution in the loss.
        limit: Rows at most.
        instructions: What the student is told, as for `schoolroom.transcripts.prompts.prompt`.
    """
    check_limit(limit)
    check_trust(trust)
    weight = check_weight("attempt", weight)
    return itertools.islice(_rows(episodes, trust, weight, instructions), limit)


def _rows(
    episodes: Iterable[Episode], trust: Trust, weight: float, instructions: Mapping[str, str]
) -> Iterator[Example]:
    seen: set[str] = set()
    for episode in finished(episodes):
        shown = demonstrated(episode, trust)
        solution = shown.text if shown else _reference(episode)
        if solution is None or episode.question.id in seen:
            continue
        seen.add(episode.question.id)
        yield row(
            "rationale",
            "attempt",
            episode,
            ask=Ask.ATTEMPT,
            heard=(),
            reply=solution,
            sources=(shown,) if shown else (),
            weight=weight,
            instructions=instructions,
        )


def demonstrated(episode: Episode, trust: Trust) -> Turn | None:
    """What a teacher demonstrated first, having heard nothing; no wrong one where `trust` is ``graded``."""
    for turn in episode.turns:
        if turn.role is Role.TEACHER and turn.ask is Ask.DEMONSTRATE and not turn.heard:
            return None if trust == "graded" and is_right(episode, turn) is False else turn
    return None


def _reference(episode: Episode) -> str | None:
    question = episode.question
    if not question.solution:
        return None
    return render_attempt(Attempt(steps=question.solution, answer=question.answer))

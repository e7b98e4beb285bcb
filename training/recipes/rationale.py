"""Rationale: question to worked solution, the plain supervised training that others are measured against."""

import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping

from ...transcripts.prompts import PLAIN_STUDENT
from ...transcripts.records import Ask, Attempt, Episode, Example, Feedback, Role, Turn
from ...transcripts.replies import parse_attempt, render_attempt
from .base import Trust, check_limit, check_trust, check_weight, finished, is_right, row
from .units import about

__all__ = ["demonstrated", "rationale"]

_Solution = tuple[str, tuple[Turn, ...]]
"""Its words, and the turns that they came from."""


def rationale(
    episodes: Iterable[Episode],
    *,
    trust: Trust = "teacher",
    weight: float = 1.0,
    checked: bool = False,
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
        checked: Take the solution that a teacher found all correct last, in any script, and put what it said
            of each step between the steps and the answer. So the student works everything out twice before
            its first answer, as with attempt and check: the control for whether correction is more than
            further written steps. Episodes without one are passed over.
        limit: Rows at most.
        instructions: What the student is told, as for `schoolroom.transcripts.prompts.prompt`.
    """
    check_limit(limit)
    check_trust(trust)
    weight = check_weight("attempt", weight)
    solution_of = _checked if checked else _solution
    rows = _rows(episodes, solution_of, trust, weight, instructions)
    return itertools.islice(rows, limit)


def _rows(
    episodes: Iterable[Episode],
    solution_of: Callable[[Episode, Trust], _Solution | None],
    trust: Trust,
    weight: float,
    instructions: Mapping[str, str],
) -> Iterator[Example]:
    seen: set[str] = set()
    for episode in finished(episodes):
        solution = solution_of(episode, trust)
        if solution is None or episode.question.id in seen:
            continue
        seen.add(episode.question.id)
        words, sources = solution
        yield row(
            "rationale",
            "attempt",
            episode,
            ask=Ask.ATTEMPT,
            heard=(),
            reply=words,
            sources=sources,
            weight=weight,
            instructions=instructions,
        )


def _solution(episode: Episode, trust: Trust) -> _Solution | None:
    if (shown := demonstrated(episode, trust)) is not None:
        return shown.text, (shown,)
    question = episode.question
    if not question.solution:
        return None
    return render_attempt(Attempt(steps=question.solution, answer=question.answer)), ()


def _checked(episode: Episode, trust: Trust) -> _Solution | None:
    for feedback in reversed(episode.turns):
        index = about(episode, feedback)
        if index is None or not feedback.says_correct or episode.question_of(feedback) != episode.question:
            continue
        turn = episode.turns[index]
        if turn.attempt is not None and not (trust == "graded" and is_right(episode, turn) is False):
            checks = parse_attempt(_said_of_steps(feedback)).steps  # a line about the answer is none of them
            steps = (*turn.attempt.steps, *checks)
            return render_attempt(turn.attempt.model_copy(update={"steps": steps})), (turn, feedback)
    return None


def _said_of_steps(feedback: Turn) -> str:
    """What a feedback says before the line that decides."""
    reason = feedback.payload.reason if isinstance(feedback.payload, Feedback) else ""
    return reason or "\n".join(feedback.text.splitlines()[:-1])


def demonstrated(episode: Episode, trust: Trust) -> Turn | None:
    """What a teacher demonstrated first, having heard nothing; no wrong one where `trust` is ``graded``."""
    for turn in episode.turns:
        if turn.role is Role.TEACHER and turn.ask is Ask.DEMONSTRATE and not turn.heard:
            return None if trust == "graded" and is_right(episode, turn) is False else turn
    return None

"""What a conversation tells of itself: whom a judgement is about, which line it blames, and in which words.

Screens and pages show it, each in its own way; nothing here knows of either.
"""

import re
from collections.abc import Iterator, Sequence

from ..transcripts.records import Ask, Attempt, Episode, Feedback, Grade, Turn
from .comparison import right_in_the_end
from .mastery import unaided_answer

__all__ = [
    "ASKED",
    "blamed_line",
    "blames_on",
    "ending_words",
    "judged",
    "outcome",
    "revised",
    "task",
    "verdict",
]

ASKED = {
    Ask.ATTEMPT: "attempt",
    Ask.FEEDBACK: "feedback",
    Ask.REVISE: "revision",
    Ask.DEMONSTRATE: "demonstration",
    Ask.GRADE: "grade",
    Ask.RUBRIC: "rubric",
    Ask.GENERALIZE: "questions of the same kind",
    Ask.HARDEN: "harder questions",
    Ask.DIVIDE: "parts of the question",
}
"""What a turn is, by what was asked for."""


def task(episode: Episode, turn: Turn) -> str:
    """What `turn` was to be: ``attempt``, ``feedback on turn 1``, ``grade of turn 3``."""
    on = judged(episode, turn)
    about = "" if on is None else f" {'of' if turn.ask is Ask.GRADE else 'on'} turn {on.index + 1}"
    return f"{ASKED[turn.ask]}{about}"


def judged(episode: Episode, turn: Turn) -> Turn | None:
    """The solution that a judgement is about: the last one that was heard; None where `turn` judges none."""
    return _solution_heard(episode, turn) if isinstance(turn.payload, Feedback | Grade) else None


def revised(episode: Episode, turn: Turn) -> Turn | None:
    """The solution that `turn` writes anew: the last one that was heard; None where it is no second one."""
    return _solution_heard(episode, turn) if turn.attempt is not None else None


def _solution_heard(episode: Episode, turn: Turn) -> Turn | None:
    said = {earlier.index: earlier for earlier in episode.turns}
    heard = (said[index] for index in reversed(turn.heard) if index in said)
    return next((earlier for earlier in heard if earlier.attempt is not None), None)


def blames_on(episode: Episode, turn: Turn) -> Iterator[Turn]:
    """The feedback on this attempt that finds something wrong in it, in order."""
    for later in episode.turns:
        if isinstance(later.payload, Feedback) and not later.payload.correct:
            on = judged(episode, later)
            if on is not None and on.index == turn.index:
                yield later


def blamed_line(blame: Feedback, attempt: Attempt, lines: Sequence[str]) -> int | None:
    """Which of the lines that `attempt` was written in holds the blamed step; None where that cannot be told.

    Steps stand in the words in their order, and some lines are none.
    """
    wanted = len(attempt.steps) if blame.step is None else blame.step
    number = -1
    for index, step in enumerate(attempt.steps):
        number = next((n for n in range(number + 1, len(lines)) if lines[n].strip() == step), number)
        if index == wanted:
            return number if number >= 0 else None
    answer = attempt.answer
    return next((n for n in reversed(range(len(lines))) if answer and answer in lines[n]), None)


def verdict(episode: Episode, turn: Turn) -> str | None:
    """What a judgement means, in a line that begins with ✓ or ✗; None where `turn` judges nothing."""
    match payload := turn.payload:
        case Feedback(correct=True):
            return "✓ all correct"
        case Feedback():
            on = judged(episode, turn)
            return f"✗ {_blame(payload, (on and on.attempt) or Attempt(steps=(), answer=None))}"
        case Grade():
            said = f"{'✓ right' if payload.correct else '✗ wrong'}, score {payload.score:.2f}"
            if payload.wrong_steps is not None and payload.steps is not None:
                said += (
                    f", {payload.wrong_steps:,} of {payload.steps:,} step{'s' * (payload.steps != 1)} wrong"
                )
            return said
        case _:
            return None


def _blame(blame: Feedback, attempt: Attempt) -> str:
    """What is wrong, where, and why, as far as one line of the reason is about that place.

    A reason of several lines is what somebody said, who may have begun with a greeting.
    """
    in_steps = blame.step is not None and blame.step < len(attempt.steps)
    place = f"step {(blame.step or 0) + 1}" if in_steps else "the answer"
    line = attempt.steps[blame.step or 0] if in_steps else attempt.answer or ""
    whys = [why for why in blame.reason.splitlines() if why.strip()]
    if len(whys) > 1:
        quoted = f"|{re.escape(line)}" if line else ""
        whys = [why for why in whys if re.search(rf"\b{place}\b{quoted}", why, re.IGNORECASE)]
    span = " ".join((blame.span or ("" if whys else line)).split())
    return place + (f', "{span}"' if span else "") + (f": {whys[0]}" if whys else "")


def ending_words(episode: Episode) -> str:
    """``finished``, ``cut short: …`` or ``open: …``."""
    if episode.ending is None:
        return "open: it is under way, or was when the process ended"
    if episode.ending.kind == "finished":
        return "finished"
    return f"cut short: {episode.ending.reason or 'no reason given'}"


def outcome(episode: Episode) -> str | None:
    """``right unaided``, ``right in the end`` or ``wrong in the end``; None where nothing was graded."""
    if (last := right_in_the_end(episode)) is None:
        return None
    if not last:
        return "wrong in the end"
    return "right unaided" if unaided_answer(episode.turns) else "right in the end"

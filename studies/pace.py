"""How a study divides its time: what a machine does in a second, and the numbers that follow from it."""

from collections.abc import Mapping
from math import floor

from pydantic import Field

from ..transcripts.records import Record

__all__ = ["Limits", "Pace", "Rates", "divide"]

SHARES: Mapping[str, float] = {"training": 0.4, "exams": 0.2, "schools": 0.2, "problems": 0.1}
"""Of the time, for all arms together; what is left goes to loading, saving and records."""

REPLIES_AT_EXAM = 3
"""At most: attempt, check and revision."""

LEARNT_OF_A_QUESTION = {"yoda": 4, "tripost": 2}
"""How many solutions' worth of tokens a question at school brings, about."""


FEWEST = 20
"""Multiplied problems, so that every lesson has some."""


class Rates(Record):
    """What a machine does, measured on the student that all arms go on from."""

    replies: float = Field(gt=0.0)
    """Written in a second in classrooms, with their checks."""
    tokens: float = Field(gt=0.0)
    """Trained in a second; those that carry loss."""
    problems: float = Field(gt=0.0)
    """Made and demonstrated in a second."""
    solution: float = Field(gt=0.0)
    """Tokens that a plain solution trains."""


class Limits(Record):
    """The most of everything, however much time there is."""

    exam: int = Field(default=1319, ge=1)
    """Questions; GSM8K's test has 1,319."""
    steps: int = Field(default=20_000, ge=1)
    """Optimizer steps of each arm."""
    problems: int = Field(default=500_000, ge=1)
    """Multiplied problems."""
    questions: int = Field(default=100_000, ge=1)
    """Of each school of each iteration."""
    iterations: int = Field(default=2, ge=1)
    """Of TriPosT."""


class Pace(Record):
    """The numbers that follow; at least 1 each."""

    exam: int
    steps: int
    problems: int
    yoda: int
    """Basic questions at YODA's school."""
    tripost: int
    """Questions of each of TriPosT's iterations."""
    iterations: int


def divide(
    minutes: float,
    rates: Rates,
    limits: Limits,
    *,
    exams: int,
    arms: int,
    batch_tokens: int,
    yoda_replies: int,
    yoda_questions: int,
    iteration_steps: int,
) -> Pace:
    """Divide the time that one seed has. More never gives less of anything, but of TriPosT's questions an
    iteration where it allows a further one.

    Args:
        minutes: That are left once the rates are known.
        rates: As they were measured.
        limits: Not to be passed.
        exams: How many there are.
        arms: How many are trained.
        batch_tokens: Trained tokens of a step.
        yoda_replies: The student's at most, in an episode of YODA's.
        yoda_questions: Met in it.
        iteration_steps: Fewest steps that an iteration is worth.
    """
    seconds = {part: 60 * minutes * share for part, share in SHARES.items()}
    steps = _within(seconds["training"] / arms * rates.tokens / batch_tokens, limits.steps)
    solutions = steps * batch_tokens / rates.solution
    school = seconds["schools"] / 2
    iterations = _within(steps / iteration_steps, limits.iterations)
    # An iteration's questions bring an attempt; from the second on, a check and an update, too.
    tripost_replies = 1 + REPLIES_AT_EXAM * (iterations - 1)
    # To make a question at school, and to check what is said of it, takes as long as to make a problem.
    yoda = school / (yoda_replies / rates.replies + yoda_questions / rates.problems)
    tripost = school / (tripost_replies / rates.replies + 1 / rates.problems)
    learnt = {name: solutions / worth for name, worth in LEARNT_OF_A_QUESTION.items()}
    return Pace(
        exam=_within(seconds["exams"] / exams * rates.replies / REPLIES_AT_EXAM, limits.exam),
        steps=steps,
        problems=max(FEWEST, _within(min(seconds["problems"] * rates.problems, solutions), limits.problems)),
        yoda=_within(min(yoda, learnt["yoda"] / yoda_questions), limits.questions),
        tripost=_within(min(tripost, learnt["tripost"] / iterations), limits.questions),
        iterations=iterations,
    )


def _within(number: float, most: int) -> int:
    return max(1, min(floor(number), most))

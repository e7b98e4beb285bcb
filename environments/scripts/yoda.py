"""YODA (Lu et al. 2024, arXiv 2401.15670): a basic question, then the same in other dress, then harder ones.

    for level 1..n:  learn(q);  learn(each of m generalized(q));  q <- harder(q)
    learn(q):        attempt; until the teacher finds nothing wrong or rounds run out: feedback, revision

Where we differ:
1. The numbers m, n and of rounds are settings; the paper's could not be read.
2. Where the rounds run out the teacher shows how it goes, and checks that aloud, as in `tutoring`.
3. A question with a known answer is graded; the method itself needs no label and no grader.
4. No question is taught twice, and none that is held out for exams: the teacher is asked for another.
"""

from collections.abc import Generator
from typing import Annotated

from pydantic import Field

from ...transcripts.records import Ask, Cue, Question, Turn
from ..questions import belongs_to_exam
from ..script import Script
from .tutoring import learn

__all__ = ["yoda"]

TRIES = 3
"""How often the teacher is asked for further questions, where some that it makes cannot be taught."""


def yoda(
    question: Question,
    *,
    generalized: Annotated[int, Field(ge=0)] = 3,
    levels: Annotated[int, Field(ge=1)] = 3,
    rounds: Annotated[int, Field(ge=0)] = 4,
) -> Script:
    """One basic question and what grows from it, each learnt by attempt, feedback and revision.

    Args:
        question: The basic one.
        generalized: How many of the same in another dress are learnt at each level, from 0.
        levels: How many levels of difficulty there are, the basic one among them, from 1.
        rounds: How often the student may revise an attempt before the teacher shows how it goes, from 0.
    """
    met = {question.id}
    for level in range(levels):
        if level > 0:
            harder = yield from _further(Ask.HARDEN, question, 1, met)
            if not harder:
                return
            (question,) = harder
        yield from _learnt(question, rounds)
        for other in (yield from _further(Ask.GENERALIZE, question, generalized, met)):
            yield from _learnt(other, rounds)


def _learnt(question: Question, rounds: int) -> Generator[Cue, Turn, None]:
    attempt = yield from learn(question, rounds)
    if question.answer is not None:
        yield Cue(seat="grader", ask=Ask.GRADE, question=question, heard=(attempt,))


def _further(ask: Ask, question: Question, count: int, met: set[str]) -> Generator[Cue, Turn, list[Question]]:
    """At most `count` questions that the teacher makes of `question`; their ids are added to those `met`."""
    found: list[Question] = []
    for _ in range(TRIES):
        if len(found) == count:
            break
        made = yield Cue(seat="teacher", ask=ask, question=question, count=count - len(found))
        if not made.questions:  # of some questions nothing can be made
            break
        for other in made.questions[: count - len(found)]:
            if other.id not in met and not belongs_to_exam(other):
                found.append(other)
            met.add(other.id)
    return found

"""Tutoring: attempt, feedback, revision, until the teacher is satisfied; else the teacher shows how it goes.

What the teacher shows it also checks aloud, so that a right solution has been checked in every episode.
"""

from collections.abc import Generator

from ...transcripts.records import Ask, Cue, Question, Turn
from ..script import Script

__all__ = ["learn", "tutoring"]


def tutoring(question: Question, *, max_revisions: int = 1) -> Script:
    """One question worked through by a student with a teacher at its side.

    Args:
        question: What is worked on.
        max_revisions: How often the student may try again before the teacher corrects the solution, from 0.
    """
    attempt = yield from learn(question, max_revisions)
    yield Cue(seat="grader", ask=Ask.GRADE, question=question, heard=(attempt,))


def learn(question: Question, max_revisions: int) -> Generator[Cue, Turn, Turn]:
    """The part of `tutoring` that other scripts share: all of it but the grade. Returns the last attempt."""
    attempt = yield Cue(seat="student", ask=Ask.ATTEMPT, question=question)
    feedback = yield Cue(seat="teacher", ask=Ask.FEEDBACK, question=question, heard=(attempt,))
    for _ in range(max_revisions):
        if feedback.says_correct:
            break
        attempt = yield Cue(seat="student", ask=Ask.REVISE, question=question, heard=(attempt, feedback))
        feedback = yield Cue(seat="teacher", ask=Ask.FEEDBACK, question=question, heard=(attempt,))
    if not feedback.says_correct:
        shown = yield Cue(seat="teacher", ask=Ask.DEMONSTRATE, question=question, heard=(attempt, feedback))
        yield Cue(seat="teacher", ask=Ask.FEEDBACK, question=question, heard=(shown,))
    return attempt

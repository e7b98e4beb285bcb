"""Demonstration: the teacher works a question through. Gold solutions enter the transcripts this way."""

from ...transcripts.records import Ask, Cue, Question
from ..script import Script

__all__ = ["demonstration"]


def demonstration(question: Question, *, checked: bool = False) -> Script:
    """One question solved by the teacher alone, and graded.

    Args:
        question: What is solved.
        checked: The teacher also checks aloud what it has written.
    """
    shown = yield Cue(seat="teacher", ask=Ask.DEMONSTRATE, question=question)
    if checked:
        yield Cue(seat="teacher", ask=Ask.FEEDBACK, question=question, heard=(shown,))
    yield Cue(seat="grader", ask=Ask.GRADE, question=question, heard=(shown,))

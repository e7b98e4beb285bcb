"""The script `drill`: the student tries until the teacher finds nothing wrong, and is then graded."""

from schoolroom.environments.script import Script
from schoolroom.transcripts.records import Ask, Cue, Question


def drill(question: Question, *, tries: int = 3) -> Script:
    """One question, tried again and again.

    Args:
        question: What is worked on.
        tries: How often the student may try at most, from 1.
    """
    attempt = yield Cue(seat="student", ask=Ask.ATTEMPT, question=question)
    for _ in range(tries - 1):
        feedback = yield Cue(seat="teacher", ask=Ask.FEEDBACK, question=question, heard=(attempt,))
        if feedback.says_correct:
            break
        attempt = yield Cue(seat="student", ask=Ask.REVISE, question=question, heard=(attempt, feedback))
    yield Cue(seat="grader", ask=Ask.GRADE, question=question, heard=(attempt,))

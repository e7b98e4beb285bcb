"""Supervision: the teacher works a hard question through, divides it, and its parts are worked through too.

After He et al. (NAACL 2025, arXiv 2410.20533): whole tasks and their easier subtasks as two sources of what a
student learns, each as good or bad as its teacher.
"""

from ...transcripts.records import Ask, Cue, Question
from ..script import Script

__all__ = ["supervision"]


def supervision(
    question: Question, *, parts: int = 3, whole_by: str = "teacher", parts_by: str = "teacher"
) -> Script:
    """One question and its parts, each demonstrated and graded.

    Args:
        question: The whole task.
        parts: How many parts it is divided into; 0 leaves it whole.
        whole_by: The seat that demonstrates the whole task, and divides it.
        parts_by: The seat that demonstrates the parts; whoever fails at the whole may be good at these.
    """
    shown = yield Cue(seat=whole_by, ask=Ask.DEMONSTRATE, question=question)
    demonstrations = [(question, shown)]
    if parts:
        divided = yield Cue(seat=whole_by, ask=Ask.DIVIDE, question=question, count=parts)
        if subtasks := divided.questions:  # not every task has parts
            solved = yield tuple(Cue(seat=parts_by, ask=Ask.DEMONSTRATE, question=part) for part in subtasks)
            demonstrations += zip(subtasks, solved, strict=True)
    yield tuple(
        Cue(seat="grader", ask=Ask.GRADE, question=about, heard=(solution,))
        for about, solution in demonstrations
    )

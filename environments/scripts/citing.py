"""CITING: a rubric for the question's type, the student's draft, and the least revision that meets both.

Feng et al., arXiv 2310.02527. There the teacher writes rubrics once for each type of instruction (`rubrics`),
a new instruction takes those of the most similar ones, and the student is trained round after round on the
teacher's revisions of what it wrote itself: in round k, of its (k-1)-th revision. Our choices: the draft is
written without the rubric, as a student who never saw one writes it; every solution is graded, with a mark
for each criterion.
"""

from collections.abc import Generator
from typing import Annotated

from pydantic import Field

from ...transcripts.records import Ask, Cue, Question, Turn
from ..script import Script

__all__ = ["citing", "citing_exam", "rubrics"]

Revisions = Annotated[int, Field(ge=0)]


def rubrics(question: Question) -> Script:
    """The teacher writes the criteria of a good answer to questions of this type."""
    yield Cue(seat="teacher", ask=Ask.RUBRIC, question=question)


def citing(question: Question, *, rubric_by: str | None = "teacher", own_revisions: Revisions = 0) -> Script:
    """A draft, revised by the student itself and then by the teacher, under a rubric.

    Args:
        question: What is worked on.
        rubric_by: The seat that gives the rubric: the teacher writes it, a `RubricShelf` looks it up. None
            withholds it.
        own_revisions: How often the student revises its draft before the teacher does: k - 1 in round k.
    """
    rubric = yield from _rubric(question, rubric_by)
    drafts = yield from _drafts(question, rubric, own_revisions)
    shown = yield Cue(seat="teacher", ask=Ask.DEMONSTRATE, question=question, heard=(*rubric, drafts[-1]))
    yield _grades(question, (*drafts, shown), rubric)


def citing_exam(
    question: Question,
    *,
    rubric_by: str | None = "shelf",
    max_revisions: Revisions = 1,
    draft_reads_rubric: bool = False,
    judged_by: str | None = None,
) -> Script:
    """A draft, and the student's own revisions of it under a rubric; nobody tells it when to stop.

    Args:
        question: What is asked.
        rubric_by: The seat that gives the student its rubric; None withholds it.
        max_revisions: How often the student revises; it stops where a revision changes nothing.
        draft_reads_rubric: Whether the draft is written under the rubric, too (a control).
        judged_by: The seat that gives the grader its rubric; None: the grader reads the student's.
    """
    rubric = yield from _rubric(question, rubric_by)
    read = rubric if draft_reads_rubric else ()
    drafts = yield from _drafts(question, rubric, max_revisions, read=read, lenient=True)
    judged = rubric if judged_by is None else (yield from _rubric(question, judged_by))
    yield _grades(question, drafts, judged)


def _rubric(question: Question, seat: str | None) -> Generator[Cue, Turn, tuple[Turn, ...]]:
    """The turn that gives the rubric, if anybody gives one."""
    if seat is None:
        return ()
    return ((yield Cue(seat=seat, ask=Ask.RUBRIC, question=question)),)


def _drafts(
    question: Question,
    rubric: tuple[Turn, ...],
    revisions: int,
    *,
    read: tuple[Turn, ...] = (),
    lenient: bool = False,
) -> Generator[Cue, Turn, tuple[Turn, ...]]:
    """The student's draft and its revisions, up to one that changes nothing."""
    draft = yield Cue(seat="student", ask=Ask.ATTEMPT, question=question, heard=read, lenient=lenient)
    drafts = [draft]
    for _ in range(revisions):
        heard = (*rubric, drafts[-1])
        revised = yield Cue(seat="student", ask=Ask.REVISE, question=question, heard=heard, lenient=lenient)
        drafts.append(revised)
        if revised.text == heard[-1].text:
            break
    return tuple(drafts)


def _grades(question: Question, solutions: tuple[Turn, ...], rubric: tuple[Turn, ...]) -> tuple[Cue, ...]:
    return tuple(
        Cue(seat="grader", ask=Ask.GRADE, question=question, heard=(solution, *rubric))
        for solution in solutions
    )

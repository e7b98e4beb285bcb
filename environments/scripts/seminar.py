"""Seminar: several students work on one question, read each other's attempts, and revise their own.

Our own script, after no paper. Its transcripts hold what the tutoring of one student lacks: feedback by
peers, and mistakes that another student made.
"""

from ...transcripts.errors import ConfigError
from ...transcripts.records import Ask, Cue, Feedback, Question, Role, Turn
from ..script import Script

__all__ = ["seminar"]

TEACHER = Role.TEACHER.value
GRADER = Role.GRADER.value


def seminar(question: Question, *, students: int = 3) -> Script:
    """One question, a ring of students, and a teacher who closes.

    Each student reads the attempt of the one before it and says what is wrong with it; whose attempt was
    blamed revises it. Then the teacher checks what each has in the end, and where nobody is right, corrects
    the attempt that came furthest. All that students wrote is graded.

    Args:
        question: What is worked on.
        students: How many there are, from 1; their seats are ``student-1``, ``student-2`` and so on.
    """
    if students < 1:
        raise ConfigError(f"a seminar needs at least 1 student, not {students}.")
    names = [f"student-{number + 1}" for number in range(students)]
    attempts = yield tuple(Cue(seat=name, ask=Ask.ATTEMPT, question=question, lenient=True) for name in names)
    said = yield tuple(
        Cue(seat=reader, ask=Ask.FEEDBACK, question=question, heard=(attempt,), lenient=True)
        for reader, attempt in zip([*names[1:], names[0]], attempts, strict=True)
    )
    final = {attempt.seat: attempt for attempt in attempts}
    blamed = [(attempt, told) for attempt, told in zip(attempts, said, strict=True) if _blames(told)]
    if blamed:
        revised = yield tuple(
            Cue(seat=attempt.seat, ask=Ask.REVISE, question=question, heard=(attempt, told), lenient=True)
            for attempt, told in blamed
        )
        final |= {revision.seat: revision for revision in revised}
    checks = yield tuple(
        Cue(seat=TEACHER, ask=Ask.FEEDBACK, question=question, heard=(solution,))
        for solution in final.values()
    )
    if not any(check.says_correct for check in checks):
        best = max(zip(final.values(), checks, strict=True), key=lambda judged: _reach(judged[1]))
        shown = yield Cue(seat=TEACHER, ask=Ask.DEMONSTRATE, question=question, heard=best)
        yield Cue(seat=TEACHER, ask=Ask.FEEDBACK, question=question, heard=(shown,))
    written = sorted({turn.index: turn for turn in (*attempts, *final.values())}.items())
    yield tuple(Cue(seat=GRADER, ask=Ask.GRADE, question=question, heard=(turn,)) for _, turn in written)


def _blames(feedback: Turn) -> bool:
    """Whether it can be read, and finds something wrong."""
    return isinstance(feedback.payload, Feedback) and not feedback.payload.correct


def _reach(check: Turn) -> int:
    """How many steps are right before the one that is blamed."""
    step = check.payload.step if isinstance(check.payload, Feedback) else None
    return -1 if step is None else step

"""Trajectory editing: the student's own mistakes, corrected from where it fails to see them (TriPosT).

After Yu et al., "Teaching Language Models to Self-Improve through Interactive Demonstrations" (NAACL 2024,
arXiv 2310.13522), section 3.1. Where we differ:
1. A right answer that a wrong step led to is not right: the teacher's word counts, not the answer's.
2. A student that would change a right solution is not left out: the feedback that finds nothing stands in
   place of its own (and with `overcorrections`, what it made of the right solution is edited back).
3. The student is asked for its own feedback only where that can matter: where the teacher finds a mistake,
   and the student may still update.
4. An update that does not change the attempt ends the student's own part.
"""

from ...transcripts.records import Ask, Attempt, Cue, Feedback, Payload, Question, Role, Turn
from ..script import Script

__all__ = ["acceptable_update", "differs", "tripost"]

STUDENT = Role.STUDENT.value
TEACHER = Role.TEACHER.value
GRADER = Role.GRADER.value


def tripost(
    question: Question,
    *,
    rounds: int = 3,
    max_updates: int = 5,
    editor: str = TEACHER,
    verified: bool = True,
    overcorrections: bool = False,
) -> Script:
    """The student's own attempts and feedback, edited from the first point where it misjudges itself.

    What counts in the transcript: a solution that the teacher gave feedback on is part of the edited
    trajectory, and that feedback stands in place of the student's own. An update without it was refused.

    Args:
        question: What is worked on.
        rounds: How often the student may update its attempt by its own feedback, from 0. At 0 it writes the
            attempt alone: in a first iteration, when it cannot check itself yet.
        max_updates: How many updates the editor may write at most.
        editor: The seat that writes them.
        verified: Refuse what is no `acceptable_update`. Where the teacher blames the wrong step, or knows
            nothing but answers, no update could pass.
        overcorrections: Ask the student for its own feedback on right attempts too, and let it change them
            where it finds fault: what it breaks is edited back.
    """
    attempt = yield Cue(seat=STUDENT, ask=Ask.ATTEMPT, question=question, lenient=True)
    feedback = yield Cue(seat=TEACHER, ask=Ask.FEEDBACK, question=question, heard=(attempt,))
    attempts = [attempt]
    for _ in range(rounds):
        if feedback.says_correct and not overcorrections:
            break
        own = yield Cue(seat=STUDENT, ask=Ask.FEEDBACK, question=question, heard=(attempt,), lenient=True)
        if not isinstance(own.payload, Feedback) or own.payload.correct:
            break
        if not feedback.says_correct and differs(own.payload, feedback.payload):
            break
        update = yield Cue(
            seat=STUDENT, ask=Ask.REVISE, question=question, heard=(attempt, own), lenient=True
        )
        if update.text == attempt.text:
            break
        attempt = update
        feedback = yield Cue(seat=TEACHER, ask=Ask.FEEDBACK, question=question, heard=(attempt,))
        attempts.append(attempt)
    if not feedback.says_correct:
        yield from _edited(question, attempt, feedback, max_updates, editor, verified)
    yield tuple(Cue(seat=GRADER, ask=Ask.GRADE, question=question, heard=(one,)) for one in attempts)


def _edited(
    question: Question, attempt: Turn, feedback: Turn, max_updates: int, editor: str, verified: bool
) -> Script:
    """Updates until the teacher finds all correct, the editor is at its end, or one does not get further."""
    refused: set[str] = set()
    for _ in range(max_updates):
        update = yield Cue(seat=editor, ask=Ask.DEMONSTRATE, question=question, heard=(attempt, feedback))
        if not _accepted(attempt, feedback, update, verified):
            if update.text in refused:  # it has nothing else to offer
                break
            refused.add(update.text)
            continue
        said = yield Cue(seat=TEACHER, ask=Ask.FEEDBACK, question=question, heard=(update,))
        if said.says_correct or not said.payload.beyond(feedback.payload):
            break
        attempt, feedback = update, said


def differs(own: Payload | None, teachers: Payload | None) -> bool:
    """Whether two feedbacks on one attempt judge it differently, by verdict, step or, where both name one,
    span.

    Feedback that could not be read differs from any.
    """
    if not isinstance(own, Feedback) or not isinstance(teachers, Feedback):
        return True
    if own.correct or teachers.correct:
        return own.correct != teachers.correct
    if own.step != teachers.step:
        return True
    return bool(own.span and teachers.span and own.span.strip() != teachers.span.strip())


def acceptable_update(attempt: Attempt, feedback: Feedback, update: Attempt) -> bool:
    """Whether `update` changes what `feedback` blames in `attempt`, and nothing before that.

    It must say an answer; the lines before the blamed one must stand as they were; and the blamed line (the
    answer comes after the last step) must have changed, not only after the last place where the wrong span
    stands in it (``6+6=12`` may become ``6+6+1=13`` where the span is ``6+6``). Feedback that names no step
    leaves all lines open.
    """
    if update.answer is None:
        return False
    before, after = [*attempt.steps, attempt.answer], [*update.steps, update.answer]
    if feedback.step is None:
        return before != after
    blamed = feedback.step
    if after[:blamed] != before[:blamed] or not blamed < min(len(before), len(after)):
        return False
    old, new = f"{before[blamed] or ''}\n", f"{after[blamed] or ''}\n"
    head, span, rest = old.rpartition(feedback.span or "\n")
    return not new.startswith(f"{head}{span}{rest[:1]}" if span else old)


def _accepted(attempt: Turn, feedback: Turn, update: Turn, verified: bool) -> bool:
    """Whether the update can be used, as far as it shows without a further feedback."""
    if update.attempt is None or update.attempt.answer is None:
        return False
    if not verified or attempt.attempt is None or not isinstance(feedback.payload, Feedback):
        return True
    return acceptable_update(attempt.attempt, feedback.payload, update.attempt)

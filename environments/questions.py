"""Streams of a lesson's questions, to be taught or to be held out. Draws from subjects; judges no answer.

What is held out does not depend on a run or its seed: a question whose words hash into one tenth belongs to
the exam, in whichever lesson or file it turns up, and is never taught.
"""

from collections.abc import Iterator
from contextlib import suppress
from typing import Literal

from ..transcripts.errors import CourseError, ProtocolError, QuestionError, SchoolroomError
from ..transcripts.records import Json, Question, Tier, content_id, derive_seed
from .lessons import Lesson
from .subjects.base import Generalizes, Hardens, HasSubtasks, Subject

__all__ = ["PATIENCE", "Part", "belongs_to_exam", "draw", "first_seed", "tier_problem"]

Part = Literal["train", "exam"]

PATIENCE = 1000
"""Seeds that may bring nothing new, one after the other, before a subject counts as exhausted."""

_NEEDED = {Tier.GENERALIZED: Generalizes, Tier.HARDER: Hardens, Tier.SUBTASK: HasSubtasks}


def belongs_to_exam(question: Question) -> bool:
    """Whether `question` is held out, which follows from its text alone."""
    return int(content_id(question.text), 16) % 10 == 0


def first_seed(*parts: Json) -> int:
    """Where a stream starts that follows from `parts`; below 2**31, since not every generator takes more."""
    return derive_seed(*parts) % 2**31


def tier_problem(subject: Subject, tiers: tuple[Tier, ...]) -> str | None:
    """Why `subject` cannot make questions of all `tiers`, or None where it can."""
    for tier in tiers:
        if tier in _NEEDED and not isinstance(subject, _NEEDED[tier]):
            return f"subject '{subject.name}' makes no {tier} questions; take '{tier}' out of the tiers."
    return None


def draw(lesson: Lesson, subject: Subject, part: Part, start: int = 0) -> Iterator[Question]:
    """Questions of `lesson`, no two the same; ends when the subject brings no new ones.

    Args:
        lesson: Gives level and tiers.
        subject: The lesson's subject, or its exam's.
        part: ``train`` leaves held-out questions out; ``exam`` gives them alone, or, where the lesson has an
            exam of its own, all questions of that.
        start: The first seed; question after question is made from the seeds that follow. The same start
            gives the same questions.

    Raises:
        CourseError: the subject refuses the level, or cannot make one of the lesson's tiers.
        ProtocolError: the subject fails in a way of its own.
    """
    try:
        yield from _drawn(lesson, subject, part, start)
    except SchoolroomError:
        raise
    except Exception as error:
        raise ProtocolError(
            f"subject '{subject.name}' failed at a question of lesson '{lesson.id}': "
            f"{type(error).__name__}: {error}"
        ) from error


def _drawn(lesson: Lesson, subject: Subject, part: Part, start: int) -> Iterator[Question]:
    if problem := tier_problem(subject, lesson.tiers):
        raise CourseError(f"lesson '{lesson.id}': {problem}")
    apart = part == "exam" and lesson.has_own_exam
    exam_level = lesson.level if lesson.exam_level is None else lesson.exam_level
    level = subject.level(exam_level if part == "exam" else lesson.level)
    seen: set[str] = set()
    seed, last_new = start, start
    while seed - last_new < PATIENCE:
        try:
            plain = subject.sample(level, seed, lesson.id)
        except QuestionError:
            return
        if apart or belongs_to_exam(_put(lesson, plain)) is (part == "exam"):
            for variant in _variants(lesson, subject, plain, seed):
                question = _put(lesson, variant)
                of_this_part = apart or belongs_to_exam(question) is (part == "exam")
                if of_this_part and question.id not in seen:
                    seen.add(question.id)
                    last_new = seed
                    yield question
        seed += 1


def _put(lesson: Lesson, question: Question) -> Question:
    """`question` in the lesson's wording, with the lesson's rubric."""
    changes: dict[str, Json] = {}
    if lesson.wording != "{question}":
        text = lesson.wording.replace("{question}", question.text)
        changes = {"text": text, "id": content_id(question.subject, text)}
    if lesson.rubric is not None:
        rubric = lesson.rubric.model_dump(mode="json")
        changes["metadata"] = {**question.metadata, "rubric": rubric}
    return question.model_copy(update=changes) if changes else question


def _variants(lesson: Lesson, subject: Subject, basic: Question, seed: int) -> Iterator[Question]:
    """The variants of a sampled question that the lesson's tiers name, in their order."""
    for tier in lesson.tiers:
        with suppress(QuestionError):  # not every question has every variant
            yield from _of_tier(tier, subject, basic, seed)


def _of_tier(tier: Tier, subject: Subject, basic: Question, seed: int) -> tuple[Question, ...]:
    if tier is Tier.GENERALIZED and isinstance(subject, Generalizes):
        return (subject.generalize(basic, seed),)
    if tier is Tier.HARDER and isinstance(subject, Hardens):
        return (subject.harder(basic, seed),)
    if tier is Tier.SUBTASK and isinstance(subject, HasSubtasks):
        return subject.subtasks(basic)
    return (basic.model_copy(update={"tier": Tier.FULL}) if tier is Tier.FULL else basic,)

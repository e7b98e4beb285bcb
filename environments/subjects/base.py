"""What a subject is: it makes questions and checks solutions. It holds no conversation and no state.

A question follows from level and seed alone. A subject that cannot make variants of a question lacks the
protocol for it (`Generalizes`, `Hardens`, `HasSubtasks`), so that a teacher model can do it instead.
"""

import random
import re
from collections.abc import Mapping, Sequence
from typing import Protocol, runtime_checkable

from ...agents.seats import Generalizes, Hardens, HasSubtasks
from ...transcripts.records import Attempt, Feedback, Json, Question, Record

__all__ = ["BaseSubject", "ChecksSteps", "Generalizes", "Hardens", "HasSubtasks", "Level", "Subject"]


class Level(Record):
    """The settings that a course gives to a subject; each subject has its own fields."""


class Subject(Protocol):
    """Makes and checks questions of one kind. Satisfies `schoolroom.agents.seats.Checker`."""

    @property
    def name(self) -> str:
        """The name that courses and questions use."""
        ...

    def level(self, settings: Mapping[str, Json]) -> Level:
        """The level that a course's settings describe.

        Raises:
            CourseError: an unknown key (with the nearest known one) or a value out of range.
        """
        ...

    def sample(self, level: Level, seed: int, lesson: str = "") -> Question:
        """A question of `level`; the same level and seed give the same question.

        Raises:
            QuestionError: the subject has no (more) questions of this level.
        """
        ...

    def solve(self, question: Question) -> Attempt:
        """The reference solution: numbered steps and answer.

        Raises:
            QuestionError: the question cannot be read.
        """
        ...

    def check(self, question: Question, attempt: Attempt) -> Feedback:
        """The first wrong step (index from 0; `len(steps)` is the answer), the wrong span and the reason.

        An attempt that says no answer is never correct, whatever its steps come to: nobody could grade it.
        So `correct` here implies `answers_match`. Steps without an answer are judged by `ChecksSteps`.
        """
        ...

    def wrong_steps(self, question: Question, attempt: Attempt) -> tuple[int, ...]:
        """Indexes of all steps that are wrong, each judged on the lines before it as they stand."""
        ...

    def review(self, question: Question, attempt: Attempt) -> tuple[str, ...]:
        """Each step derived again, a line each, up to and including the first wrong one that `check` names.

        Where that is the answer, or all is right, the answer may have a line too.
        """
        ...

    def review_line(
        self, question: Question, attempt: Attempt, step: int, *, instead: Attempt | None = None
    ) -> str:
        """What a review says of `step` when it holds it for right as it stands, whether it is so or not.

        `len(steps)` is the answer. Where `instead` is given, this is what a review says that holds `step` for
        wrong, and for right what stands there in `instead`. Empty where no review of this subject has such a
        line.
        """
        ...

    def correct(self, question: Question, attempt: Attempt) -> Attempt:
        """A right solution, fit to be shown: as much of the attempt as it can keep, else the reference."""
        ...

    def slip(self, question: Question, attempt: Attempt, step: int, seed: int) -> Attempt:
        """The attempt with a likely mistake made in `step` and carried on from there."""
        ...

    def answers_match(self, question: Question, answer: str | None) -> bool:
        """Whether `answer` is exactly right: "11" is wrong when the answer is "1"."""
        ...


@runtime_checkable
class ChecksSteps(Protocol):
    """A subject that can judge steps on their own, with no answer beside them, whoever wrote them."""

    def check_steps(self, question: Question, steps: Sequence[str]) -> Feedback:
        """The first wrong step (index from 0), its wrong span and the reason; no answer is looked for.

        Raises:
            QuestionError: the question cannot be read.
        """
        ...


class BaseSubject:
    """What subjects have in common; a subject with better ways of its own overrides them."""

    def __init__(self, name: str) -> None:
        self.name = name

    def solve(self, question: Question) -> Attempt:
        """The solution that the question carries."""
        return Attempt(steps=question.solution, answer=question.answer)

    def check(self, question: Question, attempt: Attempt) -> Feedback:
        """Checks the answer alone."""
        if self.answers_match(question, attempt.answer):
            return Feedback(correct=True)
        return Feedback(
            correct=False, step=len(attempt.steps), span=attempt.answer, reason=_not_the_answer(attempt)
        )

    def wrong_steps(self, question: Question, attempt: Attempt) -> tuple[int, ...]:
        """The first wrong step alone, where no more is known."""
        step = self.check(question, attempt).step
        return () if step is None or step >= len(attempt.steps) else (step,)

    def review(self, question: Question, attempt: Attempt) -> tuple[str, ...]:
        """A line per step that says whether it is right."""
        found = self.check(question, attempt)
        last = len(attempt.steps) if found.step is None else found.step
        lines = [self.review_line(question, attempt, step) for step in range(last)]
        return tuple(lines) if found.correct else (*lines, f"{last + 1}: {found.reason}")

    def review_line(
        self, question: Question, attempt: Attempt, step: int, *, instead: Attempt | None = None
    ) -> str:
        """Steps are always held for right, and a right answer has no line."""
        if step < len(attempt.steps):
            return "" if instead else f"{step + 1}: right"
        return f"{step + 1}: {_not_the_answer(attempt)}" if instead else ""

    def correct(self, question: Question, attempt: Attempt) -> Attempt:
        """The attempt where it is right, else the reference: no line of it is known to be good."""
        return attempt if self.check(question, attempt).correct else self.solve(question)

    def slip(self, question: Question, attempt: Attempt, step: int, seed: int) -> Attempt:
        """The last number of `step` (or of the answer) is changed, and the answer with it."""
        rng = random.Random(seed)
        steps = list(attempt.steps)
        answer = None if attempt.answer is None else _other_number(attempt.answer, rng)
        if step < len(steps):
            steps[step] = _other_number(steps[step], rng)
        return Attempt(steps=tuple(steps), answer=answer)

    def answers_match(self, question: Question, answer: str | None) -> bool:
        """Whether the answers are the same text, white space aside."""
        return (
            answer is not None and question.answer is not None and answer.split() == question.answer.split()
        )


def _not_the_answer(attempt: Attempt) -> str:
    return "no answer" if attempt.answer is None else f"the answer is not {attempt.answer}."


def _other_number(text: str, rng: random.Random) -> str:
    """`text` with its last whole number changed by a little, or marked where it holds none."""
    found = list(re.finditer(r"\d+", text))
    if not found:
        return f"not {text}"
    last = found[-1]
    value = int(last[0])
    changed = rng.choice([v for v in (value - 10, value - 1, value + 1, value + 10) if v >= 0])
    return f"{text[: last.start()]}{changed}{text[last.end() :]}"

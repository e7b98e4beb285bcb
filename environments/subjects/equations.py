"""The subject `equations`: checks the worked equations in any written solution. It makes no questions itself.

How equations are found and judged stands in `equation_notebook`.
"""

import random
import re
from collections.abc import Mapping, Sequence
from fractions import Fraction

from ...transcripts.errors import CourseError, QuestionError
from ...transcripts.records import Attempt, Feedback, Json, Question
from .answers import same_answer
from .base import BaseSubject, Level
from .equation_correction import corrected_steps
from .equation_edits import NUMBER, carried, number_value, written_number
from .equation_notebook import Claim, Notebook
from .worked_variants import generalized, harder, subtasks

__all__ = ["ChecksEquations", "Equations"]

_PLAIN = re.compile(r"-?\d+(?:\.\d+)?")


class ChecksEquations(BaseSubject):
    """What subjects have in common whose solutions are prose with equations: GSM8K's, and any other.

    Satisfies `Generalizes`, `Hardens` and `HasSubtasks` for questions that carry a worked solution.
    """

    def check_steps(self, question: Question | None, steps: Sequence[str]) -> Feedback:
        """The first step with an equation that does not hold; right where no equation is wrong."""
        notebook = Notebook()
        for i, step in enumerate(steps):
            if wrong := notebook.mistakes(step):
                return Feedback(correct=False, step=i, span=wrong[0].span, reason=wrong[0].reason)
        return Feedback(correct=True)

    def check(self, question: Question, attempt: Attempt) -> Feedback:
        """The first wrong equation, or the answer where it is wrong."""
        found = self.check_steps(question, attempt.steps)
        return found if not found.correct else super().check(question, attempt)

    def wrong_steps(self, question: Question, attempt: Attempt) -> tuple[int, ...]:
        """Indexes of all steps with an equation that does not hold."""
        notebook = Notebook()
        return tuple(i for i, step in enumerate(attempt.steps) if notebook.mistakes(step))

    def review(self, question: Question, attempt: Attempt) -> tuple[str, ...]:
        """Each step's equations worked out again, a line each, up to and including the first wrong one."""
        notebook = Notebook()
        lines: list[str] = []
        for i, step in enumerate(attempt.steps, 1):
            claims = notebook.claims(step)
            wrong = next((claim for claim in claims if claim.reason), None)
            if wrong is not None:
                return (*lines, f"{i}: {wrong.reason}")
            lines.append(f"{i}: {_worked(claims)}")
        found = super().check(question, attempt)
        return tuple(lines) if found.correct else (*lines, f"{len(attempt.steps) + 1}: {found.reason}")

    def review_line(
        self, question: Question, attempt: Attempt, step: int, *, instead: Attempt | None = None
    ) -> str:
        """As `review`, with the results that stand in `step` or, if `instead` is given, there."""
        if step >= len(attempt.steps):
            return super().review_line(question, attempt, step, instead=instead)
        ours = _claims(attempt, step)
        if instead is None:
            return f"{step + 1}: {_worked(ours)}"
        for our, their in zip(ours, _claims(instead, step), strict=False):
            if our.left == their.left and our.claimed != their.claimed and _PLAIN.fullmatch(our.value):
                return f"{step + 1}: {our.denied(their.claimed)}"
        return ""

    def correct(self, question: Question, attempt: Attempt) -> Attempt:
        """The lines before the first wrong one, what follows put right, then what is missing.

        It is the reference where no line is worth keeping (see `corrected_steps`), or where the equations
        cannot be put right.
        """
        reference, found = self.solve(question), self.check(question, attempt)
        if found.correct or found.step is None:
            return attempt if found.correct else reference
        steps = corrected_steps(
            attempt.steps, found.step, reference.steps, lambda value: self.answers_match(question, value)
        )
        right = self.answers_match(question, attempt.answer)
        edited = Attempt(steps=steps, answer=attempt.answer if right else reference.answer)
        return edited if self.check(question, edited).correct else reference

    def slip(self, question: Question, attempt: Attempt, step: int, seed: int) -> Attempt:
        """An equation's result is changed in `step`, and goes on being used in the steps after it."""
        rng = random.Random(seed)
        changed = _miscalculated(attempt.steps[: step + 1], rng) if step < len(attempt.steps) else None
        if changed is None:
            return super().slip(question, attempt, step, seed)
        line, old, new = changed
        swaps = {old: new}
        later = tuple(carried(text, swaps) for text in attempt.steps[step + 1 :])
        answer = attempt.answer
        if answer is not None:
            answer = carried(answer, swaps)
        return Attempt(steps=(*attempt.steps[:step], line, *later), answer=answer)

    def generalize(self, question: Question, seed: int) -> Question:
        """The same story with other numbers, its solution worked out anew.

        Raises:
            QuestionError: a number's origin is unclear, or no other numbers keep every result sensible.
        """
        return self._sound(generalized(question, seed))

    def harder(self, question: Question, seed: int) -> Question:
        """A further question about the answer, and the solution with the steps to it.

        Raises:
            QuestionError: there is no worked solution, or its answer is no positive number.
        """
        return self._sound(harder(question, seed))

    def subtasks(self, question: Question) -> tuple[Question, ...]:
        """Results on the way as questions of their own, at most three.

        Raises:
            QuestionError: there is no worked solution.
        """
        return tuple(part for part in subtasks(question) if self.check(part, self.solve(part)).correct)

    def _sound(self, variant: Question) -> Question:
        found = self.check(variant, self.solve(variant))
        if not found.correct:
            raise QuestionError(f"the variant's own solution would be wrong: {found.reason}")
        return variant

    def answers_match(self, question: Question, answer: str | None) -> bool:
        """Whether the answers have the same value."""
        return answer is not None and question.answer is not None and same_answer(question.answer, answer)


class Equations(ChecksEquations):
    """Checks solutions that somebody wrote; whoever wants questions takes them from a file."""

    def __init__(self) -> None:
        super().__init__("equations")

    def level(self, settings: Mapping[str, Json]) -> Level:
        """There is nothing to set."""
        if settings:
            raise CourseError(
                f"the subject 'equations' has no settings, but '{next(iter(settings))}' is given."
            )
        return Level()

    def sample(self, level: Level, seed: int, lesson: str = "") -> Question:
        """Always refused: this subject checks, it does not ask."""
        raise QuestionError(
            "the subject 'equations' makes no questions; take them from a file: 'jsonl:FILE'."
        )


def _claims(attempt: Attempt, step: int) -> list[Claim]:
    """The equations of `step`, read after the steps before it."""
    notebook = Notebook()
    return [notebook.claims(line) for line in attempt.steps[: step + 1]][-1]


def _worked(claims: Sequence[Claim]) -> str:
    """What the left sides come to, or are said to come to where that is wrong."""
    worked = (f"{c.left} = {c.claimed if c.reason else c.value}".strip() for c in claims if c.left != c.value)
    return "; ".join(dict.fromkeys(worked)) or "no equation"


def _miscalculated(steps: Sequence[str], rng: random.Random) -> tuple[str, Fraction, Fraction] | None:
    """The last of `steps` with the result of its last equation changed, and the two results."""
    notebook = Notebook()
    for step in steps[:-1]:
        notebook.claims(step)
    step = steps[-1]
    results = [claim.written for claim in notebook.claims(step) if claim.written and not claim.reason]
    numbers = [found for start, end in results for found in NUMBER.finditer(step, start, end)]
    if not numbers:
        return None
    last = max(numbers, key=lambda found: found.start())
    old = number_value(last[0])
    digit = Fraction(1, 10 ** len(last[0].partition(".")[2]))
    new = rng.choice([v for v in (old - 10 * digit, old - digit, old + digit, old + 10 * digit) if v > 0])
    return step[: last.start()] + written_number(new, like=last[0]) + step[last.end() :], old, new

"""The subject `column_addition`: sums of whole numbers, written out a line per column from the ones upwards.

    347 + 285 =
    7+5=12, write 2 carry 1
    4+8+1=13, write 3 carry 1
    3+2+1=6, write 6
    answer: 632

Steps are judged by `column_judge`, whoever wrote them.
"""
# ruff: noqa: RUF001 (the signs that people write for minus and times are meant)

import random
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Literal

from pydantic import Field

from ...transcripts.errors import QuestionError
from ...transcripts.records import Attempt, Json, Question, Tier, derive_seed
from .arithmetic_judge import Fault
from .base import Level
from .column_judge import judge_columns
from .column_lines import ColumnLine, likely_mistakes, mistakes_in, written
from .columns import Columns
from .levels import read_level
from .step_judging import JudgedStep, JudgedSteps, JudgesSteps
from .worked_lines import read_integer

__all__ = ["ColumnAddition", "ColumnLevel"]


class ColumnLevel(Level):
    """How long a sum is, and whether it carries."""

    digits: int = Field(default=3, ge=1, le=12)
    """Digits of each addend; none begins with 0."""
    addends: int = Field(default=2, ge=2, le=5)
    """Numbers to be added."""
    carries: Literal["any", "none", "some"] = "any"
    """``none``: no column reaches 10; ``some``: at least one does; ``any``: as it falls."""


class ColumnAddition(JudgesSteps):
    """Makes and checks written additions; satisfies `Generalizes` and `Hardens`."""

    def __init__(self) -> None:
        super().__init__("column_addition")

    def level(self, settings: Mapping[str, Json]) -> ColumnLevel:
        """The level that a course's settings describe.

        Raises:
            CourseError: an unknown key, or a value out of range.
        """
        return read_level(ColumnLevel, settings, self.name)

    def sample(self, level: Level, seed: int, lesson: str = "") -> Question:
        """A question of `level`."""
        level = ColumnLevel.model_validate(level)
        rng = random.Random(derive_seed(self.name, level.model_dump(), seed))
        addends = _drawn(rng, level.digits, level.addends, level.carries)
        return self._question(addends, lesson, Tier.BASIC)

    def solve(self, question: Question) -> Attempt:
        """A line per column; the last one writes its total whole.

        Raises:
            QuestionError: the question is no addition.
        """
        return written(_columns(question.text))

    def judged(self, question: Question, steps: Sequence[str]) -> JudgedSteps:
        """What is found in each of `steps`, whoever wrote them."""
        columns = _columns(question.text)
        findings = judge_columns(columns, steps)
        reference = written(columns).steps
        judged: list[JudgedStep] = []
        for i, step in enumerate(steps):
            fault, begun = findings.faults[i], findings.begun[i]
            found = _SUM.match(step) if begun else None
            exact = found is not None and ColumnLine.read(step) is not None
            judged.append(
                JudgedStep(
                    fault=fault,
                    works=findings.works[i],
                    worked=_worked(reference[begun[0]], step, fault) if exact else "",
                    written=found[0] if found else "",
                    line=step if exact else "",
                )
            )
        return JudgedSteps(tuple(judged), reaches=findings.last == sum(columns.addends))

    def remaining(self, question: Question, steps: Sequence[str]) -> tuple[str, ...] | None:
        """The lines of the columns that are left, where all from the ones upwards were added before."""
        columns = _columns(question.text)
        begun = judge_columns(columns, steps).begun
        added = [column for found in begun for column in found]
        in_order = all(begun) and added == list(range(len(added)))
        return written(columns).steps[len(added) :] if in_order else None

    def slip(self, question: Question, attempt: Attempt, step: int, seed: int) -> Attempt:
        """A likely mistake (a forgotten carry, a misread digit, a sum off by one), carried on from there.

        Mistakes in earlier lines stay, where these are written as the reference writes.
        """
        columns = _columns(question.text)
        found = mistakes_in(columns, attempt.steps)
        if found is not None and step < len(attempt.steps):
            rng = random.Random(seed)
            earlier = {column: line for column, line in found.items() if column < step}
            wrong = tuple(place for place in self.wrong_steps(question, attempt) if place < step)
            before = ColumnLine.read(attempt.steps[step - 1]) if step else None
            options = likely_mistakes(columns, step, before.carry if before else 0)
            for mistake in rng.sample(options, len(options)):
                slipped = written(columns, {**earlier, step: mistake})
                if self.wrong_steps(question, slipped) == (*wrong, step):
                    return slipped
        return super().slip(question, attempt, step, seed)

    def answers_match(self, question: Question, answer: str | None) -> bool:
        """Whether `answer` is the sum; thousands separators may stand in it."""
        return answer is not None and read_integer(answer) == sum(_columns(question.text).addends)

    def generalize(self, question: Question, seed: int) -> Question:
        """Other numbers of the same lengths, with a carry out of the same columns where that can be found."""
        columns = _columns(question.text)
        rng = random.Random(derive_seed(self.name, "generalize", question.text, seed))
        wanted = _carry_pattern(columns)
        best = columns
        for _ in range(300):
            drawn = Columns(tuple(_of_length(rng, len(str(addend))) for addend in columns.addends))
            if drawn != columns:
                best = drawn
                if _carry_pattern(drawn) == wanted:
                    break
        return self._question(best.addends, question.lesson, Tier.GENERALIZED, question.id)

    def harder(self, question: Question, seed: int) -> Question:
        """One more digit in each number."""
        columns = _columns(question.text)
        rng = random.Random(derive_seed(self.name, "harder", question.text, seed))
        addends = tuple(_of_length(rng, len(str(addend)) + 1) for addend in columns.addends)
        return self._question(addends, question.lesson, Tier.HARDER, question.id)

    def _question(
        self, addends: Sequence[int], lesson: str, tier: Tier, parent: str | None = None
    ) -> Question:
        solution = written(Columns(tuple(addends)))
        return Question.make(
            lesson=lesson, subject=self.name, text=f"{' + '.join(map(str, addends))} =", tier=tier,
            answer=solution.answer, solution=solution.steps, parent=parent,
        )  # fmt: skip


_ADDING = re.compile(r"\+|\b(?:add|plus|sum|total|addition|altogether)\b", re.IGNORECASE)
_OTHER_WORK = re.compile(
    r"[-−]\s*\d|[*×·/÷^%]|\d\s*\.\s*\d|\d\s+x\s+\d|\b(?:minus|times|subtract|multiply)\b",
    re.IGNORECASE,
)
_SUM = re.compile(r"\d+(?:\+\d+)+=\d+(?=, write)")
_INTEGER = re.compile(r"\d{1,3}(?:,\d{3})+(?!\d)|\d+")


@lru_cache(maxsize=256)
def _worked(line: str, step: str, fault: Fault | None) -> str:
    """As much of a column's reference line as shows what is right or wrong in `step`: mostly its sum."""
    addition, _, _ = line.partition(",")
    return line if fault is not None and step.startswith(f"{addition},") else addition


def _columns(text: str) -> Columns:
    """The numbers that a question asks to add.

    Raises:
        QuestionError: there are fewer than two, or something else is to be done with them.
    """
    numbers = [found.replace(",", "") for found in _INTEGER.findall(text)]
    if (
        len(numbers) < 2
        or not _ADDING.search(text)
        or _OTHER_WORK.search(text)
        or max(map(len, numbers)) > 60
    ):
        raise QuestionError(
            f"'{text[:80]}' is no question of column_addition: "
            "write two or more whole numbers, as in '347 + 285 ='."
        )
    return Columns(tuple(map(int, numbers)))


def _of_length(rng: random.Random, digits: int) -> int:
    return rng.randrange(10 ** (digits - 1), 10**digits)


def _carry_pattern(columns: Columns) -> list[bool]:
    return [columns.carry_into(column) > 0 for column in range(1, columns.width + 1)]


def _drawn(rng: random.Random, digits: int, addends: int, carries: str) -> tuple[int, ...]:
    """Numbers of `digits` digits that carry as wanted."""
    if carries == "none":
        return _without_carries(rng, digits, addends)
    while True:
        drawn = tuple(_of_length(rng, digits) for _ in range(addends))
        if carries == "any" or any(_carry_pattern(Columns(drawn))):
            return drawn


def _without_carries(rng: random.Random, digits: int, addends: int) -> tuple[int, ...]:
    """Column by column: the digits share at most 9, and none of the first ones is 0."""
    numbers = [0] * addends
    for column in reversed(range(digits)):
        least = 1 if column == digits - 1 else 0
        room = 9 - least * addends
        column_digits = [least] * addends
        for place in rng.sample(range(addends), addends):
            extra = rng.randint(0, room)
            column_digits[place] += extra
            room -= extra
        numbers = [number * 10 + digit for number, digit in zip(numbers, column_digits, strict=True)]
    return tuple(numbers)

"""The subject `roman_numerals`: a numeral is read part by part, as in ``IV: 10 + 4 = 14`` for XIV."""

import random
import re
from collections.abc import Mapping, Sequence

from pydantic import Field

from schoolroom.environments.subjects.arithmetic_judge import Fault
from schoolroom.environments.subjects.base import Level
from schoolroom.environments.subjects.levels import read_level
from schoolroom.environments.subjects.step_judging import JudgedStep, JudgedSteps, JudgesSteps
from schoolroom.transcripts.errors import QuestionError
from schoolroom.transcripts.records import Attempt, Json, Question

VALUES = {
    **{"M": 1000, "CM": 900, "D": 500, "CD": 400, "C": 100, "XC": 90, "L": 50, "XL": 40},
    **{"X": 10, "IX": 9, "V": 5, "IV": 4, "I": 1},
}
"""The parts of numerals, the greatest first."""

QUESTION = re.compile(r"Read ([MDCLXVI]+)\.")
PART = re.compile("|".join(sorted(VALUES, key=len, reverse=True)))


class RomanLevel(Level):
    """How great the numbers are."""

    below: int = Field(default=4000, ge=2, le=4000)
    """Numbers are drawn from 1 up to this one, which is not among them."""


class RomanNumerals(JudgesSteps):
    """Makes and checks questions such as ``Read XIV.``; the steps add up its parts."""

    def __init__(self) -> None:
        super().__init__("roman_numerals")

    def level(self, settings: Mapping[str, Json]) -> RomanLevel:
        """The level that a course's settings describe."""
        return read_level(RomanLevel, settings, self.name)

    def sample(self, level: Level, seed: int, lesson: str = "") -> Question:
        """A question of `level`; the same seed gives the same question."""
        number = random.Random(seed).randrange(1, RomanLevel.model_validate(level).below)
        text = f"Read {numeral(number)}."
        solution = added(parts_of(text))
        return Question.make(
            lesson=lesson, subject=self.name, text=text, answer=str(number), solution=solution
        )

    def solve(self, question: Question) -> Attempt:
        """The parts, added up from the left."""
        parts = parts_of(question.text)
        return Attempt(steps=added(parts), answer=str(sum(VALUES[part] for part in parts)))

    def judged(self, question: Question, steps: Sequence[str]) -> JudgedSteps:
        """A step is right if it adds the next part to what the step before comes to, as that stands."""
        parts, total, found = parts_of(question.text), 0, []
        for index, step in enumerate(steps):
            worked = added(parts[index : index + 1], total)[0] if index < len(parts) else ""
            reason = f"it should be {worked}" if worked else "the numeral has no more parts"
            fault = None if step == worked else Fault(span=step, reason=reason)
            found.append(JudgedStep(fault=fault, works=True, worked=worked, written=step))
            total = last_number(step)
        return JudgedSteps(tuple(found), reaches=str(total) == self.solve(question).answer)

    def remaining(self, question: Question, steps: Sequence[str]) -> tuple[str, ...]:
        """The lines that come after `steps`, which are right."""
        return self.solve(question).steps[len(steps) :]

    def slip(self, question: Question, attempt: Attempt, step: int, seed: int) -> Attempt:
        """A part that is read as another one, or a wrong answer, with all that follows from it."""
        rng = random.Random(seed)
        parts = parts_of(question.text)
        if step >= min(len(attempt.steps), len(parts)):
            return attempt.model_copy(update={"answer": str(last_number(attempt.answer or "0") + 1)})
        before = last_number(attempt.steps[step - 1]) if step else 0
        other = rng.choice([value for value in VALUES.values() if value != VALUES[parts[step]]])
        slipped = f"{parts[step]}: {before} + {other} = {before + other}"
        steps = (*attempt.steps[:step], slipped, *added(parts[step + 1 :], before + other))
        return Attempt(steps=steps, answer=str(last_number(steps[-1])))


def numeral(number: int) -> str:
    """`number` in Roman numerals."""
    text = ""
    for part, value in VALUES.items():
        text += part * (number // value)
        number %= value
    return text


def parts_of(text: str) -> list[str]:
    """The parts of the numeral in a question.

    Raises:
        QuestionError: there is none.
    """
    if not (found := QUESTION.fullmatch(text)):
        raise QuestionError(f"'{text}' is no question about a numeral; write one like 'Read XIV.'.")
    return PART.findall(found[1])


def added(parts: Sequence[str], total: int = 0) -> tuple[str, ...]:
    """A line for each part, added to `total`."""
    lines = []
    for part in parts:
        lines.append(f"{part}: {total} + {VALUES[part]} = {total + VALUES[part]}")
        total += VALUES[part]
    return tuple(lines)


def last_number(text: str) -> int:
    """The last number in `text`; 0 where there is none."""
    return int((re.findall(r"\d{1,9}", text) or ["0"])[-1])

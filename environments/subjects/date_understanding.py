"""The subject `date_understanding`: which date it is so many days, weeks, months and years from a given one.

    Yesterday was 12/31/1949. What is the date 10 days ago in MM/DD/YYYY?
    yesterday is 12/31/1949
    today: 12/31/1949 + 1 day = 01/01/1950
    10 days ago: 01/01/1950 - 10 days = 12/22/1949
    answer: 12/22/1949

The kind of question is that of BIG-bench's task of this name, whose own questions are read as well; one that
cannot be read, or whose reference answer contradicts what is read, is scored by that answer alone.
"""

import random
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Literal

from pydantic import Field, model_validator

from ...transcripts.errors import QuestionError
from ...transcripts.records import Attempt, Json, Question, Tier, derive_seed
from .base import Level
from .choices import another, chosen, split_options
from .date_judge import judge_dates
from .date_lines import likely_mistakes, mistakes_in, written
from .date_notation import figures, find_dates
from .date_reader import DateQuestion, read_date_question
from .date_shifts import Shift, Unit
from .date_wording import any_day, asked_for, named_day, with_options, worded
from .levels import read_level
from .step_judging import JudgedSteps, JudgesSteps, judged_lines, not_judged

__all__ = ["DateLevel", "DateUnderstanding"]


class DateLevel(Level):
    """How long the chain of shifts is, and what it is made of."""

    min_steps: int = Field(default=1, ge=1, le=8)
    """Fewest shifts from the given day to the one asked for."""
    max_steps: int = Field(default=2, ge=1, le=8)
    """Most shifts; not below `min_steps`."""
    units: tuple[Unit, ...] = Field(default=("day", "week", "month", "year"), min_length=1)
    """What shifts are counted in, drawn from with equal chances."""
    largest: int = Field(default=12, ge=2, le=400)
    """Most units of one shift."""
    wording: Literal["plain", "any"] = "any"
    """``plain``: today is given in figures; ``any``: in any notation, or by a story from which it follows."""
    options: bool = False
    """Whether six dates are given, one of which is to be chosen by its letter."""

    @model_validator(mode="after")
    def _range_holds_something(self) -> "DateLevel":
        if self.min_steps > self.max_steps:
            raise ValueError(f"min_steps must not exceed max_steps, but {self.min_steps} > {self.max_steps}")
        return self


class DateUnderstanding(JudgesSteps):
    """Makes and checks questions about dates; satisfies `Generalizes`, `Hardens` and `HasSubtasks`."""

    def __init__(self) -> None:
        super().__init__("date_understanding")

    def level(self, settings: Mapping[str, Json]) -> DateLevel:
        """The level that a course's settings describe.

        Raises:
            CourseError: an unknown key, or a value out of range.
        """
        return read_level(DateLevel, settings, self.name)

    def sample(self, level: Level, seed: int, lesson: str = "") -> Question:
        """A question of `level`."""
        level = DateLevel.model_validate(level)
        rng = random.Random(derive_seed(self.name, level.model_dump(), seed))
        plain = level.wording == "plain"
        steps = rng.randint(level.min_steps, level.max_steps)
        shifts = [Shift(0, rng.choice(level.units)) for _ in range(steps)]
        leads = not plain and rng.random() < 0.5
        text, right = _drawn(rng, shifts, level.largest, leads=leads, plain=plain)
        if level.options:
            text = with_options(rng, text, right)
        return self._question(text, lesson, Tier.BASIC)

    def solve(self, question: Question) -> Attempt:
        """The given day, then a line per shift.

        Raises:
            QuestionError: the question cannot be read, and has no reference answer.
        """
        read = self._read(question)
        return super().solve(question) if read is None else written(read)

    def judged(self, question: Question, steps: Sequence[str]) -> JudgedSteps:
        """What is found in each of `steps`, whoever wrote them; nothing where only the answer is known."""
        read = self._read(question)
        if read is None:
            return not_judged(steps)
        findings = judge_dates(read, tuple(steps))
        reaches = bool(findings) and findings[-1].last == read.days[-1]
        return judged_lines(findings, steps, reaches=reaches)

    def remaining(self, question: Question, steps: Sequence[str]) -> tuple[str, ...] | None:
        """The lines behind the furthest day that `steps` state."""
        read = self._read(question)
        if read is None:
            return None
        findings = judge_dates(read, tuple(steps))
        return written(read).steps[findings[-1].reached + 1 if findings else 0 :]

    def slip(self, question: Question, attempt: Attempt, step: int, seed: int) -> Attempt:
        """A likely mistake (miscounted, misread, gone the wrong way), carried on from there.

        Mistakes in earlier lines stay, where these are written as the reference writes.
        """
        rng = random.Random(seed)
        if step >= len(attempt.steps) and (other := another(rng, question.text, attempt.answer)):
            return attempt.model_copy(update={"answer": other})
        read = self._read(question)
        earlier = mistakes_in(read, attempt.steps) if read is not None else None
        if read is not None and earlier is not None and step < len(attempt.steps):
            earlier = {place: day for place, day in earlier.items() if place < step}
            options = likely_mistakes(read, step)
            for mistake in rng.sample(options, len(options)):
                slipped = written(read, {**earlier, step: mistake})
                if step in self.wrong_steps(question, slipped):
                    return slipped
        return super().slip(question, attempt, step, seed)

    def answers_match(self, question: Question, answer: str | None) -> bool:
        """Whether `answer` is the right day in any notation, or names the option that it is."""
        if answer is None:
            return False
        gold = question.answer if question.answer is not None else self.solve(question).answer
        options = split_options(question.text)[1]
        if not options or gold is None:
            return gold is not None and _same_day(gold, answer)
        letter, said = chosen(options, gold), chosen(options, answer)
        if letter is not None and said is None:
            return _same_day(options[letter], answer)
        return letter is not None and letter == said

    def generalize(self, question: Question, seed: int) -> Question:
        """Other dates and other counts, in a chain of the same units that is told in other words."""
        read = self._readable(question)
        rng = random.Random(derive_seed(self.name, "generalize", question.text, seed))
        today = read.today
        shifts = [Shift(0, link.shift.unit) for link in read.links]
        largest = max([2, *(abs(link.shift.count) for link in read.links)])
        text, right = _drawn(rng, shifts, largest, leads=today > 0, plain=False)
        return self._variant(question, rng, text, right, Tier.GENERALIZED)

    def harder(self, question: Question, seed: int) -> Question:
        """One more shift at the end of the chain."""
        read = self._readable(question)
        rng = random.Random(derive_seed(self.name, "harder", question.text, seed))
        last = read.days[-1]
        shift = _shift(rng, rng.choice([link.shift.unit for link in read.links] or ["day"]), 12, last)
        stem = split_options(question.text)[0]
        own_ending = " in MM/DD/YYYY?"
        if stem.endswith(own_ending) and read.links[read.today :]:
            direction = "before" if shift.count < 0 else "after"
            chain = stem.removesuffix(own_ending).removesuffix(",")
            text = f"{chain}, then {shift.amount} {direction} that,{own_ending}"
        else:
            text = f"{stem} {asked_for([shift], then=True)}"
        return self._variant(question, rng, text, shift.from_(last) or last, Tier.HARDER)

    def subtasks(self, question: Question) -> tuple[Question, ...]:
        """Each shift of the chain alone; none where there is but one."""
        read = self._readable(question)
        if len(read.links) < 2:
            return ()
        made = []
        for day, link in zip(read.days, read.links, strict=False):
            text = worded(random.Random(0), day, None, [link.shift], plain=True)
            made.append(self._question(text, question.lesson, Tier.SUBTASK, question.id))
        return tuple({part.id: part for part in made}.values())

    def _variant(
        self, question: Question, rng: random.Random, text: str, right: date, tier: Tier
    ) -> Question:
        if split_options(question.text)[1]:
            text = with_options(rng, text, right)
        return self._question(text, question.lesson, tier, question.id)

    def _question(self, text: str, lesson: str, tier: Tier, parent: str | None = None) -> Question:
        solution = written(read_date_question(text))
        return Question.make(
            lesson=lesson, subject=self.name, text=text, tier=tier,
            answer=solution.answer, solution=solution.steps, parent=parent,
        )  # fmt: skip

    def _readable(self, question: Question) -> DateQuestion:
        """The question; there are no variants of one that only its answer is known of."""
        read = self._read(question)
        return read if read is not None else read_date_question(question.text)

    def _read(self, question: Question) -> DateQuestion | None:
        """The question; None where it carries an answer, and cannot be read or is answered otherwise.

        Some reference answers of public files are known to be wrong: there, nobody's steps can be judged.
        """
        try:
            read = read_date_question(question.text)
        except QuestionError:
            if question.answer is None:
                raise
            return None
        if question.answer is None or _agrees(read, question.answer):
            return read
        return None


def _agrees(read: DateQuestion, answer: str) -> bool:
    options = dict(read.options)
    if options:
        letter = chosen(options, answer)
        return letter is not None and _same_day(options[letter], figures(read.days[-1]))
    return _same_day(figures(read.days[-1]), answer)


def _same_day(first: str, second: str) -> bool:
    """Whether both texts are nothing but one date, and the same."""
    days = []
    for text in (first.strip().removesuffix("."), second.strip().removesuffix(".")):
        found = find_dates(text)
        if len(found) != 1 or found[0].value is None or (found[0].start, found[0].end) != (0, len(text)):
            return False
        days.append(found[0].value)
    return days[0] == days[1]


def _drawn(
    rng: random.Random, shifts: Sequence[Shift], largest: int, *, leads: bool, plain: bool
) -> tuple[str, date]:
    """A question with a chain of these units, and the day that is asked for.

    Where it `leads`, the first shift goes from the given day to today.
    """
    given = any_day(rng, 1900, 2099)
    if not plain and rng.random() < 0.25:
        given = named_day(rng, given.year)
    day, chain = given, []
    for shift in shifts:
        chain.append(_shift(rng, shift.unit, largest, day))
        day = chain[-1].from_(day) or day
    lead = chain.pop(0) if leads and chain else None
    return worded(rng, given, lead, chain, plain=plain), day


def _shift(rng: random.Random, unit: Unit, largest: int, day: date) -> Shift:
    """A shift from `day` that leads to the same day of another month: nobody disputes which day that is."""
    while True:
        shift = Shift(rng.choice([-1, 1]) * rng.randint(1, largest), unit)
        reached = shift.from_(day)
        if reached and 1500 < reached.year < 9000 and (unit in ("day", "week") or reached.day == day.day):
            return shift

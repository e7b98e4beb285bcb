"""Judges the steps of a solution about dates, whoever wrote them: lines of the reference's form, and prose.

What a step claims is compared with the days that the lines before it state, as they stand. Whatever is no
claim about a day (a remark, a supposition, a date that is only mentioned) is never wrong.
"""

import re
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import lru_cache

from .arithmetic_judge import Fault
from .date_claims import Claim, Kind, find_claims, own_line
from .date_lines import calculation
from .date_notation import WEEKDAYS, figures, find_dates
from .date_reader import DateQuestion

__all__ = ["DateFinding", "judge_dates"]

MAX_LENGTH = 2000
"""Of a step, in characters; what stands behind is not read."""


@dataclass(slots=True)
class DateFinding:
    """What was found in a step."""

    fault: Fault | None = None
    worked: str = ""
    """Its first claim as it should stand."""
    written: str = ""
    """Its first claim as it stands."""
    own: bool = False
    """Whether it is a line of the reference's form."""
    reached: int = -1
    """The furthest day of the question's chain that was stated up to here, as an index; -1 for none."""
    last: date | None = None
    """The last day that was stated up to here."""


@lru_cache(maxsize=64)
def judge_dates(question: DateQuestion, steps: tuple[str, ...]) -> tuple[DateFinding, ...]:
    """What is found in each step, judged on the lines before it as they stand."""
    state = _State(question)
    findings = []
    for number, step in enumerate(steps):
        state.finding = DateFinding()
        _Step(state, step[:MAX_LENGTH], closing=number == len(steps) - 1).judge()
        state.finding.reached = max(state.stated, default=-1)
        state.finding.last = state.last
        findings.append(state.finding)
    return tuple(findings)


@dataclass(slots=True)
class _State:
    """What is known of the days of a question so far."""

    question: DateQuestion
    stated: dict[int, date] = field(default_factory=dict)
    """Days of the chain by their index, as the steps give them."""
    known: set[date] = field(default_factory=set)
    """All days that the steps state."""
    last: date | None = None
    finding: DateFinding = field(default_factory=DateFinding)

    def day(self, index: int) -> date | None:
        """The day of the chain with this index, on what is stated; None where it leaves the calendar."""
        if index in self.stated:
            return self.stated[index]
        if index == 0:
            return self.question.start
        before = self.day(index - 1)
        return None if before is None else self.question.links[index - 1].shift.from_(before)

    def due(self, index: int) -> date | None:
        """The same, though the steps may have stated it otherwise."""
        kept = self.stated.pop(index, None)
        day = self.day(index)
        if kept is not None:
            self.stated[index] = kept
        return day

    def accepts(self, index: int, day: date) -> bool:
        """Whether a step may state `day` for it: as it is derived, as it was stated, or as it truly is."""
        return day in (self.due(index), self.day(index), self.question.days[index])

    def grounded(self, day: date) -> bool:
        """Whether the question or a step gives `day`, or it begins or ends a month, as a stepping stone."""
        given = {self.day(i) for i in range(len(self.question.links) + 1)} | {*self.question.days}
        ends_month = (day + timedelta(days=1)).day == 1 if day < date.max else True
        return day in given or day in self.known or day.day == 1 or ends_month

    def state(self, day: date, index: int | None = None) -> None:
        self.known.add(day)
        self.last = day
        if index is not None:
            self.stated[index] = day


@dataclass(frozen=True, slots=True)
class _Words:
    """A date in a step: its words, and the day, which is None where there is none such."""

    text: str
    day: date | None


class _Step:
    """Judges one step and takes it into the state."""

    def __init__(self, state: _State, step: str, *, closing: bool) -> None:
        self.state, self.closing = state, closing
        self.dates: list[_Words] = []
        parts, end = [], 0
        for number, found in enumerate(find_dates(step)):
            parts += [step[end : found.start], f"«{number}»"]
            self.dates.append(_Words(step[found.start : found.end], found.value))
            end = found.end
        self.text = "".join([*parts, step[end:]])

    def judge(self) -> None:
        """Judge a line of the reference's form, or all claims of any other."""
        line = own_line(self.text)
        index = self._named(line.name) if line else None
        if line is not None and index is not None:
            self._own_line(line, index)
            return
        for claim in find_claims(self.text):
            written = self.dates[claim.b]
            if written.day is None or (claim.a >= 0 and self.dates[claim.a].day is None):
                continue
            self._claim(claim, written.day)
        for written in self.dates:
            if written.day is None and not _DENIED.search(self.text):
                self.blame(written.text, f"there is no {written.text}.")

    def blame(self, span: str, reason: str) -> None:
        """Keep the step's first fault."""
        if self.state.finding.fault is None:
            self.state.finding.fault = Fault(span, reason)

    def note(self, worked: str, written: str) -> None:
        """Keep the step's first claim."""
        if not self.state.finding.written:
            self.state.finding.worked, self.state.finding.written = worked, written

    def compare(self, name: str, claim: Claim, day: date, right: date | None, *, accepted: bool) -> None:
        """Note that `name` is said to be `day`, and blame it where that is not accepted."""
        if right is not None:
            self.note(f"{name} is {figures(right)}", f"{name} is {figures(day)}")
            if not accepted:
                self.blame(
                    self.dates[claim.b].text, f"{name} is {figures(right)}, not {self.dates[claim.b].text}."
                )

    # Lines of the reference's form

    def _named(self, label: str) -> int | None:
        """The index of the day that the question calls so; of several, the first that is not stated yet."""
        links = enumerate(self.state.question.links, start=1)
        found = [index for index, link in links if link.label == label]
        return next(
            (index for index in found if index not in self.state.stated), found[-1] if found else None
        )

    def _own_line(self, line: Claim, index: int) -> None:
        """``10 days ago: 12/24/1953 - 10 days = 12/14/1953``: start, shift and result must all be right."""
        state, shift = self.state, self.state.question.links[index - 1].shift
        start, result, before = self.dates[line.a], self.dates[line.b], self.state.day(index - 1)
        if start.day is None or result.day is None or before is None:
            self.blame(
                *next((words.text, f"there is no {words.text}.") for words in self.dates if words.day is None)
            )
            return
        written = calculation(start.day, line.shift, result.day)
        state.finding.own = True
        if not (start.day == before or state.accepts(index - 1, start.day)):
            self.note(calculation(before, shift, shift.from_(before)), written)
            self.blame(start.text, f"'{line.name}' must start from {figures(before)}.")
        elif not line.shift.same_as(shift):
            self.note(calculation(start.day, shift, shift.from_(start.day)), written)
            self.blame(line.words, f"'{line.name}' is {shift.signed}.")
        else:
            self._arithmetic(line, start.day, result.day)
        state.state(result.day, index)

    def _arithmetic(self, claim: Claim, start: date, result: date) -> None:
        right = claim.shift.from_(start)
        self.note(calculation(start, claim.shift, right), calculation(start, claim.shift, result))
        if right != result:
            comes = "leaves the calendar" if right is None else f"is {figures(right)}"
            said = self.dates[claim.b].text
            self.blame(said, f"{figures(start)} {claim.shift.signed} {comes}, not {said}.")

    # Claims in any words

    def _claim(self, claim: Claim, day: date) -> None:
        match claim.kind:
            case Kind.SHIFTED:
                self._shifted(claim, day)
            case Kind.PLACED:
                self._placed(claim, day)
            case Kind.FOLLOWING:
                self._following(claim, day)
            case Kind.GIVEN:
                self._given(claim, day)
            case Kind.SAME:
                self._same(claim, day)
            case Kind.ANSWER:
                self._final(claim, day, mentioned=False)
            case Kind.RESULT:
                if self.closing:
                    self._final(claim, day, mentioned=self.state.grounded(day))
            case Kind.WEEKDAY:
                self._weekday(claim, day)

    def _shifted(self, claim: Claim, day: date) -> None:
        state, start = self.state, self.dates[claim.a]
        assert start.day is not None
        if not state.grounded(start.day):
            self.blame(start.text, f"{start.text} is neither given nor worked out before.")
        self._arithmetic(claim, start.day, day)
        state.known.add(start.day)
        links = enumerate(state.question.links, start=1)
        places = [i for i, link in links if link.shift.same_as(claim.shift) and state.day(i - 1) == start.day]
        state.state(day, next((i for i in places if i not in state.stated), None))

    def _placed(self, claim: Claim, day: date) -> None:
        """A day by its place to today: the chain's own, where the question names or asks for it so."""
        state, question = self.state, self.state.question
        index = self._place_in_chain(claim)
        if index is not None:
            right, accepted = state.due(index), state.accepts(index, day)
        else:
            today, truly = state.day(question.today), question.days[question.today]
            right = None if today is None else claim.shift.from_(today)
            accepted = day in (right, claim.shift.from_(truly))
        self.compare(claim.name, claim, day, right, accepted=accepted)
        state.state(day, index)

    def _place_in_chain(self, claim: Claim) -> int | None:
        question = self.state.question
        named = question.given in (claim.name, f"the {claim.name}")
        if named and 0 not in self.state.stated:
            return 0
        if claim.shift.count == 0:
            return question.today
        following = question.links[question.today : question.today + 1]
        if following and following[0].shift.same_as(claim.shift):
            return question.today + 1
        return 0 if named else None

    def _following(self, claim: Claim, day: date) -> None:
        state = self.state
        bases = [state.last, state.day(state.question.today)]
        rights = [claim.shift.from_(base) for base in bases if base is not None]
        links = enumerate(state.question.links, start=1)
        due = [
            i
            for i, link in links
            if link.shift.same_as(claim.shift) and day in (state.due(i), state.question.days[i])
        ]
        accepted = day in rights or bool(due)
        self.compare(f"{claim.words} on", claim, day, rights[0] if rights else None, accepted=accepted)
        links = enumerate(state.question.links, start=1)
        free = [i for i, link in links if link.shift.same_as(claim.shift) and i not in state.stated]
        state.state(day, next(iter(due or free), None))

    def _given(self, claim: Claim, day: date) -> None:
        start = self.state.question.start
        self.compare("the given day", claim, day, start, accepted=day == start)
        self.state.state(day, 0)

    def _same(self, claim: Claim, day: date) -> None:
        """Two notations of one day."""
        first = self.dates[claim.a]
        self.compare(first.text, claim, day, first.day, accepted=first.day == day)
        self.state.state(day, 0 if first.day == self.state.question.start else None)

    def _final(self, claim: Claim, day: date, *, mentioned: bool) -> None:
        index = len(self.state.question.links)
        accepted = mentioned or self.state.accepts(index, day)
        self.compare("the date asked for", claim, day, self.state.day(index), accepted=accepted)
        self.state.state(day, None if mentioned else index)

    def _weekday(self, claim: Claim, day: date) -> None:
        right = WEEKDAYS[day.weekday()]
        if claim.name != right.lower():
            self.blame(claim.name.capitalize(), f"{figures(day)} is a {right}.")


_DENIED = re.compile(r"\b(?:not|cannot|no|invalid|exist)\b|n't\b", re.IGNORECASE)
"""Words that may deny that there is such a day."""

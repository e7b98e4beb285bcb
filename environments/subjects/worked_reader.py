"""Traces the numbers of a word problem and its solution to where they come from.

A number of the solution may have several sources of the same value: the text says 5, and a result is 5 too.
Then all of them are kept, and new numbers must make them agree.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from fractions import Fraction
from functools import lru_cache
from itertools import combinations

from ...transcripts.errors import QuestionError
from .worked_expressions import ANNOTATION, annotated, number_in, postfix, whole_if_whole
from .worked_numbers import Numeral, implied_constants, numerals
from .worked_problems import Equation, Problem, Quantity, Reading, Slot, Term

__all__ = ["read_problem"]

_LINE_NUMBER = re.compile(r"^\s*(?:Step )?\d+[.):](?=\s)")
_LEAF = re.compile(r"\d[\d,]*(?:\.\d*)?|\.\d+")
_ALWAYS = frozenset(Fraction(value) for value in ("0", "1", "2", "100", ".01"))
"""Constants that need no word in the text."""
_COMMON = _ALWAYS | {Fraction(value) for value in (3, 4, 5, 6, 7, 8, 10, 12, 24, 30, 52, 60, 365, 1000)}
_COMMON |= {Fraction(value) for value in (".5", ".25", ".1", ".75")}
"""Constants, unless they follow from two numbers that were drawn: somebody may have done that in the head."""
_SAME = (Fraction(1), Fraction(0))
_PERCENTAGES = tuple(
    (Fraction(factor), Fraction(offset))
    for factor, offset in ((".01", 0), ("-.01", 1), (".01", 1), (-1, 100), (1, 100))
)
"""What else 25% stands as: .25, .75 (is left), 1.25 (with it), 75, 125."""
_MAX_DOUBTFUL = 12
"""Numbers up to here stand in prose for many things."""
_MAX_OVERUSED = 5
"""Up to here, a number that the equations use more often than the text says it may be two."""


@lru_cache(maxsize=16384)
def read_problem(text: str, lines: tuple[str, ...], answer: str) -> Problem:
    """The numbers of a question and of its steps, traced to where they come from.

    Raises:
        QuestionError: a step has no equation that can be read, or a number is neither in the question nor a
            result nor a common constant.
    """
    return _Reader(text, lines, answer).problem()


class _Reader:
    """Reads one problem, line after line; lives no longer than that."""

    def __init__(self, text: str, lines: tuple[str, ...], answer: str) -> None:
        self.text, self.answer = text, answer
        self.lines = annotated(lines)
        calculations = [found[1] for line in self.lines for found in ANNOTATION.finditer(line)]
        self.uses_left = Counter(number_in(leaf[0]) for c in calculations for leaf in _LEAF.finditer(c))
        """How often each number stands in the equations that are not yet read."""
        found = numerals(text)
        prose = " ".join(ANNOTATION.sub("", line) for line in self.lines)
        self.quantities = self._drawable(found, implied_constants(text, prose))
        drawable = {q.value for q in self.quantities}
        self.fixed = [n for n in found if n.value not in drawable]
        self.evident = implied_constants(text, prose) | {n.value for n in self.fixed}
        self.evident |= {f * n.value + o for n in self.fixed for f, o in _scales((n,))}
        self.equations: list[Equation] = []
        self.used: set[int] = set()
        """Sources that an equation has used."""
        self.agreeing: dict[tuple[Reading, ...], None] = {}

    def problem(self) -> Problem:
        """The problem as it was read."""
        if not self.quantities:
            raise QuestionError("no number of the question can be drawn anew.")
        line_slots = tuple(self._line(line) for line in self.lines)
        if not self.equations:
            raise QuestionError("the solution has no equations that can be read.")
        answer = self._answer()
        compared = self._compared(answer)
        in_text = (Slot(n, (Reading(i),)) for i, q in enumerate(self.quantities) for n in q.numerals)
        return Problem(
            text=self.text,
            lines=self.lines,
            quantities=tuple(self.quantities),
            equations=tuple(self.equations),
            text_slots=tuple(sorted(in_text, key=lambda slot: slot.numeral.start)),
            line_slots=line_slots,
            answer=answer,
            agreeing=tuple(self.agreeing),
            compared=compared,
            fixed=tuple(self.fixed),
            sums=self._sums(),
        )

    def _drawable(self, found: Sequence[Numeral], implied: frozenset[Fraction]) -> list[Quantity]:
        """The numbers of the text that feed the equations and that nothing else explains there."""
        drawable: list[Quantity] = []
        for value in sorted({n.value for n in found}):
            group = tuple(n for n in found if n.value == value)
            overused = value <= _MAX_OVERUSED and self.uses_left[value] > len(group)
            overused = overused and not any(n.money for n in group)
            feeds = any(f * value + o in self.uses_left for f, o in (_SAME, *_scales(group)))
            if feeds and not any(n.fixed for n in group) and value not in implied and not overused:
                drawable.append(Quantity(value, group))
        unused = {n.value for n in found} - {q.value for q in drawable} - {1, 2}
        told = _explaining(drawable, unused)
        stay = [n.value for n in found if n.value > 1 and n.value not in {q.value for q in drawable}]
        told |= {a + b for a, b in combinations(stay, 2)}  # five girls, five boys, ten students
        return [q for q in drawable if q.value not in told]

    def _compared(self, answer: Slot) -> tuple[int, ...]:
        """The results that nothing uses.

        A small one has to stay, for it may say how many steps follow: 60 / 20 = 3 times halved.
        """
        used = self.used | {reading.source for reading in answer.readings}
        found = [(i, e) for i, e in enumerate(self.equations, len(self.quantities)) if i not in used]
        for i, equation in found:
            if equation.result <= _MAX_DOUBTFUL:
                self.agreeing[(Reading(i, Fraction(0), equation.result), Reading(i))] = None
        return tuple(i for i, _ in found)

    def _answer(self) -> Slot:
        numeral = next(iter(numerals(self.answer)), None)
        if numeral is None or self.answer.strip("$ ") != numeral.text:
            raise QuestionError(f"the answer '{self.answer}' is no number.")
        if self.equations[-1].result == numeral.value:
            return Slot(numeral, (self._last_result(),))
        readings = self._settled(numeral, self._readings(numeral, self.answer))
        if not readings:
            raise QuestionError(f"the answer '{self.answer}' is no result of the equations.")
        return Slot(numeral, readings)

    def _sums(self) -> tuple[tuple[int, tuple[int, ...]], ...]:
        counts = [(i, q) for i, q in enumerate(self.quantities) if not q.numerals[0].percent]
        found: list[tuple[int, tuple[int, ...]]] = []
        for size in (2, 3):
            for parts in combinations([c for c in counts for _ in c[1].numerals], size):
                total = sum(q.value for _, q in parts)
                for i, q in counts:
                    taken = {j for whole, of in found for j in (whole, *of)}
                    if q.value == total >= 8 and i not in taken:
                        found.append((i, tuple(j for j, _ in parts)))
        return tuple(found)

    def _last_result(self) -> Reading:
        return Reading(len(self.quantities) + len(self.equations) - 1)

    def _line(self, line: str) -> tuple[Slot, ...]:
        """The slots of a line; its equations are read first, for prose may name their results before."""
        prose = numerals(ANNOTATION.sub(_blank, _LINE_NUMBER.sub(_blank, line)), fractions=False)
        known = len(self.quantities) + len(self.equations)
        slots: list[Slot] = []
        placed: dict[int, tuple[Reading, ...]] = {}
        for found in ANNOTATION.finditer(line):
            leaves, equation = self._equation(line, found)
            self.equations.append(equation)
            result = (self._last_result(),)
            slots += [slot for slot in leaves if slot.readings]
            slots.append(Slot(_plain(found[2], found.start(2)), result))
            before = [n for n in prose if n.end <= found.start()][-len(leaves) :]
            if [n.value for n in before] == [slot.numeral.value for slot in leaves]:  # the same, in prose
                placed |= {n.start: slot.readings for n, slot in zip(before, leaves, strict=True)}
            behind = next((n for n in prose if n.start >= found.end()), None)
            if behind and behind.value == equation.result and _adjoins(line[found.end() : behind.start]):
                placed[behind.start] = result
        for numeral in prose:
            readings = placed.get(numeral.start)
            if readings is None:
                readings = self._settled(numeral, self._readings(numeral, line), known)
                if readings and self._doubtful(numeral, readings[0].source, line, known):
                    self._stays(numeral, readings)
            if readings:
                slots.append(Slot(numeral, readings))
        return tuple(sorted(slots, key=lambda slot: slot.numeral.start))

    def _equation(self, line: str, found: re.Match[str]) -> tuple[list[Slot], Equation]:
        """An annotated equation, and where the numbers in it come from, in the order in which they stand."""
        leaves: list[Slot] = []
        terms: list[Term] = []
        row = list(postfix(found[1]))
        counts = Counter(number_in(token) for token, at in row if at is not None)
        turns: Counter[Fraction] = Counter()
        for token, at in row:
            if at is None:
                terms.append(token)
                continue
            numeral = _plain(token, found.start(1) + at)
            value = numeral.value
            readings = self._readings(numeral, found[1])
            self.uses_left[value] -= 1
            # of 12 + 12, each may be one of two twelves
            if len(readings) == counts[value] > 1 and all(r.plain for r in readings):
                readings = (readings[turns[value]],)
                turns[value] += 1
            else:
                readings = self._settled(numeral, readings)
            self.used |= {reading.source for reading in readings}
            leaves.append(Slot(numeral, readings))
            terms.append(readings[0] if readings else whole_if_whole(value))
        behind = line[found.end() : found.end() + 20]
        result = number_in(found[2]) or Fraction(0)
        equation = Equation(
            terms=tuple(terms),
            result=result,
            percent=bool(re.match(r"[\d.,]*\s*(?:%|percent)", behind)),
            money=line[: found.start()].rstrip().endswith("$") or behind.startswith("$"),
        )
        known = [*(q.value for q in self.quantities), *(e.result for e in self.equations)]
        if equation.worked_out(known) != result:
            raise QuestionError(f"'{found[1]}={found[2]}' is rounded or does not hold.")
        return sorted(leaves, key=lambda slot: slot.numeral.start), equation

    def _settled(
        self, numeral: Numeral, readings: tuple[Reading, ...], known: int | None = None
    ) -> tuple[Reading, ...]:
        """Of several readings the one that is a result without other use; else all, and they must agree.

        In prose, a result of the same line (from the source `known` on) does not count for it.
        """
        unused = [r for r in readings if r.source not in self.used]
        last_use = not self.uses_left[numeral.value]
        if known is not None and len(readings) > 1 and readings[-1].source >= known:
            unused = []
        if len(unused) == 1 and unused[0].source >= len(self.quantities) and last_use:
            return (unused[0],)
        if len(readings) > 1:
            self.agreeing[readings] = None
        if readings and numeral.value in self.evident and numeral.value != 1:
            self._stays(numeral, readings)  # words bring this number in as well
        return readings

    def _stays(self, numeral: Numeral, readings: tuple[Reading, ...]) -> None:
        """Whatever the number is, it has to keep its value."""
        self.agreeing[(Reading(readings[0].source, Fraction(0), numeral.value), *readings)] = None

    def _doubtful(self, numeral: Numeral, source: int, line: str, known: int) -> bool:
        """Whether a small number in prose may only look like what it is read as: three sizes, $3.

        `known` is the first source that this line brings itself.
        """
        if numeral.value > _MAX_DOUBTFUL or numeral.money:
            return False
        if any(sign in line[max(0, numeral.start - 3) : numeral.end + 3] for sign in "+-*/x=–"):  # noqa: RUF001
            return False
        if source >= known:  # well known is "He needs 4 jars because 80 / 20 = 4"
            return "because" not in line[numeral.end :]
        if source >= len(self.quantities):
            return False
        told = self.quantities[source].numerals
        units = {n.unit.removesuffix("s") for n in told}
        return all(n.money for n in told) or numeral.unit.removesuffix("s") not in units

    def _readings(self, numeral: Numeral, where: str) -> tuple[Reading, ...]:
        """Where the number may come from; empty where it is a constant."""
        value = numeral.value
        found: list[Reading] = []
        for i, q in enumerate(self.quantities):
            scales = (_SAME, *_scales(q.numerals))
            found += [Reading(i, f, o) for f, o in scales if f * q.value + o == value][:1]
        for i, equation in enumerate(self.equations, len(self.quantities)):
            if equation.result == value:
                found.append(Reading(i))
            elif equation.percent:
                found += [Reading(i, f, o) for f, o in _PERCENTAGES if f * equation.result + o == value]
        if found or value in self.evident | _ALWAYS or (numeral.spelled and value <= _MAX_DOUBTFUL):
            return tuple(found)
        if value not in _COMMON or self._follows(value):
            raise QuestionError(f"the number {numeral.text} in '{where.strip()[:60]}' comes from nowhere.")
        return ()

    def _follows(self, value: Fraction) -> bool:
        """Whether somebody may have worked the number out of two others in the head."""
        given = {*(q.value for q in self.quantities), *(e.result for e in self.equations)}
        return any(
            value in (a + b, a - b, a * b) or (b and a == b * value) for a in given for b in given if a > b
        )


def _explaining(drawable: Iterable[Quantity], unused: set[Fraction]) -> set[Fraction]:
    """Values from which a number follows that the text says but no equation uses: they have to stay.

    "Four of them are late … the five students": 4 + 1.
    """
    told: set[Fraction] = set()
    for q in drawable:
        percent = q.numerals[0].percent
        if ({100 - q.value} if percent else {q.value + 1, q.value - 1}) & unused:
            told.add(q.value)
    for a, b in combinations([q.value for q in drawable for _ in q.numerals], 2):
        if {a + b, abs(a - b), a * b} & unused:
            told |= {a, b}
    return told


def _scales(group: Sequence[Numeral]) -> tuple[tuple[Fraction, Fraction], ...]:
    """Factor and offset to other numbers that stand for the same: 25% and .25, 50 cents and .50."""
    if any(n.percent for n in group):
        return _PERCENTAGES
    if any(n.unit in ("cent", "cents") for n in group):
        return ((Fraction(1, 100), Fraction(0)),)
    return ()


def _adjoins(between: str) -> bool:
    return not between.strip(" $€£")


def _blank(found: re.Match[str]) -> str:
    return " " * len(found[0])


def _plain(text: str, start: int) -> Numeral:
    """A number inside an annotation."""
    return Numeral(start, start + len(text), text, number_in(text) or Fraction(0))

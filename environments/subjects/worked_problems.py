"""A word problem as one calculation: quantities of the text, equations, and each number's place among them.

Values alone; what finds them in a text is `worked_reader`, what draws new ones is `worked_draws`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from .worked_expressions import Exact, evaluated, whole_if_whole
from .worked_numbers import Numeral

__all__ = ["Equation", "Problem", "Quantity", "Reading", "Slot", "Term", "Values"]

Values = Sequence[Exact]
"""Of the quantities of the text, then of the results, in their order."""


@dataclass(frozen=True, slots=True)
class Reading:
    """Where a number may come from: ``factor * values[source] + offset``."""

    source: int
    factor: Fraction = Fraction(1)
    offset: Fraction = Fraction(0)

    @property
    def plain(self) -> bool:
        """Whether it is the source's value as it is."""
        return self.factor == 1 and not self.offset

    def value(self, values: Values) -> Exact:
        """What it comes to."""
        value = values[self.source]
        return value if self.plain else self.factor * value + self.offset


Term = Exact | Reading | str
"""A constant, a number that is drawn or worked out, or an operator."""


@dataclass(frozen=True, slots=True)
class Slot:
    """A number that is written anew when the quantities are."""

    numeral: Numeral
    readings: tuple[Reading, ...]
    """Never empty; all must agree."""


@dataclass(frozen=True, slots=True)
class Quantity:
    """A value of the text that feeds the equations, wherever it stands there."""

    value: Fraction
    numerals: tuple[Numeral, ...]


@dataclass(frozen=True, slots=True)
class Equation:
    """A result and the calculation that it comes from, in reverse Polish notation."""

    terms: tuple[Term, ...]
    result: Fraction
    percent: bool
    """Whether the result is written as a percentage."""
    money: bool
    """Whether it is written as money, so that cents may come of it."""

    def worked_out(self, values: Values) -> Exact | None:
        """The result with other values; None where it divides by zero."""
        return evaluated([term.value(values) if isinstance(term, Reading) else term for term in self.terms])


@dataclass(frozen=True, slots=True)
class Problem:
    """A question with its solution, its numbers traced."""

    text: str
    lines: tuple[str, ...]
    """The steps, each equation annotated: ``48/2 = <<48/2=24>>24``."""
    quantities: tuple[Quantity, ...]
    equations: tuple[Equation, ...]
    text_slots: tuple[Slot, ...]
    line_slots: tuple[tuple[Slot, ...], ...]
    answer: Slot
    agreeing: tuple[tuple[Reading, ...], ...]
    """Readings that must have one value, for they are read from one number."""
    compared: tuple[int, ...]
    """Results that no equation uses, only words: what was more or less than they stays so."""
    fixed: tuple[Numeral, ...]
    """The numbers of the text that stay."""
    sums: tuple[tuple[int, tuple[int, ...]], ...]
    """Quantities that are the sum of others: what is divided up stays divided up."""

    @property
    def values(self) -> tuple[Exact, ...]:
        """As they stand."""
        found = (*(q.value for q in self.quantities), *(e.result for e in self.equations))
        return tuple(whole_if_whole(value) for value in found)

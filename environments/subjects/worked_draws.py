"""Draws new numbers for a word problem, such that its results stay sensible. Writes no text."""

import random
from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise

from .worked_expressions import Exact, whole_if_whole
from .worked_numbers import Numeral
from .worked_problems import Equation, Problem, Quantity, Values

__all__ = ["drawn"]

TRIALS = 300
MAX_GROWTH = 10
"""A result may become ten times as large, or as small, as it was."""
_CEILINGS = {
    "hour": 24, "hours": 24, "minute": 60, "minutes": 60, "second": 60, "seconds": 60, "month": 12,
    "months": 12, "week": 52, "weeks": 52, "day": 31, "days": 31, "years": 95, "year": 95,
}  # fmt: skip
"""What is counted in these stays below the ceiling where it stood below."""

_UNITS = """time second minute hour day week month year mile foot feet inche inch yard meter kilometer km
    pound ounce kg gram gallon liter cup page"""
_MEASURES = frozenset(_UNITS.split())
"""Units, without their plural's s, whose numbers are compared with each other alone."""


def drawn(problem: Problem, rng: random.Random) -> tuple[Exact, ...] | None:
    """New values of quantities and results; None where no draw was sensible.

    The first draws change every quantity, later ones fewer and fewer.
    """
    old = problem.values
    pools = [_pool(quantity) for quantity in problem.quantities]
    for trial in range(TRIALS):
        kept = trial / TRIALS
        new = [
            value if rng.random() < kept or not pool else rng.choice(pool)
            for value, pool in zip(old[: len(pools)], pools, strict=True)
        ]
        for whole, parts in problem.sums:
            new[whole] = sum(new[part] for part in parts)
        if new == list(old[: len(new)]) or not _same_order(problem, new):
            continue
        values = _worked_out(problem, new, old)
        if (
            values is not None
            and values[problem.answer.readings[0].source] != old[problem.answer.readings[0].source]
        ):
            return values
    return None


def _worked_out(problem: Problem, new: Sequence[Exact], old: Values) -> tuple[Exact, ...] | None:
    """The quantities with the results that follow; None where one of those is not sensible."""
    values = list(new)
    for equation in problem.equations:
        value = equation.worked_out(values)
        if value is None or not _sensible(value, equation):
            return None
        values.append(value)
    for readings in problem.agreeing:
        if len({reading.value(values) for reading in readings}) > 1:
            return None
    for i in problem.compared:
        if any(
            _order(values[i], value) != _order(old[i], was) for value, was in zip(values, old, strict=True)
        ):
            return None
    return tuple(values)


def _order(a: Exact, b: Exact) -> int:
    return (a > b) - (a < b)


def _sensible(new: Exact, equation: Equation) -> bool:
    """Whether a result may stand where the equation's stood."""
    old = equation.result
    if (new == 1) != (old == 1) or (new <= 0) != (old <= 0) or (new == 0) != (old == 0):
        return False
    if new.denominator != 1 and (
        (old.denominator == 1 and not equation.money)
        or (100 % new.denominator and old.denominator % new.denominator)
    ):
        return False
    if (0 < old < 1) != (0 < new < 1) or (equation.percent and (old <= 100) != (new <= 100)):
        return False
    size, was = max(new, -new), max(old, -old)
    return size <= MAX_GROWTH * was and was <= MAX_GROWTH * size


def _same_order(problem: Problem, new: Values) -> bool:
    """Whether what was less is still less, among numbers of one kind, fixed ones included."""
    rows: dict[str, list[tuple[Exact, Exact]]] = {}
    for q, value in zip(problem.quantities, new, strict=True):
        for kind in {_kind(n) for n in q.numerals}:
            rows.setdefault(kind, []).append((q.value, value))
    for numeral in problem.fixed:
        rows.setdefault(_kind(numeral), []).append((numeral.value, numeral.value))
    for row in rows.values():
        row.sort()
        if any(a[0] < b[0] and a[1] >= b[1] for a, b in pairwise(row)):
            return False
    return True


def _kind(numeral: Numeral) -> str:
    """Numbers of one kind can be more or less than each other."""
    if numeral.money or numeral.percent:
        return "money" if numeral.money else "percent"
    unit = numeral.unit.removesuffix("s")
    return unit if unit in _MEASURES else "count"


def _pool(quantity: Quantity) -> list[Exact]:
    """The values that may take the place of the quantity's, its own left out."""
    value = quantity.value
    low, high, step = value / 2, 2 * value, _step(quantity)
    if value < 10 and value.denominator == 1:
        low, high = Fraction(2), Fraction(max(9, int(value) + 3))
    units = {n.unit for n in quantity.numerals}
    for unit in units:
        ceiling = _CEILINGS.get(unit)
        if ceiling is not None and value <= ceiling:
            high = min(high, Fraction(ceiling))
            if unit in ("day", "days") and value <= 7:
                high = Fraction(7)
    if units & {"times", "time"}:
        low, high = max(Fraction(2), value - 2), value + 3
    if units & {"years", "year"} and value >= 10:
        low, high = value * Fraction(3, 4), min(value * Fraction(3, 2), high)
    if any(n.percent for n in quantity.numerals):
        low, high = (step, min(high, Fraction(95))) if value < 100 else (Fraction(100) + step, high)
        if value == 100:
            return []
    first = -(-low // step) * step
    offset = value % step
    count = int((high - first) / step) + 1
    pool = [first + offset + i * step for i in range(max(0, count))]
    return [whole_if_whole(v) for v in pool if (v > 1 or value < 1) and v != value and 0 < v <= high]


def _step(quantity: Quantity) -> Fraction:
    """How coarse the quantity is: 1200 in hundreds, 2.50 in halves."""
    value = quantity.value
    if value.denominator != 1:
        for parts in (2, 4, 10, 20, 100):
            if not value * parts % 1:
                return Fraction(1, parts)
        return Fraction(1, value.denominator)
    if any(n.percent for n in quantity.numerals) and not value % 5:
        return Fraction(5)
    for step, least in ((1000, 5000), (100, 500), (50, 200), (10, 50), (5, 25)):
        if value >= least and not value % step:
            return Fraction(step)
    return Fraction(1)

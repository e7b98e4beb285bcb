"""Orderings of arms, such as "a > b on hard questions", and their tests over seeds, paired by seed."""

import math
from collections.abc import Iterable, Mapping, Sequence
from statistics import fmean, stdev
from typing import Literal

from pydantic import Field

from ..transcripts.errors import ConfigError
from ..transcripts.records import Record

__all__ = ["Ordering", "Verdict", "judge", "mean_interval"]

Measured = Mapping[str, Mapping[str, Mapping[int, float]]]
"""Values by arm, measure and seed."""

LEVEL = 0.05
"""Of all tests; intervals are of 95%."""


class Ordering(Record):
    """One claim about two arms, or about an arm and a number."""

    name: str
    """The claim in a sentence."""
    better: str | float
    """An arm, or a number."""
    worse: str | float = 0.0
    """An arm, or a number: a ``delta`` above 0 needs no second arm."""
    measure: str = "acc_t2"
    """Of `better`."""
    than: str | None = None
    """The measure of `worse` where it is another one, as in the last attempt against the first."""
    kind: Literal["greater", "at_least", "flat"] = "greater"
    """``greater``: the difference is above 0. ``at_least``: it is above -margin (non-inferiority). ``flat``:
    it is within the margin either way (equivalence)."""
    margin: float = Field(default=0.05, gt=0.0)
    """The difference that does not matter, in the measure's unit; not used by ``greater``."""
    source: str = ""
    """Paper and section, or whose claim it is."""


class Verdict(Ordering):
    """An ordering as it came out."""

    held: bool
    effect: float | None
    """Mean over seeds of `better` minus `worse`; None where fewer than two seeds were measured."""
    interval: tuple[float, float] | None
    """95%, Student's t over seeds."""
    p_value: float | None
    """``greater``: two-sided paired t-test. ``at_least``: one-sided, against a difference of -margin.
    ``flat``: the larger of the two one-sided tests against the margins (Schuirmann 1987)."""
    seeds: tuple[int, ...]
    """Those at which both sides were measured."""
    by_seed: Mapping[int, float]
    """The differences."""

    @property
    def word(self) -> str:
        """``held``, ``not held``, ``reversed`` (significantly the other way) or ``not measured``."""
        if self.effect is None or self.p_value is None:
            return "not measured"
        if self.held:
            return "held"
        backwards = self.kind == "greater" and self.effect < 0 and self.p_value < LEVEL
        return "reversed" if backwards else "not held"


def judge(ordering: Ordering, measured: Measured) -> Verdict:
    """Put an ordering to the test.

    It holds, if ``greater``, where the effect is above 0 and p is below .05; if ``at_least``, where the
    interval ends above -margin; if ``flat``, where both its ends are inside the margin.

    Where all seeds differ by exactly as much, as saturated measures do, the interval is a point and p is 0 or
    1 (1/2 for a one-sided test at its very border): the limits of the t statistic for a vanishing spread.
    Anything else would hang on rounding errors.

    Raises:
        ConfigError: both sides are numbers.
    """
    if not isinstance(ordering.better, str) and not isinstance(ordering.worse, str):
        raise ConfigError(f"the ordering '{ordering.name}' compares two numbers; name an arm.")
    every = {seed for measures in measured.values() for values in measures.values() for seed in values}
    first = _values(ordering.better, ordering.measure, measured, every)
    second = _values(ordering.worse, ordering.than or ordering.measure, measured, every)
    differences = {seed: first[seed] - second[seed] for seed in sorted(first.keys() & second.keys())}
    seeds = tuple(differences)
    given = dict(ordering)
    if len(seeds) < 2:
        return Verdict(
            **given,
            held=False,
            effect=None,
            interval=None,
            p_value=None,
            seeds=seeds,
            by_seed=differences,
        )
    effect, interval, p_value = _tested(list(differences.values()), ordering)
    low, high = interval
    held = {
        "greater": effect > 0 and p_value < LEVEL,
        "at_least": low > -ordering.margin,
        "flat": -ordering.margin < low and high < ordering.margin,
    }[ordering.kind]
    return Verdict(
        **given,
        held=held,
        effect=effect,
        interval=interval,
        p_value=p_value,
        seeds=seeds,
        by_seed=differences,
    )


def _values(side: str | float, measure: str, measured: Measured, every: Iterable[int]) -> Mapping[int, float]:
    """By seed; a number is the same at every seed."""
    return measured.get(side, {}).get(measure, {}) if isinstance(side, str) else dict.fromkeys(every, side)


def mean_interval(values: Sequence[float]) -> tuple[float, float, float]:
    """Mean, and the limits of its 95% interval by Student's t; the mean alone where there is one value."""
    effect, _, half = _spread(values)
    return effect, effect - half, effect + half


def _spread(values: Sequence[float]) -> tuple[float, float, float]:
    """Mean, its standard error, and half its interval."""
    from scipy.stats import t

    n, effect = len(values), fmean(values)
    if n < 2:
        return effect, 0.0, 0.0
    error = stdev(values) / math.sqrt(n)
    return effect, error, float(t.ppf(1 - LEVEL / 2, n - 1)) * error


def _tested(differences: Sequence[float], ordering: Ordering) -> tuple[float, tuple[float, float], float]:
    """Mean, interval and p-value."""
    from scipy.stats import t

    effect, error, half = _spread(differences)

    def above(border: float) -> float:
        """One-sided p-value of the hypothesis that the difference is at most `border`."""
        gap = effect - border
        statistic = gap / error if error else math.copysign(math.inf, gap) if gap else 0.0
        return float(t.sf(statistic, len(differences) - 1))

    if ordering.kind == "greater":
        up = above(0.0)
        p_value = 2 * min(up, 1 - up)
    elif ordering.kind == "at_least":
        p_value = above(-ordering.margin)
    else:
        p_value = max(above(-ordering.margin), 1 - above(ordering.margin))
    return effect, (effect - half, effect + half), p_value

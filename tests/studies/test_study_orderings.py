"""Orderings: paired tests over seeds that agree with scipy's, with each other and with common sense."""

import math
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.stats import ttest_1samp, ttest_rel

from schoolroom.studies.orderings import Ordering, Verdict, judge, mean_interval
from schoolroom.transcripts.errors import ConfigError

Values = list[float]

shares = st.floats(0, 1).map(lambda share: round(share, 3))
pairs = st.lists(st.tuples(shares, shares), min_size=2, max_size=8)


def judged(first: Values, second: Values, **fields: Any) -> Verdict:
    measured = {name: {"acc_t2": dict(enumerate(values))} for name, values in (("a", first), ("b", second))}
    return judge(Ordering.model_validate({"name": "a > b", "better": "a", "worse": "b", **fields}), measured)


@settings(max_examples=100)
@given(pairs)
def test_effect_interval_and_p_are_those_of_the_paired_t_test(values: list[tuple[float, float]]) -> None:
    first, second = map(list, zip(*values, strict=True))
    differences: Values = [a - b for a, b in values]
    assume(max(differences) - min(differences) > 1e-6)
    found, expected = judged(first, second), ttest_rel(first, second)
    low, high = map(float, ttest_1samp(differences, 0).confidence_interval())
    assert found.effect == pytest.approx(sum(differences) / len(differences), abs=1e-9)
    assert found.interval == pytest.approx((low, high), abs=1e-9)
    assert found.p_value == pytest.approx(expected.pvalue, abs=1e-9)
    assert found.held == (low > 0)


@settings(max_examples=100)
@given(pairs)
def test_exchanging_the_arms_turns_the_sign_and_nothing_else(values: list[tuple[float, float]]) -> None:
    first, second = map(list, zip(*values, strict=True))
    one, other = judged(first, second), judged(second, first)
    assert one.effect is not None
    assert one.interval is not None
    assert other.effect == pytest.approx(-one.effect)
    assert other.interval == pytest.approx((-one.interval[1], -one.interval[0]))
    assert other.p_value == pytest.approx(one.p_value)
    assert not (one.held and other.held)
    assert (one.word == "reversed") == other.held


@settings(max_examples=100)
@given(pairs, st.floats(0.01, 0.5))
def test_margins_are_tested_as_their_intervals_say(values: list[tuple[float, float]], margin: float) -> None:
    first, second = map(list, zip(*values, strict=True))
    differences: Values = [a - b for a, b in values]
    assume(max(differences) - min(differences) > 1e-6)
    low, high = map(float, ttest_1samp(differences, 0).confidence_interval())
    assume(min(abs(abs(low) - margin), abs(abs(high) - margin)) > 1e-9)
    flat = judged(first, second, kind="flat", margin=margin)
    at_least = judged(first, second, kind="at_least", margin=margin)
    lower = ttest_1samp(differences, -margin, alternative="greater").pvalue
    upper = ttest_1samp(differences, margin, alternative="less").pvalue
    assert flat.held == (-margin < low and high < margin) == (max(lower, upper) < 0.025)
    assert at_least.held == (low > -margin) == (lower < 0.025)
    assert flat.p_value == pytest.approx(max(lower, upper), abs=1e-9)
    assert at_least.p_value == pytest.approx(lower, abs=1e-9)


@pytest.mark.parametrize(
    ("second", "held", "p_value", "word"),
    [(0.0, True, 0.0, "held"), (1.0, False, 1.0, "not held")],
    ids=["all differ by 1", "none differs"],
)
def test_differences_that_are_all_equal_are_the_limit_of_a_vanishing_spread(
    second: float, held: bool, p_value: float, word: str
) -> None:
    found = judged([1.0] * 5, [second] * 5)
    nearly = judged([1.0, 1.0, 1.0, 1.0, 1.0 - 1e-12], [second] * 5)
    assert (found.held, found.p_value, found.word) == (held, p_value, word)
    assert found.interval == (1.0 - second, 1.0 - second)
    assert nearly.held == held
    assert judged([1.0] * 5, [second] * 5, kind="flat").held == (not held)


def test_only_seeds_with_both_arms_count_and_two_are_needed() -> None:
    measured = {"a": {"acc_t2": {0: 0.5, 1: 0.6, 2: 0.9}}, "b": {"acc_t2": {2: 0.8, 1: 0.4, 7: 0.1}}}
    ordering = Ordering(name="a > b", better="a", worse="b")
    found = judge(ordering, measured)
    assert found.seeds == (1, 2)
    assert found.by_seed == pytest.approx({1: 0.2, 2: 0.1})
    for few in ({"a": measured["a"]}, {"a": {}, "b": measured["b"]}, {}):
        unmeasured = judge(ordering, few)
        assert (unmeasured.held, unmeasured.effect, unmeasured.p_value) == (False, None, None)
        assert unmeasured.word == "not measured"


def test_a_side_may_be_a_number_or_another_measure_of_the_same_arm() -> None:
    measured = {"a": {"acc_t1": {0: 0.5, 1: 0.6}, "acc_t2": {0: 0.7, 1: 0.81}, "lost": {0: 0.01, 1: 0.012}}}
    revised = judge(Ordering(name="t2 > t1", better="a", worse="a", than="acc_t1"), measured)
    assert revised.by_seed == pytest.approx({0: 0.2, 1: 0.21})
    lost = judge(Ordering(name="few lost", better=0.02, worse="a", measure="lost"), measured)
    assert lost.by_seed == pytest.approx({0: 0.01, 1: 0.008})
    with pytest.raises(ConfigError, match="'nothing' compares two numbers; name an arm"):
        judge(Ordering(name="nothing", better=1.0, worse=0.5), measured)


def test_the_interval_of_a_mean() -> None:
    middle, low, high = mean_interval([0.1, 0.2, 0.3])
    assert (middle, high - middle) == pytest.approx((0.2, 4.3027 * 0.1 / math.sqrt(3)), abs=1e-4)
    assert low == pytest.approx(2 * middle - high)
    assert mean_interval([0.4]) == (0.4, 0.4, 0.4)

"""How values are worded on a page."""

import pytest

from schoolroom.viewer.wording import LETTERS, line, money, quantity, seconds


@pytest.mark.parametrize(("number", "said"), [(0, "0 turns"), (1, "1 turn"), (1_200, "1,200 turns")])
def test_one_thing_is_no_plural(number: int, said: str) -> None:
    assert quantity(number, "turn") == said


@pytest.mark.parametrize(
    ("dollars", "said"), [(None, "unknown"), (0.0, "$0.00"), (0.00123, "$0.0012"), (1234.5, "$1,234.50")]
)
def test_cents_are_told_where_there_are_no_dollars(dollars: float | None, said: str) -> None:
    assert money(dollars) == said


def test_durations_are_as_exact_as_anybody_would_say_them() -> None:
    assert [seconds(time) for time in (0.04, 59.9, 75, 7_260)] == [
        "0.0 s",
        "59.9 s",
        "1 min 15 s",
        "2 h 1 min",
    ]


def test_a_line_is_the_beginning_of_a_text() -> None:
    assert line("7 + 5 =\n\x1b\tor so") == "7 + 5 = ⟨U+001B⟩ or so"
    assert line("x" * 1_000) == "x" * LETTERS + "…"

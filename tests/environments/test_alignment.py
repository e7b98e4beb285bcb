"""Texts beside each other: nothing is lost, equal lines meet, and what is too long is not compared."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schoolroom.environments.alignment import aligned, side_by_side

lines = st.lists(st.text(alphabet="ab 1+=", max_size=8), max_size=6)


@given(lines, lines)
def test_both_texts_can_be_read_back(a: list[str], b: list[str]) -> None:
    rows = list(aligned(a, b))
    assert ["".join(piece.text for piece in row.left) for row in rows if row.left is not None] == a
    assert ["".join(piece.text for piece in row.right) for row in rows if row.right is not None] == b
    for row in rows:
        if row.left is not None and row.right is not None:
            assert (row.sign == "") is (row.left == row.right)
            marked = [any(piece.changed for piece in side) for side in (row.left, row.right)]
            kept = ["".join(p.text for p in side if not p.changed) for side in (row.left, row.right)]
            assert kept[0] == kept[1] or not any(marked)  # what is not marked is the same on both sides


@given(lines)
def test_a_text_beside_itself_differs_nowhere(a: list[str]) -> None:
    assert all(row.sign == "" for row in aligned(a, a))


@pytest.mark.parametrize(
    ("one", "other", "marked"),
    [
        ("3+9+1=12, write 2", "3+9+1=13, write 3", ["12", "2", "13", "3"]),
        ("It is 12.", "It is 12. Look at the tens, too.", [" Look at the tens, too."]),
        ("You wrote: 3+5=9. How did you come by that?", "Step 2: it should be 3+5+1=9.", []),
        ("", "3+5=9", []),
    ],
)
def test_words_are_marked_where_most_of_the_line_stays(one: str, other: str, marked: list[str]) -> None:
    (row,) = aligned([one], [other])
    assert row.sign == "|"
    assert row.left is not None
    assert row.right is not None
    assert [piece.text for piece in (*row.left, *row.right) if piece.changed] == marked


def test_what_is_too_long_is_replaced_whole() -> None:
    a, b = [str(n) for n in range(2_000)], [str(n) for n in range(1, 2_001)]
    assert list(side_by_side(a, b)) == [(n, n) for n in range(2_000)]
    (row,) = aligned(["x " * 100_000], ["y " * 100_000])
    assert row.sign == "|"

"""Order, padding and parts of batches."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schoolroom.training.batches import WINDOW, batch_order, micro_batches, pad_rows
from schoolroom.training.encoding import NO_LABEL, Encoded


@given(st.integers(1, 30), st.integers(0, 100), st.integers(0, 5))
def test_every_pass_takes_each_row_once(rows: int, count: int, seed: int) -> None:
    order = batch_order([1] * rows, count, 4, seed, "shuffled")
    assert len(order) == count
    for start in range(0, count - rows + 1, rows):
        assert sorted(order[start : start + rows]) == list(range(rows))
    assert order == batch_order([1] * rows, count, 4, seed, "shuffled")


def test_passes_differ_and_the_given_order_is_kept() -> None:
    order = batch_order([1] * 50, 100, 8, 0, "shuffled")
    assert order[:50] != order[50:]
    assert order != batch_order([1] * 50, 100, 8, 1, "shuffled")
    assert batch_order([3, 1, 2], 7, 2, 0, "given") == [0, 1, 2, 0, 1, 2, 0]


@given(st.lists(st.integers(1, 300), min_size=1, max_size=60), st.integers(1, 300), st.integers(1, 8))
def test_rows_of_like_length_share_a_batch(lengths: list[int], count: int, batch: int) -> None:
    def padded(order: list[int]) -> int:
        steps = [order[at : at + batch] for at in range(0, count, batch)]
        return sum(len(step) * max(lengths[row] for row in step) for step in steps)

    shuffled = batch_order(lengths, count, batch, 7, "shuffled")
    grouped = batch_order(lengths, count, batch, 7, "by_length")
    window = WINDOW * batch
    for start in range(0, count, window):
        assert sorted(grouped[start : start + window]) == sorted(shuffled[start : start + window])
    if count % batch == 0:
        assert padded(grouped) <= padded(shuffled)
    assert grouped == batch_order(lengths, count, batch, 7, "by_length")


LENGTHS = st.lists(st.integers(1, 300), min_size=1, max_size=40).map(
    lambda found: sorted(found, reverse=True)
)


@given(LENGTHS, st.integers(0, 500), st.integers(300, 2000))
def test_parts_hold_every_row_once_and_no_more_tokens_than_allowed(
    lengths: list[int], split_cost: int, most_tokens: int
) -> None:
    parts = micro_batches(lengths, split_cost, most_tokens)
    assert [place for part in parts for place in part] == list(range(len(lengths)))
    assert all(len(part) * lengths[part.start] <= most_tokens or len(part) == 1 for part in parts)
    padded = sum(len(part) * lengths[part.start] for part in parts)
    assert padded <= len(lengths) * lengths[0]


def test_a_cut_is_made_only_where_it_saves_more_than_it_costs() -> None:
    assert micro_batches([100, 100, 10, 10], 179, 10_000) == [range(2), range(2, 4)]
    assert micro_batches([100, 100, 10, 10], 180, 10_000) == [range(4)]


def row(length: int) -> Encoded:
    ids = np.arange(1, length + 1)
    return Encoded(str(length), ids, ids, np.full(length, 2.0, dtype=np.float32))


@given(st.lists(st.integers(1, 20), min_size=1, max_size=8))
def test_padding_never_counts(lengths: list[int]) -> None:
    batch = pad_rows([row(length) for length in lengths], pad=7)
    assert batch["input_ids"].shape == (len(lengths), max(lengths))
    assert batch["lengths"].tolist() == sorted(lengths, reverse=True)
    assert float(batch["weights"].sum()) == 2.0 * sum(lengths)
    assert int((batch["labels"] != NO_LABEL).sum()) == sum(lengths)
    for place, length in enumerate(batch["lengths"].tolist()):
        assert (batch["input_ids"][place, length:] == 7).all()
        assert (batch["labels"][place, length:] == NO_LABEL).all()


@pytest.mark.parametrize("split_cost", [0, 50])
def test_one_row_is_one_part(split_cost: int) -> None:
    assert micro_batches([5], split_cost, 3) == [range(1)]

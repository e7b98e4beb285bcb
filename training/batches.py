"""How rows become batches: their order, their padding, and the parts that are padded apart. Imports torch."""

import random
from collections.abc import Iterator, Sequence
from typing import Literal

import numpy as np
import torch

from .encoding import NO_LABEL, Encoded

__all__ = ["Batch", "Order", "batch_order", "micro_batches", "pad_rows"]

Order = Literal["shuffled", "given", "by_length"]
"""``shuffled``: each pass over the rows in a new random order; ``given``: as they come, again and again;
``by_length``: shuffled, but rows of like length share a batch, so that less is padded."""

WINDOW = 50
"""Batches among which rows of like length find each other; what comes early in training stays early."""

Batch = dict[str, torch.Tensor]


def batch_order(lengths: Sequence[int], count: int, batch: int, seed: int, order: Order) -> list[int]:
    """Which row comes at each of `count` places, `batch` of which make a step; `lengths` are the rows'.

    Every pass takes each row once before any comes again. By length, rows change places within a window of 50
    batches, so that it holds the rows that it would hold shuffled.
    """
    rng = random.Random(seed)
    places: list[int] = []
    while len(places) < count:
        taken = list(range(len(lengths)))
        if order != "given":
            rng.shuffle(taken)
        places += taken
    places = places[:count]
    if order != "by_length":
        return places
    grouped: list[int] = []
    for start in range(0, count, WINDOW * batch):
        alike = sorted(places[start : start + WINDOW * batch], key=lengths.__getitem__)
        whole = len(alike) // batch * batch
        batches = [alike[at : at + batch] for at in range(0, whole, batch)]
        rng.shuffle(batches)
        grouped += [*(row for rows in batches for row in rows), *alike[whole:]]
    return grouped


def micro_batches(lengths: Sequence[int], split_cost: int, most_tokens: int) -> list[range]:
    """Cut rows, sorted by falling length, into runs that are padded apart.

    The gradient is the same as that of the whole batch; only padding is saved. A cut is made where it saves
    more than `split_cost` tokens, or where a run has more than `most_tokens` of them.
    """

    def cut(run: range) -> Iterator[range]:
        tokens = len(run) * lengths[run.start]
        if len(run) > 1:
            saved, at = max(((lengths[run.start] - lengths[at]) * (run.stop - at), at) for at in run[1:])
            if saved > split_cost:
                yield from cut(range(run.start, at))
                yield from cut(range(at, run.stop))
                return
            if tokens > most_tokens:
                half = (run.start + run.stop) // 2
                yield from cut(range(run.start, half))
                yield from cut(range(half, run.stop))
                return
        yield run

    return list(cut(range(len(lengths)))) if lengths else []


def pad_rows(rows: Sequence[Encoded], pad: int) -> Batch:
    """Rows as tensors (B, T), longest first, padded on the right with tokens that carry no loss."""
    rows = sorted(rows, key=len, reverse=True)
    shape = (len(rows), len(rows[0]))
    input_ids = np.full(shape, pad, dtype=np.int64)
    labels = np.full(shape, NO_LABEL, dtype=np.int64)
    weights = np.zeros(shape, dtype=np.float32)
    for place, row in enumerate(rows):
        input_ids[place, : len(row)] = row.input_ids
        labels[place, : len(row)] = row.labels
        weights[place, : len(row)] = row.weights
    return {
        "input_ids": torch.from_numpy(input_ids),
        "labels": torch.from_numpy(labels),
        "weights": torch.from_numpy(weights),
        "lengths": torch.tensor([len(row) for row in rows]),
    }

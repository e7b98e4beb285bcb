"""Batched decoding with a key-value cache: rows that are done leave the batch. No tokenizer, no requests.

Why not `model.generate`: it computes rows that are done until the last one is, and its bookkeeping costs
more per step than the forward pass of a small model.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from inspect import signature
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from transformers import DynamicCache, PreTrainedModel
from transformers.cache_utils import DynamicLayer

__all__ = ["Row", "decode", "uniforms"]

LEAVE = 1 / 16
"""The done rows leave once they are this share of the batch: copying the cache costs about one step."""

SHARE = 256
"""Tokens that must be saved before reading but once what all prompts begin with is worth its forward pass."""

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)


@dataclass(frozen=True, slots=True)
class Row:
    """One prompt to be continued."""

    tokens: Sequence[int]
    max_new_tokens: int
    temperature: float
    seed: int


def uniforms(seeds: Sequence[int], steps: int) -> NDArray[np.float64]:
    """Numbers in (0, 1) that follow from seed and step alone, of shape (seeds, steps).

    The splitmix64 generator (Steele, Lea and Flood 2014) read at any place: a row draws the same numbers
    whoever shares its batch, and no generator must be kept for it.
    """
    start = np.array([seed & (2**64 - 1) for seed in seeds], dtype=np.uint64)[:, None]
    with np.errstate(over="ignore"):
        z = _mix(start) + np.arange(1, steps + 1, dtype=np.uint64)[None, :] * _GOLDEN
        return ((_mix(z) >> np.uint64(11)).astype(np.float64) + 0.5) * 2.0**-53


def _mix(z: NDArray[np.uint64]) -> NDArray[np.uint64]:
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


@torch.inference_mode()
def decode(
    model: PreTrainedModel, rows: Sequence[Row], *, pad: int, stops: frozenset[int]
) -> list[list[int]]:
    """Continue all `rows` together, in one batch.

    Args:
        model: A decoder-only model, in evaluation mode.
        rows: Prompts of at least one token; best of similar length, for they are padded on the left.
        pad: Id that fills the left side.
        stops: Ids that end a continuation; they are not part of it.

    Returns:
        New tokens of each row. Up to rounding they do not depend on who shares the batch.
    """
    device = model.device
    batch = _Batch(model, rows, pad)
    steps = max(row.max_new_tokens for row in rows)
    draws = torch.from_numpy(uniforms([row.seed for row in rows], steps)).to(device)
    temperatures = torch.tensor([row.temperature for row in rows], device=device)
    samples = any(row.temperature > 0 for row in rows)
    said: list[list[int]] = [[] for _ in rows]
    done: set[int] = set()
    for step in range(steps):
        logits = batch.logits()
        chosen = logits.argmax(dim=-1)
        if samples:
            chosen = _sampled(logits, chosen, temperatures[batch.index], draws[batch.index, step])
        for row, token in zip(batch.rows, chosen.tolist(), strict=True):
            if row in done:
                continue
            if token in stops:
                done.add(row)
                continue
            said[row].append(token)
            if len(said[row]) >= rows[row].max_new_tokens:
                done.add(row)
        staying = [place for place, row in enumerate(batch.rows) if row not in done]
        if not staying:
            break
        leaving = len(batch.rows) - len(staying)
        if leaving and leaving >= LEAVE * len(batch.rows):
            chosen = batch.keep(staying, chosen)
        batch.extend(chosen)
    return said


def _sampled(
    logits: torch.Tensor, best: torch.Tensor, temperatures: torch.Tensor, draws: torch.Tensor
) -> torch.Tensor:
    """The next token of each row (B,) from logits (B, V), by inverse CDF; `best` at temperature 0."""
    scaled = logits / temperatures.clamp_min(1e-6)[:, None]
    total = scaled.softmax(dim=-1, dtype=torch.float64).cumsum(dim=-1)
    drawn = torch.searchsorted(total, draws[:, None] * total[:, -1:], right=True).squeeze(-1)
    return torch.where(temperatures > 0, drawn.clamp_max(logits.shape[-1] - 1), best)


class _RoomyLayer(DynamicLayer):
    """Keys and values (B, H, T, D) of one layer, kept in larger tensors than they need.

    The stock layer copies them all at every step; that took nine tenths of a small model's decoding time.
    """

    _roomy_keys: torch.Tensor
    _roomy_values: torch.Tensor

    def update(
        self, key_states: torch.Tensor, value_states: torch.Tensor, *args: Any, **kwargs: Any
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Put new keys and values behind the others, and return all."""
        start = self.get_seq_length()
        stop = start + key_states.shape[-2]
        if not self.is_initialized:
            self.lazy_initialization(key_states, value_states)
            self._roomy_keys = key_states.new_empty(_with_room(key_states, stop + 32))
            self._roomy_values = value_states.new_empty(_with_room(value_states, stop + 32))
        elif stop > self._roomy_keys.shape[-2]:
            for name in ("_roomy_keys", "_roomy_values"):
                kept = getattr(self, name)[..., :start, :]
                roomy = kept.new_empty(_with_room(kept, 2 * stop))
                roomy[..., :start, :] = kept
                setattr(self, name, roomy)
        self._roomy_keys[..., start:stop, :] = key_states
        self._roomy_values[..., start:stop, :] = value_states
        self.keys = self._roomy_keys[..., :stop, :]
        self.values = self._roomy_values[..., :stop, :]
        return self.keys, self.values

    def batch_select_indices(self, indices: torch.Tensor) -> None:
        """Keep the rows at `indices` alone."""
        stop = self.get_seq_length()
        self._roomy_keys, self._roomy_values = self._roomy_keys[indices], self._roomy_values[indices]
        self.keys, self.values = self._roomy_keys[..., :stop, :], self._roomy_values[..., :stop, :]


def _with_room(states: torch.Tensor, length: int) -> tuple[int, ...]:
    return (*states.shape[:-2], length, states.shape[-1])


def _roomy_cache(model: PreTrainedModel) -> DynamicCache:
    """The cache that fits `model`; layers of other kinds (sliding windows, states) stay as they are."""
    cache = DynamicCache(config=model.config)
    roomy: Any = _RoomyLayer
    cache.layers = [roomy() if type(layer) is DynamicLayer else layer for layer in cache.layers]
    return cache


def _side_by_side(rows: Sequence[Row], shared: int, pad: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Prompts and their mask (B, T): the tokens that are read once, padding, the rest."""
    width = max(len(row.tokens) for row in rows)
    ids = torch.full((len(rows), width), pad, dtype=torch.long)
    mask = torch.zeros((len(rows), width), dtype=torch.long)
    for place, row in enumerate(rows):
        tokens = torch.tensor(row.tokens, dtype=torch.long)
        rest = width - len(tokens) + shared
        ids[place, :shared], ids[place, rest:] = tokens[:shared], tokens[shared:]
        mask[place, :shared] = mask[place, rest:] = 1
    return ids, mask


class _Batch:
    """The rows still under way, and what the model keeps of them."""

    def __init__(self, model: PreTrainedModel, rows: Sequence[Row], pad: int) -> None:
        self.model = model
        self.cache = _roomy_cache(model)
        known = signature(model.forward).parameters
        self.takes_positions = "position_ids" in known
        self.last_only: dict[str, int] = {"logits_to_keep": 1} if "logits_to_keep" in known else {}
        shared = self._shared(rows)
        ids, mask = _side_by_side(rows, shared, pad)
        self.ids, self.mask = ids.to(model.device), mask.to(model.device)
        self.positions = (self.mask.cumsum(dim=-1) - 1).clamp_min(0)
        self.index = torch.arange(len(rows), device=self.ids.device)
        self.rows: list[int] = list(range(len(rows)))
        if shared:
            self._read_once(shared)

    def _shared(self, rows: Sequence[Row]) -> int:
        """How many tokens, with which all `rows` begin, are read once; 0 where that does not pay.

        Padding then stands behind them, which only layers that keep all they have read do not mind.
        """
        if not self.takes_positions or any(type(layer) is not _RoomyLayer for layer in self.cache.layers):
            return 0
        shared = 0
        for tokens in zip(*(row.tokens[:-1] for row in rows), strict=False):  # each reads its last by itself
            if len(set(tokens)) > 1:
                break
            shared += 1
        return shared if shared * (len(rows) - 1) >= SHARE else 0

    def _read_once(self, shared: int) -> None:
        """Read the first `shared` tokens in one row, and give its keys and values to all."""
        ids, mask, positions = self.ids, self.mask, self.positions
        self.ids, self.mask, self.positions = ids[:1, :shared], mask[:1, :shared], positions[:1, :shared]
        self.logits()
        self.cache.batch_select_indices(torch.zeros_like(self.index))
        self.ids, self.mask, self.positions = ids[:, shared:], mask, positions[:, shared:]

    def logits(self) -> torch.Tensor:
        """Logits of the next token (B, V); the tokens not yet read are read."""
        where = {"position_ids": self.positions} if self.takes_positions else {}
        out = self.model(
            input_ids=self.ids,
            attention_mask=self.mask,
            past_key_values=self.cache,
            use_cache=True,
            **where,
            **self.last_only,
        )
        logits: torch.Tensor = out.logits[:, -1].float()
        return logits

    def keep(self, places: Sequence[int], chosen: torch.Tensor) -> torch.Tensor:
        """Let the rows at all other places leave; the tokens chosen for those that stay."""
        staying = torch.tensor(places, device=self.ids.device)
        self.cache.batch_select_indices(staying)
        self.mask, self.positions = self.mask[staying], self.positions[staying]
        self.index = self.index[staying]
        self.rows = [self.rows[place] for place in places]
        return chosen[staying]

    def extend(self, chosen: torch.Tensor) -> None:
        """Put the chosen tokens (B,) behind what was read."""
        self.ids = chosen[:, None]
        self.mask = torch.cat([self.mask, self.mask.new_ones((len(chosen), 1))], dim=1)
        self.positions = self.positions[:, -1:] + 1

"""Model calls that are answered from what was stored, where the user wishes it. Asks no model.

Two calls are identical where their keys are: model, parameters, messages and sample index (`ModelCall.key`).
The address of the server is no part of it, as it is no part of a run's plan: the same name stands for the
same model wherever it is served. The sample index follows from the cue's seed; another seed asks anew.
"""

from collections.abc import Callable
from typing import Protocol

from ..transcripts.records import ModelCall

__all__ = ["CallCache", "StoredCalls"]


class CallCache(Protocol):
    """Where clients and local seats look before they ask a model."""

    async def find(self, key: str) -> ModelCall | None:
        """The identical call, marked as answered from the store; None where there is none."""
        ...


class StoredCalls:
    """A cache over stored calls.

    Only calls that a turn came of are found, and none that was itself answered from a store: what made a seat
    give up is not repeated for ever.

    Args:
        find: Gives the stored call of a key, as `Store.call` does. It is called in the event loop, which it
            holds up for about a millisecond: one row by an index, and the prompts of its episode.
    """

    def __init__(self, find: Callable[[str], ModelCall | None]) -> None:
        self.hits = 0
        self.misses = 0
        self._find = find

    async def find(self, key: str) -> ModelCall | None:
        """The identical call, at no cost and in no time; its usage is what it once was."""
        call = self._find(key)
        if call is None:
            self.misses += 1
            return None
        self.hits += 1
        return call.model_copy(update={"cached": True, "cost": 0.0, "seconds": 0.0})

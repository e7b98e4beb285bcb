"""How many requests to one model may be under way: fewer when the server says that they are too many.

Additive increase, multiplicative decrease, as TCP avoids congestion (Chiu and Jain, "Analysis of the increase
and decrease algorithms for congestion avoidance in computer networks", 1989). It sends nothing itself.
"""

import asyncio
import weakref
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

__all__ = ["Limiter", "Slot", "limiter_of"]


@dataclass(frozen=True, slots=True)
class Slot:
    """Leave for one request."""

    change: int
    """How often the limit had been halved when it was given."""


class Limiter:
    """A limit that follows the server, for the coroutines of one event loop.

    It begins at the most there may be. A 429 halves it, once for all requests that were under way then: a
    burst that is refused as a whole says only once that it was too large. As many replies as the limit raise
    it by one. It never falls below 1 and never rises above the most.

    ::

        async with limiter.slot() as slot:
            ...                              # the request
            limiter.too_many(slot)           # or limiter.went_well(slot)
    """

    def __init__(self, most: int) -> None:
        self.most = most
        self.limit = most
        self.under_way = 0
        self._change = 0
        self._well = 0  # replies since the limit changed
        self._waiting: deque[asyncio.Future[None]] = deque()

    @asynccontextmanager
    async def slot(self) -> AsyncIterator[Slot]:
        """Leave for one request, as soon as there is room; who came first goes first."""
        await self._enter()
        try:
            yield Slot(self._change)
        finally:
            self.under_way -= 1
            self._admit()

    def too_many(self, slot: Slot) -> None:
        """The server refused the request: there are too many of them."""
        if slot.change == self._change:
            self.limit = max(1, self.limit // 2)
            self._change += 1
            self._well = 0

    def went_well(self, slot: Slot) -> None:
        """The server answered the request."""
        if slot.change != self._change or self.limit == self.most:
            return
        self._well += 1
        if self._well >= self.limit:
            self.limit += 1
            self._well = 0
            self._admit()

    def at_most(self, most: int) -> None:
        """Let no more than `most` be under way, from now on."""
        self.most = min(self.most, most)
        self.limit = min(self.limit, self.most)

    async def _enter(self) -> None:
        if self.under_way < self.limit:
            self.under_way += 1
            return
        turn = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if not turn.cancelled():  # it was let in at the very moment in which it was cancelled
                self.under_way -= 1
                self._admit()
            raise

    def _admit(self) -> None:
        """Let in those who wait, as far as there is room. Nobody waits while there is room."""
        while self._waiting and self.under_way < self.limit:
            turn = self._waiting.popleft()
            if not turn.done():  # else it was cancelled
                self.under_way += 1
                turn.set_result(None)


_limiters: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, dict[tuple[str, str | None], Limiter]] = (
    weakref.WeakKeyDictionary()
)


def limiter_of(model: str, base_url: str | None, most: int) -> Limiter:
    """The limiter that all clients of this model at this address share in the running event loop.

    Where they name different limits, the lowest holds.
    """
    shared = _limiters.setdefault(asyncio.get_running_loop(), {})
    limiter = shared.setdefault((model, base_url), Limiter(most))
    limiter.at_most(most)
    return limiter

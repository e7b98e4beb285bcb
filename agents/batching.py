"""Batches for a local model: the requests of all classrooms that wait are generated together, in one thread.

While a batch is being generated, newcomers wait; the next batch takes all of them that fit. A wave of
classrooms does not arrive at once, so before each batch there is a short time for gathering: those who were
answered a moment ago are likely to be back soon, and a batch without them would take as long as one with
them.
"""

import asyncio
import threading
import time
import weakref
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor

from ..transcripts.errors import ModelUnavailable, ProtocolError
from ..transcripts.generation import Generated, Generator, Request

__all__ = ["BatchingGenerator", "shared_batcher"]

_Waiting = tuple[Request, Future[Generated]]

MAX_BATCH = 256

_PATIENCE = 0.25
"""Share of the time that the last batch took, for which those who were answered by it are waited for."""
_LONGEST_GATHERING = 0.25
"""Seconds after which a batch is begun even if more come; or the last batch's time, where that is longer."""


class BatchingGenerator:
    """A generator that coroutines of any event loop may await.

    Args:
        generator: The model; its `generate` is called from one thread at a time.
        max_batch: Most requests in a batch, from 1; None: the generator's own `batch_size`, else 256.
        gather_seconds: A batch is begun when nobody has come for so long; while some of those who were just
            answered are not back, for a quarter of the last batch's time if that is more.
    """

    def __init__(
        self, generator: Generator, *, max_batch: int | None = None, gather_seconds: float = 0.004
    ) -> None:
        self.generator = generator
        most: int = getattr(generator, "batch_size", MAX_BATCH)
        self._max_batch = max_batch or most
        self._gather_seconds = gather_seconds
        self._waiting: list[_Waiting] = []
        self._changed = threading.Condition()
        self._working = False
        self._closed = False
        self._last_seconds = 0.0
        self._expected = 0  # how many may soon be waiting: those just answered, and those who wait already
        # Its thread ends when the last seat lets go of the batcher; nothing needs to be closed for that.
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="generate")

    async def submit(self, request: Request) -> Generated:
        """Continue one prompt, together with those of others.

        A caller that is cancelled while it waits leaves the queue; the others do not notice.

        Raises:
            ModelUnavailable: it was closed.
            Exception: whatever the generator raised for this very request.
        """
        future: Future[Generated] = Future()
        with self._changed:
            if self._closed:
                raise ModelUnavailable(f"{self.generator.name} has been closed; nothing can be asked of it.")
            self._waiting.append((request, future))
            if not self._working:
                self._working = True
                self._thread.submit(self._work)
            if len(self._waiting) in (self._expected, self._max_batch):
                self._changed.notify()
        return await asyncio.wrap_future(future)

    def close(self) -> None:
        """Refuse what waits and what comes; return when the batch that is being generated is done."""
        with self._changed:
            self._closed = True
            refused, self._waiting = self._waiting, []
            self._changed.notify()
        for _, future in refused:
            if future.set_running_or_notify_cancel():
                future.set_exception(
                    ModelUnavailable(f"{self.generator.name} was closed before its turn came.")
                )
        self._thread.shutdown()

    def _work(self) -> None:
        """Generate batch after batch until nobody waits."""
        while batch := self._next_batch():
            started = time.monotonic()
            _generate(self.generator, batch)
            self._last_seconds = time.monotonic() - started
            self._expected = min(len(batch) + len(self._waiting), self._max_batch)

    def _next_batch(self) -> list[_Waiting]:
        """The requests to generate next; empty when nobody waits, and then the work is over."""
        with self._changed:
            while self._waiting:
                self._gather()
                chosen, self._waiting = _choose(self._waiting, self._max_batch)
                if batch := [pair for pair in chosen if pair[1].set_running_or_notify_cancel()]:
                    return batch
            self._working = False
            return []

    def _gather(self) -> None:
        """Wait until the batch is full or nobody comes any more."""
        patience = max(self._gather_seconds, _PATIENCE * self._last_seconds)
        until = time.monotonic() + max(_LONGEST_GATHERING, self._last_seconds)
        known = 0
        while known < len(self._waiting) < self._max_batch and time.monotonic() < until:
            known = len(self._waiting)
            self._changed.wait(patience if known < self._expected else self._gather_seconds)


def shared_batcher(generator: Generator) -> BatchingGenerator:
    """The one batcher of this generator, so that all seats on it share their batches."""
    if (batcher := _BATCHERS.get(id(generator))) is None:
        # The batcher holds the generator, so its id is not given to another while the entry lives.
        batcher = _BATCHERS[id(generator)] = BatchingGenerator(generator)
    return batcher


_BATCHERS: weakref.WeakValueDictionary[int, BatchingGenerator] = weakref.WeakValueDictionary()


def _generate(generator: Generator, batch: Sequence[_Waiting]) -> None:
    """Generate for all of `batch`. One that fails is halved, until only who cannot be answered is not."""
    try:
        replies = generator.generate([request for request, _ in batch])
        if len(replies) != len(batch):
            raise ProtocolError(
                f"{generator.name} answered {len(replies)} of {len(batch)} requests; "
                "a generator must answer each, in their order."
            )
    except BaseException as error:
        if isinstance(error, Exception) and not isinstance(error, ProtocolError) and len(batch) > 1:
            middle = len(batch) // 2
            _generate(generator, batch[:middle])
            _generate(generator, batch[middle:])
            return
        for _, future in batch:
            future.set_exception(error)
    else:
        for (_, future), reply in zip(batch, replies, strict=True):
            future.set_result(reply)


def _choose(waiting: list[_Waiting], most: int) -> tuple[list[_Waiting], list[_Waiting]]:
    """Which of those who wait come next, and who is left.

    Where not all fit: the one who has waited longest, and those whose prompts are nearest to it in length,
    since a batch is padded to its longest prompt.
    """
    if len(waiting) <= most:
        return waiting, []
    length = _length(waiting[0][0])
    nearest = sorted(range(len(waiting)), key=lambda i: (abs(_length(waiting[i][0]) - length), i))
    chosen = set(nearest[:most])
    return (
        [pair for i, pair in enumerate(waiting) if i in chosen],
        [pair for i, pair in enumerate(waiting) if i not in chosen],
    )


def _length(request: Request) -> int:
    return sum(len(message.content) for message in request.messages)

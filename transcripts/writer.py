"""One thread with one connection does all writing, and commits together what came in together.

A caller awaits its write and goes on after the commit that holds it. Meanwhile other callers' writes gather
for the next commit, so that a hundred classrooms share the price of one. A write that comes alone is
committed by the event loop itself where that is quick. Knows nothing of what is written.
"""

import asyncio
import threading
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Protocol

from sqlalchemy import Connection
from sqlalchemy.exc import DataError, IntegrityError, InterfaceError

from .database import Database, Rows, explained, insert_rows, merged
from .errors import StoreError

__all__ = ["Write", "Writer"]

_MOST_WAITING = 2_000  # writes; more callers wait for room, so that memory stays bounded
# What is one write's own fault: rows that clash, numbers and texts that a database or JSON cannot hold.
_REFUSED = (IntegrityError, DataError, InterfaceError, ValueError, TypeError, OverflowError, RecursionError)


_AnyFuture = asyncio.Future[Any] | Future[Any]


class Write(Protocol):
    """Something to be written, all or nothing."""

    @property
    def rows(self) -> Rows:
        """Rows that can be inserted together with other writes' rows, or none.

        Where any of them is there already, or points at nothing, `apply` decides.
        """
        ...

    def apply(self, connection: Connection) -> Any:
        """Write it alone, looking first at what is there; the result goes to the caller.

        Raises:
            StoreError: it cannot be written; other writes are not concerned.
        """
        ...


@dataclass(slots=True)
class _Waiting:
    """A write with the future that its caller waits for; `loop` is None where a thread does."""

    write: Write
    future: _AnyFuture
    loop: asyncio.AbstractEventLoop | None


class Writer:
    """Writes to a database until it is closed or the database fails."""

    def __init__(self, database: Database) -> None:
        self.commits = 0
        """How many transactions have been committed."""
        self._database = database
        self._lock = threading.Lock()
        self._work = threading.Condition(self._lock)
        self._waiting: list[_Waiting] = []
        self._outside: deque[tuple[asyncio.AbstractEventLoop, asyncio.Future[Any]]] = deque()
        self._waker: asyncio.AbstractEventLoop | None = None  # the loop that is going to call `_wake`
        self._refusal: str | None = None
        self._connection: Connection | None = None  # once the thread has opened it
        self._committing = False  # whether the thread is using it
        self._thread = threading.Thread(target=self._serve, name="schoolroom-writer", daemon=True)
        self._thread.start()

    async def write(self, make: Callable[[], Write]) -> Any:
        """Do the write that `make` gives; returns after the commit that holds it.

        Cancelling the caller does not take back what it handed in.
        """
        loop = asyncio.get_running_loop()
        while len(self._waiting) >= _MOST_WAITING:
            await self._room(loop)
        future: asyncio.Future[Any] = loop.create_future()
        try:
            write = make()
        except _REFUSED as error:
            raise _refused(error) from error
        self._hand_in(_Waiting(write, future, loop))
        return await future

    def write_now(self, write: Write) -> Any:
        """The same for callers without an event loop: blocks until the commit."""
        future: Future[Any] = Future()
        self._hand_in(_Waiting(write, future, None))
        return future.result()

    def close(self) -> None:
        """Refuse further writes, and wait until those handed in are committed."""
        with self._work:
            self._refusal = self._refusal or f"the store {self._database.where} is closed."
            self._work.notify()
        self._thread.join()

    async def _room(self, loop: asyncio.AbstractEventLoop) -> None:
        future: asyncio.Future[Any] = loop.create_future()
        with self._lock:
            if len(self._waiting) < _MOST_WAITING:
                return
            self._outside.append((loop, future))
        await future

    def _hand_in(self, item: _Waiting) -> None:
        with self._work:
            if self._refusal:
                raise StoreError(self._refusal)
            self._waiting.append(item)
            if item.loop is None:
                self._work.notify()
            elif self._waker is not item.loop:
                # Not at once: whatever else this turn of the event loop hands in joins the same commit.
                self._waker = item.loop
                item.loop.call_soon(self._wake)

    def _wake(self) -> None:
        with self._work:
            self._waker = None
            if not self._committed_here():
                self._work.notify()

    def _committed_here(self) -> bool:
        """Commit a write that waits alone; whether that was done. Whatever goes wrong is left to the thread.

        Two threads that wake each other cost a single classroom more than all else in its turn.
        """
        connection, waiting = self._connection, self._waiting
        if connection is None or self._committing or len(waiting) != 1 or waiting[0].loop is None:
            return False
        with suppress(Exception), self._database.impatient(connection):
            (outcome,) = self._commit(connection, [waiting[0].write])
            self.commits += 1
            self._waiting = []
            _fulfil([(waiting[0].future, outcome)])
        return not self._waiting

    def _serve(self) -> None:
        """The writer thread."""
        batch: list[_Waiting] = []
        try:
            with explained(self._database.where, "write to"), self._database.writer.connect() as connection:
                if self._database.is_quick:
                    self._connection = connection
                while batch := self._next_batch():
                    outcomes = self._commit(connection, [item.write for item in batch])
                    self.commits += 1
                    _settle([(i.loop, i.future, outcome) for i, outcome in zip(batch, outcomes, strict=True)])
        except BaseException as error:
            self._give_up(batch, error)

    def _next_batch(self) -> list[_Waiting]:
        """All that waits; nothing once the writer is closed."""
        with self._work:
            self._committing = False
            while not self._waiting and not self._refusal:
                self._work.wait()
            batch, self._waiting = self._waiting, []
            outside, self._outside = self._outside, deque()
            self._committing = True
        _settle([(loop, future, None) for loop, future in outside])
        return batch

    def _give_up(self, batch: list[_Waiting], error: BaseException) -> None:
        """Tell everybody who waits, and all who come later."""
        message = str(error) if isinstance(error, StoreError) else f"the writer failed: {error!r}."
        with self._work:
            self._refusal = message
            waiting, self._waiting = self._waiting, []
            outside, self._outside = self._outside, deque()
        unwritten = [*batch, *waiting]
        _settle([(item.loop, item.future, StoreError(message)) for item in unwritten])
        _settle([(loop, future, None) for loop, future in outside])

    def _commit(self, connection: Connection, writes: Sequence[Write]) -> list[Any]:
        """One transaction; gives each write's result, or the error that concerns it alone."""
        try:
            with connection.begin():
                insert_rows(connection, merged(write.rows for write in writes))
                return [None if write.rows else write.apply(connection) for write in writes]
        except (StoreError, *_REFUSED):  # one of them is at fault, or was written before: find out which
            with connection.begin():
                return [_alone(connection, write) for write in writes]


def _alone(connection: Connection, write: Write) -> Any:
    """The result of one write, or the error that concerns it alone."""
    try:
        with connection.begin_nested():
            return write.apply(connection)
    except StoreError as error:
        return error
    except _REFUSED as error:
        return _refused(error)


def _refused(error: Exception) -> StoreError:
    return StoreError(f"this cannot be stored: {getattr(error, 'orig', None) or error}.")


def _settle(outcomes: Iterable[tuple[asyncio.AbstractEventLoop | None, _AnyFuture, Any]]) -> None:
    """Give each future its result or error; each event loop is called once for all of its own."""
    by_loop: dict[asyncio.AbstractEventLoop, list[tuple[_AnyFuture, Any]]] = {}
    for loop, future, outcome in outcomes:
        if loop is None:
            _fulfil([(future, outcome)])
        else:
            by_loop.setdefault(loop, []).append((future, outcome))
    for loop, settled in by_loop.items():
        with suppress(RuntimeError):  # the loop is closed: nobody waits any more
            loop.call_soon_threadsafe(_fulfil, settled)


def _fulfil(settled: Iterable[tuple[_AnyFuture, Any]]) -> None:
    for future, outcome in settled:
        if future.done():  # its caller was cancelled
            continue
        if isinstance(outcome, Exception):
            future.set_exception(outcome)
        else:
            future.set_result(outcome)

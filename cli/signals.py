"""Interruptions: the first SIGINT or SIGTERM stops what is under way in good order, the second at once."""

import asyncio
import contextlib
import os
import signal
import threading
from collections.abc import Callable, Coroutine
from types import FrameType, TracebackType
from typing import Any, Self, TypeVar

__all__ = ["Interrupted", "Signals"]

T = TypeVar("T")

WATCHED = (signal.SIGINT, signal.SIGTERM)
STOPPING = b"\nstopping: what was said is kept (a second time stops at once)\n"
STOPPED = b"\nstopped at once; what was stored is kept.\n"


class Interrupted(KeyboardInterrupt):
    """The user, or the system, asked the process to stop."""

    def __init__(self, number: int) -> None:
        super().__init__(signal.Signals(number).name)
        self.exit_code = 128 + number
        """130 after SIGINT, 143 after SIGTERM, as shells have it."""


class Signals:
    """Watches for signals while it is entered.

    ::

        with Signals() as signals, Store.open(…) as store:
            signals.run(main(store))

    In a thread other than the main one it watches for nothing, since signals do not come there.

    Raises:
        Interrupted: the first signal came; all that stands inside is left in order.
    """

    def __init__(self) -> None:
        self._first: int | None = None
        self._cancel: Callable[[], object] | None = None
        self._before: dict[signal.Signals, Any] = {}

    def __enter__(self) -> Self:
        if threading.current_thread() is threading.main_thread():
            self._before = {number: signal.signal(number, self._take) for number in WATCHED}
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def run(self, main: Coroutine[Any, Any, T]) -> T:
        """What comes of `main`, in an event loop of its own; the first signal cancels it."""

        async def cancellable() -> T:
            loop, task = asyncio.get_running_loop(), asyncio.current_task()
            assert task is not None
            self._cancel = lambda: loop.call_soon_threadsafe(task.cancel)
            return await main

        try:
            return asyncio.run(cancellable())
        except asyncio.CancelledError:
            if self._first is None:
                raise
            raise Interrupted(self._first) from None
        finally:
            self._cancel = None

    def _take(self, number: int, _: FrameType | None) -> None:
        """A signal has come. Its words go past Python's streams, which may be in the middle of a write."""
        with contextlib.suppress(OSError):
            os.write(2, STOPPING if self._first is None else STOPPED)
        if self._first is not None:
            os._exit(128 + number)
        self._first = number
        if self._cancel is None:
            raise Interrupted(number)
        with contextlib.suppress(RuntimeError):  # the loop is closing: there is nothing left to cancel
            self._cancel()

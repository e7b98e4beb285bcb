"""Processes that run tasks. A process that dies takes one task with it, and nothing else.

Tiny models use one core well and several badly, so tasks run side by side, each on threads of its own.
"""

import multiprocessing
import os
import signal
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection, wait
from typing import Any, Protocol

from ..transcripts.errors import SchoolroomError
from ..transcripts.records import Json
from .bench import Bench
from .study import Task
from .tasks import do_task

__all__ = ["Job", "Outcome", "Pool", "Processes", "ThisProcess"]

PAUSE_SECONDS = 0.2
"""Between two words of one task about how far it has come."""


@dataclass(frozen=True)
class Job:
    """A task of one seed."""

    task: Task
    bench: Bench[Any]
    digest: str


@dataclass(frozen=True)
class Outcome:
    """How a job ended."""

    job: Job
    kept: dict[str, Json] | None
    """As `do_task` gives it back; None where it failed."""
    error: str = ""
    """Why it failed, in a sentence."""


OnMove = Callable[[Job, str, int, int], None]
"""Told how far a job has come: what it does, how much is done, of how much."""


class Pool(Protocol):
    """Runs jobs."""

    @property
    def free(self) -> bool:
        """Whether another job can begin now."""
        ...

    def give(self, job: Job) -> None:
        """Begin a job; only while the pool is free."""
        ...

    def wait(self) -> list[Outcome]:
        """The jobs that have ended since the last call; waits a moment for one."""
        ...

    def close(self) -> None:
        """Stop at once, whatever is under way."""
        ...


class ThisProcess:
    """One job after the other, here: for a single worker, and for whoever wants to step through a task."""

    def __init__(self, on_move: OnMove) -> None:
        self._on_move = on_move
        self._job: Job | None = None

    @property
    def free(self) -> bool:
        """Whether no job waits."""
        return self._job is None

    def give(self, job: Job) -> None:
        """Keep the job until `wait` runs it."""
        self._job = job

    def wait(self) -> list[Outcome]:
        """Run the job."""
        job, self._job = self._job, None
        return [] if job is None else [_run(job, lambda *moved: self._on_move(job, *moved))]

    def close(self) -> None:
        """Nothing is under way."""


class Processes:
    """Jobs side by side, each in one of `size` processes; they are started when they are needed."""

    def __init__(self, size: int, on_move: OnMove) -> None:
        self._size, self._on_move = size, on_move
        self._idle: list[_Worker] = []
        self._busy: dict[Connection, tuple[_Worker, Job]] = {}

    @property
    def free(self) -> bool:
        """Whether a process has nothing to do."""
        return len(self._busy) < self._size

    def give(self, job: Job) -> None:
        """Hand the job to a process."""
        worker = self._idle.pop() if self._idle else _Worker(threads=_threads(self._size))
        worker.connection.send(job)
        self._busy[worker.connection] = (worker, job)

    def wait(self) -> list[Outcome]:
        """What processes say; waits half a second at most."""
        outcomes = []
        for connection in wait(list(self._busy), timeout=0.5):
            assert isinstance(connection, Connection)
            worker, job = self._busy[connection]
            try:
                said = connection.recv()
            except (EOFError, ConnectionError):
                del self._busy[connection]
                outcomes.append(Outcome(job, None, worker.obituary()))
                continue
            if isinstance(said, Outcome):
                del self._busy[connection]
                self._idle.append(worker)
                outcomes.append(replace(said, job=job))
            else:
                self._on_move(job, *said)
        return outcomes

    def close(self) -> None:
        """End all processes; what tasks have recorded stays."""
        workers = [*self._idle, *(worker for worker, _ in self._busy.values())]
        for worker in workers:
            worker.process.terminate()
        for worker in workers:
            worker.process.join()
            worker.connection.close()
        self._idle, self._busy = [], {}


class _Worker:
    """A process and the line to it."""

    def __init__(self, threads: int) -> None:
        context = multiprocessing.get_context("spawn")  # torch's threads do not survive a fork
        self.connection, theirs = context.Pipe()
        self.process = context.Process(target=_work, args=(theirs, threads), daemon=True)
        self.process.start()
        theirs.close()  # so that this end sees when the process is gone

    def obituary(self) -> str:
        """Why it is gone."""
        self.process.join()
        code = self.process.exitcode or 0
        reason = f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended with exit code {code}"
        return f"its process {reason}; where memory ran out, --workers 1 may help."


def _threads(processes: int) -> int:
    return max(1, (os.cpu_count() or 1) // processes)


def _work(connection: Connection, threads: int) -> None:
    """In a process: run what comes, until nobody is there any more."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides what an interruption means
    os.environ["OMP_NUM_THREADS"] = str(threads)  # before torch is imported
    said = 0.0

    def tell(what: str, done: int, total: int) -> None:
        nonlocal said
        if done >= total or time.monotonic() - said > PAUSE_SECONDS:
            said = time.monotonic()
            connection.send((what, done, total))

    with suppress(EOFError, ConnectionError):
        while True:
            job: Job = connection.recv()
            connection.send(_run(job, tell))


def _run(job: Job, tell: Callable[[str, int, int], None]) -> Outcome:
    """Run a job; whatever goes wrong in it ends this job alone."""
    bench = replace(job.bench, tell=tell, _loaded={})  # so that a model goes with the task that loaded it
    try:
        return Outcome(job, do_task(job.task, bench, job.digest))
    except SchoolroomError as error:
        return Outcome(job, None, str(error))
    except Exception as error:
        trace = bench.folder / "error.txt"
        with suppress(OSError):
            trace.write_text(traceback.format_exc(), encoding="utf-8")
        return Outcome(job, None, f"{type(error).__name__}: {error} (see {trace})")

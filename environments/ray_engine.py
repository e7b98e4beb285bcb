"""The engine that spreads classrooms over the workers of a Ray cluster; the only door to Ray.

The run stays with the process that began it: its lease, lessons, budget and every episode's beginning and
end. A worker is a process that seats everybody anew, opens the same store, and is sent one episode at a time
of those that it holds at once. It makes each turn durable there, so that when it dies, another goes on from
what is stored.
"""

import os
import signal
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

from ..agents.seats import Seat
from ..transcripts.errors import ConfigError, SchoolroomError
from ..transcripts.records import Ending, Episode, Json
from ..transcripts.store import Store
from .budgets import Budget, Meter
from .classroom import Held
from .engine import Classrooms, Left
from .episodes import bind_script

__all__ = ["Furnishing", "RayEngine", "ray_cluster", "ray_engine"]

_MOST_DEATHS = 3
"""Of workers while they hold the same episode: it may be what kills them, so it is cut short then."""

_CLOSING_SECONDS = 10.0
"""How long a worker may take to commit what it was handed in."""

_TRIES = 3  # at starting a cluster, to which Ray gives 30 seconds: too few now and then on a busy machine
_OBJECT_STORE_BYTES = 80 * 2**20  # nearly the least that Ray allows; nothing of ours goes there


@dataclass(frozen=True)
class Furnishing:
    """What a worker needs to hold classrooms; it travels to other processes and machines."""

    database: str
    """As `Store.open` takes it."""
    folder: str
    """Where relative paths count from, on every machine."""
    script: str
    settings: Mapping[str, Json]
    """Of the script."""
    seats: Callable[[Store, int], Mapping[str, Seat]]
    """Seats everybody as the run was planned, or refuses; given the number of workers. It is pickled."""


class Worker:
    """What runs in a worker's process."""

    def __init__(self, furnishing: Furnishing, workers: int) -> None:
        self._furnishing, self._workers = furnishing, workers
        self._store: Store | None = None
        self._classrooms: Classrooms | None = None

    async def open(self) -> None:
        """Get ready, unless it was done.

        Raises:
            SchoolroomError: it cannot.
        """
        if self._classrooms is None:
            with suppress(FileNotFoundError):  # then only relative paths are not found, which says so
                os.chdir(self._furnishing.folder)
            self._store = self._store or Store.open(self._furnishing.database, must_exist=True)
            script = bind_script(self._furnishing.script, self._furnishing.settings)
            seats = self._furnishing.seats(self._store, self._workers)
            self._classrooms = Classrooms(seats, self._store, script)

    async def hold(self, episode: Episode) -> Held:
        """Hold its classroom; whoever sent it watches over the budget."""
        await self.open()
        assert self._classrooms is not None
        return await self._classrooms.hold(episode, Meter(Budget()))

    async def close(self) -> None:
        """Commit what was handed in; whoever still speaks is not heard any more."""
        if self._store is not None:
            self._store.close()


@dataclass(eq=False)
class _Hired:
    """A worker as the engine sees it."""

    actor: Any
    live: int = 0
    """Episodes that it holds."""


class RayEngine:
    """Holds classrooms on Ray's workers; see `ray_engine`."""

    def __init__(self, store: Store, hire: Callable[[], Any], workers: int) -> None:
        self._store, self._hire = store, hire
        self._workers = [_Hired(hire()) for _ in range(workers)]

    @property
    def actors(self) -> list[Any]:
        """Ray's handles of the workers there are now."""
        return [worker.actor for worker in self._workers]

    async def hold(self, episode: Episode, meter: Meter) -> Held:
        """Have it held by the worker that holds the fewest; see `Engine.hold`.

        What is spent is known when an episode ends, so that a budget is overshot by the episodes under way
        at most.
        """
        from ray.exceptions import RayActorError, RayTaskError

        lesson, stored = episode.question.lesson, {turn.index for turn in episode.turns}
        if meter.reason(lesson) is not None:
            raise Left(episode.turns)
        for _ in range(_MOST_DEATHS):
            worker = min(self._workers, key=lambda worker: worker.live)
            worker.live += 1
            try:
                held: Held = await worker.actor.hold.remote(episode)
            except RayActorError:
                self._replace(worker)
                episode = episode.model_copy(update={"turns": self._store.episode(episode.id).turns})
            except RayTaskError as error:
                raise _own(error) from None
            else:
                break
            finally:
                worker.live -= 1
        else:
            reason = f"WorkerDied: {_MOST_DEATHS} workers died while they held this episode"
            held = Held(episode.turns, Ending(kind="cut_short", reason=reason))
        new = [call for turn in held.turns if turn.index not in stored for call in turn.calls]
        meter.charge(lesson, [*new, *held.lost_calls])
        return held

    def _replace(self, dead: _Hired) -> None:
        """Put a new worker in the place of one that has died, unless another episode's turn did it."""
        if dead in self._workers:
            self._workers[self._workers.index(dead)] = _Hired(self._hire())


@contextmanager
def ray_engine(
    furnishing: Furnishing, store: Store, *, concurrency: int, workers: int | None = None, gpus: float = 0.0
) -> Iterator[RayEngine]:
    """Workers on the cluster that `ray_cluster` has reached; they end with the body.

    Args:
        furnishing: What they need.
        store: The same database, as this process opened it.
        concurrency: How many episodes are under way at once, on all workers together.
        workers: How many; None: one for each processor of the cluster.
        gpus: How many of each worker.

    Raises:
        ConfigError: the cluster is too small, or workers cannot start there.
        SchoolroomError: a worker cannot open the store or seat everybody.
    """
    import ray

    number = _number(ray, workers, gpus)
    worker: Any = ray.remote(Worker)
    hired = worker.options(num_cpus=1, num_gpus=gpus, max_concurrency=concurrency + 1)
    engine = RayEngine(store, lambda: hired.remote(furnishing, number), number)
    try:
        _get(ray, [actor.open.remote() for actor in engine.actors])
        yield engine
    finally:
        closing = [actor.close.remote() for actor in engine.actors]
        ray.wait(closing, num_returns=len(closing), timeout=_CLOSING_SECONDS)
        for actor in engine.actors:
            ray.kill(actor)


@contextmanager
def ray_cluster(address: str | None = None, *, workers: int = 1) -> Iterator[None]:
    """Reach a Ray cluster for the length of the body.

    Args:
        address: A cluster's that runs already, and is left running; None: one is started on this machine,
            reached by loopback alone, and ended with the body. Where the program has called ``ray.init``,
            that cluster is taken.
        workers: How many a cluster that is started must have room for.

    Raises:
        ConfigError: Ray is not installed, or the cluster is not reached.
    """
    if address is not None and "://" in address:
        raise ConfigError(f"'{address}' is no HOST:PORT; start the command on a machine of the cluster.")
    before, is_main = signal.getsignal(signal.SIGTERM), threading.current_thread() is threading.main_thread()
    ray = _ray(address)
    if ray.is_initialized():
        yield
        return
    room: dict[str, Any] = {}
    if address is None:
        room = {"num_cpus": max(workers, os.cpu_count() or 1), "object_store_memory": _OBJECT_STORE_BYTES}
        room["include_dashboard"] = False
    try:
        try:
            _init(ray, address or "local", log_to_driver=False, logging_level="ERROR", **room)
        finally:
            if is_main:
                signal.signal(signal.SIGTERM, before)  # which Ray has changed
        yield
    finally:
        ray.shutdown()


def _init(ray: Any, address: str, **settings: Any) -> None:
    for tries_left in reversed(range(_TRIES if address == "local" else 1)):
        try:
            ray.init(address=address, **settings)
            return
        except Exception as error:  # of many kinds, a bare one among them
            ray.shutdown()
            if not tries_left:
                cause = str(error).strip().splitlines()[0]
                doing = "started here" if address == "local" else f"reached at {address}"
                raise ConfigError(f"Ray cannot be {doing}: {cause}") from None


def _ray(address: str | None) -> Any:
    """Ray, told to keep to itself."""
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    if address is None:
        # A cluster of one machine listens on loopback, as it always does on macOS and Windows.
        os.environ.setdefault("RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER", "0")
    try:
        import ray
        import ray._private.worker as speaking
    except ImportError:
        raise ConfigError("the engine 'ray' needs Ray; install schoolroom[ray].") from None
    # Ray tells of a worker's death on standard output, where a program may be reading JSON.
    speaking.print_to_stdstream = lambda *_, **__: None
    return ray


def _number(ray: Any, workers: int | None, gpus: float) -> int:
    """How many workers there will be."""
    resources = ray.cluster_resources()
    number = workers or max(1, int(resources.get("CPU", 1)))
    for what, wanted in {"CPU": number, "GPU": number * gpus}.items():
        if wanted > resources.get(what, 0):
            raise ConfigError(
                f"{number} workers need {wanted:g} {what}s, but the cluster has {resources.get(what, 0):g}; "
                "give fewer by --workers."
            )
    return number


def _get(ray: Any, refs: list[Any]) -> None:
    from ray.exceptions import RayActorError, RayTaskError

    try:
        ray.get(refs)
    except RayTaskError as error:
        raise _own(error) from None
    except RayActorError as error:
        cause = str(error).strip().splitlines()[0]
        raise ConfigError(f"a worker cannot start: {cause}; install schoolroom on every machine.") from None


def _own(error: Any) -> Exception:
    """The error of ours that a worker has raised, or Ray's own with the worker's traceback."""
    cause = error.cause
    return cause if isinstance(cause, SchoolroomError) else error

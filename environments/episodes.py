"""Running the episodes of one run: many at once, kept turn by turn, continued where a session before stopped.

School and examination both stand on it. It decides nothing about what is asked.
"""

import asyncio
import inspect
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from typing import TypeVar, get_type_hints

from pydantic import TypeAdapter, ValidationError

from ..agents.seats import Seat
from ..transcripts.errors import ConfigError, ProtocolError, did_you_mean
from ..transcripts.plugins import plugged_in
from ..transcripts.records import Ending, Episode, Json, Question, Run, derive_seed
from ..transcripts.store import Store
from .budgets import Budget, Meter
from .engine import Classrooms, Engine, Left
from .observers import Observer
from .script import Script, find_script

__all__ = ["EpisodeRunner", "bind_script", "versions"]

T = TypeVar("T")


class EpisodeRunner:
    """Holds the classrooms of one run.

    Without a store, nothing is recorded. With one, every turn is durable before the next that depends on it;
    episodes of the same run that have ended there are not held again, and those under way are continued.
    """

    def __init__(
        self,
        run: Run,
        seats: Mapping[str, Seat],
        store: Store | None,
        *,
        script: str,
        settings: Mapping[str, Json],
        concurrency: int,
        observers: Sequence[Observer] = (),
        retry: bool = False,
        budget: Budget | None = None,
        engine: Engine | None = None,
    ) -> None:
        """Prepare; nothing is asked or written yet.

        Args:
            run: What the episodes belong to; their seeds follow from its seed.
            seats: By the names that the script cues.
            store: Where they are recorded.
            script: The script's name.
            settings: The script's settings.
            concurrency: How many episodes are under way at once at most.
            observers: Told of every episode that ends.
            retry: Continue episodes that an earlier session cut short, too.
            budget: What may be spent; once it is, no further cue is asked.
            engine: Where classrooms are held; None: here, by `seats`. Another engine has seats of its own,
                and these only say who sits there.
        """
        for name, seat in seats.items():
            if seat.name != name:
                raise ProtocolError(f"the seat '{seat.name}' was given under the name '{name}'; use its own.")
        if concurrency < 1:
            raise ConfigError(f"concurrency is {concurrency}; at least 1 episode must be under way.")
        self.run, self.observers, self.resumed = run, tuple(observers), 0
        self.meter = Meter(budget or Budget())
        self._store, self._retry = store, retry
        self._script_name, bound = script, bind_script(script, settings)
        self._engine = engine or Classrooms(seats, store, bound)
        self._infos = tuple(seat.info for seat in seats.values())
        self._room = asyncio.Semaphore(concurrency)
        self._earlier = _Earlier(iter(()))

    @asynccontextmanager
    async def working(self) -> AsyncIterator[None]:
        """Work on the run, alone: record it, and read what an earlier session left of it.

        Raises:
            RunBusy: another process works on it.
        """
        if self._store is None:
            yield
            return
        async with self._store.lease(self.run):
            if self.meter.budget != Budget():
                for episode in self._store.episodes(run=self.run.id):
                    self.meter.charge_episode(episode)
            self._earlier = _Earlier(self._store.episodes(run=self.run.id))
            yield

    async def end(self, ending: Ending) -> Run:
        """Record how the run ended."""
        if self._store is not None:
            await self._store.end_run(self.run.id, ending)
        self.run = self.run.model_copy(update={"ending": ending})
        return self.run

    async def hold_all(self, questions: Iterable[Question]) -> list[Episode]:
        """An episode for each question, in their order, held at the same time as far as there is room.

        Once the budget is spent, what is under way stays so, without an ending, and nothing more is begun.
        """
        return await self.go_on_with(map(self._new, questions))

    async def go_on_with(self, episodes: Iterable[Episode]) -> list[Episode]:
        """`episodes` to their ends, as `hold_all`; turns that they come with are recorded, not asked for."""
        held = await together(map(self._in_room, episodes))
        return [episode for episode in held if episode is not None]

    def _new(self, question: Question) -> Episode:
        seed = derive_seed(self.run.seed, question.lesson, question.id)
        return Episode(
            id=Episode.id_of(self.run.id, question, seed),
            run=self.run.id,
            script=self._script_name,
            question=question,
            seats=self._infos,
            seed=seed,
        )

    async def _in_room(self, planned: Episode) -> Episode | None:
        async with self._room:
            return await self._hold(planned)

    async def _hold(self, planned: Episode) -> Episode | None:
        """The episode, ended; without an ending where the budget is spent, None where it was not begun."""
        earlier = self._earlier.pop(planned.id)
        if earlier is not None and self._is_over(earlier):
            self.resumed += 1
            self._tell(earlier, resumed=True)
            return earlier
        if earlier is None and self.meter.reason(planned.question.lesson) is not None:
            return None
        episode = await self._begun(planned, earlier)
        try:
            held = await self._engine.hold(episode, self.meter)
        except Left as left:
            return episode.model_copy(update={"turns": left.turns, "ending": None})
        lost = (*episode.lost_calls, *held.lost_calls)
        if self._store is not None:
            await self._store.end(episode.id, held.ending, lost)
        ended = episode.model_copy(update={"turns": held.turns, "ending": held.ending, "lost_calls": lost})
        self._tell(ended, resumed=False)
        return ended

    async def _begun(self, planned: Episode, earlier: Episode | None) -> Episode:
        """What there is of the episode: what an earlier session left, and the turns that it comes with."""
        said = {turn.index: turn for turn in earlier.turns} if earlier else {}
        new = [turn for turn in planned.turns if turn.index not in said]
        if self._store is not None:
            if earlier is None:
                await self._store.begin(planned)
            if new:
                await together(self._store.append(planned.id, turn) for turn in new)  # in one commit
        said |= {turn.index: turn for turn in new}
        turns = tuple(said[index] for index in sorted(said))
        return (earlier or planned).model_copy(update={"turns": turns})

    def _is_over(self, episode: Episode) -> bool:
        return episode.ending is not None and not (self._retry and episode.ending.kind == "cut_short")

    def _tell(self, episode: Episode, *, resumed: bool) -> None:
        for observer in self.observers:
            observer.episode_ended(episode, resumed=resumed)


class _Earlier:
    """What an earlier session left of a run, read as far as it is asked for.

    Both sessions plan their episodes in the same order, so that few are in memory at a time.
    """

    def __init__(self, stored: Iterator[Episode]) -> None:
        self._stored = stored
        self._read: dict[str, Episode] = {}

    def pop(self, id_: str) -> Episode | None:
        """The episode with this id; None where there is none."""
        while id_ not in self._read and (episode := next(self._stored, None)) is not None:
            self._read[episode.id] = episode
        return self._read.pop(id_, None)


async def together(coroutines: Iterable[Coroutine[None, None, T]]) -> list[T]:
    """The results of all, in order; the first error cancels the others, and is raised as it is."""
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(coroutine) for coroutine in coroutines]
    except BaseExceptionGroup as errors:
        raise errors.exceptions[0] from None
    return [task.result() for task in tasks]


def bind_script(name: str, settings: Mapping[str, Json]) -> Callable[[Question], Script]:
    """The script of this name with its settings.

    Raises:
        UnknownName: no such script.
        ConfigError: a setting that the script does not have, of a wrong type or out of range.
    """
    factory = find_script(name)
    _, *known = inspect.signature(factory).parameters
    hints = get_type_hints(factory, include_extras=True)
    for key, value in settings.items():
        if key not in known:
            tail = f"known: {', '.join(known)}." if known else "it has none."
            raise ConfigError(f"unknown setting '{key}' of script '{name}'{did_you_mean(key, known)} {tail}")
        try:
            TypeAdapter(hints.get(key, object)).validate_python(value, strict=True)
        except ValidationError as error:
            raise ConfigError(
                f"setting '{key}' of script '{name}' is {value!r}: {error.errors()[0]['msg']}."
            ) from None
    return partial(factory, **settings)


def versions() -> dict[str, str]:
    """The installed versions of what a run's words may depend on, plug-ins among them."""
    found = plugged_in()
    for package in ("schoolroom", "autogen-agentchat", "litellm", "transformers", "torch", "reasoning-gym"):
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found

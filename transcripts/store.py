"""The store: every word of every classroom, in one database. It keeps records and gives them back equal.

A write returns after the commit that holds it, so a classroom that awaits its turn never goes on from words
that could be lost. Many classrooms share one commit (`writer`); reading never waits for writing (`reading`).

    with Store.open("run.db") as store:
        await store.add_run(run)
        await store.begin(episode)                  # its header
        await store.append(episode.id, turn)        # durable now
        await store.end(episode.id, Ending(kind="finished"))
        for episode in store.episodes(run=run.id):
            ...

Writing the same thing again changes nothing, which is what a resumed run does; writing another thing under
the same name raises `StoreError`. Once the database itself fails (disk full, locked for too long), every
waiting and later write raises `StoreError`; what was committed stays.
"""

from collections.abc import Iterable, Sequence
from contextlib import AbstractAsyncContextManager
from itertools import islice
from pathlib import Path
from types import TracebackType

from .database import Database, Durability
from .leases import Lease, holding
from .queries import Counts, Lineage
from .reading import Reads
from .records import Checkpoint, Ending, Episode, Example, ModelCall, Run, Turn
from .tables import EpisodeRow, RunRow
from .writer import Writer
from .writes import AddCheckpoint, AddEpisode, AddExamples, AddRun, Append, Begin, End

__all__ = ["Counts", "Lease", "Lineage", "Store"]

_CHUNK = 1_000  # examples in one commit


class Store(Reads):
    """An open database of transcripts. Usable from any thread and any event loop.

    Methods that write raise `StoreError` where the database fails, or something else is stored under the
    same name, and `NotStored` where something that they point at is not there.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._writer = Writer(database)

    @classmethod
    def open(
        cls, where: str | Path, *, durability: Durability = "normal", must_exist: bool = False
    ) -> "Store":
        """Open a store, creating the database and its folder where they are not there.

        Args:
            where: A file, or a SQLAlchemy URL such as ``postgresql+psycopg://USER@HOST/NAME``.
            durability: ``normal`` loses nothing when the process is killed, but may lose the last moments in
                a power cut; ``full`` loses nothing then either, and is several times slower. PostgreSQL
                goes by its own settings.
            must_exist: Refuse to create one.

        Raises:
            StoreError: it cannot be opened, or is no database of schoolroom's.
            StoreVersionError: another version of schoolroom wrote it.
        """
        return cls(Database.open(where, durability=durability, must_exist=must_exist))

    @property
    def where(self) -> str:
        """The file, or the address without its password."""
        return self._database.where

    def close(self) -> None:
        """Wait until everything handed in is committed, then close. A second time does nothing."""
        self._writer.close()
        self._database.close()

    def __enter__(self) -> "Store":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    async def add_run(self, run: Run) -> None:
        """Add a run; one with this id that follows the same plan stays as it is."""
        await self._writer.write(lambda: AddRun(run))

    def lease(self, run: Run) -> AbstractAsyncContextManager[None]:
        """Work on a run, alone: it is added as by `add_run`, and no other may work on it until the body ends.

        ::

            async with store.lease(run):
                ...

        Entering raises `RunBusy` where another process works on it (or this one does), and changes nothing
        then. A process that was killed holds nothing. Should another take the lease over, since this process
        was not heard of for a minute, the body is cancelled and `StoreError` raised.
        """
        return holding(self._writer, AddRun(run))

    async def end_run(self, run_id: str, ending: Ending) -> None:
        """Say how a run ended; the last word counts."""
        await self._writer.write(lambda: End(RunRow, run_id, ending))

    async def begin(self, episode: Episode) -> None:
        """Add an episode without its turns."""
        await self._writer.write(lambda: Begin(episode))

    async def append(self, episode_id: str, turn: Turn) -> None:
        """Add a turn to an episode that was begun."""
        await self._writer.write(lambda: Append(episode_id, turn))

    async def end(self, episode_id: str, ending: Ending, lost_calls: Sequence[ModelCall] = ()) -> None:
        """Say how an episode ended; the last word counts, since what was cut short may be resumed.

        Args:
            episode_id: The episode.
            ending: How it ended.
            lost_calls: All calls that no turn came of, earlier sessions' first; stored ones stay.
        """
        await self._writer.write(lambda: End(EpisodeRow, episode_id, ending, lost_calls))

    def add_held(self, held: Run | Episode) -> bool:
        """Add a run, or an episode of a stored run with all its turns at once; blocks.

        Returns:
            Whether it was not there before. An episode that is equal stays; of a run, see `add_run`.
        """
        if isinstance(held, Run):
            return bool(self._writer.write_now(AddRun(held)))
        return self._writer.write_now(AddEpisode(held)) is not False  # None: together with other writes

    def add_examples(self, examples: Iterable[Example]) -> int:
        """Add training rows, a chunk per commit; blocks. One with a known id stays as it is.

        Returns:
            How many were not there before.
        """
        stream, added = iter(examples), 0
        while chunk := tuple(islice(stream, _CHUNK)):
            added += self._writer.write_now(AddExamples(chunk))
        return added

    def add_checkpoint(self, checkpoint: Checkpoint) -> None:
        """Add a checkpoint and the rows that it was trained on, which must be there; blocks."""
        self._writer.write_now(AddCheckpoint(checkpoint))

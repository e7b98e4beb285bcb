"""The reading half of the store: what can be asked, and the records that come back. Nothing here writes.

What is long comes as a stream: a chunk at a time, each from one moment of the database, in the order in
which things were begun. What is begun after a stream's first record was read is not in it.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Literal, TypeVar

import sqlalchemy
from sqlalchemy import ColumnElement, func
from sqlmodel import Session, col, select

from . import kinship, queries
from .database import Database, explained
from .errors import NotStored, StoreError, did_you_mean
from .following import Following
from .kinship import Around
from .leases import Lease
from .queries import Counts, LearntFrom, Lineage
from .records import Checkpoint, Episode, Example, ModelCall, Run
from .rows import run_of
from .soundness import faults
from .tables import (
    CheckpointExampleRow,
    CheckpointRow,
    EpisodeRow,
    ExampleRow,
    LeaseRow,
    QuestionRow,
    RunRow,
    table_of,
)

__all__ = ["Counts", "LearntFrom", "Lineage", "Reads"]

T = TypeVar("T")
_Named = RunRow | EpisodeRow | ExampleRow | CheckpointRow

_CHUNK = 100  # episodes or examples that are in memory at once
_SHOWN = 5  # ids that a message lists
_SEARCHED = 1_000  # ids among which the nearest is looked for


class Reads:
    """Everything that can be asked of an open store. Several threads may ask at once.

    Every method raises `StoreError` where the database cannot be read or what it holds is damaged.
    """

    _database: Database

    def runs(self) -> list[Run]:
        """All runs, in the order in which they were added."""
        with self._session() as session:
            return [run_of(row) for row in session.exec(select(RunRow).order_by(col(RunRow.serial)))]

    def run(self, id_or_prefix: str) -> Run:
        """The run with this id, or the only one whose id begins so.

        Raises:
            NotStored: none, or several.
        """
        with self._session() as session:
            found = self._resolve(session, RunRow, id_or_prefix)
            return run_of(session.exec(select(RunRow).where(RunRow.id == found)).one())

    def leases(self) -> dict[str, Lease]:
        """Who is working on which run, by the run's id; those whose process is gone are not among them."""
        with self._session() as session:
            rows = session.exec(select(LeaseRow)).all()
            found = [Lease.model_validate(row.model_dump()) for row in rows]
        return {lease.run: lease for lease in found if lease.is_held}

    def follow(self, run: str) -> Following:
        """A run (by id or prefix) to be looked at again and again, while another process works on it.

        Raises:
            NotStored: no such run, or several.
        """
        with self._session() as session:
            return Following(self._session, self._resolve(session, RunRow, run))

    def episodes(
        self,
        *,
        run: str | None = None,
        lesson: str | None = None,
        script: str | None = None,
        ending: Literal["finished", "cut_short", "open"] | None = None,
        calls: bool = True,
    ) -> Iterator[Episode]:
        """A stream of episodes in the order in which they were begun.

        Args:
            run: Id or prefix of the run that they belong to.
            lesson: Id of their lesson.
            script: Name of their script.
            ending: How they ended; ``open`` are under way, or were when the process died.
            calls: Whether model calls come with them; without, they are read much faster.

        Raises:
            NotStored: no such run, or several.
        """
        wanted: list[ColumnElement[bool]] = []
        if run is not None:
            with self._session() as session:
                wanted.append(col(EpisodeRow.run) == self._resolve(session, RunRow, run))
        if lesson is not None:
            wanted.append(col(QuestionRow.lesson) == lesson)
        if script is not None:
            wanted.append(col(EpisodeRow.script) == script)
        if ending is not None:
            wanted.append(col(EpisodeRow.ending).is_not_distinct_from(None if ending == "open" else ending))
        asked = select(EpisodeRow, QuestionRow).join(QuestionRow).where(*wanted)
        serial = col(EpisodeRow.serial)

        def chunk(session: Session, after: int, last: int) -> list[tuple[int, Episode]]:
            found = session.exec(
                asked.where(serial > after, serial <= last).order_by(serial).limit(_CHUNK)
            ).all()
            episodes = queries.episodes(session, found, calls=calls)
            return [(row.serial or 0, episode) for (row, _), episode in zip(found, episodes, strict=True)]

        return self._stream(select(func.max(serial)), chunk)

    def episode(self, id_or_prefix: str) -> Episode:
        """The episode with this id, or the only one whose id begins so.

        Raises:
            NotStored: none, or several.
        """
        with self._session() as session:
            found = self._resolve(session, EpisodeRow, id_or_prefix)
            asked = select(EpisodeRow, QuestionRow).join(QuestionRow).where(EpisodeRow.id == found)
            return queries.episodes(session, [session.exec(asked).one()])[0]

    def around(self, episode: str) -> Around:
        """What stands around an episode (by id or prefix): its neighbours, its forks, rows made of it.

        Raises:
            NotStored: none, or several.
        """
        with self._session() as session:
            return kinship.around(session, self._resolve(session, EpisodeRow, episode))

    def call(self, key: str) -> ModelCall | None:
        """A call that a model answered, with this key; None where there is none."""
        with self._session() as session:
            return queries.call(session, key)

    def examples(self, *, recipe: str | None = None, checkpoint: str | None = None) -> Iterator[Example]:
        """A stream of training rows in the order in which they were added.

        Args:
            recipe: Name of the recipe that made them.
            checkpoint: Id or prefix of a checkpoint: the rows that it was trained on, in its own order.

        Raises:
            NotStored: no such checkpoint, or several.
        """
        order = col(ExampleRow.serial if checkpoint is None else CheckpointExampleRow.position)
        asked, last = select(ExampleRow, order), select(func.max(order))
        if checkpoint is not None:
            with self._session() as session:
                of = CheckpointExampleRow.checkpoint == self._resolve(session, CheckpointRow, checkpoint)
            asked, last = asked.join(CheckpointExampleRow).where(of), last.where(of)
        if recipe is not None:
            asked = asked.where(ExampleRow.recipe == recipe)

        def chunk(session: Session, after: int, last: int) -> list[tuple[int, Example]]:
            found = session.exec(
                asked.where(order > after, order <= last).order_by(order).limit(_CHUNK)
            ).all()
            examples = queries.examples(session, [row for row, _ in found])
            return [(place or 0, example) for (_, place), example in zip(found, examples, strict=True)]

        return self._stream(last, chunk)

    def example(self, id_or_prefix: str) -> Example:
        """The training row with this id, or the only one whose id begins so.

        Raises:
            NotStored: none, or several.
        """
        with self._session() as session:
            found = self._resolve(session, ExampleRow, id_or_prefix)
            row = session.exec(select(ExampleRow).where(ExampleRow.id == found)).one()
            return queries.examples(session, [row])[0]

    def checkpoints(self) -> list[Checkpoint]:
        """All checkpoints, in the order in which they were added."""
        with self._session() as session:
            rows = session.exec(select(CheckpointRow).order_by(col(CheckpointRow.serial))).all()
            return [queries.checkpoint(session, row) for row in rows]

    def checkpoint(self, id_or_prefix: str) -> Checkpoint:
        """The checkpoint with this id, or the only one whose id begins so.

        Raises:
            NotStored: none, or several.
        """
        with self._session() as session:
            found = self._resolve(session, CheckpointRow, id_or_prefix)
            row = session.exec(select(CheckpointRow).where(CheckpointRow.id == found)).one()
            return queries.checkpoint(session, row)

    def counts(self, run: str | None = None) -> Counts:
        """How much is stored, in all or of one run (by id or prefix).

        Raises:
            NotStored: no such run, or several.
        """
        with self._session() as session:
            found = None if run is None else self._resolve(session, RunRow, run)
            return queries.counts(session, found)

    def lineage(self, example: str) -> list[Lineage]:
        """Where a training row (by id or prefix) came from: a line per source turn and model call of it.

        A plain join, which any SQL client can do as well: `example_source` leads to `turn`, that to
        `model_call`, `seat` (on episode and seat), `episode` and through it to `question`.

        Raises:
            NotStored: no such example, or several.
        """
        with self._session() as session:
            return queries.lineage(session, self._resolve(session, ExampleRow, example))

    def faults(self) -> Iterator[str]:
        """What is wrong with the database, a sentence each; none where it is whole and all can be read."""
        return faults(self._database, self)

    def learners(self, example: str) -> list[str]:
        """The ids of the checkpoints that were trained on a row (by id or prefix).

        Raises:
            NotStored: no such row, or several.
        """
        with self._session() as session:
            return kinship.learners(session, self._resolve(session, ExampleRow, example))

    def learnt_from(self, checkpoint: str) -> list[LearntFrom]:
        """Whose words a checkpoint (by id or prefix) was trained on, and how many rows of each sort.

        Raises:
            NotStored: no such checkpoint, or several.
        """
        with self._session() as session:
            return queries.learnt_from(session, self._resolve(session, CheckpointRow, checkpoint))

    @contextmanager
    def _session(self) -> Iterator[Session]:
        """A moment of the database, in which reading it cannot fail but with a sentence."""
        where = self._database.where
        if self._database.closed:
            raise StoreError(f"the store {where} is closed.")
        try:
            with explained(where, "read"), Session(self._database.reader) as session:
                yield session
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            cause = str(error).splitlines()[0]
            raise StoreError(f"{where} is damaged: a row in it makes no record ({cause}).") from error

    def _stream(self, last: Any, chunk: Callable[[Session, int, int], list[tuple[int, T]]]) -> Iterator[T]:
        """All that `chunk` gives, a session at a time; `last` asks for the highest place at the start."""
        after = -1
        with self._session() as session:
            end = session.exec(last).one()
        while end is not None:
            with self._session() as session:
                found = chunk(session, after, end)
            yield from (record for _, record in found)
            if len(found) < _CHUNK:
                return
            after = found[-1][0]

    def _resolve(self, session: Session, row: type[_Named], id_or_prefix: str) -> str:
        """The one stored id that is, or begins with, `id_or_prefix`."""
        table = table_of(row)
        kind, ids = table.name, table.c.id
        if session.execute(sqlalchemy.select(ids).where(ids == id_or_prefix)).first():
            return id_or_prefix
        alike = ids.startswith(id_or_prefix, autoescape=True)
        found = (
            session.execute(sqlalchemy.select(ids).where(alike).order_by(ids).limit(_SHOWN)).scalars().all()
        )
        if len(found) == 1:
            return str(found[0])
        lister = "runs" if kind == "run" else "list"
        way_out = f"'schoolroom transcripts {lister}' shows what {self._database.where} holds."
        if not found:
            recent = sqlalchemy.select(ids).order_by(table.c.serial.desc()).limit(_SEARCHED)
            near = did_you_mean(id_or_prefix, session.execute(recent).scalars())
            raise NotStored(f"no {kind} '{id_or_prefix}' is stored{near} {way_out}")
        count = session.execute(sqlalchemy.select(func.count()).where(alike)).scalar_one()
        listed = ", ".join(found) + (", …" if count > len(found) else "")
        raise NotStored(f"'{id_or_prefix}' begins {count} ids ({kind}): {listed}; give more of it. {way_out}")

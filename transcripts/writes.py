"""What can be written to a store: each write brings its rows, and knows what to do when it meets others.

Writing the same thing twice is harmless; writing another thing under the same name is refused.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache

from sqlalchemy import Connection, Table, Update, bindparam, func, update
from sqlmodel import Session, col, select

from . import queries
from .database import Rows, insert_rows, merged
from .errors import NotStored, StoreError
from .records import Checkpoint, Ending, Episode, Example, ModelCall, Run, Turn
from .rows import (
    checkpoint_rows,
    ending_columns,
    episode_rows,
    example_rows,
    lost_call_rows,
    run_rows,
    turn_rows,
)
from .tables import CheckpointRow, EpisodeRow, ExampleRow, LostCallRow, QuestionRow, RunRow, TurnRow, table_of

__all__ = ["AddCheckpoint", "AddEpisode", "AddExamples", "AddRun", "Alone", "Append", "Begin", "End"]

_CHUNK = 1_000  # ids in one query
_OF_SAVING = ("path", "versions", "created")  # what is another when the same training is done again


class Begin:
    """The header of an episode: all of it but its turns."""

    def __init__(self, episode: Episode) -> None:
        self.rows = episode_rows(episode)
        self._episode = episode

    def apply(self, connection: Connection) -> None:
        """Insert it, unless it is there."""
        new = self._episode
        with Session(connection) as session:
            stored = queries.episode_header(session, new.id)
            _check_run(session, new)
        if not stored:
            insert_rows(connection, self.rows)
        elif episode_rows(stored.model_copy(update={"ending": new.ending})) != self.rows:
            raise StoreError(f"another episode is stored as '{new.id}'; give this one an id of its own.")


class Append:
    """A turn with its model calls."""

    def __init__(self, episode: str, turn: Turn) -> None:
        self.rows = turn_rows(episode, turn)
        self._episode, self._index = episode, turn.index

    def apply(self, connection: Connection) -> None:
        """Insert it, unless it is there."""
        episode, index = self._episode, self._index
        with Session(connection) as session:
            begun = session.exec(select(EpisodeRow.id).where(EpisodeRow.id == episode)).first()
            stored = {turn.index: turn for turn in queries.turns(session, [episode])[episode]}.get(index)
        if not begun:
            raise NotStored(f"episode '{episode}' is not stored; begin it before its turns.")
        if not stored:
            insert_rows(connection, self.rows)
        elif turn_rows(episode, stored) != self.rows:
            raise StoreError(
                f"turn {index} of episode '{episode}' is stored with other words or calls; "
                "what was said is never changed: fork the episode instead."
            )


class AddEpisode:
    """A whole episode that was held elsewhere: its header, its turns and all calls."""

    def __init__(self, episode: Episode) -> None:
        said = [turn_rows(episode.id, turn) for turn in episode.turns]
        self.rows = merged([episode_rows(episode), *said, lost_call_rows(episode.id, episode.lost_calls, 0)])
        self._episode = episode

    def apply(self, connection: Connection) -> bool:
        """Insert it, unless it is there; whether it was not."""
        new = self._episode
        with Session(connection) as session:
            asked = select(EpisodeRow, QuestionRow).join(QuestionRow).where(EpisodeRow.id == new.id)
            stored = queries.episodes(session, session.exec(asked).all())
            _check_run(session, new)
        if not stored:
            insert_rows(connection, self.rows)
        elif stored != [new]:
            raise StoreError(f"episode '{new.id}' is stored with other words, or as another one.")
        return not stored


class Alone:
    """A write that brings no rows to be inserted with others': it is rare, and looks first."""

    @property
    def rows(self) -> Rows:
        """None."""
        return {}


@dataclass(frozen=True)
class AddRun(Alone):
    """A run."""

    run: Run

    def apply(self, connection: Connection) -> bool:
        """Insert it; one that is there keeps its time of starting, its versions and its ending.

        Its settings are those that were given last. Gives whether it was not there.
        """
        rows = run_rows(self.run)
        (row,) = rows[table_of(RunRow)]
        with Session(connection) as session:
            stored = session.exec(select(RunRow).where(RunRow.id == self.run.id)).first()
            if stored and (stored.plan, stored.seed, stored.kind) != (row["plan"], row["seed"], row["kind"]):
                raise StoreError(
                    f"another plan is stored as run '{self.run.id}'; give this one an id of its own."
                )
        if not stored:
            insert_rows(connection, rows)
        elif self.run.settings:
            table = table_of(RunRow)
            given = update(table).where(table.c.id == self.run.id).values(settings=row["settings"])
            connection.execute(given)
        return not stored


@dataclass(frozen=True)
class End(Alone):
    """How a run or an episode ended; the last word counts, since what was cut short may be resumed."""

    of: type[RunRow] | type[EpisodeRow]
    id: str
    ending: Ending
    lost_calls: Sequence[ModelCall] = ()

    def apply(self, connection: Connection) -> None:
        """Write it into the row, and insert those lost calls of an episode that are not there."""
        table = table_of(self.of)
        if not connection.execute(_ending(table), {"ended": self.id, **ending_columns(self.ending)}).rowcount:
            raise NotStored(f"{table.name} '{self.id}' is not stored, so it cannot end.")
        if self.lost_calls:
            with Session(connection) as session:
                asked = select(func.count()).where(LostCallRow.episode == self.id)
                stored = session.exec(asked).one()
            insert_rows(connection, lost_call_rows(self.id, self.lost_calls, stored))


@dataclass(frozen=True)
class AddExamples(Alone):
    """Training rows."""

    examples: Sequence[Example]

    def apply(self, connection: Connection) -> int:
        """Insert those that are not there; how many these were."""
        by_id: dict[str, Example] = {}
        for example in self.examples:
            by_id.setdefault(example.id, example)
        with Session(connection) as session:
            for known in session.exec(select(ExampleRow.id).where(col(ExampleRow.id).in_(by_id))).all():
                del by_id[known]
            _check_sources(session, by_id.values())
        insert_rows(connection, merged(example_rows(example) for example in by_id.values()))
        return len(by_id)


@dataclass(frozen=True)
class AddCheckpoint(Alone):
    """A trained student. One training has one id: done again, the last place and time of saving count."""

    checkpoint: Checkpoint

    def apply(self, connection: Connection) -> None:
        """Insert it; where it is there, say where and when it was saved last."""
        new = self.checkpoint
        with Session(connection) as session:
            row = session.exec(select(CheckpointRow).where(CheckpointRow.id == new.id)).first()
            stored = row and queries.checkpoint(session, row)
            missing = [] if stored else _not_stored(session, new.examples)
        if missing:
            raise NotStored(
                f"checkpoint '{new.id}' was trained on {len(missing)} examples that are not stored, "
                f"'{missing[0]}' among them; add the examples first."
            )
        if not stored:
            insert_rows(connection, checkpoint_rows(new))
            return
        again = new.model_copy(update={name: getattr(stored, name) for name in _OF_SAVING})
        if checkpoint_rows(stored) != checkpoint_rows(again):
            raise StoreError(f"another checkpoint is stored as '{new.id}'; give this one an id of its own.")
        (columns,) = checkpoint_rows(new)[table_of(CheckpointRow)]
        saved = {name: columns[name] for name in _OF_SAVING}
        connection.execute(
            update(table_of(CheckpointRow)).where(col(CheckpointRow.id) == new.id).values(saved)
        )


@cache
def _ending(table: Table) -> Update:
    """Gives the row that is named ``ended`` its ending; built once, since every episode ends."""
    change = update(table).where(table.c.id == bindparam("ended"))
    return change.values({name: bindparam(name) for name in ending_columns(None)})


def _check_run(session: Session, episode: Episode) -> None:
    """Refuse an episode whose run nobody could look up."""
    if not session.exec(select(RunRow.id).where(RunRow.id == episode.run)).first():
        raise NotStored(
            f"episode '{episode.id}' belongs to run '{episode.run}', which is not stored; add it first."
        )


def _check_sources(session: Session, examples: Iterable[Example]) -> None:
    """Refuse examples made from turns that nobody could look up."""
    wanted = {(source.episode, source.turn): example for example in examples for source in example.sources}
    asked = select(TurnRow.episode, TurnRow.position).where(
        col(TurnRow.episode).in_({episode for episode, _ in wanted})
    )
    stored = set(session.exec(asked))
    for (episode, turn), example in wanted.items():
        if (episode, turn) not in stored:
            raise NotStored(
                f"example '{example.id}' comes from turn {turn} of episode '{episode}', which is not stored "
                "here; add examples to the database that holds their transcripts."
            )


def _not_stored(session: Session, examples: Sequence[str]) -> list[str]:
    """Those of `examples` that are not there."""
    known: set[str] = set()
    for start in range(0, len(examples), _CHUNK):
        chunk = examples[start : start + _CHUNK]
        known.update(session.exec(select(ExampleRow.id).where(col(ExampleRow.id).in_(chunk))))
    return [example for example in dict.fromkeys(examples) if example not in known]

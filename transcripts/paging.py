"""A store that is only looked at, and its episodes a page at a time. Nothing here writes.

A page is found by where the one before it ended (keyset), never by how many rows stand before it. However
rare what is wanted, an answer comes soon, says how far it has searched, and can be gone on from.
"""

import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Literal

from pydantic import Field
from sqlalchemy import ColumnElement, func, null, select, tuple_
from sqlmodel import Session

from . import queries
from .database import Database
from .filters import COST, VALUES, Wanted, conditions
from .reading import Reads
from .records import Checkpoint, Episode, Record
from .rows import checkpoint_of
from .tables import CheckpointExampleRow, CheckpointRow, EpisodeRow, QuestionRow, table_of

__all__ = ["Listed", "Order", "Page", "Place", "Wanted", "Window"]

STEP = 5_000
"""How many episodes are looked at between two looks at the clock."""

SORTED = 20_000
"""Among how many episodes, the newest, the most costly or the longest are found."""

PATIENCE = 0.25
"""Seconds after which no further step is begun."""

Order = Literal["newest", "oldest", "cost", "turns"]
"""By when they were begun; or the most costly, or the longest, first among the newest `SORTED`."""

_EPISODE, _QUESTION = table_of(EpisodeRow), table_of(QuestionRow)
_SERIAL = _EPISODE.c.serial


class Place(Record):
    """Where a page ends: the next one begins behind it."""

    serial: int = Field(ge=0, lt=2**63)
    value: float | None = None
    """By which it is sorted, where not by the serial number alone."""


class Listed(Record):
    """An episode in a list."""

    place: Place
    episode: Episode
    """Without its model calls."""
    cost: float
    """US dollars, of the calls whose price is known."""


class Page(Record):
    """Some episodes of a list."""

    rows: tuple[Listed, ...]
    next: Place | None = None
    """Where to go on; None where there is no more. Where there are fewer rows than were asked for, going on
    is searching on."""
    left: int = 0
    """How many episodes were not looked at: those behind a page that is not full, and those that are not
    among the sorted ones."""


class Window(Reads):
    """An open database that can be read and no more; whoever is writing to it is neither stopped nor slowed.

    with Window.open("run.db") as window:
        window.page(Wanted(right="no"))
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    @classmethod
    def open(cls, where: str | Path) -> "Window":
        """Open a database that is there.

        Args:
            where: A file, or a SQLAlchemy URL such as ``postgresql+psycopg://USER@HOST/NAME``.

        Raises:
            StoreError: there is none, it cannot be read, or is no database of schoolroom's.
            StoreVersionError: another version of schoolroom wrote it.
        """
        database = Database.at(where, durability="normal", must_exist=True)
        try:
            database.check(must_exist=True)
        except BaseException:
            database.close()
            raise
        return cls(database)

    @property
    def where(self) -> str:
        """The file, or the address without its password."""
        return self._database.where

    @property
    def address(self) -> str:
        """As `open` takes it, with its password: for a process that is to open the same database."""
        return self._database.reader.url.render_as_string(hide_password=False)

    def close(self) -> None:
        """Close all connections. A second time does nothing."""
        self._database.close()

    def __enter__(self) -> "Window":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def held(self) -> dict[str, int]:
        """How many episodes each run holds, by its id."""
        with self._session() as session:
            asked = select(_EPISODE.c.run, func.count()).group_by(_EPISODE.c.run)
            return {str(run): int(number) for run, number in session.execute(asked)}

    def related(self, run: str) -> tuple[set[str], set[str]]:
        """The runs whose episodes part from those of `run` (a whole id), and those that its own part from."""
        earlier, later = _EPISODE.alias(), _EPISODE.alias()
        both = earlier.join(later, later.c.origin == earlier.c.id)
        forks = select(later.c.run).select_from(both).where(earlier.c.run == run).distinct()
        parents = select(earlier.c.run).select_from(both).where(later.c.run == run).distinct()
        with self._session() as session:
            return set(session.execute(forks).scalars()), set(session.execute(parents).scalars())

    def trained(self) -> list[tuple[Checkpoint, int]]:
        """All checkpoints, newest first, without the ids of their rows, but with how many there are."""
        checkpoint, part = table_of(CheckpointRow), table_of(CheckpointExampleRow)
        rows = select(func.count()).where(part.c.checkpoint == checkpoint.c.id).scalar_subquery()
        asked = select(CheckpointRow, rows).order_by(checkpoint.c.serial.desc())
        with self._session() as session:
            return [(checkpoint_of(row, ()), number) for row, number in session.execute(asked)]

    def page(
        self,
        wanted: Wanted,
        order: Order = "newest",
        *,
        after: Place | None = None,
        backwards: bool = False,
        limit: int = 50,
        scan: int | None = None,
        patience: float = PATIENCE,
    ) -> Page:
        """Some of the episodes that are wanted.

        Args:
            wanted: Which.
            order: What comes first.
            after: Where the page before ended, or what else to begin behind.
            backwards: Go the other way.
            limit: Rows at most.
            scan: How many episodes are looked at in one step, or sorted; None for `STEP` and `SORTED`.
            patience: Seconds after which no further step is begun.
        """
        with self._session() as session:
            if order in ("newest", "oldest"):
                down = (order == "newest") is not backwards
                return _by_time(session, wanted, after, limit, scan or STEP, patience, down=down)
            return _by_value(session, wanted, VALUES[order], after, limit, scan or SORTED, down=not backwards)

    def place(self, episode: str, order: Order) -> Place:
        """Where an episode, by its whole id, stands in a list."""
        asked = select(_SERIAL, VALUES.get(order, null())).where(_EPISODE.c.id == episode)
        with self._session() as session:
            serial, value = session.execute(asked).one()
        return Place(serial=serial, value=value)


def _by_time(
    session: Session,
    wanted: Wanted,
    after: Place | None,
    limit: int,
    scan: int,
    patience: float,
    *,
    down: bool,
) -> Page:
    """A page in the order of serial numbers: as many steps as there is patience for."""
    until = time.monotonic() + patience
    by = _SERIAL.desc() if down else _SERIAL.asc()
    every = _of_run(wanted)
    edge = None if after is None else after.serial
    found: list[Any] = []
    while True:
        ahead = select(_SERIAL).where(*every, *_beyond(edge, down=down))
        step = ahead.order_by(by).limit(scan).subquery()
        far = session.execute(select((func.min if down else func.max)(step.c.serial))).scalar_one()
        if far is None:
            return Page(rows=_listed(session, found))
        here = (far <= _SERIAL) if down else (far >= _SERIAL)
        asked = _asked(wanted).where(*_beyond(edge, down=down), here).order_by(by)
        found += session.execute(asked.limit(limit + 1 - len(found))).all()
        if len(found) > limit:
            rows = _listed(session, found[:limit])
            return Page(rows=rows, next=rows[-1].place)
        edge = far
        if time.monotonic() >= until:
            break
    left = session.execute(
        select(func.count()).select_from(_EPISODE).where(*every, *_beyond(edge, down=down))
    ).scalar_one()
    return Page(rows=_listed(session, found), next=Place(serial=edge) if left else None, left=left)


def _by_value(
    session: Session,
    wanted: Wanted,
    value: ColumnElement[Any],
    after: Place | None,
    limit: int,
    scan: int,
    *,
    down: bool,
) -> Page:
    """A page of the newest `scan` episodes, the highest value first."""
    every = _of_run(wanted)
    newest = select(_SERIAL).where(*every).order_by(_SERIAL.desc()).limit(scan).subquery()
    low = select(func.min(newest.c.serial)).scalar_subquery()
    valued = _asked(wanted).add_columns(value.label("value")).where(low <= _SERIAL).subquery()
    key = tuple_(valued.c.value, valued.c.serial)
    asked = select(valued.c.serial, valued.c.value)
    if after is not None:
        edge = tuple_(after.value, after.serial)
        asked = asked.where(key < edge if down else key > edge)
    columns = (valued.c.value, valued.c.serial)
    asked = asked.order_by(*(column.desc() if down else column.asc() for column in columns))
    found = session.execute(asked.limit(limit + 1)).all()
    rows = _listed(session, found[:limit])
    left = session.execute(
        select(func.count()).select_from(_EPISODE).where(*every, low > _SERIAL)
    ).scalar_one()
    return Page(rows=rows, next=rows[-1].place if len(found) > limit else None, left=left)


def _listed(session: Session, found: Sequence[Any]) -> tuple[Listed, ...]:
    """The episodes that were found, by serial number and value, with what a list shows of them."""
    places = {serial: Place(serial=serial, value=value) for serial, value in found}
    asked = select(EpisodeRow, QuestionRow, COST).join(QuestionRow).where(_SERIAL.in_(places))
    rows = session.execute(asked).all()
    episodes = queries.episodes(session, [(row, question) for row, question, _ in rows], calls=False)
    made = {
        row.serial: Listed(place=places[row.serial], episode=episode, cost=cost)
        for (row, _, cost), episode in zip(rows, episodes, strict=True)
    }
    return tuple(made[serial] for serial in places)


def _asked(wanted: Wanted) -> Any:
    """A query for the serial numbers of the episodes that are wanted, each with no value."""
    return select(_SERIAL, null()).join(_QUESTION).where(*_of_run(wanted), *conditions(wanted))


def _of_run(wanted: Wanted) -> tuple[ColumnElement[bool], ...]:
    return () if wanted.run is None else (_EPISODE.c.run == wanted.run,)


def _beyond(edge: int | None, *, down: bool) -> tuple[ColumnElement[bool], ...]:
    return () if edge is None else (edge > _SERIAL if down else edge < _SERIAL,)

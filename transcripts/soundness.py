"""What is wrong with a database, if anything: with its file, with its rows, with the records made of them.

It only looks; nothing is mended.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from itertools import islice
from typing import TYPE_CHECKING

from sqlalchemy import select

from .database import Database, explained
from .errors import StoreError
from .records import Episode
from .tables import EpisodeRow, table_of

if TYPE_CHECKING:
    from .reading import Reads

__all__ = ["faults"]

_TOLD = 20  # faults of one kind that are told of
_CHUNK = 1_000  # ids in memory at once


def faults(database: Database, stored: "Reads") -> Iterator[str]:
    """Each fault in a sentence; none where the file is whole and every record reads back."""
    looks: list[Callable[[], Iterable[str]]] = [
        lambda: _of_episodes(database, stored),
        lambda: _unread(stored.runs),
        lambda: _unread(stored.examples),
        lambda: _unread(stored.checkpoints),
    ]
    if database.reader.dialect.name == "sqlite":
        looks = [lambda: _of_file(database), lambda: _of_links(database), *looks]
    for look in looks:
        try:
            yield from islice(look(), _TOLD)
        except StoreError as error:
            yield str(error)


def _of_file(database: Database) -> Iterator[str]:
    with explained(database.where, "read"), database.reader.connect() as connection:
        found = connection.exec_driver_sql(f"PRAGMA integrity_check({_TOLD})").scalars().all()
    lines = (line for fault in found for line in fault.splitlines())  # one row may tell of several faults
    return (f"{database.where} is damaged: {line}." for line in lines if line != "ok" and line[:3] != "***")


def _of_links(database: Database) -> Iterator[str]:
    with explained(database.where, "read"), database.reader.connect() as connection:
        found = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchmany(_TOLD)
    return (f"a row of '{table}' points at a row of '{to}' that is not there." for table, _, to, _ in found)


def _of_episodes(database: Database, stored: "Reads") -> Iterator[str]:
    """Goes through ids and episodes side by side; an episode that the stream lacks is asked for by its id."""
    episodes = _until_damaged(stored.episodes())
    episode = next(episodes, None)
    for name in _ids(database):
        if episode is not None and episode.id == name:
            yield from _gaps(episode)
            episode = next(episodes, None)
            continue
        try:
            yield from _gaps(stored.episode(name))
        except StoreError as error:
            yield f"episode '{name}': {error}"


def _until_damaged(episodes: Iterator[Episode]) -> Iterator[Episode]:
    with suppress(StoreError):  # which episode is damaged, a stream does not say
        yield from episodes


def _ids(database: Database) -> Iterator[str]:
    """Ids of all episodes in the order of their stream."""
    table, last = table_of(EpisodeRow), -1
    while True:
        asked = select(table.c.serial, table.c.id).where(table.c.serial > last).order_by(table.c.serial)
        with explained(database.where, "read"), database.reader.connect() as connection:
            found = connection.execute(asked.limit(_CHUNK)).all()
        yield from (name for _, name in found)
        if len(found) < _CHUNK:
            return
        last = found[-1].serial


def _gaps(episode: Episode) -> Iterator[str]:
    if [turn.index for turn in episode.turns] != list(range(len(episode.turns))):
        yield f"episode '{episode.id}' lacks turns between others."


def _unread(read: Callable[[], Iterable[object]]) -> Iterator[str]:
    """Why not all that `read` gives can be read; nothing where it can."""
    try:
        for _ in read():
            pass
    except StoreError as error:
        yield str(error)

"""Bringing a database of an older schema up to this one: on request, after a backup, wholly or not at all."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, update

from .database import Database, explained
from .errors import ConfigError, StoreError
from .tables import SCHEMA, MetaRow, table_of

__all__ = ["Upgrade", "upgrade"]

_PATIENCE_SECONDS = 2  # how long others may take to let go of the database


@dataclass(frozen=True)
class Upgrade:
    """What was done to a database."""

    where: str
    before: int
    """Version of its schema."""
    after: int
    """The same as `before` where there was nothing to do."""
    backup: Path | None = None
    """The copy that was made first."""


def upgrade(where: str | Path, *, backup: bool = True) -> Upgrade:
    """Bring a database up to this version of the schema, in one transaction; blocks.

    Whatever happens in between, even to the process, the database has its old version or the new one.

    Args:
        where: As `Store.open` takes it; there must be a database.
        backup: Copy it first, to a file beside it. A server's database cannot be copied so: give False, to
            say that it is backed up already.

    Raises:
        StoreError: it cannot be upgraded (another process has it open, the disk is full, …) and is as it was.
        StoreVersionError: it has a newer version than this schoolroom knows.
        ConfigError: it is on a server, and a backup was asked for.
    """
    database = Database.at(where, durability="full", must_exist=True)
    try:
        with explained(database.where, "open"), database.reader.connect() as connection:
            before = database.version(connection)
        database.reader.dispose()  # nobody may have it open, we ourselves no more than others
        if before is None:
            raise database.holds_nothing()
        if before > SCHEMA:
            raise database.other_version(before)
        if before == SCHEMA:
            return Upgrade(database.where, before, SCHEMA)
        if backup and database.writer.dialect.name != "sqlite":
            raise ConfigError(
                f"{database.where} is on a server, and is not copied by schoolroom: make a backup with "
                "pg_dump, then upgrade with --no-backup."
            )
        with explained(database.where, "upgrade"), _alone(database) as connection:
            if database.version(connection) != before:
                raise StoreError(f"{database.where} has just been upgraded by another process.")
            copy = _copied(database, before) if backup else None
            _migrate(connection, before)
        return Upgrade(database.where, before, SCHEMA, copy)
    finally:
        database.close()


@contextmanager
def _alone(database: Database) -> Iterator[Connection]:
    """A transaction while nobody else uses the database."""
    with database.writer.connect() as connection:
        if connection.dialect.name == "sqlite":
            with _alone_with_file(connection, database.where):
                yield connection
        else:
            with connection.begin():
                connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{_PATIENCE_SECONDS}s'")
                connection.exec_driver_sql("LOCK TABLE meta, run, episode, turn, model_call, lost_call")
                yield connection


@contextmanager
def _alone_with_file(connection: Connection, where: str) -> Iterator[None]:
    raw: Any = connection.connection.driver_connection
    raw.execute(f"PRAGMA busy_timeout = {_PATIENCE_SECONDS * 1000}")
    raw.execute("PRAGMA foreign_keys = OFF")  # tables are made anew under their old names
    try:
        raw.execute("PRAGMA journal_mode = DELETE")  # refused while anybody else has the file open
    except sqlite3.OperationalError as error:
        if "locked" not in str(error):
            raise
        raise StoreError(f"{where} is open in another process; let it end, then upgrade.") from None
    try:
        with connection.begin():
            yield
            if connection.exec_driver_sql("PRAGMA foreign_key_check").first():
                raise StoreError(f"{where} has rows that point at none, and stays as it was.")
    finally:
        with suppress(sqlite3.Error):
            raw.execute("PRAGMA journal_mode = WAL")


def _copied(database: Database, version: int) -> Path:
    """Copy the file beside itself, under a name that is new; it appears there once it is whole."""
    name = f"{database.where.removeprefix('file:')}.schema-{version}.backup"
    tries = (Path(name if number == 1 else f"{name}-{number}") for number in range(1, 1_000))
    copy = next(path for path in tries if not path.exists())
    unfinished = copy.with_name(f"{copy.name}.unfinished")
    try:
        unfinished.unlink(missing_ok=True)
        with closing(sqlite3.connect(unfinished)) as target, database.reader.connect() as source:
            raw: Any = source.connection.driver_connection
            raw.backup(target)
        unfinished.rename(copy)
    except (OSError, sqlite3.Error) as error:
        with suppress(OSError):
            unfinished.unlink(missing_ok=True)
        raise StoreError(
            f"{database.where} cannot be backed up to {copy}: {error}; make room there, or say --no-backup."
        ) from None
    return copy


def _migrate(connection: Connection, before: int) -> None:
    """Take every step from version `before` on."""
    from alembic.operations import Operations
    from alembic.runtime.migration import MigrationContext

    with Operations.context(MigrationContext.configure(connection)):
        for version in range(before + 1, SCHEMA + 1):
            import_module(f".migrations.schema_{version}", __package__).upgrade()
    meta = table_of(MetaRow)
    connection.execute(update(meta).where(meta.c.key == "schema").values(value=str(SCHEMA)))

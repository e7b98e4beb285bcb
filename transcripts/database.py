"""Opening the database that a store stands on: engines, settings, schema version. No records here.

Two engines share one database: the writer's begins its transactions as writers, so that it never has to
upgrade a lock; the readers' can only read. In SQLite's WAL mode they never wait for each other.
"""

import shlex
import sqlite3
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, Literal, get_args

from sqlalchemy import URL, Connection, Engine, Insert, Table, create_engine, event, inspect, make_url, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError
from sqlalchemy.pool import QueuePool

from .errors import StoreError, StoreVersionError
from .tables import SCHEMA, MessageRow, MetaRow, QuestionRow, metadata, table_of

__all__ = ["Database", "Durability", "Rows", "explained", "insert_rows", "merged"]

Durability = Literal["normal", "full"]
"""``normal`` survives the death of the process, ``full`` also a power cut, at a file sync per commit."""

Rows = Mapping[Table, Sequence[Mapping[str, Any]]]
"""Rows to insert, by table; a row is a mapping by column name."""

_PATIENCE_SECONDS = 30.0  # how long a writer waits for another process that is writing
_ATTEMPTS, _PAUSE_SECONDS = 40, 0.05  # at switching to WAL
_ADDRESSES = "give a file, or an address like postgresql+psycopg://USER@HOST/NAME"
_CACHE_KILOBYTES = 64_000
_LETTERS = 300  # of what the database says is wrong; it may show a whole reply that it cannot read
_MEND = "restore it from a copy, or save what SQLite's '.recover' finds"
_WAYS_OUT = {
    "lock timeout": "another process is using it: let it end, then try again",
    "locked": "another process is writing to it: let it end, then try again",
    "full": "make room, then go on from what is stored",
    "i/o": "look whether the disk is full or failing, then go on from what is stored",
    "readonly": "make it, its folder and its -wal and -shm writable, or name another file",
    "unable to open": "look whether its folder can be read and written",
    "not a database": "name another file; this one is left as it is",
    "malformed": _MEND,
    "decode": _MEND,
    "no such column": _MEND,
    "no such table": _MEND,
}


class Database:
    """An open database of this schema."""

    def __init__(self, where: str, writer: Engine, reader: Engine, *, is_quick: bool = False) -> None:
        self.where = where
        """As messages name it: the file, or the address without its password."""
        self.writer = writer
        self.reader = reader
        self.is_quick = is_quick
        """Whether a small commit takes no longer than to hand it to a thread: a file, and no sync."""
        self.closed = False

    @classmethod
    def open(cls, where: str | Path, *, durability: Durability, must_exist: bool) -> "Database":
        """Open the file or SQLAlchemy URL `where`; a new one gets the schema.

        Raises:
            StoreError: it cannot be opened, or is no database of schoolroom's.
            StoreVersionError: it has another version of the schema.
        """
        database = cls.at(where, durability=durability, must_exist=must_exist)
        try:
            database._prepare(must_exist)
        except BaseException:
            database.close()
            raise
        return database

    @classmethod
    def at(cls, where: str | Path, *, durability: Durability, must_exist: bool) -> "Database":
        """The same before anything is read of it: it may be empty, of another version, or no database.

        Raises:
            StoreError: there can be none there.
        """
        if durability not in get_args(Durability):
            raise StoreError(f"durability is 'normal' or 'full', not '{durability}'.")
        url = _url(where)
        file = (url.database or ":memory:") if url.get_backend_name() == "sqlite" else None
        name = file or url.render_as_string(hide_password=True)
        if file:
            _check_file(Path(file.removeprefix("file:") if "uri" in url.query else file), must_exist)
        with explained(name, "open"):
            quick = file is not None and durability == "normal"
            return cls(name, _engine(url, durability), _engine(url, None), is_quick=quick)

    def close(self) -> None:
        """Close all connections."""
        self.closed = True
        self.writer.dispose()
        self.reader.dispose()

    @contextmanager
    def impatient(self, connection: Connection) -> Iterator[None]:
        """Inside, SQLite refuses at once what it would else do once another process has ended writing."""
        raw: Any = connection.connection.driver_connection
        (patience,) = raw.execute("PRAGMA busy_timeout").fetchone()
        raw.execute("PRAGMA busy_timeout = 0")
        try:
            yield
        finally:
            raw.execute(f"PRAGMA busy_timeout = {patience}")

    def _prepare(self, must_exist: bool) -> None:
        """Check the schema's version; create the schema where there is none."""
        is_empty = not self.check(must_exist)
        with explained(self.where, "open"), self.writer.connect() as connection:
            if is_empty:
                with connection.begin():  # as a writer: two processes cannot both find it empty
                    if not inspect(connection).get_table_names():
                        metadata.create_all(connection)
                        row = {"key": "schema", "value": str(SCHEMA)}
                        connection.execute(table_of(MetaRow).insert(), row)

    def check(self, must_exist: bool) -> bool:
        """Whether it holds this schema, or nothing yet; only reads.

        Raises:
            StoreError: it is no database of schoolroom's, or is empty and `must_exist`.
            StoreVersionError: it has another version of the schema.
        """
        with explained(self.where, "open"), self.reader.connect() as connection:
            found = self.version(connection)
        if found is None and must_exist:
            raise self.holds_nothing()
        if found is not None and found != SCHEMA:
            raise self.other_version(found)
        return found is not None

    def version(self, connection: Connection) -> int | None:
        """The version of its schema; None where it is empty.

        Raises:
            StoreError: this is no database of schoolroom's.
        """
        tables, found = inspect(connection).get_table_names(), None
        if not tables:
            return None
        if table_of(MetaRow).name in tables:
            found = connection.execute(text("SELECT value FROM meta WHERE key = 'schema'")).scalar()
        if not str(found).isdecimal():
            raise StoreError(
                f"{self.where} is a database, but not one of schoolroom's; name another file, "
                "and it will be created."
            )
        return int(str(found))

    def holds_nothing(self) -> StoreError:
        """What to say of it where it is empty and should not be."""
        return StoreError(f"{self.where} holds no transcripts; name the database of an earlier run.")

    def other_version(self, found: int) -> StoreVersionError:
        """What to say of a database with version `found`, which is not this one."""
        way_out = "open it with the schoolroom that wrote it, or name a new file"
        if found < SCHEMA:
            way_out = f"'schoolroom upgrade --db {shlex.quote(self.where)}' brings it up to date"
        return StoreVersionError(
            f"{self.where} was written with schema version {found}, but this schoolroom reads version "
            f"{SCHEMA}; {way_out}."
        )


def insert_rows(connection: Connection, rows: Rows) -> None:
    """Insert `rows`, each table after those that it points at.

    Questions and messages are named after their content: one that is there already is the same one.
    """
    for table, insert in _inserts(connection.dialect.name).items():
        if new := rows.get(table):
            connection.execute(insert, new)


def merged(several: Iterable[Rows]) -> Rows:
    """All rows of several writes, by table."""
    together: dict[Table, list[Mapping[str, Any]]] = {}
    for rows in several:
        for table, new in rows.items():
            together.setdefault(table, []).extend(new)
    return together


@cache
def _inserts(dialect: str) -> dict[Table, Insert]:
    """An insert for each table, in an order in which foreign keys always find what they point at."""
    insert = postgresql.insert if dialect == "postgresql" else sqlite.insert
    inserts: dict[Table, Insert] = {table: insert(table) for table in metadata.sorted_tables}
    for table in (table_of(QuestionRow), table_of(MessageRow)):
        inserts[table] = insert(table).on_conflict_do_nothing()
    return inserts


@contextmanager
def explained(where: str, verb: str) -> Iterator[None]:
    """Whatever the database raises inside becomes a `StoreError` of one sentence."""
    try:
        yield
    except (SQLAlchemyError, sqlite3.Error, UnicodeDecodeError) as error:  # the last of damaged names
        raise StoreError(_sentence(error, where, verb)) from error


def _sentence(error: Exception, where: str, verb: str) -> str:
    cause = str(getattr(error, "orig", None) or error).strip().splitlines()[0][:_LETTERS]
    way_out = next((way for sign, way in _WAYS_OUT.items() if sign in cause.lower()), None)
    return f"cannot {verb} {where}: {cause}{f'; {way_out}' if way_out else ''}."


def _url(where: str | Path) -> URL:
    """The address of a file or of a server."""
    if "://" not in str(where):
        return URL.create("sqlite", database=str(where))
    shown = str(where).rsplit("@")[-1]  # without user and password
    try:
        url = make_url(str(where))
        backend = url.get_backend_name()
        if backend not in ("sqlite", "postgresql"):
            raise StoreError(f"'{backend}' databases cannot hold transcripts; {_ADDRESSES}.")
        url.get_dialect().import_dbapi()
        url.get_dialect()().create_connect_args(url)  # which reads numbers such as timeout=5
    except ImportError as error:
        raise StoreError(f"'{shown}' needs '{error.name}'; install schoolroom[postgres].") from None
    except (ArgumentError, NoSuchModuleError, ValueError) as error:
        raise StoreError(f"'{shown}' is no database address ({error}); {_ADDRESSES}.") from None
    return url


def _check_file(file: Path, must_exist: bool) -> None:
    """Refuse what cannot become a database file, and create its folder."""
    if str(file) == ":memory:":
        raise StoreError("a store in memory would be lost, and its readers could not see it; give a file.")
    try:
        if "\0" in str(file):
            raise ValueError("a file's name holds no zero byte")
        if file.is_dir():
            raise StoreError(f"{file} is a folder; name a file in it, as in {file / 'schoolroom.db'}.")
        log = file.with_name(f"{file.name}-wal")
        if _size(log) and not _size(file):  # SQLite would delete it
            raise StoreError(
                f"{log} holds the last words of a database that is not there; put {file.name} back beside "
                "it, or move it away."
            )
        if must_exist and not file.exists():
            raise StoreError(f"there is no database at {file}; 'schoolroom run' makes one.")
        file.parent.mkdir(parents=True, exist_ok=True)
    except (OSError, ValueError) as error:
        is_file = isinstance(error, FileExistsError)
        cause = f"{file.parent} is no folder" if is_file else getattr(error, "strerror", None) or error
        raise StoreError(
            f"cannot open {file}: {cause}; name a file in a folder that can be written."
        ) from None


def _size(file: Path) -> int:
    """Bytes of a file; 0 where there is none."""
    return file.stat().st_size if file.exists() else 0


def _engine(url: URL, durability: Durability | None) -> Engine:
    """An engine for the writer, or for readers where `durability` is None."""
    is_sqlite = url.get_backend_name() == "sqlite"
    settings: dict[str, Any] = {"poolclass": QueuePool}
    if is_sqlite:
        # Transactions begin where `begin` says so, not where the driver guesses that they should.
        settings["connect_args"] = {"isolation_level": None, "check_same_thread": False}
        if "timeout" not in url.query:
            settings["connect_args"]["timeout"] = _PATIENCE_SECONDS
    engine = create_engine(url, **settings)
    if is_sqlite:
        _configure(engine, durability)
    return engine


def _configure(engine: Engine, durability: Durability | None) -> None:
    """Settings that SQLite takes per connection."""
    pragmas = [f"cache_size = -{_CACHE_KILOBYTES}"]
    if durability is None:
        pragmas += ["query_only = ON"]
    else:
        pragmas += ["foreign_keys = ON", f"synchronous = {durability}"]

    @event.listens_for(engine, "connect")
    def connected(connection: Any, _record: object) -> None:
        for pragma in pragmas:
            connection.execute(f"PRAGMA {pragma}")
        if durability is not None:
            _write_ahead(connection)

    @event.listens_for(engine, "begin")
    def begun(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN" if durability is None else "BEGIN IMMEDIATE")


def _write_ahead(connection: sqlite3.Connection) -> None:
    """Switch to WAL; of two processes that open a new database at once, one is refused this at first."""
    for _ in range(_ATTEMPTS):
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if "locked" not in str(error):
                raise
            time.sleep(_PAUSE_SECONDS)
    connection.execute("PRAGMA journal_mode = WAL")

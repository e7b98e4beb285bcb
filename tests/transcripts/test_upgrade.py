"""Databases that older versions wrote become what this one would have written, wholly or not at all."""

import json
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from schoolroom.transcripts import upgrade as upgrade_module
from schoolroom.transcripts.database import Database
from schoolroom.transcripts.errors import ConfigError, StoreError, StoreVersionError
from schoolroom.transcripts.migrations import schema_3
from schoolroom.transcripts.records import Checkpoint, Ending, Episode, Example, Record, Run
from schoolroom.transcripts.store import Store
from schoolroom.transcripts.tables import SCHEMA, metadata
from schoolroom.transcripts.upgrade import Upgrade, upgrade

DATA = Path(__file__).parent / "data"
OLD = sorted(int(file.stem.removeprefix("schema-")) for file in DATA.glob("schema-*.sql"))
KINDS: dict[str, type[Record]] = {
    "runs": Run,
    "episodes": Episode,
    "examples": Example,
    "checkpoints": Checkpoint,
}

CHILD = """
import os, signal, sys
from schoolroom.transcripts import database
from schoolroom.transcripts.migrations import schema_3
from schoolroom.transcripts.upgrade import upgrade

real = schema_3.upgrade

def killed_at_its_end():
    real()
    os.kill(os.getpid(), signal.SIGKILL)

database._CACHE_KILOBYTES = 4  # so that much stands in the file before the commit
schema_3.upgrade = killed_at_its_end
upgrade(sys.argv[1])
"""


@pytest.fixture(params=OLD)
def old(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Path, int]:
    """A database as the schoolroom of an older version wrote it, and that version."""
    return written(tmp_path, request.param), request.param


def written(folder: Path, version: int) -> Path:
    path = folder / "school.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.executescript((DATA / f"schema-{version}.sql").read_text(encoding="utf-8"))
    return path


def expected(version: int) -> dict[str, list[Record]]:
    """What the older schoolroom read back from it; what it did not know of yet has its usual value."""
    records: dict[str, list[Record]] = {kind: [] for kind in KINDS}
    for line in (DATA / f"schema-{version}.jsonl").read_text(encoding="utf-8").splitlines():
        read = json.loads(line)
        records[read["kind"]].append(KINDS[read["kind"]].model_validate(read["record"]))
    return records


def stored(path: Path) -> dict[str, list[Any]]:
    with Store.open(path, must_exist=True) as store:
        return {
            "runs": store.runs(),
            "episodes": list(store.episodes()),
            "examples": list(store.examples()),
            "checkpoints": store.checkpoints(),
        }


def dumped(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as connection:
        return list(connection.iterdump())


def schema(path: Path) -> dict[str, Any]:
    """All that a database says of its tables; the order of columns means nothing, since all are named."""
    engine = sa.create_engine(f"sqlite:///{path}")
    inspector = sa.inspect(engine)
    tables: dict[str, Any] = {}
    for name in inspector.get_table_names():
        tables[name] = {
            "columns": sorted(map(repr, inspector.get_columns(name))),
            "primary key": inspector.get_pk_constraint(name),
            "foreign keys": sorted(map(repr, inspector.get_foreign_keys(name))),
            "unique": inspector.get_unique_constraints(name),
            "indexes": sorted(map(repr, inspector.get_indexes(name))),
            "options": inspector.get_table_options(name),
        }
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_server_default": True})
        assert compare_metadata(context, metadata) == []
    engine.dispose()
    return tables


def test_every_older_version_is_tried() -> None:
    assert list(range(1, SCHEMA)) == OLD


def test_an_upgraded_database_is_what_this_version_would_have_written(
    old: tuple[Path, int], tmp_path: Path
) -> None:
    path, version = old
    before = dumped(path)
    copy = tmp_path / f"school.db.schema-{version}.backup"
    assert upgrade(path) == Upgrade(str(path), version, SCHEMA, copy)
    assert dumped(copy) == before
    assert stored(path) == expected(version)
    Store.open(tmp_path / "new.db").close()
    assert schema(path) == schema(tmp_path / "new.db")
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT * FROM meta").fetchall() == [("schema", str(SCHEMA))]
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert upgrade(path) == Upgrade(str(path), SCHEMA, SCHEMA)  # and a second time does nothing


async def test_an_upgraded_run_goes_on(old: tuple[Path, int]) -> None:
    path, version = old
    upgrade(path)
    whole = expected(version)
    run, *_ = whole["runs"]
    episode, *_ = whole["episodes"]
    assert isinstance(run, Run)
    assert isinstance(episode, Episode)
    with Store.open(path) as store:
        await store.add_run(run)
        await store.begin(episode)
        for turn in episode.turns:
            await store.append(episode.id, turn)  # the same words are the same turn
        await store.append(episode.id, episode.turns[-1].model_copy(update={"index": len(episode.turns)}))
        await store.end(episode.id, Ending(kind="finished"))
        assert len(store.episode(episode.id).turns) == len(episode.turns) + 1


def test_an_older_backup_stays(tmp_path: Path) -> None:
    path = written(tmp_path, 1)
    (tmp_path / "school.db.schema-1.backup").write_text("precious")
    assert upgrade(path).backup == tmp_path / "school.db.schema-1.backup-2"
    assert (tmp_path / "school.db.schema-1.backup").read_text() == "precious"


def test_a_database_is_upgraded_without_a_backup_where_that_is_said(tmp_path: Path) -> None:
    path = written(tmp_path, 1)
    assert upgrade(path, backup=False).backup is None
    assert [file.name for file in tmp_path.iterdir()] == ["school.db"]


def test_nothing_is_upgraded_unasked(old: tuple[Path, int]) -> None:
    path, version = old
    before = path.read_bytes()
    with pytest.raises(StoreVersionError) as caught:
        Store.open(path)
    assert str(caught.value) == (
        f"{path} was written with schema version {version}, but this schoolroom reads version {SCHEMA}; "
        f"'schoolroom upgrade --db {path}' brings it up to date."
    )
    assert path.read_bytes() == before


def test_a_newer_database_and_anothers_are_refused(tmp_path: Path) -> None:
    path = written(tmp_path, 1)
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("UPDATE meta SET value = '99'")
    with pytest.raises(StoreVersionError, match=r"version 99, .*; open it with the schoolroom that wrote it"):
        upgrade(path)
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("UPDATE meta SET value = 'new'")
    with pytest.raises(StoreError, match="not one of schoolroom's"):
        upgrade(path)
    with pytest.raises(StoreError, match="there is no database at"):
        upgrade(tmp_path / "none.db")
    (tmp_path / "empty.db").touch()
    with pytest.raises(StoreError, match=r"empty\.db holds no transcripts"):
        upgrade(tmp_path / "empty.db")
    assert not list(tmp_path.glob("*.backup"))


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upgrade_module, "_PATIENCE_SECONDS", 0)


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("doing", ["SELECT * FROM run", "UPDATE run SET seed = seed"])
def test_a_database_that_somebody_has_open_is_refused(old: tuple[Path, int], doing: str) -> None:
    path, version = old
    before = dumped(path)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute(doing).fetchall()
        with pytest.raises(StoreError, match=r"school\.db is open in another process; let it end, then"):
            upgrade(path)
        assert dumped(path) == before
    assert not list(path.parent.glob("*.backup*"))
    assert upgrade(path).before == version


def broken(step: Callable[[], None]) -> Callable[[], None]:
    def upgrade() -> None:
        step()
        raise sqlite3.OperationalError("database or disk is full")

    return upgrade


def test_a_step_that_fails_leaves_all_as_it_was(
    old: tuple[Path, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    path, version = old
    before = dumped(path)
    with monkeypatch.context() as patch:
        patch.setattr(schema_3, "upgrade", broken(schema_3.upgrade))
        with pytest.raises(StoreError, match=r"cannot upgrade .*: database or disk is full; make room"):
            upgrade(path)
    assert dumped(path) == before
    assert upgrade(path).before == version
    assert stored(path) == expected(version)


def test_a_process_that_is_killed_leaves_all_as_it_was(old: tuple[Path, int]) -> None:
    path, version = old
    before, pages = dumped(path), path.read_bytes()
    child = subprocess.run([sys.executable, "-c", CHILD, str(path)], check=False)
    assert child.returncode == -signal.SIGKILL
    assert path.read_bytes() != pages  # half of it was written
    with pytest.raises(StoreVersionError, match=f"schema version {version}"):
        Store.open(path)
    assert dumped(path) == before
    assert upgrade(path).before == version
    assert stored(path) == expected(version)


def test_rows_that_point_at_none_are_not_carried_on(tmp_path: Path) -> None:
    path = written(tmp_path, 1)
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("DELETE FROM run")
    before = dumped(path)
    with pytest.raises(StoreError, match="has rows that point at none"):
        upgrade(path)
    assert dumped(path) == before


def test_a_backup_that_cannot_be_made_stops_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = written(tmp_path, 1)
    before = dumped(path)

    def full(_: object, __: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "rename", full)
    with pytest.raises(StoreError, match=r"cannot be backed up to .*No space left on device; make room"):
        upgrade(path)
    assert dumped(path) == before
    assert not list(tmp_path.glob("*.backup*"))


def test_a_servers_database_needs_a_backup_by_other_means(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = written(tmp_path, 1)
    at = Database.at

    def served(where: Path, **settings: Any) -> Database:
        database = at(where, **settings)
        database.writer.dialect.name = "postgresql"
        return database

    monkeypatch.setattr(Database, "at", served)
    with pytest.raises(ConfigError, match="make a backup with pg_dump, then upgrade with --no-backup"):
        upgrade(path)

"""On a PostgreSQL server: an old database is brought up to date, and what it says is said in sentences."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import event

from schoolroom.transcripts import upgrade as upgrade_module
from schoolroom.transcripts.errors import ConfigError, StoreError, StoreVersionError
from schoolroom.transcripts.records import Ending, Episode
from schoolroom.transcripts.store import Store
from schoolroom.transcripts.tables import SCHEMA, metadata
from schoolroom.transcripts.upgrade import upgrade

from .conftest import DONE, episode, fill, turn

pytestmark = pytest.mark.postgres

DATA = Path(__file__).parent / "data"


@contextmanager
def connected(address: str) -> Iterator[sa.Connection]:
    engine = sa.create_engine(address)
    with engine.begin() as connection:
        yield connection
    engine.dispose()


def written(address: str, folder: Path, version: int) -> None:
    """The tables and rows that an older schoolroom wrote to SQLite, as it would have written them here."""
    path = folder / "old.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript((DATA / f"schema-{version}.sql").read_text(encoding="utf-8"))
    tables = sa.MetaData()

    @event.listens_for(tables, "column_reflect")
    def made_generic(_: object, __: object, column: Any) -> None:
        if isinstance(column["type"], sa.DateTime):
            column["type"] = sa.DateTime(timezone=True)
        else:
            column["type"] = sa.BigInteger() if column["name"] == "serial" else column["type"].as_generic()

    with connected(f"sqlite:///{path}") as source, connected(address) as target:
        tables.reflect(source)
        for table in tables.sorted_tables:
            table.dialect_options["sqlite"]["with_rowid"] = True
        tables.create_all(target)
        for table in tables.sorted_tables:
            if rows := [dict(row) for row in source.execute(sa.select(table)).mappings()]:
                target.execute(table.insert(), rows)
            if "serial" in table.c:
                last = f"SELECT setval(pg_get_serial_sequence('{table.name}', 'serial'), max(serial)) FROM "
                target.exec_driver_sql(last + table.name)


def expected(version: int) -> list[Episode]:
    lines = (DATA / f"schema-{version}.jsonl").read_text(encoding="utf-8").splitlines()
    read = [json.loads(line) for line in lines]
    return [Episode.model_validate(one["record"]) for one in read if one["kind"] == "episodes"]


@pytest.mark.parametrize("version", range(1, SCHEMA))
async def test_an_old_database_is_upgraded_and_goes_on(postgres: str, tmp_path: Path, version: int) -> None:
    written(postgres, tmp_path, version)
    with pytest.raises(StoreVersionError, match=r"'schoolroom upgrade --db .*' brings it up to date"):
        Store.open(postgres)
    with pytest.raises(ConfigError, match="make a backup with pg_dump, then upgrade with --no-backup"):
        upgrade(postgres)
    done = upgrade(postgres, backup=False)
    assert (done.before, done.after, done.backup) == (version, SCHEMA, None)
    with connected(postgres) as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
    with Store.open(postgres, must_exist=True) as store:
        assert list(store.episodes()) == expected(version)
        old, *_ = expected(version)
        more = old.turns[-1].model_copy(update={"index": len(old.turns)})
        await store.begin(old)
        await store.append(old.id, more)
        await store.end(old.id, Ending(kind="finished"))
        assert store.episode(old.id).turns == (*old.turns, more)


def test_a_database_that_somebody_uses_is_not_upgraded(
    postgres: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upgrade_module, "_PATIENCE_SECONDS", 1)
    written(postgres, tmp_path, SCHEMA - 1)
    with connected(postgres) as other:
        other.exec_driver_sql("SELECT * FROM run")
        with pytest.raises(StoreError, match="another process is using it: let it end, then try again"):
            upgrade(postgres, backup=False)
    assert upgrade(postgres, backup=False).before == SCHEMA - 1


async def test_a_server_that_goes_away_stops_all_with_a_sentence(postgres: str) -> None:
    with Store.open(postgres) as store:
        await fill(store, [episode(1, turns=(turn(0),), ending=DONE)])
        with connected(postgres) as other:
            other.exec_driver_sql(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        with pytest.raises(StoreError, match=r"cannot write to postgresql\+psycopg://.*: ") as caught:
            await store.append("0001-episode", turn(1))
        assert "\n" not in str(caught.value)
    with Store.open(postgres, must_exist=True) as store:
        assert store.episode("0001").turns == (turn(0),)


def test_a_database_that_is_not_there_and_an_empty_one_are_refused(postgres: str) -> None:
    with pytest.raises(StoreError, match='database "none" does not exist'):
        Store.open(sa.make_url(postgres).set(database="none").render_as_string(hide_password=False))
    with pytest.raises(StoreError, match="holds no transcripts; name the database of an earlier run"):
        Store.open(postgres, must_exist=True)

"""`schoolroom upgrade` and `transcripts check`: what they say of old, new and damaged databases."""

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from typer.testing import Result

from schoolroom.transcripts.tables import SCHEMA

Cli = Callable[..., Result]

OLD = Path(__file__).parents[1] / "transcripts" / "data" / "schema-2.sql"


@pytest.fixture
def old(cli: Cli, tmp_path: Path) -> Cli:
    """The command line in a folder whose database an older version wrote."""
    with closing(sqlite3.connect(tmp_path / "schoolroom.db")) as connection:
        connection.executescript(OLD.read_text(encoding="utf-8"))
    return cli


def test_an_older_database_is_upgraded_on_request(old: Cli) -> None:
    for words in (["transcripts", "runs"], ["run", "--episodes", "1", "--quiet"], ["transcripts", "check"]):
        assert old(*words, code=3).stderr == (
            "error: schoolroom.db was written with schema version 2, but this schoolroom reads version "
            f"{SCHEMA}; 'schoolroom upgrade --db schoolroom.db' brings it up to date.\n"
        )
    assert old("upgrade").stdout == (
        f"schoolroom.db was brought from schema version 2 to {SCHEMA}; "
        "schoolroom.db.schema-2.backup holds it as it was.\n"
    )
    assert len(json.loads(old("transcripts", "runs", "--json").stdout)) == 3
    assert old("transcripts", "check").stdout == (
        "schoolroom.db is sound: 3 runs, 8 episodes, 40 turns and 8 calls can be read.\n"
    )
    again = json.loads(old("upgrade", "--json").stdout)
    assert again == {"database": "schoolroom.db", "before": SCHEMA, "after": SCHEMA, "backup": None}
    assert old("upgrade").stdout == (
        f"schoolroom.db has schema version {SCHEMA} already; nothing is to be done.\n"
    )


def test_a_database_that_is_open_elsewhere_is_not_upgraded(old: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("schoolroom.transcripts.upgrade._PATIENCE_SECONDS", 0)
    with closing(sqlite3.connect("schoolroom.db", isolation_level=None)) as other:
        other.execute("PRAGMA journal_mode = WAL")
        other.execute("SELECT * FROM run")
        assert old("upgrade", code=3).stderr == (
            "error: schoolroom.db is open in another process; let it end, then upgrade.\n"
        )
    assert json.loads(old("upgrade", "--no-backup", "--json").stdout)["before"] == 2
    assert not list(Path.cwd().glob("*.backup"))


def test_a_newer_database_is_refused(old: Cli) -> None:
    with closing(sqlite3.connect("schoolroom.db", isolation_level=None)) as connection:
        connection.execute("UPDATE meta SET value = '99'")
    assert "version 99, but this schoolroom reads" in old("upgrade", code=3).stderr
    assert "there is no database at none.db" in old("upgrade", "--db", "none.db", code=3).stderr


def test_what_is_damaged_is_named(cli: Cli, held: dict[str, Any]) -> None:
    with closing(sqlite3.connect("schoolroom.db", isolation_level=None)) as connection:
        (first, second) = connection.execute("SELECT id FROM episode ORDER BY serial LIMIT 2").fetchall()
        connection.execute("DELETE FROM turn WHERE episode = ? AND position = 0", first)
        connection.execute("UPDATE episode SET question = 'gone' WHERE id = ?", second)
    result = cli("transcripts", "check", code=3)
    assert f"episode '{first[0]}' lacks turns between others." in result.stderr
    assert "a row of 'episode' points at a row of 'question' that is not there." in result.stderr
    assert result.stderr.endswith(
        "error: schoolroom.db is damaged; restore it from a copy, or save what SQLite's '.recover' finds in "
        "it.\n"
    )
    with closing(sqlite3.connect("schoolroom.db", isolation_level=None)) as connection:
        connection.execute("UPDATE turn SET payload = '{' WHERE episode = ? AND position = 1", first)
    report = json.loads(cli("transcripts", "check", "--json", code=3).stdout)
    assert not report["sound"]
    (unread,) = [fault for fault in report["faults"] if fault.startswith(f"episode '{first[0]}'")]
    assert "a row in it makes no record" in unread

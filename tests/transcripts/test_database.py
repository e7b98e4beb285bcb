"""What cannot be opened or read gets one sentence with a way out, and is left as it was."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from schoolroom.transcripts.errors import StoreError, StoreVersionError
from schoolroom.transcripts.records import Run
from schoolroom.transcripts.store import Store
from schoolroom.transcripts.tables import SCHEMA


def refusal(where: str | Path, *, must_exist: bool = False) -> str:
    with pytest.raises(StoreError) as caught:
        Store.open(where, must_exist=must_exist)
    message = str(caught.value)
    assert "\n" not in message
    assert message.endswith(".")
    return message


def test_a_new_database_gets_its_folder_and_the_settings_that_were_measured(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "down" / "school.db"
    with Store.open(path) as store:
        assert store.where == str(path)
        assert store.runs() == []
        assert list(store.episodes()) == []
        assert store.counts().episodes == 0
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert connection.execute("SELECT * FROM meta").fetchall() == [("schema", str(SCHEMA))]


def test_an_empty_file_becomes_a_database_unless_one_must_exist(tmp_path: Path) -> None:
    path = tmp_path / "school.db"
    path.touch()
    assert refusal(path, must_exist=True) == (
        f"{path} holds no transcripts; name the database of an earlier run."
    )
    Store.open(path).close()
    Store.open(path, must_exist=True).close()


def test_a_url_names_a_database_as_well(tmp_path: Path) -> None:
    Store.open(f"sqlite:///{tmp_path}/school.db").close()
    Store.open(tmp_path / "school.db", must_exist=True, durability="full").close()


def test_a_database_of_another_version_says_so(tmp_path: Path) -> None:
    path = tmp_path / "school.db"
    Store.open(path).close()
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("UPDATE meta SET value = '99'")
    with pytest.raises(StoreVersionError) as caught:
        Store.open(path)
    assert str(caught.value) == (
        f"{path} was written with schema version 99, but this schoolroom reads version {SCHEMA}; "
        "open it with the schoolroom that wrote it, or name a new file."
    )


def test_anothers_database_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "other.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("CREATE TABLE recipes (id INTEGER)")
    before = path.read_bytes()
    assert refusal(path) == (
        f"{path} is a database, but not one of schoolroom's; name another file, and it will be created."
    )
    assert path.read_bytes() == before


def test_a_file_that_is_no_database_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("dear diary, " * 1_000)
    assert refusal(path) == (
        f"cannot open {path}: file is not a database; name another file; this one is left as it is."
    )
    assert path.read_text() == "dear diary, " * 1_000


def test_paths_that_cannot_be(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    assert refusal(tmp_path) == f"{tmp_path} is a folder; name a file in it, as in {tmp_path}/schoolroom.db."
    assert refusal(tmp_path / "none.db", must_exist=True) == (
        f"there is no database at {tmp_path}/none.db; 'schoolroom run' makes one."
    )
    assert not (tmp_path / "none.db").exists()
    assert refusal(file / "school.db") == (
        f"cannot open {file}/school.db: {file} is no folder; name a file in a folder that can be written."
    )
    assert "File name too long" in refusal(tmp_path / ("x" * 300))
    assert "a file's name holds no zero byte" in refusal(tmp_path / "a\0b")
    assert refusal(":memory:") == (
        "a store in memory would be lost, and its readers could not see it; give a file."
    )
    assert refusal("sqlite://").startswith("a store in memory would be lost")


def test_durability_is_one_of_two(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="durability is 'normal' or 'full', not 'fast'"):
        Store.open(tmp_path / "school.db", durability="fast")  # type: ignore[arg-type]


def test_addresses_that_cannot_be() -> None:
    way_out = "give a file, or an address like postgresql+psycopg://USER@HOST/NAME."
    assert refusal("mysql://host/name") == f"'mysql' databases cannot hold transcripts; {way_out}"
    wrong = refusal("postgresql+nodriver://me:secret@host/name")
    assert wrong.startswith("'host/name' is no database address (")
    assert wrong.endswith(way_out)
    assert "secret" not in wrong
    assert refusal("://").startswith("'://' is no database address (")
    assert refusal("postgresql+psycopg://host:port/name").startswith("'postgresql+psycopg://host:port/name' ")


async def test_a_read_only_database_can_be_read_and_says_why_it_is_not_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "school.db"
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    run = Run(id="run", plan={}, seed=0)
    with Store.open(path) as store:
        await store.add_run(run)
        with Store.open(f"sqlite:///file:{path}?mode=ro&uri=true") as bound:
            assert bound.runs() == [run]
            with pytest.raises(
                StoreError,
                match=r"cannot write to .*attempt to write a readonly database; make it, its folder and",
            ):
                await bound.add_run(Run(id="another", plan={}, seed=0))
    assert not list(Path.cwd().iterdir())  # an address is no folder to be made


async def test_a_damaged_database_says_so(tmp_path: Path) -> None:
    path = tmp_path / "school.db"
    with Store.open(path) as store:
        await store.add_run(Run(id="run", plan={}, seed=0))
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("UPDATE run SET plan = '{broken'")
    with (
        Store.open(path) as store,
        pytest.raises(StoreError, match="is damaged: a row in it makes no record"),
    ):
        store.runs()
    content = bytearray(path.read_bytes())
    content[4_096:] = b"\xff" * (len(content) - 4_096)  # all pages but the first
    path.write_bytes(content)
    assert "malformed; restore it from a copy" in refusal(path)

"""Commands whose disk, folder, file or lock fails: one sentence, exit code 3, and what is stored stays."""

import os
import resource
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from typer.testing import Result

from schoolroom.transcripts.records import Episode
from schoolroom.transcripts.store import Store

Cli = Callable[..., Result]

RUN = ("run", "--episodes", "30", "--gate", "taught", "--quiet", "--db")
NOBODY = 65534


def failed(result: Result) -> str:
    """The one sentence that a command ended with."""
    (sentence,) = result.stderr.splitlines()
    assert sentence.startswith("error: ")
    assert sentence.endswith(".")
    assert result.stdout == ""
    return sentence.removeprefix("error: ")


def episodes(path: str) -> dict[str, Episode]:
    with Store.open(path, must_exist=True) as store:
        assert list(store.faults()) == []
        return {episode.id: episode for episode in store.episodes()}


@contextmanager
def files_no_larger_than(size: int) -> Iterator[None]:
    """As a full disk would, refuse to let any file grow beyond `size` bytes."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@contextmanager
def without_privileges() -> Iterator[None]:
    """What the file system allows binds root, too."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


def test_a_run_on_a_full_disk_goes_on_when_there_is_room(cli: Cli) -> None:
    with files_no_larger_than(400_000):
        sentence = failed(cli(*RUN, "school.db", code=3))
    assert sentence.startswith("cannot write to school.db: ")
    assert sentence.endswith("then go on from what is stored.")
    before = episodes("school.db")
    cli(*RUN, "school.db")
    cli(*RUN, "whole.db")
    after = episodes("school.db")
    assert after == episodes("whole.db")
    assert 0 < len(before) < len(after)
    for name, episode in before.items():  # what was durable is what it was
        assert after[name].turns[: len(episode.turns)] == episode.turns


def test_a_run_waits_for_a_lock_and_then_says_so(cli: Cli) -> None:
    where = "sqlite:///school.db?timeout=0.1"
    cli("run", "--episodes", "1", "--quiet", "--db", where)
    before = episodes("school.db")
    with closing(sqlite3.connect("school.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert failed(cli(*RUN, where, code=3)) == (
            "cannot write to school.db: database is locked; another process is writing to it: let it end, "
            "then try again."
        )
        cli("transcripts", "list", "--db", where)  # reading waits for nobody
    assert episodes("school.db") == before
    cli(*RUN, where)


@pytest.fixture
def guarded(cli: Cli) -> Iterator[Path]:
    """A folder that is not root's, with a database in it; all that commands import is imported."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        cli(*RUN, str(folder / "school.db"))
        cli("transcripts", "list", "--db", str(folder / "school.db"))
        if os.geteuid() == 0:
            for path in (folder, folder / "school.db"):
                os.chown(path, NOBODY, NOBODY)
        yield folder
        folder.chmod(0o700)


def test_a_folder_that_cannot_be_written(cli: Cli, guarded: Path) -> None:
    path, before = guarded / "school.db", (guarded / "school.db").read_bytes()
    guarded.chmod(0o555)
    with without_privileges():
        for words in (RUN, ("transcripts", "list", "--db"), ("transcripts", "check", "--db")):
            assert failed(cli(*words, str(path), code=3)) == (
                f"cannot open {path}: attempt to write a readonly database; "
                "make it, its folder and its -wal and -shm writable, or name another file."
            )
        assert failed(cli(*RUN, str(guarded / "new.db"), code=3)) == (
            f"cannot open {guarded}/new.db: unable to open database file; "
            "look whether its folder can be read and written."
        )
        assert failed(cli(*RUN, str(guarded / "deep" / "new.db"), code=3)) == (
            f"cannot open {guarded}/deep/new.db: Permission denied; "
            "name a file in a folder that can be written."
        )
        cli("transcripts", "list", "--db", f"sqlite:///file:{path}?immutable=1&uri=true")
    assert path.read_bytes() == before
    assert [file.name for file in guarded.iterdir()] == ["school.db"]


def test_a_file_that_cannot_be_written_can_be_read(cli: Cli, guarded: Path) -> None:
    path, before = guarded / "school.db", (guarded / "school.db").read_bytes()
    path.chmod(0o444)
    with without_privileges():
        cli("transcripts", "list", "--db", str(path))
        assert failed(cli(*RUN, str(path), "--seed", "1", code=3)) == (
            f"cannot write to {path}: attempt to write a readonly database; "
            "make it, its folder and its -wal and -shm writable, or name another file."
        )
    assert path.read_bytes() == before
    for file in guarded.iterdir():  # reading it made a log and an index beside it, as unwritable as itself
        file.chmod(0o644)
    cli(*RUN, str(path), "--seed", "1")


@pytest.mark.usefixtures("held")
@pytest.mark.parametrize("share", [0.01, 0.3, 0.9])
def test_a_file_that_was_cut_is_left_as_it_is(cli: Cli, share: float) -> None:
    path = Path("schoolroom.db")
    path.write_bytes(path.read_bytes()[: int(share * path.stat().st_size)])
    before = path.read_bytes()
    commands: list[tuple[str, ...]] = [("transcripts", "runs"), ("transcripts", "check"), ("upgrade",)]
    for words in (*commands, (*RUN, "schoolroom.db")):
        assert failed(cli(*words, code=3)) == (
            "cannot open schoolroom.db: database disk image is malformed; "
            "restore it from a copy, or save what SQLite's '.recover' finds."
        )
    assert path.read_bytes() == before


def test_a_log_without_its_database_is_not_thrown_away(cli: Cli, held: dict[str, Any]) -> None:
    Path("schoolroom.db").rename("aside.db")
    Path("schoolroom.db-wal").write_bytes(b"the last words")
    for words in (("transcripts", "show", held["run"]), (*RUN, "schoolroom.db")):
        assert failed(cli(*words, code=3)) == (
            "schoolroom.db-wal holds the last words of a database that is not there; put schoolroom.db back "
            "beside it, or move it away."
        )
    assert Path("schoolroom.db-wal").read_bytes() == b"the last words"
    assert not Path("schoolroom.db").exists()

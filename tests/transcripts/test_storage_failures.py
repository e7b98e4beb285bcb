"""Files that are cut, damaged or lost, and disks that are full: one sentence, and what is whole stays.

Locks, and full disks under a store that is being written, stand with durability; what cannot be opened at all
stands with the database.
"""

import asyncio
import random
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, event

from schoolroom.transcripts.errors import StoreError
from schoolroom.transcripts.records import Episode
from schoolroom.transcripts.store import Store

from .conftest import DONE, RUN, episode, fill, turn

EPISODES = [
    episode(number, turns=tuple(turn(at, f"{number} {at} {'word ' * 30}") for at in range(4)), ending=DONE)
    for number in range(12)
]
PAGE = 4096


class Files:
    """A database as it stands on the disk: closed, and as a process leaves it that is killed."""

    def __init__(self, folder: Path) -> None:
        path = folder / "school.db"
        with Store.open(path) as store:
            asyncio.run(fill(store, EPISODES))
            self.killed, self.log = path.read_bytes(), Path(f"{path}-wal").read_bytes()
        self.closed = path.read_bytes()
        self.path = folder / "copy.db"

    def put(self, main: bytes, log: bytes | None = None) -> Path:
        for tail in ("", "-wal", "-shm"):
            Path(f"{self.path}{tail}").unlink(missing_ok=True)
        self.path.write_bytes(main)
        if log is not None:
            Path(f"{self.path}-wal").write_bytes(log)
        return self.path


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Files:
    return Files(tmp_path_factory.mktemp("files"))


def read(path: Path) -> list[Episode]:
    """All episodes, read by every way there is; whatever is wrong is a sentence."""
    with Store.open(path) as store:
        for fault in store.faults():
            one_sentence(fault)
        return list(store.episodes())


def one_sentence(message: str) -> None:
    assert "\n" not in message
    assert message.endswith(".")
    assert len(message) < 600


@given(st.data())
def test_a_file_that_was_cut_is_said_to_be_damaged(files: Files, data: st.DataObject) -> None:
    length = data.draw(st.integers(2, len(files.closed) - PAGE))
    with pytest.raises(StoreError, match=r"cannot open .*(malformed; restore it from a copy|not a database)"):
        read(files.put(files.closed[:length]))


@settings(max_examples=12)
@given(st.data())
def test_a_log_that_was_cut_loses_only_what_came_last(files: Files, data: st.DataObject) -> None:
    length = data.draw(st.integers(0, len(files.log)))
    stored = read(files.put(files.killed, files.log[:length]))
    whole = EPISODES[: len(stored)]
    assert [one.id for one in stored] == [one.id for one in whole]
    assert all(one == full for one, full in zip(stored[:-1], whole[:-1], strict=True))
    if stored:
        assert stored[-1].turns == whole[-1].turns[: len(stored[-1].turns)]
    if length == len(files.log):
        assert stored == EPISODES
    with Store.open(files.path) as store:  # and the run goes on
        asyncio.run(fill(store, EPISODES))
        assert list(store.episodes()) == EPISODES


@settings(max_examples=20)
@example(seed=2832, strokes=3)  # SQLite tells of several faults in one row
@given(seed=st.integers(0, 2**32), strokes=st.sampled_from([1, 3, 30, 3_000]))
def test_a_file_that_was_written_over_is_read_or_said_to_be_damaged(
    files: Files, seed: int, strokes: int
) -> None:
    chance, content = random.Random(seed), bytearray(files.closed)
    for _ in range(strokes):
        content[chance.randrange(len(content))] = chance.randrange(256)
    try:
        read(files.put(bytes(content)))
    except StoreError as error:
        one_sentence(str(error))


def test_a_log_without_its_database_is_kept(files: Files) -> None:
    path = files.put(b"", files.log)
    for must_exist in (True, False):
        for lost in (False, True):
            if lost:
                path.unlink(missing_ok=True)
            with pytest.raises(StoreError, match=r"copy\.db-wal holds the last words of a database"):
                Store.open(path, must_exist=must_exist)
    assert Path(f"{path}-wal").read_bytes() == files.log
    path.write_bytes(files.killed)
    assert read(path) == EPISODES


@contextmanager
def pages_at_most(number: int) -> Iterator[None]:
    """As a full disk would, refuse to let a database grow beyond `number` pages."""

    def connected(connection: Any, _: object) -> None:
        connection.execute(f"PRAGMA max_page_count = {number}")

    event.listen(Engine, "connect", connected)
    try:
        yield
    finally:
        event.remove(Engine, "connect", connected)


@pytest.mark.parametrize("pages", [2, 20, 42])
def test_where_there_is_no_room_for_a_database_one_can_be_made_later(tmp_path: Path, pages: int) -> None:
    path = tmp_path / "school.db"
    message = r"cannot (open|write to) .*database or disk is full; make room, then go on from what is stored"
    with pages_at_most(pages), pytest.raises(StoreError, match=message), Store.open(path) as store:
        asyncio.run(fill(store, EPISODES))
    with Store.open(path) as store:
        asyncio.run(fill(store, EPISODES))
        assert list(store.episodes()) == EPISODES
        assert store.run(RUN.id) == RUN
        assert list(store.faults()) == []

"""Who commits what: a lone write by the event loop, all else by the writer's thread."""

import asyncio
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from schoolroom.transcripts.database import Durability
from schoolroom.transcripts.errors import StoreError
from schoolroom.transcripts.store import Store
from schoolroom.transcripts.writer import Writer

from .conftest import RUN, episode, fill, turn


@pytest.fixture
def committers(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The threads that have committed, in order; a refused try counts, too."""
    found: list[str] = []
    commit = Writer._commit

    def watched(self: Writer, *rest: Any) -> list[Any]:
        found.append(threading.current_thread().name)
        return commit(self, *rest)

    monkeypatch.setattr(Writer, "_commit", watched)
    return found


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Inside, another connection is writing."""
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        other.execute("ROLLBACK")
        other.close()


@pytest.mark.parametrize(("durability", "here"), [("normal", True), ("full", False)])
async def test_a_lone_write_is_committed_where_it_is_awaited(
    tmp_path: Path, committers: list[str], durability: Durability, here: bool
) -> None:
    with Store.open(tmp_path / "a.db", durability=durability) as store:
        await fill(store, [episode(1)])
        committers.clear()
        await store.append(episode(1).id, turn(0))
        assert (committers == [threading.current_thread().name]) == here
        assert len(committers) == 1
        await asyncio.gather(*(store.append(episode(1).id, turn(i)) for i in (1, 2, 3)))
        assert committers[1:] == ["schoolroom-writer"]
        assert [t.index for t in next(store.episodes()).turns] == [0, 1, 2, 3]


async def test_the_event_loop_never_waits_for_another_process(tmp_path: Path, committers: list[str]) -> None:
    with Store.open(tmp_path / "a.db") as store:
        await fill(store, [episode(1)])
        committers.clear()
        with locked(tmp_path / "a.db"):
            writing = asyncio.create_task(store.append(episode(1).id, turn(0)))
            while "schoolroom-writer" not in committers:  # the loop turns, though nothing can be written
                await asyncio.sleep(0.001)
            assert not writing.done()
        await writing
        assert next(store.episodes()).turns == (turn(0),)


async def test_a_write_at_fault_is_refused_alone_whoever_commits_it(store: Store) -> None:
    await fill(store, [episode(1, turns=(turn(0),))])
    with pytest.raises(StoreError, match="is stored with other words"):
        await store.append(episode(1).id, turn(0, "1 + 1 = 3"))
    await store.append(episode(1).id, turn(1))
    assert [t.index for t in next(store.episodes(run=RUN.id)).turns] == [0, 1]
    store.close()
    with pytest.raises(StoreError, match="is closed"):
        await store.append(episode(1).id, turn(2))

"""What is long is streamed, whoever reads it; and no query of a part goes through a whole table."""

import asyncio
import re
import weakref
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event

from schoolroom.transcripts import queries, reading, soundness
from schoolroom.transcripts.exchange.forms import export_transcripts
from schoolroom.transcripts.records import Checkpoint, Source
from schoolroom.transcripts.store import Store
from schoolroom.transcripts.tables import metadata

from .conftest import DONE, RUN, episode, example, fill, question, turn

CHUNK, EPISODES = 5, 40


@pytest.fixture
def big(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    """A store of many chunks, in SQLite, whose plans are read."""
    monkeypatch.setattr(reading, "_CHUNK", CHUNK)
    monkeypatch.setattr(soundness, "_CHUNK", CHUNK)
    lessons = ("sums", "differences")
    held = [
        episode(number, question=question(number, lessons[number % 2]), turns=(turn(0),), ending=DONE)
        for number in range(EPISODES)
    ]
    rows = [example(n, sources=[Source(episode=one.id, turn=0)]) for n, one in enumerate(held)]
    ids = tuple(row.id for row in rows)
    with Store.open(tmp_path / "big.db") as store:
        asyncio.run(fill(store, held))
        store.add_examples(rows)
        store.add_checkpoint(
            Checkpoint(id="c", path="out", recipe="rationale", examples=ids, steps=1, tokens=1, seed=0)
        )
        yield store


@pytest.fixture
def most_alive(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The highest number of episodes and training rows that were in memory at once."""
    alive, most = 0, [0]

    def gone() -> None:
        nonlocal alive
        alive -= 1

    def counted(read: Callable[..., list[Any]]) -> Callable[..., list[Any]]:
        def reads(*given: Any, **settings: Any) -> list[Any]:
            nonlocal alive
            found = read(*given, **settings)
            for record in found:
                weakref.finalize(record, gone)
            alive += len(found)
            most[0] = max(most[0], alive)
            return found

        return reads

    for name in ("episodes", "examples"):
        monkeypatch.setattr(queries, name, counted(getattr(queries, name)))
    return most


def through(records: Iterable[object]) -> int:
    return sum(1 for _ in records)


STREAMS: dict[str, Callable[[Store, Path], object]] = {
    "episodes": lambda store, _: through(store.episodes()),
    "of a lesson": lambda store, _: through(store.episodes(lesson="sums")),
    "training rows": lambda store, _: through(store.examples()),
    "of a checkpoint": lambda store, _: through(store.examples(checkpoint="c")),
    "jsonl": lambda store, path: export_transcripts(store, path, form="jsonl"),
    "openai": lambda store, path: export_transcripts(store, path, form="openai"),
    "lessons in openai": lambda store, path: export_transcripts(
        store, path, form="openai", lessons=["sums", "differences"]
    ),
    "faults": lambda store, _: not list(store.faults()),
}


@pytest.mark.parametrize("name", STREAMS)
def test_a_stream_holds_a_chunk_or_two(big: Store, most_alive: list[int], tmp_path: Path, name: str) -> None:
    assert STREAMS[name](big, tmp_path / "out")
    # The chunk that is given out, the next one, and the rows that an export of everything begins with.
    assert CHUNK <= most_alive[0] <= 3 * CHUNK < EPISODES / 2


@pytest.fixture
def plans(big: Store) -> Iterator[list[str]]:
    """How SQLite goes about every query that is asked."""
    engine: Engine = big._database.reader
    asked: list[str] = []

    def explain(_connection: Any, cursor: Any, statement: str, values: Any, *_: Any) -> None:
        if statement.lstrip().upper().startswith(("SELECT", "WITH")):
            told = cursor.connection.execute(f"EXPLAIN QUERY PLAN {statement}", values)
            asked.extend(row[3] for row in told)

    event.listen(engine, "before_cursor_execute", explain)
    yield asked
    event.remove(engine, "before_cursor_execute", explain)


PARTS: dict[str, Callable[[Store], object]] = {
    "a run": lambda store: through(store.episodes(run=RUN.id)),
    "a lesson of a run": lambda store: through(store.episodes(run=RUN.id, lesson="sums")),
    "a lesson": lambda store: through(store.episodes(lesson="sums")),
    "an ending": lambda store: through(store.episodes(ending="finished", calls=False)),
    "an episode": lambda store: store.episode("0003-episode"),
    "a call": lambda store: store.call("key-0"),
    "counts of a run": lambda store: store.counts(RUN.id).turns,
    "where a row came from": lambda store: store.lineage(example(3).id),
    "what a checkpoint learnt": lambda store: store.learnt_from("c"),
    "rows of a checkpoint": lambda store: through(store.examples(checkpoint="c")),
    "rows of a recipe": lambda store: through(store.examples(recipe="rationale")),
}


@pytest.mark.parametrize("name", PARTS)
def test_no_part_costs_a_look_at_everything(big: Store, plans: list[str], name: str) -> None:
    assert PARTS[name](big)
    tables = "|".join(metadata.tables)
    assert any(re.match(rf"SEARCH ({tables})\b", step) for step in plans)
    assert not [step for step in plans if re.match(rf"SCAN ({tables})\b", step)]


def test_a_lesson_is_not_sorted_for_every_chunk(big: Store, plans: list[str]) -> None:
    assert through(big.episodes(lesson="sums", calls=False)) == EPISODES // 2
    assert not [step for step in plans if "ORDER BY" in step]

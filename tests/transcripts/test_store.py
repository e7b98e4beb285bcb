"""The store gives back what it was given: whole, chosen, traced to its source, and while others write."""

import asyncio
import tempfile
import threading
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schoolroom.transcripts.errors import NotStored
from schoolroom.transcripts.records import Checkpoint, Ending, Episode, Example, Run, Source
from schoolroom.transcripts.store import Counts, Store

from .conftest import DONE, RUN, episode, example, fill, question, turn


@settings(max_examples=60)
@given(
    st.from_type(Run),
    st.lists(st.from_type(Episode), max_size=3, unique_by=lambda one: one.id),
    st.booleans(),
)
def test_runs_and_episodes_come_back_equal(run: Run, drawn: list[Episode], reopened: bool) -> None:
    episodes = [
        one.model_copy(update={"run": run.id, "lost_calls": one.lost_calls if one.ending else ()})
        for one in drawn
    ]
    with tempfile.TemporaryDirectory() as folder:
        with Store.open(f"{folder}/school.db") as store:
            asyncio.run(fill(store, episodes, run))
            if not reopened:
                assert (store.runs(), list(store.episodes())) == ([run], episodes)
        if reopened:
            with Store.open(f"{folder}/school.db", must_exist=True) as store:
                assert (store.run(run.id), list(store.episodes(run=run.id))) == (run, episodes)
                bare = [
                    one.model_copy(
                        update={
                            "turns": tuple(t.model_copy(update={"calls": ()}) for t in one.turns),
                            "lost_calls": (),
                        }
                    )
                    for one in episodes
                ]
                assert list(store.episodes(calls=False)) == bare


@settings(max_examples=40)
@given(st.lists(st.from_type(Example), max_size=4, unique_by=lambda one: one.id), st.from_type(Checkpoint))
def test_examples_and_checkpoints_come_back_equal(drawn: list[Example], checkpoint: Checkpoint) -> None:
    examples = [
        one.model_copy(update={"sources": (Source(episode="0001-episode", turn=0),)}) for one in drawn
    ]
    checkpoint = checkpoint.model_copy(update={"examples": tuple(one.id for one in reversed(examples)) * 2})
    with tempfile.TemporaryDirectory() as folder, Store.open(f"{folder}/school.db") as store:
        asyncio.run(fill(store, [episode(1, turns=(turn(0),))]))
        assert store.add_examples(iter(examples)) == len(examples)
        store.add_checkpoint(checkpoint)
        assert list(store.examples()) == examples
        assert store.checkpoint(checkpoint.id) == checkpoint
        assert store.checkpoints() == [checkpoint]
        assert list(store.examples(checkpoint=checkpoint.id)) == examples[::-1] * 2


async def test_episodes_can_be_chosen(store: Store) -> None:
    other = Run(id="run-2", plan={}, seed=0)
    await store.add_run(other)
    await fill(
        store,
        [
            episode(3, ending=DONE),
            episode(1, script="exam"),
            episode(2, question=question(2, "carries"), ending=Ending(kind="cut_short")),
            episode(9, run="run-2", question=question(3), turns=(turn(0, calls=2), turn(1))),
        ],
    )

    def chosen(**wanted: Any) -> str:
        return "".join(one.id[3] for one in store.episodes(**wanted))

    assert chosen() == "3129"  # as they were begun
    assert (chosen(run="run-1"), chosen(run="run-2")) == ("312", "9")
    assert (chosen(lesson="carries"), chosen(script="exam"), chosen(lesson="none")) == ("2", "1", "")
    assert (chosen(ending="finished"), chosen(ending="cut_short"), chosen(ending="open")) == ("3", "2", "19")
    assert chosen(run="run-1", ending="open") == "1"
    assert store.counts() == Counts(episodes=4, finished=1, cut_short=1, open=2, turns=2, calls=3)
    assert store.counts("run-1") == Counts(episodes=3, finished=1, cut_short=1, open=1, turns=0, calls=0)
    assert store.counts("run-2").calls == 3
    with pytest.raises(NotStored, match="no run 'run-3' is stored; did you mean 'run-2'"):
        store.episodes(run="run-3")  # at once, not at the first episode


async def test_long_streams_come_whole_and_end_where_they_began_to_end(store: Store) -> None:
    many = [episode(number, turns=(turn(0),)) for number in range(230)]
    await fill(store, many[:205])
    stream = store.episodes()
    read = [next(stream)]
    await fill(store, many[205:])  # in the midst of reading
    assert [*read, *stream] == many[:205]
    assert list(store.episodes()) == many
    rows = [example(number, recipe="abc"[number % 3]) for number in range(2_300)]
    assert store.add_examples(iter(rows)) == 2_300
    assert list(store.examples()) == rows
    assert list(store.examples(recipe="b")) == rows[1::3]


async def test_lineage_leads_from_a_training_row_to_persona_and_lesson(store: Store) -> None:
    silent = turn(1, "said without a model", calls=0)
    whole = episode(1, turns=(turn(0, calls=2), silent))
    await fill(store, [whole])
    row = example(1, sources=[Source(episode=whole.id, turn=1), Source(episode=whole.id, turn=0)])
    store.add_examples([row])
    lines = store.lineage(row.id[:5])
    assert [(line.turn, line.call, line.model) for line in lines] == [
        (1, None, "hf:tiny"),
        (0, "key-0", "hf:tiny"),
        (0, "key-0", "hf:tiny"),
    ]
    assert {(line.persona, line.lesson, line.run, line.question) for line in lines} == {
        ("careless@1", "sums", "run-1", whole.question.id)
    }


async def test_ids_may_be_shortened_while_they_stay_plain(store: Store) -> None:
    await fill(store, [episode(number) for number in (0x1A, 0x1B, 0x2A)])
    assert store.episode("002").id == "002a-episode"
    assert store.episode("001a-episode").id == "001a-episode"
    with pytest.raises(NotStored) as caught:
        store.episode("001")
    assert str(caught.value).startswith(
        "'001' begins 2 ids (episode): 001a-episode, 001b-episode; give more of it. "
        "'schoolroom transcripts list' shows what "
    )
    for wildcard in ("%", "_", "0_1"):
        with pytest.raises(NotStored, match=f"no episode '{wildcard}' is stored"):
            store.episode(wildcard)
    with pytest.raises(NotStored, match="no checkpoint 'x' is stored;"):
        store.checkpoint("x")
    with pytest.raises(NotStored, match="no example 'x' is stored;"):
        store.lineage("x")


def test_two_stores_read_while_one_writes(where: str) -> None:
    numbers = range(60)
    with Store.open(where) as writing, Store.open(where) as first, Store.open(where) as second:
        seen: dict[str, list[int]] = {"first": [], "second": []}
        done = threading.Event()

        def watch(name: str, store: Store) -> None:
            while not done.is_set():
                seen[name].append(sum(len(one.turns) for one in store.episodes()))

        threads = [
            threading.Thread(target=watch, args=named) for named in (("first", first), ("second", second))
        ]
        for thread in threads:
            thread.start()
        asyncio.run(fill(writing, [episode(number, turns=(turn(0), turn(1))) for number in numbers]))
        done.set()
        for thread in threads:
            thread.join()
        for counts in seen.values():
            assert counts == sorted(counts)  # what was once seen stays
        assert len(list(first.episodes())) == len(list(second.episodes())) == len(numbers)


def test_one_store_serves_several_event_loops_and_threads(store: Store) -> None:
    asyncio.run(store.add_run(RUN))
    threads = [
        threading.Thread(target=lambda number=number: asyncio.run(store.begin(episode(number))))
        for number in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {one.id for one in store.episodes()} == {episode(number).id for number in range(8)}

"""Writing the same thing twice changes nothing, and what contradicts or cannot be stored is refused."""

import asyncio
from collections.abc import Callable, Coroutine
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from schoolroom.transcripts.errors import NotStored, StoreError
from schoolroom.transcripts.records import Checkpoint, Ending, Episode, Run, Source, now
from schoolroom.transcripts.store import Store

from .conftest import DONE, RUN, episode, example, fill, question, turn


async def test_writing_the_same_again_changes_nothing(store: Store) -> None:
    whole = episode(1, turns=(turn(0), turn(1)), ending=DONE)
    await fill(store, [whole])
    later = RUN.model_copy(update={"started": RUN.started.replace(year=2100)})
    await fill(store, [whole], later)
    await asyncio.gather(*(store.append(whole.id, turn(2)) for _ in range(3)))
    whole = whole.model_copy(update={"turns": (*whole.turns, turn(2))})
    assert (store.runs(), list(store.episodes())) == ([RUN], [whole])
    assert store.add_examples([example(1), example(2), example(1)]) == 2
    assert store.add_examples([example(2), example(3)]) == 1
    checkpoint = Checkpoint(
        id="c", path="out", recipe="r", examples=(example(1).id,), steps=1, tokens=1, seed=0
    )
    store.add_checkpoint(checkpoint)
    store.add_checkpoint(checkpoint)
    assert store.checkpoints() == [checkpoint]
    saved_again = {"path": "elsewhere", "created": now(), "versions": {"torch": "9"}}
    elsewhere = checkpoint.model_copy(update=saved_again)
    store.add_checkpoint(elsewhere)  # the same training
    assert store.checkpoints() == [elsewhere]
    with pytest.raises(StoreError, match="another checkpoint is stored as 'c'"):
        store.add_checkpoint(checkpoint.model_copy(update={"steps": 2}))


async def test_the_order_of_keys_makes_no_other_thing(store: Store) -> None:
    def of(metadata: dict[str, Any]) -> Episode:
        return episode(1, question=question(1).model_copy(update={"metadata": metadata}))

    await store.add_run(Run(id=RUN.id, plan={"a": 1, "b": {"c": 2, "d": 3}}, seed=0))
    await store.add_run(Run(id=RUN.id, plan={"b": {"d": 3, "c": 2}, "a": 1}, seed=0))
    await store.begin(of({"a": 1, "b": 2}))
    await store.begin(of({"b": 2, "a": 1}))
    assert store.counts().episodes == 1


async def test_another_thing_under_the_same_name_is_refused(store: Store) -> None:
    await fill(store, [episode(1, turns=(turn(0),))])
    refused: list[tuple[Callable[[], Coroutine[Any, Any, None]], str]] = [
        (
            lambda: store.append("0001-episode", turn(0, "1 + 1 = 3")),
            "turn 0 of episode '0001-episode' is stored with other words or calls; "
            "what was said is never changed: fork the episode instead.",
        ),
        (
            lambda: store.append("0001-episode", turn(0, calls=2)),
            "turn 0 of episode '0001-episode' is stored with other words or calls",
        ),
        (
            lambda: store.begin(episode(1, seed=2)),
            "another episode is stored as '0001-episode'; give this one an id of its own.",
        ),
        (
            lambda: store.add_run(RUN.model_copy(update={"plan": {}})),
            "another plan is stored as run 'run-1'; give this one an id of its own.",
        ),
    ]
    for write, message in refused:
        with pytest.raises(StoreError) as caught:
            await write()
        assert message in str(caught.value)
    assert store.episode("0001").turns == (turn(0),)


async def test_what_points_at_nothing_is_refused_and_the_rest_of_the_commit_stays(store: Store) -> None:
    await fill(store, [episode(1)])
    outcomes = await asyncio.gather(
        store.append("0001-episode", turn(0)),
        store.append("nowhere", turn(0)),
        store.begin(episode(2, run="run-2")),
        store.end("nowhere", DONE),
        store.end_run("nowhere", DONE),
        store.end("0001-episode", DONE),
        return_exceptions=True,
    )
    assert [str(outcome) for outcome in outcomes if outcome] == [
        "episode 'nowhere' is not stored; begin it before its turns.",
        "episode '0002-episode' belongs to run 'run-2', which is not stored; add it first.",
        "episode 'nowhere' is not stored, so it cannot end.",
        "run 'nowhere' is not stored, so it cannot end.",
    ]
    assert all(isinstance(outcome, NotStored) for outcome in outcomes if outcome)
    assert list(store.episodes()) == [episode(1, turns=(turn(0),), ending=DONE)]
    astray = example(1, sources=[Source(episode="0001-episode", turn=5)])
    with pytest.raises(
        NotStored, match=r"comes from turn 5 of episode '0001-episode', which is not stored here"
    ):
        store.add_examples([astray])
    checkpoint = Checkpoint(id="c", path="p", recipe="r", examples=("e1", "e2"), steps=1, tokens=1, seed=0)
    with pytest.raises(
        NotStored, match=r"trained on 2 examples that are not stored, 'e1' among them; add the"
    ):
        store.add_checkpoint(checkpoint)
    assert store.checkpoints() == []


async def test_what_no_database_can_hold_is_refused_and_the_rest_goes_on(store: Store) -> None:
    await fill(store, [])
    cyclic: dict[str, Any] = {}
    cyclic["itself"] = cyclic
    for wrong in (
        episode(1, seed=2**70),
        episode(1, question=question(1).model_copy(update={"metadata": {"a": object()}})),
        episode(1, question=question(1).model_copy(update={"metadata": cyclic})),
        episode(1, script="\ud800"),
    ):
        with pytest.raises(StoreError, match="this cannot be stored: "):
            await store.begin(wrong)
    no_date_in_utc = datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=5)))
    for bad in (
        Run(id="run-2", plan={"a": object()}, seed=0),
        Run(id="run-2", plan={}, seed=0, started=no_date_in_utc),
    ):
        with pytest.raises(StoreError, match="this cannot be stored: "):
            await store.add_run(bad)
    await store.begin(episode(1))
    assert list(store.episodes()) == [episode(1)]


@pytest.mark.parametrize("unsayable", ["\ud83d", "\0"])
async def test_text_that_no_database_can_hold_is_mended_before_it_is_stored(
    store: Store, unsayable: str
) -> None:
    broken = turn(0, f"half a smile: {unsayable}")
    assert broken.text == "half a smile: ?"
    await fill(store, [episode(1, turns=(broken,))])
    assert store.episode("0001").turns == (broken,)


async def test_a_resumed_episode_ends_as_it_ends_last(store: Store) -> None:
    await fill(store, [episode(1, ending=Ending(kind="cut_short", reason="RateLimited: 429"))])
    assert [one.id for one in store.episodes(ending="cut_short")] == ["0001-episode"]
    await store.end("0001-episode", DONE)
    await store.end_run(RUN.id, DONE)
    assert [one.ending for one in store.episodes(ending="finished")] == [DONE]
    assert store.run("run-1").ending == DONE


async def test_lost_calls_are_kept_once_and_grow_with_each_session(store: Store) -> None:
    cut = Ending(kind="cut_short", reason="ReplyError: unusable")
    first, second = turn(0, calls=2).calls, turn(1, calls=1).calls
    await fill(store, [episode(1, ending=cut, lost_calls=first), episode(2)])
    for lost in (first, (*first, *second), ()):
        await store.end("0001-episode", DONE, lost)
    assert store.episode("0001").lost_calls == (*first, *second)
    assert store.episode("0002").lost_calls == ()
    assert store.counts().calls == 3
    with pytest.raises(NotStored, match="'none' is not stored, so it cannot end"):
        await store.end("none", DONE, first)

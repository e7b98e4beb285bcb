"""Following a run: each look tells what is new, all looks together tell everything, and nothing twice."""

from collections.abc import Sequence

import pytest

from schoolroom.environments.mastery import unaided_answer
from schoolroom.environments.reports import Totals
from schoolroom.transcripts import following
from schoolroom.transcripts.errors import NotStored
from schoolroom.transcripts.following import Change
from schoolroom.transcripts.records import Ask, Ending, Episode, Grade, Message, ModelCall, Role, Turn, Usage
from schoolroom.transcripts.store import Store

from .conftest import DONE, RUN, episode, fill, question, turn

CUT = Ending(kind="cut_short", reason="ModelUnavailable: HTTP 503")


def grade(index: int, *, correct: bool, of: int = 0) -> Turn:
    return Turn(
        index=index,
        seat="grader",
        role=Role.GRADER,
        persona="exact@1",
        ask=Ask.GRADE,
        heard=(of,),
        text="graded",
        payload=Grade(score=float(correct), correct=correct),
    )


def call(cost: float | None, *, cached: bool = False) -> ModelCall:
    prompt = (Message(role="user", content="1 + 1 ="),)
    usage = Usage(prompt_tokens=10, completion_tokens=3)
    return ModelCall(key="key", model="m", messages=prompt, reply="2", usage=usage, cost=cost, cached=cached)


def names(changes: Sequence[Change]) -> list[str]:
    return [change.after.episode for change in changes]


async def test_each_look_tells_what_is_new_and_nothing_twice(store: Store) -> None:
    first, second = episode(1, turns=(turn(0),)), episode(2)
    await fill(store, [first, second])
    followed = store.follow(RUN.id)
    changes = followed.look()
    assert names(changes) == [first.id, second.id]
    assert [change.before for change in changes] == [None, None]
    assert [change.after.turns for change in changes] == [1, 0]
    assert not followed.is_behind
    assert followed.look() == []

    await store.append(second.id, turn(0))
    third = episode(3, turns=(turn(0), grade(1, correct=True)), ending=DONE)
    await fill(store, [third])
    changes = followed.look()
    assert names(changes) == [second.id, third.id]
    assert changes[0].before is not None
    assert (changes[0].before.turns, changes[0].after.turns) == (0, 1)

    await store.end(first.id, CUT)
    await store.end(second.id, DONE)
    endings = {change.after.episode: change.after.ending for change in followed.look()}
    assert endings == {first.id: CUT, second.id: DONE}
    assert followed.look() == []


async def test_what_was_cut_short_and_is_tried_again_is_seen(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(following, "_AGAIN", 2)
    await fill(store, [episode(number, ending=CUT) for number in range(5)])
    followed = store.follow(RUN.id)
    assert len(followed.look()) == 5
    await store.end(episode(4).id, DONE)
    assert [name for _ in range(6) for name in names(followed.look())] == [episode(4).id]


async def test_a_long_run_is_taken_in_by_looks_of_a_set_size(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(following, "_NEW", 3)
    await fill(store, [episode(number, ending=DONE) for number in range(7)])
    followed, looks = store.follow(RUN.id[:3]), []
    while followed.is_behind:
        looks.append(names(followed.look()))
    assert [len(look) for look in looks] == [3, 3, 1]
    assert [name for look in looks for name in look] == [episode(number).id for number in range(7)]


async def test_a_glance_counts_what_the_whole_episode_would(store: Store) -> None:
    derived = turn(0).model_copy(update={"question": question(9, "other")})
    heard = turn(0).model_copy(update={"index": 2, "ask": Ask.REVISE, "heard": (0, 1)})
    paid = turn(0, calls=0).model_copy(update={"calls": (call(0.25), call(None), call(1.0, cached=True))})
    held = [
        episode(1, turns=(turn(0), grade(1, correct=True)), ending=DONE),
        episode(2, turns=(turn(0), grade(1, correct=False)), ending=DONE),
        episode(3, turns=(turn(0), grade(1, correct=True, of=2), heard), ending=DONE),
        episode(4, turns=(derived, grade(1, correct=True)), ending=DONE),
        episode(5, turns=(paid,), ending=CUT, lost_calls=(call(0.5), call(None))),
        episode(6),
    ]
    await fill(store, held)
    found = {change.after.episode: change.after for change in store.follow(RUN.id).look()}
    for one in held:
        glance, totals = found[one.id], Totals().plus(one)
        assert (glance.lesson, glance.ending, glance.turns) == ("sums", one.ending, len(one.turns))
        assert unaided_answer(glance.evidence) is unaided_answer(one.turns)
        assert (glance.spent.calls, glance.spent.cached) == (totals.calls, totals.cached)
        assert glance.spent.prompt_tokens == totals.prompt_tokens
        assert glance.spent.completion_tokens == totals.completion_tokens
        assert (glance.spent.unpriced > 0) is (totals.cost is None)
    assert found[held[4].id].spent.cost == 0.75


async def test_words_come_in_the_order_in_which_they_are_asked_for(store: Store) -> None:
    held: list[Episode] = [episode(number, turns=(turn(0, f"said {number}", calls=0),)) for number in (1, 2)]
    await fill(store, held)
    followed = store.follow(RUN.id)
    assert followed.episodes([held[1].id, held[0].id]) == [held[1], held[0]]
    assert followed.episodes([]) == []


async def test_a_run_stands_as_whoever_works_on_it_says(store: Store) -> None:
    async with store.lease(RUN):
        followed = store.follow(RUN.id)
        ending, lease = followed.standing()
        assert ending is None
        assert lease is not None
        assert lease.is_held
    assert followed.standing() == (None, None)
    await store.end_run(RUN.id, DONE)
    assert followed.standing() == (DONE, None)
    with pytest.raises(NotStored, match="no run 'other'"):
        store.follow("other")

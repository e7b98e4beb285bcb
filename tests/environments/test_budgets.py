"""Budgets: what counts, when nobody is asked any more, and that a larger one goes on where it stopped."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from schoolroom.environments.budgets import Budget, Limits, Meter
from schoolroom.environments.examination import sit_exam
from schoolroom.environments.reports import Totals
from schoolroom.environments.school import School
from schoolroom.transcripts.errors import ReplyError, UnknownName
from schoolroom.transcripts.records import Cue, Line, Message, ModelCall, Usage
from schoolroom.transcripts.store import Store

from .conftest import DIAMOND, Speaker, Watcher, asked, course, knows, lesson, seats, solves

PRICE, TOKENS = 0.25, 10


def call(cost: float | None = PRICE, *, tokens: int = TOKENS, cached: bool = False) -> ModelCall:
    return ModelCall(
        key="k",
        model="small",
        messages=(Message(role="user", content="2 * 2 ="),),
        reply="4",
        usage=Usage(prompt_tokens=tokens - 1, completion_tokens=1),
        cost=cost,
        cached=cached,
    )


class Paid(Speaker):
    """Says what it says at a price."""

    cost: float | None = PRICE
    cached = False

    async def speak(self, cue: Cue) -> Line:
        line = await super().speak(cue)
        return line.model_copy(update={"calls": (call(self.cost, cached=self.cached),)})


def paid_seats(share: float = 1.0) -> dict[str, Speaker]:
    """A student who is paid for every word, among others who ask nothing."""
    return {**seats(), "student": Paid("student", solves(share))}


def budget(**limits: Any) -> Budget:
    return Budget.model_validate(limits)


def test_each_limit_has_its_own_sentence() -> None:
    for limits, reason in (
        ({"max_cost": 0.5}, "budget: 0.500 of 0.500 US dollars are spent"),
        ({"max_cost": 0.001}, "budget: 0.50000 of 0.00100 US dollars are spent"),
        ({"max_tokens": 20}, "budget: 20 of 20 tokens are spent"),
        ({"each": {"max_tokens": 15}}, "budget: lesson 'a': 20 of 15 tokens are spent"),
        ({"lessons": {"a": {"max_cost": 0.2}}}, "budget: lesson 'a': 0.500 of 0.200 US dollars are spent"),
    ):
        meter = Meter(budget(**limits))
        assert meter.reason("a") is None
        meter.charge("a", [call(), call()])
        assert meter.reason("a") == reason
        assert (meter.reason("b") is None) == ("lesson" in reason)
    assert Meter(budget(max_cost=5.0)).reasons(["a"]) == ""


def test_seconds_count_from_the_first_cue_and_lesson_by_lesson() -> None:
    now = 100.0
    meter = Meter(budget(max_seconds=60, each={"max_seconds": 20}), clock=lambda: now)
    now = 200.0
    assert meter.reason("a") is None
    now = 219.9
    assert meter.reason("b") is None
    now = 220.0
    assert meter.reason("a") == "budget: lesson 'a': 20.0 of 20.0 seconds are over"
    assert meter.reason("b") is None
    now = 261.0
    assert meter.reasons(["a", "b"]) == "budget: 61.0 of 60.0 seconds are over"


def test_an_unknown_price_ends_what_has_a_limit_in_dollars_and_nothing_else() -> None:
    sentence = "the price of model 'small' is not known, so --max-cost cannot hold; use --max-tokens"
    meter = Meter(budget(max_tokens=1000, lessons={"a": {"max_cost": 1.0}}))
    meter.charge("b", [call(None)])
    assert meter.reason("b") is None
    meter.charge("a", [call(None)])
    assert meter.reason("a") == f"budget: lesson 'a': {sentence}"
    assert meter.reason("b") is None


def test_what_the_store_answered_costs_nothing() -> None:
    meter = Meter(budget(max_cost=0.1, max_tokens=1))
    meter.charge("a", [call(None, cached=True)])
    assert meter.reason("a") is None


@given(st.lists(st.tuples(st.sampled_from("ab"), st.integers(1, 50)), max_size=30), st.integers(1, 300))
def test_a_limit_is_reached_exactly_when_the_sum_reaches_it(calls: list[tuple[str, int]], limit: int) -> None:
    meter, spent = Meter(budget(each={"max_tokens": limit})), {"a": 0, "b": 0}
    for id_, tokens in calls:
        meter.charge(id_, [call(tokens=tokens)])
        spent[id_] += tokens
        for other, sum_ in spent.items():
            assert (meter.reason(other) is not None) == (sum_ >= limit)


def test_a_lesson_of_its_own_limit_keeps_the_others_of_each() -> None:
    given = budget(each={"max_cost": 1.0, "max_tokens": 5}, lessons={"a": {"max_cost": 2.0}})
    assert given.of_lesson("a") == Limits(max_cost=2.0, max_tokens=5)
    assert given.of_lesson("b") == Limits(max_cost=1.0, max_tokens=5)
    with pytest.raises(ValidationError, match="greater than 0"):
        budget(max_cost=-1)


def test_a_budget_for_an_unknown_lesson_is_refused() -> None:
    with pytest.raises(UnknownName, match="unknown lesson 'z'"):
        School(DIAMOND, seats(), budget=budget(lessons={"z": {"max_tokens": 1}}))


@pytest.mark.parametrize("concurrency", [1, 5])
async def test_a_run_stops_at_its_budget_and_goes_on_with_a_larger_one(
    concurrency: int, database: Path
) -> None:
    def school(
        store: Store | None, seated: dict[str, Speaker], allowed: Budget | None, **rest: Any
    ) -> School:
        return School(DIAMOND, seated, store, wave=8, seed=3, concurrency=concurrency, budget=allowed, **rest)

    whole = Watcher()
    complete = paid_seats(0.9)
    await school(None, complete, None, observers=[whole]).run()

    with Store.open(database) as store:
        first = await school(store, paid_seats(0.9), budget(max_tokens=105)).run()
        assert first.lessons[0].state == "out_of_budget"
        assert first.out_of_budget == first.lessons[0].reason
        spent = first.totals.prompt_tokens + first.totals.completion_tokens
        assert first.out_of_budget == f"budget: {spent} of 105 tokens are spent"
        assert 105 <= spent <= 105 + concurrency * TOKENS  # what was under way, and no more
        stored = list(store.episodes(run=first.run))
        assert first.lessons[0].taught + first.lessons[0].under_way == len(stored)
        assert len(list(store.episodes(run=first.run, ending="open"))) == first.lessons[0].under_way
        assert not list(store.episodes(ending="cut_short"))
        ending = store.run(first.run).ending
        assert ending is not None
        assert (ending.kind, ending.reason) == ("cut_short", first.out_of_budget)

        again = paid_seats(0.9)
        same = await school(store, again, budget(max_tokens=105)).run()  # earlier sessions count
        assert asked(again) == 0
        assert same.out_of_budget == first.out_of_budget

        rest = paid_seats(0.9)
        done = await school(store, rest, budget(max_tokens=10**9)).run()
        assert done.out_of_budget is None
        assert {e.id: e.turns for e in store.episodes(run=done.run)} == {
            e.id: e.turns for e in whole.episodes
        }
        paid = sum(len(turn.calls) for e in stored for turn in e.turns)
        assert rest["student"].asked + paid == complete["student"].asked  # nothing is paid for twice
        ending = store.run(first.run).ending
        assert ending is not None
        assert ending.kind == "finished"


async def test_a_lesson_out_of_budget_opens_nothing_and_stops_nobody_else() -> None:
    two = course(lesson("a"), lesson("b"), lesson("c", "a"))
    allowed = budget(lessons={"a": {"max_cost": 1.0}})
    report = await School(two, paid_seats(), concurrency=1, gate="taught", budget=allowed).run()
    a, b, c = report.lessons
    assert (a.state, a.finished, a.under_way) == ("out_of_budget", 3, 1)
    assert a.reason == report.out_of_budget == "budget: lesson 'a': 1.00 of 1.00 US dollars are spent"
    assert (b.state, c.state) == ("mastered", "not_reached")


async def test_lost_calls_are_spent_too_and_kept(database: Path) -> None:
    class Babbling(Paid):
        async def speak(self, cue: Cue) -> Line:
            await super().speak(cue)
            error = ReplyError("no answer.")
            error.calls = (call(), call())
            raise error

    with Store.open(database) as store:
        seated = {**seats(), "student": Babbling("student", solves(1.0))}
        allowed = budget(max_tokens=60)
        report = await School(course(lesson("a")), seated, store, wave=8, concurrency=1, budget=allowed).run()
        assert report.out_of_budget == "budget: 60 of 60 tokens are spent"
        assert [len(e.lost_calls) for e in store.episodes()] == [2, 2, 2]


async def test_a_failure_beside_a_cue_that_was_not_asked_any_more_ends_its_episode(database: Path) -> None:
    """Of two students cued at once the first spends the budget in vain, and the second is not asked."""

    class Vain(Speaker):
        async def speak(self, cue: Cue) -> Line:
            error = ReplyError("no answer.")
            error.calls = (call(),)
            raise error

    first, second = Vain("student", knows), Speaker("student", knows)
    first.name, second.name = "student-1", "student-2"
    seated = {**seats(), "student-1": first, "student-2": second}
    with Store.open(database) as store:
        report = await School(
            course(lesson("a")),
            seated,
            store,
            script="seminar",
            settings={"students": 2},
            concurrency=1,
            wave=2,
            budget=budget(max_tokens=TOKENS),
        ).run()
        (episode,) = store.episodes()
    assert report.lessons[0].state == "out_of_budget"
    assert second.asked == 0
    assert episode.ending is not None
    assert episode.ending.reason == "ReplyError: no answer."
    assert episode.lost_calls == (call(),)


async def test_an_exam_stops_at_its_budget_and_goes_on(database: Path) -> None:
    subject = course(lesson("a"))

    def cued() -> tuple[Speaker, Speaker]:
        seated = paid_seats()
        return seated["student"], seated["grader"]

    with Store.open(database) as store:
        run, episodes = await sit_exam(
            subject, *cued(), store, questions=10, max_revisions=0, concurrency=1, budget=budget(max_cost=1.0)
        )
        assert run.ending is not None
        assert run.ending.reason == "budget: 1.00 of 1.00 US dollars are spent"
        assert 0 < len(episodes) < 10
        assert store.run(run.id).ending == run.ending
        run, episodes = await sit_exam(
            subject, *cued(), store, questions=10, max_revisions=0, budget=budget(max_cost=100.0)
        )
        assert run.ending is not None
        assert run.ending.kind == "finished"
        assert len(episodes) == 10


async def test_calls_from_the_store_are_counted_apart() -> None:
    watcher = Watcher()
    seated = paid_seats()
    report = await School(course(lesson("a")), seated, episodes=2, observers=[watcher]).run()
    assert (report.totals.calls, report.totals.cached) == (2, 0)
    (episode, _) = watcher.episodes
    free = episode.model_copy(update={"lost_calls": (call(None, cached=True),)})
    totals = Totals().plus(free)
    assert (totals.calls, totals.cached) == (2, 1)
    assert totals.prompt_tokens + totals.completion_tokens == TOKENS
    assert totals.cost == PRICE

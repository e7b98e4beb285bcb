"""The micro-batcher: who shares a batch, in which thread, and what happens when things go wrong."""

import asyncio
import gc
import threading
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schoolroom.agents.batching import BatchingGenerator, shared_batcher
from schoolroom.agents.fakes import FakeGenerator
from schoolroom.transcripts.errors import ModelRefused, ModelUnavailable, ProtocolError
from schoolroom.transcripts.generation import Generated, Request
from schoolroom.transcripts.records import Message


def request(text: str, seed: int = 0) -> Request:
    return Request(messages=(Message(role="user", content=text),), seed=seed)


def echo(asked: Request) -> str:
    return asked.messages[-1].content


async def submit_all(batcher: BatchingGenerator, texts: Sequence[str]) -> list[str]:
    return [g.text for g in await asyncio.gather(*(batcher.submit(request(text)) for text in texts))]


class Gate(FakeGenerator):
    """Waits within each batch until it is let through."""

    def __init__(self) -> None:
        super().__init__(echo)
        self.entered, self.open = threading.Event(), threading.Event()

    def generate(self, requests: Sequence[Request]) -> list[Generated]:
        self.entered.set()
        assert self.open.wait(10)
        return super().generate(requests)


async def entered(gate: Gate) -> None:
    assert await asyncio.to_thread(gate.entered.wait, 10)


SAYABLE = st.characters(codec="utf-8", exclude_characters="\0")
"""What records keep as it is."""


@settings(max_examples=20)
@given(
    texts=st.lists(st.text(SAYABLE, max_size=20), min_size=1, max_size=40),
    most=st.integers(1, 10),
)
def test_everybody_gets_their_own_reply(texts: list[str], most: int) -> None:
    model = FakeGenerator(echo)
    batcher = BatchingGenerator(model, max_batch=most, gather_seconds=0.001)
    assert asyncio.run(submit_all(batcher, texts)) == texts
    assert max(map(len, model.batches)) <= most
    assert sum(map(len, model.batches)) == len(texts)
    assert threading.get_ident() not in model.threads


async def test_a_wave_of_classrooms_is_one_batch() -> None:
    model = FakeGenerator(echo)
    batcher = BatchingGenerator(model, max_batch=255, gather_seconds=5.0)  # begun when it is full

    async def classroom(i: int) -> None:
        await asyncio.sleep(i % 7 / 1000)  # they do not all come at once
        await batcher.submit(request(str(i)))

    await asyncio.gather(*(classroom(i) for i in range(255)))
    assert [len(batch) for batch in model.batches] == [255]


async def test_a_generator_may_say_how_many_it_takes_at_once() -> None:
    class Pairs(FakeGenerator):
        batch_size = 2

    model = Pairs(echo)
    await submit_all(BatchingGenerator(model), ["a", "b", "c", "d", "e"])
    assert max(map(len, model.batches)) == 2


async def test_those_who_come_while_a_batch_is_generated_share_the_next_one() -> None:
    model = Gate()
    batcher = BatchingGenerator(model, gather_seconds=0.001)
    first = asyncio.create_task(batcher.submit(request("first")))
    await entered(model)
    rest = asyncio.create_task(submit_all(batcher, ["a", "b", "c"]))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    model.open.set()
    assert (await first).text == "first"
    assert await rest == ["a", "b", "c"]
    assert [len(batch) for batch in model.batches] == [1, 3]
    assert len(model.threads) == 1


async def test_where_not_all_fit_the_oldest_goes_with_those_of_like_length() -> None:
    model = Gate()
    batcher = BatchingGenerator(model, max_batch=2, gather_seconds=0.001)
    first = asyncio.create_task(batcher.submit(request("first")))
    await entered(model)
    rest = asyncio.create_task(submit_all(batcher, ["long " * 20, "a", "long " * 21, "b"]))
    await asyncio.sleep(0.01)
    model.open.set()
    await asyncio.gather(first, rest)
    assert [[echo(r)[:4] for r in batch] for batch in model.batches] == [
        ["firs"],
        ["long", "long"],
        ["a", "b"],
    ]


@settings(max_examples=20)
@given(bad=st.lists(st.booleans(), min_size=1, max_size=20))
def test_who_cannot_be_answered_fails_alone(bad: list[bool]) -> None:
    def reply(asked: Request) -> str:
        if asked.seed:
            raise (ModelRefused if asked.seed % 2 else MemoryError)(echo(asked))
        return echo(asked)

    async def outcomes() -> list[Generated | BaseException]:
        batcher = BatchingGenerator(FakeGenerator(reply), max_batch=len(bad), gather_seconds=5.0)
        asked = [request(str(i), seed=i + 1 if is_bad else 0) for i, is_bad in enumerate(bad)]
        return await asyncio.gather(*map(batcher.submit, asked), return_exceptions=True)

    for i, (is_bad, outcome) in enumerate(zip(bad, asyncio.run(outcomes()), strict=True)):
        if is_bad:
            assert type(outcome) is (MemoryError if i % 2 else ModelRefused)
            assert str(outcome) == str(i)
        else:
            assert isinstance(outcome, Generated)
            assert outcome.text == str(i)


async def test_one_refusal_costs_few_further_batches() -> None:
    calls: list[int] = []

    class Refusing(FakeGenerator):
        def generate(self, requests: Sequence[Request]) -> list[Generated]:
            calls.append(len(requests))
            if "bad" in map(echo, requests):
                raise ModelRefused("too long")
            return super().generate(requests)

    batcher = BatchingGenerator(Refusing(echo), max_batch=64, gather_seconds=5.0)
    texts = [*("good" for _ in range(63)), "bad"]
    outcomes = await asyncio.gather(
        *(batcher.submit(request(text)) for text in texts), return_exceptions=True
    )
    assert [isinstance(outcome, Generated) for outcome in outcomes] == [*[True] * 63, False]
    assert calls == [64, 32, 32, 16, 16, 8, 8, 4, 4, 2, 2, 1, 1]


async def test_a_generator_that_breaks_the_rules_fails_for_all() -> None:
    class Short(FakeGenerator):
        def generate(self, requests: Sequence[Request]) -> list[Generated]:
            return super().generate(requests)[1:]

    batcher = BatchingGenerator(Short(echo), max_batch=2, gather_seconds=5.0)
    outcomes = await asyncio.gather(*(batcher.submit(request(text)) for text in "ab"), return_exceptions=True)
    assert [str(outcome)[:33] for outcome in outcomes] == ["hf:fake answered 1 of 2 requests;"] * 2


async def test_a_generator_that_answers_too_few_is_named() -> None:
    class Short(FakeGenerator):
        def generate(self, requests: Sequence[Request]) -> list[Generated]:
            return super().generate(requests)[1:]

    with pytest.raises(ProtocolError, match="hf:fake answered 0 of 1 requests; a generator must answer each"):
        await BatchingGenerator(Short()).submit(request("x"))


async def test_a_caller_that_is_cancelled_leaves_the_others_alone() -> None:
    model = Gate()
    batcher = BatchingGenerator(model, gather_seconds=0.001)
    tasks = [asyncio.create_task(batcher.submit(request(text))) for text in ("running", "running too")]
    await entered(model)
    waiting = [asyncio.create_task(batcher.submit(request(text))) for text in ("gone", "stays")]
    await asyncio.sleep(0)
    waiting[0].cancel()
    tasks[0].cancel()
    await asyncio.sleep(0)
    model.open.set()
    assert (await tasks[1]).text == "running too"
    assert (await waiting[1]).text == "stays"
    assert [[echo(r) for r in batch] for batch in model.batches] == [["running", "running too"], ["stays"]]


async def test_when_all_are_cancelled_nothing_is_generated_and_it_goes_on() -> None:
    model = FakeGenerator(echo)
    batcher = BatchingGenerator(model, gather_seconds=0.02)
    task = asyncio.create_task(batcher.submit(request("gone")))
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert (await batcher.submit(request("next"))).text == "next"
    assert [[echo(r) for r in batch] for batch in model.batches] == [["next"]]


async def test_closing_ends_what_runs_and_refuses_the_rest() -> None:
    model = Gate()
    batcher = BatchingGenerator(model, gather_seconds=0.001)
    running = asyncio.create_task(batcher.submit(request("running")))
    await entered(model)
    waiting = asyncio.create_task(batcher.submit(request("waiting")))
    await asyncio.sleep(0)
    closing = asyncio.create_task(asyncio.to_thread(batcher.close))
    with pytest.raises(ModelUnavailable, match="hf:fake was closed before its turn came"):
        await waiting
    model.open.set()
    await closing
    assert (await running).text == "running"
    with pytest.raises(ModelUnavailable, match="hf:fake has been closed"):
        await batcher.submit(request("late"))
    await asyncio.to_thread(batcher.close)  # twice does no harm


def test_one_batcher_serves_one_event_loop_after_another() -> None:
    batcher = BatchingGenerator(FakeGenerator(echo), gather_seconds=0.001)
    for text in ("first loop", "second loop"):
        assert asyncio.run(submit_all(batcher, [text])) == [text]


def test_one_batcher_serves_several_event_loops_at_once() -> None:
    model = FakeGenerator(echo)
    batcher = BatchingGenerator(model, gather_seconds=0.001)
    outcomes: list[list[str]] = []
    threads = [
        threading.Thread(
            target=lambda i=i: outcomes.append(asyncio.run(submit_all(batcher, [f"{i}a", f"{i}b"])))
        )
        for i in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == [[f"{i}a", f"{i}b"] for i in range(4)]


def test_seats_on_one_generator_share_one_batcher() -> None:
    model, other = FakeGenerator(), FakeGenerator()
    batcher = shared_batcher(model)
    assert shared_batcher(model) is batcher
    assert shared_batcher(other) is not batcher


def test_its_thread_ends_with_the_last_who_hold_it() -> None:
    model = FakeGenerator(echo, name="hf:brief")
    batcher = BatchingGenerator(model, gather_seconds=0.001)
    asyncio.run(submit_all(batcher, ["x"]))
    (ident,) = model.threads
    worker = next(thread for thread in threading.enumerate() if thread.ident == ident)
    del batcher
    gc.collect()
    worker.join(10)
    assert not worker.is_alive()

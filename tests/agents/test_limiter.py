"""The limit of requests under way: halved once per burst, raised slowly, and no place is ever lost."""

import asyncio
import random

from hypothesis import given, settings
from hypothesis import strategies as st

from schoolroom.agents.limiter import Limiter, Slot, limiter_of


async def burst(limiter: Limiter, size: int) -> list[Slot]:
    """The slots of so many requests that are under way together, and have ended."""
    slots: list[Slot] = []
    full = asyncio.Event()

    async def one() -> None:
        async with limiter.slot() as slot:
            slots.append(slot)
            if len(slots) == size:
                full.set()
            await full.wait()

    await asyncio.gather(*(one() for _ in range(size)))
    return slots


async def test_a_burst_that_is_refused_halves_the_limit_once() -> None:
    limiter = Limiter(32)
    for slot in await burst(limiter, 32):
        limiter.too_many(slot)
    assert limiter.limit == 16
    for slot in await burst(limiter, 2):
        limiter.too_many(slot)
    assert limiter.limit == 8


async def test_the_limit_never_falls_below_one() -> None:
    limiter = Limiter(3)
    for _ in range(5):
        (slot,) = await burst(limiter, 1)
        limiter.too_many(slot)
    assert limiter.limit == 1


async def test_as_many_replies_as_the_limit_raise_it_by_one_up_to_the_most() -> None:
    limiter = Limiter(8)
    (slot,) = await burst(limiter, 1)
    limiter.too_many(slot)
    limiter.went_well(slot)  # of a request from before: it says nothing about now
    limits = []
    for _ in range(30):
        (slot,) = await burst(limiter, 1)
        limiter.went_well(slot)
        limits.append(limiter.limit)
    assert limits == [4] * 3 + [5] * 5 + [6] * 6 + [7] * 7 + [8] * 9


async def test_who_waits_is_let_in_when_the_limit_rises() -> None:
    limiter = Limiter(2)
    async with limiter.slot() as first:
        limiter.too_many(first)
        waiting = asyncio.ensure_future(burst(limiter, 1))
        await asyncio.sleep(0)
        assert (limiter.limit, limiter.under_way, waiting.done()) == (1, 1, False)
        limiter.went_well(Slot(change=1))
        await waiting
        assert limiter.limit == 2


async def test_who_came_first_goes_first() -> None:
    limiter, order = Limiter(1), []

    async def one(number: int) -> None:
        async with limiter.slot():
            order.append(number)
            await asyncio.sleep(0)

    await asyncio.gather(*map(one, range(6)))
    assert order == list(range(6))


async def test_one_that_is_cancelled_as_it_is_let_in_passes_its_place_on() -> None:
    limiter = Limiter(1)
    async with limiter.slot():
        second, third = (asyncio.ensure_future(burst(limiter, 1)) for _ in range(2))
        await asyncio.sleep(0)
    second.cancel()  # its turn has come, but it has not run yet
    assert len(await third) == 1
    assert second.cancelled()
    assert limiter.under_way == 0


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 2**32), st.integers(1, 6), st.integers(1, 40))
def test_never_more_than_the_limit_are_let_in_and_no_place_is_lost(seed: int, most: int, count: int) -> None:
    rng = random.Random(seed)
    limiter = Limiter(most)
    under_way = 0

    async def request() -> None:
        nonlocal under_way
        async with limiter.slot() as slot:
            under_way += 1
            assert under_way <= limiter.under_way <= most
            try:
                for _ in range(rng.randrange(3)):
                    await asyncio.sleep(0)
                if rng.random() < 0.3:
                    limiter.too_many(slot)
                elif rng.random() < 0.8:
                    limiter.went_well(slot)
                assert 1 <= limiter.limit <= most
            finally:
                under_way -= 1

    async def session() -> None:
        tasks = [asyncio.ensure_future(request()) for _ in range(count)]
        for _ in tasks:
            if rng.random() < 0.3:
                for _ in range(rng.randrange(3)):
                    await asyncio.sleep(0)
                rng.choice(tasks).cancel()
        outcomes = await asyncio.gather(*tasks, return_exceptions=True)
        assert all(outcome is None or isinstance(outcome, asyncio.CancelledError) for outcome in outcomes)
        assert limiter.under_way == 0
        limit = limiter.limit
        assert len(await burst(limiter, limit)) == limit  # every place is there again

    asyncio.run(session())


async def test_clients_of_one_model_at_one_address_share_the_lowest_limit() -> None:
    first = limiter_of("small", "http://127.0.0.1:1/v1", 8)
    assert limiter_of("small", "http://127.0.0.1:1/v1", 4) is first
    assert limiter_of("small", "http://127.0.0.1:1/v1", 16) is first
    assert (first.most, first.limit) == (4, 4)
    assert limiter_of("small", "http://127.0.0.1:2/v1", 8) is not first
    assert limiter_of("other", "http://127.0.0.1:1/v1", 8) is not first


def test_each_event_loop_has_its_own_limiter() -> None:
    async def mine() -> Limiter:
        return limiter_of("small", None, 2)

    assert asyncio.run(mine()) is not asyncio.run(mine())

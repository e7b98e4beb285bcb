"""Who works on a run: others are refused, whoever is gone is not waited for, and what is lost is noticed."""

import asyncio
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import AbstractAsyncContextManager, contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert, update

from schoolroom.transcripts import leases
from schoolroom.transcripts.errors import RunBusy, StoreError
from schoolroom.transcripts.leases import Lease
from schoolroom.transcripts.records import Run
from schoolroom.transcripts.store import Store
from schoolroom.transcripts.tables import LeaseRow, table_of
from schoolroom.transcripts.values import Json, now

RUN = Run(id="run", plan={"course": "sums"}, settings={"seed": 1}, seed=0)
OTHER = Run(id="other", plan={}, seed=0)
LEASES = table_of(LeaseRow)

CHILD = """
import asyncio, sys
from schoolroom.transcripts.records import Run
from schoolroom.transcripts.store import Store

async def main(path):
    with Store.open(path) as store:
        async with store.lease(Run(id="run", plan={"course": "sums"}, seed=0)):
            print("held", flush=True)
            await asyncio.to_thread(sys.stdin.read)

asyncio.run(main(*sys.argv[1:]))
"""


@contextmanager
def holder(where: str) -> Iterator["subprocess.Popen[str]"]:
    """Another process that works on the run until it is killed or its input ends."""
    command = [sys.executable, "-c", CHILD, where]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "held\n"
        try:
            yield child
        finally:
            child.kill()


async def stored(store: Store, **columns: Json) -> None:
    """Store the run with a lease of a process on this host that does not exist, but for what is said."""
    await store.add_run(RUN)
    lease = Lease(run=RUN.id, pid=2**22 + 1).model_copy(update=columns)
    with store._database.writer.begin() as connection:
        connection.execute(insert(LEASES), lease.model_dump())


async def holds(lease: AbstractAsyncContextManager[None]) -> bool:
    try:
        async with lease:
            return True
    except RunBusy:
        return False


@pytest.mark.slow
async def test_another_process_is_refused_and_taken_over_from_once_it_is_killed(
    store: Store, where: str
) -> None:
    with holder(where) as child:
        assert store.leases()["run"].pid == child.pid
        with pytest.raises(RunBusy) as refusal:
            async with store.lease(RUN):
                pass
        assert f"process {child.pid} on {socket.gethostname()} since 20" in str(refusal.value)
        assert store.run("run").settings == {}  # the refused one changed nothing
        assert await holds(store.lease(OTHER))  # another run of the same database
        child.kill()
        while os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT) is None:
            pass
        assert store.leases() == {}  # dead, though nobody has taken note of it yet
        async with store.lease(RUN):
            assert store.leases()["run"].pid == os.getpid()
        assert store.run("run").settings == {"seed": 1}


@pytest.mark.slow
async def test_a_process_that_ends_in_order_leaves_nothing(store: Store, where: str) -> None:
    with holder(where) as child:
        child.communicate()
        with store._database.reader.begin() as connection:
            assert connection.execute(LEASES.select()).all() == []


async def test_the_same_run_is_not_worked_on_twice_in_one_process(store: Store) -> None:
    async with store.lease(RUN), store.lease(OTHER):
        with pytest.raises(RunBusy, match="run run is being worked on by this very process since"):
            async with store.lease(RUN):
                pass
        assert set(store.leases()) == {"run", "other"}
    assert store.leases() == {}


@pytest.mark.parametrize("error", [ValueError, TimeoutError, asyncio.CancelledError])
async def test_a_lease_ends_with_its_body(store: Store, error: type[BaseException]) -> None:
    with pytest.raises(error):
        async with store.lease(RUN):
            raise error
    assert await holds(store.lease(RUN))


async def test_a_holder_that_forgot_it_in_this_process_is_no_holder(store: Store) -> None:
    await stored(store, pid=os.getpid())
    assert store.leases() == {}
    assert await holds(store.lease(RUN))


async def test_a_process_that_does_not_exist_holds_nothing(store: Store) -> None:
    await stored(store)
    assert await holds(store.lease(RUN))


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="the start of a process is read there")
@pytest.mark.parametrize(("seconds", "free"), [(0, False), (-3600, True)])
async def test_a_process_that_began_after_the_holder_was_last_seen_is_another(
    store: Store, seconds: int, free: bool
) -> None:
    with subprocess.Popen(["sleep", "60"]) as stranger:
        try:
            seen = now() + timedelta(seconds=seconds)
            await stored(store, pid=stranger.pid, since=seen, seen=seen)
            assert await holds(store.lease(RUN)) is free
        finally:
            stranger.kill()


@pytest.mark.parametrize(("silent", "free"), [(50, False), (70, True)])
async def test_another_host_has_a_minute(store: Store, silent: int, free: bool) -> None:
    await stored(store, host="elsewhere", pid=1, seen=now() - timedelta(seconds=silent))
    assert ("run" in store.leases()) is not free
    assert await holds(store.lease(RUN)) is free


async def test_a_holder_says_that_it_lives(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leases, "RENEWAL_SECONDS", 0.001)
    async with store.lease(RUN):
        first = store.leases()["run"]
        while (last := store.leases()["run"]).seen == first.seen:
            await asyncio.sleep(0.001)
        assert last.seen > first.seen
        assert last.model_copy(update={"seen": first.seen}) == first


async def test_who_loses_the_lease_stops_and_leaves_it_to_the_other(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leases, "RENEWAL_SECONDS", 0.001)

    async def work() -> None:
        async with store.lease(RUN):
            with store._database.writer.begin() as connection:
                connection.execute(update(LEASES).values(token="another's", host="elsewhere"))
            await asyncio.Event().wait()

    with pytest.raises(StoreError, match="another process has taken over run run"):
        await work()
    assert store.leases()["run"].token == "another's"


async def test_who_cannot_renew_stops_with_what_the_store_says(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leases, "RENEWAL_SECONDS", 0.001)

    async def work() -> None:
        async with store.lease(RUN):
            store._writer.close()
            await asyncio.Event().wait()

    with pytest.raises(StoreError, match="is closed"):
        await work()

"""Who works on a run: the lease that its process holds, so that no two processes hold the same classrooms.

A lease ends with its process, however that ends: a process of the same host is looked for among those that
live, one of another host is gone when it has not said for a minute that it lives. Whatever a holder has
stored stays, and the next one goes on from there.
"""

import asyncio
import contextlib
import os
import socket
import time
import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from pydantic import AwareDatetime, Field
from sqlalchemy import Connection, delete, func, insert, select, update

from .errors import RunBusy, StoreError
from .tables import LeaseRow, table_of
from .values import Record, now
from .writer import Writer
from .writes import AddRun, Alone

__all__ = ["Lease", "holding"]

RENEWAL_SECONDS = 10.0
"""How often a holder says that it lives."""

PATIENCE = timedelta(seconds=60)
"""How long a holder on another host may be silent; hosts' clocks are taken to agree to half of that."""

_SLACK_SECONDS = 2.0  # to which the start of a process is known

_held: set[str] = set()
"""Tokens of the leases that this process holds."""


class Lease(Record):
    """What a process holds while it works on a run."""

    run: str
    token: str = Field(default_factory=lambda: uuid.uuid4().hex)
    """Of this very holder: a process may let go of a run and take it up again."""
    host: str = Field(default_factory=socket.gethostname)
    pid: int = Field(default_factory=os.getpid)
    since: AwareDatetime = Field(default_factory=now)
    seen: AwareDatetime = Field(default_factory=now)
    """When the holder was last known to live."""

    @property
    def is_held(self) -> bool:
        """Whether its holder lives, as far as this process can know."""
        if self.host == socket.gethostname():
            if self.pid == os.getpid():
                return self.token in _held
            lives = _lives(self.pid, self.seen.timestamp())
            if lives is not None:
                return lives
        return now() - self.seen < PATIENCE


@dataclass(frozen=True)
class Take(Alone):
    """The run of a lease is added, and the lease taken: both, or neither."""

    add: AddRun
    lease: Lease

    def apply(self, connection: Connection) -> None:
        """Write it in place of one whose holder is gone.

        Raises:
            RunBusy: somebody holds it.
        """
        leases, run = table_of(LeaseRow), self.lease.run
        if connection.dialect.name == "postgresql":  # SQLite's writers wait for each other anyhow
            connection.execute(select(func.pg_advisory_xact_lock(func.hashtext(run))))
        self.add.apply(connection)
        row = connection.execute(select(leases).where(leases.c.run == run)).mappings().first()
        if row is not None and (other := Lease.model_validate(dict(row))).is_held:
            raise RunBusy(_busy(other))
        connection.execute(delete(leases).where(leases.c.run == run))
        connection.execute(insert(leases), self.lease.model_dump())


@dataclass(frozen=True)
class Renew(Alone):
    """The holder of a lease says that it lives."""

    lease: Lease

    def apply(self, connection: Connection) -> bool:
        """Whether it is still the holder."""
        table = table_of(LeaseRow)
        mine = (table.c.run == self.lease.run) & (table.c.token == self.lease.token)
        return bool(connection.execute(update(table).where(mine).values(seen=now())).rowcount)


@dataclass(frozen=True)
class Release(Alone):
    """The holder of a lease lets go of it; where it is another's by now, nothing happens."""

    lease: Lease

    def apply(self, connection: Connection) -> None:
        """Delete it."""
        table = table_of(LeaseRow)
        mine = (table.c.run == self.lease.run) & (table.c.token == self.lease.token)
        connection.execute(delete(table).where(mine))


@contextlib.asynccontextmanager
async def holding(writer: Writer, add: AddRun) -> AsyncIterator[None]:
    """Add a run and hold its lease; the body is cancelled should it be lost.

    Raises:
        RunBusy: another holds it.
        StoreError: the lease was lost, or the database failed.
    """
    lease = Lease(run=add.run.id)
    _held.add(lease.token)
    lost: list[StoreError] = []
    try:
        await writer.write(lambda: Take(add, lease))
        async with asyncio.timeout(None) as body:
            renewing = asyncio.create_task(_renew(writer, lease, body, lost))
            try:
                yield
            finally:
                renewing.cancel()
    except TimeoutError:
        if lost:
            raise lost[0] from None
        raise
    finally:
        _held.discard(lease.token)
        with contextlib.suppress(StoreError):  # a database that has failed frees it with the process
            await writer.write(lambda: Release(lease))


async def _renew(writer: Writer, lease: Lease, body: asyncio.Timeout, lost: list[StoreError]) -> None:
    """Say now and then that the holder lives; where that fails, time is up for `body`."""
    try:
        while True:
            await asyncio.sleep(RENEWAL_SECONDS)
            if not await writer.write(lambda: Renew(lease)):
                raise StoreError(
                    f"another process has taken over run {lease.run}, since this one was not heard of for "
                    f"{PATIENCE.seconds} seconds; what is stored stays, and that process goes on from there."
                )
    except StoreError as error:
        lost.append(error)
        body.reschedule(asyncio.get_running_loop().time())


def _busy(lease: Lease) -> str:
    mine = lease.host == socket.gethostname() and lease.pid == os.getpid()
    who = "this very process" if mine else f"process {lease.pid} on {lease.host}"
    return (
        f"run {lease.run} is being worked on by {who} since {lease.since.astimezone():%Y-%m-%d %H:%M:%S}; "
        "wait for it to end, or stop it: what it has stored stays, and the run can be taken up from there."
    )


def _lives(pid: int, seen: float) -> bool | None:
    """Whether the process that had this number at the time `seen` lives on this host; None: unknown."""
    if os.name != "posix":
        return None  # os.kill would end it there
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        pass  # somebody else's, but alive
    try:
        state, *numbers = Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(")")[2].split()
        age = time.clock_gettime(time.CLOCK_BOOTTIME) - int(numbers[18]) / os.sysconf("SC_CLK_TCK")
    except (OSError, AttributeError, ValueError, IndexError):
        return None  # no Linux
    # A process that began after the holder was last seen has only inherited its number.
    return state not in ("Z", "X") and time.time() - age <= seen + _SLACK_SECONDS

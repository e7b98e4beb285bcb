"""The crash suite: real runs, killed with SIGKILL at random moments and resumed until they are done.

Every round holds one run twice: once undisturbed, and once in another database, where its process is killed
again and again, while it starts, creates its database, writes, generates or waits for a model, and goes on
by ``schoolroom resume`` or by the same command. After each kill a copy of the database is looked at; after
the last, all words must be those of the undisturbed run. The models behind seats are a server in this
process, which counts what it is asked, and a small local one.

    python benchmarks/crash.py                        # 50 kills; ends with one line of JSON
    python benchmarks/crash.py --kills 3 --only models --episodes 12
"""

import argparse
import asyncio
import json
import os
import random
import shutil
import signal
import sqlite3
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import asdict, dataclass
from itertools import cycle
from pathlib import Path

from schoolroom.agents.fake_server import REMEMBERED, FakeServer
from schoolroom.transcripts.records import Episode, Message, content_id
from schoolroom.transcripts.store import Store

CONCURRENCY = 8
"""Episodes under way at once."""
DELAY = 0.05
"""Seconds that the server takes to answer."""
GLANCE = 0.003
"""Seconds between two looks at whether a process has written."""
CREATION = 0.03
"""Seconds after a database's first byte, within which the first kill of a round comes."""
KILLS_IN_A_ROUND = 10
AT_THE_START = 0.2
"""Share of the further kills that may come before the process has begun to work."""


@dataclass(frozen=True)
class Kind:
    """A kind of round: who sits where."""

    episodes: int
    words: tuple[str, ...]
    """Said to ``schoolroom run``; ``{student}`` stands for a local model."""
    at_once: int = 1
    """Most calls that one episode can have under way."""


_LOCAL = ("--student", "hf:{student}", "--set", "seats.student.max_new_tokens=12")
_THREE = tuple(word for n in (1, 2, 3) for word in ("--seat", f"student-{n}=careless@small"))
KINDS: Mapping[str, Kind] = {
    "local": Kind(60, (*_LOCAL, "--teacher", "patient@small")),
    "seminar": Kind(30, ("--script", "seminar", *_THREE, "--teacher", "patient@small"), at_once=6),
    "models": Kind(120, ("--student", "careless@small", "--teacher", "patient@small")),
    "scripted": Kind(1_500, ()),
}
"""A local student and a teacher on a server; several cues at once; a server alone; nobody but scripts."""


@dataclass
class Outcome:
    """What came of kills; all but the first two numbers must be 0."""

    kills: int = 0
    episodes: int = 0
    turns_lost: int = 0
    """Missing at the end, or stored before a kill and not, or otherwise, after a later one."""
    turns_doubled: int = 0
    """Beyond those of the undisturbed run."""
    calls_beyond_in_flight: int = 0
    """Requests beyond those of the undisturbed run and those that were under way at the kills."""
    differences: int = 0
    """Turns that are others than in the undisturbed run, episodes that differ beside their turns or stand in
    another order, and damages that SQLite finds."""

    def plus(self, other: "Outcome") -> "Outcome":
        """Both together."""
        return Outcome(**{name: number + getattr(other, name) for name, number in asdict(self).items()})

    @property
    def is_clean(self) -> bool:
        """Whether nothing was lost, doubled, paid for again or changed."""
        return not any((self.turns_lost, self.turns_doubled, self.calls_beyond_in_flight, self.differences))


@dataclass(frozen=True)
class Session:
    """One process that held the run, or part of it."""

    killed: bool
    start: float
    """Seconds until it first wrote."""
    writes: int
    """How often it was seen to have written."""
    asked: Counter[str]
    """Its requests to the server."""


class Stored:
    """What a database holds at one moment, read from a copy, so that nothing is mended in passing."""

    def __init__(self, database: Path) -> None:
        self.run: str | None = None
        self.episodes: list[Episode] = []
        self.damages = 0
        with tempfile.TemporaryDirectory() as folder:
            copy = Path(folder) / database.name
            for ending in ("", "-wal", "-shm"):
                if (file := database.with_name(database.name + ending)).exists():
                    shutil.copy(file, copy.with_name(copy.name + ending))
            if not copy.exists():
                return
            with closing(sqlite3.connect(copy)) as connection:
                told = connection.execute("PRAGMA integrity_check").fetchall()
                self.damages += len([line for line in told if line != ("ok",)])
                self.damages += len(connection.execute("PRAGMA foreign_key_check").fetchall())
                if not connection.execute("SELECT name FROM sqlite_schema LIMIT 1").fetchall():
                    return  # killed before it had any table
            with Store.open(copy, must_exist=True) as store:
                self.run = next((run.id for run in store.runs()), None)
                self.episodes = list(store.episodes())
        timeless = {"calls": {"__all__": {"seconds"}}}
        self.turns = {
            (episode.id, turn.index): turn.model_dump_json(exclude=timeless)
            for episode in self.episodes
            for turn in episode.turns
        }

    turns: Mapping[tuple[str, int], str] = {}
    """By episode and index, without the seconds that calls took."""

    @property
    def requests(self) -> Counter[str]:
        """What a server was asked for these words."""
        calls = (call for episode in self.episodes for turn in episode.turns for call in turn.calls)
        lost = (call for episode in self.episodes for call in episode.lost_calls)
        return Counter(
            _request(call.messages, call.params.get("seed"))
            for call in (*calls, *lost)
            if call.model == "small"
        )

    def changed(self, earlier: "Stored") -> int:
        """How many of the `earlier` turns are not here, or are others."""
        return sum(self.turns.get(key) != words for key, words in earlier.turns.items())


class Round:
    """One run by one command, in a folder of its own."""

    def __init__(self, name: str, kind: Kind, folder: Path, server: FakeServer, student: Path) -> None:
        self.name, self._kind, self._folder, self._server = name, kind, folder, server
        words = [word.format(student=student) for word in kind.words]
        self._run = ["run", "--course", "arithmetic", "--lessons", "two-digit-sums", *words]
        self._run += ["--gate", "taught", "--episodes", str(kind.episodes), "--base-url", server.url]
        self._run += ["--concurrency", str(CONCURRENCY)]
        self._environment = {"OMP_NUM_THREADS": "1", "GOMP_SPINCOUNT": "0"}
        if sys.dont_write_bytecode:  # each of the many processes would compile all libraries anew
            bytecode = str(student.with_name("bytecode"))
            self._environment |= {"PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": bytecode}

    async def held(self, kills: int, chance: random.Random) -> Outcome:
        """The run, held undisturbed and with at most so many kills, and how the two differ."""
        whole, broken = self._folder / "whole.db", self._folder / "broken.db"
        undisturbed = await self._session(whole)
        expected = Stored(whole)
        outcome, sessions, in_flight, stored = Outcome(), [], 0, Stored(broken)
        while True:
            moment = _moment(chance, outcome.kills, undisturbed)
            run = stored.run if chance.random() < 0.5 else None
            last = outcome.kills == kills
            session = await self._session(broken, run, None if last else moment)
            before, stored = stored, Stored(broken)
            sessions.append(session)
            outcome.turns_lost += stored.changed(before)
            outcome.differences += stored.damages
            if not session.killed:
                break
            outcome.kills += 1
            in_flight += self._in_flight(session, before, stored)
        asked = sum(session.asked.total() for session in sessions)
        outcome.calls_beyond_in_flight = max(0, asked - undisturbed.asked.total() - in_flight)
        told = f"{self.name}: {outcome.kills} kills, {len(expected.turns):,} turns, {asked:,} requests"
        print(f"{told} ({undisturbed.asked.total():,} undisturbed, {in_flight} in flight)", file=sys.stderr)
        return outcome.plus(_compared(expected, stored))

    def _in_flight(self, session: Session, before: Stored, after: Stored) -> int:
        """Requests of a killed session that no stored turn came of; those asked again do not count, nor more
        than the episodes can have had under way."""
        unstored = session.asked - (after.requests - before.requests)
        return min(len(unstored.keys() - before.requests.keys()), CONCURRENCY * self._kind.at_once)

    async def _session(
        self, database: Path, run: str | None = None, kill: tuple[int, float] | None = None
    ) -> Session:
        """Hold the run in a process of its own, or go on with a stored `run`; the process is killed so many
        seconds after it was seen to write for so many times."""
        self._server.received.clear()
        counted, seen = self._server.count, _trace(database)
        words = self._run if run is None else ["resume", run]
        command = [str(Path(sys.executable).with_name("schoolroom")), *words]
        with (self._folder / "stderr").open("wb") as stderr:
            process = await asyncio.create_subprocess_exec(
                *(*command, "--db", str(database), "--quiet", "--json"),
                cwd=self._folder,
                env=os.environ | self._environment,
                stdout=asyncio.subprocess.DEVNULL,
                stderr=stderr,
            )
        started = time.monotonic()
        ended, start, writes = asyncio.create_task(process.wait()), 0.0, 0
        while not ended.done() and (kill is None or writes < kill[0]):
            await asyncio.sleep(GLANCE)
            if (now := _trace(database)) != seen:
                start, seen, writes = start or time.monotonic() - started, now, writes + 1
        if kill is not None:
            await asyncio.wait([ended], timeout=kill[1])
            with suppress(ProcessLookupError):
                process.kill()
        code = await ended
        if code not in (0, -signal.SIGKILL):
            raise SystemExit(f"{self.name}: exit code {code}: {(self._folder / 'stderr').read_text()}")
        while self._server.live:
            await asyncio.sleep(GLANCE)
        asked = Counter(_request(said.messages, said.params.get("seed")) for said in self._server.received)
        if asked.total() != self._server.count - counted:
            raise SystemExit(f"{self.name}: more than {REMEMBERED} requests at once; hold fewer episodes.")
        return Session(code != 0, start, writes, asked)


def _moment(chance: random.Random, kills: int, undisturbed: Session) -> tuple[int, float]:
    """When the next kill comes: after how many writes, and how many seconds later."""
    if kills == 0:
        return 1, chance.uniform(0, CREATION)
    if chance.random() < AT_THE_START:
        return 0, chance.uniform(0, undisturbed.start)
    return chance.randint(1, 1 + 2 * undisturbed.writes // KILLS_IN_A_ROUND), chance.uniform(0, DELAY)


def _compared(expected: Stored, found: Stored) -> Outcome:
    """How the transcripts of two databases differ."""

    def rest(stored: Stored) -> list[str]:
        return [episode.model_dump_json(exclude={"turns"}) for episode in stored.episodes]

    common = expected.turns.keys() & found.turns.keys()
    pairs = zip(rest(expected), rest(found), strict=False)
    return Outcome(
        episodes=len(expected.episodes),
        turns_lost=len(expected.turns) - len(common),
        turns_doubled=len(found.turns) - len(common),
        differences=sum(expected.turns[key] != found.turns[key] for key in common)
        + sum(one != other for one, other in pairs)
        + abs(len(expected.episodes) - len(found.episodes)),
    )


def _trace(database: Path) -> list[tuple[int, int]]:
    """Changes with every write, and is read without opening the database."""
    files = [database.with_name(database.name + ending) for ending in ("", "-wal")]
    return [(state.st_size, state.st_mtime_ns) for file in files if file.exists() for state in [file.stat()]]


def _request(messages: Iterable[Message], seed: object) -> str:
    """What tells a request from others."""
    return content_id([[message.role, message.content] for message in messages], seed)


async def suite(kills: int, kinds: Mapping[str, Kind], seed: int) -> Outcome:
    """Rounds of every kind in turn, until so many processes were killed."""
    chance, outcome = random.Random(seed), Outcome()
    with tempfile.TemporaryDirectory(prefix="schoolroom-crash-") as folder:
        student = Path(folder) / "student"
        if any("{student}" in " ".join(kind.words) for kind in kinds.values()):
            from schoolroom.training.student import new_student

            new_student(seed=seed, hidden=32, layers=1, device="cpu").save(student)
        for number, name in enumerate(cycle(kinds)):
            if outcome.kills >= kills:
                break
            (place := Path(folder) / f"{number}-{name}").mkdir()
            async with FakeServer(delay=DELAY) as server:
                one = Round(name, kinds[name], place, server, student)
                outcome = outcome.plus(await one.held(min(KILLS_IN_A_ROUND, kills - outcome.kills), chance))
    return outcome


def main(arguments: Sequence[str] | None = None) -> None:
    """Hold the suite; the exit code is 1 where something was lost, doubled, paid for again or changed."""
    parser = argparse.ArgumentParser(description="Kill runs and see that nothing is lost.")
    parser.add_argument("--kills", type=int, default=50, help="processes that are killed")
    parser.add_argument("--only", choices=KINDS, action="append", help="kinds of rounds; repeatable")
    parser.add_argument("--episodes", type=int, help="of each run; as its kind says")
    parser.add_argument("--seed", type=int, default=0, help="decides when kills come")
    given = parser.parse_args(arguments)
    kinds = {
        name: Kind(given.episodes or kind.episodes, kind.words, kind.at_once)
        for name, kind in KINDS.items()
        if name in (given.only or KINDS)
    }
    outcome = asyncio.run(suite(given.kills, kinds, given.seed))
    print(json.dumps(asdict(outcome)))
    sys.exit(0 if outcome.is_clean else 1)


if __name__ == "__main__":
    main()

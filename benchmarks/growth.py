"""What a long run costs at its end: memory and CPU time as episodes mount up and as conversations grow.

*episodes*: a school of scripted seats holds so many tutorings, every turn durable; then it is gone through
again, as a run that is resumed. Resident memory and CPU-ms per turn at each tenth. *conversations*: more and
more turns, each of which hears all before it; scripted, and with a model call whose prompt is all that was
said (each message is stored once, as the node of a tree). *live*: memory of classrooms that are under way and
wait for a reply. Numbers are printed, never tested.

    python benchmarks/growth.py --episodes 100000 --json
"""

import argparse
import asyncio
import gc
import json
import os
import platform
import resource
import sqlite3
import tempfile
import time
import tracemalloc
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

from schoolroom.agents.seating import take_seat
from schoolroom.agents.seats import Seat
from schoolroom.environments.classroom import hold
from schoolroom.environments.course import Course, load_course
from schoolroom.environments.episodes import EpisodeRunner
from schoolroom.environments.observers import Observer
from schoolroom.environments.school import School
from schoolroom.environments.script import Script
from schoolroom.transcripts.records import (
    Ask,
    Cue,
    Ending,
    Episode,
    Line,
    Message,
    ModelCall,
    Question,
    Role,
    Run,
    SeatInfo,
    Turn,
)
from schoolroom.transcripts.store import Store

WHO = {Role.TEACHER: "patient", Role.STUDENT: "careless", Role.GRADER: "exact"}
LESSON = "sums"
COURSE = """
title = "Sums"
[[lessons]]
id = "sums"
title = "Sums of three numbers"
subject = "column_addition"
level = { digits = 3, addends = 3 }
mastery = { threshold = 0.99, credibility = 0.9 }
"""
LENGTHS = (10, 25, 50, 100)
QUESTION = Question.make(lesson="talk", subject="none", text="What do you think?")
WORDS = "Let us look at the next column, and write down what we carry before we go on to the one after it."


def resident_mb() -> float:
    """Resident memory of this process; the highest so far where the system does not tell."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def taught(folder: Path) -> Course:
    """A course with a million questions, none of which needs a heavy library."""
    path = folder / "sums.toml"
    path.write_text(COURSE)
    return load_course(path)


def seated(course: Course) -> dict[str, Seat]:
    return {
        str(role): take_seat(who, name=role, role=role, checkers=course.checker) for role, who in WHO.items()
    }


class Tenths(Observer):
    """Notes memory and CPU time whenever a tenth of the episodes has ended."""

    def __init__(self, episodes: int) -> None:
        self.rows: list[dict[str, float]] = []
        self._each = max(1, episodes // 10)
        self._episodes = self._turns = 0
        self._since = time.process_time()

    def episode_ended(self, episode: Episode, *, resumed: bool) -> None:
        """Count it."""
        self._episodes += 1
        self._turns += len(episode.turns)
        if self._episodes % self._each == 0:
            now = time.process_time()
            ms = 1000 * (now - self._since) / self._turns
            row = {"episodes": self._episodes, "rss_mb": resident_mb(), "cpu_ms_per_turn": ms}
            self.rows.append({key: round(value, 4) for key, value in row.items()})
            self._since, self._turns = now, 0


def many_episodes(episodes: int, path: Path) -> dict[str, Any]:
    """The tenths of a run as it is held, and as it is gone through again when all its episodes are there."""
    course = taught(path.parent)
    found = {}
    with Store.open(path) as store:
        for name in ("held", "resumed"):
            tenths = Tenths(episodes)
            asyncio.run(School(course, seated(course), store, episodes=episodes, observers=[tenths]).run())
            found[name] = tenths.rows
    return found


class Talker:
    """Says the same each time; where it has a model, at the price of a call with all that was said."""

    def __init__(self, name: str, role: Role, model: str) -> None:
        self.name, self.role = name, role
        self.info = SeatInfo(seat=name, role=role, persona="talker@1", model=model)

    async def speak(self, cue: Cue) -> Line:
        """Answer `cue`."""
        text = f"{len(cue.heard)}: {WORDS}"
        if self.info.model == "scripted":
            return Line(text=text)
        said = [Message(role="user", content=turn.text) for turn in cue.heard]
        messages = (Message(role="system", content=cue.question.text), *said)
        key = ModelCall.key_of(self.info.model, {}, messages)
        return Line(text=text, calls=(ModelCall(key=key, model="fake", messages=messages, reply=text),))


def talk(turns: int) -> Script:
    """A conversation in which everybody hears everything."""
    heard: tuple[Turn, ...] = ()
    for number in range(turns):
        seat, ask = ("teacher", Ask.FEEDBACK) if number % 2 else ("student", Ask.ATTEMPT)
        heard = (*heard, (yield Cue(seat=seat, ask=ask, question=QUESTION, heard=heard)))


async def conversations(turns: int, classrooms: int, model: str, path: Path) -> float:
    """CPU-ms per turn of so many conversations at once."""
    seats = {role.value: Talker(role.value, role, model) for role in (Role.STUDENT, Role.TEACHER)}
    infos = tuple(seat.info for seat in seats.values())
    with Store.open(path) as store:
        await store.add_run(Run(id="talk", plan={}, seed=0))

        async def one(number: int) -> None:
            id_ = f"talk-{number}"
            await store.begin(
                Episode(id=id_, run="talk", script="talk", question=QUESTION, seats=infos, seed=number)
            )
            held = await hold(talk(turns), seats, seed=number, keep=lambda turn: store.append(id_, turn))
            await store.end(id_, held.ending)

        gc.collect()
        began = time.process_time()
        await asyncio.gather(*map(one, range(classrooms)))
        return 1000 * (time.process_time() - began) / (turns * classrooms)


def long_conversations(turns: int, folder: Path) -> dict[str, dict[str, float]]:
    """CPU-ms per turn by the length of the conversations; `turns` are held for each length."""
    found: dict[str, dict[str, float]] = {}
    for kind, model in (("scripted", "scripted"), ("llm", "fake")):
        asyncio.run(conversations(2, 2, model, folder / f"{kind}.db"))  # not to measure it cold
        for length in LENGTHS:
            path = folder / f"{kind}-{length}.db"
            cost = asyncio.run(conversations(length, max(1, turns // length), model, path))
            found.setdefault(kind, {})[str(length)] = round(cost, 4)
    return found


class Patient:
    """A seat that waits before it speaks, as for a model's reply."""

    def __init__(self, seat: Seat, reply: asyncio.Event) -> None:
        self.info, self.name, self.role = seat.info, seat.name, seat.role
        self._seat, self._reply = seat, reply
        self.waiting = 0

    async def speak(self, cue: Cue) -> Line:
        """Answer `cue`, late."""
        self.waiting += 1
        await self._reply.wait()
        return await self._seat.speak(cue)


async def live_classrooms(live: int, path: Path) -> dict[str, float]:
    """kB of memory for each of so many classrooms in which a teacher is waited for."""
    course = taught(path.parent)
    questions = course.questions(course.graph[LESSON])
    asked = [next(questions) for _ in range(live)]
    reply = asyncio.Event()
    seats = seated(course)
    teacher = seats["teacher"] = Patient(seats["teacher"], reply)
    with Store.open(path) as store:
        run = Run(id="live", plan={}, seed=0)
        runner = EpisodeRunner(run, seats, store, script="tutoring", settings={}, concurrency=live)
        async with runner.working():
            gc.collect()
            tracemalloc.start()
            resident = resident_mb()
            held = asyncio.create_task(runner.hold_all(asked))
            while teacher.waiting < live:
                await asyncio.sleep(0.01)
            gc.collect()
            traced, _ = tracemalloc.get_traced_memory()
            resident = resident_mb() - resident
            tracemalloc.stop()
            reply.set()
            await held
            await runner.end(Ending(kind="finished"))
    return {
        "classrooms": live,
        "traced_kb_each": round(traced / live / 1e3, 2),
        "resident_kb_each": round(1e3 * resident / live, 2),
    }


def measure(settings: argparse.Namespace) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        return {
            "episodes": many_episodes(settings.episodes, folder / "episodes.db"),
            "conversations": long_conversations(settings.turns, folder),
            "live": asyncio.run(live_classrooms(settings.live, folder / "live.db")),
        }


def show(found: Mapping[str, Any]) -> None:
    for name, rows in found["episodes"].items():
        print(f"{name:>12}{'MB resident':>14}{'CPU-ms per turn':>18}")
        for row in rows:
            print(f"{row['episodes']:>12,}{row['rss_mb']:>14.1f}{row['cpu_ms_per_turn']:>18.3f}")
    print("CPU-ms per turn, by turns in a conversation")
    for name, costs in found["conversations"].items():
        print(f"{name:>12}  " + "  ".join(f"{length}: {cost:.3f}" for length, cost in costs.items()))
    live = found["live"]
    print(
        f"{live['classrooms']:,} live classrooms: {live['traced_kb_each']:.1f} kB each by tracemalloc, "
        f"{live['resident_kb_each']:.1f} kB resident (tracemalloc's own among them)"
    )
    print(", ".join(f"{name} {number}" for name, number in found["versions"].items()))


def main() -> None:
    parser = argparse.ArgumentParser(description="Memory and CPU time of long runs and conversations.")
    parser.add_argument("--episodes", type=int, default=100_000)
    parser.add_argument("--turns", type=int, default=5_000, help="for each length of conversation")
    parser.add_argument("--live", type=int, default=5_000, help="classrooms that wait at once")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    settings = parser.parse_args()
    if min(settings.episodes, settings.turns, settings.live) < 1:
        parser.error("--episodes, --turns and --live must be at least 1")
    packages = {name: version(name) for name in ("schoolroom", "sqlalchemy", "pydantic")}
    found = measure(settings) | {
        "settings": {key: value for key, value in vars(settings).items() if key != "json"},
        "versions": {"python": platform.python_version(), "sqlite": sqlite3.sqlite_version, **packages},
        "cpus": os.cpu_count(),
    }
    print(json.dumps(found)) if settings.json else show(found)


if __name__ == "__main__":
    main()

"""What schoolroom costs per turn, beside a bare asyncio loop that does the same work.

Both hold the same tutorings and say the same words, which is checked first. *scripted*: words by the same
checker. *llm*: the same chat requests to a server on loopback, in a process of its own whose CPU
time is not counted; schoolroom asks through AutoGen and litellm, the bare loop through aiohttp. Both make
every turn durable in SQLite (WAL, commits shared by all who wait) before they go on. Repeats are
interleaved, so that a busy machine troubles all alike; CPU time is that of the whole process, threads
included. Timings are printed, never tested.

    python benchmarks/overhead.py --live 1,100 --repeats 5 --json
"""

import argparse
import asyncio
import gc
import json
import os
import platform
import random
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import aiohttp
from bare_loop import PERSONAS, SEED, SUMS, Words, bare, say_llm, say_scripted

from schoolroom.agents.llm_settings import LLMSettings
from schoolroom.agents.scripted_grader import ScriptedGrader
from schoolroom.agents.scripted_student import ScriptedStudent
from schoolroom.agents.scripted_teacher import ScriptedTeacher
from schoolroom.agents.seats import Seat
from schoolroom.environments.episodes import EpisodeRunner
from schoolroom.transcripts.records import Ending, Question, Run
from schoolroom.transcripts.store import Store

SYSTEMS = ("schoolroom", "bare")
KINDS = ("scripted", "llm")


@dataclass(frozen=True)
class Costs:
    """Of one measurement."""

    cpu_ms: float
    """Per durable turn."""
    per_second: float
    """Durable turns per second of wall-clock time."""


def questions(count: int, terms: int) -> list[Question]:
    """Sums, all different; a server without a model can work out those of two terms."""
    rng = random.Random(SEED)
    texts = [
        " + ".join([str(10 + i), *(str(rng.randint(2, 9)) for _ in range(terms - 1))]) for i in range(count)
    ]
    return [Question.make(lesson="sums", subject=SUMS.name, text=text) for text in texts]


def scripted_seats() -> dict[str, Seat]:
    return {
        "student": ScriptedStudent(PERSONAS["student"], name="student", checkers=lambda _: SUMS),
        "teacher": ScriptedTeacher(PERSONAS["teacher"], name="teacher", checkers=lambda _: SUMS),
        "grader": ScriptedGrader(PERSONAS["grader"], name="grader", checkers=lambda _: SUMS),
    }


def llm_seats(url: str, live: int) -> dict[str, Seat]:
    from schoolroom.agents.autogen_seat import llm_seat

    settings = LLMSettings(base_url=url, max_concurrency=live)
    return {
        name: llm_seat(persona, name=name, model="fake", settings=settings)
        for name, persona in PERSONAS.items()
    }


async def schoolroom(seats: dict[str, Seat], asked: Sequence[Question], live: int, path: Path) -> Words:
    """As `School` does it."""
    run = Run(id="benchmark", plan={}, seed=SEED)
    with Store.open(path) as store:
        runner = EpisodeRunner(run, seats, store, script="tutoring", settings={}, concurrency=live)
        async with runner.working():
            held = await runner.hold_all(asked)
            await runner.end(Ending(kind="finished"))
    return [[turn.text for turn in episode.turns] for episode in held]


async def hold(system: str, kind: str, asked: Sequence[Question], live: int, path: Path, url: str) -> Words:
    if system == "schoolroom":
        seats = scripted_seats() if kind == "scripted" else llm_seats(url, live)
        return await schoolroom(seats, asked, live, path)
    if kind == "scripted":
        return await bare(say_scripted, asked, live, path)
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=live)) as session:
        return await bare(say_llm(session, url), asked, live, path)


def measured(system: str, kind: str, asked: Sequence[Question], live: int, url: str) -> tuple[Words, Costs]:
    with tempfile.TemporaryDirectory() as folder:
        gc.collect()
        wall, cpu = time.perf_counter(), time.process_time()
        words = asyncio.run(hold(system, kind, asked, live, Path(folder) / "turns.db", url))
        cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    turns = sum(map(len, words))
    return words, Costs(cpu_ms=1000 * cpu / turns, per_second=turns / wall)


def check_words(kind: str, asked: Sequence[Question], url: str) -> None:
    """Both systems must say the same; also imports and connects, so that nothing is measured cold."""
    said = [measured(system, kind, asked, 4, url)[0] for system in SYSTEMS]
    for ours, bares in zip(*said, strict=True):
        if ours != bares:
            sys.exit(f"the systems say different words, so that nothing can be compared:\n{ours}\n{bares}")


@contextmanager
def server() -> Iterator[str]:
    """The address of a server in another process."""
    command = [sys.executable, "-m", "schoolroom.agents.fake_server"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().strip()
        finally:
            process.terminate()


def spread(values: Sequence[float]) -> dict[str, float]:
    return {
        "median": round(statistics.median(values), 4),
        "low": round(min(values), 4),
        "high": round(max(values), 4),
    }


def measure_all(settings: argparse.Namespace) -> dict[str, Any]:
    cpu: dict[str, Any] = {system: {kind: {} for kind in settings.seats} for system in SYSTEMS}
    rate: dict[str, Any] = {system: {kind: {} for kind in settings.seats} for system in SYSTEMS}
    with server() as url:
        for kind in settings.seats:
            scripted = kind == "scripted"
            asked = questions(settings.episodes * (5 if scripted else 1), terms=5 if scripted else 2)
            check_words(kind, asked[:20], url)
            for live in settings.live:
                costs: dict[str, list[Costs]] = {system: [] for system in SYSTEMS}
                for repeat in range(settings.repeats):
                    for system in SYSTEMS if repeat % 2 else reversed(SYSTEMS):
                        costs[system].append(measured(system, kind, asked, live, url)[1])
                for system in SYSTEMS:
                    cpu[system][kind][str(live)] = spread([cost.cpu_ms for cost in costs[system]])
                    rate[system][kind][str(live)] = spread([cost.per_second for cost in costs[system]])
    return {"cpu_ms_per_turn": cpu, "turns_per_second": rate}


def versions() -> dict[str, str]:
    packages = ("schoolroom", "autogen-agentchat", "litellm", "aiohttp", "sqlalchemy", "pydantic")
    return {
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        **{package: version(package) for package in packages},
    }


def show(found: Mapping[str, Any]) -> None:
    print("median (lowest-highest); CPU of the server not counted")
    print(f"{'seats':10}{'live':>6}  {'system':12}{'CPU-ms per durable turn':>28}{'turns per second':>26}")
    for kind in found["settings"]["seats"]:
        for live in found["settings"]["live"]:
            for system in SYSTEMS:
                ms, rate = (
                    found[key][system][kind][str(live)] for key in ("cpu_ms_per_turn", "turns_per_second")
                )
                cost = f"{ms['median']:.3f} ({ms['low']:.3f}-{ms['high']:.3f})"
                speed = f"{rate['median']:,.0f} ({rate['low']:,.0f}-{rate['high']:,.0f})"
                print(f"{kind:10}{live:>6}  {system:12}{cost:>28}{speed:>26}")
    print(", ".join(f"{name} {number}" for name, number in found["versions"].items()))


def main() -> None:
    parser = argparse.ArgumentParser(description="CPU-ms and turns per second, beside a bare asyncio loop.")
    parser.add_argument("--seats", type=lambda text: text.split(","), default=list(KINDS))
    parser.add_argument("--live", type=lambda text: [int(n) for n in text.split(",")], default=[1, 100])
    parser.add_argument(
        "--episodes", type=int, default=100, help="of language models; scripted: 5 times as many"
    )
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    settings = parser.parse_args()
    if unknown := set(settings.seats) - set(KINDS):
        parser.error(f"unknown seats: {', '.join(sorted(unknown))}; known: {', '.join(KINDS)}")
    chosen = {key: value for key, value in vars(settings).items() if key != "json"}
    found = {**measure_all(settings), "settings": chosen, "versions": versions(), "cpus": os.cpu_count()}
    print(json.dumps(found)) if settings.json else show(found)


if __name__ == "__main__":
    main()

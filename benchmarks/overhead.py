"""What schoolroom costs per turn, beside a bare asyncio loop, AutoGen's own team and LangGraph.

All hold the same tutorings and say the same words, which is checked first. *scripted*: words by the same
checker. *llm*: the same chat requests to a server on loopback, in a process of its own whose CPU
time is not counted; schoolroom asks through AutoGen and its own lean transport (`schoolroom-litellm`: through
litellm), all others through aiohttp. All make every turn durable in SQLite (WAL) before they go on.
Garbage is collected as in the command `schoolroom`, for all of them. Repeats are interleaved, so that a busy
machine troubles all alike; CPU time is that of the whole process, threads included. LangGraph comes with the
extra `bench`. Timings are printed, never tested.

    python benchmarks/overhead.py --live 1,64,256,1024 --repeats 5 --json
"""

import argparse
import asyncio
import gc
import json
import os
import platform
import random
import sqlite3
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal

import aiohttp
from bare_loop import PERSONAS, SEED, SUMS, Words, bare, say_llm, say_scripted
from frameworks import autogen_team, langgraph
from measuring import server, spread

from schoolroom.agents.llm_settings import LLMSettings
from schoolroom.agents.scripted_grader import ScriptedGrader
from schoolroom.agents.scripted_student import ScriptedStudent
from schoolroom.agents.scripted_teacher import ScriptedTeacher
from schoolroom.agents.seats import Seat
from schoolroom.cli.main import GC_THRESHOLDS
from schoolroom.environments.episodes import EpisodeRunner
from schoolroom.transcripts.records import Ending, Question, Run
from schoolroom.transcripts.store import Store

OTHERS = {"bare": bare, "autogen-team": autogen_team, "langgraph": langgraph}
SYSTEMS = ("schoolroom", "schoolroom-litellm", *OTHERS)
KINDS = ("scripted", "llm")
CHEAP = ("schoolroom", "bare")  # with scripted seats they work through five times as many questions


@dataclass(frozen=True)
class Costs:
    """Of one measurement."""

    cpu_ms: float
    """Per durable turn."""
    per_second: float
    """Durable turns per second of wall-clock time."""
    turns: int


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


def llm_seats(url: str, live: int, transport: Literal["openai", "litellm"]) -> dict[str, Seat]:
    from schoolroom.agents.autogen_seat import llm_seat

    settings = LLMSettings(base_url=url, max_concurrency=live, transport=transport)
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
    if system not in OTHERS:
        transport: Literal["openai", "litellm"] = "litellm" if system.endswith("litellm") else "openai"
        seats = scripted_seats() if kind == "scripted" else llm_seats(url, live, transport)
        return await schoolroom(seats, asked, live, path)
    if kind == "scripted":
        return await OTHERS[system](say_scripted, asked, live, path)
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=live)) as session:
        return await OTHERS[system](say_llm(session, url), asked, live, path)


def measured(system: str, kind: str, asked: Sequence[Question], live: int, url: str) -> tuple[Words, Costs]:
    with tempfile.TemporaryDirectory() as folder:
        gc.collect()
        wall, cpu = time.perf_counter(), time.process_time()
        words = asyncio.run(hold(system, kind, asked, live, Path(folder) / "turns.db", url))
        cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    turns = sum(map(len, words))
    return words, Costs(cpu_ms=1000 * cpu / turns, per_second=turns / wall, turns=turns)


def check_words(systems: Sequence[str], kind: str, asked: Sequence[Question], url: str) -> None:
    """All systems must say the same; also imports and connects, so that nothing is measured cold."""
    first, *rest = (measured(system, kind, asked, 4, url)[0] for system in systems)
    for system, words in zip(systems[1:], rest, strict=True):
        for one, other in zip(first, words, strict=True):
            if one != other:
                sys.exit(
                    f"{systems[0]} and {system} say different words: nothing to compare.\n{one}\n{other}"
                )


def how_many(system: str, kind: str, live: int, episodes: int) -> int:
    """Questions in one measurement: at least one for each live classroom."""
    return max(live, episodes * (5 if kind == "scripted" and system in CHEAP else 1))


def measure_all(settings: argparse.Namespace) -> dict[str, Any]:
    found: dict[str, Any] = {"cpu_ms_per_turn": {}, "turns_per_second": {}, "turns": {}}
    with server() as url:
        for kind in settings.seats:
            systems = [name for name in settings.systems if kind == "llm" or name != "schoolroom-litellm"]
            asked = questions(max(5 * settings.episodes, *settings.live, 20), terms=2 if kind == "llm" else 5)
            check_words(systems, kind, asked[:20], url)
            for live in settings.live:
                costs: dict[str, list[Costs]] = {system: [] for system in systems}
                for repeat in range(settings.repeats):
                    for system in systems if repeat % 2 else reversed(systems):
                        put = asked[: how_many(system, kind, live, settings.episodes)]
                        costs[system].append(measured(system, kind, put, live, url)[1])
                for system, its in costs.items():
                    for key, value in (
                        ("cpu_ms_per_turn", spread([cost.cpu_ms for cost in its])),
                        ("turns_per_second", spread([cost.per_second for cost in its])),
                        ("turns", sum(cost.turns for cost in its)),
                    ):
                        found[key].setdefault(system, {}).setdefault(kind, {})[str(live)] = value
    return found


def installed(systems: Sequence[str]) -> list[str]:
    """Those of `systems` that can be measured here; says of the others how to install them."""
    if "langgraph" in systems and not (find_spec("langgraph") and find_spec("aiosqlite")):
        print("langgraph is left out; to install it: pip install 'schoolroom[bench]'", file=sys.stderr)
        return [system for system in systems if system != "langgraph"]
    return list(systems)


def versions() -> dict[str, str]:
    found = {"python": platform.python_version(), "sqlite": sqlite3.sqlite_version}
    for package in (
        "schoolroom",
        "autogen-agentchat",
        "litellm",
        "langgraph",
        "aiohttp",
        "sqlalchemy",
        "pydantic",
    ):
        with suppress(PackageNotFoundError):
            found[package] = version(package)
    return found


def show(found: Mapping[str, Any]) -> None:
    print("median (lowest-highest); CPU of the server not counted")
    print(
        f"{'seats':10}{'live':>6}  {'system':20}{'turns':>8}{'CPU-ms per durable turn':>26}"
        f"{'turns per second':>26}"
    )
    for kind in found["settings"]["seats"]:
        for live in found["settings"]["live"]:
            for system, by_kind in found["cpu_ms_per_turn"].items():
                if kind not in by_kind:
                    continue
                ms, rate = by_kind[kind][str(live)], found["turns_per_second"][system][kind][str(live)]
                turns = found["turns"][system][kind][str(live)]
                cost = f"{ms['median']:.3f} ({ms['low']:.3f}-{ms['high']:.3f})"
                speed = f"{rate['median']:,.0f} ({rate['low']:,.0f}-{rate['high']:,.0f})"
                print(f"{kind:10}{live:>6}  {system:20}{turns:>8,}{cost:>26}{speed:>26}")
    print(", ".join(f"{name} {number}" for name, number in found["versions"].items()))


def main() -> None:
    parser = argparse.ArgumentParser(description="CPU-ms and turns per second, beside a bare asyncio loop.")
    parser.add_argument("--seats", type=lambda text: text.split(","), default=list(KINDS))
    parser.add_argument("--systems", type=lambda text: text.split(","), default=list(SYSTEMS))
    parser.add_argument(
        "--live", type=lambda text: [int(n) for n in text.split(",")], default=[1, 64, 256, 1024]
    )
    parser.add_argument(
        "--episodes", type=int, default=100, help="at least (schoolroom and bare, scripted: 5 times as many)"
    )
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    settings = parser.parse_args()
    if unknown := set(settings.seats) - set(KINDS):
        parser.error(f"unknown seats: {', '.join(sorted(unknown))}; known: {', '.join(KINDS)}")
    if unknown := set(settings.systems) - set(SYSTEMS):
        parser.error(f"unknown systems: {', '.join(sorted(unknown))}; known: {', '.join(SYSTEMS)}")
    settings.systems = installed(settings.systems)
    gc.set_threshold(*GC_THRESHOLDS)
    chosen = {key: value for key, value in vars(settings).items() if key != "json"}
    found = {**measure_all(settings), "settings": chosen, "versions": versions(), "cpus": os.cpu_count()}
    print(json.dumps(found)) if settings.json else show(found)


if __name__ == "__main__":
    main()

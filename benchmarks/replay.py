"""How fast a stored run is verified: the real script driven by the recorded lines, no model called.

A run of scripted tutorings is held and stored first, which is not timed. Then it is read and verified, again
and again; what is timed is all that `schoolroom replay RUN --verify` does once the program is loaded. Timings
are printed, never tested.

    python benchmarks/replay.py --episodes 1000 --repeats 5 --json
"""

import argparse
import asyncio
import gc
import json
import os
import platform
import sqlite3
import sys
import tempfile
import time
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

from measuring import spread

from schoolroom.agents.seating import take_seat
from schoolroom.agents.seats import Seat
from schoolroom.environments.course import load_course
from schoolroom.environments.replay import Verified, verify_run
from schoolroom.environments.school import School
from schoolroom.transcripts.records import Role, Run
from schoolroom.transcripts.store import Store

WHO = {Role.TEACHER: "patient", Role.STUDENT: "careless", Role.GRADER: "exact"}
LESSON = "two-digit"


def held(store: Store, script: str, episodes: int) -> Run:
    """A stored run of so many episodes."""
    course = load_course("addition").only([LESSON])
    seats: dict[str, Seat] = {
        str(role): take_seat(who, name=role, role=role, checkers=course.checker) for role, who in WHO.items()
    }
    school = School(course, seats, store, script=script, gate="taught", episodes=episodes, wave=episodes)
    asyncio.run(school.run())
    return school.planned


def measured(store: Store, run: Run) -> tuple[Verified, float, float]:
    """What verifying the run found, and the seconds of wall-clock and CPU time that it took."""
    gc.collect()
    wall, cpu = time.perf_counter(), time.process_time()
    verified = asyncio.run(verify_run(run, store.episodes(run=run.id)))
    return verified, time.perf_counter() - wall, time.process_time() - cpu


def measure(script: str, episodes: int, repeats: int) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder, Store.open(Path(folder) / "run.db") as store:
        run = held(store, script, episodes)
        found = [measured(store, run) for _ in range(repeats)]
    verified, took = found[0][0], [wall for _, wall, _ in found]
    if not verified.identical:
        sys.exit(f"the run does not verify: {verified.differences[0].says}")
    return {
        "episodes": verified.episodes,
        "turns": verified.turns,
        "seconds": spread(took),
        "cpu_seconds": spread([cpu for _, _, cpu in found]),
        "episodes_per_second": spread([verified.episodes / seconds for seconds in took]),
        "turns_per_second": spread([verified.turns / seconds for seconds in took]),
    }


def versions() -> dict[str, str]:
    packages = ("schoolroom", "sqlalchemy", "pydantic")
    return {
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        **{package: version(package) for package in packages},
    }


def show(found: Mapping[str, Any]) -> None:
    print(f"{found['episodes']:,} episodes, {found['turns']:,} turns verified; median (lowest-highest)")
    for key, digits in (
        ("seconds", 2),
        ("cpu_seconds", 2),
        ("episodes_per_second", 0),
        ("turns_per_second", 0),
    ):
        value = {name: f"{number:,.{digits}f}" for name, number in found[key].items()}
        print(f"{key.replace('_', ' '):22}{value['median']} ({value['low']}-{value['high']})")
    print(", ".join(f"{name} {number}" for name, number in found["versions"].items()))


def main() -> None:
    parser = argparse.ArgumentParser(description="Episodes and turns verified per second.")
    parser.add_argument("--script", default="tutoring")
    parser.add_argument("--episodes", type=int, default=1000)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    settings = parser.parse_args()
    if settings.episodes < 1 or settings.repeats < 1:
        parser.error("--episodes and --repeats must be at least 1")
    found = measure(settings.script, settings.episodes, settings.repeats)
    chosen = {key: value for key, value in vars(settings).items() if key != "json"}
    found |= {"settings": chosen, "versions": versions(), "cpus": os.cpu_count()}
    print(json.dumps(found)) if settings.json else show(found)


if __name__ == "__main__":
    main()

"""Episodes per second in one process, and with one and two Ray workers that hold the same run.

*scripted*: words by rules, so that all time is processor time. *llm*: chat requests to a server on loopback
without a model, in a process of its own, which takes a while for each reply. *local*: the student is a new
local model, which each worker loads for itself, and whose replies are cut at 64 characters. Every turn is
durable in SQLite before the next. Counted is the time from the first question to the last ending, without the
start of Ray and its workers. Repeats are interleaved, so that a busy machine troubles all alike, and all runs
must hold the same words. Timings are printed, never tested.

    python benchmarks/scaling.py --repeats 3 --json
"""

import argparse
import json
import os
import platform
import sys
import tempfile
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

from measuring import server, spread

from schoolroom.cli.run import teach
from schoolroom.cli.settings import load_settings
from schoolroom.environments.ray_engine import ray_cluster
from schoolroom.training.student import new_student
from schoolroom.transcripts.store import Store

SYSTEMS: Mapping[str, Mapping[str, Any]] = {
    "one process": {},
    "1 worker": {"engine.name": "ray", "engine.workers": 1},
    "2 workers": {"engine.name": "ray", "engine.workers": 2},
}
WHO = {
    "scripted": ("patient", "anxious"),
    "llm": ("patient@fake", "anxious@fake"),
    "local": ("patient", "hf:{folder}/student"),
}


def measured(system: str, kind: str, options: argparse.Namespace, url: str) -> tuple[list[Any], float]:
    """What was said, and episodes per second."""
    teacher, student = WHO[kind]
    with tempfile.TemporaryDirectory() as folder:
        if kind == "local":
            new_student(seed=0, device="cpu").save(Path(folder) / "student")
        given: dict[str, Any] = {
            "seats.teacher.who": teacher,
            "seats.student.who": student.format(folder=folder),
            "seats.student.max_new_tokens": 64 if kind == "local" else None,
            "classroom.gate": "taught",
            "classroom.episodes": options.episodes,
            "classroom.wave": options.episodes,  # no looks in between, which wait for the slowest
            "classroom.concurrency": options.live,
            "llm.max_concurrency": options.live,
            "llm.base_url": url,
            "database": str(Path(folder) / "scaling.db"),
        }
        report, failures = teach(load_settings(given={**given, **SYSTEMS[system]}), watch=False, quiet=True)
        if failures:
            sys.exit(f"episodes were cut short: {failures[0].reason}")
        with Store.open(given["database"]) as store:
            words = [[turn.text for turn in episode.turns] for episode in store.episodes(calls=False)]
    return words, report.totals.episodes / report.seconds


def measure_all(options: argparse.Namespace) -> dict[str, Any]:
    rates: dict[str, dict[str, list[float]]] = {
        kind: {name: [] for name in SYSTEMS} for kind in options.seats
    }
    with server(options.delay) as url, ray_cluster(workers=2):
        for kind, found in rates.items():
            said: list[Any] = []
            for repeat in range(options.repeats + 1):
                for system in SYSTEMS if repeat % 2 else reversed(list(SYSTEMS)):
                    words, rate = measured(system, kind, options, url)
                    said = said or words
                    if words != said:
                        sys.exit(f"{kind} seats say other words with {system}; nothing can be compared.")
                    if repeat:  # the first time, everything is cold
                        found[system].append(rate)
    first, *_ = SYSTEMS
    return {
        "episodes_per_second": {
            kind: {system: spread(values) for system, values in found.items()}
            for kind, found in rates.items()
        },
        "times_one_process": {
            kind: {
                system: spread([a / b for a, b in zip(values, found[first], strict=True)])
                for system, values in found.items()
            }
            for kind, found in rates.items()
        },
    }


def show(found: Mapping[str, Any]) -> None:
    print("median (lowest-highest)")
    print(f"{'seats':10}{'':14}{'episodes per second':>28}{'times one process':>26}")
    for kind, systems in found["episodes_per_second"].items():
        for system, rate in systems.items():
            times = found["times_one_process"][kind][system]
            cells = [f"{x['median']:.2f} ({x['low']:.2f}-{x['high']:.2f})" for x in (rate, times)]
            print(f"{kind:10}{system:14}{cells[0]:>28}{cells[1]:>26}")
    print(", ".join(f"{name} {number}" for name, number in found["versions"].items()))


def main() -> None:
    parser = argparse.ArgumentParser(description="Episodes per second with and without Ray's workers.")
    parser.add_argument("--seats", type=lambda text: text.split(","), default=list(WHO))
    parser.add_argument("--episodes", type=int, default=300, help="of each of two lessons")
    parser.add_argument("--live", type=int, default=64)
    parser.add_argument("--delay", type=float, default=0.2, help="seconds that a model's reply takes")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args()
    if unknown := set(options.seats) - set(WHO):
        parser.error(f"unknown seats: {', '.join(sorted(unknown))}; known: {', '.join(WHO)}")
    chosen = {key: value for key, value in vars(options).items() if key != "json"}
    packages = {name: version(name) for name in ("schoolroom", "ray", "sqlalchemy", "aiohttp")}
    versions = {"python": platform.python_version(), **packages}
    found = {**measure_all(options), "settings": chosen, "versions": versions, "cpus": os.cpu_count()}
    print(json.dumps(found)) if options.json else show(found)


if __name__ == "__main__":
    main()

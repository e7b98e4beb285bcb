"""What a big store costs: to fill, to list, to read, to export, to make training rows of; and bytes per turn.

A store is filled through its writer with made-up tutorings, ten runs of equal length. Everything is measured
twice, when a tenth of it is there and when all of it is: what is bounded (the first twenty episodes, one run)
must then cost the same, and what goes through everything ten times as much CPU time, in the same memory.
Each operation runs in a process of its own, warmed up on a tiny store; memory is how far its peak rises above
that. Timings are printed, never tested.

    python benchmarks/store.py --turns 100000 --json
"""

import argparse
import asyncio
import json
import os
import platform
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from importlib.metadata import version
from itertools import islice
from pathlib import Path
from typing import Any

from store_size import sizes
from tutorings import LESSONS, run_of, tutorings

from schoolroom.training.recipes.base import apply_recipe
from schoolroom.transcripts.records import Episode
from schoolroom.transcripts.store import Counts, Store

RUNS = 10
BATCH = 250  # episodes that are held at once
BALANCE = {"balance": {"revision": 1.5, "termination": 1.0, "attempt": 1.0}}


def fill(store: Store, runs: Sequence[int], turns: int) -> tuple[int, float]:
    """Add these runs, of so many turns each; turns that were written, and the CPU seconds of writing them."""
    written, cpu = 0, 0.0
    for number in runs:
        run = run_of(number)
        store.add_held(run)
        stream = tutorings(run, turns)
        while batch := list(islice(stream, BATCH)):
            began = time.process_time()
            asyncio.run(_hold(store, batch))
            cpu += time.process_time() - began
            written += sum(len(episode.turns) for episode in batch)
    return written, cpu


async def _hold(store: Store, episodes: Sequence[Episode]) -> None:
    """Write them as classrooms do: all at once, each of them turn by turn."""

    async def hold(episode: Episode) -> None:
        await store.begin(episode)
        for turn in episode.turns:
            await store.append(episode.id, turn)
        if episode.ending:
            await store.end(episode.id, episode.ending)

    await asyncio.gather(*(hold(episode) for episode in episodes))


Work = Callable[[Store, Path], Iterable[object]]
"""Something that is done with a store; given a folder for its files."""


def said(store: Store) -> Iterator[Episode]:
    return store.episodes(calls=False)


def wrong(episode: Episode) -> bool:
    return not episode.turns[-1].says_correct


def one_episode(store: Store, _: Path) -> Iterator[Episode]:
    yield store.episode(next(tutorings(run_of(0), 1)).id[:10])


def counts_of_runs(store: Store, _: Path) -> Iterator[Counts]:
    return (store.counts(run.id) for run in store.runs())


def by_command(*words: str, each_run: bool = False) -> Work:
    """What a command does: files, and the look for damage."""

    def work(store: Store, folder: Path) -> Iterator[int]:
        from typer.testing import CliRunner

        from schoolroom.cli.main import app

        given = [word.format(folder=folder) for word in words]
        given += [word for run in store.runs() if each_run for word in ("--run", run.id)]
        yield CliRunner().invoke(app, [*given, "--db", store.where], catch_exceptions=False).exit_code

    return work


OUT = ("--out", "{folder}/out", "--overwrite")
WORK: Mapping[str, Work] = {
    "first 20 episodes": lambda store, _: islice(said(store), 20),
    "first 20 wrong": lambda store, _: islice(filter(wrong, said(store)), 20),
    "first 20 of a lesson": lambda store, _: islice(store.episodes(lesson=LESSONS[-1], calls=False), 20),
    "no such lesson": lambda store, _: store.episodes(lesson="none", calls=False),
    "a lesson of a run": lambda store, _: store.episodes(run=run_of(0).id, lesson=LESSONS[-1], calls=False),
    "a run with calls": lambda store, _: store.episodes(run=run_of(0).id),
    "an episode by prefix": one_episode,
    "lineage of a row": lambda store, _: store.lineage(next(store.examples()).id),
    "counts of each run": counts_of_runs,
    "counts of all": lambda store, _: [store.counts()],
    "all without calls": lambda store, _: said(store),
    "all with calls": lambda store, _: store.episodes(),
    "recipe": lambda store, _: apply_recipe("self_correction", said(store)),
    "balanced recipe": lambda store, _: apply_recipe("self_correction", said(store), BALANCE),
    "transcripts export": by_command("transcripts", "export", *OUT),
    "export": by_command("export", *OUT, "--quiet", each_run=True),
    "transcripts check": by_command("transcripts", "check"),
}
"""What is measured, by name; the commands as they are typed."""


def measured(name: str, where: Path) -> dict[str, Any]:
    """What the operation costs in a process of its own."""
    words = [sys.executable, __file__, "--do", name, "--db", str(where)]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(done.stderr)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def do(name: str, where: Path) -> dict[str, Any]:
    """The same, in this process: warmed up on the tiny store that stands beside the big one."""
    for file in (where.with_name("tiny.db"), where):
        with Store.open(file) as store:
            began, before = time.process_time(), peak_megabytes()
            given = sum(1 for _ in WORK[name](store, where.parent))
            cpu = time.process_time() - began
    return {"gives": given, "cpu_seconds": round(cpu, 4), "megabytes": round(peak_megabytes() - before, 1)}


def peak_megabytes() -> float:
    """The most memory that this process has had so far."""
    status = Path("/proc/self/status")
    if status.exists():  # where 'getrusage' would count in the process that started this one
        return next(int(line.split()[1]) for line in status.open() if line.startswith("VmHWM")) / 1024
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20


def measure(turns: int, names: Sequence[str]) -> dict[str, Any]:
    found: dict[str, Any] = {"work": {name: {} for name in names}}
    with tempfile.TemporaryDirectory() as folder:
        where = Path(folder) / "big.db"
        for file, length in ((where.with_name("tiny.db"), 50), (where, turns // RUNS)):
            with Store.open(file) as store:
                written, cpu = fill(store, [0], length)
                store.add_examples(apply_recipe("self_correction", store.episodes(calls=False)))
        _measure_all(found, "tenth", where, names)
        with Store.open(where) as store:
            more, further = fill(store, range(1, RUNS), turns // RUNS)
        found["turns"], found["turns_per_cpu_second"] = (
            written + more,
            round((written + more) / (cpu + further)),
        )
        _measure_all(found, "all", where, names)
        found["size"] = sizes(where)
    return found


def _measure_all(found: dict[str, Any], part: str, where: Path, names: Sequence[str]) -> None:
    for name in names:
        found["work"][name][part] = measured(name, where)


def versions() -> dict[str, str]:
    packages = ("schoolroom", "sqlalchemy", "pydantic")
    return {
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        **{package: version(package) for package in packages},
    }


def show(found: Mapping[str, Any]) -> None:
    print(f"{found['turns']:,} turns, written at {found['turns_per_cpu_second']:,} per CPU second")
    print(f"{'':22}{'CPU seconds':>20}{'more memory, MB':>20}")
    print(f"{'':22}{'a tenth':>10}{'all':>10}{'a tenth':>10}{'all':>10}")
    for name, parts in found["work"].items():
        tenth, whole = parts["tenth"], parts["all"]
        cpu = f"{tenth['cpu_seconds']:>10.3f}{whole['cpu_seconds']:>10.3f}"
        print(f"{name:22}{cpu}{tenth['megabytes']:>10.1f}{whole['megabytes']:>10.1f}")
    size = found["size"]
    per_row = f"{size['bytes_per_training_row']:,.0f} per training row"
    print(f"{size['bytes_per_turn']:,.0f} bytes per turn, {per_row}")
    for group in ("by_table_and_index", "what_if"):
        for name, number in size[group].items():
            print(f"  {name:42}{number:>9.1f}")
    print(", ".join(f"{name} {number}" for name, number in found["versions"].items()))


def main() -> None:
    parser = argparse.ArgumentParser(description="What a big store costs.")
    parser.add_argument("--turns", type=int, default=100_000)
    parser.add_argument("--only", default=",".join(WORK), help="operations, with commas between")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--do", choices=WORK, help=argparse.SUPPRESS)
    parser.add_argument("--db", type=Path, help=argparse.SUPPRESS)
    settings = parser.parse_args()
    if settings.do:
        print(json.dumps(do(settings.do, settings.db)))
        return
    if settings.turns < RUNS * 10:
        parser.error(f"--turns must be at least {RUNS * 10}")
    names = settings.only.split(",")
    if unknown := [name for name in names if name not in WORK]:
        parser.error(f"--only knows {', '.join(WORK)}; not {', '.join(unknown)}")
    found = measure(settings.turns, names)
    found |= {"versions": versions(), "cpus": os.cpu_count()}
    print(json.dumps(found)) if settings.json else show(found)


if __name__ == "__main__":
    main()

"""How soon the viewer shows something of a big store: when its server answers, and when a browser paints.

A store is filled with made-up tutorings (see `tutorings`), and `schoolroom view` serves it from a process of
its own. Each page is asked for several times over a connection of its own; the first request after the start,
when nothing was read or counted yet, is told apart. Where Playwright and a Chromium are there, a browser with
an empty cache opens each page, too, and says when it first painted something. Timings are printed, never
tested.

    python benchmarks/viewer.py --episodes 100000 --json
"""

import argparse
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.request import urlopen

from store import RUNS, fill, versions
from tutorings import LESSONS, run_of, tutorings

from schoolroom.transcripts.store import Store

TURNS = 5  # of an episode, on average
FIRST = "/runs"


def pages(episodes: int) -> dict[str, str]:
    """What is looked at, by what it is."""
    one = next(tutorings(run_of(0), 1)).id
    run = run_of(RUNS - 1).id
    return {
        "all runs": FIRST,
        "a run": f"/runs/{run}",
        "the newest episodes": "/episodes",
        "a page in the middle": f"/episodes?page={episodes // 2}",
        "of a run": f"/episodes?run={run_of(0).id}",
        "of a lesson": f"/episodes?lesson={LESSONS[-1]}",
        "wrong in the end": "/episodes?right=no",
        "cut short, of a persona": "/episodes?ending=cut_short&persona=patient",
        "holding frequent words": "/episodes?q=carry",
        "holding words that nobody said": "/episodes?q=nobody+said+this",
        "broken, of which there are none": "/episodes?corrected=broken",
        "the most costly": "/episodes?sort=cost",
        "an episode": f"/episodes/{one}",
        "the one after it": f"/episodes/{one}/next?right=no&sort=oldest",
    }


@contextmanager
def served(where: Path) -> Iterator[tuple[str, int]]:
    """The address of a viewer of this database, and its process id; it ends with the body."""
    start = "from schoolroom.cli.main import main; main()"
    words = [sys.executable, "-c", start, "view", "--db", str(where), "--port", "0", "--no-browser"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as server:
        try:
            assert server.stdout is not None
            yield server.stdout.readline().strip().rstrip("/"), server.pid
        finally:
            server.terminate()


def asked(address: str) -> tuple[float, int]:
    """Seconds until a page is there, and its bytes."""
    began = time.perf_counter()
    with urlopen(address) as answer:
        content = answer.read()
    return time.perf_counter() - began, len(content)


def answered(base: str, pid: int, wanted: Mapping[str, str], repeats: int) -> dict[str, dict[str, Any]]:
    """How long the server takes for each page, in seconds, from request to last byte; and its CPU seconds."""
    found: dict[str, dict[str, Any]] = {}
    for name, path in wanted.items():
        before = cpu_seconds(pid)
        times = [asked(base + path) for _ in range(repeats)]
        cpu = round((cpu_seconds(pid) - before) / repeats, 3)
        found[name] = summary([seconds for seconds, _ in times]) | {"cpu": cpu, "bytes": times[-1][1]}
    return found


def cpu_seconds(pid: int) -> float:
    """What a process has used of its processors so far; 0 where Linux does not say."""
    stat = Path(f"/proc/{pid}/stat")
    fields = stat.read_text().rpartition(")")[2].split() if stat.exists() else ["0"] * 13
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def painted(base: str, wanted: Mapping[str, str], repeats: int) -> dict[str, dict[str, Any]] | None:
    """When a browser first paints something of each page, in seconds; None where there is no browser."""
    browser_file = shutil.which("chromium") or shutil.which("chromium-browser")
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        return None
    if browser_file is None:
        return None
    entry = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? null"
    found: dict[str, dict[str, Any]] = {}
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=browser_file, args=["--no-sandbox"])
        for name, path in wanted.items():
            times = []
            for _ in range(repeats):
                context = browser.new_context()
                page = context.new_page()
                page.goto(base + path)
                while (milliseconds := page.evaluate(entry)) is None:
                    page.wait_for_timeout(20)
                times.append(milliseconds / 1_000)
                context.close()
            found[name] = summary(times)
        browser.close()
    return found


def summary(seconds: list[float]) -> dict[str, Any]:
    rounded = [round(one, 4) for one in seconds]
    return {"median": round(statistics.median(rounded), 4), "lowest": min(rounded), "highest": max(rounded)}


def peak_megabytes(pid: int) -> float | None:
    """The most memory that a process has had so far, where Linux says so."""
    status = Path(f"/proc/{pid}/status")
    found = re.search(r"VmHWM:\s+(\d+)", status.read_text()) if status.exists() else None
    return None if found is None else round(int(found[1]) / 1024, 1)


def measure(where: Path, repeats: int, *, browser: bool) -> dict[str, Any]:
    """All that is measured of the store at `where`."""
    with Store.open(where, must_exist=True) as store:
        counts = store.counts()
    wanted = pages(counts.episodes)
    began = time.perf_counter()
    with served(where) as (base, pid):
        started = time.perf_counter() - began
        first, _ = asked(base + FIRST)
        found = {
            "episodes": counts.episodes,
            "turns": counts.turns,
            "megabytes": round(where.stat().st_size / 2**20, 1),
            "seconds_to_listen": round(started, 3),
            "first_answer_seconds": round(first, 4),
            "answered": answered(base, pid, wanted, repeats),
        }
        found["painted"] = painted(base, wanted, repeats) if browser else None
        found["server_peak_megabytes"] = peak_megabytes(pid)
    return found


def show(found: Mapping[str, Any]) -> None:
    print(f"{found['episodes']:,} episodes, {found['turns']:,} turns, {found['megabytes']:,.0f} MB")
    listening, first = found["seconds_to_listen"], found["first_answer_seconds"]
    print(f"listening after {listening:.2f} s, then the first answer in {first:.3f} s")
    print(f"{'':34}{'answered in, s':>24}{'CPU s':>8}{'bytes':>10}{'first painted after, s':>26}")
    for name, told in found["answered"].items():
        seen = (found["painted"] or {}).get(name)
        cost = f"{told['cpu']:>8.3f}{told['bytes']:>10,}"
        print(f"{name:34}{_range(told):>24}{cost}{_range(seen) if seen else '':>26}")
    print(f"server's memory: {found['server_peak_megabytes']} MB at most")
    print(", ".join(f"{name} {number}" for name, number in found["versions"].items()))


def _range(told: Mapping[str, float]) -> str:
    return f"{told['median']:.3f} ({told['lowest']:.3f} to {told['highest']:.3f})"


def main() -> None:
    parser = argparse.ArgumentParser(description="How soon the viewer shows something of a big store.")
    parser.add_argument("--episodes", type=int, default=100_000, help="about how many the store holds")
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--db", type=Path, help="keep the store there, or measure the one that is there")
    parser.add_argument("--no-browser", action="store_true", help="ask the server alone")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    settings = parser.parse_args()
    if settings.episodes < RUNS or settings.repeats < 1:
        parser.error(f"--episodes must be at least {RUNS}, --repeats 1")
    with tempfile.TemporaryDirectory() as folder:
        where = settings.db or Path(folder) / "big.db"
        if not where.exists():
            with Store.open(where) as store:
                fill(store, range(RUNS), settings.episodes * TURNS // RUNS)
        found = measure(where, settings.repeats, browser=not settings.no_browser)
    found |= {"versions": versions(), "cpus": os.cpu_count(), "load": os.getloadavg()[0]}
    print(json.dumps(found)) if settings.json else show(found)


if __name__ == "__main__":
    main()

"""The benchmark of the local student runs, all ways say the same words, and its JSON holds every number."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "benchmarks" / "batching.py"


@pytest.mark.slow
def test_the_benchmark_generates_the_same_replies_in_every_way() -> None:
    options = ["--size", "small", "--requests", "6", "--alone", "2", "--by-hand", "4", "--classrooms", "3"]
    done = subprocess.run(
        [sys.executable, SCRIPT, *options, "--repeats", "1", "--json"],
        capture_output=True,
        text=True,
        check=True,
    )
    systems = json.loads(done.stdout)["systems"]
    assert list(systems) == [
        "generate, one by one",
        "generate, 4 by hand",
        "engine, 3 classrooms",
        "engine, 3 classrooms, persona",
    ]
    for name, rates in systems.items():
        assert rates["tokens_per_cpu_second"]["low"] > 0
        assert rates["same_replies"] is None if "persona" in name else rates["same_replies"] > 0.5


@pytest.mark.slow
def test_a_run_of_nothing_is_refused() -> None:
    done = subprocess.run(
        [sys.executable, SCRIPT, "--requests", "0"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "--requests, --alone and --repeats must be at least 1" in done.stderr

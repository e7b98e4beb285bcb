"""The benchmark of verification runs, and its JSON holds every number. Nothing is timed."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "benchmarks" / "replay.py"


@pytest.mark.slow
def test_the_benchmark_verifies_a_run() -> None:
    options = ["--episodes", "3", "--repeats", "2", "--json"]
    done = subprocess.run([sys.executable, SCRIPT, *options], capture_output=True, text=True, check=True)
    found = json.loads(done.stdout)
    assert found["episodes"] == 3
    assert found["turns"] >= 9
    for unit in ("seconds", "cpu_seconds", "episodes_per_second", "turns_per_second"):
        assert found[unit]["low"] <= found[unit]["median"] <= found[unit]["high"]


@pytest.mark.slow
def test_a_run_of_nothing_is_refused() -> None:
    done = subprocess.run(
        [sys.executable, SCRIPT, "--episodes", "0"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "--episodes and --repeats must be at least 1" in done.stderr

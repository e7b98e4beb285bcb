"""The benchmark of the viewer runs in miniature, and its JSON holds every number. Nothing is timed."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "benchmarks" / "viewer.py"


def run(*options: str, code: int = 0) -> subprocess.CompletedProcess[str]:
    done = subprocess.run([sys.executable, SCRIPT, *options], capture_output=True, text=True, check=False)
    assert done.returncode == code, done.stderr
    return done


@pytest.mark.slow
def test_the_benchmark_serves_and_asks() -> None:
    found = json.loads(run("--episodes", "100", "--repeats", "1", "--no-browser", "--json").stdout)
    assert 90 <= found["episodes"] <= 110
    assert len(found["answered"]) > 10
    for name, told in found["answered"].items():
        assert told["bytes"] > 2_000, name
        assert 0 < told["lowest"] <= told["median"] <= told["highest"], name
    assert found["painted"] is None


def test_what_cannot_be_measured_is_refused() -> None:
    assert "--episodes must be at least 10" in run("--episodes", "5", code=2).stderr

"""The benchmark of big stores runs in miniature, and its JSON holds every number. Nothing is timed."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "benchmarks" / "store.py"


def run(*options: str, code: int = 0) -> subprocess.CompletedProcess[str]:
    done = subprocess.run([sys.executable, SCRIPT, *options], capture_output=True, text=True, check=False)
    assert done.returncode == code, done.stderr
    return done


@pytest.mark.slow
def test_the_benchmark_fills_and_reads_a_store() -> None:
    found = json.loads(run("--turns", "500", "--only", "all with calls,export", "--json").stdout)
    assert 500 <= found["turns"] < 600
    tenth, whole = (found["work"]["all with calls"][part] for part in ("tenth", "all"))
    assert whole["gives"] > 5 * tenth["gives"] > 0
    assert {"cpu_seconds", "megabytes"} < found["work"]["export"]["all"].keys()
    size = found["size"]
    assert sum(size["by_table_and_index"].values()) == pytest.approx(size["bytes_per_turn"], rel=0.1)
    assert size["what_if"]["prompts shared"] < size["what_if"]["prompts whole"]


@pytest.mark.slow
def test_what_cannot_be_measured_is_refused() -> None:
    assert "--turns must be at least 100" in run("--turns", "5", code=2).stderr
    assert "not flying" in run("--only", "flying", code=2).stderr

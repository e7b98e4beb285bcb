"""The benchmark of growth runs, and its JSON holds every number. Nothing is timed."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "benchmarks" / "growth.py"


@pytest.mark.slow
def test_the_benchmark_measures_episodes_conversations_and_live_classrooms() -> None:
    options = ["--episodes", "40", "--turns", "100", "--live", "5", "--json"]
    done = subprocess.run([sys.executable, SCRIPT, *options], capture_output=True, text=True, check=True)
    found = json.loads(done.stdout)
    for session in ("held", "resumed"):
        assert [row["episodes"] for row in found["episodes"][session]] == list(range(4, 41, 4))
        assert all(row["rss_mb"] > 0 and row["cpu_ms_per_turn"] > 0 for row in found["episodes"][session])
    for kind in ("scripted", "llm"):
        assert list(found["conversations"][kind]) == ["10", "25", "50", "100"]
    assert found["live"]["classrooms"] == 5
    assert found["live"]["traced_kb_each"] > 0


def test_a_run_of_nothing_is_refused() -> None:
    done = subprocess.run(
        [sys.executable, SCRIPT, "--episodes", "0"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "--episodes, --turns and --live must be at least 1" in done.stderr

"""The benchmark runs, all systems say the same words, and its JSON holds every number. Nothing is timed."""

import json
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "benchmarks" / "overhead.py"


@pytest.mark.slow
def test_the_benchmark_measures_all_systems() -> None:
    options = ["--episodes", "2", "--repeats", "1", "--live", "1,3", "--json"]
    done = subprocess.run([sys.executable, SCRIPT, *options], capture_output=True, text=True, check=True)
    found = json.loads(done.stdout)
    systems = {"schoolroom", "schoolroom-litellm", "bare", "autogen-team"}
    if find_spec("langgraph"):
        systems.add("langgraph")
    assert set(found["cpu_ms_per_turn"]) == systems
    for system in systems:
        for seats in ("llm",) if system == "schoolroom-litellm" else ("scripted", "llm"):
            for live in ("1", "3"):
                assert found["turns"][system][seats][live] >= 3 * int(live)
                for unit in ("cpu_ms_per_turn", "turns_per_second"):
                    assert found[unit][system][seats][live]["median"] > 0


def test_unknown_seats_are_refused() -> None:
    done = subprocess.run(
        [sys.executable, SCRIPT, "--seats", "scripted,robots"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "unknown seats: robots; known: scripted, llm" in done.stderr


def test_unknown_systems_are_refused() -> None:
    done = subprocess.run(
        [sys.executable, SCRIPT, "--systems", "crew"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "unknown systems: crew; known: schoolroom, schoolroom-litellm, bare" in done.stderr

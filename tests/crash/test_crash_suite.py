"""The crash suite in small: a few kills, and nothing is lost, doubled, paid for again or changed.

`make crash` is the whole of it.
"""

import json
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "benchmarks" / "crash.py"
CLEAN = {"turns_lost": 0, "turns_doubled": 0, "calls_beyond_in_flight": 0, "differences": 0}


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "kills", "episodes"), [("scripted", 2, 200), ("models", 2, 12)])
def test_killed_runs_end_as_if_nobody_had_killed_them(kind: str, kills: int, episodes: int) -> None:
    words = ["--only", kind, "--kills", str(kills), "--episodes", str(episodes)]
    done = subprocess.run([sys.executable, SCRIPT, *words], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found.pop("episodes") >= episodes  # a run that ends before it is killed is followed by another
    assert found == {"kills": kills, **CLEAN}

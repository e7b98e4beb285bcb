"""The benchmark of training runs, both loops learn the same, and its JSON holds every number."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "benchmarks" / "training.py"


@pytest.mark.slow
def test_the_trainer_and_the_bare_loop_make_the_same_steps() -> None:
    options = ["--sizes", "small", "--batches", "3", "--episodes", "4", "--steps", "2", "--repeats", "1"]
    done = subprocess.run(
        [sys.executable, SCRIPT, *options, "--json"], capture_output=True, text=True, check=True
    )
    (found,) = json.loads(done.stdout)["students"]
    assert found["losses_apart"] < 1e-3
    assert 0 <= found["padded_share"] < 1
    assert set(found["tokens_per_second"]) == {"bare", "trainer", "by length"}
    assert found["over_bare"]["trainer"]["low"] > 0
    assert found["model_flops_per_token"] > 6 * 96 * 96

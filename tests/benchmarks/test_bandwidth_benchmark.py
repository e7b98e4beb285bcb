"""The benchmark of memory bandwidth runs, and its JSON holds every number."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "benchmarks" / "bandwidth.py"


@pytest.mark.slow
def test_more_rows_share_the_reading_of_the_weights() -> None:
    options = ["--rows", "1", "2", "--prompt", "8", "--reply", "3", "--copied", "1", "--repeats", "1"]
    done = subprocess.run(
        [sys.executable, SCRIPT, *options, "--json"], capture_output=True, text=True, check=True
    )
    one, two = json.loads(done.stdout)["students"]
    assert one["limit_tokens_per_second"] < two["limit_tokens_per_second"]
    assert two["limit_tokens_per_second"] < 2 * one["limit_tokens_per_second"]
    assert one["share_of_limit"]["low"] > 0

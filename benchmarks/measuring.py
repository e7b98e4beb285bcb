"""What several benchmarks share: how repeats are told, and a server without a model. Measures nothing."""

import statistics
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

__all__ = ["server", "spread"]


def spread(values: Sequence[float]) -> dict[str, float]:
    """Median and range of what was measured."""
    found = {"median": statistics.median(values), "low": min(values), "high": max(values)}
    return {name: round(value, 4) for name, value in found.items()}


@contextmanager
def server(delay: float = 0.0) -> Iterator[str]:
    """The address of a chat server in another process that takes `delay` seconds for each reply."""
    command = [sys.executable, "-m", "schoolroom.agents.fake_server", "--delay", str(delay)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().strip()
        finally:
            process.terminate()

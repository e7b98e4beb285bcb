"""Tasks on disk: each leaves a result when it has ended, and is not run again while that counts."""

import json
import os
import shutil
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..transcripts.records import Json
from .bench import Bench
from .study import Task

__all__ = ["do_task", "finished"]

BEGUN = "task.json"
"""Written before anything else; a folder that holds it is a task's, and may be emptied."""


def finished(folder: Path, digest: str) -> dict[str, Json] | None:
    """What the task in `folder` left, as `do_task` gives it back, if it has ended and its result counts."""
    kept = _read(folder / Bench.RESULT)
    return kept if kept.get("digest") == digest and "result" in kept else None


def do_task(task: Task, bench: Bench[Any], digest: str) -> dict[str, Json]:
    """Run a task, and write down what it gives back.

    What the same task left when it was interrupted is still there for it to go on from; what another version
    of it left is removed.

    Args:
        task: What is run.
        bench: What it works at.
        digest: Follows from all that determines its result; a result with another digest does not count.

    Returns:
        What was written: ``digest``, ``seconds`` (by the clock), ``cpu_seconds`` and ``result``.
    """
    folder, began, worked = bench.folder, time.monotonic(), time.process_time()
    if _read(folder / BEGUN).get("digest", digest) != digest:
        shutil.rmtree(folder)
    folder.mkdir(parents=True, exist_ok=True)
    _write(folder / BEGUN, {"digest": digest, "task": task.name, "settings": dict(task.settings)})
    result = dict(task.run(bench, **task.settings))
    kept = {
        "digest": digest,
        "seconds": round(time.monotonic() - began, 3),
        "cpu_seconds": round(time.process_time() - worked, 3),
        "result": result,
    }
    _write(folder / Bench.RESULT, kept)
    return kept


def _read(path: Path) -> dict[str, Json]:
    """The object in a file; empty where there is none."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _write(path: Path, value: Mapping[str, Json]) -> None:
    """Write `value`, all or nothing."""
    scratch = path.with_suffix(".new")
    scratch.write_text(json.dumps(value, indent=1, allow_nan=False) + "\n", encoding="utf-8")
    os.replace(scratch, path)

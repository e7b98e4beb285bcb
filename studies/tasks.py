"""Tasks on disk: each leaves a result when it has ended, and is not run again while that counts."""

import json
import os
import shutil
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..transcripts.errors import BadInput
from ..transcripts.records import Json, content_id
from .bench import Bench
from .study import Task

__all__ = ["digest_of", "do_task", "finished_result", "read_result"]

RESULT = "result.json"
BEGUN = "task.json"
"""Written before anything else; a folder that holds it is a task's, and may be emptied."""


def digest_of(study: str, version: int, student: str, plan: Mapping[str, Json], seed: int, task: Task) -> str:
    """Follows from all that determines a task's result; a result with another digest does not count."""
    return content_id(study, version, student, dict(plan), seed, task.name, dict(task.settings))


def finished_result(folder: Path, digest: str) -> dict[str, Json] | None:
    """What the task in `folder` gave back, if it has ended and its result counts."""
    try:
        kept = json.loads((folder / RESULT).read_text(encoding="utf-8"))
        return dict(kept["result"]) if kept["digest"] == digest else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def read_result(folder: Path) -> dict[str, Json]:
    """What the task in `folder` gave back.

    Raises:
        BadInput: it has not ended.
    """
    try:
        return dict(json.loads((folder / RESULT).read_text(encoding="utf-8"))["result"])
    except (OSError, ValueError, KeyError, TypeError):
        raise BadInput(f"'{folder}' holds no result; a task reads only what it names in its needs.") from None


def do_task(task: Task, bench: Bench[Any], digest: str) -> dict[str, Json]:
    """Run a task, and write down what it gives back.

    What the same task left when it was interrupted is still there for it to go on from; what another version
    of it left is removed.
    """
    folder, began = bench.folder, time.monotonic()
    if _begun(folder) not in (None, digest):
        shutil.rmtree(folder)
    folder.mkdir(parents=True, exist_ok=True)
    _write(folder / BEGUN, {"digest": digest, "task": task.name, "settings": dict(task.settings)})
    result = dict(task.run(bench, **task.settings))
    seconds = round(time.monotonic() - began, 3)
    _write(folder / RESULT, {"digest": digest, "seconds": seconds, "result": result})
    return result


def _begun(folder: Path) -> str | None:
    """The digest of the task that was begun in `folder`."""
    try:
        return str(json.loads((folder / BEGUN).read_text(encoding="utf-8"))["digest"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _write(path: Path, value: Mapping[str, Json]) -> None:
    """Write `value`, all or nothing."""
    scratch = path.with_suffix(".new")
    scratch.write_text(json.dumps(value, indent=1, allow_nan=False) + "\n", encoding="utf-8")
    os.replace(scratch, path)

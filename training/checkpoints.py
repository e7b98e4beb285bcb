"""Checkpoint folders: a model in Hugging Face form, and `schoolroom.json` what it grew from. No torch."""

import json
from collections.abc import Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING

from ..transcripts.errors import CheckpointError
from ..transcripts.records import Checkpoint, Example, Json, content_id
from .identity import model_path

if TYPE_CHECKING:
    from .student import Student
    from .trainer import TrainingReport

__all__ = ["LINEAGE", "checkpoint_id", "read_checkpoint", "save_checkpoint"]

LINEAGE = "schoolroom.json"
"""Name of the file that holds the `Checkpoint` record."""

PACKAGES = ("schoolroom", "torch", "transformers")


def save_checkpoint(
    student: "Student",
    folder: str | Path,
    *,
    parent: str | None,
    recipe: str,
    examples: Sequence[Example],
    report: "TrainingReport",
    settings: Mapping[str, Json] | None = None,
) -> Checkpoint:
    """Save `student` and its lineage.

    Args:
        student: Who was trained; it bears the folder's name from then on.
        folder: Made where it is missing.
        parent: Id of the checkpoint, or name of the model, that training began from.
        recipe: Name of the recipe, or of several, joined by ``+``.
        examples: All rows that it was trained on.
        report: What `train` gave back.
        settings: The settings of training.

    Returns:
        The record that was written; its id follows from parent, recipe, rows, settings, steps and seed.

    Raises:
        CheckpointError: the folder cannot be written.
    """
    ids = tuple(example.id for example in examples)
    checkpoint = Checkpoint(
        id=checkpoint_id(parent, recipe, ids, settings or {}, report.steps, report.seed),
        path=str(folder),
        parent=parent,
        recipe=recipe,
        examples=ids,
        steps=report.steps,
        tokens=report.tokens,
        seed=report.seed,
        settings=settings or {},
        versions={name: found for name in PACKAGES if (found := _version(name))},
    )
    student.save(folder)
    try:
        (Path(folder) / LINEAGE).write_text(checkpoint.model_dump_json(indent=1) + "\n", encoding="utf-8")
    except OSError as error:
        raise CheckpointError(f"the lineage of '{folder}' cannot be written: {error}.") from None
    return checkpoint


def checkpoint_id(
    parent: str | None,
    recipe: str,
    examples: Sequence[str],
    settings: Mapping[str, Json],
    steps: int,
    seed: int,
) -> str:
    """The id of a checkpoint, known before it is trained: one training has one id."""
    return content_id(parent, recipe, list(examples), dict(settings), steps, seed)


def read_checkpoint(folder: str | Path) -> Checkpoint:
    """The lineage of the model in `folder`, with the path where it stands now.

    Raises:
        CheckpointError: there is none, as in a model that schoolroom did not train, it cannot be read, or
            `folder` is the name of weights that are no longer there.
    """
    path = model_path(folder)
    try:
        value = json.loads((path / LINEAGE).read_text(encoding="utf-8"))
        return Checkpoint.model_validate(value | {"path": str(path)})
    except FileNotFoundError:
        raise CheckpointError(
            f"'{path}' holds no {LINEAGE}; only models trained here have a lineage."
        ) from None
    except (OSError, ValueError, TypeError, RecursionError) as error:
        first = str(error).splitlines()[0]
        raise CheckpointError(f"the lineage in '{path / LINEAGE}' cannot be read: {first}.") from None


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None

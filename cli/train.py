"""The command `train`: stored episodes become training rows, and a student learns them."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from . import options as shared
from .options import flag, option

if TYPE_CHECKING:
    from collections.abc import Sequence
    from contextlib import AbstractContextManager

    from ..training.student import Student
    from ..training.trainer import TrainingReport
    from ..transcripts.records import Checkpoint, Example, Run
    from ..transcripts.store import Store
    from .settings import Settings

__all__ = ["train"]


def train(
    out: Annotated[Path, option("The folder of the trained student.", metavar="FOLDER")],
    run: shared.Runs = None,
    recipe: shared.Recipe = None,
    recipe_set: shared.RecipeSettings = None,
    examples: Annotated[
        Path | None,
        option("Rows of the form 'schoolroom', in place of stored episodes.", metavar="FILE.jsonl"),
    ] = None,
    start: Annotated[
        str | None, option("new, hf:FOLDER or gguf:FILE.", "--from", metavar="MODEL", default="new")
    ] = None,
    steps: Annotated[int | None, option("Optimizer steps.", metavar="N", default="300")] = None,
    batch_size: Annotated[int | None, option("Rows in a step.", metavar="N", default="32")] = None,
    learning_rate: Annotated[
        float | None,
        option("At its highest.", metavar="X", default="2e-3; 2e-5 above 20 million parameters"),
    ] = None,
    order: Annotated[
        str | None, option("Of the rows.", metavar="shuffled|given|by_length", default="shuffled")
    ] = None,
    overwrite: Annotated[bool, flag("Replace what is in the folder.", "--overwrite")] = False,
    db: shared.Database = None,
    seed: shared.Seed = None,
    config: shared.Config = None,
    sets: shared.Sets = None,
    dry_run: shared.DryRun = False,
    quiet: shared.Quiet = False,
    as_json: shared.JsonFlag = False,
) -> None:
    """Train a student on what was said in classrooms.

    A recipe makes training rows of the episodes of a run; they are stored with the turns that they came
    from, and the checkpoint with the rows that it learnt.
    """
    from .screen import print_json
    from .settings import load_settings, pairs_under
    from .train_report import print_rows, print_training, training_json

    given: dict[str, Any] = {
        "training.recipe": recipe,
        "training.start": start,
        "training.steps": steps,
        "training.batch_size": batch_size,
        "training.learning_rate": learning_rate,
        "training.order": order,
        "database": db,
        "seed": seed,
    }
    pairs = pairs_under("training.settings", recipe_set, "--recipe-set")
    settings = load_settings(config, sets or (), given, pairs)
    # Of several processes that share a training, the first alone speaks and writes.
    is_first = os.environ.get("RANK", "0") == "0"
    quiet = quiet or not is_first
    _check_folder(out, overwrite=overwrite or dry_run)
    with _store(settings, examples, db) as store:
        rows, runs = _rows(settings, run or (), examples, store, quiet)
        if dry_run and is_first:
            print_rows(rows, settings, as_json=as_json)
        if dry_run:
            return
        if store is not None and is_first:
            store.add_examples(rows)
        student, parent, report = _teach(rows, settings, quiet)
        if not is_first:
            return
        checkpoint = _save(student, out, parent, rows, report, settings)
        if store is not None:
            store.add_checkpoint(checkpoint)
    if as_json:
        where = None if store is None else settings.database
        print_json(training_json(checkpoint, rows, report, where))
    else:
        print_training(checkpoint, rows, report, settings, runs)


def _check_folder(folder: Path, *, overwrite: bool) -> None:
    """Refuse, before any work, a folder that holds something or cannot be written.

    Raises:
        ConfigError: the folder cannot be used.
    """
    from ..transcripts.errors import ConfigError

    if folder.is_file():
        raise ConfigError(f"--out '{folder}' is a file; name a folder.")
    if not overwrite and folder.is_dir() and any(folder.iterdir()):
        raise ConfigError(f"--out '{folder}' is not empty; name another folder, or say --overwrite.")
    there = next(path for path in (folder, *folder.absolute().parents) if path.exists())
    if not there.is_dir() or not os.access(there, os.W_OK):
        raise ConfigError(f"--out '{folder}' cannot be written, because of '{there}'; name another folder.")


def _store(
    settings: "Settings", examples: Path | None, db: str | None
) -> "AbstractContextManager[Store | None]":
    """The database; none where the rows come from a file and no database was named."""
    from contextlib import nullcontext

    from ..transcripts.store import Store

    if examples is not None and db is None:
        return nullcontext()
    return Store.open(settings.database, must_exist=examples is None)


def _rows(
    settings: "Settings", run: "Sequence[str]", examples: Path | None, store: "Store | None", quiet: bool
) -> "tuple[list[Example], list[Run]]":
    """The training rows, and the runs that they come from if they do."""
    from ..training.export import read_examples
    from .rows import chosen_runs, rows_of
    from .screen import bars

    if examples is not None or store is None:
        return list(read_examples(examples or "")), []
    runs = chosen_runs(store, run)
    with bars(quiet=quiet) as shown:
        return list(rows_of(store, runs, settings.training, shown)), runs


def _teach(
    rows: "list[Example]", settings: "Settings", quiet: bool
) -> "tuple[Student, str | None, TrainingReport]":
    """Train, with a bar; who was trained, what they grew from, and how it went."""
    from ..training.trainer import Lora, Progress
    from ..training.trainer import train as teach
    from .screen import bars

    training = settings.training
    student, parent = _student(settings)
    rank = training.lora_rank
    with bars(quiet=quiet) as shown:
        bar = shown.add("training steps", training.steps)

        def on_step(progress: Progress) -> None:
            bar.update(progress.step, f"loss {progress.loss:.3f}")

        report = teach(
            student,
            rows,
            steps=training.steps,
            seed=settings.seed,
            batch_size=training.batch_size,
            learning_rate=_learning_rate(student, settings),
            schedule=training.schedule,
            warmup=training.warmup,
            order=training.order,
            too_long=training.too_long,
            lora=None if rank is None else Lora(rank=rank, alpha=2.0 * rank),
            on_step=on_step,
        )
    return student, parent, report


def _save(
    student: "Student",
    out: Path,
    parent: str | None,
    rows: "list[Example]",
    report: "TrainingReport",
    settings: "Settings",
) -> "Checkpoint":
    from ..training.checkpoints import save_checkpoint

    rate = _learning_rate(student, settings)
    return save_checkpoint(
        student,
        out,
        parent=parent,
        recipe="+".join(sorted({row.recipe for row in rows})),
        examples=rows,
        report=report,
        settings={**settings.training.model_dump(mode="json"), "learning_rate": rate},
    )


def _learning_rate(student: "Student", settings: "Settings") -> float:
    from ..training.trainer import usual_learning_rate

    return settings.training.learning_rate or usual_learning_rate(student.parameters)


def _student(settings: "Settings") -> "tuple[Student, str | None]":
    """Who learns, and what it grew from: the id of a checkpoint, else a model's name."""
    from ..training.checkpoints import LINEAGE, read_checkpoint
    from ..training.identity import model_name, model_path
    from ..training.student import Student, new_student

    start, precision = settings.training.start, settings.training.precision
    if start == "new":
        student = new_student(seed=settings.seed, device=settings.device, precision=precision)
        return student, None
    kind, _, where = start.partition(":")
    if kind not in ("hf", "gguf") or not where:
        from ..transcripts.errors import ConfigError

        raise ConfigError(f"--from is '{start}', but must be 'new', 'hf:FOLDER' or 'gguf:FILE'.")
    path = model_path(start)
    name = model_name(path)
    known = (path / LINEAGE).is_file()
    student = Student.load(path, device=settings.device, precision=precision)
    return student, read_checkpoint(path).id if known else name

"""What a training did, and what it would do, for people and as JSON."""

import shlex
from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.text import Text

from ..transcripts.records import Checkpoint, Example, Json, Run
from .rows import course_words, example_words, kinds_of, kinds_table
from .run_report import database_words
from .screen import count, headline, out, print_json, print_next, quantity, rate, seconds
from .settings import Settings

if TYPE_CHECKING:
    from ..training.trainer import TrainingReport

__all__ = ["print_rows", "print_training", "training_json"]

TAIL = 20
"""Last steps over which the final loss is averaged."""


def print_rows(rows: Sequence[Example], settings: Settings, *, as_json: bool) -> None:
    """What would be learnt: how many rows of each kind, and one of them."""
    if as_json:
        print_json({"examples": len(rows), "kinds": kinds_of(rows), "first": rows[0].model_dump(mode="json")})
        return
    console, training = out(), settings.training
    console.print(kinds_table(rows))
    console.print()
    shown = next((row for row in rows if row.kind == "revision"), rows[0])
    console.print(example_words(shown))
    console.print()
    passes = training.steps * training.batch_size / len(rows)
    console.print(
        Text(
            f"{quantity(training.steps, 'step')} of {training.batch_size} would go {passes:.1f} times "
            f"through {quantity(len(rows), 'row')}, from {training.start}; nothing was trained or written.",
            style="faint",
        )
    )


def training_json(
    checkpoint: Checkpoint, rows: Sequence[Example], report: "TrainingReport", database: str | None
) -> dict[str, Json]:
    """The outcome for a script."""
    return {
        "checkpoint": checkpoint.path,
        "id": checkpoint.id,
        "parent": checkpoint.parent,
        "recipe": checkpoint.recipe,
        "examples": len(rows),
        "kinds": kinds_of(rows),
        "steps": report.steps,
        "tokens": report.tokens,
        "dropped": report.dropped,
        "first_loss": report.losses[0],
        "last_loss": _last_loss(report),
        "seed": report.seed,
        "flops": report.flops,
        "utilisation": report.utilisation,
        "seconds": round(report.seconds, 3),
        "database": database,
    }


def print_training(
    checkpoint: Checkpoint,
    rows: Sequence[Example],
    report: "TrainingReport",
    settings: Settings,
    runs: Sequence[Run],
) -> None:
    """The outcome for people."""
    console = out()
    console.print(kinds_table(rows))
    console.print()
    words = (
        f"{quantity(report.steps, 'step')} · loss {report.losses[0]:.3f} → {_last_loss(report):.3f} · "
        f"{count(report.tokens)} tokens learnt · {seconds(report.seconds)} · "
        f"{rate(report.steps, report.seconds, 'steps')}"
    )
    if report.utilisation is not None:
        words += f" · {report.utilisation:.0%} of the GPU's arithmetic"
    console.print(Text(words), soft_wrap=True)
    if report.dropped:
        console.print(Text(f"{quantity(report.dropped, 'row')} left out as too long.", style="wrong"))
    console.print(headline(checkpoint.path, f"id {checkpoint.id}", kind="checkpoint"), soft_wrap=True)
    console.print()
    where, course = database_words(settings), course_words(runs)
    who = shlex.quote(f"hf:{checkpoint.path}")
    print_next(
        [
            f"schoolroom exam --student {who} {course}{where}",
            f"schoolroom run --student {who} {course} --temperature 0.7{where}",
        ]
    )


def _last_loss(report: "TrainingReport") -> float:
    last = report.losses[-TAIL:]
    return sum(last) / len(last)

"""What failed in a run and why, for people and as JSON, with the command that tries it again."""

from collections.abc import Sequence
from itertools import islice

from rich.text import Text

from ..environments.failures import Failure
from ..transcripts.records import Json
from .screen import clean, count, indented, out, quantity

__all__ = ["failures_json", "print_failures"]

KINDS_SHOWN = 5
LESSONS_SHOWN = 4
REASON_LETTERS = 160


def failures_json(failures: Sequence[Failure]) -> list[dict[str, Json]]:
    """The kinds of failures for a script."""
    return [failure.model_dump(mode="json") for failure in failures]


def print_failures(failures: Sequence[Failure], episodes: int) -> None:
    """How many of `episodes` were cut short, why and in which lessons; nothing where none was."""
    if not failures:
        return
    console = out()
    number = sum(failure.number for failure in failures)
    console.print(Text(f"{count(number)} of {quantity(episodes, 'episode')} cut short:", style="wrong"))
    for failure in failures[:KINDS_SHOWN]:
        often = "once" if failure.number == 1 else f"{count(failure.number)} times"
        words = " ".join(clean(failure.reason).split())
        shown = words if len(words) <= REASON_LETTERS else f"{words[:REASON_LETTERS]}…"
        error = f"{clean(failure.error)}: " if failure.error else ""
        console.print(indented(Text(f"{often}: {error}{shown}")))
        where = f"in {_lessons(failure)}; as in episode {failure.episode[:10]}"
        console.print(indented(Text(where, style="faint"), 4))
    if (more := len(failures) - KINDS_SHOWN) > 0:
        console.print(indented(Text(f"and {quantity(more, 'other reason')}", style="faint")))
    console.print()


def _lessons(failure: Failure) -> str:
    """``two-digit (5), carry (1)``."""
    ordered = sorted(failure.lessons.items(), key=lambda lesson: -lesson[1])
    said = [f"{clean(lesson)} ({count(number)})" for lesson, number in islice(ordered, LESSONS_SHOWN)]
    more = len(ordered) - LESSONS_SHOWN
    return ", ".join([*said, quantity(more, "other lesson")] if more > 0 else said)

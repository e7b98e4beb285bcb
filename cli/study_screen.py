"""What a study shows: how many of its tasks have ended, and the tables of what came of it."""

from collections.abc import Sequence
from pathlib import Path
from statistics import fmean

from rich.table import Table
from rich.text import Text

from ..studies.orderings import Verdict
from ..studies.report import p_text
from ..studies.results import Results
from ..studies.runner import StudyWatcher
from .screen import NONE, Bar, Bars, clean, count, headline, out, seconds, share, signed, table

__all__ = ["StudyScreen", "print_study"]

STYLES = {"held": "right", "not held": "middling", "reversed": "wrong", "not measured": "faint"}

MOST_SHOWN = 3
"""Tasks under way that are named beside the bar."""


class StudyScreen(StudyWatcher):
    """Moves a bar of all tasks; beside it stands what those under way do."""

    def __init__(self, bars: Bars, *, quiet: bool = False) -> None:
        self._bars, self._quiet = bars, quiet
        self._bar: Bar | None = None
        self._doing: dict[tuple[int, str], str] = {}

    def study_began(self, tasks: int, done: int) -> None:
        """A bar for all tasks."""
        self._bar = self._bars.add("tasks", tasks)
        self._bar.update(done)
        if done and not self._quiet:
            self._say(f"{count(done)} of {count(tasks)} tasks had ended before")

    def task_began(self, seed: int, task: str) -> None:
        """It is named beside the bar."""
        self._doing[seed, task] = ""
        self._show(0)

    def task_moved(self, seed: int, task: str, what: str, done: int, total: int) -> None:
        """What it does stands beside its name."""
        self._doing[seed, task] = f" {what} {done}/{total}"
        self._show(0)

    def task_ended(self, seed: int, task: str, error: str) -> None:
        """The bar moves on; a failure is told at once."""
        self._doing.pop((seed, task), None)
        if error:
            self._say(f"seed {seed}, {task} failed: {error}", style="wrong")
        self._show(1)

    def _show(self, by: int) -> None:
        doing = [f"{task}@{seed}{what}" for (seed, task), what in self._doing.items()]
        more = [f"and {len(doing) - MOST_SHOWN} more"] if len(doing) > MOST_SHOWN else []
        if self._bar is not None:
            self._bar.advance(by, " · ".join([*doing[:MOST_SHOWN], *more]))

    def _say(self, words: str, style: str = "faint") -> None:
        self._bars.console.print(Text(clean(words), style=style), soft_wrap=True)


def print_study(results: Results, written: Sequence[Path]) -> None:
    """The arms, where the report is, and which orderings held."""
    console = out()
    console.print()
    console.print(headline(results.study.title, results.study.paper))
    console.print()
    console.print(_arms_table(results, console.width))
    seeds = ", ".join(map(str, results.seeds))
    console.print(
        Text(f"Means over seeds {seeds}; {seconds(results.cpu_seconds)} of a processor.", style="faint")
    )
    console.print()
    for path in written:
        console.print(Text.assemble(("written  ", "faint"), str(path)), soft_wrap=True)
    console.print()
    console.print(_orderings_table(results.verdicts))


def _arms_table(results: Results, width: int) -> Table:
    """As many of the study's measures as fit; the report has all."""
    room = width - max((len(name) for name in results.arms), default=0) - len("  steps     tokens")
    measures = [
        measure
        for number, measure in enumerate(results.study.measures)
        if sum(len(name) + 2 for name in results.study.measures[: number + 1]) <= room
    ]
    numbers = ("steps", "tokens", *measures)
    made = table("arm", *numbers, right=numbers, wide=("arm",))
    for name, by_seed in results.arms.items():
        values = [results.measured.get(name, {}).get(measure) for measure in measures]
        made.add_row(
            name,
            count(round(fmean(result.steps for result in by_seed.values()))),
            count(round(fmean(result.tokens for result in by_seed.values()))),
            *(share(fmean(found.values()) if found else None) for found in values),
        )
    return made


def _orderings_table(verdicts: Sequence[Verdict]) -> Table:
    numbers = ("effect", "95% interval", "p")
    made = table("ordering", "held", *numbers, right=numbers, wide=("ordering",))
    for verdict in verdicts:
        low, high = verdict.interval or (None, None)
        made.add_row(
            verdict.name,
            Text(verdict.word, style=STYLES[verdict.word]),
            signed(verdict.effect),
            NONE if low is None else f"{signed(low)} to {signed(high)}",
            NONE if verdict.p_value is None else p_text(verdict.p_value),
        )
    return made

"""Holding a run at the command line: its bars, and after an interruption how to go on with it."""

from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

import typer

from ..transcripts.errors import BudgetSpent, NotStored
from ..transcripts.records import Run
from ..transcripts.store import Store
from .screen import Bars, bars, command, quantity
from .settings import Settings, default_database
from .signals import Interrupted, Signals

__all__ = ["held", "resume_command", "stop_where_spent"]

T = TypeVar("T")


def held(
    store: Store,
    planned: Run,
    work: Callable[[Bars], Coroutine[Any, Any, T]],
    settings: Settings,
    *,
    quiet: bool,
) -> T:
    """What comes of the work on a run.

    Args:
        store: Where it is recorded.
        planned: The run; it may be stored already.
        work: Given the bars, takes seats and gives what is to be awaited.
        settings: How it was asked for.
        quiet: No bars.

    Raises:
        typer.Exit: it was interrupted, and the way on was said.
    """
    _warn_of_versions(_stored(store, planned))
    try:
        with Signals() as signals, bars(quiet=quiet) as shown:
            return signals.run(work(shown))
    except Interrupted as interrupted:
        typer.echo(_way_on(store, planned, settings), err=True)
        raise typer.Exit(interrupted.exit_code) from None


def resume_command(run: str, settings: Settings, *, retry: bool = False) -> str:
    """The command that goes on with a run, as it can be typed."""
    again = ["--retry"] if retry else []
    where = [] if settings.database == default_database() else ["--db", settings.database]
    return command("schoolroom", "resume", run[:8], *again, *where)


def stop_where_spent(reason: str | None, run: str, settings: Settings) -> None:
    """Say how to go on, where a run stopped before its end since its budget is spent.

    Raises:
        BudgetSpent: it did, for this reason.
    """
    if reason is not None:
        again = resume_command(run, settings)
        raise BudgetSpent(f"{reason}. What was said is stored; with a higher limit, this goes on: {again}")


def _stored(store: Store, planned: Run) -> Run | None:
    try:
        return store.run(planned.id)
    except NotStored:
        return None


def _warn_of_versions(stored: Run | None) -> None:
    """Say which installed packages are others than when the run was begun; its words may be others, too."""
    from ..environments.episodes import versions

    if stored is None:
        return
    now = versions()
    changed = [
        f"{package} {stored.versions.get(package, 'not at all')}, now {now.get(package, 'not at all')}"
        for package in sorted({*stored.versions, *now})
        if stored.versions.get(package) != now.get(package)
    ]
    if changed:
        typer.echo(f"warning: run {stored.id} was begun with other versions: {'; '.join(changed)}.", err=True)


def _way_on(store: Store, planned: Run, settings: Settings) -> str:
    if _stored(store, planned) is None:
        return f"interrupted before anything was asked; nothing is stored in {store.where}."
    counts = store.counts(planned.id)
    finished = quantity(counts.finished, "finished episode")
    return (
        f"interrupted: {finished} of run {planned.id} and {quantity(counts.turns, 'turn')} in all are in "
        f"{store.where}; go on with\n  {resume_command(planned.id, settings)}"
    )

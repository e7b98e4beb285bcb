"""The command `watch`: a run as it goes on, looked at from another process."""

import contextlib
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from . import options as shared
from .options import flag, option

if TYPE_CHECKING:
    from ..transcripts.paging import Window
    from ..transcripts.records import Run
    from .watching import View, Watching

__all__ = ["watch"]

LEAST_SECONDS = 0.1
"""Between two looks: each takes time that classrooms could use."""


def watch(
    run: Annotated[
        str | None,
        typer.Argument(
            help="Id of a run, or its beginning; else the newest that is under way, or the newest.",
            metavar="RUN",
            show_default=False,
        ),
    ] = None,
    every: Annotated[
        float, option("Seconds between two looks.", "--every", metavar="SECONDS", default="1")
    ] = 1.0,
    once: Annotated[bool, flag("Show how it stands, and end.", "--once")] = False,
    db: shared.Database = None,
    as_json: Annotated[bool, flag("Print JSON alone, of how it stands.", "--json")] = False,
) -> None:
    """Show a run while another process works on it: lessons, pace, cost, failures and the last words.

    It ends with the run, or when nobody works on it any more; Ctrl-C ends it earlier, and not the run.
    Away from a terminal it prints a line at every look, and the whole at the end.
    """
    from ..transcripts.errors import ConfigError
    from ..transcripts.paging import Window
    from .screen import out, print_json
    from .settings import default_database
    from .watching import Watching

    if not every >= LEAST_SECONDS:
        raise ConfigError(f"--every is {every}; at least {LEAST_SECONDS} seconds must be between two looks.")
    with Window.open(db or default_database()) as store:
        found = _chosen(store, run)
        watching = Watching(found, store.follow(found.id))
        view = _stood(watching) if once or as_json else _watched(watching, every)
    if as_json:
        print_json(view.model_dump(mode="json"))
        return
    from .watch_screen import frame

    console = out()
    console.print(frame(view, console.width))
    console.print()
    _print_next(view, db)


def _chosen(store: "Window", run: str | None) -> "Run":
    """The run that is named; else the newest that somebody works on; else the newest."""
    from ..transcripts.errors import NotStored

    if run is not None:
        return store.run(run)
    runs, leases = store.runs(), store.leases()
    if not runs:
        raise NotStored(f"{store.where} holds no run yet; 'schoolroom run' makes one.")
    return next((found for found in reversed(runs) if found.id in leases), runs[-1])


def _stood(watching: "Watching") -> "View":
    """How it stands now, all that is stored counted."""
    watching.look()
    while not watching.is_whole:
        watching.look()
    return watching.view()


def _watched(watching: "Watching", every: float) -> "View":
    """Show it until it is over, or the reader has seen enough; how it stood at last."""
    from rich.live import Live
    from rich.text import Text

    from .screen import out
    from .watch_screen import frame, line

    console, view = out(), None
    with (
        Live(console=console, screen=console.is_terminal, auto_refresh=False) as live,
        contextlib.suppress(KeyboardInterrupt),
    ):
        for view in _views(watching, every):
            if console.is_terminal:
                live.update(frame(view, *console.size), refresh=True)
            else:
                console.print(Text(line(view)), soft_wrap=True)
    return view or watching.view()


def _views(watching: "Watching", every: float) -> Iterator["View"]:
    """How it stands, look by look, until it is over."""
    while True:
        watching.look()
        yield watching.view()
        if watching.is_over:
            return
        if watching.is_whole:
            time.sleep(every)


def _print_next(view: "View", db: str | None) -> None:
    """What makes sense now."""
    from .screen import command, print_next

    where = ["--db", db] if db else []
    run = view.run[:8]
    commands = [command("schoolroom", "transcripts", "list", "--run", run, *where)]
    if view.state == "under way":
        commands = [command("schoolroom", "watch", run, *where)]
    elif view.state != "finished" and view.kind in ("simulation", "exam"):
        commands.insert(0, command("schoolroom", "resume", run, *where))
    print_next(commands)

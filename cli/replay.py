"""The command `replay`: stored conversations as they happened, or the proof that the code still does it."""

import time
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from . import options as shared
from .options import flag, option

if TYPE_CHECKING:
    from ..environments.replay import Difference, Verified
    from ..transcripts.records import Episode, Run, Turn
    from ..transcripts.store import Store

__all__ = ["replay"]

LEAST_SECONDS = 0.7
"""What a turn takes at least at speed 1: those of scripts took no time, but are to be read."""
SLOWEST = 0.01

Id = Annotated[
    str, typer.Argument(help="Id of an episode or a run, or its beginning.", metavar="EPISODE|RUN")
]


def replay(
    id_: Id,
    verify: Annotated[
        bool, flag("Prove that the script still makes the same of the recorded lines.", "--verify")
    ] = False,
    speed: Annotated[
        float | None,
        option("Wait as long as it took; 2 is twice as fast.", metavar="X", default="all at once"),
    ] = None,
    step: Annotated[bool, flag("Wait for Enter after every turn; q ends.", "--step")] = False,
    db: shared.Database = None,
    as_json: shared.JsonFlag = False,
) -> None:
    """Show a stored conversation as it happened, or every one of a run. No model is called.

    With --verify no conversation is shown, but the real script is driven by the recorded lines: it must ask
    the same speakers for the same things and end in the same way, and the words must mean what is recorded.
    Differences are shown, and the exit code is then 6.
    """
    from ..transcripts.errors import ConfigError
    from ..transcripts.records import Run
    from .stored import opened, run_or_episode

    if sum((verify, speed is not None, step)) > 1:
        raise ConfigError("--verify, --speed and --step exclude one another; give one of them.")
    if speed is not None and not speed >= SLOWEST:
        raise ConfigError(f"--speed is {speed}; it must be at least {SLOWEST}, where 2 is twice as fast.")
    if as_json and (step or speed is not None):
        raise ConfigError("--json prints all at once; leave out --speed and --step.")
    with opened(db) as store:
        found = run_or_episode(store, id_)
        episodes = store.episodes(run=found.id) if isinstance(found, Run) else iter([found])
        if verify:
            _verify(store, found if isinstance(found, Run) else store.run(found.run), episodes, as_json)
        elif as_json:
            _print_json(found, episodes)
        else:
            _show(found, episodes, speed, step)


def _print_json(found: "Run | Episode", episodes: "Iterable[Episode]") -> None:
    """The episode, or the run with its episodes."""
    from ..transcripts.records import Run
    from .screen import print_json

    whole = found.model_dump(mode="json")
    if isinstance(found, Run):
        whole["episodes"] = [episode.model_dump(mode="json") for episode in episodes]
    print_json(whole)


def _show(found: "Run | Episode", episodes: "Iterator[Episode]", speed: float | None, step: bool) -> None:
    """All conversations, one after the other."""
    from ..transcripts.records import Run
    from .conversation import conversation
    from .screen import clean, headline, note, out

    console = out()
    if isinstance(found, Run):
        about = f"{found.kind}, seed {found.seed}, began {found.started.astimezone():%d %b %Y %H:%M}"
        console.print(headline(found.id, clean(about), kind="run"), soft_wrap=True)
        console.print()
    shown = 0
    for episode in episodes:
        shown += 1
        if speed is None and not step:
            console.print(conversation(episode))
        elif not _paced(episode, speed):
            return
    if not shown:
        note("the run holds no episode.")


def _paced(episode: "Episode", speed: float | None) -> bool:
    """The conversation turn by turn, by the clock or by hand; whether the reader wants more.

    No turn is marked as wrong before that is said.
    """
    from .conversation import closing, opening, spoken
    from .screen import out

    console = out()
    console.print(opening(episode))
    for place, turn in enumerate(episode.turns):
        if speed is not None:
            time.sleep(_seconds(turn) / speed)
        so_far = episode.model_copy(update={"turns": episode.turns[: place + 1]})
        console.print(spoken(so_far, place))
        if speed is None and not _go_on():
            return False
    console.print(closing(episode))
    return True


def _seconds(turn: "Turn") -> float:
    """How long the turn takes at speed 1."""
    return max(sum(call.seconds for call in turn.calls), LEAST_SECONDS)


def _go_on() -> bool:
    """Whether the reader, asked on standard error, wants the next turn."""
    typer.echo("Enter: next turn · q: end ", nl=False, err=True)
    try:
        return not input().strip().lower().startswith("q")
    except EOFError:
        typer.echo(err=True)
        return False


def _verify(store: "Store", run: "Run", episodes: "Iterable[Episode]", as_json: bool) -> None:
    """Prove the episodes of `run`; the exit code is that of a broken protocol where something differs."""
    import asyncio

    from ..environments.replay import verify_run
    from ..transcripts.errors import ProtocolError
    from .screen import print_json

    began = time.perf_counter()
    verified = asyncio.run(verify_run(run, episodes))
    took = time.perf_counter() - began
    if as_json:
        head = {"database": store.where, "seconds": round(took, 3), "identical": verified.identical}
        print_json(head | verified.model_dump(mode="json"))
    else:
        _print_verified(verified, took)
    if not verified.identical:
        raise typer.Exit(ProtocolError.exit_code)


def _print_verified(verified: "Verified", took: float) -> None:
    from rich.text import Text

    from .screen import headline, out, quantity, rate, seconds

    console = out()
    for difference in verified.differences:
        _print_difference(difference)
    if (more := verified.found - len(verified.differences)) > 0:
        console.print(Text(f"and {quantity(more, 'other difference')}", style="faint"))
        console.print()
    done = f"{quantity(verified.episodes, 'episode')}, {quantity(verified.turns, 'turn')}"
    if verified.identical:
        verdict = "all identical" if verified.episodes != 1 else "identical"
    else:
        where = quantity(verified.different, "episode")
        verdict = f"{quantity(verified.found, 'difference')} in {where}"
    about = f"{done}: {verdict} · {seconds(took)} · {rate(verified.episodes, took, 'episodes')}"
    console.print(headline(verified.run, about, kind="run"), soft_wrap=True)


def _print_difference(difference: "Difference") -> None:
    from rich.text import Text

    from .screen import clean, indented, out

    console = out()
    what = f"episode {difference.episode}" if difference.episode else "run"
    console.print(Text.assemble((f"{what}: ", "faint"), (clean(difference.says), "wrong")), soft_wrap=True)
    styles = {"-": "wrong", "+": "right", "@": "faint"}
    for line in difference.diff.splitlines():
        console.print(indented(Text(clean(line), style=styles.get(line[:1], ""))))
    console.print()

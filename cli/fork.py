"""The command `fork`: a stored conversation goes on from one of its turns with other people."""

from typing import TYPE_CHECKING, Annotated

import typer

from . import options as shared
from .options import option

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ..transcripts.records import Episode, Json, Run
    from ..transcripts.store import Store

__all__ = ["fork"]


def fork(
    episode: Annotated[str, typer.Argument(help="Id of an episode, or its beginning.", metavar="EPISODE")],
    at: Annotated[int, option("The first turn that is said anew, from 1.", "--at", metavar="TURN")],
    seat: Annotated[
        list[str] | None,
        option("Who sits there from that turn on; repeatable.", "--seat", metavar="NAME=WHO"),
    ] = None,
    model: Annotated[
        list[str] | None,
        option(
            "What plays the seat NAME; alone, those that --seat names, else the one that speaks at TURN.",
            "--model",
            metavar="[NAME=]MODEL",
        ),
    ] = None,
    personas: shared.Personas = None,
    base_url: shared.BaseUrl = None,
    api_key_env: shared.ApiKeyEnv = None,
    cache: shared.Cache = False,
    db: shared.Database = None,
    seed: Annotated[
        int | None, option("Another sample.", "--seed", metavar="N", default="as it was", min=0)
    ] = None,
    as_json: shared.JsonFlag = False,
) -> None:
    """Say a stored conversation anew from one of its turns on, with other people or another seed.

    What was said before that turn is repeated, and all who are not named stay who they were. The fork is
    stored beside its parent. The same command goes on with a fork that was interrupted, and shows one that
    has ended.
    """
    from ..environments.forks import check_fork
    from ..transcripts.store import Store
    from .recast import address, folders_with
    from .settings import default_database

    database = address(db or default_database())
    with Store.open(database, must_exist=True) as store:
        parent = store.episode(episode)
        run = store.run(parent.run)
        check_fork(parent, run, at - 1)
        who = _who(run, parent, at - 1, seat or (), model or ())
        given: Mapping[str, Json] = {
            "database": database,
            "personas": folders_with(run, personas),
            "llm.base_url": base_url,
            "llm.api_key_env": api_key_env,
            "cache": cache,
        }
        made, held_before = _held(store, run, parent, at - 1, who, given, seed)
    if as_json:
        _print_json(made, at, held_before)
    else:
        _print(parent, made, held_before, db)
    if made.ending is None or made.ending.kind == "cut_short":
        raise typer.Exit(4)


def _who(
    run: "Run", parent: "Episode", at: int, seats: "Sequence[str]", models: "Sequence[str]"
) -> "dict[str, Json]":
    """Who sits where now, by the dotted names of settings.

    Raises:
        ConfigError: a seat or model that cannot be read, or a model that plays nobody.
        UnknownName: the run has no such seat.
    """
    from ..transcripts.errors import ConfigError
    from .recall import recalled
    from .recast import from_here, played_by, seat_path, seats_of
    from .seat_settings import parse_seats

    pairs = {
        path: from_here(who) if path.endswith(".who") else who for path, who in parse_seats(seats).items()
    }
    named = [path.split(".")[-2] for path in pairs if path.endswith(".who")]
    for name in named:
        seat_path(run, name)
    before = recalled(run, "").seats
    speaker = [turn.seat for turn in parent.turns if turn.index == at]
    for given in models:
        name, equals, of_seat = given.partition("=")
        if equals and name in seats_of(run):
            playing, model = [name], of_seat
        elif not (playing := named or speaker):
            raise ConfigError(f"nobody has spoken at turn {at + 1} yet; say who: --model NAME={given}.")
        else:
            model = given
        for one in playing:
            path = seat_path(run, one)
            pairs[path] = played_by(str(pairs.get(path, before.settings_of(one).who)), from_here(model))
    return pairs


def _held(
    store: "Store",
    run: "Run",
    parent: "Episode",
    at: int,
    who: "Mapping[str, Json]",
    given: "Mapping[str, Json]",
    seed: int | None,
) -> "tuple[Episode, bool]":
    """The fork, and whether it had been held before; an interruption says how to go on."""
    from ..environments.forks import fork as hold_fork
    from ..environments.observers import Observer
    from .recall import remembered, where_it_began
    from .recast import recast, seats_of
    from .signals import Interrupted, Signals

    class Watch(Observer):
        resumed = False

        def episode_ended(self, episode: "Episode", *, resumed: bool) -> None:
            self.resumed = resumed

    watch = Watch()
    try:
        with where_it_began(run), Signals() as signals:
            cast = recast(run, who, given)
            holding = hold_fork(
                parent,
                run,
                {name: cast.seat(name, store) for name in seats_of(run)},
                store,
                at=at,
                seed=seed,
                observers=[watch],
                details=cast.details({path.split(".")[-2] for path in who}),
                asked=remembered(cast.settings),
            )
            return signals.run(holding), watch.resumed
    except Interrupted as interrupted:
        typer.echo(
            f"interrupted: what was said is in {store.where}; the same command goes on from there.", err=True
        )
        raise typer.Exit(interrupted.exit_code) from None


def _print_json(made: "Episode", at: int, held_before: bool) -> None:
    from .screen import print_json

    print_json({"at": at, "held_before": held_before, "episode": made.model_dump(mode="json")})


def _print(parent: "Episode", made: "Episode", held_before: bool, db: str | None) -> None:
    """The conversation from where it parts, and what to do with it."""
    from .conversation import closing, opening, spoken
    from .screen import command, note, out, print_next

    at = made.origin.turn if made.origin else 0
    console = out()
    console.print(opening(made))
    for place, turn in enumerate(made.turns):
        if turn.index >= at:
            console.print(spoken(made, place))
    console.print(closing(made))
    if made.ending is None or made.ending.kind == "cut_short":
        note("the same command goes on with it.")
    elif held_before:
        note("this fork had been held before; nobody was asked.")
    where = [] if db is None else ["--db", db]
    print_next(
        [
            command("schoolroom", "diff", parent.id[:10], made.id[:10], *where),
            command("schoolroom", "replay", made.id[:10], *where),
        ]
    )

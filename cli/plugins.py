"""The commands `plugins`: what installed packages bring, what is wrong with it, and a package to begin."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from . import options as shared
from .commands import Command, Commands
from .options import flag

if TYPE_CHECKING:
    from .plugin_kinds import Item

__all__ = ["app"]

app = typer.Typer(
    cls=Commands,
    help="Personas, subjects, scripts, seats, recipes and forms of files that installed packages bring.",
)


@app.callback(invoke_without_command=True)
def plugins(ctx: typer.Context) -> None:
    """List what is plugged in, where nothing else is asked."""
    if ctx.invoked_subcommand is None:
        list_all()


@app.command("list", cls=Command)
def list_all(
    ships: Annotated[bool, flag("Also what ships with schoolroom.", "--all")] = False,
    as_json: shared.JsonFlag = False,
) -> None:
    """List what is plugged in, of which kind, and which package brings it."""
    from .plugin_kinds import plugged_in, shipped
    from .screen import NONE, clean, out, print_json, print_next, table

    found = plugged_in() + (shipped() if ships else [])
    if as_json:
        print_json([_json(item) for item in found])
        return
    if not found:
        typer.echo("No package plugs anything in; --all lists what ships.")
        print_next(["schoolroom plugins new my-plugins"])
        return
    made = table("kind", "name", "package", "version", wide=("package",))
    for item in found:
        made.add_row(item.kind, clean(item.name), clean(item.package), clean(item.version) or NONE)
    out().print(made)


@app.command("check", cls=Command)
def check(
    name: Annotated[
        str | None,
        typer.Argument(help="A plug-in, or a package with all that it brings.", metavar="NAME"),
    ] = None,
    everything: Annotated[bool, flag("All that is plugged in.", "--all")] = False,
    as_json: shared.JsonFlag = False,
) -> None:
    """Exercise plug-ins among fakes, and say everything that is wrong with them, a sentence each.

    No model is asked and nothing is stored. The exit code is 6 where something is wrong.
    """
    from ..transcripts.errors import ConfigError, ProtocolError
    from .screen import clean, print_json

    if (name is None) is not everything:
        raise ConfigError("'plugins check' takes the name of a plug-in or a package, or --all.")
    results = [(item, item.check()) for item in _chosen(name)]
    if as_json:
        print_json([{**_json(item), "problems": problems} for item, problems in results])
    for item, problems in () if as_json else results:
        found = "".join(f"\n  {problem}" for problem in problems) or " nothing is wrong"
        typer.echo(clean(f"{item.kind} {item.name} ({item.package} {item.version}):{found}"))
    if not results:
        typer.echo("no package plugs anything in.", err=True)
    if any(problems for _, problems in results):
        raise typer.Exit(ProtocolError.exit_code)


@app.command("new", cls=Command)
def new(
    folder: Annotated[Path, typer.Argument(help="It must not be there yet; names the package.")],
) -> None:
    """Write a package that plugs in one thing of each kind, with its tests; it works as it stands."""
    from .plugin_new import write_package
    from .screen import command, print_next

    package = write_package(folder)
    typer.echo(f"package '{package}' begun in {folder}")
    print_next(
        [command("pip", "install", "-e", str(folder)), command("schoolroom", "plugins", "check", package)]
    )


def _chosen(name: str | None) -> "list[Item]":
    """What is meant by a plug-in's or a package's name; all that is plugged in where it is None.

    Raises:
        UnknownName: there is nothing of this name.
    """
    from ..transcripts.errors import UnknownName
    from .plugin_kinds import plugged_in, shipped

    if name is None:
        return plugged_in()
    known = plugged_in() + shipped()
    if chosen := [item for item in known if name in (item.name, item.package)]:
        return chosen
    raise UnknownName("plug-in", name, {word for item in known for word in (item.name, item.package)})


def _json(item: "Item") -> dict[str, str]:
    return {
        "kind": item.kind,
        "name": item.name,
        "package": item.package,
        "version": item.version,
    }

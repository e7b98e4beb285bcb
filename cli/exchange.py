"""The commands `transcripts export` and `transcripts import`: transcripts as files."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from . import options as shared
from .options import flag, option

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..transcripts.records import Json
    from ..transcripts.store import Store

__all__ = ["check_new", "export_file", "import_file"]

HTML = "html"
"""The one form that a floor above the others writes."""

Seat = Annotated[
    str | None,
    option("Whose conversation it is, for openai and scout.", "--seat", metavar="NAME", default="student"),
]


def export_file(
    out: Annotated[Path, option("The file; .gz compresses it.", "--out", metavar="FILE")],
    form: Annotated[
        str,
        option(
            "jsonl, parquet, openai, scout, html or a plug-in's.", "--format", metavar="FORM", default="jsonl"
        ),
    ] = "jsonl",
    run: Annotated[
        list[str] | None,
        option("Id of a run, or its beginning; repeatable.", "--run", metavar="RUN", default="all runs"),
    ] = None,
    lesson: Annotated[
        list[str] | None,
        option("Only this lesson; repeatable.", "--lesson", metavar="LESSON", default="all lessons"),
    ] = None,
    seat: Seat = None,
    overwrite: Annotated[bool, flag("Replace the file.", "--overwrite")] = False,
    db: shared.Database = None,
    as_json: shared.JsonFlag = False,
) -> None:
    """Write what was said to a file.

    Of the whole database, jsonl keeps everything, training rows and checkpoints too, and 'transcripts import'
    makes an equal database of it. parquet has a row a turn, openai a conversation a line, scout a row an
    episode; html is one page to read in a browser, which needs no server.
    """
    from ..transcripts.store import Store
    from .screen import print_json, quantity
    from .settings import default_database

    check_new(out, overwrite=overwrite)
    settings = {} if seat is None else {"seat": seat}
    with Store.open(db or default_database(), must_exist=True) as store:
        number = _exported(store, out, form, run or (), lesson or (), settings)
    if as_json:
        print_json({"file": str(out), "format": form, "episodes": number})
    else:
        typer.echo(f"{quantity(number, 'episode')} as {form} in {out}")


def import_file(
    file: Annotated[Path, typer.Argument(help="The file; it may be compressed with gzip.", metavar="FILE")],
    form: Annotated[
        str | None,
        option("jsonl or mathdial.", "--format", metavar="FORM", default="what its first line says"),
    ] = None,
    db: shared.Database = None,
    as_json: shared.JsonFlag = False,
) -> None:
    """Store what a file holds; what is there already is passed over.

    A damaged file changes nothing. A record that contradicts a stored one is refused with its line; what
    stands before it is in.
    """
    from ..transcripts.exchange.forms import import_transcripts
    from ..transcripts.store import Store
    from .screen import print_json, quantity
    from .settings import default_database

    with Store.open(db or default_database()) as store:
        done = import_transcripts(store, file, form=form)
        where = store.where
    if as_json:
        print_json({"file": str(file), "database": where, **done.model_dump()})
        return
    counts = done.model_dump(exclude={"known"})
    added = [quantity(number, name.removesuffix("s")) for name, number in counts.items() if number]
    known = f"; {quantity(done.known, 'record')} known already" if done.known else ""
    typer.echo(f"{', '.join(added) or 'nothing new'} in {where}{known}")


def _exported(
    store: "Store",
    out: Path,
    form: str,
    runs: "Sequence[str]",
    lessons: "Sequence[str]",
    settings: "dict[str, Json]",
) -> int:
    """Write the file, as a page or in a form of the floor below; gives the number of episodes.

    Raises:
        ConfigError: a page has no such setting, or its packages are not installed.
        UnknownName: there is no such form.
    """
    from ..transcripts.errors import ConfigError, UnknownName
    from ..transcripts.exchange.forms import EXPORTERS, export_transcripts
    from ..transcripts.exchange.selection import Selection

    if form != HTML:
        if form not in (known := EXPORTERS.names()):
            raise UnknownName(EXPORTERS.kind, form, [*known, HTML])
        return export_transcripts(store, out, form=form, runs=runs, lessons=lessons, settings=settings)
    if settings:
        raise ConfigError(f"the form '{HTML}' has no setting '{', '.join(settings)}'; it shows all seats.")
    try:
        from ..viewer.html_export import write_html
    except ModuleNotFoundError as error:
        raise ConfigError(f"{HTML} needs '{error.name}': pip install 'schoolroom[view]'.") from None
    return write_html(Selection(store, runs, lessons), out)


def check_new(file: Path, *, overwrite: bool) -> None:
    """Refuse to write over a file that nobody gave up.

    Raises:
        ConfigError: it is there, or is a folder.
    """
    from ..transcripts.errors import ConfigError

    if file.is_dir():
        raise ConfigError(f"--out '{file}' is a folder; name a file in it.")
    if file.exists() and not overwrite:
        raise ConfigError(f"--out '{file}' is there already; name another file, or say --overwrite.")

"""The command `export`: stored episodes as training files for other trainers."""

from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from . import options as shared
from .exchange import check_new
from .options import flag, option

if TYPE_CHECKING:
    from ..transcripts.records import Example
    from ..transcripts.store import Store

__all__ = ["export"]

CHUNK = 1_000  # rows in one commit


def export(
    out: Annotated[Path, option("The file.", "--out", metavar="FILE")],
    form: Annotated[
        str,
        option(
            "schoolroom, trl, openai, sharegpt, alpaca, parquet or a plug-in's.",
            "--format",
            metavar="FORM",
            default="schoolroom",
        ),
    ] = "schoolroom",
    run: shared.Runs = None,
    recipe: shared.Recipe = None,
    recipe_set: shared.RecipeSettings = None,
    bare: Annotated[bool, flag("Without the ids of rows, and without storing them.", "--bare")] = False,
    overwrite: Annotated[bool, flag("Replace the file.", "--overwrite")] = False,
    db: shared.Database = None,
    config: shared.Config = None,
    sets: shared.Sets = None,
    quiet: shared.Quiet = False,
    as_json: shared.JsonFlag = False,
) -> None:
    """Write training rows to a file.

    A form that cannot carry what a row says of the loss refuses it; 'schoolroom' carries everything, and
    train --examples reads it back. The file appears once all of it is written. Rows are stored, too, so that
    lineage finds the turns that they came from by the ids that stand in the file.
    """
    from ..training.export import FORMS, export_examples
    from ..transcripts.store import Store
    from .rows import chosen_runs, rows_of
    from .screen import bars, print_json, quantity
    from .settings import load_settings, pairs_under

    given: dict[str, Any] = {"training.recipe": recipe, "database": db}
    pairs = pairs_under("training.settings", recipe_set, "--recipe-set")
    settings = load_settings(config, sets or (), given, pairs)
    FORMS.find(form)
    check_new(out, overwrite=overwrite)
    with Store.open(settings.database, must_exist=True) as store, bars(quiet=quiet) as shown:
        runs = chosen_runs(store, run or ())
        rows = rows_of(store, runs, settings.training, shown)
        number = export_examples(rows if bare else _stored(store, rows), out, form=form, bare=bare)
    if as_json:
        ids = [found.id for found in runs]
        print_json(
            {
                "file": str(out),
                "format": form,
                "recipe": settings.training.recipe,
                "rows": number,
                "runs": ids,
            }
        )
    else:
        typer.echo(f"{quantity(number, 'row')} of recipe {settings.training.recipe} as {form} in {out}")


def _stored(store: "Store", rows: "Iterable[Example]") -> "Iterator[Example]":
    """`rows`, each after it was stored."""
    stream = iter(rows)
    while chunk := list(islice(stream, CHUNK)):
        store.add_examples(chunk)
        yield from chunk

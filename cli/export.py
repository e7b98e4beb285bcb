"""The command `export`: stored episodes as training files for other trainers."""

from pathlib import Path
from typing import Annotated, Any

import typer

from . import options as shared
from .options import option

__all__ = ["export"]


def export(
    out: Annotated[Path, option("The file.", "--out", metavar="FILE")],
    form: Annotated[
        str,
        option(
            "schoolroom, trl, openai, sharegpt, alpaca or parquet.",
            "--format",
            metavar="FORM",
            default="schoolroom",
        ),
    ] = "schoolroom",
    run: shared.Runs = None,
    recipe: shared.Recipe = None,
    recipe_set: shared.RecipeSettings = None,
    db: shared.Database = None,
    config: shared.Config = None,
    sets: shared.Sets = None,
    quiet: shared.Quiet = False,
    as_json: shared.JsonFlag = False,
) -> None:
    """Write training rows to a file.

    A form that cannot carry what a row says of the loss refuses it; 'schoolroom' carries everything, and
    train --examples reads it back. The file appears once all of it is written.
    """
    from ..training.export import FORMS, export_examples
    from ..transcripts.errors import UnknownName
    from ..transcripts.store import Store
    from .rows import chosen_runs, rows_of
    from .screen import bars, print_json, quantity
    from .settings import load_settings, pairs_under

    given: dict[str, Any] = {"training.recipe": recipe, "database": db}
    pairs = pairs_under("training.settings", recipe_set, "--recipe-set")
    settings = load_settings(config, sets or (), given, pairs)
    if form not in FORMS:
        raise UnknownName("form of export", form, FORMS)
    with Store.open(settings.database, must_exist=True) as store, bars(quiet=quiet) as shown:
        runs = chosen_runs(store, run or ())
        number = export_examples(rows_of(store, runs, settings.training, shown), out, form=form)
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

"""The command `transcripts check`: whether a database is whole, and all that it holds can be read."""

import typer

from . import options as shared

__all__ = ["check_store"]


def check_store(db: shared.Database = None, as_json: shared.JsonFlag = False) -> None:
    """Check a database: its file, and that every run, episode, training row and checkpoint reads back."""
    from ..transcripts.errors import StoreError
    from ..transcripts.store import Store
    from .screen import clean, print_json, quantity
    from .settings import default_database

    with Store.open(db or default_database(), must_exist=True) as store:
        where, found = store.where, list(store.faults())
        held = {} if found else {"runs": len(store.runs()), **store.counts().model_dump()}
    if as_json:
        print_json({"database": where, "sound": not found, "faults": found, **held})
    elif not found:
        words = [quantity(held[f"{name}s"], name) for name in ("run", "episode", "turn", "call")]
        typer.echo(f"{where} is sound: {', '.join(words[:-1])} and {words[-1]} can be read.")
    else:
        for fault in found:
            typer.echo(clean(fault), err=True)
    if found:
        raise StoreError(
            f"{where} is damaged; restore it from a copy, or save what SQLite's '.recover' finds in it."
        )

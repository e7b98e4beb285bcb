"""The command `upgrade`: brings a database that an older schoolroom wrote up to date."""

from typing import Annotated

import typer

from . import options as shared
from .options import flag

__all__ = ["upgrade"]


def upgrade(
    db: shared.Database = None,
    no_backup: Annotated[
        bool, flag("Copy nothing first: there is a backup, as of a server's database.", "--no-backup")
    ] = False,
    as_json: shared.JsonFlag = False,
) -> None:
    """Bring a database that an older schoolroom wrote up to date, and keep a copy of it as it was.

    It is done wholly or not at all, and not while another process has the database open.
    """
    from ..transcripts.upgrade import upgrade as upgrade_database
    from .screen import print_json
    from .settings import default_database

    done = upgrade_database(db or default_database(), backup=not no_backup)
    copy = str(done.backup) if done.backup else None
    if as_json:
        print_json({"database": done.where, "before": done.before, "after": done.after, "backup": copy})
    elif done.before == done.after:
        typer.echo(f"{done.where} has schema version {done.after} already; nothing is to be done.")
    else:
        kept = f"; {copy} holds it as it was" if copy else ""
        typer.echo(f"{done.where} was brought from schema version {done.before} to {done.after}{kept}.")

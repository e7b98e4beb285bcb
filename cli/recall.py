"""What a run keeps of the settings that it was asked for with, and how a later command takes them up again.

Nothing secret is kept: keys stand in the environment, and a password in an address is blotted out.
"""

import contextlib
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from ..agents.llm_retry import redact
from ..transcripts.errors import ConfigError
from ..transcripts.records import Json, Run
from .settings import Settings, load_settings

__all__ = ["recalled", "remembered", "where_it_began"]

FOLDER = "folder"
"""Under this name stands where the command was typed: relative paths in the settings count from there."""

BLOT = "***"
"""Stands where a secret stood; `redact` writes it, too."""

_CREDENTIALS = re.compile(r"(?<=://)[^/@\s]+@")


def remembered(settings: Settings) -> dict[str, Json]:
    """What `Run.settings` keeps; not the database, which may be moved."""
    kept = settings.model_dump(mode="json", exclude={"database"}, exclude_defaults=True)
    masked: dict[str, Json] = _masked(kept)
    return {FOLDER: str(Path.cwd()), **masked}


def recalled(
    run: Run,
    database: str,
    given: Mapping[str, Json] | None = None,
    pairs: Mapping[str, Json] | None = None,
) -> Settings:
    """The settings of the command that `run` was begun by, with what is said now laid over them.

    Args:
        run: A stored run.
        database: Where it is stored.
        given: As `load_settings` takes it.
        pairs: As `load_settings` takes it.

    Raises:
        ConfigError: no command began the run, a value cannot be used, or one was blotted out when it was
            stored and is not given again.
    """
    if not run.settings:
        raise ConfigError(
            f"run {run.id} was not begun at a command line; go on with the program that began it."
        )
    stored = {name: value for name, value in run.settings.items() if name != FOLDER}
    place = database if "://" in database else str(Path(database).absolute())
    settings = load_settings(given={**(given or {}), "database": place}, pairs=pairs, stored=stored)
    if blotted := next(_blotted(settings.model_dump(mode="json", exclude={"database"})), None):
        raise ConfigError(
            f"the setting '{blotted}' held a password or a key, which is not stored; give it again, as in "
            f"--set {blotted}=…"
        )
    return settings


@contextlib.contextmanager
def where_it_began(run: Run) -> Iterator[None]:
    """The folder in which `run` was asked for, so that its relative paths are found; else this one."""
    folder = Path(str(run.settings.get(FOLDER, ".")))
    with contextlib.chdir(folder if folder.is_dir() else "."):
        yield


def _masked(value: Json) -> Json:
    if isinstance(value, Mapping):
        return {key: _masked(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_masked(inner) for inner in value]
    return redact(_CREDENTIALS.sub(f"{BLOT}@", value)) if isinstance(value, str) else value


def _blotted(value: Json, name: str = "") -> Iterator[str]:
    """The dotted names of what `_masked` has changed."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _blotted(inner, f"{name}.{key}" if name else str(key))
    elif isinstance(value, str) and BLOT in value:
        yield name

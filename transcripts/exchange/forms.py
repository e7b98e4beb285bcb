"""The forms of files by name, those of installed packages included. Export and import go through here."""

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ..errors import ConfigError, DataFileError, did_you_mean
from ..plugins import Registry
from ..records import Json
from ..store import Store
from .files import json_lines
from .loading import Imported, Reader, load
from .selection import Selection

__all__ = [
    "EXPORTERS",
    "IMPORTERS",
    "Exporter",
    "Importer",
    "export_transcripts",
    "exporter_names",
    "import_transcripts",
    "importer_names",
]

Exporter = Callable[..., int]
"""Called with a `Selection`, a `Path` and its settings by keyword; writes the file and gives the number of
episodes in it."""


@dataclass(frozen=True)
class Importer:
    """How files of a form are read."""

    read: Reader
    begins: Callable[[Json], bool]
    """Whether a file whose first line has this value is of the form."""


def _exporters() -> dict[str, Exporter]:
    from .jsonl import write_jsonl
    from .openai_chat import write_openai
    from .parquet import write_parquet
    from .scout import write_scout

    return {"jsonl": write_jsonl, "openai": write_openai, "parquet": write_parquet, "scout": write_scout}


def _importers() -> dict[str, Importer]:
    from .jsonl import begins, read_jsonl
    from .mathdial import holds_conversations, read_mathdial

    return {
        "jsonl": Importer(read_jsonl, begins),
        "mathdial": Importer(read_mathdial, holds_conversations),
    }


EXPORTERS = Registry[Exporter]("form of export", "schoolroom.exporters", _exporters)

IMPORTERS = Registry[Importer](
    "form of import",
    "schoolroom.importers",
    _importers,
    fits=lambda found: isinstance(found, Importer),
)


def exporter_names() -> list[str]:
    """All forms that can be written."""
    return EXPORTERS.names()


def importer_names() -> list[str]:
    """All forms that can be read."""
    return IMPORTERS.names()


def export_transcripts(
    store: Store,
    path: str | Path,
    *,
    form: str = "jsonl",
    runs: Sequence[str] = (),
    lessons: Sequence[str] = (),
    settings: Mapping[str, Json] | None = None,
) -> int:
    """Write what was said to a file, which appears only once all is written.

    Args:
        store: Where it is taken from.
        path: The file; what stood there is replaced. One that ends in ``.gz`` is compressed.
        form: One of `exporter_names`.
        runs: Ids of runs, or their beginnings; none means all.
        lessons: Ids of lessons; none means all.
        settings: Of the form: ``seat`` of ``openai`` and ``scout``.

    Returns:
        How many episodes were written.

    Raises:
        UnknownName: there is no such form, or no such seat.
        NotStored: there is no such run.
        ConfigError: the form has no such setting, or its package is not installed.
        DataFileError: the file cannot be written.
    """
    write = EXPORTERS.find(form)
    known = [p.name for p in inspect.signature(write).parameters.values() if p.kind is p.KEYWORD_ONLY]
    for name in settings or {}:
        if name not in known:
            raise ConfigError(
                f"the form '{form}' has no setting '{name}'{did_you_mean(name, known)} known: "
                f"{', '.join(known) or 'none'}."
            )
    return write(Selection(store, runs, lessons), Path(path), **(settings or {}))


def import_transcripts(store: Store, path: str | Path, *, form: str | None = None) -> Imported:
    """Store what a file holds; what is there already is passed over.

    Args:
        store: Where it goes.
        path: The file; it may be compressed with gzip.
        form: One of `importer_names`; None goes by the file's first line.

    Raises:
        UnknownName: there is no such form.
        DataFileError: the file is wrong; nothing was stored.
        StoreError: a line contradicts what is stored; what stands before it is in.
    """
    importer = _recognised(Path(path)) if form is None else IMPORTERS.find(form)
    return load(store, Path(path), importer.read)


def _recognised(path: Path) -> Importer:
    _, first = next(json_lines(path), (0, None))
    for name in importer_names():
        if (importer := IMPORTERS.find(name)).begins(first):
            return importer
    known = ", ".join(importer_names())
    raise DataFileError(f"{path}, line 1: of no form that is known; name one with --format: {known}.")

"""What authors of exporters run to learn whether theirs keep the rules, and what all checks share.

Each room has such a module. Of a kind, `…_problems` gives all that is wrong, a sentence each, and `check_…`
raises the first of them as an error.
"""

import inspect
import random
import tempfile
import traceback
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from .errors import DataFileError, ProtocolError
from .exchange.files import json_lines
from .exchange.forms import Exporter, Importer
from .exchange.loading import load
from .exchange.selection import Selection
from .records import Ending, Episode, Run
from .store import Store

__all__ = ["check_exporter", "exporter_problems", "find_fault", "found_by", "signature_problems"]


def find_fault(what: str, problems: Sequence[str]) -> None:
    """Raise the first of `problems` that `what` has.

    Raises:
        ProtocolError: there is one; the message says how many more.
    """
    if problems:
        more = f" ({len(problems) - 1} more)" if problems[1:] else ""
        raise ProtocolError(f"{what}: {problems[0]}{more}")


def found_by(check: Iterator[str]) -> list[str]:
    """The sentences of a check, none twice; where the plug-in raises, the last one says what and where.

    Whoever draws from Python's shared random numbers is found out, too: what they say cannot be repeated.
    """
    problems: dict[str, None] = {}
    before = random.getstate()
    try:
        for problem in check:
            problems[problem] = None
    except Exception as error:
        last = traceback.extract_tb(error.__traceback__)[-1]
        where = f"{Path(last.filename).name}, line {last.lineno}"
        problems[f"raises {type(error).__name__} ({where}): {error}"] = None
    if random.getstate() != before:
        problems["draws from Python's shared random numbers; draw from random.Random(seed) instead."] = None
    return list(problems)


def signature_problems(function: Callable[..., Any], *positional: str) -> Iterator[str]:
    """Whether a plug-in is called with `positional` alone, and has its settings behind them by keyword."""
    parameters = list(inspect.signature(function).parameters.values())
    first, settings = parameters[: len(positional)], parameters[len(positional) :]
    if len(first) < len(positional) or any(p.kind is p.KEYWORD_ONLY for p in first):
        yield f"takes {inspect.signature(function)}, but must take ({', '.join(positional)}, *, settings…)."
    for p in settings:
        if p.kind is not p.KEYWORD_ONLY or p.default is p.empty:
            yield f"'{p.name}' is no setting by keyword with a default; write it behind '*', with a default."


def check_exporter(write: Exporter, episodes: Iterable[Episode], importer: Importer | None = None) -> None:
    """See `exporter_problems`.

    Raises:
        ProtocolError: one of the rules is broken.
    """
    find_fault("the exporter", exporter_problems(write, episodes, importer))


def exporter_problems(
    write: Exporter, episodes: Iterable[Episode], importer: Importer | None = None
) -> list[str]:
    """All that is wrong with a form of files for transcripts; empty where nothing is.

    It writes one file, under the very name that it is given, says how many episodes stand there, writes the
    same bytes again, and refuses a file that cannot be written with DataFileError.

    Args:
        write: The exporter.
        episodes: What it is to write, as `schoolroom.environments.fakes.sample_episodes` makes them.
        importer: Reads its files back: then all of it must come back as it was.
    """
    return found_by(_exports(write, list(episodes), importer))


def _exports(write: Exporter, episodes: list[Episode], importer: Importer | None) -> Iterator[str]:
    yield from signature_problems(write, "selection", "path")
    with tempfile.TemporaryDirectory() as folder, _filled(Path(folder, "from.db"), episodes) as store:
        place = Path(folder, "out")
        place.mkdir()
        file, again = place / "file", Path(folder, "again")
        number = write(Selection(store), file)
        if type(number) is not int or not 0 < number <= len(episodes):
            yield f"returns {number!r}, but must return how many of {len(episodes)} episodes it wrote."
        if [path.name for path in place.iterdir()] != ["file"]:
            yield "leaves other files than the one whose path it is given; write that one alone."
            return
        write(Selection(store), again)
        if again.read_bytes() != file.read_bytes():
            yield "writes other bytes the second time; leave out the time, and sort what has no order."
        try:
            write(Selection(store), file / "below")
            yield "says nothing where the file cannot be written; raise DataFileError."
        except DataFileError:
            pass
        if importer is not None:
            yield from _reads_back(importer, file, Path(folder, "to.db"), episodes)


def _reads_back(importer: Importer, file: Path, database: Path, episodes: list[Episode]) -> Iterator[str]:
    _, first = next(json_lines(file), (0, None))
    if not importer.begins(first):
        yield "its importer does not know the file again; 'begins' must be true of its first line."
    with Store.open(str(database)) as store:
        load(store, file, importer.read)
        back = {episode.id: episode for episode in store.episodes()}
    for episode in episodes:
        if back.get(episode.id) != episode:
            yield f"episode {episode.id} does not come back as it was."
            return


def _filled(database: Path, episodes: list[Episode]) -> Store:
    """A store that holds `episodes`."""
    store = Store.open(str(database))
    for run in dict.fromkeys(episode.run for episode in episodes):
        store.add_held(Run(id=run, plan={}, seed=0, ending=Ending(kind="finished")))
    for episode in episodes:
        store.add_held(episode)
    return store

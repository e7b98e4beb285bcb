"""Records of a file into a store: what is there already is passed over, what contradicts it is refused.

A file that is damaged changes nothing, since all of it is read before anything is written. Every episode is
written whole or not at all. Where a record clashes with a stored one, what stands before it is in; importing
again goes on from there.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

from ..errors import NotStored, StoreError
from ..records import Checkpoint, Episode, Example, Record, Run
from ..store import Store
from .selection import Entry

__all__ = ["Imported", "Reader", "load"]

Reader = Callable[[Path], Iterator[tuple[int, Entry]]]
"""Gives the records of a file with the numbers of their lines, everything after what it points at; raises
DataFileError, with the line, where the file is wrong."""

_CHUNK = 500  # training rows in one commit
_OF_SAVING = {"path", "versions", "created"}  # where and when a checkpoint was saved, which may be done again


class Imported(Record):
    """What an import added to a store, and what was there already."""

    runs: int = 0
    episodes: int = 0
    examples: int = 0
    checkpoints: int = 0
    known: int = 0
    """Records that the store held already."""


def load(store: Store, path: Path, read: Reader) -> Imported:
    """Read `path` and store what it holds; blocks.

    Raises:
        DataFileError: the file is wrong; nothing was stored.
        StoreError: a line contradicts what is stored, or points at what is not; the message names the line.
    """
    for _ in read(path):
        pass  # a wrong line is found before anything is written
    loading = _Loading(store)
    number = 0
    try:
        for number, entry in read(path):
            loading.add(number, entry)
        loading.flush()
    except StoreError as error:
        number = loading.wrong or number
        words = f"{path}, line {number}: {error} What stands before it is stored."
        raise (NotStored if isinstance(error, NotStored) else StoreError)(words) from None
    return loading.done


class _Loading:
    """One import; remembers what the store held before, and gathers training rows for a commit."""

    def __init__(self, store: Store) -> None:
        self.wrong: int | None = None
        """The line of a training row that was refused."""
        self._store = store
        self._runs = {run.id: run for run in store.runs()}
        self._checkpoints = {checkpoint.id: checkpoint for checkpoint in store.checkpoints()}
        self._rows: list[tuple[int, Example]] = []
        self._counts: Counter[str] = Counter()

    @property
    def done(self) -> Imported:
        return Imported(**self._counts)

    def add(self, number: int, entry: Entry) -> None:
        if isinstance(entry, Example):
            self._rows.append((number, entry))
            if len(self._rows) == _CHUNK:
                self.flush()
            return
        self.flush()
        match entry:
            case Run():
                self._count("runs", self._add_run(entry))
            case Episode():
                self._count("episodes", self._store.add_held(entry))
            case Checkpoint():
                self._count("checkpoints", self._add_checkpoint(entry))

    def flush(self) -> None:
        """Store the training rows that were gathered."""
        rows, self._rows = self._rows, []
        added = 0
        try:
            added = self._store.add_examples(example for _, example in rows)
        except StoreError:  # one of them is at fault: find out which
            for self.wrong, example in rows:
                self._store.add_examples([example])
            raise
        for self.wrong, example in rows if added < len(rows) else ():
            self._check_row(example)
        self.wrong = None
        self._count("examples", added, len(rows))

    def _check_row(self, example: Example) -> None:
        """The same row may come of several conversations; the first that was stored stays."""
        known = self._store.example(example.id)
        if (known.recipe, known.messages) != (example.recipe, example.messages):
            raise StoreError(f"another training row is stored as '{example.id}'.")

    def _add_run(self, run: Run) -> bool:
        """One that follows the same plan stays as it is, whenever it was begun and however it ended."""
        known = self._runs.get(run.id)
        if known is None:
            self._runs[run.id] = run
            self._store.add_held(run)
        elif (known.plan, known.seed, known.kind) != (run.plan, run.seed, run.kind):
            raise StoreError(f"another plan is stored as run '{run.id}'.")
        return known is None

    def _add_checkpoint(self, checkpoint: Checkpoint) -> bool:
        known = self._checkpoints.get(checkpoint.id)
        if known is None:
            self._checkpoints[checkpoint.id] = checkpoint
            self._store.add_checkpoint(checkpoint)
        elif known.model_dump(exclude=_OF_SAVING) != checkpoint.model_dump(exclude=_OF_SAVING):
            raise StoreError(f"another checkpoint is stored as '{checkpoint.id}'.")
        return known is None

    def _count(self, name: str, added: int, of: int = 1) -> None:
        self._counts[name] += added
        self._counts["known"] += of - added

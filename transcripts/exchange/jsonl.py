"""The form ``jsonl``: everything, exactly, a record a line. `docs/transcripts.md` describes it.

{"schoolroom": "transcripts", "schema": 3}
{"run": {…}}
{"episode": {…}}                                    of the run above; the next run follows its last one
{"example": {…}}
{"checkpoint": {…}}
{"end": {"runs": 1, "episodes": 1, "examples": 1, "checkpoints": 1}}
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

from pydantic import ValidationError

from ..errors import DataFileError, did_you_mean
from ..records import Checkpoint, Episode, Example, Json, Run
from ..tables import SCHEMA
from .files import json_lines, line_of, new_file
from .selection import Entry, Selection

__all__ = ["FIRST_SCHEMA", "RECORDS", "begins", "read_jsonl", "write_jsonl"]

FIRST_SCHEMA = 3
"""The oldest version that can be read; fields that were added since then have defaults."""

RECORDS: Mapping[str, type[Entry]] = {
    "run": Run,
    "episode": Episode,
    "example": Example,
    "checkpoint": Checkpoint,
}
_NAMES = {record: name for name, record in RECORDS.items()}
_MARK, _SCHEMA, _END = "schoolroom", "schema", "end"


def write_jsonl(selection: Selection, path: Path) -> int:
    """Write everything that is chosen; gives the number of episodes.

    Raises:
        DataFileError: the file cannot be written.
        NotStored: no such run.
    """
    counts: Counter[str] = Counter()
    with new_file(path) as file:
        file.write(line_of({_MARK: "transcripts", _SCHEMA: SCHEMA}))
        for entry in selection.entries():
            name = _NAMES[type(entry)]
            file.write(line_of({name: entry.model_dump(mode="json")}))
            counts[name] += 1
        file.write(line_of({_END: _ending(counts)}))
    return counts["episode"]


def begins(first: Json) -> bool:
    """Whether this is the value of the first line of such a file."""
    return isinstance(first, dict) and first.get(_MARK) == "transcripts"


def read_jsonl(path: Path) -> Iterator[tuple[int, Entry]]:
    """The records of such a file with the numbers of their lines.

    Raises:
        DataFileError: it is no such file, a newer schoolroom wrote it, a line of it is wrong, or its end is
            missing; the message names the line.
    """
    lines = json_lines(path)
    number, header = next(lines, (0, None))
    _check_header(f"{path}, line {number}", header)
    counts: Counter[str] = Counter()
    runs: set[str] = set()
    for number, value in lines:
        where = f"{path}, line {number}"
        if isinstance(value, dict) and value.keys() == {_END}:
            _check_end(where, value[_END], counts)
            if (more := next(lines, None)) is not None:
                raise DataFileError(f"{path}, line {more[0]}: nothing may come after the line 'end'.")
            return
        entry = _entry(where, value)
        if isinstance(entry, Run):
            runs.add(entry.id)
        elif isinstance(entry, Episode) and entry.run not in runs:
            raise DataFileError(
                f"{where}: episode '{entry.id}' belongs to run '{entry.run}', which no line before it holds."
            )
        counts[_NAMES[type(entry)]] += 1
        yield number, entry
    raise DataFileError(
        f"{path} ends after line {number} without its line 'end': it was cut off; export it again."
    )


def _check_header(where: str, header: Json) -> None:
    if not begins(header):
        raise DataFileError(
            f"{where}: not a file of transcripts; its first line must say "
            f'{{"{_MARK}": "transcripts", "{_SCHEMA}": {SCHEMA}}}.'
        )
    schema = header.get(_SCHEMA)
    if not isinstance(schema, int) or isinstance(schema, bool) or schema < FIRST_SCHEMA:
        raise DataFileError(f"{where}: '{_SCHEMA}' must be a number from {FIRST_SCHEMA}, not {schema!r}.")
    if schema > SCHEMA:
        raise DataFileError(
            f"{where}: written with schema version {schema}, but this schoolroom reads up to {SCHEMA}; "
            "read it with the schoolroom that wrote it, or a newer one."
        )


def _entry(where: str, value: Json) -> Entry:
    """The record of a line."""
    if not isinstance(value, dict) or len(value) != 1:
        raise DataFileError(f"{where}: must be an object with one key of {', '.join(RECORDS)}, {_END}.")
    ((name, fields),) = value.items()
    if name not in RECORDS:
        known = [*RECORDS, _END]
        near = did_you_mean(name, known)
        raise DataFileError(f"{where}: unknown '{name}'{near} known: {', '.join(known)}.")
    try:
        return RECORDS[name].model_validate(fields)
    except (ValidationError, RecursionError) as error:
        raise DataFileError(f"{where}: no {name}{_cause(error)}.") from None


def _cause(error: ValidationError | RecursionError) -> str:
    if not isinstance(error, ValidationError):
        return ": nested too deep"
    first = error.errors(include_url=False, include_input=False)[0]
    place = ".".join(str(part) for part in first["loc"])
    return f"{f', at {place!r}' if place else ''}: {first['msg']}"


def _check_end(where: str, said: Json, counts: Counter[str]) -> None:
    if said != _ending(counts):
        raise DataFileError(
            f"{where}: the end counts {said}, but the file holds {_ending(counts)}; lines are missing."
        )


def _ending(counts: Counter[str]) -> dict[str, int]:
    return {f"{name}s": counts[name] for name in RECORDS}

"""Rows as Parquet files, a group at a time. pyarrow is an extra, and is imported here alone."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any

from ..errors import ConfigError
from ..values import Json
from .files import new_file

__all__ = ["GROUP", "write_rows"]

GROUP = 1024
"""Rows that are in memory at once."""


def write_rows(
    path: Path, schema: Callable[[Any], Any], rows: Iterable[Mapping[str, Json]], *, group: int = GROUP
) -> int:
    """Write a Parquet file; gives the number of rows.

    Args:
        path: The file, which appears once all is written.
        schema: Given the module ``pyarrow``, makes the schema.
        rows: Taken a group at a time.
        group: Rows of a group.

    Raises:
        ConfigError: pyarrow is not installed.
        DataFileError: the file cannot be written.
    """
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError:
        raise ConfigError("Parquet needs the package pyarrow: pip install 'schoolroom[parquet]'.") from None
    columns, count = schema(pa), 0
    with new_file(path) as file, pq.ParquetWriter(file, columns, compression="zstd") as writer:
        for held in _groups(rows, group):
            writer.write_table(pa.Table.from_pylist(held, schema=columns))
            count += len(held)
    return count


def _groups(rows: Iterable[Mapping[str, Json]], size: int) -> Iterator[list[Mapping[str, Json]]]:
    stream = iter(rows)
    while held := list(islice(stream, size)):
        yield held

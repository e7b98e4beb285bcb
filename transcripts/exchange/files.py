"""Files that appear whole or not at all, and lines that name their place. Knows no records.

Both are compressed with gzip where that is wanted: a name that ends in ``.gz`` when writing, the first bytes
when reading.
"""

import contextlib
import gzip
import json
import os
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from ..errors import DataFileError
from ..values import Json

__all__ = ["json_lines", "line_of", "new_file", "text_lines"]

_GZIP = b"\x1f\x8b"


@contextlib.contextmanager
def new_file(path: Path) -> Iterator[IO[bytes]]:
    """A file to write, which takes the name `path` once all is written; what stood there is replaced.

    The same bytes make the same compressed file.

    Raises:
        DataFileError: it cannot be written.
    """
    partial = path.with_name(f"{path.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with contextlib.ExitStack() as opened:
            file: IO[bytes] = opened.enter_context(partial.open("wb"))
            if path.suffix == ".gz":
                squeezed: Any = gzip.GzipFile(filename="", mode="wb", fileobj=file, mtime=0)
                file = opened.enter_context(squeezed)
            yield file
        os.replace(partial, path)
    except OSError as error:
        raise DataFileError(f"'{path}' cannot be written: {error.strerror or error}.") from None
    finally:
        with contextlib.suppress(OSError):
            partial.unlink()


def line_of(value: Json) -> bytes:
    """`value` as a line of JSON: readable where UTF-8 can say it, escaped where it cannot."""
    try:
        return f"{json.dumps(value, ensure_ascii=False, allow_nan=False)}\n".encode()
    except UnicodeEncodeError:
        return f"{json.dumps(value, allow_nan=False)}\n".encode()


def json_lines(path: Path) -> Iterator[tuple[int, Json]]:
    """The value of each line with its number, from 1; blank lines are passed over.

    Raises:
        DataFileError: the file cannot be read, or a line is no JSON; the message names it.
    """
    for number, line in text_lines(path):
        try:
            yield number, json.loads(line, parse_constant=_refused)
        except RecursionError:
            raise DataFileError(f"{path}, line {number}: JSON that is nested too deep.") from None
        except ValueError as error:
            raise DataFileError(
                f"{path}, line {number}: not JSON ({error}); it is damaged, or the file was cut off in it."
            ) from None


def text_lines(path: Path) -> Iterator[tuple[int, str]]:
    """Each line with its number, from 1; blank lines are passed over.

    Raises:
        DataFileError: the file cannot be read, or a line is not UTF-8; the message names it.
    """
    number = 0
    try:
        with _opened(path) as file:
            for number, line in enumerate(file, 1):
                if line.strip():
                    yield number, line.decode()
    except UnicodeDecodeError as error:
        raise DataFileError(f"{path}, line {number}: not UTF-8 text ({error.reason}).") from None
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise DataFileError(f"{path}, after line {number}: the gzip stream is damaged: {error}.") from None
    except OSError as error:
        raise DataFileError(f"'{path}' cannot be read: {error.strerror or error}.") from None


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[IO[bytes]]:
    with path.open("rb") as file:
        squeezed = file.read(len(_GZIP)) == _GZIP
        file.seek(0)
        if not squeezed:
            yield file
            return
        with gzip.GzipFile(fileobj=file) as unpacked:
            yield unpacked  # type: ignore[misc]  # reads as any other file does


def _refused(constant: str) -> Json:
    raise ValueError(f"{constant} is no JSON number")

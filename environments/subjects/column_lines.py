"""The reference way to add, a line per column, and the mistakes likely in it. It judges nothing."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from ...transcripts.records import Attempt
from .columns import Columns

__all__ = ["ColumnLine", "likely_mistakes", "mistakes_in", "written"]

_NUMBER = r"(0|[1-9][0-9]{0,3})"
_LINE = re.compile(rf"([0-9](?:\+[0-9])+)={_NUMBER}, write {_NUMBER}(?: carry ([1-9][0-9]{{0,3}}))?")


@dataclass(frozen=True, slots=True)
class ColumnLine:
    """One line of a solution, ``4+8+1=13, write 3 carry 1``."""

    parts: tuple[int, ...]
    """The digits of the column, then the carry where there is one."""
    total: int
    write: int
    carry: int
    """0 where none is said."""

    def __str__(self) -> str:
        tail = f" carry {self.carry}" if self.carry else ""
        return f"{'+'.join(map(str, self.parts))}={self.total}, write {self.write}{tail}"

    @classmethod
    def read(cls, text: str) -> "ColumnLine | None":
        """The line that `text` is, to the letter; None where it is written in any other way."""
        if (found := _LINE.fullmatch(text)) is None:
            return None
        parts, total, write, carry = found.groups()
        return cls(tuple(map(int, parts[::2])), int(total), int(write), int(carry or 0))


def written(columns: Columns, mistakes: Mapping[int, ColumnLine] | None = None) -> Attempt:
    """The solution; lines in `mistakes` (by column) stand in place of the right ones and are built on."""
    return _written(columns, mistakes) if mistakes else _reference(columns)


def mistakes_in(columns: Columns, lines: Sequence[str]) -> dict[int, ColumnLine] | None:
    """The mistakes with which `written` writes exactly `lines`, by column; None where it cannot."""
    mistakes: dict[int, ColumnLine] = {}
    due = written(columns).steps
    if len(due) != len(lines):
        return None
    for column, line in enumerate(lines):
        if line != due[column]:
            if (mistake := ColumnLine.read(line)) is None:
                return None
            mistakes[column] = mistake
            due = written(columns, mistakes).steps
    return mistakes


def likely_mistakes(columns: Columns, column: int, carry: int) -> list[ColumnLine]:
    """What a careless student might write for `column`, into which `carry` goes."""
    right = _line(columns, column, carry)
    found: list[ColumnLine] = []
    totals = (right.total - 1, right.total + 1, right.total + 10, right.total - 10)
    found += [_summed(columns, column, right.parts, total) for total in totals if total >= 0]
    if carry:
        digits = right.parts[:-1]
        found += [_summed(columns, column, digits, sum(digits))] * 2
    elif column:
        found.append(_summed(columns, column, (*right.parts, 1), right.total + 1))
    if right.carry and right.write not in (0, right.carry):
        found.append(ColumnLine(right.parts, right.total, right.carry, right.write))
    for place, digit in enumerate(columns.digits(column)):
        misread = (digit + 1) % 10
        parts = (*right.parts[:place], misread, *right.parts[place + 1 :])
        found.append(_summed(columns, column, parts, sum(parts)))
    return found


def _line(columns: Columns, column: int, carry: int) -> ColumnLine:
    """The line of a column into which `carry` goes."""
    parts = (*columns.digits(column), *([carry] if carry else []))
    return _summed(columns, column, parts, sum(parts))


def _summed(columns: Columns, column: int, parts: tuple[int, ...], total: int) -> ColumnLine:
    last = column == columns.width - 1
    return ColumnLine(parts, total, total if last else total % 10, 0 if last else total // 10)


def _written(columns: Columns, mistakes: Mapping[int, ColumnLine] | None = None) -> Attempt:
    lines: list[ColumnLine] = []
    for column in range(columns.width):
        line = _line(columns, column, lines[-1].carry if lines else 0)
        lines.append((mistakes or {}).get(column, line))
    answer = "".join(str(line.write) for line in reversed(lines))
    return Attempt(steps=tuple(map(str, lines)), answer=answer)


@lru_cache(maxsize=256)
def _reference(columns: Columns) -> Attempt:
    """The right solution; all that is asked of one attempt asks for it."""
    return _written(columns)

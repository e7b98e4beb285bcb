"""Two texts beside each other: which lines belong together, and which of their words differ. No screen."""

import re
from collections.abc import Hashable, Iterator, Sequence
from difflib import SequenceMatcher
from itertools import zip_longest
from typing import NamedTuple

__all__ = ["Aligned", "Piece", "aligned", "side_by_side"]

_WORD = re.compile(r"\w+|\s+|[^\w\s]")

_KEPT = 0.5
"""Of the shorter of two lines, more than this must stand in the other for words to be marked: where most of
both would be, marks say no more than that it is another line."""

_MOST = 1_000_000
"""Pairs that are compared with each other at most; comparing takes as long as there are pairs."""


class Piece(NamedTuple):
    """Some words of a line."""

    text: str
    changed: bool
    """Whether the other line does not have them. Of lines that have little in common, no words are marked."""


class Aligned(NamedTuple):
    """A line of one text and that of the other that belongs to it; None where the other has none."""

    left: tuple[Piece, ...] | None
    right: tuple[Piece, ...] | None

    @property
    def sign(self) -> str:
        """Empty between equal lines; ``|`` between others, ``<`` or ``>`` where only one side has a line."""
        if self.left is None or self.right is None:
            return ">" if self.left is None else "<"
        return "" if self.left == self.right else "|"


def aligned(a: Sequence[str], b: Sequence[str]) -> Iterator[Aligned]:
    """Lines of two texts beside each other, with the words that differ."""
    for left, right in side_by_side(a, b):
        one, other = None if left is None else a[left], None if right is None else b[right]
        pieces = () if one is None or other is None or one == other else _pieces(one, other)
        whole = (None if line is None else (Piece(line, changed=False),) for line in (one, other))
        yield Aligned(*(pieces or whole))


def side_by_side(a: Sequence[Hashable], b: Sequence[Hashable]) -> Iterator[tuple[int | None, int | None]]:
    """Places of `a` and `b` that belong beside each other; None beside what the other does not have."""
    for _, a1, a2, b1, b2 in _opcodes(a, b):
        yield from zip_longest(range(a1, a2), range(b1, b2))


def _pieces(one: str, other: str) -> tuple[tuple[Piece, ...], ...]:
    """Both lines with the words marked that differ; nothing where most of both would be."""
    words, others = _WORD.findall(one), _WORD.findall(other)
    left: list[Piece] = []
    right: list[Piece] = []
    for tag, a1, a2, b1, b2 in _opcodes(words, others):
        left += [Piece("".join(words[a1:a2]), tag != "equal")] * (a2 > a1)
        right += [Piece("".join(others[b1:b2]), tag != "equal")] * (b2 > b1)
    kept = "".join(piece.text for piece in left if not piece.changed)
    is_close = _letters(kept) > _KEPT * min(_letters(one), _letters(other))
    return (tuple(left), tuple(right)) if is_close else ()


def _letters(text: str) -> int:
    return len("".join(text.split()))


def _opcodes(a: Sequence[Hashable], b: Sequence[Hashable]) -> Sequence[tuple[str, int, int, int, int]]:
    """How `a` becomes `b`; what is too long to be compared is replaced whole."""
    if len(a) * len(b) > _MOST and a != b:
        return [("replace", 0, len(a), 0, len(b))]
    return SequenceMatcher(None, a, b, autojunk=False).get_opcodes()

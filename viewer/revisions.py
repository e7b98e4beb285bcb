"""A solution that was written anew, line by line against the one that it revises. Knows no HTML."""

from collections.abc import Iterator
from typing import Literal, NamedTuple

from ..environments.alignment import Piece, aligned
from ..environments.telling import revised
from ..transcripts.records import Episode, Turn

__all__ = ["Changed", "Revision", "changes", "revision"]

_LINES = 1_000
"""Of a solution that is compared at most; a page of more is read by nobody."""


class Changed(NamedTuple):
    """A line that stayed, one that went, or one that came."""

    kind: Literal["same", "gone", "new"]
    pieces: tuple[Piece, ...]


class Revision(NamedTuple):
    """How a turn differs from the one that it revises."""

    of: int
    """Index of the turn that it revises."""
    lines: tuple[Changed, ...]

    @property
    def unchanged(self) -> bool:
        """Whether it says the same again."""
        return all(line.kind == "same" for line in self.lines)


def revision(episode: Episode, turn: Turn) -> Revision | None:
    """What `turn` changes in the solution that its speaker heard; None where there is none, or too much."""
    before = revised(episode, turn)
    if before is None:
        return None
    texts = [solution.text.splitlines() for solution in (before, turn)]
    if max(map(len, texts)) > _LINES:
        return None
    return Revision(before.index, tuple(changes(*texts)))


def changes(before: list[str], now: list[str]) -> Iterator[Changed]:
    """The lines of both, in reading order: those that went stand before those that came in their place."""
    gone: list[Changed] = []
    new: list[Changed] = []
    for row in aligned(before, now):
        if not row.sign and row.left is not None:
            yield from gone
            yield from new
            gone, new = [], []
            yield Changed("same", row.left)
            continue
        if row.left is not None:
            gone.append(Changed("gone", row.left))
        if row.right is not None:
            new.append(Changed("new", row.right))
    yield from gone
    yield from new

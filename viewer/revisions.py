"""A solution that was written anew, line by line against the one that it revises. Knows no HTML."""

from collections.abc import Iterator, Sequence
from typing import Literal, NamedTuple

from ..environments.alignment import Piece, aligned
from ..environments.telling import revised
from ..transcripts.records import Episode, Turn
from .spans import Blame, blamed

__all__ = ["Changed", "Revision", "changes", "revision"]

_LINES = 1_000
"""Of a solution that is compared at most; a page of more is read by nobody."""


class Changed(NamedTuple):
    """A line that stayed, one that went, or one that came."""

    kind: Literal["same", "gone", "new"]
    pieces: tuple[Piece, ...]
    blames: tuple[Blame, ...] = ()
    """Who finds it wrong as it stands now."""


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
    was, now = (solution.text.split("\n") for solution in (before, turn))
    if max(len(was), len(now)) > _LINES:
        return None
    found = blamed(episode, turn, now)
    blames = [tuple(blame for blame, _ in found.get(number, ())) for number in range(len(now))]
    return Revision(before.index, tuple(changes(was, now, blames)))


def changes(was: Sequence[str], now: Sequence[str], blames: Sequence[tuple[Blame, ...]]) -> Iterator[Changed]:
    """The lines of both, in reading order: those that went stand before those that came in their place.

    Args:
        was: Lines as they were.
        now: As they are.
        blames: Who finds each of the latter wrong.
    """
    said = iter(blames)
    gone: list[Changed] = []
    new: list[Changed] = []
    for row in aligned(was, now):
        if not row.sign and row.right is not None:
            yield from (*gone, *new, Changed("same", row.right, next(said)))
            gone, new = [], []
            continue
        if row.left is not None:
            gone.append(Changed("gone", row.left))
        if row.right is not None:
            new.append(Changed("new", row.right, next(said)))
    yield from (*gone, *new)

"""An episode among its forks, as a tree: what it parts from, what parts from it, and at which turn."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from ..transcripts.kinship import Relative
from ..transcripts.records import Episode

__all__ = ["Branch", "branches"]


class Branch(NamedTuple):
    """An episode of the tree."""

    relative: Relative
    depth: int
    """0 of the one that all others part from."""
    is_here: bool
    """Whether it is the episode that is looked at."""
    differs: str
    """From the one it parts from, as in ``teacher: terse@1, another seed``."""


def branches(episode: Episode, relatives: Sequence[Relative]) -> tuple[Branch, ...]:
    """The tree that `episode` stands in, each before those that part from it; empty where it stands alone."""
    by_id = {relative.episode: relative for relative in relatives}
    children: defaultdict[str | None, list[Relative]] = defaultdict(list)
    for relative in relatives:
        children[relative.parent if relative.parent in by_id else None].append(relative)

    def walk(parent: str | None, depth: int) -> Iterator[Branch]:
        for child in sorted(children[parent], key=lambda one: one.at or 0):
            yield Branch(child, depth, child.episode == episode.id, _differs(by_id.get(parent or ""), child))
            yield from walk(child.episode, depth + 1)

    return tuple(walk(None, 0)) if len(relatives) > 1 else ()


def _differs(parent: Relative | None, child: Relative) -> str:
    if parent is None:
        return ""
    before = {info.seat: (info.persona, info.model) for info in parent.seats}
    now = {info.seat: (info.persona, info.model) for info in child.seats}
    changed = [
        f"{seat}: {persona}" + ("" if model == "scripted" else f" played by {model}")
        for seat, (persona, model) in now.items()
        if before.get(seat) != (persona, model)
    ]
    if parent.seed != child.seed:
        changed.append("another seed")
    return ", ".join(changed) or "the same people"

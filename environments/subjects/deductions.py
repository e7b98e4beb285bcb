"""Orders that clues leave open, and the reference way to find the only one. It reads and judges no words.

2: quail            the clue that the quail is second from the left
crow < owl          the clue that the crow is left of the owl
1: crow             what follows, a place a line
3: owl
order: crow, quail, owl
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from .deduction_scenes import Scene

__all__ = [
    "At",
    "Before",
    "Belief",
    "Clue",
    "Order",
    "Puzzle",
    "clue_line",
    "holds",
    "only_order",
    "orders",
    "placing_line",
]


@dataclass(frozen=True, slots=True)
class Before:
    """One thing stands before another; both by their index among the puzzle's names."""

    first: int
    second: int


@dataclass(frozen=True, slots=True)
class At:
    """A thing stands at a position, counted from 0 at the front."""

    thing: int
    position: int


Clue = Before | At
Order = tuple[int, ...]
"""Things by their indexes, from the front to the back."""


@dataclass(frozen=True, slots=True)
class Puzzle:
    """What a question says."""

    scene: Scene
    names: tuple[str, ...]
    clues: tuple[Clue, ...]
    order: Order
    """The only one that fits all clues."""
    asked: int
    """The position whose thing is asked for."""
    options: tuple[tuple[str, At], ...] = ()
    """Letters, and what each option says."""

    @property
    def answer(self) -> str:
        """The letter of the option that holds, or else the name of the thing."""
        return self.said(self.order)

    def said(self, order: Order) -> str:
        """The answer that follows from an order."""
        letters = [letter for letter, claim in self.options if holds(claim, order)]
        return f"({letters[0]})" if len(letters) == 1 else self.names[order[self.asked]]


def holds(clue: Clue, order: Order) -> bool:
    """Whether an order fits a clue."""
    if isinstance(clue, At):
        return order[clue.position] == clue.thing
    return order.index(clue.first) < order.index(clue.second)


def orders(count: int, clues: Sequence[Clue]) -> Iterator[Order]:
    """All orders of `count` things that fit the clues: filled from the front, dead ends left at once."""
    fixed = [clue for clue in clues if isinstance(clue, At)]
    at = {clue.position: clue.thing for clue in fixed}
    placed = {clue.thing: clue.position for clue in fixed}
    if any((at[clue.position], placed[clue.thing]) != (clue.thing, clue.position) for clue in fixed):
        return
    earlier: dict[int, set[int]] = {thing: set() for thing in range(count)}
    for clue in clues:
        if isinstance(clue, Before):
            earlier[clue.second].add(clue.first)

    def filled(order: Order) -> Iterator[Order]:
        if len(order) == count:
            yield order
            return
        position = len(order)
        for thing in range(count):
            fits = at.get(position, thing) == thing and placed.get(thing, position) == position
            if thing not in order and fits and earlier[thing] <= {*order}:
                yield from filled((*order, thing))

    yield from filled(())


@lru_cache(maxsize=1024)
def only_order(count: int, clues: tuple[Clue, ...]) -> Order | None:
    """The order that fits the clues; None where there is none, or more than one."""
    found = orders(count, clues)
    first = next(found, None)
    return first if next(found, None) is None else None


class Belief:
    """What the lines of a solution come to as they stand, right or wrong."""

    def __init__(self, puzzle: Puzzle) -> None:
        self._puzzle = puzzle
        self._clues = list(puzzle.clues)
        self.placed: dict[int, int] = {}
        """Things by their positions, as stated."""

    def take(self, clue: Clue) -> None:
        """State a place or a relation; it takes the place of the puzzle's clue that it misreads."""
        if isinstance(clue, At):
            self.placed[clue.position] = clue.thing
            same = [i for i, old in enumerate(self._clues) if isinstance(old, At) and old.thing == clue.thing]
        else:
            same = [i for i, old in enumerate(self._clues) if old == Before(clue.second, clue.first)]
        for i in same:
            self._clues[i] = clue

    @property
    def order(self) -> Order:
        """The first order that fits the clues as they were read; then what is not placed fills up the rest.

        Where a thing was placed twice it stands twice, and where the clues contradict each other they are not
        followed.
        """
        puzzle = self._puzzle
        unread = tuple(self._clues) == puzzle.clues
        order = puzzle.order if unread else next(orders(len(puzzle.names), self._clues), puzzle.order)
        rest = iter([thing for thing in order if thing not in self.placed.values()])
        return tuple(
            self.placed[position] if position in self.placed else next(rest, order[position])
            for position in range(len(order))
        )


def clue_line(names: Sequence[str], clue: Clue) -> str:
    """``crow < owl`` or ``2: quail``."""
    if isinstance(clue, At):
        return f"{clue.position + 1}: {names[clue.thing]}"
    return f"{names[clue.first]} < {names[clue.second]}"


def placing_line(names: Sequence[str], order: Order) -> str:
    """``order: crow, quail, owl``."""
    return f"order: {', '.join(names[thing] for thing in order)}"

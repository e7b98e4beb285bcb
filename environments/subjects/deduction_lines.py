"""The reference way to write a deduction, and the mistakes likely in it. It judges nothing."""

from collections.abc import Mapping, Sequence
from itertools import pairwise

from ...transcripts.records import Attempt
from .deductions import At, Before, Belief, Clue, Order, Puzzle, clue_line, orders, placing_line

__all__ = ["Line", "likely_mistakes", "mistakes_in", "written"]

Line = Clue | Order
"""What a line says: a clue, a place, or in the last line all places."""


def written(puzzle: Puzzle, mistakes: Mapping[int, Line] | None = None) -> Attempt:
    """The solution, saying something else in the steps that `mistakes` name, each carried on from there."""
    lines = _lines(puzzle, mistakes or {})
    last = lines[-1]
    assert isinstance(last, tuple)
    answer = puzzle.said(last)
    return Attempt(steps=tuple(_words(puzzle, line) for line in lines), answer=answer)


def _words(puzzle: Puzzle, line: Line) -> str:
    return placing_line(puzzle.names, line) if isinstance(line, tuple) else clue_line(puzzle.names, line)


def _lines(puzzle: Puzzle, mistakes: Mapping[int, Line]) -> list[Line]:
    belief = Belief(puzzle)
    lines: list[Line] = []

    def say(line: Line) -> None:
        line = mistakes.get(len(lines), line)
        if not isinstance(line, tuple):
            belief.take(line)
        lines.append(line)

    for clue in puzzle.clues:
        say(clue)
    for position in range(len(puzzle.names)):
        if position not in belief.placed:
            say(At(belief.order[position], position))
    say(belief.order)
    return lines


def mistakes_in(puzzle: Puzzle, steps: Sequence[str]) -> dict[int, Line] | None:
    """The mistakes of a solution that is otherwise written as the reference is; None of any other."""
    mistakes: dict[int, Line] = {}
    for number, step in enumerate(steps):
        right = _lines(puzzle, mistakes)
        if number >= len(right):
            return None
        if step != _words(puzzle, right[number]):
            line = _read(puzzle, step)
            if line is None:
                return None
            mistakes[number] = line
    return mistakes if written(puzzle, mistakes).steps == tuple(steps) else None


def _read(puzzle: Puzzle, step: str) -> Line | None:
    """What a line of exactly the reference's form says."""
    things = range(len(puzzle.names))
    if step.startswith("order: "):
        names = step.removeprefix("order: ").split(", ")
        known = all(name in puzzle.names for name in names) and len(names) == len(puzzle.names)
        return tuple(puzzle.names.index(name) for name in names) if known else None
    claims: list[Clue] = [At(thing, position) for thing in things for position in things]
    claims += [Before(a, b) for a in things for b in things if a != b]
    return next((claim for claim in claims if clue_line(puzzle.names, claim) == step), None)


def likely_mistakes(puzzle: Puzzle, step: int, earlier: Mapping[int, Line]) -> list[Line]:
    """What somebody may well write in `step` instead: a clue the wrong way round or from the wrong end, a
    neighbour's place, two things exchanged."""
    lines, count = _lines(puzzle, earlier), len(puzzle.names)
    line = lines[step]
    if isinstance(line, tuple):
        return [_exchanged(line, place) for place, pair in enumerate(pairwise(line)) if pair[0] != pair[1]]
    if isinstance(line, Before):
        likely: list[Line] = [Before(line.second, line.first)]
        return likely
    if step < len(puzzle.clues):
        ends = [line.position - 1, line.position + 1, count - 1 - line.position]
        misread = [
            At(line.thing, position)
            for position in ends
            if 0 <= position < count and position != line.position
        ]
        possible = [clue for clue in misread if next(orders(count, _with(puzzle, step, clue)), None)]
        return [*(possible or misread)]
    said = [done.thing for done in lines[:step] if isinstance(done, At)]
    free = [thing for thing in range(count) if thing not in said and thing != line.thing]
    taken = [thing for thing in said if thing != line.thing]
    return [At(thing, line.position) for thing in free or taken]


def _with(puzzle: Puzzle, step: int, clue: Clue) -> tuple[Clue, ...]:
    return (*puzzle.clues[:step], clue, *puzzle.clues[step + 1 :])


def _exchanged(order: Order, place: int) -> Order:
    return (*order[:place], order[place + 1], order[place], *order[place + 2 :])

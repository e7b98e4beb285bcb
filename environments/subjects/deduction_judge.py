"""Judges the steps of a deduction, whoever wrote them: clues, places and orders, in signs or in words."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from .arithmetic_judge import Fault
from .deduction_claims import Claim, find_claims
from .deductions import At, Before, Belief, Clue, Order, Puzzle, clue_line, holds, placing_line

__all__ = ["DeductionFinding", "judge_deduction"]

MAX_LENGTH = 2000
"""Of a step, in characters; what stands behind is not read."""


@dataclass(frozen=True, slots=True)
class DeductionFinding:
    """What was found in a step."""

    fault: Fault | None
    worked: str
    """Its first claim as it should stand."""
    written: str
    """Its first claim as it stands; empty where it makes none."""
    says: tuple[Clue | Order, ...]
    """Its claims that are right."""


@lru_cache(maxsize=64)
def judge_deduction(puzzle: Puzzle, steps: tuple[str, ...]) -> tuple[DeductionFinding, ...]:
    """What is found in each step.

    A claim is wrong where it is false in the only order that fits the clues, though the clues used so far may
    leave it open: whatever is not true there can only have been guessed. It is not wrong where it follows
    from what the lines before it say, as they stand.
    """
    claims = [find_claims(puzzle, step[:MAX_LENGTH]) for step in steps]
    if not all(_is_line(puzzle, step, said) for step, said in zip(steps, claims, strict=True)):
        claims = _as_meant(puzzle, claims)
    belief = Belief(puzzle)
    return tuple(_judged(puzzle, belief, found) for found in claims)


def _judged(puzzle: Puzzle, belief: Belief, claims: Sequence[Claim]) -> DeductionFinding:
    fault: Fault | None = None
    worked = written = ""
    right: list[Clue | Order] = []
    for claim in claims:
        holds_ = _holds(puzzle, belief, claim)
        if not written:
            worked, written = _shown(puzzle, belief, claim)
        if not holds_ and fault is None:
            fault = Fault(claim.span, _reason(puzzle, belief, claim))
        if not isinstance(claim.says, str) and not claim.denied:
            if holds_:
                right.append(claim.says)
            _take(belief, claim, holds_)
    return DeductionFinding(fault, worked, written, tuple(right))


def _take(belief: Belief, claim: Claim, right: bool) -> None:
    if isinstance(claim.says, tuple):
        order = belief.order if right else claim.says
        for position, thing in enumerate(order):
            belief.take(At(thing, position))
    elif not isinstance(claim.says, str) and _possible(claim.says, len(belief.order)):
        belief.take(claim.says)


def _holds(puzzle: Puzzle, belief: Belief, claim: Claim) -> bool:
    """Whether a claim is true, or follows from the lines before it."""
    says = claim.says
    if isinstance(says, str):
        return says in (puzzle.answer, puzzle.said(belief.order))
    if isinstance(says, tuple):
        ways = (says, says[::-1]) if claim.either_way else (says,)
        return puzzle.order in ways or belief.order in ways
    return any(_true(says, order) is not claim.denied for order in (puzzle.order, belief.order))


def _possible(clue: Clue, count: int) -> bool:
    """Whether there is such a place among so many."""
    return isinstance(clue, Before) or 0 <= clue.position < count


def _true(clue: Clue, order: Order) -> bool:
    if isinstance(clue, Before) and not {clue.first, clue.second} <= {*order}:  # one was placed twice
        return False
    return _possible(clue, len(order)) and holds(clue, order)


def _shown(puzzle: Puzzle, belief: Belief, claim: Claim) -> tuple[str, str]:
    """A claim as it should stand and as it stands, in the reference's form."""
    names, says = puzzle.names, claim.says
    if isinstance(says, str):
        return f"the answer is {puzzle.said(belief.order)}", f"the answer is {says}"
    if isinstance(says, tuple):
        return placing_line(names, belief.order), placing_line(names, says)
    if claim.denied:
        return f"not {clue_line(names, says)}", f"not {clue_line(names, says)}"
    if not _possible(says, len(names)):
        return "", clue_line(names, says)
    if isinstance(says, At):
        right = belief.order[says.position] if says.thing != puzzle.order[says.position] else says.thing
        return clue_line(names, At(right, says.position)), clue_line(names, says)
    right_way = says if _true(says, puzzle.order) else Before(says.second, says.first)
    return clue_line(names, right_way), clue_line(names, says)


def _reason(puzzle: Puzzle, belief: Belief, claim: Claim) -> str:
    names, says, scene = puzzle.names, claim.says, puzzle.scene
    if isinstance(says, str):
        return f"the answer is {puzzle.said(belief.order)}, not {says}."
    if claim.denied:
        return "it is so."
    if isinstance(says, tuple):
        return f"the order is {', '.join(names[thing] for thing in belief.order)}."
    if isinstance(says, Before):
        first, second = (scene.article + names[thing] for thing in (says.first, says.second))
        return f"{first} {scene.verb} {scene.after[0]} {second}."
    if not _possible(says, len(names)):
        return f"there are {len(names)} places, so none has the number {says.position + 1}."
    place = scene.place(says.position, len(names))
    there = names[belief.order[says.position]]
    if says.thing == belief.order[says.position]:
        there = names[puzzle.order[says.position]]
    here, other = scene.article + there, scene.article + names[says.thing]
    return f"{here} {scene.verb} {scene.place_article}{place}, not {other}."


def _is_line(puzzle: Puzzle, step: str, claims: Sequence[Claim]) -> bool:
    """Whether a step is written as the reference writes, so that there is no doubt of what is meant."""
    says = claims[0].says if len(claims) == 1 else ""
    if isinstance(says, tuple):
        return step == placing_line(puzzle.names, says)
    return not isinstance(says, str) and step == clue_line(puzzle.names, says)


def _as_meant(puzzle: Puzzle, claims: Sequence[Sequence[Claim]]) -> list[list[Claim]]:
    """The claims, where somebody uses < or counts places from the other end than the reference: turned.

    That is so where more than one of them is true in this way and at most one is not, and none as they stand.
    """
    last = len(puzzle.names) - 1
    turned: dict[Claim, Claim] = {}
    for kind, clear in (("signs", puzzle.scene.sign_is_clear), ("ranked", puzzle.scene.rank_is_clear)):
        meant: dict[Claim, Claim] = {}
        said = [claim for step in claims for claim in step if getattr(claim, kind) and not clear]
        for claim in said:
            says = claim.says
            if isinstance(says, At) and 2 * says.position != last:
                meant[claim] = _saying(claim, At(says.thing, last - says.position))
            elif isinstance(says, Before):
                meant[claim] = _saying(claim, Before(says.second, says.first))
        right = sum(_plainly(puzzle, claim) for claim in meant.values())
        if right > 1 and right >= len(meant) - 1 and not any(_plainly(puzzle, claim) for claim in meant):
            turned |= meant
    return [[turned.get(claim, claim) for claim in step] for step in claims]


def _saying(claim: Claim, says: Clue) -> Claim:
    return Claim(says, claim.span, claim.denied, claim.signs, claim.ranked)


def _plainly(puzzle: Puzzle, claim: Claim) -> bool:
    return isinstance(claim.says, At | Before) and _true(claim.says, puzzle.order)

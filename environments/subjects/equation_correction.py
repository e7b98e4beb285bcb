"""Corrects written steps with as few edits as it can, and goes on from them with steps of the reference.

It finds no mistake itself: the first wrong step is named to it.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import takewhile

from .equation_edits import NUMBER, mended, number_value, replaced
from .equation_notebook import Notebook

__all__ = ["corrected_steps"]


@dataclass(frozen=True, slots=True)
class _Line:
    text: str
    results: frozenset[str]
    """What its equations are said to come to."""
    holds: bool


def corrected_steps(
    steps: Sequence[str], wrong: int, reference: Sequence[str], answers: Callable[[str], bool]
) -> tuple[str, ...]:
    """`steps` before `wrong` as they stand, what follows put right where it can be, then what is missing.

    From the wrong step on, equations are worked out again, and results that change are carried on. Where that
    leads to the answer, it is all. Else the lines are kept that come to what the reference comes to, up to
    the first that does not, and then those steps of the reference whose results are not there yet.

    It is the reference where the lines before the wrong one go round in circles, or come to something that
    the reference does not and that does not lead to the answer: one of them is at fault though its equation
    holds, and what followed would contradict it.

    Args:
        steps: The lines to correct.
        wrong: Index from 0 of the first wrong one; ``len(steps)`` is the answer.
        reference: The steps of a right solution.
        answers: Whether a value is the answer.
    """
    again, swaps = _mended(steps, wrong)
    goal, lines = _read(reference), _read(again)
    texts, known = set(reference), {result for line in goal for result in line.results}

    def shared(line: _Line) -> bool:
        return line.text in texts or (line.holds and bool(line.results) and line.results <= known)

    # A number that the reference says, too, may mean something else in later lines than the wrong result.
    doubtful = any(number_value(number) in swaps for text in reference for number in NUMBER.findall(text))
    if _leads_to_the_answer(lines, goal, answers) and (not doubtful or all(map(shared, lines[wrong:]))):
        return tuple(again)
    kept = [*lines[:wrong], *takewhile(shared, lines[wrong:])]
    strays = any(not line.results <= known for line in kept)
    says_nothing = wrong == len(steps) and not any(map(shared, kept))
    if strays or says_nothing or _circles([line.text for line in kept], reference):
        return tuple(reference)
    return tuple(line.text for line in [*kept, *_missing(goal, kept)])


def _mended(steps: Sequence[str], wrong: int) -> tuple[list[str], dict[Fraction, Fraction]]:
    """The steps with the results from `wrong` on worked out again, and the numbers that changed."""
    notebook, swaps, lines = Notebook(), dict[Fraction, Fraction](), list[str]()
    for i, step in enumerate(steps):
        line = step if i < wrong else mended(replaced(step, swaps), notebook, swaps)
        notebook.claims(line)
        lines.append(line)
    return lines, swaps


def _read(steps: Sequence[str]) -> list[_Line]:
    notebook = Notebook()
    read = [(step, notebook.claims(step)) for step in steps]
    return [
        _Line(step, frozenset(c.claimed for c in claims), not any(c.reason for c in claims))
        for step, claims in read
    ]


def _leads_to_the_answer(
    lines: Sequence[_Line], goal: Sequence[_Line], answers: Callable[[str], bool]
) -> bool:
    """Whether all equations hold and the last results are the answer.

    It must be a result as often as in the reference: there it may have come up on the way already.
    """
    found, due = (sum(any(map(answers, line.results)) for line in way) for way in (lines, goal))
    last = next((line for line in reversed(lines) if line.results), None)
    return (
        last is not None
        and any(map(answers, last.results))
        and found >= due
        and all(line.holds for line in lines)
    )


def _circles(kept: Sequence[str], reference: Sequence[str]) -> bool:
    """Whether a line stands more often than once, and than in the reference."""
    once = Counter(reference)
    return any(number > max(once[text], 1) for text, number in Counter(kept).items())


def _missing(goal: Sequence[_Line], kept: Sequence[_Line]) -> list[_Line]:
    """The lines of `goal` that are not among the `kept`, nor all of their results."""
    texts, had = {line.text for line in kept}, Counter(result for line in kept for result in line.results)
    missing: list[_Line] = []
    for line in goal:
        if line.text in texts or (line.results and all(had[result] > 0 for result in line.results)):
            had.subtract(line.results)
        else:
            missing.append(line)
    return missing

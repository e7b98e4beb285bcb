"""Puts other numbers into written steps and works their equations out again; judges no solution."""

import re
from collections.abc import Mapping, MutableMapping
from fractions import Fraction

from .equation_forms import show
from .equation_notebook import Claim, Notebook

__all__ = ["NUMBER", "carried", "mended", "number_value", "replaced", "written_number"]

NUMBER = re.compile(r"(?<![\w.])\d{1,60}(?:,\d{3}){0,20}(?:\.\d{1,60})?(?!\w|[.,]\d)")
"""Numbers that Python reads at once; longer ones stay as they are."""
_WORTH = re.compile(r"\d+(?:\.\d+|/\d+)?")


def carried(step: str, swaps: MutableMapping[Fraction, Fraction]) -> str:
    """`step` with the changed numbers put in, and its equations worked out again with them.

    Results that change are added to `swaps`.
    """
    before = Notebook().claims(step)
    edited = replaced(step, swaps)
    if edited == step:
        return step
    for claim in before:
        again = next((c for c in Notebook().claims(edited) if c.reason and c.written), None)
        if again is None or claim.written is None:
            break
        start, end = again.written or (0, 0)
        old = edited[start:end]
        if not NUMBER.fullmatch(old) or not re.fullmatch(r"\d+(?:\.\d+)?", again.value):
            break
        swaps.setdefault(number_value(old), Fraction(again.value))
        edited = edited[:start] + again.value + edited[end:]
    return edited


def mended(step: str, notebook: Notebook, swaps: MutableMapping[Fraction, Fraction]) -> str:
    """`step`, read after what `notebook` has read, with the results of its wrong equations put right.

    Where a result stands again behind its equation it is changed, too. Results that change are added to
    `swaps`. An equation stays wrong where its result is no single number or cannot be written as one.
    """
    for _ in notebook.copy().claims(step):
        wrong = next(iter(notebook.copy().mistakes(step)), None)
        found = wrong and _result(step, wrong)
        if not wrong or not found or not _WORTH.fullmatch(wrong.value):
            break
        old, new = number_value(found[0]), _as_precise(Fraction(wrong.value), found[0])
        if old == new:
            break
        swaps[old] = new
        rest = replaced(step[found.end() :], {old: new})
        step = step[: found.start()] + written_number(new, like=found[0]) + rest
    return step


def replaced(text: str, swaps: Mapping[Fraction, Fraction]) -> str:
    """`text` with other numbers put in for those that are keys of `swaps`, each written in its manner."""
    return NUMBER.sub(
        lambda found: (
            written_number(swaps[number_value(found[0])], like=found[0])
            if number_value(found[0]) in swaps
            else found[0]
        ),
        text,
    )


def number_value(number: str) -> Fraction:
    """What `NUMBER` has found, "1,200.50", is worth."""
    return Fraction(number.replace(",", ""))


def written_number(value: Fraction, like: str) -> str:
    """`value` with commas where `like` has them."""
    text = show(value)
    whole, point, decimals = text.partition(".")
    return f"{int(whole):,}{point}{decimals}" if "," in like and whole.isdigit() else text


def _result(step: str, claim: Claim) -> re.Match[str] | None:
    """The number that stands for the result of `claim`, if it is a single one."""
    found = list(NUMBER.finditer(step, *claim.written)) if claim.written else []
    return found[0] if len(found) == 1 else None


def _as_precise(value: Fraction, like: str) -> Fraction:
    """`value` where decimals can say it, else rounded to as many as `like` has, at least two."""
    return round(value, max(2, len(like.partition(".")[2]))) if "/" in show(value) else value

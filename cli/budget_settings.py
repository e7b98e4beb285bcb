"""Budgets as they are typed: for the run, for each lesson, for one. What they mean stands in `budgets`."""

from collections.abc import Iterable

from ..transcripts.records import Json
from .settings import parse_pairs

__all__ = ["parse_budget"]

PLACES = {"": "budget", "each": "budget.each"}
"""Settings by what stands before the equals sign, where that is no lesson."""


def parse_budget(
    cost: Iterable[str] | None, tokens: Iterable[str] | None, seconds: Iterable[str] | None
) -> dict[str, Json]:
    """What ``--max-cost``, ``--max-tokens`` and ``--max-seconds`` say, by the dotted names of the settings.

    ``5`` holds for the run, ``LESSON=5`` for one lesson and ``each=5`` for each; ``null`` lifts a limit.
    """
    values: dict[str, Json] = {}
    for option, given in (("--max-cost", cost), ("--max-tokens", tokens), ("--max-seconds", seconds)):
        limit = option[2:].replace("-", "_")
        for text in given or ():
            whose, _, number = (part.strip() for part in text.rpartition("="))
            place = PLACES.get(whose, f"budget.lessons.{whose}")
            values |= parse_pairs([f"{place}.{limit}={number}"], option)
    return values

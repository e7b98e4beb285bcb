"""The reference way to sort, a line per word taken, and the mistakes likely in it. It judges nothing."""

import random
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ...transcripts.records import Attempt
from .word_sorting_lists import WORD, in_order, order_key, words_in

__all__ = ["SelectionLine", "likely_mistakes", "missing_and_extra", "mistakes_in", "without", "written"]

_LINE = re.compile(rf"\s*({WORD})\s*\|\s*((?:{WORD}(?:[\s,]+|$))*)")


@dataclass(frozen=True, slots=True)
class SelectionLine:
    """One line of a solution, ``a | c d b``: the word that is taken, and what is left then."""

    taken: str
    left: tuple[str, ...]
    """In any order; the reference keeps the order of the line before."""

    def __str__(self) -> str:
        return f"{self.taken} | {' '.join(self.left)}"

    @classmethod
    def read(cls, text: str) -> "SelectionLine | None":
        """The line that `text` is; None where it is written in any other way."""
        found = _LINE.fullmatch(text)
        return found and cls(found[1].lower(), words_in(found[2]))


def written(words: Sequence[str], mistakes: Mapping[int, SelectionLine] | None = None) -> Attempt:
    """The solution; lines in `mistakes` (by index) stand in place of the right ones and are built on.

    The last word that is left needs no line of its own.
    """
    left, lines = tuple(words), list[SelectionLine]()
    while len(left) > 1:
        smallest = in_order(left)[0]
        right = SelectionLine(smallest, without(left, smallest))
        lines.append((mistakes or {}).get(len(lines), right))
        left = lines[-1].left
    return Attempt(steps=tuple(map(str, lines)), answer=" ".join([*(line.taken for line in lines), *left]))


def mistakes_in(words: Sequence[str], lines: Sequence[str]) -> dict[int, SelectionLine] | None:
    """The mistakes with which `written` writes exactly `lines`, by index; None where it cannot."""
    mistakes: dict[int, SelectionLine] = {}
    due = written(words).steps
    for i, line in enumerate(lines):
        if due[i : i + 1] != (line,):
            mistake = SelectionLine.read(line)
            if mistake is None or i >= len(due):
                return None
            mistakes[i] = mistake
            due = written(words, mistakes).steps
    return mistakes if due == tuple(lines) else None


def likely_mistakes(left: Sequence[str], rng: random.Random) -> list[SelectionLine]:
    """What a careless student might write when `left` is left, in random order.

    Another word than the smallest is taken, a word is lost or stands there twice, the taken one stays.
    """
    ranked = in_order(left)
    right = SelectionLine(ranked[0], without(left, ranked[0]))
    second, other = ranked[1], rng.choice(ranked[1:])
    doubled = rng.randrange(len(right.left))
    found = [
        SelectionLine(second, without(left, second)),
        SelectionLine(other, without(left, other)),
        SelectionLine(right.taken, (*right.left[: doubled + 1], *right.left[doubled:])),
        SelectionLine(right.taken, tuple(left)),
    ]
    if len(right.left) > 1:
        found.append(SelectionLine(right.taken, without(right.left, rng.choice(right.left))))
    return rng.sample(found, len(found))


def without(words: Sequence[str], word: str) -> tuple[str, ...]:
    """`words` less one `word`, or all of them where it is not among them."""
    keys = [order_key(each) for each in words]
    if order_key(word) not in keys:
        return tuple(words)
    place = keys.index(order_key(word))
    return (*words[:place], *words[place + 1 :])


def missing_and_extra(given: Sequence[str], wanted: Sequence[str]) -> tuple[str | None, str | None]:
    """A word of `wanted` that is not in `given`, and one of `given` that is too much."""
    have, want = Counter(map(order_key, given)), Counter(map(order_key, wanted))
    return next(iter(want - have), None), next(iter(have - want), None)

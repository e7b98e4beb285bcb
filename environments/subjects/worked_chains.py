"""A further question about the answer of a word problem, with its step: what makes the problem harder.

Each follows from the unit of the answer (money, time, things that are packed), or fits any number.
"""

import random
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from .equation_forms import show

__all__ = ["Link", "further"]


@dataclass(frozen=True, slots=True)
class Link:
    """What is appended to a problem."""

    ask: str
    """The further question, which speaks of the answer so far as "that"."""
    lines: tuple[str, ...]
    """Its steps, annotated."""
    answer: str


_CONVERSIONS = {
    "minutes": ("seconds", 60),
    "hours": ("minutes", 60),
    "days": ("hours", 24),
    "weeks": ("days", 7),
    "years": ("months", 12),
    "feet": ("inches", 12),
    "yards": ("feet", 3),
    "meters": ("centimeters", 100),
    "kilometers": ("meters", 1000),
    "kilograms": ("grams", 1000),
    "liters": ("milliliters", 1000),
    "pounds": ("ounces", 16),
    "gallons": ("quarts", 4),
    "dozens": ("pieces", 12),
}
_THINGS = """apples oranges pears bananas lemons peaches mangoes pineapples pumpkins strawberries potatoes
    tomatoes eggs cookies cupcakes muffins donuts pies sandwiches candies chocolates lollipops books
    notebooks pencils pens crayons markers cards stickers stamps coins marbles balls toys dolls blocks
    beads shells rocks flowers roses tulips shirts shoes socks hats cups plates bottles cans jars boxes
    bags bricks tiles buttons balloons magazines papers letters clips"""
_PACKED = frozenset(_THINGS.split())
_COUNTED = re.compile(
    r"how many ((?:(?:more|total|fewer|extra|additional|full|whole|new) )*[a-z]+(?: [a-z]+)?)"
)


def further(text: str, lines: Sequence[str], answer: str, rng: random.Random) -> Link | None:
    """A further question about `answer`, or None where that is no positive number."""
    number = answer.strip("$ ").replace(",", "")
    if not re.fullmatch(r"\d+(?:\.\d+)?", number) or not Fraction(number):
        return None
    value = Fraction(number)
    makers = _makers(text, lines[-1] if lines else "", number)
    for make in rng.sample(makers, len(makers)):
        if link := make(value, rng):
            return link
    return _multiple(value, rng)


_Maker = Callable[[Fraction, random.Random], Link | None]


def _makers(text: str, last: str, number: str) -> list[_Maker]:
    plain = re.sub(r"<<[^<>]*>>", "", last).replace(",", "")
    question = text[max(text.rfind(". "), 0) :].lower()
    if re.search(rf"\$ ?{re.escape(number)}(?:\.0+)?(?!\d|\.\d)", plain) or re.search(
        r"how much money|how many dollars", question
    ):
        return [_shared_money, _share_of_money, _raised, _money_left]
    if "percent" in question or "%" in question or "how old" in question or "probability" in question:
        return [_multiple, _less_than_multiple]
    asked = _COUNTED.findall(question)
    nouns = asked[-1].split() if asked else []
    unit = next((word for word in nouns if word in _CONVERSIONS), None)
    if unit is not None and not re.search(rf"{unit} (?:per|a|an|each|old)\b|per {unit[:-1]}", question):
        return [lambda value, rng: _converted(value, *_CONVERSIONS[unit])]
    noun = next((word for word in nouns if word in _PACKED), None)
    if noun is not None:
        return [lambda value, rng: _packed(value, noun, rng), lambda value, rng: _shared(value, noun, rng)]
    return [_multiple, _less_than_multiple, _more_than_multiple]


def _link(ask: str, *steps: tuple[str, str, Fraction, str, str]) -> Link | None:
    """Steps are: words before the calculation, the calculation, its value, a sign before it, words behind."""
    lines: list[str] = []
    shown = ""
    for lead, calculation, value, sign, behind in steps:
        shown = _money(value) if sign else show(value)
        if "/" in shown:
            return None
        lines.append(
            f"{lead} {calculation} = {sign}<<{calculation.replace('$', '')}={shown}>>{shown}{behind}."
        )
    return Link(ask, tuple(lines), shown)


def _money(value: Fraction) -> str:
    return show(value) if value.denominator == 1 else f"{float(value):.2f}"


def _cents(value: Fraction) -> bool:
    return not 100 % value.denominator


def _divisors(value: Fraction) -> list[int]:
    return [k for k in range(2, 13) if value.denominator == 1 and not value % k and value > k]


def _shared_money(value: Fraction, rng: random.Random) -> Link | None:
    k = rng.choice([k for k in (2, 3, 4, 5, 6, 8, 10) if _cents(value / k)] or [0])
    if not k or not _cents(value):
        return None
    ask = f"If that amount is divided equally among {k} people, how much is each person's part?"
    return _link(ask, ("Each person's part is", f"{_money(value)}/{k}", value / k, "$", ""))


def _share_of_money(value: Fraction, rng: random.Random) -> Link | None:
    p = rng.choice((5, 10, 15, 20, 25, 30, 40, 60, 75))
    if not _cents(value * p / 100):
        return None
    return _link(
        f"How much is {p}% of that amount?",
        (f"{p}% of that amount is", f"{_money(value)}*{p}/100", value * p / 100, "$", ""),
    )


def _raised(value: Fraction, rng: random.Random) -> Link | None:
    p = rng.choice((5, 10, 15, 20, 25, 50))
    more = value * p / 100
    if not _cents(more) or not _cents(value):
        return None
    return _link(
        f"If that amount went up by {p}%, how much would it be?",
        (f"{p}% of the amount is", f"{_money(value)}*{p}/100", more, "$", ""),
        ("So it would be", f"{_money(value)}+{_money(more)}", value + more, "$", ""),
    )


def _money_left(value: Fraction, rng: random.Random) -> Link | None:
    if value < 4 or not _cents(value):
        return None
    less = rng.randint(2, min(int(value) - 1, max(9, int(value) // 2)))
    return _link(
        f"How much is left of that amount after ${less} is taken away from it?",
        (f"After ${less} is taken away,", f"{_money(value)}-{less}", value - less, "$", " is left"),
    )


def _converted(value: Fraction, unit: str, factor: int) -> Link | None:
    return _link(
        f"How many {unit} is that?", ("That is", f"{show(value)}*{factor}", value * factor, "", f" {unit}")
    )


def _packed(value: Fraction, noun: str, rng: random.Random) -> Link | None:
    if not (divisors := _divisors(value)):
        return None
    k = rng.choice(divisors)
    box, boxes = ("crate", "crates") if noun in ("boxes", "bags") else ("box", "boxes")
    return _link(
        f"If {k} {noun} fit in one {box}, how many {boxes} do that many {noun} fill?",
        (f"That many {noun} fill", f"{show(value)}/{k}", value / k, "", f" {boxes}"),
    )


def _shared(value: Fraction, noun: str, rng: random.Random) -> Link | None:
    if not (divisors := _divisors(value)):
        return None
    k = rng.choice(divisors)
    return _link(
        f"If {k} people share that many {noun} equally, how many {noun} does each of them get?",
        ("Each of them gets", f"{show(value)}/{k}", value / k, "", f" {noun}"),
    )


def _multiple(value: Fraction, rng: random.Random) -> Link | None:
    k = rng.randint(2, 9)
    return _link(
        f"What is {k} times that number?",
        (f"{k} times that number is", f"{k}*{show(value)}", k * value, "", ""),
    )


def _less_than_multiple(value: Fraction, rng: random.Random) -> Link | None:
    k = rng.randint(2, 9)
    less = rng.randint(1, max(1, min(99, int(k * value) - 1)))
    if k * value <= less:
        return None
    return _link(
        f"What is {k} times that number, minus {less}?",
        (f"{k} times that number is", f"{k}*{show(value)}", k * value, "", ""),
        ("The result is", f"{show(k * value)}-{less}", k * value - less, "", ""),
    )


def _more_than_multiple(value: Fraction, rng: random.Random) -> Link | None:
    k, more = rng.randint(2, 9), rng.randint(2, 99)
    return _link(
        f"What number is {more} more than {k} times that number?",
        (f"{k} times that number is", f"{k}*{show(value)}", k * value, "", ""),
        (f"{more} more is", f"{show(k * value)}+{more}", k * value + more, "", ""),
    )

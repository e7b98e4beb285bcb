"""The numbers in a word problem: where they stand, how they are written, which of them may be drawn anew.

It reads single numbers; which number feeds which equation is found in `worked_problems`.
"""
# ruff: noqa: RUF001 (the signs that people write are meant)

import re
from dataclasses import dataclass
from fractions import Fraction

from .equation_forms import show
from .number_words import NUMBER_WORD, in_words, number_at

__all__ = ["Numeral", "implied_constants", "numerals", "with_article", "written"]

_DIGITS = r"(?:\d{1,3}(?:,\d{3})+(?!\d)|\d+)(?:\.\d+)?|(?<![\w.])\.\d+"
_FRACTION = r"(?P<fraction>(?<![\w./])(?:\d+[ -])?\d+ ?/ ?\d+(?![\w/]))"
_OPERAND = re.compile(rf"(?P<digits>{_DIGITS})|(?P<word>\b{NUMBER_WORD})", re.IGNORECASE)
_NUMERAL = re.compile(rf"{_FRACTION}|{_OPERAND.pattern}", re.IGNORECASE)

_NAMES = """number grade room chapter level page step phase class route type form version year day
    week part unit lane highway top season episode volume since January February March April May June July
    August September October November December"""
_NAMED_BEFORE = re.compile(
    rf"(?:[A-Za-z][-#]|[:/#&’'^]|\d[-–]|\bNo\. ?|\b(?:{'|'.join(_NAMES.split())}) )$",
    re.IGNORECASE,
)
_PARTS = """million billion thousand hundred halves thirds fourths quarters fifths sixths sevenths eighths
    ninths tenths bills? legs? legged wheels? wheeled wings eyes arms sides? sided seasons corners leaf"""
_NAMED_BEHIND = re.compile(
    r"(?:[A-Za-z]|:\d|[/–]\d|-\d| ?[ap]\.?m\b|['’]?s\b| o'clock"
    r"| (?:and|&) (?:a|one|\d+/\d+)[- ]?(?:half|quarter|third|fourth)?\b"
    rf"|[- ](?:{'|'.join(_PARTS.split())})\b|(?: \w+)? (?:ways|pointers?)\b| ?[+*x×=] ?\d)",
    re.IGNORECASE,
)
"""What stands around a number that names something, or is part of a larger one: it stays as it is."""

_GROUP = re.compile(r"\b(?:the|these|those|all|other|last|first|next) $", re.IGNORECASE)

_IMPLIED: tuple[tuple[str, str], ...] = (
    (r"hal(?:f|v\w+)|twice|doubl\w+|couples?|both|either|twins?|pairs?|the other|every other", "2 .5 50 .50"),
    (r"thirds?|thrice|tripl\w+|triplets", "3"),
    (r"quarters?|fourths?|quadrupl\w+", "4 .25 25 3 .75 75"),
    (r"fifths?|nickels?", "5 .2 20 .05"),
    (r"sixths?", "6"),
    (r"sevenths?", "7"),
    (r"eighths?", "8"),
    (r"ninths?", "9"),
    (r"tenths?|dimes?", "10 .1"),
    (r"weeks?|weekly|sunday|monday|daily", "7"),
    (r"weekdays?|workdays?|workweek|week|weekends?|school", "5 2"),
    (r"months?|monthly|january|june|july|april|november|september|february|march", "30 31 28 4 12"),
    (r"years?|yearly|annual\w*|annum", "12 52 365 4"),
    (r"hours?|minutes?|hourly|seconds?|mph", "60 3600 24"),
    (r"days?", "24 7"),
    (r"foot|feet|inch|inches|ruler", "12 36 3"),
    (r"yards?|miles?", "3 36 5280 1760"),
    (r"pounds?|ounces?|tons?|lbs?", "16 2000"),
    (r"gallons?|quarts?|pints?", "2 4 8 16 128"),
    (r"dozens?|half-dozen", "12 6"),
    (r"cents?|penn(?:y|ies)|dimes?|nickels?|quarters?|percent\w*|dollars?|century|meters?", "100"),
    (r"decades?", "10"),
    (r"triangle|triangular", "3"),
    (r"squares?|rectang\w+|perimeter|area", "2 4"),
    (
        r"hands?|feet|legs?|wheels?|eyes|ears|arms?|sides?|parents|grandparents|round[- ]trip|there and back",
        "2 4",
    ),
    (r"kilometers?|km|kilograms?|kg|grams?|liters?|ml|tons?", "1000 100"),
    (r"second|another", "2"),
    (r"third", "2 3"),
    (r"fourth", "2 3 4"),
)
_IMPLIES = tuple(
    (re.compile(rf"\b(?:{words})\b", re.IGNORECASE), frozenset(Fraction(value) for value in values.split()))
    for words, values in _IMPLIED
)


@dataclass(frozen=True, slots=True)
class Numeral:
    """A number as it stands in a text."""

    start: int
    end: int
    text: str
    value: Fraction
    fixed: bool = False
    """It names something (grade 5, 3:30, 1/2, 2019) rather than counting or measuring it."""
    money: bool = False
    percent: bool = False
    unit: str = ""
    """The word behind it, in small letters; empty where none stands there."""

    @property
    def spelled(self) -> bool:
        """Whether it is written in words."""
        return self.text[0].isalpha()


def numerals(text: str, *, fractions: bool = True) -> list[Numeral]:
    """The numbers of `text` in their order.

    With `fractions`, 3/4 is one number that stays; else it is a division of two numbers.
    """
    read: list[Numeral] = []
    for found in (_NUMERAL if fractions else _OPERAND).finditer(text):
        if (not read or found.start() >= read[-1].end) and (numeral := _numeral(text, found)) is not None:
            read.append(numeral)
    return read


def _numeral(text: str, found: re.Match[str]) -> Numeral | None:
    start, end = found.span()
    if found.groupdict().get("fraction"):
        top, bottom = (int(part) for part in re.findall(r"\d+", found[0])[-2:])
        return Numeral(start, end, found[0], Fraction(top, bottom or 1), fixed=True)
    if found["word"]:
        spelled = number_at(text, start)
        if spelled is None:
            return None
        value, end = Fraction(spelled[0]), spelled[1]
    else:
        value = Fraction(found["digits"].replace(",", ""))
    before, behind = text[max(0, start - 12) : start], text[end : end + 40]
    money = before.rstrip().endswith(("$", "€", "£")) or bool(
        re.match(r" ?(?:dollars?|cents?|¢|bucks)\b", behind)
    )
    unit = re.match(
        r"[- ]?(?:(?:of|more|extra|additional|different|new|full|other|total) )*([A-Za-z]+)", behind
    )
    plain = before.rstrip("$€£ ") if before.endswith(("$", "€", "£")) else before
    year = (
        1500 <= value <= 2100
        and len(text[start:end]) == 4
        and not money
        and not found["word"]
        and bool(re.search(r"\b(?:in|by|of|since|year|until|and|to|from) $", before))
    )
    named = _NAMED_BEFORE.search(plain) or _NAMED_BEHIND.match(behind)
    group = value <= 6 and not money and _GROUP.search(before)
    return Numeral(
        start, end, text[start:end], value,
        fixed=bool(named or year or group) or value == 1 or (value < 1 and not money),
        money=money,
        percent=bool(re.match(r" ?(?:%|percent\b)", behind)),
        unit=unit[1].lower() if unit else "",
    )  # fmt: skip


def implied_constants(text: str, solution: str = "") -> frozenset[Fraction]:
    """Numbers that words bring in: 7 with weeks, 2 with "half"; and 3 and 4 with "3/4" in `text`."""
    values: set[Fraction] = set()
    for words, implied in _IMPLIES:
        if words.search(text) or words.search(solution):
            values |= implied
    for numeral in numerals(text):
        if numeral.fixed:
            parts = [Fraction(digits) for digits in re.findall(r"\d+", numeral.text)]
            part = numeral.value
            values |= {part, *parts} | ({1 - part, 100 * part} if part < 1 else set())
    values |= {Fraction(found) for found in re.findall(r"\b(\d{1,9})(?:st|nd|rd|th)\b", text)}
    if "%" in text or "percent" in text:
        values.add(Fraction(100))
    return frozenset(values)


def written(value: int | Fraction, like: Numeral) -> str:
    """`value` in the manner of another number: in words, with commas, with two decimals."""
    if like.spelled and value.denominator == 1 and value < 1000:
        words = in_words(int(value))
        return words.capitalize() if like.text[0].isupper() else words
    whole, point, decimals = show(Fraction(value)).partition(".")
    given = len(like.text.partition(".")[2])
    if given == 2 or (point and like.money and len(decimals) == 1):
        point, decimals = ".", decimals.ljust(2, "0")
    commas = "," in like.text or (len(whole) > 4 and len(like.text.partition(".")[0]) <= 4 and like.money)
    return f"{int(whole):,}{point}{decimals}" if commas else f"{whole}{point}{decimals}"


def with_article(before: str, number: str) -> str:
    """`before` with "a" or "an" at its end as the number behind it wants it: an 8-page, a 9-page letter."""
    found = re.search(r"\b([Aa])n?( \$?)$", before)
    if not found or "$" in found[2]:
        return before
    vowel = re.match(r"8|11(?:\D|$|,)|18(?:\D|$|,)|eight|eleven", number, re.IGNORECASE)
    return before[: found.start()] + found[1] + ("n" if vowel else "") + found[2]

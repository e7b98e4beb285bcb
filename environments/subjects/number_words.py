"""Whole numbers in words, below a million: "seventy-two apples" is 72 and " apples"."""

import re

__all__ = ["NUMBER_WORD", "in_words", "number_at", "spelled_number"]

_SMALL = """zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen
    sixteen seventeen eighteen nineteen"""
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
_VALUES = {word: value for value, word in enumerate(_SMALL.split())}
_VALUES |= {word: 10 * value for value, word in enumerate(_TENS.split(), start=2)}

_DIGIT = "(?:one|two|three|four|five|six|seven|eight|nine)"
_UP_TO_99 = rf"(?:(?:{'|'.join(_TENS.split())})(?:[- ]{_DIGIT})?|{'|'.join(_SMALL.split())})\b"
_UP_TO_999 = rf"(?:{_DIGIT} hundred(?: (?:and )?{_UP_TO_99})?|{_UP_TO_99})\b"
_NUMBER = re.compile(
    rf"{_UP_TO_999} thousand(?: (?:and )?{_UP_TO_999})?\b|{_UP_TO_999}(?! thousand)", re.IGNORECASE
)
NUMBER_WORD = rf"(?:{'|'.join(_VALUES)})\b"
"""What a number in words begins with."""
_GOES_ON = re.compile(
    rf"{_UP_TO_99}|\b(?:hundred|thousand|dozen|hal(?:f|ves)|quarters?|thirds?|(?:four|fif|six|seven|eigh|nin|ten)ths?"
    r"|hundredths?)\b",
    re.IGNORECASE,
)
"""Words behind a number that make another number of it: three quarters, two and a half."""


def spelled_number(text: str) -> tuple[int, str] | None:
    """The number that `text` begins with, and what stands behind it; None where it begins otherwise."""
    found = number_at(text, 0)
    if found is None or _GOES_ON.search(rest := text[found[1] :]) or rest[:1] in ("-", "'"):
        return None
    return found[0], rest


def number_at(text: str, start: int) -> tuple[int, int] | None:
    """The number in words at `start` of `text`, and where it ends."""
    found = _NUMBER.match(text, start)
    if not found:
        return None
    total = part = 0
    for word in re.findall(r"[a-z]+", found[0].lower()):
        if word == "thousand":
            total, part = 1000 * part, 0
        elif word == "hundred":
            part *= 100
        else:
            part += _VALUES.get(word, 0)
    return total + part, found.end()


def in_words(number: int) -> str:
    """A whole number from 0 to 999 in words: twenty-five, one hundred forty."""
    names = {value: word for word, value in _VALUES.items()}
    hundreds, rest = divmod(number, 100)
    tens, ones = divmod(rest, 10)
    small = names[rest] if rest in names else f"{names[10 * tens]}-{names[ones]}"
    if not hundreds:
        return small
    return f"{names[hundreds]} hundred" + (f" {small}" if rest else "")

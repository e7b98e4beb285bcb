"""Dates in a text, in figures and in words, and how they are written. It knows nothing of questions.

12/24/1953   1953-12-24   Dec 24, 1953   24th of December 1953   Christmas Eve of 1953
the last day of February 2000   the fourth day of the third month of 1971   the first Monday of 2019
"""

import calendar
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import count

from .number_words import spelled_number

__all__ = ["COUNT", "ORDINAL", "WEEKDAYS", "FoundDate", "count_named", "figures", "find_dates", "in_words"]

WEEKDAYS = tuple(calendar.day_name)
_MONTHS = tuple(calendar.month_name)

_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary|urary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|"
    r"sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\b\.?"
)
_YEAR = r"(?P<year>\d{4})(?![\d/])"
_NUMBERED = r"first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|eleventh|twelfth"
ORDINAL = rf"(?:last|{_NUMBERED}|\d{{1,3}}(?:st|nd|rd|th))"
COUNT = (
    r"(?:\d{1,5}|an?|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|[a-z]+teen|"
    r"[a-z]+ty(?:-[a-z]+)?)"
)
_WEEKDAY = r"(?:mon|tues|wednes|thurs|fri|satur|sun)day"

_FIXED = {
    "new year's eve": (12, 31), "new year's day": (1, 1), "valentine's day": (2, 14),
    "independence day": (7, 4), "halloween": (10, 31), "christmas eve": (12, 24),
    "christmas day": (12, 25), "christmas": (12, 25), "boxing day": (12, 26), "leap day": (2, 29),
    "st. patrick's day": (3, 17), "april fools' day": (4, 1), "veterans day": (11, 11),
}  # fmt: skip
"""Days with a name, by month and day."""
_MOVING = {"thanksgiving": (11, 3, 4), "labor day": (9, 0, 1), "memorial day": (5, 0, -1)}
"""US holidays, by month, weekday from Monday as 0, and which of the month's it is."""
_NAMES = "|".join(re.escape(name) for name in (*_FIXED, *_MOVING))


@dataclass(frozen=True, slots=True)
class FoundDate:
    """A date where it stands in a text."""

    start: int
    end: int
    value: date | None
    """None where there is no such day, as 12/32/1949."""


def figures(day: date) -> str:
    """``12/24/1953``."""
    return f"{day.month:02}/{day.day:02}/{day.year:04}"


def in_words(day: date) -> str:
    """``December 24, 1953``."""
    return f"{_MONTHS[day.month]} {day.day}, {day.year}"


def count_named(text: str) -> int | None:
    """The number that "10", "ten", "a", "10th", "tenth" and "last" (which is -1) stand for."""
    text = text.lower()
    if text in ("a", "an", "the", "last"):
        return -1 if text == "last" else 1
    if digits := re.match(r"\d+", text):
        return int(digits[0])
    if text in (numbered := _NUMBERED.split("|")):
        return numbered.index(text) + 1
    spelled = spelled_number(text)
    return spelled[0] if spelled and not spelled[1] else None


def find_dates(text: str, *, day_first: bool = False) -> list[FoundDate]:
    """All dates of `text` in their order; where two overlap, the one that begins first or is longer.

    Args:
        text: Any text.
        day_first: Whether 03/01/1991 is the third of January.
    """
    text = text.replace("’", "'")  # noqa: RUF001
    found = [
        FoundDate(match.start(), match.end(), _day(read, match, day_first))
        for pattern, read in _NOTATIONS
        for match in pattern.finditer(text)
    ]
    found.sort(key=lambda date_: (date_.start, -date_.end))
    kept: list[FoundDate] = []
    for candidate in found:
        if not kept or candidate.start >= kept[-1].end:
            kept.append(candidate)
    return kept


def _day(
    read: Callable[[re.Match[str], bool], date | None], match: re.Match[str], day_first: bool
) -> date | None:
    try:
        return read(match, day_first)
    except ValueError:  # no such day
        return None


def _in_figures(match: re.Match[str], day_first: bool) -> date:
    first, second = int(match["first"]), int(match["second"])
    month, day = (second, first) if day_first else (first, second)
    return date(int(match["year"]), month, day)


def _with_month_name(match: re.Match[str], _: bool) -> date:
    return date(int(match["year"]), _month(match["month"]), int(match["day"]))


def _named(match: re.Match[str], _: bool) -> date:
    name, year = match["name"].lower(), int(match["year"])
    if name in _FIXED:
        return date(year, *_FIXED[name])
    month, weekday, number = _MOVING[name]
    return _nth_weekday(*_month_of(year, month), weekday, number)


def _day_of(match: re.Match[str], _: bool) -> date:
    """The n-th day, or n-th Monday, of a year, a quarter or a month."""
    year, number = int(match["year"]), count_named(match["number"]) or 0
    first, last = date(year, 1, 1), date(year, 12, 31)
    if match["month"]:
        first, last = _month_of(year, _month(match["month"]))
    elif match["part"]:
        part = count_named(match["which"]) or 0
        size = {"month": 1, "quarter": 3}[match["part"].lower()]
        part = part if part > 0 else 12 // size
        first = date(year, (part - 1) * size + 1, 1)
        last = _month_of(year, part * size)[1]
    kind = match["kind"].lower()
    if kind != "day":
        return _nth_weekday(first, last, [name.lower() for name in WEEKDAYS].index(kind), number)
    day = last if number < 0 else first + timedelta(days=number - 1)
    if day > last:
        raise ValueError("beyond the period's last day")
    return day


def _palindrome(match: re.Match[str], _: bool) -> date:
    """The day of a year whose figures MMDDYYYY read the same backwards."""
    year = match["year"]
    return date(int(year), int(year[3] + year[2]), int(year[1] + year[0]))


def _month(name: str) -> int:
    return next(i for i in count(1) if _MONTHS[i].lower().startswith(name[:3].lower()))


def _month_of(year: int, month: int) -> tuple[date, date]:
    return date(year, month, 1), date(year, month, calendar.monthrange(year, month)[1])


def _nth_weekday(first: date, last: date, weekday: int, number: int) -> date:
    if number < 0:
        return last - timedelta(days=(last.weekday() - weekday) % 7)
    day = first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (number - 1))
    if number == 0 or day > last:
        raise ValueError("no such weekday")
    return day


_NOTATIONS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str], bool], date | None]], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), read)
    for pattern, read in (
        (rf"(?<![\d/])(?P<first>\d{{1,2}})(?P<mark>[/.-])(?P<second>\d{{1,2}})(?P=mark){_YEAR}", _in_figures),
        (
            r"(?<![\d-])(?P<year>\d{4})-(?P<first>\d{2})-(?P<second>\d{2})(?![\d-])",
            lambda match, _: _in_figures(match, False),
        ),
        (
            rf"\b(?P<month>{_MONTH}) ?(?:the )?(?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?:,? of|,)? ?{_YEAR}",
            _with_month_name,
        ),
        (
            rf"\b(?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?: day)? ?(?:of )?(?P<month>{_MONTH}),? ?"
            rf"(?:of |in )?{_YEAR}",
            _with_month_name,
        ),
        (rf"\b(?:the )?(?:US )?(?P<name>{_NAMES})(?: day)?,? (?:of |in )?(?:the year )?{_YEAR}", _named),
        (
            rf"\b(?:the )?(?P<number>{ORDINAL}) (?P<kind>day|{_WEEKDAY}) (?:of|in) (?:the )?"
            rf"(?:(?:(?P<which>{ORDINAL}) (?P<part>month|quarter)|(?P<month>{_MONTH})),? ?(?:of |in )?)?"
            rf"(?:the year )?{_YEAR}",
            _day_of,
        ),
        (rf"\b(?:the )?palindrome day (?:of|in) {_YEAR}", _palindrome),
    )
)  # fmt: skip

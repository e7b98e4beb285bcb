"""Reads questions about dates: the day that is given, and the chain of shifts from it to the one asked for.

Sentences are read by their patterns; what has none is refused, so that nothing is solved by guessing.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from ...transcripts.errors import QuestionError
from .choices import split_options
from .date_notation import ORDINAL, count_named, figures, find_dates
from .date_shifts import AMOUNT, TODAY_WORDS, Shift, Unit, amount_of

__all__ = ["DateQuestion", "Link", "marked", "read_date_question"]

MAX_LENGTH = 2000
"""Longer questions are refused."""


@dataclass(frozen=True, slots=True)
class Link:
    """A shift of the chain, and what the day is called to which it leads."""

    label: str
    shift: Shift


@dataclass(frozen=True, slots=True)
class DateQuestion:
    """What a question about dates says."""

    given: str
    """What the day that is given is called, such as "yesterday"."""
    start: date
    """The day that is given."""
    links: tuple[Link, ...]
    """From there to the day that is asked for."""
    options: tuple[tuple[str, str], ...] = ()
    """Letters and texts."""

    @property
    def days(self) -> tuple[date, ...]:
        """The given day, and the one after each link.

        Raises:
            QuestionError: one of them is no day of the calendar.
        """
        days = [self.start]
        for link in self.links:
            if (day := link.shift.from_(days[-1])) is None:
                raise QuestionError(f"{link.shift.signed} from {figures(days[-1])} leaves the calendar.")
            days.append(day)
        return tuple(days)

    @property
    def today(self) -> int:
        """The index in `days` of today."""
        names = [self.given, *(link.label for link in self.links)]
        return names.index("today") if "today" in names else 0


def marked(text: str, *, day_first: bool = False) -> tuple[str, tuple[date | None, ...]]:
    """The text with «0», «1», … for its dates, and these."""
    found = find_dates(text, day_first=day_first)
    for number in reversed(range(len(found))):
        text = f"{text[: found[number].start]}«{number}»{text[found[number].end :]}"
    return text, tuple(day.value for day in found)


@lru_cache(maxsize=256)
def read_date_question(text: str) -> DateQuestion:
    """What a question says.

    Raises:
        QuestionError: it cannot be read.
    """
    stem, options = split_options(text[: MAX_LENGTH + 1])
    asks = list(_ASK.finditer(stem))
    context = stem[: asks[0].start()].strip() if asks else ""
    if len(text) > MAX_LENGTH or not asks:
        raise _unreadable(text)
    given = _given(context)
    links = list(given.links) if given else []
    for ask in asks:
        asked = _asked(ask["asked"])
        if (
            given is None
            or asked is None
            or (ask is not asks[0] and [x.label for x in asked[:1]] != ["then"])
        ):
            raise _unreadable(text)
        links += asked
    assert given is not None
    question = DateQuestion(given.name, given.start, tuple(links), tuple(options.items()))
    assert question.days
    return question


def _unreadable(text: str) -> QuestionError:
    return QuestionError(
        f"'{text[:80]}' is no question of date_understanding that can be read: say which day it is "
        "and ask for another, as in 'Yesterday was 12/31/1949. What is the date 10 days ago in MM/DD/YYYY?'"
    )


# What is asked

_ASK = re.compile(
    r"(?:what|which) (?:is |was |will be )?(?:the )?(?:date|day)\b"
    r"(?: is it| was it| will it be| is| was| will be)?"
    r"(?P<asked>[^?]*)\?",
    re.IGNORECASE,
)
_FORMAT = re.compile(r"\b(?:in|as) (?:the format )?MM/DD/YYYY.*|,\s*$", re.IGNORECASE | re.DOTALL)
_THEN = re.compile(r",? (?:and )?then |, and (?:what is )?(?:the date )?")
_WHEN = re.compile(
    rf"(?:exactly |in )?{AMOUNT}"
    r"(?: (?:later|from (?:today|now)|after today)| (?P<back>ago|earlier|before today)|"
    r" (?P<after>after (?:that|then))| (?P<before>before (?:that|then)))?(?: from (?:today|now))?",
    re.IGNORECASE,
)
"""A day as it stands to today, or to the day that was named last."""


def _asked(words: str) -> list[Link] | None:
    """The shifts of "10 days ago, then 3 weeks after that"; None where they cannot be read."""
    links: list[Link] = []
    parts = [" ".join(part.lower().split()).strip(" ,") for part in _THEN.split(_FORMAT.sub("", words))]
    for label in parts if parts not in ([""], ["today"]) else []:
        shift = TODAY_WORDS.get(label) or TODAY_WORDS.get(f"the {label}")
        found = _WHEN.fullmatch(label)
        if found:
            shift = amount_of(found, back=bool(found["back"] or found["before"]))
        if shift is None:
            return None
        chained = bool(found and (found["after"] or found["before"]))
        if chained != bool(links) and not (chained and len(parts) == 1):
            return None
        links.append(Link("then" if chained else label, shift))
    return links


# What is given


@dataclass(frozen=True, slots=True)
class _Given:
    name: str
    start: date
    links: tuple[Link, ...] = ()


def _given(context: str) -> _Given | None:
    """The day that a question gives, and how today follows from it; None where no pattern is met."""
    day_first = bool(
        re.search(r"\bday (?:is )?(?:before|first|ahead of) the month\b", context, re.IGNORECASE)
    )
    if day_first:
        context = context[context.index("the month") :]
    context = _whole(context)
    text, dates = marked(context, day_first=day_first)
    text = re.sub(r"\s+", " ", text)
    for pattern, read in _PATTERNS:
        for found in pattern.finditer(text):
            start = dates[int(found["date"])]
            if start is not None and (given := read(found, start)) is not None:
                return given
    return None


_MONTHLY = re.compile(
    r"the (\d{1,2}(?:st|nd|rd|th)?) (?:day )?of (?:each|every) month,? (?:starting|beginning) "
    r"(?:from |in |with )?(?:the )?([A-Z][a-z]+) (?:of )?(\d{4})"
)
_PARTIAL = re.compile(
    r"(?<![\d/])\d{1,2}/\d{1,2}(?![\d/])|"
    r"\b(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.? \d{1,2}(?:st|nd|rd|th)?\b(?!,? \d)",
    re.IGNORECASE,
)


def _whole(context: str) -> str:
    """The context with its year put to a date that lacks one, where it names no other date and one year."""
    context = _MONTHLY.sub(r"monthly from \2 \1, \3", context)
    years = re.findall(r"(?<![\d/])[12]\d{3}(?![\d/])", context)
    partial = list(_PARTIAL.finditer(context))
    if find_dates(context) or len(years) != 1 or len(partial) != 1:
        return context
    joint = "/" if "/" in partial[0][0] else ", "
    return f"{context[: partial[0].end()]}{joint}{years[0]}{context[partial[0].end() :]}"


_Read = Callable[[re.Match[str], date], _Given | None]

_X = r"«(?P<date>\d+)»"
_IS = r"(?:is|was|will be)"
_SAME = r"[^.«»]*?"
"""Other words of the same sentence."""
_NEAR = r"[^«»]*?"
"""Other words up to the next date."""
_NAMED_DAY = r"(?P<name>the day before yesterday|the day after tomorrow|yesterday|tomorrow|today)"


def _as_named(found: re.Match[str], start: date) -> _Given:
    """Yesterday was «0»."""
    name = found["name"].lower()
    lead = TODAY_WORDS[name].backwards
    return _Given(name, start, (Link("today", lead),) if lead.count else ())


def _after(back: bool) -> _Read:
    """Today is an amount of time after the given day, or before it."""

    def read(found: re.Match[str], start: date) -> _Given | None:
        shift = amount_of(found, back=back)
        return None if shift is None else _Given(_GIVEN, start, (Link("today", shift),))

    return read


def _nth(unit: Unit, first: int) -> _Read:
    """Today is the n-th time since the given day, on which it happened for time number `first`."""

    def read(found: re.Match[str], start: date) -> _Given | None:
        number = count_named(found["number"])
        if number is None or number < first:
            return None
        return _Given(_GIVEN, start, (Link("today", Shift(number - first, unit)),))

    return read


def _jubilee(found: re.Match[str], start: date) -> _Given:
    years = {"silver": 25, "golden": 50, "diamond": 60}[found["jubilee"].lower()]
    return _Given(_GIVEN, start, (Link("today", Shift(years, "year")),))


def _eaten(found: re.Match[str], start: date) -> _Given:
    """One a day was used up from the day after the given one."""
    return _Given(_GIVEN, start, (Link("today", Shift(int(found["count"]), "day")),))


def _today(_: re.Match[str], start: date) -> _Given:
    return _Given("today", start)


def _who_is_right(found: re.Match[str], start: date) -> _Given | None:
    """Two people differ, and one of them is said to be right."""
    return _Given("today", start) if found["one"].lower() == found["right"].lower() else None


_GIVEN = "the given day"
_ANNIVERSARY = r"(?:anniversary|birthday|jubilee)"
_NUMBER = r"(?P<number>\d{1,3})"
_PATTERNS: tuple[tuple[re.Pattern[str], _Read], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), read)
    for pattern, read in (
        # Two opinions come first: neither of them is the date by itself.
        (
            rf"(?P<one>\w+) (?:thinks|believes|says) (?:that )?(?:today|it) is {_X}{_NEAR}"
            rf"(?:«\d+»{_NEAR})?(?P<right>\w+) is (?:correct|right)",
            _who_is_right,
        ),
        (
            rf"(?:thinks|believes|says) (?:that )?(?:today|it) is «\d+»{_NEAR}"
            rf"(?P<one>\w+) (?:thinks|believes|says) (?:that )?(?:today|it) is {_X}{_NEAR}"
            r"(?P<right>\w+) is (?:correct|right)",
            _who_is_right,
        ),
        (rf"thought (?:that )?today (?:is|was) {_X}{_NEAR}\b{AMOUNT} later", _after(back=False)),
        (rf"thought (?:that )?today (?:is|was) {_X}{_NEAR}\b{AMOUNT} earlier", _after(back=True)),
        # An event, and how long ago it was or how far off it is.
        (
            rf"{_X}{_SAME} (?:delayed|postponed|put off|pushed back) by {AMOUNT} (?:to|until) today",
            _after(back=False),
        ),
        (rf"{_X}{_SAME} (?:moved up|brought forward|advanced) by {AMOUNT} to today", _after(back=True)),
        (rf"{_X}{_SAME}\b{AMOUNT} (?:away )?from (?:now|today)", _after(back=True)),
        (rf"{_X},? (?:is|was) (?:coming )?(?:in )?exactly {AMOUNT} (?:away|off)", _after(back=True)),
        (rf"{_X}{_SAME}\b{AMOUNT} ago", _after(back=False)),
        (rf"{_X}{_NEAR}\b{AMOUNT} have passed since", _after(back=False)),
        (rf"{_X}{_SAME}\b{AMOUNT} later,? (?:which is |that is )?today", _after(back=False)),
        (rf"{_X}{_NEAR}\b(?P<jubilee>silver|golden|diamond) (?:\w+ )?{_ANNIVERSARY}", _jubilee),
        (
            rf"{_X}{_NEAR}\b{_NUMBER}(?:st|nd|rd|th|-years?(?:-old)?)? (?:\w+ )?{_ANNIVERSARY}",
            _nth("year", first=0),
        ),
        (rf"monthly from {_X}{_NEAR}\b(?P<number>{ORDINAL}) (?:visit|time)\b", _nth("month", first=1)),
        (rf"{_X},? \w+ bought (?P<count>\d+) {_NEAR}one (?:per|a|each|every) day{_NEAR}ran out", _eaten),
        # A day that is named as it stands to today.
        (rf"\b{_NAMED_DAY},? {_IS} {_X}", _as_named),
        (rf"\b{_NAMED_DAY}(?:,? | \((?:\w+, )?){_X}", _as_named),
        (rf"\bit {_IS} {_X} (?P<name>today|yesterday)", _as_named),
        (
            rf"(?:\bthis is|\btoday's date is|\bthe (?:current )?date(?: today)? is|\bcelebrating) {_X}",
            _today,
        ),
        (rf"\bcurrent (?:local )?time is [\d:. apm]+ (?:of|on) {_X}", _today),
    )
)

"""Questions about dates in words of our own: how they are put, and the options to choose from."""

import random
from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from .choices import listed
from .date_notation import figures, find_dates, in_words
from .date_shifts import Shift

__all__ = ["asked_for", "with_options", "worded"]

_PLACED = {
    -2: "The day after tomorrow is",
    -1: "Tomorrow is",
    1: "Yesterday was",
    2: "The day before yesterday was",
}
"""By the days from the given day to today."""
_PLANS = ("picnic", "school play", "chess match", "market", "boat race", "choir rehearsal")
_PAIRS = ("Nora and Sam opened their shop", "Lena joined the choir", "Omar and Ida founded the club")
_DEEDS = (
    "Omar planted a cherry tree",
    "Ida posted a letter",
    "Lena began to learn the cello",
    "Sam moved house",
)
_NAMED_DAYS = (
    "Christmas Eve",
    "Christmas Day",
    "New Year's Eve",
    "New Year's Day",
    "Halloween",
    "Valentine's Day",
)
_PERIODS = ("the first day of", "the last day of", "the last day of February", "the first Monday of",
            "the last day of the first quarter of", "the first day of the third quarter of",
            "the third day of the fifth month of", "the US Thanksgiving of",
            "the last day of June")  # fmt: skip


def worded(
    rng: random.Random, given: date, lead: Shift | None, asked: Sequence[Shift], *, plain: bool
) -> str:
    """A question that gives the day `given`, from which `lead` goes to today, and asks for a chain of shifts.

    Args:
        rng: Chooses the words.
        given: The day that is named.
        lead: None where that is today.
        asked: From today to the day that is asked for.
        plain: Whether dates stand in figures, and no story around them.
    """
    named = figures(given) if plain else _named(rng, given)
    return f"{_told(rng, named, lead, plain=plain)} {asked_for(asked)}"


def asked_for(asked: Sequence[Shift], *, then: bool = False) -> str:
    """``What is the date 10 days ago, then 3 weeks after that, in MM/DD/YYYY?``, or all "after that"."""
    parts = []
    for number, shift in enumerate(asked):
        if number or then:
            parts.append(f"{shift.amount} {'before' if shift.count < 0 else 'after'} that")
        elif shift.unit == "day" and abs(shift.count) == 1:
            parts.append("tomorrow" if shift.count > 0 else "yesterday")
        else:
            parts.append(f"{shift.amount} {'ago' if shift.count < 0 else 'from today'}")
    when = ", then ".join(parts) + ("," if len(parts) > 1 else "")
    return f"What is the date {when or 'today'} in MM/DD/YYYY?"


def with_options(rng: random.Random, text: str, right: date, count: int = 6) -> str:
    """The question with `count` days to choose from, of which `right` is one."""
    others: set[date] = set()
    while len(others) < count - 1:
        other = Shift(rng.choice([-10, -7, -3, -2, -1, 1, 2, 3, 7, 10]), rng.choice(["day", "month", "year"]))
        day = other.from_(right)
        if day is not None and day != right:
            others.add(day)
    days = [right, *sorted(others)]
    rng.shuffle(days)
    return listed(text, [figures(day) for day in days])


def _told(rng: random.Random, named: str, lead: Shift | None, *, plain: bool) -> str:
    """The sentence from which today follows."""
    if lead is None:
        if plain:
            return f"Today is {named}."
        return rng.choice([f"Today is {named}.", f"It is {named} today.", f"Today's date is {named}."])
    if lead.unit == "day" and lead.count in _PLACED:
        return f"{_PLACED[lead.count]} {named}."
    plan = rng.choice(_PLANS)
    if lead.count < 0:
        return rng.choice(
            [
                f"The {plan} is on {named}, which is {lead.amount} from now.",
                f"The {plan} was planned for {named}, but was moved up by {lead.amount} to today.",
            ]
        )
    told = [
        f"The {plan} was planned for {named}, but was put off by {lead.amount} to today.",
        f"The {plan} was on {named}, which was {lead.amount} ago.",
        f"{rng.choice(_DEEDS)} on {named}. Exactly {lead.amount} have passed since then.",
    ]
    if lead.unit == "year":
        told = [
            f"{rng.choice(_PAIRS)} on {named}. Today is the {_ordinal(lead.count)} anniversary.",
            *told[:2],
        ]
    return rng.choice(told if lead.count > 1 else told[:2])


def _named(rng: random.Random, day: date) -> str:
    """`day` in one of its notations; by its name, where it has one, in every second case."""
    if (names := list(_names(day))) and rng.random() < 0.5:
        return rng.choice(names)
    short = f"{day:%b} {day.day}, {day.year}"
    return rng.choice([figures(day), in_words(day), short, f"{day.day} {day:%B} {day.year}", day.isoformat()])


def _names(day: date) -> Iterator[str]:
    texts = [f"{name} of {day.year}" for name in _NAMED_DAYS] + [
        f"{period} {day.year}" for period in _PERIODS
    ]
    for text in texts:
        found = find_dates(text)
        if found and found[0].value == day:
            yield text


def named_day(rng: random.Random, year: int) -> date:
    """A day of `year` that has a name."""
    found = find_dates(f"{rng.choice(_NAMED_DAYS)} of {year} {rng.choice(_PERIODS)} {year}")
    return rng.choice([day.value for day in found if day.value is not None] or [date(year, 1, 1)])


def _ordinal(number: int) -> str:
    ending = {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th") if number % 100 // 10 != 1 else "th"
    return f"{number}{ending}"


def any_day(rng: random.Random, first_year: int, last_year: int) -> date:
    """A day within these years."""
    first, last = date(first_year, 1, 1), date(last_year, 12, 31)
    return first + timedelta(days=rng.randrange((last - first).days + 1))

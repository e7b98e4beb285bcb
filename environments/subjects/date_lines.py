"""The reference way to work out a date, a line per shift, and the mistakes likely in it. It judges nothing.

yesterday is 12/31/1949
today: 12/31/1949 + 1 day = 01/01/1950
10 days ago: 01/01/1950 - 10 days = 12/22/1949
answer: 12/22/1949
"""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from ...transcripts.records import Attempt
from .choices import chosen
from .date_notation import figures, find_dates
from .date_reader import DateQuestion
from .date_shifts import Shift

__all__ = ["calculation", "date_line", "likely_mistakes", "mistakes_in", "said_answer", "written"]


def calculation(day: date, shift: Shift, result: date | None) -> str:
    """``12/31/1949 + 1 day = 01/01/1950``."""
    return f"{figures(day)} {shift.signed} = {'no day' if result is None else figures(result)}"


def date_line(question: DateQuestion, step: int, before: date | None, day: date) -> str:
    """The line for the day with index `step`, worked out from the one before it."""
    if step == 0 or before is None:
        return f"{question.given} is {figures(day)}"
    link = question.links[step - 1]
    return f"{link.label}: {calculation(before, link.shift, day)}"


def written(question: DateQuestion, mistakes: Mapping[int, date] | None = None) -> Attempt:
    """The solution, with other results in the steps that `mistakes` name, each carried on from there."""
    mistakes = mistakes or {}
    day = mistakes.get(0, question.start)
    steps = [date_line(question, 0, None, day)]
    for step, link in enumerate(question.links, start=1):
        result = mistakes.get(step) or link.shift.from_(day) or day
        steps.append(date_line(question, step, day, result))
        day = result
    return Attempt(steps=tuple(steps), answer=said_answer(question, day))


def mistakes_in(question: DateQuestion, steps: Sequence[str]) -> dict[int, date] | None:
    """The days of a solution that is otherwise written as the reference is; None of any other."""
    found = [find_dates(step)[-1:] for step in steps]
    days = {step: dates[0].value for step, dates in enumerate(found) if dates and dates[0].value}
    mistakes = {step: day for step, day in days.items() if day is not None}
    return mistakes if written(question, mistakes).steps == tuple(steps) else None


def said_answer(question: DateQuestion, day: date) -> str:
    """The option that `day` is, as "(B)", or the day in figures where it is none of them."""
    letter = chosen(dict(question.options), figures(day))
    return f"({letter})" if letter else figures(day)


def likely_mistakes(question: DateQuestion, step: int) -> list[date]:
    """Days that somebody may well take for the one of `step`: miscounted, misread, or gone the wrong way."""
    days = question.days
    right = days[step]
    likely = [Shift(n, unit).from_(right) for n in (-1, 1) for unit in ("day", "month", "year")]
    likely += [right + timedelta(days=n) for n in (-10, -2, 2, 10) if 1 < right.year < 9999]
    if right.day <= 12:
        likely.append(date(right.year, right.day, right.month))
    if step:
        shift = question.links[step - 1].shift
        likely.append(shift.backwards.from_(days[step - 1]))
        likely.append(Shift(shift.count, "day" if shift.unit != "day" else "week").from_(days[step - 1]))
    return [day for day in dict.fromkeys(likely) if day is not None and day != right]

"""Steps from one date to another: so many days, weeks, months or years, and how people say them."""

import calendar
import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from .date_notation import COUNT, count_named

__all__ = ["AMOUNT", "TODAY_WORDS", "Shift", "Unit", "amount_of"]

Unit = Literal["day", "week", "month", "year"]

AMOUNT = rf"(?P<count>{COUNT})[ -](?P<unit>hour|day|week|fortnight|month|year|decade)s?\b"
"""An amount of time in a pattern, to be read by `amount_of`."""

_SCALED: dict[str, tuple[int, Unit]] = {"fortnight": (2, "week"), "decade": (10, "year")}


@dataclass(frozen=True, slots=True)
class Shift:
    """A move through the calendar."""

    count: int
    """Backwards where it is negative."""
    unit: Unit

    @property
    def amount(self) -> str:
        """``10 days``, forwards or backwards."""
        return f"{abs(self.count)} {self.unit}{'' if abs(self.count) == 1 else 's'}"

    @property
    def backwards(self) -> "Shift":
        """The way back."""
        return Shift(-self.count, self.unit)

    @property
    def signed(self) -> str:
        """``+ 10 days``."""
        return f"{'-' if self.count < 0 else '+'} {self.amount}"

    def same_as(self, other: "Shift") -> bool:
        """Whether both always lead to the same day: a week is 7 days, a year is 12 months."""
        return self._size == other._size

    @property
    def _size(self) -> tuple[int, bool]:
        """Days or months, and whether it is months."""
        scale = {"day": 1, "week": 7, "month": 1, "year": 12}[self.unit]
        return self.count * scale, self.count != 0 and self.unit in ("month", "year")

    def from_(self, day: date) -> date | None:
        """Where it leads from `day`; None beyond the years 1 and 9999.

        Months and years keep the day of the month, or take the month's last day where there is none such:
        a month after 01/31/2001 is 02/28/2001.
        """
        try:
            if self.unit in ("day", "week"):
                return day + timedelta(days=self.count * (7 if self.unit == "week" else 1))
            months = day.year * 12 + day.month - 1 + self.count * (12 if self.unit == "year" else 1)
            year, month = divmod(months, 12)
            return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))
        except (ValueError, OverflowError, calendar.IllegalMonthError):
            return None


TODAY_WORDS = {
    "today": Shift(0, "day"),
    "tomorrow": Shift(1, "day"),
    "yesterday": Shift(-1, "day"),
    "the day after tomorrow": Shift(2, "day"),
    "the day before yesterday": Shift(-2, "day"),
}
"""Days that are named as they stand to today."""


def amount_of(match: re.Match[str], *, back: bool = False) -> Shift | None:
    """The shift that an `AMOUNT` says; None for hours that are no whole days."""
    count, unit = count_named(match["count"]), match["unit"].lower()
    if count is None:
        return None
    if unit == "hour":
        if count % 24:
            return None
        count, unit = count // 24, "day"
    scale, known = _SCALED.get(unit) or (1, _unit(unit))
    return Shift(-count * scale if back else count * scale, known)


def _unit(name: str) -> Unit:
    units: tuple[Unit, ...] = ("day", "week", "month", "year")
    return next(unit for unit in units if unit == name)

"""How values are worded on a page: filters of the templates. They know no HTML; Jinja escapes it."""

import re
from datetime import datetime

from ..transcripts.following import Spent

__all__ = ["count", "line", "money", "quantity", "seconds", "share", "spent", "when", "words"]

LETTERS = 160
"""Of a text in one line."""

NONE = "\N{EN DASH}"
"""Stands where there is nothing to say."""

# C0 and C1 control characters but tab and newline, and the marks that turn the direction of text.
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def words(text: str) -> str:
    """`text` with ``⟨U+001B⟩`` for what could not be seen, or would turn what stands beside it around."""
    return _CONTROL.sub(lambda found: f"⟨U+{ord(found.group()):04X}⟩", text.replace("\r\n", "\n"))


def line(text: str) -> str:
    """The beginning of `text`, in one line."""
    whole = " ".join(words(text).split())
    return whole if len(whole) <= LETTERS else f"{whole[:LETTERS]}…"


def count(number: int) -> str:
    """A number of things."""
    return f"{number:,}"


def quantity(number: int, thing: str) -> str:
    """``1 turn``, ``1,200 turns``."""
    return f"{count(number)} {thing}{'s' * (number != 1)}"


def money(dollars: float | None) -> str:
    """US dollars; cents matter only where there are no hundreds of them."""
    if dollars is None:
        return "unknown"
    return f"${dollars:,.2f}" if dollars >= 1 or not dollars else f"${dollars:.2g}"


def spent(found: Spent) -> str:
    """What model calls cost, as far as their prices are known."""
    if not found.unpriced:
        return money(found.cost)
    return f"{money(found.cost)} + {found.unpriced:,} unpriced" if found.cost else money(None)


def seconds(duration: float) -> str:
    """A duration, as exactly as anybody would say it."""
    if duration < 60:
        return f"{duration:.1f} s"
    minutes, left = divmod(round(duration), 60)
    return f"{minutes} min {left} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"


def share(part: float | None) -> str:
    """A share, from 0 to 1, in percent."""
    return NONE if part is None else f"{part:.0%}"


def when(moment: datetime) -> str:
    """A moment in this machine's time."""
    return f"{moment.astimezone():%d %b %Y, %H:%M}"

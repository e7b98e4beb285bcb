"""What a step says of days, in signs or in words: it is read here and judged elsewhere (`date_judge`)."""
# ruff: noqa: RUF001 (the signs that people write for minus are meant)

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from .date_notation import COUNT, WEEKDAYS
from .date_shifts import AMOUNT, TODAY_WORDS, Shift, amount_of

__all__ = ["Claim", "Kind", "find_claims", "own_line"]


class Kind(StrEnum):
    """What is claimed; `a` and `b` are places of dates in the step."""

    SHIFTED = "shifted"  # from `a`, `shift` leads to `b`
    PLACED = "placed"  # `b` is the day that `name` says, `shift` from today
    FOLLOWING = "following"  # `b` is `shift` from today, or from the day named last
    GIVEN = "given"  # `b` is the day that the question gives
    SAME = "same"  # `a` and `b` are one day
    ANSWER = "answer"  # `b` is the answer
    RESULT = "result"  # `b` is some result, in the last step the answer
    WEEKDAY = "weekday"  # `b` is a `name`


_NONE = Shift(0, "day")


@dataclass(frozen=True, slots=True)
class Claim:
    """Something said of the date at place `b`."""

    kind: Kind
    b: int
    a: int = -1
    shift: Shift = _NONE
    name: str = ""
    words: str = ""
    """The amount of time as it stands."""


def find_claims(text: str) -> list[Claim]:
    """The claims of a step in whose text «0», «1», … stand for its dates, in the order of what they say.

    Of two that say where one date comes from, the more telling is kept.
    """
    found: list[tuple[int, int, Claim]] = []
    for start, sentence in _sentences(text):
        if _SUPPOSED.search(sentence):
            continue
        for rank, (kind, pattern) in enumerate(_PATTERNS):
            for match in pattern.finditer(sentence):
                if kind is Kind.SAME and _BEFOREHAND.search(sentence[: match.start()]):
                    continue
                if (claim := _claim(kind, match)) is not None:
                    found.append((start + match.start("b"), rank, claim))
    claims: dict[tuple[int, bool], Claim] = {}
    for _, _, claim in sorted(found, key=lambda item: item[:2]):
        claims.setdefault((claim.b, claim.kind is Kind.WEEKDAY), claim)
    return list(claims.values())


def own_line(text: str) -> Claim | None:
    """The claim of a line of the reference's form, «0» and «1» being its dates; `name` is its label."""
    match = _OWN.fullmatch(text)
    return _claim(Kind.SHIFTED, match) if match else None


def _claim(kind: Kind, match: re.Match[str]) -> Claim | None:
    group = match.groupdict()
    shift: Shift | None = _NONE
    words = name = (group.get("name") or "").strip().lower()
    if kind is Kind.PLACED and name:
        shift = TODAY_WORDS.get(name) or TODAY_WORDS[f"the {name}"]
    elif group.get("count"):
        shift = amount_of(match, back=bool(_BACK.match(group["way"].strip())))
        words = match.string[match.start("count") : match.end("unit")]
        words += "s" if match.string[match.end("unit") :].startswith("s") else ""
    if shift is None:
        return None
    return Claim(kind, int(group["b"]), int(group.get("a") or -1), shift, name or words, words)


def _sentences(text: str) -> Iterator[tuple[int, str]]:
    start = 0
    for end in [*(found.end() for found in re.finditer(r"(?<=[.!?;])\s+|\n", text)), len(text)]:
        yield start, text[start:end]
        start = end


_SUPPOSED = re.compile(r"\b(?:suppos\w+|assum\w+|thinks?|thought|believes?|says)\b", re.IGNORECASE)
"""Words in whose sentence nothing is claimed."""
_BEFOREHAND = re.compile(rf"{AMOUNT}|\b(?:before|after|from|until|between)\b", re.IGNORECASE)
_BACK = re.compile(r"[-−–]|minus|less|before|prior|earlier|subtract|tak|ago|.*\bback", re.IGNORECASE)
"""Begins the words of a way back in time."""

_A, _B = r"«(?P<a>\d+)»", r"«(?P<b>\d+)»"
_IS = (
    r"(?:=|->|→|:|,?\s*(?:(?:so|and|which|that|this|we|it|you|to)\s+){0,2}"
    r"(?:is|was|will be|would be|must be|gives?|equals|makes|means|comes to|leads? to|takes|brings|"
    r"lands on|get|reach|arrive at)(?: (?:us|me)(?: to)?| to)?)"
)
_RESULT = rf"\s*{_IS}\s*(?:the date |on |the )?{_B}"
_SPAN = AMOUNT.replace(f"(?P<count>{COUNT})", f"(?P<count>the|{COUNT})")
_WAY = r"(?P<way>before|after|from|prior to|earlier than|later than|past|following)"
_DOING = (
    r"(?P<way>add(?:ing)?|subtract(?:ing)?|tak(?:e|ing) away|"
    r"(?:go|going|count|counting|move|moving|step|stepping) (?:back|forward|ahead)(?:wards?)?)(?: by)?"
)
_SIGN = r"(?P<way>[-+−–]|plus|minus|less)"
_STAYS = r"(?!\s*(?:[-+−–]\s*\d|plus\b|minus\b|less\b))"
"""What goes on behind a date is no calculation with it."""
_DAY = rf"(?P<name>{'|'.join(name.removeprefix('the ') for name in reversed(TODAY_WORDS))})"
"""The longer names first."""

_OWN = re.compile(rf"(?P<name>[\w ]+): {_A} (?P<way>[-+]) {AMOUNT} = {_B}")
_PATTERNS: tuple[tuple[Kind, re.Pattern[str]], ...] = tuple(
    (kind, re.compile(pattern, re.IGNORECASE))
    for kind, pattern in (
        (Kind.SHIFTED, rf"{_A}\s*{_SIGN}\s*{AMOUNT}{_RESULT}"),
        (Kind.SHIFTED, rf"{_B}\s*=\s*{_A}\s*{_SIGN}\s*{AMOUNT}"),
        (Kind.SHIFTED, rf"\b{_DOING} {AMOUNT} (?:to|from) {_A}{_RESULT}"),
        (Kind.SHIFTED, rf"\b(?:from|at|with) {_A},? (?:and |we |then )*{_DOING} {AMOUNT}{_RESULT}"),
        (Kind.SHIFTED, rf"\b{_SPAN} {_WAY} {_A}{_RESULT}"),
        (Kind.SHIFTED, rf"{_B} (?:is|was|will be|=) (?:exactly )?{_SPAN} {_WAY} {_A}"),
        (
            Kind.PLACED,
            rf"\b{AMOUNT} (?P<way>ago|(?:before|after) today|from (?:today|now))(?: from today)?{_RESULT}",
        ),
        (Kind.FOLLOWING, rf"\b{AMOUNT} (?P<way>later|earlier|(?:after|before) (?:that|then)){_RESULT}"),
        (Kind.PLACED, rf"\b{_DAY}(?:'s date)?(?:,|{_IS})\s*(?:the date )?{_B}{_STAYS}"),
        (Kind.GIVEN, rf"\bgiven (?:day|date)\s*{_IS}\s*{_B}{_STAYS}"),
        (Kind.SAME, rf"{_A},? (?:is|was|=|means|that is|which is) {_B}{_STAYS}"),
        (Kind.ANSWER, rf"\banswer\s*(?:is|was|:|=)\s*{_B}{_STAYS}"),
        (Kind.RESULT, rf"\b(?:date|day|it|result)\b[^«»]*?\b(?:is|was|will be)\s*{_B}{_STAYS}"),
        (
            Kind.WEEKDAY,
            rf"{_B} (?:is|was|will be|falls on|fell on) (?:a )?(?P<name>{'|'.join(WEEKDAYS)})\b",
        ),
    )
)
"""The more telling before the less."""

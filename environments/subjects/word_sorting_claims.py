"""What people say while they sort words: that one comes before another, what a letter is, which is next.

Each function finds the claims of one kind in a line; whether they hold is judged elsewhere.
"""
# ruff: noqa: RUF001 (the quotes and dashes that people write are meant)

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from .word_sorting_lists import WORD, words_in

__all__ = [
    "Chain",
    "Item",
    "LetterClaim",
    "Order",
    "chains",
    "groups",
    "labelled",
    "letter_claims",
    "ordinal_of",
    "place_named",
    "plain",
    "said_orders",
    "said_picks",
    "started_with",
    "without_arrows",
]

_ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")
_ORDINAL = rf"(?:{'|'.join(_ORDINALS)}|\d{{1,2}}(?:st|nd|rd|th))"
_QUOTED = rf"[\"“'`]?({WORD})[\"”'`]?"
_MARKUP = re.compile(r"\*+|</?(?:br|li|ol|ul|p|b|i|strong|think|answer)\s*/?>|\\(?:text|quad|;|,|,)")
_ARROW = re.compile(r"[-=]+>|→|⇒")


def plain(text: str) -> str:
    """`text` without marks of layout; quotes and signs of order are written in one way."""
    text = _MARKUP.sub("", text.replace("’", "'"))
    text = text.replace("“", '"').replace("”", '"').replace("≤", "<").replace("≥", ">").replace("≺", "<")
    return text.replace(r"\lt", "<").replace(r"\gt", ">").replace("<=", "<").replace(">=", ">")


def without_arrows(text: str) -> str:
    """Arrows as commas."""
    return _ARROW.sub(",", text)


# Signs: a < b, (3) ["costume" ? "counterpart"] < (15) "oven"


@dataclass(frozen=True, slots=True)
class Item:
    """A word, or several in brackets, in a chain of signs."""

    words: tuple[str, ...]
    label: int | None
    """The number in round brackets before it, which says the letter's place in the alphabet."""


@dataclass(frozen=True, slots=True)
class Order:
    """Two neighbours of a chain."""

    smaller: Item
    larger: Item
    span: str


@dataclass(frozen=True, slots=True)
class Chain:
    """Words or groups of words with signs of order between them, least first."""

    items: tuple[Item, ...]
    orders: tuple[Order, ...]
    start: int
    """Where it begins in the text."""

    @property
    def words(self) -> tuple[str, ...]:
        """All of its words, in its order."""
        return tuple(word for item in self.items for word in item.words)


_GROUP = r"\[(?:[^\[\]]|\[(?:[^\[\]]|\[[^\[\]]*\])*\])*\]"
_OPEN = rf"{WORD}(?:[\"'`]?\s*\?\s*[\"'`]?{WORD})*"
"""A word, or several whose order is still open."""
_ITEM = rf"(?:\((?P<label>\d+)\)\s*)?(?:(?P<group>{_GROUP})|[\"'`]?(?P<word>{_OPEN})[\"'`]?)"
_FIRST, _LAST = re.compile(rf"\s*{_ITEM}"), re.compile(rf"{_ITEM}\s*$")
_LABELLED = re.compile(rf"\(\d+\)\s*(?:{_GROUP}|\"{WORD}\")")


def chains(text: str) -> list[Chain]:
    """The chains of `text`, those inside of brackets included; groups without a sign count as one item."""
    text = _ARROW.sub(lambda found: " " * len(found[0]), text)
    found = [chain for group in re.finditer(_GROUP, text) for chain in chains(group[0][1:-1])]
    parts = list(_parts(text))
    items: list[Item] = []
    orders: list[Order] = []
    start, sign = 0, "<"

    def close() -> None:
        if orders:
            ordered = items if sign == "<" else items[::-1]
            found.append(Chain(tuple(ordered), tuple(orders), start))
        items.clear()
        orders.clear()

    for (left, begin, behind), (right, beyond, _) in pairwise(parts):
        before, after = _LAST.search(left), _FIRST.match(right)
        if before is None or after is None:
            close()
            continue
        whole = left[: before.start()].strip() == ""
        if not orders or not whole or behind != sign:
            close()
            items.append(_item(before))
            start, sign = begin + before.start(), behind
        items.append(_item(after))
        pair = (items[-2], items[-1]) if behind == "<" else (items[-1], items[-2])
        orders.append(Order(*pair, span=text[begin + before.start() : beyond + after.end()].strip()))
    close()
    return found


def labelled(text: str) -> list[Item]:
    """All words and groups with a number before them."""
    return [_item(item) for found in _LABELLED.finditer(text) if (item := _FIRST.match(found[0]))]


def groups(text: str) -> list[tuple[str, ...]]:
    """The words of each bracket."""
    return [words_in(re.sub(r"\(\d+\)", "", found[0])) for found in re.finditer(_GROUP, text)]


def _parts(text: str) -> Iterator[tuple[str, int, str]]:
    """What stands between signs outside of brackets: the text, its start, and the sign behind it."""
    depth = start = 0
    for i, character in enumerate(text):
        depth += (character == "[") - (character == "]")
        if character in "<>" and depth <= 0:
            yield text[start:i], start, character
            start = i + 1
    yield text[start:], start, ""


def _item(found: re.Match[str]) -> Item:
    words = words_in(re.sub(r"\(\d+\)", "", found["group"] or found["word"]))
    return Item(words, int(found["label"]) if found["label"] else None)


# Words: a comes before b, the second letter of a is r, next is c

_BEFORE = re.compile(
    rf"{_QUOTED}\s+(?:(?:comes?|goes|is|sorts?|appears?|ranks?|should\s+(?:come|be|go)|must\s+(?:come|be|go))\s+)?"
    r"(?:also\s+|alphabetically\s+|lexicographically\s+)*"
    r"(?:(?P<before>before|earlier\s+than|(?:less|smaller)\s+than|ahead\s+of|precedes)"
    r"|(?P<after>after|later\s+than|(?:greater|larger|bigger)\s+than|behind|follows))\s+"
    rf"(?:the\s+(?:word|letter)\s+)?{_QUOTED}(?![^.;!\n]*\?)",
    re.IGNORECASE,
)
_DOUBT = re.compile(r"\b(?:whether|if|or)\b", re.IGNORECASE)


def said_orders(text: str) -> list[tuple[str, str, str]]:
    """Smaller word, larger word and the words that say so."""
    found: list[tuple[str, str, str]] = []
    for said in _BEFORE.finditer(text):
        sentence = re.split(r"[.;,]", text[: said.start()])[-1]
        if not _DOUBT.search(sentence):
            first, second = said[1].lower(), said[said.re.groups].lower()
            found.append((first, second, said[0]) if said["before"] else (second, first, said[0]))
    return found


@dataclass(frozen=True, slots=True)
class LetterClaim:
    """That the letter at `place` (from 0; None: wherever the line says) of `word` is `letter`."""

    word: str
    letter: str
    place: int | None
    number: int | None
    """The letter's place in the alphabet, from 1, where that is said."""
    span: str


_LISTED_LETTER = re.compile(
    rf"\b(?:(?<=[\"'`])|(?!letters?\b))({WORD})[\"'`]?\s*(?::|->|→|=|-|–)\s*[\"'`]?([^\W\d_])[\"'`]?(?![\w'&])(?:\s*\((\d+)\))?"
)
_LETTER_OF = re.compile(
    rf"\b({_ORDINAL})\s+letter\s+(?:of|in)\s+(?:the\s+word\s+)?[\"'`]?({WORD})[\"'`]?\s+(?:is|=)\s+[\"'`]?([^\W\d_])\b",
    re.IGNORECASE,
)
_STARTS = re.compile(
    rf"[\"'`]?({WORD})[\"'`]?\s+(?:starts|begins)\s+with\s+(?:the\s+letters?\s+)?[\"'`]?({WORD})\b",
    re.IGNORECASE,
)
_STARTED = re.compile(
    r"\b(?:start|begin)(?:s|ning|ing)?\s+with\s+(?:the\s+letter\s+)?[\"'`]?([^\W\d_]{1,3})[\"'`]?\s*(?::|\bis\b|\bare\b)(.*)",
    re.IGNORECASE,
)
_LETTERS = re.compile(rf"\b({_ORDINAL})\s+letters?\b", re.IGNORECASE)


def ordinal_of(text: str) -> int | None:
    """The place, from 0, of the letters that a line is about: "the third letter"."""
    found = _LETTERS.search(text)
    return place_named(found[1]) if found else None


def place_named(ordinal: str) -> int:
    """The place, from 0, that "third" or "3rd" names."""
    return int(re.sub(r"\D", "", ordinal)) - 1 if ordinal[0].isdigit() else _ORDINALS.index(ordinal.lower())


def letter_claims(text: str) -> list[LetterClaim]:
    """What is said of letters of single words."""
    found = [
        LetterClaim(m[2].lower(), m[3].lower(), place_named(m[1]), None, m[0])
        for m in _LETTER_OF.finditer(text)
    ]
    found += [LetterClaim(m[1].lower(), m[2].lower(), 0, None, m[0]) for m in _STARTS.finditer(text)]
    if _LETTERS.search(text):
        found += [
            LetterClaim(m[1].lower(), m[2].lower(), None, int(m[3]) if m[3] else None, m[0])
            for m in _LISTED_LETTER.finditer(text)
        ]
    return found


def started_with(text: str) -> tuple[str, tuple[str, ...]] | None:
    """A beginning and the words that are said to have it: "words starting with b: bear, berry"."""
    found = _STARTED.search(text)
    return (found[1].lower(), words_in(found[2])) if found else None


_RANK = r"smallest|first|earliest|lowest|minimum|least|next"
_FILLER = r"(?:\s+(?!is\b|letters?\b|not\b)[\w-]+){0,5}?"
_PICK = re.compile(
    rf"\b(?P<rank>{_RANK}|{_ORDINAL}|last|largest|biggest|final)\b{_FILLER}"
    rf"\s*(?:\bis|:|=|->|→|\bcomes)\s*(?:the\s+word\s+|clearly\s+)?[\"'`]?(?P<word>{WORD})[\"'`]?",
    re.IGNORECASE,
)
_PICKED = re.compile(
    rf"[\"'`]?(?P<word>{WORD})[\"'`]?\s+(?:is|comes|goes)\s+(?:the\s+)?(?:alphabetically\s+|very\s+)?"
    rf"(?P<rank>{_RANK}|{_ORDINAL}|last|largest)\b(?!\s+letter)",
    re.IGNORECASE,
)


def said_picks(text: str) -> list[tuple[str, str, str]]:
    """Rank ("first", "next", "last"), word, and the words that say so."""
    found = [m for pattern in (_PICK, _PICKED) for m in pattern.finditer(text)]
    found.sort(key=lambda m: m.start())
    return [(m["rank"].lower(), m["word"].lower(), m[0]) for m in found]

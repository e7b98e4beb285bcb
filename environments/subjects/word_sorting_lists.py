"""Lists of words as people write them, and the order of words. It judges nothing."""
# ruff: noqa: RUF001 (the quotes that people write are meant)

import re
from collections.abc import Iterable, Sequence

from ...transcripts.errors import QuestionError

__all__ = ["WORD", "asked_words", "in_order", "order_key", "same_words", "words_in"]

WORD = r"(?<![^\W_])[^\W_]+(?:['&-][^\W_]+)*"
"""A word, with the signs that may stand inside it: "o'connor", "it&t", "z's"."""

_WORD = re.compile(WORD)
_SORTS = re.compile(r"\b(?:sort\w*|alphabet\w*|arrange|order)\b", re.IGNORECASE)
_OTHER_ORDER = re.compile(
    r"\b(?:revers\w*|descend\w*|backwards?|numeric\w*|by\s+(?:their\s+)?length|z\s*(?:to|-)\s*a|longest|shortest)\b",
    re.IGNORECASE,
)
_INSTRUCTION = (
    r"(?:please|can|you|sort|arrange|put|order|list|the|these|this|following|words?|letters?|names?|of"
    r"|alphabetically|alphabetical|in|into|a|an|ascending|order|from|to|z|by|alphabet)"
)
_LEAD = re.compile(rf"^(?:\W*\b(?!a\W+[a-z]\b){_INSTRUCTION}\b)+[\s:]*(?=\w)", re.IGNORECASE)
_TAIL = re.compile(
    r"[\s,.;]+(?:(?:in|into)\s+)?(?:the\s+)?(?:alphabetical\s+order|alphabetically)\W*$", re.IGNORECASE
)
_BULLET = re.compile(r"^\s*(?:[-*•]|\(?\d{1,3}[.):])\s+", re.MULTILINE)
_ANSWER_LEAD = re.compile(r"^[^:]*\b(?:sorted|order|list|words|answer|alphabetically)\b[^:]*:", re.IGNORECASE)
_SEPARATOR = re.compile(r"(?:-+>|=>|(?<!\w)'|'(?!\w)|[\s,;<→|\"“”‘`*\[\](){}.])+")


def order_key(word: str) -> str:
    """Words are in order when their keys are: capitals and small letters count alike."""
    return word.casefold().replace("’", "'")


def in_order(words: Iterable[str]) -> tuple[str, ...]:
    """`words`, alphabetically; signs come before letters, as in BIG-bench's lists."""
    return tuple(sorted(words, key=order_key))


def words_in(text: str) -> tuple[str, ...]:
    """The words of `text`, in small letters."""
    return tuple(found.lower() for found in _WORD.findall(text.replace("’", "'")))


def asked_words(text: str) -> tuple[str, ...]:
    """The words that a question asks to sort, as they are listed.

    Raises:
        QuestionError: there are fewer than two, or another order is asked for.
    """
    listed = _listed(text.replace("’", "'"))
    items = [item.strip() for item in re.split(r"[,;\n]|\band\b(?=[^,;]*$)", listed)] if "," in listed else []
    words = words_in(listed) if not items else tuple(word for item in items for word in words_in(item))
    if (
        len(words) < 2
        or not _SORTS.search(text)
        or _OTHER_ORDER.search(text.partition(listed)[0] or "")
        or any(not re.search(r"[^\W\d_]", word) for word in words)
        or any(len(item.split()) > 1 for item in items)
    ):
        raise QuestionError(
            f"'{text[:80]}' is no question of word_sorting: write two or more single words to be put in "
            "alphabetical order, as in 'Sort: pear apple'."
        )
    return words


def _listed(text: str) -> str:
    """What stands behind the last colon, or what no word of the instruction is."""
    _, colon, tail = text.rpartition(":")
    if not (colon and len(words_in(tail)) > 1):
        tail = _LEAD.sub("", text.replace("?", "."), count=1)
    return _BULLET.sub(" ", _TAIL.sub("", tail)).strip()


def same_words(answer: str, words: Sequence[str]) -> bool:
    """Whether `answer` is these words in this order, parted by blanks, commas, lines or ``<``."""
    said = _BULLET.sub(" ", answer.replace("’", "'"))
    wanted = [order_key(word) for word in words]
    for text in (said, _ANSWER_LEAD.sub("", said)):
        given = [order_key(word) for word in _SEPARATOR.split(text) if word]
        if given == wanted or ("and" not in wanted and [w for w in given if w != "and"] == wanted):
            return True
    return False

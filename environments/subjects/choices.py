"""The options of a multiple-choice question, ``(A) 12/25/1953``, and which of them an answer names."""

import random
import re
from collections.abc import Mapping, Sequence

__all__ = ["LETTERS", "another", "chosen", "listed", "split_options"]

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

_HEADING = re.compile(r"\n\s*(?:options|choices)\s*:?\s*(?=\n|\()", re.IGNORECASE)
_OPTION = re.compile(r"^[ \t]*\(?([A-Z])[).][ \t]*(\S[^\n]*?)[ \t]*$", re.MULTILINE)
_NAMED = re.compile(
    r"(?:option|choice)?\s*(?:\(([a-z])\)|([a-z])\)|([a-z]))(?:\s*[:.]?\s*(\S.*?))?\s*\.?", re.I
)


def split_options(text: str) -> tuple[str, dict[str, str]]:
    """A question without its options, and these by their letters; none where it has fewer than two."""
    heading = _HEADING.search(text)
    found = list(_OPTION.finditer(text, heading.end() if heading else 0))
    if len(found) < 2 or [option[1] for option in found] != list(LETTERS[: len(found)]):
        return text.strip(), {}
    start = heading.start() if heading else found[0].start()
    return text[:start].strip(), {option[1]: option[2] for option in found}


def listed(stem: str, options: Sequence[str]) -> str:
    """A question with its options, as in BIG-Bench Hard's files."""
    lines = [f"({letter}) {option}" for letter, option in zip(LETTERS, options, strict=False)]
    return "\n".join([stem, "Options:", *lines])


def chosen(options: Mapping[str, str], answer: str) -> str | None:
    """The letter of the option that `answer` names: "(B)", "B", "option B", its text, or "(B) its text".

    None where it names none, or a letter with the text of another option.
    """
    answer = answer.strip()
    by_text = {_folded(text): letter for letter, text in options.items()}
    if letter := by_text.get(_folded(answer)):
        return letter
    named = _NAMED.fullmatch(answer)
    if named is None:
        return None
    letter = (named[1] or named[2] or named[3]).upper()
    if letter not in options or (named[3] and named[4]):  # "A week" names no option A
        return None
    return letter if named[4] is None or by_text.get(_folded(named[4])) == letter else None


def another(rng: random.Random, text: str, answer: str | None) -> str | None:
    """An option that `answer` is not, as "(B)"; None where there are none."""
    options = split_options(text)[1]
    others = [letter for letter in options if answer is None or letter != chosen(options, answer)]
    return f"({rng.choice(others)})" if others else None


def _folded(text: str) -> str:
    return " ".join(text.split()).rstrip(".").casefold().removeprefix("the ")

"""Whether two final answers have the same value, however they are written. Exact: 11 is never 1.

Plain numbers are compared here; LaTeX goes to math-verify, which is imported when it is first needed.
"""
# ruff: noqa: RUF001 (other minus signs than ASCII's are meant)

import logging
import re
from fractions import Fraction
from functools import cache, lru_cache
from typing import Any

from ...transcripts.replies import parse_attempt
from .number_words import spelled_number

__all__ = ["response_matches", "same_answer", "same_number"]

MAX_LATEX = 300
"""Longer answers are compared as text."""
MAX_DIGITS = 1000
"""Numbers in longer texts are not worked out: Python itself refuses 4,300 digits."""

_NUMBER = r"(?:\d{1,3}(?:,\d{3})+(?!\d)|\d+)(?:\.\d+)?|\.\d+"
_NUMBERS = re.compile(rf"(?:(?<![\w)])[-−]\s?)?[$€£]?\s?(?:{_NUMBER})(?:\s*/\s*\d+)?%?")
_QUANTITY = re.compile(
    r"(?P<sign>[-−]?)\s*+[$€£]?\s*+(?P<minus>[-−]?)(?:(?P<whole>\d++)\s++(?=\d++\s*+/))?"
    rf"(?P<number>{_NUMBER})(?:\s*+/\s*+(?P<divisor>\d[\d,]*+))?\s*+(?P<percent>%|percent\b)?\s*+"
    r"(?P<unit>(?:\^\{?[23]\}?+|[^\d])*+)"
)
_UNIT = re.compile(
    r"(?:(?:/\s*+)?[^\W\d_][\w'’-]*+(?:\^\{?[23]\}?)?|\([^\W\d_][^()+*/=\d]*+\)|[€$£]|[\s,.;:!])*+"
)
"""The words behind a number: "miles/hour", "cm^2", "eggs (per day)".

Possessive, since a long word could else be cut in exponentially many ways."""
_SAID = re.compile(r"\banswer\s*(?:is|:|=)\s*:?\s*", re.IGNORECASE)
_SAID_ALL = re.compile(r"\s*\n|[.!?](?=[\s*$]|$)|,?\s(?:because|since)\b")
"""Behind what is said to be the answer: the end of the sentence, or its reason."""
_CHOICE = re.compile(r"\bor\b|\b(?:and|to)\s*$", re.IGNORECASE)
_OPTION = re.compile(
    r"\(([A-Z])\)\s+(?!.*(?:\([A-Z]\)|\b(?:or|not|isn't|wrong|incorrect|neither)\b))[$€£]?\w.*"
)
"""An option with what it says: "(B) 12"."""
_SCALES = {"thousand": 10**3, "million": 10**6, "billion": 10**9}
_LATEX = re.compile(r"[\\^_{}]|[a-z]\s*[-+*/=]|[-+*/=]\s*[a-z]|sqrt|\d\s*[-+*^]\s*\d|^[\[(].*[\])]$", re.I)
_TOWER = re.compile(r"\^\s*\{?[^{}^]*\^|\*\*.*\*\*|\^\s*\{?\s*-?\d{4,}|\*\*\s*-?\d{4,}|\d{4,}\s*!|!\s*!")


def same_answer(gold: str, answer: str) -> bool:
    """Whether `answer` has the value of `gold`.

    "$72", "72.00", "72 clips", "seventy-two" and "60 + 12 = 72" are 72 ("60 + 12" is no answer yet); "50%" is
    0.5 and, where 50 percent is asked for, 50; "(B) 12" is the option B.
    Words are compared without regard to case, LaTeX by math-verify.
    """
    gold, answer = _bare(gold), _bare(answer)
    if not gold or not answer:
        return False
    if _folded(gold) == _folded(answer) or _chosen(answer, gold):
        return True
    named = [spelled_number(text) for text in (gold, answer)]
    if all(number and number[1] for number in named):  # "One Piece" and "One Direction" are no numbers
        return False
    known, given = _quantities(gold), _quantities(answer)
    if known and given:
        return not known.isdisjoint(given)
    if not ("\\" in answer if known else _LATEX.search(gold)):
        return False
    return _same_latex(gold, answer)


def same_number(gold: str, answer: str) -> bool:
    """Whether both are one plain number, and the same."""
    known, given = _quantities(gold.strip()), _quantities(answer.strip())
    return bool(known) and known == given


def response_matches(gold: str, response: str) -> bool:
    """Whether a free text ends with the answer `gold`: in its answer line, as its last line or last number.

    The last "the answer is …" counts, wherever in a line it stands, to the end of its sentence.
    `gold` may be a whole solution that names its answer, as in GSM8K's and MATH's files.
    """
    if "####" in gold or "\\boxed" in gold:
        gold = parse_attempt(gold).answer or gold
    answer = parse_attempt(response).answer
    if answer is not None and same_answer(gold, answer):
        return True
    *before, last = _SAID.split(response if answer is None else answer)
    said = _SAID_ALL.split(last, maxsplit=1)[0]
    if answer is not None or (before and _NUMBERS.search(said)):
        return same_answer(gold, said)
    lines = [line for line in response.splitlines() if line.strip()]
    if lines and same_answer(gold, lines[-1]):
        return True
    numbers = _NUMBERS.findall(response)
    return bool(numbers) and bool(_quantities(_bare(gold))) and same_answer(gold, numbers[-1])


def _bare(text: str) -> str:
    """Without the marks that stand around answers."""
    text = text.strip()
    if boxed := re.fullmatch(r"\$*\\boxed\{(.*)\}\$*", text):
        text = boxed[1]
    text = text.replace("{,}", ",").replace("\\$", "$").replace("\\%", "%")
    text = re.sub(r"\\[()\[\]!,;]", "", text)
    text = re.sub(r"\\text\{\s*([^{}]*)\}", r" \1", text).strip().strip("*`").strip()
    if text.startswith("$") and text.endswith("$") and len(text) > 1:
        text = text.strip("$")
    return text.removesuffix(".").strip()


def _folded(text: str) -> str:
    words = re.sub(r"\s*([^\w\s])\s*", r"\1", " ".join(text.split())).casefold()
    option = re.fullmatch(r"\(([a-z])\)", words)
    return option[1] if option else words


def _chosen(answer: str, gold: str) -> bool:
    """Whether `answer` names the option that `gold` is, as "(B) 12" does for "B" or "(B)"."""
    option = re.fullmatch(r"\(?([A-Z])\)?", gold)
    named = _OPTION.fullmatch(answer)
    return bool(option and named and named[1] == option[1])


def _quantities(text: str) -> set[Fraction]:
    """The values that a written number may have; empty where the text is no single number."""
    text = text.rpartition("=")[2].strip()
    if spelled := spelled_number(text):
        text = "".join(map(str, spelled))
    found = _QUANTITY.fullmatch(text)
    if not found or found.end("unit") - len(found["unit"]) > MAX_DIGITS:
        return set()
    unit, divisor = found["unit"].strip(), _value(found["divisor"] or "1")
    if not divisor or not _UNIT.fullmatch(unit) or _CHOICE.search(unit):
        return set()
    value = _value(found["number"]) / divisor + int(found["whole"] or 0)
    value *= _SCALES.get(unit.split()[0].lower() if unit else "", 1)
    if found["sign"] or found["minus"]:
        value = -value
    return {value, value / 100} if found["percent"] else {value}


def _value(number: str) -> Fraction:
    return Fraction(number.replace(",", ""))


@lru_cache(maxsize=4096)
def _same_latex(gold: str, answer: str) -> bool:
    if any(len(text) > MAX_LATEX or _TOWER.search(text) for text in (gold, answer)):
        return False  # long, or a tower of powers that would never be worked out
    parse, verify = _math_verify()
    try:
        # Without time limits: those need signals, which only the main thread may use.
        known = parse(f"\\boxed{{{gold}}}", parsing_timeout=None)
        given = parse(f"\\boxed{{{answer}}}", parsing_timeout=None)
        return bool(known and given and verify(known, given, timeout_seconds=None))
    except Exception:  # a parser of free text may fail in any way; what it cannot read is not right
        return False


@cache
def _math_verify() -> tuple[Any, Any]:
    for name in ("math_verify.parser", "math_verify.grader"):  # they warn that there is no time limit
        logging.getLogger(name).setLevel(logging.ERROR)
    from math_verify import parse, verify

    return parse, verify

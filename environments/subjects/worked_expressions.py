"""Arithmetic inside annotations, ``<<48/2=24>>``: found, cut into terms, worked out exactly."""
# ruff: noqa: RUF001 (the many signs for one operator are meant)

import re
from collections.abc import Iterator, Sequence
from fractions import Fraction

from ...transcripts.errors import QuestionError
from .equation_notebook import Notebook

__all__ = ["ANNOTATION", "Exact", "annotated", "evaluated", "number_in", "postfix", "whole_if_whole"]

Exact = int | Fraction
"""A number without rounding; an int where it is whole."""

ANNOTATION = re.compile(r"<<([^<>=]+)=([^<>=]+)>>")
"""Its groups are the calculation and the result."""
_TRIVIAL = re.compile(r"<<[\d.,]*=[^<>]*>>")
_TOKEN = re.compile(r"\s*(?:(\d[\d,]*(?:\.\d*)?|\.\d+)|([-+*/()%]))")
_TIMES = re.compile(r"(?<=[\d)%])\s*[x×·](?=\s*[\d($.])")
_UNITS = re.compile(r"[A-Za-z]+(?:/[A-Za-z]+)?|/[A-Za-z]+|[$€£,\s]")
_BINDS = {"+": 1, "-": 1, "*": 2, "/": 2, "~": 3}


def whole_if_whole(value: Exact) -> Exact:
    """`value` as an int where it is one: ints are worked with several times as fast."""
    return value.numerator if value.denominator == 1 else value


def number_in(text: str) -> Fraction | None:
    """The number that `text` is, commas allowed; None where it is more or less than one."""
    text = text.strip().replace(",", "").rstrip(".")
    return Fraction(text) if re.fullmatch(r"-?(?:\d+(?:\.\d+)?|\.\d+)", text) else None


def evaluated(terms: Sequence[Exact | str]) -> Exact | None:
    """What terms in reverse Polish notation come to; None where it divides by zero.

    "~" makes the number before it negative, "%" divides it by a hundred.
    """
    stack: list[Exact] = []
    for term in terms:
        if not isinstance(term, str):
            stack.append(term)
        elif term == "%":
            stack[-1] = Fraction(stack[-1], 100)
        elif term == "~":
            stack[-1] = -stack[-1]
        else:
            right, left = stack.pop(), stack.pop()
            if term == "/" and not right:
                return None
            stack.append(_joined(left, term, right))
    return whole_if_whole(stack[0])


def _joined(left: Exact, sign: str, right: Exact) -> Exact:
    if sign == "/":
        return Fraction(left) / right
    return left + right if sign == "+" else left - right if sign == "-" else left * right


def annotated(lines: Sequence[str]) -> tuple[str, ...]:
    """`lines` with every equation annotated that they spell out: ``48/2 = <<48/2=24>>24``."""
    notebook = Notebook()
    return tuple(_annotated(line, notebook) for line in lines)


def _annotated(line: str, notebook: Notebook) -> str:
    line = _TRIVIAL.sub("", line)
    for claim in reversed(notebook.claims(line)):
        start, end = claim.written or (0, 0)
        inside = line.rfind("<<", 0, start) > line.rfind(">>", 0, start)
        if not end or claim.reason or inside or "<<" in line[claim.start : end]:
            continue
        left = _TIMES.sub("*", claim.left).replace("÷", "/").replace("−", "-")
        if re.search(r"\b[A-Za-z]\b|\d[A-Za-z]", left):  # letters that may be unknowns
            continue
        left = _UNITS.sub("", left)
        right = line[start:end].replace(",", "")
        if re.search(r"[-+*/%]", left[1:]) and _value(left) == number_in(right):
            line = f"{line[:start]}<<{left}={right}>>{line[start:]}"
    return line


def _value(calculation: str) -> Exact | None:
    """The value of a calculation with plain numbers; None where it cannot be read."""
    try:
        return evaluated(
            [token if at is None else number_in(token) or 0 for token, at in postfix(calculation)]
        )
    except QuestionError:
        return None


def postfix(calculation: str) -> Iterator[tuple[str, int | None]]:
    """The terms in reverse Polish notation; a number with its place in the text, an operator with None.

    Raises:
        QuestionError: it is more than numbers, operators and brackets.
    """
    operators: list[str] = []
    operand = False
    for token in _tokens(calculation):
        number, sign = token[1], token[2]
        if operand is bool(number or sign == "(") and not (sign == "-" and not operand):
            raise _unreadable(calculation)
        if number:
            yield number, token.start(1)
            operand = True
        elif not operand:
            operators.append("(" if sign == "(" else "~")
        elif sign == "%":
            yield sign, None
        else:
            while operators and operators[-1] != "(" and _BINDS[operators[-1]] >= _BINDS.get(sign, 0):
                yield operators.pop(), None
            operand = sign == ")"
            if not operand:
                operators.append(sign)
            elif not operators or not operators.pop():
                raise _unreadable(calculation)
    if not operand or "(" in operators:
        raise _unreadable(calculation)
    yield from ((sign, None) for sign in reversed(operators))


def _tokens(calculation: str) -> Iterator[re.Match[str]]:
    at, end = 0, len(calculation.rstrip())
    while at < end:
        found = _TOKEN.match(calculation, at)
        if not found:
            raise _unreadable(calculation)
        yield found
        at = found.end()


def _unreadable(calculation: str) -> QuestionError:
    return QuestionError(f"the equation '{calculation}' cannot be read.")

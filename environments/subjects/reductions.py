"""The reference way to work an expression out, an operation at a time, and the mistakes likely in it."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ...transcripts.errors import QuestionError
from .expressions import Expression, Name, Negative, Number, Product, Sum

__all__ = ["Reduction", "likely_mistakes", "mistakes_in", "reduced"]

_LINE = re.compile(r"(-?\d{1,18}) ([-+*]) (-?\d{1,18}) = (-?\d{1,18})")


@dataclass(frozen=True, slots=True)
class Reduction:
    """One operation of the reference solution."""

    left: int
    operator: str
    right: int
    result: int

    def __str__(self) -> str:
        return f"{self.left} {self.operator} {self.right} = {self.result}"

    @classmethod
    def read(cls, text: str) -> "Reduction | None":
        """The operation that `text` is, to the letter; None where it is written in any other way."""
        found = _LINE.fullmatch(text)
        return cls(int(found[1]), found[2], int(found[3]), int(found[4])) if found else None


def reduced(node: Expression, mistakes: Mapping[int, Reduction] | None = None) -> tuple[list[Reduction], int]:
    """The operations that work `node` out, and its value.

    Args:
        node: An expression without letters.
        mistakes: By index, operations put in place of the right ones; later ones go on from their results.
    """
    steps: list[Reduction] = []

    def operate(left: int, operator: str, right: int) -> int:
        result = {"+": left + right, "-": left - right, "*": left * right}[operator]
        step = Reduction(left, operator, right, result)
        steps.append((mistakes or {}).get(len(steps), step))
        return steps[-1].result

    def work(part: Expression) -> int:
        match part:
            case Number(value):
                return value
            case Negative(of):
                return -work(of)
            case Sum(terms):
                values = [(sign, work(term)) for sign, term in terms]
                total = values[0][1]
                for sign, value in values[1:]:
                    total = operate(total, "+" if sign > 0 else "-", value)
                return total
            case Product(factors):
                numbers = [work(factor) for factor in factors]
                product = numbers[0]
                for factor in numbers[1:]:
                    product = operate(product, "*", factor)
                return product
            case Name(name):
                raise QuestionError(f"'{name}' has no value.")

    return steps, work(node)


def mistakes_in(node: Expression, lines: Sequence[str]) -> dict[int, Reduction] | None:
    """The mistakes with which `reduced` writes exactly `lines`, by index; None where it cannot."""
    mistakes: dict[int, Reduction] = {}
    steps, _ = reduced(node)
    if len(steps) != len(lines):
        return None
    for i, line in enumerate(lines):
        if line != str(steps[i]):
            if (mistake := Reduction.read(line)) is None:
                return None
            mistakes[i] = mistake
            steps, _ = reduced(node, mistakes)
    return mistakes


def likely_mistakes(right: Reduction) -> list[Reduction]:
    """What a careless student might write in place of `right`."""
    left, operator, other, result = right.left, right.operator, right.right, right.result
    results = [result - 1, result + 1, result - 10, result + 10]
    results += [-result] * 2 if result else []
    if operator == "-":
        results += [left + other] * 2
    elif operator == "+":
        results += [left - other, abs(left) + abs(other)]
    else:
        results += [result - other, result + other]
    slips = [Reduction(left, operator, other, wrong) for wrong in results if wrong != result]
    for copied in (other - 1, other + 1):
        worth = {"+": left + copied, "-": left - copied, "*": left * copied}[operator]
        slips.append(Reduction(left, operator, copied, worth))
    return slips

"""The subject `multistep_arithmetic`: integer expressions with brackets, worked out an operation a line.

The form is that of BIG-bench's task of this name, as in ``((-1 + 2 + 9 * 5) - (-2 + -4 + -4 * -7)) =``.
Steps are judged by `arithmetic_judge`, whoever wrote them.
"""
# ruff: noqa: RUF001 (the signs that people write for minus and times are meant)

import random
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Literal

from pydantic import Field, model_validator

from ...transcripts.errors import QuestionError
from ...transcripts.records import Attempt, Json, Question, Tier, derive_seed
from .arithmetic_judge import StepFinding, judge_steps
from .base import Level
from .expressions import Expression, Number, names_in
from .levels import read_level
from .reductions import likely_mistakes, mistakes_in, reduced
from .step_judging import JudgedStep, JudgedSteps, JudgesSteps
from .worked_lines import Side, read_integer, readings

__all__ = ["MultistepArithmetic", "MultistepLevel"]

Operator = Literal["+", "-", "*"]


class MultistepLevel(Level):
    """How long and how deep an expression is."""

    length: int = Field(default=4, ge=2, le=8)
    """Operands in each innermost bracket."""
    depth: int = Field(default=2, ge=1, le=4)
    """Nesting of brackets; 1 is a single bracket, 2 is BIG-bench's easiest form."""
    groups: int = Field(default=2, ge=2, le=4)
    """Brackets that each outer bracket joins; without effect at depth 1."""
    min_operand: int = Field(default=-9, ge=-999, le=999)
    """Smallest operand, inclusive."""
    max_operand: int = Field(default=9, ge=-999, le=999)
    """Largest operand, inclusive; not below `min_operand`."""
    operators: tuple[Operator, ...] = Field(default=("+", "-", "*"), min_length=1)
    """Drawn from with equal chances."""

    @model_validator(mode="after")
    def _range_holds_something(self) -> "MultistepLevel":
        if self.min_operand > self.max_operand:
            raise ValueError(
                f"min_operand must not exceed max_operand, but {self.min_operand} > {self.max_operand}"
            )
        return self


class MultistepArithmetic(JudgesSteps):
    """Makes and checks multi-step arithmetic; satisfies `Generalizes`, `Hardens` and `HasSubtasks`."""

    def __init__(self) -> None:
        super().__init__("multistep_arithmetic")

    def level(self, settings: Mapping[str, Json]) -> MultistepLevel:
        """The level that a course's settings describe.

        Raises:
            CourseError: an unknown key, or a value out of range.
        """
        return read_level(MultistepLevel, settings, self.name)

    def sample(self, level: Level, seed: int, lesson: str = "") -> Question:
        """A question of `level`."""
        level = MultistepLevel.model_validate(level)
        rng = random.Random(derive_seed(self.name, level.model_dump(), seed))

        def bracket(depth: int) -> str:
            if depth == 1:
                inner = [str(rng.randint(level.min_operand, level.max_operand)) for _ in range(level.length)]
            else:
                inner = [bracket(depth - 1) for _ in range(level.groups)]
            return (
                "(" + "".join([inner[0], *(f" {rng.choice(level.operators)} {x}" for x in inner[1:])]) + ")"
            )

        return self._question(f"{bracket(level.depth)} =", lesson, Tier.BASIC)

    def solve(self, question: Question) -> Attempt:
        """One operation a line: brackets from the inside, products before sums, from left to right.

        Raises:
            QuestionError: the question is no such expression.
        """
        steps, value = reduced(_expression(question.text))
        return Attempt(steps=tuple(str(step) for step in steps), answer=str(value))

    def judged(self, question: Question, steps: Sequence[str]) -> JudgedSteps:
        """What is found in each of `steps`, whoever wrote them."""
        return _judged(question.text, tuple(steps))

    def remaining(self, question: Question, steps: Sequence[str]) -> tuple[str, ...] | None:
        """The operations that `steps` leave, where each of these is one of the reference's."""
        rest = {i: _spaceless(line) for i, line in enumerate(self.solve(question).steps)}
        for step in map(_spaceless, steps):
            done = next((i for i, line in rest.items() if line == step), None)
            if done is None:
                return None
            del rest[done]
        return tuple(line for i, line in enumerate(self.solve(question).steps) if i in rest)

    def slip(self, question: Question, attempt: Attempt, step: int, seed: int) -> Attempt:
        """A likely mistake (off by one or ten, a lost sign, a wrong copy), and later lines built on it.

        Mistakes in earlier lines stay, where these are written as the reference writes.
        """
        rng = random.Random(seed)
        expression = _expression(question.text)
        earlier = mistakes_in(expression, attempt.steps)
        if earlier is None or step >= len(attempt.steps):
            return super().slip(question, attempt, step, seed)
        earlier = {place: mistake for place, mistake in earlier.items() if place < step}
        right = reduced(expression, earlier)[0][step]
        options = likely_mistakes(right)
        for mistake in rng.sample(options, len(options)):
            steps, value = reduced(expression, {**earlier, step: mistake})
            slipped = Attempt(steps=tuple(str(line) for line in steps), answer=str(value))
            miscalculated = mistake == replace(right, result=mistake.result)  # wrong beyond doubt
            if miscalculated or step in self.wrong_steps(question, slipped):
                return slipped
        return super().slip(question, attempt, step, seed)

    def answers_match(self, question: Question, answer: str | None) -> bool:
        """Whether `answer` is the value, however its sign and thousands are written."""
        value = None if answer is None else read_integer(answer)
        return value is not None and str(value) == self._value(question)

    def generalize(self, question: Question, seed: int) -> Question:
        """The same shape with other operands of the same range.

        Raises:
            QuestionError: the question cannot be read.
        """
        text = question.text
        _expression(text)
        rng = random.Random(derive_seed(self.name, "generalize", text, seed))
        low, high = _range(text)
        other = text
        for _ in range(20):  # a short question may come out as it was
            other = _each_operand(text, lambda _: rng.randint(low, high))
            if other != text:
                break
        return self._question(other, question.lesson, Tier.GENERALIZED, question.id)

    def harder(self, question: Question, seed: int) -> Question:
        """One more operand in each innermost bracket."""
        text = _body(question)
        rng = random.Random(derive_seed(self.name, "harder", text, seed))
        low, high = _range(text)
        used = [sign for sign in "+-*" if sign in _OPERATION.findall(text)] or ["+", "-"]

        def more(found: re.Match[str]) -> str:
            return f"{found[0]} {rng.choice(used)} {rng.randint(low, high)}"

        longer = _INNERMOST.sub(more, text if _INNERMOST.search(text) else f"({text})")
        return self._question(f"{longer} =", question.lesson, Tier.HARDER, question.id)

    def subtasks(self, question: Question) -> tuple[Question, ...]:
        """The brackets inside the outermost one, innermost first, each once."""
        text = _body(question)
        found: list[str] = []
        opened: list[int] = []
        for i, character in enumerate(text):
            if character in "([{":
                opened.append(i)
            elif character in ")]}" and opened:
                inner = text[opened.pop() : i + 1]
                if inner != text and _OPERATION.search(inner) and inner not in found:
                    found.append(inner)
        made = [self._question(f"{part} =", question.lesson, Tier.SUBTASK, question.id) for part in found]
        return tuple(made)

    def _question(self, text: str, lesson: str, tier: Tier, parent: str | None = None) -> Question:
        steps, value = reduced(_expression(text))
        solution = tuple(str(step) for step in steps)
        return Question.make(
            lesson=lesson, subject=self.name, text=text, tier=tier,
            answer=str(value), solution=solution, parent=parent,
        )  # fmt: skip

    def _value(self, question: Question) -> str:
        return str(reduced(_expression(question.text))[1])


@lru_cache(maxsize=1024)
def _judged(text: str, steps: tuple[str, ...]) -> JudgedSteps:
    """What is found in `steps`; kept, since graders and teachers look at the same solution several times."""
    expression = _expression(text)
    reference, value = reduced(expression)
    if steps == tuple(map(str, reference)):  # the short way, for what most teachers write
        return JudgedSteps(tuple(JudgedStep(None, True, line, line) for line in steps), reaches=bool(steps))
    findings = judge_steps(expression, steps)
    judged = tuple(
        JudgedStep(
            fault=finding.fault,
            works=bool(finding.head),
            worked=_worked(finding),
            written=_written(finding),
        )
        for finding in findings
    )
    return JudgedSteps(judged, reaches=bool(findings) and str(findings[-1].last) == str(value))


_INNERMOST = re.compile(r"[(\[{][^()\[\]{}]*(?=[)\]}])")
_OPERATION = re.compile(r"(?<=[\d)\]}])\s*([-+*])")
_OPERATION_OR_OPERAND = re.compile(r"(?<=[\d)\]}])\s*[-−+*×·]|([-−]?\d+)")


def _each_operand(text: str, change: Callable[[int], int]) -> str:
    """`text` with each operand, its own minus sign included, put through `change`."""

    def changed(found: re.Match[str]) -> str:
        return str(change(int(found[1].replace("−", "-")))) if found[1] else found[0]

    return _OPERATION_OR_OPERAND.sub(changed, text)


def _range(text: str) -> tuple[int, int]:
    """The smallest and the largest operand of a question, at least a digit apart."""
    operands = [int(found[1].replace("−", "-")) for found in _OPERATION_OR_OPERAND.finditer(text) if found[1]]
    low, high = min(operands), max(operands)
    return (low, high) if high - low >= 9 else (min(low, 0), max(high, 9))


def _body(question: Question) -> str:
    """The expression of a question as it is written, without what stands around it."""
    return _found(question.text).text


@lru_cache(maxsize=1024)
def _expression(text: str) -> Expression:
    """The expression that a question asks for.

    Raises:
        QuestionError: there is none, or more than integers, brackets, + - *.
    """
    expression = _found(text).expression
    assert expression is not None
    return expression


def _found(text: str) -> Side:
    sides = [side for line in readings(text) for chain in line[-1] for side in chain.sides]
    sides = [side for side in sides if side.expression is not None and side.whole]
    if sides:
        longest = max(sides, key=lambda side: len(side.text))
        rest = text[: longest.start] + text[longest.end :]
        if not names_in(longest.expression or Number(0)) and not re.search(r"[/÷^!%]|\d\s*\.\s*\d", rest):
            return longest
    raise QuestionError(
        f"'{text[:80]}' is no question of multistep_arithmetic: write integers, brackets, + - *, "
        "as in '((2 + 3 * -4) - (5 - 1)) ='."
    )


def _worked(finding: StepFinding) -> str:
    """The step's first calculation with its value; empty where that calculation itself is at fault."""
    torn = finding.fault is not None and finding.fault.span == finding.head
    return "" if torn or not finding.head else f"{finding.head} = {finding.value}"


def _written(finding: StepFinding) -> str:
    """The step's first calculation with the value that the step gives it."""
    return f"{finding.head} = {finding.stated}" if finding.head else ""


def _spaceless(line: str) -> str:
    return line.replace(" ", "")

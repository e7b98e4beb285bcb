"""How far an answer meets a criterion, and the least edit that meets it. The criteria stand in `criteria`.

An edit changes nothing where its criterion is met.
"""

import re
from collections.abc import Callable
from itertools import pairwise

from ..transcripts.records import Attempt, Record
from .answer_sheet import CHECK, Sheet, body_of, spaceless

__all__ = [
    "EachStep",
    "Edit",
    "Share",
    "Writing",
    "answer_at",
    "checked",
    "each_step",
    "ended",
    "has_unit",
    "kept_by",
    "line_is",
    "moved",
    "of_steps",
    "one_a_line",
    "own_line",
    "prefixed",
    "restored",
    "set_apart",
    "spaced",
    "split_equations",
    "stated",
    "steps_in_order",
    "steps_shown",
    "with_check",
    "with_unit",
]


class Writing(Record):
    """An answer as it is written, beside its question."""

    text: str
    question: str
    reference: Attempt
    """The reference solution of the question."""

    @property
    def sheet(self) -> Sheet:
        """Its lines."""
        return Sheet.read(self.text)


Share = Callable[[Writing], float]
"""How far a criterion is met, from 0 to 1."""

Edit = Callable[[Writing], str]
"""The words of an answer that meets a criterion."""

EachStep = Callable[[int, str], str]
"""What becomes of a step; given its number from 1."""

_SIGN = re.compile(r"(?<=[\w)])\s*([-+*/=×·])\s*(?=[\w(-])")  # noqa: RUF001 (the sign of multiplication)
_EQUATION = re.compile(r"[^=,;]+(?:=[^=,;]+)+")
_ANSWER_WITHIN = re.compile(r"[,;.]?\s+(?=(?:so\s+|thus\s+)?(?:the\s+)?(?:final\s+)?answer\b)", re.IGNORECASE)
_EXPRESSION = re.compile(r"([-\d(\[{][^:?=]*?)\s*=\s*\??\s*$")
_UNIT = re.compile(r"\bhow many ([a-z]+)", re.IGNORECASE)


def of_steps(met: Callable[[int, str], bool]) -> Share:
    """The share of steps that are as they should be; 0 where steps are due and none is written."""

    def share(writing: Writing) -> float:
        steps = writing.sheet.steps
        if not steps:
            return float(not writing.reference.steps)
        return sum(met(number, step) for number, step in enumerate(steps, start=1)) / len(steps)

    return share


def each_step(change: EachStep) -> Edit:
    """Each step changed so; where none is written, the reference's."""

    def edit(writing: Writing) -> str:
        sheet = writing.sheet
        sheet = sheet if sheet.steps else sheet.with_steps(writing.reference.steps)
        return sheet.each_step(change).text

    return edit


def _equations(line: str) -> list[str]:
    """The equations in a line, without spaces; a chain a = b = c counts as two."""
    found: list[str] = []
    for chain in _EQUATION.findall(spaceless(body_of(line)[1]).rstrip(".;,")):
        sides = chain.split("=")
        found += [f"{left}={right}" for left, right in pairwise(sides)]
    return found


def steps_shown(writing: Writing) -> float:
    """Steps written, as a share of the reference's; 1 at most."""
    due = len(writing.reference.steps)
    return min(len(writing.sheet.steps) / due, 1.0) if due else 1.0


def _first_equation(step: str) -> str:
    return next(iter(_equations(step)), spaceless(step))


def steps_in_order(writing: Writing) -> float:
    """The share of the reference's steps whose equations stand in the answer, in the reference's order."""
    due = [_first_equation(step) for step in writing.reference.steps]
    longest = [0] * (len(due) + 1)  # common subsequences with the first n that are due
    for equation in (equation for step in writing.sheet.steps for equation in _equations(step)):
        before = longest.copy()
        for n, wanted in enumerate(due, start=1):
            longest[n] = before[n - 1] + 1 if wanted == equation else max(before[n], longest[n - 1])
    return longest[-1] / len(due) if due else 1.0


def restored(writing: Writing) -> str:
    """The reference's steps, in the student's own words where these are there."""
    own = {_first_equation(step): step for step in reversed(writing.sheet.steps)}
    steps = tuple(own.get(_first_equation(step), step) for step in writing.reference.steps)
    return writing.sheet.with_steps(steps).text


def one_a_line(writing: Writing) -> float:
    """The share of steps that hold one equation at most."""
    steps = writing.sheet.steps
    return sum(len(_equations(step)) <= 1 for step in steps) / len(steps) if steps else 1.0


def split_equations(writing: Writing) -> str:
    """Lines that hold several equations, cut into one each."""
    steps: list[str] = []
    for step in writing.sheet.steps:
        found = _equations(step)
        steps += found if len(found) > 1 else [step]
    return writing.sheet.with_steps(tuple(steps)).text


def own_line(writing: Writing) -> float:
    """Whether a line says the answer and nothing else."""
    answer = writing.sheet.answer
    return float(answer is not None and "=" not in answer)


def set_apart(writing: Writing) -> str:
    """The answer cut off from the line that it ends, or added where none can be found."""
    apart = writing.model_copy(update={"text": _ANSWER_WITHIN.sub("\n", writing.text)})
    return apart.text if own_line(apart) else _answered(writing).text


def _answered(writing: Writing, form: str = "answer: {}") -> Sheet:
    """The answer stated in this form: as it was written, else the reference's."""
    sheet = writing.sheet
    answer = sheet.answer
    if answer is None or "=" in answer:
        answer = writing.reference.answer or "none"
    return sheet.with_answer_line(form.replace("{}", answer))


def _unit(writing: Writing) -> str:
    """What the question asks the number of; empty where it does not ask so."""
    found = _UNIT.search(writing.question)
    return found[1].lower() if found else ""


def has_unit(writing: Writing) -> float:
    """Whether the answer names what the question asks the number of; nothing is asked of other questions."""
    return float(_unit(writing) in (writing.sheet.answer or "").lower())


def with_unit(writing: Writing) -> str:
    """The unit put behind the answer."""
    sheet = _answered_anyhow(writing)
    line = next(line for kind, line in sheet.lines if kind == "answer")
    before, answer, after = line.rpartition(sheet.answer or "")
    return sheet.with_answer_line(f"{before}{answer} {_unit(writing)}{after}").text


def line_is(pattern: str) -> Share:
    """Whether the line that states the answer has this form."""
    form = re.compile(pattern)
    return lambda writing: float(
        any(kind == "answer" and form.fullmatch(line) for kind, line in writing.sheet.lines)
    )


def stated(form: str) -> Edit:
    """The answer put as `form` has it, in place of ``{}``."""
    return lambda writing: _answered(writing, form).text


def answer_at(place: int) -> Share:
    """Whether the answer stands at this index of the lines, a closing check aside."""

    def share(writing: Writing) -> float:
        lines = writing.sheet.without("check").lines
        return float(bool(lines) and lines[place][0] == "answer")

    return share


def moved(first: bool) -> Edit:
    """The answer's line put first, or last before a closing check."""

    def edit(writing: Writing) -> str:
        order = ("answer", "step", "check") if first else ("step", "answer", "check")
        return Sheet(
            tuple(sorted(_answered_anyhow(writing).lines, key=lambda line: order.index(line[0])))
        ).text

    return edit


def _answered_anyhow(writing: Writing) -> Sheet:
    return writing.sheet if writing.sheet.answer is not None else _answered(writing)


def checked(writing: Writing) -> float:
    """Whether the last line is a check that names the answer."""
    sheet = writing.sheet
    if not sheet.lines or sheet.lines[-1][0] != "check" or sheet.answer is None:
        return 0.0
    return float(re.search(rf"(?<![\w.-]){re.escape(sheet.answer)}(?!\w)", sheet.lines[-1][1]) is not None)


def with_check(writing: Writing) -> str:
    """A last line that puts the answer into the question."""
    sheet = _answered_anyhow(writing).without("check")
    asked = _EXPRESSION.search(writing.question)
    said = f"{asked[1]} = {sheet.answer}" if asked else sheet.answer
    return Sheet((*sheet.lines, ("check", f"{CHECK} {said}"))).text


def spaced(sign: str) -> EachStep:
    """Signs between numbers, spaced as in this replacement."""

    def change(_: int, step: str) -> str:
        prefix, body = body_of(step)
        return prefix + _SIGN.sub(sign, body)

    return change


def prefixed(prefix: Callable[[int], str]) -> EachStep:
    """Steps that begin with what `prefix` makes of their number."""
    return lambda number, step: prefix(number) + body_of(step)[1]


def kept_by(change: EachStep) -> Callable[[int, str], bool]:
    """Whether a step is as `change` would leave it."""
    return lambda number, step: change(number, step) == step


def ended(_: int, step: str) -> str:
    """The step with a full stop."""
    return f"{step.rstrip('.;, ')}."

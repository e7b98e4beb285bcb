"""Criteria of a good answer that a program can check in its words, each with the edit that meets it.

Those of the mathematics (every step is shown, none is skipped, one equation a line, the answer on a line of
its own, units) come first; the rest are habits of writing, which depend neither on the mathematics nor on
each other. Criteria of one aspect exclude each other. An edit changes no more than its criterion needs, and
changes nothing where that is met.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import pairwise

from ..transcripts.errors import QuestionError
from ..transcripts.records import Attempt, Criterion, Question, Record, Rubric
from .answer_sheet import CHECK, Sheet, body_of, spaceless

__all__ = ["CRITERIA", "Checkable", "Writing", "marks", "meet", "rubric_for", "rubric_of"]


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


@dataclass(frozen=True, slots=True)
class Checkable:
    """A criterion that a program can check."""

    name: str
    aspect: str
    """What of an answer it is about; a rubric holds one criterion of each aspect at most."""
    description: str
    share: Callable[[Writing], float]
    """How far it is met, from 0 to 1."""
    edit: Callable[[Writing], str]
    """The words of an answer that meets it."""

    @property
    def criterion(self) -> Criterion:
        """As rubrics hold it."""
        return Criterion(name=self.name, description=self.description)


def rubric_for(names: Iterable[str]) -> Rubric:
    """The rubric of the criteria with these names."""
    return Rubric(criteria=tuple(CRITERIA[name].criterion for name in names))


def rubric_of(question: Question) -> Rubric:
    """The rubric that the question's lesson gives it.

    Raises:
        QuestionError: it gives none.
    """
    if (given := question.metadata.get("rubric")) is None:
        raise QuestionError(
            f"lesson '{question.lesson}' has no rubric; give it one in the course file, or seat a language "
            "model that writes one."
        )
    return Rubric.model_validate(given)


def marks(rubric: Rubric, writing: Writing) -> dict[str, float]:
    """How far each criterion is met, by its name; those that no program can check are passed over."""
    return {c.name: CRITERIA[c.name].share(writing) for c in rubric.criteria if c.name in CRITERIA}


def meet(rubric: Rubric, writing: Writing) -> str:
    """The words of `writing` with as few edits as meet the criteria that a program can check.

    Edits are made in the order of `CRITERIA`, whatever the rubric's, so that a later one undoes no earlier.
    """
    asked = {criterion.name for criterion in rubric.criteria}
    for name, criterion in CRITERIA.items():
        if name in asked and criterion.share(writing) < 1.0:
            writing = writing.model_copy(update={"text": criterion.edit(writing)})
    return writing.text


_SIGN = re.compile(r"(?<=[\w)])\s*([-+*/=×·])\s*(?=[\w(-])")  # noqa: RUF001 (the sign of multiplication)
_EQUATION = re.compile(r"[^=,;]+(?:=[^=,;]+)+")
_ANSWER_WITHIN = re.compile(r"[,;.]?\s+(?=(?:so\s+|thus\s+)?(?:the\s+)?(?:final\s+)?answer\b)", re.IGNORECASE)
_EXPRESSION = re.compile(r"([-\d(\[{][^:?=]*?)\s*=\s*\??\s*$")
_UNIT = re.compile(r"\bhow many ([a-z]+)", re.IGNORECASE)


def _of_steps(met: Callable[[int, str], bool]) -> Callable[[Writing], float]:
    """The share of steps that are as they should be; 0 where steps are due and none is written."""

    def share(writing: Writing) -> float:
        steps = writing.sheet.steps
        if not steps:
            return float(not writing.reference.steps)
        return sum(met(number, step) for number, step in enumerate(steps, start=1)) / len(steps)

    return share


def _each_step(change: Callable[[int, str], str]) -> Callable[[Writing], str]:
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


def _steps_shown(writing: Writing) -> float:
    due = len(writing.reference.steps)
    return min(len(writing.sheet.steps) / due, 1.0) if due else 1.0


def _first_equation(step: str) -> str:
    return next(iter(_equations(step)), spaceless(step))


def _steps_in_order(writing: Writing) -> float:
    """The share of the reference's steps whose equations stand in the answer, in the reference's order."""
    due = [_first_equation(step) for step in writing.reference.steps]
    longest = [0] * (len(due) + 1)  # common subsequences with the first n that are due
    for equation in (equation for step in writing.sheet.steps for equation in _equations(step)):
        before = longest.copy()
        for n, wanted in enumerate(due, start=1):
            longest[n] = before[n - 1] + 1 if wanted == equation else max(before[n], longest[n - 1])
    return longest[-1] / len(due) if due else 1.0


def _restored(writing: Writing) -> str:
    """The reference's steps, in the student's own words where these are there."""
    own = {_first_equation(step): step for step in reversed(writing.sheet.steps)}
    steps = tuple(own.get(_first_equation(step), step) for step in writing.reference.steps)
    return writing.sheet.with_steps(steps).text


def _one_a_line(writing: Writing) -> float:
    steps = writing.sheet.steps
    return sum(len(_equations(step)) <= 1 for step in steps) / len(steps) if steps else 1.0


def _split(writing: Writing) -> str:
    """Lines that hold several equations, cut into one each."""
    steps: list[str] = []
    for step in writing.sheet.steps:
        found = _equations(step)
        steps += found if len(found) > 1 else [step]
    return writing.sheet.with_steps(tuple(steps)).text


def _own_line(writing: Writing) -> float:
    answer = writing.sheet.answer
    return float(answer is not None and "=" not in answer)


def _set_apart(writing: Writing) -> str:
    """The answer cut off from the line that it ends, or added where none can be found."""
    apart = writing.model_copy(update={"text": _ANSWER_WITHIN.sub("\n", writing.text)})
    return apart.text if _own_line(apart) else _answered(writing).text


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


def _has_unit(writing: Writing) -> float:
    return float(_unit(writing) in (writing.sheet.answer or "").lower())


def _with_unit(writing: Writing) -> str:
    sheet = _answered_anyhow(writing)
    line = next(line for kind, line in sheet.lines if kind == "answer")
    before, answer, after = line.rpartition(sheet.answer or "")
    return sheet.with_answer_line(f"{before}{answer} {_unit(writing)}{after}").text


def _line_is(pattern: str) -> Callable[[Writing], float]:
    """Whether the line that states the answer has this form."""
    form = re.compile(pattern)
    return lambda writing: float(
        any(kind == "answer" and form.fullmatch(line) for kind, line in writing.sheet.lines)
    )


def _stated(form: str) -> Callable[[Writing], str]:
    return lambda writing: _answered(writing, form).text


def _answer_at(place: int) -> Callable[[Writing], float]:
    def share(writing: Writing) -> float:
        lines = writing.sheet.without("check").lines
        return float(bool(lines) and lines[place][0] == "answer")

    return share


def _moved(first: bool) -> Callable[[Writing], str]:
    """The answer's line put first, or last before a closing check."""

    def edit(writing: Writing) -> str:
        order = ("answer", "step", "check") if first else ("step", "answer", "check")
        return Sheet(
            tuple(sorted(_answered_anyhow(writing).lines, key=lambda line: order.index(line[0])))
        ).text

    return edit


def _answered_anyhow(writing: Writing) -> Sheet:
    return writing.sheet if writing.sheet.answer is not None else _answered(writing)


def _checked(writing: Writing) -> float:
    sheet = writing.sheet
    if not sheet.lines or sheet.lines[-1][0] != "check" or sheet.answer is None:
        return 0.0
    return float(re.search(rf"(?<![\w.-]){re.escape(sheet.answer)}(?!\w)", sheet.lines[-1][1]) is not None)


def _with_check(writing: Writing) -> str:
    """A last line that puts the answer into the question."""
    sheet = _answered_anyhow(writing).without("check")
    asked = _EXPRESSION.search(writing.question)
    said = f"{asked[1]} = {sheet.answer}" if asked else sheet.answer
    return Sheet((*sheet.lines, ("check", f"{CHECK} {said}"))).text


def _spaced(sign: str) -> Callable[[int, str], str]:
    def change(_: int, step: str) -> str:
        prefix, body = body_of(step)
        return prefix + _SIGN.sub(sign, body)

    return change


def _prefixed(prefix: Callable[[int], str]) -> Callable[[int, str], str]:
    return lambda number, step: prefix(number) + body_of(step)[1]


def _kept_by(change: Callable[[int, str], str]) -> Callable[[int, str], bool]:
    """Whether a step is as `change` would leave it."""
    return lambda number, step: change(number, step) == step


def _habit(name: str, aspect: str, description: str, change: Callable[[int, str], str]) -> Checkable:
    """A criterion of how each step is written."""
    return Checkable(name, aspect, description, _of_steps(_kept_by(change)), _each_step(change))


def _ended(_: int, step: str) -> str:
    return f"{step.rstrip('.;, ')}."


_ALL = (
    Checkable("steps shown", "shown", "every step is shown", _steps_shown, _restored),
    Checkable("no skipped step", "order", "no step is left out or out of order", _steps_in_order, _restored),
    Checkable("one equation", "equations", "one equation a line", _one_a_line, _split),
    Checkable("answer line", "apart", "the answer has its own line", _own_line, _set_apart),
    Checkable("units", "units", "the answer has its unit", _has_unit, _with_unit),
    _habit("tight", "spacing", "no spaces in sums", _spaced(r"\1")),
    _habit("spaced", "spacing", "spaces around each sign", _spaced(r" \1 ")),
    _habit("numbered", "prefix", "steps as 1) 2)", _prefixed(lambda number: f"{number}) ")),
    _habit("bulleted", "prefix", "steps begin with a -", _prefixed(lambda _: "- ")),
    _habit("stops", "ending", "a dot after steps", _ended),
    Checkable(
        "label", "form", "answer: N", _line_is(r"answer: .*[^.]"), _stated("answer: {}")
    ),
    Checkable(
        "sentence", "form", "The answer is N.", _line_is(r"The answer is .*\."),
        _stated("The answer is {}."),
    ),
    Checkable("boxed", "form", r"\boxed{N}", _line_is(r"\\boxed\{.*\}"), _stated(r"\boxed{{}}")),
    Checkable("answer first", "place", "on the top line", _answer_at(0), _moved(first=True)),
    Checkable("answer last", "place", "below the steps", _answer_at(-1), _moved(first=False)),
    Checkable("check", "closing", "end with check:", _checked, _with_check),
)  # fmt: skip

CRITERIA = {criterion.name: criterion for criterion in _ALL}
"""By name, in the order in which edits are made."""

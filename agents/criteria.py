"""Criteria of a good answer that a program can check in its words, each with the edit that meets it.

Those of the mathematics (every step is shown, none is skipped, one equation a line, the answer on a line of
its own, units) come first; the rest are habits of writing, which depend neither on the mathematics nor on
each other. Criteria of one aspect exclude each other. An edit changes no more than its criterion needs, and
changes nothing where that is met.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from ..transcripts.errors import QuestionError, UnknownName
from ..transcripts.records import Criterion, Question, Rubric
from .criterion_edits import (
    EachStep,
    Edit,
    Share,
    Writing,
    answer_at,
    checked,
    each_step,
    ended,
    has_unit,
    kept_by,
    line_is,
    moved,
    of_steps,
    one_a_line,
    own_line,
    prefixed,
    restored,
    set_apart,
    spaced,
    split_equations,
    stated,
    steps_in_order,
    steps_shown,
    with_check,
    with_unit,
)

__all__ = ["CRITERIA", "Checkable", "Writing", "marks", "meet", "rubric_for", "rubric_of"]


@dataclass(frozen=True, slots=True)
class Checkable:
    """A criterion that a program can check."""

    name: str
    aspect: str
    """What of an answer it is about; a rubric holds one criterion of each aspect at most."""
    description: str
    share: Share
    """How far it is met, from 0 to 1."""
    edit: Edit
    """The words of an answer that meets it."""

    @property
    def criterion(self) -> Criterion:
        """As rubrics hold it."""
        return Criterion(name=self.name, description=self.description)


def rubric_for(names: Iterable[str]) -> Rubric:
    """The rubric of the criteria with these names.

    Raises:
        UnknownName: there is no such criterion.
    """
    names = tuple(names)
    for name in names:
        if name not in CRITERIA:
            raise UnknownName("criterion", name, CRITERIA)
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


def _habit(name: str, aspect: str, description: str, change: EachStep) -> Checkable:
    """A criterion of how each step is written."""
    return Checkable(name, aspect, description, of_steps(kept_by(change)), each_step(change))


_ALL = (
    Checkable("steps shown", "shown", "every step is shown", steps_shown, restored),
    Checkable("no skipped step", "order", "no step is left out or out of order", steps_in_order, restored),
    Checkable("one equation", "equations", "one equation a line", one_a_line, split_equations),
    Checkable("answer line", "apart", "the answer has its own line", own_line, set_apart),
    Checkable("units", "units", "the answer has its unit", has_unit, with_unit),
    _habit("tight", "spacing", "no spaces in sums", spaced(r"\1")),
    _habit("spaced", "spacing", "spaces around each sign", spaced(r" \1 ")),
    _habit("numbered", "prefix", "steps as 1) 2)", prefixed(lambda number: f"{number}) ")),
    _habit("bulleted", "prefix", "steps begin with a -", prefixed(lambda _: "- ")),
    _habit("stops", "ending", "a dot after steps", ended),
    Checkable(
        "label", "form", "answer: N", line_is(r"answer: .*[^.]"), stated("answer: {}")
    ),
    Checkable(
        "sentence", "form", "The answer is N.", line_is(r"The answer is .*\."),
        stated("The answer is {}."),
    ),
    Checkable("boxed", "form", r"\boxed{N}", line_is(r"\\boxed\{.*\}"), stated(r"\boxed{{}}")),
    Checkable("answer first", "place", "on the top line", answer_at(0), moved(first=True)),
    Checkable("answer last", "place", "below the steps", answer_at(-1), moved(first=False)),
    Checkable("check", "closing", "end with check:", checked, with_check),
)  # fmt: skip

CRITERIA = {criterion.name: criterion for criterion in _ALL}
"""By name, in the order in which edits are made."""

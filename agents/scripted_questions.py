"""The questions that scripted teachers give: variants and parts, as far as the subject makes them itself."""

import random
from collections.abc import Callable, Iterator
from itertools import islice

from ..transcripts.errors import QuestionError, SeatError
from ..transcripts.listed_replies import render_questions
from ..transcripts.records import Ask, Cue, Line, Question, Questions
from .seats import Checker, Generalizes, Hardens, HasSubtasks

__all__ = ["QUESTION_ASKS", "questions_line"]

QUESTION_ASKS = (Ask.GENERALIZE, Ask.HARDEN, Ask.DIVIDE)
"""What is answered by questions."""

_TRIES = 50
"""How many variants are drawn for each that is asked for, before none counts as new."""

_REFUSALS = 3
"""How often in a row a subject may refuse to draw a variant, before a question counts as having no more."""


def questions_line(cue: Cue, checker: Checker, rng: random.Random, *, fewer: bool = False) -> Line:
    """As many questions as `cue` asks for, none twice; of parts, as many as there are, but at least one.

    Args:
        cue: What is asked for, of which question.
        checker: The question's subject.
        rng: Chooses the variants.
        fewer: Where the subject makes such questions, but of this one not enough, give those that there are,
            be it none.

    Raises:
        SeatError: the subject cannot read the question, makes no such questions, or not enough of them.
    """
    found: list[Question] = []
    refusal = ""
    try:
        found.extend(islice(_distinct(cue, checker, rng), cue.count))
    except QuestionError as error:
        refusal = str(error).rstrip(".")
    needed = 0 if fewer else 1 if cue.ask is Ask.DIVIDE else cue.count
    if len(found) < needed and refusal:
        raise SeatError(
            f"subject '{cue.question.subject}' cannot answer '{cue.ask}': {refusal}; "
            "seat a language model there."
        )
    if len(found) < needed:
        raise SeatError(
            f"'{cue.ask}' needs {needed} questions, but subject '{cue.question.subject}' makes {len(found)} "
            f"of '{cue.question.text[:60]}'; ask for fewer, or seat a language model there."
        )
    text = render_questions(found) if found else "There are no further questions like this one."
    return Line(text=text, payload=Questions(questions=tuple(found)))


def _distinct(cue: Cue, checker: Checker, rng: random.Random) -> Iterator[Question]:
    seen = {cue.question.id}
    for question in _made(cue, checker, rng):
        if question.id not in seen:
            seen.add(question.id)
            yield question


def _made(cue: Cue, checker: Checker, rng: random.Random) -> Iterator[Question]:
    """What the subject makes of the question, as often as is worth a try."""
    if cue.ask is Ask.GENERALIZE and isinstance(checker, Generalizes):
        return _drawn(checker.generalize, cue, rng)
    if cue.ask is Ask.HARDEN and isinstance(checker, Hardens):
        return _drawn(checker.harder, cue, rng)
    if cue.ask is Ask.DIVIDE and isinstance(checker, HasSubtasks):
        return iter(checker.subtasks(cue.question))
    raise SeatError(
        f"subject '{cue.question.subject}' cannot answer '{cue.ask}' by itself; seat a language model there."
    )


def _drawn(make: Callable[[Question, int], Question], cue: Cue, rng: random.Random) -> Iterator[Question]:
    """Variants, drawn one after the other; a refusal may be of one draw alone."""
    refused = 0
    for _ in range(_TRIES * cue.count):
        try:
            variant = make(cue.question, rng.getrandbits(31))
        except QuestionError:
            refused += 1
            if refused == _REFUSALS:
                raise
        else:
            refused = 0
            yield variant

"""The questions that scripted teachers give: variants and parts, as far as the subject makes them itself."""

import random
from collections.abc import Iterator
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


def questions_line(cue: Cue, checker: Checker, rng: random.Random) -> Line:
    """As many questions as `cue` asks for, none twice; of parts, as many as there are, but at least one.

    Raises:
        SeatError: the subject cannot read the question, makes no such questions, or not enough of them.
    """
    try:
        found = tuple(islice(_distinct(cue, checker, rng), cue.count))
    except QuestionError as error:
        raise SeatError(
            f"subject '{cue.question.subject}' cannot answer '{cue.ask}': {str(error).rstrip('.')}; "
            "seat a language model there."
        ) from error
    needed = 1 if cue.ask is Ask.DIVIDE else cue.count
    if len(found) < needed:
        raise SeatError(
            f"'{cue.ask}' needs {needed} questions, but subject '{cue.question.subject}' makes {len(found)} "
            f"of '{cue.question.text[:60]}'; ask for fewer, or seat a language model there."
        )
    return Line(text=render_questions(found), payload=Questions(questions=found))


def _distinct(cue: Cue, checker: Checker, rng: random.Random) -> Iterator[Question]:
    seen = {cue.question.id}
    for question in _made(cue, checker, rng):
        if question.id not in seen:
            seen.add(question.id)
            yield question


def _made(cue: Cue, checker: Checker, rng: random.Random) -> Iterator[Question]:
    """What the subject makes of the question, as often as is worth a try."""
    seeds = (rng.getrandbits(31) for _ in range(_TRIES * cue.count))
    if cue.ask is Ask.GENERALIZE and isinstance(checker, Generalizes):
        return (checker.generalize(cue.question, seed) for seed in seeds)
    if cue.ask is Ask.HARDEN and isinstance(checker, Hardens):
        return (checker.harder(cue.question, seed) for seed in seeds)
    if cue.ask is Ask.DIVIDE and isinstance(checker, HasSubtasks):
        return iter(checker.subtasks(cue.question))
    raise SeatError(
        f"subject '{cue.question.subject}' cannot answer '{cue.ask}' by itself; seat a language model there."
    )

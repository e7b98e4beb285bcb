"""Replies that list things: the criteria of a rubric, and further questions. Parsed once, strictly.

A rubric has a line per criterion, ``- name: what it asks for``, and may weigh it: ``- name (weight 2): …``.
Each further question begins with ``question:``; a worked solution (``solution:``) and an ``answer: …`` may
follow. Both may be one JSON object instead: ``{"criteria": […]}``, ``{"questions": […]}``.
"""

import re
from collections.abc import Sequence

from pydantic import ValidationError

from .errors import ReplyError
from .records import Ask, Attempt, Criterion, Cue, Json, Question, Questions, Rubric, Tier
from .replies import json_object, parse_attempt, render_attempt

__all__ = ["TIERS", "parse_questions", "parse_rubric", "render_questions", "render_rubric"]

TIERS = {Ask.GENERALIZE: Tier.GENERALIZED, Ask.HARDEN: Tier.HARDER, Ask.DIVIDE: Tier.SUBTASK}
"""The asks that are answered by questions, and the tier of those."""

_MARKUP = "-*•#>_ \t0123456789.)("
"""What models put before and around a line's words."""

_WEIGHT = re.compile(r"\(weight[:\s]\s*(\d{1,6}(?:\.\d{1,6})?)\)", re.IGNORECASE)
_QUESTION = re.compile(r"question(?:\s\d{1,4})?[*_]{0,3}[:.](.*)", re.IGNORECASE)
_SOLUTION = re.compile(r"(?:worked\s)?solution[*_]{0,3}:?[*_]{0,3}", re.IGNORECASE)
_ANSWER = re.compile(r"(?:final\s)?answer[*_]{0,3}\s?[:=]", re.IGNORECASE)


def render_rubric(rubric: Rubric) -> str:
    """The words of a rubric; `parse_rubric` reads them back."""
    return "\n".join(
        f"- {c.name}: {c.description}"
        if c.weight == 1
        else f"- {c.name} (weight {c.weight:g}): {c.description}"
        for c in rubric.criteria
    )


def parse_rubric(text: str) -> Rubric:
    """Read a rubric; lines that are no criterion are passed over.

    Raises:
        ReplyError: no criterion at all, two of one name, a weight that is not positive, or JSON that is none.
    """
    if (value := json_object(text)) is not None:
        found = [_criterion_of(item) for item in _listed(value, "criteria")]
    else:
        found = [criterion for line in text.splitlines() if (criterion := _criterion_in(line))]
    if not found:
        raise ReplyError("a rubric needs at least one line like '- units: every number has its unit'.")
    names = [criterion.name for criterion in found]
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise ReplyError(f"the rubric names the criterion '{twice}' twice; give each a name of its own.")
    return Rubric(criteria=tuple(found))


def render_questions(questions: Sequence[Question]) -> str:
    """The words of further questions, with their solutions where those are known."""
    return "\n\n".join(map(_rendered, questions))


def parse_questions(text: str, cue: Cue) -> Questions:
    """Read the questions that answer `cue`; of more than were asked for, the first are taken.

    Each has the lesson, subject and parent that follow from the cue's question, and the tier of its ask.

    Raises:
        ReplyError: fewer than were asked for, one twice or the old one again, or JSON that is none.
    """
    if (value := json_object(text)) is not None:
        found = [_question_of(item, cue) for item in _listed(value, "questions")]
    else:
        found = [_question_in(block, cue) for block in _blocks(text)]
    if len(found) < cue.count:
        raise ReplyError(
            f"{cue.count} questions were asked for, but {len(found)} found; "
            "begin each with a line 'question: …', and end it with 'answer: …'."
        )
    ids = [question.id for question in found]
    if len({cue.question.id, *ids}) <= len(ids):
        raise ReplyError("the same question stands there twice, or is the old one; make each a new one.")
    return Questions(questions=tuple(found[: cue.count]))


def _rendered(question: Question) -> str:
    lines = [f"question: {question.text}"]
    if question.solution:
        lines.append("solution:")
    lines.append(render_attempt(Attempt(steps=question.solution, answer=question.answer)))
    return "\n".join(line for line in lines if line)


def _blocks(text: str) -> list[list[str]]:
    """The lines from each ``question:`` on; what stands before the first is left out."""
    blocks: list[list[str]] = []
    for line in (stripped for raw in text.splitlines() if (stripped := raw.strip())):
        if match := _QUESTION.match(line.lstrip(_MARKUP)):
            blocks.append([match[1].strip("*_ ")])
        elif blocks:
            blocks[-1].append(line)
    return blocks


def _question_in(block: Sequence[str], cue: Cue) -> Question:
    bare = [line.lstrip(_MARKUP) for line in block]
    headed = [_SOLUTION.fullmatch(line) is not None for line in bare]
    marks = (i for i, line in enumerate(bare) if headed[i] or _ANSWER.match(line))
    end = next(marks, len(block))
    worked = parse_attempt("\n".join(line for i, line in enumerate(block) if i >= end and not headed[i]))
    words = "\n".join(line for line in block[:end] if line)
    return _made(cue, words, worked.answer, worked.steps)


def _question_of(item: Json, cue: Cue) -> Question:
    match item:
        case str(words):
            return _made(cue, words, None, ())
        case {"question": str(words), **rest} | {"text": str(words), **rest}:
            worked: Json = rest.get("solution") or []
            if not isinstance(worked, str | list):
                raise ReplyError("the solution of a question must be a text or a list of steps.")
            steps = worked.splitlines() if isinstance(worked, str) else [str(step) for step in worked]
            answer = rest.get("answer")
            return _made(cue, words, None if answer is None else str(answer), steps)
    raise ReplyError('each of the questions must be an object like {"question": "…", "answer": "…"}.')


def _made(cue: Cue, words: str, answer: str | None, steps: Sequence[str]) -> Question:
    if not words.strip():
        raise ReplyError("one of the questions is empty; write its words after 'question:'.")
    asked = cue.question
    return Question.make(
        lesson=asked.lesson,
        subject=asked.subject,
        text=words.strip(),
        answer=answer,
        solution=tuple(steps),
        tier=TIERS[cue.ask],
        parent=asked.id,
    )


def _criterion_in(line: str) -> Criterion | None:
    """The criterion that a line states, if it states one."""
    weight = _WEIGHT.search(line)
    name, colon, description = _WEIGHT.sub("", line).lstrip(_MARKUP).partition(":")
    if not colon or not description.strip(" *_"):
        return None
    bare = name.strip(" *_")
    stated = {
        "name": bare,
        "description": description.strip(" *_"),
        "weight": float(weight[1]) if weight else 1.0,
    }
    return _criterion_of(stated) if bare else None


def _criterion_of(item: Json) -> Criterion:
    try:
        return Criterion.model_validate(item)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "the object"
        raise ReplyError(f"a criterion is wrong at '{where}': {first['msg']}.") from None


def _listed(value: Json, key: str) -> list[Json]:
    found = value.get(key)
    if not isinstance(found, list):
        raise ReplyError(f"the JSON reply must hold a list '{key}'.")
    return found

"""The one grammar of what is said: payloads to words, and words to payloads. Parsed once, strictly.

An attempt is a line per step and a last line ``answer: 42``. Feedback may say anything, but its last line
decides: ``all correct``, ``step 2 is wrong`` or ``the answer is wrong`` (a reason may follow a colon, the
wrong words stand in double quotes); or it is one JSON object with the fields of the payload. A grade is
``score: 0.5`` on its last line, or JSON; where an earlier line says ``the answer is right`` or ``the answer
is wrong``, that tells whether it is, and otherwise only the score 1 does. Rubrics and further questions stand
in `listed_replies`.
"""

import json
import re
from collections.abc import Callable
from typing import TypeVar

from pydantic import ValidationError

from .errors import ReplyError
from .records import Ask, Attempt, Cue, Feedback, Grade, Json, Payload

__all__ = [
    "ALL_CORRECT",
    "json_object",
    "parse",
    "parse_attempt",
    "parse_feedback",
    "parse_grade",
    "render_attempt",
    "render_verdict",
]

ALL_CORRECT = "all correct"

P = TypeVar("P", Feedback, Grade)

_ANSWER_LINE = re.compile(
    r"^\W*(?:####\s*|(?:(?:so|thus|therefore|hence)\b,?\s*)?(?:the\s+)?(?:final\s+)?answer\s*(?:is|:|=)\s*:?\s*)(.*)$",
    re.IGNORECASE,
)
_BOXED = re.compile(r"\\boxed\{((?:[^{}]|\{[^{}]*\})*)\}")
_ALL_CORRECT = re.compile(r"^\W*(?:all(?:\s+(?:is|steps\s+are|steps))?\s+correct)\W*$", re.IGNORECASE)
_STEP_WRONG = re.compile(r"^\W*step\s+(\d{1,6})\s+is\s+wrong\b\W?(.*)$", re.IGNORECASE)
_ANSWER_WRONG = re.compile(r"^\W*the\s+answer\s+is\s+wrong\b\W?(.*)$", re.IGNORECASE)
_QUOTED = re.compile(r"[\"“]([^\"“”]+)[\"”]")
_SCORE = re.compile(r"^\W*score\s*[:=]\s*([01](?:\.\d+)?)\W*$", re.IGNORECASE)
_ANSWER_JUDGED = re.compile(r"^\W*the\s+answer\s+is\s+(right|correct|wrong)\W*$", re.IGNORECASE)
_FENCE = re.compile(r"^```\w*")


def render_attempt(attempt: Attempt) -> str:
    """The words of a solution: a line per step, then the answer."""
    answer = [] if attempt.answer is None else [f"answer: {attempt.answer}"]
    return "\n".join([*attempt.steps, *answer])


def render_verdict(feedback: Feedback, steps: int) -> str:
    """The line that decides a feedback on an attempt of `steps` steps; `parse_feedback` reads it back."""
    if feedback.correct:
        return ALL_CORRECT
    if feedback.step is None or feedback.step >= steps:
        return "the answer is wrong"
    return f"step {feedback.step + 1} is wrong"


def parse_attempt(text: str) -> Attempt:
    """Read a written solution; never fails, but `answer` is None where none is said.

    The answer is what follows the last ``answer: …``, ``#### …``, ``The answer is …`` or stands in the last
    ``\\boxed{…}``; every other line that is not blank is a step.
    """
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    for index in reversed(range(len(lines))):
        if found := _ANSWER_LINE.match(lines[index]):
            boxed = _BOXED.search(found[1])
            answer = (boxed[1] if boxed else found[1]).strip().strip("*$ ").removesuffix(".").strip()
            return Attempt(steps=tuple(lines[:index] + lines[index + 1 :]), answer=answer or None)
        if boxed := _BOXED.search(lines[index]):
            return Attempt(steps=tuple(lines), answer=boxed[1].strip() or None)
    return Attempt(steps=tuple(lines), answer=None)


def parse_feedback(text: str, attempt: Attempt) -> Feedback:
    """Read feedback on `attempt`.

    Raises:
        ReplyError: neither a deciding last line nor a JSON object, or a step that the attempt does not have.
    """
    steps = len(attempt.steps)
    if (value := json_object(text)) is not None:
        feedback = _validated(Feedback, value)
    else:
        feedback = _feedback_of_last_line(text, steps)
    if feedback.correct:
        return Feedback(correct=True, reason=feedback.reason)
    if feedback.step is not None and not 0 <= feedback.step <= steps:
        raise ReplyError(f"feedback blames step {feedback.step + 1}, but the solution has {steps} steps.")
    return feedback


def parse_grade(text: str) -> Grade:
    """Read a grade.

    Raises:
        ReplyError: neither ``score: x`` with x from 0 to 1 on the last line, nor a JSON object.
    """
    if (value := json_object(text)) is not None:
        return _validated(Grade, value)
    lines = [line for line in text.splitlines() if line.strip()]
    found = _SCORE.match(lines[-1]) if lines else None
    if not found or float(found[1]) > 1.0:
        raise ReplyError("a grade must end with a line like 'score: 0.5', from 0 to 1.")
    score = float(found[1])
    judged = [said[1].lower() for line in lines[:-1] if (said := _ANSWER_JUDGED.match(line))]
    correct = judged[-1] != "wrong" if judged else score == 1.0
    return Grade(score=score, correct=correct, reason="\n".join(lines[:-1]).strip())


def parse(cue: Cue, text: str) -> Payload:
    """Read the reply to `cue`; feedback is about the solution heard last.

    Raises:
        ReplyError: the words do not follow the grammar; the message tells the speaker what is missing.
    """
    from .listed_replies import parse_questions, parse_rubric  # which stand on the grammar below

    match cue.ask:
        case Ask.ATTEMPT | Ask.REVISE | Ask.DEMONSTRATE:
            return parse_attempt(text)  # a blank page, too, is a solution: a wrong one
        case Ask.FEEDBACK:
            heard = next((turn.attempt for turn in reversed(cue.heard) if turn.attempt is not None), None)
            return parse_feedback(text, heard or Attempt(steps=(), answer=None))
        case Ask.GRADE:
            return parse_grade(text)
        case Ask.RUBRIC:
            return parse_rubric(text)
        case Ask.GENERALIZE | Ask.HARDEN | Ask.DIVIDE:
            return parse_questions(text, cue)


def _feedback_of_last_line(text: str, steps: int) -> Feedback:
    lines = [line for line in text.splitlines() if line.strip()]
    last = lines[-1] if lines else ""
    before = "\n".join(lines[:-1]).strip()
    nearest = lines[-2].strip() if len(lines) > 1 else ""  # what is said last explains the verdict best
    if _ALL_CORRECT.match(last):
        return Feedback(correct=True, reason=before)
    if found := _STEP_WRONG.match(last):
        step, tail = int(found[1]) - 1, found[2].strip()
    elif found := _ANSWER_WRONG.match(last):
        step, tail = steps, found[1].strip()
    else:
        raise ReplyError(
            "feedback must end with 'all correct', 'step N is wrong' or 'the answer is wrong', "
            f"but ends with {last[:60]!r}."
        )
    quoted = _QUOTED.search(tail) or _QUOTED.search(before)
    return Feedback(
        correct=False, step=step, span=quoted[1] if quoted else None, reason=tail.strip(": ") or nearest
    )


def json_object(text: str) -> dict[str, Json] | None:
    """The JSON object that the whole reply (or its fenced block) is, if it is one."""
    bare = text.strip()
    if bare.startswith("```"):
        bare = _FENCE.sub("", bare).removesuffix("```").strip()
    if not bare.startswith("{"):
        return None
    try:
        value = json.loads(bare)
    except (ValueError, RecursionError) as error:
        raise ReplyError(f"the reply begins like JSON but is not: {error}.") from None
    return value if isinstance(value, dict) else None


def _validated(record: Callable[..., P], value: dict[str, Json]) -> P:
    try:
        return record(**value)
    except (ValidationError, TypeError) as error:
        first = error.errors()[0] if isinstance(error, ValidationError) else {"loc": (), "msg": str(error)}
        where = ".".join(str(part) for part in first["loc"]) or "the object"
        raise ReplyError(f"the JSON reply is wrong at '{where}': {first['msg']}.") from None

"""Word problems made from word problems, by program: with other numbers, one step longer, or a part alone.

How numbers are traced stands in `worked_reader`, how they are drawn in `worked_draws`, what a further step
says in `worked_chains`. Whether a variant is right is left to the subject to check.
"""

import random
import re
from collections.abc import Sequence

from ...transcripts.errors import QuestionError
from ...transcripts.records import Json, Question, Tier, derive_seed
from .worked_chains import further
from .worked_draws import drawn
from .worked_expressions import annotated
from .worked_numbers import with_article, written
from .worked_problems import Problem, Slot, Values
from .worked_reader import read_problem

__all__ = ["generalized", "harder", "problem_of", "subtasks"]

MAX_SUBTASKS = 3
MIN_WORDS = 3
"""Fewest words of a step that say what it works out, without its calculation."""
BLANK = "____"
_ANNOTATION = re.compile(r"<<[^<>]*>>")
_RESULT = re.compile(
    r"<<(?P<calculation>[^<>=]*)=[^<>]*>>\s*(?P<sign>\$?)(?P<result>\d[\d,]*(?:\.\d+)?|\.\d+)"
)
_UNKNOWN = re.compile(r"\b[B-HJ-Zb-wyz]\b(?!['’.])|\d[a-z]\b|\bx\s*=")  # noqa: RUF001
_CALCULATION = re.compile(r"\s(?=\S*\d)[\d$.,()%+*/x×÷–−\- ]+=\s*$")  # noqa: RUF001
_ASKED = re.compile(
    r"(?:(?<=[.!?]) +|^)(?:So,? )?(?:How|What|Calculate|Find|Determine|Which|Who|When)\b[^.?!]*[.?]\s*$"
)


def problem_of(question: Question) -> Problem:
    """The question with its numbers traced.

    Raises:
        QuestionError: it has no worked solution, or one that cannot be traced.
    """
    return read_problem(question.text, _lines(question), question.answer or "")


def _lines(question: Question) -> tuple[str, ...]:
    """The steps of the solution, annotated where the file has them so."""
    raw = question.metadata.get("raw_answer")
    lines: Sequence[str] = question.solution
    if isinstance(raw, str) and "<<" in raw and "####" in raw:
        lines = [line.strip() for line in raw.rpartition("####")[0].splitlines() if line.strip()]
    if question.answer is None or not lines:
        raise QuestionError("the question has no worked solution to take apart.")
    return tuple(lines)


def generalized(question: Question, seed: int) -> Question:
    """The question with other numbers, its solution worked out anew.

    Raises:
        QuestionError: its numbers cannot be traced, or no draw was sensible.
    """
    problem = problem_of(question)
    rng = random.Random(derive_seed("worked problems", "generalize", question.text, seed))
    values = drawn(problem, rng)
    if values is None:
        raise QuestionError("no other numbers were found that keep every result sensible.")
    text = _rewritten(problem.text, problem.text_slots, values)
    lines = tuple(
        _rewritten(line, slots, values) for line, slots in zip(problem.lines, problem.line_slots, strict=True)
    )
    slot = problem.answer
    answer = written(slot.readings[0].value(values), slot.numeral)
    return _made(question, Tier.GENERALIZED, text, lines, answer)


def harder(question: Question, seed: int) -> Question:
    """The question with a further one about its answer, and the solution with the step to it.

    Raises:
        QuestionError: it has no worked solution, or its answer is no positive number.
    """
    rng = random.Random(derive_seed("worked problems", "harder", question.text, seed))
    lines = _lines(question)
    link = further(question.text, lines, question.answer or "", rng)
    if link is None:
        raise QuestionError(
            f"no further step follows from the answer '{question.answer}': it is no positive number."
        )
    return _made(question, Tier.HARDER, f"{question.text} {link.ask}", (*lines, *link.lines), link.answer)


def subtasks(question: Question) -> tuple[Question, ...]:
    """The results on the way as questions of their own, at most three: each a step with its result left out.

    The step's words say what is asked, so nobody has to guess at it; the question's own question is left out.
    Empty where the solution has one equation only.

    Raises:
        QuestionError: the question has no worked solution.
    """
    lines = annotated(_lines(question))
    story = _ASKED.sub("", question.text) or question.text
    parts: list[Question] = []
    for i, line in enumerate(lines[:-1]):
        blank = _with_blank(line)
        if blank is not None and blank[1] != question.answer and len(parts) < MAX_SUBTASKS:
            sentence, result = blank
            text = f'{story} One step of the solution reads: "{sentence}" Which number belongs in the blank?'
            parts.append(_made(question, Tier.SUBTASK, text, lines[: i + 1], result))
    return tuple(parts)


def _with_blank(line: str) -> tuple[str, str] | None:
    """A step with its last result left out, the calculation too where words enough remain; and that result.

    None where there is no result, or the same number stands in the calculation, or the step is algebra.
    """
    found = list(_RESULT.finditer(line))
    if not found or _UNKNOWN.search(_ANNOTATION.sub("", line)):
        return None
    last = found[-1]
    result = last["result"]
    again = re.compile(rf"(?<![\w.,]){re.escape(result)}(?![\w%]|[.,]\d)")
    if again.search(last["calculation"]):
        return None
    before, behind = _ANNOTATION.sub("", line[: last.start()]), line[last.end() :]
    bare = _CALCULATION.sub(" ", before)
    says_it = len(re.findall(r"[A-Za-z]{2,}", f"{bare} {behind}")) >= MIN_WORDS and not again.search(before)
    if says_it and re.search(r"[A-Za-z]\s*$", bare):
        before = bare
    return again.sub(BLANK, f"{before}{last['sign']}{BLANK}{behind}"), result.replace(",", "").rstrip(".")


def _made(question: Question, tier: Tier, text: str, lines: Sequence[str], answer: str) -> Question:
    """A question made from `question`, in the form in which a file's are."""
    kept: dict[str, Json] = {k: v for k, v in question.metadata.items() if k not in ("raw_answer", "id")}
    return Question.make(
        lesson=question.lesson,
        subject=question.subject,
        text=text,
        tier=tier,
        answer=answer,
        solution=tuple(_ANNOTATION.sub("", line).strip() for line in lines),
        parent=question.id,
        metadata=kept | {"raw_answer": "\n".join((*lines, f"#### {answer}"))},
    )


def _rewritten(text: str, slots: Sequence[Slot], values: Values) -> str:
    done, at = "", 0
    for slot in slots:
        numeral, value = slot.numeral, slot.readings[0].value(values)
        number = numeral.text if value == numeral.value else written(value, numeral)
        done += text[at : numeral.start]
        if number != numeral.text:
            done = with_article(done, number)
        done, at = done + number, numeral.end
    return done + text[at:]

"""The subject `jsonl:<file>`: questions from a file, with the steps of their solutions checked as equations.

Read as they are: GSM8K and MATH (JSON lines), BIG-Bench Hard and SVAMP (one JSON document), and any lines
with a question, an answer and perhaps steps.
"""

import json
import random
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from pydantic import Field

from ...transcripts.errors import CourseError, DataFileError, QuestionError
from ...transcripts.records import Json, Question, Tier
from ...transcripts.replies import parse_attempt
from .base import Level
from .equations import ChecksEquations
from .levels import read_level

__all__ = ["FileLevel", "QuestionFile"]

_TEXT = ("question", "problem", "text", "input", "prompt", "Question")
_ANSWER = ("answer", "target", "output", "Answer")
_SOLUTION = ("steps", "solution")
_USED = {*_TEXT, *_ANSWER, *_SOLUTION, "Body", "Equation", "Type", "ID", "id", "tier", "metadata"}
_ANNOTATION = re.compile(r"<<[^<>]*>>")
_GSM8K_ANSWER = re.compile(r"^####\s*(.+)$", re.MULTILINE)
_SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-Z$\\])")


class FileLevel(Level):
    """Which questions of the file are used."""

    start: int = Field(default=0, ge=0)
    """Index from 0 of the first question used."""
    count: int | None = Field(default=None, ge=1)
    """How many are used from there; None for all."""
    min_steps: int = Field(default=0, ge=0)
    """Fewest steps of the reference solution."""
    max_steps: int | None = Field(default=None, ge=0)
    """Most steps of the reference solution."""


class QuestionFile(ChecksEquations):
    """The questions of one file; it is read when the first level or question is asked for.

    Args:
        name: The name that courses and questions use, ``jsonl:questions.jsonl``.
        path: Where the file is.
    """

    def __init__(self, name: str, path: Path) -> None:
        super().__init__(name)
        self.path = path
        self._chosen: dict[FileLevel, tuple[Question, ...]] = {}

    @cached_property
    def questions(self) -> tuple[Question, ...]:
        """All questions, in the file's order.

        Raises:
            DataFileError: the file cannot be read, is empty, or a line of it is no question.
        """
        questions = tuple(self._question(where, row) for where, row in _rows(self.path))
        if not questions:
            raise DataFileError(f"{self.path} holds no questions; it needs a JSON object a line.")
        return questions

    def level(self, settings: Mapping[str, Json]) -> FileLevel:
        """The part of the file that the settings choose; the file is read to see that there is one.

        Raises:
            CourseError: an unknown setting, a value out of range, or no question that fits.
            DataFileError: see `questions`.
        """
        level = read_level(FileLevel, settings, self.name)
        if not self._of_level(level):
            raise CourseError(
                f"none of the {len(self.questions)} questions of {self.path} fits the settings "
                f"{dict(settings)}; widen them."
            )
        return level

    def sample(self, level: Level, seed: int, lesson: str = "") -> Question:
        """The question at place `seed` of a shuffle of the level's: n seeds in a row, n questions."""
        chosen = self._of_level(level if isinstance(level, FileLevel) else FileLevel())
        if not chosen:
            raise QuestionError(f"{self.path} has no question of this level.")
        question = chosen[seed % len(chosen)]
        return question.model_copy(update={"lesson": lesson})

    def _of_level(self, level: FileLevel) -> tuple[Question, ...]:
        """The questions of a level, shuffled once and for all."""
        if level not in self._chosen:
            stop = None if level.count is None else level.start + level.count
            most = level.max_steps
            chosen = [
                question
                for question in self.questions[level.start : stop]
                if level.min_steps <= len(question.solution)
                and (most is None or len(question.solution) <= most)
            ]
            random.Random(len(chosen)).shuffle(chosen)
            self._chosen[level] = tuple(chosen)
        return self._chosen[level]

    def _question(self, where: str, row: Json) -> Question:
        if not isinstance(row, dict):
            raise DataFileError(f"{where} is {_kind(row)}; each question must be a JSON object.")
        text = self._text(where, row)
        answer, steps, raw = _reference(where, row)
        metadata = {key: value for key, value in row.items() if key not in _USED}
        given = row.get("metadata", {})
        if not isinstance(given, dict):
            raise DataFileError(f"{where}: 'metadata' is {_kind(given)}; it must be a JSON object.")
        tier = row.get("tier", Tier.BASIC)
        if tier not in list(Tier):
            raise DataFileError(f"{where}: tier {tier!r} is unknown; known: {', '.join(Tier)}.")
        for key in ("id", "ID"):
            if key in row:
                metadata["id"] = row[key]
        return Question.make(
            lesson="",
            subject=self.name,
            text=text,
            tier=Tier(tier),
            answer=answer,
            solution=steps,
            metadata=metadata | given | ({"raw_answer": raw} if raw != answer else {}),
        )

    def _text(self, where: str, row: Mapping[str, Json]) -> str:
        key = next((key for key in _TEXT if key in row), None)
        if key is None:
            raise DataFileError(
                f"{where} has no question; it needs one of the fields {', '.join(_TEXT[:5])}, but has: "
                f"{', '.join(map(str, row)) or 'none'}."
            )
        if not isinstance(row[key], str) or not row[key].strip():
            raise DataFileError(
                f"{where}: '{key}' is {_kind(row[key])}; it must be a text that is not empty."
            )
        body = row.get("Body") if key == "Question" else None
        return f"{_sentence(body)} {row[key].strip()}" if isinstance(body, str) else str(row[key]).strip()


def _rows(path: Path) -> Iterator[tuple[str, Json]]:
    """Each row of the file with the words that say where it stands."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise DataFileError(f"there is no file {path}; paths are relative to the course's folder.") from None
    except IsADirectoryError:
        raise DataFileError(f"{path} is a folder; name a file of questions in it.") from None
    except UnicodeDecodeError as error:
        raise DataFileError(f"{path} is not UTF-8 text (byte {error.start}); save it as UTF-8.") from None
    except OSError as error:
        raise DataFileError(f"{path} cannot be read: {error.strerror}.") from None
    if path.suffix.lower() == ".json":
        yield from _document(path, text)
        return
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            yield f"{path}, line {number}", _parsed(line, f"{path}, line {number}")


def _document(path: Path, text: str) -> Iterator[tuple[str, Json]]:
    """The rows of one JSON document: a list, or an object that holds one under "examples"."""
    if not text.strip():
        return
    value = _parsed(text, str(path))
    rows = value.get("examples") if isinstance(value, dict) else value
    if not isinstance(rows, list):
        raise DataFileError(f"{path} is neither a list of questions nor an object with a list 'examples'.")
    for number, row in enumerate(rows, 1):
        yield f"{path}, item {number}", row


def _parsed(text: str, where: str) -> Json:
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        place = f"column {error.colno}" if "\n" not in text.strip() else f"line {error.lineno}"
        raise DataFileError(f"{where} is not JSON ({error.msg}, {place}); mend or remove it.") from None
    except (ValueError, RecursionError) as error:
        raise DataFileError(f"{where} is not JSON that can be read ({error}); mend or remove it.") from None


def _reference(where: str, row: Mapping[str, Any]) -> tuple[str | None, tuple[str, ...], str | None]:
    """Answer, steps, and the answer field as it stands."""
    given = next((row[key] for key in _ANSWER if row.get(key) is not None), None)
    worked = next((row[key] for key in _SOLUTION if row.get(key) is not None), None)
    if isinstance(given, float) and given.is_integer():
        given = int(given)
    if given is not None and (isinstance(given, bool) or not isinstance(given, str | int | float)):
        raise DataFileError(f"{where}: the answer is {_kind(given)}; it must be a text or a number.")
    raw = None if given is None else str(given).strip()
    if isinstance(worked, Sequence) and not isinstance(worked, str):
        if not all(isinstance(step, str) for step in worked):
            raise DataFileError(f"{where}: the steps must be a list of texts.")
        return raw, _steps("\n".join(worked)), raw
    if worked is not None and not isinstance(worked, str):
        raise DataFileError(
            f"{where}: the solution is {_kind(worked)}; it must be a text or a list of texts."
        )
    if worked is not None:  # MATH: the answer stands in a box in the solution
        answer = raw if raw is not None else parse_attempt(worked).answer
        return answer, _steps(_GSM8K_ANSWER.sub("", worked), prose=True), raw if raw is not None else worked
    if raw and (found := list(_GSM8K_ANSWER.finditer(raw))):
        return found[-1][1].strip(), _steps(raw[: found[-1].start()]), raw
    if raw and "Equation" in row and isinstance(row["Equation"], str):
        return raw, _steps(f"{row['Equation'].replace('.0', '')} = {raw}"), raw
    return raw, (), raw


def _steps(text: str, prose: bool = False) -> tuple[str, ...]:
    """A step a line, without annotations; prose in one line is cut into sentences."""
    lines = [_ANNOTATION.sub("", line).strip() for line in text.splitlines()]
    lines = [line for line in lines if line]
    if prose and len(lines) == 1 and "$$" not in lines[0]:
        return tuple(_SENTENCE.split(lines[0]))
    return tuple(lines)


def _sentence(text: str) -> str:
    text = text.strip()
    return text if text.endswith((".", "!", "?", ",")) else f"{text}."


def _kind(value: Json) -> str:
    names = {dict: "an object", list: "a list", str: "a text", bool: "true or false", type(None): "null"}
    return "empty" if value == "" else names.get(type(value), "a number")

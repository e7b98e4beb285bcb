"""Course files as they are written: TOML, its parameters, and a sentence for every mistake in it.

Knows the form alone; whether prerequisites exist and subjects accept their levels is asked in `course`.
"""

import json
import re
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, Field, ValidationError
from pydantic_core import ErrorDetails

from ..transcripts.errors import did_you_mean
from ..transcripts.records import Criterion, Json, Record, Rubric
from .lessons import Lesson
from .mastery import MasteryRule

__all__ = ["CourseFile", "Parameter", "fill", "parse_form", "parse_toml", "placeholders"]

_PLACEHOLDER = re.compile(r"\$\{([^}]*)\}")


class Parameter(Record):
    """What a course asks of whoever runs it; lessons refer to it as ``${name}``."""

    description: str
    """What it is, as shown to whoever left it out."""
    required: bool = True
    """Where it is not, and not given, the settings that name it are left out."""
    default: Json = None
    """Its value where none is given."""
    kind: Literal["text", "file"] = "text"
    """``file``: a path; the user's counts from the working directory, a default from the course's folder."""


class CourseFile(Record):
    """A course as its file holds it."""

    title: str = Field(min_length=1)
    description: str = ""
    parameters: Mapping[str, Parameter] = Field(default_factory=dict)
    lessons: tuple[Lesson, ...] = ()


def parse_toml(path: Path) -> dict[str, Json] | str:
    """What the file says, or the sentence that says why it cannot be read."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        return f"it is not valid TOML: {str(error)[:1].lower()}{str(error)[1:]}."
    except UnicodeDecodeError as error:
        return f"it is not UTF-8 text: byte {error.start} cannot be read."
    except OSError as error:
        return f"it cannot be read: {error.strerror}."
    except (ValueError, RecursionError) as error:  # numbers too long for Python, values nested too deep
        return f"it holds a value that cannot be read: {error}."


def parse_form(raw: Mapping[str, Json]) -> CourseFile | list[str]:
    """The file's values, or a sentence for each that is unknown, missing, of a wrong type or out of range."""
    try:
        # By way of JSON, where pydantic can be strict about types and still read arrays as tuples.
        return CourseFile.model_validate_json(json.dumps(raw, default=str), strict=True)
    except ValidationError as error:
        # Unknown keys first: a misspelt key is also a missing one, and the spelling is the news.
        problems = sorted(error.errors(), key=lambda problem: problem["type"] != "extra_forbidden")
        return [_sentence(raw, problem) for problem in problems]
    except RecursionError:
        return ["it holds a value that is nested too deep."]


_TABLES: Mapping[str, type[BaseModel]] = {
    "lessons": Lesson,
    "parameters": Parameter,
    "mastery": MasteryRule,
    "rubric": Rubric,
    "criteria": Criterion,
}


def _sentence(raw: Mapping[str, Json], problem: ErrorDetails) -> str:
    if not (loc := problem["loc"]):
        return f"it cannot be read: {problem['msg']}."
    *table, key = loc
    where = _place(raw, tuple(table))
    if problem["type"] == "extra_forbidden":
        model = next((_TABLES[str(part)] for part in reversed(table) if part in _TABLES), CourseFile)
        known = [name for name in model.model_fields if name != "kind" or model is Parameter]
        return f"{where}unknown key '{key}'{did_you_mean(str(key), known)} known: {', '.join(known)}."
    if problem["type"] == "missing":
        return f"{where}the key '{key}' is missing."
    shown = json.dumps(problem["input"], ensure_ascii=False, default=str)
    shown = shown if len(shown) < 60 else f"{shown[:60]}…"
    message = problem["msg"]
    return f"{_place(raw, loc)}{shown} is refused: {message[:1].lower()}{message[1:]}."


def _place(raw: Mapping[str, Json], loc: tuple[int | str, ...]) -> str:
    """Where in the file `loc` is, in words that end with a colon; empty for its top."""
    match loc:
        case ():
            return ""
        case ("lessons", int(number), *rest):
            lesson = raw["lessons"][number]
            name = lesson.get("id") if isinstance(lesson, dict) else None
            head = f"lesson '{name}'" if isinstance(name, str) else f"lesson number {number + 1}"
        case (first, *rest):
            head = str(first)
    path = ".".join(str(part) for part in rest)
    return f"{head}: {path}: " if path else f"{head}: "


def placeholders(value: Json) -> set[str]:
    """The names of all placeholders in a setting."""
    if isinstance(value, str):
        return set(_PLACEHOLDER.findall(value))
    if isinstance(value, Mapping):
        value = value.values()
    return set().union(*map(placeholders, value)) if isinstance(value, Iterable) else set()


def fill(value: Json, values: Mapping[str, Json]) -> Json:
    """A setting with its placeholders filled; those that `values` lacks stay as they are.

    A text that is one placeholder takes the value itself; within other words the value is written out. A
    value of None takes the setting that names it away.
    """
    if isinstance(value, str):
        if found := _PLACEHOLDER.fullmatch(value):
            return values.get(found[1], value)
        if any(values.get(name, "") is None for name in _PLACEHOLDER.findall(value)):
            return None
        return _PLACEHOLDER.sub(lambda found: str(values.get(found[1], found[0])), value)
    if isinstance(value, Mapping):
        filled = {key: fill(item, values) for key, item in value.items()}
        return {key: item for key, item in filled.items() if item is not None}
    if isinstance(value, list | tuple):
        return tuple(fill(item, values) for item in value)
    return value

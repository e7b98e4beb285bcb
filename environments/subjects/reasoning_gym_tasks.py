"""The subjects `reasoning_gym:<task>`: all tasks of the installed reasoning-gym, answers checked exactly.

reasoning-gym gives questions and answers, no steps; part credit is not given here. Answers of several
lines (grids, move lists) are written on one line, with `` / `` between the rows, since an answer is one line.
"""

import contextlib
import dataclasses
import io
import random
import warnings
from collections.abc import Iterator, Mapping
from enum import Enum
from functools import cache
from typing import Any

from pydantic import Field

from ...transcripts.errors import CourseError, QuestionError, UnknownName, did_you_mean
from ...transcripts.records import Attempt, Json, Question
from .answers import same_number
from .base import BaseSubject, Level

__all__ = ["PREFIX", "ReasoningGymTask", "TaskLevel", "task_names"]

PREFIX = "reasoning_gym:"
TRIES = 8
"""Items of some tasks have no answer; so many seeds are tried for one that has."""
_ROWS = " / "
_VERDICTS = {"true", "false", "yes", "no"}
_OWN = ("seed", "size")
_HINT = "\n\nWrite the rows of your answer on one line, with ' / ' between them."


class TaskLevel(Level):
    """The task's own configuration."""

    settings: Mapping[str, Json] = Field(default_factory=dict)


class ReasoningGymTask(BaseSubject):
    """One task of reasoning-gym.

    Raises:
        UnknownName: reasoning-gym has no such task.
    """

    def __init__(self, task: str) -> None:
        super().__init__(PREFIX + task)
        if task not in _registered():
            raise UnknownName("reasoning-gym task", task, _registered())
        self.task = task

    def level(self, settings: Mapping[str, Json]) -> TaskLevel:
        """The task's configuration, every field but seed and size.

        Raises:
            CourseError: an unknown field, or a value that the task refuses.
        """
        fields = {field.name for field in dataclasses.fields(_registered()[self.task][1])} - set(_OWN)
        for key in settings:
            if key not in fields:
                near = did_you_mean(key, fields)
                raise CourseError(
                    f"'{self.name}' has no setting '{key}'{near} known: {', '.join(sorted(fields))}"
                )
        level = TaskLevel(settings=dict(settings))
        self._dataset(level, 0)
        return level

    def sample(self, level: Level, seed: int, lesson: str = "") -> Question:
        """The item that follows from level and seed; the next seeds are tried where it has no answer."""
        level = level if isinstance(level, TaskLevel) else TaskLevel()
        entry = self._entry(level, seed)
        for tried in range(1, TRIES):
            if entry["answer"] is not None:
                break
            entry = self._entry(level, random.Random(f"{seed}/{tried}").getrandbits(63))
        answer = entry["answer"]
        text = str(entry["question"])
        if answer is not None and "\n" in str(answer).strip("\n"):
            text += _HINT
        return Question.make(
            lesson=lesson,
            subject=self.name,
            text=text,
            answer=None if answer is None else _ROWS.join(str(answer).split("\n")),
            metadata={"settings": dict(level.settings), "entry": _packed(entry)},
        )

    def solve(self, question: Question) -> Attempt:
        """The answer; reasoning-gym tells no steps."""
        if question.answer is None:
            raise QuestionError(f"reasoning-gym knows no answer to this question of '{self.name}'.")
        return Attempt(steps=(), answer=question.answer)

    def answers_match(self, question: Question, answer: str | None) -> bool:
        """Whether the task gives its full score, and this is no right answer with something added."""
        if answer is None or not answer.strip():
            return False
        known = question.answer
        if known is not None and answer.strip().removesuffix(".") == known.strip().removesuffix("."):
            return True  # a reply that is read loses its full stop
        if (
            known is not None and known.casefold() in _VERDICTS
        ):  # some tasks take anything but "true" for false
            return answer.strip().casefold() == known.casefold()
        if known is not None and known.strip() in answer and not same_number(known, answer):
            return False
        return self._scores_full(question, answer)

    def _scores_full(self, question: Question, answer: str) -> bool:
        packed = question.metadata.get("entry")
        if packed is None:
            raise QuestionError(
                f"this question was not made by '{self.name}': its metadata holds no 'entry'."
            )
        level = TaskLevel(settings=question.metadata.get("settings", {}))
        rows = answer.strip().replace(_ROWS, "\n")
        dataset, entry = self._dataset(level, 0), _unpacked(packed)
        with _quiet(), contextlib.suppress(Exception):  # some tasks raise on text that is no answer
            return any(float(dataset.score_answer(text, entry)) == 1.0 for text in {answer.strip(), rows})
        return False

    def _entry(self, level: TaskLevel, seed: int) -> dict[str, Any]:
        with _quiet():
            return dict(self._dataset(level, seed)[0])

    def _dataset(self, level: TaskLevel, seed: int) -> Any:
        make, config_of = _registered()[self.task]
        defaults = {field.name: field.default for field in dataclasses.fields(config_of)}
        settings = {
            key: tuple(value) if isinstance(defaults.get(key), tuple) and isinstance(value, list) else value
            for key, value in level.settings.items()
        }
        try:
            with _quiet():
                if self.task == "composite" and isinstance(settings.get("datasets"), list):
                    from reasoning_gym.composite import DatasetSpec

                    settings["datasets"] = [DatasetSpec(**spec) for spec in settings["datasets"]]
                return make(config=config_of(**settings, seed=seed % 2**32, size=1))
        except (AssertionError, ValueError, TypeError, KeyError, AttributeError) as error:
            raise CourseError(
                f"'{self.name}' refuses these settings: {error or type(error).__name__}."
            ) from None


def task_names() -> list[str]:
    """The tasks of the installed reasoning-gym."""
    return sorted(_registered())


@cache
def _registered() -> dict[str, tuple[Any, Any]]:
    """Dataset and configuration class of each task; the import takes about a second."""
    with _quiet():
        import reasoning_gym  # noqa: F401  (registers the tasks)
        from reasoning_gym.factory import DATASETS
    return dict(DATASETS)


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Tasks print, and warn of files that they leave open; neither is for the user."""
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        yield


def _packed(value: Any) -> Json:
    """`value` as JSON that keeps tuples, sets and keys that are no texts."""
    if isinstance(value, tuple | set | frozenset):
        return {"__kind__": type(value).__name__, "items": [_packed(item) for item in value]}
    if isinstance(value, Mapping):
        if all(isinstance(key, str) for key in value) and "__kind__" not in value:
            return {str(key): _packed(item) for key, item in value.items()}
        return {"__kind__": "dict", "items": [[_packed(k), _packed(v)] for k, v in value.items()]}
    if isinstance(value, list):
        return [_packed(item) for item in value]
    if isinstance(value, Enum):
        return _packed(value.value)
    return value if value is None or isinstance(value, bool | int | float | str) else str(value)


def _unpacked(value: Json) -> Any:
    if isinstance(value, list):
        return [_unpacked(item) for item in value]
    if not isinstance(value, Mapping):
        return value
    if "__kind__" not in value:
        return {key: _unpacked(item) for key, item in value.items()}
    items = [_unpacked(item) for item in value["items"]]
    make = {"tuple": tuple, "set": set, "frozenset": frozenset, "dict": dict}[value["__kind__"]]
    return make(items)

"""The settings of every command: one frozen tree, from defaults, a TOML file, dotted overrides and options.

Later words win: ``--course`` beats ``--set course=…``, which beats the file, which beats the default. Nothing
is loaded or opened here.
"""

import json
import math
import os
import tomllib
import types
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, Field, ValidationError
from pydantic_core import ErrorDetails

from ..agents.llm_settings import LLMSettings
from ..environments.budgets import Budget
from ..environments.course_files import parse_toml
from ..transcripts.errors import ConfigError, did_you_mean
from ..transcripts.records import Json, Record, Role
from .seat_settings import SeatsSettings

__all__ = [
    "DATABASE_VARIABLE",
    "ClassroomSettings",
    "EngineSettings",
    "ExamSettings",
    "IterationSettings",
    "Settings",
    "TrainingSettings",
    "default_database",
    "load_settings",
    "pairs_under",
    "parse_pairs",
    "split_names",
]

DATABASE_VARIABLE = "SCHOOLROOM_DB"
"""The environment variable that names the database where nothing else does."""


def default_database() -> str:
    """The database where nothing else is named."""
    return os.environ.get(DATABASE_VARIABLE) or "schoolroom.db"


class ClassroomSettings(Record):
    """How a course is taught; see `environments.school.School`."""

    script: str = "tutoring"
    settings: Mapping[str, Json] = Field(default_factory=dict)
    """Of the script: ``max_revisions``, say."""
    gate: Literal["mastery", "taught"] = "mastery"
    episodes: int | None = Field(default=None, ge=1)
    """Questions taught in each lesson at most; None: as the course says."""
    wave: int = Field(default=32, ge=1)
    """Questions taught between two looks at mastery."""
    concurrency: int = Field(default=64, ge=1)
    """Episodes under way at once."""
    retry: bool = False
    """Go on with episodes that were cut short, too."""


class EngineSettings(Record):
    """Where classrooms are held; see `environments.ray_engine`. Changes no outcome."""

    name: Literal["local", "ray"] = "local"
    workers: int | None = Field(default=None, ge=1)
    """Of Ray; None: one for each processor of the cluster."""
    address: str | None = Field(default=None, min_length=1)
    """Of a Ray cluster that runs already; None: one is started on this machine, and ended with the run."""
    gpus: float = Field(default=0.0, ge=0.0)
    """Of each worker of Ray, for local models."""


class ExamSettings(Record):
    """How a student is examined; see `environments.examination.sit_exam`."""

    script: str = "exam"
    settings: Mapping[str, Json] = Field(default_factory=dict)
    """Of the script: ``rubric_by``, say."""
    questions: int = Field(default=100, ge=1)
    """Of each lesson, at most."""
    max_revisions: int = Field(default=1, ge=0)
    concurrency: int = Field(default=256, ge=1)
    """Episodes under way at once."""
    retry: bool = False
    """Go on with episodes that were cut short, too."""


class TrainingSettings(Record):
    """How a student is trained; see `training.trainer.train`."""

    recipe: str = "self_correction"
    settings: Mapping[str, Json] = Field(default_factory=dict)
    """Of the recipe: ``trust``, say."""
    start: str = "new"
    """``new`` for the embedded student, ``hf:FOLDER`` or ``gguf:FILE``."""
    steps: int = Field(default=300, ge=1)
    batch_size: int = Field(default=32, ge=1)
    learning_rate: float | None = Field(default=None, gt=0.0, lt=1.0)
    """None: 2e-3 for students of up to 20 million parameters, 2e-5 for larger ones."""
    schedule: Literal["cosine", "linear", "constant"] = "cosine"
    warmup: int = Field(default=20, ge=0)
    """Steps in which the learning rate rises."""
    order: Literal["shuffled", "given", "by_length"] = "shuffled"
    too_long: Literal["error", "drop"] = "error"
    """What becomes of rows that are longer than the model's context."""
    lora_rank: int | None = Field(default=None, ge=1)
    """Train low-rank adapters of this rank in place of all weights."""
    precision: Literal["auto", "fp32", "bf16"] = "auto"
    """What matrices are multiplied in, by `train`; see `training.devices.pick_compute`."""


class IterationSettings(Record):
    """How classroom and training take turns; see `studies.iterate`."""

    number: int = Field(default=3, ge=1)
    """Of iterations."""
    each: Mapping[str, tuple[Json, ...]] = Field(default_factory=dict)
    """Settings of the script that change: their values by iteration, the last from then on."""
    gold: int = Field(default=0, ge=0)
    """Questions of each lesson that the teacher demonstrates before all iterations."""
    gold_steps: int | None = Field(default=None, ge=1)
    """Optimizer steps of a new student on the gold; None: as in an iteration."""
    exams: bool = True
    """Examine the student before the first iteration and after each."""


class Settings(Record):
    """Everything that can be set."""

    course: str = "addition"
    """A built-in course's name, or a file."""
    parameters: Mapping[str, Json] = Field(default_factory=dict)
    """Of the course."""
    allow_outside: bool = False
    """Let a course's file name files outside its folder; those given as parameters need no leave."""
    lessons: tuple[str, ...] = ()
    """Only these lessons of it; empty for all."""
    seed: int = Field(default=0, ge=0, lt=2**63)
    database: str = Field(default_factory=default_database, min_length=1)
    """A file, or a database's address."""
    personas: tuple[str, ...] = ()
    """Folders of personas of one's own."""
    device: str = "auto"
    """Where local models run: ``auto``, ``cpu`` or ``cuda``."""
    seats: SeatsSettings = SeatsSettings()
    llm: LLMSettings = LLMSettings()
    """How language models are asked, in every seat."""
    cache: bool = False
    """Answer model calls from the database where it holds identical ones; see `agents.call_cache`."""
    budget: Budget = Budget()
    """What a run or an exam may spend."""
    classroom: ClassroomSettings = ClassroomSettings()
    engine: EngineSettings = EngineSettings()
    """Where `schoolroom run` holds its classrooms."""
    exam: ExamSettings = ExamSettings()
    training: TrainingSettings = TrainingSettings()
    iterations: IterationSettings = IterationSettings()


def load_settings(
    file: str | Path | None = None,
    sets: Iterable[str] = (),
    given: Mapping[str, Json] | None = None,
    pairs: Mapping[str, Json] | None = None,
    *,
    stored: Mapping[str, Json] | None = None,
) -> Settings:
    """The settings that hold.

    Args:
        file: A TOML file.
        sets: Dotted overrides as they were typed, ``classroom.wave=64``; see `parse_pairs`.
        given: What options say, by dotted name; None where an option was not given.
        pairs: What options of the form ``NAME=VALUE`` say, by dotted name; None is a value here.
        stored: Settings of an earlier command as `recall.remembered` keeps them, in place of a file.

    Raises:
        ConfigError: a file that cannot be read, an unknown key, or a value that cannot be used.
    """
    tree = _spelt_out(stored or {} if file is None else _read(Path(file)))
    if file is not None:
        _validated(tree, f"settings '{file}': ")
    said = {path: value for path, value in (given or {}).items() if value is not None}
    for path, value in [*parse_pairs(sets, "--set").items(), *said.items(), *(pairs or {}).items()]:
        _put(tree, path.split("."), value)
    return _validated(tree)


def parse_pairs(pairs: Iterable[str], option: str) -> dict[str, Json]:
    """What ``NAME=VALUE`` says, by name; `option` is named where one has not this form.

    A value is read as TOML; ``null``, which TOML lacks, is None; and what is neither is text.

    Raises:
        ConfigError: a pair without a name or an equals sign.
    """
    values: dict[str, Json] = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not name.strip() or not equals:
            raise ConfigError(f"{option} takes NAME=VALUE, but was given '{pair}'.")
        values[name.strip()] = _value(value.strip())
    return values


def pairs_under(table: str, pairs: Iterable[str] | None, option: str) -> dict[str, Json]:
    """What ``NAME=VALUE`` says, by the dotted name of a setting in `table`.

    Raises:
        ConfigError: as `parse_pairs`.
    """
    return {f"{table}.{name}": value for name, value in parse_pairs(pairs or (), option).items()}


def split_names(names: str | None) -> list[str] | None:
    """The names in ``a,b``; None where nothing was given."""
    return [name.strip() for name in names.split(",") if name.strip()] if names else None


def _value(text: str) -> Json:
    """None for ``null``; what TOML reads, if that is a value that JSON can hold too; else the text itself."""
    if text == "null":
        return None
    try:
        value = tomllib.loads(f"value = {text}")["value"]
        json.dumps(value, allow_nan=False)
    except (TypeError, ValueError, KeyError, RecursionError):
        return text
    return value


def _read(path: Path) -> dict[str, Json]:
    read = parse_toml(path)
    if isinstance(read, str):
        raise ConfigError(f"settings '{path}': {read}")
    return read


def _spelt_out(tree: Mapping[str, Json]) -> dict[str, Json]:
    """The tree with every seat in its long form, so that single values of each can be overridden."""
    seats = tree.get("seats", {})
    if not isinstance(seats, dict):
        return dict(tree)
    usual = {role: {"who": SeatsSettings().settings_of(role).who} for role in Role}
    long = {name: {"who": seat} if isinstance(seat, str) else seat for name, seat in seats.items()}
    whole = {
        name: usual.get(name, {}) | seat if isinstance(seat, dict) else seat for name, seat in long.items()
    }
    return {**tree, "seats": usual | whole}


def _put(tree: dict[str, Json], path: Sequence[str], value: Json) -> None:
    """Set the value at `path`, making tables on the way there."""
    for part in path[:-1]:
        inner = tree.get(part)
        if isinstance(inner, str):
            inner = {"who": inner}  # a seat's short form
        tree[part] = dict(inner) if isinstance(inner, Mapping) else {}
        tree = tree[part]
    tree[path[-1]] = value


def _validated(tree: Mapping[str, Json], where: str = "") -> Settings:
    try:
        # By way of JSON, where pydantic can be strict about types and still read arrays as tuples.
        text = json.dumps(tree, default=str, ensure_ascii=False).encode()
        return Settings.model_validate_json(text, strict=True)
    except UnicodeEncodeError as error:
        said = error.object[max(0, error.start - 20) : error.end]
        raise ConfigError(f"{where}{said!r} ends in a byte that is not UTF-8 text.") from None
    except RecursionError:
        raise ConfigError(f"{where}a value is nested too deep.") from None
    except ValidationError as error:
        # Unknown keys first: a misspelt key is also a missing one, and the spelling is the news.
        problems = sorted(error.errors(), key=lambda problem: problem["type"] != "extra_forbidden")
        raise ConfigError(where + _sentence(problems[0])) from None


def _sentence(problem: ErrorDetails) -> str:
    """One of pydantic's findings, in words that name key, value, rule and way out."""
    if not problem["loc"]:
        return f"the settings cannot be read: {problem['msg']}."
    *table, key = (str(part) for part in problem["loc"])
    path = ".".join([*table, key])
    if problem["type"] == "extra_forbidden":
        known = _keys(table)
        of = f" in '{'.'.join(table)}'" if table else ""
        return f"unknown setting '{key}'{of}{did_you_mean(key, known)} known: {', '.join(known)}."
    rule = problem["msg"].removeprefix("Input should be ").removeprefix("Value error, must be ")
    if problem["type"] == "missing":
        return f"the setting '{path}' is missing."
    if problem["type"] in ("model_type", "model_attributes_type", "dict_type", "mapping_type"):
        rule = f"a table, with keys such as {', '.join(_keys([*table, key])[:3]) or 'NAME = VALUE'}"
    if "api_key" in path:  # what stands there may be the key itself
        return f"the setting '{path}' must be {rule}."
    return f"the setting '{path}' is {_shown(problem['input'])}, but must be {rule}."


def _shown(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    return (
        text if len(text) < 60 and not (isinstance(value, float) and math.isnan(value)) else f"{text[:60]}…"
    )


def _keys(path: Sequence[str]) -> list[str]:
    """The keys of the table at `path`; none where it takes any."""
    model: type[BaseModel] | None = Settings
    parts = iter(path)
    for part in parts:
        field = model.model_fields.get(part) if model else None
        kind = field.annotation if field else None
        if get_origin(kind) is Mapping:
            next(parts, None)  # a name that the user gave
            kind = get_args(kind)[1]
        model = _model_of(kind)
    return list(model.model_fields) if model else []


def _model_of(annotation: Any) -> type[BaseModel] | None:
    if get_origin(annotation) in (Union, types.UnionType):
        return next((m for a in get_args(annotation) if (m := _model_of(a))), None)
    return annotation if isinstance(annotation, type) and issubclass(annotation, BaseModel) else None

"""The plan of iterations: all that decides what comes out, checked before any work, and written down."""

import json
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from pydantic import Field

from ..agents.seats import Seat
from ..environments.course import Course
from ..environments.episodes import bind_script
from ..training.recipes.base import apply_recipe
from ..transcripts.errors import ConfigError
from ..transcripts.records import Json, Record
from .bench import NEW

__all__ = ["IterationsPlan", "check_plan", "settle_plan", "write_whole"]

PLAN = "plan.json"

CHANGES_SHOWN = 3
"""Settings that are named where a plan is not the one that was written down."""


class IterationsPlan(Record):
    """All that decides what comes out, but for who sits beside the student."""

    course: Course
    student: str
    """``new``, or the name of a local model, with the digits that follow from its weights."""
    script: str
    settings: Mapping[str, Json] = Field(default_factory=dict)
    """Of the script."""
    each: Mapping[str, tuple[Json, ...]] = Field(default_factory=dict)
    """Settings of the script that change: their values by iteration, the last from then on."""
    episodes: int | None = Field(default=None, ge=1)
    """Questions of each lesson in an iteration; None: as the course says."""
    temperature: float = Field(default=1.0, ge=0.0)
    """At which the student speaks at school, in every iteration; in exams it is greedy."""
    max_new_tokens: int = Field(default=256, ge=1)
    """Of the student's replies."""
    recipe: str
    recipe_settings: Mapping[str, Json] = Field(default_factory=dict)
    gold: int = Field(default=0, ge=0)
    """Questions of each lesson that the teacher demonstrates before all iterations."""
    steps: int = Field(ge=1)
    """Optimizer steps in an iteration."""
    gold_steps: int = Field(default=300, ge=1)
    """Optimizer steps of a new student on the gold."""
    learning_rate: float | None = Field(default=None, gt=0.0)
    """None: the usual one for a student of this size."""
    training: Mapping[str, Json] = Field(default_factory=dict)
    """Further keywords of `schoolroom.training.trainer.train`, as for `Bench.train`."""
    exam: int = Field(default=0, ge=0)
    """Held-out questions of each lesson, before the first iteration and after each; 0: there are no exams."""
    exam_script: str = "exam"
    exam_settings: Mapping[str, Json] = Field(default_factory=dict)
    details: Mapping[str, Json] = Field(default_factory=dict)
    """What else determines the words: whole personas, say."""
    database: str | None = None
    """A file or a URL; None for ``schoolroom.db`` in the folder of the iterations."""
    seed: int = 0
    iterations: int = Field(default=3, ge=1)
    """How many there are; more may be asked for later."""

    def settings_of(self, iteration: int) -> dict[str, Json]:
        """The script's settings in an iteration, from 1."""
        changing = {name: values[min(iteration, len(values)) - 1] for name, values in self.each.items()}
        return {**self.settings, **changing}


def check_plan(plan: IterationsPlan) -> None:
    """Find before any work what is wrong with scripts, recipe and their settings.

    Raises:
        UnknownName: there is no such script or recipe.
        ConfigError: a setting that it does not have or that is out of range, or a new student without gold.
    """
    if plan.student == NEW and not plan.gold:
        raise ConfigError(
            "a new student knows nothing that it could be corrected in; give it gold to begin with "
            "(--gold 100), or name a model (--student hf:FOLDER)."
        )
    for name, values in plan.each.items():
        if not values:
            raise ConfigError(f"the setting '{name}' has no value for any iteration; give it one or more.")
    for number in range(1, plan.iterations + 1):
        bind_script(plan.script, plan.settings_of(number))
    if plan.exam:
        bind_script(plan.exam_script, plan.exam_settings)
    list(apply_recipe(plan.recipe, [], plan.recipe_settings))


def settle_plan(plan: IterationsPlan, seats: Sequence[Seat], out: Path) -> None:
    """Write the plan down; one that was written down before must be the same.

    Raises:
        ConfigError: it is another, or the folder holds something else, or cannot be written.
    """
    infos = [seat.info.model_dump(mode="json") for seat in seats]
    database = re.sub(r"(://[^:/@]*):[^@]*@", r"\1:***@", plan.database or "")
    given = plan.model_dump(mode="json", exclude={"iterations", "database"})
    wanted = {**given, "database": database, "seats": infos}
    path = out / PLAN
    try:
        if path.exists():
            _compare(json.loads(path.read_text(encoding="utf-8")), wanted, out)
            return
        if out.is_dir() and any(out.iterdir()):
            raise ConfigError(f"'{out}' is not empty, and holds no iterations; name another folder.")
        write_whole(path, json.dumps(wanted, indent=1))
    except OSError as error:
        raise ConfigError(
            f"'{error.filename or path}' cannot be written: {error.strerror}; name another folder."
        ) from None
    except ValueError:
        raise ConfigError(f"'{path}' is damaged; name another folder.") from None


def _compare(kept: Json, wanted: Json, out: Path) -> None:
    before, now = dict(_leaves(kept)), dict(_leaves(wanted))
    changes = [
        f"{path} is {_shown(now, path)}, but was {_shown(before, path)}"
        for path in [*now, *(path for path in before if path not in now)]
        if now.get(path, ...) != before.get(path, ...)  # null is a value, too
    ]
    if changes:
        more = f"; and {len(changes) - CHANGES_SHOWN} more" if len(changes) > CHANGES_SHOWN else ""
        raise ConfigError(
            f"'{out}' holds iterations of another plan: {'; '.join(changes[:CHANGES_SHOWN])}{more}. "
            "Take that back, or name another folder."
        )


def _leaves(value: Json, path: str = "") -> Iterator[tuple[str, Json]]:
    """The values in nested tables and lists, by dotted path."""
    if not isinstance(value, dict | list):
        yield path, value
        return
    for name, inner in value.items() if isinstance(value, dict) else enumerate(value):
        yield from _leaves(inner, f"{path}.{name}" if path else str(name))


def _shown(leaves: Mapping[str, Json], path: str) -> str:
    if path not in leaves:
        return "not given"
    text = json.dumps(leaves[path], ensure_ascii=False)
    return text if len(text) < 60 else f"{text[:60]}…"


def write_whole(path: Path, text: str) -> None:
    """Write a file, all or nothing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    scratch = path.with_suffix(".new")
    scratch.write_text(text + "\n", encoding="utf-8")
    os.replace(scratch, path)

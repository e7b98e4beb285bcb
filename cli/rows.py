"""Training rows of stored runs: which runs are meant, what a recipe makes of them, and how that looks."""

import shlex
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from rich.console import Group, RenderableType
from rich.text import Text

from ..environments.course import course_names
from ..environments.offshoots import first_run
from ..training.recipes.base import apply_recipe
from ..transcripts.errors import ConfigError, NotStored, TrainingError
from ..transcripts.records import Episode, Example, Run
from ..transcripts.store import Store
from .screen import Bars, clean, count, headline, indented, note, table
from .settings import TrainingSettings

__all__ = ["chosen_runs", "course_words", "example_words", "kinds_of", "kinds_table", "rows_of"]


def chosen_runs(store: Store, wanted: Sequence[str]) -> list[Run]:
    """The runs of these ids, or the last simulation where none is named.

    Raises:
        NotStored: there is no such run, or no simulation at all.
        ConfigError: one of them is an exam, or grew from one.
    """
    runs = [store.run(id_) for id_ in wanted]
    if not wanted:
        runs = [run for run in store.runs() if run.kind == "simulation"][-1:]
        for run in runs:
            note(f"run {run.id}, the last simulation in {store.where}")
    if not runs:
        raise NotStored(f"{store.where} holds no simulation; 'schoolroom run' makes one.")
    for run in runs:
        if (first := first_run(run, store)).kind == "exam":
            what = "is an exam" if run == first else f"grew from exam {first.id}"
            raise ConfigError(
                f"run {run.id} {what}; its questions are held out, and a student that learnt them could "
                "not be examined any more. Name a simulation: 'schoolroom transcripts runs' lists them."
            )
    return runs


def rows_of(store: Store, runs: Sequence[Run], training: TrainingSettings, bars: Bars) -> Iterator[Example]:
    """What the recipe makes of the finished episodes of `runs`, one row after the other.

    Raises:
        UnknownName: there is no such recipe.
        ConfigError: a setting of it is wrong.
        TrainingError: it makes no row at all.
    """
    made = False
    for row in apply_recipe(training.recipe, _episodes(store, runs, bars), training.settings):
        made = True
        yield row
    if not made:
        ids = ", ".join(run.id for run in runs)
        raise TrainingError(
            f"recipe '{training.recipe}' makes no rows of run {ids}; "
            "look at what it holds with 'schoolroom transcripts list'."
        )


def _episodes(store: Store, runs: Sequence[Run], bars: Bars) -> Iterator[Episode]:
    bar = bars.add("episodes read", sum(store.counts(run.id).finished for run in runs))
    for run in runs:
        for episode in store.episodes(run=run.id, ending="finished", calls=False):
            bar.advance()
            yield episode


def course_words(runs: Sequence[Run]) -> str:
    """The options that name the course of the first of `runs`, for a command that is to be typed."""
    course = runs[0].plan.get("course") if runs else None
    if not isinstance(course, dict):
        return "--course COURSE"
    if course.get("id") not in course_names():
        return f"--course {shlex.quote(str(course.get('id')))}.toml"
    values = {name: value for name, value in course.get("values", {}).items() if value is not None}
    given = [f" --param {shlex.quote(f'{name}={value}')}" for name, value in values.items()]
    return f"--course {course['id']}{''.join(given)}"


def kinds_of(rows: Iterable[Example]) -> dict[str, int]:
    """How many rows there are of each kind, the most frequent first."""
    return dict(Counter(row.kind for row in rows).most_common())


def kinds_table(rows: Sequence[Example]) -> RenderableType:
    """How many rows there are, by kind and lesson."""
    kinds = list(kinds_of(rows))
    made = table("lesson", *kinds, "rows", right=[*kinds, "rows"])
    by_lesson: dict[str, Counter[str]] = {}
    for row in rows:
        by_lesson.setdefault(row.lesson, Counter())[row.kind] += 1
    for lesson, found in by_lesson.items():
        made.add_row(clean(lesson), *(count(found[kind]) for kind in kinds), count(found.total()))
    if len(by_lesson) > 1:
        totals = kinds_of(rows)
        made.add_section()
        made.add_row("all", *(count(totals[kind]) for kind in kinds), count(len(rows)))
    return made


def example_words(row: Example) -> Group:
    """One row as a conversation; what is learnt stands out, with its weight."""
    about = f"{row.kind} · {row.lesson} · {row.recipe}"
    parts: list[RenderableType] = [headline(row.id, about, kind="row")]
    styles = {"user": "teacher", "assistant": "student", "system": "faint"}
    for message in row.messages:
        learnt = f"learnt, weight {message.weight:g}" if message.weight else "not learnt"
        parts.append(Text.assemble((message.role, styles[message.role]), (f"  {learnt}", "faint")))
        parts.append(indented(Text(clean(message.content), style="right" if message.weight else "")))
    return Group(*parts)

"""The graph of a course's lessons, with how far a student has mastered each as colour."""

import textwrap
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pydantic import ValidationError

from ..environments.course import Course
from ..environments.mastery import Mastery, unaided_answer
from ..transcripts.errors import ConfigError
from ..transcripts.records import Episode, Record, Run
from . import figures
from .layout import PRINTED, Layout, Point

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["LessonStanding", "course_of", "lesson_standings", "plot_lessons"]

State = Literal["mastered", "taught", "not_reached"]

_LETTERS = 18  # of a title in one line of a box
_NOTE = 22  # letters below it
_EDGE = 0.12  # inches around the graph
_LEGEND = 0.42  # inches below it
_LEAST = 4.1  # inches that it needs across
_PALE, _EMPTY, _DRAWN, _MASTERED = "#f5f7fa", "#9aa5b1", "#52606d", "#00543d"
_UNREACHED = "#616e7c"  # letters


class LessonStanding(Record):
    """How a student stands in one lesson, by what a run holds so far."""

    lesson: str
    state: State
    """``mastered`` by the lesson's own rule; ``taught``: episodes of it have begun; ``not_reached``: none."""
    episodes: int = 0
    """That have begun."""
    finished: int = 0
    cut_short: int = 0
    mastery: Mastery = Mastery()
    """Finished episodes whose question was solved unaided (`right`), or not."""
    mean: float | None = None
    """The posterior's mean, from 0 to 1; None where nothing was answered."""
    interval: tuple[float, float] = (0.0, 1.0)
    """Credible interval by the lesson's rule."""


def course_of(run: Run) -> Course:
    """The course that a run's plan records.

    Raises:
        ConfigError: it records none, as that of an imported run may.
    """
    try:
        return Course.model_validate(run.plan.get("course"))
    except ValidationError:
        raise ConfigError(f"run {run.id} holds no course that can be drawn.") from None


def lesson_standings(course: Course, episodes: Iterable[Episode]) -> tuple[LessonStanding, ...]:
    """How a student stands in every lesson, in the order of the graph.

    Args:
        course: Whose lessons they are.
        episodes: Of one run; those of other lessons are passed over. Model calls are not looked at.
    """
    seen: dict[str, Counter[str]] = {id_: Counter() for id_ in course.graph}
    for episode in episodes:
        if (tally := seen.get(episode.question.lesson)) is not None:
            tally.update(_outcomes(episode))
    return tuple(_standing(course, id_, tally) for id_, tally in seen.items())


def _outcomes(episode: Episode) -> Iterator[str]:
    """What an episode adds one to."""
    yield "episodes"
    if episode.ending is not None:
        yield episode.ending.kind
        if episode.ending.kind == "finished" and (solved := unaided_answer(episode.turns)) is not None:
            yield "right" if solved else "wrong"


def _standing(course: Course, lesson: str, tally: Mapping[str, int]) -> LessonStanding:
    mastery = Mastery(right=tally["right"], wrong=tally["wrong"])
    rule = course.graph[lesson].mastery
    reached: State = "mastered" if mastery.passes(rule) else "taught"
    return LessonStanding(
        lesson=lesson,
        state=reached if tally["episodes"] else "not_reached",
        episodes=tally["episodes"],
        finished=tally["finished"],
        cut_short=tally["cut_short"],
        mastery=mastery,
        mean=mastery.mean if mastery.answers else None,
        interval=mastery.interval(rule.credibility),
    )


def plot_lessons(course: Course, path: Path, standings: Iterable[LessonStanding] | None = None) -> Path:
    """Draw the graph into a file; the ending of its name says which kind.

    Args:
        course: What is drawn.
        path: Ends in one of `figures.FORMATS`.
        standings: Of a run: fill the boxes. None: the course alone is drawn.

    Raises:
        ConfigError: another ending, or a file that cannot be written.
    """
    figures.kind_of(path)
    with figures.style():
        figure = _drawn(course, None if standings is None else {s.lesson: s for s in standings})
    return figures.save(figure, path, f"{course.title}: {len(course.lessons)} lessons")


def _drawn(course: Course, standings: Mapping[str, LessonStanding] | None) -> "Figure":
    from matplotlib.figure import Figure

    layout = Layout.of(course.graph)
    legend = 0.0 if standings is None else _LEGEND
    wide = layout.width if standings is None else max(layout.width, _LEAST)
    figure = Figure(figsize=(wide + 2 * _EDGE, layout.height + 0.3 + legend + 2 * _EDGE))
    width, height = figure.get_size_inches()
    axes = figure.add_axes((0.0, 0.0, 1.0, 1.0))
    axes.set_axis_off()
    axes.set_xlim(-_EDGE, width - _EDGE)
    axes.set_ylim(height - 0.3 - _EDGE, -0.3 - _EDGE)  # y grows downwards
    axes.text(0.0, -0.2, course.title, fontsize=10, weight="bold", va="center")
    for points in layout.arrows.values():
        _draw_arrow(axes, points)
    for id_, centre in layout.centres.items():
        _draw_box(axes, course, id_, centre, standings)
    if standings is not None:
        _draw_legend(axes, layout.height + legend / 2 + _EDGE / 2)
    return figure


def _draw_arrow(axes: "Axes", points: tuple[Point, ...]) -> None:
    from matplotlib.patches import FancyArrowPatch
    from matplotlib.path import Path as Curve

    vertices, codes = [points[0]], [Curve.MOVETO]
    for (x0, y0), (x1, y1) in pairwise((*points[:-1], (points[-1][0] - 0.03, points[-1][1]))):
        middle = (x0 + x1) / 2
        vertices += [(middle, y0), (middle, y1), (x1, y1)]
        codes += [Curve.CURVE4] * 3
    axes.add_patch(
        FancyArrowPatch(
            path=Curve(vertices, codes),
            arrowstyle="-|>,head_length=3.5,head_width=1.8",
            linewidth=0.9,
            color=figures.GRAY,
            zorder=1,
        )
    )


def _draw_box(
    axes: "Axes", course: Course, id_: str, centre: Point, standings: Mapping[str, LessonStanding] | None
) -> None:
    from matplotlib.patches import FancyBboxPatch

    (x, y), lesson = centre, course.graph[id_]
    standing = None if standings is None else standings[id_]
    mastered = standing is not None and standing.state == "mastered"
    pale = standing is not None and standing.state == "not_reached"
    axes.add_patch(
        FancyBboxPatch(
            (x - PRINTED.width / 2, y - PRINTED.height / 2),
            PRINTED.width,
            PRINTED.height,
            boxstyle="round,pad=0,rounding_size=0.07",
            facecolor=_PALE if standing is None or standing.mean is None else _shade(standing.mean),
            edgecolor=_MASTERED if mastered else _EMPTY if pale else _DRAWN,
            linewidth=1.8 if mastered else 0.8,
            linestyle=(0, (3, 2)) if pale else "solid",
            zorder=2,
        )
    )
    ink = _UNREACHED if pale else figures.INK
    title = textwrap.fill(lesson.title, _LETTERS, max_lines=2, placeholder="…")
    note = textwrap.shorten(_note(lesson.subject, standing), _NOTE, placeholder="…")
    words: dict[str, Any] = {"ha": "center", "va": "center", "color": ink, "zorder": 3}
    axes.text(x, y - 0.08, title, fontsize=8, linespacing=1.05, **words)
    axes.text(x, y + 0.215, note, fontsize=7, **words)


def _note(subject: str, standing: LessonStanding | None) -> str:
    """What stands below a title."""
    if standing is None:
        return subject.rpartition(":")[2] if subject.startswith("reasoning_gym:") else subject
    if standing.state == "not_reached":
        return "not reached"
    mastery = standing.mastery
    tick = "✓ " if standing.state == "mastered" else ""
    return f"{tick}{mastery.right} of {mastery.answers} unaided" if mastery.answers else "nothing answered"


def _shade(share: float) -> tuple[float, float, float]:
    """From nearly white to a green on which black letters can be read; lighter where less is mastered."""
    low, high = (0.955, 0.975, 0.965), (0.27, 0.70, 0.55)
    red, green, blue = (a + (b - a) * share for a, b in zip(low, high, strict=True))
    return red, green, blue


def _draw_legend(axes: "Axes", y: float) -> None:
    """A scale from nothing to everything mastered."""
    import numpy as np

    shades = np.array([[_shade(share) for share in np.linspace(0.0, 1.0, 64)]])
    axes.imshow(shades, extent=(0.62, 1.82, y + 0.05, y - 0.05), aspect="auto", zorder=2)
    words: dict[str, Any] = {"va": "center", "fontsize": 7}
    axes.text(0.0, y, "mastery", weight="bold", **words)
    axes.text(0.57, y, "0", ha="right", **words)
    axes.text(1.87, y, "1", ha="left", **words)
    axes.text(2.1, y, "posterior mean, unaided answers; ✓ mastered", **words)

"""How a student came to master each lesson, answer by answer."""

import textwrap
from collections.abc import Iterable, Sequence
from math import ceil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..environments.course import Course
from ..environments.mastery import Mastery, unaided_answer
from ..transcripts.errors import ConfigError
from ..transcripts.records import Episode, Record
from . import figures

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

__all__ = ["MasteryCurve", "MasteryPoint", "mastery_curves", "plot_mastery"]

_COLUMNS = 3
_LETTERS = 24  # of a title in one line
_PANEL = 1.45  # inches high
_MEAN: dict[str, Any] = {"color": figures.RIGHT, "linewidth": 1.4, "solid_capstyle": "round"}
_BAND: dict[str, Any] = {"color": figures.RIGHT, "alpha": 0.18, "linewidth": 0}
_THRESHOLD: dict[str, Any] = {"color": figures.WRONG, "linewidth": 0.9, "linestyle": (0, (4, 2))}
_MASTERED: dict[str, Any] = {"marker": "D", "color": figures.INK, "markersize": 4, "linestyle": "none"}


class MasteryPoint(Record):
    """What was known after an answer."""

    episode: int
    """Place of its episode among all of the run, from 1, in the order in which they began."""
    right: int
    """Questions of the lesson that were solved unaided, up to here."""
    wrong: int
    mean: float
    """Of the posterior, from 0 to 1."""
    low: float
    """Lower limit of the credible interval, by the lesson's rule; `high` likewise."""
    high: float


class MasteryCurve(Record):
    """One lesson, answer by answer."""

    lesson: str
    title: str
    threshold: float
    """Which the lower limit must pass."""
    points: tuple[MasteryPoint, ...]
    mastered_after: int | None
    """Answers after which the lesson was mastered for the first time; None where it never was. A school looks
    only after each wave of questions."""


def mastery_curves(course: Course, episodes: Iterable[Episode]) -> tuple[MasteryCurve, ...]:
    """The lessons in which anything was answered, in the order of the graph.

    Args:
        course: Whose lessons they are.
        episodes: Of one run, in the order in which they began; only finished ones count.
    """
    answers: dict[str, list[tuple[int, bool]]] = {id_: [] for id_ in course.graph}
    for number, episode in enumerate(episodes, 1):
        if episode.ending is None or episode.ending.kind != "finished":
            continue
        solved = unaided_answer(episode.turns)
        if solved is not None and episode.question.lesson in answers:
            answers[episode.question.lesson].append((number, solved))
    return tuple(_curve(course, id_, given) for id_, given in answers.items() if given)


def _curve(course: Course, id_: str, answers: Sequence[tuple[int, bool]]) -> MasteryCurve:
    lesson, mastery, mastered_after = course.graph[id_], Mastery(), None
    points = []
    for place, (number, solved) in enumerate(answers, 1):
        mastery = mastery.after([solved])
        low, high = mastery.interval(lesson.mastery.credibility)
        points.append(
            MasteryPoint(
                episode=number,
                right=mastery.right,
                wrong=mastery.wrong,
                mean=mastery.mean,
                low=low,
                high=high,
            )
        )
        if mastered_after is None and mastery.passes(lesson.mastery):
            mastered_after = place
    return MasteryCurve(
        lesson=id_,
        title=lesson.title,
        threshold=lesson.mastery.threshold,
        points=tuple(points),
        mastered_after=mastered_after,
    )


def plot_mastery(curves: Sequence[MasteryCurve], path: Path, title: str) -> Path:
    """A panel a lesson: the posterior's mean and credible interval over the answers that were given.

    Args:
        curves: At least one.
        path: Ends in one of `figures.FORMATS`.
        title: Of the whole picture.

    Raises:
        ConfigError: no curve, another ending, or a file that cannot be written.
    """
    from matplotlib.figure import Figure

    figures.kind_of(path)
    if not curves:
        raise ConfigError("no question was answered and graded yet, so there is no mastery to draw.")
    columns = min(_COLUMNS, len(curves))
    rows = ceil(len(curves) / columns)
    with figures.style():
        width = figures.TEXT_WIDTH * (columns + 0.15) / (_COLUMNS + 0.15)
        figure = Figure(figsize=(max(width, 3.3), rows * _PANEL + 0.75), layout="constrained")
        panels = figure.subplots(rows, columns, sharey=True, squeeze=False)
        most = max(len(curve.points) for curve in curves)
        for number, axes in enumerate(panels.flat):
            if number < len(curves):
                _draw_panel(axes, curves[number], most)
                axes.tick_params(labelbottom=number + columns >= len(curves))
            else:
                axes.set_axis_off()
        figure.supxlabel("questions answered", fontsize=8, color=figures.INK)
        figure.supylabel("mastery", fontsize=8, color=figures.INK)
        any_mastered = any(curve.mastered_after is not None for curve in curves)
        figures.write_title(figure, title, _handles()[: 4 if any_mastered else 3])
    return figures.save(figure, path, title)


def _draw_panel(axes: "Axes", curve: MasteryCurve, most: int) -> None:
    xs = range(1, len(curve.points) + 1)
    lows, highs = [p.low for p in curve.points], [p.high for p in curve.points]
    axes.fill_between(xs, lows, highs, **_BAND)
    axes.plot(xs, [p.mean for p in curve.points], **_MEAN)
    axes.axhline(curve.threshold, **_THRESHOLD)
    if curve.mastered_after is not None:
        axes.plot([curve.mastered_after], [curve.points[curve.mastered_after - 1].mean], **_MASTERED)
    axes.set_title(textwrap.fill(curve.title, _LETTERS, max_lines=2, placeholder="…"))
    axes.set_xlim(0, most + 1)
    axes.set_ylim(0, 1)
    axes.set_yticks([0, 0.5, 1], ["0", "0.5", "1"])


def _handles() -> list["Artist"]:
    """What the marks mean."""
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    return [
        Line2D([], [], label="posterior mean", **_MEAN),
        Patch(label="credible interval", **_BAND),
        Line2D([], [], label="threshold", **_THRESHOLD),
        Line2D([], [], label="interval first above it", **_MASTERED),
    ]

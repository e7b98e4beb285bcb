"""Exams beside each other, and paired question by question: before and after, by lesson and by tier."""

import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from ..training.measures import ExamReport, Measured, Measures, Paired, mcnemar, measure
from ..transcripts.errors import ConfigError
from ..transcripts.records import Episode, Record, Role, Run, Tier
from . import figures

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

__all__ = ["ExamComparison", "ExamRow", "SatExam", "compare_exams", "plot_exams", "student_name"]

Slice = Literal["all", "lesson", "tier"]


class SatExam(Record):
    """One exam."""

    run: str
    student: str
    """Who sat it, as short as it can be said."""
    report: ExamReport


class ExamRow(Record):
    """One set of questions: all, or those of a lesson or tier."""

    slice: Slice
    name: str
    measures: tuple[Measures, ...]
    """Of each exam."""
    paired: tuple[Paired, ...]
    """Each exam but the first against the first, last attempts."""


class ExamComparison(Record):
    """Exams on the same questions."""

    exams: tuple[SatExam, ...]
    rows: tuple[ExamRow, ...]
    """All questions first, then the lessons and the tiers, where there are several."""


def student_name(run: Run) -> str:
    """Who is the student of a run: the last part of a model's name, or a scripted persona."""
    for seat in run.plan.get("seats", ()):
        if seat["role"] == Role.STUDENT:
            if seat["model"] == "scripted":
                return str(seat["persona"]).partition("@")[0]
            return re.split("[:/]", str(seat["model"]).partition("#")[0].rstrip("/"))[-1]
    return "nobody"


def compare_exams(exams: Sequence[tuple[Run, Iterable[Episode]]]) -> ExamComparison:
    """Exams, the earliest first, measured and compared.

    Args:
        exams: At least one, with its episodes.

    Raises:
        BadInput: they do not put the same questions, or an episode is not of an exam.
    """
    held = [(run, list(episodes)) for run, episodes in exams]
    reports = [measure(episodes) for _, episodes in held]
    sat = tuple(
        SatExam(run=run.id, student=student_name(run), report=report)
        for (run, _), report in zip(held, reports, strict=True)
    )

    def row(kind: Slice, name: str) -> ExamRow:
        sides = [
            [e for e in episodes if kind == "all" or getattr(e.question, kind) == name]
            for _, episodes in held
        ]
        return ExamRow(
            slice=kind,
            name=name,
            measures=tuple(_part(report, kind, name) for report in reports),
            paired=tuple(mcnemar(sides[0], later) for later in sides[1:]),
        )

    rows = [row("all", "all questions")]
    if len(lessons := reports[0].by_lesson) > 1:
        rows += [row("lesson", id_) for id_ in lessons]
    if len(tiers := reports[0].by_tier) > 1:
        rows += [row("tier", tier) for tier in tiers]
    return ExamComparison(exams=sat, rows=tuple(rows))


def _part(report: ExamReport, kind: Slice, name: str) -> Measures:
    if kind == "all":
        return report
    return report.by_lesson[name] if kind == "lesson" else report.by_tier[Tier(name)]


def plot_exams(compared: ExamComparison, path: Path, title: str) -> Path:
    """Accuracies with their intervals, and beside them what changed on the same questions.

    A filled mark is the last attempt, with its 95% interval; a hollow one is the first.

    Args:
        compared: What is drawn.
        path: Ends in one of `figures.FORMATS`.
        title: Of the picture.

    Raises:
        ConfigError: nothing was worked through to the end, another ending, or a file that cannot be written.
    """
    from matplotlib.figure import Figure

    figures.kind_of(path)
    if not any(exam.report.n for exam in compared.exams):
        raise ConfigError(
            "no question of these exams was worked through to the end; there is nothing to draw."
        )
    rows, exams = compared.rows, len(compared.exams)
    tall = len(rows) * (0.16 + 0.06 * exams) + 1.1
    with figures.style():
        figure = Figure(figsize=(figures.TEXT_WIDTH, tall), layout="constrained")
        if exams > 1:
            left, right = figure.subplots(1, 2, sharey=True, width_ratios=(3, 2))
            _draw_differences(right, rows)
        else:
            left = figure.subplots()
        _draw_accuracies(left, rows)
        left.set_xlabel("share right, of held-out questions")
        _label_rows(left, rows)
        figures.write_title(figure, title, _handles([exam.student for exam in compared.exams]))
    return figures.save(figure, path, title)


def _places(row: int, exams: int) -> list[float]:
    """Where the marks of each exam stand in a row."""
    step = min(0.26, 0.7 / exams)
    return [row + step * (number - (exams - 1) / 2) for number in range(exams)]


def _draw_accuracies(axes: "Axes", rows: Sequence[ExamRow]) -> None:
    for number, row in enumerate(rows):
        for exam, y in enumerate(_places(number, len(row.measures))):
            found = row.measures[exam]
            if found.n:
                axes.plot([found.acc_t1.value], [y], markerfacecolor="white", **_mark(exam), zorder=3)
                _draw_measured(axes, found.acc_t2, y, exam)
    axes.set_xlim(-0.02, 1.02)


def _draw_differences(axes: "Axes", rows: Sequence[ExamRow]) -> None:
    axes.axvline(0, color=figures.INK, linewidth=0.8)
    for number, row in enumerate(rows):
        for exam, y in enumerate(_places(number, len(row.measures))[1:], 1):
            paired = row.paired[exam - 1]
            if paired.n:
                _draw_measured(axes, paired.delta, y, exam)
                _note(axes, y, f"+{paired.gained} \N{MINUS SIGN}{paired.lost}")
    axes.set_xlabel("change at the last attempt\n(gained, lost)")
    axes.tick_params(left=False)


def _note(axes: "Axes", y: float, words: str) -> None:
    """Words to the right of the axes."""
    axes.annotate(
        words,
        (1.0, y),
        xycoords=("axes fraction", "data"),
        xytext=(34, 0),
        textcoords="offset points",
        ha="right",
        va="center",
        fontsize=6.5,
        color="#3e4c59",
    )


def _draw_measured(axes: "Axes", measured: Measured, y: float, exam: int) -> None:
    colour = figures.PALETTE[exam % len(figures.PALETTE)]
    axes.plot([measured.low, measured.high], [y, y], color=colour, linewidth=1.5, solid_capstyle="round")
    axes.plot([measured.value], [y], **_mark(exam), zorder=4)


def _mark(exam: int) -> dict[str, Any]:
    return {
        "marker": figures.MARKERS[exam % len(figures.MARKERS)],
        "color": figures.PALETTE[exam % len(figures.PALETTE)],
        "markersize": 4.5,
        "linestyle": "none",
    }


def _label_rows(axes: "Axes", rows: Sequence[ExamRow]) -> None:
    axes.set_yticks(range(len(rows)), [row.name.replace("-", " ").replace("_", " ") for row in rows])
    axes.set_ylim(len(rows) - 0.45, -0.55)
    axes.tick_params(axis="y", length=0)
    axes.get_yticklabels()[0].set_fontweight("bold")
    for number, row in enumerate(rows[1:], 1):
        if row.slice != rows[number - 1].slice:
            for beside in axes.figure.axes:
                beside.axhline(number - 0.5, color=figures.GRAY, linewidth=0.6)
    for beside in axes.figure.axes:
        beside.grid(axis="y", visible=False)


def _handles(names: Sequence[str]) -> list["Artist"]:
    """What the marks mean."""
    from matplotlib.lines import Line2D

    handles = [Line2D([], [], label=name, **_mark(number)) for number, name in enumerate(names)]
    hollow = {**_mark(0), "markerfacecolor": "white", "color": figures.GRAY}
    return [*handles, Line2D([], [], label="first attempt", **hollow)]

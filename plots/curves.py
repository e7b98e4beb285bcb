"""Learning curves: one exam after the other, as a student was trained on and on."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..training.measures import ExamReport, measure
from ..transcripts.errors import ConfigError
from ..transcripts.reading import Reads
from ..transcripts.records import Checkpoint, Record, Role, Run
from . import figures
from .exams import student_name

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

__all__ = ["CurvePoint", "LearningCurve", "last_exam", "learning_curve", "plot_curves", "same_exam"]


class CurvePoint(Record):
    """An exam, and how much the student had been trained by then."""

    trained: int
    """How often: 0 is the model that training began from, or that a new student's gold made of it."""
    steps: int
    """Optimizer steps in all, since that."""
    run: str
    """Id of the exam."""
    student: str
    checkpoint: str | None
    """Its id; None where training began from a model that schoolroom did not train."""
    report: ExamReport


class LearningCurve(Record):
    """The exams of a student and of those that it grew from, on the same questions."""

    name: str
    """Of the last student."""
    points: tuple[CurvePoint, ...]
    """The least trained first."""


def learning_curve(store: Reads, exam: Run) -> LearningCurve:
    """The curve that ends with an exam: what its student's forerunners came to in the same one.

    Forerunners are found by the checkpoints that the store holds, each of which knows what it grew from. One
    that sat no such exam is left out; of several such exams of one student, the last counts.

    Args:
        store: Where exam and checkpoints are.
        exam: Of the student as it ended.

    Raises:
        ConfigError: `exam` is no exam.
        BadInput: an episode of it is not of an exam.
    """
    if exam.kind != "exam":
        raise ConfigError(f"run {exam.id} is no exam ({exam.kind}); a learning curve is drawn of exams.")
    line = _line(store.checkpoints(), exam)
    sat = {_model(run): run for run in store.runs() if run.id == exam.id or same_exam(run, exam)}
    sat[_model(exam)] = exam
    points, steps = [], 0
    for trained, (model, checkpoint) in enumerate(line):
        steps += checkpoint.steps if checkpoint is not None and trained else 0
        if (run := _sat_by(model, sat)) is not None:
            points.append(
                CurvePoint(
                    trained=trained,
                    steps=steps,
                    run=run.id,
                    student=student_name(run),
                    checkpoint=checkpoint and checkpoint.id,
                    report=measure(store.episodes(run=run.id, calls=False)),
                )
            )
    return LearningCurve(name=student_name(exam), points=tuple(points))


def last_exam(store: Reads, run: Run) -> Run | None:
    """The exam at the end of the longest curve that the student of `run` is on; None where it sat none.

    So a run at school leads to the last exam of whoever its student became.
    """
    checkpoints, here = store.checkpoints(), _model(run)
    lengths = {
        exam.id: (len(line), exam)
        for exam in store.runs()
        if exam.kind == "exam"
        for line in [_line(checkpoints, exam)]
        if any(model in (here, _folder(here)) for model, _ in line)
    }
    return max(lengths.values(), key=lambda one: (one[0], one[1].started), default=(0, None))[1]


def _model(run: Run) -> str:
    """What tells the student of a run from others: ``hf:FOLDER#DIGEST``, or the persona and who plays it."""
    for seat in run.plan.get("seats", ()):
        if seat["role"] == Role.STUDENT:
            model = str(seat["model"])
            return model if model.startswith(("hf:", "gguf:")) else f"{seat['persona']} {model}"
    return ""


def _folder(model: str) -> str:
    return model.partition(":")[2].rpartition("#")[0] if "#" in model else model.partition(":")[2]


def same_exam(run: Run, exam: Run) -> bool:
    """Whether a run puts the same questions in the same way."""
    same = ("questions", "script", "settings")
    return run.kind == "exam" and all(run.plan.get(part) == exam.plan.get(part) for part in same)


def _line(checkpoints: Sequence[Checkpoint], exam: Run) -> list[tuple[str, Checkpoint | None]]:
    """The student of an exam behind those that it grew from: model or folder, and checkpoint."""
    by_id = {checkpoint.id: checkpoint for checkpoint in checkpoints}
    folder = _folder(_model(exam))
    # A folder may have been trained in again: the exam was sat by what stood there then.
    stood = [c for c in checkpoints if c.path == folder and c.created <= exam.started]
    checkpoint = stood[-1] if stood else None
    if checkpoint is None:
        return [(_model(exam), None)]
    line: list[tuple[str, Checkpoint | None]] = []
    while checkpoint is not None:
        line.insert(0, (checkpoint.path, checkpoint))
        parent = checkpoint.parent
        checkpoint = by_id.get(parent or "")
        if checkpoint is None and parent is not None:
            line.insert(0, (parent, None))
    return line


def _sat_by(model: str, sat: dict[str, Run]) -> Run | None:
    """The exam that the model of this name, or in this folder, sat."""
    return next((run for name, run in sat.items() if model in (name, _folder(name))), None)


def plot_curves(curves: Sequence[LearningCurve], path: Path, title: str) -> Path:
    """A line a student: shares right at the first attempt and at the last, over how often it was trained.

    Args:
        curves: With a point each.
        path: Ends in one of `figures.FORMATS`.
        title: Of the picture.

    Raises:
        ConfigError: no point, another ending, or a file that cannot be written.
    """
    from matplotlib.figure import Figure
    from matplotlib.ticker import MaxNLocator

    figures.kind_of(path)
    if not any(point.report.n for curve in curves for point in curve.points):
        raise ConfigError(
            "no question of these exams was worked through to the end; there is nothing to draw."
        )
    with figures.style():
        figure = Figure(figsize=(0.62 * figures.TEXT_WIDTH, 2.7), layout="constrained")
        axes = figure.subplots()
        for number, curve in enumerate(curves):
            _draw_curve(axes, curve, number, 0.0 if len(curves) == 1 else 0.04 * number)
        axes.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
        axes.set_ylim(-0.02, 1.02)
        axes.set_xlabel("times trained")
        axes.set_ylabel("share right, of held-out questions")
        figures.write_title(figure, title, _handles([curve.name for curve in curves]))
    return figures.save(figure, path, title)


def _draw_curve(axes: "Axes", curve: LearningCurve, number: int, shift: float) -> None:
    points = [point for point in curve.points if point.report.n]
    xs = [point.trained + shift for point in points]
    colour, marker = _look(number)
    firsts, lasts = [p.report.acc_t1 for p in points], [p.report.acc_t2 for p in points]
    axes.plot(xs, [m.value for m in firsts], color=colour, linewidth=0.9, linestyle=(0, (3, 2)))
    axes.plot(xs, [m.value for m in lasts], color=colour, linewidth=1.4)
    axes.vlines(xs, [m.low for m in lasts], [m.high for m in lasts], color=colour, linewidth=1.4)
    place: dict[str, Any] = {"color": colour, "markersize": 4.5, "linestyle": "none"}
    # Larger, so that it can be seen around a last attempt that is the same.
    axes.plot(
        xs, [m.value for m in firsts], marker=marker, **{**place, "markersize": 7}, markerfacecolor="white"
    )
    axes.plot(xs, [m.value for m in lasts], marker=marker, **place)


def _look(number: int) -> tuple[str, str]:
    """Colour and mark of a curve."""
    return figures.PALETTE[number % len(figures.PALETTE)], figures.MARKERS[number % len(figures.MARKERS)]


def _handles(names: Sequence[str]) -> list["Artist"]:
    """What the lines mean."""
    from matplotlib.lines import Line2D

    looks = [_look(number) for number in range(len(names))]
    handles: list[Artist] = [
        Line2D(
            [], [], color=colour, marker=marker, markersize=4.5, linewidth=1.4, label=f"{name}, last attempt"
        )
        for name, (colour, marker) in zip(names, looks, strict=True)
    ]
    first: dict[str, Any] = {
        "color": figures.GRAY,
        "marker": "o",
        "markerfacecolor": "white",
        "markersize": 4.5,
    }
    return [*handles, Line2D([], [], linewidth=0.9, linestyle=(0, (3, 2)), label="first attempt", **first)]

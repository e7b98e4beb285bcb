"""Plots of a study: means over seeds with 95% intervals, the seeds themselves as faint points.

Each function draws one figure and saves it as PNG and SVG; the path of the PNG comes back. Needs matplotlib.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from .orderings import mean_interval
from .results import Results

__all__ = ["accuracy_by_arm", "by_slice", "dial", "draw_all", "learning_curves"]

PALETTE = ("#2a6fbb", "#d9822b", "#3c9d68", "#b8475d", "#7a5cb0", "#8a6d4b", "#4fa3b5", "#d77fb3", "#8f8f8f")
"""In the order of the arms; marks differ too, for people who see few colours."""

MARKERS = "osD^vPX*"

STYLE: dict[Any, Any] = {
    "font.family": "DejaVu Sans",
    "font.size": 9.5,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": "#888888",
    "axes.linewidth": 0.8,
    "axes.grid": True,
    "axes.axisbelow": True,
    "axes.titlesize": 10.5,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.labelcolor": "#333333",
    "grid.color": "#e6e6e6",
    "grid.linewidth": 0.8,
    "xtick.color": "#555555",
    "ytick.color": "#333333",
    "legend.frameon": False,
    "svg.hashsalt": "schoolroom",
}

WORDS = {
    "acc_t1": "right at the first attempt",
    "acc_t2": "right at the last attempt",
    "delta": "last minus first attempt",
    "step_error_rate_t1": "wrong steps, first attempt",
    "step_error_rate_t2": "wrong steps, last attempt",
    "wrong_to_right": "made right by revising",
    "right_to_wrong": "made wrong by revising",
    "revision_rate": "revised",
    "criteria_t2[types=seen]": "types that were taught",
    "criteria_t2[types=held_out]": "types that were held out",
}
"""What measures are called in plots."""


MOST_LINES = 8
"""Arms that can be told apart where each is a line."""


def draw_all(results: Results, folder: Path) -> list[Path]:
    """The plots of every study, and those of its own."""
    drawn = [accuracy_by_arm(results, folder)]
    curves = dict.fromkeys(
        name for by_seed in results.arms.values() for r in by_seed.values() for name in r.curves
    )
    drawn += [learning_curves(results, folder, name) for name in curves]
    for field in ("tier", "lesson"):
        slices = _slices(results, "acc_t2", field)
        if len(slices) > 1 and len(results.arms) > MOST_LINES:
            shown = [f"acc_t2[{field}={name}]" for name in slices]
            drawn.append(accuracy_by_arm(results, folder, shown, name=f"acc-t2-by-{field}"))
        elif len(slices) > 1:
            drawn.append(by_slice(results, folder, field))
    if results.study.figures is not None:
        drawn += results.study.figures(results, folder)
    return drawn


def accuracy_by_arm(
    results: Results,
    folder: Path,
    measures: Sequence[str] | None = None,
    *,
    name: str = "accuracy-by-arm",
    of: str = "exam questions",
) -> Path:
    """A row for each arm, a mark for each measure.

    Args:
        results: Of the study.
        folder: Where it is saved.
        measures: What is shown; None for the accuracies among the study's measures.
        name: Of the files.
        of: What the measures are shares of.
    """
    shown = (
        measures or [m for m in results.study.measures if m.startswith("acc")] or results.study.measures[:1]
    )
    arms = list(results.arms)
    with _axes(folder, name, (7.0, 1.1 + 0.42 * len(arms))) as ax:
        for number, measure in enumerate(shown):
            place = 0.0 if len(shown) == 1 else 0.28 * (number / (len(shown) - 1) - 0.5)
            for row, arm in enumerate(arms):
                values = list(results.measured.get(arm, {}).get(measure, {}).values())
                if values:
                    label = _words(measure) if row == 0 else None
                    _across(
                        ax, values, row + place, PALETTE[number % len(PALETTE)], MARKERS[number % 8], label
                    )
        ax.set_yticks(range(len(arms)), arms)
        ax.set_ylim(len(arms) - 0.4, -0.6)
        ax.grid(axis="y", visible=False)
        ax.set_xlabel(f"share of {of}, {_seeds(results)}")
        _legend_above(ax, len(shown))
    return folder / f"{name}.png"


def learning_curves(results: Results, folder: Path, curve: str, arms: Sequence[str] | None = None) -> Path:
    """A line for each arm: its mean over seeds, with the 95% interval as a band."""
    name = f"curves-{_slug(curve)}"
    with _axes(folder, name, (7.0, 4.0)) as ax:
        for number, arm in enumerate(arms or results.arms):
            points: dict[float, list[float]] = {}
            for result in results.arms[arm].values():
                for x, y in result.curves.get(curve, ()):
                    points.setdefault(x, []).append(y)
            if not points:
                continue
            xs = sorted(points)
            middle, low, high = zip(*(mean_interval(points[x]) for x in xs), strict=True)
            colour = _colour(results, arm, number)
            ax.plot(xs, middle, color=colour, linewidth=1.8, label=arm)
            ax.fill_between(xs, low, high, color=colour, alpha=0.15, linewidth=0)
        ax.set_xlabel("optimizer steps")
        ax.set_ylabel(WORDS.get(curve, curve))
        _legend_beside(ax)
    return folder / f"{name}.png"


def by_slice(
    results: Results,
    folder: Path,
    field: str,
    measure: str = "acc_t2",
    *,
    arms: Sequence[str] | None = None,
    order: Sequence[str] | None = None,
    name: str | None = None,
) -> Path:
    """Accuracy by lesson, tier or difficulty, a line for each arm.

    Args:
        results: Of the study.
        folder: Where it is saved.
        field: ``lesson`` or ``tier``, or whatever stands in brackets behind the measure.
        measure: What is shown.
        arms: Those that are shown; None for all.
        order: Of the slices, from left to right; None for the order in which they were measured.
        name: Of the files.
    """
    name = name or f"{_slug(measure)}-by-{_slug(field)}"
    slices = list(order or _slices(results, measure, field))
    shown = list(arms or results.arms)
    with _axes(folder, name, (max(7.0, 2.8 + 1.1 * len(slices)), 4.0)) as ax:
        for number, arm in enumerate(shown):
            shift = 0.0 if len(shown) == 1 else 0.34 * (number / (len(shown) - 1) - 0.5)
            found = [
                (place + shift, list(by_seed.values()))
                for place, part in enumerate(slices)
                if (by_seed := results.measured[arm].get(f"{measure}[{field}={part}]"))
            ]
            if found:
                xs, values = zip(*found, strict=True)
                _up(ax, xs, values, _colour(results, arm, number), MARKERS[number % 8], arm)
        ax.set_xticks(range(len(slices)), [part.replace("-", " ") for part in slices])
        ax.set_xlim(-0.5, len(slices) - 0.5)
        ax.grid(axis="x", visible=False)
        ax.set_xlabel(field)
        ax.set_ylabel(f"{WORDS.get(measure, measure)}, {_seeds(results)}")
        _legend_beside(ax)
    return folder / f"{name}.png"


def dial(
    results: Results,
    folder: Path,
    groups: Mapping[str, Sequence[str]],
    *,
    x: str,
    y: str = "acc_t2",
    xlabel: str | None = None,
    ylabel: str | None = None,
    name: str | None = None,
) -> Path:
    """One measure against another, such as the error rate of what was taught against accuracy.

    Args:
        results: Of the study.
        folder: Where it is saved.
        groups: Arms that are joined by a line, in order, by the line's name.
        x: The measure that was set.
        y: The measure that came out.
        xlabel: What the first is called.
        ylabel: What the second is called.
        name: Of the files.
    """
    name = name or f"{_slug(x)}-against-{_slug(y)}"
    with _axes(folder, name, (7.0, 4.0)) as ax:
        for number, (group, arms) in enumerate(groups.items()):
            found = [
                (
                    mean_interval(list(results.measured[arm][x].values()))[0],
                    list(results.measured[arm][y].values()),
                )
                for arm in arms
                if x in results.measured.get(arm, {}) and y in results.measured[arm]
            ]
            if found:
                xs, values = zip(*sorted(found), strict=True)
                _up(ax, xs, values, PALETTE[number % len(PALETTE)], MARKERS[number % 8], group)
        ax.set_xlabel(xlabel or WORDS.get(x, x))
        ax.set_ylabel(f"{ylabel or WORDS.get(y, y)}, {_seeds(results)}")
        if len(groups) > 1:
            _legend_beside(ax)
    return folder / f"{name}.png"


def _words(measure: str) -> str:
    """What a measure is called: its slice, where it is one, and else its meaning."""
    _, _, of = measure.rstrip("]").partition("[")
    return WORDS.get(measure) or of.partition("=")[2] or measure


@contextmanager
def _axes(folder: Path, name: str, size: tuple[float, float]) -> Iterator[Axes]:
    """Axes of a figure that is saved under `name` afterwards."""
    folder.mkdir(parents=True, exist_ok=True)
    with matplotlib.rc_context(STYLE):
        figure = Figure(figsize=size, layout="constrained")
        yield figure.add_subplot()
        figure.savefig(folder / f"{name}.png", dpi=160)
        figure.savefig(folder / f"{name}.svg", metadata={"Date": None})


def _across(
    ax: Axes, values: Sequence[float], row: float, colour: str, marker: str, label: str | None
) -> None:
    """A mark with its interval along x."""
    middle, low, high = mean_interval(values)
    ax.plot(values, [row] * len(values), marker, color=colour, alpha=0.25, markersize=3, linestyle="none")
    ax.plot([low, high], [row, row], color=colour, linewidth=1.6, solid_capstyle="round")
    ax.plot([middle], [row], marker, color=colour, markersize=6, label=label)


def _up(
    ax: Axes, xs: Sequence[float], values: Sequence[Sequence[float]], colour: str, marker: str, label: str
) -> None:
    """Marks with their intervals along y, joined by a line."""
    spreads = [mean_interval(found) for found in values]
    ax.plot(xs, [middle for middle, _, _ in spreads], color=colour, linewidth=1.2, alpha=0.6)
    for x, found, (middle, low, high) in zip(xs, values, spreads, strict=True):
        ax.plot([x] * len(found), found, marker, color=colour, alpha=0.25, markersize=3, linestyle="none")
        ax.plot([x, x], [low, high], color=colour, linewidth=1.6, solid_capstyle="round")
        ax.plot([x], [middle], marker, color=colour, markersize=6)
    ax.plot([], [], marker, color=colour, markersize=6, linestyle="-", linewidth=1.2, label=label)


def _legend_above(ax: Axes, columns: int) -> None:
    ax.legend(
        loc="lower left", bbox_to_anchor=(0.0, 1.0), ncols=columns, borderaxespad=0.2, handletextpad=0.3
    )


def _legend_beside(ax: Axes) -> None:
    ax.legend(loc="upper left", bbox_to_anchor=(1.01, 1.0), borderaxespad=0.0)


def _colour(results: Results, arm: str, number: int) -> str:
    """The same for an arm in all plots."""
    arms = list(results.arms)
    return PALETTE[(arms.index(arm) if arm in arms else number) % len(PALETTE)]


def _slices(results: Results, measure: str, field: str) -> list[str]:
    form = re.compile(rf"{re.escape(measure)}\[{re.escape(field)}=(.*)\]")
    found = (form.fullmatch(name) for measures in results.measured.values() for name in measures)
    return list(dict.fromkeys(match[1] for match in found if match))


def _seeds(results: Results) -> str:
    return f"{len(results.seeds)} seed{'s' * (len(results.seeds) != 1)}"


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")

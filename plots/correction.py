"""What became of first attempts: right or wrong at the first, and right or wrong at the last."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field

from ..training.intervals import wilson
from ..training.measures import Measured
from ..training.recipes.base import finished, is_right
from ..transcripts.errors import ConfigError
from ..transcripts.records import Ask, Episode, Record, Role, Turn
from . import figures

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["FLOWS", "CorrectionFlow", "Flow", "Ribbon", "correction_flow", "plot_correction", "ribbons"]

Flow = Literal["right_right", "wrong_right", "right_wrong", "wrong_wrong"]

FLOWS: dict[Flow, str] = {
    "right_right": "stayed right",
    "wrong_right": "made right",
    "right_wrong": "made wrong",
    "wrong_wrong": "stayed wrong",
}
"""The four ways from the first attempt to the last, and what they are called."""

_Side = tuple[tuple[str, tuple[Flow, Flow]], tuple[str, tuple[Flow, Flow]]]

_FIRST: _Side = (("right", ("right_right", "right_wrong")), ("wrong", ("wrong_right", "wrong_wrong")))
_LAST: _Side = (("right", ("right_right", "wrong_right")), ("wrong", ("right_wrong", "wrong_wrong")))
"""What first and last attempts are, and which flows leave them or come to them, from above to below."""


class CorrectionFlow(Record):
    """How many questions went which way."""

    right_right: int = Field(default=0, ge=0)
    """Right at the first attempt and at the last; one attempt is both."""
    wrong_right: int = Field(default=0, ge=0)
    right_wrong: int = Field(default=0, ge=0)
    wrong_wrong: int = Field(default=0, ge=0)
    revised: int = Field(default=0, ge=0)
    """Of them, with more than one attempt."""
    unknown: int = Field(default=0, ge=0)
    """Finished episodes of which it is not known, as no attempt was graded and no answer is known."""

    @property
    def n(self) -> int:
        """Questions in all four flows."""
        return self.right_right + self.wrong_right + self.right_wrong + self.wrong_wrong

    def share(self, *flows: Flow) -> Measured:
        """Share of all questions that went one of these ways, with Wilson's 95% interval."""
        found = sum(getattr(self, flow) for flow in flows)
        low, high = wilson(found, self.n)
        return Measured(value=found / self.n if self.n else 0.0, low=low, high=high, n=self.n)


def correction_flow(episodes: Iterable[Episode]) -> CorrectionFlow:
    """How the questions of episodes went: the first student's first attempt, and its last.

    An attempt is right as it was graded; one that nobody graded, by the very text of the reference answer.

    Args:
        episodes: Of a run or an exam; those that did not finish are passed over.
    """
    counts: dict[str, int] = dict.fromkeys(CorrectionFlow.model_fields, 0)
    for episode in finished(episodes):
        if not (attempts := _attempts(episode)):
            continue
        first, last = (is_right(episode, turn) for turn in (attempts[0], attempts[-1]))
        if first is None or last is None:
            counts["unknown"] += 1
            continue
        counts["_".join("right" if right else "wrong" for right in (first, last))] += 1
        counts["revised"] += len(attempts) > 1
    return CorrectionFlow(**counts)


def _attempts(episode: Episode) -> list[Turn]:
    """What the student who began wrote on the episode's own question."""
    own = [
        turn
        for turn in episode.turns
        if turn.role is Role.STUDENT and turn.question is None and turn.ask in (Ask.ATTEMPT, Ask.REVISE)
    ]
    return [turn for turn in own if turn.seat == own[0].seat]


@dataclass(frozen=True, slots=True)
class Ribbon:
    """Where a flow leaves the first attempts, and where it comes to the last; from 0 above to 1 below."""

    flow: Flow
    first: tuple[float, float]
    last: tuple[float, float]


def ribbons(flow: CorrectionFlow, gap: float = 0.06) -> tuple[Ribbon, ...]:
    """Where the four flows run: what is right above what is wrong, and `gap` between.

    Args:
        flow: At least one question.
        gap: Of the whole height.
    """
    first, last = _stacked(flow, _FIRST, gap), _stacked(flow, _LAST, gap)
    return tuple(Ribbon(name, first[name], last[name]) for name in FLOWS)


def _stacked(flow: CorrectionFlow, side: _Side, gap: float) -> dict[Flow, tuple[float, float]]:
    places: dict[Flow, tuple[float, float]] = {}
    y = 0.0
    for _, flows in side:
        for name in flows:
            tall = getattr(flow, name) / flow.n * (1 - gap)
            places[name] = (y, y + tall)
            y += tall
        y += gap
    return places


_STRENGTH: dict[Flow, float] = {
    "right_right": 0.3,
    "wrong_right": 0.8,
    "right_wrong": 0.8,
    "wrong_wrong": 0.3,
}
"""What changed stands out."""

_NODE = 0.06  # width of the two bars, where 1 is the way between them
_LINE = 0.088  # of the height: from one line of words to the next


def plot_correction(flow: CorrectionFlow, path: Path, title: str) -> Path:
    """The four flows as ribbons from the first attempts to the last, with counts, shares and intervals.

    Args:
        flow: At least one question.
        path: Ends in one of `figures.FORMATS`.
        title: Of the picture.

    Raises:
        ConfigError: no question, another ending, or a file that cannot be written.
    """
    from matplotlib.figure import Figure

    figures.kind_of(path)
    if not flow.n:
        raise ConfigError("no attempt was graded and no answer is known, so there is no flow to draw.")
    with figures.style():
        figure = Figure(figsize=(figures.TEXT_WIDTH, 2.6))
        axes = figure.add_axes((0.0, 0.0, 1.0, 1.0))
        axes.set_axis_off()
        axes.set_xlim(-0.4, 1.96)
        axes.set_ylim(1.07, -0.24)
        axes.text(-0.38, -0.17, title, fontsize=9.5, weight="bold", va="center")
        for x, words in ((0.0, "first attempt"), (1.0, "last attempt")):
            axes.text(x, -0.055, words, ha="center", va="center", color="#3e4c59")
        found = ribbons(flow)
        for ribbon in found:
            _draw_ribbon(axes, ribbon)
        _write_first(axes, flow, found)
        _write_last(axes, flow, found)
    return figures.save(figure, path, title)


def _colour(right: bool) -> str:
    return figures.RIGHT if right else figures.WRONG


def _draw_ribbon(axes: "Axes", ribbon: Ribbon) -> None:
    from matplotlib.patches import PathPatch, Rectangle
    from matplotlib.path import Path as Curve

    for x, (top, bottom), right in (
        (-_NODE / 2, ribbon.first, ribbon.flow.startswith("right")),
        (1 - _NODE / 2, ribbon.last, ribbon.flow.endswith("right")),
    ):
        axes.add_patch(Rectangle((x, top), _NODE, bottom - top, facecolor=_colour(right), linewidth=0))
    (a, b), (c, d) = ribbon.first, ribbon.last
    left, middle, right_end = _NODE / 2, 0.5, 1 - _NODE / 2
    upper = [(left, a), (middle, a), (middle, c), (right_end, c)]
    lower = [(right_end, d), (middle, d), (middle, b), (left, b)]
    codes = [Curve.MOVETO, *[Curve.CURVE4] * 3, Curve.LINETO, *[Curve.CURVE4] * 3]
    axes.add_patch(
        PathPatch(
            Curve([*upper, *lower], codes),
            facecolor=_colour(ribbon.flow.endswith("right")),
            alpha=_STRENGTH[ribbon.flow],
            linewidth=0,
        )
    )


def _write_first(axes: "Axes", flow: CorrectionFlow, found: tuple[Ribbon, ...]) -> None:
    by_name = {ribbon.flow: ribbon.first for ribbon in found}
    for name, flows in _FIRST:
        share = flow.share(*flows)
        y = (by_name[flows[0]][0] + by_name[flows[1]][1]) / 2
        words = f"{name}  {round(share.value * share.n):,}"
        place: dict[str, Any] = {"ha": "right", "va": "center"}
        axes.text(-0.07, y - _LINE / 2, words, weight="bold", color=_colour(name == "right"), **place)
        axes.text(-0.07, y + _LINE / 2, f"{share.value:.1%}", **place)


def _write_last(axes: "Axes", flow: CorrectionFlow, found: tuple[Ribbon, ...]) -> None:
    """The flows behind what they came to, each in a line, kept apart where they are thin."""
    by_name = {ribbon.flow: ribbon.last for ribbon in found}
    tall = 2 * _LINE  # half of a block of three lines, and a line between two blocks
    middles = [(by_name[a][0] + by_name[b][1]) / 2 for _, (a, b) in _LAST]
    middles[0] = min(max(middles[0], 1.5 * _LINE), 1 - 1.5 * _LINE - 2 * tall)
    middles[1] = min(max(middles[1], middles[0] + 2 * tall), 1 - 1.5 * _LINE)
    for (name, flows), middle in zip(_LAST, middles, strict=True):
        whole = flow.share(*flows)
        colour = _colour(name == "right")
        top = middle - _LINE
        axes.text(1.07, top, name, weight="bold", color=colour, va="center")
        _write_share(axes, top, whole, weight="bold", color=colour)
        for line, part in enumerate(flows, 1):
            axes.text(1.07, top + line * _LINE, FLOWS[part], va="center")
            _write_share(axes, top + line * _LINE, flow.share(part))


def _write_share(axes: "Axes", y: float, share: Measured, **look: Any) -> None:
    """Count, share and interval, each in its column."""
    axes.text(1.56, y, f"{round(share.value * share.n):,}", ha="right", va="center", **look)
    axes.text(1.745, y, f"{share.value:.1%}", ha="right", va="center", **look)
    span = f"{share.low * 100:.0f} to {share.high * 100:.0f}%"
    axes.text(1.95, y, span, ha="right", va="center", fontsize=7, color="#3e4c59")

"""How often speakers were wrong, by the subjects' own checkers: false alarms, missed faults, wrong steps."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from ..environments.course import Course
from ..environments.subjects.base import Subject
from ..training.intervals import clustered_rate
from ..training.measures import Measured
from ..training.recipes.base import finished
from ..transcripts.errors import ConfigError, SchoolroomError
from ..transcripts.records import Ask, Attempt, Episode, Feedback, Grade, Question, Record, Turn
from . import figures

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["DIALS", "Dial", "ErrorDial", "ErrorDials", "error_dials", "plot_errors"]

Says = Literal["grades", "feedback", "demonstrations"]
Dial = Literal["false_alarms", "missed_faults", "misplaced", "wrong_answers", "wrong_steps"]

DIALS: dict[Dial, tuple[str, str]] = {
    "false_alarms": ("false alarms", "found wrong, of those that are right"),
    "missed_faults": ("missed faults", "found right, of those that are wrong"),
    "misplaced": ("misplaced blame", "another step blamed than the first wrong one"),
    "wrong_answers": ("wrong answers", "solutions shown that end in a wrong answer"),
    "wrong_steps": ("wrong steps", "of all steps shown"),
}
"""Each dial: what it is called, and what it counts."""


class ErrorDial(Record):
    """One error rate of one speaker."""

    seat: str
    persona: str
    """Name and version, as in ``weak@1``."""
    model: str
    says: Says
    dial: Dial
    wrong: int
    rate: Measured
    """Wrong over all that could have been; for its interval, what was said in one episode is one cluster."""


class ErrorDials(Record):
    """All error rates of a run."""

    dials: tuple[ErrorDial, ...]
    unchecked: int
    """Turns that no checker could judge: none knows the answer, or the file of questions is not there."""


def error_dials(course: Course, episodes: Iterable[Episode]) -> ErrorDials:
    """How often grades, feedback and demonstrations were wrong.

    A grade is of the answer alone, and judged so; feedback is of the steps as well.

    Args:
        course: Its subjects check what was said.
        episodes: Of one run; those that did not finish are passed over.
    """
    judge = _Judge(course.checker)
    counts: dict[tuple[str, str, str, Says, Dial], list[tuple[int, int]]] = {}
    for episode in finished(episodes):
        models = {info.seat: info.model for info in episode.seats}
        found: dict[tuple[str, str, str, Says, Dial], list[tuple[int, int]]] = {}
        for turn in episode.turns:
            who = (turn.seat, turn.persona, models.get(turn.seat, ""))
            for says, dial, wrong, out_of in judge.outcomes(episode, turn):
                found.setdefault((*who, says, dial), []).append((wrong, out_of))
        for key, pairs in found.items():
            wrongs, totals = zip(*pairs, strict=True)
            counts.setdefault(key, []).append((sum(wrongs), sum(totals)))
    order = list(DIALS)
    dials = [_dial(key, clusters) for key, clusters in counts.items()]
    dials.sort(key=lambda d: (d.seat, d.persona, d.model, d.says, order.index(d.dial)))
    return ErrorDials(dials=tuple(dials), unchecked=judge.unchecked)


def _dial(key: tuple[str, str, str, Says, Dial], clusters: Sequence[tuple[int, int]]) -> ErrorDial:
    seat, persona, model, says, dial = key
    rate, low, high = clustered_rate(clusters)
    n = sum(out_of for _, out_of in clusters)
    return ErrorDial(
        seat=seat,
        persona=persona,
        model=model,
        says=says,
        dial=dial,
        wrong=sum(wrong for wrong, _ in clusters),
        rate=Measured(value=rate, low=low, high=high, n=n),
    )


_Outcome = tuple[Says, Dial, int, int]
"""What was said, the dial that it turns, how much was wrong, and out of how much."""


@dataclass
class _Judge:
    """Looks what was said up in the subjects, and counts what none can judge."""

    checker: Callable[[str], Subject]
    unchecked: int = 0
    _lost: set[str] = field(default_factory=set)

    def outcomes(self, episode: Episode, turn: Turn) -> Iterator[_Outcome]:
        """What `turn` adds to the dials of its speaker."""
        question = episode.question_of(turn)
        match turn.payload:
            case Grade() | Feedback() as verdict:
                judged = self._checked(question, _judged(episode, turn))
                yield from () if judged is None else _verdict(verdict, *judged)
            case Attempt() as shown if turn.ask is Ask.DEMONSTRATE:
                judged = self._checked(question, shown)
                yield from () if judged is None else _demonstration(shown, *judged)
            case _:
                return

    def _checked(self, question: Question, attempt: Attempt | None) -> tuple[bool, Feedback, int] | None:
        """Whether the answer is right, the first fault, and how many steps are wrong; None: nobody knows."""
        if attempt is None:
            return None
        try:
            if question.subject in self._lost:
                raise ConfigError("no such subject")
            subject = self._subject(question)
            if subject.solve(question).answer is None:
                raise ConfigError("no answer is known")
            return (
                subject.answers_match(question, attempt.answer),
                subject.check(question, attempt),
                len(subject.wrong_steps(question, attempt)),
            )
        except SchoolroomError:
            self.unchecked += 1
            return None

    def _subject(self, question: Question) -> Subject:
        try:
            return self.checker(question.subject)
        except SchoolroomError:
            self._lost.add(question.subject)
            raise


def _judged(episode: Episode, turn: Turn) -> Attempt | None:
    """The attempt that a grade or feedback is about: the last that its speaker heard."""
    heard = set(turn.heard)
    attempts = [earlier.attempt for earlier in episode.turns if earlier.index in heard and earlier.attempt]
    return attempts[-1] if attempts else None


def _verdict(verdict: Grade | Feedback, answer: bool, truth: Feedback, _: int) -> Iterator[_Outcome]:
    says: Says = "grades" if isinstance(verdict, Grade) else "feedback"
    sound = answer if isinstance(verdict, Grade) else truth.correct
    dial: Dial = "false_alarms" if sound else "missed_faults"
    yield says, dial, int(verdict.correct != sound), 1
    if isinstance(verdict, Feedback) and not sound and not verdict.correct and verdict.step is not None:
        yield says, "misplaced", int(verdict.step != truth.step), 1


def _demonstration(shown: Attempt, answer: bool, _: Feedback, wrong_steps: int) -> Iterator[_Outcome]:
    yield "demonstrations", "wrong_answers", int(not answer), 1
    if shown.steps:
        yield "demonstrations", "wrong_steps", wrong_steps, len(shown.steps)


def plot_errors(found: ErrorDials, path: Path, title: str) -> Path:
    """A row a dial: the error rate with its 95% interval, speaker by speaker.

    Args:
        found: At least one dial.
        path: Ends in one of `figures.FORMATS`.
        title: Of the picture.

    Raises:
        ConfigError: no dial, another ending, or a file that cannot be written.
    """
    from matplotlib.figure import Figure

    figures.kind_of(path)
    if not found.dials:
        raise ConfigError("nobody graded, gave feedback or showed a solution that could be checked.")
    groups: dict[tuple[str, str, str, str], list[ErrorDial]] = {}
    for dial in found.dials:
        groups.setdefault((dial.seat, dial.persona, dial.model, dial.says), []).append(dial)
    rows = len(found.dials) + len(groups)
    with figures.style():
        figure = Figure(figsize=(figures.TEXT_WIDTH, 0.21 * rows + 0.85), layout="constrained")
        figures.write_title(figure, title)
        axes = figure.subplots()
        _draw_groups(axes, list(groups.values()), rows)
    return figures.save(figure, path, title)


def _draw_groups(axes: "Axes", groups: Sequence[Sequence[ErrorDial]], rows: int) -> None:
    ticks: dict[int, str] = {}
    row = 0
    for number, dials in enumerate(groups):
        first = dials[0]
        heading = f"{first.seat}'s {first.says}"
        axes.text(0.0, row, f" {heading}, {first.persona}", va="center", weight="bold")
        for dial in dials:
            row += 1
            ticks[row] = DIALS[dial.dial][0]
            _draw_dial(axes, row, dial, number)
        row += 1
    axes.set_yticks(list(ticks), list(ticks.values()))
    axes.set_ylim(rows - 0.4, -0.6)
    highest = max(dial.rate.high for dials in groups for dial in dials)
    axes.set_xlim(0, min(1.0, max(0.1, 1.02 * highest)))
    axes.grid(axis="y", visible=False)
    axes.tick_params(axis="y", length=0)
    axes.set_xlabel("share that was wrong, against the checker")


def _draw_dial(axes: "Axes", row: int, dial: ErrorDial, group: int) -> None:
    colour, rate = figures.PALETTE[group % len(figures.PALETTE)], dial.rate
    marker = figures.MARKERS[group % len(figures.MARKERS)]
    axes.plot([rate.low, rate.high], [row, row], color=colour, linewidth=1.6, solid_capstyle="round")
    axes.plot([rate.value], [row], marker, color=colour, markersize=4.5, clip_on=False, zorder=3)
    axes.annotate(
        f"{dial.wrong:,} of {rate.n:,}",
        (1.01, row),
        xycoords=("axes fraction", "data"),
        va="center",
        fontsize=7,
        color="#3e4c59",
        annotation_clip=False,
    )

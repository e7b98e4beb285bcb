"""What iterations show: each part as it begins, and what came of them, for people and as JSON."""

import shlex
from pathlib import Path

from rich.table import Table
from rich.text import Text

from ..environments.lessons import Lesson
from ..environments.reports import LessonReport
from ..studies.iterate import Iteration, IterationsReport, IterationsWatcher
from ..training.measures import ExamReport
from ..transcripts.records import Episode, Json, Run
from .exam_report import exam_json, paired_json, paired_words
from .run_report import database_words, print_cut_short
from .run_screen import ClassroomScreen
from .screen import (
    NONE,
    Bar,
    Bars,
    count,
    headline,
    out,
    print_next,
    quantity,
    seconds,
    share,
    signed,
    span,
    table,
)
from .settings import Settings

__all__ = ["IterationsScreen", "iterations_json", "print_iterations"]

NUMBERS = ("episodes", "rows", "steps", "tokens", "acc@t1", "acc@t2", "delta")

STAGES = {
    "gold": "a teacher demonstrates the gold",
    "school": "iteration {number}: the student goes to school",
    "training": "iteration {number}: it is trained",
    "exam": "iteration {number}: it is examined",
}


class IterationsScreen(IterationsWatcher):
    """Moves bars, and says how each iteration ended."""

    def __init__(self, bars: Bars, *, quiet: bool = False) -> None:
        self._bars, self._quiet = bars, quiet
        self._classrooms = ClassroomScreen(bars)
        self._training: Bar | None = None

    def stage_began(self, name: str) -> None:
        """Say what begins."""
        stage, _, number = name.partition(" ")
        self._say(STAGES[stage].format(number=number))
        self._training = self._bars.add("training", 0) if stage == "training" else None

    def stepped(self, step: int, steps: int, loss: float) -> None:
        """The bar of the training moves on."""
        if self._training is not None:
            self._training.update(step, f"loss {loss:.3f}", total=steps)

    def iteration_ended(self, iteration: Iteration, *, resumed: bool) -> None:
        """Say how it went."""
        words = ["had ended before"] if resumed else []
        if iteration.exam is not None:
            n = quantity(iteration.exam.n, "held-out question")
            words.append(f"{share(iteration.exam.acc_t2.value)} right on {n}")
        if words:
            self._say(f"iteration {iteration.number}: {', '.join(words)}", style="faint")

    def run_began(self, run: Run, episodes: int) -> None:
        """New bars."""
        self._classrooms = ClassroomScreen(self._bars)
        self._classrooms.run_began(run, episodes)

    def lesson_began(self, lesson: Lesson) -> None:
        """A bar for it."""
        self._classrooms.lesson_began(lesson)

    def episode_ended(self, episode: Episode, *, resumed: bool) -> None:
        """Its lesson's bar moves on."""
        self._classrooms.episode_ended(episode, resumed=resumed)

    def lesson_ended(self, report: LessonReport) -> None:
        """Its bar is full."""
        self._classrooms.lesson_ended(report)

    def _say(self, words: str, style: str = "title") -> None:
        if not self._quiet:
            self._bars.console.print(Text(words, style=style))


def iterations_json(report: IterationsReport, settings: Settings, folder: Path) -> dict[str, Json]:
    """The outcome for a script."""
    return {
        "iterations": [_iteration_json(iteration) for iteration in report.iterations],
        "compared": None if report.test is None else paired_json(report.test),
        "runs": dict(report.runs),
        "course": settings.course,
        "out": str(folder),
        "database": report.database,
        "seed": settings.seed,
        "seconds": round(report.seconds, 3),
    }


def _iteration_json(iteration: Iteration) -> dict[str, Json]:
    exam = None if iteration.exam is None else exam_json(iteration.exam)
    return {
        "iteration": iteration.number,
        **iteration.model_dump(mode="json", exclude={"number", "exam"}),
        "exam": exam,
    }


def print_iterations(report: IterationsReport, settings: Settings, folder: Path) -> None:
    """The outcome for people."""
    console = out()
    how = f"script {settings.classroom.script}, recipe {settings.training.recipe}, seed {settings.seed}"
    console.print(headline(settings.course, how), soft_wrap=True)
    console.print()
    console.print(_iterations_table(report))
    if report.test is not None:
        console.print(
            "Alone, on held-out questions: right at the first attempt (acc@t1), at the last\n"
            "(acc@t2); what revising gained (delta), and its 95% interval.",
            style="faint",
        )
    console.print()
    console.print(_kinds_table(report))
    console.print()
    for iteration in report.iterations:
        print_cut_short(iteration.cut_short, iteration.episodes)
    if report.test is not None:
        words = paired_words(report.test)
        console.print(Text(f"the last exam against the first: {words}"), soft_wrap=True)
    last = report.iterations[-1]
    about = f"of {quantity(last.number, 'iteration')}, in {report.database} · {seconds(report.seconds)}"
    console.print(headline(str(folder), about, kind="students"), soft_wrap=True)
    console.print()
    where, who = database_words(settings), shlex.quote(f"hf:{folder / f'iteration-{last.number}'}")
    course = shlex.quote(settings.course)
    print_next(
        [
            f"schoolroom transcripts list --run {(last.run or '')[:8]}{where}",
            f"schoolroom exam --student {who} --course {course}{where}",
            f"the same command with --iterations {last.number + 1}, for one more",
        ]
    )


def _iterations_table(report: IterationsReport) -> Table:
    made = table("iteration", *NUMBERS, "95% interval", right=("iteration", *NUMBERS))
    for iteration in report.iterations:
        trained = iteration.checkpoint is not None
        amounts = (iteration.episodes, sum(iteration.rows.values()), iteration.steps, iteration.tokens)
        made.add_row(
            str(iteration.number),
            *(count(amount) if trained else NONE for amount in amounts),
            *_exam_cells(iteration.exam),
        )
    return made


def _exam_cells(exam: ExamReport | None) -> tuple[str, ...]:
    if exam is None or not exam.n:
        return (NONE, NONE, NONE, "")
    delta = exam.delta
    return (
        share(exam.acc_t1.value),
        share(exam.acc_t2.value),
        signed(delta.value),
        span(delta.low, delta.high),
    )


def _kinds_table(report: IterationsReport) -> Table:
    """How many rows there were, by kind."""
    kinds = list(dict.fromkeys(kind for iteration in report.iterations for kind in iteration.rows))
    made = table("rows of iteration", *kinds, right=("rows of iteration", *kinds))
    for iteration in report.iterations:
        if iteration.rows:
            cells = (iteration.rows.get(kind, 0) for kind in kinds)
            made.add_row(str(iteration.number), *(count(cell) if cell else NONE for cell in cells))
    return made

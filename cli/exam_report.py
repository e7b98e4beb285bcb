"""What an exam showed, as JSON and as tables: one form for every command that examines."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from rich.table import Table
from rich.text import Text

from ..environments.course import Course
from ..environments.failures import Failure
from ..environments.reports import Totals
from ..training.measures import ExamReport, Measured, Measures, Paired
from ..transcripts.records import Json, Run, SeatInfo
from .failure_report import failures_json, print_failures
from .holding import resume_command
from .run_report import database_words, totals_words
from .screen import count, headline, out, print_next, quantity, share, signed, span, table
from .settings import Settings

__all__ = [
    "Sat",
    "exam_json",
    "lessons_table",
    "measures_json",
    "measures_table",
    "p_words",
    "paired_json",
    "paired_words",
    "print_exam",
    "result_json",
]

MEANINGS: Mapping[str, tuple[str, str]] = {
    "acc_t1": ("acc@t1", "right at the first attempt"),
    "acc_t2": ("acc@t2", "right at the last attempt"),
    "delta": ("delta", "gained by revising"),
    "wrong_to_right": ("wrong to right", "of all questions"),
    "right_to_wrong": ("right to wrong", "of all questions"),
    "revision_rate": ("revised", "of all questions"),
    "step_error_rate_t1": ("step errors t1", "wrong steps, first attempts"),
    "step_error_rate_t2": ("step errors t2", "wrong steps, last attempts"),
    "feedback_accuracy": ("feedback right", "its own checks that are right"),
    "faults_found": ("faults found", "of attempts with a fault"),
    "false_alarms": ("false alarms", "of attempts without one"),
    "feedback_unusable": ("unreadable", "checks that cannot be read"),
}
"""The measures in their order: the name in tables, and what it means."""


@dataclass(frozen=True, slots=True)
class Sat:
    """An exam that was sat, and what it showed."""

    run: Run
    course: Course
    student: SeatInfo
    report: ExamReport
    compared: tuple[str, Paired] | None
    """Id of the earlier exam, and the comparison with it."""
    failures: tuple[Failure, ...]
    """Why questions were cut short."""
    totals: Totals
    seconds: float

    @property
    def out_of_budget(self) -> str | None:
        """Why it stopped before its end; nothing else cuts a whole exam short."""
        return self.run.ending.reason if self.run.ending else None


def result_json(sat: Sat, settings: Settings) -> dict[str, Json]:
    """Everything that `exam` prints for a script."""
    found = exam_json(sat.report)
    if sat.compared is not None:
        run, paired = sat.compared
        found["compared"] = {"run": run, **paired_json(paired)}
    return {
        **found,
        "failures": failures_json(sat.failures),
        **sat.totals.model_dump(mode="json", exclude={"episodes"}),
        "out_of_budget": sat.out_of_budget,
        "run": sat.run.id,
        "database": settings.database,
        "course": settings.course,
        "script": settings.exam.script,
        "student": sat.student.model_dump(mode="json"),
        "seed": settings.seed,
        "seconds": round(sat.seconds, 3),
    }


def print_exam(sat: Sat, settings: Settings) -> None:
    """Everything that `exam` prints for people."""
    console, report = out(), sat.report
    who = f"{sat.student.persona} · {sat.student.model}"
    about = f"{who} · {quantity(report.n, 'question')} · seed {settings.seed}"
    console.print(headline(sat.course.title, about), soft_wrap=True)
    console.print()
    console.print(measures_table(report))
    for what, parts in (("lesson", report.by_lesson), ("tier", report.by_tier)):
        if len(parts) > 1:
            console.print()
            console.print(lessons_table(parts, what))
    console.print()
    print_failures(sat.failures, report.n + report.cut_short)
    if sat.compared is not None:
        console.print(Text(f"against {sat.compared[0]}: {paired_words(sat.compared[1])}"))
    console.print(Text(totals_words(sat.totals, sat.seconds, resumed=True)))
    about = f"in {settings.database}"
    console.print(headline(sat.run.id, about, kind="run"), soft_wrap=True)
    console.print()
    where = database_words(settings)
    again = [resume_command(sat.run.id, settings, retry=True)] if sat.failures else []
    print_next([*again, f"schoolroom transcripts list --run {sat.run.id[:8]} --wrong{where}"])


def exam_json(report: ExamReport) -> dict[str, Json]:
    """The measures overall, by lesson and by tier."""
    return {
        **measures_json(report),
        "by_lesson": {lesson: measures_json(found) for lesson, found in report.by_lesson.items()},
        "by_tier": {str(tier): measures_json(found) for tier, found in report.by_tier.items()},
    }


def measures_json(measures: Measures) -> dict[str, Json]:
    """Each measure as a plain number, with ``…_interval`` beside it, ``…_n`` where it is over other units.

    A measure over nothing is null.
    """
    found: dict[str, Json] = {"n": measures.n, "cut_short": measures.cut_short}
    for name, measured in _measured(measures):
        found[name] = measured.value if measured.n else None
        found[f"{name}_interval"] = [measured.low, measured.high]
        if measured.n != measures.n:
            found[f"{name}_n"] = measured.n
    return found


def paired_json(paired: Paired) -> dict[str, Json]:
    """A comparison of two exams on the same questions."""
    return {
        "n": paired.n,
        "left_out": paired.left_out,
        "gained": paired.gained,
        "lost": paired.lost,
        "delta": paired.delta.value,
        "delta_interval": [paired.delta.low, paired.delta.high],
        "p_value": paired.p_value,
    }


def paired_words(paired: Paired) -> str:
    """The comparison in a sentence."""
    return (
        f"acc@t2 {signed(paired.delta.value)} ({span(paired.delta.low, paired.delta.high)}) on the same "
        f"{count(paired.n)} questions: {count(paired.gained)} gained, {count(paired.lost)} lost, "
        f"{p_words(paired.p_value)} (McNemar's exact test)"
    )


def p_words(p_value: float) -> str:
    """``p = 0.013``, ``p = 2e-09``."""
    return f"p = {p_value:.3f}" if p_value >= 0.001 else f"p = {p_value:.0e}"


def measures_table(measures: Measures) -> Table:
    """All measures, one a line."""
    made = table("measure", "value", "95% interval", "of", "", right=("value", "of"))
    for name, measured in _measured(measures):
        label, meaning = MEANINGS[name]
        value = signed(measured.value) if name == "delta" else share(measured.value)
        known = measured.n > 0
        made.add_row(
            label,
            Text(value if known else share(None), style="title" if name in ("acc_t1", "acc_t2") else ""),
            span(measured.low, measured.high) if known else "",
            count(measured.n),
            Text(meaning, style="faint"),
        )
    return made


def lessons_table(parts: Mapping[Any, Measures], what: str = "lesson") -> Table:
    """The main measures, a line a lesson (or tier)."""
    made = table(
        what,
        "n",
        "acc@t1",
        "acc@t2",
        "w to r",
        "r to w",
        "revised",
        right=("n", "acc@t1", "acc@t2", "w to r", "r to w", "revised"),
    )
    for name, found in parts.items():
        values = (found.acc_t1, found.acc_t2, found.wrong_to_right, found.right_to_wrong, found.revision_rate)
        made.add_row(str(name), count(found.n), *(share(v.value if v.n else None) for v in values))
    return made


def _measured(measures: Measures) -> Iterator[tuple[str, Measured]]:
    for name in MEANINGS:
        yield name, getattr(measures, name)

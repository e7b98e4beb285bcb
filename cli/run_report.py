"""The plan and the outcome of a run, for people and as JSON."""

import shlex
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import islice

from rich.text import Text

from ..environments.course import Course
from ..environments.failures import Failure
from ..environments.questions import first_seed
from ..environments.reports import LessonReport, SchoolReport, Totals
from ..transcripts.records import Json, Question, Run
from .failure_report import failures_json, print_failures
from .holding import resume_command
from .screen import (
    NONE,
    clean,
    count,
    headline,
    indented,
    money,
    out,
    print_next,
    quantity,
    rate,
    seconds,
    span,
    table,
)
from .settings import Settings, default_database

__all__ = [
    "database_words",
    "plan_json",
    "print_cut_short",
    "print_plan",
    "print_report",
    "report_json",
    "totals_words",
]

STATES: Mapping[str, tuple[str, str]] = {
    "mastered": ("mastered", "right"),
    "not_mastered": ("not mastered", "middling"),
    "stopped": ("stopped", "wrong"),
    "out_of_budget": ("out of budget", "wrong"),
    "not_reached": ("not reached", "faint"),
}

REASONS_SHOWN = 5
REASON_LETTERS = 160


def database_words(settings: Settings) -> str:
    """`` --db FILE`` for a command that is to be typed, or nothing where it is the default."""
    return "" if settings.database == default_database() else f" --db {shlex.quote(settings.database)}"


def report_json(report: SchoolReport, failures: Sequence[Failure], settings: Settings) -> dict[str, Json]:
    """The outcome for a script."""
    return {
        "run": report.run,
        "database": settings.database,
        "course": settings.course,
        "seed": settings.seed,
        "lessons": [_lesson_json(lesson) for lesson in report.lessons],
        "cut_short": _cut_short(report),
        "failures": failures_json(failures),
        **report.totals.model_dump(mode="json"),
        "out_of_budget": report.out_of_budget,
        "resumed": report.resumed,
        "seconds": round(report.seconds, 3),
    }


def _lesson_json(lesson: LessonReport) -> dict[str, Json]:
    return {
        "lesson": lesson.lesson,
        "state": lesson.state,
        "reason": lesson.reason,
        "taught": lesson.taught,
        "under_way": lesson.under_way,
        "finished": lesson.finished,
        "right_unaided": lesson.mastery.right,
        "wrong_unaided": lesson.mastery.wrong,
        "mastery_interval": list(lesson.interval),
        "cut_short": dict(lesson.cut_short),
    }


def print_report(report: SchoolReport, failures: Sequence[Failure], settings: Settings) -> None:
    """The outcome for people."""
    console = out()
    seats = settings.seats
    further = "".join(f", {seat.who} is {name}" for name, seat in seats.more.items())
    who = f"{seats.teacher.who} teaches {seats.student.who}, {seats.grader.who} grades{further}"
    who += f" · seed {settings.seed}"
    console.print(headline(settings.course, who), soft_wrap=True)
    console.print()
    made = table("lesson", "state", "taught", "solved unaided", "mastery", right=("taught", "solved unaided"))
    for lesson in report.lessons:
        words, style = STATES[lesson.state]
        answers = lesson.mastery.answers
        unaided = f"{count(lesson.mastery.right)} of {count(answers)}" if answers else NONE
        mastery = span(*lesson.interval) if answers else NONE
        made.add_row(
            lesson.lesson,
            Text(words, style=style),
            count(lesson.taught) if lesson.taught else NONE,
            unaided,
            mastery,
        )
    console.print(made)
    console.print()
    print_failures(failures, report.totals.episodes)
    console.print(Text(totals_words(report.totals, report.seconds, resumed=report.resumed > 0)))
    if under_way := sum(lesson.under_way for lesson in report.lessons):
        console.print(Text(f"{quantity(under_way, 'episode')} under way when it stopped.", style="faint"))
    if report.resumed:
        console.print(Text(f"{quantity(report.resumed, 'episode')} had been held before.", style="faint"))
    console.print(headline(report.run, f"in {settings.database}", kind="run"), soft_wrap=True)
    console.print()
    where = database_words(settings)
    short = report.run[:8]
    commands = [f"schoolroom transcripts list --run {short}{where}"]
    if failures:
        commands.insert(0, resume_command(report.run, settings, retry=True))
    if any(lesson.finished for lesson in report.lessons):
        commands += [
            f"schoolroom train --run {short} --out out/student{where}",
            f"schoolroom export --run {short} --format trl --out out/rows.jsonl{where}",
        ]
    print_next(commands)


def _cut_short(report: SchoolReport) -> dict[str, int]:
    reasons: Counter[str] = Counter()
    for lesson in report.lessons:
        reasons.update(lesson.cut_short)
    return dict(reasons.most_common())


def print_cut_short(reasons: Mapping[str, int], episodes: int) -> None:
    """How many of `episodes` were cut short, and why; nothing where none was."""
    if not reasons:
        return
    console = out()
    said = f"{count(sum(reasons.values()))} of {quantity(episodes, 'episode')} cut short:"
    console.print(Text(said, style="wrong"))
    for reason, number in islice(reasons.items(), REASONS_SHOWN):
        words = " ".join(clean(reason).split())
        shown = words if len(words) <= REASON_LETTERS else f"{words[:REASON_LETTERS]}…"
        console.print(indented(Text(f"{'once' if number == 1 else f'{count(number)} times'}: {shown}")))
    if (more := len(reasons) - REASONS_SHOWN) > 0:
        console.print(indented(Text(f"and {quantity(more, 'other reason')}", style="faint")))
    console.print()


def totals_words(totals: Totals, took: float, *, resumed: bool = False) -> str:
    """Episodes, turns, calls, tokens, cost and time in one line; no speed where some were held before."""
    speed = [rate(totals.turns, took, "turns")] if totals.turns and not resumed else []
    words = [quantity(totals.episodes, "episode"), quantity(totals.turns, "turn")]
    if totals.calls:
        calls = quantity(totals.calls, "model call")
        words += [
            f"{count(totals.cached)} of {calls} answered from the store" if totals.cached else calls,
            f"{count(totals.prompt_tokens)} + {count(totals.completion_tokens)} tokens",
            money(totals.cost),
        ]
    return " · ".join([*words, seconds(took), *speed])


def plan_json(run: Run, course: Course, settings: Settings) -> dict[str, Json]:
    """The plan for a script."""
    return {
        "run": run.id,
        "course": settings.course,
        "script": settings.classroom.script,
        "settings": dict(settings.classroom.settings),
        "gate": settings.classroom.gate,
        "seed": settings.seed,
        "database": settings.database,
        "seats": run.plan["seats"],
        "lessons": [
            {
                "lesson": id_,
                "subject": lesson.subject,
                "prerequisites": list(lesson.prerequisites),
                "episodes": run.plan["episodes"][id_],
                "first_question": question.text if question else None,
            }
            for id_, lesson in course.graph.items()
            for question in [_first_question(course, id_, run.seed)]
        ],
    }


def print_plan(run: Run, course: Course, settings: Settings) -> None:
    """The plan for people."""
    console = out()
    how = f"{settings.classroom.script}, gate {settings.classroom.gate}, seed {run.seed}"
    console.print(headline(course.title, how))
    console.print()
    seats = table("seat", "persona", "played by")
    for seat in run.plan["seats"]:
        seats.add_row(Text(seat["seat"], style=seat["role"]), seat["persona"], seat["model"])
    console.print(seats)
    console.print()
    lessons = table(
        "lesson", "at most", "after", "first question", right=("at most",), wide=("after", "first question")
    )
    for id_, lesson in course.graph.items():
        question = _first_question(course, id_, run.seed)
        words = " ".join(clean(question.text).split()) if question else "(none: nothing to teach)"
        lessons.add_row(
            id_,
            count(run.plan["episodes"][id_]),
            ", ".join(lesson.prerequisites),
            words if len(words) < 90 else f"{words[:90]}…",
        )
    console.print(lessons)
    console.print()
    where = f"would go to {settings.database}; nothing was asked or written"
    console.print(headline(run.id, where, kind="run"), soft_wrap=True)


def _first_question(course: Course, lesson: str, seed: int) -> Question | None:
    return next(course.questions(lesson, start=first_seed(seed, lesson)), None)

"""The command `run`: a course is taught, and every word of it stored.

The function of a command is as long as its list of options, here and in the other commands.
"""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from . import options as shared
from .options import flag, option

if TYPE_CHECKING:
    from collections.abc import Coroutine, Mapping, Sequence

    from ..agents.seats import Seat
    from ..environments.course import Course
    from ..environments.failures import Failure
    from ..environments.reports import SchoolReport
    from ..environments.school import School
    from .screen import Bars
    from .settings import Settings

__all__ = ["described_school", "run", "show_outcome", "teach"]

WHO = "PERSONA, or PERSONA@MODEL."
CLUSTER = "Many processes"


def run(
    course: shared.Course = None,
    param: shared.Params = None,
    teacher: Annotated[str | None, option(WHO, metavar="WHO", default="patient")] = None,
    student: shared.Student = None,
    grader: Annotated[str | None, option(WHO, metavar="WHO", default="exact")] = None,
    seat: shared.Seats = None,
    personas: shared.Personas = None,
    script: Annotated[str | None, option("The teaching method.", metavar="NAME", default="tutoring")] = None,
    setting: Annotated[
        list[str] | None, option("A setting of the teaching method; repeatable.", metavar="NAME=VALUE")
    ] = None,
    gate: Annotated[
        str | None,
        option(
            "What opens a lesson: all before it are mastered, or taught.",
            metavar="mastery|taught",
            default="mastery",
        ),
    ] = None,
    lessons: shared.Lessons = None,
    episodes: Annotated[
        int | None, option("Questions of each lesson, at most.", metavar="N", default="as the course says")
    ] = None,
    concurrency: Annotated[
        int | None, option("Episodes under way at once.", metavar="N", default="64")
    ] = None,
    temperature: Annotated[
        float | None,
        option("Of a student that a model plays.", metavar="X", default="as its persona says"),
    ] = None,
    base_url: shared.BaseUrl = None,
    api_key_env: shared.ApiKeyEnv = None,
    cache: shared.Cache = False,
    max_cost: shared.MaxCost = None,
    max_tokens: shared.MaxTokens = None,
    max_seconds: shared.MaxSeconds = None,
    engine: Annotated[
        str | None,
        option(
            "Where classrooms are held: here, or on a Ray cluster.",
            metavar="local|ray",
            default="local",
            panel=CLUSTER,
        ),
    ] = None,
    workers: Annotated[
        int | None,
        option("Ray's workers.", metavar="N", default="one for each processor", panel=CLUSTER),
    ] = None,
    address: Annotated[
        str | None,
        option(
            "A Ray cluster's that runs already.",
            metavar="HOST:PORT|auto",
            default="one is started here",
            panel=CLUSTER,
        ),
    ] = None,
    retry: Annotated[bool, flag("Go on with episodes that were cut short, too.", "--retry")] = False,
    db: shared.Database = None,
    seed: shared.Seed = None,
    config: shared.Config = None,
    sets: shared.Sets = None,
    dry_run: shared.DryRun = False,
    watch: Annotated[bool, flag("Show each conversation as it ends, on standard error.", "--watch")] = False,
    quiet: shared.Quiet = False,
    as_json: shared.JsonFlag = False,
) -> None:
    """Teach a course: teacher, student and grader work through its lessons.

    The same command goes on where it stopped. With everything left out, scripted personas work through the
    course of the demo, without any model.
    """
    from ..transcripts.errors import ConfigError
    from .budget_settings import parse_budget
    from .seat_settings import parse_seats
    from .settings import load_settings, pairs_under, split_names

    given = {
        "course": course,
        "seats.teacher.who": teacher,
        "seats.student.who": student,
        "seats.student.temperature": temperature,
        "seats.grader.who": grader,
        "personas": [str(folder) for folder in personas] if personas else None,
        "lessons": split_names(lessons),
        "classroom.script": script,
        "classroom.gate": gate,
        "classroom.episodes": episodes,
        "classroom.concurrency": concurrency,
        "classroom.retry": retry or None,
        "llm.base_url": base_url,
        "llm.api_key_env": api_key_env,
        "engine.name": engine,
        "engine.workers": workers,
        "engine.address": address,
        "cache": cache or None,
        "database": db,
        "seed": seed,
    }
    pairs = parse_seats(seat) | parse_budget(max_cost, max_tokens, max_seconds)
    pairs |= pairs_under("parameters", param, "--param")
    pairs |= pairs_under("classroom.settings", setting, "--setting")
    settings = load_settings(config, sets or (), given, pairs)
    if settings.engine.name != "ray" and (workers or address):
        raise ConfigError("--workers and --address are for Ray; say --engine ray, too.")
    if dry_run:
        _plan(settings, as_json)
        return
    report, failures = teach(settings, watch=watch, quiet=quiet)
    show_outcome(report, failures, settings, as_json=as_json)


def described_school(settings: "Settings") -> "tuple[Course, School]":
    """The course, and a school that nobody sits in: all that can be wrong with the settings shows here."""
    from .plan import course_of, described_seat

    course = course_of(settings)
    seats = {name: described_seat(settings, name) for name in settings.seats.names}
    return course, _school(settings, course, seats)


def teach(settings: "Settings", *, watch: bool, quiet: bool) -> "tuple[SchoolReport, tuple[Failure, ...]]":
    """Teach the course, from where an earlier session stopped; what came of it, and what failed."""
    from ..environments.failures import Failures
    from ..transcripts.store import Store
    from .cluster import engine_of
    from .holding import held
    from .plan import described_seat, seats_of
    from .run_screen import ClassroomScreen

    course, described = described_school(settings)
    failures = Failures()
    with Store.open(settings.database) as store, engine_of(settings, described.planned, store) as engine:

        def work(shown: "Bars") -> "Coroutine[Any, Any, SchoolReport]":
            seats: Mapping[str, Seat]
            if engine is None:
                seats = seats_of(settings, course, store)
            else:  # its workers seat everybody
                seats = {name: described_seat(settings, name) for name in settings.seats.names}
            observers = [ClassroomScreen(shown, watch=watch), failures]
            return _school(settings, course, seats, store=store, observers=observers, engine=engine).run()

        report = held(store, described.planned, work, settings, quiet=quiet)
    return report, failures.found


def show_outcome(
    report: "SchoolReport", failures: "Sequence[Failure]", settings: "Settings", *, as_json: bool
) -> None:
    """Print what came of it.

    Raises:
        BudgetSpent: the run stopped before its end.
        ProtocolError: a subject failed, and its lesson was stopped.
        typer.Exit: nobody could speak.
    """
    from ..transcripts.errors import ProtocolError
    from .holding import stop_where_spent
    from .run_report import print_report, report_json
    from .screen import print_json

    if as_json:
        print_json(report_json(report, failures, settings))
    else:
        print_report(report, failures, settings)
    stop_where_spent(report.out_of_budget, report.run, settings)
    if report.totals.episodes and not any(lesson.finished for lesson in report.lessons):
        typer.echo("error: every episode was cut short; nobody could speak.", err=True)
        raise typer.Exit(4)
    if broken := [lesson.reason for lesson in report.lessons if lesson.state == "stopped" and lesson.reason]:
        raise ProtocolError("; ".join(broken))


def _school(settings: "Settings", course: "Course", seats: "Mapping[str, Seat]", **rest: Any) -> "School":
    from ..environments.school import School
    from .plan import details_of
    from .recall import remembered

    classroom = settings.classroom
    return School(
        course,
        seats,
        script=classroom.script,
        settings=classroom.settings,
        seed=settings.seed,
        gate=classroom.gate,
        episodes=classroom.episodes,
        wave=classroom.wave,
        concurrency=classroom.concurrency,
        retry=classroom.retry,
        budget=settings.budget,
        details=details_of(settings, settings.seats.names),
        asked=remembered(settings),
        **rest,
    )


def _plan(settings: "Settings", as_json: bool) -> None:
    """Show what would be taught, by whom."""
    from .run_report import plan_json, print_plan
    from .screen import print_json

    course, school = described_school(settings)
    if as_json:
        print_json(plan_json(school.planned, course, settings))
    else:
        print_plan(school.planned, course, settings)

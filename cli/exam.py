"""The command `exam`: a student answers held-out questions alone, and is measured."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from . import options as shared
from .options import flag, option

if TYPE_CHECKING:
    from collections.abc import Coroutine, Mapping, Sequence

    from ..agents.seats import Seat
    from ..environments.course import Course
    from ..environments.observers import Observer
    from ..transcripts.records import Episode, Run
    from ..transcripts.store import Store
    from .exam_report import Sat
    from .screen import Bars
    from .settings import Settings

__all__ = ["described_exam", "exam", "examine", "show_outcome"]

ALONE = "exam"
"""The script that cues nobody beside student and grader; no other seat is taken for it."""


def exam(
    student: shared.Student = None,
    course: shared.Course = None,
    param: shared.Params = None,
    lessons: shared.Lessons = None,
    questions: Annotated[int | None, option("Of each lesson, at most.", metavar="N", default="100")] = None,
    max_revisions: Annotated[
        int | None, option("How often the student may revise.", metavar="N", default="1")
    ] = None,
    script: Annotated[
        str | None, option("How the student is examined.", metavar="NAME", default="exam")
    ] = None,
    setting: Annotated[
        list[str] | None, option("A setting of that script; repeatable.", metavar="NAME=VALUE")
    ] = None,
    seat: shared.Seats = None,
    compare: Annotated[
        str | None, option("An earlier exam on the same questions: McNemar's test.", metavar="RUN")
    ] = None,
    personas: shared.Personas = None,
    base_url: shared.BaseUrl = None,
    api_key_env: shared.ApiKeyEnv = None,
    cache: shared.Cache = False,
    max_cost: shared.MaxCost = None,
    max_tokens: shared.MaxTokens = None,
    max_seconds: shared.MaxSeconds = None,
    retry: Annotated[bool, flag("Go on with episodes that were cut short, too.", "--retry")] = False,
    db: shared.Database = None,
    seed: shared.Seed = None,
    config: shared.Config = None,
    sets: shared.Sets = None,
    quiet: shared.Quiet = False,
    as_json: shared.JsonFlag = False,
) -> None:
    """Examine a student on questions that are never taught.

    It attempts, checks itself and revises; nobody tells it when to stop. Its answers are scored exactly,
    unless --seat grader=WHO says otherwise, and its words are greedy (temperature 0). The same seed asks the
    same questions, whoever sits the exam.
    """
    from .budget_settings import parse_budget
    from .seat_settings import parse_seats
    from .settings import load_settings, pairs_under, split_names

    given: dict[str, Any] = {
        "seats.student.who": student,
        "seats.student.temperature": 0.0,
        "seats.grader.who": "exact",
        "course": course,
        "lessons": split_names(lessons),
        "exam.script": script,
        "exam.questions": questions,
        "exam.max_revisions": max_revisions,
        "exam.retry": retry or None,
        "personas": [str(folder) for folder in personas] if personas else None,
        "llm.base_url": base_url,
        "llm.api_key_env": api_key_env,
        "cache": cache or None,
        "database": db,
        "seed": seed,
    }
    pairs = parse_seats(seat) | parse_budget(max_cost, max_tokens, max_seconds)
    pairs |= pairs_under("parameters", param, "--param")
    pairs |= pairs_under("exam.settings", setting, "--setting")
    settings = load_settings(config, sets or (), given, pairs)
    sat = examine(settings, compare=compare, quiet=quiet)
    show_outcome(sat, settings, as_json=as_json)


def described_exam(settings: "Settings") -> "tuple[Course, Run]":
    """The course, and an exam that nobody sits: all that can be wrong with the settings shows here."""
    from ..environments.episodes import bind_script
    from ..environments.examination import planned_exam
    from .plan import course_of, described_seat, details_of
    from .recall import remembered

    exam, names = settings.exam, _names(settings)
    of_script = {"max_revisions": exam.max_revisions, **exam.settings}
    bind_script(exam.script, of_script)
    course = course_of(settings)
    planned, _ = planned_exam(
        course,
        [described_seat(settings, name) for name in names],
        questions=exam.questions,
        seed=settings.seed,
        script=exam.script,
        settings=of_script,
        details=details_of(settings, names),
        asked=remembered(settings),
    )
    return course, planned


def examine(settings: "Settings", *, compare: str | None, quiet: bool, watch: bool = False) -> "Sat":
    """Have the exam sat, from where an earlier session stopped, and measured.

    Args:
        settings: Who sits it, and what is asked.
        compare: An earlier exam on the same questions.
        quiet: No bars.
        watch: Show each conversation as it ends.
    """
    import time
    from functools import reduce

    from ..environments.failures import Failures
    from ..environments.reports import Totals
    from ..training.measures import mcnemar, measure
    from ..transcripts.records import Role, SeatInfo
    from ..transcripts.store import Store
    from .exam_report import Sat
    from .holding import held
    from .plan import cache_of, seat_of
    from .run_screen import ClassroomScreen

    course, planned = described_exam(settings)
    began, failures = time.monotonic(), Failures()
    with Store.open(settings.database) as store:
        earlier = None if compare is None else store.run(compare)
        before = [] if earlier is None else list(store.episodes(run=earlier.id, calls=False))

        def work(shown: "Bars") -> "Coroutine[Any, Any, tuple[Run, list[Episode]]]":
            cache = cache_of(settings, store)
            seats = {name: seat_of(settings, name, course, cache) for name in _names(settings)}
            observers = [ClassroomScreen(shown, watch=watch), failures]
            return _sitting(settings, course, seats, store, observers)

        run, episodes = held(store, planned, work, settings, quiet=quiet)
    student = next(seat for seat in run.plan["seats"] if seat["seat"] == Role.STUDENT)
    return Sat(
        run=run,
        course=course,
        student=SeatInfo.model_validate(student),
        report=measure(episodes),
        totals=reduce(Totals.plus, episodes, Totals()),
        compared=None if earlier is None else (earlier.id, mcnemar(before, episodes)),
        failures=failures.found,
        seconds=time.monotonic() - began,
    )


def show_outcome(sat: "Sat", settings: "Settings", *, as_json: bool) -> None:
    """Print what came of it.

    Raises:
        BudgetSpent: the exam stopped before its end.
        typer.Exit: the student could not speak.
    """
    from .exam_report import print_exam, result_json
    from .holding import stop_where_spent
    from .screen import print_json

    if as_json:
        print_json(result_json(sat, settings))
    else:
        print_exam(sat, settings)
    stop_where_spent(sat.out_of_budget, sat.run.id, settings)
    if not sat.report.n:
        typer.echo("error: every question was cut short; the student could not speak.", err=True)
        raise typer.Exit(4)


def _names(settings: "Settings") -> tuple[str, ...]:
    """Of the seats that are taken."""
    from ..transcripts.records import Role

    further = tuple(name for name in settings.seats.names if name not in (Role.STUDENT, Role.GRADER))
    return (Role.STUDENT, Role.GRADER, *(() if settings.exam.script == ALONE else further))


def _sitting(
    settings: "Settings",
    course: "Course",
    seats: "Mapping[str, Seat]",
    store: "Store",
    observers: "Sequence[Observer]",
) -> "Coroutine[Any, Any, tuple[Run, list[Episode]]]":
    """The exam, to be awaited: its run, and all answers, graded."""
    from ..environments.examination import sit_exam
    from .plan import details_of
    from .recall import remembered

    exam = settings.exam
    student, grader, *others = seats.values()
    return sit_exam(
        course,
        student,
        grader,
        store,
        questions=exam.questions,
        seed=settings.seed,
        max_revisions=exam.max_revisions,
        script=exam.script,
        settings=exam.settings,
        others=others,
        concurrency=exam.concurrency,
        observers=observers,
        retry=exam.retry,
        budget=settings.budget,
        details=details_of(settings, seats),
        asked=remembered(settings),
    )

"""The command `exam`: a student answers held-out questions alone, and is measured."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from . import options as shared
from .options import option

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..agents.seats import Seat
    from ..environments.course import Course
    from ..transcripts.records import Episode, Run
    from ..transcripts.store import Store
    from .exam_report import Sat
    from .settings import Settings

__all__ = ["exam"]

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
    from .exam_report import print_exam, result_json
    from .screen import print_json
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
        "personas": [str(folder) for folder in personas] if personas else None,
        "llm.base_url": base_url,
        "llm.api_key_env": api_key_env,
        "database": db,
        "seed": seed,
    }
    pairs = parse_seats(seat)
    pairs |= pairs_under("parameters", param, "--param")
    pairs |= pairs_under("exam.settings", setting, "--setting")
    settings = load_settings(config, sets or (), given, pairs)
    sat = _sit(settings, compare, quiet)
    if as_json:
        print_json(result_json(sat, settings))
    else:
        print_exam(sat, settings)
    if not sat.report.n:
        typer.echo("error: every question was cut short; the student could not speak.", err=True)
        raise typer.Exit(4)


def _sit(settings: "Settings", compare: str | None, quiet: bool) -> "Sat":
    """Have the exam sat and measured."""
    import time

    from ..environments.reports import cut_short_reasons
    from ..training.measures import mcnemar, measure
    from ..transcripts.records import Role
    from ..transcripts.store import Store
    from .exam_report import Sat
    from .plan import course_of

    course = course_of(settings)
    seats = _seats(settings, course)
    began = time.monotonic()
    with Store.open(settings.database) as store:
        earlier = None if compare is None else store.run(compare)
        before = [] if earlier is None else list(store.episodes(run=earlier.id, calls=False))
        run, episodes = _answers(settings, course, seats, store, quiet)
    return Sat(
        run=run,
        course=course,
        student=seats[Role.STUDENT].info,
        report=measure(episodes),
        compared=None if earlier is None else (earlier.id, mcnemar(before, episodes)),
        cut_short=cut_short_reasons(episodes),
        seconds=time.monotonic() - began,
    )


def _seats(settings: "Settings", course: "Course") -> "dict[str, Seat]":
    """Who sits there by name, once it is known that the script can be held."""
    from ..environments.episodes import bind_script
    from ..transcripts.records import Role
    from .plan import seat_of

    exam = settings.exam
    bind_script(exam.script, {"max_revisions": exam.max_revisions, **exam.settings})
    names = (Role.STUDENT, Role.GRADER) if exam.script == ALONE else settings.seats.names
    return {name: seat_of(settings, name, course) for name in names}


def _answers(
    settings: "Settings", course: "Course", seats: "Mapping[str, Seat]", store: "Store", quiet: bool
) -> "tuple[Run, list[Episode]]":
    """The exam's run with all its answers, graded; an interruption says how to go on."""
    import asyncio

    from ..environments.examination import sit_exam
    from ..transcripts.records import Role
    from .plan import details_of
    from .recall import remembered
    from .run_screen import ClassroomScreen
    from .screen import bars

    exam = settings.exam
    try:
        with bars(quiet=quiet) as shown:
            sitting = sit_exam(
                course,
                seats[Role.STUDENT],
                seats[Role.GRADER],
                store,
                questions=exam.questions,
                seed=settings.seed,
                max_revisions=exam.max_revisions,
                script=exam.script,
                settings=exam.settings,
                others=[seat for name, seat in seats.items() if name not in (Role.STUDENT, Role.GRADER)],
                concurrency=exam.concurrency,
                observers=[ClassroomScreen(shown)],
                details=details_of(settings, seats),
                asked=remembered(settings),
            )
            return asyncio.run(sitting)
    except KeyboardInterrupt:
        typer.echo(
            f"interrupted: what was answered is in {store.where}; the same command goes on from there.",
            err=True,
        )
        raise typer.Exit(130) from None

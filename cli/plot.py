"""The commands `plot`: pictures for papers and reports, each drawn of what a database holds."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from . import options as shared
from .commands import Command, Commands
from .options import option

if TYPE_CHECKING:
    from ..transcripts.records import Run, RunKind
    from ..transcripts.store import Store

__all__ = ["app"]

app = typer.Typer(
    cls=Commands,
    help="Draw pictures for papers and reports: SVG, PDF or PNG. The same data give the same SVG file.",
    no_args_is_help=True,
)

RunArgument = Annotated[
    str | None,
    typer.Argument(help="Its id, or the beginning; the last one.", metavar="[RUN]", show_default=False),
]
ExamArguments = Annotated[
    list[str] | None,
    typer.Argument(
        help="Ids, or their beginnings, the earliest exam first; the last one.",
        metavar="[EXAM]...",
        show_default=False,
    ),
]
Out = Annotated[
    Path | None,
    option("A file that ends in .svg, .pdf or .png.", "--out", metavar="FILE", default="as plot and run"),
]
Title = Annotated[str | None, option("What stands above the picture.", "--title", metavar="TEXT")]
JsonFlag = Annotated[
    bool, typer.Option("--json", help="Print the numbers alone, as JSON; draw only where --out says.")
]


@app.command("lessons", cls=Command)
def lessons(
    run: RunArgument = None,
    out: Out = None,
    db: shared.Database = None,
    as_json: JsonFlag = False,
) -> None:
    """Draw the graph of a run's lessons, with how far each was mastered as colour."""
    from ..plots.lessons import course_of, lesson_standings, plot_lessons

    with _opened(db) as store:
        chosen = _run(store, run)
        course = course_of(chosen)
        found = lesson_standings(course, store.episodes(run=chosen.id, calls=False))
    told = {"run": chosen.id, "course": course.id, "lessons": [one.model_dump(mode="json") for one in found]}
    _give("lessons", [chosen], told, out, as_json, lambda file: plot_lessons(course, file, found))


@app.command("mastery", cls=Command)
def mastery(
    run: RunArgument = None,
    out: Out = None,
    title: Title = None,
    db: shared.Database = None,
    as_json: JsonFlag = False,
) -> None:
    """Draw how each lesson was mastered, answer by answer: the posterior's mean and credible interval."""
    from ..plots.lessons import course_of
    from ..plots.mastery import mastery_curves, plot_mastery

    with _opened(db) as store:
        chosen = _run(store, run)
        course = course_of(chosen)
        found = mastery_curves(course, store.episodes(run=chosen.id, calls=False))
    words = title or f"Mastery of {course.title}, answer by answer"
    told = {"run": chosen.id, "course": course.id, "lessons": [one.model_dump(mode="json") for one in found]}
    _give("mastery", [chosen], told, out, as_json, lambda file: plot_mastery(found, file, words))


@app.command("exam", cls=Command)
def exam(
    exams: ExamArguments = None,
    out: Out = None,
    title: Title = None,
    db: shared.Database = None,
    as_json: JsonFlag = False,
) -> None:
    """Draw exams on the same questions beside each other, by lesson and tier, and what changed.

    Two exams, before and after, are paired question by question; further ones are each compared with the
    first. Filled marks are last attempts with their 95% intervals, hollow ones first attempts.
    """
    from ..plots.exams import compare_exams, plot_exams

    with _opened(db) as store:
        chosen = _exams(store, exams)
        found = compare_exams([(run, store.episodes(run=run.id, calls=False)) for run in chosen])
    words = title or f"Exam: {_course(chosen[0])}"
    told = found.model_dump(mode="json")
    _give("exam", chosen, told, out, as_json, lambda file: plot_exams(found, file, words))


@app.command("correction", cls=Command)
def correction(
    run: Annotated[
        str | None,
        typer.Argument(help="A run or an exam; the last exam.", metavar="[RUN|EXAM]", show_default=False),
    ] = None,
    out: Out = None,
    title: Title = None,
    db: shared.Database = None,
    as_json: JsonFlag = False,
) -> None:
    """Draw what became of first attempts: right or wrong at the first, and right or wrong at the last.

    In an exam the student corrects itself, alone; in a classroom it has heard what the teacher said.
    """
    from ..plots.correction import FLOWS, correction_flow, plot_correction

    with _opened(db) as store:
        chosen = store.run(run) if run else _last(store, "exam")
        found = correction_flow(store.episodes(run=chosen.id, calls=False))
    how = "Self-correction, alone" if chosen.kind == "exam" else "Correction, in class"
    words = title or f"{how}: {_course(chosen)}"
    shares = {flow: found.share(flow).model_dump(mode="json") for flow in FLOWS}
    told = {"run": chosen.id, **found.model_dump(mode="json"), "n": found.n, "shares": shares}
    _give("correction", [chosen], told, out, as_json, lambda file: plot_correction(found, file, words))


@app.command("errors", cls=Command)
def errors(
    run: RunArgument = None,
    out: Out = None,
    title: Title = None,
    db: shared.Database = None,
    as_json: JsonFlag = False,
) -> None:
    """Draw how often graders and teachers were wrong: false alarms, missed faults, wrong steps.

    What they said is held against the checkers of the run's subjects.
    """
    from ..plots.errors import error_dials, plot_errors
    from ..plots.lessons import course_of
    from .recall import where_it_began

    with _opened(db) as store:
        chosen = _run(store, run)
        with where_it_began(chosen):
            found = error_dials(course_of(chosen), store.episodes(run=chosen.id, calls=False))
    words = title or f"Who was wrong, and how often: {_course(chosen)}"
    told = {"run": chosen.id, **found.model_dump(mode="json")}
    _give("errors", [chosen], told, out, as_json, lambda file: plot_errors(found, file, words))


@app.command("curves", cls=Command)
def curves(
    exams: ExamArguments = None,
    out: Out = None,
    title: Title = None,
    db: shared.Database = None,
    as_json: JsonFlag = False,
) -> None:
    """Draw learning curves: the same exam again and again, as a student was trained on and on.

    Name the last exam of each student, as that of the last iteration of 'schoolroom iterate': the exams of
    those that it grew from are found by their checkpoints.
    """
    from ..plots.curves import learning_curve, plot_curves

    with _opened(db) as store:
        chosen = _exams(store, exams)
        found = [learning_curve(store, run) for run in chosen]
    words = title or f"Learning curve: {_course(chosen[0])}"
    told = {"curves": [curve.model_dump(mode="json") for curve in found]}
    _give("curves", chosen, told, out, as_json, lambda file: plot_curves(found, file, words))


def _opened(db: str | None) -> "Store":
    from .stored import opened

    return opened(db)


def _run(store: "Store", wanted: str | None) -> "Run":
    """The run that is named, or the last simulation."""
    return store.run(wanted) if wanted else _last(store, "simulation")


def _exams(store: "Store", wanted: list[str] | None) -> "list[Run]":
    """The exams that are named, or the last one.

    Raises:
        ConfigError: one of them is no exam.
    """
    from ..transcripts.errors import ConfigError

    chosen = [store.run(id_) for id_ in wanted or ()] or [_last(store, "exam")]
    for run in chosen:
        if run.kind != "exam":
            raise ConfigError(
                f"run {run.id} is no exam ({run.kind}); 'schoolroom transcripts runs' lists the exams."
            )
    return chosen


def _last(store: "Store", kind: "RunKind") -> "Run":
    from ..transcripts.errors import NotStored
    from .screen import note

    found = [run for run in store.runs() if run.kind == kind]
    if not found:
        command = "exam" if kind == "exam" else "run"
        raise NotStored(f"{store.where} holds no {kind}; 'schoolroom {command}' makes one.")
    note(f"run {found[-1].id}, the last {kind} in {store.where}")
    return found[-1]


def _course(run: "Run") -> str:
    """What the run's course is called."""
    course = run.plan.get("course") or {}
    return str(course.get("title") or course.get("id") or run.id)


def _give(
    what: str, runs: "list[Run]", told: Any, out: Path | None, as_json: bool, draw: Callable[[Path], Path]
) -> None:
    """Draw the picture, and say where it is; or print the numbers."""
    from .screen import clean, print_json

    file = out or Path(f"{what}-{'-'.join(run.id[:8] for run in runs[:2])}.svg")
    if out is not None or not as_json:
        draw(file)
    if as_json:
        print_json(told)
    else:
        typer.echo(f"{clean(what)} drawn in {file}")

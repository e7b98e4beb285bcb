"""The command `iterate`: a student goes to school, is trained on what was said there, and goes again."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from . import options as shared
from .options import flag, option

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..agents.seats import Seat
    from ..environments.course import Course
    from ..studies.iterate import IterationsReport
    from ..studies.iterate_plan import IterationsPlan
    from ..transcripts.records import Json
    from .settings import Settings

__all__ = ["iterate"]

WHO = "PERSONA, or PERSONA@MODEL."
STUDENT = "student"


def iterate(
    out: Annotated[Path, option("Folder of the plan and of the student of each iteration.", metavar="DIR")],
    iterations: Annotated[int | None, option("How many.", metavar="N", default="3", min=1)] = None,
    student: Annotated[
        str | None,
        option("Who is taught: new, hf:FOLDER or gguf:FILE.", metavar="WHO", default="new"),
    ] = None,
    gold: Annotated[
        int | None,
        option(
            "Questions of each lesson that the teacher demonstrates first: a new student is trained on them, "
            "and their solutions are among the rows of every iteration.",
            metavar="N",
            default="0",
            min=0,
        ),
    ] = None,
    gold_steps: Annotated[
        int | None, option("Optimizer steps of a new student on the gold.", metavar="N", default="as --steps")
    ] = None,
    course: shared.Course = None,
    param: shared.Params = None,
    lessons: shared.Lessons = None,
    episodes: Annotated[
        int | None,
        option("Questions of each lesson in an iteration.", metavar="N", default="as the course says"),
    ] = None,
    script: Annotated[str | None, option("The teaching method.", metavar="NAME", default="tutoring")] = None,
    setting: Annotated[
        list[str] | None, option("A setting of the teaching method; repeatable.", metavar="NAME=VALUE")
    ] = None,
    each: Annotated[
        list[str] | None,
        option(
            "One that changes: its values by iteration, the last from then on, as in rounds=0,3; repeatable.",
            metavar="NAME=A,B",
        ),
    ] = None,
    teacher: Annotated[str | None, option(WHO, metavar="WHO", default="patient")] = None,
    grader: Annotated[str | None, option(WHO, metavar="WHO", default="exact")] = None,
    seat: shared.Seats = None,
    personas: shared.Personas = None,
    temperature: Annotated[
        float | None, option("Of the student at school.", metavar="X", default="1, in every iteration")
    ] = None,
    concurrency: Annotated[
        int | None, option("Episodes under way at once.", metavar="N", default="64")
    ] = None,
    recipe: shared.Recipe = None,
    recipe_set: shared.RecipeSettings = None,
    steps: Annotated[
        int | None, option("Optimizer steps in an iteration.", metavar="N", default="300")
    ] = None,
    batch_size: Annotated[int | None, option("Rows in a step.", metavar="N", default="32")] = None,
    learning_rate: Annotated[
        float | None,
        option("At its highest.", metavar="X", default="2e-3; 2e-5 above 20 million parameters"),
    ] = None,
    exam: Annotated[
        int | None,
        option(
            "Held-out questions of each lesson, before the first iteration and after each; 0: no exams.",
            metavar="N",
            default="100",
            min=0,
        ),
    ] = None,
    exam_script: Annotated[
        str | None, option("How the student is examined.", metavar="NAME", default="exam")
    ] = None,
    exam_setting: Annotated[
        list[str] | None, option("A setting of that script; repeatable.", metavar="NAME=VALUE")
    ] = None,
    base_url: shared.BaseUrl = None,
    api_key_env: shared.ApiKeyEnv = None,
    retry: Annotated[bool, flag("Go on with episodes that were cut short, too.", "--retry")] = False,
    db: shared.Database = None,
    seed: shared.Seed = None,
    config: shared.Config = None,
    sets: shared.Sets = None,
    quiet: shared.Quiet = False,
    as_json: shared.JsonFlag = False,
) -> None:
    """Teach a student and train it on what was said, again and again (TriPosT, CITING).

    In each iteration the student that the last one left sits in the classroom, and is trained further on the
    rows that the recipe makes of what was said there; it is saved as DIR/iteration-1, -2 and so on. The same
    command goes on where it stopped: what has ended is not done again, episodes are kept one by one, and
    training that was interrupted begins anew. More iterations may be asked for later; any other change of
    the plan needs another folder.
    """
    from .iterate_screen import iterations_json, print_iterations
    from .screen import print_json
    from .seat_settings import parse_seats
    from .settings import load_settings, pairs_under, split_names

    given: dict[str, Json] = {
        "iterations.number": iterations,
        "iterations.gold": gold,
        "iterations.gold_steps": gold_steps,
        "iterations.exams": None if exam is None else exam > 0,
        "exam.script": exam_script,
        "exam.questions": exam or None,
        "training.start": student,
        "training.recipe": recipe,
        "training.steps": steps,
        "training.batch_size": batch_size,
        "training.learning_rate": learning_rate,
        "course": course,
        "lessons": split_names(lessons),
        "seats.teacher.who": teacher,
        "seats.grader.who": grader,
        "seats.student.temperature": temperature,
        "personas": [str(folder) for folder in personas] if personas else None,
        "classroom.script": script,
        "classroom.episodes": episodes,
        "classroom.concurrency": concurrency,
        "classroom.retry": retry or None,
        "llm.base_url": base_url,
        "llm.api_key_env": api_key_env,
        "database": db,
        "seed": seed,
    }
    pairs = parse_seats(seat)
    pairs |= pairs_under("parameters", param, "--param")
    pairs |= pairs_under("classroom.settings", setting, "--setting")
    pairs |= _each(each)
    pairs |= pairs_under("exam.settings", exam_setting, "--exam-setting")
    pairs |= pairs_under("training.settings", recipe_set, "--recipe-set")
    settings = load_settings(config, sets or (), given, pairs)
    report = _run(settings, out, quiet)
    if as_json:
        print_json(iterations_json(report, settings, out))
    else:
        print_iterations(report, settings, out)


def _each(pairs: "Sequence[str] | None") -> "dict[str, Json]":
    """What ``--each NAME=A,B`` says, by dotted name; a value may also be an array."""
    from .settings import parse_pairs

    values: dict[str, Json] = {}
    for name, value in parse_pairs(pairs or (), "--each").items():
        parts = value.split(",") if isinstance(value, str) else ()
        each = [parse_pairs([f"{name}={part}"], "--each")[name] for part in parts]
        values[f"iterations.each.{name}"] = each or (value if isinstance(value, list) else [value])
    return values


def _run(settings: "Settings", out: Path, quiet: bool) -> "IterationsReport":
    """Run the iterations; an interruption says how to go on."""
    from ..studies.iterate import run_iterations
    from .iterate_screen import IterationsScreen
    from .plan import course_of, seat_of
    from .screen import bars

    course = course_of(settings)
    plan = _plan(settings, course)
    seats: list[Seat] = [seat_of(settings, name, course) for name in settings.seats.names if name != STUDENT]
    try:
        with bars(quiet=quiet) as shown:
            return run_iterations(
                plan,
                seats,
                out,
                IterationsScreen(shown, quiet=quiet),
                device=settings.device,
                concurrency=settings.classroom.concurrency,
                retry=settings.classroom.retry,
            )
    except KeyboardInterrupt:
        typer.echo(
            f"interrupted: what has ended is in {out}, and every episode in {settings.database}; the same "
            "command goes on from there.",
            err=True,
        )
        raise typer.Exit(130) from None


def _plan(settings: "Settings", course: "Course") -> "IterationsPlan":
    """What the settings say, in the words of the loop."""
    from ..agents.persona import Generation
    from ..studies.iterate_plan import IterationsPlan
    from .plan import details_of

    classroom, training, loop = settings.classroom, settings.training, settings.iterations
    exam = settings.exam
    student = settings.seats.student
    rank = training.lora_rank
    further = training.model_dump(include={"batch_size", "schedule", "warmup", "order", "too_long"})
    return IterationsPlan(
        course=course,
        student=_start(training.start),
        script=classroom.script,
        settings=classroom.settings,
        each=loop.each,
        episodes=classroom.episodes,
        temperature=1.0 if student.temperature is None else student.temperature,
        max_new_tokens=student.max_new_tokens or Generation().max_new_tokens,
        recipe=training.recipe,
        recipe_settings=training.settings,
        gold=loop.gold,
        steps=training.steps,
        gold_steps=loop.gold_steps or training.steps,
        learning_rate=training.learning_rate,
        training={**further, "lora": None if rank is None else {"rank": rank, "alpha": 2 * rank}},
        exam=exam.questions if loop.exams else 0,
        exam_script=exam.script,
        exam_settings={"max_revisions": exam.max_revisions, **exam.settings},
        details=details_of(settings, [name for name in settings.seats.names if name != STUDENT]),
        database=settings.database,
        seed=settings.seed,
        iterations=loop.number,
    )


def _start(who: str) -> str:
    """``new``, or the model's whole name: its weights decide what comes out."""
    from ..agents.seating import LOCAL_PREFIXES
    from ..transcripts.errors import ConfigError
    from .plan import local_name

    if who == "new":
        return who
    if not who.startswith(LOCAL_PREFIXES):
        raise ConfigError(
            f"--student is '{who}', but is to be trained: give 'new', 'hf:FOLDER' or 'gguf:FILE'."
        )
    return local_name(who)

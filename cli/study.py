"""``schoolroom study``: a published experiment, all its arms over several seeds, and which orderings held."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from . import options as shared
from .options import option

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..studies.results import Results
    from ..studies.runner import Setting
    from ..studies.study import AnyStudy, Scale
    from ..transcripts.records import Json, Record

__all__ = ["study"]


def study(
    name: Annotated[
        str,
        typer.Argument(
            help="tripost, weak-teachers, citing, yoda or word-problems.",
            metavar="NAME",
            show_default=False,
        ),
    ],
    scale: Annotated[
        str,
        option("small: two cores, half an hour. full: a GPU, or a night.", metavar="SCALE", default="small"),
    ] = "small",
    seeds: Annotated[int, option("Repetitions of the whole.", metavar="N", default="5", min=1)] = 5,
    first_seed: Annotated[int, option("The first of them.", metavar="N", default="0", min=0)] = 0,
    out: Annotated[
        Path | None,
        option("Folder for all that comes of it.", metavar="DIR", default="out/study-NAME-SCALE"),
    ] = None,
    param: Annotated[
        list[str] | None,
        option("A number of the study's plan, or a folder that it needs; repeatable.", metavar="NAME=VALUE"),
    ] = None,
    student: Annotated[
        str, option("new, hf:FOLDER of any transformers model, or gguf:FILE.", metavar="WHO", default="new")
    ] = "new",
    device: Annotated[str, option("auto, cpu or cuda.", metavar="DEVICE", default="auto")] = "auto",
    workers: Annotated[
        int | None, option("Tasks at once.", metavar="N", default="one per core", min=1)
    ] = None,
    minutes: Annotated[
        float | None,
        option(
            "After which no task is begun; 0 reports what there is. word-problems fits its size to it.",
            metavar="M",
            default="no limit",
        ),
    ] = None,
    quiet: shared.Quiet = False,
    as_json: shared.JsonFlag = False,
) -> None:
    """Run a study: the published experiment in our classrooms, its controls beside it.

    Writes report.md, report.json and plots, and ends with a table: ordering, held or not, effect, interval,
    p-value. The same command goes on where it stopped; nothing that was done is done again.
    """
    from ..studies.registry import find_study
    from ..studies.report import Heading, report_json, write_report
    from ..studies.runner import Setting
    from ..transcripts.errors import ConfigError
    from .screen import command, print_json
    from .study_screen import print_study

    found, size = find_study(name), _scale(scale)
    plan = _changed(found.plans[size], param or ())
    folder = out or Path("out") / f"study-{name}-{size}"
    if minutes is not None and not 0 <= minutes < 1e9:
        raise ConfigError(f"--minutes is {minutes}; give a number from 0.")
    setting = Setting(student=_student(student), device=device, workers=workers, minutes=minutes)
    words = ["schoolroom", "study", name, "--scale", size, "--seeds", str(seeds)]
    words += ["--first-seed", str(first_seed)] if first_seed else []
    words += [word for pair in param or () for word in ("--param", pair)]
    words += ["--student", student] if student != "new" else []
    words += ["--minutes", f"{minutes:g}"] if minutes else []
    heading = Heading(scale=size, command=command(*words), student=setting.student)
    results = _run(found, plan, range(first_seed, first_seed + seeds), folder, setting, quiet)
    written = write_report(results, heading, folder)
    if as_json:
        print_json(report_json(results, heading))
    else:
        print_study(results, written)
    _say_what_is_missing(results)


def _run(
    study: "AnyStudy", plan: "Record", seeds: range, folder: Path, setting: "Setting", quiet: bool
) -> "Results":
    """Run it; an interruption says how to go on."""
    from ..studies.runner import run_study
    from .screen import bars
    from .study_screen import StudyScreen

    try:
        with bars(quiet=quiet) as shown:
            return run_study(study, plan, seeds, folder, setting, StudyScreen(shown, quiet=quiet))
    except KeyboardInterrupt:
        typer.echo(
            f"interrupted: what has ended is in {folder}; the same command goes on from there.", err=True
        )
        raise typer.Exit(130) from None


def _changed(plan: "Record", pairs: "Sequence[str]") -> "Record":
    """The plan with the values that the user gave; a dotted name reaches into a number of numbers."""
    from pydantic import ValidationError

    from ..transcripts.errors import ConfigError, did_you_mean
    from .settings import parse_pairs

    values = plan.model_dump(mode="json")
    for name, value in parse_pairs(pairs, "--param").items():
        *outer, last = name.split(".")
        table: Json = values
        for part in outer:
            table = table.get(part)
            if not isinstance(table, dict):
                break
        if not isinstance(table, dict) or last not in table:
            known = ", ".join(values)
            raise ConfigError(f"the study has no number '{name}'{did_you_mean(name, values)} known: {known}.")
        table[last] = value
    try:
        return type(plan).model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        where, rule = ".".join(map(str, first["loc"])), first["msg"].removeprefix("Input should be ")
        raise ConfigError(f"--param {where} is {first['input']!r}, but must be {rule}.") from None


def _scale(name: str) -> "Scale":
    from ..studies.study import SCALES
    from ..transcripts.errors import UnknownName

    for scale in SCALES:
        if name == scale:
            return scale
    raise UnknownName("scale", name, SCALES)


def _student(who: str) -> str:
    """``new``, or the model's whole name: its weights decide what comes out."""
    from ..agents.seating import LOCAL_PREFIXES
    from ..studies.bench import NEW
    from ..training.identity import model_name, model_path
    from ..transcripts.errors import ConfigError

    if who == NEW:
        return who
    if not who.startswith(LOCAL_PREFIXES):
        raise ConfigError(
            f"--student is '{who}'; a study trains its student: give 'new', or 'hf:FOLDER' of a transformers "
            "model."
        )
    return model_name(model_path(who))


def _say_what_is_missing(results: "Results") -> None:
    """Tasks that were not run are a remark; tasks that failed are an error."""
    from ..transcripts.errors import TrainingError
    from .screen import note, quantity

    if results.missing and not results.failed:
        left = quantity(len(results.missing), "task")
        note(f"the time was used up with {left} left; the same command goes on from there.")
    if results.failed:
        (seed, task), why = next(iter(results.failed.items()))
        others = len(results.failed) - 1
        more = f" ({quantity(others, 'more task')} failed; see the report.)" if others else ""
        raise TrainingError(f"task '{task}' of seed {seed} failed: {why}{more}")

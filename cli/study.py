"""``schoolroom study``: a published experiment, all its arms over several seeds, and which orderings held."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from . import options as shared
from .options import option

if TYPE_CHECKING:
    from ..studies.results import Results
    from ..studies.runner import Setting
    from ..studies.study import AnyStudy, Scale
    from ..transcripts.records import Record

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
    student: Annotated[
        str, option("new, or hf:FOLDER of any transformers model.", metavar="WHO", default="new")
    ] = "new",
    device: Annotated[str, option("auto, cpu or cuda.", metavar="DEVICE", default="auto")] = "auto",
    workers: Annotated[
        int | None, option("Tasks at once.", metavar="N", default="one per core", min=1)
    ] = None,
    minutes: Annotated[
        float | None,
        option(
            "After which no further task is begun; 0 reports what there is.", metavar="M", default="no limit"
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
    folder = out or Path("out") / f"study-{name}-{size}"
    if minutes is not None and not 0 <= minutes < 1e9:
        raise ConfigError(f"--minutes is {minutes}; give a number from 0.")
    setting = Setting(student=_student(student), device=device, workers=workers, minutes=minutes)
    words = ["schoolroom", "study", name, "--scale", size, "--seeds", str(seeds)]
    words += ["--first-seed", str(first_seed)] if first_seed else []
    words += ["--student", student] if student != "new" else []
    heading = Heading(scale=size, command=command(*words), student=setting.student)
    results = _run(found, found.plans[size], range(first_seed, first_seed + seeds), folder, setting, quiet)
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

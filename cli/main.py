"""The command ``schoolroom``: its commands, what surrounds each of them, and what becomes of errors.

Imports nothing heavy, so that ``--help`` answers at once; each command imports what it needs.
"""

import gc
import io
import os
import sys
from typing import Annotated

import typer

from . import courses, personas, plot, plugins, transcripts
from .check_store import check_store
from .checking import check, grade_answers
from .commands import Command, Commands
from .demo import demo
from .diff import diff
from .exam import exam
from .exchange import export_file, import_file
from .export import export
from .fork import fork
from .grade import grade
from .iterate import iterate
from .lineage import lineage
from .replay import replay
from .resume import resume
from .run import run
from .study import study
from .train import train
from .upgrade import upgrade
from .view import view
from .watch import watch

__all__ = ["app", "main"]

EXIT_CODES = """\
[bold]Exit codes[/bold]  0 done · 1 a mistake in schoolroom · 2 bad input · 3 the database · 4 nobody could \
speak · 5 training · 6 a plug-in broke its protocol · 7 a budget is spent · 130 interrupted

[bold]Environment[/bold]  SCHOOLROOM_DB names the database where --db does not; the keys of language models \
stand where litellm looks for them, or where --api-key-env says."""

ENVIRONMENT = {
    "GOMP_SPINCOUNT": "0",  # threads that spin while they wait made small models 8 to 17 times slower
    "HF_HUB_OFFLINE": "1",  # models are folders; nothing is fetched by surprise
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "LITELLM_LOCAL_MODEL_COST_MAP": "True",
    "RAY_USAGE_STATS_ENABLED": "0",
    "TOKENIZERS_PARALLELISM": "false",
}
"""Set before any heavy library is imported; whoever has set one has their way."""

GC_THRESHOLDS = 20_000, 20, 20
"""When Python looks for cycles of garbage. With a thousand classrooms under way, of which hardly anything is
garbage, looking as often as usual took two fifths of the processor's time."""


app = typer.Typer(
    name="schoolroom",
    cls=Commands,
    help="Classrooms of language-model agents: simulate them, read what was said, train a student on it, "
    "and examine what it has learnt.",
    epilog=EXIT_CODES,
    rich_markup_mode="rich",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

app.command("demo", cls=Command)(demo)
app.command("run", cls=Command)(run)
app.command("resume", cls=Command)(resume)
app.command("watch", cls=Command)(watch)
app.command("exam", cls=Command)(exam)
app.command("train", cls=Command)(train)
app.command("export", cls=Command)(export)
app.command("lineage", cls=Command)(lineage)
app.command("iterate", cls=Command)(iterate)
app.command("study", cls=Command)(study)
app.command("replay", cls=Command)(replay)
app.command("diff", cls=Command)(diff)
app.command("fork", cls=Command)(fork)
app.command("grade", cls=Command)(grade)
app.command("view", cls=Command)(view)
transcripts.app.command("check", cls=Command)(check_store)
app.command("upgrade", cls=Command)(upgrade)
transcripts.app.command("export", cls=Command)(export_file)
transcripts.app.command("import", cls=Command)(import_file)
app.add_typer(transcripts.app, name="transcripts")
app.add_typer(courses.app, name="courses")
app.add_typer(plot.app, name="plot")
app.add_typer(personas.app, name="personas")
app.add_typer(plugins.app, name="plugins")
app.command("check", cls=Command)(check)
app.command("grade-answers", cls=Command)(grade_answers)


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"schoolroom {version('schoolroom')}")
        raise typer.Exit


@app.callback()
def prepare(
    _version_wanted: Annotated[
        bool, typer.Option("--version", help="Print the version.", callback=_version, is_eager=True)
    ] = False,
) -> None:
    """Set the environment that heavy libraries read when they are imported, and how garbage is collected."""
    gc.set_threshold(*GC_THRESHOLDS)
    for name, value in ENVIRONMENT.items():
        os.environ.setdefault(name, value)


def main() -> None:
    """The entry point of the installed command."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal that lacks a letter shows another
    app()

"""The command `grade`: what was said in a stored run is graded again by another grader."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from . import options as shared
from .options import option

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..environments.grading import Agreement, GradingReport
    from ..transcripts.records import Episode, Json, Run
    from ..transcripts.store import Store
    from .screen import Bar

__all__ = ["grade"]


def grade(
    run: Annotated[str, typer.Argument(help="Id of a run, or its beginning.", metavar="RUN")],
    grader: Annotated[str, option("Who grades now: PERSONA, or PERSONA@MODEL.", "--grader", metavar="WHO")],
    lessons: shared.Lessons = None,
    personas: shared.Personas = None,
    concurrency: Annotated[int, option("Episodes under way at once.", metavar="N", default="64", min=1)] = 64,
    base_url: shared.BaseUrl = None,
    api_key_env: shared.ApiKeyEnv = None,
    cache: shared.Cache = False,
    max_cost: shared.MaxCost = None,
    max_tokens: shared.MaxTokens = None,
    max_seconds: shared.MaxSeconds = None,
    db: shared.Database = None,
    quiet: shared.Quiet = False,
    as_json: shared.JsonFlag = False,
) -> None:
    """Have another grader grade what was said in a run, and compare the grades.

    Nobody else is asked, and both grades are kept: the new ones in a run of their own. Episodes that were
    cut short are left out. The same command goes on where it stopped.
    """
    from ..environments.offshoots import check_driven
    from ..transcripts.errors import BudgetSpent
    from ..transcripts.store import Store
    from .budget_settings import parse_budget
    from .recast import address, folders_with, from_here, seat_path
    from .settings import default_database, load_settings, split_names

    database = address(db or default_database())
    with Store.open(database, must_exist=True) as store:
        stored = store.run(run)
        check_driven(stored)
        given: Mapping[str, Json] = {
            "database": database,
            "personas": folders_with(stored, personas),
            "llm.base_url": base_url,
            "llm.api_key_env": api_key_env,
            "cache": cache,
        }
        who = {seat_path(stored, "grader"): from_here(grader)}
        budget = load_settings(pairs=parse_budget(max_cost, max_tokens, max_seconds)).budget
        how = {"lessons": split_names(lessons), "concurrency": concurrency, "budget": budget}
        report = _graded(store, stored, who, given, quiet, **how)
    if as_json:
        _print_json(report)
    else:
        _print(report, stored, grader, db)
    if report.out_of_budget:
        raise BudgetSpent(f"{report.out_of_budget}. The same command with a higher limit goes on.")
    if not report.overall.grades:
        typer.echo("error: every episode was cut short; nothing was graded.", err=True)
        raise typer.Exit(4)


def _graded(
    store: "Store",
    run: "Run",
    who: "Mapping[str, Json]",
    given: "Mapping[str, Json]",
    quiet: bool,
    **how: Any,
) -> "GradingReport":
    """The grades, with a bar; an interruption says how to go on."""
    from ..environments.grading import grade_again
    from ..environments.observers import Observer
    from .recall import remembered, where_it_began
    from .recast import recast
    from .screen import bars
    from .signals import Interrupted, Signals

    class Moving(Observer):
        bar: "Bar"

        def run_began(self, run: "Run", episodes: int) -> None:
            self.bar = shown.add("episodes graded", episodes)

        def episode_ended(self, episode: "Episode", *, resumed: bool) -> None:
            self.bar.advance()

    try:
        with where_it_began(run), Signals() as signals, bars(quiet=quiet) as shown:
            cast = recast(run, who, given, alone=True)
            grading = grade_again(
                run,
                cast.seat("grader", store),
                store,
                observers=[Moving()],
                details=cast.details(["grader"]),
                asked=remembered(cast.settings),
                **how,
            )
            return signals.run(grading)
    except Interrupted as interrupted:
        typer.echo(
            f"interrupted: the grades so far are in {store.where}; the same command goes on from there.",
            err=True,
        )
        raise typer.Exit(interrupted.exit_code) from None


def _print_json(report: "GradingReport") -> None:
    from .screen import print_json

    print_json(
        {
            "run": report.run,
            "of": report.of,
            **_agreement_json(report.overall),
            "by_lesson": {lesson: _agreement_json(found) for lesson, found in report.by_lesson.items()},
            "ungraded": report.ungraded,
            "cut_short": dict(report.cut_short),
            "out_of_budget": report.out_of_budget,
            **report.totals.model_dump(mode="json"),
            "seconds": round(report.seconds, 3),
        }
    )


def _agreement_json(found: "Agreement") -> "dict[str, Json]":
    return {
        "grades": found.grades,
        **found.model_dump(mode="json"),
        "agreement": found.agreement,
        "kappa": found.kappa,
    }


def _print(report: "GradingReport", of: "Run", grader: str, db: str | None) -> None:
    """The comparison for people."""
    from rich.text import Text

    from .run_report import print_cut_short, totals_words
    from .screen import command, count, headline, note, out, print_next, quantity, share, table

    console, found = out(), report.overall
    console.print(headline(of.id, f"graded again by {grader}", kind=of.kind), soft_wrap=True)
    console.print()
    ways = table("", "now right", "now wrong", right=("now right", "now wrong"))
    ways.add_row("was right", count(found.right_right), count(found.right_wrong))
    ways.add_row("was wrong", count(found.wrong_right), count(found.wrong_wrong))
    console.print(ways)
    console.print()
    names = ("grades", "agreement", "kappa", "score before", "score now")
    measures = table("lesson", *names, right=names)
    parts = [*report.by_lesson.items()] if len(report.by_lesson) > 1 else []
    for name, part in [*parts, ("all", found)]:
        values = (part.agreement, part.kappa, part.score_before, part.score_now)
        measures.add_row(name, count(part.grades), *map(share, values))
    console.print(measures)
    console.print()
    print_cut_short(report.cut_short, report.totals.episodes)
    if report.cut_short:
        note("the same command tries these again.")
    if report.ungraded:
        left_out = f"{quantity(report.ungraded, 'episode')} left out, in which nobody had graded."
        console.print(Text(left_out, style="faint"))
    console.print(Text(totals_words(report.totals, report.seconds, resumed=True)))
    console.print(headline(report.run, "holds the new grades", kind="run"), soft_wrap=True)
    console.print()
    where = [] if db is None else ["--db", db]
    print_next(
        [
            command("schoolroom", "diff", of.id[:8], report.run[:8], *where),
            command("schoolroom", "transcripts", "list", "--run", report.run[:8], *where),
        ]
    )

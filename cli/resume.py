"""The command `resume`: a stored run goes on where it stopped, by the plan that it was begun by."""

from typing import TYPE_CHECKING, Annotated

import typer

from . import options as shared
from .options import flag, option

if TYPE_CHECKING:
    from ..transcripts.queries import Counts
    from ..transcripts.records import Json, Run

__all__ = ["check_plan", "resume"]

CHANGES_SHOWN = 5

TABLES = {"simulation": "classroom", "exam": "exam"}
"""The runs that can be resumed, and the table of the settings that says how each kind is held."""

OTHERS = {
    "fork": "the 'schoolroom fork' that made it goes on with it when it is given again",
    "grading": "the 'schoolroom grade' that made it goes on with it when it is given again",
    "import": "its conversations were held elsewhere, so there is nothing to go on with",
}


def resume(
    run: Annotated[str, typer.Argument(help="Id of a run, or its beginning.", metavar="RUN")],
    retry: Annotated[bool, flag("Go on with episodes that were cut short, too.", "--retry")] = False,
    concurrency: Annotated[
        int | None, option("Episodes under way at once.", metavar="N", default="as before")
    ] = None,
    base_url: shared.BaseUrl = None,
    api_key_env: shared.ApiKeyEnv = None,
    cache: shared.Cache = False,
    max_cost: shared.MaxCost = None,
    max_tokens: shared.MaxTokens = None,
    max_seconds: shared.MaxSeconds = None,
    sets: shared.Sets = None,
    db: shared.Database = None,
    watch: Annotated[bool, flag("Show each conversation as it ends, on standard error.", "--watch")] = False,
    quiet: shared.Quiet = False,
    as_json: shared.JsonFlag = False,
) -> None:
    """Go on with a run or an exam where it stopped.

    What has ended is not done again, and what was under way goes on at the turn where it stopped. It is asked
    for as it was the first time, from the same folder; course, personas and all else that its words follow
    from must be what they were.
    """
    from ..transcripts.errors import ConfigError
    from ..transcripts.store import Store
    from .budget_settings import parse_budget
    from .recall import recalled, where_it_began
    from .settings import default_database, parse_pairs

    database = db or default_database()
    with Store.open(database, must_exist=True) as store:
        stored = store.run(run)
        counts = store.counts(stored.id)
    if stored.kind not in TABLES:
        raise ConfigError(f"run {stored.id} is of the kind '{stored.kind}': {OTHERS[stored.kind]}.")
    if _is_over(stored, counts, retry):
        _say_over(stored, counts, as_json)
        return
    table = TABLES[stored.kind]
    given: dict[str, Json] = {
        f"{table}.retry": retry,
        f"{table}.concurrency": concurrency,
        "llm.base_url": base_url,
        "llm.api_key_env": api_key_env,
        "cache": cache or None,
    }
    pairs = parse_pairs(sets or (), "--set") | parse_budget(max_cost, max_tokens, max_seconds)
    settings = recalled(stored, database, given, pairs)
    shown = settings.model_copy(update={"database": database})
    if stored.kind == "simulation":
        from .run import described_school, show_outcome, teach

        with where_it_began(stored):
            check_plan(stored, described_school(settings)[1].planned)
            report, failures = teach(settings, watch=watch, quiet=quiet)
        show_outcome(report, failures, shown, as_json=as_json)
    else:
        from .exam import described_exam, examine
        from .exam import show_outcome as show_exam

        with where_it_began(stored):
            check_plan(stored, described_exam(settings)[1])
            sat = examine(settings, compare=None, quiet=quiet, watch=watch)
        show_exam(sat, shown, as_json=as_json)


def check_plan(stored: "Run", now: "Run") -> None:
    """See that a run would go on by its own plan.

    Raises:
        PlanChanged: it would not.
    """
    from ..environments.plans import differences
    from ..transcripts.errors import PlanChanged
    from .screen import quantity

    if now.id == stored.id:
        return
    changes = list(differences({"seed": stored.seed, **stored.plan}, {"seed": now.seed, **now.plan}))
    more = len(changes) - CHANGES_SHOWN
    listed = "; ".join(changes[:CHANGES_SHOWN]) + (f"; and {more:,} more" if more > 0 else "")
    again = "schoolroom exam" if stored.kind == "exam" else "schoolroom run"
    raise PlanChanged(
        f"run {stored.id} was begun by another plan; {quantity(len(changes), 'difference')}: {listed}. "
        f"Put back what was changed; or begin a new run by the new plan, with '{again}'."
    )


def _is_over(run: "Run", counts: "Counts", retry: bool) -> bool:
    """Whether there is nothing left of it to do."""
    ended = run.ending is not None and run.ending.kind == "finished"
    return ended and not counts.open and not (retry and counts.cut_short)


def _say_over(run: "Run", counts: "Counts", as_json: bool) -> None:
    """Say that nothing was done, since nothing is left to do."""
    from .screen import print_json, quantity

    if as_json:
        print_json({"run": run.id, "kind": run.kind, "done": "nothing", **counts.model_dump(mode="json")})
        return
    words = f"run {run.id} is finished: {quantity(counts.finished, 'episode')}"
    if counts.cut_short:
        words += f", and {counts.cut_short:,} that were cut short; --retry goes on with those"
    typer.echo(f"{words}.")

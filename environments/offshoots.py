"""Runs that grow from stored runs, their plans and where they come from: forks, and words graded again."""

from collections.abc import Collection, Mapping, Sequence
from typing import Literal

from ..agents.seats import Seat
from ..transcripts.errors import ConfigError
from ..transcripts.records import Ending, Episode, Json, Run
from ..transcripts.store import Store
from .budgets import Budget
from .episodes import EpisodeRunner, versions
from .observers import Observer

__all__ = ["check_driven", "first_run", "hold_offshoot", "offshoot"]

_KINDS = ("fork", "grading")
"""Kinds of runs that grow from others; under the kind, a plan says from which."""


def offshoot(
    run: Run,
    kind: Literal["fork", "grading"],
    seats: Mapping[str, Seat],
    *,
    seed: int | None = None,
    details: Mapping[str, Json] | None = None,
    asked: Mapping[str, Json] | None = None,
) -> Run:
    """A run by the plan of `run`, with these seats: the same people and seed name the same one.

    Args:
        run: What it grows from.
        kind: What it is.
        seats: Who sits there now.
        seed: Another seed than that of `run`.
        details: What else determines the words of these seats: whole personas, say.
        asked: How it was asked for; `Run.settings` keeps it, and nothing follows from it.
    """
    plan: dict[str, Json] = {
        **{name: part for name, part in run.plan.items() if name not in _KINDS},
        "seats": [seat.info.model_dump(mode="json") for seat in seats.values()],
        **(details or {}),
        kind: {"of": run.id},
    }
    seed = run.seed if seed is None else seed
    return Run(
        id=Run.id_of(plan, seed),
        kind=kind,
        plan=plan,
        settings=dict(asked or {}),
        seed=seed,
        versions=versions(),
    )


async def hold_offshoot(
    run: Run,
    planned: Collection[Episode],
    seats: Mapping[str, Seat],
    store: Store | None,
    *,
    concurrency: int = 1,
    observers: Sequence[Observer] = (),
    budget: Budget | None = None,
) -> tuple[Run, list[Episode]]:
    """Hold the episodes of an offshoot, each from the turns that it comes with to its end.

    Those that an earlier session has finished are not held again; what was cut short goes on.

    Returns:
        The run, cut short where the budget is spent, and the episodes that were begun.
    """
    runner = EpisodeRunner(
        run,
        seats,
        store,
        script=run.plan["script"],
        settings=run.plan.get("settings", {}),
        concurrency=concurrency,
        observers=observers,
        retry=True,
        budget=budget,
    )
    async with runner.working():
        for observer in observers:
            observer.run_began(run, len(planned))
        episodes = await runner.go_on_with(planned)
        ended = len(episodes) == len(planned) and all(episode.ending for episode in episodes)
        spent = None if ended else runner.meter.reasons(episode.question.lesson for episode in planned)
        run = await runner.end(Ending(kind="cut_short" if spent else "finished", reason=spent or None))
    for observer in observers:
        observer.run_ended(run)
    return run, episodes


def first_run(run: Run, store: Store) -> Run:
    """The run in which the conversations of `run` began: its own, or that which it grew from first of all.

    Raises:
        NotStored: a run that it grew from is not in this store.
    """
    while run.kind in _KINDS:
        run = store.run(run.plan[run.kind]["of"])
    return run


def check_driven(run: Run) -> None:
    """Refuse a run that no script drove.

    Raises:
        ConfigError: its conversations were held elsewhere, and follow no script that is known here.
    """
    if run.kind == "import" or "script" not in run.plan:
        raise ConfigError(
            f"run {run.id} was imported, and what was said in it follows no script that is known here; only "
            "conversations that schoolroom held can be forked or graded again."
        )

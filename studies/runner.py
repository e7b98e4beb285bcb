"""Runs a study: every task of every seed, each once, in the order in which they need each other."""

import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from ..transcripts.errors import ConfigError, did_you_mean
from ..transcripts.records import Json, Record
from .bench import NEW, Bench
from .results import Results
from .study import AnyStudy, Task
from .tasks import digest_of, do_task, finished_result

__all__ = ["Setting", "run_study"]


class Setting(Record):
    """How a study is run; none of it but the student changes what comes out."""

    student: str = NEW
    device: str = "auto"
    workers: int | None = None
    """Processes at once; None for one per core."""
    minutes: float | None = None
    """After which no further task is begun."""


def run_study(
    study: AnyStudy, plan: Record, seeds: Sequence[int], out: Path, setting: Setting | None = None
) -> Results:
    """Run a study, or what is left of it.

    Args:
        study: Its tasks.
        plan: Its numbers.
        seeds: Each is a repetition of the whole.
        out: Folder; seed N has its tasks in ``seed-N``.
        setting: How it is run.
    """
    setting = setting or Setting()
    deadline = None if setting.minutes is None else time.time() + 60 * setting.minutes
    tasks = {task.name: task for task in _in_order(study.tasks(plan))}
    results: dict[int, dict[str, Mapping[str, Json]]] = {}
    for seed in seeds:
        for task in tasks.values():
            digest = digest_of(
                study.name, study.version, setting.student, plan.model_dump(mode="json"), seed, task
            )
            folder = out / f"seed-{seed}"
            given = finished_result(folder / task.name, digest)
            if given is None:
                bench = Bench(plan, seed, folder, task.name, setting.student, setting.device, deadline)
                given = do_task(task, bench, digest)
            results.setdefault(seed, {})[task.name] = given
    return Results(study, plan, tuple(seeds), results)


def _in_order(tasks: Sequence[Task]) -> list[Task]:
    """Each after all that it needs.

    Raises:
        ConfigError: two tasks of one name, a need that is no task, or a circle.
    """
    from graphlib import CycleError, TopologicalSorter

    named = {task.name: task for task in tasks}
    if len(named) < len(tasks):
        raise ConfigError("two tasks of the study bear the same name.")
    for task in tasks:
        for need in task.needs:
            if need not in named:
                raise ConfigError(
                    f"task '{task.name}' needs '{need}'{did_you_mean(need, named)} known: {', '.join(named)}."
                )
    try:
        return [named[name] for name in TopologicalSorter({t.name: t.needs for t in tasks}).static_order()]
    except CycleError as error:
        raise ConfigError(f"tasks need each other in a circle: {' -> '.join(error.args[1])}.") from None

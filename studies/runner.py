"""Runs a study: every task of every seed once, in the order in which they need each other. Prints nothing."""

import os
import time
from collections.abc import Mapping, Sequence
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

from pydantic import Field

from ..transcripts.errors import ConfigError, did_you_mean
from ..transcripts.records import Json, Record, content_id
from .bench import NEW, Bench
from .pool import Job, Outcome, Pool, Processes, ThisProcess
from .results import Results
from .study import AnyStudy, Task
from .tasks import finished

__all__ = ["Setting", "StudyWatcher", "run_study"]


class Setting(Record):
    """How a study is run; of all this, the student alone decides what comes out."""

    student: str = NEW
    """As for `Bench`."""
    device: str = "auto"
    workers: int | None = Field(default=None, ge=1)
    """Processes at once; None for one per core; 1 runs everything in this one."""
    minutes: float | None = Field(default=None, ge=0.0)
    """After which no further task is begun; 0 only gathers what there is. A study may set its size by it."""


class StudyWatcher:
    """Told of a study as it goes on; a subclass overrides what it wants to know."""

    def study_began(self, tasks: int, done: int) -> None:
        """There are so many `tasks` in all, of which `done` had ended before."""

    def task_began(self, seed: int, task: str) -> None:
        """A task begins."""

    def task_moved(self, seed: int, task: str, what: str, done: int, total: int) -> None:
        """A task does something of which `done` of `total` is done."""

    def task_ended(self, seed: int, task: str, error: str) -> None:
        """A task has ended; `error` says why it failed, or is empty."""


def run_study(
    study: AnyStudy,
    plan: Record,
    seeds: Sequence[int],
    out: Path,
    setting: Setting | None = None,
    watcher: StudyWatcher | None = None,
) -> Results:
    """Run a study, or what is left of it: tasks that have ended under the same plan are not run again.

    Interrupting it loses what the tasks under way have not recorded, and nothing else.

    Args:
        study: Its tasks.
        plan: Its numbers.
        seeds: Each is a repetition of the whole.
        out: Folder; seed N has its database and its tasks' folders in ``seed-N``.
        setting: How it is run.
        watcher: Told what happens.

    Raises:
        ConfigError: no seeds, or tasks that do not go together.
    """
    if not seeds or len(set(seeds)) < len(seeds):
        raise ConfigError(f"a study needs seeds, each once, not {list(seeds)}.")
    setting, watcher = setting or Setting(), watcher or StudyWatcher()
    jobs = _jobs(study, plan, seeds, out, setting)
    schedule = _Schedule(jobs)
    watcher.study_began(len(jobs), len(schedule.kept))

    def moved(job: Job, what: str, done: int, total: int) -> None:
        watcher.task_moved(job.bench.seed, job.task.name, what, done, total)

    workers = min(setting.workers or os.cpu_count() or 1, len(jobs))
    pool: Pool = ThisProcess(moved) if workers == 1 else Processes(workers, moved)
    try:
        _work_through(schedule, pool, watcher)
    finally:
        pool.close()
    return Results(
        study=study,
        plan=plan,
        seeds=tuple(seeds),
        kept={seed: {name: kept for (s, name), kept in schedule.kept.items() if s == seed} for seed in seeds},
        failed=schedule.failed,
        missing=tuple(schedule.waiting),
    )


_Key = tuple[int, str]
"""A seed and a task's name."""


def _work_through(schedule: "_Schedule", pool: Pool, watcher: StudyWatcher) -> None:
    under_way = 0
    while True:
        while pool.free and (job := schedule.next()):
            watcher.task_began(job.bench.seed, job.task.name)
            pool.give(job)
            under_way += 1
        if not under_way:
            return
        for outcome in pool.wait():
            under_way -= 1
            schedule.ended(outcome)
            watcher.task_ended(outcome.job.bench.seed, outcome.job.task.name, outcome.error)


class _Schedule:
    """Which job comes next: seed by seed, those first on which, with all that needs them, most depends."""

    def __init__(self, jobs: Mapping[_Key, Job]) -> None:
        self.kept: dict[_Key, dict[str, Json]] = {}
        """What has ended well, before or now."""
        for key, job in jobs.items():
            if (kept := finished(job.bench.folder, job.digest)) is not None:
                self.kept[key] = kept
        self.failed: dict[_Key, str] = {}
        ranks = _ranks([job.task for job in jobs.values()])
        left = [key for key in jobs if key not in self.kept]
        self.waiting = {key: jobs[key] for key in sorted(left, key=lambda key: (key[0], -ranks[key[1]]))}
        """What has not been begun."""

    def next(self) -> Job | None:
        """Take the next job that can begin; None where there is none now, or no time for it."""
        for key, job in self.waiting.items():
            if job.bench.minutes_left == 0.0:
                return None
            if all((key[0], need) in self.kept for need in job.task.needs):
                return self.waiting.pop(key)
        return None

    def ended(self, outcome: Outcome) -> None:
        """A job that was taken has ended."""
        key = (outcome.job.bench.seed, outcome.job.task.name)
        if outcome.kept is None:
            self.failed[key] = outcome.error
        else:
            self.kept[key] = outcome.kept


def _jobs(
    study: AnyStudy, plan: Record, seeds: Sequence[int], out: Path, setting: Setting
) -> dict[_Key, Job]:
    deadline = None if setting.minutes is None else time.time() + 60 * setting.minutes
    workers = setting.workers or os.cpu_count() or 1
    jobs: dict[_Key, Job] = {}
    for seed in seeds:
        digests: dict[str, str] = {}
        for task in _in_order(study.tasks(plan)):
            bench = Bench(
                plan=plan,
                seed=seed,
                out=out / f"seed-{seed}",
                task=task.name,
                student=setting.student,
                device=setting.device,
                threads=None if workers == 1 else max(1, (os.cpu_count() or 1) // workers),
                deadline=deadline,
                minutes=None if setting.minutes is None else setting.minutes / len(seeds),
            )
            digests[task.name] = content_id(
                [study.name, study.version, plan.model_dump(mode="json"), setting.student, seed],
                [task.name, dict(task.settings), [digests[need] for need in task.needs]],
            )
            jobs[seed, task.name] = Job(task, bench, digests[task.name])
    return jobs


def _in_order(tasks: Sequence[Task]) -> list[Task]:
    """Each after all that it needs.

    Raises:
        ConfigError: two tasks of one name, a need that is no task, or a circle.
    """
    named = {task.name: task for task in tasks}
    if len(named) < len(tasks):
        twice = next(task.name for task in tasks if named[task.name] is not task)
        raise ConfigError(f"two tasks are called '{twice}'; their folders would be the same.")
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


def _ranks(tasks: Sequence[Task]) -> dict[str, float]:
    """The cost of each task with that of the costliest chain of tasks that wait for it."""
    ranks: dict[str, float] = {}
    for task in reversed(_in_order(list({task.name: task for task in tasks}.values()))):
        ranks[task.name] = task.cost + max(
            (ranks[later.name] for later in tasks if task.name in later.needs), default=0.0
        )
    return ranks

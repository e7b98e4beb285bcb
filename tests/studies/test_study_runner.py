"""The runner: every task once, after what it needs, going on where it stopped; a failure ends one task."""

import re
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from schoolroom.studies.results import Results
from schoolroom.studies.runner import Setting, StudyWatcher, run_study
from schoolroom.studies.study import Study, Task
from schoolroom.transcripts.errors import BadInput, ConfigError

HERE = Setting(workers=1)
PROCESSES = Setting(workers=2)


class Watching(StudyWatcher):
    """Remembers what it was told; interrupts before a task of this name."""

    def __init__(self, interrupted_at: str = "") -> None:
        self.told: list[tuple[Any, ...]] = []
        self.interrupted_at = interrupted_at

    def study_began(self, tasks: int, done: int) -> None:
        self.told.append(("study", tasks, done))

    def task_began(self, seed: int, task: str) -> None:
        if task == self.interrupted_at:
            raise KeyboardInterrupt
        self.told.append(("began", seed, task))

    def task_moved(self, seed: int, task: str, what: str, done: int, total: int) -> None:
        self.told.append(("moved", seed, task, what, done, total))

    def task_ended(self, seed: int, task: str, error: str) -> None:
        self.told.append(("ended", seed, task, error))


def _study(*tasks: Task) -> Study[Any]:
    return Study(
        name="s", title="", paper="", question="", plans={}, tasks=lambda plan: tasks,
        orderings=lambda plan: [], arms={},
    )  # fmt: skip


def _fails(bench: object) -> dict[str, Any]:
    raise BadInput("nothing works.")


def _clock(bench: Any) -> dict[str, Any]:
    return {"left": bench.minutes_left}


def run(
    toy: ModuleType,
    out: Path,
    seeds: Sequence[int] = (0, 1),
    setting: Setting = HERE,
    watcher: StudyWatcher | None = None,
    **plan: Any,
) -> Results:
    return run_study(toy.STUDY, toy.ToyPlan(**plan), seeds, out, setting, watcher)


def asked(out: Path) -> list[str]:
    return (out / "asked.txt").read_text().splitlines()


@pytest.mark.parametrize("setting", [HERE, pytest.param(PROCESSES, marks=pytest.mark.slow)])
def test_every_task_is_run_once_after_what_it_needs(
    toy: ModuleType, tmp_path: Path, setting: Setting
) -> None:
    watcher = Watching()
    results = run(toy, tmp_path, setting=setting, watcher=watcher)
    order = asked(tmp_path)
    assert sorted(order) == sorted(
        f"{seed} {name}" for seed in (0, 1) for name in ("base", "gold", "mistakes")
    )
    assert all(order.index(f"{seed} base") < order.index(f"{seed} {arm}")
               for seed in (0, 1) for arm in ("gold", "mistakes"))  # fmt: skip
    assert results.measured["mistakes"]["acc_t1"] == pytest.approx({0: 0.7, 1: 0.71})
    assert results.given("base") == {0: {"level": 0.5}, 1: {"level": 0.51}}
    assert list(results.arms) == ["gold", "mistakes"]
    assert (results.missing, results.failed) == ((), {})
    assert watcher.told[0] == ("study", 6, 0)
    assert ("moved", 1, "gold", "learning", 1, 1) in watcher.told
    assert ("ended", 1, "gold", "") in watcher.told


def test_costly_chains_are_begun_first_and_seeds_are_finished_in_order(
    toy: ModuleType, tmp_path: Path
) -> None:
    run(toy, tmp_path)
    assert asked(tmp_path) == ["0 base", "0 mistakes", "0 gold", "1 base", "1 mistakes", "1 gold"]


@pytest.mark.parametrize("setting", [HERE, pytest.param(PROCESSES, marks=pytest.mark.slow)])
def test_an_interrupted_study_goes_on_where_it_stopped(
    toy: ModuleType, tmp_path: Path, setting: Setting
) -> None:
    with pytest.raises(KeyboardInterrupt):
        run(toy, tmp_path, [0], setting, Watching("gold"))
    done = len(list(tmp_path.rglob("result.json")))
    watcher = Watching()
    results = run(toy, tmp_path, [0], setting, watcher)
    assert watcher.told[0] == ("study", 3, done)
    assert len(results.kept[0]) == 3
    assert asked(tmp_path).count("0 base") == 1
    before = asked(tmp_path)
    assert run(toy, tmp_path, [0], setting).measured == results.measured
    assert asked(tmp_path) == before


def test_further_seeds_cost_only_themselves(toy: ModuleType, tmp_path: Path) -> None:
    run(toy, tmp_path, [0])
    assert list(run(toy, tmp_path, [0, 1]).measured["gold"]["acc_t1"]) == [0, 1]
    assert len(asked(tmp_path)) == 6


def test_another_plan_student_or_version_counts_as_another_study(toy: ModuleType, tmp_path: Path) -> None:
    run(toy, tmp_path, [0])
    left = tmp_path / "seed-0" / "gold" / "weights"
    left.write_text("of another plan")
    assert run(toy, tmp_path, [0], gain=0.3).measured["mistakes"]["acc_t1"] == pytest.approx({0: 0.8})
    assert len(asked(tmp_path)) == 6
    assert not left.exists()
    run(toy, tmp_path, [0], Setting(workers=1, student="hf:elsewhere#00000000"), gain=0.3)
    assert len(asked(tmp_path)) == 9


def test_what_an_interrupted_task_left_is_still_there_when_it_is_run_again(
    toy: ModuleType, tmp_path: Path
) -> None:
    run(toy, tmp_path, [0], ails="stuck")
    left = tmp_path / "seed-0" / "gold" / "weights"
    left.write_text("half of it")
    run(toy, tmp_path, [0], ails="stuck")
    assert left.exists()


@pytest.mark.parametrize(
    ("ails", "setting", "error"),
    [
        ("stuck", HERE, r"it is too hard"),
        ("broken", HERE, r"KeyError: 'it is too hard' \(see .*seed-0/gold/error\.txt\)"),
        pytest.param("killed", PROCESSES, r"its process was ended by SIGKILL", marks=pytest.mark.slow),
    ],
)
def test_a_task_that_fails_ends_alone(
    toy: ModuleType, tmp_path: Path, ails: str, setting: Setting, error: str
) -> None:
    results = run(toy, tmp_path, [0], setting, ails=ails)
    assert list(results.failed) == [(0, "gold")]
    assert re.match(error, results.failed[0, "gold"])
    assert list(results.arms) == ["mistakes"]


def test_what_needs_a_task_that_failed_is_not_run(toy: ModuleType, tmp_path: Path) -> None:
    study = _study(Task("base", _fails), Task("arm", toy.base, needs=("base",)), Task("other", toy.base))
    results = run_study(study, toy.ToyPlan(), [3], tmp_path, HERE)
    assert results.failed == {(3, "base"): "nothing works."}
    assert results.missing == ((3, "arm"),)
    assert list(results.kept[3]) == ["other"]


def test_no_task_is_begun_when_the_time_is_used_up(toy: ModuleType, tmp_path: Path) -> None:
    results = run(toy, tmp_path, setting=Setting(workers=1, minutes=0))
    assert len(results.missing) == 6
    assert not (tmp_path / "asked.txt").exists()


def test_a_task_is_told_how_much_time_is_left(toy: ModuleType, tmp_path: Path) -> None:
    study = _study(Task("clock", _clock))
    limited = run_study(study, toy.ToyPlan(), [0], tmp_path / "a", Setting(workers=1, minutes=5))
    assert 0 < limited.given("clock")[0]["left"] <= 5
    unlimited = run_study(study, toy.ToyPlan(), [0], tmp_path / "b", HERE)
    assert unlimited.given("clock")[0]["left"] is None


@pytest.mark.parametrize(
    ("tasks", "message"),
    [
        ([Task("a", _fails), Task("a", _fails)], "two tasks are called 'a'"),
        (
            [Task("base", _fails), Task("a", _fails, needs=("bass",))],
            "'a' needs 'bass'; did you mean 'base'?",
        ),
        ([Task("a", _fails, needs=("b",)), Task("b", _fails, needs=("a",))], "in a circle: (a -> b|b -> a)"),
    ],
)
def test_tasks_that_do_not_go_together_are_refused(
    toy: ModuleType, tmp_path: Path, tasks: list[Task], message: str
) -> None:
    with pytest.raises(ConfigError, match=message.replace("?", r"\?")):
        run_study(_study(*tasks), toy.ToyPlan(), [0], tmp_path, HERE)


@pytest.mark.parametrize("seeds", [[], [1, 1]])
def test_a_study_needs_seeds(toy: ModuleType, tmp_path: Path, seeds: list[int]) -> None:
    with pytest.raises(ConfigError, match="needs seeds, each once"):
        run(toy, tmp_path, seeds)

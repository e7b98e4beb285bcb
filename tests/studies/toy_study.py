"""A study that trains nothing: its tasks add numbers up. Importable, as processes need it."""

import os
import signal
from collections.abc import Mapping, Sequence
from pathlib import Path

from schoolroom.studies.bench import Bench
from schoolroom.studies.orderings import Ordering
from schoolroom.studies.study import ArmResult, Study, Task
from schoolroom.transcripts.errors import TrainingError
from schoolroom.transcripts.records import Json, Record


class ToyPlan(Record):
    """Its numbers."""

    gain: float = 0.2
    ails: str = ""
    """What goes wrong in the arm `gold`."""


def base(bench: Bench[ToyPlan]) -> Mapping[str, Json]:
    """Prepares the arms, and counts how often it was asked to."""
    _count(bench)
    return {"level": 0.5 + 0.01 * bench.seed}


def taught(bench: Bench[ToyPlan], name: str, gain: float) -> Mapping[str, Json]:
    """An arm that gains as much as it is told."""
    _count(bench)
    if bench.plan.ails == "killed" and name == "gold" and os.environ.get("OMP_NUM_THREADS"):
        os.kill(os.getpid(), signal.SIGKILL)
    if bench.plan.ails and name == "gold":
        raise {"stuck": TrainingError, "broken": KeyError}[bench.plan.ails]("it is too hard")
    level = bench.result("base")["level"] + gain
    bench.tell("learning", 1, 1)
    return ArmResult(
        arm=name,
        steps=10,
        tokens=100 + bench.seed,
        measures={
            "acc_t1": level,
            "acc_t2": level + 0.001 * bench.seed**2,
            "acc_t2[tier=basic]": level,
            "acc_t2[tier=harder]": level / 2,
        },
        curves={"acc_t1": ((0, 0.0), (10, level))},
    ).model_dump(mode="json")


def tasks(plan: ToyPlan) -> Sequence[Task]:
    """Two arms on one base."""
    return [
        Task("mistakes", taught, {"name": "mistakes", "gain": plan.gain}, ("base",), cost=3),
        Task("gold", taught, {"name": "gold", "gain": 0.0}, ("base",)),
        Task("base", base),
    ]


def orderings(plan: ToyPlan) -> Sequence[Ordering]:
    """Of every kind."""
    return [
        Ordering(name="mistakes > gold", better="mistakes", worse="gold", source="section 1"),
        Ordering(name="gold > mistakes", better="gold", worse="mistakes"),
        Ordering(name="gold: last > first", better="gold", worse="gold", than="acc_t1"),
        Ordering(name="gold = gold", better="gold", worse="gold", kind="flat"),
        Ordering(name="mistakes >= gold on harder", better="mistakes", worse="gold", kind="at_least",
                 measure="acc_t2[tier=harder]"),
        Ordering(name="gold above .1", better="gold", worse=0.1),
        Ordering(name="gold > nobody", better="gold", worse="nobody"),
    ]  # fmt: skip


STUDY = Study(
    name="toy",
    title="A toy",
    paper="Nobody et al. 2024",
    question="Does a larger\n    number win?",
    plans={"small": ToyPlan(), "full": ToyPlan(gain=0.3)},
    tasks=tasks,
    orderings=orderings,
    arms={"gold": "solutions alone", "mistakes": "mistakes | and their ends"},
    notes=Path(__file__),
)


def _count(bench: Bench[ToyPlan]) -> None:
    with (bench.out.parent / "asked.txt").open("a") as file:
        file.write(f"{bench.seed} {bench.task}\n")

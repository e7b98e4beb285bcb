"""What came of a study's tasks, as far as they have ended: arms by seed, and what other tasks gave back."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from ..transcripts.records import Json, Record
from .orderings import Verdict, judge
from .study import AnyStudy, ArmResult

__all__ = ["Results"]


@dataclass(frozen=True)
class Results:
    """All results of a study."""

    study: AnyStudy
    plan: Record
    seeds: tuple[int, ...]
    kept: Mapping[int, Mapping[str, Mapping[str, Json]]]
    """What tasks left, by seed and name, as `do_task` gives it back, if they have ended."""
    failed: Mapping[tuple[int, str], str] = field(default_factory=dict)
    """Why tasks failed, by seed and name."""
    missing: tuple[tuple[int, str], ...] = ()
    """Seeds and names of tasks that were not begun, for want of time or of what they need."""

    @property
    def seconds(self) -> float:
        """Of all tasks together, whenever they were run."""
        return sum(float(kept["seconds"]) for tasks in self.kept.values() for kept in tasks.values())

    @property
    def cpu_seconds(self) -> float:
        """What all tasks together took of a processor; less than `seconds` where cores were shared."""
        return sum(
            float(kept.get("cpu_seconds", 0.0)) for tasks in self.kept.values() for kept in tasks.values()
        )

    def given(self, task: str) -> dict[int, Mapping[str, Json]]:
        """What a task gave back, by seed."""
        return {seed: tasks[task]["result"] for seed, tasks in self.kept.items() if task in tasks}

    @cached_property
    def arms(self) -> dict[str, dict[int, ArmResult]]:
        """Arms by name and seed, in the study's order."""
        found: dict[str, dict[int, ArmResult]] = {name: {} for name in self.study.arms}
        for seed, tasks in self.kept.items():
            for kept in tasks.values():
                if "arm" in kept["result"]:
                    result = ArmResult.model_validate(kept["result"])
                    found.setdefault(result.arm, {})[seed] = result
        return {name: by_seed for name, by_seed in found.items() if by_seed}

    @cached_property
    def measured(self) -> dict[str, dict[str, dict[int, float]]]:
        """Values by arm, measure and seed."""
        values: dict[str, dict[str, dict[int, float]]] = {}
        for name, by_seed in self.arms.items():
            for seed, result in by_seed.items():
                for measure, value in result.measures.items():
                    values.setdefault(name, {}).setdefault(measure, {})[seed] = value
        return values

    @cached_property
    def verdicts(self) -> list[Verdict]:
        """The study's orderings, put to the test."""
        return [judge(ordering, self.measured) for ordering in self.study.orderings(self.plan)]

"""What a study is: its numbers, its tasks and the orderings that it puts to the test. It runs nothing.

A study is an instance of `Study` in a module of its own, named in `registry`. For each seed it lists tasks:
functions of a `Bench`, which need other tasks of that seed. Some tasks prepare (a base student, a set of
transcripts); others are arms: they train a student and examine it, and give back `arm(...)`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, Literal, TypeVar, get_args

from pydantic import Field

from ..transcripts.records import Checkpoint, Json, Record
from .orderings import Ordering

if TYPE_CHECKING:
    from .results import Results

__all__ = ["SCALES", "AnyStudy", "ArmResult", "Scale", "Study", "Task", "arm"]

Scale = Literal["small", "full"]
"""``small`` fits two cores and half an hour; ``full`` is for a GPU or a long night."""

SCALES: tuple[Scale, ...] = get_args(Scale)

Curve = tuple[tuple[float, float], ...]
"""Points (x, y) of a line in a plot."""


class ArmResult(Record):
    """What came of one arm at one seed."""

    arm: str
    steps: int = Field(ge=0)
    """Optimizer steps since the student that all arms go on from."""
    tokens: int = Field(ge=0)
    """Tokens that carried loss in those steps."""
    measures: Mapping[str, float]
    """By name, such as ``acc_t2`` or ``acc_t1[lesson=two-digit]``; see `bench.flatten`."""
    curves: Mapping[str, Curve] = Field(default_factory=dict)
    """By the name of what they show over optimizer steps."""


def arm(
    name: str,
    trained: Sequence[Checkpoint],
    measures: Mapping[str, float],
    curves: Mapping[str, Sequence[tuple[float, float]]] | None = None,
) -> dict[str, Json]:
    """What an arm's task gives back.

    Args:
        name: The arm.
        trained: The checkpoints that it trained one after the other; their steps and tokens are summed.
        measures: What it was measured to be.
        curves: Lines over optimizer steps, by the name of what they show.
    """
    return ArmResult(
        arm=name,
        steps=sum(checkpoint.steps for checkpoint in trained),
        tokens=sum(checkpoint.tokens for checkpoint in trained),
        measures=measures,
        curves={key: tuple(points) for key, points in (curves or {}).items()},
    ).model_dump(mode="json")


@dataclass(frozen=True)
class Task:
    """A part of a study that is run once for each seed, in a process of its own."""

    name: str
    """Unique within the seed; also the name of its folder. An arm's task bears the arm's name."""
    run: Callable[..., Mapping[str, Json]]
    """A function at the top of a module, called as ``run(bench, **settings)``; gives back what JSON holds."""
    settings: Mapping[str, Json] = field(default_factory=dict)
    """Its keywords, as JSON holds them."""
    needs: tuple[str, ...] = ()
    """Names of the tasks that must have ended before it."""
    cost: float = 1.0
    """How long it takes, compared to the others: longer ones are begun first."""


P = TypeVar("P", bound=Record)


@dataclass(frozen=True)
class Study(Generic[P]):
    """One experiment, repeated over seeds."""

    name: str
    """As it is typed."""
    title: str
    paper: str
    """Authors, venue and number."""
    question: str
    """What is asked and how, in a paragraph."""
    plans: Mapping[Scale, P]
    """All numbers, by scale."""
    tasks: Callable[[P], Sequence[Task]]
    """The tasks of each seed."""
    orderings: Callable[[P], Sequence[Ordering]]
    """What the paper claims, and what else is put to the test."""
    arms: Mapping[str, str]
    """Each arm with what it is, in a few words; in the order of the report."""
    measures: tuple[str, ...] = ("acc_t1", "acc_t2")
    """What the report's table of arms shows."""
    figures: "Callable[[Results, Path], Sequence[Path]] | None" = None
    """Draws further plots of the results into a folder; gives back their PNG files."""
    notes: Path | None = None
    """A file of Markdown that ends the report: where we differ from the paper, and what was tried."""
    version: int = 1
    """Raised when what its tasks do changes, so that earlier results do not count."""


AnyStudy = Study[Any]

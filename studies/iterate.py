"""Iterated methods: the student goes to school, learns from what was said there, and goes again.

    student 0 <- the one that was given; a new one, once it has been trained on the gold
    for t in 1..K:
        said <- school(student t-1), sampling
        student t <- train(student t-1, recipe(gold, said))

So TriPosT works (Yu et al., NAACL 2024, arXiv 2310.13522, section 3), and CITING (Feng et al., arXiv
2310.02527). Everything that has ended is kept, and not done again. Nothing here prints: an
`IterationsWatcher` is told what happens.
"""

import time
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path

from pydantic import Field

from ..agents.seats import Seat
from ..environments.observers import Observer
from ..environments.reports import cut_short_reasons
from ..training.identity import model_name, model_path
from ..training.measures import ExamReport, Paired, mcnemar
from ..training.recipes.base import apply_recipe
from ..training.recipes.rationale import rationale
from ..transcripts.errors import SeatError, TrainingError
from ..transcripts.records import Checkpoint, Episode, Example, Json, Record
from .bench import NEW, Bench
from .iterate_plan import IterationsPlan, check_plan, settle_plan, write_whole

__all__ = ["Iteration", "IterationsReport", "IterationsWatcher", "run_iterations"]

KEPT = "iteration.json"
"""In the folder of an iteration that has ended: its `Iteration`."""


class Iteration(Record):
    """What came of an iteration; number 0 is the student as it comes to school."""

    number: int
    model: str
    """The student's name at its end."""
    run: str | None = None
    """Id of the run at school: of the gold, where a new student was trained on that."""
    episodes: int = 0
    cut_short: Mapping[str, int] = Field(default_factory=dict)
    """How many of the episodes were, by reason."""
    rows: Mapping[str, int] = Field(default_factory=dict)
    """Training rows by kind; those of the gold are among them."""
    checkpoint: str | None = None
    """Its id; None where nothing was trained."""
    steps: int = 0
    tokens: int = 0
    """Tokens that carried loss, summed over steps."""
    exam: ExamReport | None = None


class IterationsReport(Record):
    """What came of all iterations."""

    iterations: tuple[Iteration, ...]
    """From number 0 on."""
    test: Paired | None
    """The last exam against the first, last attempts."""
    runs: Mapping[str, str]
    """Ids by name: ``gold``, ``iteration 1``, ``exam 0``, …"""
    database: str
    seconds: float


class IterationsWatcher(Observer):
    """Told of the iterations as they go on, the runs included."""

    def stage_began(self, name: str) -> None:
        """Another part begins: ``gold``, ``school 1``, ``training 1``, ``exam 1``, …; 0: before school."""

    def stepped(self, step: int, steps: int, loss: float) -> None:
        """An optimizer step was made."""

    def iteration_ended(self, iteration: Iteration, *, resumed: bool) -> None:
        """An iteration has ended; `resumed` where an earlier session had ended it, and nothing was done."""


def run_iterations(
    plan: IterationsPlan,
    seats: Sequence[Seat],
    out: Path,
    watcher: IterationsWatcher | None = None,
    *,
    device: str = "auto",
    concurrency: int = 64,
    retry: bool = False,
) -> IterationsReport:
    """Run all iterations, or what is left of them.

    Iterations that have ended are not run again. In one that has not, episodes that are stored are not held
    again, and a checkpoint that was saved is not trained again; training that was cut short begins anew.

    Args:
        plan: What is done.
        seats: Who sits beside the student, a teacher and a grader among them.
        out: Folder: the student after iteration t is in ``iteration-t``, the plan in ``plan.json``.
        watcher: Told what happens.
        device: Where the student runs.
        concurrency: Classrooms at once; changes no outcome.
        retry: Go on with episodes that were cut short, too; in iterations that have not ended.

    Raises:
        ConfigError: a setting that cannot be used, or the folder holds iterations of another plan.
        UnknownName: there is no such script or recipe.
        SeatError: every episode of an iteration was cut short.
        TrainingError: nothing could be learnt of an iteration.
    """
    began = time.monotonic()
    check_plan(plan)
    settle_plan(plan, seats, out)
    watcher = watcher or IterationsWatcher()
    bench = Bench(
        plan,
        plan.seed,
        out,
        task=".",
        database=plan.database,
        student=plan.student,
        device=device,
        concurrency=concurrency,
        retry=retry,
        details={**plan.details, "temperature": plan.temperature, "max_new_tokens": plan.max_new_tokens},
        observers=(watcher,),
    )
    loop = _Loop(bench, seats, watcher)
    done = [loop.iterate(0, None)]
    for number in range(1, plan.iterations + 1):
        done.append(loop.iterate(number, done[-1]))
    with bench.store() as store:
        database = store.where
    return IterationsReport(
        iterations=tuple(done),
        test=loop.test(plan.iterations) if plan.exam else None,
        runs=bench.runs(),
        database=database,
        seconds=time.monotonic() - began,
    )


class _Loop:
    """The parts of an iteration, with what they share."""

    def __init__(
        self, bench: Bench[IterationsPlan], seats: Sequence[Seat], watcher: IterationsWatcher
    ) -> None:
        self.bench, self.plan, self.watcher = bench, bench.plan, watcher
        self.seats = seats

    def iterate(self, number: int, last: Iteration | None) -> Iteration:
        """Iteration `number` after `last`, or what an earlier session kept of it."""
        folder = self.bench.of(f"iteration-{number}")
        resumed = (folder / KEPT).exists()
        if resumed:
            iteration = Iteration.model_validate_json((folder / KEPT).read_text(encoding="utf-8"))
            model_path(iteration.model)  # other weights than it had would not be its student's
        else:
            iteration = self._begin() if last is None else self._taught(number, last)
            iteration = iteration.model_copy(update={"exam": self._examined(iteration)})
            write_whole(folder / KEPT, iteration.model_dump_json(indent=1))
        self.watcher.iteration_ended(iteration, resumed=resumed)
        return iteration

    def _begin(self) -> Iteration:
        """The student as it comes to school."""
        if self.plan.student != NEW:
            return Iteration(number=0, model=self.plan.student)
        rows = list(rationale(self.gold))
        return self._trained(0, None, "gold", self.gold, rows)

    def _taught(self, number: int, last: Iteration) -> Iteration:
        """The student goes to school, and is trained on what was said there."""
        gold = self.gold if self.plan.gold else []
        self.watcher.stage_began(f"school {number}")
        student = self.bench.student_seat(
            self.plan.course,
            model_path(last.model),
            temperature=self.plan.temperature,
            max_new_tokens=self.plan.max_new_tokens,
        )
        name, seats = f"iteration {number}", [student, *self.seats]
        settings = self.plan.settings_of(number)
        said = self.bench.teach(
            name, self.plan.course, self.plan.script, seats, self.plan.episodes, **settings
        )
        _check_said(name, said)
        return self._trained(number, last, name, said, _rows(self.plan, gold, said))

    def _trained(
        self, number: int, last: Iteration | None, run: str, said: Sequence[Episode], rows: Sequence[Example]
    ) -> Iteration:
        """Train the student of `last`, or the new one, on `rows`."""
        self.watcher.stage_began(f"training {number}")
        steps = self.plan.gold_steps if last is None else self.plan.steps
        checkpoint: Checkpoint = self.bench.train(
            f"iteration-{number}",
            self.bench.new_student() if last is None else model_path(last.model),
            rows,
            steps=steps,
            on_step=lambda step, loss: self.watcher.stepped(step, steps, loss),
            **self._training,
        )
        kinds: dict[str, int] = {}
        for row in rows:
            kinds[row.kind] = kinds.get(row.kind, 0) + 1
        return Iteration(
            number=number,
            model=model_name(self.bench.of(f"iteration-{number}")),
            run=self.bench.runs()[run],
            episodes=len(said),
            cut_short=cut_short_reasons(said),
            rows=kinds,
            checkpoint=checkpoint.id,
            steps=checkpoint.steps,
            tokens=checkpoint.tokens,
        )

    def _examined(self, iteration: Iteration) -> ExamReport | None:
        """How the student does on held-out questions; the same in every iteration."""
        if not self.plan.exam:
            return None
        name, alone = f"exam {iteration.number}", self.plan.exam_script == "exam"
        self.watcher.stage_began(name)
        return self.bench.examine(
            model_path(iteration.model),
            self.plan.course,
            self.plan.exam,
            name=name,
            max_new_tokens=self.plan.max_new_tokens,
            script=self.plan.exam_script,
            others=[] if alone else [seat for seat in self.seats if seat.name != "grader"],
            **self.plan.exam_settings,
        )

    def test(self, last: int) -> Paired:
        """The last exam against the first."""
        return mcnemar(self.bench.episodes("exam 0"), self.bench.episodes(f"exam {last}"))

    @cached_property
    def gold(self) -> list[Episode]:
        """What the teacher demonstrates; stored, it is not demonstrated again."""
        self.watcher.stage_began("gold")
        seats = [seat for seat in self.seats if seat.name in ("teacher", "grader")]
        said = self.bench.teach("gold", self.plan.course, "demonstration", seats, self.plan.gold)
        _check_said("the gold", said)
        return said

    @cached_property
    def _training(self) -> dict[str, Json]:
        from ..training.trainer import usual_learning_rate

        rate = self.plan.learning_rate or usual_learning_rate(self.bench.new_student().parameters)
        return {**self.plan.training, "learning_rate": rate}


def _rows(plan: IterationsPlan, gold: Sequence[Episode], said: Sequence[Episode]) -> list[Example]:
    """What the recipe makes of both; the gold's rationales too, where it makes nothing of the gold."""
    shown = {episode.id for episode in gold}
    rows = list(apply_recipe(plan.recipe, [*gold, *said], plan.recipe_settings))
    learnt = {source.episode for row in rows for source in row.sources}
    if not learnt - shown and all(row.sources for row in rows):
        raise TrainingError(
            f"recipe '{plan.recipe}' makes no rows of what was said under the script '{plan.script}'; "
            "look at it with 'schoolroom transcripts list', or name another recipe."
        )
    return rows if learnt & shown else [*rows, *rationale(gold)]


def _check_said(what: str, said: Sequence[Episode]) -> None:
    reasons = cut_short_reasons(said)
    if sum(reasons.values()) == len(said):
        reason = next(iter(reasons), "there was no question").rstrip(".")
        raise SeatError(f"{what}: every episode was cut short: {reason}; --retry goes on with them.")

"""The main job from end to end: a student is made, taught in classrooms, trained on what was said, examined.

1. A teacher demonstrates a little gold; a new student is trained on it, and starts well below mastery.
2. The student works through the course with a tutor: it attempts, is told where it went wrong, is shown how.
3. From the transcripts it is trained to solve, to check itself and to correct itself.
4. Again, with the mistakes that it makes now: slips, at which checking is best learnt (TriPosT iterates so).
5. It sits an exam on held-out questions, beside two controls that trained for as many steps: on the gold
   alone, and on plain gold solutions of all questions that it was tutored on.

Nothing here prints: a `Watcher` is told what happens.
"""

import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from pydantic import Field

from ..environments.course import load_course
from ..environments.observers import Observer
from ..training.measures import ExamReport, Paired, mcnemar, measure
from ..training.recipes.rationale import rationale
from ..training.recipes.self_correction import BALANCE, self_correction
from ..transcripts.records import Episode, Example, Json, Record, Role
from .arms import Arm, train_arms
from .bench import Bench

__all__ = ["DemoPlan", "DemoReport", "Round", "Watcher", "run_demo"]


class Round(Record):
    """One time of going to school, and of being trained on what was said there."""

    questions: Mapping[str, int]
    """Questions that the student is tutored on, by lesson."""
    steps: int = Field(ge=1)
    """Optimizer steps."""
    learning_rate: float = Field(default=2e-3, gt=0.0)
    balanced: bool = False
    """Keep mistakes corrected, right solutions confirmed and questions solved at TriPosT's 1.5 : 1 : 1."""


class DemoPlan(Record):
    """The numbers of the demo. The defaults fit two cores and four minutes."""

    seed: int = 0
    course: str = "addition"
    gold: Mapping[str, int] = Field(default={"two-digit-no-carry": 20, "two-digit": 130})
    """Demonstrated questions that the student starts from, by lesson; no other lesson is taught."""
    rounds: tuple[Round, ...] = Field(
        default=(
            Round(questions={"two-digit-no-carry": 200, "two-digit": 1600}, steps=400),
            Round(
                questions={"two-digit-no-carry": 150, "two-digit": 1200},
                steps=250,
                learning_rate=1.5e-3,
                balanced=True,
            ),
        ),
        min_length=1,
    )
    """How often, and with what, it goes to school."""
    exam: Mapping[str, int] = Field(default={"two-digit-no-carry": 50, "two-digit": 250})
    """Held-out questions, by lesson."""
    base_steps: int = Field(default=300, ge=1)
    """Optimizer steps on the gold, before school."""
    batch_size: int = Field(default=16, ge=1)
    learning_rate: float = Field(default=2e-3, gt=0.0)
    """Before school, and of the controls."""
    max_revisions: int = Field(default=0, ge=0)
    """How often the student tries again before the teacher shows how; it has not learnt to revise yet."""
    temperature: float = Field(default=1.0, ge=0.0)
    """At which the student speaks in the classroom; in exams it is greedy."""
    concurrency: int = Field(default=512, ge=1)


class DemoReport(Record):
    """What came of it."""

    before: ExamReport
    """The student as it came to school."""
    after: ExamReport
    control: ExamReport
    """As many further steps on the gold alone."""
    control_new_gold: ExamReport
    """As many further steps on the gold and on plain solutions of the questions that were tutored."""
    test: Paired
    """After against control, last attempts."""
    episodes: int
    """Of all runs, exams included."""
    turns: int
    runs: Mapping[str, str]
    """Ids of the runs by name: ``gold``, ``tutoring 1``, ``exam after``, …"""
    steps: int
    """Optimizer steps after the first training: of the student in all rounds, and of each control."""
    tokens: Mapping[str, int]
    """Tokens that carried loss, by the name of what was trained."""
    seconds: float
    database: str
    examples: str
    """File with the rows that the student was trained on."""
    checkpoint: str
    """Folder of the student after school."""


class Watcher(Observer):
    """Told of the demo as it goes on, the runs included."""

    def stage_began(self, name: str) -> None:
        """Another part begins: ``gold``, ``base``, ``tutoring 1``, ``training 1``, ``exam after``, …"""

    def stepped(self, arm: str, step: int, steps: int, loss: float) -> None:
        """An optimizer step was made."""

    def examined(self, name: str, report: ExamReport) -> None:
        """A student's exam has been measured."""


def run_demo(plan: DemoPlan, out: Path, watcher: Watcher | None = None) -> DemoReport:
    """Run the demo.

    Args:
        plan: Its numbers.
        out: Folder for the database, the training rows and the checkpoints.
        watcher: Told what happens.
    """
    began = time.monotonic()
    demo = _Demo(plan, out, watcher or Watcher())
    gold = demo.gold()
    demo.examine("before")
    rows = demo.school(gold)
    sat = {name: demo.examine(name) for name in ("after", "control", "control-new-gold")}
    with demo.bench.store() as store:
        counts, database = store.counts(), store.where
    return DemoReport(
        before=measure(demo.bench.episodes("exam before")),
        after=measure(sat["after"]),
        control=measure(sat["control"]),
        control_new_gold=measure(sat["control-new-gold"]),
        test=mcnemar(sat["control"], sat["after"], at="t2"),
        episodes=counts.episodes,
        turns=counts.turns,
        runs=demo.bench.runs(),
        steps=demo.steps,
        tokens=demo.tokens,
        seconds=time.monotonic() - began,
        database=database,
        examples=str(_export(rows, out / "examples.jsonl")),
        checkpoint=str(out / "after"),
    )


class _Demo:
    """The parts of the demo, with what they share."""

    def __init__(self, plan: DemoPlan, out: Path, watcher: Watcher) -> None:
        self.plan, self.out, self.watcher = plan, out, watcher
        self.course = load_course(plan.course).only(plan.gold)
        self.bench = Bench(
            plan,
            plan.seed,
            out,
            task=".",
            concurrency=plan.concurrency,
            wave=plan.concurrency,
            observers=(watcher,),
        )
        self.base = out / "before"
        self.steps = sum(round_.steps for round_ in plan.rounds)
        self.tokens: dict[str, int] = {}

    def gold(self) -> list[Episode]:
        """Have a teacher demonstrate the gold, and train a new student on it."""
        plan = self.plan
        self.watcher.stage_began("gold")
        gold = self.bench.demonstrate("gold", self.course, plan.gold)
        self.watcher.stage_began("base")
        self.bench.train(
            "before",
            self.bench.new_student(),
            rationale(gold),
            on_step=lambda step, loss: self.watcher.stepped("base", step, plan.base_steps, loss),
            **self._settings(plan.base_steps),
        )
        return gold

    def school(self, gold: list[Episode]) -> list[Example]:
        """Send the student to school and train it on what was said there, round after round.

        The controls are trained beside it, for as many steps in all. Returns the rows it was trained on.
        """
        gold_rows = list(rationale(gold))
        learnt, tutored, student = list(gold_rows), list(gold), self.base
        last = len(self.plan.rounds)
        for number, round_ in enumerate(self.plan.rounds, start=1):
            said = self._tutor(f"tutoring {number}", student, round_)
            rows = list(self_correction(said, balance=BALANCE if round_.balanced else None))
            tutored += said
            learnt += rows
            settings = self._settings(round_.steps) | {"learning_rate": round_.learning_rate}
            name = "after" if number == last else f"round-{number}"
            arms = [self._arm(name, student, rows if number > 1 else [*rows, *gold_rows], settings)]
            if number == last:
                arms.append(self._control("control-new-gold", list(rationale(tutored))))
            if number == 1:
                arms.append(self._control("control", gold_rows))
            self._train(f"training {number}", arms)
            student = self.out / name
        return learnt

    def _arm(self, name: str, start: Path, rows: Sequence[Example], settings: dict[str, Json]) -> Arm:
        recipe = "+".join(sorted({row.recipe for row in rows}))
        return Arm(name=name, start=start, recipe=recipe, examples=tuple(rows), settings=settings)

    def _control(self, name: str, rows: Sequence[Example]) -> Arm:
        return self._arm(name, self.base, rows, self._settings(self.steps))

    def _train(self, stage: str, arms: Sequence[Arm]) -> None:
        self.watcher.stage_began(stage)
        with self.bench.store() as store:
            for arm in arms:
                store.add_examples(arm.examples)
            for arm, checkpoint in train_arms(arms, self.out, on_step=self.watcher.stepped):
                store.add_checkpoint(checkpoint)
                self.tokens[arm.name] = checkpoint.tokens

    def _tutor(self, name: str, student: Path, round_: Round) -> list[Episode]:
        self.watcher.stage_began(name)
        seats = (
            self.bench.student_seat(self.course, student, temperature=self.plan.temperature),
            self.bench.seat(self.course, "exact", Role.TEACHER),
            self.bench.seat(self.course, "exact", Role.GRADER),
        )
        return self.bench.teach(
            name,
            self.course,
            "tutoring",
            seats,
            round_.questions,
            max_revisions=self.plan.max_revisions,
        )

    def examine(self, name: str) -> list[Episode]:
        """Have the student of this name sit the exam, greedily."""
        self.watcher.stage_began(f"exam {name}")
        report = self.bench.examine(self.out / name, self.course, self.plan.exam, name=f"exam {name}")
        self.watcher.examined(name, report)
        return self.bench.episodes(f"exam {name}")

    def _settings(self, steps: int) -> dict[str, Json]:
        return {
            "steps": steps,
            "seed": self.plan.seed,
            "batch_size": self.plan.batch_size,
            "learning_rate": self.plan.learning_rate,
        }


def _export(rows: Iterable[Example], path: Path) -> Path:
    from ..training.export import export_examples

    export_examples(rows, path)
    return path

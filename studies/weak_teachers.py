"""The study `weak-teachers`: whole hard tasks by a teacher that errs, or easier subtasks by a better one?

After He et al. (NAACL 2025, arXiv 2410.20533). A hard question is to sort letters; its subtasks are to sort
those that are left after a third and after two thirds of the way. Stage one gives every student the same
start: easy questions, and some right hard ones, so that it solves part of the hard questions; what it lacks
then is practice, not the form. Stage two is the arm. A part of it repeats stage one, in every arm: a small
student that sees nothing but subtasks forgets how whole questions are solved, and whole tasks would win by
that alone.
"""

import random
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from statistics import fmean
from typing import TYPE_CHECKING

from pydantic import Field

from ..agents.persona import Persona, Traits
from ..agents.scripted_teacher import ScriptedTeacher
from ..environments.course import Course
from ..environments.lessons import Lesson
from ..environments.questions import belongs_to_exam
from ..training.export import export_examples, read_examples
from ..training.recipes.base import grade_of
from ..training.recipes.rationale import rationale
from ..training.recipes.weak_supervision import weak_supervision
from ..training.teacher_errors import teacher_errors
from ..transcripts.records import Episode, Example, Grade, Json, Record, Role, Source, Tier
from .bench import Bench, flatten
from .orderings import Ordering
from .study import Study, Task, arm

if TYPE_CHECKING:
    from .results import Results

__all__ = ["STUDY", "WeakTeachersPlan"]

PAPER = "He et al., NAACL 2025, arXiv 2410.20533"

ON_HARD = "acc_t1[lesson=hard]"
OUTCOME, STEP = "taught_outcome_errors", "taught_step_errors"
"""Of an arm: the error rates of the solutions that it learnt from."""


class WeakTeachersPlan(Record):
    """The numbers of the study."""

    letters: int = Field(default=6, ge=6)
    """Of a hard question."""
    easy_letters: int = Field(default=4, ge=3)
    """Of an easy question, at most; one less at least."""
    alphabet: int = Field(default=10, ge=6)
    """From how many letters all are drawn."""
    easy: int = Field(default=800, ge=1)
    """Easy questions of stage one."""
    right_hard: int = Field(default=250, ge=1)
    """Hard questions with right solutions in stage one."""
    base_steps: int = Field(default=300, ge=1)
    questions: int = Field(default=4480, ge=2)
    """Hard questions of stage two."""
    steps: int = Field(default=400, ge=1)
    """Optimizer steps of every arm."""
    batch_size: int = Field(default=16, ge=1)
    """Rows a step of stage one, and of whole tasks; arms with shorter rows have as many trained tokens."""
    base_rate: float = Field(default=4e-3, gt=0.0)
    learning_rate: float = Field(default=3e-3, gt=0.0)
    """Of stage one, and of stage two."""
    replay: float = Field(default=0.2, ge=0.0, lt=1.0)
    """Share of the trained tokens of stage two that repeat stage one, in every arm."""
    exam: Mapping[str, int] = Field(default={"hard": 300, "part": 100, "easy": 100})
    """Held-out questions by lesson."""
    sizes: Mapping[str, int] = Field(default={"hidden": 64, "layers": 2})
    """Of a new student."""


TEACHERS: Mapping[str, tuple[float, float]] = {
    "right": (0.0, 0.0),
    "wrong-12": (1.0, 0.12),
    "wrong-30": (1.0, 0.3),
    "wrong-60": (1.0, 0.6),
}
"""Outcome and step error rate of each. Mixtures are drawn from the right one and one that always errs."""

DIVIDING = ("right", "wrong-12")
"""Those who demonstrate the parts, too."""

HALF: Mapping[str, Json] = {"half": True}
"""Half of the questions, each seen twice as often."""

ARMS: Mapping[str, tuple[str, str, Mapping[str, Json]]] = {
    "sub-0": ("subtasks, all right", "wrong-12", {"whole": None, "parts": 0.0}),
    "sub-50": ("subtasks, half of them wrong", "wrong-12", {"whole": None, "parts": 0.5}),
    "hard-0": ("whole tasks, all right", "wrong-12", {"whole": 0.0}),
    "hard-25": ("whole tasks, a quarter wrong", "wrong-12", {"whole": 0.25}),
    "hard-50": ("whole tasks, half of them wrong", "wrong-12", {"whole": 0.5}),
    "hard-75": ("whole tasks, three quarters wrong", "wrong-12", {"whole": 0.75}),
    "hard-90": ("whole tasks, nine tenths wrong", "wrong-12", {"whole": 0.9}),
    "hard-100-12": ("whole tasks, all wrong, in 12% of their steps", "wrong-12", {"whole": 1.0}),
    "hard-100-30": ("whole tasks, all wrong, in 30% of their steps", "wrong-30", {"whole": 1.0}),
    "hard-100-60": ("whole tasks, all wrong, in 60% of their steps", "wrong-60", {"whole": 1.0}),
    "combined-90-25": (
        "half as many whole tasks, nine tenths wrong, with their subtasks, a quarter wrong",
        "wrong-12",
        {"whole": 0.9, "parts": 0.25, **HALF},
    ),
    "hard-90-again": ("control: half as many whole tasks, each twice", "wrong-12", {"whole": 0.9, **HALF}),
}
"""What each arm learns: in words, by which wrong teacher, and as the recipe takes it."""

STAGE_ONE = "stage-one-again"
"""The control that goes on with what stage one held."""


def course(plan: WeakTeachersPlan) -> Course:
    """Easy questions, hard ones, and, for the exam alone, the parts of other hard ones."""

    def lesson(name: str, title: str, tier: Tier, fewest: int, most: int) -> Lesson:
        level = {
            "kind": "letters", "alphabet": plan.alphabet, "min_words": fewest, "max_words": most,
        }  # fmt: skip
        return Lesson(id=name, title=title, subject="word_sorting", tiers=(tier,), level=level)

    few, many = plan.easy_letters, plan.letters
    return Course(
        id="weak-teachers",
        title="Letters in order",
        lessons=(
            lesson("easy", "A few letters", Tier.BASIC, few - 1, few),
            lesson("part", "What is left of many letters", Tier.SUBTASK, many, many),
            lesson("hard", "Many letters", Tier.FULL, many, many),
        ),
    )


def prepare(bench: Bench[WeakTeachersPlan]) -> dict[str, Json]:
    """Stage one; as an arm, the student that all others go on from."""
    plan, lessons = bench.plan, course(bench.plan)
    rows = rationale(bench.demonstrate("stage-one", lessons, {"easy": plan.easy, "hard": plan.right_hard}))
    bench.train(
        "student",
        bench.new_student(**plan.sizes),
        rows,
        steps=plan.base_steps,
        batch_size=plan.batch_size,
        learning_rate=plan.base_rate,
    )
    return arm("stage-one", [], _exam(bench))


def demonstrate(bench: Bench[WeakTeachersPlan]) -> dict[str, Json]:
    """All teachers demonstrate the same questions; what each arm learns of it is written down."""
    plan, lessons = bench.plan, course(bench.plan)
    held: dict[str, list[Episode]] = {}
    for name, (outcome, step) in TEACHERS.items():
        traits = Traits(outcome_error_rate=outcome, step_error_rate=step)
        persona = Persona(name=name, role=Role.TEACHER, traits=traits)
        held[name] = replace(bench, task=f"{bench.task}/{name}").teach(
            "lessons",
            lessons,
            "supervision",
            (
                ScriptedTeacher(persona, name="teacher", checkers=lessons.checker),
                bench.seat(lessons, "exact", Role.GRADER),
            ),
            {"hard": plan.questions},
            parts=2 if name in DIVIDING else 0,
        )
    grades = _grades(episode for episodes in held.values() for episode in episodes)
    taught: dict[str, Json] = {}
    for name, (_, teacher, settings) in ARMS.items():
        rows = _mixture([*held["right"], *held[teacher]], settings, plan, bench.seed)
        export_examples(rows, bench.folder / f"{name}.jsonl")
        taught[name] = _rates([grades[source] for row in rows for source in row.sources])
    return {"taught": taught, "teachers": {name: _measured(found) for name, found in held.items()}}


def learn(bench: Bench[WeakTeachersPlan], arm_name: str) -> dict[str, Json]:
    """Stage two of one arm, and its exam."""
    plan = bench.plan
    whole = _length(read_examples(bench.of("teachers") / "hard-0.jsonl"))
    rows = list(rationale(bench.episodes("stage-one", "stage-one")))
    taught: Mapping[str, float] = {}
    if arm_name != STAGE_ONE:
        new = list(read_examples(bench.of("teachers") / f"{arm_name}.jsonl"))
        wanted = plan.replay / (1 - plan.replay) * len(new) * _length(new) / _length(rows)
        rows = new + random.Random(bench.seed).sample(rows, min(round(wanted), len(rows)))
        taught = bench.result("teachers")["taught"][arm_name]
    checkpoint = bench.train(
        "student",
        bench.of("stage-one") / "student",
        rows,
        steps=plan.steps,
        batch_size=max(1, round(plan.batch_size * whole / _length(rows))),
        learning_rate=plan.learning_rate,
    )
    return arm(arm_name, [checkpoint], {**_exam(bench), **taught, "rows": len(rows)})


def _mixture(
    episodes: Iterable[Episode], settings: Mapping[str, Json], plan: WeakTeachersPlan, seed: int
) -> list[Example]:
    """The rows of an arm; parts that belong to the exam are left out."""
    episodes = list(episodes)
    limit = plan.questions // 2 if settings.get("half") else None
    mixed = {name: value for name, value in settings.items() if name != "half"}
    held_out = {q.id for e in episodes for q in map(e.question_of, e.turns) if belongs_to_exam(q)}
    rows = weak_supervision(episodes, **mixed, seed=seed, limit=limit)
    return [row for row in rows if row.question not in held_out]


def _length(rows: Iterable[Example]) -> float:
    """Characters that a row teaches, on average: equal lengths a step make about equal tokens."""
    return fmean(len(m.content) for row in rows for m in row.messages if m.weight)


def _exam(bench: Bench[WeakTeachersPlan]) -> dict[str, float]:
    plan = bench.plan
    report = bench.examine(
        bench.folder / "student",
        course(plan),
        plan.exam,
        max_revisions=0,
        max_new_tokens=plan.letters**2 * 2 + 60,
    )
    return flatten(report)


def _grades(episodes: Iterable[Episode]) -> dict[Source, Grade]:
    return {
        Source(episode=episode.id, turn=turn.index): grade
        for episode in episodes
        for turn in episode.turns
        if (grade := grade_of(episode, turn)) is not None
    }


def _rates(grades: Sequence[Grade]) -> dict[str, Json]:
    counted: Counter[str] = Counter()
    for grade in grades:
        counted["wrong"] += not grade.correct
        counted["steps"] += grade.steps or 0
        counted["wrong steps"] += grade.wrong_steps or 0
    return {
        OUTCOME: counted["wrong"] / len(grades),
        STEP: counted["wrong steps"] / counted["steps"],
    }


def _measured(episodes: Iterable[Episode]) -> dict[str, Json]:
    """Both error rates of a teacher, by tier."""
    return {
        str(tier): {"outcome": errors.outcome_error_rate.value, "step": errors.step_error_rate.value}
        for tier, errors in teacher_errors(episodes).items()
    }


def tasks(plan: WeakTeachersPlan) -> list[Task]:
    """Of each seed."""
    arms = [
        Task(name, learn, {"arm_name": name}, needs=("stage-one", "teachers"), cost=2.0)
        for name in (STAGE_ONE, *ARMS)
    ]
    return [Task("stage-one", prepare, cost=3.0), Task("teachers", demonstrate, cost=3.0), *arms]


def orderings(plan: WeakTeachersPlan) -> list[Ordering]:
    """The paper's claims, and controls."""

    def claim(name: str, better: str, worse: str, **rest: Json) -> Ordering:
        return Ordering(
            **{"measure": ON_HARD, "source": PAPER, **rest}, name=name, better=better, worse=worse
        )

    ours = "a control of ours"
    return [
        claim("whole tasks, 90% wrong > subtasks, all right", "hard-90", "sub-0"),
        *(
            claim(
                f"hardly worse for {wrong}% wrong whole tasks: hard({wrong / 100:g}) = hard(0)",
                f"hard-{wrong}", "hard-0", kind="flat", margin=0.05,
            )
            for wrong in (25, 50, 75)
        ),
        claim("all wrong: 12% wrong steps > 30%", "hard-100-12", "hard-100-30"),
        claim("all wrong: 30% wrong steps > 60%", "hard-100-30", "hard-100-60"),
        claim("with matching subtasks > whole tasks alone", "combined-90-25", "hard-90"),
        claim("with matching subtasks > the same whole tasks twice", "combined-90-25", "hard-90-again"),
        claim("whole tasks once > half of them twice", "hard-90", "hard-90-again"),
        claim("always wrong whole tasks > going on with stage one", "hard-100-12", STAGE_ONE, source=ours),
        claim("right subtasks > going on with stage one", "sub-0", STAGE_ONE, source=ours),
    ]  # fmt: skip


def figures(results: "Results", folder: Path) -> list[Path]:
    """Accuracy on hard questions against both error rates of what was taught."""
    from .plots import dial

    by_outcome = {
        "whole tasks": [name for name in ARMS if name.startswith("hard-") and name.count("-") == 1],
        "subtasks": ["sub-0", "sub-50"],
    }
    all_wrong = {"all outcomes wrong": ["hard-100-12", "hard-100-30", "hard-100-60"]}
    correct = "hard questions solved"
    return [
        dial(results, folder, by_outcome, x=OUTCOME, y=ON_HARD, xlabel="outcome error rate", ylabel=correct),
        dial(results, folder, all_wrong, x=STEP, y=ON_HARD, xlabel="step error rate", ylabel=correct),
    ]


STUDY = Study(
    name="weak-teachers",
    title="Weak teachers: whole hard tasks, or easier subtasks?",
    paper=PAPER,
    question="""
        How should a teacher that is often wrong supervise a hard task? Hard questions are to sort letters,
        subtasks to sort those that are left on the way. After a first stage on easy questions and some right
        hard ones, each arm goes on for equal steps and about equal trained tokens on solutions of scripted
        teachers, of which a set share ends wrong and a set share of steps is wrong, late steps more often.
        Each is seen once or twice. Examined greedily on held-out questions, first attempts alone.
    """,
    plans={
        "small": WeakTeachersPlan(),
        "full": WeakTeachersPlan(
            letters=16, easy_letters=8, alphabet=26, easy=8000, right_hard=1000, base_steps=2000,
            questions=32000, steps=2500,
            sizes={"hidden": 256, "layers": 4}, base_rate=1.5e-3, learning_rate=1e-3,
        ),
    },
    tasks=tasks,
    orderings=orderings,
    arms={
        "stage-one": "the student that all others go on from",
        STAGE_ONE: "control: going on with the easy and the right hard questions of stage one",
        **{name: what for name, (what, _, _) in ARMS.items()},
    },
    measures=(ON_HARD, "acc_t1[lesson=part]", "acc_t1[lesson=easy]", "step_error_rate_t1[lesson=hard]"),
    figures=figures,
    notes=Path(__file__).with_suffix(".md"),
)  # fmt: skip

"""The study `yoda`: does it help to learn a question in other dress and harder, in order, by correcting it?

A student from scratch that knows a little of everything (sums of two numbers in columns) is taught by the
script ``yoda``: two-digit sums, others like them, three-digit sums, others like those. All arms go on from
it on what was said there, or on parts of it, for equal steps and about equal numbers of trained tokens.
"""

from collections.abc import Mapping
from pathlib import Path

from pydantic import Field

from ..environments.course import Course
from ..environments.lessons import Lesson
from ..training.recipes.rationale import rationale
from ..training.recipes.self_correction import self_correction
from ..training.recipes.yoda import yoda
from ..transcripts.records import Example, Json, Record, Role, Tier
from .bench import Bench, flatten
from .orderings import Ordering
from .study import Study, Task, arm

__all__ = ["STUDY", "YodaPlan"]

PAPER = "Lu et al., arXiv 2401.15670"

KINDS: Mapping[str, tuple[Tier, str]] = {
    "basic": (Tier.BASIC, "Sums of two digits"),
    "generalized": (Tier.GENERALIZED, "Sums of two digits, others like them"),
    "harder": (Tier.HARDER, "Sums of three digits"),
}
"""The kinds of questions, a lesson each: they are taught by the names of their tiers, and examined so."""

UNSEEN = "unseen"
"""The lesson of questions that nobody teaches: one digit more than the hardest."""


class YodaPlan(Record):
    """The numbers of the study."""

    digits: int = Field(default=2, ge=1)
    """Of basic questions."""
    gold: int = Field(default=150, ge=1)
    """Questions of each kind that the student learns from before school."""
    base_steps: int = Field(default=600, ge=1)
    """Optimizer steps before school."""
    questions: int = Field(default=200, ge=1)
    """Basic questions at school."""
    generalized: int = Field(default=3, ge=1)
    levels: int = Field(default=2, ge=2)
    rounds: int = Field(default=1, ge=0)
    """As the script has them."""
    temperature: float = Field(default=0.7, gt=0.0)
    """At which the student speaks at school."""
    batch_size: int = Field(default=16, ge=1)
    """Rows a step of the arm that learns the whole procedure, which goes through it once; other arms have
    as many steps, and batches with as many trained tokens."""
    base_rate: float = Field(default=2e-3, gt=0.0)
    learning_rate: float = Field(default=2e-3, gt=0.0)
    """Before school, and of the arms."""
    exam: int = Field(default=100, ge=1)
    """Held-out questions of each kind."""
    max_new_tokens: int = Field(default=130, ge=1)
    """A reply's length at most."""
    sizes: Mapping[str, int] = Field(default={"hidden": 96, "layers": 3})
    """Of a new student, where they are not the embedded one's."""


ARMS: Mapping[str, tuple[str, Mapping[str, Json]]] = {
    "cumulative": (
        "the procedure on basic, generalized and harder questions, each kind mixed into those after it",
        {"order": "cumulative"},
    ),
    "shuffled": ("the same, shuffled", {"order": "taught"}),
    "blocks": ("the same in strict blocks: basic, generalized, harder", {"order": "forward"}),
    "reversed": (
        "the procedure in reversed order: the hardest first, each kind mixed into those after it",
        {"order": "cumulative_reversed"},
    ),
    "basic": ("the procedure on basic questions alone", {"tiers": ["basic"], "order": "taught"}),
    "basic-generalized": (
        "the procedure on basic and generalized questions",
        {"tiers": ["basic", "generalized"], "order": "taught"},
    ),
    "refined": (
        "control: of all questions the refined solution alone, as a first attempt",
        {"learn": "refined", "order": "taught"},
    ),
    "answers": (
        "control: of all questions the answer alone, no steps",
        {"learn": "answers", "order": "taught"},
    ),
    "new-gold": (
        "control: plain reference solutions of the same new questions",
        {"learn": "gold", "order": "taught"},
    ),
}
"""What each arm learns of the school's transcripts: in words, and as settings of the recipe `yoda`."""

GOLD = "gold"
"""The arm that goes on with what the student had before school."""


def course(plan: YodaPlan) -> Course:
    """A lesson for each kind of question."""

    def lesson(id_: str, tier: Tier, title: str, digits: int) -> Lesson:
        level = {"digits": digits, "addends": 2}
        return Lesson(id=id_, title=title, subject="column_addition", level=level, tiers=(tier,))

    kinds = [lesson(id_, tier, title, plan.digits) for id_, (tier, title) in KINDS.items()]
    beyond = plan.digits + plan.levels - 1
    unseen = lesson(UNSEEN, Tier.HARDER, "Longer sums than any that are taught", beyond)
    return Course(id="yoda", title="Sums of growing length", lessons=(*kinds, unseen))


def prepare(bench: Bench[YodaPlan]) -> dict[str, Json]:
    """The student before school: it has seen a careless classmate tutored on a few questions of each kind."""
    plan, lessons = bench.plan, course(bench.plan)
    seats = [
        bench.seat(lessons, "careless", Role.STUDENT),
        bench.seat(lessons, "exact", Role.TEACHER),
        bench.seat(lessons, "exact", Role.GRADER),
    ]
    tutored = bench.teach("gold", lessons, "tutoring", seats, dict.fromkeys(KINDS, plan.gold))
    checkpoint = bench.train(
        "student",
        bench.new_student(**plan.sizes),
        self_correction(tutored),
        steps=plan.base_steps,
        batch_size=plan.batch_size,
        learning_rate=plan.base_rate,
    )
    return {
        "steps": checkpoint.steps,
        "tokens": checkpoint.tokens,
        "exam": _exam(bench, bench.folder / "student"),
    }


def school(bench: Bench[YodaPlan]) -> dict[str, Json]:
    """The student is taught; how much there is to learn sets steps and tokens of all arms."""
    plan, lessons = bench.plan, course(bench.plan)
    student = _student(bench)
    seats = [
        bench.student_seat(
            lessons, student, temperature=plan.temperature, max_new_tokens=plan.max_new_tokens
        ),
        bench.seat(lessons, "exact", Role.TEACHER),
        bench.seat(lessons, "exact", Role.GRADER),
    ]
    said = bench.teach(
        "school",
        lessons,
        "yoda",
        seats,
        {"basic": plan.questions},
        generalized=plan.generalized,
        levels=plan.levels,
        rounds=plan.rounds,
    )
    rows, tokens = bench.trained_tokens(student, yoda(said))
    steps = -(-rows // plan.batch_size)
    return {
        "steps": steps,
        "tokens_a_step": tokens / steps,
        "rows": rows,
        "turns": sum(len(e.turns) for e in said),
    }


def learn(bench: Bench[YodaPlan], learnt: str) -> dict[str, Json]:
    """One arm: train on a part of what was said, and sit the exam."""
    plan, student, pace = bench.plan, _student(bench), bench.result("school")
    rows, order = _rows(bench, learnt)
    number, tokens = bench.trained_tokens(student, rows)
    checkpoint = bench.train(
        "student",
        student,
        rows,
        steps=pace["steps"],
        batch_size=max(1, round(pace["tokens_a_step"] * number / tokens)),
        learning_rate=plan.learning_rate,
        order=order,
    )
    return arm(learnt, [checkpoint], _exam(bench, bench.folder / "student"))


def _rows(bench: Bench[YodaPlan], learnt: str) -> tuple[list[Example], str]:
    """What an arm learns, and in which order the trainer takes it."""
    if learnt == GOLD:
        return list(rationale(bench.episodes("gold", "base"))), "shuffled"
    settings = ARMS[learnt][1]
    rows = list(yoda(bench.episodes("school", "school"), **{**settings, "seed": bench.seed}))
    return rows, "shuffled" if settings["order"] == "taught" else "given"


def _student(bench: Bench[YodaPlan]) -> Path:
    return bench.of("base") / "student"


def _exam(bench: Bench[YodaPlan], folder: Path) -> dict[str, float]:
    """Measures on the kinds that are taught; on what nobody teaches, as of a lesson."""
    plan, lessons = bench.plan, course(bench.plan)
    seen = bench.examine(folder, lessons, dict.fromkeys(KINDS, plan.exam), max_new_tokens=plan.max_new_tokens)
    unseen = bench.examine(
        folder, lessons, {UNSEEN: plan.exam}, name="exam-unseen", max_new_tokens=plan.max_new_tokens
    )
    beyond = {name: value for name, value in flatten(unseen).items() if f"[lesson={UNSEEN}]" in name}
    return {**flatten(seen), **beyond}


def tasks(plan: YodaPlan) -> list[Task]:
    """Of each seed."""
    arms = [
        Task(name=name, run=learn, settings={"learnt": name}, needs=("base", "school"), cost=2.0)
        for name in (GOLD, *ARMS)
    ]
    return [Task(name="base", run=prepare, cost=2.0), Task(name="school", run=school, needs=("base",)), *arms]


def orderings(plan: YodaPlan) -> list[Ordering]:
    """The paper's claims, the first trial's, and controls."""

    def claim(name: str, better: str, worse: str, source: str = PAPER, **rest: Json) -> Ordering:
        return Ordering(name=name, better=better, worse=worse, source=source, **rest)

    ours = "a control of ours"
    return [
        claim("generalized questions help: basic+generalized > basic", "basic-generalized", "basic"),
        claim(
            "harder questions help: basic+generalized+harder > basic+generalized",
            "shuffled",
            "basic-generalized",
        ),
        claim("all kinds of questions > basic alone", "shuffled", "basic"),
        claim("the procedure > as many steps on the gold before school", "shuffled", GOLD),
        claim("refinement traces > answers alone", "shuffled", "answers"),
        claim("refinement traces > refined solutions alone", "shuffled", "refined"),
        claim("curriculum >= shuffled", "cumulative", "shuffled", kind="at_least"),
        claim("forward order > reversed", "cumulative", "reversed", source="a first trial of ours"),
        claim("each kind mixed into the next > strict blocks", "cumulative", "blocks", source=ours),
        claim(
            "refinement traces > gold solutions of the same new questions",
            "shuffled",
            "new-gold",
            source=ours,
        ),
        Ordering(
            name="the student corrects itself: last attempt > first",
            better="shuffled",
            worse="shuffled",
            measure="acc_t2",
            than="acc_t1",
            source=ours,
        ),
    ]


QUESTION = """\
A student from scratch that can do a little of everything learns sums in columns by the script `yoda`: it
attempts a sum of two digits, is told where it went wrong and tries again; then others like it, then one of
three digits, then others like that. What was said is learnt by all arms for as many steps and about as many
trained tokens, whole or in part, in one order or another. The exam holds as many held-out questions of each
kind, and nobody tells the student there whether it is right; four-digit sums, which are never taught, are
examined apart."""

STUDY = Study(
    name="yoda",
    title="YODA: the same in another dress, then harder, learnt by correcting oneself",
    paper=PAPER,
    question=QUESTION,
    notes=Path(__file__).with_suffix(".md"),
    plans={
        "small": YodaPlan(),
        "full": YodaPlan(gold=1000, questions=4000, sizes={"hidden": 256, "layers": 6}),
    },
    tasks=tasks,
    orderings=orderings,
    arms={
        GOLD: "control: as many steps on the gold before school",
        **{name: what for name, (what, _) in ARMS.items()},
    },
    measures=("acc_t1", "acc_t2", "delta"),
)

"""The study `tripost`: does a student learn to correct itself from its own mistakes, edited by a teacher?

A student from scratch learns a little, then goes to school in three iterations: its trajectories are
edited, it is trained on them, and goes again. All arms but those iterations go on from the student before
school, for equal steps and about equal trained tokens, on what was said in all of them, or on a control's
transcripts of the same questions.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import Field

from ..environments.course import Course
from ..environments.lessons import Lesson
from ..training.recipes.rationale import rationale
from ..training.recipes.self_correction import self_correction
from ..training.recipes.tripost import BALANCE, tripost
from ..transcripts.errors import ConfigError
from ..transcripts.records import Episode, Example, Json, Record, Role, derive_seed
from .bench import Bench, flatten
from .orderings import Ordering
from .study import Study, Task, arm

if TYPE_CHECKING:
    from ..agents.seats import Seat

__all__ = ["STUDY", "TripostPlan"]

PAPER = "Yu et al., NAACL 2024, arXiv 2310.13522"
OURS = "a control of ours"

SEEN, UNSEEN = "seen", "unseen"
"""The lesson that is taught at school, and the one that is not: one letter more, known from before school."""


class TripostPlan(Record):
    """The numbers of the study."""

    letters: int = Field(default=6, ge=2)
    """That are to be sorted where it is taught; one more where it is not."""
    alphabet: int = Field(default=12, ge=3)
    """From how many letters they are drawn."""
    gold: Mapping[str, int] = Field(default={SEEN: 800, UNSEEN: 800})
    """Questions that the student learns from before school, by lesson."""
    base_steps: int = Field(default=600, ge=1)
    """Optimizer steps before school."""
    questions: int = Field(default=1200, ge=1)
    """Of each iteration."""
    iterations: int = Field(default=3, ge=1)
    iteration_steps: int = Field(default=110, ge=1)
    """Optimizer steps of each iteration; all other arms make as many as all iterations together."""
    rounds: int = Field(default=2, ge=0)
    """How often the student may update its own attempt."""
    batch_size: int = Field(default=16, ge=1)
    """Rows a step of the arm `tripost`; other arms have batches with as many trained tokens."""
    base_learning_rate: float = Field(default=4e-3, gt=0.0)
    learning_rate: float = Field(default=2e-3, gt=0.0)
    exam: Mapping[str, int] = Field(default={SEEN: 300, UNSEEN: 100})
    max_new_tokens: int = Field(default=130, ge=1)
    """A reply's length at most."""
    sizes: Mapping[str, int] = Field(default={"hidden": 64, "layers": 2})
    """Of a new student, where they are not the embedded one's."""


def course(plan: TripostPlan) -> Course:
    """Letters to be sorted, and one letter more."""

    def lesson(id_: str, letters: int) -> Lesson:
        level = {"kind": "letters", "min_words": letters, "max_words": letters, "alphabet": plan.alphabet}
        return Lesson(id=id_, title=f"{letters} letters", subject="word_sorting", level=level)

    lessons = (lesson(SEEN, plan.letters), lesson(UNSEEN, plan.letters + 1))
    return Course(id="tripost", title="Sorting letters", lessons=lessons)


# Transcripts


def prepare(bench: Bench[TripostPlan]) -> dict[str, Json]:
    """A student that knows a little: solutions, and how a careless classmate's were checked and corrected."""
    plan, lessons = bench.plan, course(bench.plan)
    bench.demonstrate("gold", lessons, dict(plan.gold))
    seats = [
        bench.seat(lessons, "careless", Role.STUDENT),
        bench.seat(lessons, "exact", Role.TEACHER),
        bench.seat(lessons, "exact", Role.GRADER),
    ]
    classmate = bench.teach("classmate", lessons, "tutoring", seats, dict(plan.gold), max_revisions=0)
    bench.train(
        "student",
        bench.new_student(**plan.sizes),
        self_correction(classmate),
        steps=plan.base_steps,
        batch_size=plan.batch_size,
        learning_rate=plan.base_learning_rate,
    )
    return {"exam": _exam(bench, bench.folder / "student")}


def prepare_another(bench: Bench[TripostPlan]) -> dict[str, Json]:
    """Another student, with other starting weights and other gold of the same kind."""
    return prepare(replace(bench, seed=derive_seed(bench.seed, "another") % 2**31))


def iterate(bench: Bench[TripostPlan], number: int) -> dict[str, Json]:
    """One iteration of the method: the last student's trajectories are edited, and it is trained on them."""
    from ..training.checkpoints import read_checkpoint

    plan = bench.plan
    start = bench.of(_iteration(number - 1)) / "student"
    said = _school(bench, number, _sampled(bench, start), rounds=plan.rounds)
    rows = tripost([*said, *_gold(bench)], direct=True, seed=bench.seed)
    steps = plan.iteration_steps
    bench.train("student", start, rows, steps=steps, **_pace(plan, plan.batch_size))
    trained = [read_checkpoint(bench.of(_iteration(n)) / "student") for n in range(1, number + 1)]
    faultless = sum(episode.turns[1].says_correct for episode in said) / len(said)
    measures = {**_exam(bench, bench.folder / "student"), "faultless_at_school": faultless}
    return arm(_iteration(number), trained, measures)


def control_schools(bench: Bench[TripostPlan], who: str) -> dict[str, Json]:
    """The same questions with somebody else in the student's or the teacher's seat."""
    plan = bench.plan
    for number in range(1, plan.iterations + 1):
        match who:
            case "random":
                student = bench.seat(course(plan), "careless", Role.STUDENT)
                _school(bench, number, student, rounds=0)
            case "another":
                _school(bench, number, _sampled(bench, bench.of("another-student") / "student"), rounds=0)
            case _:
                start = bench.of(_iteration(number - 1)) / "student"
                _school(bench, number, _sampled(bench, start), rounds=0, teacher="misplacing", verified=False)
    return {}


def common(bench: Bench[TripostPlan]) -> dict[str, Json]:
    """How many rows of each group all arms that learn from mistakes have, and how many tokens make a step."""
    gold = _gold(bench)
    found = [Counter(_groups(tripost([*_said(bench, of), *gold], balance=None))) for of in MISTAKES]
    scale = min(count[group] / share for count in found for group, share in BALANCE.items())
    numbers = {group: int(scale * share) for group, share in BALANCE.items()}
    if not all(numbers.values()):
        fewest = {of: dict(count) for of, count in zip(MISTAKES, found, strict=True)}
        raise ConfigError(
            f"too little came of some school to learn from ({fewest}); ask more questions there."
        )
    rows, tokens = bench.trained_tokens(_base(bench), _mistakes(bench, "tripost", numbers))
    return {"numbers": numbers, "tokens_a_step": tokens / rows * bench.plan.batch_size}


# Arms


def learn(bench: Bench[TripostPlan], learnt: str) -> dict[str, Json]:
    """One arm: train on what it learns, for as many steps and tokens as the others, and sit the exam."""
    plan, pace = bench.plan, bench.result("common")
    rows = list(_rows(bench, learnt, pace["numbers"]))
    number, tokens = bench.trained_tokens(_base(bench), rows)
    batch_size = max(1, round(pace["tokens_a_step"] * number / tokens))
    steps = plan.iteration_steps * plan.iterations
    checkpoint = bench.train("student", _base(bench), rows, steps=steps, **_pace(plan, batch_size))
    return arm(learnt, [checkpoint], _exam(bench, bench.folder / "student"))


def _rows(bench: Bench[TripostPlan], learnt: str, numbers: Mapping[str, int]) -> Iterator[Example]:
    """What an arm learns."""
    own, gold = _said(bench, "tripost"), _gold(bench)
    match learnt:
        case "rationale":
            return rationale(gold)
        case "new-gold":
            return rationale([*own, *gold])
        case "checked":
            return rationale([*_said(bench, "random"), *own], checked=True)
        case "unbalanced":
            return tripost([*own, *gold], balance=None, direct=True, seed=bench.seed)
        case "share-70":
            return tripost([*own, *gold], balance=SHARE_70, direct=True, seed=bench.seed)
        case _:
            return _mistakes(bench, learnt, numbers)


def _mistakes(bench: Bench[TripostPlan], learnt: str, numbers: Mapping[str, int]) -> Iterator[Example]:
    """The paper's mixture, in equal numbers whoever made the mistakes and whoever taught."""
    said = _said(bench, learnt if learnt in MISTAKES else "tripost")
    return tripost(
        [*said, *_gold(bench)],
        balance=None,
        numbers=dict(numbers),
        weight=1.0 if learnt == "weight-1" else 1.5,
        direct=True,
        trust="graded" if learnt == "misplaced" else "teacher",
        seed=bench.seed,
    )


# What they share


def _iteration(number: int) -> str:
    return f"iteration-{number}" if number else "base"


def _base(bench: Bench[TripostPlan]) -> Path:
    return bench.of("base") / "student"


def _gold(bench: Bench[TripostPlan]) -> list[Episode]:
    return bench.episodes("gold", "base")


def _said(bench: Bench[TripostPlan], of: str) -> list[Episode]:
    """All trajectories of the student's own iterations, or of a control's school."""
    numbers = range(1, bench.plan.iterations + 1)
    tasks = {n: _iteration(n) if of == "tripost" else f"{of}-school" for n in numbers}
    return [episode for n, task in tasks.items() for episode in bench.episodes(f"school {n}", task)]


def _school(
    bench: Bench[TripostPlan],
    number: int,
    student: "Seat",
    *,
    rounds: int,
    teacher: str = "exact",
    **rest: Json,
) -> list[Episode]:
    """Trajectories on the questions of an iteration: the same ones, whoever sits there."""
    lessons = course(bench.plan)
    seats = [student, bench.seat(lessons, teacher, Role.TEACHER), bench.seat(lessons, "exact", Role.GRADER)]
    questions = {SEEN: bench.plan.questions}
    return bench.teach(f"school {number}", lessons, "tripost", seats, questions, rounds=rounds, **rest)


def _sampled(bench: Bench[TripostPlan], folder: Path) -> "Seat":
    """A student that speaks at temperature 1, in every iteration."""
    return bench.student_seat(course(bench.plan), folder, max_new_tokens=bench.plan.max_new_tokens)


def _pace(plan: TripostPlan, batch_size: int) -> dict[str, Json]:
    return {"batch_size": batch_size, "learning_rate": plan.learning_rate}


def _groups(rows: Iterator[Example]) -> Iterator[str]:
    """The group of each row, but of an improvement's two rows one."""
    names = {"revision": "improvement", "termination": "other", "attempt": "rationale"}
    return (names[row.kind] for row in rows if row.kind in names)


def _exam(bench: Bench[TripostPlan], folder: Path) -> dict[str, float]:
    """Measures of what is taught, and, as of a lesson, of what is not."""
    plan, lessons = bench.plan, course(bench.plan)
    seen = bench.examine(folder, lessons, {SEEN: plan.exam[SEEN]}, max_new_tokens=plan.max_new_tokens)
    unseen = bench.examine(
        folder, lessons, {UNSEEN: plan.exam[UNSEEN]}, name="exam-unseen", max_new_tokens=plan.max_new_tokens
    )
    beyond = {name: value for name, value in flatten(unseen).items() if f"[lesson={UNSEEN}]" in name}
    return {**flatten(seen), **beyond}


def tasks(plan: TripostPlan) -> list[Task]:
    """Of each seed."""
    iterations = [
        Task(name=_iteration(n), run=iterate, settings={"number": n}, needs=(_iteration(n - 1),), cost=9.0)
        for n in range(1, plan.iterations + 1)
    ]
    names = tuple(task.name for task in iterations)
    schools = [
        Task(name="random-school", run=control_schools, settings={"who": "random"}, needs=("base",)),
        Task(
            name="another-school",
            run=control_schools,
            settings={"who": "another"},
            needs=("base", "another-student"),
        ),
        Task(
            name="misplaced-school",
            run=control_schools,
            settings={"who": "misplaced"},
            needs=("base", *names),
        ),
    ]
    transcripts = ("base", *names, *(task.name for task in schools))
    arms = [
        Task(name=name, run=learn, settings={"learnt": name}, needs=(*transcripts, "common"), cost=2.0)
        for name in ARMS
    ]
    return [
        Task(name="base", run=prepare, cost=10.0),
        Task(name="another-student", run=prepare_another, cost=1.5),
        *iterations,
        *schools,
        Task(name="common", run=common, needs=transcripts),
        *arms,
    ]


MISTAKES = ("tripost", "random", "another", "misplaced")
"""Arms that learn from equal numbers of mistakes, each from transcripts of its own."""

SHARE_70: Mapping[str, float] = {"improvement": 0.7, "other": 0.15, "rationale": 0.15}

ARMS: Mapping[str, str] = {
    "tripost": "its own mistakes of all iterations, edited, 1.5 : 1 : 1, and direct solutions",
    "random": "control: as many mistakes that a script made at random places",
    "another": "control: as many mistakes of another student",
    "misplaced": "control: as many of its own mistakes, but the feedback blames another step",
    "unbalanced": "control: all that there is, in no balance",
    "share-70": "control: 70% improvements",
    "weight-1": "control: feedback and updates weigh no more than solutions",
    "rationale": "control: rationale SFT, as many steps on the gold alone",
    "new-gold": "control: plain solutions of the gold and of all new questions",
    "checked": "control: solutions of the new questions, each step worked out twice in the first attempt",
}


def orderings(plan: TripostPlan) -> list[Ordering]:
    """The paper's claims, and what stands beside them."""

    def claim(name: str, better: str, worse: str, source: str = PAPER, **rest: Json) -> Ordering:
        return Ordering(name=name, better=better, worse=worse, source=source, **rest)

    def gains(which: str, name: str, at: str = "") -> Ordering:
        measures = {"measure": f"acc_t2{at}", "than": f"acc_t1{at}"}
        return Ordering(name=name, better=which, worse=which, source=PAPER, **measures)

    last, unseen = _iteration(plan.iterations), f"[lesson={UNSEEN}]"
    return [
        claim("edited mistakes of its own > rationale SFT", "tripost", "rationale"),
        claim("on-policy > mistakes that a script made, at equal number", "tripost", "random"),
        claim("on-policy > mistakes of another student, at equal number", "tripost", "another", OURS),
        claim("feedback on the wrong step does harm", "tripost", "misplaced", OURS),
        claim("1.5 : 1 : 1 > no balance", "tripost", "unbalanced"),
        claim("1.5 : 1 : 1 > 70% improvements", "tripost", "share-70"),
        claim("weight 1.5 >= weight 1", "tripost", "weight-1", kind="at_least"),
        *(
            claim(f"iteration {n} >= iteration {n - 1}", _iteration(n), _iteration(n - 1), kind="at_least")
            for n in range(2, plan.iterations + 1)
        ),
        claim("edited mistakes > plain gold of the same new questions", "tripost", "new-gold", OURS),
        claim("edited mistakes > every step worked out twice at once", "tripost", "checked", OURS),
        gains("tripost", "it corrects itself: last attempt > first"),
        gains(last, "it corrects itself after the iterations: last attempt > first"),
        gains("tripost", "it corrects itself on more letters than were taught", unseen),
        Ordering(
            name="it breaks fewer than 2% of all answers",
            better=0.02,
            worse="tripost",
            measure="right_to_wrong",
            source=OURS,
        ),
    ]


QUESTION = """\
A student from scratch that can sort letters a little goes to school in three iterations. There it attempts
questions, checks itself and tries again, sampled at temperature 1; at the first attempt that it misjudges,
the exact teacher's feedback takes the place of its own, and the teacher's update follows. Its trajectories,
balanced, are what it is trained on. Beside it stand arms that learn for as many steps, and about as many
trained tokens, from others' mistakes, other mixtures, or no mistakes at all. In the exam everybody is
alone: greedy, one revision, no oracle."""

STUDY = Study(
    name="tripost",
    title="TriPosT: a student's own mistakes, edited, become its lessons",
    paper=PAPER,
    question=QUESTION,
    notes=Path(__file__).with_suffix(".md"),
    plans={
        "small": TripostPlan(),
        "full": TripostPlan(
            gold={SEEN: 1000, UNSEEN: 1000},
            base_steps=600,
            questions=10_000,
            iteration_steps=2_000,
            batch_size=32,
            exam={SEEN: 1000, UNSEEN: 1000},
            letters=8,
            alphabet=26,
            sizes={"hidden": 256, "layers": 6},
        ),
    },
    tasks=tasks,
    orderings=orderings,
    arms={
        **{_iteration(n): f"the method itself, after iteration {n}" for n in (1, 2, 3)},
        **ARMS,
    },
    measures=(
        "acc_t1",
        "acc_t2",
        "delta",
        "wrong_to_right",
        "right_to_wrong",
        "faults_found",
        "false_alarms",
    ),
)

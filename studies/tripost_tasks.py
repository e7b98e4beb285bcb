"""What the tasks of the study `tripost` do: its plan, its classrooms, and how each arm is trained."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import Field

from ..environments.course import Course
from ..environments.lessons import Lesson
from ..training.recipes.rationale import rationale
from ..training.recipes.tripost import tripost
from ..transcripts.errors import ConfigError
from ..transcripts.records import Checkpoint, Episode, Example, Json, Record, Role, derive_seed
from .bench import Bench, flatten
from .study import arm

if TYPE_CHECKING:
    from ..agents.seats import Seat

__all__ = [
    "MISTAKES",
    "SEEN",
    "UNSEEN",
    "TripostPlan",
    "common",
    "control_school",
    "course",
    "iterate",
    "iteration",
    "learn_mistakes",
    "learn_solutions",
    "prepare",
    "prepare_another",
]

SEEN, UNSEEN = "seen", "unseen"
"""The lesson that is taught at school, and the one that is not: one digit more, known from the gold alone."""


class TripostPlan(Record):
    """The numbers of the study."""

    digits: int = Field(default=2, ge=1)
    """Of the sums that are taught; one more where they are not."""
    gold: Mapping[str, int] = Field(default={SEEN: 200, UNSEEN: 100})
    """Demonstrated questions that the student learns from before school, by lesson."""
    base_steps: int = Field(default=200, ge=1)
    """Optimizer steps before school."""
    questions: int = Field(default=1500, ge=1)
    """Of each iteration."""
    iterations: int = Field(default=3, ge=2)
    first_steps: int = Field(default=400, ge=1)
    further_steps: int = Field(default=300, ge=1)
    """Optimizer steps of the first iteration, and of each that follows."""
    rounds: int = Field(default=1, ge=0)
    """How often the student may update its own attempt; not in the first iteration, when it cannot check."""
    batch_size: int = Field(default=16, ge=1)
    """Rows a step of the method itself; other arms have batches with as many trained tokens."""
    base_learning_rate: float = Field(default=2e-3, gt=0.0)
    learning_rate: float = Field(default=1.5e-3, gt=0.0)
    """Before school and in the first iteration, and of all that follows it."""
    exam: Mapping[str, int] = Field(default={SEEN: 300, UNSEEN: 100})
    max_new_tokens: int = Field(default=160, ge=1)
    """A reply's length at most."""
    sizes: Mapping[str, int] = Field(default={"hidden": 96, "layers": 3})
    """Of a new student."""


def course(plan: TripostPlan) -> Course:
    """Sums in columns, and longer ones."""

    def lesson(id_: str, digits: int) -> Lesson:
        level = {"digits": digits, "addends": 2}
        return Lesson(id=id_, title=f"Sums of {digits} digits", subject="column_addition", level=level)

    lessons = (lesson(SEEN, plan.digits), lesson(UNSEEN, plan.digits + 1))
    return Course(id="tripost", title="Sums in columns", lessons=lessons)


FIRST_BALANCE: Mapping[str, float] = {"improvement": 1.5, "other": 1.0, "rationale": 0.3, "direct": 3.0}
"""Of the first iteration, in which the student still learns to solve."""

OWN_BALANCE: Mapping[str, float] = {"improvement": 1.5, "other": 1.0, "rationale": 0.2, "direct": 0.8}
"""The paper's 1.5 : 1 : 1, where the solutions are the gold and those of the same questions."""

SHARE_70: Mapping[str, float] = {"improvement": 0.7, "other": 0.15, "rationale": 0.03, "direct": 0.12}


MISTAKES = ("tripost", "random", "another", "misplaced")
"""Arms that learn from equal numbers of mistakes, each from transcripts of its own."""


# Transcripts


def prepare(bench: Bench[TripostPlan]) -> dict[str, Json]:
    """A student that has learnt the gold."""
    plan, lessons = bench.plan, course(bench.plan)
    gold = bench.demonstrate("gold", lessons, dict(plan.gold))
    student = bench.new_student(**plan.sizes)
    bench.train(
        "student",
        student,
        rationale(gold),
        steps=plan.base_steps,
        batch_size=plan.batch_size,
        learning_rate=plan.base_learning_rate,
    )
    return {"exam": _exam(bench, bench.folder / "student")}


def prepare_another(bench: Bench[TripostPlan]) -> dict[str, Json]:
    """Another student after its own first iteration: other starting weights, gold and questions."""
    other = replace(bench, seed=derive_seed(bench.seed, "another") % 2**31)
    prepare(replace(other, task="another-base"))
    return iterate(other, 1, start="another-base")


def iterate(bench: Bench[TripostPlan], number: int, start: str | None = None) -> dict[str, Json]:
    """One iteration of the method: the last student's trajectories are edited, and it is trained on them."""
    from ..training.checkpoints import read_checkpoint

    plan, first = bench.plan, number == 1
    last = start or iteration(number - 1)
    said = _school(bench, number, _sampled(bench, last), rounds=0 if first else plan.rounds)
    gold = bench.episodes("gold", last if first else "base")
    balance = FIRST_BALANCE if first else OWN_BALANCE
    rows = tripost([*said, *gold], balance=balance, direct=True, seed=bench.seed)
    bench.train(
        "student",
        bench.of(last) / "student",
        rows,
        steps=plan.first_steps if first else plan.further_steps,
        batch_size=plan.batch_size,
        learning_rate=plan.base_learning_rate if first else plan.learning_rate,
    )
    trained = [bench.folder if n == number else bench.of(iteration(n)) for n in range(1, number + 1)]
    faultless = sum(episode.turns[1].says_correct for episode in said) / len(said)
    measures = {**_exam(bench, bench.folder / "student"), "faultless_at_school": faultless}
    checkpoints = [read_checkpoint(folder / "student") for folder in trained]
    return arm(iteration(number), checkpoints, measures) if start is None else {"measures": measures}


def control_school(bench: Bench[TripostPlan], who: str) -> dict[str, Json]:
    """The questions of the second iteration with somebody else in the student's or the teacher's seat."""
    match who:
        case "random":
            _school(bench, 2, bench.seat(course(bench.plan), "careless", Role.STUDENT), rounds=0)
        case "another":
            _school(bench, 2, _sampled(bench, "another-student"), rounds=0)
        case _:
            seat = _sampled(bench, iteration(1))
            _school(bench, 2, seat, rounds=0, teacher="misplacing", verified=False)
    return {}


def common(bench: Bench[TripostPlan]) -> dict[str, Json]:
    """How many rows of each group all arms that learn from mistakes have, and how many tokens make a step."""
    found = {of: Counter(row.kind for row in tripost(_said(bench, of), balance=None)) for of in MISTAKES}
    scale = min(
        min(count["revision"] / OWN_BALANCE["improvement"], count["termination"] / OWN_BALANCE["other"])
        for count in found.values()
    )
    if not scale:
        raise ConfigError(f"too little came of some school to learn from: {found}; ask more questions there.")
    numbers = {group: max(1, int(scale * share)) for group, share in OWN_BALANCE.items()}
    rows, tokens = bench.trained_tokens(_after_first(bench), _mistakes(bench, "tripost", numbers))
    return {"numbers": numbers, "tokens_a_step": tokens / rows * bench.plan.batch_size}


# Arms


def learn_mistakes(bench: Bench[TripostPlan], learnt: str) -> dict[str, Json]:
    """An arm beside the second iteration: from the same student, for as many steps and tokens."""
    from ..training.checkpoints import read_checkpoint

    pace, start = bench.result("common"), _after_first(bench)
    own = [*_said(bench, "tripost"), *_gold(bench)]
    match learnt:
        case "unbalanced":
            rows = tripost(own, balance=None, direct=True, seed=bench.seed)
        case "share-70":
            rows = tripost(own, balance=SHARE_70, direct=True, seed=bench.seed)
        case _:
            rows = _mistakes(bench, learnt, pace["numbers"])
    checkpoint = _train(bench, start, rows, bench.plan.further_steps, pace["tokens_a_step"])
    return arm(learnt, [read_checkpoint(start), checkpoint], _exam(bench, bench.folder / "student"))


def learn_solutions(bench: Bench[TripostPlan], learnt: str) -> dict[str, Json]:
    """An arm beside both iterations: solutions alone, from the student before school."""
    from ..training.checkpoints import read_checkpoint

    plan, gold = bench.plan, _gold(bench)
    first = read_checkpoint(_after_first(bench))
    steps = plan.first_steps + plan.further_steps
    tokens = first.tokens + plan.further_steps * bench.result("common")["tokens_a_step"]
    match learnt:
        case "rationale":
            rows = rationale(gold)
        case "new-gold":
            rows = rationale([*_asked(bench), *gold])
        case _:
            rows = rationale(_asked(bench, checked=True), checked=True)
    checkpoint = _train(bench, bench.of("base") / "student", rows, steps, tokens / steps)
    return arm(learnt, [checkpoint], _exam(bench, bench.folder / "student"))


def _train(
    bench: Bench[TripostPlan], start: Path, rows: Iterable[Example], steps: int, tokens_a_step: float
) -> Checkpoint:
    """Train with batches of about so many trained tokens."""
    rows = list(rows)
    number, tokens = bench.trained_tokens(start, rows)
    return bench.train(
        "student",
        start,
        rows,
        steps=steps,
        batch_size=max(1, round(tokens_a_step * number / tokens)),
        learning_rate=bench.plan.learning_rate,
    )


def _mistakes(bench: Bench[TripostPlan], learnt: str, numbers: Mapping[str, int]) -> Iterator[Example]:
    """The same mixture in equal numbers, whoever made the mistakes and whoever taught."""
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


def iteration(number: int) -> str:
    """The name of an iteration's task and arm; of none, the student before school."""
    return f"iteration-{number}" if number else "base"


def _after_first(bench: Bench[TripostPlan]) -> Path:
    return bench.of(iteration(1)) / "student"


def _gold(bench: Bench[TripostPlan]) -> list[Episode]:
    return bench.episodes("gold", "base")


def _said(bench: Bench[TripostPlan], of: str) -> list[Episode]:
    """The trajectories of the second iteration, or of a control's school on the same questions."""
    return bench.episodes("school 2", iteration(2) if of == "tripost" else f"{of}-school")


def _asked(bench: Bench[TripostPlan], *, checked: bool = False) -> list[Episode]:
    """Demonstrations of all questions of the first two iterations."""
    lessons, questions = course(bench.plan), {SEEN: bench.plan.questions}
    seats = [bench.seat(lessons, "exact", role) for role in (Role.TEACHER, Role.GRADER)]
    schools = (
        bench.teach(f"school {n}", lessons, "demonstration", seats, questions, checked=checked)
        for n in (1, 2)
    )
    return [episode for school in schools for episode in school]


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


def _sampled(bench: Bench[TripostPlan], task: str) -> "Seat":
    """The student that a task trained, which speaks at temperature 1 in every iteration."""
    folder = bench.of(task) / "student"
    return bench.student_seat(course(bench.plan), folder, max_new_tokens=bench.plan.max_new_tokens)


def _exam(bench: Bench[TripostPlan], folder: Path) -> dict[str, float]:
    """Measures of what is taught, and, as of a lesson, of what is not."""
    plan, lessons = bench.plan, course(bench.plan)
    seen = bench.examine(folder, lessons, {SEEN: plan.exam[SEEN]}, max_new_tokens=plan.max_new_tokens)
    unseen = bench.examine(
        folder, lessons, {UNSEEN: plan.exam[UNSEEN]}, name="exam-unseen", max_new_tokens=plan.max_new_tokens
    )
    beyond = {name: value for name, value in flatten(unseen).items() if f"[lesson={UNSEEN}]" in name}
    return {**flatten(seen), **beyond}

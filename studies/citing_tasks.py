"""What the study of CITING does at each seed: its numbers, course and tasks. The claims stand in `citing`.

Types of question differ by the name of their sheet ("Oak: (3 + 5) =") and by their rubric: one to three of
six criteria, drawn by the seed. The mathematics is easy; what has to be learnt is to do as a rubric says.
"""

import random
from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import Field

from ..agents.criteria import rubric_for
from ..agents.rubric_shelf import RubricShelf, ShelfSeat
from ..agents.seats import Seat
from ..environments.course import Course
from ..environments.lessons import Lesson
from ..training.marks import measure_edits, measure_marks
from ..training.measures import measure
from ..training.recipes.base import apply_recipe
from ..training.recipes.rationale import rationale
from ..transcripts.records import Ask, Checkpoint, Episode, Example, Json, Record, Role, derive_seed
from .bench import Bench
from .study import arm

if TYPE_CHECKING:
    from ..training.student import Student

__all__ = ["CitingPlan", "base", "control", "course_of", "examined_again", "round_of"]

CRITERIA = ("tight", "numbered", "stops", "sentence", "answer first", "check")
"""What rubrics are made of; a plain solution meets none of them."""

SHEETS = (
    "Oak", "Elm", "Ash", "Fir", "Yew", "Bay", "Fig", "Ivy", "Hop", "Rye", "Oat", "Pea",
    "Kiwi", "Lime", "Plum", "Pear", "Palm", "Pine", "Teak", "Rose", "Lily", "Iris", "Moss", "Fern",
    "Birch", "Maple", "Cedar", "Larch", "Alder", "Hazel", "Aspen", "Holly", "Lemon", "Mango", "Peach",
    "Olive", "Grape", "Tulip", "Daisy", "Clover",
)  # fmt: skip
"""Names of types; what a rubric asks does not follow from them."""

STUDENT = "student"
"""The folder of a checkpoint in its task's."""


class CitingPlan(Record):
    """The numbers of the study."""

    types: int = Field(default=30, ge=len(CRITERIA))
    """Types that students are taught: each criterion alone, and combinations of two or three."""
    held_out: int = Field(default=10, ge=1)
    """Types with other combinations; no student is trained on one, but the teacher's rubrics for them are on
    the shelf."""
    level: Mapping[str, Json] = {"length": 2, "depth": 1, "min_operand": 1, "operators": ["+"]}
    """Of multi-step arithmetic."""
    gold: int = Field(default=15, ge=1)
    """Questions of each type with plain solutions and proofread drafts, which make the first student."""
    rehearsed: int = Field(default=240, ge=1)
    """Plain solutions that every arm goes on with, so that drafts do not suffer."""
    questions: int = Field(default=10, ge=1)
    """Questions of each type in each round."""
    exemplars: int = Field(default=2, ge=1)
    """Questions of each type for which the teacher's rubric is put on the shelf."""
    rounds: int = Field(default=3, ge=2)
    exam: Mapping[str, int] = {"seen": 4, "held_out": 8}
    """Questions of each type."""
    base_steps: int = Field(default=300, ge=1)
    steps: int = Field(default=160, ge=1)
    """Optimizer steps of each round; arms without rounds take those of all rounds at once."""
    batch_size: int = Field(default=16, ge=1)
    base_learning_rate: float = Field(default=2e-3, gt=0.0)
    """Of the first student."""
    learning_rate: float = Field(default=1.5e-3, gt=0.0)
    """Of all that go on from it."""
    temperature: float = Field(default=0.5, ge=0.0)
    """At which students draft and revise in the classroom; in exams they are greedy."""
    max_new_tokens: int = Field(default=80, ge=1)
    sizes: Mapping[str, int] = {}
    """Of a new student; see `schoolroom.training.student.new_student`."""


def course_of(plan: CitingPlan, seed: int) -> tuple[Course, list[str], list[str]]:
    """The course of a seed, and the ids of its lessons: those that are taught, and those held out."""
    rng = random.Random(derive_seed("citing", seed))
    number = plan.types + plan.held_out
    combined = [names for size in (2, 3) for names in combinations(CRITERIA, size)]
    single = [(name,) for name in CRITERIA]
    rubrics = [*single, *rng.sample(combined, number - len(single))]
    sheets = rng.sample(SHEETS, number)
    lessons = tuple(
        Lesson(
            id=sheet.lower(),
            title=f"Sheet {sheet}",
            subject="multistep_arithmetic",
            level=plan.level,
            wording=f"{sheet}: {{question}}",
            rubric=rubric_for(names),
        )
        for sheet, names in zip(sheets, rubrics, strict=True)
    )
    ids = [lesson.id for lesson in lessons]
    course = Course(id="citing", title="Sheets with rubrics", lessons=lessons)
    return course, ids[: plan.types], ids[plan.types :]


def base(bench: Bench[CitingPlan]) -> Mapping[str, Json]:
    """The student that all arms go on from, and the shelf of rubrics that all exams use.

    It solves and proofreads: a classmate's drafts, which slip, become the teacher's corrections of them.
    """
    plan = bench.plan
    course, seen, held_out = course_of(plan, bench.seed)
    teacher, grader = bench.seat(course, "exact", Role.TEACHER), bench.seat(course, "exact", Role.GRADER)
    classmate = bench.seat(course, "careless", Role.STUDENT)
    bench.teach(
        "gold", course, "citing", [classmate, teacher, grader], dict.fromkeys(seen, plan.gold), rubric_by=None
    )
    exemplars = dict.fromkeys(seen + held_out, plan.exemplars)
    RubricShelf.of(bench.teach("shelf", course, "rubrics", [teacher], exemplars)).save(_shelf(bench))
    student = bench.new_student(**plan.sizes)
    trained = _train(bench, student, _gold(bench), plan.base_steps)
    return {"steps": trained.steps, "tokens": trained.tokens}


def round_of(bench: Bench[CitingPlan], number: int) -> Mapping[str, Json]:
    """Round `number` of CITING: the last student drafts, the teacher revises, the next student is trained."""
    plan = bench.plan
    course, seen, _ = course_of(plan, bench.seed)
    last = bench.of(f"citing-{number - 1}" if number > 1 else "base") / STUDENT
    seats = [
        bench.student_seat(course, last, temperature=plan.temperature, max_new_tokens=plan.max_new_tokens),
        bench.seat(course, "exact", Role.TEACHER),
        bench.seat(course, "exact", Role.GRADER),
    ]
    questions = dict.fromkeys(seen, plan.questions)
    said = bench.teach("classroom", course, "citing", seats, questions, own_revisions=number - 1)
    rows = [*apply_recipe("citing", [*_rounds(bench, number - 1), *said]), *_rehearsed(bench)]
    trained = _train(bench, last, rows, plan.steps)
    edits = measure_edits(said)
    measures = _examined(bench, bench.folder / STUDENT, revisions=number)
    measures |= {"edit_share": edits.edited.value, "left_alone": edits.unchanged.value}
    if number == 1:
        return arm("citing-1", [trained], measures)
    before = bench.result(f"citing-{number - 1}")
    measures["gain"] = measures["criteria_t2"] - before["measures"]["criteria_t2"]
    result = arm(f"citing-{number}", [trained], measures)
    return result | {key: result[key] + before[key] for key in ("steps", "tokens")}


def control(
    bench: Bench[CitingPlan],
    name: str,
    rows: Mapping[str, Json] | None,
    rounds: int,
    rehearses: bool = True,
    **exam: Json,
) -> Mapping[str, Json]:
    """An arm that takes the steps of all rounds at once.

    Args:
        bench: Where it works.
        name: Of the arm.
        rows: Settings of the recipe, for the transcripts of CITING's own rounds; None: plain solutions of
            the same questions, and all the gold.
        rounds: How many of the rounds it learns from.
        rehearses: Whether plain solutions are mixed in, which answer the bare question; not where something
            else is learnt to do so.
        exam: Settings of the exam.
    """
    plan = bench.plan
    said = _rounds(bench, rounds)
    learnt = [*rationale(said), *_gold(bench)] if rows is None else [*apply_recipe("citing", said, rows)]
    learnt += _rehearsed(bench) if rehearses else []
    trained = _train(bench, bench.of("base") / STUDENT, learnt, plan.steps * plan.rounds)
    return arm(name, [trained], _examined(bench, bench.folder / STUDENT, **exam))


def examined_again(bench: Bench[CitingPlan], name: str, rubric_by: str | None) -> Mapping[str, Json]:
    """The last student of CITING, examined with another type's rubric or with none."""
    last = f"citing-{bench.plan.rounds}"
    trained, measures = bench.result(last), _examined(bench, bench.of(last) / STUDENT, rubric_by=rubric_by)
    return {**arm(name, [], measures), "steps": trained["steps"], "tokens": trained["tokens"]}


def _shelf(bench: Bench[CitingPlan]) -> Path:
    return bench.of("base") / "shelf.json"


def _train(
    bench: Bench[CitingPlan], start: "Path | Student", rows: Iterable[Example], steps: int
) -> Checkpoint:
    plan = bench.plan
    rate = plan.learning_rate if isinstance(start, Path) else plan.base_learning_rate
    return bench.train(STUDENT, start, rows, steps=steps, batch_size=plan.batch_size, learning_rate=rate)


def _gold(bench: Bench[CitingPlan]) -> list[Example]:
    """Plain solutions, and drafts proofread without a rubric."""
    said = bench.episodes("gold", "base")
    return [*rationale(said), *apply_recipe("citing", said)]


def _rehearsed(bench: Bench[CitingPlan]) -> list[Example]:
    """The plain solutions that every arm goes on with."""
    gold = list(rationale(bench.episodes("gold", "base")))
    return random.Random(bench.seed).sample(gold, min(bench.plan.rehearsed, len(gold)))


def _rounds(bench: Bench[CitingPlan], number: int) -> list[Episode]:
    """What was said in the first `number` rounds."""
    return [episode for k in range(1, number + 1) for episode in bench.episodes("classroom", f"citing-{k}")]


def _examined(
    bench: Bench[CitingPlan],
    student: Path,
    *,
    rubric_by: str | None = "shelf",
    revisions: int | None = None,
    draft_reads_rubric: bool = False,
) -> dict[str, float]:
    """All measures of one exam: overall, and for types seen and held out.

    A student of round k revises k times, one that learnt from all rounds as often as there were rounds.
    """
    plan = bench.plan
    course, seen, held_out = course_of(plan, bench.seed)
    shelf = RubricShelf.load(_shelf(bench))
    others: list[Seat] = [bench.seat(course, "exact", Role.TEACHER), ShelfSeat(shelf)]
    others.append(ShelfSeat(shelf, name="other", pick="other"))
    bench.examine(
        student,
        course,
        dict.fromkeys(seen, plan.exam["seen"]) | dict.fromkeys(held_out, plan.exam["held_out"]),
        max_revisions=plan.rounds if revisions is None else revisions,
        max_new_tokens=plan.max_new_tokens,
        script="citing_exam",
        others=others,
        rubric_by=rubric_by,
        draft_reads_rubric=draft_reads_rubric,
        judged_by="teacher",
    )
    said = bench.episodes("exam")
    found = _numbers(said)
    for part, ids in (("seen", seen), ("held_out", held_out)):
        numbers = _numbers([episode for episode in said if episode.question.lesson in ids])
        found |= {f"{name}[types={part}]": value for name, value in numbers.items()}
    marks = measure_marks(said).by_criterion_t2
    return found | {f"criteria_t2[criterion={name}]": mark.value for name, mark in marks.items()}


def _numbers(said: Sequence[Episode]) -> dict[str, float]:
    marked, answered = measure_marks(said), measure(said)
    shares = ("criteria_t1", "criteria_t2", "met_t2", "good_t1", "good_t2")
    found = {name: float(getattr(marked, name).value) for name in shares}
    found |= {name: float(getattr(answered, name).value) for name in ("acc_t1", "acc_t2", "right_to_wrong")}
    rubrics = [[turn.payload for turn in episode.turns if turn.ask is Ask.RUBRIC] for episode in said]
    return found | {"retrieved": sum(given[0] == given[-1] for given in rubrics) / len(rubrics)}

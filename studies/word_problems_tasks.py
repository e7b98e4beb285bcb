"""The tasks of the study `word-problems`: start, probe, problems, the arms and their comparison."""

import asyncio
import time
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from ..environments.examination import sit_exam
from ..training.measures import mcnemar
from ..training.recipes.rationale import rationale
from ..training.recipes.tripost import tripost
from ..training.recipes.yoda import yoda
from ..transcripts.errors import ConfigError
from ..transcripts.records import Checkpoint, Episode, Example, Json, Role
from .bench import Bench, flatten
from .pace import Pace, Rates, divide
from .study import arm
from .word_problems_questions import (
    OWN,
    WordProblemsPlan,
    multiplied_course,
    multiply,
    not_of_the_test,
    own_course,
)

if TYPE_CHECKING:
    from ..agents.seats import Seat

__all__ = [
    "EXAMINED",
    "TAUGHT",
    "by_tripost",
    "by_yoda",
    "compare",
    "find_pace",
    "on_solutions",
    "problems",
    "start",
    "untaught",
]

TAUGHT = ("gsm8k-sft", "multiplied-gold", "yoda", "tripost")
"""Arms of equal steps, the two controls first."""

EXAMINED = ("base", "stage", *TAUGHT)
"""All arms."""

# What all arms share


def start(bench: Bench[WordProblemsPlan]) -> dict[str, Json]:
    """The checkpoint as it is, and the stage: it has learnt from GSM8K's own solutions how one answers."""
    plan, began = bench.plan, time.perf_counter()
    checkpoint = bench.folder / "checkpoint"
    if not checkpoint.exists():
        scratch = bench.folder / "checkpoint.new"
        bench.new_student(**plan.sizes).save(scratch)
        scratch.rename(checkpoint)
    own = bench.demonstrate("own", own_course(plan), plan.own)
    trained = _train(bench, "student", checkpoint, rationale(own), steps=plan.stage_steps)
    return {"steps": trained.steps, "tokens": trained.tokens, "seconds": time.perf_counter() - began}


def find_pace(bench: Bench[WordProblemsPlan]) -> dict[str, Json]:
    """Probe the machine, and divide what is left of the time; the numbers hold for every later session."""
    plan, began = bench.plan, time.perf_counter()
    rates = _probe(bench)
    given = plan.minutes if bench.minutes is None else bench.minutes
    used = (bench.result("start")["seconds"] + time.perf_counter() - began) / 60
    met = plan.levels * (1 + plan.generalized)
    pace = divide(
        max(given - used, given / 10),
        rates,
        plan.limits,
        exams=len(EXAMINED),
        arms=len(TAUGHT),
        batch_tokens=plan.batch_tokens,
        yoda_questions=met,
        yoda_replies=met * (1 + plan.rounds),
        iteration_steps=plan.iteration_steps,
    )
    return {"pace": pace.model_dump(mode="json"), "rates": rates.model_dump(mode="json")}


def _probe(bench: Bench[WordProblemsPlan]) -> Rates:
    """What the machine does in a second; nothing of it is recorded."""
    from ..training.student import Student
    from ..training.trainer import train

    plan, course, stage = bench.plan, own_course(bench.plan), bench.of("start") / "student"
    rows = list(rationale(bench.episodes("own", "start")))
    number, tokens = bench.trained_tokens(stage, rows)
    student = bench.student_seat(course, stage, temperature=0.0, max_new_tokens=plan.max_new_tokens)
    grader = bench.seat(course, "exact", Role.GRADER)
    began = time.perf_counter()
    _, said = asyncio.run(
        sit_exam(course, student, grader, questions=plan.probe, concurrency=plan.concurrency, seed=bench.seed)
    )
    replied = time.perf_counter()
    made = sum(multiply(plan, bench.seed, bench.folder, max(2, plan.probe // 10)).values())
    multiplied = time.perf_counter()
    ticks: list[float] = []
    report = train(
        Student.load(stage, device=bench.device, threads=bench.threads),
        rows,
        steps=plan.probe_steps,
        seed=bench.seed,
        batch_size=_batch_size(plan, number, tokens),
        on_step=lambda _: ticks.append(time.perf_counter()),
    )
    replies = sum(turn.role is Role.STUDENT for episode in said for turn in episode.turns)
    return Rates(
        replies=replies / (replied - began),
        # The first step is left out: it waits for much that is done once.
        tokens=report.tokens / report.steps * (len(ticks) - 1) / (ticks[-1] - ticks[0]),
        problems=made / (multiplied - replied) / 2,  # to demonstrate one takes no longer than to make it
        solution=tokens / number,
    )


def problems(bench: Bench[WordProblemsPlan]) -> dict[str, Json]:
    """The multiplied problems, and their solutions."""
    bench = _crowded(bench)
    found = multiply(bench.plan, bench.seed, bench.folder, _pace(bench).problems)
    course = multiplied_course(bench.folder)
    bench.demonstrate("solutions", course, {lesson.id: found[lesson.id] for lesson in course.lessons})
    return {"problems": found}


# Arms


def untaught(bench: Bench[WordProblemsPlan], which: str) -> dict[str, Json]:
    """The checkpoint as it is, which nobody asks to check itself, or the student of the stage."""
    folder = bench.of("start") / ("checkpoint" if which == "base" else "student")
    return arm(which, [], _exam(bench, folder, max_revisions=0 if which == "base" else 1))


def on_solutions(bench: Bench[WordProblemsPlan], which: str) -> dict[str, Json]:
    """A control: plain solutions, GSM8K's own or those of multiplied problems."""
    run, task = ("own", "start") if which == "gsm8k-sft" else ("solutions", "problems")
    rows = rationale(bench.episodes(run, task))
    checkpoint = _train(bench, "student", _stage(bench), rows, steps=_pace(bench).steps)
    return arm(which, [checkpoint], _exam(bench, bench.folder / "student"))


def by_yoda(bench: Bench[WordProblemsPlan]) -> dict[str, Json]:
    """YODA's classroom: each problem attempted, refined and learnt, then others made of it."""
    bench = _crowded(bench)
    plan, pace = bench.plan, _pace(bench)
    said = _school(
        bench,
        "school",
        "yoda",
        _stage(bench),
        {"other-numbers": pace.yoda},
        generalized=plan.generalized,
        levels=plan.levels,
        rounds=plan.rounds,
    )
    _, tokens = bench.trained_tokens(_stage(bench), yoda(said))
    # The curriculum must be gone through to its end, so there is no more of it than the steps can hold.
    held = said[: max(1, int(len(said) * min(1.0, pace.steps * plan.batch_tokens / tokens)))]
    rows = yoda(held, order="cumulative", seed=bench.seed)
    checkpoint = _train(bench, "student", _stage(bench), rows, steps=pace.steps, order="given")
    return arm("yoda", [checkpoint], _exam(bench, bench.folder / "student"))


def by_tripost(bench: Bench[WordProblemsPlan]) -> dict[str, Json]:
    """TriPosT's classroom: trajectories edited, learnt, and edited again in a second iteration."""
    bench = _crowded(bench)
    plan, pace, own = bench.plan, _pace(bench), bench.episodes("own", "start")
    student, left = _stage(bench), pace.steps
    trained: list[Checkpoint] = []
    for number in range(1, pace.iterations + 1):
        course = multiplied_course(bench.of("problems"))
        questions = {lesson.id: -(-pace.tripost // len(course.lessons)) for lesson in course.lessons}
        rounds = plan.rounds if number > 1 else 0
        # Where a student works out the wrong thing its equation holds, and the teacher blames the answer: no
        # update could keep the lines before that and make sense.
        said = _school(
            bench, f"school {number}", "tripost", student, questions, rounds=rounds, verified=False
        )
        steps = left // (pace.iterations + 1 - number)
        rows = tripost([*said, *own], seed=bench.seed)
        trained.append(_train(bench, f"student-{number}", student, rows, steps=steps))
        student, left = bench.folder / f"student-{number}", left - steps
    return arm("tripost", trained, _exam(bench, student))


def compare(bench: Bench[WordProblemsPlan]) -> dict[str, Json]:
    """The methods against the controls, paired by question: what one seed can say."""

    def sat(which: str) -> list[Episode]:
        return bench.episodes("exam", which)

    return {
        f"{method} > {control}": mcnemar(sat(control), sat(method)).model_dump(mode="json")
        for place, control in enumerate(TAUGHT[:2])
        for method in TAUGHT[place + 1 :]
    }


def _school(
    bench: Bench[WordProblemsPlan],
    name: str,
    script: str,
    student: Path,
    questions: Mapping[str, int],
    **settings: Json,
) -> list[Episode]:
    """What was said about multiplied problems, and none of the test's."""
    plan, course = bench.plan, multiplied_course(bench.of("problems"))
    seats: list[Seat] = [
        bench.student_seat(course, student, temperature=plan.temperature, max_new_tokens=plan.max_new_tokens),
        bench.seat(course, "exact", Role.TEACHER),
        bench.seat(course, "exact", Role.GRADER),
    ]
    said = bench.teach(name, course, script, seats, questions, **settings)
    return not_of_the_test(plan, said)


def _train(
    bench: Bench[WordProblemsPlan],
    name: str,
    student: Path,
    learnt: Iterable[Example],
    *,
    steps: int,
    order: str = "shuffled",
) -> Checkpoint:
    """Train in batches of the plan's tokens."""
    plan, rows = bench.plan, list(learnt)
    if not rows:
        raise ConfigError(f"nothing was said that '{bench.task}' could learn from; give the study more time.")
    number, tokens = bench.trained_tokens(student, rows)
    return bench.train(
        name,
        student,
        rows,
        steps=steps,
        batch_size=_batch_size(plan, number, tokens),
        learning_rate=plan.learning_rate,
        order=order,
    )


def _exam(bench: Bench[WordProblemsPlan], folder: Path, max_revisions: int = 1) -> dict[str, float]:
    """The measures, with the interval over questions of the last attempts' accuracy."""
    plan = bench.plan
    report = _crowded(bench).examine(
        folder,
        own_course(plan),
        {OWN: _pace(bench).exam},
        max_revisions=max_revisions,
        max_new_tokens=plan.max_new_tokens,
    )
    measures = {name: value for name, value in flatten(report).items() if "[" not in name}
    return {**measures, "acc_t2_low": report.acc_t2.low, "acc_t2_high": report.acc_t2.high}


def _batch_size(plan: WordProblemsPlan, rows: int, tokens: int) -> int:
    """Rows with the plan's tokens of a step, on average."""
    return max(1, round(plan.batch_tokens * rows / tokens))


def _pace(bench: Bench[WordProblemsPlan]) -> Pace:
    return Pace.model_validate(bench.result("pace")["pace"])


def _stage(bench: Bench[WordProblemsPlan]) -> Path:
    return bench.of("start") / "student"


def _crowded(bench: Bench[WordProblemsPlan]) -> Bench[WordProblemsPlan]:
    return replace(bench, concurrency=bench.plan.concurrency)

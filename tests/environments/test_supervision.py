"""Supervision: which cues come, and that a weak teacher's two dials are measured back on what it wrote."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from schoolroom.agents.fakes import RunningSums
from schoolroom.agents.persona import Persona, Traits
from schoolroom.agents.scripted_grader import ScriptedGrader
from schoolroom.agents.scripted_teacher import ScriptedTeacher
from schoolroom.agents.seats import Checker, Seat
from schoolroom.environments.classroom import hold
from schoolroom.environments.scripts.supervision import supervision
from schoolroom.environments.subjects.column_addition import ColumnAddition
from schoolroom.environments.subjects.multistep_arithmetic import MultistepArithmetic
from schoolroom.environments.subjects.word_sorting import WordSorting
from schoolroom.training.teacher_errors import teacher_errors
from schoolroom.transcripts.records import (
    Ask,
    Attempt,
    Cue,
    Episode,
    Payload,
    Question,
    Questions,
    Role,
    Tier,
    Turn,
)

Q = Question.make(lesson="l", subject="s", text="(1 + 2) - (3 + 4)", tier=Tier.FULL)
PARTS = tuple(
    Question.make(lesson="l", subject="s", text=text, tier=Tier.SUBTASK, parent=Q.id)
    for text in ("1 + 2", "3 + 4")
)


def said(index: int, cue: Cue, payload: Payload | None) -> Turn:
    role = Role.GRADER if cue.seat == "grader" else Role.TEACHER
    return Turn(index=index, seat=cue.seat, role=role, persona="p@1", ask=cue.ask, text="x", payload=payload)


def test_the_whole_then_its_parts_are_shown_and_all_is_graded() -> None:
    script = supervision(Q, parts=2, parts_by="assistant")
    whole: Any = next(script)
    assert whole == Cue(seat="teacher", ask=Ask.DEMONSTRATE, question=Q)
    shown = said(0, whole, Attempt(steps=(), answer="-4"))
    divide: Any = script.send(shown)
    assert divide == Cue(seat="teacher", ask=Ask.DIVIDE, question=Q, count=2)
    cued: Any = script.send(said(1, divide, Questions(questions=PARTS)))
    assert cued == tuple(Cue(seat="assistant", ask=Ask.DEMONSTRATE, question=part) for part in PARTS)
    solved = tuple(said(2 + i, cue, Attempt(steps=(), answer="3")) for i, cue in enumerate(cued))
    graded: Any = script.send(solved)
    assert [(cue.seat, cue.ask, cue.question, cue.heard) for cue in graded] == [
        ("grader", Ask.GRADE, about, (turn,))
        for about, turn in zip((Q, *PARTS), (shown, *solved), strict=True)
    ]
    with pytest.raises(StopIteration):
        script.send(tuple(said(4 + i, cue, None) for i, cue in enumerate(graded)))


def test_without_parts_the_whole_alone_is_shown_and_graded() -> None:
    script = supervision(Q, parts=0, whole_by="expert")
    whole: Any = next(script)
    shown = said(0, whole, Attempt(steps=(), answer="-4"))
    assert script.send(shown) == (Cue(seat="grader", ask=Ask.GRADE, question=Q, heard=(shown,)),)


SUMS, COLUMNS, MULTISTEP, SORTING = RunningSums(), ColumnAddition(), MultistepArithmetic(), WordSorting()
LETTERS = SORTING.level({"kind": "letters", "min_words": 5, "max_words": 6})
BRACKETS = MULTISTEP.level({"length": 2, "min_operand": 1, "operators": ["+", "-"]})
LONG = MULTISTEP.level({"length": 3, "min_operand": 1, "operators": ["+", "-"]})
DIGITS = COLUMNS.level({"digits": 4, "addends": 2})
SUBJECTS: dict[str, tuple[Checker, Callable[[int], Question]]] = {
    "running sums": (SUMS, lambda seed: SUMS.sample(seed, 4 + seed % 5)),
    "columns": (COLUMNS, lambda seed: COLUMNS.sample(DIGITS, seed)),
    "letters": (SORTING, lambda seed: SORTING.sample(LETTERS, seed)),
    "brackets": (
        MULTISTEP,
        lambda seed: MULTISTEP.sample(BRACKETS, seed).model_copy(update={"tier": "full"}),
    ),
}


def episodes(
    checker: Checker, sample: Callable[[int], Question], number: int, parts: int, **dials: tuple[float, float]
) -> list[Episode]:
    """What teachers with these dials (outcome and step error rate), by seat, leave in `number` classrooms."""

    def teacher(seat: str, outcome: float, step: float) -> Seat:
        traits = Traits(outcome_error_rate=outcome, step_error_rate=step)
        persona = Persona(name=seat, role=Role.TEACHER, traits=traits)
        return ScriptedTeacher(persona, name=seat, checkers=lambda _: checker)

    seats = {seat: teacher(seat, *rates) for seat, rates in dials.items()}
    exact = Persona(name="exact", role=Role.GRADER)
    seats["grader"] = ScriptedGrader(exact, name="grader", checkers=lambda _: checker)

    async def held() -> list[Episode]:
        found = []
        for seed in range(number):
            question = sample(seed)
            script = supervision(question, parts=parts, parts_by=list(dials)[-1])
            classroom = await hold(script, seats, seed=seed)
            found.append(
                Episode(
                    id=str(seed), run="r", script="supervision", question=question, seats=(), seed=seed,
                    turns=classroom.turns, ending=classroom.ending,
                )
            )  # fmt: skip
        return found

    return asyncio.run(held())


@pytest.mark.parametrize(
    ("subject", "outcome", "step"),
    [
        ("running sums", 0.5, 0.1),
        ("running sums", 0.9, 0.6),
        ("running sums", 1.0, 1.0),
        ("columns", 0.75, 0.25),
        ("columns", 1.0, 0.12),
        ("letters", 1.0, 0.12),
        ("letters", 0.9, 0.4),
        ("brackets", 0.9, 0.12),
    ],
)
def test_both_dials_are_measured_back_within_two_points(subject: str, outcome: float, step: float) -> None:
    checker, sample = SUBJECTS[subject]
    held = episodes(checker, sample, 2000, parts=0, teacher=(outcome, step))
    (measured,) = teacher_errors(held).values()
    assert measured.outcome_error_rate.n == 2000
    assert measured.outcome_error_rate.value == pytest.approx(outcome, abs=0.02)
    assert measured.step_error_rate.value == pytest.approx(step, abs=0.02)


def test_wholes_and_parts_may_have_teachers_with_other_dials() -> None:
    def sample(seed: int) -> Question:
        return MULTISTEP.sample(LONG, seed).model_copy(update={"tier": Tier.FULL})

    held = episodes(MULTISTEP, sample, 670, parts=2, teacher=(1.0, 0.3), assistant=(0.2, 0.1))
    rates = teacher_errors(held)
    assert set(rates) == {Tier.FULL, Tier.SUBTASK}
    whole, part = rates[Tier.FULL], rates[Tier.SUBTASK]
    assert whole.outcome_error_rate.value == 1.0
    assert whole.step_error_rate.value == pytest.approx(0.3, abs=0.02)
    assert whole.outcome_error_rate.n + part.outcome_error_rate.n > 2000
    assert part.outcome_error_rate.value == pytest.approx(0.2, abs=0.02)
    assert part.step_error_rate.value == pytest.approx(0.1, abs=0.02)
    assert whole.step_error_rate.low < 0.3 < whole.step_error_rate.high

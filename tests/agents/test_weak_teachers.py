"""Weak teachers: their dials are measured back, and their mistakes look like right findings."""

import random
import re
from collections.abc import Callable

import pytest

from schoolroom.agents.fakes import said
from schoolroom.agents.persona import Persona, Traits
from schoolroom.agents.scripted_teacher import ScriptedTeacher, late_places, spoilt
from schoolroom.agents.seats import Checker
from schoolroom.agents.wording import miss, truth
from schoolroom.environments.subjects.base import BaseSubject
from schoolroom.environments.subjects.column_addition import ColumnAddition
from schoolroom.environments.subjects.equations import Equations
from schoolroom.environments.subjects.multistep_arithmetic import MultistepArithmetic
from schoolroom.transcripts.records import (
    Ask,
    Attempt,
    Question,
    Role,
)

from .conftest import SUMS, ask, attempt_of, feedback_of, teacher


@pytest.mark.parametrize(("outcome", "step"), [(0.5, 0.1), (0.9, 0.45), (1.0, 0.12), (0.4, 0.0), (1.0, 1.0)])
def test_a_weak_teachers_two_dials_are_measured_back(outcome: float, step: float) -> None:
    weak = teacher(outcome_error_rate=outcome, step_error_rate=step)
    wrong, wrong_steps, steps, places = 0, 0, 0, []
    for seed in range(400):
        question = SUMS.sample(seed, 7)
        shown = attempt_of(ask(weak, Ask.DEMONSTRATE, question, seed=seed))
        blamed = SUMS.wrong_steps(question, shown)
        wrong += not SUMS.answers_match(question, shown.answer)
        wrong_steps, steps = wrong_steps + len(blamed), steps + len(shown.steps)
        places += [place / (len(shown.steps) - 1) for place in blamed]
    assert wrong / 400 == pytest.approx(outcome, abs=0.08)
    assert wrong_steps / steps == pytest.approx(step, abs=0.04)
    if 0.0 < step < outcome:
        assert sum(places) / len(places) > 0.6  # late


def test_a_weak_teachers_feedback_errs_in_every_way() -> None:
    seat = teacher(skill=0.0)
    missed = misplaced = 0
    for seed in range(100):
        question = SUMS.sample(seed, 5)
        right = SUMS.solve(question)
        alarmed = feedback_of(ask(seat, Ask.FEEDBACK, question, said(right), seed=seed))
        assert not alarmed.correct
        wrong = SUMS.slip(question, right, 2, seed)
        found = feedback_of(ask(seat, Ask.FEEDBACK, question, said(wrong), seed=seed))
        assert found.correct or found.step != 2
        missed, misplaced = missed + found.correct, misplaced + (not found.correct)
    assert min(missed, misplaced) > 25


def worded_problem(seed: int) -> Question:
    """Two lines of prose with an equation each."""
    rng = random.Random(seed)
    packs, size, more = rng.randint(2, 9), rng.randint(11, 40), rng.randint(11, 99)
    bought = packs * size
    solution = (
        f"She buys {packs} * {size} = {bought} eggs.",
        f"With the others she has {bought} + {more} = {bought + more}.",
    )
    return Question.make(
        lesson="l", subject="equations", text=f"eggs {seed}", answer=str(bought + more), solution=solution
    )


def column(seed: int) -> Question:
    return COLUMNS.sample(COLUMNS.level({"digits": 2 + seed % 2}), seed)


def bracketed(seed: int) -> Question:
    return MULTISTEP.sample(MULTISTEP.level({"length": 2}), seed)


COLUMNS, MULTISTEP = ColumnAddition(), MultistepArithmetic()
JUDGED: list[tuple[Checker, Callable[[int], Question]]] = [
    (SUMS, lambda seed: SUMS.sample(seed, 2 + seed % 3)),
    (COLUMNS, column),
    (MULTISTEP, bracketed),
    (Equations(), worded_problem),
    (BaseSubject("answers alone"), worded_problem),
]


def forms(text: str) -> set[str]:
    """The lines with every number taken for the same."""
    return {re.sub(r"-?\d+", "n", line) for line in text.splitlines()}


@pytest.mark.parametrize(("checker", "question"), JUDGED, ids=lambda part: type(part).__name__)
def test_a_mistaken_feedback_has_the_form_of_a_right_one(
    checker: Checker, question: Callable[[int], Question]
) -> None:
    def teacher(skill: float) -> ScriptedTeacher:
        persona = Persona(name="mine", role=Role.TEACHER, traits=Traits(skill=skill))
        return ScriptedTeacher(persona, name="t", checkers=lambda _: checker)

    true: set[str] = set()
    false: set[str] = set()
    missed = alarmed = 0
    for seed in range(80):
        asked = question(seed)
        right = checker.solve(asked)
        places = len(right.steps) + 1
        wrong = checker.slip(asked, right, seed % places, seed)
        worse = checker.slip(asked, wrong, seed // places % places, seed)
        for attempt in (right, wrong, worse):
            true |= forms(ask(teacher(1.0), Ask.FEEDBACK, asked, said(attempt), seed=seed).text)
            line = ask(teacher(0.0), Ask.FEEDBACK, asked, said(attempt), seed=seed)
            false |= forms(line.text)
            correct = checker.check(asked, attempt).correct
            missed += feedback_of(line).correct and not correct
            alarmed += correct and not feedback_of(line).correct
    assert false <= true, sorted(false - true)
    assert alarmed >= 80
    assert missed > 40


def test_a_mistaken_line_is_worked_out_as_it_stands() -> None:
    question = Question.make(lesson="l", subject="column_addition", text="347 + 285 =")
    steps = ("7+5=12, write 2 carry 1", "4+8=12, write 2 carry 1", "3+2+1=6, write 6")
    attempt, right = Attempt(steps=steps, answer="622"), COLUMNS.solve(question)
    found = truth(COLUMNS, question, attempt)
    assert miss(COLUMNS, question, attempt, found).review == (
        "1: 7+5=12, right", "2: 4+8=12, right", "3: 3+2+1=6, right", "answer: 622, right",
    )  # fmt: skip
    alarmed = {COLUMNS.review_line(question, right, 1, instead=attempt)}
    alarmed.add(COLUMNS.review_line(question, right, 3, instead=attempt))
    swapped = Attempt(steps=(steps[0], "4+8+1=13, write 1 carry 3", "3+2+3=8, write 8"), answer="812")
    alarmed.add(COLUMNS.review_line(question, right, 1, instead=swapped))
    assert alarmed == {
        "2: 4+8=12, not this", "answer: 622, not this", "2: 4+8+1=13, write 1 carry 3, not this",
    }  # fmt: skip


@pytest.mark.parametrize(("checker", "question"), JUDGED[:4], ids=lambda part: type(part).__name__)
def test_a_spoilt_solution_has_as_many_wrong_steps_as_are_asked_for(
    checker: Checker, question: Callable[[int], Question]
) -> None:
    for seed in range(60):
        asked = question(seed)
        right = checker.solve(asked)
        number = 1 + seed % len(right.steps)
        wrong = spoilt(checker, asked, right, number, seed)
        assert len(checker.wrong_steps(asked, wrong)) == number
        assert len(wrong.steps) == len(right.steps)
        assert not checker.answers_match(asked, wrong.answer)
        assert spoilt(checker, asked, right, number, seed) == wrong


def test_wrong_steps_are_late_and_spread() -> None:
    drawn = [late_places(8, 2, random.Random(seed)) for seed in range(4000)]
    assert all(first < second for first, second in drawn)
    counts = [sum(place in places for places in drawn) for place in range(8)]
    assert counts == sorted(counts)
    assert counts[0] > 100
    first = [late_places(8, 1, random.Random(seed))[0] for seed in range(4000)]
    assert first.count(7) / 4000 == pytest.approx(8 / 36, abs=0.02)
    assert first.count(0) / 4000 == pytest.approx(1 / 36, abs=0.01)

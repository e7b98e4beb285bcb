"""Scripted seats: words and payloads agree, rates are met, and the seed decides all that is random."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schoolroom.agents.checks import seat_problems
from schoolroom.agents.fakes import RunningSums, said
from schoolroom.agents.persona import Persona, Style, Traits
from schoolroom.agents.persona_files import find_persona, list_personas
from schoolroom.agents.scripted_student import ScriptedStudent
from schoolroom.agents.scripted_teacher import ScriptedTeacher
from schoolroom.environments.subjects.base import BaseSubject
from schoolroom.transcripts.errors import PersonaError, QuestionError, SeatError
from schoolroom.transcripts.records import (
    Ask,
    Attempt,
    Feedback,
    Question,
    Role,
)
from schoolroom.transcripts.replies import parse_feedback, render_attempt

from .conftest import (
    SEEDS,
    STUDENTS,
    SUMS,
    TEACHERS,
    ask,
    attempt_of,
    corrected,
    feedback_of,
    seat_of,
    slipped,
    student,
    teacher,
)


@pytest.mark.parametrize("persona", list_personas(), ids=lambda p: f"{p.role}-{p.name}")
def test_a_shipped_persona_keeps_the_rules_of_seats(persona: Persona) -> None:
    assert seat_problems(seat_of(persona)) == []


@pytest.mark.parametrize("persona", [*TEACHERS, *STUDENTS], ids=lambda p: f"{p.role}-{p.name}")
@settings(max_examples=30)
@given(case=slipped(), seed=SEEDS)
def test_feedback_reads_back_as_its_payload(
    persona: Persona, case: tuple[Question, Attempt], seed: int
) -> None:
    question, attempt = case
    line = ask(seat_of(persona), Ask.FEEDBACK, question, said(attempt), seed=seed)
    read, meant = parse_feedback(line.text, attempt), feedback_of(line)
    assert (read.correct, read.step) == (meant.correct, meant.step)
    assert (meant.step is None) == meant.correct


@pytest.mark.parametrize("name", ["patient", "strict", "socratic", "terse", "exact"])
@settings(max_examples=30)
@given(case=slipped(), seed=SEEDS)
def test_a_teacher_with_skill_finds_what_the_checker_finds(
    name: str, case: tuple[Question, Attempt], seed: int
) -> None:
    question, attempt = case
    meant = feedback_of(
        ask(seat_of(find_persona(name, role=Role.TEACHER)), Ask.FEEDBACK, question, said(attempt), seed=seed)
    )
    found = SUMS.check(question, attempt)
    assert (meant.correct, meant.step) == (found.correct, found.step)


def test_the_exact_teacher_says_the_steps_and_no_more() -> None:
    question = Question.make(lesson="l", subject="running_sums", text="3 + 4 + 5", answer="12")
    wrong = Attempt(steps=("3 + 4 = 8", "8 + 5 = 13"), answer="13")
    exact = seat_of(find_persona("exact", role=Role.TEACHER))
    line = ask(exact, Ask.FEEDBACK, question, said(wrong))
    assert line.text == "3 + 4 = 7\nstep 1 is wrong"
    assert line.payload == SUMS.check(question, wrong)
    right = SUMS.solve(question)
    assert ask(exact, Ask.FEEDBACK, question, said(right)).text == "3 + 4 = 7\n7 + 5 = 12\nall correct"
    answer_wrong = right.model_copy(update={"answer": "13"})
    assert ask(exact, Ask.FEEDBACK, question, said(answer_wrong)).text == (
        "3 + 4 = 7\n7 + 5 = 12\nanswer: 12\nthe answer is wrong"
    )


def test_a_checker_that_has_no_line_about_a_missing_answer_is_helped_out() -> None:
    class Silent(RunningSums):
        def review(self, question: Question, attempt: Attempt) -> tuple[str, ...]:
            return super().review(question, attempt)[: len(attempt.steps)]

    question = Question.make(lesson="l", subject="running_sums", text="3 + 4 + 5", answer="12")
    style = Style(right_step=("{review}. Good.",), wrong_step=("But: {review}.",))
    persona = Persona(name="mine", role=Role.TEACHER, style=style)
    seat = ScriptedTeacher(persona, name="t", checkers=lambda _: Silent())
    unfinished = SUMS.solve(question).model_copy(update={"answer": None})
    assert ask(seat, Ask.FEEDBACK, question, said(unfinished)).text.splitlines() == [
        "3 + 4 = 7. Good.",
        "7 + 5 = 12. Good.",
        "But: it should be 12.",
        "the answer is wrong",
    ]


@settings(max_examples=50)
@given(case=slipped(), seed=SEEDS)
def test_a_socratic_teacher_does_not_tell_the_result(case: tuple[Question, Attempt], seed: int) -> None:
    question, attempt = case
    found = SUMS.check(question, attempt)
    if found.correct:
        return
    line = ask(seat_of(find_persona("socratic")), Ask.FEEDBACK, question, said(attempt), seed=seed)
    told = SUMS.review(question, attempt)[-1]
    assert told not in line.text
    assert told not in feedback_of(line).reason
    assert "?" in line.text


def test_a_style_that_tells_keeps_the_checkers_reason() -> None:
    question, wrong = SUMS.sample(1), SUMS.slip(SUMS.sample(1), SUMS.solve(SUMS.sample(1)), 1, seed=0)
    persona = Persona(
        name="mine", role=Role.TEACHER, style=Style(opening=("Hm.",), closing=("See {place}: {reason}",))
    )
    line = ask(seat_of(persona), Ask.FEEDBACK, question, said(wrong))
    found = SUMS.check(question, wrong)
    assert line.text.splitlines()[-2] == f"See step 2: {found.reason}"
    assert line.payload == found


@settings(max_examples=50)
@given(case=slipped(), seed=SEEDS)
def test_a_demonstration_is_right_and_keeps_what_was_right(case: tuple[Question, Attempt], seed: int) -> None:
    question, attempt = case
    shown = ask(teacher(), Ask.DEMONSTRATE, question, said(attempt), seed=seed)
    assert SUMS.check(question, attempt_of(shown)).correct
    assert shown.text == render_attempt(attempt_of(shown))
    assert attempt_of(shown) == SUMS.correct(question, attempt)
    assert attempt_of(ask(teacher(), Ask.DEMONSTRATE, question, seed=seed)) == SUMS.solve(question)


def test_skill_is_the_share_of_feedback_that_is_right() -> None:
    seat = teacher(skill=0.7)
    hits = 0
    for seed in range(400):
        question = SUMS.sample(seed, 5)
        wrong = SUMS.slip(question, SUMS.solve(question), seed % 4, seed)
        hits += feedback_of(ask(seat, Ask.FEEDBACK, question, said(wrong), seed=seed)) == SUMS.check(
            question, wrong
        )
    assert hits / 400 == pytest.approx(0.7, abs=0.08)


@pytest.mark.parametrize("rate", [0.0, 0.1, 0.3, 1.0])
def test_a_student_slips_in_a_share_of_its_steps(rate: float) -> None:
    wrong, steps = 0, 0
    for seed in range(300):
        question = SUMS.sample(seed, 6)
        attempt = attempt_of(ask(student(slip_rate=rate), Ask.ATTEMPT, question, seed=seed))
        wrong, steps = wrong + len(SUMS.wrong_steps(question, attempt)), steps + len(attempt.steps)
    assert wrong / steps == pytest.approx(rate, abs=0.04)


def test_a_solution_without_steps_can_still_go_wrong() -> None:
    subject = BaseSubject("bare")
    question = Question.make(lesson="l", subject="bare", text="How many?", answer="42")
    seat = ScriptedStudent(
        Persona(name="mine", role=Role.STUDENT, traits=Traits(slip_rate=1.0)),
        name="s",
        checkers=lambda _: subject,
    )
    attempt = attempt_of(ask(seat, Ask.ATTEMPT, question))
    assert attempt.answer not in (None, "42")
    assert seat_problems(seat, question) == []


def test_vigilance_and_false_alarms_are_probabilities_of_its_own_check() -> None:
    found = alarms = 0
    for seed in range(400):
        question = SUMS.sample(seed, 5)
        right = SUMS.solve(question)
        seat = student(vigilance=0.3, false_alarms=0.2)
        wrong = SUMS.slip(question, right, 1, seed)
        found += not feedback_of(ask(seat, Ask.FEEDBACK, question, said(wrong), seed=seed)).correct
        alarms += not feedback_of(ask(seat, Ask.FEEDBACK, question, said(right), seed=seed)).correct
    assert found / 400 == pytest.approx(0.3, abs=0.08)
    assert alarms / 400 == pytest.approx(0.2, abs=0.08)


@settings(max_examples=50)
@given(case=slipped(), seed=SEEDS)
def test_a_revision_follows_the_feedback_or_changes_nothing(
    case: tuple[Question, Attempt], seed: int
) -> None:
    question, attempt = case
    found = SUMS.check(question, attempt)
    assert SUMS.check(question, corrected(question, attempt, found, student(heeds=1.0), seed)).correct
    assert corrected(question, attempt, found, student(heeds=0.0), seed) == attempt


@settings(max_examples=50)
@given(seed=SEEDS, step=st.integers(0, 3))
def test_wrong_feedback_makes_a_right_step_wrong(seed: int, step: int) -> None:
    question = SUMS.sample(seed, 5)
    right = SUMS.solve(question)
    blamed = Feedback(correct=False, step=step)
    assert SUMS.check(question, corrected(question, right, blamed, student(), seed)).step == step


def test_a_student_that_alarms_itself_writes_what_it_feared() -> None:
    seat = student(false_alarms=1.0)
    for seed in range(20):
        question = SUMS.sample(seed, 5)
        right = said(SUMS.solve(question))
        fear = ask(seat, Ask.FEEDBACK, question, right, seed=seed)
        blamed = feedback_of(fear).step
        revised = attempt_of(ask(seat, Ask.REVISE, question, right, said(fear.payload, fear.text), seed=seed))
        assert blamed is not None
        assert revised.steps[blamed] in fear.text


def test_feedback_without_a_payload_changes_nothing() -> None:
    question = SUMS.sample(1)
    wrong = SUMS.slip(question, SUMS.solve(question), 0, seed=1)
    mumbled = said(None, "hm")
    assert attempt_of(ask(student(), Ask.REVISE, question, said(wrong), mumbled)) == wrong


def test_characters_differ_as_they_should() -> None:
    def right_after_feedback(name: str) -> float:
        seat = seat_of(find_persona(name))
        right = 0
        for seed in range(200):
            question = SUMS.sample(seed, 5)
            wrong = SUMS.slip(question, SUMS.solve(question), 2, seed)
            revised = corrected(question, wrong, SUMS.check(question, wrong), seat, seed)
            right += SUMS.check(question, revised).correct
        return right / 200

    def broke_itself(name: str) -> float:
        seat = seat_of(find_persona(name))
        questions = [SUMS.sample(seed, 5) for seed in range(200)]
        return sum(
            not feedback_of(ask(seat, Ask.FEEDBACK, q, said(SUMS.solve(q)), seed=i)).correct
            for i, q in enumerate(questions)
        ) / len(questions)

    assert right_after_feedback("overconfident") < 0.3
    assert right_after_feedback("persistent") > 0.7
    assert broke_itself("persistent") < 0.1
    assert broke_itself("anxious") > 0.3


@pytest.mark.parametrize("persona", list_personas(), ids=lambda p: f"{p.role}-{p.name}")
def test_the_seed_decides_all_that_is_random(persona: Persona) -> None:
    seat = seat_of(persona)
    question = SUMS.sample(3, 6)
    heard = said(SUMS.slip(question, SUMS.solve(question), 2, seed=1))
    what = seat.ASKS[0]
    first = [ask(seat, what, question, heard, seed=seed) for seed in range(10)]
    random.seed(1)
    assert [ask(seat, what, question, heard, seed=seed) for seed in range(10)] == first


@pytest.mark.parametrize(
    ("name", "role", "what"),
    [
        ("exact", Role.TEACHER, Ask.ATTEMPT),
        ("exact", Role.TEACHER, Ask.GRADE),
        ("careless", Role.STUDENT, Ask.GRADE),
        ("exact", Role.GRADER, Ask.FEEDBACK),
    ],
)
def test_what_it_cannot_do_it_refuses(name: str, role: Role, what: Ask) -> None:
    seat = seat_of(find_persona(name, role=role))
    with pytest.raises(SeatError, match=f"{name}@1 is a scripted {role} and cannot answer '{what}' .only"):
        ask(seat, what, SUMS.sample(1))


@pytest.mark.parametrize(
    ("name", "role", "what"),
    [
        ("exact", Role.TEACHER, Ask.FEEDBACK),
        ("careless", Role.STUDENT, Ask.REVISE),
        ("careless", Role.STUDENT, Ask.FEEDBACK),
        ("exact", Role.GRADER, Ask.GRADE),
    ],
)
def test_it_refuses_to_speak_of_what_it_has_not_heard(name: str, role: Role, what: Ask) -> None:
    with pytest.raises(SeatError, match=r"it has heard (no solution|nothing)"):
        ask(seat_of(find_persona(name, role=role)), what, SUMS.sample(1))


def test_a_question_that_its_subject_cannot_read_cuts_one_episode_short() -> None:
    question = Question.make(lesson="l", subject="running_sums", text="what?")
    with pytest.raises(SeatError, match="'what\\?' is not a sum") as caught:
        ask(teacher(), Ask.DEMONSTRATE, question)
    assert isinstance(caught.value.__cause__, QuestionError)


def test_a_persona_of_another_role_is_refused() -> None:
    with pytest.raises(PersonaError, match="persona 'careless' is a student and cannot play a teacher"):
        ScriptedTeacher(find_persona("careless"), name="t", checkers=lambda _: SUMS)

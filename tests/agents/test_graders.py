"""Scripted graders: what scores are made of, and that words and payload agree."""

import asyncio
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schoolroom.agents.fakes import RunningSums, said
from schoolroom.agents.persona import Criteria, Persona
from schoolroom.agents.persona_files import find_persona
from schoolroom.agents.scripted_grader import ScriptedGrader
from schoolroom.transcripts.errors import SeatError
from schoolroom.transcripts.records import Ask, Attempt, Cue, Grade, Question, Role, Turn
from schoolroom.transcripts.replies import parse_grade

SUMS = RunningSums()


def shipped(name: str) -> ScriptedGrader:
    return ScriptedGrader(find_persona(name, role=Role.GRADER), name="g", checkers=lambda _: SUMS)


def graded(grader: ScriptedGrader, question: Question, *heard: Turn) -> tuple[str, Grade]:
    line = asyncio.run(grader.speak(Cue(seat="g", ask=Ask.GRADE, question=question, heard=heard)))
    assert isinstance(line.payload, Grade)
    return line.text, line.payload


@st.composite
def slipped(draw: st.DrawFn) -> tuple[Question, Attempt]:
    """A question and a solution that may hold a mistake."""
    question = SUMS.sample(draw(st.integers(0, 2**48)), draw(st.integers(2, 6)))
    attempt = SUMS.solve(question)
    for step in draw(st.lists(st.integers(0, len(attempt.steps)), max_size=2)):
        attempt = SUMS.slip(question, attempt, step, draw(st.integers(0, 2**48)))
    return question, attempt


@settings(max_examples=50)
@given(case=slipped())
def test_the_exact_grader_scores_the_answer_alone(case: tuple[Question, Attempt]) -> None:
    question, attempt = case
    grader = shipped("exact")
    text, grade = graded(grader, question, said(attempt))
    assert grade.correct == SUMS.answers_match(question, attempt.answer)
    assert grade.score == float(grade.correct)
    assert (grade.steps, grade.wrong_steps) == (len(attempt.steps), len(SUMS.wrong_steps(question, attempt)))
    assert text == f"the answer is {'right' if grade.correct else 'wrong'}\nscore: {grade.score:g}"


@settings(max_examples=50)
@given(case=slipped(), weights=st.lists(st.floats(0.0, 9.0), min_size=4, max_size=4).filter(any))
def test_a_rubric_score_is_a_weighted_mean_and_reads_back(
    case: tuple[Question, Attempt], weights: Sequence[float]
) -> None:
    question, attempt = case
    criteria = Criteria(**dict(zip(("answer", "steps", "shown", "stated"), weights, strict=True)))
    persona = Persona(name="mine", role=Role.GRADER, criteria=criteria)
    grader = ScriptedGrader(persona, name="g", checkers=lambda _: SUMS)
    text, grade = graded(grader, question, said(attempt))
    assert parse_grade(text) == grade.model_copy(update={"steps": None, "wrong_steps": None})
    if SUMS.check(question, attempt).correct:
        assert grade.score == 1.0
    elif criteria.answer and not grade.correct:
        assert grade.score < 1.0


def test_the_rubric_counts_steps_and_answer() -> None:
    question = Question.make(lesson="l", subject="running_sums", text="3 + 4 + 5 + 6", answer="18")
    rubric = shipped("rubric")
    wrong_step = Attempt(steps=("3 + 4 = 7", "7 + 5 = 13", "13 + 6 = 18"), answer="18")
    grade = graded(rubric, question, said(wrong_step))[1]
    assert (grade.correct, grade.score, grade.wrong_steps) == (True, 0.8, 2)
    bare = Attempt(steps=(), answer="18")
    assert graded(rubric, question, said(bare))[1].score == 0.6


def test_words_without_a_solution_are_graded_zero() -> None:
    for name in ("exact", "rubric"):
        grader = shipped(name)
        grade = graded(grader, SUMS.sample(1), said(None))[1]
        assert (grade.score, grade.correct, grade.steps) == (0.0, False, 0)


def test_a_grader_that_has_heard_nothing_refuses() -> None:
    with pytest.raises(SeatError, match="exact@1 cannot answer 'grade': it has heard nothing"):
        graded(shipped("exact"), SUMS.sample(1))


def test_what_nobody_knows_the_answer_of_is_not_graded() -> None:
    class Unknowing(RunningSums):
        def solve(self, question: Question) -> Attempt:
            return Attempt(steps=(), answer=question.answer)

    grader = ScriptedGrader(find_persona("exact", role=Role.GRADER), name="g", checkers=lambda _: Unknowing())
    question = Question.make(lesson="open", subject="open", text="Why?")
    cue = Cue(seat="g", ask=Ask.GRADE, question=question, heard=(said(Attempt(steps=(), answer="Because.")),))
    line = asyncio.run(grader.speak(cue))
    assert (line.text, line.payload) == ("no answer to this question is known, so nothing is graded", None)

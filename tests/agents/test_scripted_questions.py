"""Scripted teachers ask further questions as far as the subject makes them, none twice."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schoolroom.agents.persona import Persona
from schoolroom.agents.scripted_questions import questions_line
from schoolroom.agents.scripted_teacher import ScriptedTeacher
from schoolroom.environments.subjects.base import BaseSubject
from schoolroom.environments.subjects.multistep_arithmetic import MultistepArithmetic
from schoolroom.transcripts.errors import QuestionError, SeatError
from schoolroom.transcripts.listed_replies import TIERS, parse_questions
from schoolroom.transcripts.records import Ask, Cue, Line, Question, Questions, Role

from .conftest import SUMS, ask

MULTISTEP = MultistepArithmetic()
LEVEL = MULTISTEP.level({"length": 3, "groups": 3, "min_operand": 1, "operators": ["+", "-"]})


def asked(what: Ask, question: Question, count: int, seed: int = 0) -> Line:
    teacher = ScriptedTeacher(Persona(name="mine", role=Role.TEACHER), name="t", checkers=lambda _: MULTISTEP)
    cue = Cue(seat="t", ask=what, question=question, count=count, seed=seed)
    return teacher.line(cue, MULTISTEP, random.Random(seed))


@settings(max_examples=60, deadline=None)
@given(what=st.sampled_from(sorted(TIERS)), count=st.integers(1, 3), seed=st.integers(0, 2**32))
def test_words_and_payload_say_the_same_questions(what: Ask, count: int, seed: int) -> None:
    question = MULTISTEP.sample(LEVEL, seed, lesson="l")
    line = asked(what, question, count, seed)
    assert isinstance(line.payload, Questions)
    given = line.payload.questions
    assert len({question.id, *(made.id for made in given)}) == count + 1
    assert {(made.tier, made.parent, made.lesson) for made in given} == {(TIERS[what], question.id, "l")}
    cue = Cue(seat="t", ask=what, question=question, count=count)
    assert parse_questions(line.text, cue) == line.payload
    assert asked(what, question, count, seed) == line


def test_a_question_has_no_more_parts_than_it_has() -> None:
    question = Question.make(lesson="l", subject="multistep_arithmetic", text="((1 + 2) - (3 + 4)) =")
    payload = asked(Ask.DIVIDE, question, 5).payload
    assert isinstance(payload, Questions)
    assert [part.text for part in payload.questions] == ["(1 + 2) =", "(3 + 4) ="]
    with pytest.raises(SeatError, match=r"'divide' needs 1 questions, but subject .* makes 0 of '1 . 2 ='"):
        asked(Ask.DIVIDE, question.model_copy(update={"text": "1 + 2 ="}), 2)


class _Grudging(BaseSubject):
    """Makes one variant of a question, and refuses before and after it."""

    def __init__(self, willing_at: int) -> None:
        super().__init__("grudging")
        self.willing_at, self.asked = willing_at, 0

    def generalize(self, question: Question, seed: int) -> Question:
        self.asked += 1
        if self.asked != self.willing_at:
            raise QuestionError("no other numbers were found.")
        return Question.make(lesson="l", subject="grudging", text="other", answer="1")


@pytest.mark.parametrize(("willing_at", "given", "asked"), [(1, 1, 4), (3, 1, 6), (4, 0, 3)])
def test_where_nothing_more_can_be_made_of_a_question_the_teacher_says_so(
    willing_at: int, given: int, asked: int
) -> None:
    subject = _Grudging(willing_at)
    teacher = ScriptedTeacher(Persona(name="mine", role=Role.TEACHER), name="t", checkers=lambda _: subject)
    question = Question.make(lesson="l", subject="grudging", text="one", answer="1", solution=["1"])
    cue = Cue(seat="t", ask=Ask.GENERALIZE, question=question, count=2)
    line = teacher.line(cue, subject, random.Random(0))
    assert isinstance(line.payload, Questions)
    assert (len(line.payload.questions), subject.asked) == (given, asked)
    assert ("no further questions" in line.text) is (given == 0)
    with pytest.raises(SeatError, match="cannot answer 'generalize': no other numbers were found; seat"):
        questions_line(cue, _Grudging(0), random.Random(0))


def test_what_the_subject_cannot_make_is_refused() -> None:
    seat = ScriptedTeacher(
        Persona(name="mine", role=Role.TEACHER), name="seat", checkers=lambda _: BaseSubject("bare")
    )
    for what in TIERS:
        with pytest.raises(SeatError, match=f"cannot answer '{what}' by itself; seat a language model"):
            ask(seat, what, SUMS.sample(1))

"""Further questions: the subject's own where it makes them, a speaker's where it does not."""

from pathlib import Path

import pytest

from schoolroom.agents.fakes import FakeGenerator, RunningSums
from schoolroom.agents.persona_new import new_persona
from schoolroom.agents.seating import take_seat
from schoolroom.agents.seats import Checker, Seat
from schoolroom.agents.subject_first import SubjectFirst
from schoolroom.environments.subjects.registry import find_subject
from schoolroom.transcripts.errors import SeatError
from schoolroom.transcripts.records import Ask, Cue, Line, Question, Questions, Role, Tier

MODEL = FakeGenerator(lambda request: "question: 5 + 5\nanswer: 10", name="hf:out/teacher")

BRACKETS = Question.make(lesson="l", subject="multistep_arithmetic", text="((3 + 4) - (2 + 5)) =", answer="0")
SUM = Question.make(lesson="l", subject="sums", text="3 + 4", answer="7")


def checkers(subject: str) -> Checker:
    return RunningSums() if subject == "sums" else find_subject(subject)


def teacher(spec: str = "patient@hf:out/teacher") -> Seat:
    return take_seat(spec, name="t", role=Role.TEACHER, checkers=checkers, generators=lambda name: MODEL)


def cue(question: Question, ask: Ask = Ask.GENERALIZE, count: int = 1, seed: int = 1) -> Cue:
    return Cue(seat="t", ask=ask, question=question, count=count, seed=seed)


def questions(line: Line) -> list[Question]:
    assert isinstance(line.payload, Questions)
    return list(line.payload.questions)


@pytest.mark.parametrize("ask", [Ask.GENERALIZE, Ask.HARDEN, Ask.DIVIDE])
async def test_what_a_subject_can_make_no_model_is_asked_for(ask: Ask) -> None:
    seat, asked = teacher(), cue(BRACKETS, ask, count=2)
    line = await seat.speak(asked)
    made = questions(line)
    assert len(made) == 2
    assert all(question.answer and question.parent == BRACKETS.id for question in made)
    assert (line.calls, await seat.speak(asked)) == ((), line)
    assert await seat.speak(cue(BRACKETS, ask, count=2, seed=2)) != line or ask is Ask.DIVIDE


@pytest.mark.parametrize(
    "question",
    [SUM, BRACKETS.model_copy(update={"text": "How many apples are left?"})],
    ids=["a subject that makes none", "a question that its subject cannot read"],
)
async def test_what_it_cannot_make_the_model_makes(question: Question) -> None:
    line = await teacher().speak(cue(question))
    (made,) = questions(line)
    assert (made.text, made.answer, made.tier, made.subject) == (
        "5 + 5",
        "10",
        Tier.GENERALIZED,
        question.subject,
    )
    assert len(line.calls) == 1


async def test_a_persona_may_insist_on_its_own_questions(tmp_path: Path) -> None:
    file = tmp_path / "inventive.toml"
    words = new_persona("inventive", Role.TEACHER)
    words = words.replace('model = "scripted"', 'model = "hf:out/teacher"')
    file.write_text(words.replace("own_questions = false", "own_questions = true"))
    line = await teacher(str(file)).speak(cue(BRACKETS))
    assert line.calls


async def test_a_scripted_teacher_names_the_way_out_where_the_subject_makes_none() -> None:
    with pytest.raises(
        SeatError, match="subject 'sums' cannot answer 'harden' by itself; seat a language model"
    ):
        await teacher("patient").speak(cue(SUM, Ask.HARDEN))


def test_the_seat_is_the_speakers() -> None:
    seat = teacher()
    assert isinstance(seat, SubjectFirst)
    assert (seat.name, seat.role, seat.info.model) == ("t", Role.TEACHER, MODEL.name)
    student = take_seat("hf:x", name="s", role=Role.STUDENT, checkers=checkers, generators=lambda name: MODEL)
    assert not isinstance(student, SubjectFirst)

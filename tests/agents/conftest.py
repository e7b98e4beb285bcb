"""What the tests of scripted seats share, and those of the client.

Tests import it by name, which works for a conftest alone.
"""

import asyncio
from collections.abc import Sequence
from typing import Protocol

import pytest
from autogen_core.models import UserMessage
from hypothesis import strategies as st

from schoolroom.agents.fake_server import FakeServer
from schoolroom.agents.fakes import RunningSums, said
from schoolroom.agents.llm_client import LLMClient
from schoolroom.agents.llm_settings import LLMSettings
from schoolroom.agents.persona import Persona, Traits
from schoolroom.agents.persona_files import list_personas
from schoolroom.agents.scripted import ScriptedSeat
from schoolroom.agents.scripted_grader import ScriptedGrader
from schoolroom.agents.scripted_student import ScriptedStudent
from schoolroom.agents.scripted_teacher import ScriptedTeacher
from schoolroom.transcripts.records import (
    Ask,
    Attempt,
    Cue,
    Feedback,
    Grade,
    Line,
    Message,
    Question,
    Role,
    Turn,
)

SUMS = RunningSums()
SEEDS = st.integers(min_value=0, max_value=2**48)
TEACHERS = [p for p in list_personas() if p.role is Role.TEACHER]
STUDENTS = [p for p in list_personas() if p.role is Role.STUDENT]

KEY = "sk-a1b2c3d4e5f6g7h8"
HELLO = [UserMessage(content="27 + 38", source="teacher")]


def seat_of(persona: Persona) -> ScriptedSeat:
    kinds: dict[Role, type[ScriptedSeat]] = {
        Role.TEACHER: ScriptedTeacher,
        Role.STUDENT: ScriptedStudent,
        Role.GRADER: ScriptedGrader,
    }
    return kinds[persona.role](persona, name="seat", checkers=lambda subject: SUMS)


def student(**traits: float) -> ScriptedSeat:
    return seat_of(Persona(name="mine", role=Role.STUDENT, traits=Traits.model_validate(traits)))


def teacher(**traits: float) -> ScriptedSeat:
    return seat_of(Persona(name="mine", role=Role.TEACHER, traits=Traits.model_validate(traits)))


def ask(seat: ScriptedSeat, what: Ask, question: Question, *heard: Turn, seed: int = 0) -> Line:
    cue = Cue(seat="seat", ask=what, question=question, heard=heard, seed=seed)
    return asyncio.run(seat.speak(cue))


def attempt_of(line: Line) -> Attempt:
    assert isinstance(line.payload, Attempt)
    return line.payload


def feedback_of(line: Line) -> Feedback:
    assert isinstance(line.payload, Feedback)
    return line.payload


def grade_of(line: Line) -> Grade:
    assert isinstance(line.payload, Grade)
    return line.payload


def corrected(
    question: Question, attempt: Attempt, feedback: Feedback, seat: ScriptedSeat, seed: int
) -> Attempt:
    words = said(feedback, steps=len(attempt.steps))
    return attempt_of(ask(seat, Ask.REVISE, question, said(attempt), words, seed=seed))


@st.composite
def slipped(draw: st.DrawFn) -> tuple[Question, Attempt]:
    """A question and a solution that may hold a mistake."""
    question = SUMS.sample(draw(SEEDS), draw(st.integers(2, 6)))
    attempt = SUMS.solve(question)
    for step in draw(st.lists(st.integers(0, len(attempt.steps)), max_size=2)):
        attempt = SUMS.slip(question, attempt, step, draw(SEEDS))
    return question, attempt


def echo(messages: Sequence[Message]) -> str:
    return f"I heard: {messages[-1].content}"


class Clock:
    """Notes how long it should have slept, and does not."""

    def __init__(self) -> None:
        self.slept: list[float] = []

    async def __call__(self, seconds: float) -> None:
        self.slept.append(seconds)
        await asyncio.sleep(0)


class ClientOf(Protocol):
    def __call__(self, server: FakeServer, clock: Clock, **settings: object) -> LLMClient: ...


@pytest.fixture(params=["openai", "litellm"])
def client_of(request: pytest.FixtureRequest) -> ClientOf:
    """Makes clients of a server, by one of the two ways."""

    def make(server: FakeServer, clock: Clock, **settings: object) -> LLMClient:
        given = {"base_url": server.url, "timeout": 5.0, "transport": request.param, **settings}
        return LLMClient("small-model", LLMSettings.model_validate(given), sleep=clock)

    return make

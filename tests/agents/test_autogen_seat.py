"""AutoGen agents in seats: what they hear, what they say again, and what becomes of their errors."""

import asyncio
import re
from collections.abc import Sequence

import pytest
from autogen_agentchat.agents import AssistantAgent, BaseChatAgent
from autogen_agentchat.base import Response
from autogen_agentchat.conditions import MaxMessageTermination
from autogen_agentchat.messages import BaseChatMessage, TextMessage
from autogen_agentchat.teams import RoundRobinGroupChat
from autogen_core import CancellationToken
from autogen_core.models import RequestUsage

from schoolroom.agents.autogen_seat import AutoGenSeat, llm_seat
from schoolroom.agents.fake_server import FakeServer, Fault, classroom_reply, rate_limited
from schoolroom.agents.llm_client import LLMClient
from schoolroom.agents.llm_settings import LLMSettings
from schoolroom.agents.persona import Persona
from schoolroom.agents.seats import Seat
from schoolroom.environments.classroom import Held, hold
from schoolroom.environments.scripts.tutoring import tutoring
from schoolroom.transcripts.errors import PersonaError, RateLimited, ReplyError, SeatError
from schoolroom.transcripts.records import (
    Ask,
    Attempt,
    Cue,
    Feedback,
    Grade,
    Message,
    Question,
    Role,
    Turn,
)

server_test = pytest.mark.slow


def question(text: str = "27 + 38", answer: str = "65") -> Question:
    return Question.make(lesson="sums", subject="addition", text=text, answer=answer)


def cue(ask: Ask = Ask.ATTEMPT, *heard: Turn, text: str = "27 + 38", **rest: object) -> Cue:
    return Cue.model_validate(
        {"seat": "someone", "ask": ask, "question": question(text), "heard": heard, "seed": 5, **rest}
    )


def turn(index: int, role: Role, ask: Ask, text: str, payload: Attempt | Feedback) -> Turn:
    return Turn(index=index, seat=role, role=role, persona="p@1", ask=ask, text=text, payload=payload)


TRIED = turn(0, Role.STUDENT, Ask.ATTEMPT, "answer: 66", Attempt(steps=(), answer="66"))
TOLD = turn(1, Role.TEACHER, Ask.FEEDBACK, "the answer is wrong", Feedback(correct=False, step=0))


class Parrot(BaseChatAgent):
    """Says what it is told to say, in order; remembers all that it has heard since its last reset."""

    def __init__(self, *words: str, pause: float = 0.0) -> None:
        super().__init__("parrot", "a parrot")
        self.words = list(words)
        self.heard: list[BaseChatMessage] = []
        self.most_heard = 0
        self._pause = pause

    @property
    def produced_message_types(self) -> Sequence[type[BaseChatMessage]]:
        return (TextMessage,)

    async def on_messages(
        self, messages: Sequence[BaseChatMessage], cancellation_token: CancellationToken
    ) -> Response:
        self.heard += messages
        self.most_heard = max(self.most_heard, len(self.heard))
        await asyncio.sleep(self._pause)
        said = self.words.pop(0) if self.words else f"answer: {len(self.heard)} of {self.heard[0].to_text()}"
        usage = RequestUsage(prompt_tokens=11, completion_tokens=4)
        return Response(chat_message=TextMessage(content=said, source=self.name, models_usage=usage))

    async def on_reset(self, cancellation_token: CancellationToken) -> None:
        self.heard.clear()


class Broken(Parrot):
    async def on_messages(
        self, messages: Sequence[BaseChatMessage], cancellation_token: CancellationToken
    ) -> Response:
        raise ZeroDivisionError("the parrot fell off its perch")


def student(agent: object, **rest: object) -> AutoGenSeat:
    return AutoGenSeat(agent, name="student", role=Role.STUDENT, **rest)  # type: ignore[arg-type]


async def test_any_chat_agent_speaks_and_its_reply_is_parsed_and_accounted_for() -> None:
    seat = student(Parrot("27 + 38 = 65\nanswer: 65"), persona="parrot@2")
    line = await seat.speak(cue())
    assert isinstance(seat, Seat)
    assert line.payload == Attempt(steps=("27 + 38 = 65",), answer="65")
    (call,) = line.calls
    assert (call.model, call.reply) == ("autogen:Parrot", line.text)
    assert (call.usage.prompt_tokens, call.usage.completion_tokens) == (11, 4)
    assert call.messages[0].content.startswith("27 + 38\n")
    assert (seat.info.persona, seat.info.model) == ("parrot@2", "autogen:Parrot")


async def test_an_agent_hears_the_conversation_with_its_own_words_as_its_own() -> None:
    parrot = Parrot("answer: 65")
    await student(parrot).speak(cue(Ask.REVISE, TRIED, TOLD))
    sources = [message.source for message in parrot.heard]
    assert sources == ["classroom", "parrot", "classroom"]
    assert parrot.heard[1].to_text() == "answer: 66"
    assert parrot.heard[2].to_text().startswith("the answer is wrong\nNow correct")


async def test_nothing_is_remembered_between_cues() -> None:
    parrot = Parrot()
    seat = student(parrot)
    for text in ("1 + 1", "2 + 2", "3 + 3"):
        line = await seat.speak(cue(text=text))
        assert f"1 of {text}" in line.text
    assert parrot.most_heard == 1


async def test_an_unusable_reply_is_asked_for_again_with_the_reason() -> None:
    parrot = Parrot("Hm.", "Well done, I think.", "You slipped.\nthe answer is wrong")
    seat = AutoGenSeat(parrot, name="teacher", role=Role.TEACHER)
    line = await seat.speak(cue(Ask.FEEDBACK, TRIED))
    assert line.payload == Feedback(correct=False, step=0, reason="You slipped.")
    *earlier, second = line.calls
    assert [call.reply for call in earlier] == ["Hm.", "Well done, I think."]
    assert [m.role for m in second.messages] == ["user", "assistant", "user"]
    assert second.messages[2].content == (
        "This cannot be used: feedback must end with 'all correct', 'step N is wrong' or "
        "'the answer is wrong', but ends with 'Well done, I think.'. Answer again."
    )
    assert line.text == second.reply


async def test_a_reply_that_stays_unusable_is_an_error_unless_the_cue_is_lenient() -> None:
    seat = AutoGenSeat(lambda: Parrot(*["Fine."] * 2), name="teacher", role=Role.TEACHER, attempts_to_parse=2)
    with pytest.raises(
        ReplyError, match=r"seat 'teacher', asked 2 times: feedback must end .* ends with 'Fine\.'"
    ) as caught:
        await seat.speak(cue(Ask.FEEDBACK, TRIED))
    assert [call.reply for call in caught.value.calls] == ["Fine.", "Fine."]
    seat = student(Parrot("Fine."))
    line = await seat.speak(cue(Ask.FEEDBACK, TRIED, lenient=True))
    assert (line.text, line.payload, len(line.calls)) == ("Fine.", None, 1)


async def test_an_agents_own_error_becomes_a_seat_error_with_its_type_and_text() -> None:
    with pytest.raises(SeatError, match="'student', autogen:Broken: ZeroDivisionError: the parrot fell off"):
        await student(Broken()).speak(cue())


async def test_a_missing_instruction_is_the_users_error_not_the_seats() -> None:
    seat = AutoGenSeat(Parrot(), name="teacher", role=Role.TEACHER, instructions={"system": "Teach."})
    with pytest.raises(PersonaError, match="no instruction for 'feedback'"):
        await seat.speak(cue(Ask.FEEDBACK, TRIED))


@pytest.mark.parametrize("many", [False, True])
async def test_a_hundred_classrooms_at_once_share_no_memory(many: bool) -> None:
    made: list[Parrot] = []

    def make() -> Parrot:
        made.append(Parrot(pause=0.001))
        return made[-1]

    seat = student(make if many else make())
    lines = await asyncio.gather(*(seat.speak(cue(text=f"{i} + 1")) for i in range(100)))
    for i, line in enumerate(lines):
        assert line.text.startswith(f"answer: 1 of {i} + 1\n")
    assert all(parrot.most_heard == 1 for parrot in made)
    assert len(made) == (100 if many else 1)
    await seat.speak(cue())
    assert len(made) == (100 if many else 1)


async def test_a_cancelled_cue_leaves_the_seat_usable() -> None:
    seat = student(Parrot(pause=0.05))
    speaking = asyncio.ensure_future(seat.speak(cue()))
    await asyncio.sleep(0.01)
    speaking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await speaking
    assert "1 of 27 + 38" in (await seat.speak(cue())).text


async def test_a_stock_team_sits_in_a_seat() -> None:
    def make() -> RoundRobinGroupChat:
        first, second = Parrot("Let me see."), Parrot("27 + 38 = 65\nanswer: 65")
        first._name, second._name = "first", "second"
        return RoundRobinGroupChat([first, second], termination_condition=MaxMessageTermination(3))

    line = await student(make).speak(cue())
    assert line.payload == Attempt(steps=("27 + 38 = 65",), answer="65")
    assert line.calls[0].usage.prompt_tokens == 22
    assert line.calls[0].model == "autogen:RoundRobinGroupChat"


def seats_of(server: FakeServer, **settings: object) -> dict[str, Seat]:
    given = LLMSettings.model_validate({"base_url": server.url, "timeout": 5.0, "max_retries": 1, **settings})
    personas = {
        "student": Persona(name="keen", role=Role.STUDENT, instructions={"system": "You are keen."}),
        "teacher": Persona(name="calm", role=Role.TEACHER, version=3),
        "grader": Persona(name="fair", role=Role.GRADER),
    }
    return {name: llm_seat(who, name=name, model="small", settings=given) for name, who in personas.items()}


async def held(server: FakeServer, text: str = "27 + 36", **settings: object) -> Held:
    return await hold(tutoring(question(text)), seats_of(server, **settings), seed=1)


@server_test
async def test_language_models_hold_a_whole_tutoring() -> None:
    async with FakeServer() as server:
        done = await held(server)
        received = list(server.received)
    assert done.ending.kind == "finished"
    assert [t.ask for t in done.turns] == [Ask.ATTEMPT, Ask.FEEDBACK, Ask.REVISE, Ask.FEEDBACK, Ask.GRADE]
    assert isinstance(done.turns[-1].payload, Grade)
    assert done.turns[-1].payload.score == 1.0
    assert [len(t.calls) for t in done.turns] == [1] * 5
    assert [t.calls[0].messages for t in done.turns] == [r.messages for r in received]
    revise = received[2].messages
    assert [m.role for m in revise] == ["system", "user", "assistant", "user"]
    assert (revise[0].content, revise[2].content) == ("You are keen.", done.turns[0].text)
    assert done.turns[1].persona == "calm@3"
    assert received[0].params["temperature"] == 0.0
    assert received[0].params["max_tokens"] == 256


def sloppy(messages: Sequence[Message]) -> str:
    """The first answer to each request is unusable or badly wrapped, as small models' are."""
    good = classroom_reply(messages)
    if "cannot be used" in messages[-1].content:
        return good
    if "all correct" in good:
        return '```json\n{"correct": true}\n```'
    if "wrong" in good:
        return "Hm, I am not so sure about this one."
    return f"Let me grade this.\n{good}\nThat is my grade." if "score" in good else f"Sure!\n{good}"


@server_test
async def test_sloppy_replies_are_read_or_asked_for_again() -> None:
    async with FakeServer(sloppy) as server:
        done = await held(server)
    assert done.ending.kind == "finished"
    assert [len(t.calls) for t in done.turns] == [1, 2, 1, 1, 2]
    assert done.turns[3].text.startswith("```json")
    assert done.turns[3].says_correct


@server_test
async def test_what_was_paid_before_the_provider_failed_is_kept() -> None:
    async with FakeServer(sloppy, faults=[None, None, Fault(status=401, body="{}")]) as server:
        done = await held(server)
    assert str(done.ending.reason).startswith("ModelRefused")
    assert [call.reply for call in done.lost_calls] == ["Hm, I am not so sure about this one."]
    assert done.lost_calls[0].usage.completion_tokens > 0


@server_test
@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (rate_limited(0.0), "RateLimited: model 'small': too many requests (status 429, 2 attempts)."),
        (rate_limited(1e6), "RateLimited: model 'small': too many requests; asks to wait 1e+06 s"),
        (Fault(status=500, body="{}"), "ModelUnavailable: model 'small'"),
        (Fault(cut=True), "ModelUnavailable: model 'small': Server disconnected"),
        (Fault(body='{"choices": []}'), "ModelUnavailable: model 'small': the reply has no choices"),
        (Fault(delay=float("inf")), "ModelTimeout: model 'small'"),
        (Fault(status=401, body="{}"), "ModelRefused: model 'small'"),
    ],
)
async def test_a_provider_that_fails_cuts_the_episode_short_with_the_typed_reason(
    fault: Fault, reason: str
) -> None:
    async with FakeServer(faults=[None, fault, fault]) as server:
        done = await held(server, timeout=0.5)
    assert done.ending.kind == "cut_short"
    assert str(done.ending.reason).startswith(reason)
    assert [t.ask for t in done.turns] == [Ask.ATTEMPT]


@server_test
async def test_a_hundred_classrooms_of_language_models_at_once() -> None:
    async with FakeServer() as server:
        seats = seats_of(server, max_concurrency=20)
        texts = [f"{i} + {7 * i % 11}" for i in range(100)]
        done = await asyncio.gather(
            *(hold(tutoring(question(t)), seats, seed=i) for i, t in enumerate(texts))
        )
        assert server.peak <= 60
    for text, one in zip(texts, done, strict=True):
        assert one.ending.kind == "finished"
        heard = [message.content for said in one.turns for call in said.calls for message in call.messages]
        assert {found for words in heard for found in re.findall(r"\d+ \+ \d+", words)} == {text}
        assert all(len(said.calls) == 1 for said in one.turns)


@server_test
async def test_an_assistant_agent_of_the_users_own_keeps_its_system_message_and_its_calls_are_recorded() -> (
    None
):
    async with FakeServer() as server:
        client = LLMClient("small", LLMSettings(base_url=server.url, max_retries=0))
        agent = AssistantAgent("tutor", client, system_message="You are a kind tutor.")
        seat = AutoGenSeat(agent, name="teacher", role=Role.TEACHER)
        line = await seat.speak(cue(Ask.FEEDBACK, TRIED))
        again = await seat.speak(cue(Ask.FEEDBACK, TRIED))
        server.faults.append(rate_limited())
        with pytest.raises(RateLimited):
            await seat.speak(cue(Ask.FEEDBACK, TRIED))
    assert isinstance(line.payload, Feedback)
    assert line.calls[0].model == "small"
    assert line.calls[0].messages[0].content == "You are a kind tutor."
    assert line.calls[0].messages == again.calls[0].messages
    assert line.calls[0].key == again.calls[0].key

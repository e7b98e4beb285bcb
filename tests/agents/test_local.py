"""The local seat: what the model reads, how replies become lines, and what is asked again."""

import asyncio
from collections.abc import Callable, Iterator

import pytest

from schoolroom.agents.batching import BatchingGenerator
from schoolroom.agents.checks import seat_problems
from schoolroom.agents.fakes import FakeGenerator, RunningSums
from schoolroom.agents.local import LocalSeat
from schoolroom.agents.persona import Generation, Persona
from schoolroom.agents.persona_files import find_persona
from schoolroom.agents.seating import take_seat
from schoolroom.environments.classroom import hold
from schoolroom.environments.scripts.exam import exam
from schoolroom.transcripts.errors import ModelRefused, ModelUnavailable, ReplyError
from schoolroom.transcripts.generation import Request
from schoolroom.transcripts.records import (
    Ask,
    Attempt,
    Cue,
    Feedback,
    Message,
    Question,
    Role,
    Turn,
    derive_seed,
)

QUESTION = Question.make(
    lesson="sums", subject="running_sums", text="1 + 2", answer="3", solution=("1 + 2 = 3",)
)
WRONG = Attempt(steps=("1 + 2 = 4",), answer="4")
HEARD = Turn(
    index=0,
    seat="student",
    role=Role.STUDENT,
    persona="plain@1",
    ask=Ask.ATTEMPT,
    text="1 + 2 = 4\nanswer: 4",
    payload=WRONG,
)


def plain() -> Persona:
    return find_persona("plain")


def seat_on(model: FakeGenerator, persona: Persona | None = None, tries: int = 3) -> LocalSeat:
    batcher = BatchingGenerator(model, gather_seconds=0.001)
    return LocalSeat(persona or plain(), name="student", batcher=batcher, attempts_to_parse=tries)


def replies(*said: str) -> Callable[[Request], str]:
    rest: Iterator[str] = iter(said)
    return lambda _: next(rest)


def cue(ask: Ask, *heard: Turn, lenient: bool = False) -> Cue:
    return Cue(seat="student", ask=ask, question=QUESTION, heard=heard, seed=7, lenient=lenient)


async def test_an_attempt_is_read_asked_for_and_recorded() -> None:
    model = FakeGenerator(replies("1 + 2 = 3\nanswer: 3\n"))
    persona = plain().model_copy(update={"generation": Generation(max_new_tokens=40, temperature=0.5)})
    line = await seat_on(model, persona).speak(cue(Ask.ATTEMPT))
    assert line.text == "1 + 2 = 3\nanswer: 3"
    assert line.payload == Attempt(steps=("1 + 2 = 3",), answer="3")
    asked = Request(
        messages=(Message(role="user", content="1 + 2"),), max_new_tokens=40, temperature=0.5, seed=7
    )
    assert model.batches == [(asked,)]
    (call,) = line.calls
    assert (call.model, call.cost, call.messages) == ("hf:fake", 0.0, asked.messages)
    assert call.params == {"max_new_tokens": 40, "temperature": 0.5, "seed": 7}
    assert (call.usage.prompt_tokens, call.usage.completion_tokens) == (5, 20)
    assert call.reply == "1 + 2 = 3\nanswer: 3\n"


async def test_feedback_is_about_the_attempt_that_was_heard() -> None:
    model = FakeGenerator(replies("1 + 2 = 3\nstep 1 is wrong"))
    line = await seat_on(model).speak(cue(Ask.FEEDBACK, HEARD))
    assert line.payload == Feedback(correct=False, step=0, reason="1 + 2 = 3")
    assert [(m.role, m.content) for m in model.batches[0][0].messages] == [
        ("user", "1 + 2"),
        ("assistant", "1 + 2 = 4\nanswer: 4"),
        ("user", "Check each step."),
    ]


async def test_an_unusable_reply_is_asked_for_again_with_the_reason() -> None:
    model = FakeGenerator(replies("hm", "", "all correct"))
    line = await seat_on(model).speak(cue(Ask.FEEDBACK, HEARD))
    assert line.payload == Feedback(correct=True)
    assert [call.reply for call in line.calls] == ["hm", "", "all correct"]
    asked = [batch[0] for batch in model.batches]
    assert [request.seed for request in asked] == [7, derive_seed(7, 1), derive_seed(7, 2)]
    second = asked[1].messages
    assert [m.role for m in second] == ["user", "assistant", "user", "assistant", "user"]
    assert second[3].content == "hm"
    assert second[4].content.startswith("This cannot be used: feedback must end with 'all correct'")
    assert [m.role for m in asked[2].messages] == [m.role for m in second]  # an empty reply is not quoted
    assert asked[2].messages[-1].content.count("This cannot be used") == 2
    assert len({call.key for call in line.calls}) == 3


async def test_after_some_tries_it_gives_up() -> None:
    model = FakeGenerator(lambda _: "step 9 is wrong")
    with pytest.raises(ReplyError, match="seat 'student', asked 2 times: feedback blames step 9, but"):
        await seat_on(model, tries=2).speak(cue(Ask.FEEDBACK, HEARD))
    assert len(model.batches) == 2


async def test_what_was_paid_before_it_gave_up_goes_with_the_error() -> None:
    with pytest.raises(ReplyError) as unusable:
        await seat_on(FakeGenerator(replies("hm", "well")), tries=2).speak(cue(Ask.FEEDBACK, HEARD))
    assert [call.reply for call in unusable.value.calls] == ["hm", "well"]

    def fail_the_second_time(asked: Request) -> str:
        if len(asked.messages) > 3:
            raise ModelRefused("the prompt is too long.")
        return "hm"

    with pytest.raises(ModelRefused, match=r"too long\.") as refused:
        await seat_on(FakeGenerator(fail_the_second_time)).speak(cue(Ask.FEEDBACK, HEARD))
    assert [call.reply for call in refused.value.calls] == ["hm"]


async def test_a_lenient_cue_takes_the_first_words_as_they_come() -> None:
    model = FakeGenerator(lambda _: "hm")
    line = await seat_on(model).speak(cue(Ask.FEEDBACK, HEARD, lenient=True))
    assert (line.text, line.payload, len(line.calls)) == ("hm", None, 1)
    usable = FakeGenerator(lambda _: "all correct")
    assert (await seat_on(usable).speak(cue(Ask.FEEDBACK, HEARD, lenient=True))).payload == Feedback(
        correct=True
    )


async def test_a_model_that_fails_is_a_seat_that_cannot_speak() -> None:
    def fail(_: Request) -> str:
        raise MemoryError("out of memory")

    with pytest.raises(ModelUnavailable, match="hf:fake failed: MemoryError: out of memory"):
        await seat_on(FakeGenerator(fail)).speak(cue(Ask.ATTEMPT))


def test_a_teacher_can_be_played_by_a_local_model() -> None:
    def reply(asked: Request) -> str:
        feedback = "step N is wrong" in asked.messages[-1].content
        return "Well.\nall correct" if feedback else "1 + 2 = 3\nanswer: 3"

    teacher = LocalSeat(
        find_persona("patient"),
        name="teacher",
        batcher=BatchingGenerator(FakeGenerator(reply), gather_seconds=0.001),
    )
    assert seat_problems(teacher) == []
    assert (teacher.info.persona, teacher.info.model) == ("patient@1", "hf:fake")


async def test_the_requests_of_many_classrooms_share_batches() -> None:
    sums = RunningSums()

    def reply(asked: Request) -> str:
        if asked.messages[-1].content == "Check each step.":
            return "all correct"
        return "\n".join(
            sums.solve(Question.make(lesson="l", subject="s", text=asked.messages[0].content)).steps
        )

    model = FakeGenerator(reply)
    student = LocalSeat(
        plain(), name="student", batcher=BatchingGenerator(model, max_batch=60, gather_seconds=5.0)
    )
    grader = take_seat("exact", name="grader", role=Role.GRADER, checkers=lambda _: sums)
    held = await asyncio.gather(
        *(hold(exam(sums.sample(i)), {"student": student, "grader": grader}, seed=i) for i in range(60))
    )
    assert all(one.ending.kind == "finished" and len(one.turns) == 3 for one in held)
    assert [len(batch) for batch in model.batches] == [60, 60]

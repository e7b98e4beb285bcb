"""Calls that the store answers: who is asked, what is noted, and that no bad reply is repeated for ever."""

from collections.abc import Iterator, Sequence

import pytest
from autogen_core.models import UserMessage

from schoolroom.agents.autogen_seat import llm_seat
from schoolroom.agents.batching import BatchingGenerator
from schoolroom.agents.call_cache import StoredCalls
from schoolroom.agents.fake_server import FakeServer, classroom_reply
from schoolroom.agents.fakes import FakeGenerator
from schoolroom.agents.llm_client import CallLog, LLMClient, call_log
from schoolroom.agents.llm_settings import LLMSettings
from schoolroom.agents.local import LocalSeat
from schoolroom.agents.persona_files import find_persona
from schoolroom.transcripts.errors import ReplyError
from schoolroom.transcripts.records import Ask, Cue, Line, Message, ModelCall, Question, Role, Turn

QUESTION = Question.make(lesson="sums", subject="running_sums", text="1 + 2", answer="3")
ATTEMPT = Turn(index=0, seat="student", role=Role.STUDENT, persona="x@1", ask=Ask.ATTEMPT, text="answer: 3")


class Kept:
    """Calls by key, as a store keeps those of turns: of several, always the same one."""

    def __init__(self) -> None:
        self.calls: dict[str, ModelCall] = {}

    def keep(self, *calls: ModelCall) -> None:
        for call in calls:
            if not call.cached:
                self.calls.setdefault(call.key, call)


def cue(seed: int = 7) -> Cue:
    return Cue(seat="student", ask=Ask.ATTEMPT, question=QUESTION, seed=seed)


def feedback(seed: int = 7) -> Cue:
    return Cue(seat="teacher", ask=Ask.FEEDBACK, question=QUESTION, heard=(ATTEMPT,), seed=seed)


async def test_a_local_model_is_not_asked_again_for_what_the_store_holds() -> None:
    kept, model = Kept(), FakeGenerator(lambda _: "1 + 2 = 3\nanswer: 3\n")
    cache = StoredCalls(kept.calls.get)
    batcher = BatchingGenerator(model, gather_seconds=0.001)
    seat = LocalSeat(find_persona("plain"), name="student", batcher=batcher, cache=cache)
    first = await seat.speak(cue())
    kept.keep(*first.calls)
    second = await seat.speak(cue())
    assert (first.text, first.payload) == (second.text, second.payload)
    (paid,), (free,) = first.calls, second.calls
    assert not paid.cached
    assert free == paid.model_copy(update={"cached": True, "cost": 0.0, "seconds": 0.0})
    assert (cache.hits, cache.misses) == (1, 1)
    await seat.speak(cue(seed=8))  # another sample
    assert (cache.hits, cache.misses) == (1, 2)


async def test_a_stored_reply_that_could_not_be_used_leads_to_the_same_second_try() -> None:
    said: Iterator[str] = iter(["Well.", "all correct"])
    kept, model = Kept(), FakeGenerator(lambda _: next(said))
    patient = find_persona("patient", role=Role.TEACHER)
    batcher = BatchingGenerator(model, gather_seconds=0.001)
    seat = LocalSeat(patient, name="teacher", batcher=batcher, cache=StoredCalls(kept.calls.get))
    first = await seat.speak(feedback())
    assert [call.reply for call in first.calls] == ["Well.", "all correct"]
    kept.keep(*first.calls)
    second = await seat.speak(feedback())
    assert second.text == first.text
    assert [call.cached for call in second.calls] == [True, True]


async def ask(client: LLMClient, words: str, seed: int) -> ModelCall:
    log = CallLog(seed=seed)
    within = call_log.set(log)
    await client.create([UserMessage(content=words, source="teacher")])
    call_log.reset(within)
    return log.calls[-1]


@pytest.mark.slow
async def test_a_language_model_is_not_asked_again_at_whatever_address() -> None:
    kept = Kept()
    async with FakeServer() as server, FakeServer() as moved:
        cache = StoredCalls(kept.calls.get)
        client = LLMClient("small", LLMSettings(base_url=server.url), cache=cache)
        paid = await ask(client, "27 + 38", seed=1)
        kept.keep(paid)
        elsewhere = LLMClient("small", LLMSettings(base_url=moved.url), cache=cache)
        free = await ask(elsewhere, "27 + 38", seed=1)
        assert free == paid.model_copy(update={"cached": True, "cost": 0.0, "seconds": 0.0})
        assert (moved.count, cache.hits) == (0, 1)
        assert elsewhere.actual_usage().prompt_tokens == 0
        assert elsewhere.total_usage().prompt_tokens == paid.usage.prompt_tokens
        for other, words, seed in (
            (elsewhere, "27 + 39", 1),
            (elsewhere, "27 + 38", 2),
            (LLMClient("large", LLMSettings(base_url=moved.url), cache=cache), "27 + 38", 1),
            (
                LLMClient("small", LLMSettings(base_url=moved.url, max_tokens=9), cache=cache),
                "27 + 38",
                1,
            ),
            (LLMClient("small", LLMSettings(base_url=moved.url)), "27 + 38", 1),
        ):
            assert not (await ask(other, words, seed)).cached
        assert (moved.count, cache.hits) == (5, 1)


@pytest.mark.slow
@pytest.mark.parametrize("send_seed", [True, False])
async def test_a_bad_reply_said_twice_is_not_found_where_the_third_was_asked_for(send_seed: bool) -> None:
    kept = Kept()
    said: Iterator[str] = iter(["Well, well.", "Well, well.", "all correct"])

    def reply(messages: Sequence[Message]) -> str:
        return next(said, "") or classroom_reply(messages)

    async with FakeServer(reply) as server:
        settings = LLMSettings(base_url=server.url, send_seed=send_seed)
        cache = StoredCalls(kept.calls.get)
        seat = llm_seat(
            find_persona("patient", role=Role.TEACHER),
            name="teacher",
            model="small",
            settings=settings,
            cache=cache,
        )
        first: Line = await seat.speak(feedback())
        assert [call.reply for call in first.calls] == ["Well, well.", "Well, well.", "all correct"]
        assert len({call.key for call in first.calls}) == 3
        kept.keep(*first.calls)
        again = await seat.speak(feedback())
        assert [call.reply for call in again.calls] == [call.reply for call in first.calls]
        assert all(call.cached for call in again.calls)
        assert server.count == 3


@pytest.mark.slow
async def test_what_made_a_seat_give_up_is_asked_anew() -> None:
    kept, said = Kept(), ["Well."] * 3

    def reply(messages: Sequence[Message]) -> str:
        return said.pop() if said else "all correct"

    async with FakeServer(reply) as server:
        seat = llm_seat(
            find_persona("patient", role=Role.TEACHER),
            name="teacher",
            model="small",
            settings=LLMSettings(base_url=server.url),
            cache=StoredCalls(kept.calls.get),
        )
        with pytest.raises(ReplyError) as caught:
            await seat.speak(feedback())
        assert len(caught.value.calls) == 3  # which the store keeps apart from those of turns
        assert (await seat.speak(feedback())).text == "all correct"

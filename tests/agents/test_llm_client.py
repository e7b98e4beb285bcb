"""What the client sends, understands and counts, by either way, with a real server on loopback.

What it makes of failures stands in `test_llm_failures`, how it keeps keys in `test_llm_keys`.
"""

import asyncio
import json
import sys

import pytest
from autogen_core import Image
from autogen_core.models import AssistantMessage, SystemMessage, UserMessage
from pydantic import BaseModel

from schoolroom.agents.fake_server import FakeServer, Fault
from schoolroom.agents.llm_client import CallLog, LLMClient, call_log
from schoolroom.agents.llm_settings import LLMSettings
from schoolroom.agents.transports import litellm_package, transport_to
from schoolroom.transcripts.errors import ConfigError, ModelRefused

from .conftest import HELLO, ClientOf, Clock, echo


@pytest.mark.slow
async def test_a_call_carries_messages_and_settings_and_is_noted_with_its_usage(client_of: ClientOf) -> None:
    log = CallLog(seed=7)
    async with FakeServer(echo) as server:
        client = client_of(server, Clock(), temperature=0.5, max_tokens=9)
        within = call_log.set(log)
        result = await client.create(
            [
                SystemMessage(content="Be brief."),
                *HELLO,
                AssistantMessage(content="65", source="student"),
                UserMessage(content="Sure?", source="teacher"),
            ]
        )
        call_log.reset(within)
        received = server.received[-1]
    assert result.content == "I heard: Sure?"
    assert result.finish_reason == "stop"
    assert [m.role for m in received.messages] == ["system", "user", "assistant", "user"]
    assert received.params["model"] == "small-model"
    assert received.params["temperature"] == 0.5
    assert received.params["max_tokens"] == 9
    (call,) = log.calls
    assert received.params["seed"] == call.params["seed"]
    assert call.messages == received.messages
    assert (call.model, call.reply, call.cost) == ("small-model", "I heard: Sure?", None)
    assert (call.usage.prompt_tokens, call.usage.completion_tokens) == (7, 3)
    assert call.seconds > 0
    assert client.total_usage().prompt_tokens == client.actual_usage().prompt_tokens == 7


@pytest.mark.slow
async def test_the_seed_follows_from_the_cue_and_can_be_kept_back(client_of: ClientOf) -> None:
    async with FakeServer(echo) as server:
        seeds = []
        for cue_seed in (1, 1, 2):
            within = call_log.set(CallLog(seed=cue_seed))
            await client_of(server, Clock()).create(HELLO)
            call_log.reset(within)
            seeds.append(server.received[-1].params["seed"])
        within = call_log.set(CallLog(seed=1))
        await client_of(server, Clock(), send_seed=False).create(HELLO)
        call_log.reset(within)
        assert "seed" not in server.received[-1].params
    assert seeds[0] == seeds[1] != seeds[2]
    assert all(0 <= seed < 2**31 for seed in seeds)


@pytest.mark.slow
async def test_json_is_asked_for_as_servers_want_it(client_of: ClientOf) -> None:
    class Verdict(BaseModel):
        correct: bool

    async with FakeServer(echo) as server:
        client = client_of(server, Clock())
        await client.create(HELLO, json_output=True)
        assert server.received[-1].params["response_format"] == {"type": "json_object"}
        await client.create(HELLO, json_output=Verdict)
        asked = server.received[-1].params["response_format"]
    assert asked["json_schema"]["name"] == "Verdict"
    assert "correct" in asked["json_schema"]["schema"]["properties"]


@pytest.mark.slow
async def test_only_words_are_carried(client_of: ClientOf) -> None:
    async with FakeServer(echo) as server:
        client = client_of(server, Clock())
        with pytest.raises(ModelRefused, match="leave 'tools' out"):
            await client.create(HELLO, tools=[{"name": "add"}])
        image = Image.from_base64(
            "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
        )
        with pytest.raises(ModelRefused, match="UserMessage holds tool calls or images"):
            await client.create([UserMessage(content=["What is this?", image], source="user")])
        assert server.count == 0


@pytest.mark.slow
async def test_a_stream_is_one_piece_and_the_result(client_of: ClientOf) -> None:
    async with FakeServer(echo) as server:
        pieces = [piece async for piece in client_of(server, Clock()).create_stream(HELLO)]
    assert pieces[0] == "I heard: 27 + 38"
    assert len(pieces) == 2


@pytest.mark.slow
async def test_words_under_a_wrong_content_type_are_words_all_the_same(client_of: ClientOf) -> None:
    completion = '{"index": 0, "message": {"role": "assistant", "content": "65"}, "finish_reason": "stop"}'
    body = f'{{"id": "x", "object": "chat.completion", "model": "m", "choices": [{completion}]}}'
    async with FakeServer(echo, faults=[Fault(body=body, content_type="text/plain")]) as server:
        assert (await client_of(server, Clock()).create(HELLO)).content == "65"


def completion(**message: object) -> str:
    choice = {"index": 0, "message": {"role": "assistant", **message}, "finish_reason": "length"}
    return json.dumps({"id": "x", "object": "chat.completion", "model": "m", "choices": [choice]})


@pytest.mark.slow
@pytest.mark.parametrize(
    "message",
    [
        {"content": "<think>carry 1</think>65"},
        {"content": "65", "reasoning_content": "carry 1"},
        {"content": "65", "reasoning": "carry 1"},
    ],
    ids=["tags", "reasoning_content", "reasoning"],
)
async def test_thoughts_are_told_from_words(client_of: ClientOf, message: dict[str, str]) -> None:
    async with FakeServer(echo, faults=[Fault(body=completion(**message))]) as server:
        result = await client_of(server, Clock()).create(HELLO)
    assert (result.content, result.thought, result.finish_reason) == ("65", "carry 1", "length")


@pytest.mark.slow
async def test_a_reply_without_usage_counts_nothing(client_of: ClientOf) -> None:
    log = CallLog()
    async with FakeServer(echo, faults=[Fault(without=("usage",))]) as server:
        within = call_log.set(log)
        await client_of(server, Clock()).create(HELLO)
        call_log.reset(within)
    assert log.calls[0].usage.prompt_tokens == log.calls[0].usage.completion_tokens == 0


@pytest.mark.slow
async def test_what_a_known_model_costs_is_recorded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SMALL_MODEL_KEY", "anything")
    log = CallLog()
    async with FakeServer(echo) as server:
        settings = LLMSettings(base_url=server.url, api_key_env="SMALL_MODEL_KEY")
        client = LLMClient("openai/gpt-4o-mini", settings)
        within = call_log.set(log)
        await client.create(HELLO)
        call_log.reset(within)
    assert log.calls[0].cost is not None
    assert log.calls[0].cost > 0


@pytest.mark.slow
def test_tokens_are_counted_and_an_unknown_window_is_said_to_be_unknown() -> None:
    client = LLMClient("gpt-4o-mini")
    assert 1 < client.count_tokens(HELLO) < 30
    assert client.remaining_tokens(HELLO) == 128_000 - client.count_tokens(HELLO)
    with pytest.raises(ConfigError, match="set 'context_window'"):
        LLMClient("small-model").remaining_tokens(HELLO)
    set_by_hand = LLMClient("small-model", LLMSettings(context_window=100))
    assert set_by_hand.remaining_tokens(HELLO) == 100 - set_by_hand.count_tokens(HELLO)


def test_the_way_is_straight_where_the_address_and_the_name_allow_it() -> None:
    def way(model: str, base_url: str | None = "http://127.0.0.1:1/v1", **settings: object) -> str:
        given = {"base_url": base_url, **settings}
        return type(transport_to(model, LLMSettings.model_validate(given))).__name__

    assert way("small") == way("Qwen/Qwen3-4B") == way("unknown/small") == "OpenAITransport"
    assert way("openai/gpt-4o-mini", transport="openai") == "OpenAITransport"
    assert way("openai/gpt-4o-mini") == way("small", base_url=None) == "LiteLLMTransport"
    assert way("small", transport="litellm") == "LiteLLMTransport"
    with pytest.raises(ConfigError, match=r"needs a server; set 'llm\.base_url'"):
        way("small", base_url=None, transport="openai")
    assert all(str(known.value).islower() for known in litellm_package().provider_list)  # is relied upon


FIRST_CALL = """
import asyncio, sys
from autogen_core.models import UserMessage
from schoolroom.agents.fake_server import FakeServer
from schoolroom.agents.llm_client import LLMClient, LLMSettings

async def main():
    async with FakeServer() as server:
        settings = LLMSettings(base_url=server.url, max_retries=0, transport=sys.argv[1])
        client = LLMClient("Small/model", settings)
        print((await client.create([UserMessage(content="1 + 1", source="teacher")])).content)

asyncio.run(main())
print("litellm" in sys.modules)
"""


@pytest.mark.slow
@pytest.mark.parametrize(("transport", "imported"), [("auto", b"False"), ("litellm", b"True")])
async def test_the_first_call_of_a_process_passes_without_a_retry(transport: str, imported: bytes) -> None:
    """And without a warning, at its end neither; the straight way spares the import of litellm."""
    done = await asyncio.create_subprocess_exec(
        sys.executable,
        "-W",
        "error",
        "-c",
        FIRST_CALL,
        transport,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    told, warned = await done.communicate()
    assert (told, warned) == (b"1 + 1 = 2\nanswer: 2\n" + imported + b"\n", b"")


@pytest.mark.slow
def test_one_client_serves_several_event_loops(client_of: ClientOf) -> None:
    async def ask(client: LLMClient, port: int) -> str:
        server = await FakeServer(echo, delay=0.01).start(port)
        results = await asyncio.gather(*(client.create(HELLO) for _ in range(4)))
        await server.stop()
        return str(results[0].content)

    async def reserve() -> FakeServer:
        async with FakeServer() as server:
            return server

    server = asyncio.run(reserve())
    client = client_of(server, Clock(), max_concurrency=1)
    port = int(server.url.split(":")[2].removesuffix("/v1"))
    assert asyncio.run(ask(client, port)) == asyncio.run(ask(client, port)) == "I heard: 27 + 38"

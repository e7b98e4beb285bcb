"""The client, by either way, against a real server on loopback that fails in every way that servers do."""

import asyncio
import json
import logging
import math
import sys
import traceback
from collections.abc import Sequence
from email.utils import format_datetime
from typing import Protocol

import pytest
from autogen_core import CancellationToken, Image
from autogen_core.models import AssistantMessage, SystemMessage, UserMessage
from pydantic import BaseModel, ValidationError

from schoolroom.agents.fake_server import FakeServer, Fault, rate_limited
from schoolroom.agents.limiter import limiter_of
from schoolroom.agents.llm_client import CallLog, LLMClient, call_log
from schoolroom.agents.llm_settings import LLMSettings
from schoolroom.agents.transports import litellm_package, transport_to
from schoolroom.transcripts.errors import (
    ConfigError,
    ModelError,
    ModelRefused,
    ModelTimeout,
    ModelUnavailable,
    RateLimited,
)
from schoolroom.transcripts.records import Message, now

server_test = pytest.mark.slow

KEY = "sk-a1b2c3d4e5f6g7h8"
HELLO = [UserMessage(content="27 + 38", source="teacher")]


def echo(messages: Sequence[Message]) -> str:
    return f"I heard: {messages[-1].content}"


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


@server_test
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


@server_test
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


@server_test
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


PASSING = {
    "429": rate_limited(),
    "500": Fault(status=500, body="boom", content_type="text/plain"),
    "502": Fault(status=502, body="<html>bad gateway</html>", content_type="text/html"),
    "503": Fault(status=503, body="{}"),
    "cut at once": Fault(cut=True),
    "cut in the middle": Fault(cut=True, body='{"id": "chatcmpl-fake", "choices": [{"index": 0}]}'),
    "half a JSON": Fault(body='{"id": "chatcmpl-fake", "choi'),
    "no JSON": Fault(body="<html>hello</html>", content_type="text/html"),
    "a list": Fault(body="[]"),
    "null": Fault(body="null"),
    "an empty object": Fault(body="{}"),
    "no choices": Fault(body='{"id": "x", "object": "chat.completion", "choices": []}'),
    "no words": Fault(body='{"choices": [{"index": 0, "message": {"role": "assistant", "content": null}}]}'),
    "blank words": Fault(
        body='{"choices": [{"index": 0, "message": {"role": "assistant", "content": " "}}]}'
    ),
}


@server_test
@pytest.mark.parametrize("fault", PASSING.values(), ids=PASSING)
async def test_what_may_pass_is_tried_again_and_passes(client_of: ClientOf, fault: Fault) -> None:
    clock = Clock()
    async with FakeServer(echo, faults=[fault, fault]) as server:
        result = await client_of(server, clock).create(HELLO)
        assert server.count == 3
    assert result.content == "I heard: 27 + 38"
    first, second = clock.slept
    assert 0.25 <= first <= 0.5 <= second <= 1.0


@server_test
@pytest.mark.parametrize(
    ("fault", "kind", "words"),
    [
        (
            rate_limited(),
            RateLimited,
            r"too many requests \(status 429, 3 attempts\)\. Lower 'max_concurrency'",
        ),
        (PASSING["500"], ModelUnavailable, r"boom \(status 500, 3 attempts\)"),
        (PASSING["503"], ModelUnavailable, r"status 503"),
        (PASSING["cut at once"], ModelUnavailable, r"Server disconnected \(3 attempts\)"),
        (PASSING["cut in the middle"], ModelUnavailable, r"not completed"),
        (PASSING["half a JSON"], ModelUnavailable, r"Unterminated string .*3 attempts"),
        (PASSING["no JSON"], ModelUnavailable, r"Expecting value"),
        (PASSING["no choices"], ModelUnavailable, r"the reply has no choices \(3 attempts\)"),
        (PASSING["no words"], ModelUnavailable, r"the reply is empty \(3 attempts\)"),
    ],
)
async def test_what_does_not_pass_is_a_typed_error(
    client_of: ClientOf, fault: Fault, kind: type[ModelError], words: str
) -> None:
    async with FakeServer(echo, faults=[fault] * 9) as server:
        with pytest.raises(kind, match=rf"model 'small-model': .*{words}") as caught:
            await client_of(server, Clock(), max_retries=2).create(HELLO)
        assert server.count == 3
    assert "Traceback" not in str(caught.value)


@server_test
@pytest.mark.parametrize("status", [400, 401, 403, 404, 413, 422])
async def test_a_refusal_is_not_tried_again(client_of: ClientOf, status: int) -> None:
    fault = Fault(status=status, body='{"error": {"message": "the model `small-model` does not exist"}}')
    async with FakeServer(echo, faults=[fault]) as server:
        with pytest.raises(
            ModelRefused, match=rf"does not exist \(status {status}, 1 attempt\)\. Check the key"
        ):
            await client_of(server, Clock()).create(HELLO)
        assert server.count == 1


@server_test
async def test_a_reply_that_a_filter_withholds_is_refused_and_not_asked_for_again(
    client_of: ClientOf,
) -> None:
    withheld = '{"message": {"role": "assistant", "content": null}, "finish_reason": "content_filter"}'
    fault = Fault(body=f'{{"id": "x", "object": "chat.completion", "choices": [{withheld}]}}')
    async with FakeServer(echo, faults=[fault]) as server:
        with pytest.raises(ModelRefused, match=r"content filter withheld the reply \(1 attempt\)"):
            await client_of(server, Clock()).create(HELLO)
        assert server.count == 1


@server_test
async def test_words_under_a_wrong_content_type_are_words_all_the_same(client_of: ClientOf) -> None:
    completion = '{"index": 0, "message": {"role": "assistant", "content": "65"}, "finish_reason": "stop"}'
    body = f'{{"id": "x", "object": "chat.completion", "model": "m", "choices": [{completion}]}}'
    async with FakeServer(echo, faults=[Fault(body=body, content_type="text/plain")]) as server:
        assert (await client_of(server, Clock()).create(HELLO)).content == "65"


@server_test
async def test_a_server_that_hangs_is_left_after_the_timeout_and_a_slow_one_is_not(
    client_of: ClientOf,
) -> None:
    async with FakeServer(echo, faults=[Fault(delay=math.inf)] * 2) as server:
        with pytest.raises(ModelTimeout, match=r"(?s)small-model.* \(2 attempts\)\. Raise 'timeout'"):
            await client_of(server, Clock(), timeout=0.2, max_retries=1).create(HELLO)
        server.faults.append(Fault(delay=0.2))
        assert (await client_of(server, Clock()).create(HELLO)).content == "I heard: 27 + 38"


@server_test
async def test_a_server_that_is_not_there_is_unavailable(client_of: ClientOf) -> None:
    async with FakeServer(echo) as server:
        client = client_of(server, Clock(), max_retries=1)
    with pytest.raises(ModelUnavailable, match=r"small-model.*2 attempts\)\. See whether the server is up"):
        await client.create(HELLO)


@server_test
async def test_retry_after_is_honoured_in_both_spellings_up_to_the_longest_wait(client_of: ClientOf) -> None:
    clock = Clock()
    async with FakeServer(echo, faults=[rate_limited(3)]) as server:
        await client_of(server, clock).create(HELLO)
        assert clock.slept == [3.0]
        date = format_datetime(now().replace(year=now().year + 1), usegmt=True)
        server.faults.append(Fault(status=503, body="{}", headers={"Retry-After": date}))
        with pytest.raises(ModelUnavailable, match="1 attempt"):
            await client_of(server, clock, max_wait=10.0).create(HELLO)
        server.faults.append(rate_limited(11))
        with pytest.raises(RateLimited, match=r"asks to wait 11 s, longer than 'max_wait' \(10 s\)"):
            await client_of(server, clock, max_wait=10.0).create(HELLO)
    assert clock.slept == [3.0]


@server_test
async def test_no_more_requests_than_allowed_are_under_way_and_the_rest_wait(client_of: ClientOf) -> None:
    async with FakeServer(echo, delay=0.02) as server:
        client = client_of(server, Clock(), max_concurrency=3)
        results = await asyncio.gather(*(client.create(HELLO) for _ in range(12)))
        assert server.peak == 3
    assert len(results) == 12


@server_test
async def test_clients_of_one_model_share_a_limit_that_a_refused_burst_halves_once(
    client_of: ClientOf,
) -> None:
    async with FakeServer(echo, faults=[rate_limited()] * 8, delay=0.02) as server:
        teacher, grader = (client_of(server, Clock(), max_concurrency=8) for _ in range(2))
        await asyncio.gather(*(client.create(HELLO) for client in (teacher, grader) for _ in range(8)))
        assert server.peak <= 8
        limiter = limiter_of("small-model", server.url, 8)
        assert 4 < limiter.limit < 8  # halved by the first burst, raised again by 16 replies
        assert limiter.under_way == 0


@server_test
async def test_cancelling_stops_a_call_at_once_and_frees_its_place(client_of: ClientOf) -> None:
    async with FakeServer(echo, faults=[Fault(delay=math.inf)]) as server:
        client = client_of(server, Clock(), timeout=600.0, max_concurrency=1)
        token = CancellationToken()
        call = asyncio.ensure_future(client.create(HELLO, cancellation_token=token))
        while not server.received:
            await asyncio.sleep(0.005)
        token.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        assert (await client.create(HELLO)).content == "I heard: 27 + 38"
        with pytest.raises(asyncio.CancelledError):
            await client.create(HELLO, cancellation_token=token)
        assert server.count == 2


@server_test
async def test_the_key_reaches_the_server_and_nobody_else(
    client_of: ClientOf, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    monkeypatch.setenv("SMALL_MODEL_KEY", KEY)
    log = CallLog(seed=1)
    leak = Fault(status=401, body=f'{{"error": {{"message": "Incorrect API key provided: {KEY}"}}}}')
    async with FakeServer(echo, key=KEY) as server:
        client = client_of(server, Clock(), api_key_env="SMALL_MODEL_KEY")
        within = call_log.set(log)
        assert (await client.create(HELLO)).content == "I heard: 27 + 38"
        call_log.reset(within)
        server.faults.append(leak)
        server._key = None
        with pytest.raises(ModelRefused, match=r"Incorrect API key provided: \*\*\* \(status 401") as caught:
            await client.create(HELLO)
    told = "".join(traceback.format_exception(caught.value))
    assert caught.value.__context__ is None
    for where in (told, caplog.text, repr(client.settings), repr(log.calls), log.calls[0].model_dump_json()):
        assert KEY not in where


@server_test
async def test_a_wrong_key_is_refused_by_the_server(client_of: ClientOf) -> None:
    async with FakeServer(echo, key=KEY) as server:
        with pytest.raises(ModelRefused, match=r"Incorrect API key provided \(status 401, 1 attempt\)"):
            await client_of(server, Clock()).create(HELLO)


@server_test
async def test_a_reply_without_usage_counts_nothing(client_of: ClientOf) -> None:
    log = CallLog()
    async with FakeServer(echo, faults=[Fault(without=("usage",))]) as server:
        within = call_log.set(log)
        await client_of(server, Clock()).create(HELLO)
        call_log.reset(within)
    assert log.calls[0].usage.prompt_tokens == log.calls[0].usage.completion_tokens == 0


@server_test
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


@server_test
async def test_a_stream_is_one_piece_and_the_result(client_of: ClientOf) -> None:
    async with FakeServer(echo) as server:
        pieces = [piece async for piece in client_of(server, Clock()).create_stream(HELLO)]
    assert pieces[0] == "I heard: 27 + 38"
    assert len(pieces) == 2


@server_test
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


@server_test
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


@server_test
def test_tokens_are_counted_and_an_unknown_window_is_said_to_be_unknown() -> None:
    client = LLMClient("gpt-4o-mini")
    assert 1 < client.count_tokens(HELLO) < 30
    assert client.remaining_tokens(HELLO) == 128_000 - client.count_tokens(HELLO)
    with pytest.raises(ConfigError, match="set 'context_window'"):
        LLMClient("small-model").remaining_tokens(HELLO)
    set_by_hand = LLMClient("small-model", LLMSettings(context_window=100))
    assert set_by_hand.remaining_tokens(HELLO) == 100 - set_by_hand.count_tokens(HELLO)


@server_test
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


def test_a_key_is_no_name_of_a_variable_and_is_not_repeated() -> None:
    with pytest.raises(ValidationError, match="never a key itself") as caught:
        LLMSettings(api_key_env=KEY)
    assert KEY not in str(caught.value)
    with pytest.raises(ValidationError, match="http:// or https://"):
        LLMSettings(base_url="localhost:8080")


def test_a_variable_that_is_not_set_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_SUCH_KEY", raising=False)
    with pytest.raises(ConfigError, match="'NO_SUCH_KEY' is not set"):
        LLMClient("small-model", LLMSettings(api_key_env="NO_SUCH_KEY"))


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


@server_test
async def test_without_another_the_key_is_the_one_that_litellm_takes_for_such_servers(
    client_of: ClientOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOSTED_VLLM_API_KEY", KEY)
    async with FakeServer(echo, key=KEY) as server:
        assert (await client_of(server, Clock()).create(HELLO)).content == "I heard: 27 + 38"


def completion(**message: object) -> str:
    choice = {"index": 0, "message": {"role": "assistant", **message}, "finish_reason": "length"}
    return json.dumps({"id": "x", "object": "chat.completion", "model": "m", "choices": [choice]})


@server_test
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


@server_test
@pytest.mark.parametrize(
    ("code", "kind"),
    [(429, RateLimited), (503, ModelUnavailable), (400, ModelRefused), ("odd", ModelUnavailable)],
)
async def test_an_error_in_an_answer_that_went_well_is_an_error(
    client_of: ClientOf, code: object, kind: type[ModelError]
) -> None:
    fault = Fault(body=json.dumps({"error": {"message": f"not now, {KEY}", "code": code}}))
    async with FakeServer(echo, faults=[fault]) as server:
        with pytest.raises(kind, match=r"not now, \*\*\*"):
            await client_of(server, Clock(), max_retries=0).create(HELLO)

"""A key comes from a variable of the environment, reaches the server, and is told to nobody else."""

import logging
import traceback

import pytest
from pydantic import ValidationError

from schoolroom.agents.fake_server import FakeServer, Fault
from schoolroom.agents.llm_client import CallLog, LLMClient, call_log
from schoolroom.agents.llm_settings import LLMSettings
from schoolroom.transcripts.errors import ConfigError, ModelRefused

from .conftest import HELLO, KEY, ClientOf, Clock, echo


@pytest.mark.slow
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


@pytest.mark.slow
async def test_a_wrong_key_is_refused_by_the_server(client_of: ClientOf) -> None:
    async with FakeServer(echo, key=KEY) as server:
        with pytest.raises(ModelRefused, match=r"Incorrect API key provided \(status 401, 1 attempt\)"):
            await client_of(server, Clock()).create(HELLO)


@pytest.mark.slow
async def test_without_another_the_key_is_the_one_that_litellm_takes_for_such_servers(
    client_of: ClientOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOSTED_VLLM_API_KEY", KEY)
    async with FakeServer(echo, key=KEY) as server:
        assert (await client_of(server, Clock()).create(HELLO)).content == "I heard: 27 + 38"


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

"""How one request reaches a model: through litellm, or straight to an OpenAI-compatible server.

The straight way takes a tenth of litellm's CPU time, and spares the two seconds and 165 MB of its import.
Neither way is patient, keeps a limit or notes anything: that is the client's (`llm_client`).
"""

import json
import logging
import os
import urllib.request
import warnings
import weakref
from asyncio import AbstractEventLoop, get_running_loop
from collections.abc import AsyncGenerator, Mapping, Sequence
from functools import cache
from typing import Any, Protocol

import aiohttp

from ..transcripts.errors import ConfigError
from ..transcripts.records import Json, Message
from .llm_retry import Failure, failure_of_answer
from .llm_settings import LLMSettings, api_key
from .llm_words import Reply, read_reply, reply_of

__all__ = [
    "LiteLLMTransport",
    "OpenAITransport",
    "Transport",
    "litellm_name",
    "litellm_package",
    "transport_to",
]


class Transport(Protocol):
    """One way to a model."""

    @property
    def secret(self) -> str | None:
        """The key, which must appear nowhere."""
        ...

    async def ask(self, messages: Sequence[Message], params: Mapping[str, Json]) -> Reply | Failure:
        """One request, without a time limit of its own.

        It may raise any exception, for `llm_retry.failure_of` to read.
        """
        ...


def transport_to(model: str, settings: LLMSettings) -> Transport:
    """The way that the settings ask for; ``auto`` is the straight one wherever it leads to `model`.

    Raises:
        ConfigError: the variable that should hold the key is not set, or there is no address to go to.
    """
    key, base_url = api_key(settings), settings.base_url
    straight = settings.transport == "openai"
    if settings.transport == "auto":
        straight = base_url is not None and not _names_provider(model)
    if not straight:
        return LiteLLMTransport(model, base_url, key, settings.timeout)
    if base_url is None:
        raise ConfigError(
            "the setting 'llm.transport' is 'openai', which needs a server; set 'llm.base_url'."
        )
    return OpenAITransport(model, base_url, key)


class OpenAITransport:
    """Straight to ``BASE_URL/chat/completions``; all such transports of an event loop share connections.

    Without `key`, the key is what the environment variable ``HOSTED_VLLM_API_KEY`` holds, as litellm has it.
    """

    def __init__(self, model: str, base_url: str, key: str | None) -> None:
        self.secret = key or os.environ.get("HOSTED_VLLM_API_KEY", "").strip() or None
        self._model = model
        self._url = f"{base_url}/chat/completions"
        self._headers = {"Content-Type": "application/json"}
        if self.secret is not None:
            self._headers["Authorization"] = f"Bearer {self.secret}"

    async def ask(self, messages: Sequence[Message], params: Mapping[str, Json]) -> Reply | Failure:
        """As `Transport.ask`."""
        said = [{"role": message.role, "content": message.content} for message in messages]
        body = json.dumps({"model": self._model, "messages": said, **params}).encode()
        session = await _session()
        async with session.post(self._url, data=body, headers=self._headers) as response:
            answer = await response.read()
            if response.status == 200:
                return read_reply(json.loads(answer), self.secret)
            words = answer.decode(errors="replace") or response.reason or ""
            return failure_of_answer(response.status, words, response.headers, self.secret)


_open: weakref.WeakKeyDictionary[
    AbstractEventLoop, tuple[aiohttp.ClientSession, AsyncGenerator[aiohttp.ClientSession, None]]
] = weakref.WeakKeyDictionary()


async def _session() -> aiohttp.ClientSession:
    """The connections of the running event loop."""
    loop = get_running_loop()
    if (held := _open.get(loop)) is None:
        keeper = _kept(loop)
        held = _open[loop] = await anext(keeper), keeper
    return held[0]


async def _kept(loop: AbstractEventLoop) -> AsyncGenerator[aiohttp.ClientSession, None]:
    """A session, open until the loop is done: `asyncio.run` closes every generator that still waits then."""
    async with aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=0),  # the clients' limiters know better
        timeout=aiohttp.ClientTimeout(),  # and the clients have a time limit
        cookie_jar=aiohttp.DummyCookieJar(),
        trust_env=bool(urllib.request.getproxies()),  # looked up for each request, which is not cheap
    ) as session:
        try:
            yield session
        finally:
            del _open[loop]


class LiteLLMTransport:
    """To any provider that litellm knows."""

    def __init__(self, model: str, base_url: str | None, key: str | None, timeout: float) -> None:
        self.secret = key
        self._litellm = litellm_package()  # here, where no request waits for the import
        self._name = litellm_name(model, base_url)
        self._base_url = base_url
        self._timeout = timeout

    async def ask(self, messages: Sequence[Message], params: Mapping[str, Json]) -> Reply | Failure:
        """As `Transport.ask`."""
        response = await self._litellm.acompletion(
            model=self._name,
            messages=[{"role": message.role, "content": message.content} for message in messages],
            api_base=self._base_url,
            api_key=self.secret,
            timeout=self._timeout,
            num_retries=0,
            max_retries=0,
            drop_params=True,  # a provider without seeds is asked without one
            **params,
        )
        return reply_of(response)


@cache
def litellm_package() -> Any:
    """litellm, told to stay off the network and out of the terminal. Importing it takes two seconds."""
    os.environ.setdefault("LITELLM_LOCAL_MODEL_COST_MAP", "True")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pydantic has something to say about litellm's types
        import litellm

        litellm.ModelResponse(choices=[litellm.Choices()])  # which are otherwise built in the first call

    litellm.suppress_debug_info = True
    logging.getLogger("LiteLLM").setLevel(logging.CRITICAL)
    return litellm


def litellm_name(model: str, base_url: str | None) -> str:
    """The name by which litellm finds the way to the model.

    Behind a `base_url`, a name that begins with no provider of litellm's goes the shortest way to an
    OpenAI-compatible server, which takes half the time of the way through OpenAI's own package.
    """
    return model if base_url is None or _names_provider(model) else f"hosted_vllm/{model}"


def _names_provider(model: str) -> bool:
    """Whether the name begins with a provider of litellm's, as ``openai/gpt-4o-mini`` does."""
    provider, slash, _ = model.partition("/")
    if (
        not slash or provider != provider.lower()
    ):  # as in "Qwen/Qwen3-4B": litellm, slow to import, need not be asked
        return False
    return provider in {str(known.value) for known in litellm_package().provider_list}

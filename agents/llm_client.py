"""AutoGen's `ChatCompletionClient` for any provider, and any OpenAI-compatible server.

What it adds to the way there (`transports`): patience (retries with backoff), a limit that waits instead of
refusing and follows what the server can take, typed errors that hold no key, cancellation at once, stored
replies where they are wished for, and a record of every call. It keeps no budget.
"""

import asyncio
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal

from autogen_core import CancellationToken
from autogen_core.models import (
    ChatCompletionClient,
    CreateResult,
    LLMMessage,
    ModelFamily,
    ModelInfo,
    RequestUsage,
)
from autogen_core.tools import Tool, ToolSchema
from pydantic import BaseModel

from ..transcripts.errors import ConfigError, ModelRefused, RateLimited
from ..transcripts.records import Json, Message, ModelCall, derive_seed
from .call_cache import CallCache
from .call_log import CallLog, call_log
from .limiter import limiter_of
from .llm_retry import Failure, backoff, failure_of
from .llm_settings import LLMSettings
from .llm_words import Reply, message_of, stored_reply
from .transports import litellm_name, litellm_package, transport_to

__all__ = ["CallLog", "LLMClient", "LLMSettings", "call_log"]

Sleep = Callable[[float], Awaitable[None]]


class LLMClient(ChatCompletionClient):
    """Text in, text out; one client may serve any number of agents at once.

    Args:
        model: A litellm model name such as ``anthropic/claude-sonnet-4-5``; or, where `settings.base_url`
            is set, the name under which that server knows the model.
        settings: Where and how to ask.
        cache: Where a stored reply is looked for before the model is asked; None: nowhere.
        sleep: Waits between two tries; a test gives one that only notes the seconds.

    Raises:
        ConfigError: the variable that should hold the key is not set, or the settings contradict each other.
    """

    def __init__(
        self,
        model: str,
        settings: LLMSettings | None = None,
        *,
        cache: CallCache | None = None,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self.model = model
        self.settings = settings or LLMSettings()
        self._transport = transport_to(model, self.settings)
        self._cache = cache
        self._sleep = sleep
        self._usage = RequestUsage(prompt_tokens=0, completion_tokens=0)
        self._from_store = RequestUsage(prompt_tokens=0, completion_tokens=0)

    async def create(
        self,
        messages: Sequence[LLMMessage],
        *,
        tools: Sequence[Tool | ToolSchema] = (),
        tool_choice: Tool | Literal["auto", "required", "none"] = "auto",
        json_output: bool | type[BaseModel] | None = None,
        extra_create_args: Mapping[str, Any] = {},
        cancellation_token: CancellationToken | None = None,
    ) -> CreateResult:
        """Ask the model for one reply.

        Raises:
            ModelError: it did not come, after all retries.
        """
        if tools:
            raise ModelRefused(f"model '{self.model}': this client serves speech alone; leave 'tools' out.")
        said = tuple(message_of(message) for message in messages)
        log = call_log.get() or CallLog()
        params = self._params(log, json_output) | dict(extra_create_args)
        work = asyncio.ensure_future(self._call(said, params, log))
        if cancellation_token is not None:
            cancellation_token.link_future(work)
        reply, call = await work
        return CreateResult(
            content=reply.text,
            finish_reason=reply.finish,
            thought=reply.thought,
            usage=RequestUsage(reply.usage.prompt_tokens, reply.usage.completion_tokens),
            cached=call.cached,
        )

    async def create_stream(
        self,
        messages: Sequence[LLMMessage],
        *,
        tools: Sequence[Tool | ToolSchema] = (),
        tool_choice: Tool | Literal["auto", "required", "none"] = "auto",
        json_output: bool | type[BaseModel] | None = None,
        extra_create_args: Mapping[str, Any] = {},
        cancellation_token: CancellationToken | None = None,
    ) -> AsyncGenerator[str | CreateResult, None]:
        """The whole reply as one piece: half a reply cannot be taken back when the rest must be retried."""
        result = await self.create(
            messages,
            tools=tools,
            json_output=json_output,
            extra_create_args=extra_create_args,
            cancellation_token=cancellation_token,
        )
        yield str(result.content)
        yield result

    async def close(self) -> None:
        """Nothing to do: clients share their connections, which end with the event loop."""

    def actual_usage(self) -> RequestUsage:
        """Tokens that the provider counted so far."""
        return self._usage

    def total_usage(self) -> RequestUsage:
        """Tokens used so far, those of stored replies among them."""
        paid, free = self._usage, self._from_store
        return RequestUsage(
            prompt_tokens=paid.prompt_tokens + free.prompt_tokens,
            completion_tokens=paid.completion_tokens + free.completion_tokens,
        )

    def count_tokens(self, messages: Sequence[LLMMessage], *, tools: Sequence[Tool | ToolSchema] = ()) -> int:
        """Tokens of `messages`: exact where litellm knows the model's tokenizer, else near."""
        said = [message_of(message).model_dump() for message in messages]
        return int(litellm_package().token_counter(model=self._litellm_name, messages=said))

    def remaining_tokens(
        self, messages: Sequence[LLMMessage], *, tools: Sequence[Tool | ToolSchema] = ()
    ) -> int:
        """Tokens that still fit behind `messages`.

        Raises:
            ConfigError: the model's context window is not known.
        """
        window = self.settings.context_window
        if window is None:
            known = litellm_package().model_cost.get(self._litellm_name, {})
            window = known.get("max_input_tokens") or known.get("max_tokens")
        if window is None:
            raise ConfigError(
                f"the context window of model '{self.model}' is not known; set 'context_window'."
            )
        return int(window) - self.count_tokens(messages, tools=tools)

    @property
    def _litellm_name(self) -> str:
        return litellm_name(self.model, self.settings.base_url)

    @property
    def capabilities(self) -> ModelInfo:
        """The same as `model_info`."""
        return self.model_info

    @property
    def model_info(self) -> ModelInfo:
        """What the client can carry: text, and JSON where the model can write it."""
        return ModelInfo(
            vision=False,
            function_calling=False,
            json_output=True,
            structured_output=True,
            family=ModelFamily.UNKNOWN,
            multiple_system_messages=True,
        )

    def _params(self, log: CallLog, json_output: bool | type[BaseModel] | None) -> dict[str, Json]:
        """All that shapes the reply, beside model and messages."""
        settings = self.settings
        params: dict[str, Json] = {}
        if settings.temperature is not None:
            params["temperature"] = settings.temperature
        if settings.max_tokens is not None:
            params["max_tokens"] = settings.max_tokens
        if settings.send_seed and log.seed is not None:
            params["seed"] = derive_seed(log.seed, len(log.calls)) % 2**31  # what every server takes
        if isinstance(json_output, type):
            schema = {"name": json_output.__name__, "schema": json_output.model_json_schema(), "strict": True}
            params["response_format"] = {"type": "json_schema", "json_schema": schema}
        elif json_output:
            params["response_format"] = {"type": "json_object"}
        return params

    async def _call(
        self, messages: tuple[Message, ...], params: dict[str, Json], log: CallLog
    ) -> tuple[Reply, ModelCall]:
        """One reply, from the store or however many tries it takes, noted down."""
        started = time.perf_counter()
        key = ModelCall.key_of(self.model, params, messages, sample=log.sample)
        call = await self._cache.find(key) if self._cache is not None else None
        if call is not None:
            reply, usage = stored_reply(call), self._from_store
        else:
            reply, usage = await self._persist(messages, params, jitter=int(key, 16)), self._usage
            call = ModelCall(
                key=key,
                model=self.model,
                params=params,
                messages=messages,
                reply=reply.text,
                usage=reply.usage,
                cost=reply.cost,
                seconds=time.perf_counter() - started,
            )
        usage.prompt_tokens += reply.usage.prompt_tokens
        usage.completion_tokens += reply.usage.completion_tokens
        log.calls.append(call)
        return reply, call

    async def _persist(self, messages: tuple[Message, ...], params: Mapping[str, Json], jitter: int) -> Reply:
        longest = self.settings.max_wait
        attempt = 0
        while True:
            attempt += 1
            outcome = await self._try(messages, params)
            if isinstance(outcome, Reply):
                return outcome
            wait = outcome.retry_after
            if wait is not None and wait > longest:
                asked = f"{outcome.reason}; asks to wait {wait:g} s, longer than 'max_wait' ({longest:g} s)"
                raise replace(outcome, reason=asked).error(self.model, attempt)
            if not outcome.may_pass or attempt > self.settings.max_retries:
                raise outcome.error(self.model, attempt)
            await self._sleep(backoff(attempt, jitter, longest) if wait is None else wait)

    async def _try(self, messages: tuple[Message, ...], params: Mapping[str, Json]) -> Reply | Failure:
        """One request. A failure is returned: litellm's own exceptions hold the request, key included."""
        limiter = limiter_of(self.model, self.settings.base_url, self.settings.max_concurrency)
        async with limiter.slot() as slot:
            outcome = await self._request(messages, params)
            if isinstance(outcome, Reply):
                limiter.went_well(slot)
            elif outcome.kind is RateLimited:
                limiter.too_many(slot)
            return outcome

    async def _request(self, messages: tuple[Message, ...], params: Mapping[str, Json]) -> Reply | Failure:
        timeout = self.settings.timeout
        try:
            async with asyncio.timeout(timeout):
                return await self._transport.ask(messages, params)
        except TimeoutError:
            return failure_of(TimeoutError(f"no answer within {timeout:g} s"))
        except Exception as error:
            return failure_of(error, self._transport.secret)

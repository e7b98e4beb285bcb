"""AutoGen agents in classroom seats: any `ChatAgent` or stock `Team`; language models as `AssistantAgent`s.

Agents are called directly, without AutoGen's runtime: a stock group chat costs thirty times as much and
loses the types of exceptions. An agent is reset before each cue, so that it knows what it has heard and
nothing else.
"""

import asyncio
import re
import time
import weakref
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Protocol

from autogen_agentchat.agents import AssistantAgent
from autogen_agentchat.base import ChatAgent, Response, Team
from autogen_agentchat.messages import BaseAgentEvent, BaseChatMessage, TextMessage
from autogen_core import CancellationToken
from autogen_core.models import AssistantMessage, SystemMessage, UserMessage

from ..transcripts.errors import ReplyError, SchoolroomError, SeatError
from ..transcripts.prompts import prompt
from ..transcripts.records import Cue, Line, Message, ModelCall, Role, SeatInfo, Usage
from ..transcripts.replies import parse
from .call_cache import CallCache
from .instructions import DEFAULT_INSTRUCTIONS
from .llm_client import CallLog, LLMClient, LLMSettings, call_log
from .seats import Seat

__all__ = ["Agent", "AutoGenSeat", "llm_seat"]

Agent = ChatAgent | Team
"""What can sit in a seat."""

CLASSROOM = "classroom"
"""Source of the messages that an agent hears, its own earlier words aside."""


class AutoGenSeat:
    """An AutoGen agent that answers cues.

    Args:
        agent: One agent, which then answers one cue at a time; or a function that makes them, of which
            as many are made as there are cues at once. Agents on a `LLMClient` have each of their
            calls recorded; of other agents, one call per reply with the usage that they report.
        name: The name by which scripts cue this seat.
        role: What the seat is for.
        persona: Name and version, as turns record them.
        instructions: Templates by ask; None: those of the role.
        model: The model's name in records; None: ``autogen:`` and the agent's class.
        attempts_to_parse: How often a reply is asked for until it can be parsed, from 1.
    """

    def __init__(
        self,
        agent: Agent | Callable[[], Agent],
        *,
        name: str,
        role: Role,
        persona: str = "autogen@1",
        instructions: Mapping[str, str] | None = None,
        model: str | None = None,
        attempts_to_parse: int = 3,
    ) -> None:
        self.name = name
        self.role = role
        self._agents = _One(agent) if isinstance(agent, ChatAgent | Team) else _Many(agent)
        plain = {str(ask): words for ask, words in DEFAULT_INSTRUCTIONS[role].items()}
        self._instructions = plain if instructions is None else instructions
        self._attempts = attempts_to_parse
        self.info = SeatInfo(
            seat=name, role=role, persona=persona, model=model or f"autogen:{self._agents.kind}"
        )

    async def speak(self, cue: Cue) -> Line:
        """Answer `cue`; an unusable reply is asked for again, with the reason.

        Raises:
            ReplyError: no reply could be parsed.
            SeatError: the agent failed; a `ModelError` where its model's provider did.
            PersonaError: the instructions have no template for this ask, or one that names something unknown.
        """
        log = CallLog(seed=cue.seed)
        try:
            return await self._say(cue, log)
        except SeatError as error:
            error.calls = tuple(log.calls)
            raise

    async def _say(self, cue: Cue, log: CallLog) -> Line:
        """The line; every call is noted in `log`."""
        asked = messages = prompt(cue, self.role, self._instructions)
        for attempt in range(1, self._attempts + 1):
            text = await self._reply(messages, log)
            try:
                payload = parse(cue, text)
            except ReplyError as error:
                if cue.lenient:
                    return Line(text=text, calls=tuple(log.calls))
                if attempt == self._attempts:
                    raise ReplyError(f"seat '{self.name}', asked {attempt} times: {error}") from None
                again = f"This cannot be used: {error} Answer again."
                messages = (  # the last reply alone, so that the prompt does not grow with each try
                    *asked,
                    Message(role="assistant", content=text),
                    Message(role="user", content=again),
                )
            else:
                return Line(text=text, payload=payload, calls=tuple(log.calls))
        raise AssertionError("unreachable: the last attempt returns or raises")

    async def _reply(self, messages: Sequence[Message], log: CallLog) -> str:
        """The agent's words, with the calls that they cost noted in `log`."""
        started, noted = time.perf_counter(), len(log.calls)
        token = CancellationToken()
        within = call_log.set(log)
        try:
            async with self._agents.take() as agent:
                text, usage = await _ask(agent, messages, token)
        except SchoolroomError:
            raise
        except asyncio.CancelledError:
            token.cancel()  # reaches what the agent has started elsewhere
            raise
        except Exception as error:
            raise SeatError(
                f"seat '{self.name}', {self.info.model}: {type(error).__name__}: {error}"
            ) from error
        finally:
            call_log.reset(within)
        if len(log.calls) == noted:  # a client that is not ours
            log.calls.append(
                ModelCall(
                    key=ModelCall.key_of(self.info.model, {}, messages, sample=log.seed or 0),
                    model=self.info.model,
                    messages=tuple(messages),
                    reply=text,
                    usage=usage,
                    seconds=time.perf_counter() - started,
                )
            )
        return text


class _One:
    """A single agent: it answers one cue at a time."""

    def __init__(self, agent: Agent) -> None:
        self.kind = type(agent).__name__
        self._agent = agent
        # asyncio's locks refuse a second event loop, so each loop has its own.
        self._locks: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Lock] = (
            weakref.WeakKeyDictionary()
        )

    @asynccontextmanager
    async def take(self) -> AsyncIterator[Agent]:
        """The agent, as soon as it is free."""
        async with self._locks.setdefault(asyncio.get_running_loop(), asyncio.Lock()):
            yield self._agent


class _Many:
    """As many agents as there are cues at once; those that are done are used again."""

    def __init__(self, make: Callable[[], Agent]) -> None:
        first = make()
        self.kind = type(first).__name__
        self._make = make
        self._free = [first]

    @asynccontextmanager
    async def take(self) -> AsyncIterator[Agent]:
        """A free agent. One that fails or is cancelled is not used again."""
        agent = self._free.pop() if self._free else self._make()
        yield agent
        self._free.append(agent)


async def _ask(agent: Agent, messages: Sequence[Message], token: CancellationToken) -> tuple[str, Usage]:
    """What `agent` says to `messages`, knowing nothing else, and the tokens that it reports."""
    if isinstance(agent, Team):
        await agent.reset()
        result = await agent.run(
            task=_as_chat(messages, agent.name), cancellation_token=token, output_task_messages=False
        )
        said = [message for message in result.messages if isinstance(message, BaseChatMessage)]
        if not said:
            raise SeatError(f"team '{agent.name}' said nothing; it stopped because: {result.stop_reason}")
        return said[-1].to_text(), _usage(result.messages)
    await agent.on_reset(token)
    if isinstance(agent, AssistantAgent):  # its context can tell its own words from others'
        for message in messages:
            await agent.model_context.add_message(_as_model_message(message, agent.name))
        response = await agent.on_messages([], token)
    else:
        response = await agent.on_messages(_as_chat(messages, agent.name), token)
    spent = _usage([*(response.inner_messages or ()), response.chat_message])
    return response.chat_message.to_text(), spent


def _as_chat(messages: Sequence[Message], own: str) -> list[BaseChatMessage]:
    return [
        TextMessage(content=message.content, source=own if message.role == "assistant" else CLASSROOM)
        for message in messages
    ]


def _as_model_message(message: Message, own: str) -> SystemMessage | UserMessage | AssistantMessage:
    match message.role:
        case "system":
            return SystemMessage(content=message.content)
        case "assistant":
            return AssistantMessage(content=message.content, source=own)
        case "user":
            return UserMessage(content=message.content, source=CLASSROOM)


def _usage(messages: Sequence[BaseAgentEvent | BaseChatMessage]) -> Usage:
    spent = [message.models_usage for message in messages if message.models_usage is not None]
    return Usage(
        prompt_tokens=sum(usage.prompt_tokens for usage in spent),
        completion_tokens=sum(usage.completion_tokens for usage in spent),
    )


class _Speaker(AssistantAgent):
    """An `AssistantAgent` that reads its own stream to the end.

    AutoGen's leaves two generators half read at each reply, which the event loop then wakes itself up to
    close; with a hundred classrooms live that takes a twelfth of a turn's CPU time.
    """

    async def on_messages(
        self, messages: Sequence[BaseChatMessage], cancellation_token: CancellationToken
    ) -> Response:
        """As AutoGen's."""
        stream = self.on_messages_stream(messages, cancellation_token)
        (response,) = [said async for said in stream if isinstance(said, Response)]
        return response


class _Generation(Protocol):
    @property
    def max_new_tokens(self) -> int: ...
    @property
    def temperature(self) -> float: ...


class _Persona(Protocol):
    """What is taken from a persona."""

    @property
    def label(self) -> str: ...
    @property
    def role(self) -> Role: ...
    @property
    def instructions(self) -> Mapping[str, str]: ...
    @property
    def generation(self) -> _Generation: ...


def llm_seat(
    persona: _Persona,
    *,
    name: str,
    model: str,
    settings: LLMSettings | None = None,
    client: LLMClient | None = None,
    cache: CallCache | None = None,
) -> Seat:
    """A persona played by a language model: an `AssistantAgent` per cue at once, on one client.

    Args:
        persona: Its instructions are what the model reads; its temperature and longest reply hold where
            `settings` set none.
        name: The name by which scripts cue this seat.
        model: As `LLMClient` takes it.
        settings: Where and how to ask.
        client: Used in place of a new one; `settings` then count only for parsing, and `cache` for nothing.
        cache: Where a stored reply is looked for before the model is asked; None: nowhere.

    Raises:
        ConfigError: the variable that should hold the key is not set.
    """
    settings = settings or (client.settings if client else LLMSettings())
    if client is None:
        own = {"temperature": persona.generation.temperature, "max_tokens": persona.generation.max_new_tokens}
        missing = {key: value for key, value in own.items() if getattr(settings, key) is None}
        client = LLMClient(model, settings.model_copy(update=missing), cache=cache)
    identifier = re.sub(r"\W", "_", f"seat_{name}")

    def make(client: LLMClient = client) -> AssistantAgent:
        return _Speaker(identifier, client, system_message=None, description=persona.label)

    return AutoGenSeat(
        make,
        name=name,
        role=persona.role,
        persona=persona.label,
        instructions=persona.instructions,
        model=model,
        attempts_to_parse=settings.attempts_to_parse,
    )

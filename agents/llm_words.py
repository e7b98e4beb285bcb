"""What AutoGen says in our words, and what a model's replies say in ours. Asks nobody."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from autogen_core.models import (
    AssistantMessage,
    FinishReasons,
    FunctionExecutionResultMessage,
    LLMMessage,
    SystemMessage,
)

from ..transcripts.errors import ModelRefused, ModelUnavailable
from ..transcripts.records import Json, Message, ModelCall, Usage
from .llm_retry import Failure, failure_of_answer

__all__ = ["Reply", "message_of", "read_reply", "reply_of", "stored_reply"]


@dataclass(frozen=True)
class Reply:
    """What is of use in a response."""

    text: str
    finish: FinishReasons
    thought: str | None
    usage: Usage
    cost: float | None
    """US dollars; None where the price is not known."""


def message_of(message: LLMMessage) -> Message:
    """The message, if it is words.

    Raises:
        ModelRefused: it holds tool calls or images.
    """
    if isinstance(message, FunctionExecutionResultMessage) or not isinstance(message.content, str):
        raise ModelRefused(
            f"messages must be text, but a {type(message).__name__} holds tool calls or images."
        )
    if isinstance(message, SystemMessage):
        return Message(role="system", content=message.content)
    role: Literal["assistant", "user"] = "assistant" if isinstance(message, AssistantMessage) else "user"
    return Message(role=role, content=message.content)


_FINISH: Mapping[str, FinishReasons] = {
    "stop": "stop",
    "length": "length",
    "content_filter": "content_filter",
    "tool_calls": "function_calls",
}


def reply_of(response: Any) -> Reply | Failure:
    """What is of use in litellm's response."""
    if not response.choices:
        return Failure(ModelUnavailable, "the reply has no choices")
    choice = response.choices[0]
    text = choice.message.content
    if not isinstance(text, str) or not text.strip():
        return _wordless(choice.finish_reason)
    thought = getattr(choice.message, "reasoning_content", None)
    usage = getattr(response, "usage", None)
    cost = response._hidden_params.get("response_cost")
    return Reply(
        text=text,
        finish=_FINISH.get(choice.finish_reason, "unknown"),
        thought=thought if isinstance(thought, str) else None,
        usage=Usage(
            prompt_tokens=getattr(usage, "prompt_tokens", None) or 0,
            completion_tokens=getattr(usage, "completion_tokens", None) or 0,
        ),
        cost=float(cost) if isinstance(cost, int | float) and math.isfinite(cost) else None,
    )


_THOUGHT = re.compile(
    r"<(?:think|thinking|budget:thinking)>(.*?)</(?:think|thinking|budget:thinking)>", re.DOTALL
)


def read_reply(body: Json, secret: str | None = None) -> Reply | Failure:
    """What is of use in the body of an OpenAI-compatible server's answer, read as litellm reads it.

    A thought at the head of the words is taken off them; tokens that are no whole numbers are not counted.
    Some servers send errors with the status 200, and the true status inside. `secret` is blotted out of their
    words.
    """
    match body:
        case {"error": str() as words} | {"error": {"message": str() as words}} if words:
            return _reported(body["error"], words, secret)
        case {"choices": [{"message": {**message}, **choice}, *_]}:
            pass
        case _:
            return Failure(ModelUnavailable, "the reply has no choices")
    text, finish = message.get("content"), choice.get("finish_reason") or "stop"
    thought = message.get("reasoning_content", message.get("reasoning"))
    if isinstance(text, str) and thought is None and (found := _THOUGHT.match(text)):
        thought, text = found[1], text[found.end() :]
    if not isinstance(text, str) or not text.strip():
        return _wordless(finish)
    usage = body.get("usage")
    return Reply(
        text=text,
        finish=_FINISH.get(finish, "unknown") if isinstance(finish, str) else "unknown",
        thought=thought if isinstance(thought, str) else None,
        usage=Usage(
            prompt_tokens=_count(usage, "prompt_tokens"), completion_tokens=_count(usage, "completion_tokens")
        ),
        cost=None,
    )


def _reported(error: Json, words: str, secret: str | None) -> Failure:
    """The failure that a server tells of in an answer that went well."""
    code = error.get("code") if isinstance(error, dict) else None
    return failure_of_answer(code if isinstance(code, int) else None, words, secret=secret)


def _wordless(finish: object) -> Failure:
    if finish == "content_filter":
        return Failure(ModelRefused, "the provider's content filter withheld the reply")
    return Failure(ModelUnavailable, "the reply is empty")


def _count(usage: Json, of: str) -> int:
    count = usage.get(of) if isinstance(usage, dict) else None
    return count if isinstance(count, int) and count > 0 else 0


def stored_reply(call: ModelCall) -> Reply:
    """The reply of a stored call."""
    return Reply(text=call.reply, finish="unknown", thought=None, usage=call.usage, cost=call.cost)

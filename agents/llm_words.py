"""What AutoGen says in our words, and what litellm's responses say in ours. Asks nobody."""

import math
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
from ..transcripts.records import Message, ModelCall, Usage
from .llm_retry import Failure

__all__ = ["Reply", "message_of", "reply_of", "stored_reply"]


@dataclass(frozen=True)
class Reply:
    """What is of use in a response."""

    text: str
    finish: FinishReasons
    thought: str | None
    usage: Usage
    cost: float | None
    """US dollars; None where litellm does not know the price."""


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
        if choice.finish_reason == "content_filter":
            return Failure(ModelRefused, "the provider's content filter withheld the reply")
        return Failure(ModelUnavailable, "the reply is empty")
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


def stored_reply(call: ModelCall) -> Reply:
    """The reply of a stored call."""
    return Reply(text=call.reply, finish="unknown", thought=None, usage=call.usage, cost=call.cost)

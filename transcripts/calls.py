"""What passes between a seat and a model: the messages of a prompt, and a call with what it cost."""

from collections.abc import Mapping, Sequence
from typing import Literal

from pydantic import Field

from .values import Json, Record, Words, content_id

__all__ = ["Message", "ModelCall", "Usage"]


class Message(Record):
    """One message of a prompt, in the form that chat models take."""

    role: Literal["system", "user", "assistant"]
    content: Words


class Usage(Record):
    """Tokens of one model call."""

    prompt_tokens: int = Field(default=0, ge=0)
    completion_tokens: int = Field(default=0, ge=0)


class ModelCall(Record):
    """One request to a model and what came back."""

    key: str
    """Hash of all that determines the reply: model, parameters, messages, sample index."""
    model: str
    params: Mapping[str, Json] = Field(default_factory=dict)
    messages: tuple[Message, ...]
    reply: Words
    usage: Usage = Usage()
    cost: float | None = None
    """US dollars; None where the price of the model is not known (unknown is not zero)."""
    seconds: float = Field(default=0.0, ge=0.0)
    """Wall-clock seconds that the caller waited, shared batches and retries included."""
    cached: bool = False
    """Whether an identical stored call answered it: nobody was asked and nothing was paid."""

    @staticmethod
    def key_of(model: str, params: Mapping[str, Json], messages: Sequence[Message], sample: int = 0) -> str:
        """The key under which an identical call would be found again."""
        return content_id(model, dict(params), [[m.role, m.content] for m in messages], sample)

"""How models are asked: the settings of a client. They hold no key, only the place where one is found."""

import os
import re
from typing import Literal

from pydantic import ConfigDict, Field, field_validator

from ..transcripts.errors import ConfigError
from ..transcripts.records import Record

__all__ = ["LLMSettings", "api_key"]

_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


class LLMSettings(Record):
    """Where a model is found, and how patient one is with it."""

    # A key that was given in place of its variable's name must not appear in the error.
    model_config = ConfigDict(hide_input_in_errors=True)

    base_url: str | None = None
    """Address of an OpenAI-compatible server, ``http://127.0.0.1:8080/v1`` say; None: the provider's own."""
    transport: Literal["auto", "litellm", "openai"] = "auto"
    """The way there: through litellm, or straight to `base_url` (``openai``), which takes a tenth of the CPU
    time. ``auto``: straight, unless no `base_url` is set or the model's name begins with a provider of
    litellm's, as ``groq/…`` does."""
    api_key_env: str | None = None
    """Name of the environment variable that holds the key; None: the one that litellm reads, which is
    ``HOSTED_VLLM_API_KEY`` where one goes straight to `base_url`."""
    timeout: float = Field(default=120.0, gt=0.0)
    """Seconds that one try may take."""
    max_retries: int = Field(default=5, ge=0)
    """Further tries after 429, 5xx, time-outs, cut connections and malformed replies."""
    max_wait: float = Field(default=60.0, ge=0.0)
    """Longest wait between two tries, in seconds; a server that asks for more is given up."""
    max_concurrency: int = Field(default=32, ge=1)
    """Most requests under way at once to one model at one address, by all seats together; others wait. A 429
    halves it, and replies raise it again."""
    temperature: float | None = Field(default=None, ge=0.0)
    """None: the server's default."""
    max_tokens: int | None = Field(default=None, ge=1)
    """Longest reply, in tokens; None: the server's default."""
    send_seed: bool = True
    """Send the cue's seed along, so that servers which heed it repeat themselves."""
    attempts_to_parse: int = Field(default=3, ge=1)
    """How often a reply is asked for until it can be parsed."""
    context_window: int | None = Field(default=None, ge=1)
    """Tokens that the model takes; None: as litellm knows it."""

    @field_validator("api_key_env")
    @classmethod
    def _is_variable(cls, value: str | None) -> str | None:
        if value is not None and not _VARIABLE.fullmatch(value):
            raise ValueError("must be the name of an environment variable, never a key itself")
        return value

    @field_validator("base_url")
    @classmethod
    def _is_url(cls, value: str | None) -> str | None:
        if value is not None and not re.match(r"https?://[^/\s]", value):
            raise ValueError("must be an address that begins with http:// or https://")
        return value.rstrip("/") if value else None


def api_key(settings: LLMSettings) -> str | None:
    """The key itself; None where the settings name no variable.

    Raises:
        ConfigError: the variable is not set.
    """
    if settings.api_key_env is None:
        return None
    key = os.environ.get(settings.api_key_env, "").strip()
    if not key:
        raise ConfigError(f"the environment variable '{settings.api_key_env}' is not set; put the key in it.")
    return key

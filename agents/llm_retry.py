"""What went wrong with a model call, and how long to wait before it is tried again. Makes no call itself."""

import json
import random
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from ..transcripts.errors import (
    ModelError,
    ModelRefused,
    ModelTimeout,
    ModelUnavailable,
    RateLimited,
)

__all__ = ["Failure", "backoff", "failure_of", "failure_of_answer", "redact"]

FIRST_WAIT = 0.5
"""Seconds before the first retry; each further wait is twice as long, less a random part of up to half."""

_KEY = re.compile(r"\b(?:sk|pk|gsk|key|hf)[-_][\w-]{8,}|(?<=Bearer )\S+", re.IGNORECASE)
_OBJECT = re.compile(r" ?(?:ssl:)?<[\w.]+ object at 0x[0-9a-f]+>")
_PREFIX = re.compile(r"^(?:[\w.]*(?:Error|Timeout|Timeout Error|Exception|LiteLLM)(?:: | - ))+")
_WAY_OUT: Mapping[type[ModelError], str] = {
    RateLimited: "Lower 'max_concurrency' or raise 'max_retries'.",
    ModelTimeout: "Raise 'timeout', or ask for shorter replies by 'max_tokens'.",
    ModelUnavailable: "See whether the server is up and answers as OpenAI's does.",
    ModelRefused: "Check the key, the model's name and the settings.",
}


@dataclass(frozen=True)
class Failure:
    """One try that failed."""

    kind: type[ModelError]
    reason: str
    status: int | None = None
    """The HTTP status; None where there was no answer."""
    retry_after: float | None = None
    """Seconds after which the server asks to be called again."""

    @property
    def may_pass(self) -> bool:
        """Whether another try can help."""
        return self.kind is not ModelRefused

    def error(self, model: str, attempts: int) -> ModelError:
        """The error to raise once `attempts` tries have failed."""
        status = "" if self.status is None else f"status {self.status}, "
        tries = "1 attempt" if attempts == 1 else f"{attempts} attempts"
        reason = self.reason.rstrip(". ")
        return self.kind(f"model '{model}': {reason} ({status}{tries}). {_WAY_OUT[self.kind]}")


def failure_of(error: Exception, secret: str | None = None) -> Failure:
    """What an exception, litellm's or another, means to us; `secret` is blotted out of its words."""
    reason = _reason(str(error), secret) or type(error).__name__
    if isinstance(error, TimeoutError):
        return Failure(ModelTimeout, reason)
    if "missing credentials" in reason.lower():  # no server said so: litellm makes a 500 of it
        return Failure(ModelRefused, reason)
    status = getattr(error, "status_code", None)
    sent = getattr(error, "litellm_response_headers", None)
    if not isinstance(status, int) or (status >= 500 and sent is None):
        status = None  # to litellm a cut connection is a 500, which no server sent
    response = getattr(error, "response", None)
    return _judged(status, reason, _wait(sent) or _wait(getattr(response, "headers", None)))


def failure_of_answer(
    status: int | None, words: str, headers: Mapping[str, str] | None = None, secret: str | None = None
) -> Failure:
    """What a server's answer means that is no reply; `secret` is blotted out of its `words`."""
    return _judged(status, _reason(words, secret), _wait(headers))


def backoff(attempt: int, seed: int, longest: float) -> float:
    """Seconds to wait after failed try number `attempt` (from 1); the jitter follows from `seed`."""
    wait = FIRST_WAIT * 2.0 ** min(attempt - 1, 30)
    return min(wait, longest) * random.Random(seed + attempt).uniform(0.5, 1.0)


def redact(text: str, secret: str | None = None) -> str:
    """`text` without the secret and without anything that looks like a key."""
    return _KEY.sub("***", text.replace(secret, "***") if secret else text)


def _judged(status: int | None, reason: str, wait: float | None) -> Failure:
    if status == 408:  # litellm reports a time-out so, which no server sent
        return Failure(ModelTimeout, reason)
    if status == 429:
        return Failure(RateLimited, reason, status, wait)
    if status is not None and 400 <= status < 500:
        return Failure(ModelRefused, reason, status)
    return Failure(ModelUnavailable, reason, status, wait)


def _reason(text: str, secret: str | None) -> str:
    """What the server said, without litellm's wrapping, tracebacks and keys; at most 300 characters."""
    text = text.partition("Traceback (most recent call last)")[0]
    text = _PREFIX.sub("", _OBJECT.sub("", text.replace("\n", " ")).strip()).strip()
    start = text.find("{")
    if start >= 0:
        try:
            said = json.loads(text[start:])
        except ValueError:
            said = None
        inner = said.get("error", said) if isinstance(said, dict) else None
        message = inner.get("message") if isinstance(inner, dict) else inner
        text = message if isinstance(message, str) else text
    return redact(text, secret)[:300]


def _wait(headers: Mapping[str, str] | None) -> float | None:
    """The wait that the server asks for in ``Retry-After``: seconds, or an HTTP date."""
    value = headers.get("retry-after") if headers is not None else None
    if value is None:
        return None
    try:
        return max(0.0, float(value))
    except ValueError:
        pass
    try:
        return max(0.0, (parsedate_to_datetime(value) - datetime.now(UTC)).total_seconds())
    except (ValueError, TypeError):
        return None

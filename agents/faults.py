"""What can go wrong with requests to a model's server, for the `fake_server` to do. Does nothing itself."""

import json
import math
import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

__all__ = ["FAULTS", "Fault", "chaos", "error_body", "rate_limited"]


@dataclass(frozen=True)
class Fault:
    """What goes wrong with one request. The default is that nothing does."""

    status: int = 200
    body: str | None = None
    """Sent in place of the completion."""
    content_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)
    delay: float = 0.0
    """Seconds before anything is sent; ``math.inf`` hangs for ever."""
    cut: bool = False
    """Close the connection: at once, or, where `body` is set, after half of it was sent."""
    without: tuple[str, ...] = ()
    """Fields that the completion lacks, as in ``("usage",)``."""


def error_body(message: str, kind: str) -> str:
    """What OpenAI-compatible servers send with an error."""
    return json.dumps({"error": {"message": message, "type": kind, "code": None}})


def rate_limited(retry_after: float | None = None) -> Fault:
    """A 429; with `retry_after`, the seconds after which the server asks to be called again."""
    headers = {} if retry_after is None else {"Retry-After": f"{retry_after:g}"}
    return Fault(status=429, body=error_body("too many requests", "rate_limit_error"), headers=headers)


_HALF = '{"id": "chatcmpl-fake", "object": "chat.completion", "choices": [{"index": 0, "mess'

FAULTS: Mapping[str, Fault] = {
    "429": rate_limited(),
    "429 with Retry-After": rate_limited(0.05),
    "500": Fault(status=500, body="boom", content_type="text/plain"),
    "503 with Retry-After": Fault(status=503, body="{}", headers={"Retry-After": "0.05"}),
    "hangs": Fault(delay=math.inf),
    "cut at once": Fault(cut=True),
    "cut in the middle": Fault(cut=True, body=_HALF),
    "half a JSON": Fault(body=_HALF),
    "wrong content type": Fault(body="<html>hello</html>", content_type="text/html"),
    "no choices": Fault(body='{"id": "x", "object": "chat.completion", "choices": []}'),
    "no words": Fault(body='{"choices": [{"index": 0, "message": {"role": "assistant", "content": null}}]}'),
}
"""One of each kind that may pass."""


def chaos(seed: int, rate: float) -> Iterator[Fault | None]:
    """Faults without end: each request fails with probability `rate`, in any of the ways of `FAULTS`."""
    rng = random.Random(seed)
    kinds = list(FAULTS.values())
    while True:
        yield rng.choice(kinds) if rng.random() < rate else None

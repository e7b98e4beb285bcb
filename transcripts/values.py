"""What records are made of: frozen values, words that UTF-8 can hold, ids and seeds that come of content."""

import hashlib
import json
from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict

__all__ = ["Json", "Record", "Words", "content_id", "derive_seed", "now"]

Json = Any
"""A value that JSON can hold."""

_ENCODER = json.JSONEncoder(sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def _sayable(text: str) -> str:
    """`text` with question marks in place of what models do send, but not every database can hold.

    UTF-8 has no lone surrogates, and PostgreSQL no zero bytes.
    """
    text = text.replace("\0", "?")
    return text if text.isascii() else text.encode(errors="replace").decode()


Words = Annotated[str, AfterValidator(_sayable)]
"""Free text, as people and models write it."""


class Record(BaseModel):
    """A frozen value that refuses unknown fields."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


def content_id(*parts: Json) -> str:
    """Sixteen hexadecimal digits that follow from `parts` alone: the same content has the same id."""
    text = _ENCODER.encode(parts)
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()[:16]


def derive_seed(*parts: Json) -> int:
    """A seed from 0 to 2**63 - 1 that follows from `parts` alone; unlike a sum, it does not collide."""
    return int(content_id(*parts), 16) >> 1


def now() -> datetime:
    """The time in UTC, to the microsecond."""
    return datetime.now(UTC)

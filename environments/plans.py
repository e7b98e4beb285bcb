"""Two plans compared: what is another, by dotted name. Knows no course and no persona."""

import json
from collections.abc import Iterator, Mapping, Sequence

from ..transcripts.records import Json

__all__ = ["differences"]

LETTERS = 60
"""Of a value that is shown."""


def differences(stored: Json, now: Json, name: str = "") -> Iterator[str]:
    """What differs between two plans, a line each: ``personas.teacher.version: 1, now 2``.

    Parts of a list that all have an ``id`` or a ``seat`` are compared by it, others by their place.
    """
    if isinstance(stored, Mapping) and isinstance(now, Mapping):
        for key in [*stored, *(key for key in now if key not in stored)]:
            yield from differences(stored.get(key), now.get(key), f"{name}.{key}" if name else str(key))
    elif _is_list(stored) and _is_list(now):
        yield from differences(_named(stored), _named(now), name)
    elif stored != now:
        yield f"{name}: {_shown(stored)}, now {_shown(now)}"


def _is_list(value: Json) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str)


def _named(values: Sequence[Json]) -> dict[str, Json]:
    for key in ("id", "seat"):
        if all(isinstance(value, Mapping) and key in value for value in values):
            return {str(value[key]): value for value in values}
    return {str(place): value for place, value in enumerate(values)}


def _shown(value: Json) -> str:
    if value is None:
        return "nothing"
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= LETTERS else f"{text[:LETTERS]}…"

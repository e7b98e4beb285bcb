"""How parsers are fuzzed: valid inputs are cut, doubled, spliced and filled with oddities.

A recipe of a few bytes says what is done to a valid input, six bytes an edit, so that hypothesis draws once a
case and shrinks to the fewest edits. ``SCHOOLROOM_FUZZ`` says how many cases each parser gets (`make fuzz`:
10,000); a case that takes longer than `LONGEST` counts as a parser that hangs.
"""

import contextlib
import copy
import json
import os
import signal
from collections.abc import Callable, Iterator, Sequence
from types import FrameType
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from schoolroom.transcripts.errors import SchoolroomError
from schoolroom.transcripts.records import Json

CASES = int(os.environ.get("SCHOOLROOM_FUZZ", "100"))
LONGEST = 20.0
"""Seconds of CPU time; a thousand times what any parser takes."""

WORDS = (
    *(
        "\0",
        "\ud800",
        "\u202e",
        "\u2028",
        "\x1b[31m",
        "\r",
        "\n\n",
        "\t",
        "İ",
        "ß",
        "½",
        "²",
        "٣",
        "\U0001d7d8",
        "é́",
    ),
    *(
        "NaN",
        "-Infinity",
        "1e999",
        "-0",
        "0x1F",
        "9" * 400,
        "9" * 5_000,
        "1979-05-27T07:32:00Z",
        "null",
        "true",
    ),
    *(
        "[" * 5_000,
        "(" * 300,
        '{"a":' * 2_000,
        "a." * 600,
        "]",
        "}",
        "}}",
        '"',
        "'''",
        '"""',
        "\\",
        "#",
        "=",
        ":",
    ),
    *(
        "${file}",
        "${",
        "{question.__class__}",
        "{",
        "{steps}",
        "%s",
        "../",
        "~",
        "file:",
        "jsonl:",
        "://",
        "@",
    ),
    *(
        "a" * 5_000,
        " " * 3_000,
        "- " * 1_000,
        "\n" * 2_000,
        "9**9**9",
        "1/0",
        "= " * 500,
        "<<1=",
        ">>",
        "####",
    ),
    *("answer:", "all correct", "step 999999999 is wrong", "score: 1.5", "\\boxed{", "```json", "(weight 0)"),
)
"""What parsers may not expect, in text."""

VALUES: Sequence[Json] = (
    *(None, True, False, 0, -1, 2**31, 10**30, 1e308, float("nan"), float("-inf"), 0.5),
    *("", " ", "\0", "\ud800", "x" * 5_000, "null", "9" * 4_000, "../../etc/passwd", "${file}", "{question}"),
    *([], {}, [None], [[]], {"": {}}, ["a"] * 500, {"kind": "grade"}, {"a": {"b": [1, {"c": "d"}]}}),
)
"""What parsers may not expect, in JSON."""


def _edits(recipe: bytes) -> Iterator[tuple[int, float, float, int, int]]:
    """What to do, where from, where to, and two choices; from each six bytes."""
    for start in range(1, len(recipe) - 5, 6):
        what, high, low, size, one, other = recipe[start : start + 6]
        place = (high * 256 + low) / 65_536
        yield what, place, min(1.0, place + (size / 256) ** 3), one, other


def _text(recipe: bytes, valid: Sequence[str]) -> str:
    text = valid[recipe[0] % len(valid)] if recipe else valid[0]
    for what, place, until, one, other in _edits(recipe):
        start, end = int(place * len(text)), int(until * len(text)) + 1
        strange = valid[other % len(valid)]
        piece = {
            0: WORDS[one % len(WORDS)],  # put in place of what is there
            1: "",  # taken out
            2: text[start:end] * (2 + one % 8),  # doubled
            3: strange[int(one / 256 * len(strange)) :][: 1 + other],  # from another input
            4: text[start:end][::-1],
            5: chr(one * 256 + other),
        }.get(what % 7)
        if piece is None:  # put in beside what is there
            piece, end = WORDS[one % len(WORDS)], start
        text = text[:start] + piece + text[end:]
    return text[:60_000]


def _json(recipe: bytes, valid: Sequence[Json]) -> Json:
    value = copy.deepcopy(valid[recipe[0] % len(valid)]) if recipe else valid[0]
    holder: dict[str, Json] = {"": value}
    for what, place, _, one, other in _edits(recipe):
        inner, key = _chosen(holder, place)
        odd = copy.deepcopy(VALUES[one % len(VALUES)])
        match what % 6:
            case 0 | 1:
                inner[key] = odd
            case 2 if inner is not holder:
                del inner[key]
            case 3:
                inner[key] = [inner[key]] if one % 2 else {"a": inner[key]}
            case 4:
                source, other_key = _chosen(holder, other / 256)
                inner[key] = copy.deepcopy(source[other_key])
            case 5 if isinstance(inner, dict) and inner is not holder:
                inner[WORDS[one % len(WORDS)][:300]] = inner[key] if other % 2 else odd
    return holder[""]


def _chosen(holder: dict[str, Json], place: float) -> tuple[Any, Any]:
    """One of all places in a JSON value: what holds it, and under which key."""
    places: list[tuple[Any, Any]] = []
    waiting: list[tuple[Any, Any]] = [(holder, "")]
    while waiting and len(places) < 500:
        inner, key = waiting.pop()
        places.append((inner, key))
        value = inner[key]
        keys = value if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
        waiting += [(value, key) for key in keys]
    return places[int(place * len(places))]


def _line(value: Json) -> str:
    return json.dumps(value)


class Mutations:
    """Strategies for inputs that are nearly valid."""

    @staticmethod
    def text(*valid: str) -> st.SearchStrategy[str]:
        """Nearly one of these texts."""
        return st.binary(max_size=31).map(lambda recipe: _text(recipe, valid))

    @staticmethod
    def json(*valid: Json) -> st.SearchStrategy[Json]:
        """Nearly one of these values, as Python has them."""
        return st.binary(max_size=31).map(lambda recipe: _json(recipe, valid))

    @staticmethod
    def lines(*valid: Json) -> st.SearchStrategy[str]:
        """Nearly one of these values as a line of JSON; or a line that is nearly JSON."""
        texts = [json.dumps(value) for value in valid]
        values = st.binary(max_size=31).map(lambda recipe: json.dumps(_json(recipe, valid)))
        return values | Mutations.text(*texts)


@pytest.fixture(scope="session")
def mutated() -> type[Mutations]:
    """Strategies for inputs that are nearly valid."""
    return Mutations


Fuzz = Callable[..., None]


@pytest.fixture
def fuzz() -> Fuzz:
    """Give a parser many inputs: it must end, with a value or an error of schoolroom's that says something.

    One that is `total` reads everything.
    """

    def run(inputs: st.SearchStrategy[Any], parse: Callable[[Any], object], *, total: bool = False) -> None:
        ended = {"read": 0, "refused": 0}

        @settings(
            max_examples=CASES,
            database=None,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow],
            phases=[Phase.generate, Phase.shrink],
        )
        @given(inputs)
        def case(given_: Any) -> None:
            with _no_longer_than(LONGEST):
                try:
                    parse(given_)
                    ended["read"] += 1
                except SchoolroomError as error:
                    ended["refused"] += 1
                    said = str(error)
                    assert said.strip(), f"{type(error).__name__} says nothing"  # noqa: PT017

        case()
        print(f"{sum(ended.values()):,} cases: {ended['read']:,} read, {ended['refused']:,} refused")
        assert ended["read"], "nothing was read: the inputs are too far from valid ones"
        assert bool(ended["refused"]) is not total

    return run


@contextlib.contextmanager
def _no_longer_than(seconds: float) -> Iterator[None]:
    """Raise where what is inside takes more CPU time than that, regular expressions included."""

    def stop(_: int, __: FrameType | None) -> None:
        raise AssertionError(f"it took longer than {seconds:g} s")

    before = signal.signal(signal.SIGVTALRM, stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)

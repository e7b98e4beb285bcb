"""The tree in the docstring is the tree in the code, and each branch has its exit code."""

import re

import pytest

from schoolroom.transcripts import errors
from schoolroom.transcripts.errors import SchoolroomError, UnknownName, did_you_mean


def drawn() -> list[tuple[str, str, int]]:
    """(name, name of its parent, exit code) as the docstring draws them."""
    found: list[tuple[str, str, int]] = []
    above: list[tuple[int, str, int]] = [(-1, "Exception", 0)]
    for line in (errors.__doc__ or "").splitlines():
        match = re.match(r"^([ │├└─]*)([A-Z]\w+)(?:\s{2,}(?:(\d)\b)?|$)", line)
        if not match or not line.startswith("    "):
            continue
        depth, name = len(match[1]), match[2]
        while above[-1][0] >= depth:
            above.pop()
        code = int(match[3]) if match[3] else above[-1][2]
        found.append((name, above[-1][1], code or SchoolroomError.exit_code))
        above.append((depth, name, code))
    return found


def real() -> list[tuple[str, str, int]]:
    kinds = [getattr(errors, name) for name in errors.__all__]
    return [
        (kind.__name__, kind.__bases__[0].__name__, kind.exit_code)
        for kind in kinds
        if isinstance(kind, type) and issubclass(kind, SchoolroomError)
    ]


def test_the_tree_drawn_is_the_real_tree() -> None:
    assert sorted(drawn()) == sorted(real())
    assert len(drawn()) > 20


def test_everything_public_is_exported() -> None:
    defined = {
        name for name, value in vars(errors).items() if getattr(value, "__module__", "") == errors.__name__
    }
    assert defined == set(errors.__all__)
    assert errors.__all__ == sorted(errors.__all__)


def test_only_branches_set_exit_codes_and_no_two_share_one() -> None:
    codes = [code for _, parent, code in real() if parent == "SchoolroomError"]
    assert sorted(codes) == [2, 3, 4, 5, 6, 7]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("addtion", "unknown course 'addtion'; did you mean 'addition'? known: addition, words"),
        ("zzz", "unknown course 'zzz'; known: addition, words"),
    ],
)
def test_an_unknown_name_is_answered_with_the_known_ones(name: str, message: str) -> None:
    assert str(UnknownName("course", name, ["words", "addition"])) == message


def test_a_hint_needs_something_near() -> None:
    assert did_you_mean("tempreature", iter(["temperature", "seed"])) == "; did you mean 'temperature'?"
    assert did_you_mean("tempreature", []) == ";"

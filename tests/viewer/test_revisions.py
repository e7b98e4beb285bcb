"""Revisions: which attempt they are compared with, what went and what came, and what is still wrong."""

from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st

from schoolroom.transcripts.records import Episode, Feedback
from schoolroom.transcripts.replies import parse_attempt
from schoolroom.viewer.revisions import changes, revision

Talk = Callable[..., Episode]

FIRST, SECOND = "7+5=13, write 3\nanswer: 13", "7+5=12, write 2\nanswer: 12"
BLAME = Feedback(correct=False, step=0, reason="it is 12")


def revised(talk: Talk, first: str, second: str) -> Episode:
    return talk(
        ("student", "attempt", first, parse_attempt(first)),
        ("teacher", "feedback", "step 1 is wrong", BLAME),
        ("student", "revise", second, parse_attempt(second), (0, 1)),
        ("teacher", "feedback", "step 1 is wrong", BLAME, (2,)),
    )


def test_lines_that_went_stand_before_those_that_came(talk: Talk) -> None:
    episode = revised(talk, FIRST, SECOND)
    found = revision(episode, episode.turns[2])
    assert found is not None
    assert found.of == 0
    assert [(line.kind, "".join(piece.text for piece in line.pieces)) for line in found.lines] == [
        *(("gone", line) for line in FIRST.split("\n")),
        *(("new", line) for line in SECOND.split("\n")),
    ]
    assert [piece.text for piece in found.lines[0].pieces if piece.changed] == ["13", "3"]
    assert [blame.turn for line in found.lines for blame in line.blames] == [3]
    assert found.lines[2].blames


def test_an_attempt_revises_nothing_and_feedback_is_no_solution(talk: Talk) -> None:
    episode = revised(talk, FIRST, SECOND)
    assert [revision(episode, turn) is None for turn in episode.turns] == [True, True, False, True]


def test_the_same_again_is_said_to_be_the_same(talk: Talk) -> None:
    episode = revised(talk, FIRST, FIRST)
    found = revision(episode, episode.turns[2])
    assert found is not None
    assert found.unchanged


def test_what_nobody_would_read_is_not_compared(talk: Talk) -> None:
    episode = revised(talk, FIRST, "x\n" * 5_000)
    assert revision(episode, episode.turns[2]) is None


lines = st.lists(st.text(alphabet="ab1 ", max_size=4), min_size=1, max_size=6)


@given(was=lines, now=lines)
def test_both_solutions_can_be_read_back(was: list[str], now: list[str]) -> None:
    found = list(changes(was, now, [()] * len(now)))
    texts = [(line.kind, "".join(piece.text for piece in line.pieces)) for line in found]
    assert [text for kind, text in texts if kind != "new"] == was
    assert [text for kind, text in texts if kind != "gone"] == now

"""Forks as a tree, and two episodes beside each other from where they part."""

from collections.abc import Callable
from typing import Any

from schoolroom.transcripts.kinship import Relative
from schoolroom.transcripts.paging import Window
from schoolroom.transcripts.records import Episode, Feedback, Role, SeatInfo
from schoolroom.transcripts.replies import parse_attempt
from schoolroom.viewer.beside import pairs
from schoolroom.viewer.branches import branches

Talk = Callable[..., Episode]


def relative(id_: str, parent: str | None = None, at: int | None = None, **fields: Any) -> Relative:
    teacher = SeatInfo(
        seat="teacher", role=Role.TEACHER, persona=fields.pop("teacher", "patient@1"), model="scripted"
    )
    given = {"run": "r", "kind": "fork", "seed": 0, "ending": "finished", "seats": (teacher,), **fields}
    return Relative(episode=id_, parent=parent, at=at, **given)


def test_forks_stand_below_what_they_part_from_in_the_order_of_their_turns(talk: Talk) -> None:
    found = branches(
        talk(id="b"),
        [
            relative("a"),
            relative("c", "a", 3, seed=1),
            relative("b", "a", 1, teacher="terse@1"),
            relative("d", "b", 2, teacher="terse@1"),
        ],
    )
    assert [(one.relative.episode, one.depth, one.is_here, one.differs) for one in found] == [
        ("a", 0, False, ""),
        ("b", 1, True, "teacher: terse@1"),
        ("d", 2, False, "the same people"),
        ("c", 1, False, "another seed"),
    ]


def test_who_stands_alone_has_no_tree_and_a_lost_parent_is_no_harm(talk: Talk) -> None:
    assert branches(talk(id="a"), [relative("a")]) == ()
    found = branches(talk(id="a"), [relative("a", "lost", 1), relative("b", "lost", 2)])
    assert [(one.relative.episode, one.depth) for one in found] == [("a", 0), ("b", 0)]


def test_turns_beside_each_other_begin_where_they_part(talk: Talk) -> None:
    attempt = ("student", "attempt", "answer: 13", parse_attempt("answer: 13"), ())
    right, wrong = Feedback(correct=True), Feedback(correct=False, reason="it is 12")
    a = talk(attempt, ("teacher", "feedback", "fine\nall correct", right))
    b = talk(attempt, ("teacher", "feedback", "the answer is wrong", wrong), attempt)
    both, alone = pairs(a, b)
    assert both.left is not None
    assert both.right is not None
    assert (both.left.verdict, both.right.verdict) == ("✓ all correct", "✗ the answer: it is 12")
    assert both.left.task == "feedback on turn 1"
    assert [row.kind for row in both.rows] == ["changed", "gone"]
    assert alone.left is None
    assert [row.kind for row in alone.rows] == ["new"]
    assert list(pairs(a, a)) == []


def test_long_turns_stand_whole_beside_each_other(talk: Talk) -> None:
    a, b = (talk(("student", "attempt", letter * 2_000, None)) for letter in ("x\n", "y\n"))
    (pair,) = pairs(a, b)
    (row,) = pair.rows
    assert row.kind == "changed"


def test_a_fork_is_shown_beside_its_parent(browser: Any, window: Window) -> None:
    forked = next(one for one in window.episodes(calls=False) if one.origin is not None)
    assert forked.origin is not None
    page = browser.get(f"/episodes/{forked.origin.episode}/beside/{forked.id}").text
    assert "1 turn in common" in page
    assert "socratic@1" in page
    assert "The same from beginning to end" in browser.get(f"/episodes/{forked.id}/beside/{forked.id}").text

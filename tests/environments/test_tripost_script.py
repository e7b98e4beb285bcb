"""TriPosT's script as a pure generator, and what it says of feedbacks and updates."""

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schoolroom.environments.script import Script, find_script
from schoolroom.environments.scripts.tripost import acceptable_update, differs, tripost
from schoolroom.environments.subjects.registry import find_subject
from schoolroom.transcripts.records import Attempt, Cue, Feedback, Payload, Question, Role, Turn
from schoolroom.transcripts.replies import parse_attempt

Q = Question.make(lesson="l", subject="s", text="1 + 1")
RIGHT = Feedback(correct=True)


def wrong(step: int, span: str | None = None) -> Feedback:
    return Feedback(correct=False, step=step, span=span)


def walk(script: Script, *said: str | Feedback | None) -> list[Any]:
    """(seat, ask, what was heard) of each cue when the script hears `said`; None cannot be read."""
    words: Iterator[str | Feedback | None] = iter(said)
    turns: list[Turn] = []

    def answer(cue: Cue) -> Turn:
        word = next(words, "")
        payload: Payload | None = parse_attempt(word) if isinstance(word, str) else word
        turn = Turn(
            index=len(turns),
            seat=cue.seat,
            role=Role("teacher" if cue.seat == "editor" else cue.seat),
            persona="p@1",
            ask=cue.ask,
            heard=tuple(t.index for t in cue.heard),
            text=str(word),
            payload=payload,
        )
        turns.append(turn)
        return turn

    seen: list[Any] = []
    try:
        cued = next(script)
        while True:
            cues = (cued,) if isinstance(cued, Cue) else cued
            seen += [(c.seat, str(c.ask), tuple(t.index for t in c.heard)) for c in cues]
            cued = script.send(answer(cued) if isinstance(cued, Cue) else tuple(map(answer, cued)))
    except StopIteration:
        assert next(words, None) is None, "the script ended early"
        return seen


ATTEMPTED = [("student", "attempt", ()), ("teacher", "feedback", (0,))]
A, B, C, D = (f"{line}\nanswer: 9" for line in ("a1\nb1\nc1", "a2\nb1\nc1", "a2\nb2\nc1", "a2\nb2\nc2"))
"""Each changes one line of the one before."""


def test_a_right_attempt_is_graded_and_the_student_not_asked_to_check_it() -> None:
    assert walk(tripost(Q), A, RIGHT) == [*ATTEMPTED, ("grader", "grade", (0,))]


def test_where_the_students_feedback_differs_the_editor_goes_on_from_the_teachers() -> None:
    assert walk(tripost(Q), A, wrong(0), wrong(1), B, RIGHT) == [
        *ATTEMPTED,
        ("student", "feedback", (0,)),
        ("teacher", "demonstrate", (0, 1)),
        ("teacher", "feedback", (3,)),
        ("grader", "grade", (0,)),
    ]


@pytest.mark.parametrize("own", [RIGHT, None, wrong(0, "x")])
def test_missing_a_mistake_saying_nothing_and_another_span_are_different_too(own: Feedback | None) -> None:
    assert walk(tripost(Q), A, wrong(0, "a1"), own, B, RIGHT)[3] == ("teacher", "demonstrate", (0, 1))


def test_where_they_agree_the_student_updates_itself() -> None:
    assert walk(tripost(Q), A, wrong(0), wrong(0), B, wrong(1), wrong(2), C, RIGHT) == [
        *ATTEMPTED,
        ("student", "feedback", (0,)),
        ("student", "revise", (0, 2)),
        ("teacher", "feedback", (3,)),
        ("student", "feedback", (3,)),
        ("teacher", "demonstrate", (3, 4)),
        ("teacher", "feedback", (6,)),
        ("grader", "grade", (0,)),
        ("grader", "grade", (3,)),
    ]


def test_an_update_of_ones_own_that_is_right_ends_it() -> None:
    assert walk(tripost(Q), A, wrong(0), wrong(0), B, RIGHT)[4:] == [
        ("teacher", "feedback", (3,)),
        ("grader", "grade", (0,)),
        ("grader", "grade", (3,)),
    ]


def test_an_update_of_ones_own_that_changes_nothing_is_edited() -> None:
    assert walk(tripost(Q), A, wrong(0), wrong(0), A, B, RIGHT)[4:6] == [
        ("teacher", "demonstrate", (0, 1)),
        ("teacher", "feedback", (4,)),
    ]


@pytest.mark.parametrize("rounds", [0, 1, 2])
def test_the_student_updates_at_most_so_often(rounds: int) -> None:
    own = [word for attempt, step in ((B, 1), (C, 2)) for word in (wrong(step - 1), attempt, wrong(step))]
    edited = (B, C, D)[rounds]
    seen = walk(tripost(Q, rounds=rounds), A, wrong(0), *own[: 3 * rounds], edited, RIGHT)
    assert [ask for seat, ask, _ in seen if seat == "student"] == [
        "attempt",
        *["feedback", "revise"] * rounds,
    ]
    assert seen[-1 - rounds - 2][:2] == ("teacher", "demonstrate")


def test_editing_goes_on_while_updates_get_further() -> None:
    seen = walk(tripost(Q, rounds=0), A, wrong(0), B, wrong(1), C, wrong(2), D, RIGHT)
    assert seen[2:] == [
        ("teacher", "demonstrate", (0, 1)),
        ("teacher", "feedback", (2,)),
        ("teacher", "demonstrate", (2, 3)),
        ("teacher", "feedback", (4,)),
        ("teacher", "demonstrate", (4, 5)),
        ("teacher", "feedback", (6,)),
        ("grader", "grade", (0,)),
    ]


@pytest.mark.parametrize("again", [0, 1])
def test_the_same_or_an_earlier_step_blamed_again_ends_it(again: int) -> None:
    seen = walk(tripost(Q, rounds=0), B, wrong(1), C, wrong(again))
    assert seen[3:] == [("teacher", "feedback", (2,)), ("grader", "grade", (0,))]


def test_a_refused_update_gets_no_feedback_and_another_is_asked_for() -> None:
    seen = walk(tripost(Q, rounds=0), A, wrong(0), A, "no answer", B, RIGHT)
    assert seen[2:] == [
        ("teacher", "demonstrate", (0, 1)),
        ("teacher", "demonstrate", (0, 1)),
        ("teacher", "demonstrate", (0, 1)),
        ("teacher", "feedback", (4,)),
        ("grader", "grade", (0,)),
    ]


def test_an_editor_that_repeats_a_refused_update_is_not_asked_again() -> None:
    assert len(walk(tripost(Q, rounds=0), A, wrong(0), A, A)) == 5


def test_the_editor_writes_at_most_so_many_updates() -> None:
    seen = walk(tripost(Q, rounds=0, max_updates=2), A, wrong(0), "x", "y")
    assert [ask for _, ask, _ in seen] == ["attempt", "feedback", "demonstrate", "demonstrate", "grade"]


def test_unverified_updates_need_only_say_an_answer() -> None:
    seen = walk(tripost(Q, rounds=0, verified=False), A, wrong(2), "no answer", B, RIGHT)
    assert [ask for _, ask, _ in seen[2:5]] == ["demonstrate", "demonstrate", "feedback"]


def test_another_seat_may_edit() -> None:
    seen = walk(tripost(Q, rounds=0, editor="editor"), A, wrong(0), B, RIGHT)
    assert seen[2] == ("editor", "demonstrate", (0, 1))


def test_what_the_student_breaks_is_edited_back_where_it_is_asked_to_check_right_attempts() -> None:
    said: list[str | Feedback | None] = [A, RIGHT, wrong(0), B, wrong(0), RIGHT, A, RIGHT]
    assert walk(tripost(Q, overcorrections=True), *said) == [
        *ATTEMPTED,
        ("student", "feedback", (0,)),
        ("student", "revise", (0, 2)),
        ("teacher", "feedback", (3,)),
        ("student", "feedback", (3,)),
        ("teacher", "demonstrate", (3, 4)),
        ("teacher", "feedback", (6,)),
        ("grader", "grade", (0,)),
        ("grader", "grade", (3,)),
    ]


@pytest.mark.parametrize("own", [RIGHT, None])
def test_a_right_attempt_that_the_student_leaves_alone_is_done(own: Feedback | None) -> None:
    assert walk(tripost(Q, overcorrections=True), A, RIGHT, own)[3:] == [("grader", "grade", (0,))]


def test_the_student_is_not_held_to_the_grammar_and_the_teacher_is() -> None:
    script = tripost(Q)
    first = next(script)
    assert isinstance(first, Cue)
    assert first.lenient
    second = script.send(
        Turn(index=0, seat="student", role=Role.STUDENT, persona="p", ask=first.ask, text="")
    )
    assert isinstance(second, Cue)
    assert not second.lenient
    assert find_script("tripost") is tripost


FEEDBACKS = st.one_of(st.just(RIGHT), st.builds(wrong, st.integers(0, 3), st.sampled_from([None, "1", "2"])))


@given(FEEDBACKS, FEEDBACKS)
def test_a_feedback_differs_from_another_both_ways_or_not_at_all(one: Feedback, other: Feedback) -> None:
    assert not differs(one, one)
    assert differs(one, other) == differs(other, one)
    assert differs(one, other) or (one.correct, one.step) == (other.correct, other.step)
    assert differs(one, None)


LINES = st.lists(st.sampled_from("abc"), min_size=1, max_size=4)


@given(LINES, LINES, st.integers(0, 4))
def test_an_accepted_update_changes_the_blamed_line_and_nothing_before_it(
    old: list[str], new: list[str], step: int
) -> None:
    attempt = Attempt(steps=tuple(old[:-1]), answer=old[-1])
    update = Attempt(steps=tuple(new[:-1]), answer=new[-1])
    accepted = acceptable_update(attempt, wrong(step), update)
    inside = step < min(len(old), len(new))
    assert accepted == (inside and old[:step] == new[:step] and old[step] != new[step])
    assert not acceptable_update(attempt, wrong(step), update.model_copy(update={"answer": None}))


@pytest.mark.parametrize(
    ("old", "span", "new", "accepted"),
    [
        ("7+5=11, write 11", "11", "7+5=12, write 12", True),
        ("6+6=12, write 2", "6+6", "6+6+1=13, write 3", True),
        ("so it is 5, as ever", "5", "so it is 5, as always", False),
        ("4+8+1=3, write 3", "3", "4+8+1=13, write 3 carry 1", True),
        ("b, a, c", "b", "a, b, c", True),
        ("so it is 5", "6", "so it is 6", True),
        ("so it is 5", "6", "so it is 5", False),
    ],
)
def test_the_wrong_words_must_be_gone(old: str, span: str, new: str, accepted: bool) -> None:
    attempt, update = (Attempt(steps=("x", line), answer="1") for line in (old, new))
    assert acceptable_update(attempt, wrong(1, span), update) is accepted


def test_feedback_that_names_no_step_leaves_all_lines_open() -> None:
    attempt, update = Attempt(steps=("a",), answer="1"), Attempt(steps=("b", "c"), answer="2")
    assert acceptable_update(attempt, Feedback(correct=False), update)
    assert not acceptable_update(attempt, Feedback(correct=False), attempt)


@pytest.mark.parametrize("name", ["column_addition", "multistep_arithmetic"])
def test_what_a_checker_makes_of_a_slip_is_accepted(name: str) -> None:
    subject = find_subject(name)
    for seed in range(40):
        question = subject.sample(subject.level({}), seed, "l")
        right = subject.solve(question)
        slipped = subject.slip(question, right, seed % (len(right.steps) + 1), seed)
        found = subject.check(question, slipped)
        assert acceptable_update(slipped, found, subject.correct(question, slipped)), (slipped, found)

"""Each script as the pure generator that it is: which cues come, and who has heard what."""

from collections.abc import Iterator
from importlib.metadata import EntryPoint
from typing import Any

import pytest

from schoolroom.environments.script import Script, find_script, script_names
from schoolroom.environments.scripts.demonstration import demonstration
from schoolroom.environments.scripts.exam import exam
from schoolroom.environments.scripts.tutoring import tutoring
from schoolroom.transcripts import plugins
from schoolroom.transcripts.errors import ProtocolError, UnknownName
from schoolroom.transcripts.records import Attempt, Cue, Feedback, Payload, Question, Role, Turn

Q = Question.make(lesson="l", subject="s", text="1 + 1")

Said = tuple[str, Payload | None]

WRONG: Said = ("wrong", Feedback(correct=False))
RIGHT: Said = ("right", Feedback(correct=True))
UNREADABLE: Said = ("eh?", None)


def attempt(text: str) -> Said:
    return text, Attempt(steps=(text,), answer=text)


def walk(script: Script, *said: Said) -> list[Any]:
    """What the script yields when it hears `said`; (seat, ask, what was heard), a list where at once."""
    words: Iterator[Said] = iter(said)
    count = 0

    def answer(cue: Cue) -> Turn:
        nonlocal count
        text, payload = next(words, ("", None))
        turn = Turn(
            index=count,
            seat=cue.seat,
            role=Role(cue.seat),
            persona="p@1",
            ask=cue.ask,
            heard=tuple(t.index for t in cue.heard),
            text=text,
            payload=payload,
        )
        count += 1
        return turn

    def brief(cue: Cue) -> tuple[str, str, tuple[int, ...]]:
        assert cue.question is Q
        return cue.seat, str(cue.ask), tuple(t.index for t in cue.heard)

    seen: list[Any] = []
    try:
        cued = next(script)
        while True:
            seen.append(brief(cued) if isinstance(cued, Cue) else [brief(cue) for cue in cued])
            cued = script.send(answer(cued) if isinstance(cued, Cue) else tuple(map(answer, cued)))
    except StopIteration:
        return seen


def test_tutoring_ends_when_the_teacher_is_satisfied() -> None:
    assert walk(tutoring(Q), attempt("2"), RIGHT) == [
        ("student", "attempt", ()),
        ("teacher", "feedback", (0,)),
        ("grader", "grade", (0,)),
    ]


def test_tutoring_grades_the_revision_that_satisfied_the_teacher() -> None:
    assert walk(tutoring(Q), attempt("3"), WRONG, attempt("2"), RIGHT) == [
        ("student", "attempt", ()),
        ("teacher", "feedback", (0,)),
        ("student", "revise", (0, 1)),
        ("teacher", "feedback", (2,)),
        ("grader", "grade", (2,)),
    ]


@pytest.mark.parametrize("check", [RIGHT, WRONG])
def test_tutoring_shows_how_where_the_last_revision_is_still_wrong_and_checks_what_it_shows(
    check: Said,
) -> None:
    said = [attempt("3"), WRONG, attempt("4"), WRONG, attempt("2"), check]
    assert walk(tutoring(Q), *said) == [
        ("student", "attempt", ()),
        ("teacher", "feedback", (0,)),
        ("student", "revise", (0, 1)),
        ("teacher", "feedback", (2,)),
        ("teacher", "demonstrate", (2, 3)),
        ("teacher", "feedback", (4,)),
        ("grader", "grade", (2,)),
    ]


def test_tutoring_without_revisions_shows_how_at_once() -> None:
    assert walk(tutoring(Q, max_revisions=0), attempt("3"), WRONG, attempt("2"), RIGHT)[2:] == [
        ("teacher", "demonstrate", (0, 1)),
        ("teacher", "feedback", (2,)),
        ("grader", "grade", (0,)),
    ]


def test_exam_cues_the_student_alone_and_grades_all_attempts_at_once() -> None:
    assert walk(exam(Q), attempt("3"), WRONG, attempt("2")) == [
        ("student", "attempt", ()),
        ("student", "feedback", (0,)),
        ("student", "revise", (0, 1)),
        [("grader", "grade", (0,)), ("grader", "grade", (2,))],
    ]


def test_exam_stops_when_the_student_finds_nothing_wrong() -> None:
    assert walk(exam(Q, max_revisions=3), attempt("2"), RIGHT)[2:] == [[("grader", "grade", (0,))]]


def test_exam_stops_when_the_student_says_nothing_that_can_be_read() -> None:
    assert walk(exam(Q, max_revisions=3), attempt("2"), UNREADABLE)[2:] == [[("grader", "grade", (0,))]]


def test_exam_stops_when_a_revision_changes_nothing() -> None:
    assert walk(exam(Q, max_revisions=3), attempt("2"), WRONG, attempt("2"))[3:] == [
        [("grader", "grade", (0,)), ("grader", "grade", (2,))]
    ]


def test_exam_goes_on_up_to_its_revisions() -> None:
    said = [attempt("1"), WRONG, attempt("2"), WRONG, attempt("3"), WRONG]
    assert [len(walk(exam(Q, max_revisions=k), *said)) for k in range(3)] == [2, 4, 6]


def test_exam_keeps_words_that_cannot_be_parsed() -> None:
    assert next(exam(Q)).lenient  # type: ignore[union-attr]


def test_demonstration_is_the_teacher_alone() -> None:
    assert walk(demonstration(Q)) == [("teacher", "demonstrate", ()), ("grader", "grade", (0,))]


def test_scripts_are_found_by_name() -> None:
    assert find_script("tutoring") is tutoring
    assert {"demonstration", "exam", "tutoring"} <= set(script_names())
    with pytest.raises(UnknownName, match=r"unknown script 'tutorin'; did you mean 'tutoring'\?"):
        find_script("tutorin")


def test_a_broken_plugin_harms_nobody_but_who_asks_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    point = EntryPoint("broken", "no_such_package:script", "schoolroom.scripts")
    monkeypatch.setattr(plugins, "entry_points", lambda group: [point])
    assert find_script("exam") is exam
    with pytest.raises(ProtocolError, match="entry point 'broken'"):
        find_script("broken")

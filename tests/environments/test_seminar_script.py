"""The seminar as a pure generator: who is asked at once, who has heard what."""

from collections.abc import Iterator

import pytest

from schoolroom.environments.script import Script, find_script
from schoolroom.environments.scripts.seminar import seminar
from schoolroom.transcripts.errors import ConfigError
from schoolroom.transcripts.records import Cue, Feedback, Payload, Question, Role, Turn
from schoolroom.transcripts.replies import parse_attempt

Q = Question.make(lesson="l", subject="s", text="1 + 1")
RIGHT, UNREADABLE = Feedback(correct=True), None
Heard = tuple[str, str, tuple[int, ...]]


def wrong(step: int | None = 0) -> Feedback:
    return Feedback(correct=False, step=step)


def walk(script: Script, *said: str | Feedback | None) -> list[list[Heard]]:
    """The cues that come at once, each as (seat, ask, what was heard), when the script hears `said`."""
    words: Iterator[str | Feedback | None] = iter(said)
    turns: list[Turn] = []

    def answer(cue: Cue) -> Turn:
        word = next(words, "graded")
        payload: Payload | None = parse_attempt(word) if isinstance(word, str) else word
        turn = Turn(
            index=len(turns),
            seat=cue.seat,
            role=Role(cue.seat.partition("-")[0]),
            persona="p@1",
            ask=cue.ask,
            heard=tuple(t.index for t in cue.heard),
            text=str(word),
            payload=payload,
        )
        turns.append(turn)
        return turn

    seen: list[list[Heard]] = []
    try:
        cued = next(script)
        while True:
            cues = (cued,) if isinstance(cued, Cue) else cued
            seen.append([(c.seat, str(c.ask), tuple(t.index for t in c.heard)) for c in cues])
            cued = script.send(answer(cued) if isinstance(cued, Cue) else tuple(map(answer, cued)))
    except StopIteration:
        return seen


ATTEMPTS: list[Heard] = [(f"student-{n}", "attempt", ()) for n in (1, 2, 3)]
COMMENTS: list[Heard] = [
    ("student-2", "feedback", (0,)),
    ("student-3", "feedback", (1,)),
    ("student-1", "feedback", (2,)),
]


def test_all_attempt_at_once_and_each_reads_the_one_before_it() -> None:
    seen = walk(seminar(Q), "a", "b", "c", RIGHT, RIGHT, RIGHT, RIGHT, RIGHT, RIGHT)
    assert seen == [
        ATTEMPTS,
        COMMENTS,
        [("teacher", "feedback", (n,)) for n in (0, 1, 2)],
        [("grader", "grade", (n,)) for n in (0, 1, 2)],
    ]


def test_whose_attempt_was_blamed_revises_having_heard_it_and_what_was_said() -> None:
    said: list[str | Feedback | None] = [
        "a",
        "b",
        "c",
        wrong(),
        RIGHT,
        wrong(),
        "d",
        "e",
        RIGHT,
        wrong(),
        wrong(),
    ]
    assert walk(seminar(Q), *said)[2:] == [
        [("student-1", "revise", (0, 3)), ("student-3", "revise", (2, 5))],
        [("teacher", "feedback", (n,)) for n in (6, 1, 7)],
        [("grader", "grade", (n,)) for n in (0, 1, 2, 6, 7)],
    ]


def test_words_that_cannot_be_read_move_nobody() -> None:
    said = ["a", "b", "c", UNREADABLE, UNREADABLE, UNREADABLE, RIGHT, RIGHT, RIGHT]
    assert [cues[0][1] for cues in walk(seminar(Q), *said)] == ["attempt", "feedback", "feedback", "grade"]


@pytest.mark.parametrize(
    ("checks", "furthest"),
    [((0, 2, 1), 1), ((1, 1, 0), 0), ((None, None, 0), 2), ((None, None, None), 0)],
)
def test_where_nobody_is_right_the_attempt_that_came_furthest_is_corrected(
    checks: tuple[int | None, ...], furthest: int
) -> None:
    said: list[str | Feedback | None] = [
        "a",
        "b",
        "c",
        RIGHT,
        RIGHT,
        RIGHT,
        *map(wrong, checks),
        "shown",
        RIGHT,
    ]
    assert walk(seminar(Q), *said)[3:] == [
        [("teacher", "demonstrate", (furthest, 6 + furthest))],
        [("teacher", "feedback", (9,))],
        [("grader", "grade", (n,)) for n in (0, 1, 2)],
    ]


@pytest.mark.parametrize("students", [1, 2, 5])
def test_there_may_be_any_number_of_students(students: int) -> None:
    said = ["a"] * students + [RIGHT] * 2 * students
    seen = walk(seminar(Q, students=students), *said)
    assert [len(cues) for cues in seen] == [students] * 4
    assert sorted(heard for _, _, heard in seen[1]) == [(n,) for n in range(students)]
    if students > 1:
        assert all(reader != f"student-{heard[0] + 1}" for reader, _, heard in seen[1])


def test_a_seminar_of_nobody_is_refused() -> None:
    with pytest.raises(ConfigError, match="at least 1 student, not 0"):
        next(seminar(Q, students=0))


def test_students_are_not_held_to_the_grammar() -> None:
    cues = next(seminar(Q))
    assert isinstance(cues, tuple)
    assert all(cue.lenient for cue in cues)
    assert find_script("seminar") is seminar

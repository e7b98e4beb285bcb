"""What a conversation tells of itself, also where turns of an open one are missing."""

from typing import Any

import pytest

from schoolroom.environments.telling import blames_on, ending_words, judged, outcome, revised, task, verdict
from schoolroom.transcripts.records import (
    Ask,
    Attempt,
    Ending,
    Episode,
    Feedback,
    Grade,
    Payload,
    Question,
    Role,
    Turn,
)

ATTEMPT = Attempt(steps=("7+5=13",), answer="13")


def turn(index: int, role: Role, ask: Ask, payload: Payload | None, *heard: int) -> Turn:
    return Turn(
        index=index, seat=role, role=role, persona="p@1", ask=ask, heard=heard, text="", payload=payload
    )


def episode(*turns: Turn, ending: Ending | None = None) -> Episode:
    question = Question.make(lesson="sums", subject="column_addition", text="7 + 5 =", answer="12")
    return Episode(
        id="e", run="r", script="s", question=question, seats=(), seed=0, turns=turns, ending=ending
    )


def test_turns_are_found_by_their_index_and_not_by_their_place() -> None:
    blame = Feedback(correct=False, step=0, reason="it is 12")
    held = episode(  # of several students who were asked at once, the second has not answered yet
        turn(0, Role.STUDENT, Ask.ATTEMPT, ATTEMPT),
        turn(2, Role.STUDENT, Ask.ATTEMPT, ATTEMPT),
        turn(3, Role.TEACHER, Ask.FEEDBACK, blame, 2),
    )
    first, third, feedback = held.turns
    assert judged(held, feedback) == third
    assert task(held, feedback) == "feedback on turn 3"
    assert list(blames_on(held, third)) == [feedback]
    assert not list(blames_on(held, first))
    assert verdict(held, feedback) == "✗ step 1: it is 12"


def test_a_solution_revises_the_last_one_that_its_speaker_heard() -> None:
    held = episode(
        turn(0, Role.STUDENT, Ask.ATTEMPT, ATTEMPT),
        turn(1, Role.TEACHER, Ask.FEEDBACK, Feedback(correct=True), 0),
        turn(2, Role.STUDENT, Ask.REVISE, ATTEMPT, 0, 1),
        turn(3, Role.GRADER, Ask.GRADE, Grade(score=0.0, correct=False, steps=1, wrong_steps=1), 2),
    )
    assert [revised(held, one) for one in held.turns] == [None, None, held.turns[0], None]
    assert [verdict(held, one) for one in held.turns] == [
        None,
        "✓ all correct",
        None,
        "✗ wrong, score 0.00, 1 of 1 step wrong",
    ]
    assert task(held, held.turns[3]) == "grade of turn 3"
    assert outcome(held) == "wrong in the end"


@pytest.mark.parametrize(
    ("blame", "words"),
    [
        ({"step": 0, "span": "13", "reason": "it is 12"}, 'step 1, "13": it is 12'),
        ({"step": 0}, 'step 1, "7+5=13"'),
        ({"step": 0, "reason": "Walk with me.\nTell me what you find."}, 'step 1, "7+5=13"'),
        ({"step": 0, "reason": "Walk with me.\nYou wrote: 7+5=13. Why?"}, "step 1: You wrote: 7+5=13. Why?"),
        ({"step": 0, "reason": "See step 12.\nStep 1 is off.\n"}, "step 1: Step 1 is off."),
        ({"reason": "Walk with me.\nWhat did you find?"}, 'the answer, "13"'),
        ({"step": 1, "span": "13\n", "reason": "\n"}, 'the answer, "13"'),
    ],
)
def test_a_verdict_tells_what_is_wrong_and_no_greeting(blame: dict[str, Any], words: str) -> None:
    held = episode(
        turn(0, Role.STUDENT, Ask.ATTEMPT, ATTEMPT),
        turn(1, Role.TEACHER, Ask.FEEDBACK, Feedback(correct=False, **blame), 0),
    )
    assert verdict(held, held.turns[1]) == f"✗ {words}"


@pytest.mark.parametrize(
    ("ending", "words"),
    [
        (None, "open: it is under way, or was when the process ended"),
        (Ending(kind="finished"), "finished"),
        (Ending(kind="cut_short"), "cut short: no reason given"),
    ],
)
def test_endings_are_never_mixed_up(ending: Ending | None, words: str) -> None:
    assert ending_words(episode(ending=ending)) == words
    assert outcome(episode(ending=ending)) is None

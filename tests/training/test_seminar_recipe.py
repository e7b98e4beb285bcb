"""The seminar's recipe on golden transcripts: peer feedback, and others' mistakes corrected."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from schoolroom.environments.scripts.seminar import seminar as script
from schoolroom.training.recipes.base import apply_recipe
from schoolroom.training.recipes.seminar import seminar
from schoolroom.transcripts.errors import ConfigError
from schoolroom.transcripts.records import Cue, Episode, Grade, Question

Hold = Callable[..., tuple[Episode, list[Cue]]]
Row = tuple[str, str, list[str]]

WRONG = "7+5=11, write 11\nanswer: 11"
WORSE = "7+5=2, write 2\nanswer: 2"
RIGHT = "7+5=12, write 12\nanswer: 12"
TOO = "5+7=12, write 12\nanswer: 12"
BLAME, PEER_BLAME = "1: 7+5=12\nstep 1 is wrong", "oh no\nstep 1 is wrong"
PRAISE, PEER_PRAISE = "1: 7+5=12\nall correct", "fine\nall correct"


def held(hold: Hold, question: Question, *said: str, grades: Sequence[Grade] = ()) -> Episode:
    return hold(script(question, students=2), question, said, grades, name="seminar")[0]


def rows(episode: Episode, **settings: Any) -> list[Row]:
    return [
        (row.kind, row.messages[-1].content, [m.content for m in row.messages[:-1]])
        for row in seminar([episode], **settings)
    ]


def asked(attempt: str, *more: str) -> list[str]:
    return ["7+5=", attempt, "Check each step.", *more]


def revised(attempt: str, feedback: str) -> list[str]:
    return asked(attempt, feedback, "Now correct it.")


@pytest.fixture
def helped(hold: Hold, question: Question) -> Episode:
    """The first is wrong, told so by the second and right then; the second was right, and left alone."""
    return held(hold, question, WRONG, TOO, PEER_BLAME, PEER_PRAISE, RIGHT, PRAISE, PRAISE)


@pytest.fixture
def misled(hold: Hold, question: Question) -> Episode:
    """The first is right and blamed, and so made wrong; the second is wrong and praised."""
    return held(hold, question, RIGHT, WRONG, PEER_BLAME, PEER_PRAISE, WORSE, BLAME, BLAME, TOO, PRAISE)


def test_feedback_of_a_classmate_that_helped_is_learnt_with_what_came_of_it(helped: Episode) -> None:
    assert rows(helped) == [
        ("attempt", TOO, ["7+5="]),
        ("feedback", PEER_BLAME, asked(WRONG)),
        ("revision", RIGHT, revised(WRONG, PEER_BLAME)),
        ("feedback", PEER_PRAISE, asked(TOO)),
        ("feedback", PRAISE, asked(RIGHT)),
    ]


def test_feedback_that_misled_is_left_to_the_teacher_and_its_solution_corrects_all(misled: Episode) -> None:
    assert rows(misled) == [
        ("attempt", TOO, ["7+5="]),
        ("feedback", BLAME, asked(WORSE)),
        ("revision", TOO, revised(WORSE, BLAME)),
        ("feedback", BLAME, asked(WRONG)),
        ("revision", TOO, revised(WRONG, BLAME)),
        ("feedback", PRAISE, asked(TOO)),
    ]


def test_a_classmates_right_solution_corrects_where_the_teacher_showed_none(
    hold: Hold, question: Question
) -> None:
    episode = held(hold, question, WRONG, RIGHT, PEER_PRAISE, PEER_PRAISE, BLAME, PRAISE)
    assert ("revision", RIGHT, revised(WRONG, BLAME)) in rows(episode)


def test_peers_may_be_left_out_or_taken_as_they_are(helped: Episode, misled: Episode) -> None:
    assert [reply for kind, reply, _ in rows(helped, peers="none") if kind == "feedback"] == [PRAISE, PRAISE]
    taken = [reply for kind, reply, _ in rows(misled, peers="all") if kind == "feedback"]
    assert taken == [PEER_BLAME, PEER_PRAISE, BLAME, PRAISE]


def test_a_right_answer_with_a_wrong_step_is_not_right(hold: Hold, question: Question) -> None:
    slipped = Grade(score=1.0, correct=True, steps=1, wrong_steps=1)
    said = [RIGHT, TOO, PEER_BLAME, PEER_PRAISE, TOO, PRAISE, PRAISE]
    with_fault = rows(held(hold, question, *said, grades=[slipped]))
    assert ("feedback", PEER_BLAME, asked(RIGHT)) in with_fault
    assert ("feedback", PEER_BLAME, asked(RIGHT)) not in rows(held(hold, question, *said))


def test_the_grade_overrules_where_it_is_trusted(hold: Hold, question: Question) -> None:
    episode = held(hold, question, WRONG, WRONG, PEER_PRAISE, PEER_PRAISE, PRAISE, PRAISE)
    assert rows(episode)
    assert rows(episode, trust="graded") == []


def test_balance_weights_and_limit_are_settings(helped: Episode) -> None:
    assert len(rows(helped, limit=2)) == 2
    assert [kind for kind, *_ in rows(helped, balance={"termination": 1, "attempt": 1})].count(
        "feedback"
    ) == 2
    weights = {row.kind: row.messages[-1].weight for row in seminar([helped], weights={"revision": 2.0})}
    assert weights == {"attempt": 1.0, "feedback": 1.0, "revision": 2.0}
    assert [source.turn for source in list(seminar([helped]))[2].sources] == [0, 2, 4]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"peers": "helpfull"}, r"no choice of peers 'helpfull'; did you mean 'helpful'\?"),
        ({"balance": {"improvement": 1}}, "no part of a balance 'improvement'"),
        ({"weights": {"revisions": 1}}, r"did you mean 'revision'\?"),
    ],
)
def test_settings_out_of_range_are_refused(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        list(apply_recipe("seminar", [], settings))

"""The script `yoda` as the pure generator that it is: which cues come, and about which questions."""

from collections.abc import Callable
from itertools import count
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schoolroom.environments.episodes import bind_script
from schoolroom.environments.questions import belongs_to_exam
from schoolroom.environments.scripts.yoda import TRIES, yoda
from schoolroom.transcripts.errors import ConfigError
from schoolroom.transcripts.records import (
    Ask,
    Attempt,
    Cue,
    Feedback,
    Payload,
    Question,
    Questions,
    Role,
    Turn,
)


def question(text: str, answer: str | None = "0") -> Question:
    return Question.make(lesson="l", subject="s", text=text, answer=answer)


def teachable(text: str, answer: str | None = "0") -> Question:
    """A question that begins with `text` and is not held out."""
    made = (question(f"{text}{' ' * i}", answer) for i in count())
    return next(q for q in made if not belongs_to_exam(q))


def held_out(text: str) -> Question:
    return next(q for i in count() if belongs_to_exam(q := question(f"{text}{' ' * i}")))


def further(cue: Cue, answer: str | None = "0") -> tuple[Question, ...]:
    """What a teacher makes: ``q`` becomes ``qa``, ``qb``, … in another dress, and ``q+`` when harder."""
    marks = "abcdefgh"[: cue.count] if cue.ask is Ask.GENERALIZE else "+"
    return tuple(teachable(cue.question.text.strip() + mark, answer) for mark in marks)


def walk(
    first: Question,
    *,
    right: Callable[[Cue], bool] = lambda cue: True,
    make: Callable[[Cue], tuple[Question, ...]] = further,
    **settings: Any,
) -> list[tuple[str, str, tuple[int, ...]]]:
    """The cues: who is asked for what about which question, and which turns were heard."""
    seen: list[tuple[str, str, tuple[int, ...]]] = []
    script = yoda(first, **settings)

    def answer(cue: Cue) -> Turn:
        payload: Payload | None = None
        match cue.ask:
            case Ask.GENERALIZE | Ask.HARDEN:
                payload = Questions(questions=make(cue))
            case Ask.FEEDBACK:
                payload = Feedback(correct=right(cue))
            case Ask.ATTEMPT | Ask.REVISE | Ask.DEMONSTRATE:
                payload = Attempt(steps=(), answer="0")
        index = len(seen)
        heard = tuple(turn.index for turn in cue.heard)
        seen.append((f"{cue.seat} {cue.ask}", cue.question.text.strip(), heard))
        return Turn(
            index=index,
            seat=cue.seat,
            role=Role(cue.seat),
            persona="p@1",
            ask=cue.ask,
            heard=heard,
            text="",
            payload=payload,
        )

    try:
        cued = next(script)
        while True:
            assert isinstance(cued, Cue)
            cued = script.send(answer(cued))
    except StopIteration:
        return seen


def learnt(cues: list[tuple[str, str, tuple[int, ...]]]) -> list[str]:
    return [text for said, text, _ in cues if said == "student attempt"]


def test_each_level_is_learnt_in_all_its_dresses_before_the_next() -> None:
    cues = walk(question("q"))
    assert learnt(cues) == ["q", "qa", "qb", "qc", "q+", "q+a", "q+b", "q+c", "q++", "q++a", "q++b", "q++c"]
    assert [
        (said, text) for said, text, _ in cues if said.startswith("teacher") and "feedback" not in said
    ] == [
        ("teacher generalize", "q"),
        ("teacher harden", "q"),
        ("teacher generalize", "q+"),
        ("teacher harden", "q+"),
        ("teacher generalize", "q++"),
    ]


def test_one_question_is_learnt_by_attempt_feedback_and_revision() -> None:
    def right(cue: Cue) -> bool:
        return cue.heard[0].index == 2

    assert walk(question("q"), generalized=0, levels=1, right=right) == [
        ("student attempt", "q", ()),
        ("teacher feedback", "q", (0,)),
        ("student revise", "q", (0, 1)),
        ("teacher feedback", "q", (2,)),
        ("grader grade", "q", (2,)),
    ]


def test_where_the_rounds_run_out_the_teacher_shows_how() -> None:
    cues = walk(question("q"), generalized=0, levels=1, rounds=4, right=lambda cue: False)
    asked = [said for said, _, _ in cues]
    assert asked.count("student revise") == 4
    assert cues[-3:] == [
        ("teacher demonstrate", "q", (8, 9)),
        ("teacher feedback", "q", (10,)),
        ("grader grade", "q", (8,)),
    ]


def test_what_has_no_known_answer_is_learnt_and_not_graded() -> None:
    cues = walk(question("q"), levels=1, make=lambda cue: further(cue, answer=None))
    assert len(learnt(cues)) == 4
    assert [text for said, text, _ in cues if said == "grader grade"] == ["q"]


def test_held_out_questions_are_not_taught_and_others_are_asked_for() -> None:
    made = iter([(held_out("x"), teachable("y")), (teachable("z"),), (held_out("w"),), (teachable("v"),)])
    cues = walk(question("q"), generalized=2, levels=2, make=lambda cue: next(made, ()))
    assert learnt(cues) == ["q", "y", "z", "v"]


def test_a_teacher_that_repeats_itself_is_not_asked_for_ever() -> None:
    cues = walk(question("q"), make=lambda cue: (cue.question, teachable("same")))
    assert learnt(cues) == ["q", "same"]
    assert [said for said, _, _ in cues].count("teacher generalize") == TRIES
    assert [said for said, _, _ in cues].count("teacher harden") == TRIES


def test_of_some_questions_nothing_can_be_made() -> None:
    cues = walk(question("q"), make=lambda cue: ())
    assert learnt(cues) == ["q"]
    assert [said for said, _, _ in cues][-2:] == ["teacher generalize", "teacher harden"]


@given(st.integers(0, 4), st.integers(1, 4), st.integers(0, 4))
def test_an_episode_is_bounded(generalized: int, levels: int, rounds: int) -> None:
    cues = walk(question("q"), right=lambda cue: False, generalized=generalized, levels=levels, rounds=rounds)
    questions = levels * (1 + generalized)
    assert len(learnt(cues)) == questions
    assert len(cues) == questions * (5 + 2 * rounds) + levels - 1 + levels * (generalized > 0)


@pytest.mark.parametrize("setting", [{"levels": 0}, {"generalized": -1}, {"rounds": -1}, {"levels": 2.5}])
def test_settings_out_of_range_are_refused(setting: dict[str, Any]) -> None:
    (name,) = setting
    with pytest.raises(ConfigError, match=f"setting '{name}' of script 'yoda' is {setting[name]}"):
        bind_script("yoda", setting)

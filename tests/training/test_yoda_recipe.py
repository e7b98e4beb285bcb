"""The recipe `yoda`: rows of golden transcripts, and what holds of every order."""

from collections.abc import Callable, Sequence
from itertools import count, pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schoolroom.environments.questions import belongs_to_exam
from schoolroom.environments.scripts.yoda import yoda as yoda_script
from schoolroom.training.recipes.base import apply_recipe
from schoolroom.training.recipes.self_correction import self_correction
from schoolroom.training.recipes.yoda import yoda
from schoolroom.transcripts.errors import ConfigError
from schoolroom.transcripts.records import (
    Ask,
    Attempt,
    Cue,
    Ending,
    Episode,
    Example,
    Feedback,
    Payload,
    Question,
    Questions,
    Role,
    Tier,
    Turn,
)
from schoolroom.transcripts.replies import render_attempt

Hold = Callable[..., tuple[Episode, list[Cue]]]


@pytest.fixture
def episode(hold: Hold, question: Question) -> Episode:
    """A basic question got wrong, one in another dress and a harder one got right at once."""
    said = [
        "7+5=11, write 11\nanswer: 11",
        "1: 7+5=12, not this\nstep 1 is wrong",
        "7+5=12, write 12\nanswer: 12",
        "1: 7+5=12, right\nall correct",
        "question: 6+8=\nsolution:\n6+8=14, write 14\nanswer: 14",
        "6+8=14\nanswer: 14",
        "1: 6+8=14, right\nall correct",
        "question: 17+5=\nanswer: 22",
        "7+5=12, write 2 carry 1\n1+1=2, write 2\nanswer: 22",
        "all correct",
        "question: 19+4=\nanswer: 23",
        "9+4=13, write 3 carry 1\n1+1=2, write 2\nanswer: 23",
        "all correct",
    ]
    return hold(yoda_script(question, generalized=1, levels=2), question, said, name="yoda")[0]


def brief(rows: Any) -> list[tuple[str, str, str, str]]:
    """Kind, tier, what is asked first, what is said."""
    return [(row.kind, row.tier, row.messages[0].content, row.messages[-1].content) for row in rows]


def test_the_procedure_is_learnt_question_by_question(episode: Episode) -> None:
    wrong, blame, right, praise = (turn.text for turn in episode.turns[:4])
    rows = list(yoda([episode]))
    assert brief(rows) == [
        ("attempt", "basic", "7+5=", right),
        ("feedback", "basic", "7+5=", blame),
        ("revision", "basic", "7+5=", right),
        ("feedback", "basic", "7+5=", praise),
        ("attempt", "generalized", "6+8=", "6+8=14\nanswer: 14"),
        ("feedback", "generalized", "6+8=", "1: 6+8=14, right\nall correct"),
        ("attempt", "harder", "17+5=", episode.turns[10].text),
        ("feedback", "harder", "17+5=", "all correct"),
        ("attempt", "generalized", "19+4=", episode.turns[14].text),
        ("feedback", "generalized", "19+4=", "all correct"),
    ]
    assert [m.content for m in rows[2].messages] == [
        "7+5=",
        wrong,
        "Check each step.",
        blame,
        "Now correct it.",
        right,
    ]
    assert [s.turn for s in rows[2].sources] == [0, 1, 2]
    assert [s.turn for s in rows[4].sources] == [6]


def test_self_correction_makes_the_same_rows_of_the_same_transcripts(episode: Episode) -> None:
    assert brief(self_correction([episode])) == brief(yoda([episode]))


def test_tiers_go_by_what_a_question_was_made_of(episode: Episode) -> None:
    def asked(tiers: Sequence[str]) -> list[str]:
        return list(dict.fromkeys(row.messages[0].content for row in yoda([episode], tiers=tiers)))

    assert asked(["basic"]) == ["7+5="]
    assert asked(["basic", "generalized"]) == ["7+5=", "6+8="]
    assert asked(["harder"]) == ["17+5=", "19+4="]


def test_less_than_the_procedure_can_be_learnt(episode: Episode) -> None:
    refined = [(row.kind, row.messages[-1].content) for row in yoda([episode], learn="refined")]
    assert refined == [(kind, said) for kind, _, _, said in brief(yoda([episode])) if kind == "attempt"]
    answers = [row.messages[-1].content for row in yoda([episode], learn="answers")]
    assert answers == ["answer: 12", "answer: 14", "answer: 22", "answer: 23"]
    gold = brief(yoda([episode], learn="gold"))
    assert gold == [
        ("attempt", "basic", "7+5=", "7+5=12, write 12\nanswer: 12"),
        ("attempt", "generalized", "6+8=", "6+8=14, write 14\nanswer: 14"),
    ]


def test_settings_that_are_wrong_are_refused_with_the_way_out(episode: Episode) -> None:
    for settings, words in (
        ({"tiers": ["harde"]}, "no tier of this recipe 'harde'; did you mean 'harder'"),
        ({"learn": "answer"}, "no way to 'learn' 'answer'; did you mean 'answers'"),
        (
            {"order": "backwards"},
            "no order of this recipe 'backwards'; known: forward, reversed, cumulative",
        ),
        ({"lessons": "sums"}, "lessons must be a list"),
        ({"weights": {"feedbak": 1}}, "no kind 'feedbak'; did you mean 'feedback'"),
        ({"limit": 0}, "limit must be a positive number"),
    ):
        with pytest.raises(ConfigError, match=words):
            apply_recipe("yoda", [episode], settings)


def _grown(lesson: str, number: int, levels: int, dresses: int) -> Episode:
    """An episode of right answers: a question, `dresses` others at each of `levels` levels."""
    first = _made(lesson, f"{lesson} {number}", Tier.BASIC, None)
    script = yoda_script(first, generalized=dresses, levels=levels)
    turns: list[Turn] = []

    def said(cue: Cue) -> Payload:
        match cue.ask:
            case Ask.GENERALIZE | Ask.HARDEN:
                tier = Tier.GENERALIZED if cue.ask is Ask.GENERALIZE else Tier.HARDER
                words = cue.question.text.strip()
                made = (
                    _made(lesson, f"{words} {tier[0]}{i}", tier, cue.question.id) for i in range(cue.count)
                )
                return Questions(questions=tuple(made))
            case Ask.FEEDBACK:
                return Feedback(correct=True)
            case _:
                return Attempt(steps=("a step",), answer=cue.question.text)

    try:
        cued = next(script)
        while True:
            assert isinstance(cued, Cue)
            payload = said(cued)
            text = render_attempt(payload) if isinstance(payload, Attempt) else "all correct"
            turns.append(
                Turn(
                    index=len(turns),
                    seat=cued.seat,
                    role=Role(cued.seat),
                    persona="p@1",
                    ask=cued.ask,
                    heard=tuple(turn.index for turn in cued.heard),
                    text=text,
                    payload=payload,
                    question=None if cued.question == first else cued.question,
                )
            )
            cued = script.send(turns[-1])
    except StopIteration:
        pass
    id_ = Episode.id_of("run", first, 0)
    return Episode(
        id=id_, run="run", script="yoda", question=first, seats=(), seed=0, turns=tuple(turns),
        ending=Ending(kind="finished"),
    )  # fmt: skip


def _made(lesson: str, text: str, tier: Tier, parent: str | None) -> Question:
    made = (
        Question.make(lesson=lesson, subject="s", text=f"{text}{' ' * i}", tier=tier, parent=parent)
        for i in count()
    )
    return next(question for question in made if not belongs_to_exam(question))


def _block(row: Example) -> tuple[str, int, bool]:
    """Lesson, level and whether it is in another dress, as the words say that `_grown` makes."""
    lesson, _, *marks = row.messages[0].content.split()
    return lesson, sum(mark[0] == "h" for mark in marks), bool(marks) and marks[-1][0] == "g"


ROUNDS = st.lists(
    st.builds(
        _grown, st.sampled_from(["sums", "terms"]), st.integers(0, 99), st.integers(1, 3), st.integers(0, 2)
    ),
    min_size=1,
    max_size=4,
    unique_by=lambda episode: episode.question.id,
)


@given(ROUNDS)
def test_forward_goes_along_lessons_and_levels_and_reversed_goes_back(episodes: list[Episode]) -> None:
    ranks = {lesson: rank for rank, lesson in enumerate(dict.fromkeys(e.question.lesson for e in episodes))}
    forward = [_block(row) for row in yoda(episodes)]
    backward = [_block(row) for row in yoda(episodes, order="reversed")]

    def place(block: tuple[str, int, bool]) -> tuple[int, int, bool]:
        return ranks[block[0]], *block[1:]

    assert forward == sorted(forward, key=place)
    assert backward == sorted(forward, key=place, reverse=True)


@given(
    ROUNDS,
    st.sampled_from(["forward", "reversed", "cumulative", "cumulative_reversed", "taught"]),
    st.integers(0, 3),
)
def test_every_order_holds_the_same_rows_and_keeps_a_questions_rows_together(
    episodes: list[Episode], order: Any, seed: int
) -> None:
    rows = list(yoda(episodes, order=order, seed=seed))
    assert sorted(row.id for row in rows) == sorted(row.id for row in yoda(episodes, order="taught"))
    asked = [row.question for row in rows]
    changes = 1 + sum(a != b for a, b in pairwise(asked))
    assert changes == len(set(asked))
    assert rows == list(yoda(episodes, order=order, seed=seed))


@given(ROUNDS)
def test_taught_is_the_order_of_the_episodes(episodes: list[Episode]) -> None:
    asked = dict.fromkeys(row.question for row in yoda(episodes, order="taught"))
    assert list(asked) == list(dict.fromkeys(e.question_of(t).id for e in episodes for t in e.turns))


def test_cumulative_brings_each_block_in_its_turn_and_keeps_the_earlier_ones_alive() -> None:
    episodes = [_grown("sums", number, levels=3, dresses=0) for number in range(12)]
    levels = [_block(row)[1] for row in yoda(episodes, order="cumulative") if row.kind == "attempt"]
    first, second, third = levels[:4], levels[4:14], levels[14:]
    assert first == [0] * 4
    assert (second.count(0), second.count(1)) == (4, 6)
    assert (third.count(0), third.count(1), third.count(2)) == (4, 6, 12)
    assert third != sorted(third)


def test_lessons_are_learnt_in_the_order_that_is_given() -> None:
    episodes = [_grown(lesson, 1, levels=2, dresses=1) for lesson in ("terms", "sums")]

    def order(**settings: Any) -> list[str]:
        return list(dict.fromkeys(row.lesson for row in yoda(episodes, **settings)))

    assert order() == ["terms", "sums"]
    assert order(lessons=["sums", "terms"]) == ["sums", "terms"]
    assert order(lessons=["sums"]) == ["sums"]

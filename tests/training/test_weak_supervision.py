"""Weak supervision: shares of wrong solutions are exact, and parts belong to the questions taken."""

from collections.abc import Collection
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schoolroom.training.recipes.base import apply_recipe
from schoolroom.training.recipes.weak_supervision import weak_supervision
from schoolroom.transcripts.errors import ConfigError
from schoolroom.transcripts.records import (
    Ask,
    Attempt,
    Ending,
    Episode,
    Example,
    Grade,
    Question,
    Role,
    Tier,
    Turn,
)

PARTS = 3


def question(number: int) -> Question:
    return Question.make(lesson="hard", subject="s", text=f"q{number}", answer="1", tier=Tier.FULL)


def part(number: int, place: int) -> Question:
    return Question.make(
        lesson="hard", subject="s", text=f"q{number}.{place}", tier=Tier.SUBTASK, parent=question(number).id
    )


def shown(number: int, *, right: bool, ending: str = "finished", graded: bool = True) -> Episode:
    """What `supervision` leaves of a teacher that is always right, or always wrong."""
    asked = [question(number), *(part(number, place) for place in range(PARTS))]
    turns: list[Turn] = []

    def say(seat: str, ask: Ask, about: Question, payload: Any, heard: tuple[int, ...] = ()) -> None:
        text = f"{about.text} {'right' if right else 'wrong'}"
        turns.append(
            Turn(
                index=len(turns), seat=seat, role=Role(seat), persona="p@1", ask=ask, heard=heard, text=text,
                payload=payload, question=None if about == asked[0] else about,
            )
        )  # fmt: skip

    for about in asked:
        say("teacher", Ask.DEMONSTRATE, about, Attempt(steps=(), answer="1" if right else "2"))
    for index, about in enumerate(asked if graded else ()):
        say("grader", Ask.GRADE, about, Grade(score=float(right), correct=right), (index,))
    return Episode(
        id=f"{number}{right}", run="r", script="supervision", question=asked[0], seats=(), seed=0,
        turns=tuple(turns), ending=Ending(kind="cut_short" if ending == "cut_short" else "finished"),
    )  # fmt: skip


def both(number: int) -> list[Episode]:
    return [shown(n, right=right) for right in (True, False) for n in range(number)]


def reply(row: Example) -> str:
    return row.messages[-1].content


def wrong_ones(rows: Collection[Example], kind: str) -> set[str]:
    return {row.question for row in rows if row.kind == kind and reply(row).endswith("wrong")}


SHARES = st.floats(0, 1)


@given(number=st.integers(1, 40), whole=SHARES, parts=SHARES, seed=st.integers(0, 1000))
def test_exactly_the_shares_are_wrong(number: int, whole: float, parts: float, seed: int) -> None:
    rows = list(weak_supervision(both(number), whole=whole, parts=parts, seed=seed))
    kinds = [row.kind for row in rows]
    assert (kinds.count("whole"), kinds.count("part")) == (number, PARTS * number)
    assert len(wrong_ones(rows, "whole")) == round(whole * number)
    assert len(wrong_ones(rows, "part")) == round(parts * PARTS * number)
    assert len({row.id for row in rows}) == len(rows)
    assert [(row.messages[0].content, reply(row).split()[0]) for row in rows] == [
        (text, text) for text in (row.messages[0].content for row in rows)
    ]


@given(first=SHARES, second=SHARES, seed=st.integers(0, 1000))
def test_a_larger_share_holds_the_smaller_one(first: float, second: float, seed: int) -> None:
    low, high = sorted((first, second))
    few, many = (list(weak_supervision(both(20), whole=e, parts=e, seed=seed)) for e in (low, high))
    for kind in ("whole", "part"):
        assert wrong_ones(few, kind) <= wrong_ones(many, kind)


@given(
    right=st.sets(st.integers(0, 25)),
    wrong=st.sets(st.integers(0, 25)),
    share=st.floats(0.05, 0.95),
    seed=st.integers(0, 100),
)
def test_as_many_questions_are_kept_as_the_share_allows(
    right: set[int], wrong: set[int], share: float, seed: int
) -> None:
    episodes = [shown(n, right=True) for n in right] + [shown(n, right=False) for n in wrong]
    if not right or not wrong:
        return
    rows = list(weak_supervision(episodes, whole=share, parts=None, seed=seed))
    errors = round(share * len(rows))
    assert len(wrong_ones(rows, "whole")) == errors
    more = len(rows) + 1
    feasible = round(share * more) <= len(wrong) and more - round(share * more) <= len(right)
    assert more > len(right | wrong) or not feasible


def test_parts_are_those_of_the_questions_that_are_taken() -> None:
    rows = list(weak_supervision(both(10), whole=0.5, parts=0.0, limit=4))
    assert {row.question for row in rows if row.kind == "whole"} == {question(n).id for n in range(4)}
    matching = {part(n, place).id for n in range(4) for place in range(PARTS)}
    assert {row.question for row in rows if row.kind == "part"} == matching
    alone = list(weak_supervision(both(10), whole=None, parts=0.5, limit=4))
    assert {row.question for row in alone} == matching
    unfinished = [*both(3), shown(7, right=True, ending="cut_short")]
    assert {row.question for row in weak_supervision(unfinished)} == {question(n).id for n in range(3)}


def test_parts_need_no_whole_where_wholes_are_left_out() -> None:
    asked = part(1, 0)
    episode = shown(1, right=True)
    alone = episode.model_copy(update={"question": asked, "turns": episode.turns[:1]})
    rows = list(weak_supervision([alone.model_copy(update={"question": asked})], whole=None, parts=0.0))
    assert rows == []  # nobody knows whether it is right
    known = asked.model_copy(update={"answer": "1"})
    (row,) = weak_supervision([alone.model_copy(update={"question": known})], whole=None, parts=0.0)
    assert (row.kind, row.tier, row.question) == ("part", Tier.SUBTASK, asked.id)


def test_a_solution_of_unknown_worth_is_judged_by_the_reference_answer() -> None:
    rows = list(weak_supervision([shown(n, right=n % 2 == 0, graded=False) for n in range(4)], whole=0.5))
    assert len(rows) == 4
    assert wrong_ones(rows, "whole") == {question(1).id, question(3).id}


def test_rows_name_their_turns_and_the_seed_decides() -> None:
    rows = list(apply_recipe("weak_supervision", both(8), {"whole": 0.5, "parts": 0.25, "seed": 3}))
    assert rows == list(weak_supervision(both(8), whole=0.5, parts=0.25, seed=3))
    assert rows != list(weak_supervision(both(8), whole=0.5, parts=0.25, seed=4))
    turns = {(e.id, t.index): (e.question_of(t).id, t.text) for e in both(8) for t in e.turns}
    assert all(turns[s.episode, s.turn] == (row.question, reply(row)) for row in rows for s in row.sources)
    assert {len(row.sources) for row in rows} == {1}
    assert {m.weight for row in rows for m in row.messages if m.role != "assistant"} == {0.0}


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"whole": 1.5}, "whole must be a share of wrong solutions from 0 to 1, or left out, not 1.5"),
        ({"parts": -0.1}, "parts must be a share of wrong solutions from 0 to 1, or left out, not -0.1"),
        ({"whole": "all"}, "whole must be a share"),
        ({"whole": True}, "whole must be a share"),
        ({"limit": 0}, "limit must be a positive number"),
        ({"weight": 0}, "the weight of 'solution' must be a positive number"),
        ({"whole": 0.5}, "whole=0.5 needs wrong solutions, but none of the 3 questions has one"),
        ({"whole": None, "parts": 1}, "parts=1 needs wrong solutions, but none of the 9 questions has one"),
        ({"hole": 0.5}, "has no setting 'hole'; did you mean 'whole'"),
    ],
)
def test_settings_that_cannot_be_met_are_refused(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        list(apply_recipe("weak_supervision", [shown(n, right=True) for n in range(3)], settings))


def test_nothing_makes_no_rows() -> None:
    assert list(weak_supervision([], whole=0.5, parts=0.5)) == []

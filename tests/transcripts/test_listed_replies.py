"""Rubrics and further questions: what is rendered is read back, what is sloppy is understood."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schoolroom.transcripts.listed_replies import (
    parse_questions,
    parse_rubric,
    render_questions,
    render_rubric,
)
from schoolroom.transcripts.records import Ask, Criterion, Cue, Question, Rubric, Tier

ASKED = Question.make(lesson="sums", subject="column_addition", text="12 + 34 =", answer="46")

words = st.text(string.ascii_letters, min_size=1, max_size=12)
sentences = st.lists(words, min_size=1, max_size=4).map(" ".join)
criteria = st.builds(Criterion, name=words, description=sentences, weight=st.sampled_from([0.5, 1.0, 2.0]))
rubrics = st.lists(criteria, min_size=1, max_size=4, unique_by=lambda c: c.name).map(
    lambda found: Rubric(criteria=tuple(found))
)
questions = st.builds(
    lambda number, steps, answer: Question.make(
        lesson="sums",
        subject="column_addition",
        text=f"{number} + 1 =",
        tier=Tier.GENERALIZED,
        parent=ASKED.id,
        solution=tuple(f"{number} and {step}" for step in steps) if answer else (),
        answer=answer,
    ),
    st.integers(100, 999),
    st.lists(words, max_size=2),
    st.none() | words,
)


def cue(ask: Ask = Ask.GENERALIZE, count: int = 1) -> Cue:
    return Cue(seat="teacher", ask=ask, question=ASKED, count=count)


@given(rubrics)
def test_a_rendered_rubric_is_read_back(rubric: Rubric) -> None:
    assert parse_rubric(render_rubric(rubric)) == rubric


@given(st.lists(questions, min_size=1, max_size=3, unique_by=lambda q: q.id))
def test_rendered_questions_are_read_back(made: list[Question]) -> None:
    assert list(parse_questions(render_questions(made), cue(count=len(made))).questions) == made


@pytest.mark.parametrize(
    "text",
    [
        "**Units**: every number has one\n**Steps** (weight 2): all are shown",
        "Sure! Here it is.\n\n1. Units: every number has one\n2. Steps (weight: 2): all are shown",
        '```json\n{"criteria": [{"name": "Units", "description": "every number has one"},'
        '{"name": "Steps", "description": "all are shown", "weight": 2}]}\n```',
    ],
    ids=["bold", "numbered", "json"],
)
def test_a_sloppy_rubric_is_understood(text: str) -> None:
    read = parse_rubric(text)
    assert [(c.name, c.description, c.weight) for c in read.criteria] == [
        ("Units", "every number has one", 1.0),
        ("Steps", "all are shown", 2.0),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "Of course!\n\nQuestion 1: Tom has 3 figs.\nHow many?\nAnswer: 3\n\nQuestion 2: And 4?\nAnswer: 4",
        "1. **Question:** Tom has 3 figs.\nHow many?\n**Answer:** 3\n2. **Question:** And 4?\n**Answer:** 4",
        '{"questions": [{"question": "Tom has 3 figs.\\nHow many?", "answer": 3},'
        '{"text": "And 4?", "solution": "", "answer": "4"}]}',
    ],
    ids=["numbered", "bold", "json"],
)
def test_sloppy_questions_are_understood(text: str) -> None:
    first, second = parse_questions(text, cue(Ask.HARDEN, count=2)).questions
    assert (first.text, first.answer) == ("Tom has 3 figs.\nHow many?", "3")
    assert (second.text, second.answer, second.solution) == ("And 4?", "4", ())
    assert {(q.tier, q.parent, q.lesson, q.subject) for q in (first, second)} == {
        (Tier.HARDER, ASKED.id, "sums", "column_addition")
    }


def test_questions_beyond_those_asked_for_are_left_out() -> None:
    read = parse_questions("question: a\nquestion: b\nquestion: c", cue(Ask.DIVIDE, count=2))
    assert [(q.text, q.tier) for q in read.questions] == [("a", Tier.SUBTASK), ("b", Tier.SUBTASK)]

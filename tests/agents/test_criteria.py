"""Criteria: each edit meets its own, changes what is met no more, and leaves the answer right."""

from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schoolroom.agents.answer_sheet import Sheet
from schoolroom.agents.criteria import CRITERIA, Writing, marks, meet, rubric_for, rubric_of
from schoolroom.environments.subjects.multistep_arithmetic import MultistepArithmetic
from schoolroom.transcripts.errors import QuestionError, UnknownName
from schoolroom.transcripts.listed_replies import parse_rubric, render_rubric
from schoolroom.transcripts.records import Attempt, Criterion, Question, Rubric
from schoolroom.transcripts.replies import parse_attempt, render_attempt

SUBJECT = MultistepArithmetic()
QUESTION = Question.make(lesson="l", subject=SUBJECT.name, text="Oak: (3 - 5 + 2 * 4) =")
RIGHT = SUBJECT.solve(QUESTION)

DRAFTS = (
    render_attempt(RIGHT),
    "1) 2*4=8.\n2) 3-5=-2.\n3) -2+8=6.\nThe answer is 6.",
    "2 * 4 = 8, 3 - 5 = -2\n-2 + 8 = 6, so the answer is 6",
    "answer: 6\n- 2 * 4 = 8\n- 3 - 5 = -2\n- -2 + 8 = 6\ncheck: 6",
    "2 * 4 = 8\n\\boxed{6}",
    "answer: 6",
    "check: nothing",
    "",
)


def writing(text: str, question: str = QUESTION.text, reference: Attempt = RIGHT) -> Writing:
    return Writing(text=text, question=question, reference=reference)


def compatible(size: int) -> list[tuple[str, ...]]:
    """All combinations of so many criteria, each of another aspect."""
    return [
        names
        for names in combinations(CRITERIA, size)
        if len({CRITERIA[name].aspect for name in names}) == size
    ]


@pytest.mark.parametrize("names", [*compatible(1), *compatible(2)], ids=" + ".join)
def test_edits_meet_their_criteria_once_and_for_all_and_leave_the_answer_right(
    names: tuple[str, ...],
) -> None:
    rubric = rubric_for(names)
    for draft in DRAFTS:
        edited = meet(rubric, writing(draft))
        assert set(marks(rubric, writing(edited)).values()) == {1.0}, (draft, edited)
        assert meet(rubric, writing(edited)) == edited
        if SUBJECT.answers_match(QUESTION, parse_attempt(draft).answer):
            assert SUBJECT.answers_match(QUESTION, parse_attempt(edited).answer)


@given(names=st.sampled_from([*compatible(3), *compatible(4)]), draft=st.sampled_from(DRAFTS))
@settings(max_examples=100)
def test_larger_rubrics_are_met_as_well(names: tuple[str, ...], draft: str) -> None:
    rubric = rubric_for(names)
    edited = meet(rubric, writing(draft))
    assert set(marks(rubric, writing(edited)).values()) == {1.0}


@given(st.sampled_from(sorted(CRITERIA)), st.text(alphabet="12+= \n.ans:wer()-", max_size=60))
@settings(max_examples=200)
def test_any_words_can_be_marked_and_edited(name: str, text: str) -> None:
    criterion = CRITERIA[name]
    assert 0.0 <= criterion.share(writing(text)) <= 1.0
    assert criterion.share(writing(criterion.edit(writing(text)))) == 1.0


def test_a_checker_finds_nothing_wrong_with_a_right_solution_in_any_style() -> None:
    for names in compatible(3):
        edited = parse_attempt(meet(rubric_for(names), writing(render_attempt(RIGHT))))
        assert SUBJECT.check(QUESTION, edited).correct, edited


@pytest.mark.parametrize(
    ("name", "text", "share"),
    [
        ("steps shown", "2 * 4 = 8\nanswer: 6", 1 / 3),
        ("no skipped step", "3 - 5 = -2\n2 * 4 = 8\n-2 + 8 = 6\nanswer: 6", 2 / 3),
        ("no skipped step", "2*4=8\n3-5=-2\n-2+8=6", 1.0),
        ("one equation", "2 * 4 = 8\n3 - 5 = -2 + 8 = 6\nanswer: 6", 1 / 2),
        ("answer line", "-2 + 8 = 6, answer: 6", 0.0),
        ("numbered", "1) 2 * 4 = 8\n3) 3 - 5 = -2", 1 / 2),
        ("numbered", "answer: 6", 0.0),
        ("tight", "2*4=8\n3 - 5=-2", 1 / 2),
        ("spaced", "2*4=8\n3 - 5 = -2", 1 / 2),
        ("bulleted", "- 2 * 4 = 8\n-2 + 8 = 6", 1 / 2),
        ("stops", "2 * 4 = 8.\n3 - 5 = -2", 1 / 2),
        ("label", "The answer is 6.", 0.0),
        ("sentence", "the answer is 6", 0.0),
        ("boxed", "\\boxed{6}", 1.0),
        ("answer first", "2 * 4 = 8\nanswer: 6", 0.0),
        ("answer last", "2 * 4 = 8\nanswer: 6\ncheck: 6", 1.0),
        ("check", "answer: 6\ncheck: 16", 0.0),
        ("check", "answer: 6\ncheck: 8 - 2 = 6", 1.0),
    ],
)
def test_what_is_met_in_part_has_a_mark_between(name: str, text: str, share: float) -> None:
    assert CRITERIA[name].share(writing(text)) == pytest.approx(share)


def test_units_are_those_that_the_question_asks_for() -> None:
    asked = "How many apples has Tom?"
    reference = Attempt(steps=("3 + 2 = 5",), answer="5")
    units = CRITERIA["units"]
    assert units.share(writing("answer: 5", asked, reference)) == 0.0
    assert units.edit(writing("The answer is 5.", asked, reference)) == "The answer is 5 apples."
    assert units.share(writing("answer: 5")) == 1.0  # this question names none


def test_an_edit_changes_no_more_than_it_needs() -> None:
    text = "2*4=8\nso 3-5=-2\n-2+8=6\nanswer: 6"
    assert meet(rubric_for(["answer first"]), writing(text)) == f"answer: 6\n{text[:-10]}"
    assert meet(rubric_for(["stops"]), writing("2*4=8.\n3-5=-2")) == "2*4=8.\n3-5=-2."
    assert meet(rubric_for(["check"]), writing(text)) == f"{text}\ncheck: (3 - 5 + 2 * 4) = 6"
    assert meet(rubric_for(["no skipped step"]), writing("2*4=8\n-2+8=6\nanswer: 6")) == (
        "2*4=8\n3 - 5 = -2\n-2+8=6\nanswer: 6"
    )


def test_criteria_that_no_program_can_check_are_passed_over() -> None:
    rubric = Rubric(criteria=(Criterion(name="tone", description="is kind"), CRITERIA["numbered"].criterion))
    assert marks(rubric, writing("1) 2 * 4 = 8")) == {"numbered": 1.0}
    assert meet(rubric, writing("2 * 4 = 8\nanswer: 6")) == "1) 2 * 4 = 8\nanswer: 6"


def test_a_lesson_without_a_rubric_says_so() -> None:
    with pytest.raises(QuestionError, match="lesson 'l' has no rubric; give it one in the course file"):
        rubric_of(QUESTION)
    given_one = QUESTION.model_copy(update={"metadata": {"rubric": rubric_for(["stops"]).model_dump()}})
    assert rubric_of(given_one) == rubric_for(["stops"])


def test_rubrics_are_said_and_read_and_named_rightly() -> None:
    whole = rubric_for(CRITERIA)
    assert parse_rubric(render_rubric(whole)) == whole
    with pytest.raises(UnknownName, match="unknown criterion 'stop'; did you mean 'stops'"):
        rubric_for(["stop"])


def test_names_and_aspects_are_told_apart() -> None:
    assert list(CRITERIA) == [criterion.name for criterion in CRITERIA.values()]
    assert len({criterion.description for criterion in CRITERIA.values()}) == len(CRITERIA)


def test_a_sheet_knows_its_lines() -> None:
    sheet = Sheet.read("answer: 4\n\n 2 + 2 = 4 \nCheck: 4\nthe answer is 5")
    assert [kind for kind, _ in sheet.lines] == ["step", "step", "check", "answer"]
    assert sheet.answer == "5"
    assert Sheet.read("answer: 5\ncheck: 5").with_steps(("a", "b")).text == "answer: 5\na\nb\ncheck: 5"

"""Measures of marks and of teachers' edits, on classrooms held by hand."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schoolroom.environments.scripts.citing import citing, citing_exam
from schoolroom.training.marks import edit_share, measure_edits, measure_marks
from schoolroom.training.measures import measure
from schoolroom.transcripts.records import Cue, Episode, Grade, Question

Hold = Callable[..., tuple[Episode, list[Cue]]]

RUBRIC = "- stops: a dot after steps\n- tight: no spaces in sums"


def grade(stops: float, tight: float, correct: bool = True) -> Grade:
    return Grade(score=float(correct), correct=correct, marks={"stops": stops, "tight": tight})


def sat(hold: Hold, question: Question, *grades: Grade) -> Episode:
    script = citing_exam(question, rubric_by="teacher", max_revisions=len(grades) - 1)
    words = [RUBRIC, *(f"{i}\nanswer: 12" for i in range(len(grades)))]
    return hold(script, question, words, grades, name="citing_exam")[0]


def test_first_and_last_solutions_are_measured_overall_and_by_criterion(
    hold: Hold, question: Question
) -> None:
    exam = [
        sat(hold, question, grade(0, 1), grade(1, 1), grade(1, 1)),
        sat(hold, question, grade(0, 0), grade(0.5, 0, correct=False)),
        sat(hold, question, grade(1, 1, correct=False)),
    ]
    report = measure_marks(exam)
    assert report.n == 3
    assert report.criteria_t1.value == pytest.approx((0.5 + 0 + 1) / 3)
    assert report.criteria_t2.value == pytest.approx((1 + 0.25 + 1) / 3)
    assert (report.met_t1.value, report.met_t2.value) == pytest.approx((1 / 3, 2 / 3))
    assert (report.good_t1.value, report.good_t2.value) == pytest.approx((0, 1 / 3))
    assert report.by_criterion_t1["stops"].value == pytest.approx(1 / 3)
    assert report.by_criterion_t2["stops"].value == pytest.approx(2.5 / 3)
    assert report.by_criterion_t2["tight"].n == 3
    assert measure(exam[:2]).acc_t2.value == 0.5


def test_what_was_not_marked_or_not_finished_is_left_out(hold: Hold, question: Question) -> None:
    unmarked = hold(citing_exam(question, rubric_by=None), question, ["answer: 12"] * 2)[0]
    unfinished = sat(hold, question, grade(1, 1)).model_copy(update={"ending": None})
    report = measure_marks([unmarked, unfinished])
    assert (report.n, report.criteria_t1.value, report.criteria_t1.high) == (0, 0.0, 1.0)
    assert report.by_criterion_t1 == {}


def test_the_teachers_own_solution_is_not_the_students(hold: Hold, question: Question) -> None:
    words = [RUBRIC, "answer: 12", "1+1=2.\nanswer: 12"]
    episode = hold(citing(question), question, words, [grade(0, 0), grade(1, 1)])[0]
    assert measure_marks([episode]).criteria_t2.value == 0.0


def test_how_much_teachers_changed(hold: Hold, question: Question) -> None:
    left = hold(citing(question), question, [RUBRIC, "answer: 12", "answer: 12"])[0]
    changed = hold(citing(question), question, [RUBRIC, "ab", "abcd"])[0]
    report = measure_edits([left, changed])
    assert (report.n, report.unchanged.value) == (2, 0.5)
    assert report.edited.value == pytest.approx((0 + 1 / 3) / 2)


@given(st.text(max_size=30), st.text(max_size=30))
def test_an_edit_share_is_a_share(draft: str, revision: str) -> None:
    assert 0.0 <= edit_share(draft, revision) <= 1.0
    assert edit_share(draft, draft) == 0.0

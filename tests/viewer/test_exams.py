"""Exams on a page: what is compared with what, and where flows and marks are drawn."""

from datetime import UTC, datetime, timedelta

import pytest

from schoolroom.plots.correction import CorrectionFlow
from schoolroom.training.measures import measure
from schoolroom.transcripts.paging import Window
from schoolroom.transcripts.records import Run
from schoolroom.viewer.exams import ACROSS, DOWN, drawn_flow, grouped

from .conftest import Browser


def exam(id_: str, questions: list[str], hours: int) -> Run:
    began = datetime(2030, 1, 1, tzinfo=UTC) + timedelta(hours=hours)
    return Run(id=id_, kind="exam", plan={"questions": questions}, seed=0, started=began)


def test_exams_on_the_same_questions_stand_together_newest_first() -> None:
    runs = [exam("a", ["1"], 0), exam("b", ["2"], 1), exam("c", ["1"], 2), Run(id="d", plan={}, seed=0)]
    assert [[run.id for run in group] for group in grouped(runs)] == [["c", "a"], ["b"]]


def test_ribbons_fill_both_bars() -> None:
    flow = CorrectionFlow(right_right=5, wrong_right=3, right_wrong=1, wrong_wrong=1)
    drawn = drawn_flow(exam("a", [], 0), flow)
    assert [ribbon.count for ribbon in drawn.ribbons] == [5, 3, 1, 1]
    first = sorted(ribbon.first for ribbon in drawn.ribbons)
    assert first[0][0] == 0.0
    assert sum(first[-1]) == pytest.approx(DOWN)
    assert drawn.ribbons[0].path.startswith(f"M0 0.0 C{ACROSS / 2:g} 0.0")
    assert drawn_flow(exam("a", [], 0), CorrectionFlow(unknown=4)).ribbons == ()


@pytest.fixture
def exams(window: Window) -> list[Run]:
    return [run for run in window.runs() if run.kind == "exam"]


def test_the_list_leads_to_each_exam(browser: Browser, exams: list[Run]) -> None:
    page = browser.get("/exams").text
    assert [page.count(f'href="/exams/{run.id}"') for run in exams] == [1, 1]
    assert page.count("<h2>") == 1, "both put the same questions"


def test_an_exam_is_held_against_the_first_one_question_by_question(
    browser: Browser, window: Window, exams: list[Run]
) -> None:
    before, after = exams
    page = browser.get(f"/exams/{after.id}").text
    found = measure(window.episodes(run=after.id, calls=False))
    assert f'<option value="{before.id}" selected>“careless”' in page
    assert f"{found.acc_t2.value:.3f}" in page
    assert "On the same 10 questions" in page
    assert "McNemar&#39;s exact test" in page or "McNemar's exact test" in page
    assert page.count('role="img"') == 3 + 2, "a row each for all and both lessons, and two flows"
    assert "style=" not in page.partition("<main")[2]


def test_an_exam_may_be_looked_at_alone_and_the_first_is(browser: Browser, exams: list[Run]) -> None:
    before, after = exams
    alone = browser.get(f"/exams/{after.id}?before=").text
    assert "On the same" not in alone
    assert alone.count('role="img"') == 3 + 1
    assert "On the same" not in browser.get(f"/exams/{before.id}").text
    assert "On the same" in browser.get(f"/exams/{before.id}?before={after.id}").text


def test_what_is_no_exam_or_puts_other_questions_is_said(
    browser: Browser, window: Window, exams: list[Run]
) -> None:
    school = next(run for run in window.runs() if run.kind == "simulation")
    answer = browser.get(f"/exams/{school.id}")
    assert (answer.status_code, "is no exam (simulation)" in answer.text) == (404, True)
    answer = browser.get(f"/exams/{exams[0].id}?before={school.id}")
    assert (answer.status_code, "puts the questions of exam" in answer.text) == (400, True)

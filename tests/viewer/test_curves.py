"""The page of a learning curve, and how its points are drawn."""

import pytest

from schoolroom.plots.curves import CurvePoint, LearningCurve
from schoolroom.training.measures import measure
from schoolroom.transcripts.paging import Window
from schoolroom.viewer.exams import CURVE_ACROSS, CURVE_DOWN, drawn_curve

from .conftest import Browser


def test_points_stand_as_high_as_their_shares(window: Window) -> None:
    exam = next(run for run in window.runs() if run.kind == "exam")
    report = measure(window.episodes(run=exam.id, calls=False))

    def point(trained: int) -> CurvePoint:
        return CurvePoint(trained=trained, steps=9, run=exam.id, student="s", checkpoint=None, report=report)

    drawn = drawn_curve(LearningCurve(name="s", points=(point(0), point(1), point(4))))
    assert [one.x for one in drawn.points] == [0.0, CURVE_ACROSS / 4, CURVE_ACROSS]
    assert drawn.points[0].last == pytest.approx(CURVE_DOWN * (1 - report.acc_t2.value))
    assert drawn.points[0].high <= drawn.points[0].last <= drawn.points[0].low
    assert drawn_curve(LearningCurve(name="s", points=(point(0),))).points[0].x == 0.0


def test_the_page_of_an_exam_shows_its_curve_and_links_its_points(browser: Browser, window: Window) -> None:
    exams = [run.id for run in window.runs() if run.kind == "exam"]
    page = browser.get(f"/runs/{exams[0]}/curves").text
    assert "Learning curve of “careless”" in page
    assert page.count(f'href="/exams/{exams[0]}"') == 2
    assert exams[1] not in page
    assert "times trained" in page


def test_without_an_exam_there_is_a_sentence(browser: Browser) -> None:
    answer = browser.get("/runs/bad-run/curves")
    assert answer.status_code == 404
    assert "has sat no exam" in answer.text

"""The drawing of lessons: every lesson once, as it stands, told in words; and a page of each."""

import re

import pytest

from schoolroom.environments.course import load_course
from schoolroom.environments.mastery import Mastery
from schoolroom.transcripts.paging import Window
from schoolroom.transcripts.records import Run
from schoolroom.viewer.lessons import arrow_path, drawn_lessons
from schoolroom.viewer.runs import LessonLine

from .conftest import Browser

COURSE = load_course("arithmetic", outline=True)


def line(id_: str, right: int = 0, wrong: int = 0, *, is_mastered: bool = False) -> LessonLine:
    return LessonLine(
        id=id_,
        title=COURSE.graph[id_].title,
        episodes=right + wrong,
        answers=Mastery(right=right, wrong=wrong),
        low=0.1,
        high=0.9,
        is_mastered=is_mastered,
    )


def test_every_lesson_is_drawn_once_as_it_stands() -> None:
    lines = {id_: line(id_) for id_ in COURSE.graph}
    lines |= {"chains": line("chains", 30, 2, is_mastered=True), "products": line("products", 1, 3)}
    drawn = drawn_lessons(Run(id="a/b", plan={}, seed=0), COURSE, lines)
    boxes = {box.id: box for box in drawn.boxes}
    assert list(boxes) == list(COURSE.graph)
    assert drawn.mastered == 1
    assert len(drawn.arrows) == sum(len(lesson.prerequisites) for lesson in COURSE.lessons)
    chains, products, brackets = boxes["chains"], boxes["products"], boxes["brackets"]
    assert (chains.state, products.state, brackets.state) == ("mastered", "taught", "not_reached")
    assert chains.told == (
        "Chains of sums and differences: mastered, 30 of 32 unaided, mastery 0.91 (0.10 to 0.90)"
    )
    assert brackets.told == "Two brackets: not reached"
    assert chains.title == ("Chains of sums and", "differences")
    assert chains.href == "/runs/a%2Fb/lessons/chains"
    assert (brackets.mean, products.mean) == (None, 2 / 6)
    assert all(0 <= box.x <= drawn.width and 0 <= box.y <= drawn.height for box in drawn.boxes)


def test_an_arrow_is_level_where_it_begins_and_ends() -> None:
    assert arrow_path(((0.0, 0.0), (60.0, 30.0))) == "M4 4 C34 4 34 34 64 34"


@pytest.fixture
def school(window: Window) -> str:
    return next(run.id for run in window.runs() if run.kind == "simulation")


def test_the_page_draws_the_graph_and_links_each_lesson(browser: Browser, school: str) -> None:
    page = browser.get(f"/runs/{school}/lessons").text
    assert 'aria-label="Lessons of Arithmetic, each behind those that it needs"' in page
    hrefs = re.findall(r'<a href="([^"]*/lessons/[^"]*)"', page)
    assert sorted(hrefs) == [f"/runs/{school}/lessons/{id_}" for id_ in ("chains", "two-digit-sums")]
    assert "style=" not in page.partition("<main")[2], "no browser would follow it"
    assert browser.get(f"/runs/{school}/lessons.live").status_code == 204, "the run has ended"
    for href in hrefs:
        lesson = browser.get(href).text
        assert "of 8" in lesson
        assert f"/episodes?run={school}&amp;lesson={href.rpartition('/')[2]}" in lesson
        assert lesson.count("data-row=") == 8
        assert 'class="mean"' in lesson


def test_what_is_not_there_is_said(browser: Browser, school: str) -> None:
    answer = browser.get(f"/runs/{school}/lessons/chain")
    assert answer.status_code == 400
    assert "unknown lesson &#39;chain&#39;; did you mean &#39;chains&#39;?" in answer.text
    assert browser.get("/runs/none/lessons").status_code == 404


def test_a_run_whose_course_cannot_be_read_is_a_sentence(browser: Browser) -> None:
    answer = browser.get("/runs/bad-run/lessons")
    assert answer.status_code == 400
    assert "holds no course that can be drawn" in answer.text

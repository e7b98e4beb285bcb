"""The graph as text: every lesson is named, with all that it needs."""

import pytest
from rich.console import Console

from schoolroom.environments.course import Course, course_names, load_course
from schoolroom.environments.course_tree import course_tree


def text_of(course: Course, mastery: dict[str, float] | None = None) -> str:
    console = Console(width=200, color_system=None)
    with console.capture() as capture:
        console.print(course_tree(course, mastery))
    return capture.get()


@pytest.mark.parametrize("name", course_names())
def test_every_lesson_stands_once_in_the_text(name: str) -> None:
    course = load_course(name, outline=True)
    lines = text_of(course).splitlines()
    assert lines[0] == course.title
    for lesson in course.lessons:
        assert sum(f"─ {lesson.id}  {lesson.title}" in line for line in lines) == 1


def test_a_lesson_with_several_prerequisites_names_them_all() -> None:
    text = text_of(load_course("arithmetic", outline=True), {"chains": 0.5})
    assert "also needs long-columns" in text or "also needs nested-brackets" in text
    assert "50%" in text

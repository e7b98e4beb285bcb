"""A course file reads its own folder, and what its user names; nothing else unless the user allows it."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from schoolroom.cli.main import app
from schoolroom.environments.course import Course, check_course, load_course
from schoolroom.environments.lessons import Lesson
from schoolroom.transcripts.errors import CourseError

QUESTIONS = "".join(json.dumps({"question": f"{n} + 1?", "answer": str(n + 1)}) + "\n" for n in range(20))
PARAMETER = '[parameters.file]\ndescription = "questions"\nkind = "file"\n'


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    """A file beside the folder of courses; links in that folder lead to it and to its folder."""
    (course := tmp_path / "courses").mkdir()
    (elsewhere := tmp_path / "elsewhere").mkdir()
    (file := elsewhere / "secret.jsonl").write_text(QUESTIONS)
    (course / "own.jsonl").write_text(QUESTIONS)
    (course / "file.jsonl").symlink_to(file)
    (course / "folder").symlink_to(elsewhere)
    return file


def course_file(outside: Path, subject: str, head: str = "", more: str = "") -> Path:
    path = outside.parents[1] / "courses" / "course.toml"
    lesson = f'[[lessons]]\nid = "a"\ntitle = "A"\nsubject = {json.dumps(subject)}\n{more}'
    path.write_text(f'title = "T"\n{head}\n{lesson}')
    return path


ESCAPES = {
    "relative": "jsonl:../elsewhere/secret.jsonl",
    "absolute": "jsonl:{outside}",
    "linked file": "jsonl:file.jsonl",
    "linked folder": "jsonl:folder/secret.jsonl",
    "in and out": "jsonl:own.jsonl/../../elsewhere/secret.jsonl",
    "root": "jsonl:/etc/passwd",
}


@pytest.mark.parametrize("how", ESCAPES)
def test_a_course_file_cannot_name_what_lies_outside_its_folder(outside: Path, how: str) -> None:
    path = course_file(outside, ESCAPES[how].format(outside=outside))
    with pytest.raises(
        CourseError, match=r"lesson 'a': '.*' leaves the course's folder .*allow_outside=true"
    ):
        load_course(path)
    assert "leaves the course's folder" in check_course(path)[0]


def test_nor_can_its_exam_or_the_default_of_a_parameter(outside: Path) -> None:
    exam = course_file(outside, "jsonl:own.jsonl", more=f"exam_subject = 'jsonl:{outside}'\n")
    with pytest.raises(CourseError, match="leaves the course's folder"):
        load_course(exam)
    for default in (str(outside), "../elsewhere/secret.jsonl", "folder/secret.jsonl"):
        path = course_file(outside, "jsonl:${file}", PARAMETER + f"default = {json.dumps(default)}\n")
        with pytest.raises(CourseError, match="leaves the course's folder"):
            load_course(path)


def test_a_path_that_the_user_gives_is_read_and_opens_no_other(outside: Path) -> None:
    named = {"file": str(outside)}
    course = load_course(course_file(outside, "jsonl:${file}", PARAMETER), named)
    assert next(course.questions("a")).answer is not None
    within = load_course(
        course_file(outside, "jsonl:${file}/secret.jsonl", PARAMETER), {"file": outside.parent}
    )
    assert next(within.questions("a")).answer is not None
    (outside.parent / "other.jsonl").write_text(QUESTIONS)
    with pytest.raises(CourseError, match="leaves the course's folder"):
        load_course(course_file(outside, "jsonl:${file}/../other.jsonl", PARAMETER), named)


def test_what_a_course_may_read_stays_when_it_is_cut_down(outside: Path) -> None:
    course = load_course(course_file(outside, "jsonl:${file}", PARAMETER), {"file": str(outside)})
    assert next(course.only(["a"]).questions("a")).answer is not None
    with pytest.raises(CourseError, match="leaves the course's folder"):
        course.only(["a"]).checker("jsonl:/etc/passwd")
    assert "allowed" not in course.model_dump()


def test_the_user_may_allow_all_files(outside: Path) -> None:
    path = course_file(outside, "jsonl:../elsewhere/secret.jsonl")
    assert next(load_course(path, allow_outside=True).questions("a")).answer is not None
    assert check_course(path, allow_outside=True) == []
    runner = CliRunner()
    assert runner.invoke(app, ["courses", "check", str(path)]).exit_code == 2
    assert runner.invoke(app, ["courses", "check", str(path), "--allow-outside"]).exit_code == 0
    run = ["run", "--course", str(path), "--dry-run", "--json"]
    refused = runner.invoke(app, run)
    assert refused.exit_code == 2
    assert "leaves the course's folder" in refused.stderr
    assert runner.invoke(app, [*run, "--set", "allow_outside=true"]).exit_code == 0


def test_a_course_that_a_program_makes_may_name_any_file(outside: Path) -> None:
    lesson = Lesson(id="a", title="A", subject=f"jsonl:{outside}")
    assert next(Course(id="c", title="C", lessons=(lesson,)).questions("a")).answer is not None


@pytest.mark.parametrize("name", ["a\0b", "x" * 5_000, "loop"])
def test_what_is_no_file_name_is_refused_in_a_sentence(outside: Path, name: str) -> None:
    course = course_file(outside, f"jsonl:{name}")
    (course.parent / "loop").symlink_to("loop")
    assert len(check_course(course)) == 1

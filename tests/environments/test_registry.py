"""The names of subjects, and the files that a course may name."""

from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from schoolroom.environments.subjects.registry import find_subject, subject_names
from schoolroom.transcripts import plugins
from schoolroom.transcripts.errors import CourseError, ProtocolError, UnknownName


def test_subjects_are_found_by_name_and_kept() -> None:
    assert find_subject("equations") is find_subject("equations")
    assert {"column_addition", "equations", "multistep_arithmetic"} <= set(subject_names(tasks=False))
    assert "reasoning_gym:chain_sum" in subject_names()


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("equation", "unknown subject 'equation'; did you mean 'equations'"),
        ("reasoning_gym:chain_sun", "unknown reasoning-gym task 'chain_sun'; did you mean 'chain_sum'"),
        ("chain_sum", "unknown subject 'chain_sum'.* reasoning_gym:chain_sum"),
    ],
)
def test_unknown_names_have_a_suggestion(name: str, message: str) -> None:
    with pytest.raises(UnknownName, match=message):
        find_subject(name)


def test_a_course_stays_in_its_folder(tmp_path: Path) -> None:
    course = tmp_path / "course"
    course.mkdir()
    for folder in (course, tmp_path):
        (folder / "q.jsonl").write_text('{"question": "1+1?", "answer": "2"}\n')
    inside = find_subject("jsonl:q.jsonl", folder=course)
    assert inside.sample(inside.level({}), 0).answer == "2"
    assert inside is find_subject("jsonl:q.jsonl", folder=course)
    with pytest.raises(CourseError, match=r"leaves the course's folder .*; move the file into it"):
        find_subject("jsonl:../q.jsonl", folder=course)
    with pytest.raises(CourseError, match="leaves the course's folder"):
        find_subject(f"jsonl:{tmp_path / 'q.jsonl'}", folder=course)
    allowed = find_subject("jsonl:../q.jsonl", folder=course, allowed=None)
    named = find_subject(f"jsonl:{tmp_path / 'q.jsonl'}", folder=course, allowed=[tmp_path / "q.jsonl"])
    assert allowed.sample(allowed.level({}), 0).text == named.sample(named.level({}), 0).text
    with pytest.raises(CourseError, match="names no file"):
        find_subject("jsonl:")


def test_a_link_out_of_the_folder_is_seen_through(tmp_path: Path) -> None:
    course = tmp_path / "course"
    course.mkdir()
    (tmp_path / "q.jsonl").write_text('{"question": "1+1?"}\n')
    (course / "link.jsonl").symlink_to(tmp_path / "q.jsonl")
    with pytest.raises(CourseError, match="leaves the course's folder"):
        find_subject("jsonl:link.jsonl", folder=course)


def test_a_broken_plugin_harms_nobody_but_who_asks_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    point = EntryPoint("broken", "no_such_package:subject", "schoolroom.subjects")
    monkeypatch.setattr(plugins, "entry_points", lambda group: [point])
    assert find_subject("equations").name == "equations"
    assert "broken" in subject_names(tasks=False)
    with pytest.raises(ProtocolError, match="entry point 'broken'"):
        find_subject("broken")

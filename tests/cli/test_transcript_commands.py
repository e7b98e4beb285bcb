"""`schoolroom transcripts`, `courses` and `personas`: what they show, and what they hand to scripts."""

import json
from collections.abc import Callable
from importlib.metadata import EntryPoint, EntryPoints
from pathlib import Path
from typing import Any

import pytest
from typer.testing import Result

from schoolroom.cli.run_report import print_cut_short
from schoolroom.environments.course import course_names
from schoolroom.transcripts import plugins
from schoolroom.transcripts.records import Episode
from schoolroom.transcripts.store import Counts, Store

Cli = Callable[..., Result]


def test_runs_are_listed(cli: Cli, held: dict[str, Any]) -> None:
    (run,) = json.loads(cli("transcripts", "runs", "--json").stdout)
    assert (run["id"], run["kind"], run["episodes"]) == (held["run"], "simulation", 80)
    words = cli("transcripts", "runs").stdout
    assert held["run"][:8] in words
    assert all(len(line) <= 80 for line in words.splitlines())
    assert (
        "'schoolroom transcripts runs' shows what" in cli("transcripts", "list", "--run", "zz", code=3).stderr
    )


@pytest.mark.usefixtures("held")
def test_a_student_is_listed_in_one_piece(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    counts = Counts(episodes=1200, finished=1188, cut_short=12, open=0, turns=0, calls=0)
    monkeypatch.setattr(Store, "counts", lambda *_: counts)
    words = cli("transcripts", "runs").stdout
    assert "careless@1" in words
    assert "12 cut short" in words
    assert all(len(line.rstrip()) <= 80 for line in words.splitlines())


def test_reasons_are_counted_in_words(capsys: pytest.CaptureFixture[str]) -> None:
    print_cut_short({"no answer": 1, "no key": 3}, 9)
    words = capsys.readouterr().out
    assert "4 of 9 episodes cut short:" in words
    assert "once: no answer" in words
    assert "3 times: no key" in words


def test_episodes_are_listed_by_what_one_looks_for(cli: Cli, held: dict[str, Any]) -> None:
    wrong = json.loads(cli("transcripts", "list", "--wrong", "--limit", "80", "--json").stdout)
    assert len(wrong) == sum(lesson["wrong_unaided"] for lesson in held["lessons"])
    assert {episode["outcome"] for episode in wrong} <= {"wrong", "right in the end"}
    some = json.loads(
        cli("transcripts", "list", "--run", held["run"][:6], "--lesson", "two-digit", "--json").stdout
    )
    assert len(some) == 20
    assert {episode["question"]["lesson"] for episode in some} == {"two-digit"}
    assert json.loads(cli("transcripts", "list", "--ending", "open", "--json").stdout) == []
    assert "no such episode" in cli("transcripts", "list", "--ending", "open").stderr
    result = cli("transcripts", "list", "--limit", "2")
    assert "there are more" in result.stderr
    assert result.stdout.count("two-digit-no-carry") == 2
    assert result.output.index("there are more") < result.output.index("\nnext\n")


def test_an_episode_is_shown_for_people_and_for_scripts(cli: Cli, held: dict[str, Any]) -> None:
    (first,) = json.loads(cli("transcripts", "list", "--wrong", "--limit", "1", "--json").stdout)
    words = cli("transcripts", "show", first["id"][:12]).stdout
    assert first["question"]["text"] in words
    assert "← wrong" in words
    assert "careless@1 · attempt" in words
    shown = Episode.model_validate_json(cli("transcripts", "show", first["id"], "--json").stdout)
    with Store.open("schoolroom.db", must_exist=True) as store:
        assert shown == store.episode(first["id"])


def test_courses_are_listed_and_shown(cli: Cli) -> None:
    assert [course["id"] for course in json.loads(cli("courses", "list", "--json").stdout)] == course_names()
    words = cli("courses", "show", "arithmetic").stdout
    assert "└── " in words
    assert "also needs" in words
    assert "--param file=" in cli("courses", "show", "word-problems").stdout
    assert "file" in cli("courses", "list").stdout
    lessons = json.loads(cli("courses", "show", "addition", "--json").stdout)["lessons"]
    assert [lesson["id"] for lesson in lessons] == ["two-digit-no-carry", "two-digit"]


def test_a_course_is_checked(cli: Cli, tmp_path: Path) -> None:
    assert cli("courses", "check", "addition").stdout == "addition: nothing is wrong\n"
    (tmp_path / "a.toml").write_text(
        'title = "A"\n[[lessons]]\nid = "a"\ntitle = "A"\nsubject = "column_addition"\n'
        'prerequisites = ["b"]\nlevel = { digit = 2 }\n'
    )
    result = cli("courses", "check", "a.toml", code=2)
    assert result.stdout == ""
    assert len(result.stderr.splitlines()) == 2
    assert "lesson 'a' needs 'b'" in result.stderr
    assert "did you mean 'digits'?" in result.stderr
    problems = json.loads(cli("courses", "check", "a.toml", "--json", code=2).stdout)["problems"]
    assert [f"error: {problem}" for problem in problems] == result.stderr.splitlines()


def test_a_course_is_drawn(cli: Cli, tmp_path: Path) -> None:
    assert "12 lessons drawn in a.svg" in cli("courses", "plot", "arithmetic", "--out", "a.svg").stdout
    assert "<svg" in (tmp_path / "a.svg").read_text()


def test_personas_are_listed_and_shown(cli: Cli) -> None:
    personas = json.loads(cli("personas", "list", "--json").stdout)
    assert len(personas) >= 10
    teachers = cli("personas", "list", "--role", "teacher").stdout
    assert "socratic@1" in teachers
    assert "careless" not in teachers
    words = cli("personas", "show", "careless").stdout
    assert "slip_rate" in words
    assert "instructions: attempt" in words
    assert (
        json.loads(cli("personas", "show", "exact", "--role", "grader", "--json").stdout)["role"] == "grader"
    )
    assert "several roles" in cli("personas", "show", "exact", code=2).stderr


def test_a_broken_package_of_personas_is_a_warning(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    point = EntryPoint("gone", "no_such_package", "schoolroom.personas")
    monkeypatch.setattr(plugins, "entry_points", lambda **_: EntryPoints([point]))
    result = cli("personas", "list", "--json")
    assert "patient" in {persona["name"] for persona in json.loads(result.stdout)}
    assert result.stderr.startswith("warning: entry point 'gone' of group 'schoolroom.personas'")
    assert len(result.stderr.splitlines()) == 1
    assert json.loads(cli("run", "--dry-run", "--json").stdout)["seats"]


def test_a_new_persona_is_written_once_checked_and_seated(cli: Cli, tmp_path: Path) -> None:
    words = cli("personas", "new", "keen", "--role", "student").stdout
    assert "schoolroom run --student keen.toml" in words
    assert cli("personas", "check", "keen.toml").stdout == "keen.toml: nothing is wrong\n"
    before = (tmp_path / "keen.toml").read_text()
    assert "left as it is" in cli("personas", "new", "keen", "--role", "teacher", code=2).stderr
    assert (tmp_path / "keen.toml").read_text() == before
    assert (
        json.loads(cli("run", "--student", "keen.toml", "--episodes", "2", "--json").stdout)["episodes"] == 2
    )

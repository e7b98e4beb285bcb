"""Seats beyond teacher, student and grader: several students of several personas, an editor."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

from schoolroom.cli.plan import details_of
from schoolroom.cli.seat_settings import parse_seats
from schoolroom.cli.settings import load_settings
from schoolroom.transcripts.errors import ConfigError
from schoolroom.transcripts.records import Role
from schoolroom.transcripts.store import Store

Cli = Callable[..., Result]

SEMINAR = (
    *("run", "--script", "seminar", "--episodes", "2", "--gate", "taught", "--json", "-q"),
    *("--seat", "student-1=careless", "--seat", "student-2=anxious", "--seat", "student-3=persistent"),
)


def test_a_seminar_has_students_of_several_personas(cli: Cli, tmp_path: Path) -> None:
    report = json.loads(cli(*SEMINAR).stdout)
    assert (report["episodes"], report["cut_short"]) == (4, {})
    with Store.open(tmp_path / "schoolroom.db", must_exist=True) as store:
        (episode, *_) = store.episodes(run=report["run"])
    spoke = {turn.seat: (turn.persona, turn.role) for turn in episode.turns if turn.role is Role.STUDENT}
    assert spoke == {
        "student-1": ("careless@1", Role.STUDENT),
        "student-2": ("anxious@1", Role.STUDENT),
        "student-3": ("persistent@1", Role.STUDENT),
    }
    assert json.loads(cli(*SEMINAR).stdout)["resumed"] == 4


def test_who_sits_there_is_part_of_the_run(cli: Cli) -> None:
    plan = ("--dry-run", "--json")
    usual = json.loads(cli("run", *plan).stdout)
    assert json.loads(cli("run", "--seat", "student=careless", *plan).stdout)["run"] == usual["run"]
    runs = {usual["run"]}
    for who, persona, role in (
        ("exact", "exact@1", "teacher"),
        ("strict", "strict@1", "teacher"),
        ("student:careless", "careless@1", "student"),
    ):
        shown = json.loads(cli("run", "--seat", f"editor={who}", *plan).stdout)
        seat = {"seat": "editor", "role": role, "persona": persona, "model": "scripted"}
        assert shown["seats"][3] == seat
        runs.add(shown["run"])
    assert len(runs) == 4


def test_an_editor_of_its_own_corrects(cli: Cli, tmp_path: Path) -> None:
    words = ("run", "--script", "tripost", "--episodes", "8", "--gate", "taught", "-q", "--json")
    seats = ("--seat", "editor=exact", "--setting", "editor=editor", "--setting", "rounds=0")
    report = json.loads(cli(*words, *seats, "--teacher", "patient").stdout)
    with Store.open(tmp_path / "schoolroom.db", must_exist=True) as store:
        turns = [turn for episode in store.episodes(run=report["run"]) for turn in episode.turns]
    assert {turn.persona for turn in turns if turn.ask == "demonstrate"} == {"exact@1"}


def test_a_file_seats_them_too_and_options_win(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text(
        '[seats.more]\nstudent-1 = "careless"\ncritic = { who = "anxious", role = "student" }\n'
    )
    settings = load_settings(tmp_path / "a.toml", (), parse_seats(["student-1=persistent@m"]))
    assert settings.seats.names == ("teacher", "student", "grader", "student-1", "critic")
    assert settings.seats.settings_of("student-1").who == "persistent@m"
    assert settings.seats.role_of("student-1") is settings.seats.role_of("critic") is Role.STUDENT
    details = details_of(settings, settings.seats.names)
    assert details["personas"]["critic"]["name"] == "anxious"
    assert set(details["llm"]) == {"student-1"}


def test_a_model_folder_is_no_role() -> None:
    assert parse_seats(["student-1=hf:out/a", "critic=student:hf:out/a", "teacher=exact@m"]) == {
        "seats.more.student-1.who": "hf:out/a",
        "seats.more.critic.role": "student",
        "seats.more.critic.who": "hf:out/a",
        "seats.teacher.who": "exact@m",
    }


@pytest.mark.parametrize("pair", ["anxious", "Student=anxious", "a.b=anxious", "=anxious"])
def test_a_seat_needs_a_name_and_somebody(pair: str) -> None:
    with pytest.raises(ConfigError, match=f"--seat takes NAME=WHO, as in .* but was given '{pair}'"):
        parse_seats([pair])


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--set", "seats.more.editor.whom=exact"), "unknown setting 'whom' in 'seats.more.editor'; did you"),
        (("--set", "seats.more.editor.role=student"), "the setting 'seats.more.editor.who' is missing"),
        (("--seat", "editor="), "'seats.more.editor.who' is \"\""),
        (("--seat", "editor=anxious"), "'anxious' is a student, but this seat needs a teacher"),
    ],
)
def test_a_mistake_is_named(cli: Cli, words: tuple[str, ...], message: str) -> None:
    assert message in cli("run", "--dry-run", *words, code=2).stderr


def test_an_empty_seat_is_named(cli: Cli) -> None:
    result = cli("run", "--script", "seminar", "--episodes", "1", "-q", "--json", code=4)
    assert "cues seat 'student-1'" in result.stdout
    assert "seat somebody there" in result.stdout

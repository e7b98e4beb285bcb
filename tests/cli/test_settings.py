"""Settings: which word wins, and what is said of those that cannot be used."""

from pathlib import Path

import pytest

from schoolroom.cli.settings import Settings, load_settings, pairs_under, parse_pairs
from schoolroom.transcripts.errors import ConfigError


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "settings.toml"
    path.write_text(
        'course = "arithmetic"\nseed = 1\n[seats]\nteacher = "strict"\n[seats.student]\nwho = "hf:out"\n'
        "temperature = 1\n[classroom]\nwave = 8\nsettings = { max_revisions = 2 }\n[llm]\ntimeout = 5\n"
    )
    return path


def test_later_words_win(file: Path) -> None:
    settings = load_settings(file, ["seed=2", "classroom.wave=16"], {"seed": 3, "course": None})
    assert settings.seed == 3
    assert settings.course == "arithmetic"
    assert settings.classroom.wave == 16
    assert settings.classroom.settings == {"max_revisions": 2}
    assert settings.classroom.concurrency == Settings().classroom.concurrency


def test_a_seat_in_short_form_can_be_overridden_in_part(file: Path) -> None:
    seats = load_settings(file, ["seats.teacher.temperature=0.5", "seats.student.who=careless"]).seats
    assert (seats.teacher.who, seats.teacher.temperature) == ("strict", 0.5)
    assert (seats.student.who, seats.student.temperature) == ("careless", 1.0)
    assert (
        load_settings(None, ["seats.grader=rubric", "seats.grader.max_new_tokens=9"]).seats.grader.who
        == "rubric"
    )


def test_a_seat_keeps_who_sits_there_where_only_something_else_is_set(file: Path) -> None:
    student = load_settings(given={"seats.student.temperature": 0.5}).seats.student
    assert (student.who, student.temperature) == ("careless", 0.5)
    file.write_text("[seats.grader]\nmax_new_tokens = 5\n")
    assert load_settings(file).seats.grader.who == "exact"


def test_the_database_is_named_by_the_environment_where_nothing_else_does(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SCHOOLROOM_DB", "here.db")
    assert load_settings().database == "here.db"
    assert load_settings(given={"database": "there.db"}).database == "there.db"
    monkeypatch.delenv("SCHOOLROOM_DB")
    assert load_settings().database == "schoolroom.db"


def test_values_are_read_as_toml_or_else_as_text() -> None:
    pairs = [
        "a=1",
        "b=true",
        "c=[1, 2]",
        "d=hf:out/x",
        "e=2024-01-01",
        "f=",
        "g=x=y",
        "h=nan",
        "i=null",
        'j="null"',
    ]
    assert parse_pairs(pairs, "--set") == {
        "a": 1, "b": True, "c": [1, 2], "d": "hf:out/x", "e": "2024-01-01", "f": "", "g": "x=y", "h": "nan",
        "i": None, "j": "null",
    }  # fmt: skip


def test_null_is_a_value_and_an_option_that_was_not_given_is_none(file: Path) -> None:
    file.write_text("[classroom]\nepisodes = 5\nsettings = { rubric_by = 'author' }\n")
    whole = pairs_under("training.settings", ["whole=null"], "--recipe-set")
    settings = load_settings(
        file, ["classroom.episodes=null", "classroom.settings.rubric_by=null"], {"seed": None}, whole
    )
    assert settings.classroom.episodes is None
    assert settings.classroom.settings == {"rubric_by": None}
    assert settings.training.settings == {"whole": None}
    assert load_settings(file, given={"classroom.episodes": None}).classroom.episodes == 5


@pytest.mark.parametrize(
    ("pair", "message"),
    [
        ("clasroom.wave=3", r"unknown setting 'clasroom'; did you mean 'classroom'\? known: course,"),
        ("classroom.wav=3", r"unknown setting 'wav' in 'classroom'; did you mean 'wave'\?"),
        (
            "seats.student.llm.timout=3",
            r"unknown setting 'timout' in 'seats.student.llm'; did you mean 'timeout'",
        ),
        ("classroom.wave=x", r"the setting 'classroom.wave' is \"x\", but must be a valid integer\."),
        ("classroom.wave=0", r"'classroom.wave' is 0, but must be greater than or equal to 1\."),
        ("classroom.wave=null", r"'classroom.wave' is null, but must be a valid integer\."),
        ("classroom=null", r"'classroom' is null, but must be a table, with keys such as script,"),
        ("classroom=3", r"'classroom' is 3, but must be a table, with keys such as script, settings, gate\."),
        ("parameters=3", r"'parameters' is 3, but must be a table, with keys such as NAME = VALUE\."),
        ("classroom.gate=mastry", r"is \"mastry\", but must be 'mastery' or 'taught'\."),
        ("seats.student={temperature = 1}", r"'seats.student.who' is missing"),
        ("wave", r"--set takes NAME=VALUE, but was given 'wave'\."),
        ("=3", r"--set takes NAME=VALUE"),
    ],
)
def test_what_cannot_be_used_is_named(pair: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        load_settings(None, [pair])


def test_a_key_that_was_given_in_place_of_its_variable_is_not_repeated() -> None:
    with pytest.raises(ConfigError, match="must be the name of an environment variable") as error:
        load_settings(None, ["llm.api_key_env=sk-very-secret"])
    assert "secret" not in str(error.value)


def test_a_mistake_in_a_file_names_the_file(file: Path) -> None:
    file.write_text("seed = 'x'\n")
    with pytest.raises(ConfigError, match=r"settings '.*settings.toml': the setting 'seed' is \"x\""):
        load_settings(file)

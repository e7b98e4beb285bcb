"""`schoolroom plugins`: what is listed, what is checked, and how it is told; nothing is installed here."""

import json
from collections.abc import Callable
from importlib.metadata import EntryPoint, EntryPoints
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from schoolroom.cli.main import app
from schoolroom.transcripts import plugins

Cli = Callable[..., Result]


class Package:
    name, version = "mine", "1.0"


@pytest.fixture
def cli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cli:
    """Run a command in an empty folder; the exit code must be the one that is expected."""
    monkeypatch.chdir(tmp_path)

    def invoke(*words: str, code: int = 0) -> Result:
        result = CliRunner().invoke(app, ["plugins", *words])
        assert result.exit_code == code, result.output
        return result

    return invoke


def plug(monkeypatch: pytest.MonkeyPatch, **points: str) -> None:
    """Let the package `mine` bring entry points, each given as ``group_name=value``."""
    found = []
    for key, value in points.items():
        group, _, name = key.partition("_")
        found.append(point := EntryPoint(name, value, f"schoolroom.{group}"))
        vars(point)["dist"] = Package()

    def entry_points(group: str | None = None) -> EntryPoints:
        return EntryPoints(point for point in found if group in (None, point.group))

    monkeypatch.setattr(plugins, "entry_points", entry_points)


def test_where_nothing_is_plugged_in_the_way_to_begin_is_shown(
    cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    plug(monkeypatch)
    for words in ([], ["list"]):
        assert "schoolroom plugins new my-plugins" in cli(*words).stdout
    assert json.loads(cli("list", "--json").stdout) == []
    assert cli("check", "--all").stderr == "no package plugs anything in.\n"


def test_what_is_plugged_in_is_listed_with_its_package(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    plug(monkeypatch, scripts_mine="schoolroom.environments.scripts.exam:exam", recipes_gone="nowhere:gone")
    assert json.loads(cli("list", "--json").stdout) == [
        {"kind": "script", "name": "mine", "package": "mine", "version": "1.0"},
        {"kind": "recipe", "name": "gone", "package": "mine", "version": "1.0"},
    ]
    everything = json.loads(cli("list", "--all", "--json").stdout)
    assert {"kind": "script", "name": "exam", "package": "schoolroom", "version": "0.1.0"} in everything
    assert "gone" in cli("list").stdout


def test_what_is_wrong_is_told_and_ends_with_6(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    plug(
        monkeypatch,
        scripts_mine="schoolroom.environments.scripts.exam:exam",
        scripts_exam="schoolroom.environments.scripts.exam:exam",
        subjects_other="schoolroom.environments.subjects.column_addition:ColumnAddition",
        recipes_gone="nowhere:gone",
        personas_gone="nowhere",
        seats_grader="schoolroom.agents.scripted_grader:ScriptedGrader",
    )
    assert cli("check", "mine", code=6).stdout.splitlines() == [
        "persona gone (mine 1.0):",
        "  entry point 'gone' of group 'schoolroom.personas' must name a package that holds persona files, "
        "but 'nowhere' gives ModuleNotFoundError: No module named 'nowhere'; mend or uninstall it.",
        "subject other (mine 1.0):",
        "  calls itself 'column_addition', but is plugged in as 'other'; make them the same.",
        "script exam (mine 1.0):",
        "  a script 'exam' ships and cannot be replaced; give yours another name.",
        "script mine (mine 1.0): nothing is wrong",
        "seat grader (mine 1.0):",
        "  seat 'grader' cannot be made: TypeError: ScriptedSeat.__init__() got an unexpected keyword "
        "argument 'info'.",
        "recipe gone (mine 1.0):",
        "  entry point 'gone' of group 'schoolroom.recipes' cannot be loaded: 'nowhere:gone' gives "
        "ModuleNotFoundError: No module named 'nowhere'; mend or uninstall the package that brings it, mine "
        "1.0.",
    ]
    found = json.loads(cli("check", "--all", "--json", code=6).stdout)
    assert [len(item["problems"]) for item in found] == [1, 1, 1, 0, 1, 1]


def test_what_ships_can_be_checked_too(cli: Cli) -> None:
    assert cli("check", "tutoring").stdout == "script tutoring (schoolroom 0.1.0): nothing is wrong\n"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["check"], "takes the name of a plug-in or a package, or --all"),
        (["check", "tutoring", "--all"], "takes the name of a plug-in or a package, or --all"),
        (["check", "tutorin"], "unknown plug-in 'tutorin'; did you mean 'tutoring'?"),
        (["new", "My Own"], "'My Own' cannot name a package; take lower-case letters"),
        (["new", "."], "is there already, and is left as it is"),
    ],
)
def test_bad_input_is_one_sentence(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: list[str], message: str
) -> None:
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    assert message in cli(*words, code=2).stderr


def test_a_new_package_bears_its_folders_name(cli: Cli, tmp_path: Path) -> None:
    assert "schoolroom plugins check my-own" in cli("new", "some/my_own").stdout
    texts = {path: path.read_text() for path in (tmp_path / "some/my_own").rglob("*") if path.is_file()}
    assert (tmp_path / "some/my_own/src/my_own/subject.py") in texts
    assert not any("rome" in text or "rome" in str(path) for path, text in texts.items())
    before = texts.copy()
    cli("new", "some/my_own", code=2)
    assert before == {path: path.read_text() for path in texts}

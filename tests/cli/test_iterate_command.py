"""`schoolroom iterate`: its tables, its JSON, and how it ends. What it does is tested with the studies."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

from schoolroom.cli.iterate import _each
from schoolroom.cli.settings import load_settings

Cli = Callable[..., Result]

TINY = (
    *("iterate", "--out", "out", "--lessons", "two-digit", "--gold", "4", "--gold-steps", "2", "--exam", "3"),
    *("--episodes", "4", "--steps", "1", "--batch-size", "4", "--set", "seats.student.max_new_tokens=8"),
)


@pytest.mark.slow
def test_iterations_are_told_as_json_and_as_tables(cli: Cli) -> None:
    told = json.loads(cli(*TINY, "--iterations", "1", "--each", "max_revisions=0,1", "--json").stdout)
    zero, one = told["iterations"]
    assert (zero["iteration"], zero["steps"], zero["rows"]) == (0, 2, {"attempt": 4})
    assert (one["iteration"], one["steps"], one["episodes"]) == (1, 1, 4)
    assert one["exam"]["n"] == told["compared"]["n"] == 3
    assert one["model"].startswith("hf:out/iteration-1#")
    assert one["run"] == told["runs"]["iteration 1"]
    assert Path("schoolroom.db").exists()
    assert not Path("out/schoolroom.db").exists()

    again = cli(*TINY, "--iterations", "1", "--each", "max_revisions=0,1")
    assert again.stderr.count("had ended before") == 2
    lines = again.stdout.splitlines()
    assert lines[2].split()[:6] == ["iteration", "episodes", "rows", "steps", "tokens", "acc@t1"]
    assert lines[5].split()[:2] == ["1", "4"]
    assert max(map(len, lines[:7])) <= 80
    assert "the last exam against the first" in again.stdout
    assert "schoolroom exam --student hf:out/iteration-1 --course addition" in again.stdout

    refused = cli(*TINY, "--each", "max_revisions=1", "--json", code=2)
    assert "max_revisions.0 is 1, but was 0; each.max_revisions.1 is not given, but was 1" in refused.stderr
    assert not refused.stdout


def test_a_setting_that_changes_may_be_null_for_a_while() -> None:
    each = _each(["rubric_by=null,teacher", "editor=null", "rounds=[0, 3]"])
    assert each == {
        "iterations.each.rubric_by": [None, "teacher"],
        "iterations.each.editor": [None],
        "iterations.each.rounds": [0, 3],
    }
    assert load_settings(pairs=each).iterations.each["rubric_by"] == (None, "teacher")


def test_an_interruption_says_how_to_go_on(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("schoolroom.studies.iterate.run_iterations", interrupted)
    said = cli(*TINY, code=130).stderr
    assert "what has ended is in out, and every episode in schoolroom.db; the same command goes on" in said


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--student", "careless"], "--student is 'careless', but is to be trained: give 'new', 'hf:FOLDER'"),
        (["--student", "hf:nowhere"], "'nowhere' is not there"),
        (["--gold", "0"], "a new student knows nothing"),
        (["--recipe", "tripos"], "unknown recipe 'tripos'; did you mean 'tripost'?"),
        (["--script", "tripos"], "unknown script 'tripos'; did you mean 'tripost'?"),
        (["--each", "max_revisions"], "--each takes NAME=VALUE, but was given 'max_revisions'"),
        (["--each", "max_revisions=0,x"], "setting 'max_revisions' of script 'tutoring' is 'x'"),
        (["--each", "max_revision=0"], "unknown setting 'max_revision' of script 'tutoring'; did you mean"),
        (["--each", "max_revisions=[]"], "'max_revisions' has no value for any iteration"),
        (["--exam-setting", "revisions=1"], "unknown setting 'revisions' of script 'exam'"),
    ],
)
def test_bad_input_is_a_sentence(cli: Cli, words: list[str], message: str) -> None:
    said = cli(*TINY, *words, code=2).output
    assert message in said
    assert "Traceback" not in said
    assert not Path("out").exists()

"""`schoolroom replay`: what it shows, at which pace, and what it says of a record that was changed."""

import json
import sqlite3
from collections.abc import Callable
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from schoolroom.cli.main import app

Cli = Callable[..., Result]


@pytest.fixture
def wrong(cli: Cli, held: dict[str, Any]) -> dict[str, Any]:
    """An episode whose first attempt was wrong."""
    assert held["episodes"] == 80
    (first,) = json.loads(cli("transcripts", "list", "--wrong", "--limit", "1", "--json").stdout)
    assert isinstance(first, dict)
    return first


def tamper(statement: str, *values: object) -> None:
    with sqlite3.connect("schoolroom.db") as connection:
        assert connection.execute(statement, values).rowcount >= 1
    connection.close()


def test_an_episode_is_shown_at_once(cli: Cli, wrong: dict[str, Any]) -> None:
    shown = cli("replay", wrong["id"][:12]).stdout
    assert shown == cli("transcripts", "show", wrong["id"]).stdout
    assert "← wrong" in shown
    whole = json.loads(cli("replay", wrong["id"], "--json").stdout)
    assert (whole["id"], len(whole["turns"])) == (wrong["id"], wrong["turns"])


def test_a_run_is_shown_under_a_heading(cli: Cli, held: dict[str, Any]) -> None:
    shown = cli("replay", held["run"][:8]).stdout
    assert shown.startswith(f"run {held['run']}  simulation, seed 0, began ")
    assert shown.count("\nepisode ") == 80
    whole = json.loads(cli("replay", held["run"], "--json").stdout)
    assert (whole["id"], len(whole["episodes"])) == (held["run"], 80)


def test_the_pace_is_that_of_the_calls(
    cli: Cli, wrong: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    slept: list[float] = []
    monkeypatch.setattr("time.sleep", slept.append)
    shown = cli("replay", wrong["id"], "--speed", "2").stdout
    assert slept == [0.35] * wrong["turns"]
    assert "student  careless@1 · attempt" in shown
    assert "← wrong" not in shown  # nobody had said so when it was shown


def test_a_reader_goes_on_turn_by_turn(wrong: dict[str, Any]) -> None:
    def read(keys: str) -> Result:
        return CliRunner().invoke(app, ["replay", wrong["id"], "--step"], input=keys)

    whole, first, ended = read("\n" * wrong["turns"]), read("q\n"), read("")
    assert [result.exit_code for result in (whole, first, ended)] == [0, 0, 0]
    assert whole.stdout.count(" · grade of turn") == 1
    assert "1 student" in first.stdout
    assert "2 teacher" not in first.stdout
    assert first.stdout == ended.stdout
    assert first.stderr.startswith("Enter: next turn · q: end")


def test_ctrl_c_is_an_interruption(wrong: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(seconds: float) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("time.sleep", interrupted)
    result = CliRunner().invoke(app, ["replay", wrong["id"], "--speed", "1"])
    assert result.exit_code == 130
    assert "nothing that was stored is lost" in result.stderr


@pytest.mark.usefixtures("held")
def test_an_id_must_tell_one_from_another(cli: Cli) -> None:
    cli("run", "--episodes", "1", "--seed", "1", "--quiet")
    said = cli("replay", "", code=3).stderr
    assert "'' begins 2 ids (run): " in said
    assert "And '' begins 81 ids (episode): " in said


def test_a_run_verifies(cli: Cli, held: dict[str, Any]) -> None:
    words = cli("replay", held["run"], "--verify").stdout
    assert words.startswith(f"run {held['run']}  80 episodes, ")
    assert " turns: all identical · " in words
    found = json.loads(cli("replay", held["run"], "--verify", "--json").stdout)
    assert (found["identical"], found["episodes"], found["differences"]) == (True, 80, [])
    assert found["turns"] == held["turns"]


def test_forks_and_grades_given_again_verify(cli: Cli, wrong: dict[str, Any]) -> None:
    forked = cli("fork", wrong["id"], "--at", "2", "--seat", "teacher=terse", "--json").stdout
    fork = json.loads(forked)["episode"]
    graded = json.loads(
        cli("grade", wrong["run"], "--grader", "marks", "--lessons", "two-digit", "--json", "--quiet").stdout
    )
    assert f"parts from {wrong['id'][:10]} at turn 2" in cli("replay", fork["id"]).stdout
    for id_, episodes in ((fork["id"], 1), (fork["run"], 1), (graded["run"], 40)):
        found = json.loads(cli("replay", id_, "--verify", "--json").stdout)
        assert (found["identical"], found["episodes"]) == (True, episodes)


def test_a_difference_is_shown_with_its_turn(cli: Cli, wrong: dict[str, Any]) -> None:
    assert ": identical · " in cli("replay", wrong["id"], "--verify").stdout
    tamper("UPDATE turn SET ask = 'demonstrate' WHERE episode = ? AND position = 2", wrong["id"])
    words = cli("replay", wrong["id"], "--verify", code=6).stdout
    assert f"episode {wrong['id']}: turn 3 answers another cue." in words
    assert "  -ask: demonstrate" in words
    assert "  +ask: revise" in words
    assert "1 difference in 1 episode" in words
    found = json.loads(cli("replay", wrong["run"], "--verify", "--json", code=6).stdout)
    assert (found["identical"], found["different"], found["differences"][0]["turn"]) == (False, 1, 2)


def test_words_that_were_changed_are_found(cli: Cli, wrong: dict[str, Any]) -> None:
    tamper("UPDATE turn SET text = 'all correct' WHERE episode = ? AND position = 1", wrong["id"])
    assert "turn 2 does not mean what is recorded." in cli("replay", wrong["id"], "--verify", code=6).stdout


def test_a_script_that_is_gone_is_a_sentence(cli: Cli, held: dict[str, Any]) -> None:
    tamper("UPDATE run SET plan = replace(plan, '\"tutoring\"', '\"tutorin\"')")
    assert (
        "unknown script 'tutorin'; did you mean 'tutoring'?"
        in cli("replay", held["run"], "--verify", code=2).stderr
    )


@pytest.mark.usefixtures("held")
@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["zz"], 3, "no run 'zz' is stored; 'schoolroom transcripts runs' shows"),
        (["zz"], 3, "And no episode 'zz' is stored; 'schoolroom transcripts list' shows"),
        (["x", "--verify", "--step"], 2, "--verify, --speed and --step exclude one another"),
        (["x", "--speed", "0"], 2, "--speed is 0.0; it must be at least 0.01"),
        (["x", "--speed", "nan"], 2, "--speed is nan; it must be at least 0.01"),
        (["x", "--step", "--json"], 2, "--json prints all at once"),
        (["x", "--db", "none.db"], 3, "none.db"),
    ],
)
def test_what_cannot_be_replayed_is_a_sentence(cli: Cli, words: list[str], code: int, said: str) -> None:
    assert said in cli("replay", *words, code=code).stderr

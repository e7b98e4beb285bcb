"""`schoolroom diff`: two episodes from where they part, two runs by their measures."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from rich.console import Console
from typer.testing import Result

from schoolroom.cli.diff_screen import _row
from schoolroom.environments.alignment import aligned
from schoolroom.transcripts.store import Store

Cli = Callable[..., Result]


@pytest.fixture
def runs(cli: Cli, held: dict[str, Any]) -> tuple[str, str]:
    """The run of a careless student, and that of an anxious one on the same questions."""
    other = cli(
        "run", "--student", "anxious", "--episodes", "40", "--gate", "taught", "--json", "--quiet"
    ).stdout
    return held["run"], json.loads(other)["run"]


def about_one_question(runs: tuple[str, str]) -> tuple[str, str]:
    """Episodes of both runs that begin alike and part: on the same question, wrong unaided in one alone."""
    with Store.open("schoolroom.db", must_exist=True) as store:
        first, second = ({e.question.id: e for e in store.episodes(run=run)} for run in runs)
    return next(
        (one.id, second[id_].id) for id_, one in first.items() if len(one.turns) != len(second[id_].turns)
    )


def test_two_runs_are_compared_by_their_measures(cli: Cli, runs: tuple[str, str]) -> None:
    words = cli("diff", runs[0][:8], runs[1]).stdout
    assert all(len(line) <= 80 for line in words.splitlines() if not line.startswith(("A run", "B run")))
    for measure in ("episodes", "finished", "right unaided", "right in the end", "revised"):
        assert f"\n{measure}" in words
    assert "two-digit-no-carry  40 → 40" in words
    assert "right unaided, on the same 80 questions: " in " ".join(words.split())
    assert "(McNemar's exact test)" in " ".join(words.split())


def test_the_numbers_are_those_of_the_runs(cli: Cli, runs: tuple[str, str], held: dict[str, Any]) -> None:
    found = json.loads(cli("diff", *runs, "--json").stdout)
    assert (found["kind"], found["a"]["id"], found["b"]["id"]) == ("runs", *runs)
    measured, unaided = found["measures"]["a"], found["shared"]["right_unaided"]
    assert measured["right_unaided"] == sum(lesson["right_unaided"] for lesson in held["lessons"])
    assert (measured["turns"], measured["calls"], measured["cost"]) == (held["turns"], 0, 0.0)
    gained = found["measures"]["b"]["right_unaided"] - measured["right_unaided"]
    assert unaided["n"] == 80
    assert unaided["gained"] - unaided["lost"] == gained
    assert 0 < unaided["p_value"] <= 1
    assert found["graders"] is None
    assert {part["measures"]["b"]["episodes"] for part in found["by_lesson"].values()} == {40}


def test_runs_that_share_no_question_say_so(cli: Cli, held: dict[str, Any]) -> None:
    other = json.loads(cli("run", "--episodes", "2", "--seed", "9", "--json", "--quiet").stdout)["run"]
    assert "no question was answered in both runs" in cli("diff", held["run"], other).stderr


def test_two_episodes_stand_side_by_side(cli: Cli, runs: tuple[str, str]) -> None:
    a, b = about_one_question(runs)
    words = cli("diff", a[:12], b).stdout
    assert words.startswith(f"A episode {a}")
    assert "1 student  careless@1 · attempt" in words
    assert "1 student  anxious@1 · attempt" in words
    assert " | " in words
    assert "finished, right unaided" in words
    assert all(len(line) <= 80 for line in words.splitlines())


def test_what_is_common_is_summed_up(cli: Cli, held: dict[str, Any]) -> None:
    (one,) = json.loads(cli("transcripts", "list", "--run", held["run"], "--limit", "1", "--json").stdout)
    words = cli("diff", one["id"], one["id"]).stdout
    assert f"{one['turns']} turns: the same from beginning to end" in words
    assert "student  careless@1" not in words
    found = json.loads(cli("diff", one["id"], one["id"], "--json").stdout)
    assert (found["same"], found["common_turns"]) == (True, one["turns"])


def test_episodes_for_a_script(cli: Cli, runs: tuple[str, str]) -> None:
    a, b = about_one_question(runs)
    found = json.loads(cli("diff", a, b, "--json").stdout)
    assert (found["kind"], found["a"]["id"], found["b"]["id"]) == ("episodes", a, b)
    assert not found["same"]
    assert len(found["beyond"]["a"]) == found["a"]["turns"] - found["common_turns"]
    assert found["a"]["right_unaided"] != found["b"]["right_unaided"]


def test_a_fork_is_compared_with_its_parent(cli: Cli, held: dict[str, Any]) -> None:
    (one,) = json.loads(cli("transcripts", "list", "--run", held["run"], "--limit", "1", "--json").stdout)
    forked = cli("fork", one["id"], "--at", "2", "--seat", "teacher=terse", "--json").stdout
    fork = json.loads(forked)["episode"]
    words = cli("diff", one["id"], fork["id"]).stdout
    assert "\n1 turn in common\n" in words
    assert "2 teacher  patient@1 · feedback" in words
    assert "2 teacher  terse@1 · feedback" in words
    assert " <" in words


def test_graders_are_compared(cli: Cli, held: dict[str, Any]) -> None:
    graded = json.loads(cli("grade", held["run"], "--grader", "marks", "--json", "--quiet").stdout)["run"]
    found = json.loads(cli("diff", held["run"], graded, "--json").stdout)["graders"]
    assert found["right_right"] + found["right_wrong"] + found["wrong_right"] + found["wrong_wrong"] == 80
    assert found["agreement"] == found["kappa"] == 1.0  # both know the answer
    words = " ".join(cli("diff", held["run"], graded).stdout.split())
    assert "two graders of the same 80 solutions: 1.000 the same verdict, Cohen's kappa 1.000" in words
    assert "McNemar" not in words


def test_an_episode_is_not_compared_with_a_run(cli: Cli, held: dict[str, Any]) -> None:
    (one,) = json.loads(cli("transcripts", "list", "--limit", "1", "--json").stdout)
    said = cli("diff", one["id"], held["run"], code=2).stderr
    assert (
        f"is episode {one['id']}, but '{held['run']}' is run {held['run']}; give two episodes or two" in said
    )


def test_lines_are_aligned_and_words_marked() -> None:
    rows = [_row(lines) for lines in aligned(["same", "12 plus 3", "gone"], ["new", "same", "12 plus 4"])]
    assert [(left.plain, mark, right.plain) for left, mark, right in rows] == [
        ("", ">", "new"),
        ("same", "", "same"),
        ("12 plus 3", "|", "12 plus 4"),
        ("gone", "<", ""),
    ]
    console = Console(force_terminal=True, color_system="standard")
    with console.capture() as captured:
        console.print(rows[2][2])
    assert captured.get() == "12 plus \x1b[1;4m4\x1b[0m\n"

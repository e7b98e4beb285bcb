"""`schoolroom train`, `export` and `exam`: from stored words to a student that is measured."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import Result

from schoolroom.training.checkpoints import read_checkpoint
from schoolroom.training.export import read_examples
from schoolroom.transcripts.store import Store

Cli = Callable[..., Result]

TINY = ("--steps", "3", "--batch-size", "4", "--quiet")


def test_a_dry_run_counts_rows_and_shows_what_one_teaches(
    cli: Cli, held: dict[str, Any], tmp_path: Path
) -> None:
    plan = json.loads(cli("train", "--out", "out", "--dry-run", "--json").stdout)
    assert sum(plan["kinds"].values()) == plan["examples"] > 0
    assert set(plan["kinds"]) == {"attempt", "feedback", "revision"}
    words = cli("train", "--out", "out", "--dry-run", "--recipe-set", "weights={revision = 2.0}").stdout
    assert "assistant  learnt, weight 2" in words
    assert "user  not learnt" in words
    assert "nothing was trained or written" in " ".join(words.split())
    assert not (tmp_path / "out").exists()
    with Store.open("schoolroom.db", must_exist=True) as store:
        assert list(store.examples()) == []


def test_rows_are_exported(cli: Cli, held: dict[str, Any], tmp_path: Path) -> None:
    told = json.loads(cli("export", "--run", held["run"][:8], "--out", "rows.jsonl", "--json").stdout)
    assert told["runs"] == [held["run"]]
    assert len(list(read_examples("rows.jsonl"))) == told["rows"] > 0
    assert f"{told['rows']} rows" in cli("export", "--format", "trl", "--out", "a/rows.trl").stdout
    assert json.loads((tmp_path / "a/rows.trl").read_text().splitlines()[0]).keys() == {
        "prompt",
        "completion",
        "weight",
        "id",
    }


def test_exams_are_never_trained_on(cli: Cli, held: dict[str, Any]) -> None:
    exam = json.loads(cli("exam", "--questions", "2", "--json").stdout)["run"]
    assert "is an exam" in cli("train", "--run", exam, "--out", "out", code=2).stderr
    assert "is an exam" in cli("export", "--run", exam, "--out", "out", code=2).stderr
    result = cli("export", "--out", "rows.jsonl", "--json")
    assert json.loads(result.stdout)["runs"] == [held["run"]]  # though the exam came later
    assert f"run {held['run']}, the last simulation" in result.stderr


def test_an_exam_is_measured_stored_and_resumed(cli: Cli) -> None:
    words = ("exam", "--questions", "20", "--lessons", "two-digit-no-carry,two-digit")
    told = json.loads(cli(*words, "--json").stdout)
    assert told["n"] == 40
    assert set(told["by_lesson"]) == {"two-digit-no-carry", "two-digit"}
    assert told["by_tier"]["basic"]["n"] == 40
    assert told["acc_t1_interval"][0] < told["acc_t1"] < told["acc_t1_interval"][1]
    assert told["delta"] == pytest.approx(told["wrong_to_right"] - told["right_to_wrong"])
    assert told["faults_found_n"] < 40
    with Store.open("schoolroom.db", must_exist=True) as store:
        assert store.run(told["run"]).kind == "exam"
    again = json.loads(cli(*words, "--json").stdout)
    assert {**again, "seconds": 0} == {**told, "seconds": 0}
    text = cli(*words).stdout
    assert "acc@t2" in text
    assert all(len(line) <= 80 for line in text.splitlines())


def test_two_exams_are_compared_on_the_same_questions(cli: Cli) -> None:
    words = ("exam", "--questions", "20", "--json", "--lessons", "two-digit")
    first = json.loads(cli(*words, "--student", "careless").stdout)["run"]
    told = json.loads(cli(*words, "--student", "persistent", "--compare", first[:8]).stdout)["compared"]
    assert told["run"] == first
    assert told["delta"] == pytest.approx((told["gained"] - told["lost"]) / told["n"])
    assert 0 < told["p_value"] <= 1
    assert "McNemar" in cli(*words[:3], *words[4:], "--compare", first).stdout
    other = ("exam", "--questions", "3", "--seed", "9", "--compare", first)
    assert "same questions" in cli(*other, code=2).stderr


@pytest.mark.slow
def test_training_in_bf16_goes_nearly_as_in_fp32(cli: Cli, held: dict[str, Any]) -> None:
    def last_loss(precision: str) -> float:
        words = ("--out", precision, "--set", f"training.precision={precision}", "--json")
        return float(json.loads(cli("train", *words, *TINY).stdout)["last_loss"])

    assert 0 < abs(last_loss("bf16") - last_loss("fp32")) < 0.05


@pytest.mark.slow
def test_a_student_is_trained_with_its_lineage_examined_and_taught(
    cli: Cli, held: dict[str, Any], tmp_path: Path
) -> None:
    told = json.loads(cli("train", "--out", "one", *TINY, "--seed", "3", "--json").stdout)
    assert (told["checkpoint"], told["steps"], told["parent"]) == ("one", 3, None)
    with Store.open("schoolroom.db", must_exist=True) as store:
        (stored,) = store.checkpoints()
        assert stored == read_checkpoint("one")
        assert len(list(store.examples(checkpoint=stored.id))) == told["examples"]
        assert store.lineage(stored.examples[0])[0].run == held["run"]

    again = json.loads(cli("train", "--out", "again", *TINY, "--seed", "3", "--json").stdout)
    assert again["id"] == told["id"]  # the same training, saved elsewhere

    words = cli("train", "--out", "two", "--from", "hf:one", *TINY).stdout
    assert "schoolroom exam --student hf:two --course addition" in words
    assert read_checkpoint("two").parent == told["id"]

    exam = json.loads(cli("exam", "--student", "hf:two", "--questions", "2", "--json").stdout)
    assert exam["n"] == 4
    assert exam["student"]["model"].startswith("hf:two#")

    run = (
        "run",
        "--student",
        "hf:two",
        "--episodes",
        "2",
        "--set",
        "seats.student.max_new_tokens=8",
        "--json",
    )
    taught = json.loads(cli(*run).stdout)
    assert taught["calls"] >= 2
    assert taught["cost"] == 0

    assert "not empty" in cli("train", "--out", "two", *TINY, code=2).stderr
    cli("export", "--run", held["run"], "--out", "rows.jsonl", "--recipe-set", "limit=9")
    told = json.loads(
        cli("train", "--out", "two", "--examples", "rows.jsonl", "--overwrite", *TINY, "--json").stdout
    )
    assert (told["examples"], told["database"]) == (9, None)
    assert (
        exam["student"]["model"]
        != json.loads(cli("exam", "--student", "hf:two", "--questions", "1", "--json").stdout)["student"][
            "model"
        ]
    )  # another model in the same folder: its exams are not mixed up

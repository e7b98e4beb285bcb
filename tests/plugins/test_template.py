"""The template package: begun by a command, installed by pip, tested by its own tests, and used."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("template")]

SCHOOLROOM = (sys.executable, "-c", "from schoolroom.cli.main import main; main()")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that holds the package ``my-school``, installed beside it."""
    folder = tmp_path_factory.mktemp("plugged")
    call(folder, *SCHOOLROOM, "plugins", "new", "my-school")
    pip = ("-m", "pip", "install", "--no-deps", "--no-build-isolation", "--no-index", "--quiet")
    call(folder, sys.executable, *pip, "--target", "site", "./my-school")
    return folder


def call(folder: Path, *words: str) -> str:
    """What a command prints in `folder`, where the packages in ``site`` are installed."""
    environment = {
        **os.environ,
        "PYTHONPATH": str(folder / "site"),
        "SCHOOLROOM_DB": str(folder / "school.db"),
        "OMP_NUM_THREADS": "1",
    }
    done = subprocess.run(words, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_it_keeps_the_rules(folder: Path) -> None:
    listed = json.loads(call(folder, *SCHOOLROOM, "plugins", "list", "--json"))
    kinds = ["persona", "subject", "script", "seat", "recipe", "row form", "exporter"]
    assert [item["kind"] for item in listed] == kinds
    assert {(item["package"], item["version"]) for item in listed} == {("my-school", "0.1.0")}
    checked = json.loads(call(folder, *SCHOOLROOM, "plugins", "check", "--all", "--json"))
    assert [item["problems"] for item in checked] == [[]] * len(kinds)


def test_its_own_tests_pass(folder: Path) -> None:
    assert " passed" in call(folder, sys.executable, "-m", "pytest", "-q", "my-school")


def test_commands_use_what_it_brings(folder: Path) -> None:
    school = ("--course", "my-school/course.toml", "--script", "drill", "--teacher", "centurion")
    student = ("--student", "careless@seat:guesser")
    held = (*SCHOOLROOM, "run", *school, *student, "--gate", "taught", "--json")
    run = json.loads(call(folder, *held))
    assert (run["episodes"], run["cut_short"]) == (40, {})
    planned = json.loads(call(folder, *held, "--dry-run"))
    assert planned["run"] == run["run"], "a seat is described as it is taken"
    verified = json.loads(call(folder, *SCHOOLROOM, "replay", run["run"], "--verify", "--json"))
    assert (verified["episodes"], verified["found"]) == (40, 0)

    rows_of = (*SCHOOLROOM, "export", "--recipe", "last_word", "--format", "completion")
    call(folder, *rows_of, "--out", "rows.jsonl")
    rows = [json.loads(line) for line in (folder / "rows.jsonl").read_text().splitlines()]
    assert rows
    assert all(row["prompt"].startswith("Read ") and row["completion"].startswith("answer: ") for row in rows)
    assert "Read " in call(folder, *SCHOOLROOM, "lineage", rows[0]["id"])

    call(folder, *SCHOOLROOM, "transcripts", "export", "--format", "markdown", "--out", "lessons.md")
    assert (folder / "lessons.md").read_text().count("\n## Read ") == 39

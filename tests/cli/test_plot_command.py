"""`schoolroom plot`: pictures of what a database holds, the numbers behind them, and errors in a sentence."""

import json
from pathlib import Path
from typing import Any

import pytest

from .conftest import Cli


@pytest.fixture
def examined(held: dict[str, Any], cli: Cli) -> dict[str, Any]:
    """The run of `held`, and an exam in the same database."""
    sat = cli("exam", "--questions", "5", "--json", "--quiet").stdout
    return {**held, "exam": json.loads(sat)["run"]}


def test_each_picture_is_drawn_under_a_name_of_its_own(
    examined: dict[str, Any], cli: Cli, tmp_path: Path
) -> None:
    run, exam = examined["run"][:8], examined["exam"][:8]
    for plot, drawn in (
        ("lessons", run),
        ("mastery", run),
        ("errors", run),
        ("exam", exam),
        ("correction", exam),
        ("curves", exam),
    ):
        said = cli("plot", plot).stdout
        assert said == f"{plot} drawn in {plot}-{drawn}.svg\n"
        assert (tmp_path / f"{plot}-{drawn}.svg").read_text().startswith("<?xml")


def test_json_is_the_numbers_alone_and_draws_only_where_a_file_is_named(
    examined: dict[str, Any], cli: Cli, tmp_path: Path
) -> None:
    told = json.loads(cli("plot", "lessons", examined["run"][:6], "--json").stdout)
    said = {lesson["lesson"]: lesson for lesson in examined["lessons"]}
    assert told["run"] == examined["run"]
    for lesson in told["lessons"]:
        assert lesson["mastery"]["right"] == said[lesson["lesson"]]["right_unaided"]
        assert lesson["interval"] == said[lesson["lesson"]]["mastery_interval"]
    assert not list(tmp_path.glob("*.svg"))
    flow = json.loads(cli("plot", "correction", examined["run"], "--json", "--out", "flow.pdf").stdout)
    assert flow["n"] == sum(flow[name] for name in flow["shares"]) == 80
    assert (tmp_path / "flow.pdf").read_bytes().startswith(b"%PDF")


def test_two_exams_are_paired(examined: dict[str, Any], cli: Cli) -> None:
    words = ("--student", "persistent", "--questions", "5", "--compare", examined["exam"])
    after = json.loads(cli("exam", *words, "--json", "--quiet").stdout)
    told = json.loads(cli("plot", "exam", examined["exam"], after["run"], "--json").stdout)
    paired = told["rows"][0]["paired"][0]
    assert paired["p_value"] == after["compared"]["p_value"]
    assert [exam["student"] for exam in told["exams"]] == ["careless", "persistent"]


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        (("lessons", "--out", "a.gif"), 2, "'a.gif' names no kind of picture"),
        (("lessons", "zzz"), 3, "no run 'zzz' is stored"),
        (("exam",), 3, "holds no exam; 'schoolroom exam' makes one."),
        (("exam", "RUN"), 2, "is no exam (simulation); 'schoolroom transcripts runs' lists the exams."),
        (("mastery", "--db", "none.db"), 3, "none.db"),
    ],
)
def test_what_cannot_be_drawn_is_said_in_a_sentence(
    held: dict[str, Any], cli: Cli, words: tuple[str, ...], code: int, sentence: str
) -> None:
    said = cli("plot", *(held["run"] if word == "RUN" else word for word in words), code=code)
    assert sentence in said.stderr
    assert "Traceback" not in said.output

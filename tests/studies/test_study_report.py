"""The report: its tables can be recomputed from its JSON, and nothing that is missing is passed over."""

import json
from pathlib import Path
from types import ModuleType

import pytest

from schoolroom.studies import plots
from schoolroom.studies.report import Heading, recompute, report_json, write_report
from schoolroom.studies.results import Results
from schoolroom.studies.runner import Setting, run_study

HEADING = Heading(scale="small", command="schoolroom study toy --seeds 3", student="new")


@pytest.fixture
def results(toy: ModuleType, tmp_path: Path) -> Results:
    return run_study(toy.STUDY, toy.ToyPlan(), [0, 1, 2], tmp_path, Setting(workers=1))


def test_the_orderings_can_be_recomputed_from_the_file(results: Results, tmp_path: Path) -> None:
    path, _ = write_report(results, HEADING, tmp_path / "report")
    report = json.loads(path.read_text(encoding="utf-8"))
    assert recompute(report) == results.verdicts
    kept = [(o["name"], o["held"], o["effect"], o["interval"], o["p_value"]) for o in report["orderings"]]
    again = [
        (v.name, v.held, v.effect, v.interval and list(v.interval), v.p_value) for v in recompute(report)
    ]
    assert kept == again
    assert [o["word"] for o in report["orderings"]] == [
        "held", "reversed", "not held", "held", "held", "held", "not measured",
    ]  # fmt: skip
    assert all(
        {"name", "held", "effect", "interval", "p_value", "seeds"} <= o.keys() for o in report["orderings"]
    )


def test_every_arm_has_its_steps_tokens_and_measures_by_seed(results: Results) -> None:
    report = report_json(results, HEADING)
    assert report["seeds"] == [0, 1, 2]
    assert report["plan"] == {"gain": 0.2, "ails": ""}
    for arm in ("gold", "mistakes"):
        found = report["arms"][arm]
        assert found["steps"] == {"0": 10, "1": 10, "2": 10}
        assert found["tokens"] == {"0": 100, "1": 101, "2": 102}
        assert all(list(values) == ["0", "1", "2"] for values in found["measures"].values())
    assert report["command"] == HEADING.command
    assert {"python", "schoolroom", "torch"} <= report["versions"].keys()


def test_the_page_says_what_was_asked_what_came_out_and_how_to_do_it_again(
    results: Results, tmp_path: Path
) -> None:
    out = tmp_path / "report"
    _, path = write_report(results, HEADING, out)
    page = path.read_text(encoding="utf-8")
    assert page.startswith("# A toy\n\nNobody et al. 2024\n\nDoes a larger number win?\n")
    assert "| mistakes > gold | **held** | +0.200 |" in page
    assert "| gold > nobody | not measured | \N{EN DASH} |" in page
    assert "- **mistakes**: mistakes | and their ends" in page
    assert "| gold | 10 | 101 | 0.510 (0.485 to 0.535) |" in page
    assert "| command | `schoolroom study toy --seeds 3` |" in page
    assert "A study that trains nothing" in page  # its notes
    assert "not complete" not in page
    shown = [line.split("(")[1].rstrip(")") for line in page.splitlines() if line.startswith("![")]
    assert shown == ["plots/accuracy-by-arm.png", "plots/curves-acc-t1.png", "plots/acc-t2-by-tier.png"]
    for picture in shown:
        assert (out / picture).read_bytes().startswith(b"\x89PNG")
        assert "<svg" in (out / picture).with_suffix(".svg").read_text(encoding="utf-8")


def test_what_failed_or_was_not_run_is_said(toy: ModuleType, tmp_path: Path) -> None:
    results = run_study(toy.STUDY, toy.ToyPlan(ails="stuck"), [0, 1], tmp_path, Setting(workers=1))
    _, path = write_report(results, HEADING, tmp_path / "report")
    page = path.read_text(encoding="utf-8")
    assert "This report is not complete:" in page
    assert "- seed 1, gold: failed: it is too hard" in page
    assert "| mistakes > gold | not measured |" in page


def test_a_report_of_nothing_is_written_too(toy: ModuleType, tmp_path: Path) -> None:
    spent = Setting(workers=1, minutes=0)
    results = run_study(toy.STUDY, toy.ToyPlan(), [0], tmp_path, spent)
    path, _ = write_report(results, HEADING, tmp_path / "report")
    report = json.loads(path.read_text(encoding="utf-8"))
    assert report["arms"] == {}
    assert report["missing"] == [[0, "base"], [0, "mistakes"], [0, "gold"]]


def test_one_measure_is_drawn_against_another(results: Results, tmp_path: Path) -> None:
    groups = {"both": ["gold", "mistakes"], "none": ["nobody"]}
    drawn = plots.dial(results, tmp_path, groups, x="acc_t1", y="acc_t2", xlabel="a dial", name="dial")
    assert drawn == tmp_path / "dial.png"
    assert drawn.read_bytes().startswith(b"\x89PNG")


def test_the_same_results_give_the_same_drawing(results: Results, tmp_path: Path) -> None:
    first, second = (plots.accuracy_by_arm(results, tmp_path / name) for name in ("a", "b"))
    assert first.with_suffix(".svg").read_bytes() == second.with_suffix(".svg").read_bytes()

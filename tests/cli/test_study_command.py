"""`schoolroom study`: its tables, its JSON, and how it ends."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command
from typer.testing import CliRunner, Result

from schoolroom.cli.main import app
from schoolroom.studies import registry
from schoolroom.studies.orderings import Ordering
from schoolroom.studies.study import ArmResult, Study, Task
from schoolroom.transcripts.errors import TrainingError
from schoolroom.transcripts.records import Record


class Plan(Record):
    """Its numbers."""

    gain: float
    fails: bool = False


def an_arm(bench: Any, name: str, gain: float) -> dict[str, Any]:
    if bench.plan.fails and name == "gold":
        raise TrainingError("the loss is nan at step 3.")
    measures = {"acc_t2": 0.5 + gain + 0.01 * bench.seed}
    return ArmResult(arm=name, steps=20, tokens=1_000, measures=measures).model_dump(mode="json")


def tasks(plan: Plan) -> Sequence[Task]:
    return [
        Task("mistakes", an_arm, {"name": "mistakes", "gain": plan.gain}),
        Task("gold", an_arm, {"name": "gold", "gain": 0.0}),
    ]


STUDY = Study(
    name="toy",
    title="A toy",
    paper="Nobody et al. 2024",
    question="?",
    plans={"small": Plan(gain=0.1), "full": Plan(gain=0.2, fails=True)},
    tasks=tasks,
    orderings=lambda plan: [Ordering(name="mistakes > gold", better="mistakes", worse="gold")],
    arms={"gold": "", "mistakes": ""},
    measures=("acc_t2",),
)


@pytest.fixture
def study(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(registry, "find_study", lambda name: STUDY)

    def call(*words: str) -> Result:
        return CliRunner().invoke(app, ["study", "toy", "--workers", "1", *words])

    return call


def test_it_ends_with_the_table_of_orderings(study: Any) -> None:
    result = study()
    assert result.exit_code == 0, result.stderr
    lines = result.stdout.splitlines()
    assert lines[-3].split() == ["ordering", "held", "effect", "95%", "interval", "p"]
    assert lines[-1].split() == [
        "mistakes",
        ">",
        "gold",
        "held",
        "+0.100",
        "+0.100",
        "to",
        "+0.100",
        "<",
        "0.001",
    ]
    assert "gold         20   1,000   0.520" in result.stdout
    assert "out/study-toy-small/report.md" in result.stdout
    page = Path("out/study-toy-small/report.md").read_text(encoding="utf-8")
    assert "`schoolroom study toy --scale small --seeds 5`" in page


def test_json_is_the_report(study: Any) -> None:
    result = study("--json", "--seeds", "2", "--first-seed", "7", "--out", "here")
    assert result.exit_code == 0
    assert json.loads(result.stdout) == json.loads(Path("here/report.json").read_text(encoding="utf-8"))
    assert json.loads(result.stdout)["seeds"] == [7, 8]


def test_numbers_of_the_plan_can_be_given(study: Any) -> None:
    result = study("--param", "gain=0.4", "--seeds", "2", "--json")
    report = json.loads(result.stdout)
    assert report["plan"]["gain"] == 0.4
    assert "--param gain=0.4" in report["command"]
    assert report["arms"]["mistakes"]["measures"]["acc_t2"]["0"] == pytest.approx(0.9)


def test_a_task_that_fails_is_named_and_the_others_are_reported(study: Any) -> None:
    result = study("--scale", "full", "--seeds", "2")
    assert result.exit_code == 5
    assert (
        "error: task 'gold' of seed 0 failed: the loss is nan at step 3. (1 more task failed" in result.stderr
    )
    assert "mistakes > gold  not measured" in result.stdout
    assert "Traceback" not in result.output


def test_time_that_is_used_up_is_said(study: Any) -> None:
    result = study("--minutes", "0")
    assert result.exit_code == 0
    assert "10 tasks left; the same command goes on from there" in result.stderr


def test_an_interruption_says_how_to_go_on(study: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("schoolroom.studies.runner.run_study", interrupted)
    result = study()
    assert result.exit_code == 130
    assert "the same command goes on from there" in result.stderr


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--scale", "smal"], "unknown scale 'smal'; did you mean 'small'?"),
        (["--student", "careless"], "--student is 'careless'; a study trains its student: give 'new'"),
        (["--minutes", "nan"], "--minutes is nan; give a number from 0."),
        (["--student", "hf:nowhere"], "'nowhere' is not there"),
        (["--param", "gian=1"], "the study has no number 'gian'; did you mean 'gain'? known: gain, fails."),
        (["--param", "gain.up=1"], "the study has no number 'gain.up'"),
        (["--param", "gain=much"], "--param gain is 'much', but must be a valid number"),
        (["--param", "gain"], "--param takes NAME=VALUE"),
    ],
)
def test_bad_input_is_a_sentence(study: Any, words: list[str], message: str) -> None:
    result = study(*words)
    assert result.exit_code == 2
    assert message in result.stderr


def test_an_unknown_study_gets_its_neighbour() -> None:
    result = CliRunner().invoke(app, ["study", "tripos"])
    assert result.exit_code == 2
    assert "unknown study 'tripos'; did you mean 'tripost'? known: citing, " in result.stderr


def test_the_help_names_all_studies() -> None:
    command = getattr(get_command(app), "commands")["study"]  # noqa: B009
    (name,) = (param for param in command.params if param.name == "name")
    said = name.help.rstrip(".").replace(" or ", ", ").split(", ")
    assert sorted(said) == registry.study_names()

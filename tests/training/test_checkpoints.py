"""Checkpoint folders: the model loads, and its lineage reads back."""

from pathlib import Path

import pytest

from schoolroom.training.checkpoints import LINEAGE, read_checkpoint, save_checkpoint
from schoolroom.training.student import Student, new_student
from schoolroom.training.trainer import TrainingReport
from schoolroom.transcripts.errors import CheckpointError
from schoolroom.transcripts.records import Checkpoint, Example, ExampleMessage

REPORT = TrainingReport(
    rows=2,
    steps=3,
    seed=4,
    tokens=50,
    losses=(3.0, 2.0, 1.0),
    dropped=0,
    flops=6,
    seconds=1.0,
    cpu_seconds=1.0,
)


def saved(folder: Path) -> tuple[Student, Checkpoint]:
    student = new_student(seed=0, hidden=16, layers=1, heads=2, context=64)
    message = ExampleMessage(role="user", content="a")
    rows = [Example.make(recipe="sft", kind="attempt", messages=[message], question="q", lesson="l")]
    settings = {"learning_rate": 0.1}
    checkpoint = save_checkpoint(
        student, folder, parent="new", recipe="sft", examples=rows, report=REPORT, settings=settings
    )
    assert checkpoint.examples == (rows[0].id,)
    return student, checkpoint


def test_lineage_reads_back_and_the_model_loads(tmp_path: Path) -> None:
    student, checkpoint = saved(tmp_path / "c")
    assert read_checkpoint(tmp_path / "c") == read_checkpoint(f"hf:{tmp_path / 'c'}") == checkpoint
    assert (checkpoint.steps, checkpoint.tokens, checkpoint.seed) == (3, 50, 4)
    assert {"torch", "transformers"} <= set(checkpoint.versions)
    assert student.name == Student.load(tmp_path / "c").name
    assert read_checkpoint(student.name) == checkpoint


def test_a_folder_may_be_moved_and_its_id_stays(tmp_path: Path) -> None:
    _, checkpoint = saved(tmp_path / "c")
    (tmp_path / "c").rename(tmp_path / "d")
    moved = read_checkpoint(tmp_path / "d")
    assert moved.path == str(tmp_path / "d")
    assert moved.id == checkpoint.id == saved(tmp_path / "e")[1].id


def test_a_model_from_elsewhere_has_no_lineage(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match=f"holds no {LINEAGE}; only models trained here have a lineage"):
        read_checkpoint(tmp_path)


@pytest.mark.parametrize("content", ["{", "[]", '{"id": "x"}', "\x00"])
def test_a_damaged_lineage_is_one_sentence(tmp_path: Path, content: str) -> None:
    (tmp_path / LINEAGE).write_text(content)
    with pytest.raises(CheckpointError, match="cannot be read") as caught:
        read_checkpoint(tmp_path)
    assert "\n" not in str(caught.value)

"""Training that several processes share, as a launcher starts them."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from safetensors.torch import load_file

from schoolroom.transcripts.store import Store

SCHOOLROOM = Path(sys.executable).with_name("schoolroom")
TOGETHER = ["-m", "torch.distributed.run", "--nproc-per-node", "2", "--standalone"]


def schoolroom(folder: Path, *words: str, launcher: list[str] | None = None) -> str:
    command = [sys.executable, *(launcher or []), str(SCHOOLROOM), *words, "--db", "a.db"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.slow
def test_two_processes_make_the_steps_of_one_with_twice_the_rows(tmp_path: Path) -> None:
    schoolroom(tmp_path, "run", "--episodes", "6", "--quiet")
    train = ("train", "--steps", "3", "--json", "--quiet", "--out")
    two = json.loads(schoolroom(tmp_path, *train, "two", "--batch-size", "4", launcher=TOGETHER))
    one = json.loads(schoolroom(tmp_path, *train, "one", "--batch-size", "8"))
    assert two["tokens"] == one["tokens"]
    assert two["last_loss"] == pytest.approx(one["last_loss"], rel=1e-4)
    weights = load_file(tmp_path / "two" / "model.safetensors")
    for name, tensor in load_file(tmp_path / "one" / "model.safetensors").items():
        assert tensor.sub(weights[name]).abs().max() < 1e-4
    with Store.open(tmp_path / "a.db") as store:
        assert sorted(checkpoint.path for checkpoint in store.checkpoints()) == ["one", "two"]

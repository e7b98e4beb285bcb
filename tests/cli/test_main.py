"""What surrounds every command: help, version, imports that stay light, errors that are sentences."""

import gc
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

import pytest
from typer.testing import Result

from schoolroom.cli.main import GC_THRESHOLDS
from schoolroom.transcripts.errors import StoreError
from schoolroom.transcripts.store import Store

Cli = Callable[..., Result]

HEAVY = (
    "torch",
    "transformers",
    "litellm",
    "autogen_agentchat",
    "autogen_core",
    "sqlmodel",
    "sqlalchemy",
    "networkx",
    "scipy",
    "numpy",
    "matplotlib",
    "reasoning_gym",
    "math_verify",
)

COMMANDS = ["run", "exam", "train", "export", "check", "grade-answers"]
GROUPS = {
    "transcripts": ["runs", "list", "show"],
    "courses": ["list", "show", "check", "plot"],
    "personas": ["list", "show", "check", "new"],
}

MAIN = "from schoolroom.cli.main import main; main()"


def test_importing_the_command_line_loads_nothing_heavy() -> None:
    code = f"import sys, schoolroom.cli.main; print([m for m in {HEAVY!r} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_environment_is_set_before_heavy_libraries_are_imported(
    cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "0")
    monkeypatch.delenv("HF_HUB_DISABLE_TELEMETRY", raising=False)
    cli("courses", "list")
    assert os.environ["HF_HUB_DISABLE_TELEMETRY"] == "1"
    assert os.environ["HF_HUB_OFFLINE"] == "0"  # whoever has set it has their way


def test_a_command_seldom_looks_for_garbage(cli: Cli) -> None:
    before = gc.get_threshold()
    try:
        gc.set_threshold(700)
        cli("courses", "list")
        assert gc.get_threshold() == GC_THRESHOLDS
    finally:
        gc.set_threshold(*before)


def test_help_names_every_command_and_the_exit_codes(cli: Cli) -> None:
    words = cli("--help").stdout
    for name in [*COMMANDS, *GROUPS]:
        assert f"│ {name} " in words
    assert "2 bad input" in words
    assert "SCHOOLROOM_DB" in words


@pytest.mark.parametrize(
    "command", [*([name] for name in COMMANDS), *([g, name] for g, names in GROUPS.items() for name in names)]
)
def test_every_command_has_help_that_fits_eighty_columns(cli: Cli, command: list[str]) -> None:
    words = cli(*command, "--help").stdout
    assert f" {' '.join(command)} [OPTIONS]" in words
    assert all(len(line) <= 80 for line in words.splitlines())


def test_version(cli: Cli) -> None:
    assert cli("--version").stdout == f"schoolroom {version('schoolroom')}\n"


def test_an_unknown_command_is_refused_with_the_nearest(cli: Cli) -> None:
    assert "Did you mean 'run'" in cli("rn", code=2).stderr


def _finished(database: Path) -> int:
    try:
        with Store.open(database, must_exist=True) as store:
            return store.counts().finished
    except StoreError:  # not there yet
        return 0


def _run(folder: Path) -> str:
    with Store.open(folder / "a.db", must_exist=True) as store:
        return store.runs()[0].id


@pytest.mark.slow
def test_an_interrupted_run_says_how_to_go_on_and_loses_nothing(tmp_path: Path) -> None:
    words = ["run", "--gate", "taught", "--episodes", "100000", "--db", "a.db"]
    process = subprocess.Popen(
        [sys.executable, "-c", MAIN, *words],
        cwd=tmp_path,
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    patience = time.monotonic() + 120
    while _finished(tmp_path / "a.db") == 0 and process.poll() is None and time.monotonic() < patience:
        time.sleep(0.1)
    process.send_signal(signal.SIGINT)
    stdout, stderr = process.communicate(timeout=60)
    assert process.returncode == 130, stderr
    assert stdout == ""
    assert f"\n  schoolroom resume {_run(tmp_path)[:8]} --db a.db\n" in stderr
    assert "Traceback" not in stderr
    kept = int(stderr.split("interrupted: ")[1].split(" ")[0].replace(",", ""))
    assert _finished(tmp_path / "a.db") == kept > 0

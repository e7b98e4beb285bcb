"""docs/commands.md keeps step with the command line."""

import re
import tomllib
from pathlib import Path

import pytest
from pydantic import BaseModel
from typer.main import get_command

from schoolroom.cli.main import app
from schoolroom.cli.settings import (
    ClassroomSettings,
    ExamSettings,
    IterationSettings,
    Settings,
    TrainingSettings,
)
from schoolroom.transcripts import errors

PAGE = (Path(__file__).parents[2] / "docs" / "commands.md").read_text(encoding="utf-8")


def test_every_command_is_on_the_page() -> None:
    for name, command in getattr(get_command(app), "commands").items():  # noqa: B009
        assert f"`{name}" in PAGE
        for below in getattr(command, "commands", {}):
            assert f"`{name} {below}`" in PAGE or f"`{below}`" in PAGE


def test_the_settings_on_the_page_are_all_there_are() -> None:
    shown = tomllib.loads(re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)[0].replace("# lora", "lora"))
    Settings.model_validate(shown)
    tables: dict[str, type[BaseModel]] = {
        "classroom": ClassroomSettings,
        "exam": ExamSettings,
        "training": TrainingSettings,
        "iterations": IterationSettings,
    }
    assert shown.keys() == Settings.model_fields.keys()
    for name, model in tables.items():
        assert shown[name].keys() == model.model_fields.keys()


@pytest.mark.parametrize("name", [name for name in errors.__all__ if name != "did_you_mean"])
def test_every_exit_code_is_on_the_page(name: str) -> None:
    assert f"\n| {getattr(errors, name).exit_code} | " in PAGE

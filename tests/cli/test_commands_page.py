"""docs/commands.md keeps step with the command line, and every command in README and docs can be typed."""

import re
import shlex
import tomllib
from collections.abc import Iterator
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
    load_settings,
    parse_pairs,
)
from schoolroom.environments.episodes import bind_script
from schoolroom.environments.script import SCRIPTS
from schoolroom.studies.registry import find_study
from schoolroom.training.recipes.base import RECIPES, apply_recipe
from schoolroom.transcripts import errors

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")), *sorted((ROOT / "docs").glob("*/*.md"))]


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


def commands(page: Path) -> Iterator[list[str]]:
    """The words of every command in a page's fenced and indented blocks."""
    text = page.read_text(encoding="utf-8")
    fenced = "\n".join(re.findall(r"```sh\n(.*?)```", text, re.DOTALL))
    indented = "\n".join(re.findall(r"^    (.*)$", text, re.MULTILINE))
    for line in re.sub(r"\\\n\s*", "", f"{fenced}\n{indented}").splitlines():
        if line.strip().startswith("schoolroom "):
            yield shlex.split(line, comments=True)[1:]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_command_has_options_and_settings_that_exist(page: Path) -> None:
    for words in commands(page):
        command, name, rest = get_command(app), "schoolroom", words
        while hasattr(command, "commands"):
            name, *rest = rest
            command = getattr(command, "commands")[name]  # noqa: B009
        given = command.make_context(name, rest).params
        load_settings(None, given.get("sets") or ())
        if {given.get("recipe"), given.get("script")} - {None, *RECIPES.builtin(), *SCRIPTS.builtin()}:
            continue  # the page plugs it in: tests/docs follows it
        recipe_settings = parse_pairs(given.get("recipe_set") or (), "--recipe-set")
        list(apply_recipe(given.get("recipe") or "self_correction", [], recipe_settings))
        each = (pair.partition("=") for pair in given.get("each") or ())
        by_iteration = [f"{setting}={value}" for setting, _, values in each for value in values.split(",")]
        for pair in (*(given.get("setting") or ()), *by_iteration):
            usual = "exam" if name == "exam" else "tutoring"
            bind_script(given.get("script") or usual, parse_pairs([pair], "--setting"))
        for pair in given.get("exam_setting") or ():
            bind_script(given.get("exam_script") or "exam", parse_pairs([pair], "--exam-setting"))
        if name == "study":
            numbers = find_study(given["name"]).plans[given["scale"]].model_dump()
            assert parse_pairs(given["param"] or (), "--param").keys() <= numbers.keys()

"""Options: how they are written, and those that several commands share under the same names and words."""

from pathlib import Path
from typing import Annotated, Any

import typer

__all__ = [
    "ApiKeyEnv",
    "BaseUrl",
    "Cache",
    "Config",
    "Course",
    "Database",
    "DryRun",
    "JsonFlag",
    "Lessons",
    "MaxCost",
    "MaxSeconds",
    "MaxTokens",
    "Params",
    "Personas",
    "Quiet",
    "Recipe",
    "RecipeSettings",
    "Runs",
    "Seats",
    "Seed",
    "Sets",
    "Student",
    "flag",
    "option",
]


def option(
    words: str, *names: str, metavar: str, default: str = "", panel: str | None = None, **rest: Any
) -> Any:
    """An option with a value.

    Args:
        words: What it is, in a line.
        names: As it is typed; where there is none, the parameter's name.
        metavar: What stands for its value.
        default: What holds where it is left out, in words.
        panel: The part of the help that it is shown in.
        rest: As `typer.Option` takes it.
    """
    tail = f" [dim]\\[default: {default}][/dim]" if default else ""
    return typer.Option(
        *names, help=f"{words}{tail}", metavar=metavar, show_default=False, rich_help_panel=panel, **rest
    )


def flag(words: str, *names: str) -> Any:
    """An option without a value."""
    return typer.Option(*names, help=words)


Course = Annotated[
    str | None,
    option("A built-in course or a TOML file.", "--course", metavar="NAME|FILE", default="addition"),
]
Params = Annotated[
    list[str] | None, option("A parameter of the course; repeatable.", "--param", metavar="NAME=VALUE")
]
Student = Annotated[
    str | None,
    option(
        "PERSONA, PERSONA@MODEL or hf:FOLDER. MODEL: scripted, seat:NAME, hf:FOLDER, gguf:FILE or litellm's.",
        "--student",
        metavar="WHO",
        default="careless",
    ),
]
Seats = Annotated[
    list[str] | None,
    option(
        "A further seat that the script cues: student-2=anxious, editor=exact; repeatable.",
        "--seat",
        metavar="NAME=WHO",
    ),
]
Personas = Annotated[
    list[Path] | None,
    option("A folder of personas of your own; repeatable.", "--personas", metavar="FOLDER"),
]
Lessons = Annotated[
    str | None, option("Only these lessons.", "--lessons", metavar="A,B", default="all of them")
]
BaseUrl = Annotated[
    str | None,
    option("Address of an OpenAI-compatible server.", "--base-url", metavar="URL", panel="Language models"),
]
ApiKeyEnv = Annotated[
    str | None,
    option(
        "The environment variable that holds the key.",
        "--api-key-env",
        metavar="VARIABLE",
        panel="Language models",
    ),
]
Cache = Annotated[
    bool,
    typer.Option(
        "--cache",
        help="Answer calls from the database where it holds identical ones.",
        rich_help_panel="Language models",
    ),
]
SPENT = "N|LESSON=N|each=N"
MaxCost = Annotated[
    list[str] | None,
    option(
        "US dollars for the run, one lesson or each; repeatable.",
        "--max-cost",
        metavar=SPENT,
        panel="Budgets",
    ),
]
MaxTokens = Annotated[
    list[str] | None,
    option("Tokens of prompts and replies, likewise.", "--max-tokens", metavar=SPENT, panel="Budgets"),
]
MaxSeconds = Annotated[
    list[str] | None,
    option("Seconds of this session, likewise.", "--max-seconds", metavar=SPENT, panel="Budgets"),
]
Database = Annotated[
    str | None,
    option(
        "The database: a file or an address.",
        "--db",
        metavar="FILE|URL",
        default="$SCHOOLROOM_DB or schoolroom.db",
    ),
]
Seed = Annotated[int | None, option("Decides all that is random.", "--seed", metavar="N", default="0")]
Config = Annotated[
    Path | None, option("A TOML file of settings.", "--config", metavar="FILE", panel="Settings")
]
Sets = Annotated[
    list[str] | None,
    option(
        "Any setting by its dotted name, as in classroom.wave=64; repeatable.",
        "--set",
        metavar="A.B=VALUE",
        panel="Settings",
    ),
]
DryRun = Annotated[bool, flag("Show what would be done, and do nothing.", "--dry-run")]
JsonFlag = Annotated[bool, flag("Print JSON alone.", "--json")]
Quiet = Annotated[bool, flag("No progress.", "--quiet", "-q")]
Runs = Annotated[
    list[str] | None,
    option(
        "Id of a run, or its beginning; repeatable.", "--run", metavar="RUN", default="the last simulation"
    ),
]
Recipe = Annotated[
    str | None,
    option("How transcripts become training rows.", "--recipe", metavar="NAME", default="self_correction"),
]
RecipeSettings = Annotated[
    list[str] | None,
    option("A setting of the recipe; repeatable.", "--recipe-set", metavar="NAME=VALUE"),
]

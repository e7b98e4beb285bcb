"""The commands `personas`: who may sit in a classroom, what is wrong with one, and a file for a new one."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from . import options as shared
from .commands import Command, Commands
from .courses import report
from .options import option

if TYPE_CHECKING:
    from ..agents.persona import Persona
    from ..transcripts.records import Role

__all__ = ["app"]

app = typer.Typer(cls=Commands, help="Look at personas, and write one of your own.", no_args_is_help=True)

ROLES = "teacher|student|grader"
RoleOption = Annotated[str | None, option("Only this role.", "--role", metavar=ROLES)]


PARTS = {
    "teacher": ("traits", "style", "generation"),
    "student": ("traits", "style", "generation"),
    "grader": ("criteria", "style", "generation"),
}
"""What is worth showing of a persona, by role."""


@app.command("list", cls=Command)
def list_all(
    role: RoleOption = None, personas: shared.Personas = None, as_json: shared.JsonFlag = False
) -> None:
    """List everybody who can be seated: your own personas, those that ship, those of installed packages."""
    from rich.text import Text

    from ..agents.persona_files import broken_packages, list_personas
    from .screen import clean, note, out, print_json, table

    wanted = _role(role)
    found = [persona for persona in list_personas(personas or ()) if wanted in (None, persona.role)]
    for problem in broken_packages():
        note(f"warning: {problem}")
    if as_json:
        print_json([persona.model_dump(mode="json") for persona in found])
        return
    made = table("role", "persona", "played by", "", wide=("",))
    for persona in found:
        made.add_row(
            Text(persona.role, style=persona.role),
            persona.label,
            clean(persona.model),
            Text(clean(persona.description), style="faint"),
        )
    out().print(made)


@app.command("show", cls=Command)
def show(
    persona: Annotated[str, typer.Argument(help="A name or a TOML file.", metavar="NAME|FILE")],
    role: RoleOption = None,
    personas: shared.Personas = None,
    as_json: shared.JsonFlag = False,
) -> None:
    """Show a persona: how it speaks, how good it is, and what a model that plays it is told."""
    from ..agents.persona_files import find_persona, load_persona
    from .screen import print_json

    wanted = _role(role)
    found = (
        load_persona(persona) if persona.endswith(".toml") else find_persona(persona, personas or (), wanted)
    )
    if as_json:
        print_json(found.model_dump(mode="json"))
    else:
        _print(found)


@app.command("check", cls=Command)
def check(
    persona: Annotated[Path, typer.Argument(help="A TOML file.", metavar="FILE")],
    as_json: shared.JsonFlag = False,
) -> None:
    """Say everything that is wrong with a persona file, a sentence each."""
    from ..agents.persona_files import persona_problems

    report(str(persona), persona_problems(persona), as_json=as_json)


@app.command("new", cls=Command)
def new(
    name: Annotated[str, typer.Argument(help="Lower-case letters, digits, - and _.", metavar="NAME")],
    role: Annotated[
        str, option("What it is.", metavar="teacher|student|grader", default="teacher")
    ] = "teacher",
    out: Annotated[
        Path | None,
        option("A file, or a folder for NAME.toml.", metavar="FILE|FOLDER", default="NAME.toml"),
    ] = None,
) -> None:
    """Write a file to begin a persona with; it can be seated as it stands."""
    from ..agents.persona_new import new_persona
    from ..transcripts.errors import PersonaError
    from .screen import command, print_next

    text = new_persona(name, role)
    path = Path(f"{name}.toml") if out is None else out / f"{name}.toml" if out.suffix != ".toml" else out
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise PersonaError(
            f"{path} exists already, and is left as it is; name another file with --out."
        ) from None
    except OSError as error:
        raise PersonaError(f"{path} cannot be written: {error.strerror}.") from None
    typer.echo(f"{role} '{name}' begun in {path}")
    print_next(
        [
            command("schoolroom", "personas", "check", str(path)),
            command("schoolroom", "run", f"--{role}", str(path), "--episodes", "20"),
        ]
    )


def _role(word: str | None) -> "Role | None":
    from ..transcripts.errors import UnknownName
    from ..transcripts.records import Role

    if word is not None and word not in list(Role):
        raise UnknownName("role", word, Role)
    return None if word is None else Role(word)


def _print(persona: "Persona") -> None:
    from rich.text import Text

    from .screen import clean, indented, out

    console = out()
    played = "scripted" if persona.model == "scripted" else f"played by {clean(persona.model)}"
    head = (f"  {persona.role} · {played}", "faint")
    console.print(Text.assemble((persona.label, persona.role), head))
    console.print(Text(clean(persona.description)))
    for part in PARTS[persona.role]:
        values = getattr(persona, part).model_dump(mode="json", exclude_defaults=True)
        said = [(key, words) for key, value in values.items() for words in _several(value)]
        if said:
            console.print(Text(f"\n{part}", style="title"))
        for key, words in said:
            console.print(indented(Text.assemble((f"{key}  ", "faint"), clean(words) or "(nothing)")))
    for key, words in persona.instructions.items():
        if words.strip():
            console.print(Text(f"\ninstructions: {key}", style="title"))
            console.print(indented(Text(clean(words.strip()))))


def _several(value: object) -> list[str]:
    return [str(words) for words in value] if isinstance(value, list) else [str(value)]

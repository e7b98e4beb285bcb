"""The commands `courses`: which there are, what they teach, what is wrong with one, and a picture of one."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from . import options as shared
from .commands import Command, Commands
from .options import flag, option

if TYPE_CHECKING:
    from ..environments.course import Course

__all__ = ["app"]

app = typer.Typer(cls=Commands, help="Look at courses.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(help="A built-in course or a TOML file.", metavar="NAME|FILE")]


@app.command("list", cls=Command)
def list_courses(as_json: shared.JsonFlag = False) -> None:
    """List the courses that ship with schoolroom."""
    from ..environments.course import course_names, load_course
    from .screen import NONE, out, print_json, table

    found = [load_course(name, outline=True) for name in course_names()]
    if as_json:
        print_json([_course_json(course) for course in found])
        return
    made = table(
        "course", "lessons", "needs", "what it teaches", right=("lessons",), wide=("what it teaches",)
    )
    for course in found:
        needs = ", ".join(name for name, parameter in course.parameters.items() if parameter.required)
        made.add_row(course.id, str(len(course.lessons)), needs or NONE, course.description or course.title)
    out().print(made)


@app.command("show", cls=Command)
def show(course: Name, as_json: shared.JsonFlag = False) -> None:
    """Show a course's lessons and how they build on each other."""
    from rich.text import Text

    from ..environments.course import load_course
    from ..environments.course_tree import course_tree
    from .screen import clean, out, print_json

    found = load_course(course, outline=True)
    if as_json:
        print_json(_course_json(found))
        return
    console = out()
    console.print(course_tree(found))
    if found.description:
        console.print()
        console.print(Text(clean(found.description)))
    for name, parameter in found.parameters.items():
        words = f"  {clean(parameter.description)}{'' if parameter.required else ' (may be left out)'}"
        console.print(Text.assemble((f"--param {name}=", "title"), (words, "faint")))


@app.command("check", cls=Command)
def check(
    course: Name,
    param: shared.Params = None,
    allow_outside: Annotated[bool, flag("Let it name files outside its folder.", "--allow-outside")] = False,
    as_json: shared.JsonFlag = False,
) -> None:
    """Say everything that is wrong with a course, a sentence each."""
    from ..environments.course import check_course
    from .settings import parse_pairs

    problems = check_course(course, parse_pairs(param or (), "--param"), allow_outside=allow_outside)
    report(course, problems, as_json=as_json)


@app.command("plot", cls=Command)
def plot(
    course: Name,
    out: Annotated[Path, option("A file that ends in .svg, .png or .pdf.", metavar="FILE")],
    param: shared.Params = None,
) -> None:
    """Draw the graph of a course's lessons."""
    from ..environments.course import load_course
    from ..plots.lessons import plot_lessons
    from .settings import parse_pairs

    found = load_course(course, parse_pairs(param or (), "--param"), outline=True)
    typer.echo(f"{found.title}: {len(found.lessons)} lessons drawn in {plot_lessons(found, out)}")


def report(what: str, problems: list[str], *, as_json: bool) -> None:
    """Print what is wrong with a file; exit code 2 where anything is."""
    from .screen import clean, print_json

    if as_json:
        print_json({"file": what, "problems": problems})
    elif problems:
        for problem in problems:
            typer.echo(f"error: {clean(problem)}", err=True)
    else:
        typer.echo(f"{what}: nothing is wrong")
    if problems:
        raise typer.Exit(2)


def _course_json(course: "Course") -> dict[str, Any]:
    """The course, its lessons in the order of the graph."""
    value = course.model_dump(mode="json", exclude={"values", "lessons"})
    return {**value, "lessons": [lesson.model_dump(mode="json") for lesson in course.graph.values()]}

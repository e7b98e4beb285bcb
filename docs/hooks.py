"""What MkDocs makes itself of other files: the options of every command, and the notebook as a page.

Neither is kept beside what it is made of, so neither can go stale.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from typer.main import get_command

from schoolroom.cli.main import app

DOCS = Path(__file__).parent


def on_files(files: Files, *, config: MkDocsConfig) -> Files:
    """Add the pages that are made here."""
    pages = {"reference/options.md": options_page()}
    for notebook in sorted((DOCS / "examples").glob("*.ipynb")):
        pages[f"examples/{notebook.stem}.md"] = notebook_page(notebook)
    for path, text in pages.items():
        files.append(File.generated(config, path, content=text))
    return files


def options_page() -> str:
    """Every command with its arguments and options, as `--help` tells them."""
    return "# All options\n\nWhat `schoolroom COMMAND --help` says, in one place.\n" + "".join(
        f"\n## `{name}`\n\n{command.help}\n\n{_table(command)}"
        for name, command in _commands(get_command(app))
    )


def _commands(group: Any, before: str = "schoolroom") -> Iterator[tuple[str, Any]]:
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from _commands(command, f"{before} {name}")
        else:
            yield f"{before} {name}", command


def _table(command: Any) -> str:
    rows = "".join(_row(param) for param in command.params if not getattr(param, "hidden", False))
    return f"| option | value | |\n|---|---|---|\n{rows}" if rows else ""


def _row(param: Any) -> str:
    names = ", ".join(f"`{name}`" for name in (*param.opts, *param.secondary_opts) if name.startswith("-"))
    value = param.metavar or ("" if getattr(param, "is_flag", False) else param.name.upper())
    words = re.sub(r"\[/?dim\]|\\(?=\[)", "", getattr(param, "help", None) or "").replace("|", r"\|")
    if isinstance(default := getattr(param, "show_default", None), str):
        words += f" [default: {default}]"
    return f"| {names} | {f'`{value}`' if value else ''} | {' '.join(words.split())} |\n"


def notebook_page(notebook: Path) -> str:
    """The cells of a notebook, one after the other."""
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    parts = [
        "".join(cell["source"])
        if cell["cell_type"] == "markdown"
        else "```python\n" + "".join(cell["source"]) + "\n```"
        for cell in cells
    ]
    return "\n\n".join([*parts, f"The notebook itself: [{notebook.name}]({notebook.name})", ""])

"""The beginning of a package of plug-ins: the template that ships, under a name of its own."""

import re
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from ..transcripts.errors import ConfigError

__all__ = ["write_package"]

_PACKAGE, _MODULE = "school-of-rome", "school_of_rome"
"""What the template calls itself."""


def write_package(folder: Path) -> str:
    """Write the template to `folder`, whose name becomes the package's; gives that name.

    Raises:
        ConfigError: the folder is there already, cannot be written, or has no name for a package.
    """
    name = folder.absolute().name
    if not re.fullmatch(r"[a-z][a-z0-9]*([-_][a-z0-9]+)*", name):
        raise ConfigError(
            f"'{name}' cannot name a package; take lower-case letters, digits, '-' and '_', a letter first."
        )
    names = {_PACKAGE: name.replace("_", "-"), _MODULE: name.replace("-", "_")}
    try:
        folder.mkdir(parents=True)
        _copy(files("schoolroom.cli") / "plugin_template", folder, names)
    except FileExistsError:
        raise ConfigError(
            f"'{folder}' is there already, and is left as it is; name another folder."
        ) from None
    except OSError as error:
        raise ConfigError(f"'{folder}' cannot be written: {error.strerror}.") from None
    return names[_PACKAGE]


def _copy(source: Traversable, target: Path, names: dict[str, str]) -> None:
    """Copy what is in a folder, with other names in paths and words; nothing that Python compiled."""
    for item in source.iterdir():
        place = target / item.name.replace(_MODULE, names[_MODULE])
        if item.is_dir() and item.name != "__pycache__":
            place.mkdir()
            _copy(item, place, names)
        elif item.is_file():
            text = item.read_text(encoding="utf-8")
            for old, new in names.items():
                text = text.replace(old, new)
            place.write_text(text, encoding="utf-8")

"""Persona files: reading, finding and checking them. What a persona is stands in `persona`.

A persona's name and role stand in its file, whatever the file is called. It is looked for in the user's
folders first, then among those that ship, then in installed packages: an entry point of the group
``schoolroom.personas`` names a package that holds persona files. A package that is broken keeps nobody from
the personas of others.
"""

import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from importlib.resources import files
from importlib.resources.abc import Traversable
from itertools import chain
from pathlib import Path
from types import ModuleType
from typing import Any

from pydantic import BaseModel, ValidationError

from ..transcripts.errors import PersonaError, did_you_mean
from ..transcripts.plugins import Plugin, Registry
from ..transcripts.records import Json, Role
from .persona import Criteria, Generation, Persona, Style, Traits

__all__ = [
    "PACKAGES",
    "broken_packages",
    "brought_personas",
    "find_persona",
    "list_personas",
    "load_persona",
    "persona_names",
    "persona_problems",
    "validated",
]

PACKAGES = Registry[ModuleType]("package of personas", "schoolroom.personas")

Folders = Sequence[str | Path]

_TABLES: Mapping[str, type[BaseModel]] = {
    "traits": Traits,
    "style": Style,
    "criteria": Criteria,
    "generation": Generation,
}

_MISSING = {
    "name": "add a line like 'name = \"patient\"'",
    "role": "add a line like 'role = \"teacher\"' (or student, or grader)",
}


def load_persona(path: str | Path) -> Persona:
    """The persona that the TOML file at `path` describes.

    Raises:
        PersonaError: the file cannot be read or breaks a rule; the message names file, key, rule and value.
    """
    return _load(Path(path))


def persona_problems(path: str | Path) -> list[str]:
    """All that is wrong with one persona file, a sentence each; empty where nothing is."""
    try:
        data = _read(Path(path))
    except PersonaError as error:
        return [str(error)]
    return _problems(data, str(path))


def find_persona(name: str, folders: Folders = (), role: Role | None = None) -> Persona:
    """The persona called `name`, the user's own before those that ship.

    Args:
        name: As its file says; a teacher and a grader may share one.
        folders: The user's folders, the first one first.
        role: Only personas of this role; where None, the name alone must tell.

    Raises:
        PersonaError: there is none, there are several roles of that name, or its file is wrong.
    """
    found: dict[str, Traversable] = {}
    for place in (_own_files(folders), _installed_files()):  # packages are imported only where need be
        for file, data in _scan(place):
            if data.get("name") == name:
                found.setdefault(str(data.get("role")), file)
        if role is None and len(found) > 1:
            raise PersonaError(
                f"'{name}' names personas of several roles ({', '.join(sorted(found))}); say which."
            )
        if chosen := found.get(role) if role else next(iter(found.values()), None):
            return _load(chosen)
    raise _not_found(name, folders, role, found)


def _not_found(name: str, folders: Folders, role: Role | None, found: Iterable[str]) -> PersonaError:
    """The error that says why; `found` are the roles in which there is one of that name."""
    for file in _files(folders):  # it may be there, but broken: then say so
        if file.name == f"{name}.toml":
            _load(file)
    known = persona_names(folders, role)
    if found:
        what = f"'{name}' is a {' and a '.join(sorted(found))}, but this seat needs a {role};"
    else:
        what = f"unknown {role or 'persona'} '{name}'{did_you_mean(name, known)}"
    unread = "".join(f" It may be in a package that is broken: {why}" for why in broken_packages())
    return PersonaError(f"{what} known: {', '.join(known)}.{unread}")


def persona_names(folders: Folders = (), role: Role | None = None) -> list[str]:
    """The names of all personas that can be found, of one role where it is given."""
    return sorted(
        {
            str(data["name"])
            for _, data in _scan(_files(folders))
            if "name" in data and role in (None, data.get("role"))
        }
    )


def list_personas(folders: Folders = ()) -> list[Persona]:
    """All personas that can be found, by role and name; a user's own hides one that ships.

    What is wrong in installed packages is left out; `broken_packages` tells of it.

    Raises:
        PersonaError: one of the other files is wrong.
    """
    found: dict[tuple[str, str], Persona] = {}
    installed = (
        Persona.model_validate(data)
        for file, data in _scan(_installed_files())
        if not _problems(data, str(file))
    )
    for persona in chain(map(_load, _own_files(folders)), installed):
        found.setdefault((persona.role, persona.name), persona)
    return [found[key] for key in sorted(found)]


def broken_packages() -> list[str]:
    """A sentence for each installed package whose personas cannot be used; empty where none is broken."""
    problems = []
    for plugin in PACKAGES.plugins():
        try:
            brought_personas(plugin)
        except PersonaError as error:
            problems.append(str(error))
    return problems


def brought_personas(plugin: Plugin) -> list[Persona]:
    """The personas of one installed package, by the names of their files.

    Raises:
        PersonaError: it cannot be imported, or a file in it is wrong.
    """
    return [_load(file) for file in _package(plugin)]


def _files(folders: Folders) -> Iterator[Traversable]:
    """Every persona file, in the order in which they are looked for."""
    return chain(_own_files(folders), _installed_files())


def _own_files(folders: Folders) -> Iterator[Traversable]:
    """The user's persona files and those that ship."""
    for folder in folders:
        if not Path(folder).is_dir():
            raise PersonaError(
                f"persona folder '{folder}' is not a folder; name one that holds persona files."
            )
        yield from _toml_files(Path(folder))
    yield from _toml_files(files(f"{__package__}.personas"))


def _installed_files() -> Iterator[Traversable]:
    """The persona files of installed packages, without those of broken ones."""
    for plugin in PACKAGES.plugins():
        with suppress(PersonaError):
            yield from _package(plugin)


def _package(plugin: Plugin) -> list[Traversable]:
    """The persona files of one installed package."""
    try:
        return _toml_files(files(plugin.point.load()))
    except Exception as error:  # whatever somebody else's package does on import
        raise PersonaError(
            f"entry point '{plugin.name}' of group '{PACKAGES.group}' must name a package that holds persona "
            f"files, but '{plugin.point.value}' gives {type(error).__name__}: {error}; mend or uninstall it."
        ) from error


def _toml_files(folder: Traversable) -> list[Traversable]:
    return sorted(
        (file for file in folder.iterdir() if file.name.endswith(".toml")), key=lambda file: file.name
    )


def _scan(candidates: Iterable[Traversable]) -> Iterator[tuple[Traversable, Mapping[str, Json]]]:
    """Every persona file that is TOML at all, and what it holds; one broken file does not hide the others."""
    for file in candidates:
        try:
            yield file, _read(file)
        except PersonaError:
            continue


def _read(file: Traversable) -> dict[str, Json]:
    try:
        text = file.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise PersonaError(f"{file}: not UTF-8 text (byte {error.start}); save it as UTF-8.") from None
    except OSError as error:
        raise PersonaError(
            f"{file}: cannot be read: {error.strerror}; give the path of a persona file."
        ) from None
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        end = f"at line {len(text.splitlines())}, the end of the file"
        what = str(error).replace("at end of document", end)
        raise PersonaError(f"{file}: not valid TOML: {what}; mend it there.") from None
    except (ValueError, RecursionError) as error:  # numbers too long for Python, values nested too deep
        raise PersonaError(f"{file}: a value in it cannot be read ({error}); mend it.") from None


def _load(file: Traversable) -> Persona:
    return validated(_read(file), str(file))


def validated(data: Mapping[str, Json], where: str) -> Persona:
    """The persona that `data` describes; `where` it comes from begins the message where it does not.

    Raises:
        PersonaError: the first thing that is wrong.
    """
    problems = _problems(data, where)
    if problems:
        more = f" ({len(problems) - 1} more; 'schoolroom personas check' lists all)" if problems[1:] else ""
        raise PersonaError(problems[0] + more)
    return Persona.model_validate(data)


def _problems(data: Mapping[str, Json], where: str) -> list[str]:
    try:
        Persona.model_validate(data)
    except ValidationError as error:
        return [f"{where}: {_sentence(problem)}" for problem in error.errors()]
    return []


def _sentence(problem: Mapping[str, Any]) -> str:
    """One of pydantic's findings, as a sentence that names key, value, rule and way out."""
    path = [str(part) for part in problem["loc"] if part != "[key]"]
    key, value, message = ".".join(path), problem["input"], str(problem["msg"])
    match problem["type"]:
        case "missing":
            rule = f"is missing; {_MISSING[key]}."
        case "extra_forbidden":
            known = list((_TABLES[path[0]] if len(path) > 1 else Persona).model_fields)
            return f"unknown key '{key}'{did_you_mean(path[-1], known)} known: {', '.join(known)}."
        case "value_error":
            return f"'{key}': {message.removeprefix('Value error, ')}"
        case "enum":
            near = did_you_mean(str(value), Role)
            rule = f"is {value!r}{near} it must be one of: {', '.join(Role)}."
        case "tuple_type":
            rule = f"is {value!r}, but must be text or a list of texts."
        case "model_type" | "mapping_type" | "dict_type":
            rule = f"is {value!r}, but must be a table; begin it with a line '[{key}]'."
        case _:
            rule = f"is {value!r}, but must be {message.removeprefix('Input should be ')}."
    return f"'{key}' {rule}"

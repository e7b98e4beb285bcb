"""Everything that can be plugged in: what there is of each kind, where it comes from, and how it is checked.

Knows no command. Whatever is checked is exercised among fakes; no model is asked.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache, partial
from importlib.metadata import version
from typing import Any

from ..agents.checks import played_problems, seat_problems
from ..agents.fakes import RunningSums
from ..agents.persona_files import PACKAGES, brought_personas, find_persona, list_personas
from ..agents.seating import SEATS, plugged_seat
from ..environments.checks import script_problems, subject_problems
from ..environments.fakes import sample_episodes
from ..environments.script import SCRIPTS
from ..environments.subjects.registry import SUBJECTS, find_subject
from ..training.checks import recipe_problems, row_form_problems
from ..training.export import FORMS
from ..training.recipes.base import RECIPES
from ..transcripts.checks import exporter_problems
from ..transcripts.errors import PersonaError, SchoolroomError
from ..transcripts.exchange.forms import EXPORTERS, IMPORTERS
from ..transcripts.plugins import Plugin, Registry
from ..transcripts.records import Episode, Example, Role

__all__ = ["Item", "plugged_in", "shipped"]


@dataclass(frozen=True)
class Item:
    """Something that can be named."""

    kind: str
    name: str
    check: Callable[[], list[str]]
    """All that is wrong with it, a sentence each."""
    plugin: Plugin | None = None
    """What brings it; None where it ships."""

    @property
    def package(self) -> str:
        """The distribution that brings it."""
        return self.plugin.package if self.plugin else "schoolroom"

    @property
    def version(self) -> str:
        """Of the distribution; empty where it is not known."""
        return self.plugin.version if self.plugin else version("schoolroom")


def plugged_in() -> list[Item]:
    """What installed packages bring, by kind. Packages of personas are imported, nothing else is."""
    personas = [item for plugin in PACKAGES.plugins() for item in _personas(plugin)]
    return personas + [
        Item(kind, plugin.name, partial(_plugin_problems, registry, plugin, check), plugin)
        for kind, (registry, check) in _KINDS.items()
        for plugin in registry.plugins()
    ]


def shipped() -> list[Item]:
    """What ships, by kind."""
    brought = {(item.kind, item.name) for item in plugged_in()}
    personas = [
        Item("persona", persona.name, partial(played_problems, persona))
        for persona in list_personas()
        if ("persona", persona.name) not in brought
    ]
    return personas + [
        Item(kind, name, partial(_problems, check, name))
        for kind, (registry, check) in _KINDS.items()
        for name in registry.builtin()
    ]


def _personas(plugin: Plugin) -> Iterator[Item]:
    try:
        for persona in brought_personas(plugin):
            yield Item("persona", persona.name, partial(played_problems, persona), plugin)
    except PersonaError as error:
        problems = [str(error)]
        yield Item("persona", plugin.name, lambda: problems, plugin)


def _plugin_problems(registry: Registry[Any], plugin: Plugin, check: Callable[[str], list[str]]) -> list[str]:
    return list(registry.problems(plugin)) or _problems(check, plugin.name)


def _problems(check: Callable[[str], list[str]], name: str) -> list[str]:
    """What `check` finds; what is raised while it is found or made is a problem like the others."""
    try:
        return check(name)
    except SchoolroomError as error:
        return [str(error)]
    except Exception as error:  # of somebody else's code
        return [f"raises {type(error).__name__}: {error}"]


def _subject(name: str) -> list[str]:
    subject = find_subject(name)
    if subject.name != name:
        return [f"calls itself '{subject.name}', but is plugged in as '{name}'; make them the same."]
    return subject_problems(subject)


def _script(name: str) -> list[str]:
    return script_problems(SCRIPTS.find(name))


def _recipe(name: str) -> list[str]:
    return recipe_problems(RECIPES.find(name), _episodes())


def _seat(name: str) -> list[str]:
    """It is seated for each role that it takes."""
    problems, refusals = [], []
    for role, who in {Role.TEACHER: "exact", Role.STUDENT: "careless", Role.GRADER: "exact"}.items():
        persona = find_persona(who, role=role)
        try:
            seat = plugged_seat(name, persona, name=role.value, checkers=lambda _: RunningSums())
        except PersonaError as error:
            refusals.append(f"sits nowhere: {error}")
            continue
        problems += [f"as a {role}, {problem}" for problem in seat_problems(seat)]
    return refusals[-1:] if len(refusals) == len(Role) else problems


def _exporter(name: str) -> list[str]:
    importer = IMPORTERS.find(name) if name in IMPORTERS.names() else None
    return exporter_problems(EXPORTERS.find(name), _episodes(), importer)


def _importer(name: str) -> list[str]:
    """One without an exporter can only be found: nobody has a file for it."""
    IMPORTERS.find(name)
    return _exporter(name) if name in EXPORTERS.names() else []


def _row_form(name: str) -> list[str]:
    return row_form_problems(FORMS.find(name), _rows())


_KINDS: dict[str, tuple[Registry[Any], Callable[[str], list[str]]]] = {
    "subject": (SUBJECTS, _subject),
    "script": (SCRIPTS, _script),
    "seat": (SEATS, _seat),
    "recipe": (RECIPES, _recipe),
    "row form": (FORMS, _row_form),
    "exporter": (EXPORTERS, _exporter),
    "importer": (IMPORTERS, _importer),
}


@cache
def _episodes() -> list[Episode]:
    """What all scripts that can be led make fakes say."""
    episodes = []
    for name in SCRIPTS.names():
        try:
            episodes += sample_episodes(SCRIPTS.find(name), name=name, number=8)
        except Exception:  # its own check tells of it
            continue
    return [episode for episode in episodes if episode.ending and episode.ending.kind == "finished"]


@cache
def _rows() -> list[Example]:
    """What the recipes that ship make of them."""
    rows = (row for name in RECIPES.builtin() for row in RECIPES.find(name)(_episodes()))
    return list({row.id: row for row in rows}.values())

"""What a classroom script is, and the names under which scripts are found.

A script is a generator that yields cues and receives turns. It calls no model, opens no file and knows no
clock, so that the same turns always lead to the same cues: resume, replay and fork rest on that.
"""

from collections.abc import Callable, Generator
from typing import Any

from ..transcripts.plugins import Registry
from ..transcripts.records import Cue

__all__ = ["SCRIPTS", "Script", "ScriptFactory", "find_script", "script_names"]

Script = Generator[Cue | tuple[Cue, ...], Any, None]
"""Yields one cue and receives its turn, or a tuple of cues that nothing orders and receives their turns."""

ScriptFactory = Callable[..., Script]
"""Called with the question and the script's settings by keyword."""


def _builtin() -> dict[str, ScriptFactory]:
    from .scripts.citing import citing, citing_exam, rubrics
    from .scripts.demonstration import demonstration
    from .scripts.exam import exam
    from .scripts.seminar import seminar
    from .scripts.supervision import supervision
    from .scripts.tripost import tripost
    from .scripts.tutoring import tutoring
    from .scripts.yoda import yoda

    return {
        "citing": citing,
        "citing_exam": citing_exam,
        "demonstration": demonstration,
        "exam": exam,
        "rubrics": rubrics,
        "seminar": seminar,
        "supervision": supervision,
        "tripost": tripost,
        "tutoring": tutoring,
        "yoda": yoda,
    }


SCRIPTS = Registry[ScriptFactory]("script", "schoolroom.scripts", _builtin)


def script_names() -> list[str]:
    """All scripts that can be named, those of installed packages included."""
    return SCRIPTS.names()


def find_script(name: str) -> ScriptFactory:
    """The script registered under `name`.

    Raises:
        UnknownName: there is none.
        ProtocolError: the installed package that brings it cannot be loaded.
    """
    return SCRIPTS.find(name)

"""The studies that can be named. Each stands in a module of its own, imported when it is asked for."""

from importlib import import_module

from ..transcripts.errors import UnknownName
from .study import AnyStudy

__all__ = ["MODULES", "find_study", "study_names"]

MODULES = {
    "tripost": "tripost",
    "weak-teachers": "weak_teachers",
    "citing": "citing",
    "yoda": "yoda",
    "word-problems": "word_problems",
}
"""Modules of this package, by the name of the study that each holds as ``STUDY``."""


def study_names() -> list[str]:
    """All studies."""
    return sorted(MODULES)


def find_study(name: str) -> AnyStudy:
    """The study of this name.

    Raises:
        UnknownName: there is none.
    """
    if name not in MODULES:
        raise UnknownName("study", name, study_names())
    study: AnyStudy = import_module(f".{MODULES[name]}", __package__).STUDY
    return study

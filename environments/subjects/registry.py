"""The names under which subjects are found. Each subject's module is imported when it is first asked for."""

from collections.abc import Callable, Sequence
from functools import lru_cache
from pathlib import Path

from ...transcripts.errors import CourseError, UnknownName
from ...transcripts.plugins import Registry
from .base import Subject

__all__ = ["SUBJECTS", "find_subject", "subject_names"]

_FILE = "jsonl:"
_TASK = "reasoning_gym:"


def _column_addition() -> Subject:
    from .column_addition import ColumnAddition

    return ColumnAddition()


def _date_understanding() -> Subject:
    from .date_understanding import DateUnderstanding

    return DateUnderstanding()


def _logical_deduction() -> Subject:
    from .logical_deduction import LogicalDeduction

    return LogicalDeduction()


def _multistep_arithmetic() -> Subject:
    from .multistep_arithmetic import MultistepArithmetic

    return MultistepArithmetic()


def _equations() -> Subject:
    from .equations import Equations

    return Equations()


def _word_sorting() -> Subject:
    from .word_sorting import WordSorting

    return WordSorting()


_BUILTIN: dict[str, Callable[[], Subject]] = {
    "column_addition": _column_addition,
    "date_understanding": _date_understanding,
    "equations": _equations,
    "logical_deduction": _logical_deduction,
    "multistep_arithmetic": _multistep_arithmetic,
    "word_sorting": _word_sorting,
}

SUBJECTS = Registry[Callable[[], Subject]]("subject", "schoolroom.subjects", lambda: _BUILTIN)
"""Functions without arguments, each of which makes a subject."""


def subject_names(*, tasks: bool = True) -> list[str]:
    """All subjects that need no file; `tasks` includes reasoning-gym's (its import takes a second)."""
    names = set(SUBJECTS.names())
    if tasks:
        from .reasoning_gym_tasks import task_names

        names |= {_TASK + task for task in task_names()}
    return sorted(names)


def find_subject(name: str, *, folder: Path | None = None, allowed: Sequence[Path] | None = ()) -> Subject:
    """The subject called `name`; the same name gives the same object.

    Args:
        name: A built-in or installed subject, ``reasoning_gym:TASK`` or ``jsonl:FILE``.
        folder: Where relative files are looked for: a course's own folder, which no file may then leave.
            None: the working directory, and any file may be named.
        allowed: Files and folders elsewhere that may be read, too; None for all of them.

    Raises:
        UnknownName: nothing is registered under this name.
        CourseError: a file leaves the course's folder.
        ProtocolError: the installed package that brings it cannot be loaded.
    """
    if name.startswith(_FILE):
        return _file_subject(name, _place(name.removeprefix(_FILE), folder, allowed))
    return _named_subject(name)


def _place(file: str, folder: Path | None, allowed: Sequence[Path] | None) -> Path:
    """Where `file` is. Links are seen through, so that none leads out of the folder."""
    if not file.strip():
        raise CourseError("'jsonl:' names no file; write 'jsonl:FILE', relative to the course's folder.")
    try:
        home = (folder or Path()).resolve()
        place, real = home / file, (home / file).resolve()
        if folder is None or allowed is None:
            return place
        if any(real.is_relative_to(root) for root in (home, *(path.resolve() for path in allowed))):
            return place
    except (OSError, ValueError, RuntimeError) as error:
        raise CourseError(f"{file!r} cannot be the name of a file: {error}.") from None
    raise CourseError(
        f"'{file}' leaves the course's folder {home}; move the file into it, make it a parameter of kind "
        "'file' and give its path with --param, or allow all files with --set allow_outside=true."
    )


@lru_cache(maxsize=32)
def _file_subject(name: str, path: Path) -> Subject:
    from .question_files import QuestionFile

    return QuestionFile(name, path)


@lru_cache(maxsize=256)
def _named_subject(name: str) -> Subject:
    if name.startswith(_TASK):
        from .reasoning_gym_tasks import ReasoningGymTask

        return ReasoningGymTask(name.removeprefix(_TASK))
    try:
        make = SUBJECTS.find(name)
    except UnknownName:
        raise _unknown(name) from None
    return make()


def _unknown(name: str) -> UnknownName:
    from .reasoning_gym_tasks import task_names

    known = [*subject_names(tasks=False), "reasoning_gym:TASK", "jsonl:FILE"]
    if name in task_names():
        known.append(_TASK + name)
    return UnknownName("subject", name, known)

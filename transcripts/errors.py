"""Every error that schoolroom raises on purpose.

    SchoolroomError                     exit code
    ├── BadInput                        2   what the user gave cannot be used
    │   ├── ConfigError                     settings, dotted overrides, command-line values
    │   ├── PlanChanged                     a stored run was to go on by another plan than its own
    │   ├── CourseError                     course files and lesson graphs
    │   ├── PersonaError                    persona files
    │   ├── DataFileError                   question files and other JSONL (names the line)
    │   ├── QuestionError                   a question that its subject cannot read
    │   ├── CheckpointError                 model folders that cannot be loaded
    │   └── UnknownName                     a name that nothing is registered under
    ├── StoreError                      3   the database cannot be read or written
    │   ├── StoreVersionError               written by another version of schoolroom
    │   ├── RunBusy                         another process is working on the run
    │   └── NotStored                       no such run, episode or turn
    ├── SeatError                       4   a seat could not speak
    │   ├── ReplyError                      the reply cannot be parsed into what was asked for
    │   └── ModelError                      the model's provider failed
    │       ├── RateLimited                     429
    │       ├── ModelTimeout                    no answer in time
    │       ├── ModelUnavailable                5xx, cut connection, malformed answer
    │       └── ModelRefused                    4xx: key, model name or request is wrong; not retried
    ├── TrainingError                   5   training cannot go on
    │   └── MaskError                       a loss mask that is all zero or all one
    ├── ProtocolError                   6   a plug-in broke the rules of scripts, seats or subjects
    └── BudgetSpent                     7   a run has spent what it may

A message names the rule, the value that broke it and the way out. The command line prints it as one
sentence and exits with the code of its branch; nothing stored is touched.
"""

import difflib
from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .records import ModelCall

__all__ = [
    "BadInput",
    "BudgetSpent",
    "CheckpointError",
    "ConfigError",
    "CourseError",
    "DataFileError",
    "MaskError",
    "ModelError",
    "ModelRefused",
    "ModelTimeout",
    "ModelUnavailable",
    "NotStored",
    "PersonaError",
    "PlanChanged",
    "ProtocolError",
    "QuestionError",
    "RateLimited",
    "ReplyError",
    "RunBusy",
    "SchoolroomError",
    "SeatError",
    "StoreError",
    "StoreVersionError",
    "TrainingError",
    "UnknownName",
    "did_you_mean",
]


class SchoolroomError(Exception):
    """The root: catch it to catch whatever schoolroom raises on purpose."""

    exit_code: int = 1


class BadInput(SchoolroomError):
    """What the user gave cannot be used."""

    exit_code = 2


class ConfigError(BadInput):
    """A setting, an override or a command-line value is wrong."""


class PlanChanged(BadInput):
    """A stored run was to go on by another plan than its own; the message says what differs."""


class CourseError(BadInput):
    """A course file or its lesson graph is wrong."""


class PersonaError(BadInput):
    """A persona file is wrong."""


class DataFileError(BadInput):
    """A file of questions or other rows is wrong; the message names the line."""


class QuestionError(BadInput):
    """A question cannot be read by the subject that it was given to."""


class CheckpointError(BadInput):
    """A model folder cannot be loaded."""


class UnknownName(BadInput):
    """Nothing is registered under this name."""

    def __init__(self, kind: str, name: str, known: Iterable[str]) -> None:
        names = sorted(known)
        super().__init__(
            f"unknown {kind} '{name}'{did_you_mean(name, names)} known: {', '.join(names) or 'none'}"
        )


class StoreError(SchoolroomError):
    """The database cannot be read or written."""

    exit_code = 3


class StoreVersionError(StoreError):
    """The database was written by another version of schoolroom."""


class RunBusy(StoreError):
    """Another process is working on the run; the message names its host and pid."""


class NotStored(StoreError):
    """There is no such run, episode or turn in this database."""


class SeatError(SchoolroomError):
    """A seat could not speak; its episode is cut short with this reason."""

    exit_code = 4
    calls: "tuple[ModelCall, ...]" = ()
    """Model calls that were paid for before the seat gave up; it sets them, and the episode keeps them."""


class ReplyError(SeatError):
    """A reply cannot be parsed into what was asked for; the message can be shown to the speaker."""


class ModelError(SeatError):
    """The model's provider failed."""


class RateLimited(ModelError):
    """The provider answered 429 after all retries."""


class ModelTimeout(ModelError):
    """The provider did not answer in time."""


class ModelUnavailable(ModelError):
    """The provider answered 5xx, cut the connection or sent something malformed."""


class ModelRefused(ModelError):
    """The provider refused the request (key, model name, parameters); a retry cannot help."""


class TrainingError(SchoolroomError):
    """Training cannot go on."""

    exit_code = 5


class MaskError(TrainingError):
    """A loss mask is all zero (nothing would be learnt) or all one (the prompt would be)."""


class ProtocolError(SchoolroomError):
    """A plug-in (script, seat, subject, recipe) broke the rules of its protocol."""

    exit_code = 6


class BudgetSpent(SchoolroomError):
    """A run or a lesson has spent what it may; what it has said is stored, and it can be resumed."""

    exit_code = 7


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """The tail of a message about an unknown word: ``; did you mean 'x'?``, or ``;`` where none is near."""
    near = difflib.get_close_matches(word, list(known), n=1)
    return f"; did you mean '{near[0]}'?" if near else ";"

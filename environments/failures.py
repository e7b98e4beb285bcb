"""What failed in a run, and why: the episodes that were cut short, by the way in which they failed."""

import re
from collections import Counter
from collections.abc import Mapping

from pydantic import Field

from ..transcripts.records import Ending, Episode, Record
from .observers import Observer

__all__ = ["Failure", "Failures", "kind_of"]

_TYPED = re.compile(r"(\w+): (.*)", re.DOTALL)
# What differs between failures of one kind: numbers, and words that are quoted from replies.
_OWN = re.compile(r"\d+(?:[.,]\d+)*|'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"")


class Failure(Record):
    """Episodes that were cut short in the same way."""

    error: str
    """Name of the error's type; empty where the reason names none."""
    reason: str
    """In the words of the first of them; others may differ in numbers and in what they quote."""
    number: int = 1
    """How many episodes."""
    lessons: Mapping[str, int] = Field(default_factory=dict)
    """How many of them in which lesson."""
    episode: str
    """Id of the first."""


def kind_of(ending: Ending) -> tuple[str, str, str]:
    """The error's type, the reason, and a key that all failures of the kind have."""
    whole = ending.reason or "no reason given"
    typed = _TYPED.match(whole)
    error, reason = typed.groups() if typed else ("", whole)
    return error, reason, f"{error}: {_OWN.sub('…', reason)}"


class Failures(Observer):
    """Watches a run, and keeps how its episodes failed."""

    def __init__(self) -> None:
        self._first: dict[str, Failure] = {}
        self._lessons: dict[str, Counter[str]] = {}

    def episode_ended(self, episode: Episode, *, resumed: bool) -> None:
        """Keep how it failed, if it did; also what failed in an earlier session and was not tried again."""
        if episode.ending is None or episode.ending.kind != "cut_short":
            return
        error, reason, key = kind_of(episode.ending)
        self._first.setdefault(key, Failure(error=error, reason=reason, episode=episode.id))
        self._lessons.setdefault(key, Counter())[episode.question.lesson] += 1

    @property
    def found(self) -> tuple[Failure, ...]:
        """The kinds of failures, the most frequent first."""
        counted = (
            first.model_copy(
                update={"number": self._lessons[key].total(), "lessons": dict(self._lessons[key])}
            )
            for key, first in self._first.items()
        )
        return tuple(sorted(counted, key=lambda failure: -failure.number))

"""What recipes that correct mistakes share: rows that belong together, and how many of each sort are kept.

Which rows there are, and what they say, is each recipe's own business.
"""

import copy
import pickle
import random
import sys
import tempfile
import weakref
from array import array
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from ...transcripts.errors import ConfigError, did_you_mean
from ...transcripts.records import Episode, Example, Feedback, Role, Turn
from .base import check_limit, check_weight, grade_of, is_right

__all__ = [
    "Shelf",
    "Unit",
    "about",
    "as_own",
    "balanced",
    "check_name",
    "check_numbers",
    "check_shares",
    "contradicted",
    "distinct",
    "thinned",
]


@dataclass(frozen=True, slots=True)
class Unit:
    """Rows that are kept or left out together."""

    group: str
    """The part of a balance that it counts for."""
    rows: tuple[Example, ...]


def as_own(feedback: Turn) -> Turn:
    """A teacher's feedback as the student's own words, which it will be when the student is alone."""
    return feedback.model_copy(update={"seat": Role.STUDENT.value, "role": Role.STUDENT})


def about(episode: Episode, turn: Turn) -> int | None:
    """Index of the solution that `turn` is a teacher's feedback on; None if it is anything else."""
    if turn.role is not Role.TEACHER or not isinstance(turn.payload, Feedback):
        return None
    solutions = [index for index in turn.heard if episode.turns[index].attempt is not None]
    return solutions[-1] if solutions else None


def distinct(units: Iterable[Unit], once: Collection[str] = ("attempt",)) -> Iterator[Unit]:
    """Units without rows that were seen before; of the groups in `once`, one row for each question."""
    seen: set[str] = set()
    solved: set[tuple[str, str]] = set()
    for unit in units:
        rows: list[Example] = []
        for example in unit.rows:
            of_question = (unit.group, example.question)
            again = example.id in seen or of_question in solved
            seen.add(example.id)
            if unit.group in once:
                solved.add(of_question)
            if not again:
                rows.append(example)
        if rows:
            yield Unit(unit.group, tuple(rows))


def contradicted(episode: Episode, solution: Turn, feedback: Turn) -> bool:
    """Whether the solution's grade, or else the reference answer, says otherwise than this feedback on it."""
    right, grade = is_right(episode, solution), grade_of(episode, solution)
    return right is not None and feedback.says_correct != (right and not (grade and grade.wrong_steps))


class Shelf(Iterable[Unit]):
    """Units in a temporary file, until all have come and it is known which of them are kept.

    Raises:
        ConfigError: there is no room for the file.
    """

    _source: "Shelf | None" = None

    def __init__(self, units: Iterable[Unit]) -> None:
        self._file = tempfile.TemporaryFile()  # noqa: SIM115
        weakref.finalize(self, self._file.close)
        self._places = array("q")
        self.groups: list[str] = []
        """The group of each unit, in their order."""
        for unit in units:
            self.groups.append(sys.intern(unit.group))
            self._places.append(self._file.tell())
            try:
                pickle.dump(unit, self._file, pickle.HIGHEST_PROTOCOL)
            except OSError as error:
                raise ConfigError(
                    f"rows wait in '{tempfile.gettempdir()}' until all are known, but cannot be written "
                    f"there: {error.strerror}; make room, or set TMPDIR to a folder that has some."
                ) from None

    def __iter__(self) -> Iterator[Unit]:
        """The units, in their order."""
        for place in self._places:
            self._file.seek(place)
            yield pickle.load(self._file)

    def only(self, kept: Iterable[int]) -> "Shelf":
        """The units at these numbers, in their order; the file is shared."""
        numbers, shelf = sorted(kept), copy.copy(self)
        shelf._source = self  # whose end would close the file
        shelf._places = array("q", (self._places[number] for number in numbers))
        shelf.groups = [self.groups[number] for number in numbers]
        return shelf


def balanced(units: Shelf, shares: Mapping[str, float], seed: int) -> Shelf:
    """As many units as the scarcest group of `shares` allows, in their order.

    What there is too much of is thinned out at random; groups that are empty or have no share stay as they
    are.
    """
    sizes = Counter(units.groups)
    scale = min((sizes[name] / share for name, share in shares.items() if sizes[name]), default=0.0)
    return thinned(units, {name: round(scale * share) for name, share in shares.items()}, seed)


def thinned(units: Shelf, numbers: Mapping[str, int], seed: int) -> Shelf:
    """At most so many units of each named group, chosen at random, in their order; of other groups all."""
    places: dict[str, list[int]] = {}
    for place, group in enumerate(units.groups):
        places.setdefault(group, []).append(place)
    rng = random.Random(seed)
    kept: set[int] = set()
    for name, held in places.items():
        kept.update(rng.sample(held, min(len(held), numbers[name])) if name in numbers else held)
    return units.only(kept)


def check_shares(balance: Mapping[str, float] | None, known: Iterable[str]) -> dict[str, float]:
    """The shares of a balance as numbers, by group; empty where there is none.

    Raises:
        ConfigError: an unknown group, or a share that is not positive.
    """
    for name in balance or {}:
        check_name("part of a balance", name, known)
    return {name: check_weight(name, share) for name, share in (balance or {}).items()}


def check_numbers(numbers: Mapping[str, int] | None, known: Iterable[str]) -> dict[str, int]:
    """The numbers by group; empty where none are given.

    Raises:
        ConfigError: an unknown group, or what is no positive number of units.
    """
    for name, number in (numbers or {}).items():
        check_name("group of rows", name, known)
        check_limit(number)
    return dict(numbers or {})


def check_name(what: str, name: str, known: Iterable[str]) -> None:
    """Refuse a name that is not among the known ones."""
    if name not in (names := list(known)):
        raise ConfigError(
            f"there is no {what} '{name}'{did_you_mean(name, names)} known: {', '.join(names)}."
        )

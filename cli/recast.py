"""A stored run with other people in some of its seats: what `fork` and `grade` take from the command line."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ..agents.seating import LOCAL_PREFIXES, PLAIN
from ..agents.seats import Seat
from ..environments.course import Course
from ..environments.plans import differences
from ..transcripts.errors import ConfigError, PlanChanged, UnknownName
from ..transcripts.records import Json, Role, Run
from ..transcripts.store import Store
from .plan import cache_of, course_of, described_seat, details_of, seat_of
from .recall import recalled
from .settings import Settings

__all__ = ["Recast", "address", "folders_with", "from_here", "played_by", "recast", "seat_path", "seats_of"]

_SHELF = "shelf:"


@dataclass(frozen=True)
class Recast:
    """A run as it was asked for, with others in some of its seats."""

    run: Run
    settings: Settings
    course: Course

    def seat(self, name: str, store: Store) -> Seat:
        """Who sits there now, answered from `store` where that is wanted; see `plan.seat_of`."""
        return seat_of(self.settings, name, self.course, cache_of(self.settings, store))

    def details(self, replaced: Collection[str]) -> dict[str, Json]:
        """What determines the words of all seats, for a plan: as it was, but of those who were replaced."""
        now = details_of(self.settings, replaced)
        stays = {
            part: {name: value for name, value in self.run.plan.get(part, {}).items() if name not in replaced}
            for part in now
        }
        return {part: {**stays[part], **now[part]} for part in now}


def recast(run: Run, pairs: Mapping[str, Json], given: Mapping[str, Json], *, alone: bool = False) -> Recast:
    """`run` with others in some seats; to be called where it began (see `recall.where_it_began`).

    Args:
        run: A stored run.
        pairs: Who sits where now, by the dotted names of settings.
        given: What else is set now, as `load_settings` takes it; the database among it.
        alone: Nobody will be asked but those who are named now, whoever sits in the other seats.

    Raises:
        ConfigError: no command began the run, or a value cannot be used.
        PlanChanged: the course, or somebody who was not replaced, is not as it was.
    """
    settings = recalled(run, str(given["database"]), given, pairs)
    course = course_of(settings)
    replaced = {path.split(".")[-2] for path in pairs}
    stay = [] if alone else [name for name in seats_of(run) if name not in replaced]
    now: dict[str, Json] = {
        "course": course.model_dump(mode="json"),
        "seats": [described_seat(settings, name).info.model_dump(mode="json") for name in stay],
        **details_of(settings, stay),
    }
    if changed := list(differences(_part_of(run.plan, stay), now)):
        raise PlanChanged(
            f"run {run.id} cannot be held as it was: {'; '.join(changed)}. Put that back"
            f"{'' if alone else ', or seat others with --seat NAME=WHO'}."
        )
    return Recast(run, settings, course)


def _part_of(plan: Mapping[str, Json], names: Sequence[str]) -> dict[str, Json]:
    """What decides the words of these seats."""
    parts = {part: plan.get(part, {}) for part in ("personas", "llm")}
    return {
        "course": plan.get("course"),
        "seats": [seat for seat in plan.get("seats", ()) if seat["seat"] in names],
        **{part: {name: who[name] for name in names if name in who} for part, who in parts.items()},
    }


def seats_of(run: Run) -> tuple[str, ...]:
    """Names of the seats that a run has."""
    return tuple(str(seat["seat"]) for seat in run.plan.get("seats", ()))


def seat_path(run: Run, name: str) -> str:
    """The dotted name of the setting that says who sits in a seat of `run`.

    Raises:
        UnknownName: it has no such seat.
    """
    if name not in (known := seats_of(run)):
        raise UnknownName(f"seat of run {run.id}", name, known)
    return f"seats.{name}.who" if name in list(Role) else f"seats.more.{name}.who"


def from_here(who: str) -> str:
    """`who`, with the file or folder that it names found from this folder, wherever it is read later."""
    whole = who.endswith(".toml") or who.startswith((*LOCAL_PREFIXES, _SHELF))
    return "@".join(map(_absolute, [who] if whole else who.split("@", 1)))


def _absolute(part: str) -> str:
    kind, colon, place = part.partition(":")
    if f"{kind}{colon}" in (*LOCAL_PREFIXES, _SHELF) and place:
        return f"{kind}:{Path(place).absolute()}"
    return str(Path(part).absolute()) if part.endswith(".toml") else part


def played_by(who: str, model: str) -> str:
    """`who`, played by another model.

    Raises:
        ConfigError: no model plays it.
    """
    if _SHELF in who:
        raise ConfigError(f"'{who}' is a shelf of rubrics, which no model plays; name a seat with a persona.")
    if who.startswith(LOCAL_PREFIXES):
        return f"{PLAIN}@{model}"
    return f"{who if who.endswith('.toml') else who.partition('@')[0]}@{model}"


def folders_with(run: Run, given: Sequence[Path] | None) -> list[str] | None:
    """The persona folders of the run, and those that are given now; None where none is."""
    if not given:
        return None
    return [*run.settings.get("personas", ()), *(str(folder.absolute()) for folder in given)]


def address(database: str) -> str:
    """The database under a name that holds in every folder."""
    return database if "://" in database else str(Path(database).absolute())

"""From settings to what takes part: the course, the local models and the seats. Opens no database.

A seat can be described without being taken, so that a dry run loads no model.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from ..agents.call_cache import CallCache, StoredCalls
from ..agents.llm_settings import LLMSettings
from ..agents.persona import SCRIPTED, Generation
from ..agents.rubric_shelf import ShelfSeat, shelf_seat
from ..agents.seating import LOCAL_PREFIXES, PLUGGED, SEATS, persona_and_model, take_seat
from ..agents.seats import Seat
from ..environments.course import Course, load_course
from ..training.identity import model_name, model_path
from ..transcripts.errors import ProtocolError
from ..transcripts.generation import Generator
from ..transcripts.records import Cue, Json, Line, Role, SeatInfo
from .seat_settings import SeatSettings
from .settings import Settings

if TYPE_CHECKING:
    from ..transcripts.store import Store

__all__ = [
    "DescribedSeat",
    "cache_of",
    "course_of",
    "described_seat",
    "details_of",
    "local_model",
    "local_name",
    "seat_of",
    "seats_of",
]

WORDS_DEPEND_ON = {"temperature", "max_tokens", "send_seed"}
"""Settings of a language model's client that change what it says."""


def course_of(settings: Settings) -> Course:
    """The course with its parameters, cut down to the lessons that were asked for.

    Raises:
        CourseError: something is wrong with the course.
        UnknownName: no such course or lesson.
    """
    course = load_course(settings.course, settings.parameters, allow_outside=settings.allow_outside)
    return course.only(settings.lessons) if settings.lessons else course


def cache_of(settings: Settings, store: "Store") -> CallCache | None:
    """Where models' calls are answered from the store, if the settings wish it."""
    return StoredCalls(store.call) if settings.cache else None


def seat_of(settings: Settings, name: str, course: Course, cache: CallCache | None = None) -> Seat:
    """The seat of this name as `settings` describe it.

    Raises:
        PersonaError: no such persona, or its file is wrong.
        CheckpointError: the local model cannot be loaded.
        ConfigError: the model cannot be asked with these settings.
        DataFileError: there is no such shelf of rubrics.
    """
    seat = settings.seats.settings_of(name)

    def generators(model: str) -> Generator:
        return local_model(model, settings.device)

    return take_seat(
        seat.who,
        name=name,
        role=settings.seats.role_of(name),
        checkers=course.checker,
        generators=generators,
        llm=_llm(settings.llm, seat),
        folders=settings.personas,
        generation=_generation(settings, name),
        cache=cache,
    )


def seats_of(settings: Settings, course: Course, store: "Store") -> dict[str, Seat]:
    """All seats by name, which answer from `store` if the settings wish it.

    Raises:
        BadInput: as `seat_of`.
    """
    cache = cache_of(settings, store)
    return {name: seat_of(settings, name, course, cache) for name in settings.seats.names}


@dataclass(frozen=True)
class DescribedSeat:
    """Who would sit there. Nobody does."""

    info: SeatInfo

    @property
    def name(self) -> str:
        """The seat's name."""
        return self.info.seat

    @property
    def role(self) -> Role:
        """What the seat is for."""
        return self.info.role

    async def speak(self, cue: Cue) -> Line:
        """Nobody speaks in a dry run."""
        raise ProtocolError(f"seat '{self.name}' is only described; nobody can be asked in a dry run.")


def described_seat(settings: Settings, name: str) -> DescribedSeat:
    """What `seat_of` would seat.

    Raises:
        PersonaError: no such persona, or its file is wrong.
        CheckpointError: there is no such model.
        DataFileError: there is no such shelf of rubrics.
        UnknownName: no installed package brings such a seat.
    """
    if shelf := _shelf(settings, name):
        return DescribedSeat(shelf.info)
    role = settings.seats.role_of(name)
    persona, model = persona_and_model(settings.seats.settings_of(name).who, role, settings.personas)
    if model.startswith(PLUGGED):
        SEATS.find(model.removeprefix(PLUGGED))
    named = local_name(model) if model.startswith(LOCAL_PREFIXES) else model
    return DescribedSeat(SeatInfo(seat=name, role=role, persona=persona.label, model=named))


def details_of(settings: Settings, seats: Iterable[str]) -> dict[str, Json]:
    """What determines the words of these seats beside their names: who they are, and how models are asked.

    A run's plan holds it, so that a persona that was changed, another temperature or other rubrics on a shelf
    make another run.
    """
    personas: dict[str, Json] = {}
    asked: dict[str, Json] = {}
    for name in seats:
        if shelf := _shelf(settings, name):
            personas[name] = {"name": shelf.info.persona, "shelf": shelf.shelf.id}
            continue
        seat = settings.seats.settings_of(name)
        persona, model = persona_and_model(seat.who, settings.seats.role_of(name), settings.personas)
        generation = _generation(settings, name) or persona.generation
        personas[name] = persona.model_copy(update={"generation": generation}).model_dump(mode="json")
        if model != SCRIPTED and not model.startswith((*LOCAL_PREFIXES, PLUGGED)):
            asked[name] = _llm(settings.llm, seat).model_dump(mode="json", include=WORDS_DEPEND_ON)
    return {"personas": personas, "llm": asked}


def local_model(name: str, device: str = "auto") -> Generator:
    """The local model ``hf:FOLDER`` or ``gguf:FILE``: the same object for the same weights.

    Raises:
        CheckpointError: it cannot be loaded.
        ConfigError: there is no such device.
    """
    return _loaded(local_name(name), device)


@lru_cache
def _loaded(name: str, device: str) -> Generator:
    from ..training.student import Student

    return Student.load(name, device=device)


def local_name(name: str) -> str:
    """The model's name with the digits that follow from its weights, as records keep it.

    Raises:
        CheckpointError: there is no such model, or `name` says that there were other weights.
    """
    return model_name(model_path(name))


def _shelf(settings: Settings, name: str) -> ShelfSeat | None:
    """The shelf of rubrics in the seat of this name, if one is there."""
    return shelf_seat(settings.seats.settings_of(name).who, name=name, role=settings.seats.role_of(name))


def _llm(shared: LLMSettings, seat: SeatSettings) -> LLMSettings:
    """The settings that all seats share, with what is different for this one."""
    own = {name: getattr(seat.llm, name) for name in seat.llm.model_fields_set}
    asked = {"temperature": seat.temperature, "max_tokens": seat.max_new_tokens}
    return shared.model_copy(update=own | {name: value for name, value in asked.items() if value is not None})


def _generation(settings: Settings, name: str) -> Generation | None:
    """How the model of the seat is asked; None where nothing differs from what the persona says."""
    seat = settings.seats.settings_of(name)
    given = {"temperature": seat.temperature, "max_new_tokens": seat.max_new_tokens}
    own = {name: value for name, value in given.items() if value is not None}
    if not own or _shelf(settings, name):
        return None
    persona, _ = persona_and_model(seat.who, settings.seats.role_of(name), settings.personas)
    return persona.generation.model_copy(update=own)

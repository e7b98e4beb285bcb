"""From a few words to a seat: which persona sits there, and who plays it."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ..transcripts.errors import ConfigError, PersonaError, ProtocolError, SchoolroomError
from ..transcripts.generation import Generator
from ..transcripts.plugins import Registry
from ..transcripts.records import Role, SeatInfo
from .batching import shared_batcher
from .call_cache import CallCache
from .local import LocalSeat
from .persona import SCRIPTED, Generation, Persona
from .persona_files import find_persona, load_persona
from .rubric_shelf import shelf_seat
from .scripted import Checkers
from .scripted_grader import ScriptedGrader
from .scripted_student import ScriptedStudent
from .scripted_teacher import ScriptedTeacher
from .seats import Seat
from .subject_first import SubjectFirst

if TYPE_CHECKING:
    from .llm_settings import LLMSettings

__all__ = [
    "LOCAL_PREFIXES",
    "PLUGGED",
    "SCRIPTED_SEATS",
    "SEATS",
    "persona_and_model",
    "plugged_seat",
    "take_seat",
]

LOCAL_PREFIXES = ("hf:", "gguf:")
"""How the names of local models begin."""

PLUGGED = "seat:"
"""How the model's name begins where an installed package brings the seat."""

SEATS = Registry[Callable[..., Seat]]("seat", "schoolroom.seats")
"""Makers of seats, called as `plugged_seat` calls them."""

PLAIN = "plain"
"""The persona of a local student that is named without one: it reads what it was trained on, and no more."""

SCRIPTED_SEATS: Mapping[Role, Callable[..., Seat]] = {
    Role.TEACHER: ScriptedTeacher,
    Role.STUDENT: ScriptedStudent,
    Role.GRADER: ScriptedGrader,
}
"""Who plays personas without any model."""


def take_seat(
    spec: str,
    *,
    name: str,
    role: Role,
    checkers: Checkers,
    generators: Callable[[str], Generator] | None = None,
    llm: "LLMSettings | None" = None,
    folders: Sequence[str | Path] = (),
    generation: Generation | None = None,
    cache: CallCache | None = None,
) -> Seat:
    """Seat a persona.

    Args:
        spec: ``PERSONA``, ``PERSONA@MODEL``, or ``hf:FOLDER`` alone for the persona ``plain``. A persona is a
            name or the path of a ``.toml`` file; a model is ``scripted``, ``hf:FOLDER``, ``gguf:FILE`` or a
            litellm model name such as ``openai/gpt-4o-mini``, or ``seat:NAME`` for a seat that an installed
            package brings. ``shelf:FILE`` seats nobody, but a shelf of rubrics (see `shelf_seat`).
        name: The name by which scripts cue the seat.
        role: What the seat is for.
        checkers: Gives the checker of a subject by name; scripted seats stand on it, and so do the further
            questions that a teacher asks, whoever plays it (see `SubjectFirst`).
        generators: Gives the local model of a name, the same one for the same name, so that seats share it.
        llm: Where and how language models are asked; None: their own defaults.
        folders: The user's persona folders.
        generation: How a model is asked for words, in place of what the persona says.
        cache: Where a stored reply is looked for before a model is asked; None: nowhere.

    Raises:
        PersonaError: no such persona, a file that is wrong, or a persona of another role.
        CheckpointError: the local model cannot be loaded.
        ConfigError: the model cannot be asked with these settings.
        DataFileError: the file holds no shelf.
        UnknownName: no installed package brings such a seat.
        ProtocolError: the package that brings it cannot be loaded, or the seat is not what it should be.
    """
    if shelf := shelf_seat(spec, name=name, role=role):
        return shelf
    persona, model = persona_and_model(spec, role, folders)
    if generation is not None:
        persona = persona.model_copy(update={"generation": generation})
    if model == SCRIPTED:
        return SCRIPTED_SEATS[role](persona, name=name, checkers=checkers)
    if model.startswith(PLUGGED):
        return plugged_seat(model.removeprefix(PLUGGED), persona, name=name, checkers=checkers)
    if model.startswith(LOCAL_PREFIXES):
        if generators is None:
            raise ConfigError(f"seat '{name}' asks for '{model}', but local models cannot be loaded here.")
        seat: Seat = LocalSeat(persona, name=name, batcher=shared_batcher(generators(model)), cache=cache)
    else:
        from .autogen_seat import llm_seat

        seat = llm_seat(persona, name=name, model=model, settings=llm, cache=cache)
    if role is Role.TEACHER and not persona.traits.own_questions:
        return SubjectFirst(seat, checkers)
    return seat


def plugged_seat(kind: str, persona: Persona, *, name: str, checkers: Checkers) -> Seat:
    """The seat `kind` that an installed package brings, playing `persona`.

    Its maker is called with the persona, and by keyword with `info`, which the seat keeps as it is, and with
    `checkers`.

    Raises:
        UnknownName: no installed package brings it.
        ProtocolError: the package cannot be loaded, or what it makes is not this seat.
    """
    info = SeatInfo(seat=name, role=persona.role, persona=persona.label, model=f"{PLUGGED}{kind}")
    make = SEATS.find(kind)
    try:
        seat = make(persona, info=info, checkers=checkers)
    except SchoolroomError:
        raise
    except Exception as error:
        raise ProtocolError(f"seat '{kind}' cannot be made: {type(error).__name__}: {error}.") from error
    if not isinstance(seat, Seat) or seat.info != info:
        raise ProtocolError(
            f"seat '{kind}' made {seat!r:.60}, but must make a Seat that keeps the info that it was given: "
            f"{info!r}."
        )
    return seat


def persona_and_model(spec: str, role: Role, folders: Sequence[str | Path] = ()) -> tuple[Persona, str]:
    """Who `spec` names for a seat of `role`, and who plays it; see `take_seat`.

    Raises:
        PersonaError: no such persona, a file that is wrong, or a persona of another role.
    """
    if spec.startswith(LOCAL_PREFIXES):
        if role is not Role.STUDENT:
            raise PersonaError(f"'{spec}' alone seats a student; for a {role} write 'PERSONA@{spec}'.")
        persona, model = find_persona(PLAIN, folders, role), spec
    elif spec.endswith(".toml") or "@" not in spec:
        persona = _persona(spec, role, folders)
        model = persona.model
    else:
        who, _, model = spec.partition("@")
        persona = _persona(who, role, folders)
    if not model:
        raise PersonaError(f"'{spec}' names no model after '@'; write 'PERSONA@MODEL', or the persona alone.")
    return persona, model


def _persona(who: str, role: Role, folders: Sequence[str | Path]) -> Persona:
    if who.endswith(".toml"):
        persona = load_persona(who)
        if persona.role is not role:
            raise PersonaError(f"{who}: '{persona.name}' is a {persona.role}, but this seat needs a {role}.")
        return persona
    if "/" in who:
        raise PersonaError(f"'{who}' is no persona's name; to seat a model, write 'PERSONA@{who}'.")
    return find_persona(who, folders, role)

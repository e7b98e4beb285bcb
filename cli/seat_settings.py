"""Who sits where: the part of the settings that every classroom has, and how it is typed."""

import re
from collections.abc import Iterable, Mapping
from typing import Annotated

from pydantic import Field, model_validator

from ..agents.llm_settings import LLMSettings
from ..agents.seats import role_of_seat
from ..transcripts.errors import ConfigError
from ..transcripts.records import Json, Record, Role

__all__ = ["MoreSeatSettings", "SeatSettings", "SeatsSettings", "parse_seats"]

_NAME = r"[a-z][a-z0-9_-]*"


class SeatSettings(Record):
    """Who sits in a seat. In a file, ``teacher = "strict"`` is short for ``teacher = { who = "strict" }``."""

    who: str = Field(min_length=1)
    """``PERSONA``, ``PERSONA@MODEL``, ``hf:FOLDER`` for a student, or ``shelf:FILE`` for rubrics.

    ``seat:NAME`` as MODEL is a seat that an installed package brings."""
    temperature: float | None = Field(default=None, ge=0.0, le=2.0)
    """Of a model's words; None: what the persona says."""
    max_new_tokens: int | None = Field(default=None, ge=1)
    """Longest reply; None: what the persona says."""
    llm: LLMSettings = LLMSettings()
    """What is different for this seat from the settings that all language models share."""

    @model_validator(mode="before")
    @classmethod
    def _short_form(cls, value: Json) -> Json:
        return {"who": value} if isinstance(value, str) else value


class MoreSeatSettings(SeatSettings):
    """A seat of another name, for scripts that cue one: ``student-2``, ``editor``."""

    role: Role | None = None
    """None: the role that its name begins with, and where it begins with none, a teacher's."""


class SeatsSettings(Record):
    """Who sits where."""

    teacher: SeatSettings = SeatSettings(who="patient")
    student: SeatSettings = SeatSettings(who="careless")
    grader: SeatSettings = SeatSettings(who="exact")
    more: Mapping[Annotated[str, Field(pattern=f"^{_NAME}$")], MoreSeatSettings] = Field(default_factory=dict)
    """Further seats by name."""

    @property
    def names(self) -> tuple[str, ...]:
        """Of all seats."""
        return (*Role, *self.more)

    def settings_of(self, seat: str) -> SeatSettings:
        """Who sits in the seat of this name."""
        if seat in self.more:
            return self.more[seat]
        settings: SeatSettings = getattr(self, seat)
        return settings

    def role_of(self, seat: str) -> Role:
        """What the seat of this name is for."""
        role = self.more[seat].role if seat in self.more else Role(seat)
        return role or role_of_seat(seat)


def parse_seats(pairs: Iterable[str] | None) -> dict[str, Json]:
    """What ``--seat NAME=WHO`` and ``--seat NAME=ROLE:WHO`` say, by the dotted names of the settings.

    Raises:
        ConfigError: a pair without an equals sign, or whose name is none that a script could cue.
    """
    values: dict[str, Json] = {}
    for pair in pairs or ():
        name, equals, who = (part.strip() for part in pair.partition("="))
        if not re.fullmatch(_NAME, name) or not equals:
            raise ConfigError(f"--seat takes NAME=WHO, as in 'student-2=anxious', but was given '{pair}'.")
        seat = f"seats.{name}" if name in list(Role) else f"seats.more.{name}"
        role, colon, rest = who.partition(":")
        if colon and role in list(Role) and seat.startswith("seats.more."):
            values[f"{seat}.role"], who = role, rest
        values[f"{seat}.who"] = who
    return values

"""What a persona is: who somebody in a classroom is, how they word things, and how good they are.

One persona leads two lives. Scripted, it speaks through `style` and errs as `traits` say, with a subject's
checker behind it. Played by a language model, it is `instructions`. Files are read in `persona_files`.
"""

import re
from collections.abc import Callable, Mapping
from typing import Annotated, Final, Self

from pydantic import AfterValidator, BeforeValidator, Field, ValidationInfo, field_validator, model_validator

from ..transcripts.errors import PersonaError, UnknownName
from ..transcripts.prompts import PLACEHOLDERS, fill
from ..transcripts.records import Ask, Json, Record, Role
from .instructions import DEFAULT_INSTRUCTIONS, character

__all__ = [
    "SCRIPTED",
    "Criteria",
    "Generation",
    "Persona",
    "Style",
    "Traits",
]

SCRIPTED: Final = "scripted"
"""The model's name where no model speaks, but a script on a subject's checker."""

_NAME = re.compile(r"[a-z][a-z0-9_-]*")


def _names_only(*known: str) -> Callable[[str], str]:
    """A check that a template names nothing but `known`, and closes each brace that it opens for a name."""
    unclosed = re.compile(rf"\{{({'|'.join(known)})\b[^{{}}]*(?:\{{|\Z)")

    def check(template: str) -> str:
        try:
            fill(template, dict.fromkeys(known, ""))
        except PersonaError as error:
            raise ValueError(str(error)) from None
        if left_open := unclosed.search(template):
            name = left_open[1]
            raise ValueError(f"template opens '{{{name}' and does not close it; write '{{{name}}}'.")
        return template

    return check


def _one_or_many(value: Json) -> Json:
    return (value,) if isinstance(value, str) else value


_INSTRUCTION_KEYS = ("system", *(str(ask) for ask in Ask))


def _instruction_key(key: str) -> str:
    if key not in _INSTRUCTION_KEYS:
        raise ValueError(str(UnknownName("instruction", key, _INSTRUCTION_KEYS)))
    return key


Share = Annotated[float, Field(strict=True, ge=0.0, le=1.0, allow_inf_nan=False)]
"""A share or probability, from 0 to 1."""

Template = Annotated[str, AfterValidator(_names_only(*PLACEHOLDERS))]
"""What a model is told; may name the placeholders of `transcripts.prompts`."""

_Whole = Annotated[
    tuple[Annotated[str, AfterValidator(_names_only("steps", "answer"))], ...], BeforeValidator(_one_or_many)
]
_Step = Annotated[
    tuple[Annotated[str, AfterValidator(_names_only("review", "line", "place"))], ...],
    BeforeValidator(_one_or_many),
]
_Fault = Annotated[
    tuple[Annotated[str, AfterValidator(_names_only("review", "line", "place", "span", "reason"))], ...],
    BeforeValidator(_one_or_many),
]


class Style(Record):
    """How a scripted speaker words what it finds; the line that decides follows by itself.

    Each key is one template or a list of them, from which the cue's seed picks; an empty one says nothing.
    In braces a template may name ``{steps}`` (how many there are) and ``{answer}`` where it speaks of the
    whole, ``{place}`` ("step 2" or "the answer"), ``{line}`` (its words) and ``{review}`` (the checker's line
    about it) where it speaks of one step, and also ``{span}`` and ``{reason}`` where that step is wrong.
    """

    opening: _Whole = ()
    """Said first."""
    right_step: _Step = ("{review}",)
    """Said of each step up to the first wrong one."""
    wrong_step: _Fault = ("{review}",)
    """Said of the first wrong step."""
    all_correct: _Whole = ()
    """Said at the end where nothing is wrong."""
    closing: _Fault = ()
    """Said at the end where something is wrong."""


class Traits(Record):
    """Character and error rates. Rates are for scripted speakers; a language model reads the words alone."""

    tone: Template = ""
    """How it speaks, in a few words."""
    misconceptions: tuple[Template, ...] = ()
    """What it wrongly believes, a sentence each."""
    skill: Share = 1.0
    """A teacher's: share of its feedback that is what the checker finds; the rest misses or misplaces."""
    misplaced: Share = 0.0
    """A teacher's: share of its feedback on what is wrong that rightly says so, but blames another step."""
    slip_rate: Share = 0.0
    """A student's: share of steps in which it makes a mistake."""
    heeds: Share = 1.0
    """A student's: probability that a revision follows the feedback; else it repeats itself."""
    vigilance: Share = 1.0
    """A student's: probability that its own check finds the mistake that is there."""
    false_alarms: Share = 0.0
    """A student's: probability that its own check finds a mistake where there is none."""
    outcome_error_rate: Share = 0.0
    """A teacher's: share of its demonstrations that end in a wrong answer."""
    step_error_rate: Share = 0.0
    """A teacher's: wrong steps over all steps of all its demonstrations; at most `outcome_error_rate`."""
    own_questions: bool = Field(default=False, strict=True)
    """A model's that plays a teacher: it makes further questions up even where their subject makes them."""

    @model_validator(mode="after")
    def _right_outcomes_have_right_steps(self) -> Self:
        if self.step_error_rate > self.outcome_error_rate:
            raise ValueError(
                f"step_error_rate {self.step_error_rate} is above outcome_error_rate "
                f"{self.outcome_error_rate}, but only solutions with a wrong outcome hold wrong steps; "
                "lower the one or raise the other."
            )
        return self


class Criteria(Record):
    """What a scripted grader's score is made of: weights, of which the score is the weighted mean."""

    answer: float = Field(default=0.0, strict=True, ge=0.0, allow_inf_nan=False)
    """The answer is right."""
    steps: float = Field(default=0.0, strict=True, ge=0.0, allow_inf_nan=False)
    """Share of the written steps that are right."""
    shown: float = Field(default=0.0, strict=True, ge=0.0, allow_inf_nan=False)
    """Steps written, as a share of those that the reference solution takes (at most 1)."""
    stated: float = Field(default=0.0, strict=True, ge=0.0, allow_inf_nan=False)
    """An answer is given at all."""

    @model_validator(mode="after")
    def _something_counts(self) -> Self:
        if not any((self.answer, self.steps, self.shown, self.stated)):
            raise ValueError("no criterion has a weight; give at least one, like 'answer = 1.0'.")
        return self


class Generation(Record):
    """How a model is asked for words."""

    max_new_tokens: int = Field(default=256, strict=True, ge=1)
    """Longest reply, in tokens."""
    temperature: float = Field(default=0.0, strict=True, ge=0.0, le=2.0, allow_inf_nan=False)
    """0 is greedy; 1 samples from the model's own distribution."""


class Persona(Record):
    """Somebody who may sit in a classroom, whoever plays them."""

    name: str
    role: Role
    version: int = Field(default=1, strict=True, ge=1)
    """Raised with each change that alters what is said; recorded with every turn."""
    description: str = ""
    """One sentence for lists."""
    model: str = SCRIPTED
    """Who plays it unless told otherwise: ``scripted``, ``hf:FOLDER`` or a litellm model name."""
    traits: Traits = Traits()
    style: Style = Style()
    criteria: Criteria = Criteria(answer=1.0)
    generation: Generation = Generation()
    instructions: Mapping[Annotated[str, AfterValidator(_instruction_key)], Template] = Field(
        default_factory=dict, validate_default=True
    )
    """Templates by ask, and ``system``. Complete: those that a file leaves out are the role's own, and the
    system message ends with tone and misconceptions."""

    @property
    def label(self) -> str:
        """Name and version, as turns record them: ``strict@1``."""
        return f"{self.name}@{self.version}"

    @field_validator("name")
    @classmethod
    def _plain_name(cls, name: str) -> str:
        if not _NAME.fullmatch(name):
            raise ValueError(
                f"a name is lower-case letters, digits, '-' and '_', a letter first, but this is '{name}'."
            )
        return name

    @field_validator("instructions")
    @classmethod
    def _complete(cls, given: Mapping[str, str], info: ValidationInfo) -> Mapping[str, str]:
        role, traits = info.data.get("role"), info.data.get("traits")
        if role is None or traits is None:  # wrong themselves, and reported as such
            return given
        complete = {str(key): text for key, text in {**DEFAULT_INSTRUCTIONS[role], **given}.items()}
        system = character(complete.get("system", ""), traits.tone, traits.misconceptions)
        return {**complete, "system": system} if system else complete

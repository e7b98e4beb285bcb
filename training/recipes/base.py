"""What a recipe is, how recipes are found by name, and the rules that all of them share."""

import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Literal, get_args

from ...transcripts.errors import ConfigError, did_you_mean
from ...transcripts.plugins import Registry
from ...transcripts.prompts import prompt
from ...transcripts.records import (
    Ask,
    Cue,
    Episode,
    Example,
    ExampleMessage,
    Grade,
    Json,
    Question,
    Role,
    Source,
    Turn,
)

__all__ = [
    "RECIPES",
    "Recipe",
    "Trust",
    "apply_recipe",
    "check_limit",
    "check_trust",
    "check_weight",
    "find_recipe",
    "finished",
    "grade_of",
    "is_right",
    "recipe_names",
    "row",
]

Trust = Literal["teacher", "graded"]
"""Whose word counts: ``teacher`` takes what the teacher said; ``graded`` leaves out what the grader's score,
or else the reference answer, contradicts."""


Recipe = Callable[..., Iterator[Example]]
"""Makes training rows of transcripts: a pure function of an iterable of episodes, its settings by keyword.

Rows come in the order of the episodes, unless a setting orders them otherwise, and none twice; a setting out
of range is a ConfigError.
"""


def _builtin() -> dict[str, Recipe]:
    from .citing import citing
    from .rationale import rationale
    from .self_correction import self_correction
    from .seminar import seminar
    from .sft import sft
    from .tripost import tripost
    from .weak_supervision import weak_supervision
    from .yoda import yoda

    return {
        "citing": citing,
        "rationale": rationale,
        "self_correction": self_correction,
        "seminar": seminar,
        "sft": sft,
        "tripost": tripost,
        "weak_supervision": weak_supervision,
        "yoda": yoda,
    }


RECIPES = Registry[Recipe]("recipe", "schoolroom.recipes", _builtin)


def recipe_names() -> list[str]:
    """All recipes that can be named, those of installed packages included."""
    return RECIPES.names()


def find_recipe(name: str) -> Recipe:
    """The recipe registered under `name`.

    Raises:
        UnknownName: there is none.
        ProtocolError: the installed package that brings it cannot be loaded.
    """
    return RECIPES.find(name)


def apply_recipe(
    name: str, episodes: Iterable[Episode], settings: Mapping[str, Json] | None = None
) -> Iterator[Example]:
    """The rows that the recipe `name` makes of `episodes` under `settings`, as a user wrote them.

    Raises:
        UnknownName: there is no such recipe.
        ConfigError: an unknown setting, or one out of range.
    """
    recipe = find_recipe(name)
    known = [p.name for p in inspect.signature(recipe).parameters.values() if p.kind is p.KEYWORD_ONLY]
    for key in settings or {}:
        if key not in known:
            raise ConfigError(
                f"recipe '{name}' has no setting '{key}'{did_you_mean(key, known)} known: {', '.join(known)}."
            )
    return recipe(episodes, **(settings or {}))


def finished(episodes: Iterable[Episode]) -> Iterator[Episode]:
    """Those that ran to their end; nothing is learnt from one that was cut short or is under way."""
    return (e for e in episodes if e.ending is not None and e.ending.kind == "finished")


def row(
    recipe: str,
    kind: str,
    episode: Episode,
    *,
    ask: Ask,
    heard: Sequence[Turn],
    reply: str,
    sources: Sequence[Turn],
    weight: float,
    instructions: Mapping[str, str],
    question: Question | None = None,
) -> Example:
    """A row in which the student, cued with `ask` and having heard `heard`, learns to say `reply`.

    The question is the episode's own where no other is given.

    The prompt is made by the function that makes the prompts of live seats, so the two cannot differ.
    """
    question = question or episode.question
    cue = Cue(seat="student", ask=ask, question=question, heard=tuple(heard))
    said = [ExampleMessage(role=m.role, content=m.content) for m in prompt(cue, Role.STUDENT, instructions)]
    return Example.make(
        recipe=recipe,
        messages=[*said, ExampleMessage(role="assistant", content=reply, weight=weight)],
        kind=kind,
        question=question.id,
        lesson=question.lesson,
        tier=question.tier,
        sources=tuple(Source(episode=episode.id, turn=turn.index) for turn in sources),
    )


def grade_of(episode: Episode, turn: Turn) -> Grade | None:
    """The grade that `turn` was given, if it was graded."""
    for later in episode.turns[turn.index + 1 :]:
        if isinstance(later.payload, Grade) and turn.index in later.heard:
            return later.payload
    return None


def is_right(episode: Episode, turn: Turn) -> bool | None:
    """Whether the answer of a solution is right, by its grade, else by the reference answer's very text.

    None where neither is there.
    """
    if (grade := grade_of(episode, turn)) is not None:
        return grade.correct
    return _answers_reference(episode.question_of(turn), turn)


def _answers_reference(question: Question, turn: Turn) -> bool | None:
    if question.answer is None or turn.attempt is None:
        return None
    return (turn.attempt.answer or "").split() == question.answer.split()


def check_limit(limit: int | None) -> None:
    """Refuse a limit that is not a positive number of rows."""
    if limit is not None and (isinstance(limit, bool) or not isinstance(limit, int) or limit < 1):
        raise ConfigError(f"limit must be a positive number of rows, not {limit!r}.")


def check_trust(trust: str) -> None:
    """Refuse a word that is no `Trust`."""
    if trust not in (known := get_args(Trust)):
        raise ConfigError(f"trust must be one of {', '.join(known)}, not {trust!r}.")


def check_weight(name: str, weight: object) -> float:
    """The weight as a number.

    Raises:
        ConfigError: it is not a positive one.
    """
    if isinstance(weight, bool) or not isinstance(weight, int | float) or not 0 < weight < float("inf"):
        raise ConfigError(f"the weight of '{name}' must be a positive number, not {weight!r}.")
    return float(weight)

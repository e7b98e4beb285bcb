"""CITING (Feng et al., arXiv 2310.02527): the student learns to revise its own drafts as the teacher did.

Where we differ:
1. The loss is the mean over all tokens of a batch, as everywhere here.
2. Controls are settings: the rubric withheld, a rubric of another type, and targets only, which is plain
   supervised fine-tuning on the teacher's revised answers.
"""

import itertools
import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from ...transcripts.errors import ConfigError, did_you_mean
from ...transcripts.prompts import PLAIN_STUDENT
from ...transcripts.records import Ask, Episode, Example, Role, Rubric, Turn
from .base import Trust, check_limit, check_trust, check_weight, finished, is_right, row

__all__ = ["Reads", "RubricUse", "citing"]

RubricUse = Literal["own", "withheld", "other"]
"""Which rubric a row's prompt holds: the one that the teacher revised under, none, or one of another type."""

Reads = Literal["draft", "question"]
"""What is revised: the draft (``draft``); or nothing, so that the row answers the question (``question``)."""


def citing(
    episodes: Iterable[Episode],
    *,
    rubric: RubricUse = "own",
    reads: Reads = "draft",
    trust: Trust = "teacher",
    weight: float = 1.0,
    seed: int = 0,
    limit: int | None = None,
    instructions: Mapping[str, str] = PLAIN_STUDENT,
) -> Iterator[Example]:
    """A row of kind ``revision`` for each revision by a teacher: (question, rubric, draft) -> revision.

    The draft is the student's last solution that the teacher heard. A draft that the teacher left as it was
    is learnt too: it teaches to leave what is good.

    Args:
        episodes: Of the script `citing`, of one round or of several, in their order; those that did not
            finish are passed over.
        rubric: Which rubric the prompt holds.
        reads: ``question`` makes rows of kind ``attempt`` that know neither draft nor, unless `rubric` is
            ``own`` or ``other``, rubric: with ``withheld`` the plain control that knows the targets only.
        trust: ``graded`` leaves out revisions whose answer is known to be wrong.
        weight: Of each revision in the loss.
        seed: Draws the rubrics of other types.
        limit: Rows at most.
        instructions: What the student is told, as for `schoolroom.transcripts.prompts.prompt`.

    Raises:
        ConfigError: a setting out of range, or no rubric of another type to be found.
    """
    check_limit(limit)
    check_trust(trust)
    _check_name("rubric", rubric, get_args(RubricUse))
    _check_name("reads", reads, get_args(Reads))
    maker = _Maker(rubric, reads, trust, check_weight("revision", weight), instructions)
    return itertools.islice(_distinct(maker.rows(episodes, random.Random(seed))), limit)


@dataclass(frozen=True, slots=True)
class _Maker:
    rubric: RubricUse
    reads: Reads
    trust: Trust
    weight: float
    instructions: Mapping[str, str]

    def rows(self, episodes: Iterable[Episode], rng: random.Random) -> Iterator[Example]:
        kept = finished(episodes)
        if self.rubric != "other":
            for episode in kept:
                yield from self._rows(episode, ())
            return
        held = list(kept)
        written = {turn.text: turn for episode in held for turn in episode.turns if _is_rubric(turn)}
        for episode in held:
            own = {turn.text for turn in episode.turns if _is_rubric(turn)}
            if not (others := [turn for text, turn in written.items() if text not in own]):
                raise ConfigError(
                    "rubric is 'other', but these transcripts hold one rubric alone; add other types."
                )
            yield from self._rows(episode, (rng.choice(others),))

    def _rows(self, episode: Episode, other: tuple[Turn, ...]) -> Iterator[Example]:
        for turn in episode.turns:
            if turn.role is not Role.TEACHER or turn.ask is not Ask.DEMONSTRATE:
                continue
            heard = [episode.turns[index] for index in turn.heard]
            draft = next((t for t in reversed(heard) if t.role is Role.STUDENT and t.attempt), None)
            if draft is None or (self.trust == "graded" and is_right(episode, turn) is False):
                continue
            own = tuple(t for t in heard if _is_rubric(t)) if self.rubric == "own" else ()
            revises = self.reads == "draft"
            yield row(
                "citing",
                "revision" if revises else "attempt",
                episode,
                ask=Ask.REVISE if revises else Ask.ATTEMPT,
                heard=(*own, *other, *([draft] if revises else [])),
                reply=turn.text,
                sources=(*own, draft, turn),
                weight=self.weight,
                instructions=self.instructions,
            )


def _is_rubric(turn: Turn) -> bool:
    return isinstance(turn.payload, Rubric)


def _distinct(rows: Iterable[Example]) -> Iterator[Example]:
    return iter({example.id: example for example in rows}.values())


def _check_name(setting: str, name: str, known: Sequence[str]) -> None:
    if name not in known:
        raise ConfigError(f"{setting} is '{name}'{did_you_mean(name, known)} known: {', '.join(known)}.")

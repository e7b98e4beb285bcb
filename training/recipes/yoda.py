"""YODA (Lu et al. 2024, arXiv 2401.15670): the logged procedure as training rows, in curriculum order.

Where we differ:
1. The teacher's feedback is learnt as the student's own check, so that it can correct itself when alone.
2. What was refined is also learnt as a direct attempt, and a right attempt with the check that ends it.
3. Beside the paper's blocks there is a cumulative order: strict blocks forget what came first.
"""

import itertools
import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Literal, NamedTuple, get_args

from ...transcripts.errors import ConfigError
from ...transcripts.prompts import PLAIN_STUDENT
from ...transcripts.records import Ask, Attempt, Episode, Example, Question, Tier
from ...transcripts.replies import parse_attempt, render_attempt
from .base import Trust, check_limit, check_trust, finished, row
from .tutored import KINDS, Tutored, weights_of
from .units import Unit, check_name, distinct

__all__ = ["TIERS", "Learn", "Order", "yoda"]

TIERS = (Tier.BASIC, Tier.GENERALIZED, Tier.HARDER)

Learn = Literal["procedure", "refined", "gold", "answers"]
Order = Literal["forward", "reversed", "cumulative", "cumulative_reversed", "taught"]


class _Place(NamedTuple):
    """Where a question stands in the curriculum; sorts as the curriculum goes."""

    lesson: int
    level: int
    """How often it was made harder."""
    dressed: bool
    """Whether it is a question of its level in another dress."""

    @property
    def tier(self) -> Tier:
        """A harder question in another dress is a harder one."""
        return Tier.HARDER if self.level else Tier.GENERALIZED if self.dressed else Tier.BASIC


_Lessons = dict[str, tuple[_Place, list[Example]]]
"""What is learnt of each question, by its id, and where it stands; in the order of the episodes."""


def yoda(
    episodes: Iterable[Episode],
    *,
    tiers: Sequence[str] = TIERS,
    learn: Learn = "procedure",
    order: Order = "forward",
    lessons: Sequence[str] | None = None,
    weights: Mapping[str, float] | None = None,
    trust: Trust = "teacher",
    seed: int = 0,
    limit: int | None = None,
    instructions: Mapping[str, str] = PLAIN_STUDENT,
) -> Iterator[Example]:
    """Rows about each question, which stay together, in the order of the curriculum.

    That is lesson by lesson; in a lesson its basic questions, those in another dress, then level by level the
    harder ones, each level's in another dress after it.

    Args:
        episodes: Of the script ``yoda``, or any with attempts and feedback; those that did not finish are
            passed over.
        tiers: Which questions are learnt; what was made of a harder question is ``harder``.
        learn: ``procedure``: attempt, feedback and revision, as `self_correction` makes them; ``refined``:
            the solution that came of it alone; ``gold``: the reference solution of the same questions;
            ``answers``: the refined solution without its steps.
        order: ``forward``: block after block; ``reversed``: the last block first; ``cumulative``: as
            ``forward``, but a share of each block is held back for each of those that follow, and mixed
            into it; ``cumulative_reversed``: the same, the last block first; ``taught``: in the order of the
            episodes. Train with the order ``given``.
        lessons: Ids of those that are learnt, in their order, such as a lesson graph's; None for all, in the
            order of the episodes.
        weights: Of each kind of row (``attempt``, ``feedback``, ``revision``) in the loss; 1 where none is
            given.
        trust: ``graded`` leaves out feedback and solutions that the grade, or else the reference answer,
            contradicts.
        seed: Of the mixing.
        limit: Rows at most.
        instructions: What the student is told, as for `schoolroom.transcripts.prompts.prompt`.
    """
    check_limit(limit)
    check_trust(trust)
    for tier in tiers:
        check_name("tier of this recipe", tier, TIERS)
    check_name("way to 'learn'", learn, get_args(Learn))
    check_name("order of this recipe", order, get_args(Order))
    if isinstance(lessons, str):
        raise ConfigError(f"lessons must be a list of lesson ids, not {lessons!r}.")
    kinds = KINDS if learn == "procedure" else ("attempt",)
    tutored = Tutored("yoda", kinds, weights_of(weights), trust, instructions)
    learnt = _lessons(finished(episodes), tutored, learn, lessons)
    blocks: dict[_Place, list[list[Example]]] = {}
    for place, rows in learnt.values():
        if place.tier in tiers:
            blocks.setdefault(place if order != "taught" else _Place(0, 0, False), []).append(rows)
    ordered = _ordered([blocks[place] for place in sorted(blocks)], order, seed)
    return itertools.islice((example for rows in ordered for example in rows), limit)


def _lessons(
    episodes: Iterable[Episode], tutored: Tutored, learn: Learn, lessons: Sequence[str] | None
) -> _Lessons:
    ranks = {lesson: rank for rank, lesson in enumerate(lessons or ())}
    places: dict[str, _Place] = {}

    def units() -> Iterator[Unit]:
        for episode in episodes:
            for question in _questions(episode):
                if lessons is None:
                    ranks.setdefault(question.lesson, len(ranks))
                if question.lesson in ranks:
                    places.setdefault(question.id, _place(question, ranks[question.lesson], places))
            yield from _gold(episode, tutored) if learn == "gold" else tutored.units(episode)

    learnt: _Lessons = {}
    for unit in distinct(units()):
        for example in unit.rows:
            if example.question in places and (kept := _kept(example, learn)) is not None:
                learnt.setdefault(example.question, (places[example.question], []))[1].append(kept)
    return learnt


def _questions(episode: Episode) -> Iterator[Question]:
    """What was asked in an episode, in the order in which it was; some come more than once."""
    yield episode.question
    yield from map(episode.question_of, episode.turns)


def _place(question: Question, lesson: int, places: Mapping[str, _Place]) -> _Place:
    parent = places.get(question.parent or "")
    level = (parent.level if parent else 0) + (question.tier is Tier.HARDER)
    return _Place(lesson, level, question.tier is Tier.GENERALIZED)


def _gold(episode: Episode, tutored: Tutored) -> Iterator[Unit]:
    """The reference solutions of all questions of an episode, where they are known."""
    for question in {question.id: question for question in _questions(episode)}.values():
        if question.solution:
            reference = Attempt(steps=question.solution, answer=question.answer)
            solved = row(
                tutored.recipe,
                "attempt",
                episode,
                ask=Ask.ATTEMPT,
                heard=(),
                reply=render_attempt(reference),
                sources=(),
                weight=tutored.weights["attempt"],
                instructions=tutored.instructions,
                question=question,
            )
            yield Unit("attempt", (solved,))


def _kept(example: Example, learn: Learn) -> Example | None:
    """The row as it is learnt: without steps, where only answers are; None where there is none."""
    if learn != "answers":
        return example
    *said, reply = example.messages
    answer = parse_attempt(reply.content).answer
    if answer is None:
        return None
    bare = reply.model_copy(update={"content": render_attempt(Attempt(steps=(), answer=answer))})
    rest = {name: getattr(example, name) for name in ("kind", "question", "lesson", "tier", "sources")}
    return Example.make(recipe=example.recipe, messages=[*said, bare], **rest)


def _ordered(blocks: Sequence[list[list[Example]]], order: Order, seed: int) -> list[list[Example]]:
    """The rows of each question, block after block."""
    if order in ("reversed", "cumulative_reversed"):
        blocks = blocks[::-1]
    if order not in ("cumulative", "cumulative_reversed"):
        return [rows for block in blocks for rows in block]
    phases: list[list[list[Example]]] = [[] for _ in blocks]
    for first, block in enumerate(blocks):
        for phase in range(first, len(blocks)):
            phases[phase] += block[phase - first :: len(blocks) - first]
    rng = random.Random(seed)
    return [rows for phase in phases for rows in rng.sample(phase, len(phase))]

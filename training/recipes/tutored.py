"""What a student can learn from being tutored: rows that solve, check and correct, question by question.

Which of them are kept, in which numbers and in which order, the recipes say.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from ...transcripts.records import Ask, Episode, Example, Role, Turn
from .base import Trust, check_weight, grade_of, is_right, row
from .units import Unit, about, as_own, check_name, contradicted

__all__ = ["KINDS", "Kind", "Tutored", "weights_of"]

Kind = Literal["attempt", "feedback", "revision"]
KINDS: tuple[Kind, ...] = get_args(Kind)


@dataclass(frozen=True, slots=True)
class Tutored:
    """Makes the rows of an episode, with prompts as the exam gives them.

    A solution is right if the teacher found nothing wrong in it, be it the student's or the teacher's own.
    Where the teacher said nothing of it, the student's is right if the grader found it so, and the teacher's
    demonstration is right by itself.
    """

    recipe: str
    """As its rows name it."""
    kinds: tuple[Kind, ...]
    weights: Mapping[Kind, float]
    trust: Trust
    instructions: Mapping[str, str]

    def units(self, episode: Episode) -> Iterator[Unit]:
        """All that can be learnt from `episode`, question by question, in the order in which they came."""
        by_question: dict[str, list[Turn]] = {}
        for turn in episode.turns:
            by_question.setdefault(episode.question_of(turn).id, []).append(turn)
        for turns in by_question.values():
            yield from self._units(episode, turns)

    def _units(self, episode: Episode, turns: Sequence[Turn]) -> Iterator[Unit]:
        """What can be learnt from `turns`, which are about one question."""
        judged = [
            (episode.turns[index], turn)
            for turn in turns
            if (index := about(episode, turn)) is not None and self._usable(episode, index, turn)
        ]
        right = [turn for turn in turns if self._right(episode, turn)]
        if right:
            yield self._unit("attempt", [self._row("attempt", episode, Ask.ATTEMPT, (), right[-1])])
        for attempt, feedback in judged:
            rows = [self._row("feedback", episode, Ask.FEEDBACK, (attempt,), feedback)]
            if feedback.says_correct:
                yield self._unit("termination", rows)
                continue
            better = next((t for t in right if t.index > feedback.index and t.text != attempt.text), None)
            if better is not None:
                heard = (attempt, as_own(feedback))
                rows.append(self._row("revision", episode, Ask.REVISE, heard, better))
            yield self._unit("revision", rows)

    def _unit(self, group: str, rows: Sequence[Example]) -> Unit:
        return Unit(group, tuple(example for example in rows if example.kind in self.kinds))

    def _row(self, kind: Kind, episode: Episode, ask: Ask, heard: Sequence[Turn], reply: Turn) -> Example:
        return row(
            self.recipe,
            kind,
            episode,
            ask=ask,
            heard=heard,
            reply=reply.text,
            sources=(*heard, reply),
            weight=self.weights[kind],
            instructions=self.instructions,
            question=episode.question_of(reply),
        )

    def _usable(self, episode: Episode, index: int, feedback: Turn) -> bool:
        """Whether nothing that is trusted contradicts this feedback."""
        return self.trust == "teacher" or not contradicted(episode, episode.turns[index], feedback)

    def _right(self, episode: Episode, turn: Turn) -> bool:
        if turn.attempt is None or (self.trust == "graded" and is_right(episode, turn) is False):
            return False
        said = [t.says_correct for t in episode.turns if about(episode, t) == turn.index]
        if said:
            return all(said)
        if turn.role is Role.TEACHER:
            return turn.ask is Ask.DEMONSTRATE
        grade = grade_of(episode, turn)
        return turn.role is Role.STUDENT and grade is not None and grade.correct


def weights_of(given: Mapping[str, float] | None) -> dict[Kind, float]:
    """The weight of each kind in the loss; 1 where none is given.

    Raises:
        ConfigError: an unknown kind, or a weight that is no positive number.
    """
    for name in given or {}:
        check_name("kind", name, KINDS)
    return {kind: check_weight(kind, (given or {}).get(kind, 1.0)) for kind in KINDS}

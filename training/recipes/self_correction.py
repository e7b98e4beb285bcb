"""Self-correction: from tutoring, the student learns to solve, to check what it wrote, and to correct it.

In the spirit of TriPosT (Yu et al., NAACL 2024). Where we differ:
1. The student's own turns stay as it wrote them; the teacher's feedback becomes the student's own check.
2. The corrected solution of each question is also learnt as a direct attempt.
3. A right attempt is learnt with the feedback that finds nothing wrong in it, which ends a conversation.
"""

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from ...transcripts.prompts import PLAIN_STUDENT
from ...transcripts.records import Ask, Episode, Example, Role, Turn
from .base import Trust, check_limit, check_trust, check_weight, finished, grade_of, is_right, row
from .units import Unit, about, as_own, balanced, check_name, check_shares, distinct

__all__ = ["BALANCE", "KINDS", "Kind", "self_correction"]

Kind = Literal["attempt", "feedback", "revision"]
KINDS: tuple[Kind, ...] = get_args(Kind)

BALANCE: Mapping[str, float] = {"revision": 1.5, "termination": 1.0, "attempt": 1.0}
"""TriPosT's ratio of mistakes corrected : right solutions confirmed : questions solved at once."""


def self_correction(
    episodes: Iterable[Episode],
    *,
    kinds: Sequence[Kind] = KINDS,
    weights: Mapping[str, float] | None = None,
    trust: Trust = "teacher",
    balance: Mapping[str, float] | None = None,
    seed: int = 0,
    limit: int | None = None,
    instructions: Mapping[str, str] = PLAIN_STUDENT,
) -> Iterator[Example]:
    """Rows of three kinds, with prompts as the exam gives them.

    - ``attempt``: question -> the last right solution of its episode, once for each distinct question;
    - ``feedback``: question, an attempt -> what the teacher said of it, whether it found a mistake or none;
    - ``revision``: question, an attempt, the feedback that blames it -> the next right solution: the
      student's own, else the teacher's demonstration.

    A solution is right if the teacher found nothing wrong in it, be it the student's or the teacher's own.
    Where the teacher said nothing of it, the student's is right if the grader found it so, and the
    teacher's demonstration is right by itself.

    Args:
        episodes: Tutoring, or any script with such turns; those that did not finish are passed over.
        kinds: Which rows are made.
        weights: Of each kind in the loss; 1 where none is given.
        trust: ``graded`` leaves out feedback and solutions that the grade, or else the reference answer,
            contradicts.
        balance: Numbers of ``revision`` (a mistake with feedback and revision), ``termination`` (feedback
            that finds nothing) and ``attempt`` to keep in this ratio, such as `BALANCE`; what there is too
            much of is thinned out at random. Groups that are empty or not named stay as they are.
        seed: Of the thinning out.
        limit: Rows at most.
        instructions: What the student is told, as for `schoolroom.transcripts.prompts.prompt`.
    """
    check_limit(limit)
    check_trust(trust)
    for name in (*kinds, *(weights or {})):
        check_name("kind", name, KINDS)
    shares = check_shares(balance, BALANCE)
    maker = _Maker(
        kinds=tuple(kinds),
        weights={kind: check_weight(kind, (weights or {}).get(kind, 1.0)) for kind in KINDS},
        trust=trust,
        instructions=instructions,
    )
    units = distinct(unit for episode in finished(episodes) for unit in maker.units(episode))
    kept: Iterable[Unit] = balanced(list(units), shares, seed) if shares else units
    return itertools.islice((example for unit in kept for example in unit.rows), limit)


@dataclass(frozen=True, slots=True)
class _Maker:
    kinds: tuple[Kind, ...]
    weights: Mapping[str, float]
    trust: Trust
    instructions: Mapping[str, str]

    def units(self, episode: Episode) -> Iterator[Unit]:
        """All that can be learnt from `episode`."""
        judged = [
            (episode.turns[index], turn)
            for turn in episode.turns
            if (index := about(episode, turn)) is not None and self._usable(episode, index, turn)
        ]
        right = [turn for turn in episode.turns if self._right(episode, turn)]
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
            "self_correction",
            kind,
            episode,
            ask=ask,
            heard=heard,
            reply=reply.text,
            sources=(*heard, reply),
            weight=self.weights[kind],
            instructions=self.instructions,
        )

    def _usable(self, episode: Episode, index: int, feedback: Turn) -> bool:
        """Whether nothing that is trusted contradicts this feedback."""
        attempt = episode.turns[index]
        right = is_right(episode, attempt)
        if self.trust == "teacher" or right is None:
            return True
        grade = grade_of(episode, attempt)
        return feedback.says_correct == (right and not (grade and grade.wrong_steps))

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

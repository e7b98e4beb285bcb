"""Seminars: from what several students made of one question, each learns to judge and correct any of them.

Whatever a student reads of another, it learns as if it had written it itself: at the exam it is alone.
"""

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from ...transcripts.prompts import PLAIN_STUDENT
from ...transcripts.records import Ask, Episode, Example, Feedback, Role, Turn
from .base import Trust, check_limit, check_trust, finished, grade_of, is_right, row
from .tutored import Kind, weights_of
from .units import Shelf, Unit, about, as_own, balanced, check_name, check_shares, contradicted, distinct

__all__ = ["GROUPS", "PEERS", "Peers", "seminar"]

GROUPS = ("revision", "termination", "attempt")
"""What a balance may name, as in `self_correction`."""

Peers = Literal["helpful", "all", "none"]
"""Which feedback of classmates is learnt: what proved right, whatever could be read, or none."""

PEERS: tuple[Peers, ...] = get_args(Peers)


def seminar(
    episodes: Iterable[Episode],
    *,
    peers: Peers = "helpful",
    weights: Mapping[str, float] | None = None,
    trust: Trust = "teacher",
    balance: Mapping[str, float] | None = None,
    seed: int = 0,
    limit: int | None = None,
    instructions: Mapping[str, str] = PLAIN_STUDENT,
) -> Iterator[Example]:
    """Rows of three kinds, with prompts as the exam gives them.

    - ``attempt``: question -> a right solution of the seminar, once for each question;
    - ``feedback``: question, somebody's attempt -> what a classmate said of it, else the teacher;
    - ``revision``: question, somebody's mistake, the feedback that blames it -> a right solution: what its
      author made of it, else the teacher's, else a classmate's.

    A solution is right if the teacher found nothing wrong in it, or where it said nothing, the grader
    (neither in the answer nor in a step).

    Args:
        episodes: Of the script `seminar`; those that did not finish are passed over.
        peers: ``helpful`` takes feedback of classmates that leaves a right attempt alone, or blames a wrong
            one that was right after the revision; ``all`` whatever could be read, as a control; ``none`` that
            of the teacher alone.
        weights: Of each kind in the loss; 1 where none is given.
        trust: ``graded`` leaves out what the grade, or else the reference answer, contradicts.
        balance: Numbers of ``revision``, ``termination`` (feedback that finds nothing) and ``attempt`` to
            keep in this ratio; what there is too much of is thinned out at random.
        seed: Of the thinning out.
        limit: Rows at most.
        instructions: What the student is told, as for `schoolroom.transcripts.prompts.prompt`.
    """
    check_limit(limit)
    check_trust(trust)
    check_name("choice of peers", peers, PEERS)
    shares = check_shares(balance, GROUPS)
    maker = _Maker(peers, weights_of(weights), trust, instructions)
    units = distinct(unit for episode in finished(episodes) for unit in maker.units(episode))
    kept: Iterable[Unit] = balanced(Shelf(units), shares, seed) if shares else units
    return itertools.islice((example for unit in kept for example in unit.rows), limit)


@dataclass(frozen=True, slots=True)
class _Maker:
    peers: Peers
    weights: Mapping[Kind, float]
    trust: Trust
    instructions: Mapping[str, str]

    def units(self, episode: Episode) -> Iterator[Unit]:
        """All that can be learnt from one seminar."""
        right = [turn for turn in episode.turns if turn.attempt and self._right(episode, turn)]
        right.sort(key=lambda turn: turn.role is not Role.TEACHER)  # where it had to correct, its words first
        if right:
            yield Unit("attempt", (self._row("attempt", episode, Ask.ATTEMPT, (), right[0]),))
        for attempt, feedback in self._judged(episode):
            rows = [self._row("feedback", episode, Ask.FEEDBACK, (attempt,), feedback)]
            if feedback.says_correct:
                yield Unit("termination", tuple(rows))
                continue
            own = [turn for turn in right if turn.heard == (attempt.index, feedback.index)]
            if better := next((turn for turn in (*own, *right) if turn.text != attempt.text), None):
                heard = (attempt, as_own(feedback))
                rows.append(self._row("revision", episode, Ask.REVISE, heard, better))
            yield Unit("revision", tuple(rows))

    def _judged(self, episode: Episode) -> Iterator[tuple[Turn, Turn]]:
        """Each solution with the first trusted feedback on it; classmates speak before the teacher."""
        seen: set[int] = set()
        for feedback in episode.turns:
            attempt = _solution(episode, feedback)
            if attempt and attempt.index not in seen and self._usable(episode, attempt, feedback):
                seen.add(attempt.index)
                yield attempt, feedback

    def _usable(self, episode: Episode, attempt: Turn, feedback: Turn) -> bool:
        """Whether this feedback is trusted."""
        if self.trust == "graded" and contradicted(episode, attempt, feedback):
            return False
        if feedback.role is Role.TEACHER or self.peers == "all":
            return True
        if self.peers == "none":
            return False
        if feedback.says_correct or self._right(episode, attempt):
            return feedback.says_correct and self._right(episode, attempt)
        after = (turn for turn in episode.turns if turn.heard == (attempt.index, feedback.index))
        return any(turn.attempt is not None and self._right(episode, turn) for turn in after)

    def _right(self, episode: Episode, solution: Turn) -> bool:
        if self.trust == "graded" and is_right(episode, solution) is False:
            return False
        for turn in episode.turns:
            if about(episode, turn) == solution.index:
                return turn.says_correct
        grade = grade_of(episode, solution)
        return grade is not None and grade.correct and not grade.wrong_steps

    def _row(self, kind: Kind, episode: Episode, ask: Ask, heard: Sequence[Turn], reply: Turn) -> Example:
        return row(
            "seminar",
            kind,
            episode,
            ask=ask,
            heard=heard,
            reply=reply.text,
            sources=(*heard, reply),
            weight=self.weights[kind],
            instructions=self.instructions,
        )


def _solution(episode: Episode, feedback: Turn) -> Turn | None:
    """The solution that `feedback`, a teacher's or a student's, is about; None if it is no feedback."""
    if feedback.role is Role.GRADER or not isinstance(feedback.payload, Feedback):
        return None
    solutions = [episode.turns[i] for i in feedback.heard if episode.turns[i].attempt is not None]
    return solutions[-1] if solutions else None

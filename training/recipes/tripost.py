"""TriPosT's rows: from edited trajectories, the student learns to see its own mistakes and to correct them.

After Yu et al. (NAACL 2024, arXiv 2310.13522), sections 3.2 and 3.3: trajectories are split into single
turns, kept in the ratio 1.5 : 1 : 1 of improvements, other turns and gold rationales; feedback and updates
weigh 1.5 in the loss. Where we differ:
1. Prompts are those of the exam, and nothing but the reply carries loss.
2. Feedback and the update that follows are kept or left out together.
3. An update counts only if it gets further than the attempt did, the student's own too.
4. `direct` mixes in the solutions of the same questions as first attempts.
"""

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from ...transcripts.prompts import PLAIN_STUDENT
from ...transcripts.records import Ask, Episode, Example, Feedback, Role, Turn
from .base import Trust, check_limit, check_trust, check_weight, finished, is_right, row
from .rationale import demonstrated
from .units import (
    Shelf,
    Unit,
    about,
    as_own,
    balanced,
    check_numbers,
    check_shares,
    contradicted,
    distinct,
    thinned,
)

__all__ = ["BALANCE", "GROUPS", "Group", "tripost"]

Group = Literal["improvement", "other", "rationale", "direct"]
GROUPS: tuple[Group, ...] = get_args(Group)

BALANCE: Mapping[str, float] = {"improvement": 1.5, "other": 1.0, "rationale": 1.0}
"""The paper's ratio: 43% of the turns are improvements."""


def tripost(
    episodes: Iterable[Episode],
    *,
    balance: Mapping[str, float] | None = BALANCE,
    numbers: Mapping[str, int] | None = None,
    weight: float = 1.5,
    direct: bool = False,
    trust: Trust = "teacher",
    seed: int = 0,
    limit: int | None = None,
    instructions: Mapping[str, str] = PLAIN_STUDENT,
) -> Iterator[Example]:
    """Rows of four groups, from episodes of the script `tripost` and, for the gold, of `demonstration`.

    - improvement: question, attempt -> feedback (kind ``feedback``), and with that -> the next attempt of the
      trajectory (kind ``revision``); the feedback is the teacher's, as the student's own words;
    - other: question, a right attempt -> the feedback that finds nothing (``termination``); or feedback
      alone, where the update that followed did not get further;
    - rationale: question -> what a teacher demonstrated who had heard nothing (``attempt``);
    - direct: question -> the right solution that the trajectory ends in (``attempt``).

    A trajectory that never became right is left out; but where an editor's update got no further, what the
    student itself wrote stays.

    Args:
        episodes: Those that did not finish are passed over.
        balance: Numbers of the groups to keep in this ratio; what there is too much of is thinned out at
            random. Groups that are empty or not named stay as they are; None keeps everything. A 70% share of
            improvements is ``{"improvement": 0.7, "other": 0.15, "rationale": 0.15}``.
        numbers: At most so many of a group (an improvement's two rows count as one), chosen at random after
            the balance: for arms with equal numbers of mistakes.
        weight: Of feedback, terminations and revisions in the loss; solutions weigh 1.
        direct: Make the rows of that group.
        trust: ``graded`` leaves out feedback and solutions that the grade, or else the reference answer,
            contradicts.
        seed: Of the thinning out.
        limit: Rows at most.
        instructions: What the student is told, as for `schoolroom.transcripts.prompts.prompt`.
    """
    check_limit(limit)
    check_trust(trust)
    shares = check_shares(balance, GROUPS)
    numbers = check_numbers(numbers, GROUPS)
    maker = _Maker(check_weight("feedback and revisions", weight), direct, trust, instructions)
    found = (unit for episode in finished(episodes) for unit in maker.units(episode))
    units = Shelf(distinct(found, once=("rationale", "direct")))
    kept = thinned(balanced(units, shares, seed), numbers, seed)
    return itertools.islice((example for unit in kept for example in unit.rows), limit)


@dataclass(frozen=True, slots=True)
class _Maker:
    weight: float
    direct: bool
    trust: Trust
    instructions: Mapping[str, str]

    def units(self, episode: Episode) -> Iterator[Unit]:
        """What can be learnt from a demonstration or a trajectory."""
        if (shown := demonstrated(episode, self.trust)) is not None:
            yield Unit("rationale", (self._row("attempt", episode, (), shown),))
            return
        judged = [
            (episode.turns[index], turn)
            for turn in episode.turns
            if (index := about(episode, turn)) is not None
        ]
        if not judged:
            return
        last, said = judged[-1]
        if said.says_correct and not (self.trust == "graded" and is_right(episode, last) is False):
            yield from self._turns(episode, judged)
            if self.direct:
                yield Unit("direct", (self._row("attempt", episode, (), last),))
        elif last.ask is Ask.DEMONSTRATE and not _beyond(said, episode.turns[last.heard[-1]]):
            yield from self._turns(episode, [pair for pair in judged if pair[0].role is Role.STUDENT])

    def _turns(self, episode: Episode, judged: Sequence[tuple[Turn, Turn]]) -> Iterator[Unit]:
        """The single turns of a trajectory, of which `judged` holds solutions with the feedback on them."""
        for attempt, feedback in judged:
            if self.trust == "graded" and contradicted(episode, attempt, feedback):
                continue
            if feedback.says_correct:
                yield Unit("other", (self._row("termination", episode, (attempt,), feedback),))
                continue
            check = self._row("feedback", episode, (attempt,), feedback)
            update = next(
                (
                    turn
                    for turn, said in judged
                    if turn.heard[:1] == (attempt.index,) and _beyond(said, feedback)
                ),
                None,
            )
            if update is None:
                yield Unit("other", (check,))
            else:
                heard = (attempt, as_own(feedback))
                yield Unit("improvement", (check, self._row("revision", episode, heard, update)))

    def _row(self, kind: str, episode: Episode, heard: Sequence[Turn], reply: Turn) -> Example:
        ask = (Ask.ATTEMPT, Ask.FEEDBACK, Ask.REVISE)[len(heard)]
        return row(
            "tripost",
            kind,
            episode,
            ask=ask,
            heard=heard,
            reply=reply.text,
            sources=(*heard, reply),
            weight=1.0 if ask is Ask.ATTEMPT else self.weight,
            instructions=self.instructions,
        )


def _beyond(later: Turn, earlier: Turn) -> bool:
    """Whether the later feedback lets more of the solution stand than the earlier one."""
    return (
        isinstance(later.payload, Feedback)
        and isinstance(earlier.payload, Feedback)
        and later.payload.beyond(earlier.payload)
    )

"""Self-correction: from tutoring, the student learns to solve, to check what it wrote, and to correct it.

In the spirit of TriPosT (Yu et al., NAACL 2024). Where we differ:
1. The student's own turns stay as it wrote them; the teacher's feedback becomes the student's own check.
2. The corrected solution of each question is also learnt as a direct attempt.
3. A right attempt is learnt with the feedback that finds nothing wrong in it, which ends a conversation.
"""

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence

from ...transcripts.prompts import PLAIN_STUDENT
from ...transcripts.records import Episode, Example
from .base import Trust, check_limit, check_trust, finished
from .tutored import KINDS, Kind, Tutored, weights_of
from .units import Shelf, Unit, balanced, check_name, check_shares, distinct

__all__ = ["BALANCE", "KINDS", "Kind", "self_correction"]

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
    for kind in kinds:
        check_name("kind", kind, KINDS)
    shares = check_shares(balance, BALANCE)
    tutored = Tutored("self_correction", tuple(kinds), weights_of(weights), trust, instructions)
    units = distinct(unit for episode in finished(episodes) for unit in tutored.units(episode))
    kept: Iterable[Unit] = balanced(Shelf(units), shares, seed) if shares else units
    return itertools.islice((example for unit in kept for example in unit.rows), limit)

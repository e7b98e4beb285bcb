"""Weak supervision: mixtures of right and wrong solutions of hard questions and of their parts.

After He et al. (NAACL 2025, arXiv 2410.20533): ``hard(e)`` is `whole` = e alone, ``sub(e)`` is `parts` = e
alone, and their combination has both, with the parts of the same questions. Where we differ:
1. Which solutions are wrong is read from their grades, not from a teacher's set rate.
2. A larger share of wrong solutions holds all the wrong ones of a smaller share, with the same seed.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from ...transcripts.errors import ConfigError
from ...transcripts.prompts import PLAIN_STUDENT
from ...transcripts.records import Ask, Episode, Example, Question, Role, Tier, Turn, derive_seed
from .base import check_limit, check_weight, finished, is_right, row

__all__ = ["weak_supervision"]


def weak_supervision(
    episodes: Iterable[Episode],
    *,
    whole: float | None = 0.0,
    parts: float | None = None,
    seed: int = 0,
    weight: float = 1.0,
    limit: int | None = None,
    instructions: Mapping[str, str] = PLAIN_STUDENT,
) -> Iterator[Example]:
    """One row for each distinct question: a solution that a teacher demonstrated, right or wrong.

    Of the hard questions exactly the share `whole` (rounded to a whole number of them) carries a wrong
    solution, and of their parts exactly the share `parts`. A question has a right and a wrong solution to
    choose from where two teachers demonstrated it, as in a run with a good teacher and one with a teacher
    that is always wrong; where some have but one of the two, as many questions are kept as the share allows.

    Args:
        episodes: Of `supervision`, or with any demonstrations; those that did not finish are passed over.
            Parts are questions of the tier ``subtask``. A solution of which nobody knows whether it is right
            is left out; so is one that corrects another.
        whole: Share of wrong solutions of hard questions, from 0 to 1; None leaves hard questions out.
        parts: The same of parts; None leaves them out. Where hard questions are taken, parts of others are
            left out.
        seed: Chooses which are wrong.
        weight: Of each solution in the loss.
        limit: Hard questions at most, the first ones; parts of others are left out.
        instructions: What the student is told, as for `schoolroom.transcripts.prompts.prompt`.

    Raises:
        ConfigError: a setting out of range, or a share for which there are no wrong (or no right) solutions.
    """
    check_limit(limit)
    shares = {name: _checked(name, share) for name, share in (("whole", whole), ("parts", parts))}
    weight = check_weight("solution", weight)
    solved = _solved(episodes)
    hard = [found for found in solved.values() if not found.is_part][:limit]
    kept = _mixed(hard, shares["whole"], "whole", seed) if whole is not None else {}
    if parts is not None:
        parents = kept.keys() if whole is not None else {found.question.id for found in hard}
        any_parent = whole is None and limit is None
        subtasks = [f for f in solved.values() if f.is_part and (any_parent or f.question.parent in parents)]
        kept |= _mixed(subtasks, shares["parts"], "parts", seed)
    return (
        row(
            "weak_supervision",
            "part" if found.is_part else "whole",
            kept[key].episode,
            ask=Ask.ATTEMPT,
            heard=(),
            reply=kept[key].turn.text,
            sources=(kept[key].turn,),
            weight=weight,
            instructions=instructions,
            question=found.question,
        )
        for key, found in solved.items()
        if key in kept
    )


@dataclass(frozen=True, slots=True)
class _Shown:
    """A demonstration, where it stands."""

    episode: Episode
    turn: Turn


@dataclass(slots=True)
class _Solved:
    """A question with its first right and its first wrong demonstration."""

    question: Question
    shown: dict[bool, _Shown] = field(default_factory=dict)

    @property
    def is_part(self) -> bool:
        return self.question.tier is Tier.SUBTASK


def _solved(episodes: Iterable[Episode]) -> dict[str, _Solved]:
    """All questions that were demonstrated, by id, in the order in which they were."""
    found: dict[str, _Solved] = {}
    for episode in finished(episodes):
        for turn in episode.turns:
            if turn.role is Role.TEACHER and turn.ask is Ask.DEMONSTRATE and not turn.heard:
                right = is_right(episode, turn)
                if right is not None:
                    question = episode.question_of(turn)
                    solved = found.setdefault(question.id, _Solved(question))
                    solved.shown.setdefault(right, _Shown(episode, turn))
    return found


def _mixed(solved: Sequence[_Solved], share: float, name: str, seed: int) -> dict[str, _Shown]:
    """A demonstration for each of as many questions as can be, the share of them wrong; by question."""
    drawn = sorted(solved, key=lambda found: derive_seed(seed, name, found.question.id))
    either = [found for found in drawn if len(found.shown) == 2]
    wrong = [found for found in drawn if True not in found.shown] + either
    right = [found for found in drawn if False not in found.shown] + either[::-1]
    for needed, there, kind in ((share, wrong, "wrong"), (1 - share, right, "right")):
        if solved and needed and not there:
            raise ConfigError(
                f"{name}={share:g} needs {kind} solutions, but none of the {len(solved)} questions has one; "
                f"have a teacher demonstrate them who is {kind} at times."
            )
    number = next(
        n
        for n in range(len(drawn), -1, -1)
        if round(share * n) <= len(wrong) and n - round(share * n) <= len(right)
    )
    errors = round(share * number)
    return {found.question.id: found.shown[False] for found in wrong[:errors]} | {
        found.question.id: found.shown[True] for found in right[: number - errors]
    }


def _checked(name: str, share: float | None) -> float:
    """The share of wrong solutions; 0 where none is given."""
    if share is None:
        return 0.0
    if isinstance(share, bool) or not isinstance(share, int | float) or not 0 <= share <= 1:
        raise ConfigError(
            f"{name} must be a share of wrong solutions from 0 to 1, or left out, not {share!r}."
        )
    return float(share)

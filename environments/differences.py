"""What verifying stored conversations finds: values, and how a difference is told. Verifies nothing."""

from collections.abc import Sequence
from difflib import unified_diff
from typing import Literal

from ..transcripts.records import Episode, Record

__all__ = ["About", "Difference", "Verified", "differs", "id_differs"]

About = Literal["id", "order", "cue", "speaker", "words", "payload", "prompt", "ending"]


class Difference(Record):
    """Something that is not as it was recorded."""

    episode: str
    """Its id; empty where the run itself is meant."""
    turn: int | None = None
    """Index of the turn, from 0; None where no single turn is meant."""
    about: About
    says: str
    """What is not the same, in a sentence."""
    diff: str = ""
    """What was recorded and what would come now, as a unified diff."""


class Verified(Record):
    """What came of verifying the episodes of a run."""

    run: str
    episodes: int = 0
    turns: int = 0
    different: int = 0
    """Episodes with a difference."""
    found: int = 0
    """Differences in all, those of the run itself included."""
    differences: tuple[Difference, ...] = ()
    """The first of them."""

    @property
    def identical(self) -> bool:
        """Whether nothing differs."""
        return not self.found


def differs(
    episode: Episode,
    turn: int | None,
    about: About,
    says: str,
    was: Sequence[str] = (),
    now: Sequence[str] = (),
) -> Difference:
    """Something about `episode`, or about one turn of it, which the sentence then begins with.

    Args:
        episode: It.
        turn: Index of the turn.
        about: What is not the same.
        says: What of it, in words.
        was: What was recorded, in lines.
        now: What comes now.
    """
    sentence = says if turn is None else f"turn {turn + 1} {says}"
    return Difference(episode=episode.id, turn=turn, about=about, says=sentence, diff=_diff(was, now))


def id_differs(episode: str, kind: str, recorded: str, now: str) -> Difference:
    """The id of a run or an episode is not the one that follows from what it holds."""
    return Difference(
        episode=episode,
        about="id",
        says=f"the id of the {kind} does not follow from what it holds.",
        diff=_diff([recorded], [now]),
    )


def _diff(was: Sequence[str], now: Sequence[str]) -> str:
    return "\n".join(unified_diff(was, now, "recorded", "now", lineterm=""))

"""What came of a run, counted: values that a command line shows and a script reads. Counts, never judges."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Literal

from pydantic import Field

from ..transcripts.records import Episode, Record
from .mastery import Mastery

__all__ = ["LessonReport", "SchoolReport", "Totals", "cut_short_reasons"]

LessonState = Literal["mastered", "not_mastered", "stopped", "out_of_budget", "not_reached"]


class Totals(Record):
    """What episodes held and cost: also those that were resumed from the store, and calls no turn came of."""

    episodes: int = 0
    turns: int = 0
    calls: int = 0
    """Of models, `cached` ones among them."""
    cached: int = 0
    """How many were answered from the store; the tokens and the cost are those of the others."""
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cost: float | None = 0.0
    """US dollars; None where the price of any call is not known."""

    def plus(self, episode: Episode) -> "Totals":
        """With one more episode counted."""
        calls = [*(call for turn in episode.turns for call in turn.calls), *episode.lost_calls]
        paid = [call for call in calls if not call.cached]
        cost = self.cost
        for call in paid:
            cost = None if cost is None or call.cost is None else cost + call.cost
        return Totals(
            episodes=self.episodes + 1,
            turns=self.turns + len(episode.turns),
            calls=self.calls + len(calls),
            cached=self.cached + len(calls) - len(paid),
            prompt_tokens=self.prompt_tokens + sum(call.usage.prompt_tokens for call in paid),
            completion_tokens=self.completion_tokens + sum(call.usage.completion_tokens for call in paid),
            cost=cost,
        )


class LessonReport(Record):
    """What came of one lesson."""

    lesson: str
    state: LessonState
    """``not_mastered``: its questions are used up. ``stopped``: a whole wave of episodes was cut short,
    or the subject failed to make a question.
    ``out_of_budget``: its budget or the run's is spent, and it can be resumed. ``not_reached``: the gate of a
    prerequisite never opened."""
    reason: str | None = None
    """Why it is out of budget, or stopped where no episode says so."""
    taught: int = 0
    """Episodes that have ended: `finished` and those cut short."""
    under_way: int = 0
    """Episodes that the end of the budget left without an ending."""
    finished: int = 0
    cut_short: Mapping[str, int] = Field(default_factory=dict)
    """How many were cut short, by reason."""
    mastery: Mastery = Mastery()
    """Finished episodes whose question was solved unaided (`right`), or not."""
    interval: tuple[float, float] = (0.0, 1.0)
    """Credible interval, by the lesson's rule, of the share of questions that the student can answer."""


class SchoolReport(Record):
    """What came of a run of a school."""

    run: str
    lessons: tuple[LessonReport, ...]
    """In the order of the course's graph."""
    totals: Totals
    out_of_budget: str | None = None
    """Why the run stopped before its end, where its budget or a lesson's is spent."""
    resumed: int = 0
    """How many episodes had ended in an earlier session of the same run."""
    seconds: float
    """Wall-clock seconds of this session."""


def cut_short_reasons(episodes: Iterable[Episode]) -> dict[str, int]:
    """How many episodes were cut short, by reason, the most frequent first."""
    endings = [episode.ending for episode in episodes if episode.ending]
    reasons = Counter(ending.reason or "no reason given" for ending in endings if ending.kind == "cut_short")
    return dict(reasons.most_common())

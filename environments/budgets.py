"""What a run may spend, the meter that says when it is spent, and seats that heed it. Writes nothing.

A budget holds for a run, for each lesson, or for one lesson by its id. It changes no word that is said, so
that a run goes on under another budget.
"""

import math
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from pydantic import Field

from ..agents.seats import Seat
from ..transcripts.errors import BudgetSpent, SeatError
from ..transcripts.records import Cue, Episode, Line, ModelCall, Record

__all__ = ["Budget", "Limits", "Meter", "MeteredSeat"]


class Limits(Record):
    """What may be spent; None is no limit."""

    max_cost: float | None = Field(default=None, gt=0.0)
    """US dollars."""
    max_tokens: int | None = Field(default=None, ge=1)
    """Of prompts and replies together."""
    max_seconds: float | None = Field(default=None, gt=0.0)
    """Of wall-clock time, in one session."""


class Budget(Limits):
    """What a run may spend, and each of its lessons."""

    each: Limits = Limits()
    """Of every lesson, where `lessons` says nothing else."""
    lessons: Mapping[str, Limits] = Field(default_factory=dict)
    """By lesson id."""

    def of_lesson(self, lesson: str) -> Limits:
        """What one lesson may spend."""
        own = self.lessons.get(lesson, Limits()).model_dump(exclude_none=True)
        return self.each.model_copy(update=own)


@dataclass
class _Spent:
    """What was spent under some limits."""

    limits: Limits
    since: float | None = None
    """When its first cue was about to be asked in this session."""
    cost: float = 0.0
    tokens: int = 0
    unpriced: str | None = None
    """The first model that was asked at an unknown price."""

    def add(self, call: ModelCall) -> None:
        """Count a call that was paid for."""
        self.tokens += call.usage.prompt_tokens + call.usage.completion_tokens
        self.cost += call.cost or 0.0
        if call.cost is None and self.unpriced is None:
            self.unpriced = call.model

    def beyond(self, now: float) -> str | None:
        """Which limit is reached, in words."""
        limits = self.limits
        self.since = now if self.since is None else self.since
        if limits.max_cost is not None and self.unpriced is not None:
            return (
                f"the price of model '{self.unpriced}' is not known, so --max-cost cannot hold; "
                "use --max-tokens"
            )
        if limits.max_cost is not None and self.cost >= limits.max_cost:
            places = max(2, 2 - math.floor(math.log10(limits.max_cost)))
            return f"{self.cost:,.{places}f} of {limits.max_cost:,.{places}f} US dollars are spent"
        if limits.max_tokens is not None and self.tokens >= limits.max_tokens:
            return f"{self.tokens:,} of {limits.max_tokens:,} tokens are spent"
        if limits.max_seconds is not None and now - self.since >= limits.max_seconds:
            return f"{now - self.since:,.1f} of {limits.max_seconds:,.1f} seconds are over"
        return None


class Meter:
    """Counts what a run and its lessons spend, and says when that is all that they may.

    Cost and tokens count from the first session of the run, seconds from the first cue of this one. Calls
    that were answered from the store cost nothing. What is under way when a limit is reached is finished, so
    that a limit is overshot by the cues under way at most: as many as there are classrooms at once, times the
    seats that a script cues together.
    """

    def __init__(self, budget: Budget, *, clock: Callable[[], float] = time.monotonic) -> None:
        self.budget = budget
        self._clock = clock
        self._run = _Spent(budget)
        self._lessons: dict[str, _Spent] = {}

    def charge(self, lesson: str, calls: Iterable[ModelCall]) -> None:
        """Count calls that were made in a lesson."""
        for call in calls:
            if not call.cached:
                self._run.add(call)
                self._of(lesson).add(call)

    def charge_episode(self, episode: Episode) -> None:
        """Count what an earlier session paid for an episode."""
        for turn in episode.turns:
            self.charge(episode.question.lesson, turn.calls)
        self.charge(episode.question.lesson, episode.lost_calls)

    def reason(self, lesson: str) -> str | None:
        """Why nobody may be asked in this lesson any more; None where one may."""
        now = self._clock()
        if (of_run := self._run.beyond(now)) is not None:
            return f"budget: {of_run}"
        of_lesson = self._of(lesson).beyond(now)
        return None if of_lesson is None else f"budget: lesson '{lesson}': {of_lesson}"

    def reasons(self, lessons: Iterable[str]) -> str:
        """Why nobody may be asked in any of these lessons, each thing said once."""
        return "; ".join(dict.fromkeys(filter(None, map(self.reason, lessons))))

    def _of(self, lesson: str) -> _Spent:
        if lesson not in self._lessons:
            self._lessons[lesson] = _Spent(self.budget.of_lesson(lesson))
        return self._lessons[lesson]


class MeteredSeat:
    """A seat that is asked while there is budget left, and whose calls are counted, also those in vain."""

    def __init__(self, seat: Seat, meter: Meter, lesson: str) -> None:
        self.info, self.name, self.role = seat.info, seat.name, seat.role
        self.failure: SeatError | None = None
        """The last error with which it gave up."""
        self._seat, self._meter, self._lesson = seat, meter, lesson

    async def speak(self, cue: Cue) -> Line:
        """Answer `cue`.

        Raises:
            BudgetSpent: a limit is reached, and nobody was asked.
            SeatError: the seat cannot answer.
        """
        if (reason := self._meter.reason(self._lesson)) is not None:
            raise BudgetSpent(reason)
        try:
            line = await self._seat.speak(cue)
        except SeatError as error:
            self._meter.charge(self._lesson, error.calls)
            self.failure = error
            raise
        self._meter.charge(self._lesson, line.calls)
        return line

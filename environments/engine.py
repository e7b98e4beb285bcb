"""Where classrooms are held: in this process by default, or wherever another engine sends them.

An engine is given one episode at a time, and decides neither what is asked nor in which order.
"""

from collections.abc import Callable, Mapping
from typing import Protocol

from ..agents.seats import Seat
from ..transcripts.errors import BudgetSpent, StoreError
from ..transcripts.records import Ending, Episode, Question, Turn
from ..transcripts.store import Store
from .budgets import Meter, MeteredSeat
from .classroom import Held, hold
from .script import Script

__all__ = ["Classrooms", "Engine", "Left"]


class Engine(Protocol):
    """Holds classrooms, many at once::

    held = await engine.hold(episode, meter)    # its new turns are durable now
    """

    async def hold(self, episode: Episode, meter: Meter) -> Held:
        """Hold the classroom of an episode that is stored; the turns that it has are not asked for.

        Whatever goes wrong in it, the store aside, ends this episode alone.

        Raises:
            Left: the budget that `meter` watches over is spent.
            StoreError: a turn could not be made durable.
        """
        ...


class Left(Exception):
    """An episode is left under way."""

    def __init__(self, turns: tuple[Turn, ...]) -> None:
        super().__init__("the budget is spent")
        self.turns = turns


class Classrooms:
    """The engine of this process: its seats speak, and each turn goes to the store, if there is one."""

    def __init__(
        self, seats: Mapping[str, Seat], store: Store | None, script: Callable[[Question], Script]
    ) -> None:
        self._seats, self._store, self._script = seats, store, script

    async def hold(self, episode: Episode, meter: Meter) -> Held:
        """Hold it here; see `Engine.hold`."""
        said = list(episode.turns)

        async def keep(turn: Turn) -> None:
            if self._store is not None:
                await self._store.append(episode.id, turn)
            said.append(turn)

        lesson = episode.question.lesson
        seats = {name: MeteredSeat(seat, meter, lesson) for name, seat in self._seats.items()}
        try:
            script = self._script(episode.question)
            return await hold(script, seats, seed=episode.seed, recorded=episode.turns, keep=keep)
        except StoreError:
            raise
        except Exception as error:
            turns = tuple(sorted(said, key=lambda turn: turn.index))
            # Of several seats that were cued at once, others may have failed; what they cost is kept.
            failed = [seat.failure for seat in seats.values() if seat.failure is not None]
            if isinstance(error, BudgetSpent):
                if not failed:
                    raise Left(turns) from None
                error = failed[0]
            lost = tuple(call for failure in failed for call in failure.calls)
            reason = f"{type(error).__name__}: {error}"
            return Held(turns, Ending(kind="cut_short", reason=reason), lost)

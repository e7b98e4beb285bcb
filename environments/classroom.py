"""The one loop that drives every script: it asks the seat that a cue names and records the line as a turn.

Recorded turns are sent before any seat is asked. All recorded: a replay. Some recorded: a resumed episode,
or, with other seats, a fork.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass

from ..agents.seats import Seat
from ..transcripts.errors import ProtocolError, SeatError
from ..transcripts.records import Cue, Ending, ModelCall, Question, Turn, derive_seed
from .script import Script

__all__ = ["Held", "hold"]

Keep = Callable[[Turn], Awaitable[None]]
"""Makes a turn durable; the loop awaits it before any cue that depends on the turn."""

_CHANGED = "the script has changed, or other words lead it elsewhere"


@dataclass(frozen=True, slots=True)
class Held:
    """What came of holding a classroom."""

    turns: tuple[Turn, ...]
    """By index; one is missing where one of several cues at once was not answered."""
    ending: Ending
    lost_calls: tuple[ModelCall, ...] = ()
    """What was paid for before a seat gave up."""


async def hold(
    script: Script,
    seats: Mapping[str, Seat],
    *,
    seed: int,
    recorded: Sequence[Turn] = (),
    keep: Keep | None = None,
) -> Held:
    """Drive `script` to its end.

    Args:
        script: A fresh generator. What its first cue asks about is the question of the episode.
        seats: By the names that the script cues.
        seed: The episode's seed; every cue's seed follows from it and the turn's index.
        recorded: Turns said earlier, sent in place of asking anybody. They are found by their indexes: of
            several cues at once, a later one may have been answered before the process died, and an
            earlier one not.
        keep: Awaited with each new turn before the script goes on.

    Returns:
        All turns and the ending: finished, or cut short because a seat could not speak.

    Raises:
        ProtocolError: the script yields what is no cue, cues a seat that nobody sits in, or does not cue
            what was recorded.
    """
    known = {turn.index: turn for turn in recorded}
    turns: list[Turn] = []
    home: Question | None = None

    async def answer(index: int, cue: Cue) -> Turn:
        if (turn := known.pop(index, None)) is not None:
            return _same(turn, cue, home)
        turn = await _ask(cue.model_copy(update={"seed": derive_seed(seed, index)}), seats, index)
        if cue.question != home:
            turn = turn.model_copy(update={"question": cue.question})
        if keep is not None:
            await keep(turn)
        return turn

    try:
        cued = next(script)
        home = _cues(cued)[0].question
        while True:
            if isinstance(cued, Cue):  # the common case, without the cost of a task
                turns.append(await answer(len(turns), cued))
                cued = script.send(turns[-1])
            else:
                said = await _answer_all(answer, _cues(cued), len(turns))
                turns += said
                cued = script.send(said)
    except StopIteration:
        if known:
            raise ProtocolError(
                f"the script ended after {len(turns)} turns, but turn {min(known)} is recorded; {_CHANGED}."
            ) from None
        return Held(tuple(turns), Ending(kind="finished"))
    except _CutShort as cut:
        return Held((*turns, *cut.said), _cut_short(cut.errors[0]), cut.lost_calls)
    except SeatError as error:
        return Held(tuple(turns), _cut_short(error), error.calls)
    finally:
        script.close()


class _CutShort(Exception):
    """Some of several cues at once could not be answered; the others' turns are kept."""

    def __init__(self, errors: Sequence[SeatError], said: tuple[Turn, ...]) -> None:
        super().__init__(str(errors[0]))
        self.errors, self.said = errors, said
        self.lost_calls = tuple(call for error in errors for call in error.calls)


async def _answer_all(
    answer: Callable[[int, Cue], Coroutine[None, None, Turn]], cues: Sequence[Cue], start: int
) -> tuple[Turn, ...]:
    """The turns that answer `cues`, all asked at once, in the order of the cues.

    One seat's failure does not stop the others: what they say has been paid for, and is kept.
    """
    outcomes = await asyncio.gather(
        *(answer(start + i, cue) for i, cue in enumerate(cues)), return_exceptions=True
    )
    said = tuple(outcome for outcome in outcomes if isinstance(outcome, Turn))
    for outcome in outcomes:
        if isinstance(outcome, BaseException) and not isinstance(outcome, SeatError):
            raise outcome
    if failed := [outcome for outcome in outcomes if isinstance(outcome, SeatError)]:
        raise _CutShort(failed, said)
    return said


def _cues(yielded: object) -> tuple[Cue, ...]:
    if isinstance(yielded, Cue):
        return (yielded,)
    if isinstance(yielded, tuple) and yielded and all(isinstance(cue, Cue) for cue in yielded):
        return yielded
    raise ProtocolError(f"a script yields a Cue or a tuple of Cues, not {yielded!r:.80}.")


async def _ask(cue: Cue, seats: Mapping[str, Seat], index: int) -> Turn:
    seat = seats.get(cue.seat)
    if seat is None:
        raise ProtocolError(
            f"the script cues seat '{cue.seat}', but the seats are: {', '.join(seats)}; seat somebody there."
        )
    line = await seat.speak(cue)
    return Turn(
        index=index,
        seat=seat.name,
        role=seat.role,
        persona=seat.info.persona,
        ask=cue.ask,
        heard=tuple(turn.index for turn in cue.heard),
        text=line.text,
        payload=line.payload,
        calls=line.calls,
    )


def _same(turn: Turn, cue: Cue, home: Question | None) -> Turn:
    """The recorded turn, if it answers this very cue."""
    heard = tuple(t.index for t in cue.heard)
    about = turn.question or home
    if about is not None and about != cue.question:
        raise ProtocolError(
            f"turn {turn.index} was recorded about {about.text[:60]!r}, but the script cues it about "
            f"{cue.question.text[:60]!r}; {_CHANGED}."
        )
    if (turn.seat, turn.ask, turn.heard) != (cue.seat, cue.ask, heard):
        raise ProtocolError(
            f"turn {turn.index} was recorded as {turn.seat}/{turn.ask} having heard {list(turn.heard)}, "
            f"but the script cues {cue.seat}/{cue.ask} having heard {list(heard)}; {_CHANGED}."
        )
    return turn


def _cut_short(error: SeatError) -> Ending:
    return Ending(kind="cut_short", reason=f"{type(error).__name__}: {error}")

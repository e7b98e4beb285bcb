"""Forks: a stored episode, repeated up to a turn, goes on live with other people or another seed.

The loop is that of every run (`episodes`); here stands only what is repeated, and under which name.
"""

from collections.abc import Mapping, Sequence

from ..agents.seats import Seat
from ..transcripts.errors import ConfigError
from ..transcripts.records import Episode, Json, Origin, Run, derive_seed
from ..transcripts.store import Store
from .observers import Observer
from .offshoots import check_driven, hold_offshoot, offshoot

__all__ = ["check_fork", "fork", "last_fork"]


async def fork(
    parent: Episode,
    run: Run,
    seats: Mapping[str, Seat],
    store: Store | None = None,
    *,
    at: int,
    seed: int | None = None,
    observers: Sequence[Observer] = (),
    details: Mapping[str, Json] | None = None,
    asked: Mapping[str, Json] | None = None,
) -> Episode:
    """Hold `parent` again: its words before turn `at`, and new ones from there.

    The fork is stored beside its parent, in a run that forks of other episodes of `run` by the same people
    share. Its seed is the parent's unless another is given, so that nothing but the people differs: the same
    people say the same again, as far as their models do. Of several cues at once, turns before `at` are
    repeated and the others said anew. The same fork again goes on where it stopped, and asks nobody where it
    has finished.

    Args:
        parent: The stored episode; it may be open or cut short, and may be a fork itself.
        run: What it belongs to.
        seats: Who sits there now, by the names that the script cues.
        store: Where the fork is recorded; None records nothing.
        at: Index, from 0, of the first turn that is said anew; see `last_fork`.
        seed: Of the fork's run, in place of that of `run`: another sample.
        observers: Told of all that happens.
        details: What else determines the words, for the plan: whole personas, say.
        asked: How the fork was asked for; `Run.settings` keeps it, and nothing follows from it.

    Raises:
        ConfigError: no such turn, or a run that was imported.
        StoreError: the store failed; the fork can be continued.
    """
    check_fork(parent, run, at)
    made = offshoot(run, "fork", seats, seed=seed, details=details, asked=asked)
    planned = _repeated(parent, made, seats, at, same_seed=seed is None)
    _, (episode,) = await hold_offshoot(made, [planned], seats, store, observers=observers)
    return episode


def check_fork(parent: Episode, run: Run, at: int) -> None:
    """Refuse a fork that cannot be.

    Raises:
        ConfigError: no such turn, or a run that was imported.
    """
    check_driven(run)
    last = last_fork(parent)
    if not 0 <= at <= last:
        raise ConfigError(
            f"episode {parent.id} can be forked at turn 1 to {last + 1} (counted from 1), not at {at + 1}."
        )


def last_fork(parent: Episode) -> int:
    """The last index at which `parent` can be forked.

    That of its last turn where it is finished; else that of the first turn which nobody said.
    """
    said = {turn.index for turn in parent.turns}
    finished = parent.ending is not None and parent.ending.kind == "finished"
    return max(said) if finished else next(index for index in range(len(said) + 1) if index not in said)


def _repeated(parent: Episode, run: Run, seats: Mapping[str, Seat], at: int, *, same_seed: bool) -> Episode:
    """The fork as it begins."""
    question, origin = parent.question, Origin(episode=parent.id, turn=at)
    seed = parent.seed if same_seed else derive_seed(run.seed, question.lesson, question.id)
    return Episode(
        id=Episode.id_of(run.id, question, seed, origin),
        run=run.id,
        script=parent.script,
        question=question,
        seats=tuple(seat.info for seat in seats.values()),
        seed=seed,
        turns=tuple(turn.model_copy(update={"calls": ()}) for turn in parent.turns if turn.index < at),
        origin=origin,
    )

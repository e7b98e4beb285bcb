"""What stands around an episode: those before and after it, its forks, and the training rows made of it."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Literal

from sqlalchemy import or_
from sqlmodel import Session, col, select

from .records import Record, RunKind, SeatInfo
from .tables import (
    CheckpointExampleRow,
    CheckpointRow,
    EpisodeRow,
    ExampleRow,
    ExampleSourceRow,
    RunRow,
    SeatRow,
)

__all__ = ["Around", "MadeOf", "Relative", "around", "learners"]

_MOST = 200
"""Relatives, and rows made of one episode, that are listed; who has more looks for them by a query."""


class Relative(Record):
    """An episode that another one parts from, or that parts from it, or from the same one."""

    episode: str
    run: str
    kind: RunKind
    """Of its run: ``fork``, or ``grading`` where stored words were graded again."""
    parent: str | None
    """Id of the episode that it parts from."""
    at: int | None
    """Index of the first turn that is its own."""
    seed: int
    ending: Literal["finished", "cut_short"] | None
    seats: tuple[SeatInfo, ...]


class MadeOf(Record):
    """A training row that a turn went into."""

    turn: int
    example: str
    recipe: str
    kind: str


class Around(Record):
    """What stands around an episode."""

    before: str | None
    """Id of the episode that began right before it in the same run; None at its beginning."""
    after: str | None
    """The same of the one that began right after it."""
    relatives: tuple[Relative, ...]
    """The episode, the one that it parts from, and those that part from either, in the order of beginning."""
    made: tuple[MadeOf, ...]
    """The training rows that its turns went into, by turn."""


def around(session: Session, episode: str) -> Around:
    """What stands around a stored episode."""
    asked = select(EpisodeRow.run, EpisodeRow.serial, EpisodeRow.origin).where(EpisodeRow.id == episode)
    run, serial, origin = session.exec(asked).one()
    in_run = select(EpisodeRow.id).where(EpisodeRow.run == run).limit(1)
    order = col(EpisodeRow.serial)
    return Around(
        before=session.exec(in_run.where(order < serial).order_by(order.desc())).first(),
        after=session.exec(in_run.where(order > serial).order_by(order)).first(),
        relatives=_relatives(session, [episode, *([origin] if origin else ())]),
        made=_made_of(session, episode),
    )


def learners(session: Session, example: str) -> list[str]:
    """The ids of the checkpoints that were trained on a row, in the order in which they were added."""
    asked = (
        select(CheckpointRow.id)
        .where(
            col(CheckpointRow.id).in_(
                select(CheckpointExampleRow.checkpoint).where(CheckpointExampleRow.example == example)
            )
        )
        .order_by(col(CheckpointRow.serial))
    )
    return list(session.exec(asked))


def _relatives(session: Session, stems: Sequence[str]) -> tuple[Relative, ...]:
    asked = (
        select(EpisodeRow, RunRow.kind)
        .join(RunRow, col(RunRow.id) == EpisodeRow.run)
        .where(or_(col(EpisodeRow.id).in_(stems), col(EpisodeRow.origin).in_(stems)))
        .order_by(col(EpisodeRow.serial))
        .limit(_MOST)
    )
    rows = session.exec(asked).all()
    seated = (
        select(SeatRow)
        .where(col(SeatRow.episode).in_([row.id for row, _ in rows]))
        .order_by(col(SeatRow.episode), col(SeatRow.position))
    )
    seats: defaultdict[str, list[SeatInfo]] = defaultdict(list)
    for seat in session.exec(seated):
        seats[seat.episode].append(SeatInfo.model_validate(seat.model_dump(exclude={"episode", "position"})))
    return tuple(
        Relative.model_validate(
            {
                "episode": row.id,
                "run": row.run,
                "kind": kind,
                "parent": row.origin,
                "at": row.origin_turn,
                "seed": row.seed,
                "ending": row.ending,
                "seats": tuple(seats[row.id]),
            }
        )
        for row, kind in rows
    )


def _made_of(session: Session, episode: str) -> tuple[MadeOf, ...]:
    asked = (
        select(ExampleSourceRow.turn, ExampleRow)
        .join(ExampleRow, col(ExampleRow.id) == ExampleSourceRow.example)
        .where(ExampleSourceRow.episode == episode)
        .order_by(col(ExampleSourceRow.turn), col(ExampleRow.serial))
        .limit(_MOST)
    )
    rows = dict.fromkeys(
        MadeOf(turn=turn, example=row.id, recipe=row.recipe, kind=row.kind)
        for turn, row in session.exec(asked)
    )
    return tuple(rows)

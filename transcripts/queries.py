"""The queries of the store: rows that belong together, fetched and made into records. No sessions here.

What hangs on several rows is fetched for all of them at once, so that the number of queries does not grow
with the number of episodes.
"""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import sqlalchemy
from sqlalchemy import func, true
from sqlmodel import Session, col, select

from .message_tree import MessageTree
from .records import Ask, Checkpoint, Episode, Example, ModelCall, Record, Turn
from .rows import checkpoint_of, episode_of, example_of, model_call_of, turn_of
from .tables import (
    CheckpointExampleRow,
    CheckpointRow,
    EpisodeRow,
    ExampleRow,
    ExampleSourceRow,
    LostCallRow,
    ModelCallRow,
    QuestionRow,
    SeatRow,
    TurnRow,
)

__all__ = [
    "Counts",
    "LearntFrom",
    "Lineage",
    "call",
    "checkpoint",
    "counts",
    "episode_header",
    "episodes",
    "examples",
    "learnt_from",
    "lineage",
    "turns",
]


class Counts(Record):
    """How much is stored. An episode is finished, cut short or open."""

    episodes: int
    finished: int
    cut_short: int
    open: int
    turns: int
    calls: int
    """Model calls, those that no turn came of included."""


class Lineage(Record):
    """Where a training row came from: one turn of it, and one model call of that turn if it cost any."""

    example: str
    recipe: str
    run: str
    episode: str
    turn: int
    ask: Ask
    seat: str
    persona: str
    """Name and version, as in ``strict@1``."""
    model: str | None
    """The model of the call; where there was none, what played the seat, if that is known."""
    call: str | None
    """Key of the model call."""
    lesson: str
    question: str


class LearntFrom(Record):
    """How many rows of a checkpoint come of one speaker's words; a row of several counts for each of them."""

    recipe: str
    kind: str
    lesson: str
    persona: str | None
    """Name and version; None where the rows come of no stored turn."""
    model: str | None
    rows: int


def episodes(
    session: Session, headers: Sequence[tuple[EpisodeRow, QuestionRow]], *, calls: bool = True
) -> list[Episode]:
    """Whole episodes; without `calls`, they keep no model calls and no prompt is read."""
    ids = [row.id for row, _ in headers]
    said = turns(session, ids, calls=calls)
    lost = _lost_calls(session, ids) if calls else defaultdict(list)
    seats = _seats(session, ids)
    return [episode_of(row, question, seats[row.id], said[row.id], lost[row.id]) for row, question in headers]


def episode_header(session: Session, episode: str) -> Episode | None:
    """The episode without its turns and its lost calls; None where it is not stored."""
    found = session.exec(
        select(EpisodeRow, QuestionRow).join(QuestionRow).where(EpisodeRow.id == episode)
    ).first()
    return found and episode_of(*found, _seats(session, [episode])[episode], ())


def turns(session: Session, episodes: Sequence[str], *, calls: bool = True) -> defaultdict[str, list[Turn]]:
    """The turns of each of `episodes`, in order."""
    paid: defaultdict[tuple[str, int], list[ModelCallRow]] = defaultdict(list)
    tree = MessageTree()
    if calls:
        asked = (
            select(ModelCallRow)
            .where(col(ModelCallRow.episode).in_(episodes))
            .order_by(col(ModelCallRow.episode), col(ModelCallRow.turn), col(ModelCallRow.position))
        )
        for call in session.exec(asked):
            paid[call.episode, call.turn].append(call)
        if paid:
            tree = MessageTree.load(session, episodes)
    said = (
        select(TurnRow, QuestionRow)
        .outerjoin(QuestionRow, col(QuestionRow.key) == TurnRow.question)
        .where(col(TurnRow.episode).in_(episodes))
        .order_by(col(TurnRow.episode), col(TurnRow.position))
    )
    found: defaultdict[str, list[Turn]] = defaultdict(list)
    for row, question in session.exec(said):
        found[row.episode].append(turn_of(row, question, paid[row.episode, row.position], tree))
    return found


def call(session: Session, key: str) -> ModelCall | None:
    """A call with this key that a model answered; of several, always the same one."""
    asked = (
        select(ModelCallRow)
        .where(ModelCallRow.key == key, col(ModelCallRow.cached).is_(False))
        .order_by(col(ModelCallRow.episode), col(ModelCallRow.turn), col(ModelCallRow.position))
        .limit(1)
    )
    row = session.exec(asked).first()
    return None if row is None else model_call_of(row, MessageTree.load(session, [row.episode]))


def examples(session: Session, rows: Sequence[ExampleRow]) -> list[Example]:
    """Examples with their sources."""
    asked = (
        select(ExampleSourceRow)
        .where(col(ExampleSourceRow.example).in_([row.id for row in rows]))
        .order_by(col(ExampleSourceRow.example), col(ExampleSourceRow.position))
    )
    sources: defaultdict[str, list[ExampleSourceRow]] = defaultdict(list)
    for source in session.exec(asked):
        sources[source.example].append(source)
    return [example_of(row, sources[row.id]) for row in rows]


def checkpoint(session: Session, row: CheckpointRow) -> Checkpoint:
    """A checkpoint with the ids of its examples."""
    asked = (
        select(CheckpointExampleRow.example)
        .where(CheckpointExampleRow.checkpoint == row.id)
        .order_by(col(CheckpointExampleRow.position))
    )
    return checkpoint_of(row, session.exec(asked))


def counts(session: Session, run: str | None) -> Counts:
    """How much is stored, in all or of one run."""
    of = true() if run is None else col(EpisodeRow.run) == run
    by_ending = dict(
        session.exec(select(EpisodeRow.ending, func.count()).where(of).group_by(col(EpisodeRow.ending))).all()
    )
    turns = select(func.count()).select_from(TurnRow)
    calls = select(func.count()).select_from(ModelCallRow)
    lost = select(func.count()).select_from(LostCallRow)
    if run is not None:
        turns = turns.join(EpisodeRow).where(of)
        calls = calls.join(EpisodeRow, col(EpisodeRow.id) == ModelCallRow.episode).where(of)
        lost = lost.join(EpisodeRow).where(of)
    return Counts(
        episodes=sum(by_ending.values()),
        finished=by_ending.get("finished", 0),
        cut_short=by_ending.get("cut_short", 0),
        open=by_ending.get(None, 0),
        turns=session.exec(turns).one(),
        calls=session.exec(calls).one() + session.exec(lost).one(),
    )


def lineage(session: Session, example: str) -> list[Lineage]:
    """Where an example came from, in the order of its sources."""
    asked: Any = (
        sqlalchemy.select(
            col(ExampleRow.id).label("example"),
            col(ExampleRow.recipe),
            col(EpisodeRow.run),
            col(TurnRow.episode),
            col(TurnRow.position).label("turn"),
            col(TurnRow.ask),
            col(TurnRow.seat),
            col(TurnRow.persona),
            func.coalesce(ModelCallRow.model, SeatRow.model).label("model"),
            col(ModelCallRow.key).label("call"),
            col(QuestionRow.lesson),
            col(QuestionRow.id).label("question"),
        )
        .join(ExampleSourceRow, col(ExampleSourceRow.example) == ExampleRow.id)
        .join(TurnRow, _same_turn(TurnRow.episode, TurnRow.position, ExampleSourceRow))
        .join(EpisodeRow, col(EpisodeRow.id) == TurnRow.episode)
        .join(QuestionRow, col(QuestionRow.key) == func.coalesce(TurnRow.question, EpisodeRow.question))
        .outerjoin(SeatRow, (col(SeatRow.episode) == TurnRow.episode) & (col(SeatRow.seat) == TurnRow.seat))
        .outerjoin(ModelCallRow, _same_turn(TurnRow.episode, TurnRow.position, ModelCallRow))
        .order_by(col(ExampleSourceRow.position), col(ModelCallRow.position))
    )
    rows = session.execute(asked.where(col(ExampleRow.id) == example)).mappings()
    return [Lineage.model_validate(dict(row)) for row in rows]


def learnt_from(session: Session, checkpoint: str) -> list[LearntFrom]:
    """Whose words a checkpoint was trained on."""
    sorts = (ExampleRow.recipe, ExampleRow.kind, ExampleRow.lesson, TurnRow.persona, SeatRow.model)
    columns = [col(column) for column in sorts]
    asked: Any = (
        sqlalchemy.select(*columns, func.count(col(ExampleRow.id).distinct()).label("rows"))
        .join(CheckpointExampleRow, col(CheckpointExampleRow.example) == ExampleRow.id)
        .outerjoin(ExampleSourceRow, col(ExampleSourceRow.example) == ExampleRow.id)
        .outerjoin(TurnRow, _same_turn(TurnRow.episode, TurnRow.position, ExampleSourceRow))
        .outerjoin(SeatRow, (col(SeatRow.episode) == TurnRow.episode) & (col(SeatRow.seat) == TurnRow.seat))
        .where(col(CheckpointExampleRow.checkpoint) == checkpoint)
        .group_by(*columns)
        .order_by(*columns)
    )
    return [LearntFrom.model_validate(dict(row)) for row in session.execute(asked).mappings()]


def _same_turn(episode: str, position: int, row: type[ExampleSourceRow] | type[ModelCallRow]) -> Any:
    return (col(row.episode) == episode) & (col(row.turn) == position)


def _lost_calls(session: Session, episodes: Sequence[str]) -> defaultdict[str, list[ModelCall]]:
    """The lost calls of each of `episodes`, in order."""
    asked = (
        select(LostCallRow)
        .where(col(LostCallRow.episode).in_(episodes))
        .order_by(col(LostCallRow.episode), col(LostCallRow.position))
    )
    found: defaultdict[str, list[ModelCall]] = defaultdict(list)
    if rows := session.exec(asked).all():
        tree = MessageTree.load(session, episodes, LostCallRow)
        for row in rows:
            found[row.episode].append(model_call_of(row, tree))
    return found


def _seats(session: Session, episodes: Sequence[str]) -> defaultdict[str, list[SeatRow]]:
    asked = (
        select(SeatRow)
        .where(col(SeatRow.episode).in_(episodes))
        .order_by(col(SeatRow.episode), col(SeatRow.position))
    )
    found: defaultdict[str, list[SeatRow]] = defaultdict(list)
    for row in session.exec(asked):
        found[row.episode].append(row)
    return found

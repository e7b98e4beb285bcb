"""The tables of the store, and the version of their schema. Rows never leave the store: records do.

    run 1─* episode 1─* turn 1─* model_call *─1 message        example 1─* example_source *─1 turn
             │ │ └─* lost_call *────────────────┘ (a tree of   checkpoint 1─* checkpoint_example *─1 example
             │ └─* seat                            messages)
             └─1 question

Lists and mappings that no query looks into are JSON text. `serial` numbers rows in the order in which they
were first written. Columns named `position` count from 0: turns in an episode, calls in a turn, lost calls in
an episode, seats in a classroom, sources of an example.
"""

import re
from datetime import UTC, datetime

from sqlalchemy import BigInteger, Column, DateTime, Dialect, ForeignKeyConstraint, Integer, Table, Text
from sqlalchemy.orm import declared_attr, registry
from sqlalchemy.types import TypeDecorator
from sqlmodel import Field, SQLModel

__all__ = [
    "SCHEMA",
    "CheckpointExampleRow",
    "CheckpointRow",
    "EpisodeRow",
    "ExampleRow",
    "ExampleSourceRow",
    "LeaseRow",
    "LostCallRow",
    "MessageRow",
    "MetaRow",
    "ModelCallRow",
    "QuestionRow",
    "RunRow",
    "SeatRow",
    "TurnRow",
    "metadata",
    "table_of",
]

SCHEMA = 3
"""Version of this schema; raised whenever a table changes."""

_Serial = BigInteger().with_variant(Integer, "sqlite")  # SQLite numbers rows only under this very name


class _Utc(TypeDecorator[datetime]):
    """A moment, given in UTC and kept to the microsecond; SQLite itself would forget the zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return None if value is None else value.replace(tzinfo=value.tzinfo or UTC)


class _Row(SQLModel, registry=registry()):
    """The base of all rows; a registry of its own keeps other users of SQLModel out of the schema."""

    @declared_attr.directive
    def __tablename__(cls) -> str:  # noqa: N805  # pyright: ignore[reportIncompatibleVariableOverride]
        """``model_call`` for ModelCallRow."""
        return re.sub(r"(?<!^)([A-Z])", r"_\1", cls.__name__.removesuffix("Row")).lower()


metadata = _Row.metadata


def table_of(row: type[SQLModel]) -> Table:
    """The table of a row class."""
    return metadata.tables[str(row.__tablename__)]


class MetaRow(_Row, table=True):
    """What the database says of itself: ``schema`` and its version."""

    key: str = Field(primary_key=True)
    value: str


class RunRow(_Row, table=True):
    """A `Run`."""

    serial: int | None = Field(default=None, primary_key=True, sa_type=_Serial)
    id: str = Field(unique=True)
    kind: str
    plan: str
    settings: str
    seed: int = Field(sa_type=BigInteger)
    versions: str
    started: datetime = Field(sa_type=_Utc)
    ending: str | None = None
    ending_reason: str | None = None


class LeaseRow(_Row, table=True):
    """The process that is working on a run; there is one at most."""

    run: str = Field(primary_key=True, foreign_key="run.id")
    token: str
    """Of this very holder."""
    host: str
    pid: int = Field(sa_type=BigInteger)
    since: datetime = Field(sa_type=_Utc)
    seen: datetime = Field(sa_type=_Utc)
    """When the holder was last known to live."""


class QuestionRow(_Row, table=True):
    """A `Question`, stored once however many episodes work it through."""

    key: str = Field(primary_key=True)
    """Follows from all fields: the same words may be another tier, or have another parent, elsewhere."""
    id: str = Field(index=True)
    lesson: str
    """No index: the episodes of a lesson come in their order, and would be sorted anew for every chunk."""
    subject: str
    tier: str
    text: str
    answer: str | None
    solution: str
    parent: str | None
    metadata_: str = Field(sa_column=Column("metadata", Text, nullable=False))


class EpisodeRow(_Row, table=True):
    """An `Episode` without its turns."""

    serial: int | None = Field(default=None, primary_key=True, sa_type=_Serial)
    id: str = Field(unique=True)
    run: str = Field(foreign_key="run.id", index=True)
    script: str
    question: str = Field(foreign_key="question.key", index=True)
    seed: int = Field(sa_type=BigInteger)
    origin: str | None = Field(default=None, index=True)
    """Id of the episode that it parts from; no foreign key, since that one may be in another database."""
    origin_turn: int | None = None
    ending: str | None = None
    ending_reason: str | None = None


class SeatRow(_Row, table=True):
    """A `SeatInfo` of an episode."""

    __table_args__ = {"sqlite_with_rowid": False}

    episode: str = Field(primary_key=True, foreign_key="episode.id")
    position: int = Field(primary_key=True)
    seat: str
    role: str
    persona: str
    model: str


class TurnRow(_Row, table=True):
    """A `Turn`; its primary key makes writing it twice harmless."""

    episode: str = Field(primary_key=True, foreign_key="episode.id")
    position: int = Field(primary_key=True)
    seat: str
    role: str
    persona: str
    ask: str
    heard: str
    text: str
    payload: str | None
    question: str | None = Field(default=None, foreign_key="question.key")
    """What it is about, where that is another question than the episode's own."""


class MessageRow(_Row, table=True):
    """A node of the message tree: a message after all that came before it (see `message_tree`)."""

    id: str = Field(primary_key=True)
    parent: str | None = Field(foreign_key="message.id")
    role: str
    content: str


class _CallRow(_Row):
    """The columns of a `ModelCall`."""

    key: str
    model: str
    params: str
    prompt: str | None = Field(foreign_key="message.id")
    """The last message of the prompt; None where the prompt is empty."""
    reply: str
    prompt_tokens: int = Field(sa_type=BigInteger)
    completion_tokens: int = Field(sa_type=BigInteger)
    cost: float | None
    seconds: float
    cached: bool


class ModelCallRow(_CallRow, table=True):
    """A `ModelCall` of a turn."""

    __table_args__ = (ForeignKeyConstraint(["episode", "turn"], ["turn.episode", "turn.position"]),)

    key: str = Field(index=True)
    episode: str = Field(primary_key=True)
    turn: int = Field(primary_key=True)
    position: int = Field(primary_key=True)


class LostCallRow(_CallRow, table=True):
    """A `ModelCall` that no turn came of."""

    episode: str = Field(primary_key=True, foreign_key="episode.id")
    position: int = Field(primary_key=True)


class ExampleRow(_Row, table=True):
    """An `Example`; where it came from stands in `example_source`."""

    serial: int | None = Field(default=None, primary_key=True, sa_type=_Serial)
    id: str = Field(unique=True)
    recipe: str = Field(index=True)
    kind: str
    messages: str
    question: str
    lesson: str
    tier: str


class ExampleSourceRow(_Row, table=True):
    """A `Source`: a turn that an example was made from."""

    __table_args__ = (
        ForeignKeyConstraint(["episode", "turn"], ["turn.episode", "turn.position"]),
        {"sqlite_with_rowid": False},
    )

    example: str = Field(primary_key=True, foreign_key="example.id")
    position: int = Field(primary_key=True)
    episode: str = Field(index=True)
    turn: int


class CheckpointRow(_Row, table=True):
    """A `Checkpoint`; the rows that it was trained on stand in `checkpoint_example`."""

    serial: int | None = Field(default=None, primary_key=True, sa_type=_Serial)
    id: str = Field(unique=True)
    path: str
    parent: str | None
    recipe: str
    steps: int = Field(sa_type=BigInteger)
    tokens: int = Field(sa_type=BigInteger)
    seed: int = Field(sa_type=BigInteger)
    settings: str
    versions: str
    created: datetime = Field(sa_type=_Utc)


class CheckpointExampleRow(_Row, table=True):
    """An example that a checkpoint was trained on."""

    __table_args__ = {"sqlite_with_rowid": False}

    checkpoint: str = Field(primary_key=True, foreign_key="checkpoint.id")
    position: int = Field(primary_key=True)
    example: str = Field(foreign_key="example.id", index=True)

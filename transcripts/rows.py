"""Records to rows, and rows back to equal records. No SQL here.

A row on its way in is a mapping by column name; on its way out it is an object of `tables`. Columns and
fields of the same name hold the same thing; what differs is spelt out beside them.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from enum import Enum
from functools import cache
from types import NoneType
from typing import Any

from sqlmodel import SQLModel

from .database import Rows
from .message_tree import MessageTree, nodes
from .records import (
    Checkpoint,
    Ending,
    Episode,
    Example,
    Json,
    ModelCall,
    Question,
    Record,
    Run,
    SeatInfo,
    Source,
    Turn,
    Usage,
    content_id,
)
from .tables import (
    CheckpointExampleRow,
    CheckpointRow,
    EpisodeRow,
    ExampleRow,
    ExampleSourceRow,
    LostCallRow,
    MessageRow,
    ModelCallRow,
    QuestionRow,
    RunRow,
    SeatRow,
    TurnRow,
    table_of,
)

__all__ = [
    "checkpoint_of",
    "checkpoint_rows",
    "ending_columns",
    "episode_of",
    "episode_rows",
    "example_of",
    "example_rows",
    "lost_call_rows",
    "model_call_of",
    "run_of",
    "run_rows",
    "turn_of",
    "turn_rows",
]

_RUN, _EPISODE, _SEAT = table_of(RunRow), table_of(EpisodeRow), table_of(SeatRow)
_QUESTION, _MESSAGE = table_of(QuestionRow), table_of(MessageRow)
_TURN, _CALL, _LOST_CALL = table_of(TurnRow), table_of(ModelCallRow), table_of(LostCallRow)
_EXAMPLE, _SOURCE = table_of(ExampleRow), table_of(ExampleSourceRow)
_CHECKPOINT, _CHECKPOINT_EXAMPLE = table_of(CheckpointRow), table_of(CheckpointExampleRow)


def run_rows(run: Run) -> Rows:
    """The rows of a run."""
    return {_RUN: [_columns(run, RunRow) | ending_columns(run.ending)]}


def run_of(row: RunRow) -> Run:
    """The run that was stored as `row`."""
    read = {name: json.loads(getattr(row, name)) for name in ("plan", "settings", "versions")}
    return Run.model_validate(_fields(row, Run) | read | {"ending": _ending(row)})


def ending_columns(ending: Ending | None) -> dict[str, str | None]:
    """The two columns in which runs and episodes keep their ending."""
    return {"ending": ending.kind if ending else None, "ending_reason": ending.reason if ending else None}


def episode_rows(episode: Episode) -> Rows:
    """The rows of an episode without its turns and its lost calls."""
    question = _question_row(episode.question)
    origin = episode.origin
    row = _columns(episode, EpisodeRow) | {"question": question["key"]} | ending_columns(episode.ending)
    row |= {"origin": origin.episode if origin else None, "origin_turn": origin.turn if origin else None}
    seats = [
        _columns(info, SeatRow) | {"episode": episode.id, "position": position}
        for position, info in enumerate(episode.seats)
    ]
    return {_QUESTION: [question], _EPISODE: [row], _SEAT: seats}


def episode_of(
    row: EpisodeRow,
    question: QuestionRow,
    seats: Iterable[SeatRow],
    turns: Sequence[Turn],
    lost_calls: Sequence[ModelCall] = (),
) -> Episode:
    """The episode that was stored as these rows."""
    read = {
        "question": _question_fields(question),
        "seats": [_fields(seat, SeatInfo) for seat in seats],
        "turns": turns,
        "ending": _ending(row),
        "lost_calls": lost_calls,
        "origin": None if row.origin is None else {"episode": row.origin, "turn": row.origin_turn},
    }
    return Episode.model_validate(_fields(row, Episode) | read)


def turn_rows(episode: str, turn: Turn) -> Rows:
    """The rows of a turn, of its model calls and of their prompts."""
    row = _columns(turn, TurnRow)
    about = [] if turn.question is None else [_question_row(turn.question)]
    row |= {"episode": episode, "position": turn.index, "question": about[0]["key"] if about else None}
    messages, calls = _call_rows(turn.calls)
    place = {"episode": episode, "turn": turn.index}
    called = [call | place for call in calls]
    return {_MESSAGE: messages, _QUESTION: about, _TURN: [row], _CALL: called}


def lost_call_rows(episode: str, calls: Sequence[ModelCall], start: int) -> Rows:
    """The rows of an episode's lost calls from position `start` on, and of their prompts."""
    messages, lost = _call_rows(calls)
    return {_MESSAGE: messages, _LOST_CALL: [call | {"episode": episode} for call in lost[start:]]}


def _question_row(question: Question) -> dict[str, Any]:
    row = _columns(question, QuestionRow) | {"metadata": _json(question.metadata)}
    return row | {"key": content_id(row)}


def _question_fields(row: QuestionRow) -> dict[str, Any]:
    return _fields(row, Question) | {
        "solution": json.loads(row.solution),
        "metadata": json.loads(row.metadata_),
    }


def _call_rows(calls: Iterable[ModelCall]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The messages of all prompts, and the calls by position, without whom they belong to."""
    messages: list[dict[str, Any]] = []
    rows: list[dict[str, Any]] = []
    for position, call in enumerate(calls):
        messages += (prompt := nodes(call.messages))
        row = _columns(call, ModelCallRow)
        row["position"] = position
        row["prompt"] = prompt[-1]["id"] if prompt else None
        row["prompt_tokens"] = call.usage.prompt_tokens
        row["completion_tokens"] = call.usage.completion_tokens
        rows.append(row)
    return messages, rows


def turn_of(
    row: TurnRow, question: QuestionRow | None, calls: Iterable[ModelCallRow], tree: MessageTree
) -> Turn:
    """The turn that was stored as these rows."""
    read = {
        "question": None if question is None else _question_fields(question),
        "index": row.position,
        "heard": json.loads(row.heard),
        "payload": None if row.payload is None else json.loads(row.payload),
        "calls": [model_call_of(call, tree) for call in calls],
    }
    return Turn.model_validate(_fields(row, Turn) | read)


def model_call_of(row: ModelCallRow | LostCallRow, tree: MessageTree) -> ModelCall:
    """The call that was stored as `row`; `tree` holds its prompt."""
    read = {
        "params": json.loads(row.params),
        "messages": tree.prompt(row.prompt),
        "usage": _fields(row, Usage),
    }
    return ModelCall.model_validate(_fields(row, ModelCall) | read)


def example_rows(example: Example) -> Rows:
    """The rows of an example."""
    sources = [
        _columns(source, ExampleSourceRow) | {"example": example.id, "position": position}
        for position, source in enumerate(example.sources)
    ]
    return {_EXAMPLE: [_columns(example, ExampleRow)], _SOURCE: sources}


def example_of(row: ExampleRow, sources: Iterable[ExampleSourceRow]) -> Example:
    """The example that was stored as these rows."""
    read = {
        "messages": json.loads(row.messages),
        "sources": [_fields(source, Source) for source in sources],
    }
    return Example.model_validate(_fields(row, Example) | read)


def checkpoint_rows(checkpoint: Checkpoint) -> Rows:
    """The rows of a checkpoint and of its part in the examples."""
    examples = [
        {"checkpoint": checkpoint.id, "position": position, "example": example}
        for position, example in enumerate(checkpoint.examples)
    ]
    return {_CHECKPOINT: [_columns(checkpoint, CheckpointRow)], _CHECKPOINT_EXAMPLE: examples}


def checkpoint_of(row: CheckpointRow, examples: Iterable[str]) -> Checkpoint:
    """The checkpoint that was stored as these rows."""
    read = {
        "examples": tuple(examples),
        "settings": json.loads(row.settings),
        "versions": json.loads(row.versions),
    }
    return Checkpoint.model_validate(_fields(row, Checkpoint) | read)


@cache
def _common(record: type[Record], row: Any) -> tuple[str, ...]:
    """Names that fields of `record` and columns of `row` share."""
    return tuple(name for name in record.model_fields if name in row.model_fields)


def _columns(record: Record, row: Any) -> dict[str, Any]:
    """Fields of `record` that `row` has columns for."""
    return {name: _column(getattr(record, name)) for name in _common(type(record), row)}


def _column(value: Any) -> Any:
    """A field as a column holds it: enumerations as text, times in UTC, parts as JSON."""
    if type(value) in _PLAIN:
        return value
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, datetime):
        return value.astimezone(UTC)
    return _json(value)


def _fields(row: SQLModel, record: type[Record]) -> dict[str, Any]:
    """The columns of `row` that `record` has fields for, as they are."""
    columns: Any = type(row)
    return {name: getattr(row, name) for name in _common(record, columns)}


def _ending(row: RunRow | EpisodeRow) -> dict[str, str | None] | None:
    return None if row.ending is None else {"kind": row.ending, "reason": row.ending_reason}


def _json(value: Json) -> str:
    """`value` in one line: equal values have equal lines, and escapes keep even what UTF-8 cannot say."""
    return _ENCODER.encode(value)


def _parts(value: Any) -> Json:
    """What JSON does not know of itself: records, and mappings that are no dict."""
    if isinstance(value, Record):
        return vars(value)
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"{type(value).__name__} is nothing that JSON can hold")


_PLAIN = (str, int, float, bool, NoneType)
_ENCODER = json.JSONEncoder(sort_keys=True, separators=(",", ":"), default=_parts)

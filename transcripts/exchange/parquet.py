"""The form ``parquet``: a row a turn, for pandas, DuckDB and the like. `COLUMNS` says what stands in it.

Nothing is nested but the list ``heard``; prompts and lost calls are left out, so this is not read back.
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ..records import Episode, Feedback, Grade, Json, ModelCall, Run, SeatInfo, Turn
from .arrow import write_rows
from .selection import Selection

__all__ = ["COLUMNS", "cost_of", "write_parquet"]

COLUMNS: Mapping[str, str] = {
    "run": "string",
    "run_kind": "string",
    "episode": "string",
    "script": "string",
    "seed": "int64",
    "ending": "string",  # finished, cut_short, or null where it is open
    "ending_reason": "string",
    "origin_episode": "string",  # of a fork: the episode whose turns before origin_turn it repeats
    "origin_turn": "int64",
    "lesson": "string",
    "tier": "string",
    "subject": "string",
    "question": "string",  # id; of the question that the turn is about
    "question_text": "string",
    "reference": "string",  # the reference answer
    "turn": "int64",  # from 0
    "seat": "string",
    "role": "string",
    "persona": "string",  # as in strict@1
    "model": "string",  # what plays the seat
    "ask": "string",
    "heard": "list",  # indexes of turns
    "text": "string",
    "payload": "string",  # JSON
    "correct": "bool",  # what a feedback or a grade says
    "score": "double",  # of a grade, from 0 to 1
    "calls": "int64",
    "cached_calls": "int64",  # of them, those that the store answered
    "prompt_tokens": "int64",  # of the calls that a model answered, as all that follows
    "completion_tokens": "int64",
    "cost": "double",  # US dollars; null where a price is not known
    "seconds": "double",
}
"""Types of the columns, as pyarrow calls them."""


def write_parquet(selection: Selection, path: Path) -> int:
    """Write the turns that are chosen; gives the number of episodes.

    Raises:
        ConfigError: pyarrow is not installed.
        DataFileError: the file cannot be written.
        NotStored: no such run.
    """
    written = 0

    def rows() -> Iterator[dict[str, Json]]:
        nonlocal written
        for run, episode in selection.episodes():
            written += 1
            seats = {info.seat: info for info in episode.seats}
            for turn in episode.turns:
                yield {**_of_episode(run, episode, turn), **_of_turn(turn, seats.get(turn.seat))}

    write_rows(path, _schema, rows())
    return written


def cost_of(calls: tuple[ModelCall, ...]) -> float | None:
    """US dollars that were paid for `calls`; None where a price is not known."""
    costs = [call.cost for call in calls if not call.cached]
    return None if None in costs else sum(cost or 0.0 for cost in costs)


def _schema(pa: Any) -> Any:
    types = {"list": pa.list_(pa.int64())}
    return pa.schema([(name, types.get(kind) or pa.type_for_alias(kind)) for name, kind in COLUMNS.items()])


def _of_episode(run: Run, episode: Episode, turn: Turn) -> dict[str, Json]:
    question, ending, origin = episode.question_of(turn), episode.ending, episode.origin
    return {
        "run": run.id,
        "run_kind": run.kind,
        "episode": episode.id,
        "script": episode.script,
        "seed": episode.seed,
        "ending": ending and ending.kind,
        "ending_reason": ending and ending.reason,
        "origin_episode": origin and origin.episode,
        "origin_turn": origin and origin.turn,
        "lesson": question.lesson,
        "tier": question.tier.value,
        "subject": question.subject,
        "question": question.id,
        "question_text": question.text,
        "reference": question.answer,
    }


def _of_turn(turn: Turn, info: SeatInfo | None) -> dict[str, Json]:
    paid = [call for call in turn.calls if not call.cached]
    payload = turn.payload
    return {
        "turn": turn.index,
        "seat": turn.seat,
        "role": turn.role.value,
        "persona": turn.persona,
        "model": info and info.model,
        "ask": turn.ask.value,
        "heard": list(turn.heard),
        "text": turn.text,
        "payload": payload and json.dumps(payload.model_dump(mode="json")),
        "correct": payload.correct if isinstance(payload, Feedback | Grade) else None,
        "score": payload.score if isinstance(payload, Grade) else None,
        "calls": len(turn.calls),
        "cached_calls": len(turn.calls) - len(paid),
        "prompt_tokens": sum(call.usage.prompt_tokens for call in paid),
        "completion_tokens": sum(call.usage.completion_tokens for call in paid),
        "cost": cost_of(turn.calls),
        "seconds": sum(call.seconds for call in paid),
    }

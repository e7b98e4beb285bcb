"""The form ``scout``: an episode a row, as the transcript databases of Inspect Scout have them.

Scout (https://meridianlabs-ai.github.io/inspect_scout, "Database Schema") reads a folder of such files. The
student is its agent; what other seats say, and the questions, are messages of the user. Columns that Scout
does not name become metadata there.
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ..records import Episode, Grade, Json, Run, Turn
from .arrow import write_rows
from .selection import Selection

__all__ = ["COLUMNS", "write_scout"]

COLUMNS: Mapping[str, str] = {
    "transcript_id": "large_string",  # id of the episode
    "source_type": "large_string",  # schoolroom
    "source_id": "large_string",  # id of the run
    "date": "large_string",  # when the run began
    "task_set": "large_string",  # the lesson
    "task_id": "large_string",  # id of the question
    "task_repeat": "int64",  # the episode's seed
    "agent": "large_string",  # the student's persona
    "model": "large_string",  # what plays the student
    "score": "large_string",  # JSON: of the last grade
    "score_explanation": "large_string",
    "success": "bool",
    "message_count": "int64",
    "total_time": "double",  # seconds of all model calls
    "total_tokens": "int64",
    "error": "large_string",  # why it was cut short
    "messages": "large_string",  # JSON
    "script": "large_string",
    "run_kind": "large_string",
    "tier": "large_string",
}
"""Types of the columns, as pyarrow calls them."""


def write_scout(selection: Selection, path: Path, *, seat: str = "student") -> int:
    """Write the episodes that are chosen; gives their number.

    Raises:
        ConfigError: pyarrow is not installed.
        DataFileError: the file cannot be written.
        NotStored: no such run.
    """

    def rows() -> Iterator[dict[str, Json]]:
        for run, episode in selection.episodes():
            yield _row(run, episode, seat)

    return write_rows(path, _schema, rows(), group=64)


def _schema(pa: Any) -> Any:
    return pa.schema([(name, pa.type_for_alias(kind)) for name, kind in COLUMNS.items()])


def _row(run: Run, episode: Episode, seat: str) -> dict[str, Json]:
    info = next((info for info in episode.seats if info.seat == seat), None)
    grades = [turn.payload for turn in episode.turns if isinstance(turn.payload, Grade)]
    grade = grades[-1] if grades else None
    cut_short = episode.ending is not None and episode.ending.kind == "cut_short"
    calls = [call for turn in episode.turns for call in turn.calls] + list(episode.lost_calls)
    paid = [call for call in calls if not call.cached]
    messages = list(_messages(episode, seat))
    return {
        "transcript_id": episode.id,
        "source_type": "schoolroom",
        "source_id": run.id,
        "date": run.started.isoformat(),
        "task_set": episode.question.lesson,
        "task_id": episode.question.id,
        "task_repeat": episode.seed,
        "agent": info and info.persona,
        "model": info and info.model,
        "score": grade and json.dumps(grade.score),
        "score_explanation": grade and grade.reason,
        "success": grade and grade.correct,
        "message_count": len(messages),
        "total_time": sum(call.seconds for call in paid),
        "total_tokens": sum(call.usage.prompt_tokens + call.usage.completion_tokens for call in paid),
        "error": episode.ending.reason if cut_short and episode.ending else None,
        "messages": json.dumps(messages),
        "script": episode.script,
        "run_kind": run.kind,
        "tier": episode.question.tier.value,
    }


def _messages(episode: Episode, seat: str) -> Iterator[dict[str, Json]]:
    """Inspect's ChatMessage for each turn, and for each question before the first turn about it."""
    asked = None
    for turn in episode.turns:
        if (question := episode.question_of(turn)).id != asked:
            asked = question.id
            yield {"id": f"{episode.id}-{turn.index}-question", "role": "user", "content": question.text}
        yield _message(episode, turn, seat)
    if not episode.turns:
        yield {"id": f"{episode.id}-question", "role": "user", "content": episode.question.text}


def _message(episode: Episode, turn: Turn, seat: str) -> dict[str, Json]:
    about = {"turn": turn.index, "seat": turn.seat, "persona": turn.persona, "ask": turn.ask.value}
    said = {"id": f"{episode.id}-{turn.index}", "content": turn.text, "metadata": about}
    if turn.seat != seat:
        return {"role": "user", **said}
    return {"role": "assistant", **said, **({"model": turn.calls[-1].model} if turn.calls else {})}

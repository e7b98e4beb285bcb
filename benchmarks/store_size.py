"""How many bytes a stored turn takes, by table and index, and what it would take stored otherwise."""

import sqlite3
import zlib
from collections.abc import Iterable
from contextlib import closing
from itertools import count
from pathlib import Path
from typing import Any

__all__ = ["sizes"]

SAMPLE = 20_000  # texts of each column that are compressed
TEXTS = {
    "turn": ("text", "payload", "heard"),
    "model_call": ("reply", "params"),
    "message": ("content",),
    "question": ("text", "solution", "metadata"),
}


def sizes(where: Path) -> dict[str, Any]:
    """Bytes per turn, in whole pages; those of training rows are told apart, per row.

    ``prompts shared`` and ``prompts whole`` are the texts of prompts as they are stored, and as they would be
    if each call kept its own. ``long texts compressed`` is all of it if each text in the long columns were
    compressed alone, by zlib at level 6, where that is shorter.
    """
    with closing(sqlite3.connect(where)) as connection:
        turns, rows = (_count(connection, table) for table in ("turn", "example"))
        pages: list[tuple[str, str, int]] = connection.execute(
            "SELECT d.name, s.tbl_name, sum(d.pgsize) FROM dbstat d JOIN sqlite_schema s ON s.name = d.name "
            "GROUP BY d.name ORDER BY 3 DESC"
        ).fetchall()
        said = {name: size for name, table, size in pages if not table.startswith("example")}
        made = sum(size for _, table, size in pages if table.startswith("example"))
        whole = sum(said.values())
        saved = sum(_saved(connection, table, columns) for table, columns in TEXTS.items())
        shared, unshared = _prompts(connection)
    return {
        "bytes_per_turn": whole / turns,
        "bytes_per_training_row": made / max(1, rows),
        "by_table_and_index": {name: size / turns for name, size in said.items() if size >= turns},
        "what_if": {
            "prompts shared": shared / turns,
            "prompts whole": unshared / turns,
            "long texts compressed": (whole - saved) / turns,
        },
    }


def _count(connection: sqlite3.Connection, table: str) -> int:
    number: int = connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
    return number


def _saved(connection: sqlite3.Connection, table: str, columns: Iterable[str]) -> int:
    """Bytes that compressing these columns would save, judged by a sample."""
    step = max(1, _count(connection, table) // SAMPLE)
    saved = 0
    for column in columns:
        asked = f"SELECT {column} FROM {table} WHERE rowid % {step} = 0 AND {column} IS NOT NULL"
        for (text,) in connection.execute(asked):
            held = text.encode()
            saved += max(0, len(held) - len(zlib.compress(held, 6)))
    return saved * step


def _prompts(connection: sqlite3.Connection) -> tuple[int, int]:
    """Bytes of the texts of all prompts: each message once, and each prompt on its own."""
    (shared,) = connection.execute("SELECT sum(length(CAST(content AS BLOB))) FROM message").fetchone()
    connection.execute("CREATE TEMP TABLE upto (id TEXT PRIMARY KEY, depth INT, size INT) WITHOUT ROWID")
    connection.execute(
        "INSERT INTO upto SELECT id, 0, length(CAST(content AS BLOB)) FROM message WHERE parent IS NULL"
    )
    for depth in count(1):
        grown = connection.execute(
            "INSERT INTO upto SELECT m.id, ?, u.size + length(CAST(m.content AS BLOB)) "
            "FROM message m JOIN upto u ON u.id = m.parent AND u.depth = ?",
            (depth, depth - 1),
        )
        if not grown.rowcount:
            break
    asked = "SELECT sum(u.size) FROM model_call c JOIN upto u ON u.id = c.prompt"
    (whole,) = connection.execute(asked).fetchone()
    return shared or 0, whole or 0

"""Addresses of databases, rows that somebody damaged, and transcripts from elsewhere: read or refused."""

import json
import sqlite3
from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import strategies as st
from sqlalchemy.dialects.postgresql import psycopg

from schoolroom.transcripts.errors import DataFileError
from schoolroom.transcripts.exchange.jsonl import read_jsonl
from schoolroom.transcripts.exchange.loading import load
from schoolroom.transcripts.exchange.mathdial import read_mathdial
from schoolroom.transcripts.records import (
    Ask,
    Attempt,
    Checkpoint,
    Criterion,
    Ending,
    Episode,
    Example,
    ExampleMessage,
    Message,
    ModelCall,
    Question,
    Role,
    Rubric,
    Run,
    SeatInfo,
    Source,
    Turn,
)
from schoolroom.transcripts.store import Store
from schoolroom.transcripts.tables import SCHEMA

ADDRESSES = (
    "school.db",
    "folder/school.db",
    "sqlite:///school.db?timeout=0.05",
    "sqlite:////tmp/none/school.db",
    "postgresql+psycopg://user:word@127.0.0.1:9/name?connect_timeout=1",
    "mysql://user@host/name",
    "file:school.db",
)
QUESTION = Question.make(
    lesson="sums",
    subject="s",
    text="1 + 1?",
    answer="2",
    solution=("1 + 1 = 2",),
    metadata={"a": [1, {"b": None}]},
)
SEAT = SeatInfo(seat="student", role=Role.STUDENT, persona="p@1", model="m")
CALL = ModelCall(
    key="k", model="m", params={"seed": 1}, messages=(Message(role="user", content="1 + 1?"),), reply="2"
)
PAYLOADS = (
    Attempt(steps=("1 + 1 = 2",), answer="2"),
    Rubric(criteria=(Criterion(name="n", description="d"),)),
)
TURNS = tuple(
    Turn(
        index=index,
        seat="student",
        role=Role.STUDENT,
        persona="p@1",
        ask=Ask.ATTEMPT,
        heard=tuple(range(index)),
        text="2",
        payload=payload,
        calls=(CALL,),
        question=QUESTION.model_copy(update={"text": "2 + 2?"}) if index else None,
    )
    for index, payload in enumerate(PAYLOADS)
)
RUN = Run(id="run", plan={"course": {"id": "c"}, "wave": 32}, settings={"seed": 1}, seed=0)
EPISODE = Episode(
    id="episode", run="run", script="exam", question=QUESTION, seats=(SEAT,), seed=3, turns=TURNS
)
EXAMPLE = Example.make(
    recipe="sft",
    messages=(ExampleMessage(role="assistant", content="2", weight=1.0),),
    kind="attempt",
    question=QUESTION.id,
    lesson="sums",
    sources=(Source(episode="episode", turn=0),),
)
CHECKPOINT = Checkpoint(
    id="c", path="p", recipe="sft", examples=(EXAMPLE.id,), steps=1, tokens=1, seed=0, settings={"a": 1}
)


async def fill(store: Store) -> None:
    await store.add_run(RUN)
    await store.begin(EPISODE)
    for turn in TURNS:
        await store.append(EPISODE.id, turn)
    await store.end(EPISODE.id, Ending(kind="finished"), (CALL,))
    store.add_examples([EXAMPLE])
    store.add_checkpoint(CHECKPOINT)


@pytest.mark.filterwarnings("ignore:Query string argument")  # SQLAlchemy says so, and goes on without it
def test_addresses(fuzz: Any, mutated: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A database that is not there is never made by reading, whatever its address."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(psycopg.dialect, "import_dbapi", _no_driver)  # nobody is asked over a network
    with Store.open("school.db"):
        pass
    before = sorted(tmp_path.rglob("*"))

    def open_(address: str) -> None:
        Store.open(address, must_exist=True).close()
        assert sorted(tmp_path.rglob("*")) == before

    fuzz(mutated.text(*ADDRESSES), open_)


def _no_driver() -> None:
    raise ModuleNotFoundError("No module named 'psycopg'", name="psycopg")


READERS: Mapping[str, Callable[[Store], object]] = {
    "run": lambda store: store.runs(),
    "example": lambda store: [*store.examples(), *store.lineage(EXAMPLE.id)],
    "checkpoint": lambda store: store.checkpoints(),
    **dict.fromkeys(
        ("episode", "seat", "question", "turn", "model_call", "lost_call", "message"),
        lambda store: [*store.episodes(), store.call("k"), store.counts()],
    ),
}
"""What reads the rows of a table."""

ODD = (None, -1, 2**62, 1.5, b"\xff", "", "9" * 20)


async def test_damaged_rows(fuzz: Any, mutated: Any, tmp_path: Path) -> None:
    """One column of a sound database holds something else: reading it says so, or gives records."""
    path = tmp_path / "school.db"
    with Store.open(path) as store, closing(sqlite3.connect(path, isolation_level=None)) as connection:
        await fill(store)
        sound = {table: connection.execute(f"SELECT * FROM {table}").fetchall() for table in READERS}
        places = [
            (table, name, value)
            for table, rows in sound.items()
            for name, value in zip(columns(connection, table), rows[0], strict=True)
        ]

        def read(damage: tuple[str, str, object]) -> None:
            table, name, value = damage
            text = value.encode("utf-8", "surrogatepass") if isinstance(value, str) else value
            worth = "CAST(? AS TEXT)" if isinstance(value, str) else "?"
            try:
                connection.execute(f'UPDATE {table} SET "{name}" = {worth}', (text,))
            except (sqlite3.IntegrityError, OverflowError):
                return  # the database itself refuses it
            try:
                READERS[table](store)
            finally:
                row = ", ".join("?" * len(sound[table][0]))
                connection.execute("BEGIN")
                connection.execute(f"DELETE FROM {table}")
                connection.executemany(f"INSERT INTO {table} VALUES ({row})", sound[table])
                connection.execute("COMMIT")

        fuzz(st.one_of([damages(mutated, *place) for place in places]), read)
        assert next(store.episodes()).turns == TURNS


def columns(connection: sqlite3.Connection, table: str) -> list[str]:
    return [str(row[1]) for row in connection.execute(f"PRAGMA table_info({table})")]


def damages(mutated: Any, table: str, name: str, value: object) -> st.SearchStrategy[tuple[str, str, object]]:
    """What may stand in a column in place of `value`."""
    held: st.SearchStrategy[object] = mutated.text(str(value)) | st.sampled_from(ODD)
    if isinstance(value, str) and value[:1] in ("{", "["):
        held = held | mutated.lines(json.loads(value))
    return held.map(lambda odd: (table, name, odd))


def test_transcripts_from_a_file(fuzz: Any, mutated: Any, tmp_path: Path) -> None:
    """What is refused while the file is read has changed nothing."""
    (folder := tmp_path / "in").mkdir()
    path = folder / "transcripts.jsonl"
    records = [
        {"run": RUN.model_dump(mode="json")},
        {"episode": EPISODE.model_dump(mode="json")},
        {"example": EXAMPLE.model_dump(mode="json")},
        {"checkpoint": CHECKPOINT.model_dump(mode="json")},
    ]
    ends = {"runs": 1, "episodes": 1, "examples": 1, "checkpoints": 1}
    whole = [{"schoolroom": "transcripts", "schema": SCHEMA}, *records, {"end": ends}]

    def read(text: str) -> None:
        path.write_bytes(text.encode("utf-8", "surrogatepass"))
        before = store.counts()
        try:
            load(store, path, read_jsonl)
        except DataFileError:
            assert store.counts() == before
            raise

    with Store.open(tmp_path / "school.db") as store:
        texts = mutated.text("".join(f"{json.dumps(line)}\n" for line in whole))
        values = mutated.json(whole).map(lambda lines: lines if isinstance(lines, list) else [lines])
        fuzz(texts | values.map(lambda lines: "".join(f"{json.dumps(line)}\n" for line in lines)), read)


def test_conversations_of_mathdial(fuzz: Any, mutated: Any, tmp_path: Path) -> None:
    path = tmp_path / "mathdial.jsonl"
    row = {
        "qid": 5000012,
        "question": "Ann has 3 bags of 4 apples. How many are there?",
        "ground_truth": "3 * 4 = 12\n 12",
        "student_incorrect_solution": "3 + 4 = 7\n 7",
        "student_profile": "Ann is a 7th grade student.",
        "self-correctness": "Yes",
        "conversation": "Teacher: (focus)What is a bag?|EOM|Ann: Four apples.|EOM|Teacher: (generic)Right!",
    }

    def read(text: str) -> None:
        path.write_bytes(text.encode("utf-8", "surrogatepass"))
        assert list(read_mathdial(path))

    fuzz(mutated.lines(row), read)

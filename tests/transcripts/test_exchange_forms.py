"""Transcripts for other tools: what each form holds, how forms are found, what is said of unknown ones."""

import asyncio
import json
import sys
from importlib.metadata import EntryPoint
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from pyarrow import parquet as pq

from schoolroom.transcripts import plugins
from schoolroom.transcripts.errors import ConfigError, DataFileError, ProtocolError, UnknownName
from schoolroom.transcripts.exchange import forms, parquet, scout
from schoolroom.transcripts.exchange.forms import (
    export_transcripts,
    exporter_names,
    import_transcripts,
    importer_names,
)
from schoolroom.transcripts.exchange.selection import Selection
from schoolroom.transcripts.records import (
    Ask,
    Ending,
    Feedback,
    Grade,
    Message,
    ModelCall,
    Origin,
    Role,
    SeatInfo,
    Turn,
    Usage,
)
from schoolroom.transcripts.store import Store

from .conftest import DONE, RUN, episode, fill, question, turn

SEATS = tuple(
    SeatInfo(seat=role.value, role=role, persona=f"{role.value}@1", model=model)
    for role, model in ((Role.STUDENT, "hf:tiny"), (Role.TEACHER, "gpt"), (Role.GRADER, "scripted"))
)


def said(index: int, role: Role, ask: Ask, text: str, heard: tuple[int, ...], **rest: Any) -> Turn:
    seat, persona = role.value, f"{role.value}@1"
    return Turn(index=index, seat=seat, role=role, persona=persona, ask=ask, text=text, heard=heard, **rest)


def call(cost: float | None, *, cached: bool = False) -> ModelCall:
    prompt = (Message(role="user", content="1 + 1 ="),)
    usage = Usage(prompt_tokens=30, completion_tokens=12)
    return ModelCall(
        key="k", model="gpt", messages=prompt, reply="r", usage=usage, cost=cost, seconds=0.5, cached=cached
    )


TAUGHT = episode(
    1,
    seats=SEATS,
    ending=DONE,
    turns=(
        turn(0, "1 + 1 = 3"),
        said(
            1,
            Role.TEACHER,
            Ask.FEEDBACK,
            "Look again.",
            (0,),
            payload=Feedback(correct=False, step=0),
            calls=(call(0.25), call(0.5), call(9.0, cached=True)),
        ),
        said(2, Role.STUDENT, Ask.REVISE, "1 + 1 = 2", (0, 1)),
        said(3, Role.STUDENT, Ask.FEEDBACK, "all correct", (2,), calls=(call(None),)),
        said(4, Role.STUDENT, Ask.ATTEMPT, "7", (), question=question(6)),
        said(
            5, Role.GRADER, Ask.GRADE, "right", (2,), payload=Grade(score=0.75, correct=True, reason="fine")
        ),
    ),
)
CUT = episode(
    2,
    seats=SEATS,
    ending=Ending(kind="cut_short", reason="no model"),
    origin=Origin(episode=TAUGHT.id, turn=1),
    turns=(turn(0, "1 + 1 = 3", calls=0),),
)
SILENT = episode(3)


@pytest.fixture
def filled(store: Store) -> Store:
    asyncio.run(fill(store, [TAUGHT, CUT, SILENT]))
    return store


def rows(path: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = pq.read_table(path).to_pylist()
    return found


def test_parquet_has_a_row_for_each_turn(filled: Store, tmp_path: Path) -> None:
    assert export_transcripts(filled, tmp_path / "turns.parquet", form="parquet") == 3
    first, feedback, _, check, other, grade, repeated = rows(tmp_path / "turns.parquet")
    assert list(first) == list(parquet.COLUMNS)
    assert (first["run"], first["episode"], first["turn"], first["heard"]) == (RUN.id, TAUGHT.id, 0, [])
    assert json.loads(first["payload"]) == {"kind": "attempt", "steps": ["1 + 1 = 3"], "answer": "2"}
    assert (feedback["model"], feedback["correct"], feedback["score"]) == ("gpt", False, None)
    assert (feedback["calls"], feedback["cached_calls"], feedback["cost"]) == (3, 1, 0.75)
    assert (feedback["prompt_tokens"], feedback["completion_tokens"], feedback["seconds"]) == (60, 24, 1.0)
    assert (check["heard"], check["payload"], check["cost"]) == ([2], None, None)
    assert (other["question"], other["reference"]) == (question(6).id, "7")
    assert (grade["correct"], grade["score"], grade["cost"]) == (True, 0.75, 0.0)
    assert (repeated["ending"], repeated["ending_reason"]) == ("cut_short", "no model")
    assert (repeated["origin_episode"], repeated["origin_turn"]) == (TAUGHT.id, 1)


def test_openai_has_the_words_that_a_seat_said_and_heard(filled: Store, tmp_path: Path) -> None:
    assert export_transcripts(filled, tmp_path / "chats.jsonl", form="openai") == 2
    chat, _ = [json.loads(line) for line in (tmp_path / "chats.jsonl").read_text().splitlines()]
    assert chat["messages"] == [
        {"role": "user", "content": "1 + 1 ="},
        {"role": "assistant", "content": "1 + 1 = 3"},
        {"role": "user", "content": "Look again."},
        {"role": "assistant", "content": "1 + 1 = 2\n\nall correct"},
        {"role": "user", "content": "6 + 1 ="},
        {"role": "assistant", "content": "7"},
    ]
    assert chat["metadata"] == {
        "episode": TAUGHT.id,
        "run": RUN.id,
        "script": "tutoring",
        "lesson": "sums",
        "question": TAUGHT.question.id,
        "ending": "finished",
        "seat": "student",
        "persona": "student@1",
        "model": "hf:tiny",
    }
    settings = {"seat": "teacher"}
    assert export_transcripts(filled, tmp_path / "chats.jsonl", form="openai", settings=settings) == 1
    (chat,) = [json.loads(line) for line in (tmp_path / "chats.jsonl").read_text().splitlines()]
    assert [(said["role"], said["content"]) for said in chat["messages"]] == [
        ("user", "1 + 1 =\n\n1 + 1 = 3"),
        ("assistant", "Look again."),
    ]


def test_scout_has_a_row_for_each_episode(filled: Store, tmp_path: Path) -> None:
    assert export_transcripts(filled, tmp_path / "scout.parquet", form="scout") == 3
    taught, cut, silent = rows(tmp_path / "scout.parquet")
    assert list(taught) == list(scout.COLUMNS)
    assert (taught["transcript_id"], taught["source_type"], taught["source_id"]) == (
        TAUGHT.id,
        "schoolroom",
        RUN.id,
    )
    assert (taught["task_set"], taught["task_id"], taught["agent"]) == (
        "sums",
        TAUGHT.question.id,
        "student@1",
    )
    assert (taught["score"], taught["success"], taught["score_explanation"]) == ("0.75", True, "fine")
    assert (taught["total_tokens"], taught["total_time"], taught["error"]) == (42 * 3, 1.5, None)
    messages = json.loads(taught["messages"])
    assert len({message["id"] for message in messages}) == len(messages) == taught["message_count"] == 9
    assert [message["role"] for message in messages] == [
        *("user", "assistant", "user", "assistant", "assistant"),
        *("user", "assistant", "user", "user"),
    ]
    assert messages[1]["metadata"] == {
        "turn": 0,
        "seat": "student",
        "persona": "careless@1",
        "ask": "attempt",
    }
    assert (cut["error"], cut["success"], cut["score"]) == ("no model", None, None)
    assert [message["content"] for message in json.loads(silent["messages"])] == ["3 + 1 ="]


@pytest.mark.parametrize("form", ["parquet", "scout"])
def test_without_pyarrow_a_sentence_says_what_to_install(
    filled: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "pyarrow", None)
    with pytest.raises(ConfigError, match=r"pip install 'schoolroom\[parquet\]'"):
        export_transcripts(filled, tmp_path / "out" / "f", form=form)
    assert not (tmp_path / "out").exists()


def test_names_and_settings_that_are_unknown_are_said(filled: Store, tmp_path: Path) -> None:
    out = tmp_path / "f"
    with pytest.raises(UnknownName, match=r"unknown form of export 'parqet'; did you mean 'parquet'\?"):
        export_transcripts(filled, out, form="parqet")
    with pytest.raises(ConfigError, match=r"'openai' has no setting 'set'; did you mean 'seat'\?"):
        export_transcripts(filled, out, form="openai", settings={"set": "x"})
    with pytest.raises(ConfigError, match=r"'jsonl' has no setting 'seat'; known: none"):
        export_transcripts(filled, out, settings={"seat": "x"})
    with pytest.raises(UnknownName, match=r"unknown seat 'studnt'; did you mean 'student'\?"):
        export_transcripts(filled, out, form="openai", settings={"seat": "studnt"})
    assert not out.exists()
    with pytest.raises(UnknownName, match="unknown form of import 'openai'; known: jsonl, mathdial"):
        import_transcripts(filled, out, form="openai")
    out.write_text('{"a": 1}\n')
    with pytest.raises(
        DataFileError, match=r"line 1: of no form that is known; name one with --format: jsonl"
    ):
        import_transcripts(filled, out)
    with pytest.raises(DataFileError, match="cannot be read: No such file"):
        import_transcripts(filled, tmp_path / "none")
    with pytest.raises(DataFileError, match="cannot be written"):
        export_transcripts(filled, out / "below")


def write_ids(selection: Selection, path: Path, *, sep: str = "\n") -> int:
    ids = [one.id for _, one in selection.episodes()]
    path.write_text(sep.join(ids))
    return len(ids)


def test_installed_packages_bring_forms(
    filled: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    brought = [
        EntryPoint("ids", "ids_form:write_ids", forms.EXPORTERS.group),
        EntryPoint("gone", "no_such_package", forms.EXPORTERS.group),
        EntryPoint("mine", "ids_form:write_ids", forms.IMPORTERS.group),
    ]
    monkeypatch.setattr(
        plugins, "entry_points", lambda group: [point for point in brought if point.group == group]
    )
    monkeypatch.setitem(sys.modules, "ids_form", SimpleNamespace(write_ids=write_ids))
    with pytest.raises(ProtocolError, match=r"'gone' of group 'schoolroom\.exporters'"):
        export_transcripts(filled, tmp_path / "ids", form="gone")
    assert "ids" in exporter_names()
    assert "mine" in importer_names()
    with pytest.raises(ProtocolError, match="which is no form of import; mend or uninstall the package"):
        import_transcripts(filled, tmp_path / "ids", form="mine")
    assert export_transcripts(filled, tmp_path / "ids", form="ids", settings={"sep": " "}) == 3
    assert (tmp_path / "ids").read_text() == f"{TAUGHT.id} {CUT.id} {SILENT.id}"

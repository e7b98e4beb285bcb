"""What fuzzing has found, one small input each: refused in a sentence where there was once a traceback."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace

import pytest

from schoolroom.agents.llm_retry import Failure
from schoolroom.agents.llm_words import reply_of
from schoolroom.agents.persona_files import load_persona
from schoolroom.cli.settings import load_settings
from schoolroom.environments.course import check_course
from schoolroom.environments.subjects.answers import same_answer
from schoolroom.environments.subjects.question_files import QuestionFile
from schoolroom.training.checkpoints import LINEAGE, read_checkpoint
from schoolroom.transcripts.errors import (
    CheckpointError,
    ConfigError,
    DataFileError,
    PersonaError,
    ReplyError,
    StoreError,
)
from schoolroom.transcripts.records import Ask, Cue, Question, Run
from schoolroom.transcripts.replies import parse
from schoolroom.transcripts.store import Store

DEEP = f"a = {'[' * 2_000}{']' * 2_000}\n"
LONG = f"a = {'9' * 5_000}\n"


@pytest.mark.parametrize("text", [DEEP, LONG])
def test_toml_that_python_cannot_read(tmp_path: Path, text: str) -> None:
    (file := tmp_path / "a.toml").write_text(text)
    assert "a value that cannot be read" in check_course(file)[0]
    with pytest.raises(ConfigError, match="it holds a value that cannot be read"):
        load_settings(file)
    with pytest.raises(PersonaError, match="a value in it cannot be read"):
        load_persona(file)
    assert load_settings(sets=[f"course={text[4:-1]}"]).course == text[4:-1]  # it is no TOML, but text


@pytest.mark.parametrize("depth", [150, 400])
def test_toml_that_is_nested_too_deep_for_json(tmp_path: Path, depth: int) -> None:
    text = f"title = {'[' * depth}{']' * depth}\n"
    (file := tmp_path / "a.toml").write_text(text)
    assert check_course(file)
    with pytest.raises(ConfigError):
        load_settings(file)


def test_a_setting_that_is_no_utf8() -> None:
    with pytest.raises(ConfigError, match=r"a\\udcff' ends in a byte that is not UTF-8"):
        load_settings(sets=["course=a\udcff"])


@pytest.mark.parametrize("tier", [{}, [], [1]])
def test_a_tier_that_is_no_text(tmp_path: Path, tier: object) -> None:
    (file := tmp_path / "q.jsonl").write_text(json.dumps({"question": "1 + 1?", "tier": tier}))
    with pytest.raises(DataFileError, match=r"line 1: tier .* is unknown; known: basic"):
        QuestionFile("jsonl:q", file).level({})


def test_a_server_whose_thoughts_are_no_text_and_whose_price_is_no_number() -> None:
    message = SimpleNamespace(content="2", reasoning_content=True)
    choice = SimpleNamespace(message=message, finish_reason="stop")
    cost = {"response_cost": float("nan")}
    reply = reply_of(SimpleNamespace(choices=[choice], usage=None, _hidden_params=cost))
    assert not isinstance(reply, Failure)
    assert (reply.thought, reply.cost) == (None, None)


def test_a_solution_that_is_no_list() -> None:
    cue = Cue(seat="t", ask=Ask.HARDEN, question=Question.make(lesson="l", subject="s", text="1 + 1?"))
    with pytest.raises(ReplyError, match="must be a text or a list of steps"):
        parse(cue, '{"questions": [{"question": "1 + 2?", "solution": true}]}')


@pytest.mark.parametrize("text", ["[" * 5_000, "[]", "\0"])
def test_a_lineage_that_is_none(tmp_path: Path, text: str) -> None:
    (tmp_path / LINEAGE).write_text(text)
    with pytest.raises(CheckpointError, match=r"the lineage in .* cannot be read"):
        read_checkpoint(tmp_path)


def test_addresses_of_databases(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(StoreError, match="is no database address"):
        Store.open("sqlite:///school.db?timeout=soon")
    Store.open("school.db").close()
    with pytest.raises(StoreError, match=r"there is no database at file:school\.db"):
        Store.open("file:school.db", must_exist=True)
    assert [path.name for path in tmp_path.iterdir()] == ["school.db"]


async def test_a_damaged_time(tmp_path: Path) -> None:
    with Store.open(tmp_path / "school.db") as store:
        await store.add_run(Run(id="r", plan={}, seed=0))
        with closing(sqlite3.connect(tmp_path / "school.db", isolation_level=None)) as connection:
            connection.execute("UPDATE run SET started = -1")
        with pytest.raises(StoreError, match="is damaged: a row in it makes no record"):
            store.runs()


UNITS = [f"{'a' * 60}+", f"{'a ' * 400}+", f"{' ' * 4_000}+", "per day " * 60 + "%", "^{2}" * 60 + "1"]


@pytest.mark.parametrize("unit", UNITS)
def test_a_unit_that_could_be_cut_in_exponentially_many_ways(unit: str) -> None:
    assert not same_answer("42", f"42 {unit}")
    assert same_answer("42", "42 eggs (per day) / m^{2}")

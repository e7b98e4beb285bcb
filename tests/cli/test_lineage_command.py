"""`schoolroom lineage`: from the id that stands in an exported file to turn, speaker, call and lesson."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import Result

from schoolroom.transcripts.records import (
    Ask,
    Ending,
    Episode,
    Example,
    ExampleMessage,
    Message,
    ModelCall,
    Origin,
    Question,
    Role,
    Run,
    SeatInfo,
    Source,
    Turn,
    Usage,
)
from schoolroom.transcripts.store import Store

Cli = Callable[..., Result]

FORMS = {"schoolroom": "id", "trl": "id", "openai": "metadata", "sharegpt": "id", "alpaca": "id"}


@pytest.mark.parametrize("form", FORMS)
def test_the_id_in_an_exported_file_leads_to_the_words(
    cli: Cli, held: dict[str, Any], tmp_path: Path, form: str
) -> None:
    limited = ("--recipe-set", "limit=5", "--recipe-set", 'kinds=["revision"]')
    cli("export", "--format", form, "--out", "rows", *limited)
    row = json.loads((tmp_path / "rows").read_text().splitlines()[-1])
    id_ = row["metadata"]["id"] if form == "openai" else row["id"]
    told = json.loads(cli("lineage", id_, "--json").stdout)
    assert told["row"]["id"] == id_
    attempt, feedback, revision = told["sources"]
    assert {source["run"] for source in told["sources"]} == {held["run"]}
    assert (attempt["persona"], attempt["ask"]) == ("careless@1", "attempt")
    assert (feedback["persona"], feedback["ask"], feedback["model"]) == ("patient@1", "feedback", "scripted")
    assert revision["text"] == told["row"]["messages"][-1]["content"]
    assert revision["question"]["text"] in told["row"]["messages"][0]["content"]
    with Store.open("schoolroom.db") as store:
        episode = store.episode(attempt["episode"])
        assert episode.turns[attempt["turn"]].text == attempt["text"]
    words = cli("lineage", id_[:12]).stdout
    assert f"row {id_}" in words
    assert "assistant, learnt, weight 1" in words
    assert f"episode {attempt['episode']}  of run {held['run']}" in words
    assert f"lesson {attempt['question']['lesson']}" in words
    assert all(len(line) <= 80 for line in words.splitlines())


@pytest.mark.usefixtures("held")
def test_parquet_rows_say_their_ids_too(cli: Cli) -> None:
    import pyarrow.parquet as pq

    cli("export", "--format", "parquet", "--out", "rows.parquet")
    row = pq.read_table("rows.parquet").to_pylist()[0]
    told = json.loads(cli("lineage", row["id"], "--json").stdout)
    assert told["row"]["sources"] == row["sources"]


@pytest.mark.usefixtures("held")
def test_bare_rows_have_no_ids_and_are_not_stored(cli: Cli, tmp_path: Path) -> None:
    cli("export", "--format", "openai", "--bare", "--out", "rows")
    assert json.loads((tmp_path / "rows").read_text().splitlines()[0]).keys() == {"messages"}
    with Store.open("schoolroom.db") as store:
        assert list(store.examples()) == []


@pytest.mark.slow
@pytest.mark.usefixtures("held")
def test_a_checkpoint_says_whose_words_it_learnt(cli: Cli) -> None:
    trained = json.loads(cli("train", "--steps", "1", "--out", "student", "-q", "--json").stdout)
    id_ = trained["id"]
    told = json.loads(cli("lineage", id_, "--json").stdout)
    assert told["checkpoint"]["rows"] == trained["examples"]
    by = {(sort["kind"], sort["lesson"], sort["persona"]): sort["rows"] for sort in told["learnt_from"]}
    with Store.open("schoolroom.db") as store:
        rows = [row for row in store.examples() if (row.kind, row.lesson) == ("feedback", "two-digit")]
    assert by["feedback", "two-digit", "patient@1"] == len(rows) > 0
    words = cli("lineage", id_[:10]).stdout
    assert f"checkpoint {id_}" in words
    assert "patient@1" in words


PROMPT = (Message(role="user", content="1 + 1 ="),)
CALL = ModelCall(
    key="abc123",
    model="gpt",
    messages=PROMPT,
    reply="2",
    usage=Usage(prompt_tokens=1234, completion_tokens=5),
    cost=0.25,
    seconds=2.0,
)
SAID = Turn(
    index=0, seat="student", role=Role.STUDENT, persona="keen@2", ask=Ask.ATTEMPT, text="2", calls=(CALL,)
)
QUESTION = Question.make(lesson="sums", subject="column_addition", text="1 + 1 =", answer="2")
FIRST = Episode(
    id="first",
    run="run-1",
    script="tutoring",
    question=QUESTION,
    seats=(SeatInfo(seat="student", role=Role.STUDENT, persona="keen@2", model="gpt"),),
    seed=1,
    turns=(SAID,),
    ending=Ending(kind="finished"),
)
ROW = Example.make(
    recipe="sft",
    messages=[ExampleMessage(role="assistant", content="2", weight=1.0)],
    kind="attempt",
    question=QUESTION.id,
    lesson="sums",
    sources=(Source(episode="second", turn=0),),
)


def fork(origin: str, id_: str) -> Episode:
    """A fork after the first turn: it repeats that, and keeps no call of it."""
    repeated = SAID.model_copy(update={"calls": ()})
    parted = {"id": id_, "run": "run-2", "turns": (repeated,), "origin": Origin(episode=origin, turn=1)}
    return FIRST.model_copy(update=parted)


def test_a_fork_leads_to_the_turn_that_was_paid_for(cli: Cli) -> None:
    with Store.open("schoolroom.db") as store:
        for number in (1, 2):
            store.add_held(Run(id=f"run-{number}", plan={"number": number}, seed=0))
        for episode in (FIRST, fork("first", "between"), fork("between", "second")):
            store.add_held(episode)
        store.add_examples([ROW])
    (source,) = json.loads(cli("lineage", ROW.id, "--json").stdout)["sources"]
    assert source["repeats"] == {"episode": "first", "run": "run-1"}
    (call,) = source["calls"]
    assert (call["key"], call["cost"], call["usage"]["prompt_tokens"]) == ("abc123", 0.25, 1234)
    words = cli("lineage", ROW.id).stdout
    assert "episode first  of run run-1, where it was said first" in words
    assert "call abc123  gpt · 1,234 + 5 tokens · 2.0 s · $0.2500" in words


def test_a_fork_of_what_is_stored_elsewhere_is_shown_as_far_as_it_is_known(cli: Cli) -> None:
    with Store.open("schoolroom.db") as store:
        store.add_held(Run(id="run-2", plan={}, seed=0))
        store.add_held(fork("elsewhere", "second"))
        store.add_examples([ROW])
    (source,) = json.loads(cli("lineage", ROW.id, "--json").stdout)["sources"]
    assert (source["repeats"], source["calls"]) == (None, [])


@pytest.mark.usefixtures("held")
def test_unknown_ids_get_one_sentence(cli: Cli) -> None:
    result = cli("lineage", "zzz", code=3)
    assert "no training row and no checkpoint 'zzz' is stored in schoolroom.db" in result.stderr
    cli("export", "--out", "rows")
    assert "give more of it" in cli("lineage", "", code=3).stderr

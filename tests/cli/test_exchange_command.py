"""`schoolroom transcripts export` and `import`: files that others read; a database that comes back equal."""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import Result

from schoolroom.agents.fake_server import FakeServer, classroom_reply
from schoolroom.transcripts.exchange.forms import exporter_names
from schoolroom.transcripts.store import Store

Cli = Callable[..., Result]

CONVERSATION = {
    "question": "Ann has 3 pens and buys 4 more. How many has she?",
    "ground_truth": "3 + 4 = 7\n 7",
    "student_incorrect_solution": "4 - 3 = 1\n 1",
    "conversation": "Teacher: (focus)She has more then.|EOM|Ann: 3 + 4 = 7.",
}


def test_a_database_comes_back_equal(cli: Cli, held: dict[str, Any]) -> None:
    cli("export", "--out", "rows.jsonl")
    assert cli("transcripts", "export", "--out", "all.jsonl.gz").stdout == (
        "80 episodes as jsonl in all.jsonl.gz\n"
    )
    words = cli("transcripts", "import", "all.jsonl.gz", "--db", "other.db").stdout
    assert words.startswith("1 run, 80 episodes, ")
    told = json.loads(cli("transcripts", "import", "all.jsonl.gz", "--db", "other.db", "--json").stdout)
    assert (told["runs"], told["episodes"]) == (0, 0)
    assert told["known"] > 81
    words = cli("transcripts", "import", "all.jsonl.gz", "--db", "other.db").stdout
    assert words == f"nothing new in other.db; {told['known']} records known already\n"
    with Store.open("schoolroom.db") as one, Store.open("other.db") as two:
        assert two.runs() == one.runs()
        assert list(two.episodes()) == list(one.episodes())
        assert list(two.examples()) == list(one.examples()) != []
    assert json.loads(cli("transcripts", "runs", "--db", "other.db", "--json").stdout)[0]["id"] == held["run"]


def test_a_part_is_exported_in_the_form_that_is_named(cli: Cli, held: dict[str, Any], tmp_path: Path) -> None:
    words = ("transcripts", "export", "--run", held["run"][:8], "--lesson", "two-digit", "--json")
    for form in exporter_names():
        told = json.loads(cli(*words, "--format", form, "--out", f"{form}.out").stdout)
        assert told == {"file": f"{form}.out", "format": form, "episodes": 40}
    chats = [json.loads(line) for line in (tmp_path / "openai.out").read_text().splitlines()]
    assert {chat["metadata"]["lesson"] for chat in chats} == {"two-digit"}
    assert chats[0]["messages"][-1]["role"] == "assistant"


@pytest.mark.usefixtures("held")
def test_nothing_is_written_over_unasked(cli: Cli, tmp_path: Path) -> None:
    before = (tmp_path / "schoolroom.db").read_bytes()
    for words in (("transcripts", "export"), ("export",)):
        result = cli(*words, "--out", "schoolroom.db", code=2)
        assert (
            "--out 'schoolroom.db' is there already; name another file, or say --overwrite" in result.stderr
        )
        assert "is a folder; name a file in it" in cli(*words, "--out", ".", code=2).stderr
    assert (tmp_path / "schoolroom.db").read_bytes() == before
    cli("transcripts", "export", "--out", "a.jsonl")
    cli("transcripts", "export", "--out", "a.jsonl", "--overwrite", "--lesson", "none")
    assert len((tmp_path / "a.jsonl").read_text().splitlines()) == 3


def test_tutoring_by_people_is_imported_shown_and_learnt_from_by_nobody(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "mathdial.jsonl").write_text(f"{json.dumps(CONVERSATION)}\n")
    assert cli("transcripts", "import", "mathdial.jsonl").stdout == "1 run, 1 episode in schoolroom.db\n"
    (run,) = json.loads(cli("transcripts", "runs", "--json").stdout)
    assert run["kind"] == "import"
    assert "mathdial-student@1" in cli("transcripts", "runs").stdout
    (episode,) = json.loads(cli("transcripts", "list", "--json").stdout)
    assert (episode["script"], episode["outcome"]) == ("conversation", "not graded")
    assert "She has more then." in cli("transcripts", "show", episode["id"]).stdout
    words = ("train", "--run", run["id"], "--out", "student")
    assert "makes no rows" in cli(*words, code=5).stderr


def test_bad_files_get_one_sentence(cli: Cli, held: dict[str, Any], tmp_path: Path) -> None:
    cli("transcripts", "export", "--out", "a.jsonl")
    text = (tmp_path / "a.jsonl").read_text()
    (tmp_path / "a.jsonl").write_text(text[: len(text) // 2])
    result = cli("transcripts", "import", "a.jsonl", "--db", "other.db", code=2)
    assert "error: a.jsonl, line " in result.stderr
    assert len(result.stderr.splitlines()) == 1
    with Store.open("other.db") as store:
        assert store.runs() == []
    header, run, episodes = text.split("\n", 2)
    (tmp_path / "a.jsonl").write_text("\n".join([header, run, episodes.replace("answer:", "anwser:")]))
    result = cli("transcripts", "import", "a.jsonl", code=3)
    assert "line 3: episode" in result.stderr
    assert "stored with other words" in result.stderr
    with Store.open("schoolroom.db") as store:
        assert store.counts().episodes == held["episodes"]


@pytest.mark.slow
def test_no_secret_is_exported(cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MY_KEY", "sk-none-must-read-this-0123456789")

    async def taught() -> None:
        async with FakeServer(classroom_reply) as server:
            words = ("run", "--course", "arithmetic", "--lessons", "two-digit-sums", "--episodes", "2", "-q")
            seats = ("--teacher", "patient@small", "--student", "careless@small", "--api-key-env", "MY_KEY")
            await asyncio.to_thread(cli, *words, *seats, "--base-url", server.url)
            address = server.url.replace("://", "://me:hunter2@")
            refused = ("--base-url", address, "--seed", "1", "--set", "llm.max_retries=0")
            await asyncio.to_thread(cli, *words, *seats, *refused, code=4)

    asyncio.run(taught())
    with Store.open("schoolroom.db") as store:
        assert store.counts().calls > 0
        assert any("***@" in json.dumps(dict(run.settings)) for run in store.runs())
        taught_run, _ = store.runs()
    cli("export", "--run", taught_run.id, "--out", "rows.out", "--recipe", "rationale")
    for form in exporter_names():
        cli("transcripts", "export", "--format", form, "--out", f"{form}.out")
    import pyarrow.parquet as pq

    for file in tmp_path.glob("*.out"):
        if file.stem in ("parquet", "scout"):
            words = json.dumps(pq.read_table(file).to_pylist())
        else:
            words = file.read_text()
        assert "two-digit-sums" in words
        assert "hunter2" not in words
        assert "none-must-read-this" not in words

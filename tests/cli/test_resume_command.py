"""`schoolroom resume`: what was left open is done, what changed is refused, what failed is tried again."""

import asyncio
import json
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from typer.testing import Result

from schoolroom.agents.fake_server import FakeServer
from schoolroom.cli.resume import check_plan
from schoolroom.transcripts.errors import PlanChanged
from schoolroom.transcripts.records import Json, Run
from schoolroom.transcripts.store import Store

Cli = Callable[..., Result]
Spoken = dict[tuple[str, int], str]

SHORT = ("--lessons", "two-digit", "--episodes", "6", "--quiet")


def spoken(database: Path) -> Spoken:
    with Store.open(database, must_exist=True) as store:
        return {(episode.id, turn.index): turn.text for episode in store.episodes() for turn in episode.turns}


@contextmanager
def edited(database: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(database)) as connection, connection:
        yield connection


def interrupt(database: Path) -> None:
    """Leave of the only run what a process that was killed might have left."""
    with edited(database) as connection:
        run, first = connection.execute("SELECT run, id FROM episode ORDER BY serial LIMIT 1").fetchone()
        rest = "SELECT id FROM episode WHERE serial > 3"
        connection.execute("UPDATE run SET ending = NULL")
        connection.execute("UPDATE episode SET ending = NULL WHERE id = ?", (first,))
        connection.execute("DELETE FROM turn WHERE episode = ? AND position > 0", (first,))
        for table in ("turn", "seat"):
            connection.execute(f"DELETE FROM {table} WHERE episode IN ({rest})")
        connection.execute("DELETE FROM episode WHERE serial > 3")
        moment = datetime.now(UTC).replace(tzinfo=None).isoformat(" ")
        lease = (run, "token", os.uname().nodename, 2**22 + 1, moment, moment)
        connection.execute("INSERT INTO lease VALUES (?, ?, ?, ?, ?, ?)", lease)


def only_run(database: str = "schoolroom.db") -> Run:
    with Store.open(database, must_exist=True) as store:
        (run,) = store.runs()
        return run


def test_a_run_goes_on_where_it_stopped_from_any_folder(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cli("personas", "new", "mine", "--role", "teacher")
    cli("run", *SHORT, "--teacher", "mine.toml", "--db", "a.db")
    whole, run = spoken(tmp_path / "a.db"), only_run("a.db")
    interrupt(tmp_path / "a.db")
    assert len(spoken(tmp_path / "a.db")) < len(whole)
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    report = json.loads(cli("resume", run.id[:6], "--db", "../a.db", "--json", "-q").stdout)
    assert (report["run"], report["episodes"], report["resumed"]) == (run.id, 6, 2)
    assert report["database"] == "../a.db"
    assert spoken(tmp_path / "a.db") == whole
    assert [path.name for path in (tmp_path / "elsewhere").iterdir()] == []


def test_the_same_command_goes_on_likewise(cli: Cli, tmp_path: Path) -> None:
    cli("run", *SHORT)
    whole = spoken(tmp_path / "schoolroom.db")
    interrupt(tmp_path / "schoolroom.db")
    again = cli("run", *SHORT)
    assert "2 episodes had been held before." in again.stdout
    assert "warning" not in again.stderr
    assert spoken(tmp_path / "schoolroom.db") == whole


def test_an_exam_goes_on_where_it_stopped(cli: Cli, tmp_path: Path) -> None:
    words = ("--questions", "6", "--lessons", "two-digit", "--max-revisions", "2", "--json", "-q")
    first = json.loads(cli("exam", *words).stdout)
    whole = spoken(tmp_path / "schoolroom.db")
    interrupt(tmp_path / "schoolroom.db")
    again = json.loads(cli("resume", first["run"], "--json", "-q", "--concurrency", "2").stdout)
    assert spoken(tmp_path / "schoolroom.db") == whole
    assert {**again, "seconds": 0} == {**first, "seconds": 0}


def test_a_finished_run_is_left_alone(cli: Cli, held: dict[str, Any]) -> None:
    said = cli("resume", held["run"]).stdout
    assert said == f"run {held['run']} is finished: 80 episodes.\n"
    assert json.loads(cli("resume", held["run"], "--retry", "--json").stdout)["done"] == "nothing"


def test_a_changed_persona_is_refused_with_what_changed(cli: Cli, tmp_path: Path) -> None:
    cli("personas", "new", "keen", "--role", "student")
    cli("run", *SHORT, "--student", "keen.toml")
    before = spoken(tmp_path / "schoolroom.db")
    interrupt(tmp_path / "schoolroom.db")
    left, run, persona = spoken(tmp_path / "schoolroom.db"), only_run(), tmp_path / "keen.toml"
    original = persona.read_text()
    assert "heeds = 0.9" in original
    persona.write_text(original.replace("heeds = 0.9", "heeds = 0.8"))
    refusal = cli("resume", run.id, code=2).stderr
    assert f"run {run.id} was begun by another plan; 1 difference: " in refusal
    assert "personas.student.traits.heeds: 0.9, now 0.8." in refusal
    assert "'schoolroom run'" in refusal
    assert spoken(tmp_path / "schoolroom.db") == left
    assert len(left) < len(before)
    persona.rename(tmp_path / "moved.toml")
    assert "keen.toml" in cli("resume", run.id, code=2).stderr
    persona.write_text(original)
    cli("resume", run.id)
    assert spoken(tmp_path / "schoolroom.db") == before


def test_what_is_set_now_may_not_change_the_plan(cli: Cli, tmp_path: Path) -> None:
    cli("run", *SHORT)
    interrupt(tmp_path / "schoolroom.db")
    run = only_run().id
    refusal = cli("resume", run, "--set", "seed=3", "--set", "classroom.episodes=7", code=2).stderr
    assert "2 differences: seed: 0, now 3; episodes.two-digit: 6, now 7." in refusal
    cli("resume", run, "--set", "classroom.concurrency=1")


def test_of_many_differences_some_are_shown() -> None:
    def run(**plan: Json) -> Run:
        return Run(id=Run.id_of(plan, 0), plan=plan, seed=0)

    with pytest.raises(PlanChanged, match=r"8 differences: a: 1, now 2; .* e: 1, now 2; and 3 more\. Put"):
        check_plan(run(**dict.fromkeys("abcdefgh", 1)), run(**dict.fromkeys("abcdefgh", 2)))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("kind = 'fork'", "'schoolroom fork' that made it"),
        ("kind = 'import'", "held elsewhere"),
        ("settings = '{}'", "was not begun at a command line"),
    ],
)
def test_what_cannot_be_resumed_says_why(cli: Cli, tmp_path: Path, change: str, said: str) -> None:
    cli("run", *SHORT)
    with edited(tmp_path / "schoolroom.db") as connection:
        connection.execute(f"UPDATE run SET ending = NULL, {change}")
    assert said in cli("resume", only_run().id, code=2).stderr


def test_a_password_that_was_not_stored_is_asked_for(cli: Cli, tmp_path: Path) -> None:
    cli("run", *SHORT, "--base-url", "http://me:secret@127.0.0.1:9/v1")
    interrupt(tmp_path / "schoolroom.db")
    run = only_run()
    assert "secret" not in run.model_dump_json()
    refusal = cli("resume", run.id, code=2).stderr
    assert "'llm.base_url' held a password" in refusal
    assert "--set llm.base_url=" in refusal
    cli("resume", run.id, "--base-url", "http://me:secret@127.0.0.1:9/v1")


def test_an_unknown_run_is_refused(cli: Cli, held: dict[str, Any]) -> None:
    assert "no run '0000'" in cli("resume", "0000", code=3).stderr
    assert "there is no database" in cli("resume", held["run"], "--db", "none.db", code=3).stderr


def test_a_run_that_somebody_works_on_is_refused_and_shown_as_under_way(cli: Cli, tmp_path: Path) -> None:
    cli("run", *SHORT)
    interrupt(tmp_path / "schoolroom.db")
    run = only_run().id
    with edited(tmp_path / "schoolroom.db") as connection:
        connection.execute("UPDATE lease SET host = 'elsewhere', pid = 17")
    for words in (("resume", run), ("run", *SHORT)):
        assert (
            f"run {run} is being worked on by process 17 on elsewhere since 20" in cli(*words, code=3).stderr
        )
    assert "under way (17 on elsewhere)" in " ".join(cli("transcripts", "runs").stdout.split())
    (shown,) = json.loads(cli("transcripts", "runs", "--json").stdout)
    assert shown["under_way"] == {"pid": 17, "host": "elsewhere"}


def test_other_versions_are_said_and_not_refused(cli: Cli, tmp_path: Path) -> None:
    cli("run", *SHORT)
    interrupt(tmp_path / "schoolroom.db")
    with edited(tmp_path / "schoolroom.db") as connection:
        connection.execute("""UPDATE run SET versions = json_set(versions, '$.litellm', '0.1')""")
    result = cli("resume", only_run().id)
    assert "begun with other versions: litellm 0.1, now " in result.stderr


def test_what_failed_is_reported_and_tried_again_by_the_command_that_is_shown(
    cli: Cli, tmp_path: Path
) -> None:
    down = ["--teacher", "patient@small", "--base-url", "http://127.0.0.1:9/v1", "--set", "llm.max_retries=0"]
    result = cli("run", *SHORT, *down, "--db", "a b.db", code=4)
    with Store.open(tmp_path / "a b.db") as store:
        cut = [episode.id[:10] for episode in store.episodes(ending="cut_short")]
        run = store.runs()[0].id
    assert "6 of 6 episodes cut short:\n  6 times: ModelUnavailable: " in result.stdout
    assert any(f"    in two-digit (6); as in episode {one}\n" in result.stdout for one in cut)
    assert f"\nnext\n  schoolroom resume {run[:8]} --retry --db 'a b.db'\n" in result.stdout
    told = json.loads(cli("resume", run, "--db", "a b.db", "--json", "-q", code=4).stdout)
    (failure,) = told["failures"]
    assert (failure["error"], failure["number"]) == ("ModelUnavailable", 6)
    assert failure["lessons"] == {"two-digit": 6}
    assert failure["episode"][:10] in cut

    async def up() -> Result:
        async with FakeServer() as server:
            words = ("resume", run, "--retry", "--db", "a b.db", "--base-url", server.url, "--json")
            return await asyncio.to_thread(cli, *words)

    assert json.loads(asyncio.run(up()).stdout)["lessons"][0]["finished"] == 6


STUBBORN = """
import asyncio, sys
from schoolroom.cli.signals import Interrupted, Signals

async def main():
    print("ready", flush=True)
    while True:
        try:
            await asyncio.sleep(600)
        except asyncio.CancelledError:
            print("cancelled", flush=True)
            if "stubborn" not in sys.argv:
                raise

try:
    with Signals() as signals:
        signals.run(main())
except Interrupted as interrupted:
    sys.exit(interrupted.exit_code)
"""


@pytest.mark.parametrize(
    ("words", "signals", "code"),
    [
        ([], [signal.SIGINT], 130),
        ([], [signal.SIGTERM], 143),
        (["stubborn"], [signal.SIGINT, signal.SIGINT], 130),
        (["stubborn"], [signal.SIGTERM, signal.SIGINT], 130),
    ],
)
def test_the_first_signal_cancels_and_the_second_ends_at_once(
    words: list[str], signals: list[signal.Signals], code: int
) -> None:
    command = [sys.executable, "-c", STUBBORN, *words]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        for number, expected in zip(signals, ["ready\n", "cancelled\n"], strict=False):
            assert child.stdout.readline() == expected
            child.send_signal(number)
        _, stderr = child.communicate(timeout=60)
    assert child.returncode == code
    assert "stopping: what was said is kept" in stderr
    assert ("stopped at once" in stderr) is (len(signals) > 1)
    assert "Traceback" not in stderr


@pytest.mark.slow
def test_a_run_whose_calls_are_in_flight_stops_in_order_when_it_is_told_to(cli: Cli, tmp_path: Path) -> None:
    words = ["run", "--course", "arithmetic", "--lessons", "two-digit-sums", "--episodes", "8", "-q"]
    words += ["--teacher", "patient@small", "--student", "careless@small", "--set", "classroom.concurrency=3"]

    async def both() -> tuple[int, str, int, int]:
        async with FakeServer(delay=0.2) as server:
            script = "from schoolroom.cli.main import main; main()"
            child = await asyncio.create_subprocess_exec(
                *(sys.executable, "-c", script, *words, "--base-url", server.url),
                cwd=tmp_path,
                stderr=subprocess.PIPE,
            )
            while server.count < 8 or server.live == 0:
                await asyncio.sleep(0.01)
            child.send_signal(signal.SIGTERM)
            _, stderr = await child.communicate()
            asked, server._delay = server.count, 0.0
            await asyncio.to_thread(cli, "resume", only_run().id, "--base-url", server.url, "-q")
            interrupted = server.count
            await asyncio.to_thread(cli, *words, "--base-url", server.url, "--db", "whole.db")
            assert child.returncode is not None
            return child.returncode, stderr.decode(), asked, interrupted - (server.count - interrupted)

    code, stderr, asked, beyond = asyncio.run(both())
    assert code == 143
    assert f"  schoolroom resume {only_run().id[:8]}\n" in stderr
    assert "Traceback" not in stderr
    assert asked >= 8
    assert 0 <= beyond <= 3  # no more than was in flight
    assert spoken(tmp_path / "schoolroom.db") == spoken(tmp_path / "whole.db")
    with edited(tmp_path / "schoolroom.db") as connection:
        assert connection.execute("SELECT * FROM lease").fetchall() == []

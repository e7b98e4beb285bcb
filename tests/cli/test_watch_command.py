"""The command `watch`: which run it takes, what it counts, and that it sees others' runs to their ends."""

import asyncio
import json
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from aiohttp import web
from typer.testing import Result

from schoolroom.agents.fake_server import FakeServer
from schoolroom.cli.watching import Watching
from schoolroom.transcripts.leases import Lease
from schoolroom.transcripts.records import Ending, now
from schoolroom.transcripts.store import Store

Cli = Callable[..., Result]
SHORT = ("--lessons", "two-digit", "--episodes", "6", "-q")
MAIN = "from schoolroom.cli.main import main; main()"


@contextmanager
def edited(database: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(database)) as connection, connection:
        yield connection


def test_a_run_that_is_over_is_shown_as_its_report_counts_it(cli: Cli, held: dict[str, Any]) -> None:
    said = cli("watch").stdout
    assert f"run {held['run']}  addition · simulation · seed 0\nfinished\n" in said
    assert said.endswith(f"\nnext\n  schoolroom transcripts list --run {held['run'][:8]}\n")
    told = json.loads(cli("watch", held["run"][:6], "--json").stdout)
    assert told["state"] == "finished"
    assert (told["ended"], told["open"], told["turns"]) == (held["episodes"], 0, held["turns"])
    assert told["is_whole"]
    assert told["pace"] is None
    assert [lesson["lesson"] for lesson in told["lessons"]] == [one["lesson"] for one in held["lessons"]]
    for shown, counted in zip(told["lessons"], held["lessons"], strict=True):
        right, wrong = counted["right_unaided"], counted["wrong_unaided"]
        assert shown["mastery"] == {"right": right, "wrong": wrong}
        assert shown["is_mastered"] is (counted["state"] == "mastered")
        if right + wrong:
            assert shown["interval"] == pytest.approx(counted["mastery_interval"])


def test_an_exam_has_questions_and_no_goal(cli: Cli) -> None:
    report = json.loads(cli("exam", "--questions", "5", "--lessons", "two-digit", "--json", "-q").stdout)
    told = json.loads(cli("watch", "--json").stdout)
    assert (told["run"], told["kind"], told["most"], told["ended"]) == (report["run"], "exam", 5, 5)
    (lesson,) = told["lessons"]
    assert (lesson["most"], lesson["threshold"], lesson["is_mastered"]) == (None, None, False)


@pytest.mark.parametrize(
    ("lease", "state", "said"),
    [
        (None, "stopped", "stopped: nobody works on it"),
        (Lease(run="", host="elsewhere", pid=17), "under way", "under way for "),
        (Lease(run="", pid=2**31 - 5), "killed", f"killed: process {2**31 - 5} on "),
    ],
)
def test_a_run_without_an_end_is_under_way_stopped_or_killed(
    cli: Cli, tmp_path: Path, lease: Lease | None, state: str, said: str
) -> None:
    cli("run", *SHORT)
    with Store.open("schoolroom.db") as store:
        run = store.runs()[0].id
    with edited(tmp_path / "schoolroom.db") as connection:
        connection.execute("UPDATE run SET ending = NULL")
        connection.execute(
            "UPDATE episode SET ending = NULL WHERE serial IN (SELECT max(serial) FROM episode)"
        )
        if lease is not None:
            since = now() - timedelta(seconds=5)  # a pace is told after a second
            columns = lease.model_copy(update={"run": run, "since": since, "seen": now()}).model_dump()
            columns |= {name: f"{columns[name]:%Y-%m-%d %H:%M:%S.%f}" for name in ("since", "seen")}
            connection.execute(
                f"INSERT INTO lease ({', '.join(columns)}) VALUES (:{', :'.join(columns)})", columns
            )
    shown = cli("watch", "--once").stdout
    assert f"\n{said}" in shown
    told = json.loads(cli("watch", "--json").stdout)
    assert (told["state"], told["ended"], told["open"]) == (state, 5, 1)
    assert (told["pace"] is not None) is (state == "under way")
    assert told["lessons"][0]["is_at_work"] is (state == "under way")
    following = "watch" if state == "under way" else "resume"
    assert f"\n  schoolroom {following} {run[:8]}\n" in shown


def test_the_newest_run_that_somebody_works_on_comes_before_newer_ones(cli: Cli, tmp_path: Path) -> None:
    for seed in ("1", "2", "3"):
        cli("run", *SHORT, "--seed", seed)
    with Store.open("schoolroom.db") as store:
        _, second, third = [run.id for run in store.runs()]
    assert json.loads(cli("watch", "--json").stdout)["run"] == third
    with edited(tmp_path / "schoolroom.db") as connection:
        lease = "INSERT INTO lease VALUES (?, 'token', 'elsewhere', 17, datetime('now'), datetime('now'))"
        connection.execute(lease, [second])
    assert json.loads(cli("watch", "--json").stdout)["run"] == second


def test_bad_input_is_a_sentence(cli: Cli) -> None:
    assert "there is no database at none.db" in cli("watch", "--db", "none.db", code=3).stderr
    Store.open("empty.db").close()
    assert "empty.db holds no run yet" in cli("watch", "--db", "empty.db", code=3).stderr
    cli("run", *SHORT)
    assert "no run 'abc' is stored" in cli("watch", "abc", code=3).stderr
    assert "--every is 0.0; at least 0.1 seconds" in cli("watch", "--every", "0", code=2).stderr
    assert "--every is nan" in cli("watch", "--every", "nan", code=2).stderr


def test_what_is_tried_again_is_no_longer_counted_as_cut_short(cli: Cli, tmp_path: Path) -> None:
    cli("run", *SHORT)
    with edited(tmp_path / "schoolroom.db") as connection:
        cut = "UPDATE episode SET ending = 'cut_short', ending_reason = 'SeatFailed: no reply to ' || serial"
        connection.execute(cut)
    with Store.open("schoolroom.db") as store:
        run = store.runs()[0]
        watching = Watching(run, store.follow(run.id))
        watching.look()
        before = watching.view()
        asyncio.run(store.end(before.failures[0].episode, Ending(kind="finished")))
        watching.look()
        after = watching.view()
    assert (before.cut_short, before.failures[0].number, before.lessons[0].mastery.answers) == (6, 6, 0)
    assert before.failures[0].reason == "no reply to 1"
    assert (after.cut_short, after.failures[0].number, after.lessons[0].mastery.answers) == (5, 5, 1)
    assert (after.ended, after.turns) == (before.ended, before.turns)


def test_a_pace_is_that_of_the_last_minute(
    cli: Cli, held: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    moments = iter([100.0, 130.0, 190.0, 220.0])
    clock = SimpleNamespace(monotonic=lambda: next(moments))
    monkeypatch.setattr("schoolroom.cli.watching.time", clock)
    with Store.open("schoolroom.db") as store:
        run = store.run(held["run"])
        watching = Watching(run, store.follow(run.id))
        watching.look()
        watching._samples[0].sums["turns"] -= 30
        assert watching._pace() is None
        watching.look()
        pace = watching._pace()
        assert pace is not None
        assert (pace.turns, pace.episodes) == (60.0, 0.0)
        watching.look()
        watching.look()
        assert [sample.moment for sample in watching._samples] == [190.0, 220.0]


class GatedServer(FakeServer):
    """Answers nobody until its gate is opened."""

    def __init__(self) -> None:
        super().__init__()
        self.asked, self.gate = asyncio.Event(), asyncio.Event()

    async def _completions(self, request: web.Request) -> web.StreamResponse:
        self.asked.set()
        await self.gate.wait()
        return await super()._completions(request)


async def started(*words: str, **rest: Any) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(sys.executable, "-c", MAIN, *words, **rest)


@pytest.mark.slow
def test_a_run_of_another_process_is_watched_to_its_end(cli: Cli, tmp_path: Path) -> None:
    words = ["run", *SHORT, "--teacher", "patient@small", "--set", "classroom.concurrency=2"]

    async def watched() -> tuple[str, str]:
        async with GatedServer() as server:
            run = await started(*words, "--base-url", server.url, stdout=subprocess.DEVNULL)
            await server.asked.wait()
            await asyncio.sleep(1.1)  # a pace is told after a second
            once = await started("watch", "--json", stdout=subprocess.PIPE)
            told, _ = await once.communicate()
            live = await started("watch", "--every", "0.2", stdout=subprocess.PIPE)
            assert live.stdout is not None
            first = await live.stdout.readline()
            server.gate.set()
            rest, _ = await live.communicate()
            assert (await run.wait(), once.returncode, live.returncode) == (0, 0, 0)
            return told.decode(), (first + rest).decode()

    once, looks = asyncio.run(watched())
    told = json.loads(once)
    assert (told["state"], told["open"], told["ended"]) == ("under way", 2, 0)
    assert told["pace"]["turns"] > 0
    assert {room["role"] for room in told["classrooms"]} == {"student"}
    lines = [line for line in looks.splitlines() if line.startswith(told["run"][:8])]
    assert " under way for " in lines[0]
    assert ": 0 of 6 episodes · 2 turns" in lines[0]
    assert " finished: 6 of 6 episodes · " in lines[-1]
    whole = json.loads(cli("watch", "--json").stdout)
    assert whole["spent"]["calls"] >= 6
    assert f"{whole['turns']} turns" in lines[-1]
    assert looks.endswith(cli("watch").stdout.partition("finished\n")[2])

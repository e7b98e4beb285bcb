"""Forking from a page: what a form may ask for, the commands that it becomes, and one that is really held."""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner

from schoolroom.transcripts.errors import ConfigError, UnknownName
from schoolroom.transcripts.paging import Window
from schoolroom.transcripts.records import Episode, Role, Run, SeatInfo
from schoolroom.viewer.app import app
from schoolroom.viewer.fork_jobs import Result, _read
from schoolroom.viewer.forking import Fork, Seating, commands, read_form, refusal, seatings

Talk = Callable[..., Episode]


def seating(role: str, model: str | None = None) -> Seating:
    info = SeatInfo(seat=role, role=Role(role), persona=f"{role}@1", model=model or "scripted")
    return Seating(seat=info, model=model, personas=("terse", "patient"))


SEATS = [seating("teacher", "openai/small"), seating("student")]


def test_a_form_becomes_a_command_for_each_sample(talk: Talk) -> None:
    episode = talk(("student", "attempt", "", None))
    form = {"at": "1", "seat.teacher": "terse", "seat.student": "", "seed": "", "number": "2"}
    fork = read_form(form, SEATS)
    assert fork == Fork(at=1, seats={"teacher": "terse"}, number=2)
    assert [" ".join(words) for words in commands(episode, fork, SEATS)] == [
        f"fork {episode.id} --at 1 --seat teacher=terse@openai/small --seed 1",
        f"fork {episode.id} --at 1 --seat teacher=terse@openai/small --seed 2",
    ]
    (same,) = commands(episode, Fork(at=1, seats={"student": "patient"}), SEATS)
    assert same == ("fork", episode.id, "--at", "1", "--seat", "student=patient")
    (other,) = commands(episode, Fork(at=1, seed=7), SEATS)
    assert other[-2:] == ("--seed", "7")


def test_nothing_but_known_people_and_numbers_reaches_a_command() -> None:
    for name, value in (("at", "0"), ("at", "x"), ("seed", "-1"), ("seed", "1 --db x"), ("number", "21")):
        with pytest.raises(ConfigError, match=f"'{name}' of the fork cannot be '{value}'"):
            read_form({"at": "1", name: value}, SEATS)
    with pytest.raises(ConfigError, match="'at' of the fork"):
        read_form({}, SEATS)
    with pytest.raises(UnknownName, match=r"unknown teacher '/etc/x\.toml'"):
        read_form({"at": "1", "seat.teacher": "/etc/x.toml"}, SEATS)


def test_personas_of_the_run_can_be_chosen(talk: Talk, tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "coach.toml").write_text('name = "coach"\nrole = "teacher"\n')
    run = Run(id="r", plan={}, settings={"folder": str(tmp_path), "personas": ["mine", "gone"]}, seed=0)
    found = seatings(talk(("teacher", "feedback", "", None), ("student", "revise", "", None)), run)
    by_seat = {one.seat.seat: one.personas for one in found}
    assert "coach" in by_seat["teacher"]
    assert "coach" not in by_seat["student"]


def test_what_no_command_can_fork_says_why(talk: Talk) -> None:
    episode = talk(("student", "attempt", "", None))
    imported, by_hand = (
        Run(id="r", kind=kind, plan={"script": "tutoring"}, seed=0) for kind in ("import", "simulation")
    )
    assert "imported" in (refusal(episode, imported) or "")
    assert "was not begun at a command line" in (refusal(episode, by_hand) or "")
    assert refusal(episode, by_hand.model_copy(update={"settings": {"folder": "."}})) is None


def test_what_a_command_said_is_read() -> None:
    ending = {"kind": "cut_short", "reason": "ModelTimeout: no answer"}
    told = json.dumps({"episode": {"id": "abc", "ending": ending}, "held_before": True})
    assert _read(told, "a note", 4) == Result("abc", "ModelTimeout: no answer", held_before=True)
    assert _read("", "a note\nerror: no such seat\n", 2).error == "no such seat"
    assert _read("", "", -9).error == "the command ended with code -9."


def test_only_a_page_of_this_window_may_fork(browser: Any, window: Window) -> None:
    episode = next(window.episodes(calls=False))
    path, form = f"/episodes/{episode.id}/fork", {"at": "1"}
    for headers in ({}, {"origin": "http://elsewhere.example"}):
        assert browser.ask("POST", path, data=form, headers=headers).status_code == 403
    here = {"origin": "http://127.0.0.1:8080"}
    answer = browser.ask("POST", path, data={"at": "99"}, headers=here)
    assert answer.status_code == 400
    assert "not at 99" in answer.text
    assert browser.get("/forks/unknown").status_code == 404


@pytest.mark.slow
async def test_a_fork_is_held_by_the_command_and_shown(tmp_path: Path) -> None:
    from schoolroom.cli.main import app as cli

    database = tmp_path / "school.db"
    words = ["run", "--episodes", "2", "--gate", "taught", "--db", str(database), "--quiet", "--json"]
    held = await asyncio.to_thread(CliRunner().invoke, cli, words)
    assert held.exit_code == 0, held.output
    with Window.open(database) as window:
        parent = next(window.episodes(calls=False))
    pages = app(database)
    base = "http://127.0.0.1:8080"
    async with (
        pages.router.lifespan_context(pages),
        httpx.AsyncClient(transport=httpx.ASGITransport(pages), base_url=base) as browser,
    ):
        path = f"/episodes/{parent.id}/fork"
        assert "<button>Fork</button>" in (await browser.get(path)).text
        form = {"at": "1", "seat.student": "anxious"}
        sent = await browser.post(path, data=form, headers={"origin": base})
        assert sent.status_code == 303
        job = sent.headers["location"]
        page = (await browser.get(job)).text
        assert f"schoolroom fork {parent.id} --at 1 --seat student=anxious --db {database}" in page
        while "data-live" in page:
            await asyncio.sleep(0.2)
            page = (await browser.get(job)).text
        assert "beside its parent" in page
        assert (await browser.get(f"{job}/results")).status_code == 204
    with Window.open(database) as window:
        (forked,) = (one for one in window.episodes(calls=False) if one.origin is not None)
        assert f"/episodes/{parent.id}/beside/{forked.id}" in page
        assert forked.turns[0].persona == "anxious@1"

"""`schoolroom run`: plans, outcomes, resuming; classrooms on a server that answers, babbles or is down."""

import asyncio
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from typer.testing import Result

from schoolroom.agents.fake_server import FakeServer, classroom_reply
from schoolroom.transcripts.records import Message
from schoolroom.transcripts.store import Store

Cli = Callable[..., Result]


def test_a_run_is_reported_and_stored(held: dict[str, Any], tmp_path: Path) -> None:
    assert [lesson["lesson"] for lesson in held["lessons"]] == [
        "two-digit-no-carry",
        "two-digit",
    ]
    assert all(lesson["taught"] == lesson["finished"] == 40 for lesson in held["lessons"])
    assert held["episodes"] == 80
    assert held["calls"] == held["resumed"] == 0
    assert held["cut_short"] == {}
    with Store.open(tmp_path / "schoolroom.db", must_exist=True) as store:
        counts = store.counts(held["run"])
        assert (counts.finished, counts.turns) == (80, held["turns"])


def test_the_same_command_goes_on_where_it_stopped(cli: Cli, held: dict[str, Any]) -> None:
    words = cli("run", "--episodes", "40", "--gate", "taught").stdout
    assert "80 episodes had been held before." in words
    assert held["run"] in words
    assert "turns/s" not in words  # nobody spoke


def test_the_outcome_ends_with_commands_that_work(cli: Cli) -> None:
    words = cli("run", "--episodes", "3", "--lessons", "two-digit", "--db", "a b.db", "--seed", "5").stdout
    assert "not mastered" in words
    assert all(len(line) <= 80 for line in words.split("\nnext\n")[0].splitlines())
    assert "\x1b" not in words
    first = words.split("\nnext\n")[1].splitlines()[0].split()
    assert first[:3] == ["schoolroom", "transcripts", "list"]
    assert first[-3:] == ["--db", "'a", "b.db'"]
    assert "outcome" in cli(*first[1:-2], "a b.db").stdout


def test_a_dry_run_shows_the_very_plan_and_touches_nothing(
    cli: Cli, held: dict[str, Any], tmp_path: Path
) -> None:
    words = ("run", "--episodes", "40", "--gate", "taught", "--dry-run", "--db", "none.db")
    plan = json.loads(cli(*words, "--json").stdout)
    assert plan["run"] == held["run"]
    assert [seat["persona"] for seat in plan["seats"]] == ["patient@1", "careless@1", "exact@1"]
    assert plan["lessons"][1]["prerequisites"] == ["two-digit-no-carry"]
    assert plan["lessons"][0]["episodes"] == 40
    text = cli(*words).stdout
    assert plan["lessons"][1]["first_question"] in text
    assert "nothing was asked or written" in text
    assert not (tmp_path / "none.db").exists()


def test_null_is_a_setting_like_any_other(cli: Cli) -> None:
    words = ("run", "--script", "citing", "--dry-run", "--json")
    usual, told, withheld = (
        json.loads(cli(*words, *more).stdout)
        for more in ((), ("--setting", "rubric_by=teacher"), ("--setting", "rubric_by=null"))
    )
    assert withheld["settings"] == {"rubric_by": None}
    assert len({plan["run"] for plan in (usual, told, withheld)}) == 3
    said = cli(*words, "--setting", "own_revisions=null", code=2).output
    assert "own_revisions" in said


def test_only_the_chosen_lessons_are_taught_and_keep_their_order(cli: Cli) -> None:
    words = ("run", "--course", "arithmetic", "--lessons", "nested-brackets,chains", "--dry-run", "--json")
    plan = json.loads(cli(*words).stdout)
    assert [(lesson["lesson"], lesson["prerequisites"]) for lesson in plan["lessons"]] == [
        ("chains", []),
        ("nested-brackets", ["chains"]),  # by way of two that were left out
    ]


def test_settings_come_from_a_file_and_options_win(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text(
        'seed = 7\n[seats]\nteacher = "strict"\n[classroom]\nepisodes = 2\nsettings = { max_revisions = 0 }\n'
    )
    words = ("run", "--config", "a.toml", "--teacher", "terse", "--set", "classroom.wave=1", "--json", "-q")
    report = json.loads(cli(*words).stdout)
    assert report["seed"] == 7
    with Store.open("schoolroom.db", must_exist=True) as store:
        plan = store.run(report["run"]).plan
        assert plan["wave"] == 1
        assert {seat["seat"]: seat["persona"] for seat in plan["seats"]}["teacher"] == "terse@1"
        assert all(turn.ask != "revise" for episode in store.episodes() for turn in episode.turns)


def test_a_persona_of_ones_own_is_seated(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    cli("personas", "new", "brisk", "--role", "teacher", "--out", "mine")
    plan = json.loads(cli("run", "--personas", "mine", "--teacher", "brisk", "--dry-run", "--json").stdout)
    assert plan["seats"][0] == {
        "seat": "teacher",
        "role": "teacher",
        "persona": "brisk@1",
        "model": "scripted",
    }


def test_watching_shows_conversations_on_standard_error_alone(cli: Cli) -> None:
    result = cli("run", "--episodes", "2", "--watch", "--json")
    assert json.loads(result.stdout)["episodes"] == 2
    assert result.stderr.count("careless@1 · attempt") == 2


def on_server(
    reply: Callable[[Sequence[Message]], str], *runs: Sequence[str], cli: Cli, code: int = 0
) -> list[Result]:
    """The results of `run` with a teacher and a student that a server on loopback plays."""

    async def together() -> list[Result]:
        async with FakeServer(reply) as server:
            common = [
                *("run", "--course", "arithmetic", "--lessons", "two-digit-sums", "--episodes", "6", "-q"),
                *("--teacher", "patient@small", "--student", "careless@small", "--base-url", server.url),
            ]
            return [await asyncio.to_thread(cli, *common, *words, code=code) for words in runs]

    return asyncio.run(together())


@pytest.mark.slow
def test_language_models_are_asked_on_a_real_server(cli: Cli) -> None:
    (told, shown) = on_server(classroom_reply, ["--json"], [], cli=cli)
    report = json.loads(told.stdout)
    assert report["lessons"][0]["finished"] == 6
    assert report["calls"] >= 12
    assert report["prompt_tokens"] > 0
    assert report["cost"] is None
    assert "cost not known" in shown.stdout
    episode = json.loads(cli("transcripts", "list", "--wrong", "--json").stdout)[0]["id"]
    words = cli("transcripts", "show", episode).stdout
    assert "← wrong" in words
    assert "small · " in words


@pytest.mark.slow
def test_a_reply_that_cannot_be_parsed_cuts_its_episode_short_and_keeps_what_was_said(cli: Cli) -> None:
    def babble(messages: Sequence[Message]) -> str:
        said = "\n".join(message.content for message in messages)
        return "Well, well." if "all correct" in said else classroom_reply(messages)

    (told,) = on_server(babble, ["--json"], cli=cli, code=4)
    report = json.loads(told.stdout)
    assert "every episode was cut short" in told.stderr
    ((reason, number),) = report["cut_short"].items()
    assert number == report["lessons"][0]["taught"] == 6
    assert "feedback must end with 'all correct'" in reason
    assert report["lessons"][0]["state"] == "stopped"
    with Store.open("schoolroom.db", must_exist=True) as store:
        assert [[turn.ask for turn in episode.turns] for episode in store.episodes()] == [["attempt"]] * 6


@pytest.mark.slow
def test_a_server_that_is_down_costs_nothing_and_the_run_goes_on_when_it_is_up(cli: Cli) -> None:
    words = ["--teacher", "patient@small", "--set", "llm.max_retries=0"]
    base = ["run", "--course", "arithmetic", "--lessons", "two-digit-sums", "--episodes", "3", "-q", *words]
    down = cli(*base, "--base-url", "http://127.0.0.1:9/v1", code=4)
    assert "3 of 3 episodes cut short:" in down.stdout
    assert "ModelUnavailable" in down.stdout
    assert "--retry" in down.stdout
    assert "schoolroom train" not in down.stdout
    assert "object at 0x" not in down.stdout

    async def up() -> Result:
        async with FakeServer() as server:
            return await asyncio.to_thread(cli, *base, "--base-url", server.url, "--retry", "--json")

    report = json.loads(asyncio.run(up()).stdout)
    assert report["run"] in down.stdout
    assert report["lessons"][0]["finished"] == 3


def test_another_temperature_or_a_changed_persona_makes_another_run(cli: Cli, tmp_path: Path) -> None:
    cli("personas", "new", "keen", "--role", "student")

    def planned(*words: str) -> str:
        plan = json.loads(cli("run", "--student", "keen.toml", "--dry-run", "--json", *words).stdout)
        return str(plan["run"])

    first = planned()
    assert planned() == first
    assert planned("--temperature", "0.5") != first
    persona = tmp_path / "keen.toml"
    persona.write_text(persona.read_text().replace("heeds = 0.9", "heeds = 0.8"))
    assert planned() != first

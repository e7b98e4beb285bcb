"""YODA on one's own questions, by a course file alone; a server on loopback plays teacher and student."""

import asyncio
import json
import re
from collections.abc import Callable, Sequence
from itertools import count
from pathlib import Path

import pytest
from typer.testing import Result

from schoolroom.agents.fake_server import FakeServer, classroom_reply
from schoolroom.transcripts.records import Episode, Message
from schoolroom.transcripts.store import Store

Cli = Callable[..., Result]

COURSE = """\
title = "My questions"

[[lessons]]
id = "mine"
title = "Mine"
subject = "jsonl:questions.jsonl"
"""

_ASKED = re.compile(r"Write (\d+) (further|harder) questions")


Say = Callable[[list[tuple[str, int]]], str]
"""How further questions are put, given with their answers."""


def inventive(say: Say) -> Callable[[Sequence[Message]], str]:
    """Says what `classroom_reply` says; asked for further questions, it makes new ones each time."""
    fresh = count(1)

    def reply(messages: Sequence[Message]) -> str:
        words = messages[-1].content
        if (found := _ASKED.search(words)) is None:
            return classroom_reply(messages)
        sums = [(next(fresh), 3 if found[2] == "harder" else 30) for _ in range(int(found[1]))]
        return say([(f"Ann has {a} + {b} pears. How many is that?", a + b) for a, b in sums])

    return reply


def structured(made: list[tuple[str, int]]) -> str:
    return json.dumps({"questions": [{"question": text, "answer": answer} for text, answer in made]})


def sloppy(made: list[tuple[str, int]]) -> str:
    listed = "\n\n".join(
        f"**Question {i}:** {text}\n\n**Answer:** {answer}" for i, (text, answer) in enumerate(made, start=1)
    )
    return f"Sure! Here you are:\n\n{listed}\n\n"


def without_answers(made: list[tuple[str, int]]) -> str:
    return "\n".join(f"- question: {text}" for text, _ in made)


def held(cli: Cli, say: Say, *words: str) -> list[Episode]:
    """The episodes of a run of `yoda` on eight questions of one's own."""
    rows = [
        {"question": f"Tom has {i} + {i + 3} nuts. How many is that?", "answer": str(2 * i + 3)}
        for i in range(8)
    ]
    Path("questions.jsonl").write_text("\n".join(map(json.dumps, rows)))
    Path("mine.toml").write_text(COURSE)

    async def run() -> None:
        async with FakeServer(inventive(say)) as server:
            command = [
                *("run", "--course", "mine.toml", "--script", "yoda", "--setting", "generalized=2"),
                *("--teacher", "patient@small", "--student", "plain@small", "--base-url", server.url, "-q"),
            ]
            await asyncio.to_thread(cli, *command, *words)

    asyncio.run(run())
    with Store.open("schoolroom.db", must_exist=True) as store:
        return list(store.episodes())


@pytest.mark.slow
@pytest.mark.parametrize("say", [structured, sloppy])
def test_a_language_model_makes_the_further_questions(cli: Cli, say: Say, tmp_path: Path) -> None:
    episodes = held(cli, say)
    assert {episode.ending and episode.ending.kind for episode in episodes} == {"finished"}
    for episode in episodes:
        asked = {episode.question_of(turn).id: episode.question_of(turn) for turn in episode.turns}
        tiers = [str(question.tier) for question in asked.values()]
        assert [tiers.count(tier) for tier in ("basic", "generalized", "harder")] == [1, 6, 2]
        graded = [episode.question_of(turn).id for turn in episode.turns if turn.ask == "grade"]
        assert sorted(graded) == sorted(asked)
        assert all(turn.says_correct for turn in episode.turns if turn.ask == "grade")
    cli("export", "--recipe", "yoda", "--set", "training.settings.order=forward", "--out", "rows.jsonl")
    rows = [json.loads(line) for line in (tmp_path / "rows.jsonl").read_text().splitlines()]
    tiers = [str(row["tier"]) for row in rows]
    assert {"basic", "generalized", "harder"} == set(tiers)
    assert tiers[: tiers.count("basic")] == ["basic"] * tiers.count("basic")


@pytest.mark.slow
def test_questions_without_answers_are_learnt_by_the_teachers_word_and_not_graded(cli: Cli) -> None:
    for episode in held(cli, without_answers, "--episodes", "3"):
        assert episode.ending is not None
        assert episode.ending.kind == "finished"
        assert [turn.question for turn in episode.turns if turn.ask == "grade"] == [None]
        taught = [turn for turn in episode.turns if turn.ask == "attempt" and turn.question]
        assert len(taught) == 8


def test_a_scripted_teacher_that_can_make_none_says_who_can(cli: Cli) -> None:
    Path("questions.jsonl").write_text('{"question": "What is 3 + 4?", "answer": "7"}\n')
    Path("mine.toml").write_text(COURSE)
    told = cli("run", "--course", "mine.toml", "--script", "yoda", "-q", "--json", code=4)
    (reason,) = json.loads(told.stdout)["cut_short"]
    assert "cannot answer 'generalize'" in reason
    assert "seat a language model there" in reason

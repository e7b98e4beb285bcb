"""Weak teachers on one's own questions, by a course file alone; a server plays the teacher."""

import asyncio
import json
import re
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from typer.testing import Result

from schoolroom.agents.fake_server import FakeServer
from schoolroom.training.recipes.base import apply_recipe
from schoolroom.training.teacher_errors import teacher_errors
from schoolroom.transcripts.records import Episode, Message, Questions, Tier
from schoolroom.transcripts.store import Store

Cli = Callable[..., Result]

COURSE = """\
title = "My questions"

[[lessons]]
id = "mine"
title = "Mine"
subject = "jsonl:questions.jsonl"
tiers = ["full"]
"""
QUESTIONS = [{"question": f"What is {n} + {n + 1} + {n + 2}?", "answer": str(3 * n + 3)} for n in range(1, 9)]
SETTINGS = '[classroom]\nscript = "supervision"\nsettings = { parts = 2 }\n'
_SUM = re.compile(r"\d+(?: \+ \d+)+")


def terms(asked: str) -> list[int]:
    found = _SUM.search(asked)
    assert found
    return [int(term) for term in found[0].split(" + ")]


def worked(numbers: Sequence[int]) -> tuple[list[str], int]:
    steps, total = [], numbers[0]
    for number in numbers[1:]:
        steps.append(f"{total} + {number} = {total + number}")
        total += number
    return steps, total


def structured(asked: str) -> str:
    """Its parts come as JSON."""
    first, second, third = terms(asked)
    parts = [
        {"question": f"What is {a} + {b}?", "solution": worked((a, b))[0], "answer": a + b}
        for a, b in ((first, second), (second, third))
    ]
    return f"```json\n{json.dumps({'questions': parts})}\n```"


class Sloppy:
    """First writes too few parts, then too many, dressed up."""

    def __init__(self) -> None:
        self.asked = 0

    def __call__(self, asked: str) -> str:
        self.asked += 1
        first, second, third = terms(asked)
        if self.asked == 1:
            return f"Sure! **Question 1:** What is {first} + {second}?\n**Answer:** {first + second}"
        lines = ["Of course, here they are.", ""]
        for number, (a, b) in enumerate(((first, second), (second, third), (first, third)), start=1):
            lines += [f"**Question {number}:** What is {a} + {b}?", "**Solution:**", f"- {a} + {b} = {a + b}"]
            lines += [f"**Answer:** {a + b}", ""]
        return "\n".join(lines)


def teacher(divide: Callable[[str], str]) -> Callable[[Sequence[Message]], str]:
    """Divides as `divide` says; is right about parts, and about every other whole."""

    def reply(messages: Sequence[Message]) -> str:
        asked = next(message.content for message in messages if message.role == "user")
        if "smaller questions" in asked:
            return divide(asked)
        numbers = terms(asked)
        steps, total = worked(numbers)
        if len(numbers) == 3 and numbers[0] % 2:
            steps[-1], total = f"{steps[-1].partition('=')[0]}= {total + 1}", total + 1
        return "\n".join([*steps, f"answer: {total}"])

    return reply


@pytest.mark.slow
@pytest.mark.parametrize("divide", [structured, Sloppy()], ids=["structured", "sloppy"])
def test_wholes_and_parts_are_shown_by_a_language_model(
    cli: Cli, tmp_path: Path, divide: Callable[[str], str]
) -> None:
    (tmp_path / "mine.toml").write_text(COURSE)
    (tmp_path / "questions.jsonl").write_text("\n".join(map(json.dumps, QUESTIONS)))
    (tmp_path / "settings.toml").write_text(SETTINGS)

    async def held() -> Result:
        async with FakeServer(teacher(divide)) as server:
            seats = ("--teacher", "exact@small", "--grader", "exact", "--base-url", server.url)
            words = ("run", "--course", "mine.toml", "--config", "settings.toml", *seats, "--json", "-q")
            return await asyncio.to_thread(cli, *words)

    report = json.loads(asyncio.run(held()).stdout)
    with Store.open("schoolroom.db", must_exist=True) as store:
        episodes: list[Episode] = list(store.episodes(run=report["run"]))
    assert episodes
    assert {e.ending.kind for e in episodes if e.ending} == {"finished"}
    for episode in episodes:
        (parts,) = (t.payload.questions for t in episode.turns if isinstance(t.payload, Questions))
        first, second, third = terms(episode.question.text)
        assert [part.text for part in parts] == [
            f"What is {first} + {second}?",
            f"What is {second} + {third}?",
        ]
        assert [part.answer for part in parts] == [str(first + second), str(second + third)]
        assert {(part.tier, part.parent) for part in parts} == {(Tier.SUBTASK, episode.question.id)}
    errors = teacher_errors(episodes)
    wrong = sum(terms(episode.question.text)[0] % 2 for episode in episodes)
    assert errors[Tier.FULL].outcome_error_rate.value == pytest.approx(wrong / len(episodes))
    assert errors[Tier.FULL].step_error_rate.value == pytest.approx(wrong / len(episodes) / 2)
    assert errors[Tier.SUBTASK].outcome_error_rate.value == 0.0
    share = wrong / len(episodes)
    rows = list(apply_recipe("weak_supervision", episodes, {"whole": share, "parts": 0}))
    kinds = [row.kind for row in rows]
    assert kinds.count("whole") == len(episodes)
    assert kinds.count("part") == len({t.question.id for e in episodes for t in e.turns if t.question})
    alone = ("--recipe", "weak_supervision", "--recipe-set", "whole=null", "--recipe-set", "parts=0.0")
    cli("export", *alone, "--out", "parts.jsonl")
    exported = [json.loads(line)["kind"] for line in Path("parts.jsonl").read_text().splitlines()]
    assert exported == ["part"] * kinds.count("part")

"""TriPosT and the seminar on one's own questions, by a course file alone; a server plays all but graders."""

import asyncio
import json
import re
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from typer.testing import Result

from schoolroom.agents.fake_server import FakeServer
from schoolroom.training.recipes.base import apply_recipe
from schoolroom.transcripts.records import Episode, Feedback, Message
from schoolroom.transcripts.replies import parse_attempt
from schoolroom.transcripts.store import Store

Cli = Callable[..., Result]
Say = Callable[[str, str, str], str]
"""What a teacher says: told to ``show`` or ``check``, the right sum, and the last sum that it was shown."""

COURSE = """\
title = "My questions"

[[lessons]]
id = "mine"
title = "Mine"
subject = "jsonl:questions.jsonl"
"""
QUESTIONS = [
    {"question": f"Tom has {n} + {n + 3} nuts. How many is that?", "answer": str(2 * n + 3)} for n in range(8)
]
_SUM = re.compile(r"(\d+) \+ (\d+)")
_WORKED = re.compile(r"\d+ \+ \d+ = \d+")


def classroom(teacher: Say) -> Callable[[Sequence[Message]], str]:
    """A student that is wrong at every other question and sees nothing, and a teacher that says `teacher`."""

    def reply(messages: Sequence[Message]) -> str:
        asked, *_ = (message.content for message in messages if message.role == "user")
        found = _SUM.search(asked)
        assert found
        a, b = int(found[1]), int(found[2])
        if "student" in asked:
            shown = _WORKED.findall(asked)
            action = "show" if "Show how" in asked else "check"
            return teacher(action, f"{a} + {b} = {a + b}", shown[-1] if shown else "")
        told = messages[-1].content
        if "Check each step" in told:
            return "all correct" if a % 4 else "step 1 is wrong"
        wrong = a % 2 == 0 and "Now correct" not in told
        return f"{a} + {b} = {a + b + wrong}\nanswer: {a + b + wrong}"

    return reply


def structured(asked: str, right: str, shown: str) -> str:
    if asked == "show":
        return f"{right}\nanswer: {right.rpartition(' ')[2]}"
    if shown == right:
        return json.dumps({"correct": True})
    wrong = shown.rpartition(" ")[2]
    return f"```json\n{json.dumps({'correct': False, 'step': 0, 'span': wrong, 'reason': right})}\n```"


class Sloppy:
    """Dresses things up; its first correction says no answer, and its first check no verdict."""

    def __init__(self) -> None:
        self.said: Counter[tuple[str, str, str]] = Counter()

    def __call__(self, asked: str, right: str, shown: str) -> str:
        told = asked, right, shown
        self.said[told] += 1
        if asked == "show":
            ending = "" if self.said[told] == 1 else f"\n\n**Answer: {right.rpartition(' ')[2]}**"
            return f"Sure!\n\n- {right}{ending}\n"
        if self.said[told] == 1:
            return "Let me think about that."
        if shown == right:
            return "I added it up again, and it fits.\n\n**All correct!**\n"
        return f'Look at "{shown.rpartition(" ")[2]}" again: {right}.\n\n**Step 1 is wrong.**'


def held(cli: Cli, teacher: Say, *words: str) -> list[Episode]:
    """The episodes of a run on eight questions of one's own."""
    Path("questions.jsonl").write_text("\n".join(map(json.dumps, QUESTIONS)))
    Path("mine.toml").write_text(COURSE)

    async def run() -> None:
        async with FakeServer(classroom(teacher)) as server:
            command = [
                *("run", "--course", "mine.toml", "--teacher", "patient@small", "--student", "plain@small"),
                *("--base-url", server.url, "--gate", "taught", "-q", *words),
            ]
            await asyncio.to_thread(cli, *command)

    asyncio.run(run())
    with Store.open("schoolroom.db", must_exist=True) as store:
        return list(store.episodes())


@pytest.mark.slow
@pytest.mark.parametrize("teacher", [structured, Sloppy()], ids=["structured", "sloppy"])
def test_trajectories_are_edited_by_a_language_model(cli: Cli, teacher: Say) -> None:
    episodes = held(cli, teacher, "--script", "tripost")
    assert all(episode.ending and episode.ending.kind == "finished" for episode in episodes)
    rows = list(apply_recipe("tripost", episodes, {"balance": None, "trust": "graded"}))
    kinds = Counter(row.kind for row in rows)
    mistakes = sum(
        isinstance(turn.payload, Feedback) and turn.seat == "teacher" and not turn.payload.correct
        for episode in episodes
        for turn in episode.turns
    )
    assert mistakes >= 2
    assert kinds == {"feedback": mistakes, "revision": mistakes, "termination": len(episodes)}
    for row in rows:
        if row.kind == "revision":
            assert int(row.messages[-1].content.strip("*\n ").split()[-1]) % 2 == 1, "2n + 3 is odd"


@pytest.mark.slow
@pytest.mark.parametrize("teacher", [structured, Sloppy()], ids=["structured", "sloppy"])
def test_a_seminar_of_language_models_gives_right_solutions_and_corrections(cli: Cli, teacher: Say) -> None:
    seats = [word for n in (1, 2, 3) for word in ("--seat", f"student-{n}=plain@small")]
    episodes = held(cli, teacher, "--script", "seminar", *seats)
    assert all(episode.ending and episode.ending.kind == "finished" for episode in episodes)
    rows = list(apply_recipe("seminar", episodes, {"trust": "graded"}))
    answers = {episode.question.id: episode.question.answer for episode in episodes}
    solved = [row for row in rows if row.kind == "attempt"]
    assert len(solved) >= 5  # a correction that says no answer is none
    assert all(parse_attempt(row.messages[-1].content).answer == answers[row.question] for row in solved)
    assert {"feedback", "revision"} <= {row.kind for row in rows}

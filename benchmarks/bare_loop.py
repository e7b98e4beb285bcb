"""Tutoring as a bare asyncio loop, for comparison: no cues, records, seats, AutoGen, litellm or SQLAlchemy.

It says what schoolroom's seats say, and makes each turn durable before it goes on. See `overhead`.
"""

import asyncio
import json
import random
import sqlite3
import threading
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

import aiohttp

from schoolroom.agents.fakes import RunningSums
from schoolroom.agents.persona import Persona, Traits
from schoolroom.transcripts.prompts import fill
from schoolroom.transcripts.records import Ask, Attempt, Grade, Json, Payload, Question, Role, derive_seed
from schoolroom.transcripts.replies import (
    parse_attempt,
    parse_feedback,
    parse_grade,
    render_attempt,
    render_verdict,
)

SEED = 0
SLIP_RATE = 0.25
SUMS = RunningSums()
PERSONAS = {
    "student": Persona(name="student", role=Role.STUDENT, traits=Traits(slip_rate=SLIP_RATE)),
    "teacher": Persona(name="teacher", role=Role.TEACHER),
    "grader": Persona(name="grader", role=Role.GRADER),
}

Words = list[list[str]]
"""The words of each turn of each episode."""


class LeanStore:
    """A row per turn; one thread writes, and commits together what came in together."""

    def __init__(self, path: Path) -> None:
        self._path, self._loop = path, asyncio.get_running_loop()
        self._waiting: list[tuple[tuple[str, ...], asyncio.Future[None]]] = []
        self._work, self._open = threading.Condition(), True
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    async def append(self, *row: str) -> None:
        """Returns once the row is committed."""
        done: asyncio.Future[None] = self._loop.create_future()
        with self._work:
            self._waiting.append((row, done))
            self._work.notify()
        await done

    def close(self) -> None:
        """Waits for what was handed in."""
        with self._work:
            self._open = False
            self._work.notify()
        self._thread.join()

    def _serve(self) -> None:
        database = sqlite3.connect(self._path)
        database.executescript(
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;"
            "CREATE TABLE turn"
            " (episode, number, seat, ask, text, payload, calls, PRIMARY KEY (episode, number))"
        )
        while True:
            with self._work:
                while self._open and not self._waiting:
                    self._work.wait()
                batch, self._waiting = self._waiting, []
            if not batch:
                break
            database.executemany("INSERT INTO turn VALUES (?, ?, ?, ?, ?, ?, ?)", [row for row, _ in batch])
            database.commit()
            self._loop.call_soon_threadsafe(_acknowledge, [done for _, done in batch])
        database.close()


def _acknowledge(futures: Sequence[asyncio.Future[None]]) -> None:
    for future in futures:
        future.set_result(None)


Said = tuple[str, Any, Json]
"""Words, payload, and the model call if there was one."""
NOTHING_HEARD: Said = ("", None, None)
Say = Callable[[Question, Ask, Sequence[Said], int], Awaitable[Said]]
"""Given the question, what is asked, what was heard (an attempt, feedback) and a seed."""


async def bare(say: Say, asked: Sequence[Question], live: int, path: Path) -> Words:
    """Tutoring written out, without cues, records and seats."""
    store, room = LeanStore(path), asyncio.Semaphore(live)

    async def episode(question: Question) -> list[str]:
        words: list[str] = []
        seed = derive_seed(SEED, question.lesson, question.id)

        async def turn(seat: str, ask: Ask, *heard: Said) -> Said:
            number = len(words)
            said = await say(question, ask, heard, derive_seed(seed, number))
            text, payload, call = said
            row = (question.id, str(number), seat, ask, text, payload.model_dump_json(), json.dumps(call))
            await store.append(*row)
            words.append(text)
            return said

        async with room:
            attempt = await turn("student", Ask.ATTEMPT)
            feedback = await turn("teacher", Ask.FEEDBACK, attempt)
            if not feedback[1].correct:
                attempt = await turn("student", Ask.REVISE, attempt, feedback)
                feedback = await turn("teacher", Ask.FEEDBACK, attempt)
            if not feedback[1].correct:
                shown = await turn("teacher", Ask.DEMONSTRATE, attempt, feedback)
                await turn("teacher", Ask.FEEDBACK, shown)
            await turn("grader", Ask.GRADE, attempt)
        return words

    try:
        return list(await asyncio.gather(*map(episode, asked)))
    finally:
        store.close()


async def say_scripted(question: Question, ask: Ask, heard: Sequence[Said], seed: int) -> Said:
    rng = random.Random(seed)
    attempt: Any = heard[0][1] if heard else None
    match ask:
        case Ask.ATTEMPT:
            written = slipped(question, SUMS.solve(question), 0, rng)
        case Ask.REVISE:
            rng.random()  # where a student decides whether to heed the feedback
            first = SUMS.check(question, attempt).step
            written = slipped(question, SUMS.correct(question, attempt), first or 0, rng)
        case Ask.FEEDBACK:
            found = SUMS.check(question, attempt)
            lines = (*SUMS.review(question, attempt), render_verdict(found, len(attempt.steps)))
            return "\n".join(lines), found, None
        case Ask.GRADE:
            right = SUMS.answers_match(question, attempt.answer)
            text = f"the answer is {'right' if right else 'wrong'}\nscore: {right:g}"
            return text, Grade(score=right, correct=right), None
        case _:
            written = SUMS.correct(question, attempt)
    return render_attempt(written), written, None


def slipped(question: Question, written: Attempt, start: int, rng: random.Random) -> Attempt:
    for step in range(start, len(written.steps)):
        if rng.random() < SLIP_RATE:
            written = SUMS.slip(question, written, step, rng.getrandbits(48))
    return written


def read(ask: Ask, text: str, attempt: Attempt) -> Payload:
    match ask:
        case Ask.FEEDBACK:
            return parse_feedback(text, attempt)
        case Ask.GRADE:
            return parse_grade(text)
        case _:
            return parse_attempt(text)


ROLES = {Ask.FEEDBACK: "teacher", Ask.DEMONSTRATE: "teacher", Ask.GRADE: "grader"}


def say_llm(session: aiohttp.ClientSession, url: str) -> Say:
    async def say(question: Question, ask: Ask, heard: Sequence[Said], seed: int) -> Said:
        role = ROLES.get(ask, "student")
        attempt_words, attempt, _ = heard[0] if heard else NOTHING_HEARD
        told = PERSONAS[role].instructions[ask]
        messages = [{"role": "user", "content": question.text}]
        if role == "student":
            messages += [
                {"role": "assistant" if i == 0 else "user", "content": said[0]}
                for i, said in enumerate(heard)
            ]
            messages[-1]["content"] += f"\n{told}"
        else:
            steps = attempt.steps
            values = {
                "question": question.text,
                "attempt": attempt_words,
                "steps": "\n".join(f"step {i}: {step}" for i, step in enumerate(steps, start=1)),
                "reference": "",
                "rubric": "",
            }
            messages[-1]["content"] = fill(told, values)
        body = {
            "model": "fake",
            "messages": messages,
            "temperature": 0.0,
            "max_tokens": 256,
            "seed": seed % 2**31,
        }
        async with session.post(f"{url}/chat/completions", json=body) as response:
            reply = await response.json()
        text = reply["choices"][0]["message"]["content"]
        return text, read(ask, text, attempt), {**body, "reply": text, "usage": reply["usage"]}

    return say

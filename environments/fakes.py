"""Fakes for tests of scripts and of what reads transcripts: speakers for every seat, and what they said.

They speak about sums (`schoolroom.agents.fakes.RunningSums`) and say anything that the grammar of replies
allows: right and wrong solutions, feedback that is true or not, now and then words that cannot be read where
a cue permits it. All of it follows from seeds.
"""

import asyncio
import random
from collections.abc import Callable, Iterator, Mapping

from ..agents.fakes import RunningSums
from ..agents.scripted import heard_attempt
from ..agents.seats import Seat, role_of_seat
from ..transcripts.listed_replies import render_questions
from ..transcripts.records import (
    Ask,
    Attempt,
    Cue,
    Episode,
    Feedback,
    Line,
    Question,
    Questions,
    SeatInfo,
)
from ..transcripts.replies import parse, render_attempt, render_verdict
from .classroom import hold
from .script import Script

__all__ = ["Everybody", "FakeSpeaker", "sample_episode", "sample_episodes"]

SUMS = RunningSums()
UNREADABLE = "Hm."
NO_MORE = "There are no further questions like this one."
PRAISE = Feedback(correct=True)
RUBRIC = "- steps: every step is written down\n- answer: the answer is given"


class FakeSpeaker:
    """Sits in a seat of any name and answers every ask."""

    def __init__(self, name: str) -> None:
        self.name, self.role = name, role_of_seat(name)
        self.info = SeatInfo(seat=name, role=self.role, persona="fake@1", model="scripted")

    async def speak(self, cue: Cue) -> Line:
        """Something that answers `cue`, which must be about a sum."""
        rng = random.Random(cue.seed)
        if cue.lenient and cue.ask is Ask.FEEDBACK and rng.random() < 0.1:
            return Line(text=UNREADABLE)
        text = _words(cue, rng)
        payload = Questions(questions=()) if text == NO_MORE else parse(cue, text)
        return Line(text=text, payload=payload)


class Everybody(Mapping[str, Seat]):
    """A seat for every name that a script may cue; holds those that were cued."""

    def __init__(self) -> None:
        self._seats: dict[str, Seat] = {}

    def __getitem__(self, name: str) -> Seat:
        return self._seats.setdefault(name, FakeSpeaker(name))

    def __iter__(self) -> Iterator[str]:
        return iter(self._seats)

    def __len__(self) -> int:
        return len(self._seats)


def sample_episodes(
    script: Callable[[Question], Script], *, name: str = "script", number: int = 20
) -> list[Episode]:
    """Conversations that `script` leads between fake speakers, each about another sum; blocks.

    Args:
        script: Called with a question, as `tutoring` is.
        name: What the episodes call the script, and their run.
        number: How many there are, from 1.
    """

    async def held() -> list[Episode]:
        return [await sample_episode(script, seed, name=name) for seed in range(number)]

    return asyncio.run(held())


async def sample_episode(script: Callable[[Question], Script], seed: int, *, name: str = "script") -> Episode:
    """One of them; the same seed gives the same, if the script is what it should be."""
    question, seats = SUMS.sample(seed), Everybody()
    held = await hold(script(question), seats, seed=seed)
    return Episode(
        id=Episode.id_of(name, question, seed),
        run=name,
        script=name,
        question=question,
        seats=tuple(seat.info for seat in seats.values()),
        seed=seed,
        turns=held.turns,
        ending=held.ending,
    )


def _words(cue: Cue, rng: random.Random) -> str:
    match cue.ask:
        case Ask.ATTEMPT | Ask.DEMONSTRATE:
            return render_attempt(_solution(cue.question, rng))
        case Ask.REVISE:
            earlier = heard_attempt(cue, "a student")
            return render_attempt(earlier if rng.random() < 0.1 else _solution(cue.question, rng))
        case Ask.FEEDBACK:
            attempt = heard_attempt(cue, "a speaker")
            return render_verdict(_feedback(cue.question, attempt, rng), len(attempt.steps))
        case Ask.GRADE:
            right = SUMS.answers_match(cue.question, heard_attempt(cue, "a grader").answer)
            return f"score: {float(right)}"
        case Ask.RUBRIC:
            return RUBRIC
        case Ask.GENERALIZE | Ask.HARDEN | Ask.DIVIDE:
            seeds = (rng.getrandbits(32) for _ in range(cue.count))
            return render_questions([SUMS.sample(seed) for seed in seeds]) if rng.random() < 0.9 else NO_MORE


def _solution(question: Question, rng: random.Random) -> Attempt:
    """Right in half of all cases."""
    right = SUMS.solve(question)
    if rng.random() < 0.5:
        return right
    return SUMS.slip(question, right, rng.randrange(len(right.steps) + 1), rng.getrandbits(32))


def _feedback(question: Question, attempt: Attempt, rng: random.Random) -> Feedback:
    """True in four of five cases."""
    truth = SUMS.check(question, attempt)
    if rng.random() < 0.8:
        return truth
    return Feedback(correct=False, step=rng.randrange(len(attempt.steps) + 1)) if truth.correct else PRAISE

"""A run through a server that fails in every way: each episode is finished or retryable, and none is lost.

``SCHOOLROOM_EPISODES`` says how many episodes are held; the full run is of 500.
"""

import os
import random
import time
from collections import Counter
from itertools import islice
from pathlib import Path
from typing import Literal

import pytest

from schoolroom.agents.fake_server import FakeServer
from schoolroom.agents.faults import FAULTS, Fault, chaos
from schoolroom.agents.llm_settings import LLMSettings
from schoolroom.agents.seating import take_seat
from schoolroom.agents.seats import Seat
from schoolroom.environments.course import Course, load_course
from schoolroom.environments.school import School
from schoolroom.transcripts.records import Episode, Role
from schoolroom.transcripts.store import Store

EPISODES = int(os.environ.get("SCHOOLROOM_EPISODES", "60"))
RATE = 0.4
Transport = Literal["openai", "litellm"]
TYPED = {"RateLimited", "ModelTimeout", "ModelUnavailable"}


def school(course: Course, store: Store, url: str, transport: Transport, *, retry: bool = False) -> School:
    """A careless student, and a teacher whom a server plays."""
    llm = LLMSettings(
        base_url=url, transport=transport, timeout=1.0, max_retries=1, max_wait=0.1, max_concurrency=8
    )
    who = {Role.STUDENT: "careless", Role.TEACHER: "patient@small", Role.GRADER: "exact"}
    seats: dict[str, Seat] = {
        role: take_seat(spec, name=role, role=role, checkers=course.checker, llm=llm)
        for role, spec in who.items()
    }
    return School(course, seats, store, episodes=EPISODES, concurrency=24, retry=retry)


def kind(episode: Episode) -> str:
    """How it ended, or the type of the error that cut it short."""
    assert episode.ending is not None
    return (episode.ending.reason or episode.ending.kind).partition(":")[0]


def test_the_same_seed_gives_the_same_faults_at_the_rate_that_was_asked_for() -> None:
    first, again = (list(islice(chaos(seed=3, rate=0.25), 2000)) for _ in range(2))
    assert first == again != list(islice(chaos(seed=4, rate=0.25), 2000))
    failed = [fault for fault in first if fault is not None]
    assert 400 < len(failed) < 600
    assert all(fault in failed for fault in FAULTS.values())


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("transport", ["openai", "litellm"])
async def test_a_run_through_every_fault_completes_and_what_failed_is_retried(
    tmp_path: Path, transport: Transport
) -> None:
    course = load_course("addition").only(["two-digit"])
    began = time.process_time()
    with Store.open(tmp_path / "chaos.db") as store:
        # Each kind once at the start, in any order, then all of them at random for ever.
        kinds: list[Fault | None] = list(FAULTS.values())
        random.Random(0).shuffle(kinds)
        async with FakeServer(faults=(fault for part in (kinds, chaos(1, RATE)) for fault in part)) as server:
            report = await school(course, store, server.url, transport).run()
            requests = server.count
        before = {episode.id: episode for episode in store.episodes(run=report.run)}
        endings = Counter(map(kind, before.values()))
        print(
            f"{len(before)} episodes, {requests} requests: {dict(endings)}, {report.totals.calls} calls kept"
        )
        assert report.lessons[0].taught == len(before) == EPISODES
        assert endings.keys() <= TYPED | {"finished"}
        assert endings["ModelUnavailable"]
        assert endings["finished"] > EPISODES / 3

        async with FakeServer() as server:
            done = await school(course, store, server.url, transport, retry=True).run()
            asked = server.count
        after = {episode.id: episode for episode in store.episodes(run=done.run)}
        assert done.lessons[0].finished == EPISODES
        assert Counter(map(kind, after.values())) == {"finished": EPISODES}
        assert after.keys() == before.keys()
        for id_, episode in after.items():
            said = before[id_].turns
            assert episode.turns[: len(said)] == said  # nothing that was said is lost, or said again
            assert [turn.index for turn in episode.turns] == list(range(len(episode.turns)))
        assert done.totals.calls == report.totals.calls + asked  # nothing is paid for twice
    print(f"{asked} requests for the retry; {time.process_time() - began:.1f} CPU seconds")

"""Forks: what is repeated, what is said anew, under which name it is stored, and how a fork goes on."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from schoolroom.agents.seating import take_seat
from schoolroom.agents.seats import Seat
from schoolroom.environments.course import Course
from schoolroom.environments.examination import sit_exam
from schoolroom.environments.forks import fork, last_fork
from schoolroom.environments.lessons import Lesson
from schoolroom.environments.offshoots import first_run
from schoolroom.environments.school import School
from schoolroom.transcripts.errors import ConfigError, ModelUnavailable
from schoolroom.transcripts.records import (
    Criterion,
    Cue,
    Ending,
    Episode,
    Payload,
    Role,
    Rubric,
    Run,
)
from schoolroom.transcripts.store import Store

from .conftest import Speaker, Watcher, asked, knows, lesson, seats, solves
from .conftest import course as doublings

COURSE = Course(
    id="brackets",
    title="Brackets",
    lessons=(
        Lesson(
            id="brackets",
            title="Brackets",
            subject="multistep_arithmetic",
            rubric=Rubric(criteria=(Criterion(name="right", description="The answer is right."),)),
        ),
    ),
)
SCRIPTS: dict[str, dict[str, Any]] = {
    "citing": {"own_revisions": 1},
    "demonstration": {"checked": True},
    "rubrics": {},
    "seminar": {"students": 2},
    "supervision": {"parts": 2},
    "tripost": {},
    "tutoring": {"max_revisions": 2},
    "yoda": {"levels": 2, "generalized": 1, "rounds": 0},
}
"""All that a school holds, with settings that make their episodes long."""


def people(**who: str) -> dict[str, Seat]:
    """Scripted people for every seat that a built-in script cues."""
    spec = {
        "teacher": "patient",
        "student": "careless",
        "student-1": "careless",
        "student-2": "anxious",
        "grader": "exact",
        **who,
    }
    return {
        name: take_seat(one, name=name, role=Role(name.split("-")[0]), checkers=COURSE.checker)
        for name, one in spec.items()
    }


async def taught(script: str, store: Store, episodes: int = 2) -> tuple[Run, list[Episode]]:
    """A few episodes of a script, stored."""
    school = School(
        COURSE,
        people(),
        store,
        script=script,
        settings=SCRIPTS[script],
        episodes=episodes,
        gate="taught",
    )
    report = await school.run()
    return store.run(report.run), list(store.episodes(run=report.run))


def words(episode: Episode) -> list[tuple[Any, ...]]:
    return [
        (t.index, t.seat, t.persona, t.ask, t.heard, t.text, t.payload, t.question) for t in episode.turns
    ]


@pytest.mark.parametrize("script", SCRIPTS)
async def test_the_same_people_say_the_same_from_every_turn_of_every_script(
    script: str, database: Path
) -> None:
    with Store.open(database) as store:
        run, (parent, *_) = await taught(script, store, episodes=1)
        ids = set()
        for at in range(last_fork(parent) + 1):
            made = await fork(parent, run, people(), store, at=at)
            assert made.origin is not None
            assert (made.origin.episode, made.origin.turn) == (parent.id, at)
            assert words(made) == words(parent)
            assert (made.seed, made.ending) == (parent.seed, parent.ending)
            assert store.episode(made.id) == made
            ids.add(made.id)
        assert len(ids) == len(parent.turns)
        (of_forks,) = (run for run in store.runs() if run.kind == "fork")
        assert {made.id for made in store.episodes(run=of_forks.id)} == ids


async def test_an_exam_is_forked_too(database: Path) -> None:
    seated = people()
    with Store.open(database) as store:
        run, (parent, *_) = await sit_exam(
            COURSE, seated["student"], seated["grader"], store, questions=1, max_revisions=2
        )
        alone = {name: people()[name] for name in ("student", "grader")}
        for at in range(last_fork(parent) + 1):
            assert words(await fork(parent, run, alone, store, at=at)) == words(parent)


async def test_another_teacher_speaks_from_the_turn_on_and_not_before(database: Path) -> None:
    with Store.open(database) as store:
        run, episodes = await taught("tutoring", store, episodes=8)
        parent = next(episode for episode in episodes if len(episode.turns) > 4)
        made = await fork(parent, run, people(teacher="terse"), store, at=1)
        (of_forks,) = (run for run in store.runs() if run.kind == "fork")
    assert words(made)[:1] == words(parent)[:1]
    assert made.turns[1].persona.startswith("terse@")
    assert made.turns[1].text != parent.turns[1].text
    assert made.turns[1].payload == parent.turns[1].payload  # both know what is wrong
    changed = {name for name in of_forks.plan if of_forks.plan[name] != run.plan.get(name)}
    assert changed == {"seats", "fork"}
    assert of_forks.plan["fork"] == {"of": run.id}
    assert of_forks.seed == run.seed


async def test_forks_of_several_episodes_by_the_same_people_share_a_run(database: Path) -> None:
    with Store.open(database) as store:
        run, (first, second, *_) = await taught("tutoring", store)
        one = await fork(first, run, people(teacher="terse"), store, at=1)
        other = await fork(second, run, people(teacher="terse"), store, at=2)
        third = await fork(first, run, people(teacher="socratic"), store, at=1)
        counted = store.counts(one.run).episodes
    assert one.run == other.run != third.run
    assert counted == 2


async def test_another_seed_is_another_sample_and_the_same_seed_the_same(database: Path) -> None:
    with Store.open(database) as store:
        run, (parent, *_) = await taught("tutoring", store)
        plain = await fork(parent, run, people(), store, at=0)
        again = await fork(parent, run, people(), store, at=0, seed=run.seed)
        others = [await fork(parent, run, people(), store, at=0, seed=seed) for seed in range(1, 9)]
    assert again.id == plain.id
    assert len({other.id for other in others} | {plain.id}) == 9
    assert len({other.turns[0].text for other in others}) > 1


async def test_a_fork_of_a_fork_repeats_what_the_fork_said(database: Path) -> None:
    with Store.open(database) as store:
        run, episodes = await taught("tutoring", store, episodes=8)
        parent = next(episode for episode in episodes if len(episode.turns) > 4)
        made = await fork(parent, run, people(teacher="terse"), store, at=1)
        of_forks = store.run(made.run)
        second = await fork(made, of_forks, people(teacher="socratic"), store, at=2)
        assert words(second)[:2] == words(made)[:2]
        assert store.run(second.run).plan["fork"] == {"of": of_forks.id}
        assert first_run(store.run(second.run), store) == run


async def test_of_cues_at_once_those_before_the_turn_are_repeated(database: Path) -> None:
    with Store.open(database) as store:
        run, (parent, *_) = await taught("seminar", store)
        made = await fork(
            parent, run, people(**{"student-1": "persistent", "student-2": "persistent"}), store, at=1
        )
    first, second = made.turns[:2]
    assert first.persona == "careless@1"
    assert second.persona == "persistent@1"
    assert first.ask == second.ask == "attempt"


async def test_repeated_turns_cost_nothing_and_are_not_asked_for(database: Path) -> None:
    with Store.open(database) as store:
        school = School(doublings(lesson("a")), seats(solves(0.0)), store, episodes=1)
        run = store.run((await school.run()).run)
        (parent,) = store.episodes(run=run.id)
        seated, watcher = seats(solves(0.0)), Watcher()
        made = await fork(parent, run, seated, store, at=3, observers=[watcher])
        assert asked(seated) == len(parent.turns) - 3
        assert watcher.events == ["run of at most 1", "run finished"]
        again = await fork(parent, run, seated, store, at=3)
        assert asked(seated) == len(parent.turns) - 3
    assert again == made


async def test_a_fork_that_was_cut_short_goes_on_where_it_stopped(database: Path) -> None:
    with Store.open(database) as store:
        school = School(doublings(lesson("a")), seats(solves(0.0)), store, episodes=1)
        run = store.run((await school.run()).run)
        (parent,) = store.episodes(run=run.id)

        def away(cue: Cue) -> Payload:
            raise ModelUnavailable("down.")

        broken = {**seats(solves(0.0)), "grader": Speaker("grader", away)}
        cut = await fork(parent, run, broken, store, at=1)
        assert cut.ending is not None
        assert cut.ending.kind == "cut_short"
        whole = seats(solves(0.0))
        made = await fork(parent, run, whole, store, at=1)
        assert asked(whole) == 1
        assert made.id == cut.id
        assert words(made) == words(parent)
        assert store.episode(made.id) == made


@pytest.mark.parametrize("after", [0, 1])
async def test_an_interrupted_fork_goes_on_where_it_stopped(after: int, database: Path) -> None:
    weak = solves(0.0)
    with Store.open(database) as store:
        school = School(doublings(lesson("a")), seats(weak), store, episodes=1)
        run = store.run((await school.run()).run)
        (parent,) = store.episodes(run=run.id)
    said = 0

    def killed(cue: Cue) -> Payload:
        nonlocal said
        if said == after:
            raise asyncio.CancelledError
        said += 1
        return knows(cue)

    with Store.open(database) as store, pytest.raises(asyncio.CancelledError):
        await fork(parent, run, {**seats(weak), "teacher": Speaker("teacher", killed)}, store, at=1)
    with Store.open(database) as store:
        (open_one,) = store.episodes(ending="open")
        rest = seats(weak)
        made = await fork(parent, run, rest, store, at=1)
        assert made.id == open_one.id
        assert words(made) == words(parent)
        assert asked(rest) == len(parent.turns) - len(open_one.turns)


async def test_an_open_episode_is_forked_from_where_it_stands(database: Path) -> None:
    with Store.open(database) as store:
        run, (whole, *_) = await taught("tutoring", store, episodes=1)
        for ending in (None, Ending(kind="cut_short", reason="no")):
            parent = whole.model_copy(update={"turns": whole.turns[:2], "ending": ending})
            assert last_fork(parent) == 2
            assert words(await fork(parent, run, people(), at=2)) == words(whole)


async def test_where_a_turn_is_missing_the_fork_begins_there_at_the_latest(database: Path) -> None:
    with Store.open(database) as store:
        run, (whole, *_) = await taught("seminar", store, episodes=1)
    gap = whole.model_copy(update={"turns": (whole.turns[0], *whole.turns[2:4]), "ending": None})
    assert last_fork(gap) == 1
    assert words(await fork(gap, run, people(), at=1)) == words(whole)


@pytest.mark.parametrize("at", [-1, 3, 99])
async def test_a_turn_that_is_not_there_is_refused(at: int, database: Path) -> None:
    with Store.open(database) as store:
        run, (whole, *_) = await taught("tutoring", store, episodes=1)
        parent = whole.model_copy(update={"turns": whole.turns[:2], "ending": None})
        with pytest.raises(ConfigError, match=rf"turn 1 to 3 \(counted from 1\), not at {at + 1}\."):
            await fork(parent, run, people(), store, at=at)
        finished = len(whole.turns)
        with pytest.raises(ConfigError, match=rf"turn 1 to {finished} "):
            await fork(whole, run, people(), store, at=finished)
        assert len(store.runs()) == 1


async def test_an_imported_conversation_is_not_forked(database: Path) -> None:
    with Store.open(database) as store:
        run, (parent, *_) = await taught("tutoring", store, episodes=1)
        imported = run.model_copy(update={"kind": "import", "plan": {"from": "mathdial"}})
        with pytest.raises(ConfigError, match="imported"):
            await fork(parent, imported, people(), store, at=0)

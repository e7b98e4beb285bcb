"""Failures of a school's seats and its store stay where they happen."""

from functools import partial
from pathlib import Path

import pytest

from schoolroom.environments import episodes
from schoolroom.environments.examination import sit_exam
from schoolroom.environments.mastery import Mastery
from schoolroom.environments.school import School
from schoolroom.environments.script import Script
from schoolroom.environments.subjects.base import Level
from schoolroom.transcripts.errors import ModelUnavailable, ProtocolError, ReplyError, RunBusy, StoreError
from schoolroom.transcripts.records import Ask, Cue, Line, Payload, Question
from schoolroom.transcripts.store import Store

from .conftest import (
    DIAMOND,
    Doubling,
    DoublingCourse,
    Speaker,
    asked,
    course,
    failing,
    knows,
    lesson,
    seats,
    solves,
)


async def test_one_bad_episode_does_not_end_a_run(database: Path) -> None:
    bad: set[str] = set()

    def sometimes(cue: Cue) -> bool:
        if len(bad) < 3:
            bad.add(cue.question.id)
        return cue.question.id in bad

    with Store.open(database) as store:
        seated = seats(failing(ReplyError("no answer."), sometimes))
        report = await School(course(lesson("a"), lesson("b", "a")), seated, store).run()
        cut = list(store.episodes(ending="cut_short"))
    a, b = report.lessons
    assert (a.state, a.taught, a.finished, a.cut_short) == ("mastered", 32, 29, {"ReplyError: no answer.": 3})
    assert b.state == "mastered"
    assert a.mastery == Mastery(right=29)
    assert {e.question.id for e in cut} == bad


async def test_a_store_that_fails_ends_the_run_with_its_own_error(database: Path) -> None:
    store = Store.open(database)

    def closes(cue: Cue) -> Payload:
        store.close()
        return knows(cue)

    with pytest.raises(StoreError, match="is closed"):
        await School(DIAMOND, {**seats(), "teacher": Speaker("teacher", closes)}, store).run()


@pytest.mark.parametrize("error", [KeyError("words"), ProtocolError("broken rule."), ZeroDivisionError("x")])
async def test_a_broken_plug_in_cuts_its_episode_short_and_keeps_what_was_said(
    error: Exception, database: Path
) -> None:
    def grader(cue: Cue) -> Payload:
        if cue.question.lesson == "b":
            raise error
        return knows(cue)

    seated = {**seats(), "grader": Speaker("grader", grader)}
    with Store.open(database) as store:
        report = await School(course(lesson("a"), lesson("b")), seated, store).run()
        cut = next(store.episodes(ending="cut_short"))
    a, b = report.lessons
    assert a.state == "mastered"
    assert b.state == "stopped"
    assert b.cut_short == {f"{type(error).__name__}: {error}": 32}
    assert [t.seat for t in cut.turns] == ["student", "teacher"]


async def test_a_lesson_is_stopped_when_a_whole_wave_is_cut_short_and_retried_on_demand(
    database: Path,
) -> None:
    broken = seats(failing(ModelUnavailable("503.")))
    with Store.open(database) as store:
        plan = partial(School, DIAMOND, store=store, wave=8, episodes=16)
        report = await plan(broken).run()
        assert [(r.lesson, r.state, r.taught) for r in report.lessons] == [
            ("a", "stopped", 8),
            ("b", "not_reached", 0),
            ("c", "not_reached", 0),
            ("d", "not_reached", 0),
        ]
        run = store.run(report.run)
        assert run.ending is not None
        assert (run.ending.kind, run.ending.reason) == ("cut_short", "stopped: a")

        report = await plan(seats()).run()
        assert report.lessons[0].state == "stopped"  # what was cut short stays so

        report = await plan(seats(), retry=True).run()
        assert [r.state for r in report.lessons] == ["mastered"] * 4
        ending = store.run(report.run).ending
        assert ending is not None
        assert ending.kind == "finished"
        assert not list(store.episodes(ending="cut_short"))


async def test_a_script_that_fails_ends_the_episode_in_which_it_does(
    database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def crooked(question: Question) -> Script:
        if question.lesson == "a":
            raise KeyError("before its first cue")
        yield Cue(seat="student", ask=Ask.ATTEMPT, question=question)
        raise ZeroDivisionError("after it")

    monkeypatch.setattr(episodes, "find_script", lambda name: crooked)
    with Store.open(database) as store:
        report = await School(course(lesson("a"), lesson("b")), seats(), store, episodes=2).run()
        held = list(store.episodes())
    a, b = report.lessons
    assert a.cut_short == {"KeyError: 'before its first cue'": 2}
    assert b.cut_short == {"ZeroDivisionError: after it": 2}
    assert sorted(len(episode.turns) for episode in held) == [0, 0, 1, 1]


class Sticking(DoublingCourse):
    """Its subject makes no question for lesson b any more after a while."""

    def checker(self, subject: str) -> Doubling:
        made = 0

        class Stuck(Doubling):
            def sample(self, level: Level, seed: int, lesson: str = "") -> Question:
                nonlocal made
                made += lesson == "b"
                if made > 50:
                    raise IndexError("no more")
                return super().sample(level, seed, lesson)

        return Stuck(subject)


async def test_a_subject_that_fails_at_a_question_stops_its_lesson_alone(database: Path) -> None:
    stuck = Sticking(id="stuck", title="Stuck", lessons=(lesson("a"), lesson("b", episodes=100)))
    seated = seats(solves(0.0))
    with Store.open(database) as store:
        report = await School(stuck, seated, store, wave=8).run()
        ending = store.run(report.run).ending
    a, b = report.lessons
    assert (a.state, a.taught) == ("not_mastered", 40)
    assert (b.state, b.taught, b.finished) == ("stopped", 40, 40)
    assert b.reason == "subject 'doubling' failed at a question of lesson 'b': IndexError: no more"
    assert ending is not None
    assert (ending.kind, ending.reason) == ("cut_short", "stopped: b")
    with pytest.raises(ProtocolError, match="failed at a question of lesson 'b'"):
        await sit_exam(stuck, seated["student"], seated["grader"])


async def test_a_run_is_held_by_one_at_a_time(database: Path) -> None:
    refused: list[str] = []

    def school(seated: dict[str, Speaker], store: Store) -> School:
        return School(course(lesson("a", episodes=1)), seated, store)

    class Meddler(Speaker):
        async def speak(self, cue: Cue) -> Line:
            seated = seats()
            with Store.open(database) as second, pytest.raises(RunBusy) as refusal:
                await school(seated, second).run()
            refused.append(str(refusal.value))
            assert asked(seated) == 0
            return await super().speak(cue)

    with Store.open(database) as store:
        seated = {**seats(), "student": Meddler("student", solves(1.0))}
        report = await school(seated, store).run()
    assert report.totals.episodes == len(refused) == 1

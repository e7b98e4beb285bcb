"""Grading again: only the grader is asked, both grades stay, and what they agree on is counted."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schoolroom.environments.budgets import Budget, Limits
from schoolroom.environments.examination import sit_exam
from schoolroom.environments.grading import Agreement, grade_again
from schoolroom.environments.offshoots import first_run
from schoolroom.environments.school import School
from schoolroom.environments.script import SCRIPTS, Script
from schoolroom.transcripts.errors import ConfigError, ModelUnavailable, UnknownName
from schoolroom.transcripts.records import Ask, Cue, Grade, Line, ModelCall, Payload, Question, Run, SeatInfo
from schoolroom.transcripts.store import Store

from .conftest import DIAMOND, Speaker, course, lesson, seats, solves

Words = Callable[[Cue], Payload]


class Grader(Speaker):
    """Another grader than the one of `seats`, whose grades are paid for."""

    def __init__(self, words: Words) -> None:
        super().__init__("grader", words)

    @property
    def info(self) -> SeatInfo:
        return SeatInfo(seat="grader", role=self.role, persona="other@1", model="m")

    async def speak(self, cue: Cue) -> Line:
        line = await super().speak(cue)
        call = ModelCall(key="k", model="m", messages=(), reply=line.text, cost=0.5)
        return line.model_copy(update={"calls": (call,)})


def severe(cue: Cue) -> Payload:
    """Finds wrong what does not end in 0, too."""
    attempt, answer = cue.heard[-1].attempt, cue.question.answer
    right = attempt is not None and attempt.answer == answer and str(answer).endswith("0")
    return Grade(score=0.25 + 0.5 * right, correct=right)


async def taught(store: Store, script: str = "tutoring", episodes: int = 10) -> Run:
    school = School(DIAMOND, seats(solves(0.5)), store, script=script, gate="taught", episodes=episodes)
    return store.run((await school.run()).run)


def right(grade: Payload | None) -> bool:
    assert isinstance(grade, Grade)
    return grade.correct


async def test_another_grader_grades_the_same_words(database: Path) -> None:
    with Store.open(database) as store:
        run = await taught(store)
        before = {episode.id: episode for episode in store.episodes(run=run.id)}
        grader = Grader(severe)
        report = await grade_again(run, grader, store)
        graded = list(store.episodes(run=report.run))
        assert {episode.id: episode for episode in store.episodes(run=run.id)} == before
        assert first_run(store.run(report.run), store) == run
        assert store.run(report.run).kind == "grading"
    assert grader.asked == len(graded) == len(before) == report.overall.grades
    pairs = []
    for episode in graded:
        assert episode.origin is not None
        parent = before[episode.origin.episode]
        assert episode.ending == parent.ending
        assert episode.seed == parent.seed
        assert [(t.index, t.text) for t in episode.turns[:-1]] == [
            (t.index, t.text) for t in parent.turns[:-1]
        ]
        assert episode.origin.turn == len(parent.turns) - 1 == episode.turns[-1].index
        assert [bool(turn.calls) for turn in episode.turns] == [False] * episode.origin.turn + [True]
        assert episode.turns[-1].persona == "other@1"
        assert {info.seat: info.persona for info in episode.seats} == {
            "student": "student@1",
            "teacher": "teacher@1",
            "grader": "other@1",
        }
        pairs.append((right(parent.turns[-1].payload), right(episode.turns[-1].payload)))
    overall = report.overall
    assert (overall.right_right, overall.right_wrong) == (
        pairs.count((True, True)),
        pairs.count((True, False)),
    )
    assert (overall.wrong_right, overall.wrong_wrong) == (0, pairs.count((False, False)))
    assert overall.right_right > 0 < overall.right_wrong
    assert overall.score_before == sum(before for before, _ in pairs) / len(pairs)
    assert report.totals.cost == 0.5 * len(graded)
    assert set(report.by_lesson) == set("abcd")
    assert sum(part.grades for part in report.by_lesson.values()) == overall.grades


async def test_the_plan_is_the_same_but_for_the_grader(database: Path) -> None:
    with Store.open(database) as store:
        run = await taught(store)
        report = await grade_again(run, Grader(severe), store, details={"personas": {"grader": "other"}})
        made = store.run(report.run)
    assert made.plan["grading"] == {"of": run.id}
    assert made.plan["personas"] == {"grader": "other"}
    assert {name for name in made.plan if made.plan[name] != run.plan.get(name)} == {
        "seats",
        "personas",
        "grading",
    }
    assert made.seed == run.seed


async def test_every_attempt_of_an_exam_is_graded_again_at_once(database: Path) -> None:
    two = course(lesson("a"))
    seated = seats(solves(0.5))
    with Store.open(database) as store:
        run, sat = await sit_exam(two, seated["student"], seated["grader"], store, questions=6)
        report = await grade_again(run, Grader(severe), store)
        assert first_run(store.run(report.run), store).kind == "exam"
        graded = list(store.episodes(run=report.run))
    attempts = [turn for episode in sat for turn in episode.turns if turn.ask is Ask.GRADE]
    assert report.overall.grades == len(attempts) > 6
    assert [len(episode.turns) for episode in graded] == [len(episode.turns) for episode in sat]


async def test_a_grading_that_stopped_goes_on_and_one_that_ended_is_not_paid_again(database: Path) -> None:
    with Store.open(database) as store:
        run = await taught(store)
        calls = 0

        def killed(cue: Cue) -> Payload:
            nonlocal calls
            calls += 1
            if calls > 7:
                raise asyncio.CancelledError
            return severe(cue)

        with pytest.raises(asyncio.CancelledError):
            await grade_again(run, Grader(killed), store, concurrency=1)
        rest, none = Grader(severe), Grader(severe)
        report = await grade_again(run, rest, store)
        again = await grade_again(run, none, store)
    assert rest.asked == report.overall.grades - 7
    assert none.asked == 0
    assert again.overall == report.overall
    assert again.totals == report.totals


async def test_only_some_lessons_are_graded_and_more_later(database: Path) -> None:
    with Store.open(database) as store:
        run = await taught(store)
        some, grader = Grader(severe), Grader(severe)
        report = await grade_again(run, some, store, lessons=["a", "c"])
        assert set(report.by_lesson) == {"a", "c"}
        whole = await grade_again(run, grader, store)
        assert whole.run == report.run
        assert some.asked + grader.asked == whole.overall.grades
        with pytest.raises(UnknownName, match="unknown lesson 'e'"):
            await grade_again(run, Grader(severe), store, lessons=["e"])


async def test_a_grader_that_cannot_speak_ends_its_episodes_alone(database: Path) -> None:
    def away(cue: Cue) -> Payload:
        if cue.question.lesson == "a":
            raise ModelUnavailable("down.")
        return severe(cue)

    with Store.open(database) as store:
        run = await taught(store)
        report = await grade_again(run, Grader(away), store)
        assert report.cut_short == {"ModelUnavailable: down.": 10}
        assert report.overall.grades == 30
        whole = Grader(severe)
        assert (await grade_again(run, whole, store)).overall.grades == 40
        assert whole.asked == 10


async def test_a_budget_that_is_spent_cuts_the_grading_short_and_a_higher_one_goes_on(database: Path) -> None:
    with Store.open(database) as store:
        run = await taught(store)
        first, rest = Grader(severe), Grader(severe)
        report = await grade_again(run, first, store, concurrency=1, budget=Budget(max_cost=2.0))
        assert first.asked == report.overall.grades == 4
        assert report.out_of_budget == "budget: 2.00 of 2.00 US dollars are spent"
        ending = store.run(report.run).ending
        assert ending is not None
        assert (ending.kind, ending.reason) == ("cut_short", report.out_of_budget)
        whole = await grade_again(run, rest, store)
        assert (rest.asked, whole.overall.grades, whole.out_of_budget) == (36, 40, None)
        with pytest.raises(UnknownName, match="unknown lesson 'e'"):
            await grade_again(run, rest, store, budget=Budget(lessons={"e": Limits(max_tokens=1)}))


def until_right(question: Question) -> Script:
    """A script that heeds the grade: the student revises what the grader finds wrong."""
    attempt = yield Cue(seat="student", ask=Ask.ATTEMPT, question=question)
    grade = yield Cue(seat="grader", ask=Ask.GRADE, question=question, heard=(attempt,))
    if not grade.says_correct:
        yield Cue(seat="student", ask=Ask.REVISE, question=question, heard=(attempt, grade))


def all_right(cue: Cue) -> Payload:
    return Grade(score=1.0, correct=True)


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (severe, "SeatError: after the new grade the script goes another way: it asks 'student' for revise"),
        (
            all_right,
            "the script ended after 2 turns, but turn 2 is recorded; the script has changed, or other",
        ),
    ],
)
async def test_a_script_that_goes_another_way_after_another_grade_is_cut_short(
    words: Words, reason: str, database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    builtin = SCRIPTS._builtin()
    monkeypatch.setattr(SCRIPTS, "_builtin", lambda: {**builtin, "until_right": until_right})
    with Store.open(database) as store:
        run = await taught(store, "until_right")
        grader = Grader(words)
        report = await grade_again(run, grader, store)
        (said,) = report.cut_short
        assert reason in said
        assert report.overall.grades == 40
        elsewhere = report.overall.right_wrong + report.overall.wrong_right
        assert report.cut_short == {said: elsewhere}
        assert grader.asked == 40
        assert await _asked_again(run, words, store) == 0


async def _asked_again(run: Run, words: Words, store: Store) -> int:
    grader = Grader(words)
    await grade_again(run, grader, store)
    return grader.asked


async def test_what_cannot_be_graded_is_refused_in_a_sentence(database: Path) -> None:
    with Store.open(database) as store:
        run = await taught(store)
        imported = run.model_copy(update={"kind": "import"})
        with pytest.raises(ConfigError, match=r"was imported, .* forked or graded again"):
            await grade_again(imported, Grader(severe), store)
        with pytest.raises(ConfigError, match=r"nobody sat in seat 'editor' .* student, teacher, grader"):
            await grade_again(run, _named("editor"), store)
        with pytest.raises(ConfigError, match="no finished episode in which seat 'teacher' graded"):
            await grade_again(run, _named("teacher"), store)
        assert len(store.runs()) == 1


def _named(name: str) -> Speaker:
    seat = Grader(severe)
    seat.name = name
    return seat


def grade(right: bool) -> Grade:
    return Grade(score=float(right), correct=right)


def test_kappa_of_a_textbook_table() -> None:
    # Cohen's own kind of table: 20 and 15 agreed on, 5 and 10 not; chance is 0.5, so kappa is 0.4.
    pairs = [(True, True)] * 20 + [(True, False)] * 5 + [(False, True)] * 10 + [(False, False)] * 15
    found = Agreement.of([(grade(before), grade(now)) for before, now in pairs])
    assert found.agreement == 0.7
    assert found.kappa == pytest.approx(0.4)
    assert (found.score_before, found.score_now) == (0.5, 0.6)


def test_nothing_is_said_of_nothing() -> None:
    nothing = Agreement.of([])
    assert (nothing.grades, nothing.agreement, nothing.kappa, nothing.score_now) == (0, None, None, None)
    assert Agreement.of([(grade(True), grade(True))]).kappa is None


@given(st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1))
def test_kappa_is_at_most_one_and_the_same_both_ways(pairs: list[tuple[bool, bool]]) -> None:
    found = Agreement.of([(grade(before), grade(now)) for before, now in pairs])
    turned = Agreement.of([(grade(now), grade(before)) for before, now in pairs])
    assert found.kappa == pytest.approx(turned.kappa) if found.kappa is not None else turned.kappa is None
    if found.kappa is not None:
        assert -1.0 <= found.kappa <= 1.0
        assert (found.kappa == pytest.approx(1.0)) is (found.agreement == 1.0)

"""The pages of runs: what is counted, while a run goes on as well, and what is shown of it."""

import asyncio
from collections import Counter
from pathlib import Path

import pytest

from schoolroom.environments.course import load_course
from schoolroom.environments.mastery import Mastery, unaided_answer
from schoolroom.environments.reports import Totals
from schoolroom.transcripts.leases import Lease
from schoolroom.transcripts.paging import Window
from schoolroom.transcripts.records import Ending, Run
from schoolroom.transcripts.store import Store
from schoolroom.viewer.app import app
from schoolroom.viewer.runs import Seated, lesson_lines, run_line, settings_of
from schoolroom.viewer.tallies import Tallies, Tally

from .conftest import Browser, nasty

PLAN = {
    "course": {
        "id": "sums",
        "lessons": [
            {"id": "easy", "title": "Easy", "mastery": {"threshold": 0.5, "credibility": 0.9}},
            {"id": "hard", "title": "Hard", "mastery": {"threshold": 0.8, "credibility": 0.9}},
        ],
    },
    "seats": [
        {"seat": "student", "role": "student", "persona": "plain@1", "model": "hf:out/demo/after#e33cec9a"},
        {"seat": "grader", "role": "grader", "persona": "exact@1", "model": "scripted"},
    ],
    "episodes": {"easy": 30, "hard": 20},
    "settings": {"max_revisions": 2, "nothing": None},
}
RUN = Run(id="a-run", plan=PLAN, seed=3, versions={"schoolroom": "1"})
TALLY = Tally(
    held=25, counted=25, begun={"hard": 2, "easy": 22, "other": 1}, lessons={"easy": Mastery(right=20)}
)


def test_a_run_in_a_line() -> None:
    line = run_line(RUN, TALLY, None)
    assert (line.course, line.planned, line.mastered, line.lessons) == ("sums", 50, 1, 2)
    assert line.seats == (("student", "plain@1", "hf:out/demo/after#e33cec9a"), ("grader", "exact@1", ""))
    assert [seat.called for seat in line.seats] == ["after", ""]
    assert line.goes_on
    assert (line.state, line.about) == (
        "open",
        "nobody is at work on it; 'schoolroom resume' goes on with it",
    )
    lease = Lease(run=RUN.id, host="here", pid=7)
    at_work = run_line(RUN, TALLY, lease)
    assert (at_work.state, at_work.about) == ("under way", "process 7 on here")
    ended = RUN.model_copy(update={"ending": Ending(kind="cut_short", reason="no money")})
    assert not run_line(ended, TALLY, None).goes_on
    assert run_line(ended, TALLY.model_copy(update={"held": 26}), None).goes_on, "an episode is not counted"
    assert (run_line(ended, TALLY, None).state, run_line(ended, TALLY, None).about) == (
        "cut short",
        "no money",
    )
    exam = Run(id="exam", kind="exam", plan={**PLAN, "questions": ["a", "b"], "episodes": None}, seed=0)
    assert (run_line(exam, TALLY, None).planned, run_line(exam, TALLY, None).lessons) == (2, 0)
    bare = run_line(Run(id="bare", plan={"course": "sums"}, seed=0), TALLY, None)
    assert (bare.course, bare.seats, bare.planned, bare.mastered) == ("", (), None, 0)


def test_lessons_stand_in_the_order_of_their_course() -> None:
    easy, hard, other = lesson_lines(RUN, TALLY)
    assert (easy.id, easy.title, easy.episodes, easy.is_mastered) == ("easy", "Easy", 22, True)
    assert (easy.low, easy.high) == pytest.approx(Mastery(right=20).interval(0.9))
    assert (hard.episodes, hard.answers.answers, hard.is_mastered) == (2, 0, False)
    assert (other.id, other.title, other.episodes) == ("other", "other", 1)


def test_lessons_stand_behind_those_that_they_need() -> None:
    course = load_course("arithmetic", outline=True)
    run = Run(id="r", plan={"course": course.model_dump(mode="json")}, seed=0)
    assert [line.id for line in lesson_lines(run, Tally())] == list(course.graph)
    assert [lesson.id for lesson in course.lessons] != list(course.graph)


@pytest.mark.parametrize(
    ("model", "called"),
    [
        ("hf:out", "out"),
        ("hf:out/after/#a3", "after"),
        ("openai/gpt-4o-mini", "gpt-4o-mini"),
        ("ollama/llama3:8b", "llama3:8b"),
    ],
)
def test_a_model_is_called_by_the_last_part_of_its_name(model: str, called: str) -> None:
    assert Seated("student", "plain@1", model).called == called


def test_settings_are_what_the_plan_sets() -> None:
    assert settings_of(RUN) == [
        ("episodes.easy", "30"),
        ("episodes.hard", "20"),
        ("settings.max_revisions", "2"),
        ("seed", "3"),
        ("version of schoolroom", "1"),
    ]


def test_a_tally_is_what_the_house_counts(window: Window) -> None:
    runs = window.runs()
    tallies = Tallies(window).of(runs, seconds=60)
    for run in runs:
        episodes = list(window.episodes(run=run.id))
        totals = Totals()
        answers: Counter[tuple[str, bool | None]] = Counter()
        for one in episodes:
            totals = totals.plus(one)
            if one.ending and one.ending.kind == "finished":
                answers[one.question.lesson, unaided_answer(one.turns)] += 1
        tally = tallies[run.id]
        assert (tally.held, tally.counted, tally.turns) == (len(episodes), len(episodes), totals.turns)
        assert tally.begun == Counter(one.question.lesson for one in episodes)
        for lesson in tally.begun:
            found = tally.lessons.get(lesson, Mastery())
            assert (found.right, found.wrong) == (answers[lesson, True], answers[lesson, False])
        assert (tally.spent.calls, tally.spent.cost) == (totals.calls, totals.cost)
        assert tally.is_complete


def test_what_is_not_counted_in_time_is_counted_later(window: Window) -> None:
    runs, tallies = window.runs(), Tallies(window)
    early = tallies.of(runs, seconds=0)
    assert all(tally.held and not tally.counted and not tally.is_complete for tally in early.values())
    assert all(tally.is_complete for tally in tallies.of(runs, seconds=60).values())
    assert all(tally.is_complete for tally in tallies.of(runs, seconds=0).values())


def test_nobody_waits_for_another_who_counts(window: Window) -> None:
    tallies = Tallies(window)
    with tallies._counting:
        assert not any(tally.is_complete for tally in tallies.of(window.runs(), seconds=60).values())


def test_a_run_is_followed_while_it_goes_on(tmp_path: Path) -> None:
    run, episode = nasty()
    opened = episode.model_copy(update={"turns": (), "ending": None})
    with Store.open(tmp_path / "school.db") as store, Window.open(tmp_path / "school.db") as window:
        tallies = Tallies(window)

        async def hold() -> None:
            async with store.lease(run):
                await store.begin(opened)
                assert tallies.of([run], seconds=60)[run.id].endings == {"open": 1}
                for turn in episode.turns:
                    await store.append(episode.id, turn)
                assert tallies.of([run], seconds=60)[run.id].turns == 2
                await store.end(episode.id, Ending(kind="finished"))

        asyncio.run(hold())
        tally = tallies.of([run], seconds=60)[run.id]
        assert (tally.endings["finished"], tally.endings.get("open", 0)) == (1, 0)
        assert tally.overall == Mastery(wrong=1)


def test_reading_stops_no_writer(tmp_path: Path) -> None:
    """A page that is being read, half through, and a commit that comes meanwhile."""
    with Store.open(tmp_path / "school.db") as store, Window.open(tmp_path / "school.db") as window:
        run, episode = nasty()
        store.add_held(run)
        with window._session() as session:
            session.connection().exec_driver_sql("SELECT * FROM run").fetchone()
            assert store.add_held(episode)
        assert window.held() == {run.id: 1}


def test_all_runs_are_on_the_page(browser: Browser, window: Window) -> None:
    page = browser.get("/runs").text
    live = browser.get("/runs/live").text
    assert live.strip() in page
    for run in window.runs():
        assert f'data-row="/runs/{run.id}"' in live
    begun = [
        page.index(f'data-row="/runs/{run.id}"') for run in sorted(window.runs(), key=lambda run: run.started)
    ]
    assert begun == sorted(begun, reverse=True)
    assert '<span class="state cut-short"' in live


def test_a_run_leads_to_its_lessons_exams_and_forks(browser: Browser, window: Window) -> None:
    run = next(run for run in window.runs() if run.kind == "simulation")
    page = browser.get(f"/runs/{run.id[:6]}").text
    assert f'href="/episodes?run={run.id}&amp;lesson=chains"' in page
    assert page.count('data-row="/runs/') == 3  # two exams, a fork
    for title in ("Exams on the same course", "What parts from it", "Newest episodes"):
        assert f"<h2>{title}</h2>" in page
    assert "8 of at most 16" not in page
    assert '16<span class="faint"> of at most 16</span>' in page
    fork = next(run for run in window.runs() if run.kind == "fork")
    assert f'data-row="/runs/{run.id}"' in browser.get(f"/runs/{fork.id}").text


def test_a_run_is_fetched_anew_until_it_has_ended(tmp_path: Path) -> None:
    with Store.open(tmp_path / "school.db") as store:
        store.add_held(RUN)
        store.add_held(RUN.model_copy(update={"id": "over", "ending": Ending(kind="finished")}))
    browser = Browser(app(tmp_path / "school.db"))
    live = browser.get(f"/runs/{RUN.id}/live").text
    page = browser.get(f"/runs/{RUN.id}").text
    assert "of at most 50" in live
    assert live.strip() in page
    assert f'data-live="/runs/{RUN.id}/live"' in page
    assert browser.get("/runs/over/live").status_code == 204
    assert "data-live" not in browser.get("/runs/over").text
    browser.close()


def test_an_empty_school_says_how_to_begin(tmp_path: Path) -> None:
    Store.open(tmp_path / "school.db").close()
    browser = Browser(app(tmp_path / "school.db"))
    assert "<code>schoolroom run</code> holds one" in browser.get("/runs").text
    assert "There is no such episode." in browser.get("/episodes").text
    browser.close()

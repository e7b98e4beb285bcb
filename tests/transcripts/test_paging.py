"""Pages of episodes: what fits, in which order, and that going on from page to page loses nothing."""

import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from schoolroom.environments.comparison import right_in_the_end
from schoolroom.environments.mastery import unaided_answer
from schoolroom.transcripts.errors import StoreError
from schoolroom.transcripts.filters import Wanted
from schoolroom.transcripts.paging import Order, Page, Place, Window
from schoolroom.transcripts.records import (
    Ask,
    Attempt,
    Ending,
    Episode,
    Feedback,
    Grade,
    ModelCall,
    Origin,
    Role,
    Run,
    SeatInfo,
    Tier,
    Turn,
)
from schoolroom.transcripts.store import Store

from .conftest import episode, question

RUNS = tuple(Run(id=f"run-{number}", plan={}, seed=number) for number in range(2))
WORDS = ("", "Carry the one.", '"correct":true', "100% sure_", "ÄÖ", '{"kind":"grade"}')
ENDINGS = (None, Ending(kind="finished"), Ending(kind="cut_short", reason="budget"))


def made(rng: random.Random, index: int, number: int) -> Turn:
    """Any turn that a script may cue; what it has heard is any of those before."""
    begins = index == 0 and rng.random() < 0.7
    ask = Ask.ATTEMPT if begins else rng.choice((Ask.ATTEMPT, Ask.FEEDBACK, Ask.REVISE, *[Ask.GRADE] * 3))
    words, correct = rng.choice(WORDS), rng.random() < 0.5
    says: Any = Attempt(steps=(words,), answer=words)
    if ask is Ask.GRADE:
        says = Grade(score=correct, correct=correct, reason=words, marks={"correct": 1.0})
    elif ask is Ask.FEEDBACK:
        says = Feedback(correct=correct, reason=words)
    cost = rng.choice((None, 0.25, rng.random()))
    call = ModelCall(
        key=f"{number}.{index}", model="m", messages=(), reply="", cost=cost, cached=rng.random() < 0.3
    )
    return Turn(
        index=index,
        seat="any",
        role=rng.choice((Role.STUDENT, Role.STUDENT, Role.TEACHER)),
        persona="careless@1",
        ask=ask,
        heard=tuple(sorted(rng.sample(range(index), rng.randint(0, min(2, index))))),
        text=words,
        payload=says if ask is not Ask.GRADE or rng.random() < 0.9 else None,
        calls=(call,) * rng.randrange(2),
        question=question(99) if rng.random() < 0.1 else None,
    )


def held(number: int) -> Episode:
    rng = random.Random(number)
    length = 12 if number % 10 == 0 else rng.randrange(6)
    lost = ModelCall(key="lost", model="m", messages=(), reply="", cost=0.5)
    asked = question(number, lesson=rng.choice(("sums", "products")))
    who = SeatInfo(
        seat="student", role=Role.STUDENT, persona=rng.choice(("plain@2", "plain-er@1")), model="m"
    )
    return episode(
        number,
        run=rng.choice(RUNS).id,
        question=asked.model_copy(update={"tier": rng.choice((Tier.BASIC, Tier.HARDER))}),
        seats=(who,),
        turns=tuple(made(rng, index, number) for index in range(length)),
        ending=rng.choice(ENDINGS),
        lost_calls=(lost,) * (rng.random() < 0.2),
        origin=Origin(episode=f"{number - 7:04x}-episode", turn=0) if number % 11 == 7 else None,
    )


EPISODES = tuple(held(number) for number in range(120))


@pytest.fixture
def window(where: str) -> Iterator[Window]:
    with Store.open(where) as store:
        for run in RUNS:
            store.add_held(run)
        for one in EPISODES:
            store.add_held(one)
    with Window.open(where) as opened:
        yield opened


def cost(one: Episode) -> float:
    calls = [*(call for turn in one.turns for call in turn.calls), *one.lost_calls]
    return sum(call.cost or 0.0 for call in calls if not call.cached)


def says(one: Episode, words: str) -> bool:
    return any(
        words.lower() in text.lower() for text in (one.question.text, *(turn.text for turn in one.turns))
    )


FITS: tuple[tuple[Wanted, Callable[[Episode], bool]], ...] = (
    (Wanted(), lambda one: True),
    (Wanted(run="run-1"), lambda one: one.run == "run-1"),
    (Wanted(lesson="sums"), lambda one: one.question.lesson == "sums"),
    (Wanted(tier=Tier.HARDER), lambda one: one.question.tier is Tier.HARDER),
    (Wanted(persona="plain"), lambda one: one.seats[0].persona == "plain@2"),
    (Wanted(persona="plain-er@1"), lambda one: one.seats[0].persona == "plain-er@1"),
    (Wanted(persona="%"), lambda one: False),
    (Wanted(ending="finished"), lambda one: one.ending is not None and one.ending.kind == "finished"),
    (Wanted(ending="open"), lambda one: one.ending is None),
    (Wanted(right="yes"), lambda one: right_in_the_end(one) is True),
    (Wanted(right="no"), lambda one: right_in_the_end(one) is False),
    (Wanted(right="unknown"), lambda one: right_in_the_end(one) is None),
    (
        Wanted(corrected="yes"),
        lambda one: (unaided_answer(one.turns), right_in_the_end(one)) == (False, True),
    ),
    (
        Wanted(corrected="broken"),
        lambda one: (unaided_answer(one.turns), right_in_the_end(one)) == (True, False),
    ),
    (Wanted(cost=0.3), lambda one: cost(one) >= 0.3),
    (Wanted(q="CARRY the"), lambda one: says(one, "carry the")),
    (Wanted(q="100% sure_"), lambda one: says(one, "100% sure_")),
    (Wanted(q="1%e"), lambda one: False),
    (Wanted(q="Ä"), lambda one: says(one, "Ä")),
    (Wanted(q="42 + 1"), lambda one: says(one, "42 + 1")),
    (
        Wanted(run="run-0", lesson="products", right="no", q="o"),
        lambda one: (
            (one.run, one.question.lesson, right_in_the_end(one)) == ("run-0", "products", False)
            and says(one, "o")
        ),
    ),
)


def walk(window: Window, wanted: Wanted, order: Order, **named: Any) -> Iterator[Page]:
    after: Place | None = None
    while True:
        page = window.page(wanted, order, after=after, **named)
        yield page
        if (after := page.next) is None:
            return


def test_what_fits_is_what_the_house_says_of_each_episode(window: Window) -> None:
    for wanted, fits in FITS:
        page = window.page(wanted, "oldest", limit=1_000)
        assert [row.episode.id for row in page.rows] == [one.id for one in EPISODES if fits(one)], wanted
        assert page.next is None
        assert page.left == 0


def test_every_kind_of_episode_is_among_them() -> None:
    for wanted, fits in FITS:
        if wanted.q != "1%e" and wanted.persona != "%":
            assert any(fits(one) for one in EPISODES), wanted


def test_a_row_holds_the_words_and_what_they_cost(window: Window) -> None:
    for row in window.page(Wanted(), limit=1_000).rows:
        told = next(one for one in EPISODES if one.id == row.episode.id)
        silent = tuple(turn.model_copy(update={"calls": ()}) for turn in told.turns)
        assert row.episode == told.model_copy(update={"turns": silent, "lost_calls": ()})
        assert row.cost == pytest.approx(cost(told))


@pytest.mark.parametrize("order", ["newest", "oldest", "cost", "turns"])
def test_going_on_loses_and_repeats_nothing(window: Window, order: Order) -> None:
    serial = {one.id: number for number, one in enumerate(EPISODES)}
    by: dict[str, Callable[[Episode], Any]] = {
        "newest": lambda one: -serial[one.id],
        "oldest": lambda one: serial[one.id],
        "cost": lambda one: (-round(cost(one), 9), -serial[one.id]),
        "turns": lambda one: (-len(one.turns), -serial[one.id]),
    }
    expected = [one.id for one in sorted(EPISODES, key=by[order])]
    pages = list(walk(window, Wanted(), order, limit=7))
    assert [row.episode.id for page in pages for row in page.rows] == expected
    assert [len(page.rows) for page in pages] == [7] * 17 + [1]
    for page in pages[:-1]:
        assert page.next == page.rows[-1].place
    back = [
        row.episode.id
        for row in window.page(
            Wanted(), order, after=pages[-1].rows[0].place, backwards=True, limit=1_000
        ).rows
    ]
    assert back == expected[-2::-1]
    assert window.place(expected[5], order) == window.page(Wanted(), order).rows[5].place


def test_a_search_stops_after_a_while_and_can_be_gone_on_with(window: Window) -> None:
    wanted, fits = Wanted(corrected="yes"), FITS[12][1]
    pages = list(walk(window, wanted, "newest", scan=25, patience=0.0))
    assert len(pages) == 5
    assert [page.left for page in pages] == [95, 70, 45, 20, 0]
    found = [row.episode.id for page in pages for row in page.rows]
    assert found == [one.id for one in reversed(EPISODES) if fits(one)]
    assert list(walk(window, wanted, "newest", scan=25, patience=60.0)) == [window.page(wanted)]


def test_only_the_newest_are_sorted_by_what_they_cost(window: Window) -> None:
    newest = sorted(EPISODES[-30:], key=cost, reverse=True)
    page = window.page(Wanted(), "cost", scan=30, limit=3)
    assert [row.cost for row in page.rows] == pytest.approx([cost(one) for one in newest[:3]])
    assert page.left == 90
    of_run = [one for one in EPISODES if one.run == "run-0"]
    assert window.page(Wanted(run="run-0"), "turns", scan=30).left == len(of_run) - 30


def test_runs_are_counted_and_know_what_parts_from_them(window: Window) -> None:
    assert window.held() == {run.id: sum(one.run == run.id for one in EPISODES) for run in RUNS}
    runs = {one.id: one.run for one in EPISODES}
    forks = {(runs[one.origin.episode], one.run) for one in EPISODES if one.origin}
    for run in RUNS:
        later, earlier = window.related(run.id)
        assert later == {fork for origin, fork in forks if origin == run.id}
        assert earlier == {origin for origin, fork in forks if fork == run.id}


def test_a_window_is_there_to_be_looked_through(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="there is no database at"):
        Window.open(tmp_path / "none.db")
    with Store.open(tmp_path / "school.db") as store, Window.open(tmp_path / "school.db") as window:
        store.add_held(RUNS[0])
        assert window.runs() == [RUNS[0]]
        assert window.where == str(tmp_path / "school.db")
        with (
            pytest.raises(StoreError, match=r"cannot read .*readonly database"),
            window._session() as session,
        ):
            session.connection().exec_driver_sql("DELETE FROM run")
    with pytest.raises(StoreError, match="is closed"):
        window.runs()

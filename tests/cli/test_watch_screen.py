"""What `watch` shows of a run, rendered to text: nothing is read and nobody waits."""

from collections.abc import Mapping
from typing import Any

import pytest
from rich.console import Console

from schoolroom.cli.screen import NONE, THEME, span
from schoolroom.cli.watch_screen import frame, line, mastery_bar, state_words
from schoolroom.cli.watching import Classroom, LessonView, Pace, View
from schoolroom.environments.failures import Failure
from schoolroom.environments.mastery import Mastery
from schoolroom.transcripts.following import Spent
from schoolroom.transcripts.records import Ending


def lesson(name: str, right: int = 0, wrong: int = 0, **changes: Any) -> LessonView:
    mastery = Mastery(right=right, wrong=wrong)
    fields: dict[str, Any] = {
        "lesson": name,
        "most": 100,
        "ended": mastery.answers,
        "open": 0,
        "mastery": mastery,
        "interval": mastery.interval() if mastery.answers else None,
        "threshold": 0.8,
        "is_mastered": False,
        "is_at_work": False,
    }
    return LessonView(**fields | changes)


def classroom(number: int, **changes: Any) -> Classroom:
    fields: dict[str, Any] = {
        "episode": f"{number:04x}episode-id",
        "lesson": "sums",
        "question": "27 + 38 =",
        "ending": None,
        "outcome": None,
        "turns": 1,
        "seat": "student",
        "role": "student",
        "asked": "attempt",
        "words": "7+8=15, write 5 carry 1\n2+3+1=6, write 6\nanswer: 65",
    }
    return Classroom(**fields | changes)


def view(**changes: Any) -> View:
    fields: dict[str, Any] = {
        "run": "4d45a0cf4c3ee9ca",
        "kind": "simulation",
        "course": "addition",
        "seed": 7,
        "state": "under way",
        "reason": None,
        "holder": "4321 on host",
        "seconds": 125.0,
        "is_whole": True,
        "most": 3000,
        "ended": 1203,
        "open": 2,
        "turns": 4812,
        "spent": Spent(calls=2406, cached=6, prompt_tokens=700_000, completion_tokens=50_000, cost=0.25),
        "pace": Pace(episodes=612.4, turns=2451.0, calls=1230.0, tokens=30_000.0, cost=0.02),
        "lessons": (
            lesson("one-digit", 60, 2, is_mastered=True),
            lesson("two-digit", 20, 20, open=2, is_at_work=True),
            lesson("carry"),
        ),
        "cut_short": 0,
        "failures": (),
        "classrooms": (classroom(1), classroom(2, turns=0, seat=None, role=None, asked=None, words="")),
    }
    return View(**fields | changes)


def lines(shown: View, width: int = 80, height: int | None = None) -> list[str]:
    console = Console(theme=THEME, width=width, height=height or 200, color_system=None)
    with console.capture() as captured:
        console.print(frame(shown, width, height))
    return [text.rstrip() for text in captured.get().splitlines()]


def test_a_run_under_way() -> None:
    assert lines(view())[:-1] == [
        "run 4d45a0cf4c3ee9ca  addition · simulation · seed 7",
        "under way for 2 min 05 s · 2 classrooms at work · process 4321 on host",
        "",
        "                episodes  turns             calls   tokens     cost",
        "─" * 68,
        "so far    1,203 of 3,000  4,812  2,406 (6 stored)  750,000  $0.2500",
        "a minute             612  2,451             1,230   30,000  $0.0200",
        "",
        "   lesson          held   unaided  ━ sure ─ maybe │ goal",
        "─" * 57,
        "✓  one-digit  62 of 100  60 of 62  ━━━━━━━━━━━━━━━━│━━──",
        "▸  two-digit  40 of 100  20 of 40  ━━━━━━━━─────   │",
        f"   carry       0 of 100         {NONE}                  │",
        "",
        "classroom   lesson  turns  who      last words",
        "─" * 80,
        "0001episod  sums        1  student  7+8=15, write 5 carry 1 / 2+3+1=6, write 6…",
    ]
    assert lines(view())[-1] == f"0002episod  sums        0  {NONE}        27 + 38 ="


def test_a_wide_screen_has_room_for_more() -> None:
    shown = "\n".join(lines(view(), 120))
    assert span(*Mastery(right=20, wrong=20).interval()) in shown
    assert "student · attempt  7+8=15, write 5 carry 1 / 2+3+1=6, write 6 / answer: 65" in shown


def test_what_was_cut_short_stands_with_its_reasons() -> None:
    failures = (
        Failure(error="ModelUnavailable", reason="HTTP 503\n\x1b[2Jgone", number=12, episode="a"),
        Failure(error="", reason="no reason given", episode="b"),
    )
    shown = lines(view(cut_short=13, failures=failures))
    place = shown.index("13 episodes cut short")
    assert shown[place + 1 : place + 4] == [
        "  12 times: ModelUnavailable: HTTP 503 \ufffd[2Jgone",
        "  once: no reason given",
        "",
    ]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"ending": Ending(kind="finished"), "outcome": "right unaided"}, "right unaided  7+8=15"),
        ({"ending": Ending(kind="finished")}, "finished  7+8=15"),
        ({"ending": Ending(kind="cut_short", reason="x")}, "cut short  7+8=15"),
        ({"words": "a\x1b]0;title\x07b"}, "a\ufffd]0;title\ufffdb"),
        ({"words": "[bold]no markup[/bold]"}, "[bold]no markup[/bold]"),
    ],
)
def test_last_words_say_how_it_ended_and_steer_no_terminal(changes: Mapping[str, Any], words: str) -> None:
    assert words in lines(view(classrooms=(classroom(1, **changes),)))[-1]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, "under way for 2 min 05 s"),
        ({"is_whole": False}, "under way for 2 min 05 s · still counting"),
        ({"state": "finished"}, "finished"),
        ({"state": "cut short", "reason": "stopped: carry"}, "cut short: stopped: carry"),
        ({"state": "stopped"}, "stopped: nobody works on it"),
        ({"state": "killed"}, "killed: process 4321 on host is gone"),
    ],
)
def test_how_a_run_stands(changes: Mapping[str, Any], words: str) -> None:
    assert state_words(view(**changes)) == words


def test_of_a_run_that_is_over_there_is_no_pace() -> None:
    shown = lines(view(state="stopped", pace=None))
    assert shown[1] == "stopped: nobody works on it · 2 left open"
    assert not any(text.startswith("a minute") for text in shown)


def test_prices_that_are_not_known_are_no_zeros() -> None:
    def costs(**spent: Any) -> str:
        return next(text for text in lines(view(spent=Spent(**spent))) if text.startswith("so far"))

    assert costs(calls=2, unpriced=2).endswith("not known")
    assert costs(calls=2, unpriced=1, cost=0.5).endswith("$0.5000 and more")
    assert costs().endswith("$0")


@pytest.mark.parametrize("height", [20, 24, 40, 60])
@pytest.mark.parametrize("cut_short", [0, 3])
def test_however_low_the_screen_is_lessons_at_work_and_all_else_fit(height: int, cut_short: int) -> None:
    failures = (Failure(error="", reason="HTTP 503", number=3, episode="a"),) if cut_short else ()
    many = tuple(lesson(f"lesson-{n}", 3, 4, is_at_work=n == 37) for n in range(40))
    rooms = tuple(classroom(n) for n in range(8))
    shown = view(lessons=many, classrooms=rooms, cut_short=cut_short, failures=failures)
    texts = lines(shown, 80, height)
    assert len(texts) <= height
    assert any("lesson-37 " in text for text in texts)
    if height < 60:
        assert any(" more: " in text for text in texts)


def test_a_bar_shows_what_is_certain_what_may_be_and_what_is_demanded() -> None:
    def bar(**changes: Any) -> str:
        return mastery_bar(lesson("a", **changes), 10).plain

    assert bar() == "        │ "
    assert bar(interval=(0.3, 0.6)) == "━━━───  │ "
    assert bar(interval=(0.9, 1.0), threshold=None) == "━━━━━━━━━─"
    assert bar(interval=(0.0, 0.0), threshold=0.999) == "         │"


def test_a_line_where_no_screen_can_move() -> None:
    assert line(view(cut_short=2)) == (
        "4d45a0cf under way for 2 min 05 s: 1,203 of 3,000 episodes · 4,812 turns · 612 episodes a minute · "
        "$0.2500 · 2 cut short"
    )
    over = view(state="finished", pace=None, spent=Spent(), most=None)
    assert line(over) == "4d45a0cf finished: 1,203 episodes · 4,812 turns"

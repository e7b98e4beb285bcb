"""An episode's page: who says what on which side, what it cost, and words that stay words."""

import re
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from schoolroom.transcripts.paging import Window
from schoolroom.transcripts.records import (
    Ending,
    Episode,
    Feedback,
    Grade,
    ModelCall,
    Origin,
    Role,
    Run,
    SeatInfo,
    Usage,
)
from schoolroom.transcripts.replies import parse_attempt
from schoolroom.transcripts.store import Store
from schoolroom.viewer.app import app
from schoolroom.viewer.conversation import commands, conversation, paid
from schoolroom.viewer.serving import environment

from .conftest import Browser

Talk = Callable[..., Episode]

INVISIBLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def call(cost: float | None = 0.01, *, cached: bool = False, reply: str = "hm") -> ModelCall:
    usage = Usage(prompt_tokens=7, completion_tokens=2)
    return ModelCall(
        key="k", model="small", messages=(), reply=reply, usage=usage, cost=cost, seconds=1.5, cached=cached
    )


def tutored(talk: Talk, **fields: Any) -> Episode:
    return talk(
        ("student", "attempt", "answer: 13", parse_attempt("answer: 13"), ()),
        ("teacher", "feedback", "the answer is wrong", Feedback(correct=False, reason="it is 12")),
        ("student", "revise", "answer: 12", parse_attempt("answer: 12"), (0, 1)),
        ("grader", "grade", "score: 1", Grade(score=1.0, correct=True)),
        **fields,
    )


def rendered(episode: Episode) -> str:
    """The turns as a page shows them."""
    template = environment().get_template("turn_list.html")
    return template.render(told=conversation(episode), live=True, at="")


class Tags(HTMLParser):
    """The elements of a page and their attributes."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.attributes: set[str] = set()
        self.open: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.add(tag)
        self.attributes |= {name for name, _ in attrs}
        if tag not in ("input", "br", "meta", "link"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_each_turn_says_what_it_is_and_what_it_is_about(talk: Talk) -> None:
    told = conversation(tutored(talk, ending=Ending(kind="finished")))
    assert [said.task for said in told.said] == [
        "attempt",
        "feedback on turn 1",
        "revision",
        "grade of turn 3",
    ]
    assert [said.on for said in told.said] == [None, 0, None, 2]
    assert [said.is_right for said in told.said] == [None, False, None, True]
    assert told.said[1].verdict == "✗ the answer: it is 12"
    assert (told.ending, told.outcome) == ("finished", "right in the end")


def test_several_of_a_role_have_voices_of_their_own(talk: Talk) -> None:
    seats = tuple(
        SeatInfo(seat=f"student-{n}", role=Role.STUDENT, persona="plain@1", model="small") for n in (1, 2)
    )
    told = conversation(talk(("student", "attempt", "", None), seats=seats))
    assert [(info.seat, voice) for info, voice in told.seats] == [("student-1", 1), ("student-2", 2)]


def test_what_calls_took_is_summed_up_and_the_store_costs_nothing() -> None:
    assert paid([]) is None
    found = paid([call(), call(), call(cached=True)])
    assert found is not None
    assert (found.read, found.written, found.seconds, found.cost, found.cached) == (21, 6, 4.5, 0.02, 1)
    unknown = paid([call(), call(None)])
    assert unknown is not None
    assert unknown.cost is None


def test_repeated_turns_lead_to_where_they_were_said(talk: Talk) -> None:
    episode = tutored(talk, origin=Origin(episode="first", turn=2))
    assert [said.repeated for said in conversation(episode).said] == [True, True, False, False]
    assert 'href="/episodes/first#turn-2"' in rendered(episode)


def test_commands_can_be_typed_as_they_stand(talk: Talk) -> None:
    finished = tutored(talk, ending=Ending(kind="finished"), origin=Origin(episode="f" * 16, turn=2))
    assert commands(finished, "my school.db", can_fork=True) == [
        "schoolroom replay eeeeeeeeee --step --db 'my school.db'",
        "schoolroom fork eeeeeeeeee --at 4 --seed 1 --db 'my school.db'",
        "schoolroom diff ffffffffff eeeeeeeeee --db 'my school.db'",
    ]
    assert len(commands(finished, "s.db", can_fork=False)) == 2


def test_the_blamed_words_and_the_feedback_lead_to_each_other(talk: Talk) -> None:
    html = rendered(tutored(talk))
    assert '<mark title="✗ the answer: it is 12">answer: 13</mark>' in html
    assert '<a href="#turn-2" title="✗ the answer: it is 12">← wrong, turn 2</a>' in html
    assert '<a href="#turn-1">feedback on turn 1</a>' in html
    assert "<del>answer: <b>13</b></del>" in html
    assert "<ins>answer: <b>12</b></ins>" in html


EVIL = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "\"' onmouseover='alert(1)' x=\"",
    "</pre></li></ol><h1>mine</h1>",
    "\x1b[2J\x07\x9b\u202egnp.exe\u2066\r",
    "{{ 7*7 }}{% raw %}",
    "&lt;b&gt;",
)


def saying(talk: Talk, words: str) -> str:
    """A page on which everything that somebody writes is `words`."""
    said = parse_attempt(f"{words}\nanswer: {words}")
    blame = Feedback(correct=False, step=0, span=words, reason=words)
    calls = (call(reply=words), call(reply=words))
    episode = talk(
        ("student", "attempt", f"{words}\nanswer: {words}", said, ()),
        ("teacher", "feedback", words, blame),
        ("student", "revise", f"{words} {words}", said, (0, 1)),
        ("grader", "grade", words, Grade(score=0.5, correct=False, reason=words, marks={words: 0.5})),
        text=words,
        script=words,
        ending=Ending(kind="cut_short", reason=words),
        lost_calls=calls,
    )
    turns = (turn.model_copy(update={"calls": calls, "persona": words}) for turn in episode.turns)
    return rendered(episode.model_copy(update={"turns": tuple(turns)}))


@pytest.mark.parametrize("evil", EVIL)
def test_words_stay_words_wherever_they_stand(talk: Talk, evil: str) -> None:
    html = saying(talk, evil)
    tags, harmless = Tags(html), Tags(saying(talk, "harmless"))
    assert not tags.open
    assert tags.names <= harmless.names
    assert tags.attributes <= harmless.attributes
    assert not INVISIBLE.search(html)


def test_a_reply_of_a_million_letters_is_shown_whole_in_few_elements(talk: Talk) -> None:
    html = rendered(talk(("student", "attempt", "ab <\n" * 200_000, None)))
    assert html.count("ab &lt;") == 200_000
    assert len(html) < 2_000_000
    assert html.count("<span") < 10


def test_pages_link_to_what_stands_around(browser: Any, window: Window) -> None:
    forked = next(one for one in window.episodes(calls=False) if one.origin is not None)
    assert forked.origin is not None
    page = browser.get(f"/episodes/{forked.id}").text
    assert f'href="/runs/{forked.run}"' in page
    assert f'href="/episodes/{forked.origin.episode}"' in page
    assert f'href="/episodes/{forked.id}/beside/{forked.origin.episode}"' in page
    assert "teacher: socratic@1" in page
    first, second = (one.id for one, _ in zip(window.episodes(calls=False), range(2), strict=False))
    assert f'href="/episodes/{second}" data-key="n"' in browser.get(f"/episodes/{first}").text
    assert f'href="/episodes/{first}" data-key="p"' in browser.get(f"/episodes/{second}").text


def test_no_page_of_an_episode_takes_what_was_said_for_its_own(browser: Any) -> None:
    for path in ("", "/fork", "/beside/bad-episode"):
        answer = browser.get(f"/episodes/bad-episode{path}")
        assert answer.status_code == 200
        tags = Tags(answer.text)
        assert not {name for name in tags.attributes if name.startswith("on")}
        assert "<b onclick" not in answer.text
        assert "alert(1)</script>" not in answer.text
        assert not INVISIBLE.search(answer.text)


def test_turns_are_fetched_anew_until_the_episode_has_ended(talk: Talk, tmp_path: Path) -> None:
    episode = talk(("student", "attempt", "answer: 12", None), ending=None)
    with Store.open(tmp_path / "school.db") as store:
        store.add_held(Run(id=episode.run, plan={}, seed=0))
        store.add_held(episode)
        store.add_held(episode.model_copy(update={"id": "over", "ending": Ending(kind="finished")}))
    browser = Browser(app(tmp_path / "school.db"))
    live = browser.get(f"/episodes/{episode.id}/turns")
    assert "answer: 12" in live.text
    assert f'data-live="/episodes/{episode.id}/turns"' in browser.get(f"/episodes/{episode.id}").text
    assert browser.get("/episodes/over/turns").status_code == 204
    assert "data-live" not in browser.get("/episodes/over").text
    browser.close()


def test_an_unknown_episode_is_a_sentence(browser: Any) -> None:
    answer = browser.get("/episodes/nowhere")
    assert answer.status_code == 404
    assert "no episode" in answer.text

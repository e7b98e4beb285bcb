"""The table of episodes: what its address asks for, what its rows say, and the ways on from it."""

import re
from functools import partialmethod
from urllib.parse import urlencode

import pytest

from schoolroom.environments.comparison import right_in_the_end
from schoolroom.transcripts.errors import ConfigError, UnknownName
from schoolroom.transcripts.paging import Place, Wanted, Window
from schoolroom.transcripts.records import Ending, Tier
from schoolroom.viewer.episodes import known, neighbours, order_of, place_of, query_of, rows_of, wanted_of

from .conftest import Browser


def ids(page: str) -> list[str]:
    return re.findall(r'data-row="/episodes/([^?"]+)', page)


def test_an_address_names_a_filter() -> None:
    given = {
        "run": " abc ",
        "tier": "harder",
        "right": "",
        "cost": "0.5",
        "q": " ",
        "sort": "cost",
        "other": "x",
    }
    assert wanted_of(given) == Wanted(run="abc", tier=Tier.HARDER, cost=0.5)
    assert order_of(given) == "cost"
    assert order_of({}) == "newest"
    assert query_of({"q": "a&b", "page": "7", "lesson": ""}, page="9") == "q=a%26b&page=9"
    assert place_of("12") == Place(serial=12)
    assert place_of("12,0.1") == Place(serial=12, value=0.1)
    assert place_of("") is None


@pytest.mark.parametrize(
    "given", [{"cost": "-1"}, {"cost": "nan"}, {"tier": "x"}, {"ending": "x"}, {"corrected": "x"}]
)
def test_values_that_cannot_be_are_refused(given: dict[str, str]) -> None:
    with pytest.raises(ConfigError, match="^" + "=".join(*given.items())):
        wanted_of(given)


@pytest.mark.parametrize("word", ["x", "1,x", ",1", "1,nan", "1,inf", "9" * 30, "1.5", "1,2,3"])
def test_places_that_are_none_are_refused(word: str) -> None:
    with pytest.raises(ConfigError, match="no page begins so"):
        place_of(word)


def test_orders_that_are_none_are_refused() -> None:
    with pytest.raises(UnknownName, match="unknown order 'costs'; did you mean 'cost'"):
        order_of({"sort": "costs"})


def test_rows_say_how_it_came_out(window: Window) -> None:
    every = window.page(Wanted()).rows
    for listed in every:
        (row,) = rows_of([listed], "q=1")
        assert row.address == f"/episodes/{listed.episode.id}?q=1"
        assert row.is_wrong is (right_in_the_end(listed.episode) is False)
        assert row.is_fork is (listed.episode.origin is not None)
    last = every[-1].episode
    for ending, words in ((None, "open"), (Ending(kind="cut_short", reason="x"), "cut short")):
        episode = last.model_copy(update={"ending": ending})
        assert rows_of([every[-1].model_copy(update={"episode": episode})], "")[0].outcome == words


def test_a_filter_proposes_what_plans_name(window: Window) -> None:
    found = known(window.runs())
    assert found["lesson"] == ["chains", "two-digit-sums"]
    assert {"careless@1", "plain@1", "socratic@1", "terse@1"} <= set(found["persona"])


@pytest.mark.parametrize(
    "wanted",
    [
        Wanted(),
        Wanted(right="no"),
        Wanted(lesson="chains", persona="careless", ending="finished"),
        Wanted(tier=Tier.BASIC, corrected="yes"),
        Wanted(q="ANSWER:"),
    ],
)
def test_the_table_shows_what_is_wanted(browser: Browser, window: Window, wanted: Wanted) -> None:
    given = {name: str(value) for name, value in wanted if value is not None}
    page = browser.get(f"/episodes?{urlencode(given)}").text
    expected = [row.episode for row in window.page(wanted).rows]
    assert expected
    assert ids(page) == [one.id for one in expected]
    assert page.count(" data-wrong") == sum(right_in_the_end(one) is False for one in expected)
    for value in given.values():
        assert re.search(
            rf'value="{value}"|<option( value="\w+")? selected>{value}<|"{value}" selected', page
        )


def test_there_are_more_pages_than_one(
    browser: Browser, window: Window, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("schoolroom.viewer.episodes.ROWS", 10)
    path, seen = "/episodes?ending=finished&sort=turns", list[str]()
    while path:
        page = browser.get(path).text
        seen += ids(page)
        found = re.search(r'href="([^"]+)" data-key="n"', page)
        path = found[1].replace("&amp;", "&") if found else ""
    every = window.page(Wanted(ending="finished"), "turns", limit=1_000).rows
    assert seen == [row.episode.id for row in every]
    assert len(seen) > 20


def test_a_search_that_takes_long_says_how_far_it_has_come(
    browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Window, "page", partialmethod(Window.page, scan=3, patience=0.0))
    page = browser.get("/episodes?corrected=broken").text
    assert "No such episode so far." in page
    assert re.search(r"\d+ older episodes were not searched yet", page)
    assert "Search on" in page


def test_the_ways_on_stay_within_the_list(browser: Browser, window: Window) -> None:
    listed = [row.episode for row in window.page(Wanted(lesson="chains")).rows]
    wrong = [number for number, one in enumerate(listed) if right_in_the_end(one) is False]
    ways = neighbours(listed[1].id, "lesson=chains&page=4")
    assert ways["u"] == "/episodes?lesson=chains"
    leads_to = {key: browser.get(ways[key]).headers["location"] for key in ("n", "p", "w")}
    following = next(number for number in wrong if number > 1)
    assert leads_to == {
        "n": f"/episodes/{listed[2].id}?lesson=chains",
        "p": f"/episodes/{listed[0].id}?lesson=chains",
        "w": f"/episodes/{listed[following].id}?lesson=chains",
    }
    assert neighbours("any", "page=4") == {}


@pytest.mark.parametrize(
    ("at", "key", "said"),
    [
        (-1, "n", "This is the last episode of the list."),
        (0, "p", "This is the first episode of the list."),
        (-1, "w", "No further episode of the list is wrong."),
    ],
)
def test_past_the_end_of_a_list_one_stays_where_one_is(
    browser: Browser, window: Window, at: int, key: str, said: str
) -> None:
    here = window.page(Wanted(lesson="chains")).rows[at].episode.id
    stays = browser.get(neighbours(here, "lesson=chains")[key]).headers["location"]
    assert stays.startswith(f"/episodes/{here}?lesson=chains&end=")
    page = browser.get(stays).text
    assert said in page
    assert f'href="/episodes/{here}/previous?lesson=chains"' in page  # the ways on are those of before


def test_a_search_for_the_next_one_that_takes_long_stays_as_well(
    browser: Browser, window: Window, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = window.page(Wanted()).rows[0].episode.id
    monkeypatch.setattr("schoolroom.viewer.episodes.NEIGHBOUR_SECONDS", 0.0)
    monkeypatch.setattr(Window, "page", partialmethod(Window.page, scan=1))
    stays = browser.get(neighbours(here, "q=nobody+says+this")["n"]).headers["location"]
    assert "not all episodes were looked at" in browser.get(stays).text

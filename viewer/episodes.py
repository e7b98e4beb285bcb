"""The table of episodes, and the way from one to the next: filtered, searched, sorted and paged in SQL."""

from collections.abc import Iterable, Mapping
from typing import cast, get_args
from urllib.parse import parse_qsl, quote, urlencode

from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from ..environments.comparison import right_in_the_end
from ..environments.mastery import unaided_answer
from ..environments.telling import ending_words, outcome
from ..transcripts.errors import ConfigError, UnknownName
from ..transcripts.paging import Listed, Order, Place, Wanted
from ..transcripts.records import Record, Run, Tier
from .serving import Site
from .tallies import mastery_rules

__all__ = ["ENDS", "Row", "neighbours", "place_of", "query_of", "routes", "rows_of", "wanted_of"]

ORDERS = {
    "newest": "newest first",
    "oldest": "oldest first",
    "cost": "most costly first",
    "turns": "longest first",
}

ROWS = 50  # on a page
NEIGHBOUR_SECONDS = 5.0  # for which the next episode is looked for, however rare

CHOICES = {
    "ending": {"finished": "finished", "cut_short": "cut short", "open": "open"},
    "right": {"yes": "right", "no": "wrong", "unknown": "not graded"},
    "corrected": {"yes": "corrected", "broken": "broken"},
}
"""What a filter's values are called."""

ENDS = {
    "next": "This is the last episode of the list.",
    "previous": "This is the first episode of the list.",
    "wrong": "No further episode of the list is wrong.",
    "unsearched": "None was found so far, and not all episodes were looked at; search on in the list.",
}
"""What is said where a list does not go on, by what the address of the episode says of it as ``end``."""


class Row(Record):
    """An episode as a table shows it."""

    id: str
    address: str
    """Of its page, with what was filtered by: the way on from there stays within it."""
    run: str
    question: str
    lesson: str
    tier: str
    seats: tuple[tuple[str, str], ...]
    """Who sat there: role and persona."""
    outcome: str
    style: str
    """``right``, ``middling``, ``wrong`` or ``faint``."""
    is_wrong: bool
    """In the end."""
    change: str
    """``corrected``, ``broken``, or empty."""
    turns: int
    cost: float
    is_fork: bool


def routes(site: Site) -> list[Route]:
    """``/episodes``, and the episodes next to one in such a list."""

    def show_episodes(request: Request) -> Response:
        given = request.query_params
        wanted, order = _resolved(site, wanted_of(given)), order_of(given)
        page = site.store.page(wanted, order, after=place_of(given.get("page")), limit=ROWS)
        runs, query = site.store.runs(), query_of(given)
        return site.page(
            "episodes.html",
            request,
            rows=rows_of(page.rows, query),
            page=page,
            is_full=len(page.rows) == ROWS,
            on=query_of(given, page=_place_word(page.next)) if page.next else None,
            query=query,
            is_first=not given.get("page"),
            given=given,
            wanted=wanted,
            order=order,
            orders=ORDERS,
            choices=CHOICES,
            tiers=[tier.value for tier in Tier],
            runs=list(reversed(runs)),
            known=known(runs),
        )

    def show_next(request: Request) -> Response:
        return neighbour(request, backwards=False)

    def show_previous(request: Request) -> Response:
        return neighbour(request, backwards=True)

    def neighbour(request: Request, *, backwards: bool) -> Response:
        given = request.query_params
        wanted, order = _resolved(site, wanted_of(given)), order_of(given)
        end = "previous" if backwards else "next"
        if given.get("only") == "wrong":
            wanted, end = wanted.model_copy(update={"right": "no"}), "wrong"
        here = site.store.episode(request.path_params["episode"]).id
        place = site.store.place(here, order)
        page = site.store.page(
            wanted, order, after=place, backwards=backwards, limit=1, patience=NEIGHBOUR_SECONDS
        )
        if page.rows:
            return RedirectResponse(rows_of(page.rows, query_of(given))[0].address, 303)
        said = query_of(given, end="unsearched" if page.left else end)
        return RedirectResponse(f"/episodes/{quote(here, safe='')}?{said}", 303)

    return [
        Route("/episodes", show_episodes, name="episodes"),
        Route("/episodes/{episode}/next", show_next),
        Route("/episodes/{episode}/previous", show_previous),
    ]


def neighbours(episode: str, query: str) -> dict[str, str]:
    """Where the keys u, n, p and w lead from an episode of a list; nowhere where its address names no list.

    To the list itself, the next episode of it, the one before, the next wrong one.

    Args:
        episode: Its id.
        query: Of that address: what the list was filtered and sorted by.
    """
    given = dict(parse_qsl(query))
    if not (asked := query_of(given)):
        return {}
    here = f"/episodes/{quote(episode, safe='')}"
    return {
        "u": f"/episodes?{asked}",
        "n": f"{here}/next?{asked}",
        "p": f"{here}/previous?{asked}",
        "w": f"{here}/next?{asked}&only=wrong",
    }


def wanted_of(given: Mapping[str, str]) -> Wanted:
    """The filter that an address names; what is empty does not count.

    Raises:
        ConfigError: a value that cannot be.
    """
    values = {name: given[name].strip() for name in Wanted.model_fields if given.get(name, "").strip()}
    try:
        return Wanted.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first["loc"][0])
        raise ConfigError(f"{name}={values[name]}: {first['msg'].lower()}.") from None


def order_of(given: Mapping[str, str]) -> Order:
    """The order that an address names.

    Raises:
        UnknownName: there is none of this name.
    """
    word = given.get("sort") or "newest"
    if word not in get_args(Order):
        raise UnknownName("order", word, ORDERS)
    return cast("Order", word)


def place_of(word: str | None) -> Place | None:
    """Where a page begins, as its address says: ``1200``, or ``1200,0.25`` where it is sorted by a value.

    Raises:
        ConfigError: this is no place.
    """
    if not word:
        return None
    serial, _, value = word.partition(",")
    try:
        return Place(serial=int(serial), value=float(value) if value else None)
    except ValueError:
        raise ConfigError(f"page={word}: no page begins so; begin with the first one.") from None


def query_of(given: Mapping[str, str], **more: str) -> str:
    """The filter and the order that an address names, as part of another."""
    names = (*Wanted.model_fields, "sort")
    return urlencode({name: given[name] for name in names if given.get(name)} | more)


def rows_of(listed: Iterable[Listed], query: str) -> list[Row]:
    """What a table shows of episodes.

    Args:
        listed: As they were found.
        query: Of the table's address.
    """
    return [_row(one, f"?{query}" if query else "") for one in listed]


def _row(listed: Listed, query: str) -> Row:
    episode = listed.episode
    unaided, last = unaided_answer(episode.turns), right_in_the_end(episode)
    words, style = outcome(episode) or "not graded", "faint"
    if episode.ending is None or episode.ending.kind == "cut_short":
        words = ending_words(episode).partition(":")[0]
    elif last is not None:
        style = "wrong" if not last else "right" if unaided else "middling"
    return Row(
        id=episode.id,
        address=f"/episodes/{quote(episode.id, safe='')}{query}",
        run=episode.run,
        question=episode.question.text,
        lesson=episode.question.lesson,
        tier=episode.question.tier.value,
        seats=tuple((seat.role.value, seat.persona) for seat in episode.seats),
        outcome=words,
        style=style,
        is_wrong=last is False,
        change="corrected"
        if (unaided, last) == (False, True)
        else "broken"
        if (unaided, last) == (True, False)
        else "",
        turns=len(episode.turns),
        cost=listed.cost,
        is_fork=episode.origin is not None,
    )


def known(runs: Iterable[Run]) -> dict[str, list[str]]:
    """Lessons and personas that the plans of runs name: proposals for the filter."""
    lessons: dict[str, None] = {}
    personas: dict[str, None] = {}
    for run in runs:
        lessons |= dict.fromkeys(mastery_rules(run))
        personas |= {seat["persona"]: None for seat in run.plan.get("seats", ())}
    return {"lesson": sorted(lessons), "persona": sorted(personas)}


def _resolved(site: Site, wanted: Wanted) -> Wanted:
    """With the whole id of the run."""
    return wanted if wanted.run is None else wanted.model_copy(update={"run": site.store.run(wanted.run).id})


def _place_word(place: Place) -> str:
    return str(place.serial) if place.value is None else f"{place.serial},{place.value!r}"

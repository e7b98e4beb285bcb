"""The page of two episodes in two columns, from the turn where they part."""

from collections.abc import Iterator
from typing import Literal, NamedTuple

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ..environments.alignment import Piece, aligned
from ..environments.comparison import common_turns, turns_beside
from ..environments.telling import task, verdict
from ..transcripts.records import Episode, Turn
from .conversation import conversation
from .serving import Site

__all__ = ["Pair", "Row", "Side", "pairs", "routes"]

_LINES = 1_000
"""Of one turn that are compared line by line at most."""


Kind = Literal["same", "changed", "gone", "new"]

_KINDS: dict[str, Kind] = {"": "same", "|": "changed", "<": "gone", ">": "new"}


class Row(NamedTuple):
    """Two lines that belong beside each other; None where one side has none."""

    kind: Kind
    left: tuple[Piece, ...] | None
    right: tuple[Piece, ...] | None


class Side(NamedTuple):
    """A turn of one of the two episodes."""

    turn: Turn
    task: str
    """As in ``feedback on turn 1``."""
    verdict: str | None
    """In a line, of what judges."""


class Pair(NamedTuple):
    """Two turns that belong beside each other; None where one episode has none."""

    left: Side | None
    right: Side | None
    rows: tuple[Row, ...]


def pairs(a: Episode, b: Episode) -> Iterator[Pair]:
    """The turns of both from where they part."""
    common = common_turns(a, b)
    for left, right in turns_beside(a.turns[common:], b.turns[common:]):
        yield Pair(_side(a, left), _side(b, right), tuple(_rows(_lines(left), _lines(right))))


def _side(episode: Episode, turn: Turn | None) -> Side | None:
    return None if turn is None else Side(turn, task(episode, turn), verdict(episode, turn))


def _rows(a: list[str], b: list[str]) -> Iterator[Row]:
    if max(len(a), len(b)) > _LINES:
        whole = [tuple(Piece("\n".join(lines), changed=False) for _ in lines[:1]) for lines in (a, b)]
        yield Row("changed", *whole)
        return
    for row in aligned(a, b):
        yield Row(_KINDS[row.sign], *row)


def _lines(turn: Turn | None) -> list[str]:
    return turn.text.splitlines() if turn else []


def routes(site: Site) -> list[Route]:
    """``/episodes/A/beside/B``."""

    def show(request: Request) -> Response:
        a, b = (site.store.episode(request.path_params[name]) for name in "ab")
        return site.page(
            "beside.html",
            request,
            sides=[conversation(a), conversation(b)],
            common=common_turns(a, b),
            pairs=list(pairs(a, b)),
        )

    return [Route("/episodes/{a}/beside/{b}", show, name="beside")]

"""The pages of a training row and of a checkpoint: what carries loss, and the way back to who said it."""

from typing import NamedTuple

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ..transcripts.errors import NotStored
from ..transcripts.paging import Window
from ..transcripts.queries import Lineage
from ..transcripts.records import Example
from .serving import Site

__all__ = ["Cause", "causes", "routes"]


class Cause(NamedTuple):
    """A turn that a training row was made from."""

    line: Lineage
    calls: tuple[str, ...]
    """Keys of the model calls that it took."""
    text: str


def causes(store: Window, row: Example) -> tuple[Cause, ...]:
    """The turns that `row` was made from, in the order of its sources."""
    calls: dict[tuple[str, int], list[Lineage]] = {}
    for line in store.lineage(row.id):
        calls.setdefault((line.episode, line.turn), []).append(line)
    episodes = {id_: store.episode(id_) for id_, _ in calls}
    return tuple(
        Cause(
            line=lines[0],
            calls=tuple(line.call for line in lines if line.call is not None),
            text=next(turn.text for turn in episodes[id_].turns if turn.index == place),
        )
        for (id_, place), lines in calls.items()
    )


def routes(site: Site) -> list[Route]:
    """``/rows/ROW`` and ``/checkpoints/CHECKPOINT``."""

    def show_row(request: Request) -> Response:
        row = site.store.example(request.path_params["row"])
        learners = site.store.learners(row.id)
        return site.page("row.html", request, row=row, causes=causes(site.store, row), learners=learners)

    def show_checkpoint(request: Request) -> Response:
        found = site.store.checkpoint(request.path_params["checkpoint"])
        parent = found.parent if found.parent and _is_stored(site.store, found.parent) else None
        learnt = site.store.learnt_from(found.id)
        return site.page("checkpoint.html", request, checkpoint=found, parent=parent, learnt=learnt)

    return [
        Route("/rows/{row}", show_row, name="row"),
        Route("/checkpoints/{checkpoint}", show_checkpoint, name="checkpoint"),
    ]


def _is_stored(store: Window, checkpoint: str) -> bool:
    try:
        return store.checkpoint(checkpoint).id == checkpoint
    except NotStored:
        return False

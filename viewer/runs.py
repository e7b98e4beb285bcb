"""The pages of runs: all of them, and one with its lessons."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from .serving import Site

__all__ = ["routes"]


def routes(site: Site) -> list[Route]:
    """``/runs`` and ``/runs/RUN``."""

    def show_runs(request: Request) -> Response:
        return site.page("runs.html", request, runs=list(reversed(site.store.runs())))

    return [Route("/runs", show_runs, name="runs")]

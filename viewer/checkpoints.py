"""The list of checkpoints: students that were trained, and on how many rows. For one, see `training_rows`."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from .serving import Site

__all__ = ["routes"]


def routes(site: Site) -> list[Route]:
    """``/checkpoints``."""

    def show(request: Request) -> Response:
        return site.page("checkpoints.html", request, trained=site.store.trained())

    return [Route("/checkpoints", show, name="checkpoints")]

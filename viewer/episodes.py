"""The table of episodes: filtered, searched, sorted and paged in SQL."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from .serving import Site

__all__ = ["routes"]


def routes(site: Site) -> list[Route]:
    """``/episodes``."""

    def show_episodes(request: Request) -> Response:
        return site.page("episodes.html", request)

    return [Route("/episodes", show_episodes, name="episodes")]

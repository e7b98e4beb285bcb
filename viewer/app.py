"""The application: all pages under one roof. Opens no socket; `schoolroom view` serves it.

A page is a module of this room that offers::

    def routes(site: Site) -> list[Route]: ...

and is named in `PAGES`. A handler is a plain function (Starlette runs it in a thread), reads `site.store`, a
`transcripts.paging.Window`, and answers with ``site.page("template.html", request, name=value, ...)``. What a
template shows is made by pure functions from records, which are tested without a server. Templates extend
``base.html`` and fill its blocks ``title`` and ``main``; what models and users wrote goes through the filter
``words``. An error of schoolroom's that a handler lets through becomes a page of one sentence: 404 where
nothing is stored under a name, 400 for bad input, 503 where the database fails.

Behaviour without a script on the page, by attributes that the two scripts know:

- ``data-row="/where"`` on an element: j, k, n and p go from one to the next, Enter opens it; with
  ``data-wrong`` it is one that w goes to.
- ``data-key="w"`` on a link: that key follows it (n and p where there are no rows, or no more).
- ``data-live="/where"`` on an element with an id: its content is replaced by what is there, a piece of HTML,
  every two seconds (``data-every`` milliseconds), less often while it stays the same; after a 204 the page is
  loaded once more, and should have no such element then.

No browser runs a script or follows a style that stands in the page (see `security.HEADERS`): use classes,
and attributes of SVG's.
"""

import contextlib
from collections.abc import AsyncIterator, Callable
from pathlib import Path

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from ..environments.mastery import Mastery
from ..transcripts.errors import BadInput, NotStored, SchoolroomError
from ..transcripts.paging import Window
from . import beside, checkpoints, conversation, episodes, exams, forking, lessons, runs, training_rows
from .security import Guard
from .serving import STATIC, Site

__all__ = ["PAGES", "app"]

PAGES: tuple[Callable[[Site], list[Route]], ...] = (
    runs.routes,
    episodes.routes,
    conversation.routes,
    beside.routes,
    forking.routes,
    checkpoints.routes,
    training_rows.routes,
    lessons.routes,
    exams.routes,
)
"""Of two routes that fit an address, the earlier one answers."""


def app(db: str | Path, token: str | None = None) -> Starlette:
    """The application that shows a database.

    Args:
        db: A file, or a SQLAlchemy URL.
        token: What visitors must know; without one, only requests that name this machine are answered.

    Raises:
        StoreError: there is no database, or it cannot be read.
    """
    site = Site(Window.open(db))
    Mastery().interval()  # which loads SciPy: better now than when the first page waits for it

    def failed(request: Request, error: Exception) -> Response:
        status = 404 if isinstance(error, NotStored) else 400 if isinstance(error, BadInput) else 503
        return site.page("error.html", request, status=status, sentence=str(error))

    def refused(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        sentence = f"there is no page {request.url.path}." if error.status_code == 404 else error.detail
        return site.page("error.html", request, status=error.status_code, sentence=sentence)

    @contextlib.asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        with site.store:
            yield

    return Starlette(
        routes=[
            Route("/", lambda _: RedirectResponse("/runs"), name="home"),
            *(route for page in PAGES for route in page(site)),
            Mount("/static", _Forever(directory=STATIC), name="static"),
        ],
        middleware=[Middleware(Guard, token=token)],
        exception_handlers={SchoolroomError: failed, HTTPException: refused},
        lifespan=lifespan,
    )


class _Forever(StaticFiles):
    """Files that a browser may keep: their addresses change with their content."""

    def file_response(self, *given: object, **named: object) -> Response:
        """The file, which never changes under this address."""
        response: Response = super().file_response(*given, **named)  # type: ignore[arg-type]
        response.headers["cache-control"] = "private, max-age=31536000, immutable"
        return response

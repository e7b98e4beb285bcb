"""What all pages share: the store that they read, and the templates that they fill. No page itself."""

import hashlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse

from ..transcripts.paging import Window
from . import wording

__all__ = ["STATIC", "Site", "environment"]

STATIC = Path(__file__).parent / "static"

NAVIGATION = {"/runs": "Runs", "/episodes": "Episodes", "/exams": "Exams", "/checkpoints": "Checkpoints"}


def environment() -> Environment:
    """Templates that escape whatever is put into them, and refuse names that nobody gave."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {name: getattr(wording, name) for name in wording.__all__}
    content = b"".join(file.read_bytes() for file in sorted(STATIC.iterdir()))
    environment.globals |= {
        "navigation": NAVIGATION,
        "version": hashlib.sha256(content).hexdigest()[:12],
    }
    return environment


@dataclass(frozen=True)
class Site:
    """One store, and the pages that show it."""

    store: Window
    templates: Environment = field(default_factory=environment)

    def page(self, template: str, request: Request, /, *, status: int = 200, **values: Any) -> HTMLResponse:
        """A template, filled.

        Args:
            template: Name of the file.
            request: Known to the template as ``request``.
            status: Of the answer.
            values: Whatever else the template names.
        """
        html = self.templates.get_template(template).render(request=request, where=self.store.where, **values)
        return HTMLResponse(html, status, {"cache-control": "no-cache"})

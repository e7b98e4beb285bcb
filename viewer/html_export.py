"""Conversations as one HTML file that opens without a server: the pages' templates and styles, inlined.

The file is written an episode at a time, so that a run of any length fits. A policy in its head forbids it
to load anything, and any script but its own: what models and users wrote stays words, were escaping to fail.
"""

import base64
import hashlib
from collections.abc import Iterator
from pathlib import Path

from markupsafe import Markup

from ..transcripts.exchange.files import new_file
from ..transcripts.exchange.selection import Selection
from .conversation import Conversation, conversation
from .serving import STATIC, environment

__all__ = ["write_html"]


def write_html(selection: Selection, path: Path) -> int:
    """Write the conversations of `selection`; gives how many there are.

    Raises:
        DataFileError: the file cannot be written.
        NotStored: no such run.
    """
    written = 0

    def told() -> Iterator[Conversation]:
        nonlocal written
        for _, episode in selection.episodes():
            written += 1
            yield conversation(episode)

    style = "".join((STATIC / name).read_text("utf-8") for name in ("style.css", "conversation.css"))
    script = (STATIC / "standalone.js").read_text("utf-8")
    store = selection.store
    runs = [store.run(name) for name in dict.fromkeys(selection.runs)] if selection.runs else store.runs()
    values = {
        "runs": [(run, store.counts(run.id)) for run in runs],
        "conversations": told(),
        "style": Markup(style),  # of our own; nothing else on the page is taken as it stands
        "script": Markup(script),
        "policy": f"default-src 'none'; style-src {_hash(style)}; script-src {_hash(script)}",
    }
    with new_file(path) as file:
        for piece in environment().get_template("standalone.html").generate(values):
            file.write(piece.encode())
    return written


def _hash(text: str) -> str:
    """How a content security policy names a style or a script that stands in the page."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"

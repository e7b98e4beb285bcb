"""The command `view`: a window into a database, in the browser."""

from typing import TYPE_CHECKING, Annotated

import typer

from . import options as shared
from .options import flag, option

if TYPE_CHECKING:
    import socket

__all__ = ["view"]

LETTERS = 12
"""Of a token, at least."""


def view(
    host: Annotated[
        str,
        option(
            "Where to listen; any but this machine's own asks for a token.",
            metavar="ADDRESS",
            default="127.0.0.1",
        ),
    ] = "127.0.0.1",
    port: Annotated[
        int, option("The port; 0 takes a free one.", metavar="N", default="8080", min=0, max=65535)
    ] = 8080,
    token: Annotated[
        str | None, option("What visitors must know.", metavar="WORD", default="made up where one is needed")
    ] = None,
    no_browser: Annotated[bool, flag("Open no browser.", "--no-browser")] = False,
    db: shared.Database = None,
) -> None:
    """Look at runs, lessons and conversations in the browser, also while they are held. Ctrl-C ends it.

    It reads the database and writes nothing.
    """
    import contextlib
    import webbrowser

    from ..transcripts.errors import ConfigError
    from .screen import note
    from .settings import default_database

    try:
        import uvicorn

        from ..viewer.app import app
        from ..viewer.security import is_loopback, new_token
    except ImportError as error:
        raise ConfigError(f"'schoolroom view' needs '{error.name}'; install schoolroom[view].") from None
    if token is not None and len(token) < LETTERS:
        raise ConfigError(
            f"--token is shorter than {LETTERS} letters, and soon guessed; left out, one is made."
        )
    if token is None and not is_loopback(host):
        token = new_token()
    pages = app(db or default_database(), token)
    with _listening(host, port) as door:
        typer.echo(address := _address(host, door.getsockname()[1], token))
        note("Ctrl-C ends it.")
        if not no_browser and token is None and _has_screen():  # who lists processes should read no token
            webbrowser.open(address)
        server = uvicorn.Server(
            uvicorn.Config(pages, log_level="warning", proxy_headers=False, server_header=False)
        )
        with contextlib.suppress(KeyboardInterrupt):
            server.run(sockets=[door])


def _listening(host: str, port: int) -> "socket.socket":
    import socket

    from ..transcripts.errors import ConfigError

    try:
        return socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    except (OSError, UnicodeError) as error:
        cause = getattr(error, "strerror", None) or error
        raise ConfigError(
            f"cannot listen on {host}, port {port}: {cause}; --host and --port name others."
        ) from None


def _address(host: str, port: int, token: str | None) -> str:
    """What to open in a browser."""
    import socket
    from urllib.parse import urlencode

    name = socket.gethostname() if host in ("", "0.0.0.0", "::") else f"[{host}]" if ":" in host else host
    return f"http://{name}:{port}/" + (f"?{urlencode({'token': token})}" if token else "")


def _has_screen() -> bool:
    """Whether a browser has a window to open; one that draws in the terminal would hold the command up."""
    import os
    import sys

    return sys.platform in ("darwin", "win32") or bool({"DISPLAY", "WAYLAND_DISPLAY"} & os.environ.keys())

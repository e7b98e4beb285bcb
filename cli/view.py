"""The command `view`: a window into a database, in the browser."""

from typing import Annotated

import typer

from . import options as shared
from .options import flag, option

__all__ = ["view"]


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
    import socket
    import webbrowser
    from urllib.parse import urlencode

    from ..transcripts.errors import ConfigError
    from .screen import note
    from .settings import default_database

    try:
        import uvicorn

        from ..viewer.app import app
        from ..viewer.security import is_loopback, new_token
    except ImportError as error:
        raise ConfigError(f"'schoolroom view' needs '{error.name}'; install schoolroom[view].") from None
    if token is None and not is_loopback(host):
        token = new_token()
    pages = app(db or default_database(), token)
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        listening = socket.create_server((host, port), family=family)
    except (OSError, UnicodeError) as error:
        cause = getattr(error, "strerror", None) or error
        raise ConfigError(
            f"cannot listen on {host}, port {port}: {cause}; --host and --port name others."
        ) from None
    with listening:
        shown = f"[{host}]" if ":" in host else host
        address = f"http://{shown}:{listening.getsockname()[1]}/"
        address += f"?{urlencode({'token': token})}" if token else ""
        typer.echo(address)
        note("Ctrl-C ends it.")
        if not no_browser:
            webbrowser.open(address)
        server = uvicorn.Server(uvicorn.Config(pages, log_level="warning", server_header=False))
        server.run(sockets=[listening])

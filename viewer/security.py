"""Who may look: the token, the host that a request names, and the headers of every answer. No pages.

Without a token, only requests that name this machine are answered: a page elsewhere could otherwise have its
own name lead here, and read along (DNS rebinding). With one, a visitor brings it once, in the address, and
keeps it in a cookie that no script can read and no other site can send; a name that leads here by such a
trick has no cookie, so any is answered.
"""

import hmac
import ipaddress
import secrets
from http.cookies import CookieError, SimpleCookie
from urllib.parse import parse_qsl, urlencode, urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

__all__ = ["HEADERS", "Guard", "is_loopback", "new_token"]

COOKIE = "schoolroom-token"

HEADERS = {
    "content-security-policy": (
        "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'"
    ),
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "same-origin",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}
"""Of every answer: nothing comes from elsewhere, no script stands in a page, no other site frames one."""


def is_loopback(host: str) -> bool:
    """Whether `host` is this machine's own name or address for itself."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def new_token() -> str:
    """A token that nobody guesses."""
    return secrets.token_urlsafe(24)


class Guard:
    """Middleware that stands before all pages."""

    def __init__(self, app: ASGIApp, token: str | None) -> None:
        self.app = app
        self.token = token

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or refuse to."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def sealed(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(HEADERS)
            await send(message)

        answer: ASGIApp = self._refusal(scope) or self.app
        await answer(scope, receive, sealed)

    def _refusal(self, scope: Scope) -> Response | None:
        """Why not to answer; None where there is no reason."""
        headers = Headers(scope=scope)
        host = headers.get("host", "")
        if self.token is None and not is_loopback(_name(host)):
            return _no(f"this window is open on this machine only, and not under the name {host!r}.")
        if scope["method"] not in ("GET", "HEAD") and not _is_from_here(headers, host):
            return _no("another site sent this.")
        if self.token is None or self._is_known(_cookie(headers)):
            return None
        given = dict(parse_qsl(scope["query_string"].decode(errors="replace")))
        if self._is_known(given.pop("token", "")) and scope["method"] == "GET":
            return self._welcome(scope, given)
        return _no("this window asks for its token: open the address that 'schoolroom view' printed.", 401)

    def _is_known(self, given: str) -> bool:
        return self.token is not None and hmac.compare_digest(given.encode(), self.token.encode())

    def _welcome(self, scope: Scope, query: dict[str, str]) -> Response:
        """The same page under an address that does not show the token."""
        assert self.token is not None
        path = "/" + scope["path"].lstrip("/")  # two slashes would name another host
        response = RedirectResponse(f"{path}?{urlencode(query)}" if query else path, 303)
        response.set_cookie(
            COOKIE, self.token, httponly=True, samesite="strict", secure=scope["scheme"] == "https"
        )
        return response


def _is_from_here(headers: Headers, host: str) -> bool:
    """Whether a page of this very window sent the request; browsers say so by themselves."""
    site, origin = headers.get("sec-fetch-site"), headers.get("origin", "")
    return site in (None, "same-origin") and origin in (f"http://{host}", f"https://{host}")


def _name(host: str) -> str:
    """The host's name or address without its port; nothing where there is none."""
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""


def _cookie(headers: Headers) -> str:
    try:
        found = SimpleCookie(headers.get("cookie", "")).get(COOKIE)
    except CookieError:
        return ""
    return found.value if found else ""


def _no(sentence: str, status: int = 403) -> Response:
    return PlainTextResponse(f"{sentence}\n", status)

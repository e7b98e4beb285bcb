"""Who may look, and under which name; what every answer forbids; and that nobody's words become a page."""

import re

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from schoolroom.viewer.security import COOKIE, Guard, is_loopback, new_token
from schoolroom.viewer.wording import words

from .conftest import HERE, NASTY, Browser


def guarded(token: str | None) -> Browser:
    def said(request: Request) -> Response:
        return PlainTextResponse(f"{request.method} {request.url.path}?{request.url.query}")

    routes = [Route("/{path:path}", said, methods=["GET", "POST"])]
    return Browser(Starlette(routes=routes, middleware=[Middleware(Guard, token=token)]))


@pytest.mark.parametrize("host", ["127.0.0.1:8080", "localhost", "[::1]:1", "127.1.2.3"])
def test_this_machine_is_answered(host: str) -> None:
    assert guarded(None).get("/runs", headers={"host": host}).status_code == 200


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example", "", "localhost.evil.example:80", "[::"]
)
def test_a_name_that_was_made_to_lead_here_is_not(host: str) -> None:
    answer = guarded(None).get("/runs", headers={"host": host})
    assert answer.status_code == 403
    assert "on this machine only" in answer.text


def test_a_token_is_shown_once_and_kept_in_a_cookie() -> None:
    browser = guarded("a token")
    elsewhere = {"host": "school.example:8080"}
    for path in ("/runs", "/runs?token=", "/runs?token=another", "/runs?token=%ff%00"):
        answer = browser.get(path, headers=elsewhere)
        assert (answer.status_code, "asks for its token" in answer.text) == (401, True)
    welcome = browser.get("/episodes?run=1&token=a+token&q=x%26y", headers=elsewhere)
    assert (welcome.status_code, welcome.headers["location"]) == (303, "/episodes?run=1&q=x%26y")
    cookie = welcome.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    kept = {**elsewhere, "cookie": cookie.partition(";")[0]}
    assert browser.get("/episodes?run=1", headers=kept).text == "GET /episodes?run=1"
    for other in (f"{COOKIE}=another", f"{COOKIE}=", "=;=", 'a="b'):
        assert browser.get("/runs", headers={**elsewhere, "cookie": other}).status_code == 401


def test_the_door_opens_on_this_window_alone() -> None:
    answer = guarded("word").get(f"{HERE}//evil.example/?token=word")
    assert re.match(r"^/[^/]", answer.headers["location"])


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"origin": HERE}, 200),
        ({"origin": HERE, "sec-fetch-site": "same-origin"}, 200),
        ({}, 403),
        ({"origin": "null"}, 403),
        ({"origin": "http://evil.example"}, 403),
        ({"origin": "http://127.0.0.1:9999"}, 403),
        ({"origin": HERE, "sec-fetch-site": "cross-site"}, 403),
    ],
)
def test_only_pages_of_this_window_may_post(headers: dict[str, str], status: int) -> None:
    answer = guarded(None).ask("POST", "/fork", headers=headers)
    assert answer.status_code == status
    assert status == 200 or "another site sent this" in answer.text


@pytest.mark.parametrize("path", ["/runs", "/nowhere", "/static/style.css"])
def test_every_answer_forbids_what_comes_from_elsewhere(browser: Browser, path: str) -> None:
    headers = browser.get(path).headers
    policy = headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
    assert (headers["x-frame-options"], headers["x-content-type-options"]) == ("DENY", "nosniff")


def test_a_refusal_forbids_it_too() -> None:
    assert "content-security-policy" in guarded("word").get("/runs").headers


@pytest.mark.parametrize(
    "path",
    [
        "/runs",
        "/runs/live",
        "/runs/bad-run",
        "/runs/bad-run/live",
        "/episodes",
        "/episodes?persona=%3Cscript%3E",
    ]
    + [f"/{page}?q=%3Cscript%3E&lesson=%22%3E%3Cscript%3E" for page in ("episodes", "runs")]
    + ["/runs/%3Cscript%3Ealert(1)", "/episodes/bad-episode", "/episodes/bad-episode?q=%22%3E%3Cscript%3E"],
)
def test_nobodys_words_become_a_page(browser: Browser, path: str) -> None:
    """No tag, attribute or control character of theirs is in any page; and no script or style of ours."""
    page = browser.get(path).text
    assert "<script>" not in page
    assert "<b onclick" not in page
    assert not re.search(r"<script(?![^>]*\ssrc=\"/static/)", page)
    assert not re.search(r"\sstyle=|\son[a-z]+=(?![^<]*&gt;)", re.sub(r">[^<]*<", "><", page))
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", page)


def test_what_cannot_be_seen_is_shown_by_its_number(browser: Browser) -> None:
    assert words("a\x1b[0m\x00\x7f\x85\u202e\tb\r\nc\rd") == (
        "a⟨U+001B⟩[0m⟨U+0000⟩⟨U+007F⟩⟨U+0085⟩⟨U+202E⟩\tb\nc⟨U+000D⟩d"
    )
    page = browser.get("/episodes?run=bad-run").text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;⟨U+001B⟩[31m⟨U+202E⟩&lt;b onclick=&#39;x&#39;&gt;" in page
    assert NASTY not in page


@pytest.mark.parametrize(
    ("host", "is_ours"),
    [
        ("127.0.0.1", True),
        ("localhost", True),
        ("::1", True),
        ("0.0.0.0", False),
        ("192.0.2.1", False),
        ("", False),
    ],
)
def test_what_this_machine_calls_itself(host: str, is_ours: bool) -> None:
    assert is_loopback(host) is is_ours


def test_tokens_differ() -> None:
    assert len({new_token() for _ in range(100)}) == 100

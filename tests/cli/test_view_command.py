"""The command `view`: what it refuses, and a window that is opened, looked through and closed."""

import re
import signal
import socket
import subprocess
import sys
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import HTTPCookieProcessor, Request, build_opener

import pytest

from .conftest import Cli

START = "from schoolroom.cli.main import main; main()"


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        ((), 3, "there is no database at schoolroom.db; 'schoolroom run' makes one."),
        (("--token", "short"), 2, "--token is shorter than 12 letters"),
    ],
)
def test_what_cannot_be_opened_is_a_sentence(
    cli: Cli, words: tuple[str, ...], code: int, sentence: str
) -> None:
    assert sentence in cli("view", *words, code=code).stderr


def test_a_door_that_is_taken_or_not_ours_is_a_sentence(cli: Cli, held: dict[str, object]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])
        assert f"cannot listen on 127.0.0.1, port {port}" in cli("view", "--port", port, code=2).stderr
    assert "cannot listen on 192.0.2.1, port 8080" in cli("view", "--host", "192.0.2.1", code=2).stderr


@pytest.mark.slow
@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0"])
def test_a_window_is_opened_and_closed(held: dict[str, str], tmp_path: Path, host: str) -> None:
    words = [sys.executable, "-c", START, "view", "--host", host, "--port", "0", "--no-browser"]
    with subprocess.Popen(
        words, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as server:
        assert server.stdout is not None
        address = re.sub("//[^:]+", "//127.0.0.1", server.stdout.readline().strip())
        assert ("token=" in address) is (host != "127.0.0.1")
        browser = build_opener(HTTPCookieProcessor())
        assert f"/runs/{held['run']}" in browser.open(address).read().decode()
        bare = address.partition("?")[0]
        assert browser.open(f"{bare}episodes").status == 200
        if host != "127.0.0.1":
            with pytest.raises(HTTPError, match="401"):
                build_opener().open(bare)
        else:
            with pytest.raises(HTTPError, match="403"):
                build_opener().open(Request(bare, headers={"Host": "evil.example"}))
        server.send_signal(signal.SIGINT)
        assert server.wait() == 0
        assert server.stderr is not None
        assert server.stderr.read() == "Ctrl-C ends it.\n"

"""Nothing is sent anywhere but to the model that the user named.

The whole way from classroom to exam runs in a process in which Python reports every connection, every name
that is looked up and every datagram, from its first line on (`sys.addaudithook`; no hook can be taken away).
"""

import asyncio
import json
import os
import sys
from pathlib import Path

import pytest

from schoolroom.agents.fake_server import FakeServer

WATCH = """
import json, sys

EVENTS = {{"socket." + name for name in ("connect", "getaddrinfo", "gethostbyname", "sendto", "sendmsg")}}

def watch(event, given):
    if event in EVENTS:
        where = given[0:2] if event == "socket.getaddrinfo" else given[1:2]
        with open({log!r}, "a") as file:
            file.write(json.dumps([event, *where], default=str) + "\\n")

sys.addaudithook(watch)
"""
CHILD = """
import json, sys
from schoolroom.cli.main import app

for words in json.loads(sys.argv[1]):
    app(words, standalone_mode=False)
"""
OWN_WAY = ("HF_HUB_OFFLINE", "HF_HUB_DISABLE_TELEMETRY", "LITELLM_LOCAL_MODEL_COST_MAP")
"""What these tests set, and the command must set by itself."""


@pytest.mark.slow
def test_a_whole_school_asks_the_named_server_alone(tmp_path: Path) -> None:
    log = tmp_path / "asked"
    (folder := tmp_path / "hook").mkdir()
    (folder / "sitecustomize.py").write_text(WATCH.format(log=str(log)))
    environment = {name: value for name, value in os.environ.items() if name not in OWN_WAY}

    async def school() -> tuple[str, int]:
        async with FakeServer() as server:
            lesson = ("--course", "arithmetic", "--lessons", "two-digit-sums")
            model = ("--teacher", "patient@small", "--base-url", server.url)
            commands = [
                ("run", *lesson, "--episodes", "4", *model, "-q"),
                ("train", "--out", "student", "--steps", "2", "--batch-size", "2", "-q"),
                ("exam", *lesson, "--student", "hf:student", "--questions", "2", "-q"),
                ("export", "--out", "rows.jsonl"),
                ("transcripts", "export", "--out", "all.jsonl"),
            ]
            child = await asyncio.create_subprocess_exec(
                *(sys.executable, "-c", CHILD, json.dumps(commands)),
                cwd=tmp_path,
                env=environment | {"PYTHONPATH": str(folder)},
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.STDOUT,
            )
            said, _ = await child.communicate()
            assert child.returncode == 0, said.decode()
            assert server.count > 0
            return "127.0.0.1", int(server.url.split(":")[-1].split("/")[0])

    host, port = asyncio.run(school())
    assert (tmp_path / "all.jsonl").stat().st_size > 0
    asked = {tuple(map(str, json.loads(line))) for line in log.read_text().splitlines()}
    assert ("socket.connect", str([host, port])) in asked
    lookups = {("socket.getaddrinfo", host, str(port))}
    assert asked - lookups == {("socket.connect", str([host, port]))}

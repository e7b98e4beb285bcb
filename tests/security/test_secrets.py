"""No secret is written down: not in databases, plans, logs and exports, nor in what is shown."""

import asyncio
import json
import logging
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from schoolroom.agents.fake_server import FakeServer, Fault
from schoolroom.cli.main import app
from schoolroom.transcripts.store import Store

KEY = "Tulip0live0Meadow0Harbour"
PASSWORD = "quartz0lantern0violet"
AS = ("--teacher", "patient@small", "--set", "llm.max_retries=0")
RUN = ("run", "--course", "arithmetic", "--lessons", "two-digit-sums", "--episodes", "2", "--watch", *AS)
MORE = (
    ("transcripts", "export", "--out", "all.jsonl"),
    ("transcripts", "export", "--format", "parquet", "--out", "all.parquet"),
    ("export", "--out", "rows.jsonl", "--recipe", "rationale", "--run"),
    ("transcripts", "runs", "--json"),
    ("transcripts", "check"),
)


def said(*words: str) -> Result:
    result = CliRunner().invoke(app, list(words))
    assert isinstance(result.exception, SystemExit | None), result.exception
    return result


def secrets_in(folder: Path, results: list[Result], logged: str) -> list[str]:
    """Where a secret stands."""
    places = {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    places |= {f"output {n}": result.output.encode() for n, result in enumerate(results)}
    places["log"] = logged.encode()
    assert sum(map(len, places.values())) > 50_000
    return [place for place, held in places.items() for word in (KEY, PASSWORD) if word.encode() in held]


@pytest.mark.slow
def test_keys_and_passwords_are_written_nowhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A right key, a refused one that the server repeats, and a password in the address, up and down."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MY_KEY", KEY)
    caplog.set_level(logging.DEBUG)
    echo = Fault(status=401, body=json.dumps({"error": {"message": f"Incorrect API key provided: {KEY}"}}))

    async def hold(*faults: Fault, key: str | None = KEY, user: str = "") -> Result:
        async with FakeServer(faults=faults, key=key) as server:
            address = server.url.replace("://", f"://{user}")
            words = (*RUN, "--base-url", address, "--api-key-env", "MY_KEY", "--seed", str(len(results)))
            return await asyncio.to_thread(said, *words)

    results = list[Result]()
    results.append(asyncio.run(hold()))
    assert results[0].exit_code == 0, results[0].output
    results.append(asyncio.run(hold(*[echo] * 4)))
    assert "ModelRefused" in results[1].output
    user = f"me:{PASSWORD}@"
    results.append(asyncio.run(hold(key=None, user=user)))
    nobody = f"http://{user}127.0.0.1:9/v1"
    results.append(said(*RUN, "--base-url", nobody, "--api-key-env", "MY_KEY", "--seed", "9"))
    assert "ModelUnavailable" in results[3].output
    with Store.open("schoolroom.db", must_exist=True) as store:
        first, *_, last = store.runs()
    assert "***@127.0.0.1:9" in json.dumps(last.settings)
    for words in MORE:
        results.append(said(*words, *([first.id] if words[-1] == "--run" else [])))
        assert results[-1].exit_code == 0, results[-1].output
    assert secrets_in(tmp_path, results, caplog.text) == []


@pytest.mark.parametrize(
    "words",
    [
        ("--api-key-env", f"sk-{KEY}"),
        ("--set", f"llm.api_key={KEY}"),
        ("--set", f"seats.teacher.llm.api_key_env=sk-{KEY}"),
    ],
)
def test_a_key_in_the_place_of_its_variable_is_not_repeated(words: tuple[str, str]) -> None:
    result = said(*RUN, "--dry-run", *words)
    assert result.exit_code == 2
    assert KEY not in result.output

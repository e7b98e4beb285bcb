"""What the tests in a browser share: a database with all that pages can show, `schoolroom view` as a process
that serves it, Chromium, and a witness of everything that a page must not do."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright
from typer.testing import CliRunner

from schoolroom.cli.main import app
from schoolroom.transcripts.calls import Message, ModelCall, Usage
from schoolroom.transcripts.records import (
    Ask,
    Attempt,
    Checkpoint,
    Ending,
    Episode,
    Example,
    ExampleMessage,
    Feedback,
    Question,
    Role,
    SeatInfo,
    Source,
    Turn,
)
from schoolroom.transcripts.store import Store

ROOT = Path(__file__).parents[2]
MAIN = "from schoolroom.cli.main import main; main()"
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)

PATIENCE = 30_000  # milliseconds, of a busy machine
expect.set_options(timeout=PATIENCE)

HOSTILE = (
    "</pre></li></td><script>alert('script')</script><img src=http://elsewhere.example/x onerror=alert(1)>"
    "<a href='javascript:alert(1)' onclick=alert('link')>here</a><svg onload=alert('svg')></svg>"
    "<style>* { display: none }</style>{{ 7 * 7 }}\x1b[2J\x1b]0;owned\x07\u202eesrever\x00"
    '" onmouseover="alert(1)'
)
"""What a model might say: nothing of it may become a part of a page."""


def said(index: int, role: Role, ask: Ask, **rest: Any) -> Turn:
    return Turn(index=index, seat=HOSTILE, role=role, persona=HOSTILE, ask=ask, text=HOSTILE, **rest)


def hostile(run: str) -> Episode:
    """An episode in which everything that can be text is hostile."""
    call = ModelCall(
        key="hostile",
        model=HOSTILE,
        messages=(Message(role="user", content=HOSTILE),),
        reply=HOSTILE,
        usage=Usage(prompt_tokens=10, completion_tokens=20),
        cost=0.5,
    )
    question = Question.make(lesson=HOSTILE, subject="column_addition", text=HOSTILE, answer=HOSTILE)
    blame = Feedback(correct=False, step=0, span=HOSTILE[:20], reason=HOSTILE)
    turns = (
        said(0, Role.STUDENT, Ask.ATTEMPT, payload=Attempt(steps=(HOSTILE,), answer=HOSTILE), calls=(call,)),
        said(1, Role.TEACHER, Ask.FEEDBACK, heard=(0,), payload=blame),
        said(2, Role.STUDENT, Ask.REVISE, heard=(0, 1), payload=Attempt(steps=(HOSTILE,), answer=None)),
    )
    return Episode(
        id="hostile0123456789",
        run=run,
        script="tutoring",
        question=question,
        seats=(SeatInfo(seat=HOSTILE, role=Role.STUDENT, persona=HOSTILE, model=HOSTILE),),
        seed=1,
        turns=turns,
        ending=Ending(kind="cut_short", reason=HOSTILE),
    )


@dataclass(frozen=True)
class School:
    """The database, and the ids of what is in it."""

    database: Path
    run: str
    exams: tuple[str, str]
    corrected: Episode
    """A conversation with a wrong attempt, feedback that finds it and a revision."""
    fork: str
    row: str
    checkpoint: str
    hostile: str
    """Id of the conversation in which everybody says `HOSTILE`."""
    worst: str
    """Id of the training row that was made of it."""


def command(*words: str) -> Any:
    """What a command says with ``--json``."""
    result = CliRunner().invoke(app, [*words, "--json"], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def held(folder: Path) -> School:
    """A course that was taught, two exams, a fork, training rows, a checkpoint and a hostile conversation."""
    database = folder / "school.db"
    db = ("--db", str(database))
    people = ("--teacher", "patient", "--student", "careless", "--gate", "taught", "--episodes", "20")
    lessons = ("--lessons", "two-digit-sums,chains,three-addends")
    run = command("run", "--course", "arithmetic", *lessons, *people, *db, "-q")["run"]
    sat = [
        command("exam", "--course", "arithmetic", *lessons, "--student", who, "--questions", "15", *db, "-q")
        for who in ("careless", "plain")
    ]
    command("export", "--run", run, "--format", "trl", "--out", str(folder / "rows.jsonl"), *db)
    with Store.open(database) as store:
        corrected = next(one for one in store.episodes(run=run) if len(one.turns) == 7)
        rows = list(store.examples())
        row = next(row for row in rows if any(s.episode == corrected.id for s in row.sources))
        bad = hostile(run)
        store.add_held(bad)
        messages = (ExampleMessage(role="assistant", content=HOSTILE, weight=1.0),)
        worst = Example.make(
            recipe=HOSTILE,
            kind=HOSTILE,
            messages=messages,
            question=bad.question.id,
            lesson=HOSTILE,
            sources=(Source(episode=bad.id, turn=0),),
        )
        store.add_examples([worst])
        learnt = (worst.id, *(row.id for row in rows))
        checkpoint = Checkpoint(
            id="checkpoint",
            path=HOSTILE,
            recipe="self_correction",
            examples=learnt,
            steps=9,
            tokens=9,
            seed=0,
        )
        store.add_checkpoint(checkpoint)
    made = command("fork", corrected.id, "--at", "2", "--seat", "teacher=socratic", *db)["episode"]["id"]
    exams = (sat[0]["run"], sat[1]["run"])
    return School(database, run, exams, corrected, made, row.id, checkpoint.id, bad.id, worst.id)


@pytest.fixture(scope="session")
def school(tmp_path_factory: pytest.TempPathFactory) -> School:
    return held(tmp_path_factory.mktemp("browser"))


@contextmanager
def served(database: Path, *words: str) -> Iterator[str]:
    """The address that `schoolroom view` prints, while it serves the database as a process."""
    view = [sys.executable, "-c", MAIN, "view", "--db", str(database), "--port", "0", "--no-browser", *words]
    with subprocess.Popen(view, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        try:
            address = server.stdout.readline().strip()
            assert address.startswith("http://"), server.communicate()[1]
            yield address
        finally:
            server.terminate()
            _, errors = server.communicate(timeout=30)
    assert "Traceback" not in errors


@pytest.fixture(scope="session")
def window(school: School) -> Iterator[str]:
    """The address of the viewer of `school`."""
    with served(school.database) as address:
        yield address


@pytest.fixture(scope="module")
def browser(school: School) -> Iterator[Browser]:
    """Chromium without a window; as long as it is open, no test of this process can run an event loop."""
    found = subprocess.run(
        ["sh", ROOT / "scripts" / "chromium.sh"], capture_output=True, text=True, check=False
    )
    if found.returncode:
        pytest.skip(found.stderr.strip())
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=found.stdout.strip(), args=FLAGS)
        yield chromium
        chromium.close()


@dataclass
class Witness:
    """What a visitor's browser did and complained of."""

    requests: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    def watch(self, context: BrowserContext) -> None:
        context.on("request", lambda request: self.requests.append(request.url))
        context.on("console", lambda said: self._complain(said.type, said.text))
        context.on("weberror", lambda error: self.problems.append(f"error: {error.error}"))
        context.on("dialog", self._refuse)

    def _complain(self, kind: str, text: str) -> None:
        if kind in ("error", "warning"):
            self.problems.append(f"{kind}: {text}")

    def _refuse(self, dialog: Any) -> None:
        self.problems.append(f"dialog: {dialog.message}")
        dialog.dismiss()


@pytest.fixture
def witness() -> Witness:
    return Witness()


@pytest.fixture
def page(browser: Browser, window: str, witness: Witness) -> Iterator[Page]:
    """A visitor's page. At the end nothing may have been asked of another host, and nobody may complain."""
    context = browser.new_context(base_url=window, viewport={"width": 1280, "height": 800})
    context.set_default_timeout(PATIENCE)
    witness.watch(context)
    yield context.new_page()
    context.close()
    assert witness.problems == []
    assert [url for url in witness.requests if not url.startswith(window)] == []

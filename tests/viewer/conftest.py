"""What the tests of the viewer share: one school's database, and a browser without a window.

In it: an exam, a tutoring, the exam again by another student, a fork of a tutoring, and an episode in which
everybody says what no page may take for its own.
"""

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from schoolroom.agents.seating import take_seat
from schoolroom.agents.seats import Seat
from schoolroom.environments.course import load_course
from schoolroom.environments.examination import sit_exam
from schoolroom.environments.forks import fork, last_fork
from schoolroom.environments.school import School
from schoolroom.environments.subjects.registry import find_subject
from schoolroom.transcripts.paging import Window
from schoolroom.transcripts.records import (
    Ask,
    Attempt,
    Ending,
    Episode,
    Grade,
    Question,
    Role,
    Run,
    SeatInfo,
    Turn,
)
from schoolroom.transcripts.store import Store
from schoolroom.viewer.app import app

HERE = "http://127.0.0.1:8080"
NASTY = "<script>alert(1)</script>\x1b[31m\u202e<b onclick='x'>"


def seat(name: str, persona: str, role: Role) -> Seat:
    return take_seat(persona, name=name, role=role, checkers=find_subject)


def people(teacher: str = "terse", student: str = "careless") -> dict[str, Seat]:
    return {
        "teacher": seat("teacher", teacher, Role.TEACHER),
        "student": seat("student", student, Role.STUDENT),
        "grader": seat("grader", "exact", Role.GRADER),
    }


async def hold(store: Store) -> None:
    course = load_course("arithmetic").only(["two-digit-sums", "chains"])
    here = people()
    await sit_exam(course, here["student"], here["grader"], store, questions=5)
    school = School(course, here, store, episodes=8, gate="taught", script="tutoring")
    await school.run()
    graduate = people(student="plain")
    await sit_exam(course, graduate["student"], graduate["grader"], store, questions=5)
    run = school.planned
    parent = max(store.episodes(run=run.id), key=lambda one: len(one.turns))
    await fork(parent, run, people(teacher="socratic"), store, at=min(1, last_fork(parent)))


def nasty() -> tuple[Run, Episode]:
    plan = {"course": {"id": NASTY, "lessons": []}, "seats": [], NASTY: NASTY}
    run = Run(id="bad-run", kind="import", plan=plan, seed=0, ending=Ending(kind="cut_short", reason=NASTY))
    who = {"seat": "student", "role": Role.STUDENT, "persona": NASTY}
    turns = (
        Turn(index=0, ask=Ask.ATTEMPT, text=NASTY, payload=Attempt(steps=(NASTY,), answer=NASTY), **who),
        Turn(
            index=1,
            seat="grader",
            role=Role.GRADER,
            persona="exact@1",
            ask=Ask.GRADE,
            heard=(0,),
            text=NASTY,
            payload=Grade(score=0.0, correct=False, reason=NASTY),
        ),
    )
    question = Question.make(lesson=NASTY, subject="none", text=NASTY, answer=NASTY)
    infos = (
        SeatInfo(**who, model=NASTY),
        SeatInfo(seat="grader", role=Role.GRADER, persona="exact@1", model=NASTY),
    )
    episode = Episode(
        id="bad-episode",
        run=run.id,
        script=NASTY,
        question=question,
        seats=infos,
        seed=0,
        turns=turns,
        ending=Ending(kind="cut_short", reason=NASTY),
    )
    return run, episode


@pytest.fixture(scope="session")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of the school's database; tests only read it."""
    where = tmp_path_factory.mktemp("viewer") / "school.db"
    with Store.open(where) as store:
        asyncio.run(hold(store))
        for held in nasty():
            store.add_held(held)
    return where


@pytest.fixture(scope="session")
def window(database: Path) -> Iterator[Window]:
    with Window.open(database) as opened:
        yield opened


class Browser:
    """Asks an application for pages, as a browser on this machine would."""

    def __init__(self, pages: Starlette) -> None:
        self.pages = pages

    def get(self, path: str, **named: Any) -> httpx.Response:
        """The answer to a GET; redirections are not followed."""
        return self.ask("GET", path, **named)

    def ask(self, method: str, path: str, *, base: str = HERE, **named: Any) -> httpx.Response:
        async def asked() -> httpx.Response:
            transport = httpx.ASGITransport(self.pages)
            async with httpx.AsyncClient(transport=transport, base_url=base) as client:
                return await client.request(method, path, **named)

        return asyncio.run(asked())

    def close(self) -> None:
        async def lived() -> None:
            async with self.pages.router.lifespan_context(self.pages):
                pass

        asyncio.run(lived())


@pytest.fixture(scope="session")
def browser(database: Path) -> Iterator[Browser]:
    opened = Browser(app(database))
    yield opened
    opened.close()


Talk = Callable[..., Episode]


@pytest.fixture(scope="session")
def talk() -> Talk:
    """Makes an episode of what is said in it: ``talk(("student", "attempt", "answer: 12", payload), …)``.

    Where a fifth value follows, it is what was heard; else that is the turn before. More fields are the
    episode's own.
    """

    def make(*lines: tuple[Any, ...], text: str = "7 + 5 =", **fields: Any) -> Episode:
        turns = []
        for index, (role, ask, words, payload, *heard) in enumerate(lines):
            before = (index - 1,) if index else ()
            who = {"seat": role, "role": Role(role), "persona": f"{role}@1"}
            told = heard[0] if heard else before
            turns.append(Turn(index=index, ask=Ask(ask), text=words, payload=payload, heard=told, **who))
        question = Question.make(lesson="sums", subject="column_addition", text=text, answer="12")
        seats = tuple(
            SeatInfo(seat=role, role=role, persona=f"{role}@1", model="scripted")
            for role in dict.fromkeys(turn.role for turn in turns)
        )
        given = {"id": "e" * 16, "run": "r" * 16, "script": "tutoring", "seed": 0, "seats": seats, **fields}
        return Episode(question=question, turns=tuple(turns), **given)

    return make

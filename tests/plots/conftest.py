"""What the tests of pictures share: a school and two exams, held once by scripted speakers."""

import asyncio
from collections.abc import Iterator
from typing import NamedTuple

import pytest

from schoolroom.agents.seating import take_seat
from schoolroom.agents.seats import Seat
from schoolroom.environments.course import Course, load_course
from schoolroom.environments.examination import sit_exam
from schoolroom.environments.school import School
from schoolroom.transcripts.records import Episode, Role, Run
from schoolroom.transcripts.store import Store


class Held(NamedTuple):
    """A store and the runs in it."""

    store: Store
    course: Course
    school: Run
    before: Run
    after: Run

    def episodes(self, run: Run) -> list[Episode]:
        return list(self.store.episodes(run=run.id, calls=False))


@pytest.fixture(scope="session")
def held(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Held]:
    """A weak teacher's school, whose second lesson is never reached, and the exams of two students."""
    course = load_course("addition")

    def seat(spec: str, role: Role) -> Seat:
        return take_seat(spec, name=role.value, role=role, checkers=course.checker)

    grader = seat("exact", Role.GRADER)
    with Store.open(tmp_path_factory.mktemp("plots") / "schoolroom.db") as store:
        seats = {"student": seat("careless", Role.STUDENT), "teacher": seat("weak", Role.TEACHER)}
        school = School(course, {**seats, "grader": grader}, store, episodes=30, seed=1)
        asyncio.run(school.run())
        exams = [
            asyncio.run(sit_exam(course, seat(who, Role.STUDENT), grader, store, questions=20))[0]
            for who in ("careless", "persistent")
        ]
        yield Held(store, course, school.planned, *exams)

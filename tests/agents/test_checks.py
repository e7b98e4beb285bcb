"""`seat_problems`: the rules that it sees broken."""

import random
from typing import cast

import pytest

from schoolroom.agents.checks import seat_problems
from schoolroom.agents.fakes import RunningSums
from schoolroom.agents.persona_files import find_persona
from schoolroom.agents.scripted import ScriptedSeat
from schoolroom.agents.scripted_grader import ScriptedGrader
from schoolroom.agents.scripted_teacher import ScriptedTeacher
from schoolroom.agents.seats import Seat
from schoolroom.transcripts.errors import SeatError
from schoolroom.transcripts.records import Cue, Line, Role

SUMS = RunningSums()


class Disagrees(ScriptedTeacher):
    async def speak(self, cue: Cue) -> Line:
        return (await super().speak(cue)).model_copy(update={"text": "all correct"})


class Mumbles(ScriptedTeacher):
    async def speak(self, cue: Cue) -> Line:
        return (await super().speak(cue)).model_copy(update={"text": "hm"})


class Forgets(ScriptedGrader):
    async def speak(self, cue: Cue) -> Line:
        return Line(text=f"score: {random.random()}")


class Breaks(ScriptedGrader):
    async def speak(self, cue: Cue) -> Line:
        raise KeyError("oh")


class Refuses(ScriptedGrader):
    async def speak(self, cue: Cue) -> Line:
        raise SeatError("not today")


@pytest.mark.parametrize(
    ("kind", "role", "problem"),
    [
        (Disagrees, Role.TEACHER, "feedback: the words say (True, None), but the payload (False"),
        (Mumbles, Role.TEACHER, "feedback: the words cannot be read back: feedback must end with"),
        (Forgets, Role.GRADER, "grade: the payload is NoneType, but must be Grade."),
        (
            Forgets,
            Role.GRADER,
            "grade: the same cue gave another line; draw all that is random from",
        ),
        (Breaks, Role.GRADER, "grade: raised KeyError: 'oh'; a seat that cannot speak raises SeatError."),
        (Refuses, Role.GRADER, "grade: refused with SeatError: not today"),
    ],
)
def test_a_rule_that_is_broken_is_named(kind: type[ScriptedSeat], role: Role, problem: str) -> None:
    seat = kind(find_persona("exact", role=role), name="s", checkers=lambda _: SUMS)
    assert any(said.startswith(problem) for said in seat_problems(seat))


def test_a_seat_is_called_what_its_info_says() -> None:
    seat = ScriptedGrader(find_persona("exact", role=Role.GRADER), name="s", checkers=lambda _: SUMS)
    seat.name = "other"
    assert seat_problems(seat) == [
        "info says 's', grader, but name and role say 'other', grader; make them the same."
    ]


def test_what_is_no_seat_is_not_asked() -> None:
    nobody = cast(Seat, object())
    assert seat_problems(nobody) == [
        "object is not a Seat; it needs 'info', 'name', 'role' and 'async speak(cue)'."
    ]

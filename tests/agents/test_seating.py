"""From a few words to a seat: what `take_seat` understands, and how it refuses the rest."""

import sys
from importlib.metadata import EntryPoint
from pathlib import Path
from types import SimpleNamespace

import pytest

from schoolroom.agents.fakes import FakeGenerator, RunningSums
from schoolroom.agents.llm_settings import LLMSettings
from schoolroom.agents.local import LocalSeat
from schoolroom.agents.persona import Generation, Persona
from schoolroom.agents.scripted import Checkers
from schoolroom.agents.scripted_grader import ScriptedGrader
from schoolroom.agents.scripted_student import ScriptedStudent
from schoolroom.agents.scripted_teacher import ScriptedTeacher
from schoolroom.agents.seating import SEATS, take_seat
from schoolroom.agents.seats import Checker, Seat
from schoolroom.agents.subject_first import SubjectFirst
from schoolroom.transcripts import plugins
from schoolroom.transcripts.errors import (
    ConfigError,
    PersonaError,
    ProtocolError,
    SchoolroomError,
    UnknownName,
)
from schoolroom.transcripts.generation import Generator
from schoolroom.transcripts.records import Attempt, Cue, Line, Role, SeatInfo

MODEL = FakeGenerator(name="hf:out/student")


def checkers(subject: str) -> Checker:
    return RunningSums()


def generators(name: str) -> Generator:
    assert name.startswith(("hf:", "gguf:"))
    return MODEL


def seated(spec: str, role: Role = Role.STUDENT, folder: Path | None = None) -> Seat:
    return take_seat(
        spec,
        name="here",
        role=role,
        checkers=checkers,
        generators=generators,
        folders=[] if folder is None else [folder],
    )


@pytest.mark.parametrize(
    ("spec", "role", "kind", "persona"),
    [
        ("careless", Role.STUDENT, ScriptedStudent, "careless@1"),
        ("exact", Role.TEACHER, ScriptedTeacher, "exact@1"),
        ("exact", Role.GRADER, ScriptedGrader, "exact@1"),
        ("patient@scripted", Role.TEACHER, ScriptedTeacher, "patient@1"),
    ],
)
def test_scripted_personas(spec: str, role: Role, kind: type, persona: str) -> None:
    seat = seated(spec, role)
    assert type(seat) is kind
    assert (seat.name, seat.role, seat.info.persona, seat.info.model) == ("here", role, persona, "scripted")


@pytest.mark.parametrize(
    ("spec", "role", "persona"),
    [
        ("hf:out/student", Role.STUDENT, "plain@1"),
        ("gguf:out/student.gguf", Role.STUDENT, "plain@1"),
        ("anxious@hf:out/student", Role.STUDENT, "anxious@1"),
        ("strict@hf:out/me@home", Role.TEACHER, "strict@1"),
    ],
)
def test_local_models(spec: str, role: Role, persona: str) -> None:
    seat = seated(spec, role)
    assert isinstance(seat.speaker if isinstance(seat, SubjectFirst) else seat, LocalSeat)
    assert (seat.name, seat.role, seat.info.persona, seat.info.model) == ("here", role, persona, MODEL.name)


@pytest.mark.parametrize("model", ["openai/gpt-4o-mini", "hosted_vllm/meta/llama@1"])
def test_language_models(model: str) -> None:
    seat = take_seat(
        f"socratic@{model}",
        name="here",
        role=Role.TEACHER,
        checkers=checkers,
        llm=LLMSettings(base_url="http://127.0.0.1:1"),
    )
    assert (seat.name, seat.role) == ("here", Role.TEACHER)
    assert (seat.info.persona, seat.info.model) == ("socratic@1", model)


def test_a_persona_file_can_be_named_by_its_path_and_names_its_own_model(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text('name = "mine"\nrole = "student"\nmodel = "hf:out/student"')
    for spec in (str(path), f"{path}@hf:out/student"):
        assert isinstance(seated(spec), LocalSeat)
    assert isinstance(seated("mine", folder=tmp_path), LocalSeat)
    assert isinstance(seated(f"{path}@scripted"), ScriptedStudent)
    with pytest.raises(PersonaError, match="'mine' is a student, but this seat needs a grader"):
        seated(str(path), Role.GRADER)


def test_how_a_model_is_asked_can_be_set_from_outside() -> None:
    seat = take_seat(
        "anxious@hf:out/student",
        name="here",
        role=Role.STUDENT,
        checkers=checkers,
        generators=generators,
        generation=Generation(max_new_tokens=9, temperature=0.0),
    )
    assert isinstance(seat, LocalSeat)
    assert seat.persona.generation.max_new_tokens == 9


@pytest.mark.parametrize(
    ("spec", "role", "message"),
    [
        ("careles", Role.STUDENT, "unknown student 'careles'; did you mean 'careless'"),
        ("careless", Role.TEACHER, "'careless' is a student, but this seat needs a teacher"),
        (
            "hf:out/student",
            Role.TEACHER,
            "'hf:out/student' alone seats a student; for a teacher write 'PERSONA@hf",
        ),
        (
            "openai/gpt-4o",
            Role.TEACHER,
            "'openai/gpt-4o' is no persona's name; to seat a model, write 'PERSONA@",
        ),
        ("patient@", Role.TEACHER, "'patient@' names no model after '@'"),
        ("@hf:out", Role.STUDENT, "unknown student ''"),
        ("nowhere.toml", Role.STUDENT, "nowhere.toml: cannot be read"),
    ],
)
def test_what_cannot_be_seated(spec: str, role: Role, message: str) -> None:
    with pytest.raises(SchoolroomError, match=message) as caught:
        seated(spec, role)
    assert isinstance(caught.value, PersonaError)


class Parrot:
    """A seat that a package brings: it says the question again."""

    def __init__(self, persona: Persona, *, info: SeatInfo, checkers: Checkers) -> None:
        if persona.name == "anxious":
            raise PersonaError("parrots are not anxious.")
        self.info, self.name, self.role = info, info.seat, info.role
        if persona.name == "overconfident":
            self.info = info.model_copy(update={"persona": "parrot@1"})

    async def speak(self, cue: Cue) -> Line:
        return Line(text=cue.question.text, payload=Attempt(steps=(), answer=cue.question.text))


@pytest.fixture
def parrot(monkeypatch: pytest.MonkeyPatch) -> None:
    point = EntryPoint("parrot", "parrots:Parrot", SEATS.group)
    monkeypatch.setattr(plugins, "entry_points", lambda group: [point])
    monkeypatch.setitem(sys.modules, "parrots", SimpleNamespace(Parrot=Parrot))


@pytest.mark.usefixtures("parrot")
def test_installed_packages_bring_seats(tmp_path: Path) -> None:
    seat = seated("careless@seat:parrot")
    assert isinstance(seat, Parrot)
    assert (seat.name, seat.role) == ("here", Role.STUDENT)
    assert (seat.info.persona, seat.info.model) == ("careless@1", "seat:parrot")
    (tmp_path / "mine.toml").write_text('name = "mine"\nrole = "student"\nmodel = "seat:parrot"')
    assert isinstance(seated("mine", folder=tmp_path), Parrot)


@pytest.mark.usefixtures("parrot")
@pytest.mark.parametrize(
    ("spec", "error", "message"),
    [
        ("careless@seat:parot", UnknownName, "unknown seat 'parot'; did you mean 'parrot'"),
        ("anxious@seat:parrot", PersonaError, "parrots are not anxious"),
        (
            "overconfident@seat:parrot",
            ProtocolError,
            "must make a Seat that keeps the info that it was given",
        ),
    ],
)
def test_seats_of_packages_that_cannot_be_taken(
    spec: str, error: type[SchoolroomError], message: str
) -> None:
    with pytest.raises(error, match=message):
        seated(spec)


def test_local_models_need_somebody_who_loads_them() -> None:
    with pytest.raises(
        ConfigError, match="seat 'here' asks for 'hf:out', but local models cannot be loaded here"
    ):
        take_seat("hf:out", name="here", role=Role.STUDENT, checkers=checkers)

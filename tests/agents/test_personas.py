"""Persona files: what ships, what is refused and in which words, and where personas are found."""

import sys
from collections.abc import Iterator
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from schoolroom.agents import persona_files
from schoolroom.agents.checks import ASKS_OF
from schoolroom.agents.instructions import DEFAULT_INSTRUCTIONS
from schoolroom.agents.persona import Persona, Style, Traits
from schoolroom.agents.persona_files import (
    find_persona,
    list_personas,
    load_persona,
    persona_names,
    persona_problems,
)
from schoolroom.agents.persona_new import new_persona
from schoolroom.transcripts import plugins
from schoolroom.transcripts.errors import PersonaError
from schoolroom.transcripts.prompts import PLAIN_STUDENT, prompt
from schoolroom.transcripts.records import Ask, Attempt, Cue, Message, Question, Role, Turn
from schoolroom.transcripts.replies import render_attempt

SHIPPED = list_personas()
GROUP = persona_files.PACKAGES.group
QUESTION = Question.make(
    lesson="sums", subject="running_sums", text="1 + 2", answer="3", solution=("1 + 2 = 3",)
)


def written(folder: Path, text: str, name: str = "mine.toml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def teacher(folder: Path, rest: str) -> Path:
    return written(folder, f'name = "mine"\nrole = "teacher"\n{rest}')


def heard(attempt: Attempt) -> tuple[Turn, ...]:
    return (
        Turn(
            index=0,
            seat="student",
            role=Role.STUDENT,
            persona="p@1",
            ask=Ask.ATTEMPT,
            text=render_attempt(attempt),
            payload=attempt,
        ),
    )


def test_the_personas_that_the_readme_promises_ship() -> None:
    assert {(persona.role.value, persona.name) for persona in SHIPPED} >= {
        *(("teacher", name) for name in ("patient", "strict", "socratic", "terse", "weak", "exact")),
        *(("student", name) for name in ("careless", "overconfident", "anxious", "persistent", "plain")),
        *(("grader", name) for name in ("exact", "rubric")),
    }


@pytest.mark.parametrize("persona", SHIPPED, ids=lambda p: f"{p.role}-{p.name}")
def test_a_shipped_persona_has_both_lives(persona: Persona) -> None:
    assert persona.model == "scripted"
    assert persona.description.endswith(".")
    attempt = Attempt(steps=("1 + 2 = 4",), answer="4")
    for ask in ASKS_OF[persona.role]:
        cue = Cue(seat="s", ask=ask, question=QUESTION, heard=() if ask is Ask.ATTEMPT else heard(attempt))
        messages = prompt(cue, persona.role, persona.instructions)
        assert any(QUESTION.text in message.content for message in messages)
        if persona.name != "plain":
            assert messages[0].role == "system"
            assert f"Your tone is {persona.traits.tone}" in messages[0].content or not persona.traits.tone
    assert Persona.model_validate_json(persona.model_dump_json()) == persona


@pytest.mark.parametrize("persona", SHIPPED, ids=lambda p: f"{p.role}-{p.name}")
def test_instructions_ask_for_the_line_that_decides(persona: Persona) -> None:
    if persona.name == "plain":
        assert persona.instructions == dict(PLAIN_STUDENT)
        return
    for ask in ASKS_OF[persona.role]:
        words = persona.instructions[ask]
        match ask:
            case Ask.FEEDBACK:
                assert "all correct\nstep N is wrong\nthe answer is wrong\n" in words
            case Ask.GRADE:
                assert "score: " in words
            case _:
                assert "'answer: '" in words


def test_a_plain_student_reads_what_a_student_without_a_persona_reads() -> None:
    plain = find_persona("plain")
    cue = Cue(seat="s", ask=Ask.FEEDBACK, question=QUESTION, heard=heard(Attempt(steps=("a",), answer="4")))
    assert prompt(cue, Role.STUDENT, plain.instructions) == prompt(cue, Role.STUDENT, {})
    assert prompt(cue, Role.STUDENT, plain.instructions)[-1] == Message(
        role="user", content="Check each step."
    )


def test_instructions_that_are_left_out_are_the_roles_own() -> None:
    persona = Persona(name="mine", role=Role.TEACHER, instructions={"feedback": "Look at {steps}"})
    assert persona.instructions == {**DEFAULT_INSTRUCTIONS[Role.TEACHER], "feedback": "Look at {steps}"}


def test_tone_and_misconceptions_are_told_once() -> None:
    persona = Persona(
        name="mine",
        role=Role.STUDENT,
        traits=Traits(tone="dry", misconceptions=("One is two.",)),
        instructions={"system": "You are a student."},
    )
    assert persona.instructions["system"] == (
        "You are a student.\nYour tone is dry.\nYou believe, wrongly: One is two."
    )
    assert Persona.model_validate(persona.model_dump()) == persona


@pytest.mark.parametrize(
    ("rest", "message"),
    [
        ("tone 'dry'", r"not valid TOML: .*\(at line 3, column 6\); mend it there"),
        ("[traits", r"not valid TOML: .*\(at line 3, the end of the file\); mend it there"),
        ("tone = 'dry'", "unknown key 'tone'; known: name, role, version"),
        ("[traits]\nskil = 0.5", "unknown key 'traits.skil'; did you mean 'skill'\\? known: tone"),
        ("[traits]\nskill = 1.5", "'traits.skill' is 1.5, but must be less than or equal to 1"),
        ("[traits]\nskill = nan", "'traits.skill' is nan, but must be a finite number"),
        ("[traits]\nskill = '1'", "'traits.skill' is '1', but must be a valid number"),
        ("[traits]\nskill = true", "'traits.skill' is True, but must be a valid number"),
        ("traits = 3", "'traits' is 3, but must be a table; begin it with a line '\\[traits\\]'"),
        ("version = 0", "'version' is 0, but must be greater than or equal to 1"),
        (
            "[traits]\nstep_error_rate = 0.3",
            "'traits': step_error_rate 0.3 is above outcome_error_rate 0.0, .*; lower the one or raise",
        ),
        ("[style]\nopening = 3", "'style.opening' is 3, but must be text or a list of texts"),
        ("[style]\nclosing = '{step}'", "'style.closing.0': template names '{step}'.* may name {review}"),
        (
            "[style]\nopening = '{place}'",
            "'style.opening.0': template names '{place}'; .* may name {steps}, {answer}",
        ),
        ("[style]\nclosing = 'See {place'", "'style.closing.0': template opens '{place' .* write '{place}'"),
        ("[style]\nclosing = '{line, {place}'", "'style.closing.0': template opens '{line' and does not"),
        (
            "[instructions]\nfeedback = '{atempt}'",
            "'instructions.feedback': template names '{atempt}'; did you mean 'attempt'\\? a template",
        ),
        (
            "[instructions]\nfeedbak = ''",
            "'instructions.feedbak': unknown instruction 'feedbak'; did you mean 'feedback'",
        ),
        ("[criteria]\nanswer = 0.0", "'criteria': no criterion has a weight; give at least one"),
        ("[generation]\ntemperature = -1.0", "'generation.temperature' is -1.0, but must be greater"),
    ],
)
def test_a_wrong_file_is_refused_in_one_sentence(tmp_path: Path, rest: str, message: str) -> None:
    path = teacher(tmp_path, rest)
    with pytest.raises(PersonaError, match=message) as caught:
        load_persona(path)
    assert str(caught.value).startswith(f"{path}: ")
    assert "\n" not in str(caught.value)
    assert persona_problems(path) == [str(caught.value)]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('role = "teacher"', "'name' is missing; add a line like 'name = \"patient\"'"),
        ('name = "mine"', "'role' is missing; add a line like 'role = \"teacher\"'"),
        ('name = "mine"\nrole = "techer"', "'role' is 'techer'; did you mean 'teacher'\\? it must be one of"),
        ('name = "My Own"\nrole = "teacher"', "'name': a name is lower-case letters"),
    ],
)
def test_name_and_role_are_needed(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(PersonaError, match=message):
        load_persona(written(tmp_path, text))


def test_check_tells_all_that_is_wrong_and_load_how_much_more(tmp_path: Path) -> None:
    path = written(tmp_path, 'rol = "teacher"\nname = "mine"\n[traits]\nskill = 2.0')
    assert [problem.partition(": ")[2] for problem in persona_problems(path)] == [
        "'role' is missing; add a line like 'role = \"teacher\"' (or student, or grader).",
        "'traits.skill' is 2.0, but must be less than or equal to 1.",
        "unknown key 'rol'; did you mean 'role'? known: name, role, version, description, model, traits, "
        "style, criteria, generation, instructions.",
    ]
    with pytest.raises(PersonaError, match=r"is missing.*\(2 more; 'schoolroom personas check' lists all\)"):
        load_persona(path)


def test_what_cannot_be_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PersonaError, match=r"nowhere\.toml: cannot be read: No such file"):
        load_persona(tmp_path / "nowhere.toml")
    (tmp_path / "latin.toml").write_bytes(b'name = "caf\xe9"')
    with pytest.raises(PersonaError, match=r"not UTF-8 text \(byte 11\); save it as UTF-8"):
        load_persona(tmp_path / "latin.toml")
    with pytest.raises(PersonaError, match="is not a folder; name one that holds persona files"):
        find_persona("exact", [tmp_path / "nowhere"])


def test_a_users_folder_comes_before_what_ships(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    for folder, version in ((first, 7), (second, 8)):
        folder.mkdir()
        written(folder, f'name = "patient"\nrole = "teacher"\nversion = {version}', "whatever.toml")
    assert find_persona("patient").version == 1
    assert find_persona("patient", [first, second]).version == 7
    assert find_persona("patient", [second]).version == 8
    assert [p.version for p in list_personas([first, second]) if p.name == "patient"] == [7]


def test_a_name_of_several_roles_is_told_apart_by_role() -> None:
    assert find_persona("exact", role=Role.GRADER).role is Role.GRADER
    assert find_persona("exact", role=Role.TEACHER).role is Role.TEACHER
    with pytest.raises(PersonaError, match=r"'exact' names personas of several roles \(grader, teacher\)"):
        find_persona("exact")
    with pytest.raises(
        PersonaError, match="'careless' is a student, but this seat needs a teacher; known: exact"
    ):
        find_persona("careless", role=Role.TEACHER)


def test_an_unknown_name_gets_the_nearest_one(tmp_path: Path) -> None:
    with pytest.raises(PersonaError, match="unknown teacher 'patent'; did you mean 'patient'"):
        find_persona("patent", role=Role.TEACHER)
    written(tmp_path, "name = ", "mine.toml")
    assert find_persona("plain", [tmp_path]).name == "plain"  # a broken file hides no other
    with pytest.raises(PersonaError, match=r"mine\.toml: not valid TOML"):
        find_persona("mine", [tmp_path])
    assert "mine" not in persona_names([tmp_path])


def test_names_can_be_listed_by_role() -> None:
    assert persona_names(role=Role.GRADER) == ["exact", "marks", "rubric"]
    assert set(persona_names()) >= {"exact", "rubric", "plain"}


@pytest.fixture
def plugin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An installed package that brings a persona."""
    package = tmp_path / "somebodys_personas"
    package.mkdir()
    (package / "__init__.py").touch()
    written(package, 'name = "theirs"\nrole = "grader"')
    monkeypatch.syspath_prepend(str(tmp_path))
    point = EntryPoint("theirs", "somebodys_personas", GROUP)
    monkeypatch.setattr(plugins, "entry_points", lambda group: [point])
    yield package
    sys.modules.pop("somebodys_personas", None)


@pytest.mark.usefixtures("plugin")
def test_installed_packages_bring_personas() -> None:
    assert find_persona("theirs").label == "theirs@1"
    assert "theirs" in persona_names()


def test_a_broken_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    point = EntryPoint("theirs", "no_such_package_here", GROUP)
    monkeypatch.setattr(plugins, "entry_points", lambda group: [point])
    with pytest.raises(PersonaError, match=r"entry point 'theirs' of group .* must name a package"):
        find_persona("nobody")
    assert len(persona_files.broken_packages()) == 1


def test_a_broken_package_keeps_nobody_from_the_personas_of_others(
    plugin: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (plugin / "unfinished.toml").write_text("name = ")
    points = [EntryPoint("gone", "no_such_package", GROUP), EntryPoint("theirs", plugin.name, GROUP)]
    monkeypatch.setattr(plugins, "entry_points", lambda group: points)
    assert find_persona("theirs").label == "theirs@1"
    assert {"theirs", "patient"} <= {persona.name for persona in persona_files.list_personas()}
    gone, unfinished = persona_files.broken_packages()
    assert "'no_such_package' gives ModuleNotFoundError" in gone
    assert "unfinished.toml: not valid TOML" in unfinished


def test_no_package_is_imported_for_a_persona_that_ships(monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody_asks(group: str) -> list[EntryPoint]:
        raise AssertionError(group)

    monkeypatch.setattr(plugins, "entry_points", nobody_asks)
    assert find_persona("patient", role=Role.TEACHER).name == "patient"


@pytest.mark.parametrize("role", list(Role))
def test_a_new_persona_passes_its_check(tmp_path: Path, role: Role) -> None:
    path = written(tmp_path, new_persona("mine", role))
    assert persona_problems(path) == []
    persona = load_persona(path)
    assert (persona.name, persona.role) == ("mine", role)


@pytest.mark.parametrize(("name", "role"), [("My Own", "teacher"), ("mine", "techer")])
def test_a_new_persona_needs_a_name_and_a_role(name: str, role: str) -> None:
    with pytest.raises(PersonaError, match=r"the new persona: '(name|role)'"):
        new_persona(name, role)


def test_style_takes_one_template_or_several() -> None:
    assert Style.model_validate({"opening": "Well."}).opening == ("Well.",)
    assert Style.model_validate({"opening": ["Well.", "So."]}).opening == ("Well.", "So.")

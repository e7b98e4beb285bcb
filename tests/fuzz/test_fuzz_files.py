"""Files that users bring along, nearly right: each is read, or refused in a sentence; none is changed."""

import json
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from typing import Any

from schoolroom.agents.persona_files import load_persona, persona_problems
from schoolroom.agents.rubric_shelf import RubricShelf
from schoolroom.cli.seat_settings import parse_seats
from schoolroom.cli.settings import load_settings, parse_pairs
from schoolroom.environments.course import BUILTIN, check_course, load_course
from schoolroom.environments.subjects.question_files import QuestionFile
from schoolroom.training.checkpoints import LINEAGE, read_checkpoint
from schoolroom.training.export import read_examples
from schoolroom.transcripts.prompts import prompt
from schoolroom.transcripts.records import (
    Ask,
    Checkpoint,
    Criterion,
    Cue,
    Example,
    ExampleMessage,
    Question,
    Rubric,
)

COURSES = tuple(path.read_text() for path in sorted(BUILTIN.glob("*.toml")) if path.stem != "arithmetic")
OWN_COURSE = """title = "Mine"
[parameters.file]
description = "questions"
kind = "file"
required = false
[parameters.digits]
description = "how many"
default = 2
[[lessons]]
id = "files"
title = "From a file"
subject = "jsonl:questions.jsonl"
level = { start = 1, count = 2, max_steps = 3 }
exam_subject = "jsonl:${file}"
[[lessons]]
id = "sums"
title = "Sums"
subject = "column_addition"
level = { digits = "${digits}", addends = 2 }
prerequisites = ["files"]
mastery = { threshold = 0.8, credibility = 0.9 }
tiers = ["basic", "harder"]
wording = "Sheet K: {question}"
rubric = { criteria = [{ name = "units", description = "every number has one", weight = 2.0 }] }
"""
PERSONAS = tuple(
    file.read_text() for file in files("schoolroom.agents.personas").iterdir() if file.name.endswith(".toml")
)
SETTINGS = """course = "addition"
seed = 7
lessons = ["a", "b"]
[seats]
teacher = "strict@openai/gpt-4o-mini"
[seats.student]
who = "hf:out/student"
temperature = 0.5
[seats.more]
student-2 = { who = "anxious", role = "student" }
[llm]
base_url = "http://127.0.0.1:8080/v1"
api_key_env = "KEY"
timeout = 12.5
[classroom]
script = "tutoring"
settings = { max_revisions = 2 }
wave = 16
[iterations]
each = { aids = [[1, 2], null] }
""".replace(", null", "")
PAIRS = (
    "classroom.wave=64",
    "llm.timeout=1.5",
    'lessons=["a"]',
    "seats.teacher.who=x",
    "parameters.a={b=[1]}",
)
SEATS = (
    "student-2=anxious",
    "editor=exact",
    "mate=student:careless@openai/gpt-4o",
    "shelf=other@shelf:a.json",
)
QUESTIONS = (
    {"question": "Ann has 3 bags of 4. All?", "answer": "3*4 = <<3*4=12>>12.\n#### 12"},
    {
        "problem": "What is $1+\\frac{1}{2}$?",
        "solution": "It is $\\boxed{\\frac{3}{2}}$.",
        "level": "Level 1",
    },
    {
        "prompt": "2+3?",
        "target": 5,
        "steps": ["2 + 3 = 5"],
        "tier": "harder",
        "metadata": {"a": 1},
        "id": "q",
    },
    {"Body": "Ann had 8.0.", "Question": "How many?", "Equation": "( 8.0 - 3.0 )", "Answer": 5.0, "ID": "c"},
)
DOCUMENTS = ({"examples": [{"input": "Sort: b a", "target": "a b"}], "canary": "x"}, list(QUESTIONS[2:]))
CUE = Cue(seat="teacher", ask=Ask.FEEDBACK, question=Question.make(lesson="l", subject="s", text="1 + 1?"))


def written(path: Path, text: str) -> Path:
    """The file that holds `text`, lone surrogates as the bytes that are no UTF-8."""
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    return path


def unchanged(path: Path, text: str, read: Callable[[Path], Any]) -> None:
    """Read the file, which must be the same afterwards, and the only one."""
    written(path, text)
    before, around = path.read_bytes(), sorted(path.parent.iterdir())
    try:
        read(path)
    finally:
        assert path.read_bytes() == before
        assert sorted(path.parent.iterdir()) == around


def test_courses(fuzz: Any, mutated: Any, tmp_path: Path) -> None:
    (tmp_path / "questions.jsonl").write_text("".join(json.dumps(row) + "\n" for row in QUESTIONS))

    def read(path: Path) -> None:
        assert all(problem.strip() for problem in check_course(path))
        load_course(path, outline=True)
        load_course(path)

    fuzz(mutated.text(OWN_COURSE, *COURSES), lambda text: unchanged(tmp_path / "c.toml", text, read))


def test_personas(fuzz: Any, mutated: Any, tmp_path: Path) -> None:
    def read(path: Path) -> None:
        persona_problems(path)
        persona = load_persona(path)
        prompt(CUE.model_copy(update={"seat": persona.role}), persona.role, persona.instructions)

    fuzz(mutated.text(*PERSONAS), lambda text: unchanged(tmp_path / "p.toml", text, read))


def test_settings_files(fuzz: Any, mutated: Any, tmp_path: Path) -> None:
    fuzz(mutated.text(SETTINGS), lambda text: unchanged(tmp_path / "s.toml", text, load_settings))


def test_settings_on_the_command_line(fuzz: Any, mutated: Any) -> None:
    fuzz(mutated.text(*PAIRS), lambda pair: load_settings(sets=[pair]))


def test_parameters_and_seats_on_the_command_line(fuzz: Any, mutated: Any) -> None:
    def read(pair: str) -> None:
        load_settings(pairs=parse_pairs([pair], "--param") | parse_seats([pair]))

    fuzz(mutated.text(*SEATS, *PAIRS), read)


def test_settings_as_a_run_keeps_them(fuzz: Any, mutated: Any) -> None:
    kept = json.loads(load_settings(given={"course": "arithmetic", "lessons": ["a"]}).model_dump_json())
    fuzz(mutated.json(kept), lambda value: load_settings(stored=value) if isinstance(value, dict) else None)


def read_questions(path: Path) -> None:
    subject = QuestionFile("jsonl:q", path)
    level = subject.level({})
    for question in subject.questions:
        subject.check(question, subject.solve(question))
    subject.sample(level, 3)


def test_questions_a_line_each(fuzz: Any, mutated: Any, tmp_path: Path) -> None:
    fuzz(mutated.lines(*QUESTIONS), lambda text: unchanged(tmp_path / "q.jsonl", text, read_questions))


def test_questions_in_one_document(fuzz: Any, mutated: Any, tmp_path: Path) -> None:
    fuzz(mutated.lines(*DOCUMENTS), lambda text: unchanged(tmp_path / "q.json", text, read_questions))


def test_shelves_of_rubrics(fuzz: Any, mutated: Any, tmp_path: Path) -> None:
    rubric = Rubric(criteria=(Criterion(name="units", description="every number has one", weight=2.0),))
    shelf = {"entries": [{"question": "How many apples?", "rubric": rubric.model_dump(mode="json")}]}

    def read(path: Path) -> None:
        RubricShelf.load(path).nearest("How many pears?")

    fuzz(mutated.lines(shelf), lambda text: unchanged(tmp_path / "s.json", text, read))


def test_training_rows(fuzz: Any, mutated: Any, tmp_path: Path) -> None:
    said = (
        ExampleMessage(role="user", content="1 + 1?"),
        ExampleMessage(role="assistant", content="2", weight=1.0),
    )
    row = Example.make(recipe="sft", messages=said, kind="attempt", question="q", lesson="l")
    lines = mutated.lines(row.model_dump(mode="json"))
    fuzz(lines, lambda text: unchanged(tmp_path / "r.jsonl", text, lambda path: list(read_examples(path))))


def test_the_lineage_of_a_checkpoint(fuzz: Any, mutated: Any, tmp_path: Path) -> None:
    made = Checkpoint(id="c", path="p", recipe="sft", examples=("a",), steps=3, tokens=40, seed=0)
    lines = mutated.lines(made.model_dump(mode="json"))
    fuzz(lines, lambda text: unchanged(tmp_path / LINEAGE, text, lambda path: read_checkpoint(path.parent)))

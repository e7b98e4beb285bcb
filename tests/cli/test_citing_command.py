"""CITING on one's own questions, by a course file alone: all seats are played by a server on loopback."""

import asyncio
import json
import shlex
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from typer.testing import Result

from schoolroom.agents.fake_server import FakeServer, classroom_reply
from schoolroom.agents.rubric_shelf import RubricShelf
from schoolroom.training.marks import measure_edits, measure_marks
from schoolroom.transcripts.records import Episode, Grade, Message, Rubric
from schoolroom.transcripts.store import Store

Cli = Callable[..., Result]

COURSE = """\
title = "My questions"

[[lessons]]
id = "mine"
title = "Mine"
subject = "jsonl:questions.jsonl"
"""

SUMS = COURSE.replace("jsonl:questions.jsonl", "multistep_arithmetic")

LISTS = """
[[lessons]]
id = "lists"
title = "Lists"
subject = "multistep_arithmetic"
wording = "List: {question}"
"""

RUBRIC = """
[lessons.rubric]
criteria = [
    { name = "stops", description = "a dot after steps" },
    { name = "answer first", description = "on the top line" },
]
"""

STRUCTURED = json.dumps(
    {
        "criteria": [
            {"name": "dots", "description": "a dot after steps"},
            {"name": "short", "description": "brief"},
        ]
    }
)
SLOPPY = (
    "Of course! Here is my rubric:\n\n**1. Dots**: a dot after steps\n\n2) **Short:** brief\n\nGood luck!"
)


def classroom(rubric: str) -> Callable[[Sequence[Message]], str]:
    """What `classroom_reply` says; rubrics as given, and marks as JSON in a fence."""

    def reply(messages: Sequence[Message]) -> str:
        words = "\n".join(message.content for message in messages)
        if "Write the rubric" in words:
            return rubric
        if '"marks"' in words:
            dots = 1 if "." in words.partition("The solution to grade:")[2].partition("Reply")[0] else 0
            grade = {"score": 1, "correct": True, "marks": {"dots": dots, "short": 1}}
            return f"```json\n{json.dumps(grade)}\n```"
        if "Show how it is done" in words:
            assert "a dot after steps" in words
            return "It is all one sum.\n" + classroom_reply(messages)
        return classroom_reply(messages)

    return reply


def held(cli: Cli, rubric: str, *words: str, code: int = 0) -> list[Episode]:
    """The episodes of a run of `citing` on four questions of one's own."""
    _write(COURSE)

    async def run() -> None:
        async with FakeServer(classroom(rubric)) as server:
            who = ("--teacher", "exact@small", "--student", "plain@small", "--grader", "marks@small")
            command = ("run", "--course", "mine.toml", "--script", "citing", "--base-url", server.url, "-q")
            await asyncio.to_thread(cli, *command, *who, *words, code=code)

    asyncio.run(run())
    with Store.open("schoolroom.db", must_exist=True) as store:
        return list(store.episodes())


def _write(course: str) -> None:
    rows = [
        {"question": f"Tom has {i} + {i + 3} nuts. How many?", "answer": str(2 * i + 3)} for i in range(4)
    ]
    Path("questions.jsonl").write_text("\n".join(map(json.dumps, rows)))
    Path("mine.toml").write_text(course)


@pytest.mark.slow
@pytest.mark.parametrize("rubric", [STRUCTURED, SLOPPY])
def test_a_language_model_writes_rubrics_revises_under_them_and_marks(
    cli: Cli, rubric: str, tmp_path: Path
) -> None:
    episodes = held(cli, rubric, "--setting", "own_revisions=1")
    assert len(episodes) == 4
    for episode in episodes:
        assert episode.ending is not None
        assert episode.ending.kind == "finished"
        written = episode.turns[0].payload
        assert isinstance(written, Rubric)
        assert [criterion.name.lower() for criterion in written.criteria] == ["dots", "short"]
        assert [turn.ask for turn in episode.turns[1:4]] == ["attempt", "revise", "demonstrate"]
    report = measure_marks(episodes)
    assert report.by_criterion_t2["dots"].value == 0.0
    assert report.criteria_t2.value == 0.5
    assert measure_edits(episodes).n == 4
    assert len(RubricShelf.of(episodes).entries) == 4
    cli("export", "--recipe", "citing", "--out", "rows.jsonl")
    rows = [json.loads(line) for line in (tmp_path / "rows.jsonl").read_text().splitlines()]
    assert len(rows) == 4
    assert all("a dot after steps" in json.dumps(row) for row in rows)


@pytest.mark.slow
def test_a_reply_that_is_no_rubric_ends_the_episode_with_the_reason(cli: Cli) -> None:
    (first, *_) = held(cli, "I would rather not.", code=4)
    assert first.ending is not None
    assert "a rubric needs at least one line like" in str(first.ending.reason)


def test_without_any_model_the_lessons_rubric_is_written_met_and_marked(cli: Cli) -> None:
    _write(COURSE + RUBRIC)
    cli("run", "--course", "mine.toml", "--script", "citing", "--teacher", "exact", "-q")
    with Store.open("schoolroom.db", must_exist=True) as store:
        episodes = list(store.episodes())
    assert len(episodes) == 4
    for episode in episodes:
        grade = episode.turns[-1].payload  # of the teacher's revision
        assert isinstance(grade, Grade)
        assert grade.marks == {"stops": 1.0, "answer first": 1.0}


def test_a_lesson_without_a_rubric_needs_a_model(cli: Cli) -> None:
    _write(COURSE)
    words = cli(
        "run", "--course", "mine.toml", "--script", "citing", "--teacher", "exact", "-q", code=4
    ).output
    assert "lesson 'mine' has no rubric; give it one in the course file" in " ".join(words.split())


def test_its_exam_is_sat_without_any_model(cli: Cli) -> None:
    _write(SUMS + RUBRIC)
    words = ("exam", "--course", "mine.toml", "--script", "citing_exam", "--questions", "4", "--json", "-q")
    author = ("--seat", "author=exact", "--setting", "rubric_by=author")
    told, withheld = (
        json.loads(cli(*words, *more).stdout) for more in (author, ("--setting", "rubric_by=null"))
    )
    assert (told["script"], told["n"]) == ("citing_exam", 4)
    with Store.open("schoolroom.db", must_exist=True) as store:
        (first, *_) = store.episodes(run=told["run"])
        (other, *_) = store.episodes(run=withheld["run"])
    assert [(turn.seat, turn.ask) for turn in first.turns[:3]] == [
        ("author", "rubric"), ("student", "attempt"), ("student", "revise"),
    ]  # fmt: skip
    assert [turn.ask for turn in other.turns[:2]] == ["attempt", "revise"]
    grade = first.turns[-1].payload
    assert isinstance(grade, Grade)
    assert grade.marks.keys() == {"stops", "answer first"}
    Path("exam.toml").write_text(
        'course = "mine.toml"\n[exam]\nscript = "citing_exam"\nquestions = 4\n'
        'settings = { rubric_by = "author" }\n[seats.more]\nauthor = "exact"\n'
    )
    assert json.loads(cli("exam", "--config", "exam.toml", "--json").stdout)["run"] == told["run"]


def test_as_published_rubrics_are_written_once_a_type_and_found_by_similarity(cli: Cli) -> None:
    _write(SUMS + RUBRIC + LISTS + RUBRIC.replace("answer first", "tight"))
    course = ("--course", "mine.toml", "--teacher", "exact", "--gate", "taught", "-q", "--json")
    written = json.loads(cli("run", *course, "--script", "rubrics", "--episodes", "1").stdout)
    made = json.loads(cli("transcripts", "rubrics", "--out", "rubrics.json", "--json").stdout)
    assert (made["rubrics"], made["runs"]) == (2, [written["run"]])
    by_shelf = ("--setting", "rubric_by=shelf", "--seat", "shelf=shelf:rubrics.json")
    citing = ("run", *course, "--script", "citing", "--episodes", "2", *by_shelf)
    report = json.loads(cli(*citing).stdout)
    with Store.open("schoolroom.db", must_exist=True) as store:
        found = [(e.question, e.turns[0]) for e in store.episodes(run=report["run"])]
    assert [turn.seat for _, turn in found] == ["shelf"] * 4
    for question, turn in found:
        assert isinstance(turn.payload, Rubric)
        names = [criterion.name for criterion in turn.payload.criteria]
        assert names == ["stops", "tight" if question.lesson == "lists" else "answer first"]

    words = cli("transcripts", "rubrics", "--run", written["run"], "--out", "rubrics.json").stdout
    follow = shlex.split(words.split("\nnext\n")[1])
    assert (
        json.loads(cli(*follow[1:], *course, "--episodes", "2", "--dry-run").stdout)["run"] == report["run"]
    )
    told = json.loads(cli("exam", *course[:2], "--script", "citing_exam", *by_shelf[2:], "--json").stdout)
    assert (told["script"], told["cut_short"]) == ("citing_exam", 0)
    shelf = RubricShelf.load(Path("rubrics.json"))
    shelf.model_copy(update={"entries": shelf.entries[1:]}).save(Path("rubrics.json"))
    assert json.loads(cli(*citing, "--dry-run").stdout)["run"] != report["run"], "another shelf"


@pytest.mark.parametrize(
    ("who", "message"),
    [
        ("shelf:nowhere.json", "the shelf 'nowhere.json' cannot be read:"),
        ("shelf:mine.toml", "'mine.toml' is no shelf of rubrics: at its top, Invalid JSON"),
        ("student:shelf:mine.toml", "sits in a teacher's seat, not a student's"),
    ],
)
def test_a_shelf_that_is_none_is_named(cli: Cli, who: str, message: str) -> None:
    _write(COURSE)
    words = ("run", "--course", "mine.toml", "--script", "citing", "--setting", "rubric_by=shelf")
    said = cli(*words, "--seat", f"shelf={who}", code=2).stderr
    assert message in " ".join(said.split())
    assert not Path("schoolroom.db").exists()


def test_a_run_without_rubrics_fills_no_shelf(cli: Cli, held: dict[str, Any]) -> None:
    said = cli("transcripts", "rubrics", "--out", "rubrics.json", code=3).stderr
    assert f"run {held['run']} holds no rubric; 'schoolroom run --script rubrics" in " ".join(said.split())
    assert not Path("rubrics.json").exists()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--script", "citing_exan"), "unknown script 'citing_exan'; did you mean 'citing_exam'?"),
        (("--setting", "rubric_by=null"), "unknown setting 'rubric_by' of script 'exam'"),
        (("--script", "citing_exam", "--seat", "shelf"), "--seat takes NAME=WHO"),
        (("--seat", "grader=exakt"), "unknown grader 'exakt'; did you mean 'exact'?"),
    ],
)
def test_a_mistake_in_an_exam_is_named_before_anything_is_done(
    cli: Cli, words: tuple[str, ...], message: str
) -> None:
    assert message in " ".join(cli("exam", *words, code=2).stderr.split())
    assert not Path("schoolroom.db").exists()

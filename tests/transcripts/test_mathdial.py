"""Conversations of MathDial as transcripts. The sample is made up, in the form of the data's own lines."""

import json
from pathlib import Path
from typing import Any

import pytest

from schoolroom.transcripts.errors import DataFileError
from schoolroom.transcripts.exchange.forms import export_transcripts, import_transcripts
from schoolroom.transcripts.exchange.loading import Imported
from schoolroom.transcripts.records import Ask, Attempt, Episode, Role
from schoolroom.transcripts.store import Store

WHOLE = Path(__file__).parents[3] / "shared" / "data" / "mathdial" / "test.jsonl"

ROW: dict[str, Any] = {
    "qid": 7,
    "scenario": 2,
    "question": "Ann has 3 pens and buys 4 more. How many has she?",
    "ground_truth": "She has 3 and 4.\n3 + 4 = 7\n 7",
    "student_incorrect_solution": "4 - 3 = 1 \n\nSo she has 1. \n 1",
    "student_profile": "Ben is a 7th grade student.",
    "teacher_described_confusion": "subtracts",
    "self-correctness": "Yes",
    "self-typical-confusion": 4.0,
    "self-typical-interactions": 3.0,
    "conversation": "Teacher: (probing)Why did you subtract?|EOM|Ben: Note: she buys 4.|EOM|"
    "Teacher: (focus)She has more then.|EOM|Teacher: (telling)Add.|EOM|Student: 3 + 4 = 7.|EOM|"
    "Teacher: (generic)",
}


def write(path: Path, *rows: Any) -> Path:
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    return path


def imported(store: Store, path: Path) -> list[Episode]:
    import_transcripts(store, path)
    return list(store.episodes())


def test_a_conversation_becomes_an_episode(store: Store, tmp_path: Path) -> None:
    (episode,) = imported(store, write(tmp_path / "mathdial.jsonl", ROW))
    (run,) = store.runs()
    assert (run.kind, run.plan["import"]["format"], run.plan["import"]["file"]) == (
        "import",
        "mathdial",
        "mathdial.jsonl",
    )
    question = episode.question
    assert (question.answer, question.solution) == ("7", ("She has 3 and 4.", "3 + 4 = 7"))
    assert (question.metadata["qid"], question.metadata["self-correctness"]) == (7, "Yes")
    assert question.metadata["moves"] == [None, "probing", None, "focus", "telling", None, "generic"]
    assert [(turn.role, turn.ask, turn.text) for turn in episode.turns] == [
        (Role.STUDENT, Ask.ATTEMPT, "4 - 3 = 1 \n\nSo she has 1. \n 1"),
        (Role.TEACHER, Ask.FEEDBACK, "Why did you subtract?"),
        (Role.STUDENT, Ask.REVISE, "Note: she buys 4."),
        (Role.TEACHER, Ask.FEEDBACK, "She has more then."),
        (Role.TEACHER, Ask.FEEDBACK, "Add."),
        (Role.STUDENT, Ask.REVISE, "3 + 4 = 7."),
        (Role.TEACHER, Ask.FEEDBACK, ""),
    ]
    payloads = [turn.payload for turn in episode.turns]
    assert payloads == [Attempt(steps=("4 - 3 = 1", "So she has 1."), answer="1"), *[None] * 6]
    assert [turn.heard for turn in episode.turns] == [tuple(range(index)) for index in range(7)]
    assert episode.ending is not None
    assert episode.ending.kind == "finished"


def test_the_same_file_makes_the_same_episodes(store: Store, tmp_path: Path) -> None:
    path = write(tmp_path / "a.jsonl", ROW, ROW, ROW | {"question": "Another?"})
    assert import_transcripts(store, path, form="mathdial") == Imported(runs=1, episodes=3)
    assert import_transcripts(store, path) == Imported(known=4)
    assert len({episode.id for episode in store.episodes()}) == 3


def test_it_can_be_exported_and_imported_again(store: Store, tmp_path: Path) -> None:
    episodes = imported(store, write(tmp_path / "a.jsonl", ROW, ROW))
    export_transcripts(store, tmp_path / "b.jsonl.gz")
    with Store.open(tmp_path / "other.db") as other:
        assert imported(other, tmp_path / "b.jsonl.gz") == episodes


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"question": " "}, "line 2: 'question' must be a text that is not empty"),
        ({"ground_truth": None}, "line 2: 'ground_truth' must be a text"),
        (
            {"conversation": "Teacher: a|EOM|who knows"},
            r"line 2: 'conversation', line 2 of it: must begin with",
        ),
        ({"conversation": "(telling) Add: 3"}, r"line 2: 'conversation', line 1 of it"),
    ],
)
def test_a_wrong_line_is_refused(store: Store, tmp_path: Path, change: dict[str, Any], message: str) -> None:
    with pytest.raises(DataFileError, match=message):
        import_transcripts(store, write(tmp_path / "a.jsonl", ROW, ROW | change))
    assert store.runs() == []


def test_what_holds_no_conversation_is_refused(store: Store, tmp_path: Path) -> None:
    with pytest.raises(DataFileError, match="must be a JSON object with the fields question, ground_truth"):
        import_transcripts(store, write(tmp_path / "a.jsonl", ROW, []))
    (tmp_path / "b.jsonl").write_text("\n")
    with pytest.raises(DataFileError, match="is empty; it must hold a conversation"):
        import_transcripts(store, tmp_path / "b.jsonl", form="mathdial")


@pytest.mark.skipif(not WHOLE.exists(), reason="the data set is not here")
def test_all_of_it_is_read(store: Store) -> None:
    assert import_transcripts(store, WHOLE) == Imported(runs=1, episodes=599)
    episodes = list(store.episodes(script="conversation"))
    rows = [json.loads(line) for line in WHOLE.read_text(encoding="utf-8").strip().split("\n")]
    said = [line for row in rows for line in row["conversation"].split("|EOM|")]
    turns = [turn for episode in episodes for turn in episode.turns]
    assert len(turns) == len(said) + 599
    moves = [move for episode in episodes for move in episode.question.metadata["moves"] if move]
    assert len(moves) == sum(turn.role is Role.TEACHER for turn in turns)
    assert set(moves) == {"focus", "probing", "telling", "generic"}

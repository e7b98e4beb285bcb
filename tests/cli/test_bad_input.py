"""Bad input of every kind: one sentence on standard error, the right exit code, nothing lost."""

import json
import re
import sqlite3
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from typer.testing import Result

from schoolroom.transcripts.store import Store

Cli = Callable[..., Result]


def lesson(id_: str, *before: str) -> str:
    keys = {"id": id_, "title": id_, "subject": "column_addition", "prerequisites": list(before)}
    return "[[lessons]]\n" + "".join(f"{key} = {json.dumps(value)}\n" for key, value in keys.items())


FILES = {
    "broken.toml": 'course = "addition\n',
    "typo.toml": "[classroom]\nwav = 3\n",
    "circle.toml": 'title = "C"\n' + lesson("a", "b") + lesson("b", "a"),
    "missing.toml": 'title = "C"\n' + lesson("two") + lesson("b", "tow"),
    "key.toml": 'title = "C"\n' + lesson("a") + "digit = 2\n",
    "persona.toml": 'name = "p"\nrole = "teacher"\n[traits]\nskil = 0.5\n',
    "empty.jsonl": "",
    "damaged.jsonl": '{"question": "1 + 1 =", "answer": "2"}\n{"question": \n',
    "text.db": "hello",
    "model/config.json": "{",
    "model/model.safetensors": "garbage",
}

WORDS = ("run", "--course", "word-problems", "--param")

CASES = [
    (("run", "--config", "broken.toml"), 2, r"settings 'broken.toml': it is not valid TOML: .*line 1"),
    (("run", "--config", "typo.toml"), 2, r"unknown setting 'wav' in 'classroom'; did you mean 'wave'\?"),
    (("run", "--config", "none.toml"), 2, r"settings 'none.toml': it cannot be read"),
    (("run", "--course", "broken.toml"), 2, r"course 'broken.toml': it is not valid TOML"),
    (("run", "--course", "circle.toml"), 2, r"in a circle: a -> b -> a\."),
    (("run", "--course", "missing.toml"), 2, r"'b' needs 'tow', .*did you mean 'two'\?"),
    (("courses", "check", "key.toml"), 2, r"lesson 'a': unknown key 'digit'"),
    (("run", "--course", "additon"), 2, r"unknown course 'additon'; did you mean 'addition'\?"),
    (("run", "--lessons", "two-digt"), 2, r"unknown lesson 'two-digt'; did you mean 'two-digit'\?"),
    (("run", "--course", "word-problems"), 2, r"'file' is missing .*--param file=PATH"),
    ((*WORDS, "file=none.jsonl"), 2, r"there is no file .*none.jsonl"),
    ((*WORDS, "file=empty.jsonl"), 2, r"empty.jsonl holds no questions"),
    ((*WORDS, "file=damaged.jsonl"), 2, r"damaged.jsonl, line 2 is not JSON"),
    ((*WORDS, "file"), 2, r"--param takes NAME=VALUE, but was given 'file'"),
    (("run", "--teacher", "patint"), 2, r"unknown teacher 'patint'; did you mean 'patient'\?"),
    (("run", "--teacher", "persona.toml"), 2, r"unknown key 'traits.skil'; did you mean 'skill'\?"),
    (("run", "--grader", "careless"), 2, r"'careless' is a student, but this seat needs a grader"),
    (("run", "--script", "tutorin"), 2, r"unknown script 'tutorin'; did you mean 'tutoring'\?"),
    (("run", "--setting", "max_revison=1"), 2, r"unknown setting 'max_revison' of script"),
    (("run", "--gate", "open"), 2, r"'classroom.gate' is \"open\", but must be 'mastery' or 'taught'"),
    (("run", "--teacher", "patient@m", "--api-key-env", "NO_SUCH_KEY"), 2, r"'NO_SUCH_KEY' is not set"),
    (("exam", "--student", "hf:none"), 2, r"'none' is not there"),
    (("exam", "--compare", "abc"), 3, r"no run 'abc' is stored"),
    (("train", "--out", "o", "--recipe", "sfx"), 2, r"unknown recipe 'sfx'; did you mean 'sft'\?"),
    (("train", "--out", "o", "--recipe-set", "trst=1"), 2, r"no setting 'trst'; did you mean 'trust'\?"),
    (("train", "--out", "o", "--run", "zzz"), 3, r"no run 'zzz' is stored"),
    (("train", "--out", "o", "--examples", "empty.jsonl"), 2, r"empty.jsonl is empty"),
    (("train", "--out", "o", "--examples", "damaged.jsonl"), 2, r"damaged.jsonl, line 1: not a training row"),
    (("train", "--out", "o", "--recipe", "rationale", "--recipe-set", "limit=0"), 2, r"limit must be"),
    (("train", "--out", "broken.toml"), 2, r"is a file; name a folder"),
    (("train", "--out", "broken.toml/o"), 2, r"cannot be written, because of '.*broken.toml'"),
    (("export", "--out", "o", "--format", "trll"), 2, r"unknown form of export 'trll'; did you mean 'trl'\?"),
    (("export", "--out", "o", "--db", "none.db"), 3, r"there is no database at none.db"),
    (("transcripts", "list", "--db", "text.db"), 3, r"text.db: file is not a database"),
    (("transcripts", "list", "--db", "old.db"), 3, r"schema version 99, but this schoolroom reads version"),
    (("run", "--db", "old.db"), 3, r"schema version 99"),
    (("transcripts", "show", "zzz"), 3, r"no episode 'zzz' is stored"),
    (("transcripts", "list", "--ending", "finishd"), 2, r"did you mean 'finished'\?"),
    (("courses", "plot", "addition", "--out", "a.txt"), 2, r"'a.txt' names no kind of picture; let"),
    (("personas", "list", "--role", "techer"), 2, r"unknown role 'techer'; did you mean 'teacher'\?"),
    (("personas", "new", "Bad Name"), 2, r"a name is lower-case letters"),
]


@pytest.fixture
def folder(tmp_path: Path, held: dict[str, Any]) -> Path:
    """A folder with every kind of broken file, and a good database."""
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    (tmp_path / "old.db").write_bytes((tmp_path / "schoolroom.db").read_bytes())
    with sqlite3.connect(tmp_path / "old.db") as connection:
        connection.execute("UPDATE meta SET value = '99' WHERE key = 'schema'")
    connection.close()
    return tmp_path


@pytest.mark.parametrize(("words", "code", "message"), CASES, ids=[" ".join(words) for words, *_ in CASES])
def test_bad_input_gets_one_sentence(
    cli: Cli, folder: Path, words: tuple[str, ...], code: int, message: str
) -> None:
    before = {path: sha256(path.read_bytes()).digest() for path in folder.rglob("*") if path.is_file()}
    result = cli(*words, code=code)
    assert result.stdout == ""
    *notes, sentence = result.stderr.splitlines()
    assert all(re.fullmatch(r"run \w+, the last simulation in schoolroom\.db", note) for note in notes)
    assert sentence.startswith("error: ")
    assert re.search(message, sentence), sentence
    after = {path: sha256(path.read_bytes()).digest() for path in before}
    assert after == before
    with Store.open(folder / "schoolroom.db", must_exist=True) as store:
        assert store.counts().finished == 80


@pytest.mark.slow
def test_an_unreadable_checkpoint_gets_one_sentence(cli: Cli, folder: Path) -> None:
    for words in (["exam", "--student", "hf:model"], ["train", "--out", "o", "--from", "hf:model"]):
        result = cli(*words, code=2)
        assert "error: 'model' cannot be loaded as a causal language model" in result.stderr
        assert "Traceback" not in result.stderr
        assert result.stdout == ""
    assert not (folder / "o").exists()


def test_a_mask_that_teaches_nothing_is_refused_before_training(cli: Cli, folder: Path) -> None:
    cli("export", "--out", "rows.jsonl", "--recipe-set", "limit=1")
    row = json.loads((folder / "rows.jsonl").read_text())
    row["messages"] = [{**message, "weight": 0.0} for message in row["messages"]]
    (folder / "rows.jsonl").write_text(json.dumps(row) + "\n")
    result = cli("train", "--examples", "rows.jsonl", "--out", "o", "--quiet", code=5)
    assert "carries loss; nothing would be learnt" in result.stderr
    assert not (folder / "o").exists()

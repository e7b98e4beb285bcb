"""Files for other trainers: no flag or weight is lost, and what a form cannot carry is refused."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schoolroom.training import export
from schoolroom.training.export import FORMS, export_examples, read_examples
from schoolroom.transcripts.errors import ConfigError, DataFileError, UnknownName
from schoolroom.transcripts.records import Example, ExampleMessage, Json, Source, Tier

Said = tuple[str, str, float]


def example(*messages: Said) -> Example:
    return Example.make(
        recipe="self_correction",
        kind="revision",
        messages=[
            ExampleMessage.model_validate({"role": r, "content": c, "weight": w}) for r, c, w in messages
        ],
        question="q1",
        lesson="sums",
        tier=Tier.HARDER,
        sources=(Source(episode="e", turn=3),),
    )


PLAIN = example(("user", "7+5=", 0), ("assistant", "12", 1))
LONG = example(
    ("system", "be kind", 0),
    ("user", "7+5=", 0),
    ("assistant", "11", 0),
    ("user", "no", 0),
    ("assistant", "12", 1),
)
HALF = example(("user", "7+5=", 0), ("assistant", "12", 0.5))
TWO = example(("user", "7+5=", 0), ("assistant", "11", 1), ("user", "no", 0), ("assistant", "12", 1))
OTHER = example(("user", "7+5=", 1), ("assistant", "12", 1))


def exported(path: Path, form: str, *examples: Example) -> list[Json]:
    """What a trainer reads, without the ids."""
    assert export_examples(iter(examples), path, form=form, bare=True) == len(examples)
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_trl(tmp_path: Path) -> None:
    assert exported(tmp_path / "f", "trl", LONG, HALF) == [
        {
            "prompt": [
                {"role": "system", "content": "be kind"},
                {"role": "user", "content": "7+5="},
                {"role": "assistant", "content": "11"},
                {"role": "user", "content": "no"},
            ],
            "completion": [{"role": "assistant", "content": "12"}],
            "weight": 1.0,
        },
        {
            "prompt": [{"role": "user", "content": "7+5="}],
            "completion": [{"role": "assistant", "content": "12"}],
            "weight": 0.5,
        },
    ]


def test_openai(tmp_path: Path) -> None:
    rows = exported(tmp_path / "f", "openai", LONG, TWO)
    weights = [[message.get("weight") for message in row["messages"]] for row in rows]
    assert weights == [[None, None, 0, None, 1], [None, 1, None, 1]]
    assert rows[1]["messages"][0] == {"role": "user", "content": "7+5="}


def test_sharegpt(tmp_path: Path) -> None:
    (row,) = exported(tmp_path / "f", "sharegpt", HALF)
    assert row == {
        "conversations": [
            {"from": "human", "value": "7+5=", "weight": 0.0},
            {"from": "gpt", "value": "12", "weight": 0.5},
        ]
    }


def test_alpaca(tmp_path: Path) -> None:
    rows = exported(tmp_path / "f", "alpaca", PLAIN, LONG)
    assert rows == [
        {"instruction": "7+5=", "input": "", "output": "12", "system": "", "history": []},
        {"instruction": "no", "input": "", "output": "12", "system": "be kind", "history": [["7+5=", "11"]]},
    ]


@pytest.mark.parametrize(
    ("form", "row"),
    [
        ("trl", TWO),
        ("trl", OTHER),
        ("openai", HALF),
        ("openai", OTHER),
        ("alpaca", HALF),
        ("alpaca", TWO),
        ("alpaca", example(("user", "a", 0), ("user", "b", 0), ("assistant", "c", 1))),
    ],
)
def test_what_a_form_cannot_carry_is_refused_and_no_file_changes(
    tmp_path: Path, form: str, row: Example
) -> None:
    (tmp_path / "f").write_text("before")
    with pytest.raises(ConfigError, match=rf"'{form}' carries .*; example {row.id} \(revision\) has"):
        export_examples([PLAIN, row], tmp_path / "f", form=form)
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("f", "before")]


MESSAGES = st.lists(
    st.tuples(
        st.sampled_from(["system", "user", "assistant"]),
        st.text(st.characters(exclude_categories=["Cs"]), max_size=10),
        st.floats(0, 10),
    ),
    min_size=1,
    max_size=4,
)


@given(st.lists(MESSAGES, min_size=1, max_size=4))
def test_our_own_form_reads_back_exactly(
    tmp_path_factory: pytest.TempPathFactory, rows: list[list[Said]]
) -> None:
    path = tmp_path_factory.getbasetemp() / "rows.jsonl"
    examples = [example(*row) for row in rows]
    assert export_examples(examples, path) == len(examples)
    assert list(read_examples(path)) == examples


def test_rows_are_streamed(tmp_path: Path) -> None:
    taken: list[int] = []

    def rows() -> Iterator[Example]:
        for i in range(3):
            taken.append(i)
            yield PLAIN

    export_examples(rows(), tmp_path / "f")
    read = read_examples(tmp_path / "f")
    assert taken == [0, 1, 2]
    assert next(read) == PLAIN


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda good: f"{good}\n\n{{\n", "line 3: not a training row of the form 'schoolroom': Invalid JSON"),
        (lambda good: good.replace('"lesson"', '"lessen"'), "line 1: .*at 'lesson': Field required"),
        (lambda good: "", "is empty"),
    ],
)
def test_a_damaged_file_names_the_line(tmp_path: Path, damage: Callable[[str], str], message: str) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text(damage(PLAIN.model_dump_json()))
    with pytest.raises(DataFileError, match=message) as caught:
        list(read_examples(path))
    assert str(path) in str(caught.value)


def test_files_that_cannot_be_read_or_written_are_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(DataFileError, match="cannot be read: No such file"):
        list(read_examples(tmp_path / "none"))
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    with pytest.raises(DataFileError, match="not UTF-8"):
        list(read_examples(tmp_path / "binary"))
    with pytest.raises(DataFileError, match="cannot be written"):
        export_examples([PLAIN], tmp_path / "binary" / "f")


def test_an_unknown_form_is_said(tmp_path: Path) -> None:
    with pytest.raises(UnknownName, match=r"unknown form of export 'openia'; did you mean 'openai'\?"):
        export_examples([], tmp_path / "f", form="openia")
    assert list(tmp_path.iterdir()) == []


def test_parquet_keeps_everything(tmp_path: Path) -> None:
    from pyarrow import parquet

    rows = [PLAIN, LONG, HALF, TWO, OTHER]
    assert export_examples(iter(rows), tmp_path / "f", form="parquet") == 5
    read = parquet.read_table(tmp_path / "f").to_pylist()
    assert [Example.model_validate(row) for row in read] == rows


def test_parquet_without_its_package_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "pyarrow", None)
    with pytest.raises(ConfigError, match=r"pip install 'schoolroom\[parquet\]'"):
        export_examples([PLAIN], tmp_path / "f", form="parquet")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("form", sorted({*FORMS.builtin()} - {"parquet"}))
def test_every_row_says_its_id(tmp_path: Path, form: str) -> None:
    export_examples([PLAIN, LONG], tmp_path / "f", form=form)
    rows = [json.loads(line) for line in (tmp_path / "f").read_text().splitlines()]
    ids = [row["metadata"]["id"] if form == "openai" else row["id"] for row in rows]
    assert ids == [PLAIN.id, LONG.id]


def test_a_compressed_file_reads_back(tmp_path: Path) -> None:
    export_examples([PLAIN, LONG], tmp_path / "rows.jsonl.gz")
    assert (tmp_path / "rows.jsonl.gz").read_bytes()[:2] == b"\x1f\x8b"
    assert list(read_examples(tmp_path / "rows.jsonl.gz")) == [PLAIN, LONG]


def test_every_form_is_documented() -> None:
    assert export.__doc__ is not None
    assert all(f"| ``{form}`` |" in export.__doc__ for form in FORMS.builtin())

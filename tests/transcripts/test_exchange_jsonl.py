"""Transcripts as JSON lines: an exact round trip; a wrong file is refused by line, and changes nothing."""

import asyncio
import gzip
import json
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schoolroom.transcripts.errors import DataFileError, NotStored, StoreError
from schoolroom.transcripts.exchange.forms import export_transcripts, import_transcripts
from schoolroom.transcripts.exchange.loading import Imported
from schoolroom.transcripts.exchange.selection import Selection
from schoolroom.transcripts.records import Checkpoint, Episode, Example, Json, Run, Source
from schoolroom.transcripts.store import Store

from .conftest import DONE, RUN, episode, example, fill, turn

Held = tuple[list[Run], list[Episode], list[Example], list[Checkpoint]]


@st.composite
def holdings(draw: st.DrawFn) -> Held:
    """Records that point at each other as those of a store do."""
    runs = draw(st.lists(st.from_type(Run), min_size=1, max_size=2, unique_by=lambda run: run.id))
    drawn = draw(st.lists(st.from_type(Episode), max_size=3, unique_by=lambda one: one.id))
    episodes = [one.model_copy(update={"run": draw(st.sampled_from(runs)).id}) for one in drawn]
    turns = [Source(episode=one.id, turn=said.index) for one in episodes for said in one.turns]
    sources = st.lists(st.sampled_from(turns), max_size=2).map(tuple) if turns else st.just(())
    examples = [
        row.model_copy(update={"sources": draw(sources)})
        for row in draw(st.lists(st.from_type(Example), max_size=2, unique_by=lambda row: row.id))
    ]
    trained = draw(st.lists(st.from_type(Checkpoint), max_size=2, unique_by=lambda one: one.id))
    ids = tuple(row.id for row in examples)
    return runs, episodes, examples, [one.model_copy(update={"examples": ids}) for one in trained]


def put(store: Store, held: Held) -> None:
    runs, episodes, examples, checkpoints = held
    assert all(store.add_held(run) for run in runs)
    assert all(store.add_held(episode) for episode in episodes)
    store.add_examples(examples)
    for checkpoint in checkpoints:
        store.add_checkpoint(checkpoint)


def everything(store: Store) -> Held:
    episodes = sorted(store.episodes(), key=lambda one: one.id)
    return store.runs(), episodes, list(store.examples()), store.checkpoints()


@settings(max_examples=30, deadline=None)
@given(holdings(), st.sampled_from(["a.jsonl", "a.jsonl.gz"]))
def test_what_was_exported_is_imported_equal(held: Held, name: str) -> None:
    with (
        tempfile.TemporaryDirectory() as folder,
        Store.open(f"{folder}/one.db") as one,
        Store.open(f"{folder}/two.db") as two,
    ):
        put(one, held)
        first, second = Path(folder, name), Path(folder, f"again-{name}")
        assert export_transcripts(one, first) == len(held[1])
        import_transcripts(two, first)
        assert everything(two) == everything(one)
        assert everything(two)[1] == sorted(held[1], key=lambda episode: episode.id)
        export_transcripts(two, second)
        assert second.read_bytes() == first.read_bytes()
        again = import_transcripts(two, first)
        assert again == Imported(known=sum(len(records) for records in held))


EPISODES = [episode(number, turns=(turn(0), turn(1)), ending=DONE) for number in range(3)]
ROW = example(1, sources=[Source(episode=EPISODES[0].id, turn=1)])
CHECKPOINT = Checkpoint(id="c", path="p", recipe="rationale", examples=(ROW.id,), steps=1, tokens=2, seed=3)


@pytest.fixture
def file(tmp_path: Path, store: Store) -> Path:
    """A run, three episodes, a training row and a checkpoint: eight lines."""
    asyncio.run(fill(store, EPISODES))
    store.add_examples([ROW])
    store.add_checkpoint(CHECKPOINT)
    export_transcripts(store, tmp_path / "all.jsonl")
    return tmp_path / "all.jsonl"


@pytest.fixture
def other(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path / "other.db") as opened:
        yield opened


def lines(file: Path) -> list[Json]:
    return [json.loads(line) for line in file.read_text().splitlines()]


def changed(file: Path, number: int, change: Callable[[Json], Json]) -> Path:
    """The file with another value in line `number`."""
    values = lines(file)
    values[number - 1] = change(values[number - 1])
    file.write_text("".join(f"{json.dumps(value)}\n" for value in values))
    return file


def test_the_file_is_as_it_is_documented(file: Path) -> None:
    header, run, *episodes, row, checkpoint, end = lines(file)
    assert header == {"schoolroom": "transcripts", "schema": 3}
    assert Run.model_validate(run["run"]) == RUN
    assert [Episode.model_validate(line["episode"]) for line in episodes] == EPISODES
    assert Example.model_validate(row["example"]) == ROW
    assert Checkpoint.model_validate(checkpoint["checkpoint"]) == CHECKPOINT
    assert end == {"end": {"runs": 1, "episodes": 3, "examples": 1, "checkpoints": 1}}
    assert not list(file.parent.glob("*.part"))


def test_a_part_is_exported_without_training_rows(file: Path, store: Store, other: Store) -> None:
    harder = episode(9, question=EPISODES[0].question.model_copy(update={"lesson": "harder"}), ending=DONE)
    store.add_held(harder)
    assert export_transcripts(store, file, runs=["run"], lessons=["harder", "none"]) == 1
    assert import_transcripts(other, file) == Imported(runs=1, episodes=1)
    assert list(other.episodes()) == [harder]
    assert export_transcripts(store, file, lessons=["sums"]) == 3
    with pytest.raises(NotStored, match="no run 'x'"):
        export_transcripts(store, file, runs=["x"])
    assert len(lines(file)) == 6


def without(file: Path, *indexes: int) -> str:
    return "".join(
        line for index, line in enumerate(file.read_text().splitlines(True)) if index not in indexes
    )


WRONG: dict[str, tuple[Callable[[Path], object], str]] = {
    "cut off in a line": (lambda f: f.write_text(f.read_text()[:-20]), r"line 8: not JSON .* cut off in it"),
    "cut off between lines": (
        lambda f: f.write_text(without(f, 6, 7)),
        r"ends after line 6 without its line 'end'",
    ),
    "a line is missing": (
        lambda f: f.write_text(without(f, 4)),
        r"line 7: the end counts .*'episodes': 3.* but the file holds .*'episodes': 2",
    ),
    "another file": (lambda f: f.write_text('{"question": "1+1="}\n'), r"line 1: not a file of transcripts"),
    "empty": (lambda f: f.write_text(""), r"line 0: not a file of transcripts"),
    "newer": (
        lambda f: changed(f, 1, lambda line: line | {"schema": 99}),
        r"line 1: written with schema version 99, but this schoolroom reads up to",
    ),
    "no version": (lambda f: changed(f, 1, lambda line: line | {"schema": "3"}), r"must be a number from 3"),
    "unknown record": (
        lambda f: changed(f, 3, lambda line: {"epsode": {}}),
        r"line 3: unknown 'epsode'; did you mean 'episode'\?",
    ),
    "two records": (lambda f: changed(f, 3, lambda line: line | {"run": {}}), r"line 3: must be an object"),
    "wrong field": (
        lambda f: changed(f, 3, lambda line: {"episode": line["episode"] | {"seed": "x"}}),
        r"line 3: no episode, at 'seed': Input should be a valid integer",
    ),
    "unknown field": (
        lambda f: changed(f, 3, lambda line: {"episode": line["episode"] | {"mood": 1}}),
        r"line 3: no episode, at 'mood': Extra inputs",
    ),
    "no run": (
        lambda f: changed(f, 4, lambda line: {"episode": line["episode"] | {"run": "gone"}}),
        r"line 4: episode .* belongs to run 'gone', which no line before it holds",
    ),
    "after the end": (lambda f: f.write_text(f.read_text() * 2), r"line 9: nothing may come after"),
    "not UTF-8": (lambda f: f.write_bytes(f.read_bytes() + b"\xff\n"), r"line 9: not UTF-8"),
    "NaN": (
        lambda f: changed(f, 1, lambda line: line | {"schema": float("nan")}),
        r"line 1: not JSON \(NaN is no",
    ),
    "nested too deep": (
        lambda f: f.write_text('{"schoolroom":' + "[" * 200_000 + "\n"),
        r"line 1: .*(nested too deep|not JSON)",
    ),
    "damaged gzip": (
        lambda f: f.write_bytes(gzip.compress(f.read_bytes())[:-30]),
        r"after line \d+: the gzip stream is damaged",
    ),
}


@pytest.mark.parametrize(("damage", "message"), WRONG.values(), ids=WRONG.keys())
def test_a_wrong_file_names_its_line_and_changes_nothing(
    file: Path, other: Store, damage: Callable[[Path], object], message: str
) -> None:
    damage(file)
    with pytest.raises(DataFileError, match=message) as caught:
        import_transcripts(other, file, form="jsonl")
    assert str(file) in str(caught.value)
    assert everything(other) == ([], [], [], [])


def test_what_contradicts_the_store_is_refused_and_a_second_import_goes_on(
    file: Path, store: Store, other: Store
) -> None:
    values = file.read_text()
    said = [{**said.model_dump(mode="json"), "text": "otherwise"} for said in EPISODES[2].turns]
    changed(file, 5, lambda line: {"episode": line["episode"] | {"turns": said}})
    import_transcripts(other, file)
    file.write_text(values)
    with pytest.raises(StoreError, match=r"line 5: episode '0002-episode' is stored with other words"):
        import_transcripts(other, file)
    with Store.open(file.with_name("third.db")) as third:
        nowhere = {"sources": [{"episode": "?", "turn": 0}]}
        changed(file, 6, lambda line: {"example": line["example"] | nowhere})
        with pytest.raises(NotStored, match=r"line 6: example .* What stands before it is stored"):
            import_transcripts(third, file)
        assert list(third.episodes()) == EPISODES
        file.write_text(values)
        assert import_transcripts(third, file) == Imported(examples=1, checkpoints=1, known=4)
        assert everything(third) == everything(store)


@pytest.mark.parametrize(
    ("number", "change", "message"),
    [
        (2, {"plan": {"course": "other"}}, r"line 2: another plan is stored as run 'run-1'"),
        (6, {"recipe": "sft"}, r"line 6: another training row is stored as"),
        (7, {"tokens": 9}, r"line 7: another checkpoint is stored as 'c'"),
    ],
)
def test_another_record_under_a_stored_id_is_refused(
    file: Path, store: Store, number: int, change: Json, message: str
) -> None:
    before = everything(store)
    changed(file, number, lambda line: {name: fields | change for name, fields in line.items()})
    with pytest.raises(StoreError, match=message):
        import_transcripts(store, file)
    assert everything(store) == before


def test_a_run_that_was_begun_elsewhere_stays_as_it_is(file: Path, store: Store) -> None:
    changed(file, 2, lambda line: {"run": line["run"] | {"started": "2020-01-01T00:00:00Z"}})
    changed(file, 7, lambda line: {"checkpoint": line["checkpoint"] | {"path": "elsewhere"}})
    before = everything(store)
    assert import_transcripts(store, file) == Imported(known=6)
    assert everything(store) == before


def test_what_is_added_after_an_export_began_leaves_it_whole(store: Store) -> None:
    asyncio.run(fill(store, EPISODES[:1]))
    entries = Selection(store).entries()
    assert next(entries) == RUN
    store.add_held(RUN.model_copy(update={"id": "late"}))
    store.add_held(EPISODES[1].model_copy(update={"run": "late"}))
    store.add_examples([example(2, sources=[Source(episode=EPISODES[1].id, turn=0)])])
    assert list(entries) == EPISODES[:1]

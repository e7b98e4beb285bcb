"""A training row's page: what is learnt, who said it, who learnt it; and the way there from the turn."""

import shutil
from pathlib import Path
from typing import Any

import pytest

from schoolroom.training.recipes.base import apply_recipe
from schoolroom.transcripts.paging import Window
from schoolroom.transcripts.records import Checkpoint, Example, ExampleMessage
from schoolroom.transcripts.store import Store
from schoolroom.viewer.app import app
from schoolroom.viewer.training_rows import causes


@pytest.fixture(scope="module")
def taught(database: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Example]]:
    """A copy of the school's database in which a student learnt the rows of its episodes."""
    copy = tmp_path_factory.mktemp("taught") / "school.db"
    shutil.copy(database, copy)
    with Store.open(copy, must_exist=True) as store:
        run = next(run for run in store.runs() if run.kind == "simulation")
        rows = list(apply_recipe("self_correction", store.episodes(run=run.id, ending="finished"), {}))
        alone = Example.make(
            recipe="mine",
            kind="attempt",
            messages=[ExampleMessage(role="assistant", content="<b>bold</b>", weight=0.5)],
            question="q",
            lesson="sums",
        )
        store.add_examples([*rows, alone])
        learnt = tuple(row.id for row in rows)
        store.add_checkpoint(
            Checkpoint(
                id="student-1",
                path="out",
                recipe="self_correction",
                examples=learnt,
                steps=3,
                tokens=9,
                seed=0,
            )
        )
    return copy, [*rows, alone]


def test_a_row_leads_back_to_its_turn_and_the_turn_to_its_row(
    taught: tuple[Path, list[Example]], browser: Any
) -> None:
    database, rows = taught
    row = rows[0]
    source = row.sources[0]
    visitor = type(browser)(app(database))
    page = visitor.get(f"/rows/{row.id}").text
    assert f'href="/episodes/{source.episode}#turn-{source.turn + 1}"' in page
    assert 'href="/checkpoints/student-1"' in page
    assert page.count("read, not learnt") == sum(not message.weight for message in row.messages)
    assert page.count("learnt, weight") == sum(bool(message.weight) for message in row.messages)
    assert f'href="/rows/{row.id}"' in visitor.get(f"/episodes/{source.episode}").text
    checkpoint = visitor.get("/checkpoints/student-1").text
    assert f'href="/rows/{row.id}"' in checkpoint
    assert "careless@1" in checkpoint
    alone = visitor.get(f"/rows/{rows[-1].id}").text
    assert "It comes of no stored turn" in alone
    assert "no stored checkpoint learnt it" in alone
    assert "&lt;b&gt;bold&lt;/b&gt;" in alone
    visitor.close()


def test_causes_name_each_turn_once(taught: tuple[Path, list[Example]]) -> None:
    database, rows = taught
    with Window.open(database) as window:
        for row in rows[:-1]:
            found = causes(window, row)
            assert [(one.line.episode, one.line.turn) for one in found] == list(
                dict.fromkeys((source.episode, source.turn) for source in row.sources)
            )
            for one in found:
                assert one.text == window.episode(one.line.episode).turns[one.line.turn].text

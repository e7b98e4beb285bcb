"""What recipes make of conversations that carry no verdicts: what nobody judged is not taken for right."""

import json
from pathlib import Path

import pytest

from schoolroom.training.recipes.base import apply_recipe, recipe_names
from schoolroom.transcripts.exchange.forms import import_transcripts
from schoolroom.transcripts.records import Episode
from schoolroom.transcripts.store import Store

ROW = {
    "question": "Ann has 3 pens and buys 4 more. How many has she?",
    "ground_truth": "3 + 4 = 7\n 7",
    "student_incorrect_solution": "4 - 3 = 1\n 1",
    "conversation": "Teacher: (focus)She has more then.|EOM|Ann: 3 + 4 = 7.|EOM|Teacher: all correct",
}


@pytest.fixture
def episodes(tmp_path: Path) -> list[Episode]:
    (tmp_path / "a.jsonl").write_text(json.dumps(ROW))
    with Store.open(tmp_path / "a.db") as store:
        import_transcripts(store, tmp_path / "a.jsonl")
        return list(store.episodes())


@pytest.mark.parametrize("recipe", [name for name in recipe_names() if name != "rationale"])
def test_words_without_a_verdict_are_not_learnt(episodes: list[Episode], recipe: str) -> None:
    assert list(apply_recipe(recipe, episodes)) == []


@pytest.mark.parametrize("recipe", ["self_correction", "tripost", "yoda"])
def test_nor_are_they_where_the_reference_is_trusted(episodes: list[Episode], recipe: str) -> None:
    assert list(apply_recipe(recipe, episodes, {"trust": "graded"})) == []


def test_the_reference_solution_can_be_learnt(episodes: list[Episode]) -> None:
    (row,) = apply_recipe("rationale", episodes)
    assert row.messages[-1].content == "3 + 4 = 7\nanswer: 7"

"""The study of weak teachers in miniature: what each arm learns; all arms are equal in steps and tokens."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from schoolroom.environments.questions import belongs_to_exam
from schoolroom.studies.bench import Bench
from schoolroom.studies.results import Results
from schoolroom.studies.runner import Setting, run_study
from schoolroom.studies.weak_teachers import (
    ARMS,
    ON_HARD,
    OUTCOME,
    STAGE_ONE,
    STEP,
    STUDY,
    TEACHERS,
    WeakTeachersPlan,
)
from schoolroom.training.export import read_examples
from schoolroom.transcripts.records import Example, Tier

PLAN = WeakTeachersPlan(
    easy=4, right_hard=4, base_steps=1, questions=40, steps=2, exam={"hard": 6, "easy": 2, "part": 2},
    sizes={"hidden": 16, "layers": 1},
)  # fmt: skip
LEARNT = ("sub-0", "combined-90-25", STAGE_ONE)

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("weak-teachers")


@pytest.fixture(scope="module")
def results(out: Path) -> Results:
    small = replace(
        STUDY, tasks=lambda plan: [t for t in STUDY.tasks(plan) if t.name not in ARMS or t.name in LEARNT]
    )
    return run_study(small, PLAN, [0], out, Setting(workers=1, device="cpu"))


@pytest.fixture(scope="module")
def rows(results: Results, out: Path) -> Mapping[str, list[Example]]:
    return {name: list(read_examples(out / "seed-0" / "teachers" / f"{name}.jsonl")) for name in ARMS}


def test_all_claims_are_about_arms_that_there_are() -> None:
    named = {side for claim in STUDY.orderings(PLAN) for side in (claim.better, claim.worse)}
    assert named <= set(STUDY.arms)
    assert {task.name for task in STUDY.tasks(PLAN)} >= set(ARMS)


def test_each_arm_learns_what_its_name_says(results: Results, rows: Mapping[str, list[Example]]) -> None:
    given: Mapping[str, Any] = results.given("teachers")[0]
    for name, (_, teacher, settings) in ARMS.items():
        kinds = [row.kind for row in rows[name]]
        whole, parts = settings.get("whole", 0.0), settings.get("parts")
        questions = 20 if settings.get("half") else 40
        assert kinds.count("whole") == (questions if whole is not None else 0)
        assert (kinds.count("part") > 0) == (parts is not None)
        taught = given["taught"][name]
        if parts is None:
            assert taught[OUTCOME] == pytest.approx(whole)
            assert taught[STEP] == pytest.approx((whole or 0.0) * TEACHERS[teacher][1], abs=0.05)


def test_no_part_of_the_exam_is_taught(out: Path, rows: Mapping[str, list[Example]]) -> None:
    bench: Bench[WeakTeachersPlan] = Bench(PLAN, 0, out / "seed-0", "teachers")
    with bench.store() as store:
        asked = {e.question_of(t).id: e.question_of(t) for e in store.episodes() for t in e.turns}
    taught = [asked[row.question] for found in rows.values() for row in found]
    assert {question.tier for question in taught} == {Tier.FULL, Tier.SUBTASK}
    assert not any(map(belongs_to_exam, taught))


def test_arms_are_equal_in_steps_and_about_equal_in_tokens(results: Results) -> None:
    found = {name: results.arms[name][0] for name in LEARNT}
    assert {result.steps for result in found.values()} == {PLAN.steps}
    tokens = [result.tokens for result in found.values()]
    assert max(tokens) < 1.3 * min(tokens)
    assert results.arms["stage-one"][0].steps == 0
    assert all(ON_HARD in by_seed[0].measures for by_seed in results.arms.values())
    assert not results.failed


def test_both_error_rates_are_drawn_against_accuracy(results: Results, tmp_path: Path) -> None:
    assert STUDY.figures is not None
    drawn = STUDY.figures(results, tmp_path)
    assert len(drawn) == 2
    assert all(path.stat().st_size > 1000 for path in drawn)

"""The study `yoda`: its arms are what the recipe can make, and a miniature of it runs from end to end."""

from dataclasses import replace
from pathlib import Path

import pytest

from schoolroom.studies.registry import find_study
from schoolroom.studies.runner import Setting, run_study
from schoolroom.studies.yoda import ARMS, GOLD, KINDS, STUDY, UNSEEN, YodaPlan, course
from schoolroom.training.recipes.base import apply_recipe

PLAN = STUDY.plans["small"]


def test_it_is_found_and_its_orderings_are_about_its_arms() -> None:
    assert find_study("yoda") is STUDY
    named = {side for ordering in STUDY.orderings(PLAN) for side in (ordering.better, ordering.worse)}
    assert named <= set(STUDY.arms) == {task.name for task in STUDY.tasks(PLAN)} - {"base", "school"}


@pytest.mark.parametrize("arm", ARMS)
def test_every_arm_is_a_setting_of_the_recipe(arm: str) -> None:
    assert list(apply_recipe("yoda", [], ARMS[arm][1])) == []


def test_its_questions_are_of_the_kinds_that_they_are_named_after() -> None:
    lessons = course(PLAN)
    digits = {}
    for lesson in (*KINDS, UNSEEN):
        question = next(lessons.questions(lesson, part="exam"))
        numbers = question.text.rstrip(" =").split(" + ")
        digits[lesson] = (str(question.tier), [len(number) for number in numbers])
    assert digits == {
        "basic": ("basic", [2, 2]),
        "generalized": ("generalized", [2, 2]),
        "harder": ("harder", [3, 3]),
        "unseen": ("harder", [4, 4]),
    }


@pytest.mark.slow
def test_a_miniature_runs_with_equal_steps_and_tokens_in_all_arms(tmp_path: Path) -> None:
    some = {GOLD, "cumulative", "answers"}
    study = replace(
        STUDY, tasks=lambda plan: [t for t in STUDY.tasks(plan) if t.name in {"base", "school", *some}]
    )
    plan = YodaPlan(
        gold=3,
        base_steps=2,
        questions=3,
        batch_size=4,
        exam=2,
        max_new_tokens=40,
        sizes={"hidden": 32, "layers": 1},
    )
    results = run_study(study, plan, [0], tmp_path, Setting(workers=1, device="cpu"))
    assert (results.failed, results.missing) == ({}, ())
    arms = {name: by_seed[0] for name, by_seed in results.arms.items()}
    assert set(arms) == some
    pace = results.given("school")[0]
    assert {arm.steps for arm in arms.values()} == {pace["steps"]}
    for name, arm in arms.items():
        assert arm.tokens == pytest.approx(pace["tokens_a_step"] * pace["steps"], rel=0.25), name
        assert f"acc_t2[lesson={UNSEEN}]" in arm.measures
        assert arm.measures["n"] == 2 * len(KINDS)

"""The study `tripost`: its orderings are about its arms, and a miniature of it runs from end to end."""

from pathlib import Path

import pytest

from schoolroom.studies.registry import find_study
from schoolroom.studies.runner import Setting, run_study
from schoolroom.studies.tripost import BESIDE_SECOND, SOLUTIONS, STUDY
from schoolroom.studies.tripost_tasks import MISTAKES, SEEN, UNSEEN, TripostPlan, course

PLAN = STUDY.plans["small"]


def test_it_is_found_and_its_orderings_are_about_its_arms() -> None:
    assert find_study("tripost") is STUDY
    sides = {side for ordering in STUDY.orderings(PLAN) for side in (ordering.better, ordering.worse)}
    assert {side for side in sides if isinstance(side, str)} <= set(STUDY.arms)
    assert set(STUDY.arms) <= {task.name for task in STUDY.tasks(PLAN)}


def test_unseen_sums_are_one_digit_longer_than_those_that_are_taught() -> None:
    lessons = course(PLAN)
    digits = {
        lesson: [
            len(part) for part in next(lessons.questions(lesson, part="exam")).text.split() if part.isdigit()
        ]
        for lesson in (SEEN, UNSEEN)
    }
    assert digits == {SEEN: [2, 2], UNSEEN: [3, 3]}


@pytest.mark.slow
def test_a_miniature_gives_all_arms_equal_steps_and_equal_numbers_of_mistakes(tmp_path: Path) -> None:
    plan = TripostPlan(
        digits=2,
        gold={SEEN: 40, UNSEEN: 4},
        base_steps=60,
        questions=16,
        iterations=2,
        first_steps=2,
        further_steps=1,
        batch_size=4,
        base_learning_rate=5e-3,
        exam={SEEN: 2, UNSEEN: 2},
        max_new_tokens=40,
        sizes={"hidden": 32, "layers": 1},
    )
    results = run_study(STUDY, plan, [0], tmp_path, Setting(workers=1, device="cpu"))
    assert (results.failed, results.missing) == ({}, ())
    arms = {name: by_seed[0] for name, by_seed in results.arms.items() if by_seed}
    assert set(arms) == {"iteration-1", "iteration-2", *BESIDE_SECOND, *SOLUTIONS}
    assert {arms[name].steps for name in ("iteration-2", *BESIDE_SECOND, *SOLUTIONS)} == {3}
    first, pace = arms["iteration-1"].tokens, results.given("common")[0]
    assert pace["numbers"]["improvement"] >= 1
    for name in (*MISTAKES, *SOLUTIONS):
        assert arms[name].tokens == pytest.approx(first + pace["tokens_a_step"], rel=0.5), name
    assert f"acc_t2[lesson={UNSEEN}]" in arms["tripost"].measures

"""The study of CITING: what its types and tasks are, and a miniature of the whole."""

from dataclasses import replace
from pathlib import Path

import pytest

from schoolroom.agents.criteria import CRITERIA as CHECKABLE
from schoolroom.studies.citing import STUDY
from schoolroom.studies.citing_tasks import CRITERIA, SHEETS, CitingPlan, course_of
from schoolroom.studies.runner import Setting, run_study

MINI = CitingPlan(
    types=7, held_out=1, gold=1, questions=1, exemplars=1, rounds=2, exam={"seen": 1, "held_out": 2},
    base_steps=3, steps=2, batch_size=2, max_new_tokens=8, sizes={"hidden": 16, "layers": 1},
)  # fmt: skip


def test_types_differ_by_name_and_rubric_and_follow_from_the_seed() -> None:
    plan = CitingPlan()
    course, seen, held_out = course_of(plan, 0)
    assert (len(seen), len(held_out)) == (plan.types, plan.held_out)
    assert not set(seen) & set(held_out)
    rubrics = [lesson.rubric for lesson in course.lessons]
    assert len({rubric.model_dump_json() for rubric in rubrics if rubric}) == len(rubrics)
    for lesson in course.lessons:
        assert lesson.rubric is not None
        assert 1 <= len(lesson.rubric.criteria) <= 3
    taught = [lesson.rubric for lesson in course.lessons if lesson.rubric and lesson.id in seen]
    assert {criterion.name for rubric in taught for criterion in rubric.criteria} == set(CRITERIA)
    assert course_of(plan, 0)[0] == course
    assert course_of(plan, 1)[0] != course


def test_every_plan_has_names_and_combinations_enough() -> None:
    for plan in STUDY.plans.values():
        course, _, _ = course_of(plan, 0)
        assert len(course.lessons) == plan.types + plan.held_out
    assert len(set(SHEETS)) == len(SHEETS)
    assert set(CRITERIA) <= set(CHECKABLE)


def test_every_arm_that_an_ordering_names_is_a_task_and_described() -> None:
    for plan in STUDY.plans.values():
        names = {task.name for task in STUDY.tasks(plan)}
        assert names - {"base"} == set(STUDY.arms)
        for ordering in STUDY.orderings(plan):
            assert {ordering.better, ordering.worse} <= names


@pytest.mark.slow
def test_a_miniature_trains_arms_for_as_many_steps_and_measures_them(tmp_path: Path) -> None:
    arms = ("citing-1", "citing-2", "sft", "rubric-only", "exam-other")  # the others differ in settings alone
    some = replace(
        STUDY, tasks=lambda plan: [task for task in STUDY.tasks(plan) if task.name in ("base", *arms)]
    )
    results = run_study(some, MINI, [0], tmp_path, Setting(workers=1, device="cpu"))
    assert results.failed == {}
    steps = {name: by_seed[0].steps for name, by_seed in results.arms.items()}
    assert steps.pop("citing-1") == 2
    assert steps == dict.fromkeys(arms[1:], 4)
    for by_seed in results.arms.values():
        measures = by_seed[0].measures
        assert {"criteria_t2", "criteria_t2[types=held_out]", "good_t2", "acc_t2"} <= set(measures)
    assert results.arms["citing-2"][0].measures["retrieved"] == 1.0
    assert results.arms["exam-other"][0].measures["retrieved"] == 0.0
    assert all(verdict.effect is None for verdict in results.verdicts)  # one seed

"""The numbers behind pictures, held against what is counted by hand or said by other commands."""

from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schoolroom.environments.mastery import unaided_answer
from schoolroom.plots.correction import FLOWS, CorrectionFlow, correction_flow, ribbons
from schoolroom.plots.curves import learning_curve
from schoolroom.plots.errors import error_dials
from schoolroom.plots.exams import compare_exams, student_name
from schoolroom.plots.lessons import course_of, lesson_standings
from schoolroom.plots.mastery import mastery_curves
from schoolroom.training.measures import mcnemar, measure
from schoolroom.transcripts.errors import BadInput, ConfigError
from schoolroom.transcripts.records import Checkpoint, Ending, Run
from schoolroom.transcripts.store import Store

from .conftest import Held


def test_lessons_stand_as_the_unaided_answers_say(held: Held) -> None:
    episodes = held.episodes(held.school)
    answers = [unaided_answer(episode.turns) for episode in episodes]
    first, second = lesson_standings(course_of(held.school), episodes)
    assert (first.lesson, first.state, first.episodes) == ("two-digit-no-carry", "taught", 30)
    assert (first.mastery.right, first.mastery.wrong) == (answers.count(True), answers.count(False))
    assert first.mean is not None
    assert first.interval[0] < first.mean < first.interval[1]
    assert (second.state, second.episodes, second.mean) == ("not_reached", 0, None)


def test_an_episode_that_is_open_or_cut_short_is_no_evidence(held: Held) -> None:
    episodes = held.episodes(held.school)
    short = Ending(kind="cut_short", reason="no answer")
    changed = [e.model_copy(update={"ending": None if i % 2 else short}) for i, e in enumerate(episodes)]
    standing = lesson_standings(held.course, changed)[0]
    assert (standing.episodes, standing.cut_short, standing.finished, standing.mean) == (30, 15, 0, None)
    assert mastery_curves(held.course, changed) == ()
    assert correction_flow(changed) == CorrectionFlow()
    assert error_dials(held.course, changed).dials == ()


def test_mastery_grows_answer_by_answer_to_where_the_lesson_stands(held: Held) -> None:
    episodes = held.episodes(held.school)
    (curve,) = mastery_curves(held.course, episodes)
    last = lesson_standings(held.course, episodes)[0]
    assert [point.right + point.wrong for point in curve.points] == list(range(1, 31))
    assert (curve.points[-1].mean, curve.points[-1].low) == (last.mean, last.interval[0])
    assert curve.mastered_after is None
    solved = [e.model_copy(update={"id": str(i)}) for i, e in enumerate(episodes) if unaided_answer(e.turns)]
    (better,) = mastery_curves(held.course, solved * 3)
    assert better.mastered_after is not None
    assert better.points[better.mastered_after - 1].low > better.threshold
    assert better.points[better.mastered_after - 2].low <= better.threshold


def test_exams_are_paired_as_the_measures_pair_them(held: Held) -> None:
    before, after = held.episodes(held.before), held.episodes(held.after)
    found = compare_exams([(held.before, before), (held.after, after)])
    assert [exam.student for exam in found.exams] == ["careless", "persistent"]
    assert [(row.slice, row.name) for row in found.rows] == [
        ("all", "all questions"),
        ("lesson", "two-digit-no-carry"),
        ("lesson", "two-digit"),
    ]
    assert found.exams[0].report == measure(before)
    assert found.rows[0].paired == (mcnemar(before, after),)
    lesson = [[e for e in side if e.question.lesson == "two-digit"] for side in (before, after)]
    assert found.rows[2].paired == (mcnemar(lesson[0], lesson[1]),)
    assert sum(row.paired[0].gained for row in found.rows[1:]) == found.rows[0].paired[0].gained


def test_exams_on_other_questions_are_refused(held: Held) -> None:
    with pytest.raises(BadInput, match="must put the same questions"):
        compare_exams(
            [(held.before, held.episodes(held.before)), (held.after, held.episodes(held.after)[1:])]
        )


def test_the_flow_of_an_exam_is_what_its_measures_say(held: Held) -> None:
    episodes = held.episodes(held.after)
    flow, report = correction_flow(episodes), measure(episodes)
    assert flow.n == report.n == 40
    assert flow.share("wrong_right") == report.wrong_to_right
    assert flow.share("right_wrong") == report.right_to_wrong
    assert flow.share("right_right", "right_wrong") == report.acc_t1
    assert flow.share("right_right", "wrong_right") == report.acc_t2
    assert flow.revised == round(report.revision_rate.value * report.n)


@given(*[st.integers(0, 1000)] * 4)
@settings(max_examples=60)
def test_ribbons_fill_both_sides_once_and_never_cross_their_own(a: int, b: int, c: int, d: int) -> None:
    flow = CorrectionFlow(right_right=a + 1, wrong_right=b, right_wrong=c, wrong_wrong=d)
    found = ribbons(flow, gap=0.1)
    assert [ribbon.flow for ribbon in found] == list(FLOWS)
    for side in ("first", "last"):
        spans = sorted(getattr(ribbon, side) for ribbon in found)
        assert spans[0][0] == 0.0
        assert spans[-1][1] == pytest.approx(1.0)
        assert sum(bottom - top for top, bottom in spans) == pytest.approx(0.9)
        assert all(one[1] <= other[0] + 1e-9 for one, other in pairwise(spans))


def test_an_exact_grader_never_errs_and_a_weak_teacher_does(held: Held) -> None:
    found = error_dials(held.course, held.episodes(held.school))
    dials = {(dial.seat, dial.says, dial.dial): dial for dial in found.dials}
    assert found.unchecked == 0
    grades = [dials["grader", "grades", dial] for dial in ("false_alarms", "missed_faults")]
    assert sum(dial.wrong for dial in grades) == 0
    assert sum(dial.rate.n for dial in grades) == 30
    feedback = [dials["teacher", "feedback", dial] for dial in ("false_alarms", "missed_faults")]
    assert all(dial.wrong > 0 for dial in feedback)
    assert all(dial.rate.low < dial.rate.value < dial.rate.high for dial in feedback)
    shown = dials["teacher", "demonstrations", "wrong_answers"]
    assert 0 < shown.wrong < shown.rate.n
    assert shown.persona == "weak@1"


def test_what_no_checker_knows_is_counted_apart(held: Held) -> None:
    episodes = held.episodes(held.school)
    lost = [
        e.model_copy(update={"question": e.question.model_copy(update={"subject": "word_sorting"})})
        for e in episodes
    ]
    found = error_dials(held.course, lost)
    assert found.dials == ()
    assert found.unchecked > 30


async def test_a_learning_curve_follows_the_checkpoints_back_to_the_first_model(
    held: Held, tmp_path: Path
) -> None:
    first = held.episodes(held.before)

    def exam(model: str) -> Run:
        seats = [{**seat, "model": model} for seat in held.before.plan["seats"] if seat["seat"] == "student"]
        plan = {**held.before.plan, "seats": seats}
        return held.before.model_copy(update={"plan": plan, "id": Run.id_of(plan, 0)})

    def checkpoint(name: str, parent: str | None) -> Checkpoint:
        return Checkpoint(
            id=name,
            path=f"out/{name}",
            parent=parent,
            recipe="r",
            examples=(),
            steps=50,
            tokens=1,
            seed=0,
            created=held.before.started - timedelta(hours=1),
        )

    runs = [exam(f"hf:{model}") for model in ("base#0", "out/one#1", "out/two#2", "other#3")]
    with Store.open(tmp_path / "curve.db") as store:
        store.add_checkpoint(checkpoint("one", "hf:base#0"))
        store.add_checkpoint(checkpoint("two", "one"))
        for run in runs:
            store.add_held(run)
            for episode in first[:3]:
                store.add_held(episode.model_copy(update={"run": run.id, "id": f"{run.id}-{episode.id}"}))
        found = learning_curve(store, runs[2])
        alone = learning_curve(store, runs[3])
    assert [(p.run, p.trained, p.steps, p.student) for p in found.points] == [
        (runs[0].id, 0, 0, "base"),
        (runs[1].id, 1, 50, "one"),
        (runs[2].id, 2, 100, "two"),
    ]
    assert found.points[1].report.n == 3
    assert (alone.name, [p.run for p in alone.points]) == ("other", [runs[3].id])


def test_a_curve_is_drawn_of_exams_alone_and_lessons_of_what_has_a_course(held: Held) -> None:
    with pytest.raises(ConfigError, match=r"is no exam \(simulation\)"):
        learning_curve(held.store, held.school)
    with pytest.raises(ConfigError, match="holds no course"):
        course_of(held.school.model_copy(update={"plan": {}}))
    assert student_name(held.school.model_copy(update={"plan": {}})) == "nobody"

"""The bench in miniature, nothing mocked: gold, training, tutoring, exam, and what is recorded of them."""

from pathlib import Path
from typing import Any

import pytest

from schoolroom.environments.course import load_course
from schoolroom.studies.bench import Bench, flatten
from schoolroom.studies.runner import Setting, run_study
from schoolroom.studies.study import Study, Task, arm
from schoolroom.training.checkpoints import read_checkpoint
from schoolroom.training.measures import measure
from schoolroom.training.recipes.rationale import rationale
from schoolroom.training.recipes.self_correction import self_correction
from schoolroom.transcripts.errors import ConfigError
from schoolroom.transcripts.records import Record, Role

COURSE = load_course("addition")
LESSON = "two-digit"

pytestmark = pytest.mark.slow


class Plan(Record):
    """Small enough to learn nothing."""

    steps: int = 3


def base(bench: Bench[Plan]) -> dict[str, Any]:
    gold = bench.demonstrate("gold", COURSE, {LESSON: 12})
    student = bench.new_student(hidden=16, layers=1, heads=2)
    bench.train("base", student, rationale(gold), steps=bench.plan.steps, batch_size=4)
    return {"episodes": len(gold)}


def tutored(bench: Bench[Plan], revisions: int) -> dict[str, Any]:
    start = bench.of("base") / "base"
    seats = [
        bench.student_seat(COURSE, start, max_new_tokens=24),
        bench.seat(COURSE, "exact", Role.TEACHER),
        bench.seat(COURSE, "exact", Role.GRADER),
    ]
    said = bench.teach("lessons", COURSE, "tutoring", seats, {LESSON: 6}, max_revisions=revisions)
    rows = [*self_correction(said), *rationale(bench.episodes("gold", "base"))]
    losses: list[tuple[float, float]] = []
    first = bench.train(
        "first", start, rows, steps=2, batch_size=4, on_step=lambda step, loss: losses.append((step, loss))
    )
    second = bench.train("second", Path(first.path), rows, steps=2, batch_size=4)
    report = bench.examine(Path(second.path), COURSE, {LESSON: 5}, max_new_tokens=24)
    assert measure(bench.episodes("exam")) == report
    return arm("tutored", [first, second], flatten(report), {"loss": losses})


STUDY = Study(
    name="miniature", title="", paper="", question="", plans={"small": Plan()},
    tasks=lambda plan: [
        Task("base", base), Task("tutored", tutored, {"revisions": 0}, ("base",)),
    ],
    orderings=lambda plan: [], arms={"tutored": ""},
)  # fmt: skip


def test_a_study_in_miniature(tmp_path: Path) -> None:
    results = run_study(STUDY, Plan(), [4], tmp_path, Setting(workers=1))
    assert not results.failed
    assert results.given("base") == {4: {"episodes": 12}}
    found = results.arms["tutored"][4]
    assert found.steps == 4
    assert found.tokens > 0
    assert [x for x, _ in found.curves["loss"]] == [1.0, 2.0]
    assert found.measures["n"] == found.measures[f"n[lesson={LESSON}]"] == 5
    assert found.measures["acc_t1[tier=basic]"] == found.measures["acc_t1"]

    out = tmp_path / "seed-4"
    bench: Bench[Plan] = Bench(Plan(), 4, out, "tutored")
    first, second = (read_checkpoint(bench.folder / name) for name in ("first", "second"))
    with bench.store() as store:
        assert store.checkpoint(second.id) == second
        assert second.parent == first.id
        stored = {row.id: row for row in store.examples(checkpoint=first.id)}
        rows = [stored[id_] for id_ in first.examples]
        assert {row.recipe for row in rows} >= {"rationale"}
        assert store.episode(rows[-1].sources[0].episode).script in ("demonstration", "tutoring")
        assert {run.kind for run in store.runs()} == {"simulation", "exam"}
    with pytest.raises(ConfigError, match="'tutored' asks for the result of 'bass', which has not ended"):
        bench.result("bass")
    again = bench.train("first", bench.of("base") / "base", rows, steps=2, batch_size=4)
    assert again == first  # as it was: training it again would have given another time
    with pytest.raises(ConfigError, match="task 'tutored' holds no run 'exams'; did you mean 'exam'"):
        bench.episodes("exams")
    with pytest.raises(ConfigError, match="there is nothing to train 'third' on"):
        bench.train("third", out, [], steps=1)

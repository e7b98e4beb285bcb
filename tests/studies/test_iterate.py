"""Iterations in miniature, nothing mocked: what is trained on what, and how they go on where they stopped."""

import shutil
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from schoolroom.agents.seating import take_seat
from schoolroom.agents.seats import Seat
from schoolroom.environments.course import load_course
from schoolroom.studies.bench import NEW
from schoolroom.studies.iterate import Iteration, IterationsReport, IterationsWatcher, run_iterations
from schoolroom.studies.iterate_plan import IterationsPlan
from schoolroom.training.checkpoints import read_checkpoint
from schoolroom.training.identity import model_name
from schoolroom.transcripts.errors import (
    CheckpointError,
    ConfigError,
    SeatError,
    StoreError,
    TrainingError,
    UnknownName,
)
from schoolroom.transcripts.records import Episode, Role
from schoolroom.transcripts.store import Store

OUT = Path("out")
COURSE = load_course("addition").only(["two-digit"])
PLAN = IterationsPlan(
    course=COURSE,
    student=NEW,
    script="tutoring",
    each={"max_revisions": (0, 1)},
    recipe="self_correction",
    gold=6,
    episodes=12,
    max_new_tokens=12,
    steps=2,
    gold_steps=3,
    training={"batch_size": 4},
    exam=4,
    iterations=2,
)


class Interrupted(Exception):
    """Somebody pulled the plug."""


class Watching(IterationsWatcher):
    """Remembers what it was told; pulls the plug when something has happened so often in a stage."""

    def __init__(self, stage: str = "", after: int = 0) -> None:
        self._stage, self._after = stage, after
        self.stage = ""
        self.steps: Counter[str] = Counter()
        self.held: Counter[str] = Counter()
        self.kept: Counter[str] = Counter()
        self.resumed: list[bool] = []

    def stage_began(self, name: str) -> None:
        self.stage = name

    def stepped(self, step: int, steps: int, loss: float) -> None:
        self.steps[self.stage] += 1
        self._pull(self.steps)

    def episode_ended(self, episode: Episode, *, resumed: bool) -> None:
        (self.kept if resumed else self.held)[self.stage] += 1
        self._pull(self.held)

    def iteration_ended(self, iteration: Iteration, *, resumed: bool) -> None:
        self.resumed.append(resumed)

    def _pull(self, counted: Counter[str]) -> None:
        if self.stage == self._stage and counted[self.stage] == self._after:
            raise Interrupted


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.fixture(scope="module")
def student(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A student that is far too small to learn anything."""
    from schoolroom.training.student import new_student

    folder = tmp_path_factory.mktemp("student")
    new_student(seed=1, hidden=16, layers=1, heads=2).save(folder)
    return folder


def plan_of(student: Path) -> IterationsPlan:
    """The plan with this student, copied to the working directory."""
    shutil.copytree(student, "given", dirs_exist_ok=True)
    return PLAN.model_copy(update={"student": model_name(Path("given"))})


def seats() -> list[Seat]:
    return [
        take_seat("exact", name=role.value, role=role, checkers=COURSE.checker)
        for role in (Role.TEACHER, Role.GRADER)
    ]


def run(plan: IterationsPlan = PLAN, watcher: Watching | None = None, **rest: Any) -> IterationsReport:
    return run_iterations(plan, seats(), OUT, watcher, concurrency=4, **rest)


def said(report: IterationsReport, name: str) -> dict[str, list[str]]:
    with Store.open(OUT / "schoolroom.db") as store:
        found = list(store.episodes(run=report.runs[name], calls=False))
    return {episode.question.text: [turn.text for turn in episode.turns] for episode in found}


NAMES = ("gold", "iteration 1", "iteration 2", "exam 0", "exam 1", "exam 2")


@pytest.fixture(scope="module")
def whole(
    student: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[IterationsReport, dict[str, Any], Watching]:
    """Iterations that nothing interrupted: their report, and what was said."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("whole"))
        watcher = Watching()
        report = run(plan_of(student), watcher)
        return report, {name: said(report, name) for name in NAMES}, watcher


@pytest.mark.slow
def test_each_student_goes_on_from_the_last(whole: Any, student: Path) -> None:
    report, words, watcher = whole
    first, one, two = report.iterations
    assert watcher.steps == {"training 1": 2, "training 2": 2}
    assert [i.steps for i in report.iterations] == [0, 2, 2]
    assert (first.model, first.checkpoint, first.rows) == (plan_of(student).student, None, {})
    for iteration in (one, two):
        assert iteration.episodes == 12
        assert not iteration.cut_short
        assert iteration.rows["attempt"] == 12 + 6, "the gold is among them"
        assert iteration.rows["feedback"] >= 12
    assert not words["iteration 1"].keys() & words["iteration 2"].keys(), "each iteration has questions anew"
    assert words["exam 0"].keys() == words["exam 1"].keys() == words["exam 2"].keys()
    assert all(i.exam and i.exam.n == 4 for i in report.iterations)
    assert report.test
    assert report.test.n == 4


@pytest.mark.slow
@pytest.mark.parametrize(
    ("stage", "after"),
    [("gold", 3), ("school 2", 5), ("training 2", 1), ("exam 2", 2)],
)
def test_interrupted_anywhere_it_ends_as_if_nothing_had_happened(
    whole: Any, student: Path, stage: str, after: int
) -> None:
    report, words, uninterrupted = whole
    first, then = Watching(stage, after), Watching()
    with pytest.raises(Interrupted):
        run(plan_of(student), first)
    resumed = run(plan_of(student), then)
    assert {name: said(resumed, name) for name in NAMES} == words
    plain = resumed.model_copy(update={"seconds": report.seconds, "database": report.database})
    assert plain == report
    assert then.kept[stage] >= after or stage.startswith("training")
    for name, number in uninterrupted.held.items():
        assert first.held[name] + then.held[name] <= number + 4, name  # four are under way at once
    again = 1 if stage == "training 2" else 0  # a training that was cut short begins anew
    assert (first.steps + then.steps).total() == uninterrupted.steps.total() + again
    assert then.resumed == ([True, False, False] if stage == "gold" else [True, True, False])
    one, two = (read_checkpoint(OUT / f"iteration-{number}") for number in (1, 2))
    assert (one.parent, two.parent) == (plan_of(student).student, one.id)


@pytest.mark.slow
def test_what_has_ended_is_done_once_and_a_changed_plan_is_refused(student: Path) -> None:
    plan = plan_of(student)
    run(plan.model_copy(update={"iterations": 1}))
    for changed, words in (
        ({"steps": 3}, "steps is 3, but was 2"),
        ({"settings": {"max_revisions": 1}}, "settings.max_revisions is 1, but was not given"),
        ({"details": {"llm": None}}, "details.llm is null, but was not given"),
        ({"each": {"max_revisions": (0, 2)}}, "each.max_revisions.1 is 2, but was 1"),
    ):
        with pytest.raises(ConfigError, match=f"holds iterations of another plan: {words}"):
            run(plan.model_copy(update=changed))
    then = Watching()
    run(plan, then)  # one more
    assert then.resumed == [True, True, False]
    assert then.steps == {"training 2": 2}
    again = Watching()
    run(plan, again)
    assert again.resumed == [True, True, True]
    assert not again.steps
    assert not again.held
    (OUT / "iteration-1" / "model.safetensors").write_bytes(b"other")
    with pytest.raises(CheckpointError, match="has changed since"):
        run(plan)


@pytest.mark.slow
def test_a_new_student_is_trained_on_the_gold_first() -> None:
    watcher = Watching()
    first, one = run(PLAN.model_copy(update={"iterations": 1, "exam": 0}), watcher).iterations
    assert watcher.steps == {"training 0": 3, "training 1": 2}
    assert (first.episodes, first.rows, first.steps) == (6, {"attempt": 6}, 3)
    lineage = [read_checkpoint(OUT / f"iteration-{number}") for number in (0, 1)]
    assert [checkpoint.parent for checkpoint in lineage] == [None, first.checkpoint]
    assert lineage[1].settings["learning_rate"] == 2e-3, "the usual one of small students"
    assert one.exam is None


@pytest.mark.slow
def test_the_golds_rationales_join_the_rows_of_a_recipe_that_makes_nothing_of_gold(student: Path) -> None:
    citing = {"script": "citing", "recipe": "citing", "settings": {"rubric_by": None}}
    each = {"own_revisions": (0, 1)}
    plan = plan_of(student).model_copy(update={**citing, "each": each, "exam_script": "citing_exam"})
    plan = plan.model_copy(update={"exam_settings": {"rubric_by": None}})
    report = run(plan)
    assert [i.rows for i in report.iterations[1:]] == [{"revision": 12, "attempt": 6}] * 2
    assert all(len(words) > 4 for words in said(report, "iteration 2").values()), "own revisions"
    useless = plan.model_copy(update={"recipe": "tripost", "exam": 0})
    with pytest.raises(TrainingError, match="recipe 'tripost' makes no rows of what was said"):
        run_iterations(useless, seats(), Path("useless"))


@pytest.mark.slow
def test_a_classroom_in_which_nobody_can_speak_ends_the_iterations(student: Path) -> None:
    changed = {"script": "tripost", "each": {}, "settings": {"editor": "nobody"}, "exam": 0}
    with pytest.raises(SeatError, match=r"iteration 1: every episode was cut short: .*nobody"):
        run(plan_of(student).model_copy(update=changed))


@pytest.mark.parametrize(
    ("changed", "error", "words"),
    [
        ({"gold": 0}, ConfigError, "a new student knows nothing"),
        ({"script": "tripos"}, UnknownName, "did you mean 'tripost'"),
        ({"recipe": "tripos"}, UnknownName, "did you mean 'tripost'"),
        ({"recipe_settings": {"wieghts": 1}}, ConfigError, "did you mean 'weights'"),
        ({"each": {"max_revisions": (0, "x")}}, ConfigError, "'max_revisions' of script 'tutoring' is 'x'"),
        ({"each": {"max_revisions": ()}}, ConfigError, "'max_revisions' has no value for any iteration"),
        ({"exam_settings": {"revisions": 1}}, ConfigError, "unknown setting 'revisions' of script 'exam'"),
    ],
)
def test_what_is_wrong_with_a_plan_is_found_before_any_work(
    changed: dict[str, Any], error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        run(PLAN.model_copy(update=changed))
    assert not OUT.exists()


def test_a_folder_that_cannot_be_used_is_refused() -> None:
    OUT.mkdir()
    (OUT / "notes.txt").write_text("mine")
    with pytest.raises(ConfigError, match="'out' is not empty, and holds no iterations"):
        run()
    (OUT / "plan.json").write_text("{")
    with pytest.raises(ConfigError, match=r"plan\.json' is damaged"):
        run()
    (OUT / "plan.json").unlink()
    (OUT / "notes.txt").unlink()
    OUT.rmdir()
    OUT.write_text("a file")
    with pytest.raises(ConfigError, match=r"'out.*' cannot be written"):
        run()


def test_a_password_is_not_written_down() -> None:
    plan = PLAN.model_copy(update={"database": "postgresql+psycopg://me:secret@127.0.0.1:1/none"})
    with pytest.raises(StoreError, match="none"):
        run(plan)
    kept = (OUT / "plan.json").read_text()
    assert "secret" not in kept
    assert "postgresql+psycopg://me:***@127.0.0.1:1/none" in kept

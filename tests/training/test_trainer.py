"""Teaching: exact steps, weights that count, the same weights for the same seed, and no noise."""

import gc
import warnings
from collections.abc import Iterator

import pytest
import torch

from schoolroom.training import trainer as module
from schoolroom.training.devices import pick_compute
from schoolroom.training.student import Student, new_student
from schoolroom.training.trainer import Lora, Progress, TrainingReport, train
from schoolroom.transcripts.errors import ConfigError, MaskError, TrainingError
from schoolroom.transcripts.generation import Request
from schoolroom.transcripts.records import Example, ExampleMessage, Message


@pytest.fixture(scope="module", autouse=True)
def _quick_collections() -> Iterator[None]:
    """accelerate collects garbage before each training: a quarter of a second over all that is imported."""
    gc.freeze()
    yield
    gc.unfreeze()


def small(seed: int = 0) -> Student:
    return new_student(seed=seed, hidden=32, layers=1, heads=2, context=128)


def example(asked: str, reply: str, weight: float = 1.0) -> Example:
    messages = (
        ExampleMessage(role="user", content=asked),
        ExampleMessage(role="assistant", content=reply, weight=weight),
    )
    return Example.make(recipe="r", kind="attempt", messages=messages, question=asked, lesson="l")


ROWS = [example(str(i), "ab" * (i % 4 + 1)) for i in range(10)]


def weights_of(student: Student) -> torch.Tensor:
    return torch.cat([p.detach().flatten() for p in student.model.parameters()])


def taught(rows: list[Example] = ROWS, *, steps: int = 6, seed: int = 0) -> tuple[Student, TrainingReport]:
    student = small()
    return student, train(student, rows, steps=steps, batch_size=4, seed=seed)


@pytest.mark.slow
def test_a_student_learns_what_it_is_taught() -> None:
    student = small()
    rows = [example("say", "yes"), example("tell", "no")]
    report = train(student, rows, steps=60, batch_size=4, seed=0, learning_rate=1e-2)
    asked = [Request(messages=(Message(role="user", content=c),), max_new_tokens=8) for c in ("say", "tell")]
    assert [said.text for said in student.generate(asked)] == ["yes", "no"]
    assert report.losses[-1] < 0.1 < report.losses[0]


def test_the_report_counts_steps_and_tokens() -> None:
    student, report = taught([example("a", "bcd")], steps=5)
    assert (report.steps, len(report.losses), report.dropped) == (5, 5, 0)
    assert report.tokens == 5 * 4 * len("bcd<") == 80  # the end token is learnt too
    assert report.seconds > 0
    assert student.name == "new"
    assert not student.model.training


def test_the_same_seed_gives_the_same_weights() -> None:
    first, again, other = taught(seed=1), taught(seed=1), taught(seed=2)
    assert torch.equal(weights_of(first[0]), weights_of(again[0]))
    assert first[1].losses == again[1].losses
    assert not torch.equal(weights_of(first[0]), weights_of(other[0]))


def test_rows_in_the_given_order_are_taken_in_it() -> None:
    rows = [example("a", "b"), example("a", "c" * 30)]
    student = small()
    tokens: list[float] = []
    report = train(
        student,
        rows,
        steps=4,
        batch_size=1,
        seed=0,
        order="given",
        on_step=lambda progress: tokens.append(progress.loss),
    )
    assert report.tokens == 2 * (2 + 31)
    assert tuple(tokens) == report.losses


def test_weight_scales_a_row_against_the_others_and_a_weight_of_all_changes_nothing() -> None:
    light, heavy = example("a", "bb", 1.0), example("c", "dd", 3.0)
    alike = taught([example("a", "bb", 2.0), example("c", "dd", 6.0)])
    assert torch.allclose(weights_of(taught([light, heavy])[0]), weights_of(alike[0]), atol=1e-6)
    even = taught([light, example("c", "dd", 1.0)])
    assert not torch.allclose(weights_of(alike[0]), weights_of(even[0]), atol=1e-6)


def test_parts_of_a_batch_give_the_gradient_of_the_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = taught(steps=1)
    monkeypatch.setattr(module, "SPLIT_COST", 0)
    parts = taught(steps=1)
    assert parts[1].losses[0] == pytest.approx(whole[1].losses[0], abs=1e-5)
    assert parts[1].tokens == whole[1].tokens
    assert torch.allclose(weights_of(parts[0]), weights_of(whole[0]), atol=1e-5)


def test_progress_is_told_after_each_step_and_nothing_is_printed(capfd: pytest.CaptureFixture[str]) -> None:
    seen: list[Progress] = []
    train(small(), ROWS, steps=20, batch_size=2, seed=0, learning_rate=0.01, on_step=seen.append)
    assert [p.step for p in seen] == list(range(1, 21))
    assert {p.steps for p in seen} == {20}
    assert max(p.learning_rate for p in seen) == pytest.approx(0.01, rel=0.02)
    assert seen[-1].learning_rate < 1e-6
    assert capfd.readouterr() == ("", "")


def test_a_constant_schedule_stays() -> None:
    seen: list[Progress] = []
    train(small(), ROWS, steps=5, batch_size=2, seed=0, schedule="constant", on_step=seen.append)
    assert {p.learning_rate for p in seen} == {2e-3}


def test_a_lost_loss_stops_training() -> None:
    student = small()
    with torch.no_grad():
        student.model.get_parameter("model.embed_tokens.weight").fill_(float("nan"))
    with pytest.raises(TrainingError, match="the loss is nan at step 1; a lower learning_rate"):
        train(student, ROWS, steps=3, batch_size=2, seed=0)


def test_rows_without_loss_or_too_long_are_refused_or_counted() -> None:
    with pytest.raises(MaskError):
        train(small(), [example("a", "b", 0.0)], steps=1, seed=0)
    long = example("a", "b" * 200)
    with pytest.raises(TrainingError, match="too_long='drop'"):
        train(small(), [*ROWS, long], steps=1, seed=0)
    assert train(small(), [*ROWS, long], steps=1, seed=0, too_long="drop").dropped == 1


@pytest.mark.parametrize(
    "settings", [{"steps": 0}, {"batch_size": 0}, {"learning_rate": 0.0}, {"warmup": -1}]
)
def test_settings_out_of_range_are_refused(settings: dict[str, int]) -> None:
    with pytest.raises(ConfigError, match="training needs steps >= 1"):
        train(small(), ROWS, **{"steps": 1, "seed": 0, **settings})  # type: ignore[arg-type]


def test_adapters_change_the_model_and_leave_an_ordinary_one() -> None:
    warnings.simplefilter("ignore", FutureWarning)  # peft asks transformers by an older name
    student = small()
    before = weights_of(student)
    train(student, ROWS, steps=3, batch_size=4, seed=0, lora=Lora(rank=2))
    after = weights_of(student)
    assert after.shape == before.shape
    assert not torch.equal(after, before)
    name = "model.embed_tokens.weight"
    assert torch.equal(student.model.get_parameter(name), small().model.get_parameter(name))


def test_no_optimizer_outlives_its_training() -> None:
    gc.collect()
    gc.disable()
    try:
        taught(steps=2)
        assert not [found for found in gc.get_objects() if isinstance(found, torch.optim.Optimizer)]
    finally:
        gc.enable()


def test_training_in_bf16_leaves_the_model_as_it_was_made() -> None:
    plain = small()
    compute = pick_compute(plain.parameters, device="cpu", precision="bf16")
    student = Student(plain.model, plain.chat.tokenizer, name="new", compute=compute)
    for _ in range(2):
        train(student, ROWS, steps=2, batch_size=4, seed=0)
    assert "forward" not in vars(student.model)
    with torch.inference_mode():
        said = student.speaker()(input_ids=torch.tensor([[7, 8, 9]])).logits
    assert said.dtype == torch.bfloat16

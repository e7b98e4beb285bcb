"""The embedded student, loading and saving, and requests that cannot be met."""

import os
from pathlib import Path

import pytest
import torch

from schoolroom.training import student as module
from schoolroom.training.devices import pick_compute
from schoolroom.training.student import Student, new_student
from schoolroom.transcripts.errors import CheckpointError, ConfigError, ModelRefused
from schoolroom.transcripts.generation import Generator, Request
from schoolroom.transcripts.records import Message


def request(text: str, *, tokens: int = 12, temperature: float = 1.0, seed: int = 0) -> Request:
    message = Message(role="user", content=text)
    return Request(messages=(message,), max_new_tokens=tokens, temperature=temperature, seed=seed)


def small(seed: int = 0, *, hidden: int = 16, layers: int = 1, heads: int = 2, context: int = 64) -> Student:
    return new_student(seed=seed, hidden=hidden, layers=layers, heads=heads, context=context)


def embeddings(student: Student) -> torch.Tensor:
    return student.model.get_parameter("model.embed_tokens.weight")


def test_the_embedded_student_has_about_half_a_million_parameters() -> None:
    student = new_student(seed=0)
    assert 450_000 < student.parameters < 550_000
    assert student.name == "new"
    assert next(student.model.parameters()).dtype == torch.float32


def test_weights_follow_from_the_seed_and_nothing_else_is_touched() -> None:
    torch.manual_seed(5)
    expected = torch.rand(1)
    torch.manual_seed(5)
    first, again, other = small(1), small(1), small(2)
    assert torch.rand(1) == expected
    weights = [embeddings(student) for student in (first, again, other)]
    assert torch.equal(weights[0], weights[1])
    assert not torch.equal(weights[0], weights[2])


def test_answers_come_in_order_whatever_the_lengths_and_batches() -> None:
    student = small()
    requests = [request("x" * (37 * i % 23 + 1), seed=i, temperature=float(i % 2)) for i in range(20)]
    generator: Generator = student
    together = generator.generate(requests)
    assert together == [student.generate([r])[0] for r in requests]
    assert [g.prompt_tokens for g in together] == [len(r.messages[0].content) + 3 for r in requests]
    assert all(0 <= g.completion_tokens <= 12 for g in together)
    student.batch_size = 3
    assert student.generate(requests) == together
    assert student.generate([]) == []


def test_batches_are_as_small_as_memory_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    student = small()
    requests = [request("x" * i, seed=i) for i in range(1, 6)]
    together = student.generate(requests)
    monkeypatch.setattr(module, "CACHE_BYTES", 1)
    assert student._batches([[1]] * 5, requests) == [[0], [1], [2], [3], [4]]
    assert student.generate(requests) == together


def test_prompts_of_other_lengths_are_no_company(monkeypatch: pytest.MonkeyPatch) -> None:
    student = small()
    prompts = [[1] * 5, [1] * 40, [1] * 6, [1] * 41]
    requests = [request("x", seed=i) for i in range(4)]
    assert student._batches(prompts, requests) == [[3, 1, 2, 0]]
    monkeypatch.setitem(module.SPLIT_COST, "cpu", 60)
    assert student._batches(prompts, requests) == [[3, 1], [2, 0]]
    monkeypatch.setitem(module.PROMPT_TOKENS, "cpu", 41)
    assert student._batches(prompts, requests) == [[3], [1], [2, 0]]


def test_a_copy_is_taught_apart() -> None:
    student = small()
    copied = student.copy()
    with torch.no_grad():
        embeddings(copied).zero_()
    assert embeddings(student).abs().sum() > 0
    assert copied.name == student.name


def test_what_is_saved_loads_as_the_same_student(tmp_path: Path) -> None:
    student = small()
    folder = tmp_path / "a" / "b"
    student.save(folder)
    assert student.name.startswith(f"hf:{folder}#")
    requests = [request("7+5=", seed=i) for i in range(4)]
    for where in (folder, str(folder), f"hf:{folder}", student.name):
        loaded = Student.load(where)
        assert loaded.name == student.name
        assert loaded.context == 64
        assert loaded.generate(requests) == student.generate(requests)


def test_a_prompt_that_fills_the_context_is_refused_and_a_reply_stops_at_its_end() -> None:
    student = small()
    with pytest.raises(ModelRefused, match="the prompt has 64 tokens, but new reads 64 in all"):
        student.generate([request("x" * 61)])
    assert student.generate([request("x" * 60, tokens=50)])[0].completion_tokens <= 1


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda path: None, "there is no model folder or GGUF file"),
        (lambda path: path.mkdir(), "neither config.json nor a GGUF file"),
        (lambda path: _write(path / "config.json", "{"), "cannot be loaded as a causal language model"),
        (
            lambda path: [_write(path / name, "") for name in ("a.gguf", "b.gguf")],
            "2 GGUF files; name one of them",
        ),
        (lambda path: _write(path / "a.gguf", "nonsense"), "cannot be loaded as a causal language model"),
    ],
)
def test_what_is_no_model_is_one_clear_sentence(tmp_path: Path, make: object, reason: str) -> None:
    path = tmp_path / "model"
    assert callable(make)
    make(path)
    with pytest.raises(CheckpointError, match=reason) as caught:
        Student.load(path)
    assert "\n" not in str(caught.value)


def test_a_missing_package_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import transformers

    def refuse(*_: object, **__: object) -> None:
        raise ImportError("no gguf")

    monkeypatch.setattr(transformers.AutoModelForCausalLM, "from_pretrained", refuse)
    with pytest.raises(CheckpointError, match=r"no gguf\)\. pip install 'schoolroom\[gguf\]'"):
        Student.load(_write(tmp_path / "a.gguf", ""))


def test_damaged_and_missing_weights_are_found(tmp_path: Path) -> None:
    from safetensors.torch import load_file, save_file

    small().save(tmp_path)
    weights = load_file(tmp_path / "model.safetensors")
    name = next(name for name in weights if "q_proj" in name)
    del weights[name]
    save_file(weights, tmp_path / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(CheckpointError, match=f"lacks 1 of the model's weights, '{name}' first"):
        Student.load(tmp_path)
    (tmp_path / "model.safetensors").write_bytes(b"\x00" * 100)
    with pytest.raises(CheckpointError, match="cannot be loaded"):
        Student.load(tmp_path)


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(CheckpointError, match="cannot be saved"):
        small().save(tmp_path / "file" / "model")


@pytest.mark.parametrize("sizes", [{"hidden": 0}, {"hidden": 20, "heads": 4}, {"layers": 0}, {"context": 0}])
def test_sizes_that_do_not_go_together_are_refused(sizes: dict[str, int]) -> None:
    with pytest.raises(ConfigError, match="a student needs positive sizes"):
        small(**sizes)


def test_the_device_is_what_there_is() -> None:
    before = torch.get_num_threads()
    try:
        assert pick_compute(1000, device="cpu").threads == 1
        assert pick_compute(10**9, device="cpu").threads == os.cpu_count()
        assert pick_compute(10**9, device="cpu").precision == "fp32"
        assert pick_compute(1000, device="cpu", threads=2).threads == torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)
    with pytest.raises(ConfigError, match="device 'tpu' cannot be used here"):
        pick_compute(1000, device="tpu")
    with pytest.raises(ConfigError, match="threads must be at least 1"):
        pick_compute(1000, device="cpu", threads=0)


def test_in_bf16_a_student_says_what_its_weights_have_learnt_last() -> None:
    plain = small()
    compute = pick_compute(plain.parameters, device="cpu", precision="bf16")
    student = Student(plain.model, plain.chat.tokenizer, name="x", compute=compute)
    before = student.generate([request("7+5=")])
    assert student.speaker().dtype == torch.bfloat16
    assert {weight.dtype for weight in student.model.parameters()} == {torch.float32}
    with torch.no_grad():
        for weight in student.model.parameters():
            weight.neg_()
    after = student.generate([request("7+5=")])
    assert before != after == student.copy().generate([request("7+5=")])


def _write(path: Path, text: str) -> Path:
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    return path

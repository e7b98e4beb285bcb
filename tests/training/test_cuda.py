"""What holds on a GPU: the same words as on the CPU, and the same training."""

from typing import Any

import numpy as np
import pytest
import torch

from schoolroom.training.decoding import Row, decode
from schoolroom.training.student import Student, new_student
from schoolroom.training.trainer import train
from schoolroom.transcripts.generation import Request
from schoolroom.transcripts.records import Example, ExampleMessage, Message

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU that torch can use")


def rows(count: int) -> list[Row]:
    rng = np.random.default_rng(0)
    prompts = [rng.integers(6, 100, size=rng.integers(1, 90)).tolist() for _ in range(count)]
    return [
        Row(prompt, int(rng.integers(1, 300)), float(seed % 2), seed) for seed, prompt in enumerate(prompts)
    ]


def examples(count: int) -> list[Example]:
    return [
        Example.make(
            recipe="sums",
            kind="attempt",
            question=str(n),
            lesson="sums",
            messages=(
                ExampleMessage(role="user", content=f"{n}+{n}="),
                ExampleMessage(role="assistant", content=str(2 * n) * (1 + n % 5), weight=1.0),
            ),
        )
        for n in range(count)
    ]


def on(device: str, **settings: Any) -> Student:
    return new_student(seed=3, hidden=32, layers=2, heads=2, context=512, device=device, **settings)


def test_words_are_those_of_the_cpu() -> None:
    asked = rows(40)
    said = [decode(on(device).model, asked, pad=0, stops=frozenset({5})) for device in ("cuda", "cpu")]
    same = [a == b for a, b in zip(*said, strict=True)]
    assert sum(same) >= 38  # rounding may turn a draw that falls on a border


def test_company_changes_nothing() -> None:
    student = on("cuda")
    requests = [
        Request(
            messages=(Message(role="user", content="7+" * n),),
            max_new_tokens=3 * n,
            temperature=n % 2,
            seed=n,
        )
        for n in range(1, 30)
    ]
    alone = [student.generate([request])[0] for request in requests]
    assert sum(a == b for a, b in zip(alone, student.generate(requests), strict=True)) >= 28


@pytest.mark.parametrize("precision", ["fp32", "bf16"])
def test_training_goes_as_on_the_cpu(precision: Any) -> None:
    there, here = (
        train(on(device, precision=precision), examples(64), steps=20, seed=0, batch_size=8).losses
        for device in ("cuda", "cpu")
    )
    assert there[-1] < there[0]
    assert there == pytest.approx(here, abs=1e-3 if precision == "fp32" else 0.1)


def test_a_student_in_bf16_says_what_it_has_learnt_last() -> None:
    student = on("cuda", precision="bf16")
    asked = [Request(messages=(Message(role="user", content="7+7="),), max_new_tokens=4)]
    before = student.generate(asked)[0].text
    train(student, examples(8), steps=100, seed=0, batch_size=8, learning_rate=1e-2)
    assert before != student.generate(asked)[0].text == "1414"

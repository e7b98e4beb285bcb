"""Batched decoding: greedy as `model.generate`, sampled from the model, alone or in company."""

from functools import wraps
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from schoolroom.training.decoding import Row, decode, uniforms
from schoolroom.training.student import Student, new_student

PAD = 0


@pytest.fixture(scope="module")
def student() -> Student:
    """Without training; its logits differ enough to show."""
    return new_student(seed=3, hidden=16, layers=2, heads=2, context=256)


def rows(count: int, temperature: float = 1.0) -> list[Row]:
    rng = np.random.default_rng(0)
    prompts = [rng.integers(6, 100, size=rng.integers(1, 30)).tolist() for _ in range(count)]
    return [Row(prompt, int(rng.integers(1, 60)), temperature, seed) for seed, prompt in enumerate(prompts)]


def test_draws_follow_from_seed_and_step_alone_and_are_uniform() -> None:
    draws = uniforms(range(2000), 50)
    assert (uniforms([7, 1999], 20) == draws[[7, 1999], :20]).all()
    assert 0 < draws.min() < draws.max() < 1
    assert abs(draws.mean() - 0.5) < 0.005
    assert len(np.unique(draws)) == draws.size
    assert abs(np.corrcoef(draws[:-1].ravel(), draws[1:].ravel())[0, 1]) < 0.02
    assert uniforms([2**63 - 1, 0], 1).shape == (2, 1)


def test_who_shares_the_batch_changes_nothing(student: Student) -> None:
    asked = rows(20) + rows(5, temperature=0.0)
    together = decode(student.model, asked, pad=PAD, stops=frozenset({5}))
    alone = [decode(student.model, [row], pad=PAD, stops=frozenset({5}))[0] for row in asked]
    assert together == alone
    assert decode(student.model, asked[::-1], pad=PAD, stops=frozenset({5})) == alone[::-1]


@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_no_company_changes_what_a_row_says(student: Student, data: st.DataObject) -> None:
    def row(prompt: list[int]) -> st.SearchStrategy[Row]:
        tokens = st.lists(st.integers(6, 100), min_size=1, max_size=20).map(lambda rest: prompt + rest)
        return st.builds(Row, tokens, st.integers(1, 20), st.sampled_from([0.0, 1.0]), st.integers(0, 9))

    shared = list(range(6, data.draw(st.integers(6, 90))))  # some batches read it once, some do not
    company = data.draw(st.lists(row(shared), min_size=1, max_size=8))
    strangers = data.draw(st.lists(row([]), max_size=2))
    asked = data.draw(st.permutations(company + strangers))
    together = decode(student.model, asked, pad=PAD, stops=frozenset({5}))
    assert together == [decode(student.model, [row], pad=PAD, stops=frozenset({5}))[0] for row in asked]


def test_what_all_prompts_begin_with_is_read_once(student: Student, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[tuple[int, ...]] = []
    model: Any = student.model
    with monkeypatch.context() as patched:
        forward = model.forward

        @wraps(forward)
        def counted(*args: Any, **kwargs: Any) -> Any:
            read.append(tuple(kwargs["input_ids"].shape))
            return forward(*args, **kwargs)

        patched.setattr(model, "forward", counted)
        system = list(range(10, 90))
        asked = [Row([*system, *range(20, 20 + n)], 5, 0.0, n) for n in (1, 3, 2, 9, 4)]
        together = decode(model, asked, pad=PAD, stops=frozenset())
        assert read[:2] == [(1, 80), (5, 9)]
        read.clear()
        decode(model, asked[:2], pad=PAD, stops=frozenset())  # 80 tokens saved are not worth a forward pass
        assert read[0] == (2, 83)
    assert together == [decode(model, [row], pad=PAD, stops=frozenset())[0] for row in asked]


def test_greedy_is_what_generate_gives(student: Student) -> None:
    model: Any = student.model
    for row in rows(6, temperature=0.0):
        ids = torch.tensor([list(row.tokens)])
        reference = model.generate(
            ids,
            attention_mask=torch.ones_like(ids),
            max_new_tokens=row.max_new_tokens,
            do_sample=False,
            eos_token_id=5,
        )[0, len(row.tokens) :].tolist()
        said = decode(student.model, [row], pad=PAD, stops=frozenset({5}))[0]
        assert said == [token for token in reference if token != 5]


def test_samples_follow_the_models_distribution(student: Student) -> None:
    prompt, n = [10, 20, 30], 4000
    model: Any = student.model
    with torch.inference_mode():
        logits = model(torch.tensor([prompt])).logits[0, -1]
    expected = logits.div(1.5).softmax(-1).numpy()
    said = decode(student.model, [Row(prompt, 1, 1.5, seed) for seed in range(n)], pad=PAD, stops=frozenset())
    found = np.bincount([tokens[0] for tokens in said], minlength=len(expected)) / n
    assert np.abs(found - expected).max() < 4 * np.sqrt(expected.max() / n)
    assert len({tokens[0] for tokens in said}) > 5


def test_a_row_ends_at_a_stop_or_when_it_has_said_enough(student: Student) -> None:
    asked = rows(40)
    free = decode(student.model, asked, pad=PAD, stops=frozenset())
    assert [len(said) for said in free] == [row.max_new_tokens for row in asked]
    stops = frozenset(range(20, 40))
    stopped = decode(student.model, asked, pad=PAD, stops=stops)
    for all_said, said in zip(free, stopped, strict=True):
        first = next((i for i, token in enumerate(all_said) if token in stops), len(all_said))
        assert said == all_said[:first]
    assert any(len(a) < len(b) for a, b in zip(stopped, free, strict=True))


def test_seeds_and_temperatures_matter(student: Student) -> None:
    prompt = [10, 20, 30]
    said = decode(
        student.model,
        [Row(prompt, 20, temperature, seed) for temperature in (0.0, 1.0) for seed in (1, 2)],
        pad=PAD,
        stops=frozenset(),
    )
    assert said[0] == said[1]
    assert all(a != b for a, b in pairwise(said[1:]))

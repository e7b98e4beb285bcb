"""What training costs in arithmetic, against counting by hand."""

import pytest
import torch
from transformers import LlamaConfig, LlamaForCausalLM

from schoolroom.training import flops
from schoolroom.training.flops import matmul_parameters, training_flops, utilisation

VOCABULARY, WIDTH, LAYERS = 50, 16, 3


def model(*, tied: bool) -> LlamaForCausalLM:
    made: LlamaForCausalLM = LlamaForCausalLM._from_config(
        LlamaConfig(
            vocab_size=VOCABULARY,
            hidden_size=WIDTH,
            intermediate_size=2 * WIDTH,
            num_hidden_layers=LAYERS,
            num_attention_heads=2,
            num_key_value_heads=2,
            tie_word_embeddings=tied,
        ),
        attn_implementation="eager",  # of which torch counts the products one by one
    )
    return made


@pytest.mark.parametrize("tied", [True, False])
def test_embeddings_count_once_as_the_product_that_gives_logits(tied: bool) -> None:
    norms = (2 * LAYERS + 1) * WIDTH
    products = LAYERS * (4 * WIDTH**2 + 3 * WIDTH * 2 * WIDTH) + VOCABULARY * WIDTH
    assert matmul_parameters(model(tied=tied)) == products + norms


def test_a_forward_pass_is_a_third_as_torch_counts_it() -> None:
    from torch.utils.flop_counter import FlopCounterMode

    small, length = model(tied=True), 40
    with FlopCounterMode(display=False) as counted, torch.no_grad():
        small(input_ids=torch.ones((1, length), dtype=torch.long), use_cache=False)
    assert training_flops(small, [length]) == pytest.approx(3 * counted.get_total_flops(), rel=0.05)


def test_sequences_add_up_and_long_ones_cost_more_than_two_short() -> None:
    small = model(tied=True)
    assert training_flops(small, [7, 7, 30]) == 2 * training_flops(small, [7]) + training_flops(small, [30])
    assert training_flops(small, [80]) > 2 * training_flops(small, [40])
    assert training_flops(small, []) == 0


def test_only_a_gpu_is_measured_for_its_utilisation(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flops, "reachable_flops", lambda device: 8e14)
    assert utilisation(2e14, torch.device("cuda", 0)) == 0.25
    assert utilisation(2e14, torch.device("cpu")) is None

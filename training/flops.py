"""How much arithmetic a model's training takes, and what a device can do of it. Imports torch."""

import time
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import torch

if TYPE_CHECKING:
    from transformers import PreTrainedModel

__all__ = ["matmul_parameters", "reachable_flops", "training_flops", "utilisation"]

SIDE, PRODUCTS = 8192, 10


def matmul_parameters(model: "PreTrainedModel") -> int:
    """Parameters that every token is multiplied with: all but embeddings that are only looked up."""
    looked_up: Any = model.get_input_embeddings()
    output: Any = model.get_output_embeddings()
    tied = output is not None and output.weight is looked_up.weight
    return int(model.num_parameters()) - (0 if tied else int(looked_up.weight.numel()))


def training_flops(model: "PreTrainedModel", lengths: Iterable[int]) -> int:
    """Floating-point operations of a forward and a backward pass over sequences of `lengths` tokens.

    Model FLOPs as Chowdhery et al. 2022 (PaLM, appendix B) count them: for each token six for each parameter
    that it is multiplied with, and twelve times layers, width and length for attention, of which they do not
    take off what a causal mask hides. Padding and what is computed twice do not count; adapters (LoRA) count
    as if all weights were learnt.
    """
    config: Any = model.config
    text = config.get_text_config() if hasattr(config, "get_text_config") else config
    dense = 6 * matmul_parameters(model)
    attention = 12 * int(text.num_hidden_layers) * int(text.hidden_size)
    return sum(dense * length + attention * length * length for length in lengths)


def utilisation(flops_per_second: float, device: torch.device) -> float | None:
    """Model FLOPs utilisation: the share of what a device reaches at most; None for a CPU."""
    return flops_per_second / reachable_flops(device) if device.type == "cuda" else None


def reachable_flops(device: torch.device | str) -> float:
    """Floating-point operations per second of a large matrix product in bf16 on a GPU, as measured now."""
    left, right = (torch.randn(SIDE, SIDE, device=device, dtype=torch.bfloat16) for _ in range(2))
    for _ in range(3):
        _ = left @ right
    torch.cuda.synchronize(device)
    started = time.perf_counter()
    for _ in range(PRODUCTS):
        _ = left @ right
    torch.cuda.synchronize(device)
    return PRODUCTS * 2 * SIDE**3 / (time.perf_counter() - started)

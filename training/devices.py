"""The one place that decides on which device, in which precision and with how many threads a model runs."""

import os
import warnings
from dataclasses import dataclass
from typing import Literal

from ..transcripts.errors import ConfigError

__all__ = ["Compute", "Precision", "pick_compute", "quiet_transformers"]

Precision = Literal["auto", "fp32", "bf16"]
"""What matrices are multiplied in; weights are always kept in fp32."""

SMALL = 20_000_000
"""Parameters up to which a second thread costs more than it brings, and bf16 is not worth its rounding."""


@dataclass(frozen=True, slots=True)
class Compute:
    """How a model runs."""

    device: str
    """As torch names it: ``cpu``, ``cuda``."""
    precision: Literal["fp32", "bf16"]
    threads: int
    """CPU threads of torch; the setting holds for the whole process."""

    @property
    def kind(self) -> str:
        """``cpu`` or ``cuda``, whichever of several."""
        return self.device.split(":", maxsplit=1)[0]


def quiet_transformers() -> None:
    """Keep transformers' bars and remarks off the screen; what goes wrong is raised."""
    from transformers.utils import logging

    logging.set_verbosity(50)  # critical: what is only an error is raised anyway
    logging.disable_progress_bar()


def pick_compute(
    parameters: int, *, device: str = "auto", precision: Precision = "auto", threads: int | None = None
) -> Compute:
    """Decide, and set torch's threads.

    Args:
        parameters: Size of the model.
        device: ``auto`` takes the GPU where there is one.
        precision: ``auto`` is bf16 for large models on a GPU, else fp32.
        threads: None is one thread for small models on the CPU, else all cores.

    Raises:
        ConfigError: there is no such device, or not a positive number of threads.
    """
    import torch

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a CUDA build without a driver warns; it then has no GPU
        has_gpu = torch.cuda.is_available()
    chosen = ("cuda" if has_gpu else "cpu") if device == "auto" else device
    if chosen == "cuda" and has_gpu and (rank := os.environ.get("LOCAL_RANK")):  # one of several processes
        chosen = f"cuda:{rank}"
    if chosen.split(":")[0] not in ("cpu", "cuda") or (chosen.startswith("cuda") and not has_gpu):
        raise ConfigError(
            f"device '{device}' cannot be used here; use 'auto' or 'cpu'{' or cuda' * has_gpu}."
        )
    if precision == "auto":
        precision = "bf16" if chosen != "cpu" and parameters > SMALL else "fp32"
    if threads is None:
        threads = 1 if chosen == "cpu" and parameters <= SMALL else os.cpu_count() or 1
    if threads < 1:
        raise ConfigError(f"threads must be at least 1, not {threads}.")
    torch.set_num_threads(threads)
    return Compute(device=chosen, precision=precision, threads=threads)

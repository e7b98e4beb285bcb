"""How fast a student is taught, beside a bare PyTorch loop on the same batches.

Both learn the same rows of tutorings in the same order, with the same fused AdamW and the same weighted loss,
from the same weights; how far their losses come apart is printed, too. *bare* pads each batch to its longest
row; *trainer* is `schoolroom.training.trainer.train` as a user calls it, which cuts a batch where lengths
differ, without encoding and folding of the rows; *by length* is the same with rows of like length in a batch.
Tokens are those of the rows, padding never counted; per CPU second, on a GPU per second. On a GPU the share
of the arithmetic that a large matrix product reaches there is printed (model FLOPs utilisation, Chowdhery et
al. 2022, appendix B). Repeats are interleaved. Timings are printed, never tested.

    python benchmarks/training.py --steps 20 --repeats 3 --json
"""

import argparse
import json
import os
import platform
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import version
from typing import Any, Literal
from unittest.mock import patch

import torch
from batching import SIZES, rows
from measuring import spread
from torch.nn.functional import cross_entropy

from schoolroom.training import trainer
from schoolroom.training.batches import Order, batch_order, pad_rows
from schoolroom.training.encoding import NO_LABEL, Encoded, encode_all
from schoolroom.training.flops import reachable_flops, training_flops
from schoolroom.training.folding import fold
from schoolroom.training.student import Student, new_student

SEED, RATE, DECAY = 0, 1e-4, 0.01


def taken(encoded: Sequence[Encoded], steps: int, size: int) -> list[list[Encoded]]:
    """The rows of each step."""
    order = batch_order([len(row) for row in encoded], steps * size, size, SEED, "shuffled")
    return [[encoded[i] for i in order[at : at + size]] for at in range(0, len(order), size)]


def bare(student: Student, encoded: Sequence[Encoded], steps: int, size: int) -> list[float]:
    """The losses of a plain loop."""
    model: Any = student.model.train()
    compute = student.compute
    optimizer = torch.optim.AdamW(model.parameters(), lr=RATE, weight_decay=DECAY, fused=True)
    losses = []
    for chosen in taken(encoded, steps, size):
        batch = {name: value.to(compute.device) for name, value in pad_rows(chosen, student.chat.pad).items()}
        with torch.autocast(compute.kind, torch.bfloat16, enabled=compute.precision == "bf16"):
            logits = model(input_ids=batch["input_ids"], use_cache=False).logits[:, :-1]
        labels, weights = batch["labels"][:, 1:], batch["weights"][:, 1:]
        nats = cross_entropy(logits.float().transpose(1, 2), labels, ignore_index=NO_LABEL, reduction="none")
        loss: Any = (nats * weights).sum() / weights.sum()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()
        losses.append(float(loss.detach()))
    return losses


def ours(order: Order) -> Callable[..., list[float]]:
    """The losses of our trainer, which is given the rows as they are encoded already."""

    def losses(student: Student, encoded: Sequence[Encoded], steps: int, size: int) -> list[float]:
        with (
            patch.object(trainer, "encode_all", lambda *_, **__: (list(encoded), 0)),
            patch.object(trainer, "fold", list),
        ):
            report = trainer.train(
                student,
                [],
                steps=steps,
                seed=SEED,
                batch_size=size,
                learning_rate=RATE,
                schedule="constant",
                warmup=0,
                weight_decay=DECAY,
                order=order,
            )
        return list(report.losses)

    return losses


SYSTEMS = {"bare": bare, "trainer": ours("shuffled"), "by length": ours("by_length")}


def clock(kind: str) -> float:
    """Seconds: of this process on a CPU, on the wall where a GPU works."""
    if kind == "cpu":
        return time.process_time()
    torch.cuda.synchronize()
    return time.perf_counter()


def measure(settings: argparse.Namespace) -> list[dict[str, Any]]:
    examples = rows(settings.episodes)
    found = []
    for name in settings.sizes:
        first = new_student(seed=SEED, device=settings.device, precision=settings.precision, **SIZES[name])
        encoded = fold(encode_all(examples, first.chat, context=first.context)[0])
        found += [
            {"student": name, "batch": size, **compared(first, encoded, size, settings)}
            for size in settings.batches
        ]
    return found


def compared(
    first: Student, encoded: Sequence[Encoded], size: int, settings: argparse.Namespace
) -> dict[str, Any]:
    """Tokens per second of each system, and how they compare, repeat by repeat."""
    for system in SYSTEMS.values():
        system(first.copy(), encoded, 1, size)  # warms up
    batches = taken(encoded, settings.steps, size)
    tokens = sum(len(row) for batch in batches for row in batch)
    padded = sum(max(map(len, batch)) * len(batch) for batch in batches)
    rates: dict[str, list[float]] = {name: [] for name in SYSTEMS}
    losses = {}
    for _ in range(settings.repeats):
        for name, system in SYSTEMS.items():
            student, started = first.copy(), clock(first.compute.kind)
            losses[name] = system(student, encoded, settings.steps, size)
            rates[name].append(tokens / (clock(first.compute.kind) - started))
    apart = max(abs(a - b) for a, b in zip(losses["bare"], losses["trainer"], strict=True))
    flops = training_flops(first.model, [len(row) for batch in batches for row in batch]) / tokens
    reachable = None if first.compute.kind == "cpu" else reachable_flops(first.compute.device)
    return {
        "parameters": first.parameters,
        "precision": first.compute.precision,
        "tokens_per_second": {name: spread(found) for name, found in rates.items()},
        "over_bare": {
            name: spread([a / b for a, b in zip(found, rates["bare"], strict=True)])
            for name, found in rates.items()
            if name != "bare"
        },
        "model_flops_per_token": round(flops),
        "reachable_flops": reachable,
        "model_flops_utilisation": reachable
        and {name: spread([rate * flops / reachable for rate in found]) for name, found in rates.items()},
        "padded_share": round(1 - tokens / padded, 3),
        "mean_row": round(statistics.mean(map(len, encoded)), 1),
        "losses_apart": apart,
    }


def show(found: Mapping[str, Any]) -> None:
    print(
        f"{'student':10}{'batch':>6}  {'system':12}{'tokens per second':>18}{'times bare':>22}{'MFU':>7}"
        f"{'padding':>9}{'losses':>9}"
    )
    for row in found["students"]:
        for name, rate in row["tokens_per_second"].items():
            ratio = row["over_bare"].get(name)
            share = f"{ratio['median']:.2f} ({ratio['low']:.2f}-{ratio['high']:.2f})" if ratio else ""
            used = row["model_flops_utilisation"]
            mfu = f"{used[name]['median']:.1%}" if used else ""
            print(
                f"{row['student']:10}{row['batch']:>6}  {name:12}{rate['median']:>18,.0f}{share:>22}{mfu:>7}"
                f"{row['padded_share']:>9.0%}{row['losses_apart']:>9.0e}"
            )
    print(", ".join(f"{name} {number}" for name, number in found["versions"].items()))


def main() -> None:
    precisions: tuple[Literal["auto", "fp32", "bf16"], ...] = ("auto", "fp32", "bf16")
    parser = argparse.ArgumentParser(description="Tokens that a student is taught per second.")
    parser.add_argument("--sizes", nargs="+", choices=SIZES, default=["embedded", "small"])
    parser.add_argument("--batches", nargs="+", type=int, default=[16, 32])
    parser.add_argument("--episodes", type=int, default=200)
    parser.add_argument("--steps", type=int, default=15)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--device", default="cpu", help="cpu or cuda")
    parser.add_argument("--precision", choices=precisions, default="auto")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    settings = parser.parse_args()
    if min(*settings.batches, settings.episodes, settings.steps, settings.repeats) < 1:
        parser.error("--batches, --episodes, --steps and --repeats must be at least 1")
    chosen = {key: value for key, value in vars(settings).items() if key != "json"}
    packages = ("torch", "transformers", "accelerate")
    found = {
        "students": measure(settings),
        "settings": chosen,
        "versions": {"python": platform.python_version(), **{name: version(name) for name in packages}},
        "cpus": os.cpu_count(),
        "gpu": torch.cuda.get_device_name() if settings.device != "cpu" else None,
    }
    print(json.dumps(found)) if settings.json else show(found)


if __name__ == "__main__":
    main()

"""How near the local student comes to what memory allows when it generates.

A step of decoding must read every weight once, and each row's keys and values; nothing else takes as long
where the batch is small beside the arithmetic of the device. The limit is the time in which so many bytes are
read at the rate of a large copy, measured in the same run. Prompts and replies are random tokens of fixed
lengths, so that all rows stay to the end; reading the prompts counts. A small student's weights stay in a
CPU's cache, which is faster than its memory; the limit says little then. Timings are printed, never tested.

    python benchmarks/bandwidth.py --device cuda --sizes 250m 1b --json
"""

import argparse
import json
import os
import platform
import random
import time
from collections.abc import Mapping
from importlib.metadata import version
from typing import Any

import torch
from batching import SIZES, endless
from measuring import spread

from schoolroom.training.decoding import Row, decode
from schoolroom.training.student import Student


def synchronize(device: str) -> None:
    if device != "cpu":
        torch.cuda.synchronize()


def bytes_per_second(device: str, size: int) -> float:
    """Bytes read and written in a second by a copy of `size` bytes; the best of five."""
    source = torch.zeros(size, dtype=torch.uint8, device=device)
    target = torch.empty_like(source)
    best = float("inf")
    for _ in range(6):
        synchronize(device)
        started = time.perf_counter()
        target.copy_(source)
        synchronize(device)
        best = min(best, time.perf_counter() - started)
    return 2 * size / best


def bytes_read(student: Student, rows: int, prompt: int, reply: int) -> int:
    """Bytes that `reply` steps of a batch must read: weights, keys and values, but no prompts."""
    model: Any = student.speaker()
    width = next(model.parameters()).element_size()
    config = model.config
    kept = 2 * config.num_hidden_layers * config.num_key_value_heads * config.head_dim * width
    seen = sum(prompt + step for step in range(reply))
    return int(reply * student.parameters * width + rows * seen * kept)


def measure(settings: argparse.Namespace) -> list[dict[str, Any]]:
    rate = bytes_per_second(settings.device, settings.copied * 2**20)
    found = []
    for name in settings.sizes:
        student = endless(name, settings.device)
        rng = random.Random(0)
        for count in settings.rows:
            rows = [
                Row([rng.randrange(10, 100) for _ in range(settings.prompt)], settings.reply, 0.0, seed)
                for seed in range(count)
            ]
            seconds = [timed(student, rows) for _ in range(settings.repeats + 1)][1:]  # the first warms up
            tokens = count * settings.reply
            limit = tokens * rate / bytes_read(student, count, settings.prompt, settings.reply)
            found.append(
                {
                    "student": name,
                    "parameters": student.parameters,
                    "precision": student.compute.precision,
                    "rows": count,
                    "gigabytes_per_second": rate / 1e9,
                    "limit_tokens_per_second": limit,
                    "tokens_per_second": spread([tokens / took for took in seconds]),
                    "share_of_limit": spread([tokens / took / limit for took in seconds]),
                }
            )
    return found


def timed(student: Student, rows: list[Row]) -> float:
    """Seconds that it takes to continue `rows`."""
    synchronize(student.compute.device)
    started = time.perf_counter()
    decode(student.speaker(), rows, pad=student.chat.pad, stops=frozenset())
    synchronize(student.compute.device)
    return time.perf_counter() - started


def show(found: Mapping[str, Any]) -> None:
    print(f"{'student':10}{'rows':>6}{'tokens per second':>20}{'limit':>14}{'share of limit':>24}")
    for row in found["students"]:
        rate, share, limit = row["tokens_per_second"], row["share_of_limit"], row["limit_tokens_per_second"]
        part = f"{share['median']:.1%} ({share['low']:.1%}-{share['high']:.1%})"
        print(f"{row['student']:10}{row['rows']:>6}{rate['median']:>20,.0f}{limit:>14,.0f}{part:>24}")
    print(", ".join(f"{name} {number}" for name, number in found["versions"].items()))


def main() -> None:
    parser = argparse.ArgumentParser(description="Tokens generated per second, beside the memory's limit.")
    parser.add_argument("--device", default="cpu", help="cpu or cuda")
    parser.add_argument("--sizes", nargs="+", choices=SIZES, default=["embedded"])
    parser.add_argument("--rows", nargs="+", type=int, default=[1, 16, 64])
    parser.add_argument("--prompt", type=int, default=256, help="tokens")
    parser.add_argument("--reply", type=int, default=128, help="tokens")
    parser.add_argument("--copied", type=int, default=256, help="mebibytes, to measure the memory's rate")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    settings = parser.parse_args()
    if min(*settings.rows, settings.prompt, settings.reply, settings.copied, settings.repeats) < 1:
        parser.error("numbers must be at least 1")
    chosen = {key: value for key, value in vars(settings).items() if key != "json"}
    found = {
        "students": measure(settings),
        "settings": chosen,
        "versions": {
            "python": platform.python_version(),
            **{name: version(name) for name in ("torch", "transformers")},
        },
        "cpus": os.cpu_count(),
        "gpu": torch.cuda.get_device_name() if settings.device != "cpu" else None,
    }
    print(json.dumps(found)) if settings.json else show(found)


if __name__ == "__main__":
    main()

"""How fast the local student's engine generates, beside `transformers.generate` by hand.

The prompts and the lengths of the replies are those of the rows that tutorings make. The student has learnt
nothing and never ends a reply by itself, so each is as long as the row's; all are greedy. *one by one*:
`generate`, a prompt at a time. *by hand*: `generate` on padded batches of a fixed size, sorted by length; a
batch goes on until its longest reply is done, and only tokens that were asked for are counted. *classrooms*:
our engine with so many classrooms waiting at once, through the batcher that seats use. *continuous*:
transformers' continuous batching, if asked for. *persona*: our engine on prompts that begin with the same
instructions. Repeats are interleaved. Timings are printed, never tested.

    python benchmarks/batching.py --requests 256 --repeats 3 --json
"""

import argparse
import asyncio
import json
import os
import platform
import random
import statistics
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch
from measuring import spread
from replay import held

from schoolroom.agents.batching import BatchingGenerator
from schoolroom.training.recipes.base import apply_recipe
from schoolroom.training.student import Student, new_student
from schoolroom.transcripts.generation import Request
from schoolroom.transcripts.records import Example, Message
from schoolroom.transcripts.store import Store

SIZES: dict[str, dict[str, Any]] = {
    "embedded": {"hidden": 128, "layers": 3},
    "small": {"hidden": 96, "layers": 3},
    "250m": {"hidden": 1024, "layers": 24, "heads": 16},
    "1b": {"hidden": 2048, "layers": 24, "heads": 16},
}
SYSTEM = (
    "You are a careful student who solves sums in columns. Write one step on each line, from the ones to the "
    "highest column, with what is written and what is carried, and give the answer on the last line. When "
    "you are told to check, work out every step again and say of each whether it is right."
)
Said = list[list[int]]
System = Callable[[Sequence[Request]], Said]


def rows(episodes: int) -> list[Example]:
    """What the recipe `self_correction` makes of so many scripted tutorings in sums."""
    with tempfile.TemporaryDirectory() as folder, Store.open(Path(folder) / "run.db") as store:
        run = held(store, "tutoring", episodes)
        return list(apply_recipe("self_correction", store.episodes(run=run.id)))


def endless(size: str, device: str = "cpu") -> Student:
    """A new student to whom no special token is ever the likeliest."""
    student = new_student(seed=0, device=device, **SIZES[size])
    embeddings: Any = student.model.get_input_embeddings()
    with torch.no_grad():
        embeddings.weight[sorted(student.chat.closings)] = 0
    return student


def requests(student: Student, count: int) -> list[Request]:
    """So many rows at random: prompts, and replies as long as theirs."""
    found = rows(max(8, count // 2))
    return [
        Request(
            messages=tuple(Message(role=m.role, content=m.content) for m in row.messages[:-1]),
            max_new_tokens=len(student.chat.tokens(row.messages[-1].content)),
        )
        for row in random.Random(0).sample(found, min(count, len(found)))
    ]


def with_system(request: Request) -> Request:
    told = Message(role="system", content=SYSTEM)
    return request.model_copy(update={"messages": (told, *request.messages)})


def by_hand(student: Student, size: int) -> System:
    """`generate` on batches of `size`, sorted by length."""
    model: Any = student.speaker()

    def said(asked: Sequence[Request]) -> Said:
        prompts = [student.chat.tokens(student.chat.prompt(request.messages)) for request in asked]
        order = sorted(range(len(asked)), key=lambda i: len(prompts[i]))
        replies: dict[int, list[int]] = {}
        for batch in (order[start : start + size] for start in range(0, len(order), size)):
            width = max(len(prompts[i]) for i in batch)
            pads = [width - len(prompts[i]) for i in batch]
            ids = torch.tensor(
                [[student.chat.pad] * p + prompts[i] for i, p in zip(batch, pads, strict=True)]
            )
            mask = torch.tensor([[0] * p + [1] * (width - p) for p in pads])
            longest = max(asked[i].max_new_tokens for i in batch)
            ids, mask = ids.to(model.device), mask.to(model.device)
            out = model.generate(ids, attention_mask=mask, max_new_tokens=longest, do_sample=False)
            for i, tokens in zip(batch, out[:, width:].tolist(), strict=True):
                replies[i] = tokens[: asked[i].max_new_tokens]
        return [replies[i] for i in range(len(asked))]

    return said


def classrooms(student: Student, waiting: int) -> System:
    """Our engine, with so many requests waiting at any time."""

    async def ask(asked: Sequence[Request]) -> list[str]:
        batcher = BatchingGenerator(student)
        queue = list(enumerate(asked))[::-1]
        texts = [""] * len(asked)

        async def classroom() -> None:
            while queue:
                place, request = queue.pop()
                texts[place] = (await batcher.submit(request)).text

        await asyncio.gather(*(classroom() for _ in range(waiting)))
        batcher.close()
        return texts

    return lambda asked: [student.chat.tokens(text) for text in asyncio.run(ask(asked))]


def continuous(student: Student) -> System:
    """transformers' continuous batching; its replies are all as long as the longest."""
    from transformers import GenerationConfig

    model: Any = student.model

    def said(asked: Sequence[Request]) -> Said:
        prompts = [student.chat.tokens(student.chat.prompt(request.messages)) for request in asked]
        longest = max(request.max_new_tokens for request in asked)
        settings = GenerationConfig(max_new_tokens=longest, do_sample=False, eos_token_id=-1, pad_token_id=0)
        out = model.generate_batch(inputs=prompts, generation_config=settings, progress_bar=False)
        replies = [found.generated_tokens for found in out.values()]
        return [tokens[: request.max_new_tokens] for tokens, request in zip(replies, asked, strict=True)]

    return said


def measured(system: System, asked: Sequence[Request]) -> tuple[Said, float, float]:
    wall, cpu = time.perf_counter(), time.process_time()
    said = system(asked)
    return said, time.perf_counter() - wall, time.process_time() - cpu


def measure(settings: argparse.Namespace) -> dict[str, Any]:
    student = endless(settings.size, settings.device)
    asked = requests(student, settings.requests)
    instructed = [with_system(request) for request in asked]
    systems: dict[str, tuple[System, Sequence[Request]]] = {
        "generate, one by one": (by_hand(student, 1), asked[: settings.alone]),
        **{f"generate, {n} by hand": (by_hand(student, n), asked) for n in settings.by_hand},
        **{f"engine, {n} classrooms": (classrooms(student, n), asked) for n in settings.classrooms},
        f"engine, {max(settings.classrooms)} classrooms, persona": (
            classrooms(student, max(settings.classrooms)),
            instructed,
        ),
    }
    if settings.continuous:
        systems["generate_batch, continuous"] = continuous(student), asked
    reference, _, _ = measured(by_hand(student, 32), asked)  # which also warms up
    alike: dict[str, list[bool]] = {name: [] for name in systems}
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in systems}
    for _ in range(settings.repeats):
        for name, (system, given) in systems.items():
            said, wall, cpu = measured(system, given)
            tokens = sum(map(len, said))
            found[name].append((tokens / cpu, tokens / wall))
            if given is not instructed:
                alike[name] += [a == b for a, b in zip(said, reference[: len(said)], strict=True)]
    return {
        name: {
            "tokens_per_cpu_second": spread([cpu for cpu, _ in rates]),
            "tokens_per_second": spread([wall for _, wall in rates]),
            "same_replies": statistics.mean(alike[name]) if alike[name] else None,
        }
        for name, rates in found.items()
    }


def show(found: Mapping[str, Any]) -> None:
    print(f"{'tokens':36}{'per CPU second':>26}{'per second':>12}{'times':>8}{'same replies':>14}")
    by = "tokens_per_cpu_second" if found["settings"]["device"] == "cpu" else "tokens_per_second"
    one = found["systems"]["generate, one by one"][by]["median"]
    for name, rates in found["systems"].items():
        cpu, wall = rates["tokens_per_cpu_second"], rates["tokens_per_second"]
        spread_ = f"{cpu['median']:,.0f} ({cpu['low']:,.0f}-{cpu['high']:,.0f})"
        same = "" if rates["same_replies"] is None else f"{rates['same_replies']:.3f}"
        print(f"{name:36}{spread_:>26}{wall['median']:>12,.0f}{rates[by]['median'] / one:>8.1f}{same:>14}")
    print(", ".join(f"{name} {number}" for name, number in found["versions"].items()))


def numbers(text: str) -> list[int]:
    found = [int(number) for number in text.split(",")]
    if min(found) < 1:
        raise argparse.ArgumentTypeError("numbers must be at least 1")
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description="Tokens that a local student generates per CPU second.")
    parser.add_argument("--size", choices=SIZES, default="embedded")
    parser.add_argument("--requests", type=int, default=256)
    parser.add_argument("--alone", type=int, default=16, help="how many of them go one by one")
    parser.add_argument("--by-hand", type=numbers, default=[8, 16, 32, 64, 128, 256])
    parser.add_argument("--classrooms", type=numbers, default=[1, 16, 64, 256])
    parser.add_argument("--continuous", action="store_true", help="transformers' continuous batching, too")
    parser.add_argument("--device", default="cpu", help="cpu or cuda")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    settings = parser.parse_args()
    if min(settings.requests, settings.alone, settings.repeats) < 1:
        parser.error("--requests, --alone and --repeats must be at least 1")
    chosen = {key: value for key, value in vars(settings).items() if key != "json"}
    packages = ("torch", "transformers")
    found = {
        "systems": measure(settings),
        "settings": chosen,
        "versions": {"python": platform.python_version(), **{name: version(name) for name in packages}},
        "cpus": os.cpu_count(),
    }
    print(json.dumps(found)) if settings.json else show(found)


if __name__ == "__main__":
    main()

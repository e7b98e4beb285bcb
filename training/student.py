"""The local model that learns: the embedded student, or any transformers checkpoint in its place."""

import copy
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..transcripts.errors import CheckpointError, ConfigError, ModelRefused
from ..transcripts.generation import Generated, Request
from .chat import Chat
from .devices import Compute, Precision, pick_compute, quiet_transformers
from .identity import model_name, model_path
from .loading import read_model
from .tokenizer import character_tokenizer

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

__all__ = ["CONTEXT", "Student", "new_student"]

CONTEXT = 2048
"""Characters that the embedded student reads at most."""

CACHE_BYTES = 2 * 2**30
"""What the keys and values of one generation batch may take; on a GPU a quarter of what is free, if more."""

BATCH_SIZE = {"cpu": 256, "cuda": 1024}
"""How many prompts are continued together at most, where nobody says; a GPU's step takes as long for one."""

SPLIT_COST = {"cpu": 2_000, "cuda": 2**62}
"""Padding tokens that must be saved before another batch is worth its steps; on a GPU it never is."""

PROMPT_TOKENS = {"cpu": 32_768, "cuda": 2**62}
"""Prompt tokens, padding included, read at once; with twice as many, each cost a CPU half as much again."""


class Student:
    """A model with its tokenizer. Training changes it in place; `copy` it to keep what it was.

    Satisfies `schoolroom.transcripts.generation.Generator`. Not for several threads at once.
    """

    def __init__(
        self,
        model: "PreTrainedModel",
        tokenizer: "PreTrainedTokenizerBase",
        *,
        name: str,
        compute: Compute,
        batch_size: int | None = None,
    ) -> None:
        """Put `model` on its device; use `new_student` or `Student.load`.

        Args:
            model: A decoder-only model in fp32.
            tokenizer: Its tokenizer; it gets a plain chat template if it has none.
            name: As `name` below.
            compute: Where it runs.
            batch_size: How many prompts are continued together at most; None: 256, or 1,024 on a GPU.
        """
        self.model: PreTrainedModel = _moved(model, compute.device)
        self.chat = Chat(tokenizer, stops=_stops_of(model))
        self.compute = compute
        self.batch_size = batch_size or BATCH_SIZE[compute.kind]
        self.name = name
        """``hf:FOLDER#DIGEST``, as of `model_name`, or ``new`` while what it has learnt is saved nowhere."""

    @classmethod
    def load(
        cls,
        where: str | Path,
        *,
        device: str = "auto",
        precision: Precision = "auto",
        threads: int | None = None,
        batch_size: int | None = None,
    ) -> "Student":
        """Load a folder in Hugging Face form, a GGUF file, or a folder that holds one GGUF file.

        `where` may be a model's name, too; with a digest, it must hold the weights that it held then.

        Raises:
            CheckpointError: there is nothing there, nothing that can be read as a causal language model, or
                another model than the one that is named.
            ConfigError: no such device.
        """
        path = model_path(where)
        model, tokenizer = read_model(path)
        compute = pick_compute(model.num_parameters(), device=device, precision=precision, threads=threads)
        return cls(model, tokenizer, name=model_name(path), compute=compute, batch_size=batch_size)

    @property
    def context(self) -> int:
        """Tokens of prompt and reply together that the model reads at most."""
        config = self.model.config
        text: Any = config.get_text_config() if hasattr(config, "get_text_config") else config
        limit = getattr(text, "max_position_embeddings", None) or self.chat.tokenizer.model_max_length
        return min(int(limit), int(self.chat.tokenizer.model_max_length))

    @property
    def parameters(self) -> int:
        """How many numbers it learns."""
        return int(self.model.num_parameters())

    def save(self, folder: str | Path) -> None:
        """Write model and tokenizer in Hugging Face form; from then on the student is named after them.

        Raises:
            CheckpointError: the folder cannot be written.
        """
        path = Path(folder)
        try:
            path.mkdir(parents=True, exist_ok=True)
            self.model.save_pretrained(path)
            self.chat.tokenizer.save_pretrained(path)
        except OSError as error:
            raise CheckpointError(f"the model cannot be saved to '{path}': {error}.") from None
        self.name = model_name(path)

    def copy(self) -> "Student":
        """The same student again, to be taught something else."""
        return Student(
            copy.deepcopy(self.model),
            copy.deepcopy(self.chat.tokenizer),
            name=self.name,
            compute=self.compute,
            batch_size=self.batch_size,
        )

    def generate(self, requests: Sequence[Request]) -> list[Generated]:
        """Continue each prompt; answers in the order of `requests`.

        Requests are sorted by length into batches, cut where the lengths differ much. A sample follows from
        its request's seed, whoever shares the batch (up to rounding of the logits). A reply ends at an end
        token, after `max_new_tokens`, or where the context is full.

        Raises:
            ModelRefused: a prompt fills the context; nothing is generated for any request.
        """
        from .decoding import Row, decode

        prompts = [self._tokens(request) for request in requests]
        replies: dict[int, list[int]] = {}
        speaker = self.speaker()
        for places in self._batches(prompts, requests):
            rows = [
                Row(
                    tokens=prompts[i],
                    max_new_tokens=min(requests[i].max_new_tokens, self.context - len(prompts[i])),
                    temperature=requests[i].temperature,
                    seed=requests[i].seed,
                )
                for i in places
            ]
            said = decode(speaker, rows, pad=self.chat.pad, stops=self.chat.stops)
            replies.update(zip(places, said, strict=True))
        return [
            Generated(
                text=self.chat.words(replies[i]),
                prompt_tokens=len(prompts[i]),
                completion_tokens=len(replies[i]),
            )
            for i in range(len(requests))
        ]

    def speaker(self) -> "PreTrainedModel":
        """The model as it speaks: a copy in bf16 where that is its precision, else the model itself.

        Not kept, since nothing says when weights are changed (a fused optimizer leaves no trace); it costs as
        much as a step or two of decoding, each of which then reads half as many bytes.
        """
        if self.compute.precision == "fp32":
            return self.model
        import torch

        halved: dict[int, Any] = {
            id(weight): torch.nn.Parameter(weight.detach().bfloat16(), requires_grad=False)
            for weight in self.model.parameters()
        }
        return copy.deepcopy(self.model, halved)  # takes these where it meets the weights

    def _tokens(self, request: Request) -> list[int]:
        tokens = self.chat.tokens(self.chat.prompt(request.messages))
        if len(tokens) >= self.context:
            raise ModelRefused(
                f"the prompt has {len(tokens)} tokens, but {self.name} reads {self.context} in all, "
                "its reply included; shorten the question or what is heard."
            )
        return tokens

    def _batches(self, prompts: Sequence[Sequence[int]], requests: Sequence[Request]) -> list[list[int]]:
        """Places of requests that are continued together: of like length, and no more than memory holds."""
        from .batches import micro_batches

        per_token, room = _cache_bytes(self.model), _room(self.compute)
        order = sorted(range(len(prompts)), key=lambda i: -len(prompts[i]))
        lengths = [len(prompts[i]) for i in order]
        kind = self.compute.kind
        batches: list[list[int]] = []
        for part in micro_batches(lengths, SPLIT_COST[kind], PROMPT_TOKENS[kind]):
            batch: list[int] = []
            width = 0
            for place in order[part.start : part.stop]:
                width = max(width, len(prompts[place]) + requests[place].max_new_tokens)
                if batch and (len(batch) >= self.batch_size or (len(batch) + 1) * width * per_token > room):
                    batches.append(batch)
                    batch, width = [], len(prompts[place]) + requests[place].max_new_tokens
                batch.append(place)
            batches.append(batch)
        return batches


def new_student(
    *,
    seed: int,
    hidden: int = 128,
    layers: int = 3,
    heads: int = 4,
    context: int = CONTEXT,
    device: str = "auto",
    precision: Precision = "auto",
    threads: int | None = None,
    batch_size: int | None = None,
) -> Student:
    """The embedded student, which has learnt nothing yet: a Llama that reads characters.

    Args:
        seed: Its weights follow from it.
        hidden: Width; feed-forward layers are twice as wide. 128 and 3 layers make half a million parameters.
        layers: Depth.
        heads: Attention heads; `hidden` must be an even multiple.
        context: Characters that it reads at most.
        device: As for `Student.load`.
        precision: As for `Student.load`.
        threads: As for `Student.load`.
        batch_size: As for `Student.load`.

    Raises:
        ConfigError: sizes that do not go together.
    """
    if min(hidden, layers, heads, context) < 1 or hidden % (2 * heads):
        raise ConfigError(
            f"a student needs positive sizes and a width that is an even multiple of its heads, "
            f"not hidden={hidden}, layers={layers}, heads={heads}, context={context}."
        )
    quiet_transformers()
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    tokenizer = character_tokenizer(context)
    config = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=hidden,
        intermediate_size=2 * hidden,
        num_hidden_layers=layers,
        num_attention_heads=heads,
        num_key_value_heads=heads,
        max_position_embeddings=context,
        tie_word_embeddings=True,
        # The stock 0.02 suits wide models: in 150 steps it learnt two-digit addition to 0, this to .62.
        initializer_range=hidden**-0.5,
        pad_token_id=tokenizer.pad_token_id,
        bos_token_id=None,
        eos_token_id=tokenizer.eos_token_id,
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = LlamaForCausalLM(config)
    compute = pick_compute(model.num_parameters(), device=device, precision=precision, threads=threads)
    return Student(model, tokenizer, name="new", compute=compute, batch_size=batch_size)


def _moved(model: Any, device: str) -> "PreTrainedModel":
    moved: PreTrainedModel = model.to(device).eval()
    return moved


def _stops_of(model: "PreTrainedModel") -> list[int]:
    """The ids that the model's own generation settings end a reply with."""
    ends = getattr(model.generation_config, "eos_token_id", None)
    return list(ends) if isinstance(ends, list) else [ends] if isinstance(ends, int) else []


def _room(compute: Compute) -> int:
    """Bytes that the keys and values of a batch may take."""
    if compute.kind == "cpu":
        return CACHE_BYTES
    import torch

    free, _ = torch.cuda.mem_get_info(compute.device)
    return max(CACHE_BYTES, free // 4)


def _cache_bytes(model: "PreTrainedModel") -> int:
    """Bytes that a token's keys and values take, at most (fp32, as if every head kept its own)."""
    config: Any = model.config
    hidden = int(getattr(config, "hidden_size", 1024))
    heads = int(getattr(config, "num_attention_heads", 1) or 1)
    kept = int(getattr(config, "num_key_value_heads", heads) or heads)
    return 2 * 4 * int(getattr(config, "num_hidden_layers", 12)) * hidden * kept // heads

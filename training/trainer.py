"""Teaching a student from training rows: `transformers.Trainer` with a loss that is weighted by token.

Imports torch and transformers; import it where it is used.
"""

import contextlib
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Literal

import numpy as np
import torch
from pydantic import Field
from torch.nn.functional import cross_entropy
from torch.utils.data import Dataset, Sampler, SequentialSampler
from transformers import Trainer, TrainerCallback, TrainingArguments
from transformers.trainer_callback import PrinterCallback

from ..transcripts.errors import ConfigError, TrainingError
from ..transcripts.records import Example, Record
from .batches import Batch, Order, batch_order, micro_batches, pad_rows
from .encoding import NO_LABEL, Encoded, TooLong, encode_all
from .flops import training_flops, utilisation
from .folding import fold
from .student import Student

__all__ = ["Lora", "Progress", "TrainingReport", "train", "usual_learning_rate"]

SPLIT_COST = 256
"""Padding tokens that must be saved before a second forward pass on the CPU is worth its fixed cost."""

MOST_TOKENS = 32_768
"""Tokens, padding included, that go through the model at once at most."""

WRAPPED = "forward", "_original_forward"
"""Attributes of a model that accelerate sets when it is trained in bf16."""

SMALL = 20_000_000
"""Parameters up to which a student learns at the higher of the two usual learning rates."""


class Lora(Record):
    """Low-rank adapters (Hu et al. 2021) in place of all weights; merged into them after training."""

    rank: int = Field(default=8, ge=1)
    alpha: int = Field(default=16, ge=1)
    dropout: float = Field(default=0.0, ge=0.0, lt=1.0)


class Progress(Record):
    """Where training stands after an optimizer step."""

    step: int
    """From 1."""
    steps: int
    loss: float
    """Mean loss in nats over the batch's weighted tokens."""
    learning_rate: float


class TrainingReport(Record):
    """What training cost and how the loss went."""

    steps: int
    seed: int
    rows: int
    """Rows that were trained on, after folding."""
    tokens: int
    """Tokens that carried loss, summed over steps."""
    losses: tuple[float, ...]
    """By step, before the step was made; in nats."""
    dropped: int
    """Rows left out because they are longer than the model's context."""
    flops: int
    """Floating-point operations that this took, of all devices together; see `flops.training_flops`."""
    utilisation: float | None = None
    """On a GPU, the share of what a large matrix product in bf16 reaches there: model FLOPs utilisation."""
    seconds: float
    cpu_seconds: float


def train(
    student: Student,
    examples: Iterable[Example],
    *,
    steps: int,
    seed: int,
    batch_size: int = 64,
    learning_rate: float = 2e-3,
    schedule: Literal["cosine", "linear", "constant"] = "cosine",
    warmup: int = 20,
    weight_decay: float = 0.01,
    order: Order = "shuffled",
    too_long: TooLong = "error",
    lora: Lora | None = None,
    on_step: Callable[[Progress], None] | None = None,
) -> TrainingReport:
    """Teach `student` in place.

    Rows that begin other rows are folded into them, so that a conversation is read once (`folding`). The
    loss of a step is the weighted mean over the tokens of its batch. The same student, rows, settings and
    seed give the same weights on one machine. Called in each of several processes (``accelerate launch``,
    ``torchrun``), they share each step: two of them with 8 rows make the steps of one with 16.

    Args:
        student: Who learns.
        examples: Training rows; message weights say what is learnt.
        steps: Optimizer steps, exactly; the rows are gone through as often as that takes.
        seed: Decides order and dropout.
        batch_size: Rows per step (on each device), after folding.
        learning_rate: At its highest.
        schedule: How it falls after the warm-up: to 0 (``cosine``, ``linear``) or not at all.
        warmup: Steps in which it rises, cut to a tenth of `steps`; `constant` has none.
        weight_decay: Of AdamW.
        order: In which order rows are taken.
        too_long: What becomes of rows that do not fit the context; they are never cut.
        lora: Train adapters instead of all weights; needs the extra ``train``.
        on_step: Called after each step.

    Raises:
        MaskError: a row without loss, or without a prompt.
        TrainingError: nothing to train on, a row too long, or a loss that is no longer finite.
        ConfigError: a setting out of range.
    """
    if steps < 1 or batch_size < 1 or not 0 < learning_rate < 1 or warmup < 0 or weight_decay < 0:
        raise ConfigError(
            "training needs steps >= 1, batch_size >= 1, 0 < learning_rate < 1, warmup >= 0 and "
            f"weight_decay >= 0, not {steps}, {batch_size}, {learning_rate}, {warmup} and {weight_decay}."
        )
    started, cpu_started = time.perf_counter(), time.process_time()
    rows, dropped = encode_all(examples, student.chat, context=student.context, too_long=too_long)
    rows = fold(rows)
    watch = _Watch(steps, on_step)
    model: Any = student.model if lora is None else _with_adapters(student.model, lora)
    with tempfile.TemporaryDirectory() as scratch:
        arguments = TrainingArguments(
            output_dir=scratch,
            max_steps=steps,
            per_device_train_batch_size=batch_size,
            learning_rate=learning_rate,
            lr_scheduler_type="constant_with_warmup" if schedule == "constant" else schedule,
            warmup_steps=min(warmup, steps // 10),
            weight_decay=weight_decay,
            seed=seed % 2**32,
            bf16=student.compute.precision == "bf16",
            use_cpu=student.compute.device == "cpu",
            save_strategy="no",
            logging_strategy="no",
            report_to="none",
            disable_tqdm=True,
            remove_unused_columns=False,
            dataloader_pin_memory=False,
        )
        lengths = [len(row) for row in rows]
        a_step = batch_size * arguments.world_size
        chosen = batch_order(lengths, steps * a_step, a_step, seed, order)
        trainer = _WeightedTrainer(
            model=model,
            args=arguments,
            train_dataset=_Rows(rows, chosen),
            data_collator=lambda taken: pad_rows(taken, student.chat.pad),
            callbacks=[watch],
        )
        trainer.remove_callback(PrinterCallback)
        watch.losses = trainer.losses
        begun = time.perf_counter()
        with _own_forward(model):
            trainer.train()
        flops = training_flops(student.model, [lengths[row] for row in chosen])
        each = flops / (time.perf_counter() - begun) / arguments.world_size
        share = utilisation(each, arguments.device)
    student.model = model.eval() if lora is None else model.merge_and_unload().eval()
    student.name = "new"
    return TrainingReport(
        steps=trainer.state.global_step,
        seed=seed,
        rows=len(rows),
        tokens=int(trainer.tokens),
        losses=tuple(float(loss) for loss in trainer.losses),
        dropped=dropped,
        flops=flops,
        utilisation=share,
        seconds=time.perf_counter() - started,
        cpu_seconds=time.process_time() - cpu_started,
    )


def usual_learning_rate(parameters: int) -> float:
    """The highest learning rate of a student of so many parameters, where nobody gives one."""
    return 2e-3 if parameters <= SMALL else 2e-5


class _Rows(Dataset[Encoded]):
    """The rows in the order in which training takes them, each pass after the other."""

    def __init__(self, rows: Sequence[Encoded], order: Sequence[int]) -> None:
        self.rows, self.order = rows, order

    def __len__(self) -> int:
        return len(self.order)

    def __getitem__(self, place: int) -> Encoded:
        return self.rows[self.order[place]]


class _WeightedTrainer(Trainer):
    """Each token counts by its weight; a batch is worked through in parts of like length."""

    def __init__(self, **rest: Any) -> None:
        super().__init__(**rest)
        self.losses: list[torch.Tensor] = []
        self.tokens: Any = 0  # on the device: nothing waits for it
        on_cpu = self.args.device.type == "cpu"
        self.split_cost = SPLIT_COST if on_cpu else MOST_TOKENS

    def _get_train_sampler(self, train_dataset: Any = None) -> Sampler[int]:
        rows: Any = train_dataset if train_dataset is not None else self.train_dataset
        return SequentialSampler(rows)

    def training_step(
        self, model: torch.nn.Module, inputs: dict[str, Any], num_items_in_batch: Any = None
    ) -> torch.Tensor:
        model.train()
        lengths = inputs.pop("lengths").tolist()
        batch: Batch = self._prepare_inputs(inputs)
        # The mean over devices, since their gradients are averaged too.
        total = self.accelerator.reduce(batch["weights"][:, 1:].sum(), reduction="mean")
        parts = micro_batches(lengths, self.split_cost, MOST_TOKENS)
        loss = torch.zeros((), device=total.device)
        for part in parts:
            rows = slice(part.start, part.stop)
            cut = {name: value[rows, : lengths[part.start]] for name, value in batch.items()}
            last = part is parts[-1]
            with contextlib.nullcontext() if last else self.accelerator.no_sync(model):
                with self.compute_loss_context_manager():
                    share = self.compute_loss(model, {**cut, "total": total})
                self.accelerator.backward(share)
            loss += share.detach()
        self.tokens += self.accelerator.reduce((batch["labels"][:, 1:] != NO_LABEL).sum())
        self.losses.append(self.accelerator.reduce(loss, reduction="mean"))
        return loss

    def compute_loss(
        self, model: Any, inputs: dict[str, Any], return_outputs: bool = False, num_items_in_batch: Any = None
    ) -> Any:
        # No attention mask: padding stands on the right, where no token that carries loss can see it.
        outputs = model(input_ids=inputs["input_ids"], use_cache=False)
        logits = outputs.logits[:, :-1].float()
        labels, weights = inputs["labels"][:, 1:], inputs["weights"][:, 1:]
        nats = cross_entropy(logits.transpose(1, 2), labels, ignore_index=NO_LABEL, reduction="none")
        loss = (nats * weights).sum() / inputs["total"]
        return (loss, outputs) if return_outputs else loss


class _Watch(TrainerCallback):
    """Stops a training whose loss is lost, and tells the caller how it goes."""

    def __init__(self, steps: int, on_step: Callable[[Progress], None] | None) -> None:
        self.steps, self.on_step = steps, on_step
        self.losses: list[torch.Tensor] = []

    def on_step_end(self, args: Any, state: Any, control: Any, **rest: Any) -> None:
        loss = float(self.losses[-1])
        if not np.isfinite(loss):
            raise TrainingError(
                f"the loss is {loss} at step {state.global_step}; "
                "a lower learning_rate or longer warmup may help."
            )
        if self.on_step is not None:
            rate = rest["lr_scheduler"].get_last_lr()[0]
            self.on_step(Progress(step=state.global_step, steps=self.steps, loss=loss, learning_rate=rate))


@contextlib.contextmanager
def _own_forward(model: torch.nn.Module) -> Iterator[None]:
    """Afterwards the model computes as before; for bf16 accelerate wraps its forward pass for good."""
    held = vars(model)
    before = {name: held[name] for name in WRAPPED if name in held}
    try:
        yield
    finally:
        for name in WRAPPED:
            held.pop(name, None)
        held.update(before)


def _with_adapters(model: Any, lora: Lora) -> Any:
    try:
        from peft import LoraConfig, get_peft_model
    except ImportError:
        raise ConfigError("LoRA needs the package peft: pip install 'schoolroom[train]'.") from None
    return get_peft_model(
        model,
        LoraConfig(
            r=lora.rank,
            lora_alpha=lora.alpha,
            lora_dropout=lora.dropout,
            target_modules="all-linear",
            task_type="CAUSAL_LM",
        ),
    )

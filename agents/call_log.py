"""Where the clients of language models note their calls, so that seats can keep them. Makes none."""

from contextvars import ContextVar
from dataclasses import dataclass, field

from ..transcripts.records import ModelCall, derive_seed

__all__ = ["CallLog", "call_log"]


@dataclass
class CallLog:
    """What a speaker's client notes down while one cue is answered."""

    seed: int | None = None
    calls: list[ModelCall] = field(default_factory=list)

    @property
    def sample(self) -> int:
        """The sample index of the next call: another one for every call of a cue.

        A reply that cannot be used is thus never the answer to the call that asks for a better one.
        """
        seed = self.seed or 0
        return derive_seed(seed, len(self.calls)) if self.calls else seed


call_log: ContextVar[CallLog | None] = ContextVar("call_log", default=None)
"""Where clients note their calls; set by the seat, seen by everything that it awaits, tasks included."""

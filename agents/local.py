"""Seats played by a local model: cues become prompts, and continuations lines. No model is loaded here."""

import time
from collections.abc import Sequence

from ..transcripts.errors import ModelUnavailable, ReplyError, SchoolroomError, SeatError
from ..transcripts.generation import Request
from ..transcripts.prompts import prompt
from ..transcripts.records import Cue, Line, Message, ModelCall, SeatInfo, Usage, derive_seed
from ..transcripts.replies import parse
from .batching import BatchingGenerator
from .call_cache import CallCache
from .persona import Persona

__all__ = ["LocalSeat"]


class LocalSeat:
    """A persona played by a local model, which the requests of all classrooms reach in shared batches.

    Args:
        persona: Its instructions are what the model reads, its `[generation]` how it is asked.
        name: The name by which scripts cue this seat.
        batcher: The model.
        attempts_to_parse: How often a reply is asked for until it can be parsed, from 1.
        cache: Where a stored continuation is looked for before the model is asked; None: nowhere.
    """

    def __init__(
        self,
        persona: Persona,
        *,
        name: str,
        batcher: BatchingGenerator,
        attempts_to_parse: int = 3,
        cache: CallCache | None = None,
    ) -> None:
        self.persona = persona
        self.name = name
        self.role = persona.role
        self.info = SeatInfo(
            seat=name, role=persona.role, persona=persona.label, model=batcher.generator.name
        )
        self._batcher = batcher
        self._attempts = attempts_to_parse
        self._cache = cache

    async def speak(self, cue: Cue) -> Line:
        """Answer `cue`; an unusable reply is asked for again, with the reason and another seed.

        A lenient cue takes the first reply as it comes, without a payload where it cannot be parsed.

        Raises:
            ReplyError: no reply could be parsed.
            ModelError: the model failed.
        """
        calls: list[ModelCall] = []
        try:
            return await self._say(cue, calls)
        except SeatError as error:
            error.calls = tuple(calls)
            raise

    async def _say(self, cue: Cue, calls: list[ModelCall]) -> Line:
        """The line; every call is noted in `calls`."""
        messages, reason = prompt(cue, self.role, self.persona.instructions), ""
        for sample in range(self._attempts):
            call = await self._call(messages, cue.seed if sample == 0 else derive_seed(cue.seed, sample))
            calls.append(call)
            text = call.reply.strip()
            try:
                payload = parse(cue, text)
            except ReplyError as error:
                if cue.lenient:
                    return Line(text=text, calls=tuple(calls))
                reason = str(error)
                messages = _asked_again(messages, text, reason)
            else:
                return Line(text=text, payload=payload, calls=tuple(calls))
        raise ReplyError(f"seat '{self.name}', asked {self._attempts} times: {reason}")

    async def _call(self, messages: tuple[Message, ...], seed: int) -> ModelCall:
        generation = self.persona.generation
        request = Request(
            messages=messages,
            max_new_tokens=generation.max_new_tokens,
            temperature=generation.temperature,
            seed=seed,
        )
        params = request.model_dump(exclude={"messages"})
        key = ModelCall.key_of(self.info.model, params, messages)
        if self._cache is not None and (stored := await self._cache.find(key)) is not None:
            return stored
        begun = time.perf_counter()
        try:
            generated = await self._batcher.submit(request)
        except SchoolroomError:
            raise
        except Exception as error:
            raise ModelUnavailable(f"{self.info.model} failed: {type(error).__name__}: {error}") from error
        return ModelCall(
            key=key,
            model=self.info.model,
            params=params,
            messages=messages,
            reply=generated.text,
            usage=Usage(prompt_tokens=generated.prompt_tokens, completion_tokens=generated.completion_tokens),
            cost=0.0,
            seconds=time.perf_counter() - begun,
        )


def _asked_again(messages: Sequence[Message], reply: str, reason: str) -> tuple[Message, ...]:
    """The same conversation, then the reply that cannot be used (if it says anything) and why."""
    again = f"This cannot be used: {reason} Answer again."
    if reply:
        said = Message(role="assistant", content=reply)
        return (*messages, said, Message(role="user", content=again))
    last = messages[-1]  # two user messages in a row are refused by some chat templates
    return (*messages[:-1], last.model_copy(update={"content": f"{last.content}\n{again}"}))

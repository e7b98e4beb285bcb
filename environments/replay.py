"""Stored conversations proven: the real script, driven by the recorded lines, must say and do the same.

No seat is asked and no model called. What is proven of an episode: the script cues every recorded turn, in
order, of the same seat, for the same thing, about the same question, with the same turns heard; it ends where
the record says so, and goes on where the record breaks off; the words still mean what was recorded; a model
would be given the same messages; and the ids follow from the content.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from itertools import pairwise
from typing import NamedTuple

from ..agents.checks import core
from ..transcripts.errors import ConfigError, SchoolroomError
from ..transcripts.prompts import prompt
from ..transcripts.records import Cue, Ending, Episode, Payload, Question, Run, Turn
from ..transcripts.replies import parse
from .classroom import hold
from .differences import Difference, Verified, differs, id_differs
from .episodes import bind_script
from .script import Script

__all__ = ["Difference", "Verified", "verify", "verify_run"]


class _Cued(NamedTuple):
    """What a script asks, as far as a turn records it."""

    seat: str
    ask: str
    heard: tuple[int, ...]
    about: Question

    @classmethod
    def by(cls, turn: Turn, home: Question) -> "_Cued":
        """What `turn` answers, in an episode about `home`."""
        return cls(turn.seat, turn.ask, turn.heard, turn.question or home)

    def words(self) -> list[str]:
        """It in lines."""
        about = self.about.model_dump_json()
        return [f"seat: {self.seat}", f"ask: {self.ask}", f"heard: {list(self.heard)}", f"about: {about}"]


async def verify_run(run: Run, episodes: Iterable[Episode], *, keep: int = 20) -> Verified:
    """Verify episodes of one run, one after the other; they may be a stream.

    Args:
        run: What they belong to; its plan names the script.
        episodes: With their model calls: without, nothing that a model said is read again.
        keep: How many differences the result holds at most.

    Raises:
        ConfigError: no script led the run, or its settings are none of the script's any more.
        UnknownName: there is no such script any more.
    """
    name, settings = run.plan.get("script"), run.plan.get("settings") or {}
    if run.kind == "import" or not isinstance(name, str):
        raise ConfigError(
            f"run {run.id} cannot be verified: no script of schoolroom's led its conversations. "
            "They can be shown all the same."
        )
    script = bind_script(name, settings)
    personas = run.plan.get("personas") or {}
    instructions = {
        seat: persona["instructions"] for seat, persona in personas.items() if "instructions" in persona
    }
    kept: list[Difference] = []
    found = held = turns = different = 0
    if run.id != (now := Run.id_of(run.plan, run.seed)):
        kept.append(id_differs("", "run", run.id, now))
        found = 1
    for episode in episodes:
        differences = await verify(episode, script, instructions=instructions)
        held, turns, found = held + 1, turns + len(episode.turns), found + len(differences)
        different += bool(differences)
        kept += differences[: max(keep - len(kept), 0)]
    return Verified(
        run=run.id,
        episodes=held,
        turns=turns,
        different=different,
        found=found,
        differences=tuple(kept[:keep]),
    )


async def verify(
    episode: Episode,
    script: Callable[[Question], Script],
    *,
    instructions: Mapping[str, Mapping[str, str]] | None = None,
) -> tuple[Difference, ...]:
    """What of `episode` is not as `script` and the recorded lines make it; nothing where all is the same.

    An error of the script is a difference as well. An episode that was cut short or is open is verified as
    far as it goes.

    Args:
        episode: With its model calls.
        script: Makes the script of a question; see `bind_script`.
        instructions: By seat: what a model in that seat is told; see `Persona.instructions`. Messages to
            other seats are not compared.
    """
    cues: list[Cue] = []
    outcome = await _outcome(episode, script, cues)
    found = [*_ids(episode), *_order(episode), *_flow(episode, cues, outcome)]
    for turn, cue in _pairs(episode, cues):
        found += [*_speaker(episode, turn), *_words(episode, turn, cue)]
        found += _prompt(episode, turn, cue, (instructions or {}).get(turn.seat))
    return tuple(sorted(found, key=lambda difference: -1 if difference.turn is None else difference.turn))


async def _outcome(episode: Episode, script: Callable[[Question], Script], cues: list[Cue]) -> Ending | None:
    """How the classroom ends by the recorded lines alone; None where the script goes on to ask.

    Every cue of the script is noted in `cues`: the place there is the index of the turn that answers it.
    """
    said = {turn.index for turn in episode.turns}
    try:
        noted = _noted(script(episode.question), cues)
        held = await hold(noted, {}, seed=episode.seed, recorded=episode.turns)
    except Exception as error:
        if not said.issuperset(range(len(cues))):
            return None  # nobody sits there to answer
        return Ending(kind="cut_short", reason=f"{type(error).__name__}: {error}")
    return held.ending


def _noted(script: Script, cues: list[Cue]) -> Script:
    """`script`, with its cues noted as they pass."""
    said = None
    with closing(script):
        while True:
            try:
                cued = script.send(said)
            except StopIteration:
                return
            several = cued if isinstance(cued, tuple) else (cued,)
            cues += [cue for cue in several if isinstance(cue, Cue)]
            said = yield cued


def _ids(episode: Episode) -> Iterator[Difference]:
    now = Episode.id_of(episode.run, episode.question, episode.seed, episode.origin)
    if episode.id != now:
        yield id_differs(episode.id, "episode", episode.id, now)


def _order(episode: Episode) -> Iterator[Difference]:
    for before, index in pairwise(turn.index for turn in episode.turns):
        if index <= before:
            says = "is recorded twice" if index == before else f"is recorded after turn {before + 1}"
            yield differs(episode, index, "order", f"{says}.")


def _flow(episode: Episode, cues: Sequence[Cue], outcome: Ending | None) -> Iterator[Difference]:
    """The first place where script and record part, if they do; all that follows hangs on it."""
    recorded = {turn.index: turn for turn in episode.turns}
    finished = episode.ending is not None and episode.ending.kind == "finished"
    beyond = min((index for index in recorded if index >= len(cues)), default=None)
    home = cues[0].question if cues else episode.question
    for index, cue in enumerate(cues):
        now = _Cued(cue.seat, cue.ask, tuple(turn.index for turn in cue.heard), cue.question)
        if (turn := recorded.get(index)) is not None:
            if (was := _Cued.by(turn, home)) != now:
                yield differs(episode, index, "cue", "answers another cue.", was.words(), now.words())
                return
        elif finished or beyond is not None:
            yield differs(episode, index, "cue", "is missing: the script asks for it.", [], now.words())
            return
    then = [_ending_words(outcome)]
    if beyond is not None:
        was = _Cued.by(recorded[beyond], home)
        says = "is recorded, but the script never asks for it."
        yield differs(episode, beyond, "cue", says, was.words(), then)
    elif not _may_end(episode.ending, outcome):
        last = len(cues) - 1 if cues else None
        says = "is where the episode ends, in another way." if cues else "The episode ends in another way."
        yield differs(episode, last, "ending", says, [_ending_words(episode.ending)], then)


def _may_end(recorded: Ending | None, now: Ending | None) -> bool:
    """Whether an episode that the lines bring to `now` may have been recorded so.

    One that is open may have lost no more than its last word; one that a seat cut short has more to ask.
    """
    if recorded is None:
        return now is None or now.kind == "finished"
    return now == recorded or (now is None and recorded.kind == "cut_short")


def _pairs(episode: Episode, cues: Sequence[Cue]) -> Iterator[tuple[Turn, Cue]]:
    """The turns that answer their cues, and these."""
    for turn in episode.turns:
        if turn.index < len(cues) and (cue := cues[turn.index]).ask is turn.ask and cue.seat == turn.seat:
            yield turn, cue


def _speaker(episode: Episode, turn: Turn) -> Iterator[Difference]:
    """A turn's role and persona are those of its seat; a turn that was repeated may be another's."""
    seats = {info.seat: [str(info.role), info.persona] for info in episode.seats}
    was, now = [str(turn.role), turn.persona], seats.get(turn.seat, [])
    if episode.origin is None and was != now:
        yield differs(episode, turn.index, "speaker", "was said by somebody else than its seat.", was, now)


def _words(episode: Episode, turn: Turn, cue: Cue) -> Iterator[Difference]:
    """What a model said is read again, and must mean the same; a script's words, as far as they tell."""
    unreadable, payload = "", None
    try:
        payload = parse(cue, turn.text)
    except SchoolroomError as error:
        unreadable = str(error)
    if turn.calls:
        same = payload == turn.payload and (not unreadable or cue.lenient)
    else:
        told = turn.payload and core(turn.payload)
        same = not told or (payload is not None and core(payload) == told)
    if not same:
        now = [unreadable] if unreadable else _payload_words(payload)
        says = "does not mean what is recorded."
        yield differs(episode, turn.index, "payload", says, _payload_words(turn.payload), now)
    models = {info.seat: info.model for info in episode.seats}
    if turn.calls and not models.get(turn.seat, "").startswith("autogen:"):  # agents may reword a reply
        was, reply = turn.text.strip(), turn.calls[-1].reply.strip()
        if was != reply:
            says = "is not what the model replied."
            yield differs(episode, turn.index, "words", says, was.splitlines(), reply.splitlines())


def _prompt(
    episode: Episode, turn: Turn, cue: Cue, instructions: Mapping[str, str] | None
) -> Iterator[Difference]:
    """The messages that a model was given follow from the cue and the persona in the plan."""
    if not turn.calls or not instructions:
        return
    was = [f"{message.role}: {message.content}" for message in turn.calls[0].messages]
    try:
        now = [f"{message.role}: {message.content}" for message in prompt(cue, turn.role, instructions)]
    except SchoolroomError as error:
        now = [str(error)]
    if was != now:
        old, new = ([line for words in side for line in words.splitlines()] for side in (was, now))
        yield differs(episode, turn.index, "prompt", "was asked for in other words.", old, new)


def _payload_words(payload: Payload | None) -> list[str]:
    if payload is None:
        return ["nothing that can be read"]
    return json.dumps(payload.model_dump(mode="json"), ensure_ascii=False, indent=2).splitlines()


def _ending_words(ending: Ending | None) -> str:
    if ending is None:
        return "it goes on"
    return "finished" if ending.kind == "finished" else f"cut short: {ending.reason or 'no reason given'}"

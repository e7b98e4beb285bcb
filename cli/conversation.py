"""An episode as people read it: who said what, in colour, with the wrong step marked. No database here."""

from collections.abc import Iterator, Sequence

from rich.console import Group, RenderableType
from rich.text import Text

from ..environments.telling import blamed_line, blames_on, ending_words, task, verdict
from ..transcripts.records import Episode, Feedback, ModelCall, Turn
from .screen import clean, indented, money, seconds

__all__ = ["calls_words", "closing", "conversation", "opening", "spoken"]


def conversation(episode: Episode, *, heading: bool = True) -> Group:
    """The whole episode: its question, its turns and its ending."""
    turns = (spoken(episode, place) for place in range(len(episode.turns)))
    return Group(opening(episode, heading=heading), *turns, closing(episode))


def opening(episode: Episode, *, heading: bool = True) -> Group:
    """What it is, and its question."""
    question = indented(Text(clean(episode.question.text), style="title"))
    return Group(*((_heading(episode), Text()) if heading else ()), question, Text())


def spoken(episode: Episode, place: int) -> Group:
    """The turn at this place; before it, what it is about where the turn before was about something else.

    A mistake is marked where the episode holds the turn that blames it.
    """
    turn = episode.turns[place]
    about = episode.question_of(turn)
    before = episode.question_of(episode.turns[place - 1]) if place else episode.question
    asked = indented(Text(clean(f"{about.tier}: {about.text}"), style="title"))
    return Group(*((asked, Text()) if about != before else ()), *_turn(episode, turn), Text())


def closing(episode: Episode) -> Group:
    """How it ended, where it is not simply finished, and what no turn came of."""
    parts: list[Text] = []
    if episode.ending is None or episode.ending.kind == "cut_short":
        parts += [Text(clean(ending_words(episode)), style="wrong"), Text()]
    if episode.lost_calls:
        parts += [Text(f"no turn came of: {calls_words(episode.lost_calls)}", style="faint"), Text()]
    return Group(*parts)


def _heading(episode: Episode) -> Text:
    ended = "open" if episode.ending is None else episode.ending.kind.replace("_", " ")
    question, origin = episode.question, episode.origin
    about = " · ".join((question.lesson, question.tier, episode.script, ended, f"run {episode.run[:8]}"))
    if origin is not None:
        about += f"\nparts from {origin.episode[:10]} at turn {origin.turn + 1}"
    return Text.assemble(("episode ", "faint"), (episode.id, "title"), (f"\n{clean(about)}", "faint"))


def _turn(episode: Episode, turn: Turn) -> Iterator[RenderableType]:
    yield Text.assemble(
        (f"{turn.index + 1} ", "faint"),
        (clean(turn.seat), turn.role),
        (f"  {clean(turn.persona)} · {task(episode, turn)}", "faint"),
    )
    yield indented(_words(episode, turn))
    if said := verdict(episode, turn):
        yield indented(Text(clean(said), style="right" if turn.says_correct else "wrong"))
    if turn.calls:
        yield indented(Text(calls_words(turn.calls), style="faint"))


def _words(episode: Episode, turn: Turn) -> Text:
    """What was said; in an attempt, the step that feedback blames is marked."""
    text = Text(clean(turn.text) or "(nothing)")
    told = next(blames_on(episode, turn), None) if turn.attempt is not None else None
    if turn.attempt is None or told is None or not isinstance(blame := told.payload, Feedback):
        return text
    if (number := blamed_line(blame, turn.attempt, turn.text.split("\n"))) is None:
        return text
    lines = text.split("\n", allow_blank=True)
    line = lines[number]
    line.stylize("wrong")
    if blame.span and (start := line.plain.find(clean(blame.span))) >= 0:
        line.stylize("underline", start, start + len(clean(blame.span)))
    line.append("   ← wrong", style="wrong")
    return Text("\n").join(lines)


def calls_words(calls: Sequence[ModelCall]) -> str:
    """Model, tokens, time and cost of the calls that a turn took."""
    models = ", ".join(dict.fromkeys(clean(call.model) for call in calls))
    read = sum(call.usage.prompt_tokens for call in calls)
    written = sum(call.usage.completion_tokens for call in calls)
    costs = [call.cost for call in calls]
    cost = None if any(c is None for c in costs) else sum(c or 0.0 for c in costs)
    several = f"{len(calls)} calls, " if len(calls) > 1 else ""
    took = seconds(sum(call.seconds for call in calls))
    stored = sum(call.cached for call in calls)
    source = f" · {stored:,} of {len(calls):,} from the store" if stored else ""
    return f"{several}{models} · {read:,} + {written:,} tokens · {took} · {money(cost)}{source}"

"""An episode as people read it: who said what, in colour, with the wrong step marked. No database here."""

from collections.abc import Iterator, Sequence

from rich.console import Group, RenderableType
from rich.text import Text

from ..transcripts.records import Ask, Attempt, Episode, Feedback, Grade, ModelCall, Payload, Turn
from .screen import clean, indented, money, quantity, seconds

__all__ = ["calls_words", "closing", "conversation", "ending_words", "opening", "spoken"]

ASKED = {
    Ask.ATTEMPT: "attempt",
    Ask.FEEDBACK: "feedback",
    Ask.REVISE: "revision",
    Ask.DEMONSTRATE: "demonstration",
    Ask.GRADE: "grade",
    Ask.RUBRIC: "rubric",
    Ask.GENERALIZE: "questions of the same kind",
    Ask.HARDEN: "harder questions",
    Ask.DIVIDE: "parts of the question",
}


PREPOSITIONS = {Ask.FEEDBACK: "on", Ask.GRADE: "of"}


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
        parts += [Text(ending_words(episode), style="wrong"), Text()]
    if episode.lost_calls:
        parts += [Text(f"no turn came of: {calls_words(episode.lost_calls)}", style="faint"), Text()]
    return Group(*parts)


def ending_words(episode: Episode) -> str:
    """``finished``, ``cut short: …`` or ``open``."""
    if episode.ending is None:
        return "open: it is under way, or was when the process ended"
    if episode.ending.kind == "finished":
        return "finished"
    return clean(f"cut short: {episode.ending.reason or 'no reason given'}")


def _heading(episode: Episode) -> Text:
    ended = "open" if episode.ending is None else episode.ending.kind.replace("_", " ")
    question, origin = episode.question, episode.origin
    about = " · ".join((question.lesson, question.tier, episode.script, ended, f"run {episode.run[:8]}"))
    if origin is not None:
        about += f"\nparts from {origin.episode[:10]} at turn {origin.turn + 1}"
    return Text.assemble(("episode ", "faint"), (episode.id, "title"), (f"\n{clean(about)}", "faint"))


def _turn(episode: Episode, turn: Turn) -> Iterator[RenderableType]:
    on = _subject_of(episode, turn)
    about = f" {PREPOSITIONS[turn.ask]} turn {on + 1}" if on is not None else ""
    yield Text.assemble(
        (f"{turn.index + 1} ", "faint"),
        (clean(turn.seat), turn.role),
        (f"  {clean(turn.persona)} · {ASKED[turn.ask]}{about}", "faint"),
    )
    yield indented(_words(episode, turn))
    if (verdict := _verdict(turn.payload, None if on is None else episode.turns[on].attempt)) is not None:
        yield indented(verdict)
    if turn.calls:
        yield indented(Text(calls_words(turn.calls), style="faint"))


def _subject_of(episode: Episode, turn: Turn) -> int | None:
    """Index of the attempt that a judgement is about, where more than one could be meant."""
    if not isinstance(turn.payload, Feedback | Grade):
        return None
    solutions = [i for i in turn.heard if i < len(episode.turns) and episode.turns[i].attempt is not None]
    return solutions[-1] if solutions else None


def _words(episode: Episode, turn: Turn) -> Text:
    """What was said; in an attempt, the step that feedback blames is marked."""
    text = Text(clean(turn.text) or "(nothing)")
    attempt = turn.attempt
    blame = _blame(episode, turn) if attempt is not None else None
    if attempt is None or blame is None:
        return text
    lines = text.split("\n", allow_blank=True)
    if (number := _line_of(blame, attempt, [line.plain for line in lines])) is None:
        return text
    line = lines[number]
    line.stylize("wrong")
    if blame.span and (start := line.plain.find(clean(blame.span))) >= 0:
        line.stylize("underline", start, start + len(clean(blame.span)))
    line.append("   ← wrong", style="wrong")
    return Text("\n").join(lines)


def _blame(episode: Episode, turn: Turn) -> Feedback | None:
    """The first feedback on this attempt that finds something wrong in it."""
    return next(
        (
            later.payload
            for later in episode.turns
            if isinstance(later.payload, Feedback)
            and not later.payload.correct
            and _subject_of(episode, later) == turn.index
        ),
        None,
    )


def _line_of(blame: Feedback, attempt: Attempt, lines: Sequence[str]) -> int | None:
    """Which line holds the blamed step; steps stand in the text in their order, some lines are none."""
    wanted = len(attempt.steps) if blame.step is None else blame.step
    number = -1
    for index, step in enumerate(attempt.steps):
        said = clean(step)
        number = next((n for n in range(number + 1, len(lines)) if lines[n].strip() == said), number)
        if index == wanted:
            return number if number >= 0 else None
    answer = clean(attempt.answer or "")
    return next((n for n in reversed(range(len(lines))) if answer and answer in lines[n]), None)


def _verdict(payload: Payload | None, attempt: Attempt | None) -> Text | None:
    """What a judgement of `attempt` means, in a line."""
    match payload:
        case Feedback(correct=True):
            return Text("✓ all correct", style="right")
        case Feedback():
            steps = len(attempt.steps) if attempt else 0
            in_steps = payload.step is not None and payload.step < steps
            place = f"step {(payload.step or 0) + 1}" if in_steps else "the answer"
            span = f', "{payload.span}"' if payload.span else ""
            words = clean(f"{place}{span}: {payload.reason}" if payload.reason else f"{place}{span}")
            return Text(f"✗ {words.splitlines()[0]}", style="wrong")
        case Grade():
            said = f"{'✓ right' if payload.correct else '✗ wrong'}, score {payload.score:.2f}"
            if payload.wrong_steps is not None and payload.steps is not None:
                said += f", {payload.wrong_steps} of {quantity(payload.steps, 'step')} wrong"
            return Text(said, style="right" if payload.correct else "wrong")
        case _:
            return None


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

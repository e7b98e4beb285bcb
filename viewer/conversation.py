"""The page of one episode: a conversation as a chat, what stands around it, and what it cost."""

import shlex
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ..environments.forks import last_fork
from ..environments.reports import Totals
from ..environments.telling import ending_words, judged, outcome, task, verdict
from ..transcripts.kinship import MadeOf
from ..transcripts.records import Episode, Feedback, Grade, ModelCall, Question, SeatInfo, Turn
from .branches import branches
from .episodes import ENDS, neighbours
from .forking import refusal
from .revisions import Revision, revision
from .serving import Site
from .spans import Span, spans

__all__ = ["Conversation", "Paid", "Said", "commands", "conversation", "paid", "routes"]


class Paid(NamedTuple):
    """What model calls took."""

    calls: tuple[ModelCall, ...]
    models: tuple[str, ...]
    read: int
    """Tokens of prompts."""
    written: int
    """Tokens of replies."""
    seconds: float
    cost: float | None
    """US dollars; None where a price is not known. Calls that the store answered cost nothing."""
    cached: int
    """How many the store answered."""


@dataclass(frozen=True, slots=True)
class Said:
    """A turn as the chat shows it."""

    turn: Turn
    voice: int
    """Which seat of its role said it, from 1."""
    model: str | None
    """What plays the seat, where a model does."""
    task: str
    """As in ``feedback on turn 1``."""
    on: int | None
    """Index of the turn that it judges."""
    asked: Question | None
    """What it is about, where the turn before was about something else."""
    spans: tuple[Span, ...]
    revision: Revision | None
    verdict: str | None
    """In a line, of what judges."""
    is_right: bool | None
    """What it judges; None where it judges nothing."""
    paid: Paid | None
    repeated: bool
    """Whether it was said in the episode that this one parts from, and paid for there."""
    can_fork: bool
    made: tuple[MadeOf, ...]
    """Training rows that it went into."""


@dataclass(frozen=True, slots=True)
class Conversation:
    """An episode as the chat shows it."""

    episode: Episode
    seats: tuple[tuple[SeatInfo, int], ...]
    """Who sits where, with the number of the voice."""
    said: tuple[Said, ...]
    ending: str
    outcome: str | None
    totals: Totals
    lost: Paid | None
    """Calls that no turn came of."""


def conversation(episode: Episode, made: Sequence[MadeOf] = (), *, can_fork: bool = False) -> Conversation:
    """An episode as the chat shows it.

    Args:
        episode: It, with its model calls.
        made: The training rows made of its turns.
        can_fork: Whether a command can fork it.
    """
    seats = _voices(episode)
    voices = {info.seat: number for info, number in seats}
    models = {info.seat: info.model for info, _ in seats if info.model != "scripted"}
    rows: defaultdict[int, list[MadeOf]] = defaultdict(list)
    for row in made:
        rows[row.turn].append(row)
    told: list[Said] = []
    about = episode.question
    for turn in episode.turns:
        before, about = about, episode.question_of(turn)
        told.append(
            _said(
                episode,
                turn,
                voice=voices.get(turn.seat, 1),
                model=models.get(turn.seat),
                asked=about if about != before else None,
                made=tuple(rows[turn.index]),
                can_fork=can_fork and turn.index <= last_fork(episode),
            )
        )
    return Conversation(
        episode=episode,
        seats=seats,
        said=tuple(told),
        ending=ending_words(episode),
        outcome=outcome(episode),
        totals=Totals().plus(episode),
        lost=paid(episode.lost_calls),
    )


def _said(
    episode: Episode,
    turn: Turn,
    *,
    voice: int,
    model: str | None,
    asked: Question | None,
    made: tuple[MadeOf, ...],
    can_fork: bool,
) -> Said:
    on = judged(episode, turn)
    judges = isinstance(turn.payload, Feedback | Grade)
    return Said(
        turn=turn,
        voice=voice,
        model=model,
        task=task(episode, turn),
        on=None if on is None else on.index,
        asked=asked,
        spans=spans(episode, turn),
        revision=revision(episode, turn),
        verdict=verdict(episode, turn),
        is_right=turn.says_correct if judges else None,
        paid=paid(turn.calls),
        repeated=episode.origin is not None and turn.index < episode.origin.turn,
        can_fork=can_fork,
        made=made,
    )


def _voices(episode: Episode) -> tuple[tuple[SeatInfo, int], ...]:
    """All seats, each with its number among those of its role."""
    seen: Counter[str] = Counter()
    numbered: list[tuple[SeatInfo, int]] = []
    for info in episode.seats:
        seen[info.role] += 1
        numbered.append((info, seen[info.role]))
    return tuple(numbered)


def paid(calls: Sequence[ModelCall]) -> Paid | None:
    """What `calls` took; None of no calls."""
    if not calls:
        return None
    asked = [call for call in calls if not call.cached]
    costs = [call.cost for call in asked]
    return Paid(
        calls=tuple(calls),
        models=tuple(dict.fromkeys(call.model for call in calls)),
        read=sum(call.usage.prompt_tokens for call in calls),
        written=sum(call.usage.completion_tokens for call in calls),
        seconds=sum(call.seconds for call in calls),
        cost=None if None in costs else sum(cost or 0.0 for cost in costs),
        cached=len(calls) - len(asked),
    )


def commands(episode: Episode, where: str, *, can_fork: bool) -> list[str]:
    """What can be typed about an episode of the database `where`."""
    id_ = episode.id[:10]
    lines = [["schoolroom", "replay", id_, "--step"]]
    if can_fork:
        lines.append(["schoolroom", "fork", id_, "--at", str(last_fork(episode) + 1), "--seed", "1"])
    if episode.origin is not None:
        lines.append(["schoolroom", "diff", episode.origin.episode[:10], id_])
    return [shlex.join([*line, "--db", where]) for line in lines]


def routes(site: Site) -> list[Route]:
    """``/episodes/EPISODE``, and its turns alone while it is under way."""

    def show(request: Request) -> Response:
        episode = site.store.episode(request.path_params["episode"])
        around = site.store.around(episode.id)
        can_fork = refusal(episode, site.store.run(episode.run)) is None
        return site.page(
            "episode.html",
            request,
            told=conversation(episode, around.made, can_fork=can_fork),
            around=around,
            within=neighbours(episode.id, request.url.query),
            end=ENDS.get(request.query_params.get("end", "")),
            branches=branches(episode, around.relatives),
            commands=commands(episode, site.store.where, can_fork=can_fork),
        )

    def show_turns(request: Request) -> Response:
        episode = site.store.episode(request.path_params["episode"])
        if episode.ending is not None:
            return Response(status_code=204)
        can_fork = refusal(episode, site.store.run(episode.run)) is None
        told = conversation(episode, can_fork=can_fork)
        return site.page("turn_list.html", request, told=told, live=True, at="")

    return [
        Route("/episodes/{episode}", show, name="episode"),
        Route("/episodes/{episode}/turns", show_turns, name="turns"),
    ]

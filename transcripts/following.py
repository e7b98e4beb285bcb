"""Following a run that another process may be working on: what is new in it since one last looked.

A look costs by what has changed, not by what the run holds: new episodes are found by their serial numbers,
and only those that may still change are looked at again. Nothing here counts or shows what was seen.
"""

import json
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, case, func, select
from sqlmodel import Session

from . import queries
from .leases import Lease
from .records import Ask, Ending, Episode, Grade, Question, Record, Role, Turn
from .tables import EpisodeRow, LeaseRow, LostCallRow, ModelCallRow, QuestionRow, RunRow, TurnRow, table_of

__all__ = ["Change", "Following", "Glance", "Spent", "Standing"]

_NEW = 1_000  # episodes that one look takes in at most
_AGAIN = 100  # of those cut short, which may be tried again: each look takes other ones

_RUN, _LEASE = table_of(RunRow), table_of(LeaseRow)
_EPISODE, _QUESTION, _TURN = table_of(EpisodeRow), table_of(QuestionRow), table_of(TurnRow)


class Spent(Record):
    """What model calls cost, those included that no turn came of."""

    calls: int = 0
    cached: int = 0
    """How many were answered from the store; what follows is of the others."""
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cost: float = 0.0
    """US dollars, of the calls whose price is known."""
    unpriced: int = 0
    """How many calls have a price that is not known."""


class Glance(Record):
    """An episode without its words."""

    episode: str
    lesson: str
    ending: Ending | None
    turns: int
    evidence: tuple[Turn, ...]
    """The student's attempts and all grades, without seats and words: what `unaided_answer` asks for."""
    spent: Spent


class Change(NamedTuple):
    """An episode that is new, or not as it was."""

    before: Glance | None
    after: Glance


class Standing(NamedTuple):
    """How a run stands."""

    ending: Ending | None
    lease: Lease | None
    """Of whoever works on it, or was killed over it (`Lease.is_held` tells); None where nobody does."""


class Following:
    """What is new in one run, look by look. Use `Reads.follow`.

    Every method raises `StoreError` where the database cannot be read.
    """

    def __init__(self, session: Callable[[], AbstractContextManager[Session]], run: str) -> None:
        self._session, self._run = session, run
        self._last = -1  # the highest serial number that was seen
        self._unsettled: dict[str, Glance] = {}  # open, or cut short
        self._cut_short: deque[str] = deque()
        self.is_behind = True
        """Whether the next look has more to tell at once."""

    def standing(self) -> Standing:
        """How the run stands now."""
        with self._session() as session:
            run = session.execute(
                select(_RUN.c.ending, _RUN.c.ending_reason).where(_RUN.c.id == self._run)
            ).one()
            lease = session.execute(select(_LEASE).where(_LEASE.c.run == self._run)).mappings().first()
        return Standing(_ending(*run), None if lease is None else Lease.model_validate(dict(lease)))

    def look(self) -> list[Change]:
        """What has changed since the last look, oldest first; a thousand new episodes at most."""
        new = (_EPISODE.c.run == self._run) & (_EPISODE.c.serial > self._last)
        known = [id_ for id_, glance in self._unsettled.items() if glance.ending is None]
        known += [self._cut_short.popleft() for _ in range(min(_AGAIN, len(self._cut_short)))]
        with self._session() as session:
            glances = _glances(session, _EPISODE.c.id.in_(known)) if known else {}
            found = _glances(session, new, _NEW)
        self.is_behind = len(found) == _NEW
        self._last = max(found, default=self._last)
        seen = [*glances.values(), *found.values()]
        changes = [Change(self._unsettled.get(glance.episode), glance) for glance in seen]
        for glance in seen:
            self._keep(glance)
        return [change for change in changes if change.before != change.after]

    def episodes(self, ids: Sequence[str]) -> list[Episode]:
        """These episodes with their words and without calls, in the order of `ids`."""
        asked = select(EpisodeRow, QuestionRow).join(QuestionRow).where(_EPISODE.c.id.in_(ids))
        with self._session() as session:
            headers = [(row, question) for row, question in session.execute(asked)]
            found = {episode.id: episode for episode in queries.episodes(session, headers, calls=False)}
        return [found[id_] for id_ in ids]

    def _keep(self, glance: Glance) -> None:
        """Remember what may change."""
        if glance.ending is not None and glance.ending.kind == "finished":
            self._unsettled.pop(glance.episode, None)
            return
        self._unsettled[glance.episode] = glance
        if glance.ending is not None:
            self._cut_short.append(glance.episode)


def _glances(session: Session, which: ColumnElement[bool], limit: int | None = None) -> dict[int, Glance]:
    """The episodes that `which` names, by serial number and in its order."""
    columns = [_EPISODE.c[name] for name in ("serial", "id", "ending", "ending_reason")]
    asked = select(*columns, _QUESTION.c.lesson).join(_QUESTION).where(which)
    headers = session.execute(asked.order_by(_EPISODE.c.serial).limit(limit)).all()
    ids = [id_ for _, id_, *_ in headers]
    said, evidence = _said(session, ids)
    spent = _spent(session, ids)
    return {
        serial: Glance(
            episode=id_,
            lesson=lesson,
            ending=_ending(*ending),
            turns=said[id_],
            evidence=tuple(evidence[id_]),
            spent=spent.get(id_, _NOTHING),
        )
        for serial, id_, *ending, lesson in headers
    }


def _said(session: Session, ids: Sequence[str]) -> tuple[Counter[str], dict[str, list[Turn]]]:
    """How many turns each episode has, and those of them that are evidence."""
    names = ("episode", "position", "role", "ask", "heard", "question")
    grade = case((_TURN.c.ask == Ask.GRADE.value, _TURN.c.payload))
    asked = (
        select(*(_TURN.c[name] for name in names), grade)
        .where(_TURN.c.episode.in_(ids))
        .order_by(_TURN.c.episode, _TURN.c.position)
    )
    said: Counter[str] = Counter()
    evidence: defaultdict[str, list[Turn]] = defaultdict(list)
    for episode, position, role, ask, heard, question, payload in session.execute(asked):
        said[episode] += 1
        if payload is not None or (role, ask) == (Role.STUDENT, Ask.ATTEMPT):
            about = {"id": question, "lesson": "", "subject": "", "text": ""}
            evidence[episode].append(
                Turn.model_construct(  # what was stored is valid, and there may be many
                    index=position,
                    seat="",
                    role=Role(role),
                    persona="",
                    ask=Ask(ask),
                    heard=tuple(json.loads(heard)),
                    text="",
                    payload=None if payload is None else Grade.model_validate_json(payload),
                    question=None if question is None else Question.model_construct(**about),
                )
            )
    return said, evidence


def _spent(session: Session, ids: Sequence[str]) -> dict[str, Spent]:
    """What each episode cost, where it cost anything."""
    found: defaultdict[str, list[Any]] = defaultdict(list)
    for table in (table_of(ModelCallRow), table_of(LostCallRow)):
        paid = table.c.cached.is_(False)
        numbers = [
            func.count().label("calls"),
            func.sum(case((paid, 0), else_=1)).label("cached"),
            *(func.sum(case((paid, table.c[name]), else_=0)).label(name) for name in _TOKENS),
            func.sum(case((paid, func.coalesce(table.c.cost, 0.0)), else_=0.0)).label("cost"),
            func.sum(case((paid & table.c.cost.is_(None), 1), else_=0)).label("unpriced"),
        ]
        asked = select(table.c.episode, *numbers).where(table.c.episode.in_(ids)).group_by(table.c.episode)
        for episode, *sums in session.execute(asked):
            found[episode].append(sums)
    names = tuple(Spent.model_fields)
    return {
        id_: Spent(**dict(zip(names, map(sum, zip(*sums, strict=True)), strict=True)))
        for id_, sums in found.items()
    }


_TOKENS = ("prompt_tokens", "completion_tokens")
_NOTHING = Spent()


def _ending(kind: Any, reason: str | None) -> Ending | None:
    return None if kind is None else Ending(kind=kind, reason=reason)

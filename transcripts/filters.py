"""Which episodes are wanted, and by what they are sorted, as SQL looks for them. No query is asked here."""

from collections.abc import Iterator
from typing import Any, Literal

from pydantic import Field
from sqlalchemy import ColumnElement, String, Table, case, cast, func, select

from .records import Ask, Record, Role, Tier
from .tables import EpisodeRow, LostCallRow, ModelCallRow, QuestionRow, SeatRow, TurnRow, table_of

__all__ = ["COST", "VALUES", "Wanted", "conditions"]

_EPISODE, _QUESTION, _SEAT = table_of(EpisodeRow), table_of(QuestionRow), table_of(SeatRow)
_TURN, _CALL, _LOST_CALL = table_of(TurnRow), table_of(ModelCallRow), table_of(LostCallRow)


class Wanted(Record):
    """Which episodes are wanted: those that fit all that is given."""

    run: str | None = None
    """Its whole id."""
    lesson: str | None = None
    tier: Tier | None = None
    persona: str | None = None
    """Who sat in one of the seats: a name, or name and version."""
    ending: Literal["finished", "cut_short", "open"] | None = None
    right: Literal["yes", "no", "unknown"] | None = None
    """What the last grade says of an attempt at the question; ``unknown`` where there is none."""
    corrected: Literal["yes", "broken"] | None = None
    """``yes``: not solved unaided, but right in the end. ``broken``: solved unaided, and wrong in the end."""
    cost: float | None = Field(default=None, ge=0)
    """US dollars at least, of the calls whose price is known."""
    q: str | None = None
    """Words that the question or a turn holds, as they stand there but for upper and lower case."""


def conditions(wanted: Wanted) -> Iterator[ColumnElement[bool]]:
    """What an episode must fulfil, whatever its run, the cheapest first."""
    if wanted.ending is not None:
        ending = None if wanted.ending == "open" else wanted.ending
        yield _EPISODE.c.ending.is_not_distinct_from(ending)
    if wanted.lesson is not None:
        yield _QUESTION.c.lesson == wanted.lesson
    if wanted.tier is not None:
        yield _QUESTION.c.tier == wanted.tier.value
    if wanted.persona is not None:
        named = _SEAT.c.persona.startswith(f"{wanted.persona}@", autoescape=True)
        sits = (_SEAT.c.persona == wanted.persona) | named
        yield select(_SEAT.c.seat).where(_SEAT.c.episode == _EPISODE.c.id, sits).exists()
    if wanted.right is not None:
        yield _IN_THE_END.is_not_distinct_from({"yes": 1, "no": 0}.get(wanted.right))
    if wanted.corrected is not None:
        is_mended = wanted.corrected == "yes"
        yield _IN_THE_END.is_not_distinct_from(int(is_mended))
        yield _OWN_ATTEMPT.is_not(None)
        yield func.coalesce(_OWN_GRADE, 0) == int(not is_mended)
    if wanted.cost is not None:
        yield wanted.cost <= COST
    if wanted.q:
        says = _TURN.c.text.icontains(wanted.q, autoescape=True)
        turn = select(_TURN.c.position).where(_TURN.c.episode == _EPISODE.c.id, says).exists()
        yield _QUESTION.c.text.icontains(wanted.q, autoescape=True) | turn


def _spent(calls: Table) -> ColumnElement[float]:
    """US dollars of an episode's calls that were paid for."""
    paid = (calls.c.episode == _EPISODE.c.id, calls.c.cached.is_(False))
    return func.coalesce(select(func.sum(calls.c.cost)).where(*paid).scalar_subquery(), 0.0)


COST = _spent(_CALL) + _spent(_LOST_CALL)
"""US dollars that an episode cost, as far as prices are known."""

_LENGTH = select(func.count()).select_from(_TURN).where(_TURN.c.episode == _EPISODE.c.id).scalar_subquery()

VALUES: dict[str, ColumnElement[Any]] = {"cost": COST, "turns": _LENGTH}
"""What an episode can be sorted by, besides the time."""

# What `environments.mastery.unaided_answer` and `comparison.right_in_the_end` go by, in SQL. Payloads are
# JSON without spaces, in whose strings every quotation mark is escaped: what is looked for stands nowhere
# else.
_RIGHT = case((_TURN.c.payload.contains('"correct":true'), 1), else_=0)
_GRADES = select(_RIGHT).where(
    _TURN.c.episode == _EPISODE.c.id,
    _TURN.c.ask == Ask.GRADE.value,
    _TURN.c.question.is_(None),
    _TURN.c.payload.is_not(None),
)
_IN_THE_END = _GRADES.order_by(_TURN.c.position.desc()).limit(1).correlate(_EPISODE).scalar_subquery()
"""What the last grade says: 1, 0, or null where there is none."""


def _own_attempt() -> ColumnElement[int | None]:
    """The position of the student's first attempt that was written having heard nothing."""
    turn = _TURN.alias()
    own = (turn.c.role == Role.STUDENT.value, turn.c.ask == Ask.ATTEMPT.value, turn.c.heard == "[]")
    asked = select(func.min(turn.c.position)).where(turn.c.episode == _EPISODE.c.id, *own)
    return asked.correlate(_EPISODE).scalar_subquery()


_OWN_ATTEMPT = _own_attempt()
_HEARD = func.replace(func.replace(_TURN.c.heard, "[", ","), "]", ",")
_OWN_GRADE = (
    _GRADES.where(_HEARD.contains("," + cast(_OWN_ATTEMPT, String) + ","))
    .order_by(_TURN.c.position)
    .limit(1)
    .correlate(_EPISODE)
    .scalar_subquery()
)
"""What the first grade of that attempt says: 1, 0, or null."""

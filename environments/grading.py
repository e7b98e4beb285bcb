"""Stored words graded again: the real script is sent everything that was said, and only the grader is asked.

What the grades amount to is counted here; nobody is taught, and the earlier grades stay.
"""

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence

from pydantic import Field

from ..agents.seats import Seat
from ..transcripts.errors import ConfigError, SeatError, UnknownName
from ..transcripts.records import (
    Ask,
    Cue,
    Episode,
    Grade,
    Json,
    Line,
    Origin,
    Record,
    Role,
    Run,
    SeatInfo,
    Turn,
)
from ..transcripts.store import Store
from .budgets import Budget
from .observers import Observer
from .offshoots import check_driven, hold_offshoot, offshoot
from .reports import Totals, cut_short_reasons

__all__ = ["AbsentSeat", "Agreement", "GradingReport", "grade_again"]


class Agreement(Record):
    """How two graders judged the same solutions: how many each way, the earlier grade named first."""

    right_right: int = 0
    right_wrong: int = 0
    wrong_right: int = 0
    wrong_wrong: int = 0
    score_before: float | None = None
    """Mean of the earlier scores, from 0 to 1; None where there are no grades."""
    score_now: float | None = None
    """Mean of the new scores."""

    @classmethod
    def of(cls, pairs: Sequence[tuple[Grade, Grade]]) -> "Agreement":
        """Of earlier and new grades of the same solutions."""
        ways = [(before.correct, now.correct) for before, now in pairs]
        scores = zip(*((before.score, now.score) for before, now in pairs), strict=True)
        means = [sum(each) / len(pairs) for each in scores] or [None, None]
        return cls(
            right_right=ways.count((True, True)),
            right_wrong=ways.count((True, False)),
            wrong_right=ways.count((False, True)),
            wrong_wrong=ways.count((False, False)),
            score_before=means[0],
            score_now=means[1],
        )

    @property
    def grades(self) -> int:
        """How many solutions both have graded."""
        return self.right_right + self.right_wrong + self.wrong_right + self.wrong_wrong

    @property
    def agreement(self) -> float | None:
        """Share of solutions that both find right, or both wrong."""
        return (self.right_right + self.wrong_wrong) / self.grades if self.grades else None

    @property
    def kappa(self) -> float | None:
        """Cohen's kappa: agreement beyond chance (Educational and Psychological Measurement 20, 1960).

        1 is perfect, 0 what two graders would reach who know nothing of each other's solutions; None where
        both gave one and the same verdict throughout, and nothing can be said.
        """
        n, observed = self.grades, self.agreement
        if observed is None:
            return None
        before, now = self.right_right + self.right_wrong, self.right_right + self.wrong_right
        chance = (before * now + (n - before) * (n - now)) / n**2
        return None if chance == 1.0 else (observed - chance) / (1.0 - chance)


class GradingReport(Record):
    """What came of grading a run again."""

    run: str
    """The run that holds the new grades."""
    of: str
    """The run that was graded again."""
    overall: Agreement
    by_lesson: Mapping[str, Agreement] = Field(default_factory=dict)
    ungraded: int = 0
    """Finished episodes in which the seat had graded nothing; they were left out."""
    cut_short: Mapping[str, int] = Field(default_factory=dict)
    """How many episodes were cut short, by reason: the grader could not speak, or the script went another
    way after the new grade."""
    out_of_budget: str | None = None
    """Why not all was graded, where the budget is spent."""
    totals: Totals
    seconds: float


class AbsentSeat:
    """Somebody whose words are repeated, and who is not there to say others."""

    def __init__(self, info: SeatInfo) -> None:
        self.info = info

    @property
    def name(self) -> str:
        """The seat's name."""
        return self.info.seat

    @property
    def role(self) -> Role:
        """What the seat is for."""
        return self.info.role

    async def speak(self, cue: Cue) -> Line:
        """Nobody can."""
        raise SeatError(
            f"after the new grade the script goes another way: it asks '{self.name}' for {cue.ask}, but only "
            "the grader is here."
        )


async def grade_again(
    run: Run,
    grader: Seat,
    store: Store,
    *,
    lessons: Iterable[str] | None = None,
    concurrency: int = 64,
    observers: Sequence[Observer] = (),
    budget: Budget | None = None,
    details: Mapping[str, Json] | None = None,
    asked: Mapping[str, Json] | None = None,
) -> GradingReport:
    """Have another grader grade what was said in the finished episodes of `run`.

    Each becomes an episode of its own, in a run of its own; the earlier ones stay as they are. The same
    grading again goes on where it stopped.

    Args:
        run: A stored run of any kind that a script drove.
        grader: Sits in the seat of its name, in place of whoever graded.
        store: What holds `run`, and takes the new grades.
        lessons: Only these lessons.
        concurrency: How many episodes are under way at once at most; changes no outcome.
        observers: Told of all that happens.
        budget: What may be spent. Once it is, the run is cut short, and the same grading again goes on.
        details: What else determines the words, for the plan: whole personas, say.
        asked: How it was asked for; `Run.settings` keeps it, and nothing follows from it.

    Raises:
        ConfigError: nobody sat in that seat or it graded nothing, or the run was imported.
        UnknownName: a lesson, or a budget for one, of which nothing is stored.
        StoreError: the store failed; the grading can be continued.
    """
    began = time.monotonic()
    check_driven(run)
    seats = _seats(run, grader)
    made = offshoot(run, "grading", seats, details=details, asked=asked)
    parents = {episode.id: episode for episode in _chosen(run, store, lessons, budget or Budget())}
    planned = [_without_grades(e, made, grader) for e in parents.values() if _grades(e, grader.name)]
    if not planned:
        raise ConfigError(
            f"run {run.id} has no finished episode in which seat '{grader.name}' graded anything; "
            f"'schoolroom transcripts list --run {run.id[:8]}' shows what it holds."
        )
    made, episodes = await hold_offshoot(
        made, planned, seats, store, concurrency=concurrency, observers=observers, budget=budget
    )
    pairs: dict[str, list[tuple[Grade, Grade]]] = {}
    totals = Totals()
    for episode in episodes:
        totals = totals.plus(episode)
        parent = parents[episode.origin.episode if episode.origin else ""]
        if found := list(_pairs(parent, episode, grader.name)):
            pairs.setdefault(episode.question.lesson, []).extend(found)
    return GradingReport(
        run=made.id,
        of=run.id,
        overall=Agreement.of([pair for some in pairs.values() for pair in some]),
        by_lesson={lesson: Agreement.of(some) for lesson, some in pairs.items()},
        ungraded=len(parents) - len(planned),
        cut_short=cut_short_reasons(episodes),
        out_of_budget=made.ending.reason if made.ending else None,
        totals=totals,
        seconds=time.monotonic() - began,
    )


def _seats(run: Run, grader: Seat) -> dict[str, Seat]:
    """The grader in its seat; in the others, people who have said what they said."""
    infos = [SeatInfo.model_validate(seat) for seat in run.plan["seats"]]
    names = [info.seat for info in infos]
    if grader.name not in names:
        raise ConfigError(
            f"nobody sat in seat '{grader.name}' in run {run.id}; its seats: {', '.join(names)}."
        )
    return {info.seat: grader if info.seat == grader.name else AbsentSeat(info) for info in infos}


def _chosen(run: Run, store: Store, lessons: Iterable[str] | None, budget: Budget) -> list[Episode]:
    """The finished episodes that are meant, without the calls that they cost."""
    found = list(store.episodes(run=run.id, ending="finished", calls=False))
    known = {episode.question.lesson for episode in found}
    wanted = known if lessons is None else set(lessons)
    for lesson in sorted(wanted.union(budget.lessons) - known):
        raise UnknownName("lesson", lesson, known)
    return [episode for episode in found if episode.question.lesson in wanted]


def _grades(episode: Episode, seat: str) -> dict[int, Turn]:
    """The turns in which `seat` graded, by their indexes."""
    return {turn.index: turn for turn in episode.turns if (turn.seat, turn.ask) == (seat, Ask.GRADE)}


def _without_grades(parent: Episode, run: Run, grader: Seat) -> Episode:
    """The episode as its grading begins: all was said but the grades."""
    grades = _grades(parent, grader.name)
    origin = Origin(episode=parent.id, turn=min(grades))
    return parent.model_copy(
        update={
            "id": Episode.id_of(run.id, parent.question, parent.seed, origin),
            "run": run.id,
            "seats": tuple(grader.info if info.seat == grader.name else info for info in parent.seats),
            "turns": tuple(turn for turn in parent.turns if turn.index not in grades),
            "ending": None,
            "lost_calls": (),
            "origin": origin,
        }
    )


def _pairs(parent: Episode, episode: Episode, seat: str) -> Iterator[tuple[Grade, Grade]]:
    """The earlier and the new grade of each solution that has both."""
    before = _grades(parent, seat)
    for index, turn in _grades(episode, seat).items():
        if index in before:
            earlier, now = before[index].payload, turn.payload
            if isinstance(earlier, Grade) and isinstance(now, Grade):
                yield earlier, now

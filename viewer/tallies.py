"""What runs came to so far, counted while somebody looks, a step at a time.

A run of many episodes is not counted at once: a page shows what is known and says where more is to come. What
was counted once is kept as long as the viewer lives, and only what changes is looked at again.
"""

import threading
import time
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

from ..environments.mastery import Mastery, MasteryRule, unaided_answer
from ..transcripts.following import Following, Glance, Spent
from ..transcripts.paging import Window
from ..transcripts.records import Record, Run

__all__ = ["Tallies", "Tally"]


class Tally(Record):
    """What a run came to."""

    held: int = 0
    """Episodes that were begun."""
    counted: int = 0
    """How many of them the numbers below are of."""
    endings: Mapping[str, int] = {}
    """How many ended how: ``finished``, ``cut_short``, ``open``."""
    turns: int = 0
    lessons: Mapping[str, Mastery] = {}
    """Unaided answers of finished episodes, by lesson in the order in which they came up."""
    begun: Mapping[str, int] = {}
    """Episodes by lesson."""
    spent: Spent = Spent()

    @property
    def is_complete(self) -> bool:
        """Whether all episodes are counted."""
        return self.counted >= self.held

    @property
    def overall(self) -> Mastery:
        """The unaided answers of all lessons."""
        found = self.lessons.values()
        return Mastery(right=sum(one.right for one in found), wrong=sum(one.wrong for one in found))

    def mastered(self, run: Run) -> list[str]:
        """The lessons that are mastered by the rules of the run's course."""
        rules = mastery_rules(run)
        return [id_ for id_, rule in rules.items() if self.lessons.get(id_, Mastery()).passes(rule)]


_NOTHING = Tally()


def mastery_rules(run: Run) -> dict[str, MasteryRule]:
    """What each lesson of a run's course demands, in the order of the course; none where it has no course."""
    course = run.plan.get("course")
    lessons = course.get("lessons", ()) if isinstance(course, Mapping) else ()
    return {lesson["id"]: MasteryRule.model_validate(lesson.get("mastery", {})) for lesson in lessons}


class Tallies:
    """The tallies of all runs of a store, as far as they are counted. Several threads may ask at once."""

    def __init__(self, store: Window) -> None:
        self._store = store
        self._counts: dict[str, _Count] = {}
        self._tallies: dict[str, Tally] = {}
        self._counting = threading.Lock()

    def of(self, runs: Sequence[Run], *, seconds: float) -> dict[str, Tally]:
        """The tallies of `runs`, by id.

        Args:
            runs: Counted in this order.
            seconds: For how long to count on; what is missing then comes with later calls. While another
                thread counts, nobody waits for it: the tallies are those of now.
        """
        held = self._store.held()
        if self._counting.acquire(blocking=False):
            try:
                self._count(runs, held, time.monotonic() + seconds)
            finally:
                self._counting.release()
        return {
            run.id: self._tallies.get(run.id, _NOTHING).model_copy(update={"held": held.get(run.id, 0)})
            for run in runs
        }

    def _count(self, runs: Sequence[Run], held: Mapping[str, int], until: float) -> None:
        at_work = self._store.leases()
        for run in runs:
            count = self._counts.get(run.id) or _Count(self._store.follow(run.id))
            self._counts[run.id] = count
            count.note(held.get(run.id, 0), is_held=run.id in at_work)
            while count.has_news and time.monotonic() < until:
                count.step()
                self._tallies[run.id] = count.tally()


class _Count:
    """The counting of one run."""

    def __init__(self, following: Following) -> None:
        self._following = following
        self._held = 0
        self._is_held = False
        self.has_news = True
        self._endings: Counter[str] = Counter()
        self._begun: Counter[str] = Counter()
        self._answers: defaultdict[str, Counter[bool]] = defaultdict(Counter)
        self._turns = 0
        self._spent = Counter[str]()

    def note(self, held: int, *, is_held: bool) -> None:
        """How many episodes there are now, and whether somebody is at work on them."""
        self.has_news |= held != self._held or is_held or self._is_held
        self._held, self._is_held = held, is_held

    def step(self) -> None:
        """Count what is new, a thousand episodes at most."""
        for before, after in self._following.look():
            if before is not None:
                self._add(before, -1)
            self._add(after, 1)
        self.has_news = self._following.is_behind

    def _add(self, glance: Glance, sign: int) -> None:
        self._endings[glance.ending.kind if glance.ending else "open"] += sign
        self._begun[glance.lesson] += sign
        self._turns += sign * glance.turns
        for name, number in glance.spent:
            self._spent[name] += sign * number
        answer = unaided_answer(glance.evidence)
        if answer is not None and glance.ending is not None and glance.ending.kind == "finished":
            self._answers[glance.lesson][answer] += sign

    def tally(self) -> Tally:
        """What was counted so far."""
        return Tally(
            counted=self._endings.total(),
            endings=dict(self._endings),
            turns=self._turns,
            lessons={
                id_: Mastery(right=found[True], wrong=found[False]) for id_, found in self._answers.items()
            },
            begun=dict(self._begun),
            spent=Spent.model_validate({**self._spent, "cost": max(0.0, float(self._spent["cost"]))}),
        )

"""Two episodes or two runs compared: where they part, and what each came to. Counts; no test, no words."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import takewhile

from ..transcripts.records import Ask, Episode, Grade, Record, Turn
from .alignment import side_by_side
from .grading import Agreement
from .mastery import unaided_answer
from .reports import Totals

__all__ = [
    "Compared",
    "RunComparison",
    "Shared",
    "Tally",
    "common_turns",
    "compare_runs",
    "right_in_the_end",
    "turns_beside",
]


def common_turns(a: Episode, b: Episode) -> int:
    """How many turns two episodes have in common before they part: asked and said alike, by whomever."""
    pairs = zip(_said(a), _said(b), strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))


def _said(episode: Episode) -> Iterator[tuple[object, ...]]:
    for turn in episode.turns:
        about = episode.question_of(turn)
        yield turn.index, turn.seat, turn.ask, turn.heard, turn.text, turn.payload, about.id


def turns_beside(a: Sequence[Turn], b: Sequence[Turn]) -> Iterator[tuple[Turn | None, Turn | None]]:
    """Turns that belong beside each other: the same seat was asked for the same; None where one has none."""
    for left, right in side_by_side([(t.seat, t.ask) for t in a], [(t.seat, t.ask) for t in b]):
        yield None if left is None else a[left], None if right is None else b[right]


def right_in_the_end(episode: Episode) -> bool | None:
    """Whether the last attempt that was graded is right; None where none was.

    Attempts at other questions than the episode's own do not count.
    """
    own = (turn for turn in reversed(episode.turns) if turn.question is None)
    return next((turn.says_correct for turn in own if isinstance(turn.payload, Grade)), None)


class Tally(Record):
    """What episodes came to. All but the totals and the endings is counted in finished episodes alone."""

    totals: Totals = Totals()
    finished: int = 0
    cut_short: int = 0
    open: int = 0
    right_unaided: int = 0
    """Whose first attempt, written without help, is right."""
    unaided: int = 0
    """Of which it is known."""
    right_in_the_end: int = 0
    """Whose last graded attempt is right."""
    graded: int = 0
    """In which an attempt was graded."""
    revised: int = 0
    """In which somebody revised an attempt."""

    def plus(self, episode: Episode) -> "Tally":
        """With one more episode counted."""
        kind = "open" if episode.ending is None else episode.ending.kind
        more: dict[str, int] = {kind: 1}
        if kind == "finished":
            unaided, last = unaided_answer(episode.turns), right_in_the_end(episode)
            more |= {"right_unaided": unaided is True, "unaided": unaided is not None}
            more |= {"right_in_the_end": last is True, "graded": last is not None}
            more |= {"revised": any(turn.ask is Ask.REVISE for turn in episode.turns)}
        counted = {name: getattr(self, name) + number for name, number in more.items()}
        return self.model_copy(update={"totals": self.totals.plus(episode), **counted})


class Shared(Record):
    """The same questions in two runs, finished in both."""

    n: int = 0
    """Questions of which both say whether they were answered rightly."""
    gained: int = 0
    """Wrong in the first, right in the second."""
    lost: int = 0
    """Right in the first, wrong in the second."""

    @classmethod
    def of(cls, pairs: Iterable[tuple[bool | None, bool | None]]) -> "Shared":
        """Of what the first and the second say of each question."""
        known = [pair for pair in pairs if None not in pair]
        return cls(n=len(known), gained=known.count((False, True)), lost=known.count((True, False)))


class Compared(Record):
    """Two runs, or one lesson of them."""

    first: Tally
    second: Tally
    unaided: Shared
    """Shared questions by whether the first attempt, written without help, is right."""
    in_the_end: Shared
    """Shared questions by whether the last graded attempt is right."""
    graders: Agreement
    """Of different graders on the same words, and of those who graded stored words again."""


class RunComparison(Record):
    """Two runs, overall and by lesson."""

    overall: Compared
    by_lesson: Mapping[str, Compared]
    """In the order in which the lessons began, those of the first run first."""


def compare_runs(first: Iterable[Episode], second: Iterable[Episode]) -> RunComparison:
    """Two runs by what they came to; each is read once.

    Questions are shared where each run put them, in the same lesson, just once.

    Args:
        first: The episodes of a run, with their model calls.
        second: Those of another.
    """
    a, b = _Side.of(first), _Side.of(second)
    shared = [
        (key[0], one, other)
        for key, one in a.found.items()
        if one is not None and (other := b.found.get(key)) is not None
    ]

    def compared(lesson: str | None) -> Compared:
        pairs = [(one, other) for of, one, other in shared if lesson in (None, of)]
        return Compared(
            first=a.tallies.get(lesson, Tally()),
            second=b.tallies.get(lesson, Tally()),
            unaided=Shared.of((one.unaided, other.unaided) for one, other in pairs),
            in_the_end=Shared.of((one.last, other.last) for one, other in pairs),
            graders=Agreement.of([grades for one, other in pairs for grades in one.beside(other)]),
        )

    lessons = [lesson for lesson in dict.fromkeys((*a.tallies, *b.tallies)) if lesson is not None]
    return RunComparison(overall=compared(None), by_lesson={lesson: compared(lesson) for lesson in lessons})


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What is kept of a finished episode, so that two runs need not be in memory."""

    unaided: bool | None
    last: bool | None
    again: bool
    """Whether its words were said in an earlier episode."""
    grades: Mapping[tuple[int, tuple[str, ...]], tuple[tuple[str, str], Grade]]
    """By place and graded words: who graded, and how."""

    @classmethod
    def of(cls, episode: Episode) -> "_Outcome":
        words = {turn.index: turn.text for turn in episode.turns}
        models = {info.seat: info.model for info in episode.seats}
        grades = {
            (turn.index, tuple(words[index] for index in turn.heard if index in words)): (
                (turn.persona, models.get(turn.seat, "")),
                turn.payload,
            )
            for turn in episode.turns
            if isinstance(turn.payload, Grade)
        }
        return cls(
            unaided_answer(episode.turns), right_in_the_end(episode), episode.origin is not None, grades
        )

    def beside(self, other: "_Outcome") -> Iterator[tuple[Grade, Grade]]:
        """The grades of the same words by two graders."""
        for place, (who, grade) in self.grades.items():
            if place in other.grades:
                whom, another = other.grades[place]
                if who != whom or self.again or other.again:
                    yield grade, another


@dataclass(slots=True)
class _Side:
    """What is gathered of one run."""

    tallies: dict[str | None, Tally] = field(default_factory=dict)
    """By lesson, and of all under None."""
    found: dict[tuple[str, str], _Outcome | None] = field(default_factory=dict)
    """By lesson and question; None where it did not finish, or was put twice."""

    @classmethod
    def of(cls, episodes: Iterable[Episode]) -> "_Side":
        side = cls()
        for episode in episodes:
            lesson, key = episode.question.lesson, (episode.question.lesson, episode.question.id)
            for of in (None, lesson):
                side.tallies[of] = side.tallies.get(of, Tally()).plus(episode)
            finished = episode.ending is not None and episode.ending.kind == "finished"
            side.found[key] = _Outcome.of(episode) if finished and key not in side.found else None
        return side

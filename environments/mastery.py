"""When a lesson is mastered: a Beta posterior over the answers that a student gave without help.

The share of questions that a student can answer has a uniform prior; after `right` and `wrong` answers its
posterior is Beta(1 + right, 1 + wrong). A lesson is mastered when the lower bound of the central credible
interval passes the threshold, so a few lucky answers are not enough.
"""

from collections.abc import Iterable

from pydantic import Field

from ..transcripts.records import Ask, Grade, Record, Role, Turn

__all__ = ["Mastery", "MasteryRule", "unaided_answer"]


class MasteryRule(Record):
    """What a lesson demands."""

    threshold: float = Field(default=0.8, gt=0.0, lt=1.0)
    """Share of questions that the student must be able to answer."""
    credibility: float = Field(default=0.9, gt=0.0, lt=1.0)
    """Mass of the credible interval whose lower bound must pass the threshold."""
    min_answers: int = Field(default=1, ge=1)
    """How many answers there must be, however good they are."""


class Mastery(Record):
    """What a student's unaided answers say about a lesson."""

    right: int = Field(default=0, ge=0)
    wrong: int = Field(default=0, ge=0)

    @property
    def answers(self) -> int:
        """How many there are."""
        return self.right + self.wrong

    @property
    def mean(self) -> float:
        """The posterior's mean, from 0 to 1."""
        return (1 + self.right) / (2 + self.answers)

    def after(self, answers: Iterable[bool]) -> "Mastery":
        """With further answers counted."""
        given = list(answers)
        return Mastery(right=self.right + sum(given), wrong=self.wrong + given.count(False))

    def interval(self, credibility: float = 0.9) -> tuple[float, float]:
        """The central interval that holds `credibility` of the posterior."""
        from scipy.special import betaincinv

        tail = (1 - credibility) / 2
        low, high = (float(betaincinv(1 + self.right, 1 + self.wrong, p)) for p in (tail, 1 - tail))
        return low, high

    def passes(self, rule: MasteryRule) -> bool:
        """Whether a lesson that demands `rule` is mastered."""
        return self.answers >= rule.min_answers and self.interval(rule.credibility)[0] > rule.threshold


def unaided_answer(turns: Iterable[Turn]) -> bool | None:
    """Whether an episode's question was solved without help: the evidence that mastery counts.

    True where a grader found the student's first attempt right, an attempt written having heard nothing but
    the question. False where that attempt was graded wrong, or where only what came of help was graded: a
    solution that was revised after feedback is no answer of one's own, however good. None where the episode
    says nothing about the student: no attempt, or none graded (a cut-short or a demonstrated question).
    """
    by_index = {turn.index: turn for turn in turns}
    first = next(
        (t for t in by_index.values() if t.role is Role.STUDENT and t.ask is Ask.ATTEMPT and not t.heard),
        None,
    )
    if first is None:
        return None
    graded = (turn for turn in by_index.values() if turn.question is None)  # what follows from it aside
    grades = [turn for turn in graded if isinstance(turn.payload, Grade)]
    for grade in grades:
        if first.index in grade.heard:
            return grade.says_correct
    return False if grades else None

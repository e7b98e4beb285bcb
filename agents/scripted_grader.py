"""Scripted graders: exact scores by program, from the answer alone or from several criteria."""

import random

from ..transcripts.errors import SeatError
from ..transcripts.records import Ask, Attempt, Cue, Grade, Line, Question, Role
from .persona import Criteria
from .rubric_lines import rubric_marks
from .scripted import ScriptedSeat, last_attempt
from .seats import Checker
from .wording import Finding, truth, worded

__all__ = ["ScriptedGrader"]

_MEANING = {
    "answer": "the answer is the right one",
    "steps": "the steps are right",
    "shown": "all steps are shown",
    "stated": "an answer is stated",
}


class ScriptedGrader(ScriptedSeat):
    """Scores the attempt heard last by the criteria of its persona, and marks it by the rubric that it heard.

    Only its choice of words is random.
    """

    ROLE = Role.GRADER
    ASKS = (Ask.GRADE,)

    def line(self, cue: Cue, checker: Checker, rng: random.Random) -> Line:
        """A grade; words that hold no solution get the score 0.

        Where nobody knows the right answer there is no grade, and the words say so.
        """
        if not cue.heard:
            raise SeatError(
                f"{self.persona.label} cannot answer '{cue.ask}': it has heard nothing; pass it a solution."
            )
        if checker.solve(cue.question).answer is None:
            return Line(text="no answer to this question is known, so nothing is graded")
        attempt = last_attempt(cue) or Attempt(steps=(), answer=None)
        wrong = len(checker.wrong_steps(cue.question, attempt))
        marks = _marks(checker, cue.question, attempt, wrong)
        met = rubric_marks(cue, checker)
        verdict = "right" if marks["answer"] else "wrong"
        judged = Finding(truth(checker, cue.question, attempt).feedback, review=())
        reason = "\n".join(
            [
                *worded(judged, attempt, self.persona.style, rng),
                *_reckoning(self.persona.criteria, marks),
                *(f"{name}: {mark:.0%} met" for name, mark in met.items()),
                f"the answer is {verdict}",
            ]
        )
        score = _score(self.persona.criteria, marks)
        grade = Grade(
            score=score,
            correct=marks["answer"] == 1.0,
            reason=reason,
            steps=len(attempt.steps),
            wrong_steps=wrong,
            marks=met,
        )
        return Line(text=f"{reason}\nscore: {score:g}", payload=grade)


def _marks(checker: Checker, question: Question, attempt: Attempt, wrong: int) -> dict[str, float]:
    """How far each criterion is met, from 0 to 1."""
    written, needed = len(attempt.steps), len(checker.solve(question).steps)
    return {
        "answer": float(checker.answers_match(question, attempt.answer)),
        "steps": 1.0 - wrong / written if written else 0.0,
        "shown": min(written / needed, 1.0) if needed else 1.0,
        "stated": float(attempt.answer is not None),
    }


def _score(criteria: Criteria, marks: dict[str, float]) -> float:
    """The weighted mean of the marks, to two digits; 1 only where all that counts is fully met."""
    weights = _weights(criteria)
    if all(marks[name] == 1.0 for name in weights):
        return 1.0
    mean = sum(weight * marks[name] for name, weight in weights.items()) / sum(weights.values())
    return min(round(mean, 2), 0.99)


def _reckoning(criteria: Criteria, marks: dict[str, float]) -> list[str]:
    """A line per criterion, where there are several."""
    weights = _weights(criteria)
    if len(weights) == 1:
        return []
    return [f"{_MEANING[name]}: {marks[name]:.0%} of {weight:g}" for name, weight in weights.items()]


def _weights(criteria: Criteria) -> dict[str, float]:
    return {name: weight for name, weight in criteria.model_dump().items() if weight}

"""What scripted teachers and graders say where there is a rubric: the rubric itself, revisions and marks.

A revision is minimal: a right draft keeps its words, a wrong one is corrected as the subject does it, and
then each criterion that is not met is met by its own edit (CITING, Feng et al., arXiv 2310.02527).
"""

from ..transcripts.listed_replies import render_rubric
from ..transcripts.records import Attempt, Cue, Line, Rubric, Turn
from ..transcripts.replies import parse_attempt, render_attempt
from .criteria import Writing, marks, meet, rubric_of
from .seats import Checker

__all__ = ["demonstration_line", "heard_rubric", "rubric_line", "rubric_marks"]


def heard_rubric(cue: Cue) -> Rubric | None:
    """The rubric that was heard last."""
    return next((turn.payload for turn in reversed(cue.heard) if isinstance(turn.payload, Rubric)), None)


def rubric_line(cue: Cue) -> Line:
    """The rubric of the question's lesson.

    Raises:
        QuestionError: it has none.
    """
    rubric = rubric_of(cue.question)
    return Line(text=render_rubric(rubric), payload=rubric)


def demonstration_line(cue: Cue, checker: Checker, shown: Attempt) -> Line:
    """What a teacher shows who would show `shown`: in the heard draft's own words where they are right, and
    edited until the heard rubric is met."""
    if (rubric := heard_rubric(cue)) is None:
        return Line(text=render_attempt(shown), payload=shown)
    text = meet(rubric, _writing(cue, checker, _kept(cue, checker, shown) or render_attempt(shown)))
    return Line(text=text, payload=parse_attempt(text))


def rubric_marks(cue: Cue, checker: Checker) -> dict[str, float]:
    """How far the solution heard last meets each criterion of the heard rubric; empty without a rubric."""
    rubric, draft = heard_rubric(cue), _draft(cue)
    if rubric is None:
        return {}
    return marks(rubric, _writing(cue, checker, draft.text if draft else ""))


def _draft(cue: Cue) -> Turn | None:
    return next((turn for turn in reversed(cue.heard) if turn.attempt is not None), None)


def _kept(cue: Cue, checker: Checker, shown: Attempt) -> str | None:
    """The draft's words, where nothing is wrong with them and `shown` does not mean to err."""
    draft = _draft(cue)
    if draft is None or draft.attempt is None or not checker.answers_match(cue.question, shown.answer):
        return None
    return draft.text if checker.check(cue.question, draft.attempt).correct else None


def _writing(cue: Cue, checker: Checker, text: str) -> Writing:
    return Writing(text=text, question=cue.question.text, reference=checker.solve(cue.question))

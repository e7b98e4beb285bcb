"""Scripted teachers: a tutor that derives each step again, and weak ones whose errors have set rates."""

import random
from collections.abc import Sequence

from ..transcripts.records import Ask, Attempt, Cue, Line, Question, Role
from .rubric_lines import demonstration_line, rubric_line
from .scripted import ScriptedSeat, heard_attempt, last_attempt
from .scripted_questions import QUESTION_ASKS, questions_line
from .seats import Checker
from .wording import Finding, alarm, feedback_words, miss, truth

__all__ = ["ScriptedTeacher", "late_places", "spoilt"]

_TRIES = 8
"""How often another slip is drawn where one left the answer right."""


class ScriptedTeacher(ScriptedSeat):
    """Gives feedback, demonstrates, asks further questions and writes the rubric that a lesson has.

    Weakness is set by traits: `skill` is the share of its feedback that is what the checker finds;
    `misplaced` is the share that blames another step for what is wrong; `outcome_error_rate` and
    `step_error_rate` are what its demonstrations measure.
    """

    ROLE = Role.TEACHER
    ASKS = (Ask.FEEDBACK, Ask.DEMONSTRATE, Ask.RUBRIC, *QUESTION_ASKS)

    def line(self, cue: Cue, checker: Checker, rng: random.Random) -> Line:
        """Feedback on the attempt heard last, questions made of the cue's, or a solution: that attempt
        corrected where one was heard."""
        if cue.ask is Ask.FEEDBACK:
            return self._feedback(cue, checker, rng)
        if cue.ask in QUESTION_ASKS:
            worked = bool(cue.question.solution)  # without a solution there is nothing to make variants from
            return questions_line(cue, checker, rng, fewer=worked and cue.ask is not Ask.DIVIDE)
        if cue.ask is Ask.RUBRIC:
            return rubric_line(cue)
        heard = last_attempt(cue)
        shown = checker.correct(cue.question, heard) if heard else checker.solve(cue.question)
        traits = self.persona.traits
        if rng.random() < traits.outcome_error_rate:
            wrong = len(shown.steps) * traits.step_error_rate / traits.outcome_error_rate
            shown = spoilt(checker, cue.question, shown, wrong, rng.getrandbits(48))
        return demonstration_line(cue, checker, shown)

    def _feedback(self, cue: Cue, checker: Checker, rng: random.Random) -> Line:
        attempt = heard_attempt(cue, self.persona.label)
        finding = truth(checker, cue.question, attempt)
        traits, chance = self.persona.traits, rng.random()
        if not finding.feedback.correct and chance < traits.misplaced:
            finding = alarm(checker, cue.question, attempt, finding, rng.getrandbits(48))
        elif chance >= traits.skill:
            finding = _mistaken(checker, cue.question, attempt, finding, rng)
        text, payload = feedback_words(finding, attempt, self.persona.style, rng)
        return Line(text=text, payload=payload)


def spoilt(checker: Checker, question: Question, right: Attempt, wrong_steps: float, seed: int) -> Attempt:
    """`right` with a wrong answer: on average `wrong_steps` of its steps are wrong, the late ones more often.

    A real weak model's solutions are mostly right and go wrong late and locally (He et al., NAACL 2025,
    arXiv 2410.20533). Each wrong step is made on the lines before it as they stand, and built on. Where the
    number comes to none, the answer alone is wrong.
    """
    rng = random.Random(seed)
    number = min(int(wrong_steps) + (rng.random() < wrong_steps % 1), len(right.steps))
    for _ in range(_TRIES):
        places = late_places(len(right.steps), number, rng)
        slipped = _with_slips(checker, question, right, places, rng)
        if slipped is not None and not checker.answers_match(question, slipped.answer):
            return slipped
    return checker.slip(question, slipped or right, len(right.steps), rng.getrandbits(48))


def _with_slips(
    checker: Checker, question: Question, right: Attempt, places: Sequence[int], rng: random.Random
) -> Attempt | None:
    """`right` with mistakes in the steps at `places` alone, else in its answer; None where that fails.

    A mistake may make a solution longer or shorter, as a lost word does a sorting; several together do not,
    so that the share of wrong steps is what was asked for.
    """
    if not places:
        return checker.slip(question, right, len(right.steps), rng.getrandbits(48))
    slipped = right
    for done, place in enumerate(places, start=1):
        slack = 0 if done == len(places) > 1 else 1
        for _ in range(_TRIES):
            tried = checker.slip(question, slipped, place, rng.getrandbits(48))
            sized = abs(len(tried.steps) - len(right.steps)) <= slack and len(tried.steps) > places[-1]
            if sized and checker.wrong_steps(question, tried) == tuple(places[:done]):
                slipped = tried
                break
        else:
            return None
    return slipped


def late_places(steps: int, number: int, rng: random.Random) -> tuple[int, ...]:
    """`number` different places out of `steps`, in order; each draw takes the n-th with a weight of n."""
    keyed = sorted(range(steps), key=lambda step: -(rng.random() ** (1 / (step + 1))))  # Efraimidis, Spirakis
    return tuple(sorted(keyed[:number]))


def _mistaken(
    checker: Checker, question: Question, attempt: Attempt, found: Finding, rng: random.Random
) -> Finding:
    """The finding of a teacher that errs: it misses what is wrong, or blames another step."""
    if not found.feedback.correct and rng.random() < 0.5:
        return miss(checker, question, attempt, found)
    return alarm(checker, question, attempt, found, rng.getrandbits(48))

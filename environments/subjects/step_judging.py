"""What subjects have in common that judge each step of a solution on the lines before it.

How a step is judged, and what is left to be done after it, each subject says for itself.
"""

import re
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from ...transcripts.records import Attempt, Feedback, Question
from .arithmetic_judge import Fault
from .base import BaseSubject

__all__ = ["JudgedStep", "JudgedSteps", "JudgesSteps", "judged_lines", "not_judged"]


@dataclass(frozen=True, slots=True)
class JudgedStep:
    """What was found in one step."""

    fault: Fault | None
    works: bool
    """Whether the step works something out; prose and feedback that was repeated do not."""
    worked: str = ""
    """Its calculation as it should stand; empty where that cannot be told."""
    written: str = ""
    """Its calculation as it stands; empty where there is none."""
    line: str = ""
    """All of the step, where that is judged beside its calculation."""


@dataclass(frozen=True, slots=True)
class JudgedSteps:
    """What was found in the steps of a solution."""

    steps: tuple[JudgedStep, ...]
    reaches: bool
    """Whether the last of them comes to the question's answer."""


class _Finding(Protocol):
    """What a judge of whole lines says of one."""

    @property
    def fault(self) -> Fault | None: ...
    @property
    def worked(self) -> str: ...
    @property
    def written(self) -> str: ...


def judged_lines(findings: Iterable[_Finding], steps: Sequence[str], *, reaches: bool) -> JudgedSteps:
    """What was found in each of `steps` by a judge that says one thing of each line."""
    judged = (
        JudgedStep(
            fault=finding.fault,
            works=bool(finding.written),
            worked=finding.worked,
            written=finding.written,
            line=step,
        )
        for finding, step in zip(findings, steps, strict=True)
    )
    return JudgedSteps(tuple(judged), reaches=reaches)


def not_judged(steps: Sequence[str]) -> JudgedSteps:
    """Of steps that nobody can judge, since only the answer is known."""
    return JudgedSteps(tuple(JudgedStep(fault=None, works=False) for _ in steps), reaches=False)


class JudgesSteps(BaseSubject, ABC):
    """Checks, reviews and corrects by what a subject finds in the steps, so that all agree."""

    @abstractmethod
    def judged(self, question: Question, steps: Sequence[str]) -> JudgedSteps:
        """What is found in each of `steps`.

        Raises:
            QuestionError: the question cannot be read.
        """

    @abstractmethod
    def remaining(self, question: Question, steps: Sequence[str]) -> tuple[str, ...] | None:
        """The reference's lines that are left to be done after `steps`, which are right; None where that
        cannot be told."""

    def check(self, question: Question, attempt: Attempt) -> Feedback:
        """The first wrong step, or the answer where that is wrong or missing."""
        found = self.check_steps(question, attempt.steps)
        return found if not found.correct else super().check(question, attempt)

    def check_steps(self, question: Question, steps: Sequence[str]) -> Feedback:
        """Judges `steps` alone: they may stop before the answer, and hold the answer line as a step."""
        for i, step in enumerate(self.judged(question, steps).steps):
            if step.fault is not None:
                return Feedback(correct=False, step=i, span=step.fault.span, reason=step.fault.reason)
        return Feedback(correct=True)

    def wrong_steps(self, question: Question, attempt: Attempt) -> tuple[int, ...]:
        """Indexes of all wrong steps, each judged on the lines before it as they stand."""
        judged = self.judged(question, attempt.steps).steps
        return tuple(i for i, step in enumerate(judged) if step.fault is not None)

    def review(self, question: Question, attempt: Attempt) -> tuple[str, ...]:
        """``1: 7+5=12, right`` for each step and then the answer, worked out anew.

        The first that is wrong is the last line: ``2: 4+8+1=13, not this``, or ``answer: 632, missing``. A
        step without any working is told to be so.
        """
        lines: list[str] = []
        for i, step in enumerate(self.judged(question, attempt.steps).steps, start=1):
            if step.fault is not None:
                return (*lines, f"{i}: {_not_this(step.worked, step.fault)}")
            lines.append(f"{i}: {_right(step)}")
        right = self.answers_match(question, attempt.answer)
        return (*lines, _answer_line(attempt, self.solve(question).answer, right=right))

    def review_line(
        self, question: Question, attempt: Attempt, step: int, *, instead: Attempt | None = None
    ) -> str:
        """As `review`, with the calculation that stands in `step` or, if `instead` is given, there."""
        if step >= len(attempt.steps):
            if instead:
                return _answer_line(attempt, instead.answer, right=False) if instead.answer else ""
            return _answer_line(attempt, attempt.answer or self.solve(question).answer, right=True)
        ours = self.judged(question, attempt.steps).steps[step]
        if not instead:
            return f"{step + 1}: {_right(ours)}"
        theirs = self.judged(question, instead.steps).steps[step]
        worked = theirs.written if theirs.written != ours.written else theirs.line
        told = _not_this(worked, theirs.fault)
        return f"{step + 1}: {told}" if told else ""

    def correct(self, question: Question, attempt: Attempt) -> Attempt:
        """The lines before the first wrong one, then what they leave to be done.

        The lines are kept only where each works something out, none is there twice, and it is clear how to
        go on from them; else this is the reference. So whatever the attempt was, a clean solution comes out.
        """
        reference = self.solve(question)
        found = self.check(question, attempt)
        kept = attempt.steps[: found.step]
        if kept == reference.steps[: len(kept)]:
            return reference
        rest = self._rest(question, kept)
        if rest is None:
            return reference
        if found.correct and not rest:
            return attempt
        edited = Attempt(steps=kept + rest, answer=reference.answer)
        clean = self.check(question, edited).correct and self._rest(question, edited.steps) == ()
        return edited if clean else reference

    def _rest(self, question: Question, kept: tuple[str, ...]) -> tuple[str, ...] | None:
        """What to write after the lines that are `kept`; None where they are not worth keeping."""
        judged = self.judged(question, kept)
        working = [step.works for step in judged.steps]
        if judged.reaches and len(working) > 1:  # "So the sum is 632."
            working = working[:-1]
        if not all(working) or any(_VERDICT.search(line) for line in kept):
            return None
        lines, once = Counter(map(_bare, kept)), Counter(map(_bare, self.solve(question).steps))
        if any(number > max(once[line], 1) for line, number in lines.items()):
            return None
        rest = self.remaining(question, kept)
        return () if rest is None and judged.reaches else rest


def _right(step: JudgedStep) -> str:
    verdict = "right" if step.works else "no working"
    return f"{step.written}, {verdict}" if step.written else verdict


def _not_this(worked: str, fault: Fault | None) -> str:
    if worked or fault is None:
        return f"{worked}, not this" if worked else ""
    return fault.reason.removesuffix(".")


def _answer_line(attempt: Attempt, worked: str | None, *, right: bool) -> str:
    verdict = "right" if right else "missing" if attempt.answer is None else "not this"
    return f"answer: {worked}, {verdict}"


_VERDICT = re.compile(r"\b(?:right|wrong|correct|incorrect|mistakes?|errors?|not this)\b", re.IGNORECASE)
"""Words that are said of a solution, in a feedback that was taken for one."""


def _bare(line: str) -> str:
    return "".join(line.split())

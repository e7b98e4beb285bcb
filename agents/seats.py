"""What a seat is, and what scripted seats need of subjects.

Speakers know nobody: a seat hears one cue, says one line and remembers nothing.
"""

import re
from typing import Protocol, runtime_checkable

from ..transcripts.records import Attempt, Cue, Feedback, Line, Question, Role, SeatInfo

__all__ = ["Checker", "Generalizes", "Hardens", "HasSubtasks", "Seat", "role_of_seat"]


@runtime_checkable
class Seat(Protocol):
    """Anything that can speak in a classroom.

    The classroom calls it so::

        line = await seat.speak(cue)      # cue.heard is all that the speaker knows

    Calls from many classrooms may be under way at once.
    """

    @property
    def info(self) -> SeatInfo:
        """Who sits here."""
        ...

    @property
    def name(self) -> str:
        """The name by which scripts cue this seat."""
        ...

    @property
    def role(self) -> Role:
        """What this seat is for."""
        ...

    async def speak(self, cue: Cue) -> Line:
        """Answer `cue`, with the payload that its ask calls for.

        Raises:
            SeatError: it cannot; the episode is then cut short with this reason.
        """
        ...


def role_of_seat(name: str) -> Role:
    """The role that a seat's name begins with (``student-2`` is a student's), else a teacher's."""
    return next((role for role in Role if re.fullmatch(rf"{role}(-.*)?", name)), Role.TEACHER)


class Checker(Protocol):
    """What scripted seats need of a subject (the subjects of `schoolroom.environments` are checkers)."""

    def solve(self, question: Question) -> Attempt:
        """The reference solution."""
        ...

    def check(self, question: Question, attempt: Attempt) -> Feedback:
        """The first wrong step with its span and the reason, or that all is correct."""
        ...

    def wrong_steps(self, question: Question, attempt: Attempt) -> tuple[int, ...]:
        """Indexes of all steps that are wrong, each judged on the lines before it as they stand."""
        ...

    def review(self, question: Question, attempt: Attempt) -> tuple[str, ...]:
        """Each step derived again, a line each, up to and including the first wrong one."""
        ...

    def review_line(
        self, question: Question, attempt: Attempt, step: int, *, instead: Attempt | None = None
    ) -> str:
        """What a review says of `step` when it holds it for right as it stands, whether it is so or not.

        `len(steps)` is the answer. Where `instead` is given, this is what a review says that holds `step` for
        wrong, and for right what stands there in `instead`. Empty where no review of this subject has such a
        line.
        """
        ...

    def correct(self, question: Question, attempt: Attempt) -> Attempt:
        """A right solution, fit to be shown: as much of the attempt as it can keep, else the reference."""
        ...

    def slip(self, question: Question, attempt: Attempt, step: int, seed: int) -> Attempt:
        """The attempt with a likely mistake made in `step` (index from 0) and carried on from there."""
        ...

    def answers_match(self, question: Question, answer: str | None) -> bool:
        """Whether `answer` is exactly right."""
        ...


@runtime_checkable
class Generalizes(Protocol):
    """A subject that can put a question in another dress: same concept, same difficulty."""

    def generalize(self, question: Question, seed: int) -> Question:
        """A question of the same kind, with `question` as its parent and tier ``generalized``."""
        ...


@runtime_checkable
class Hardens(Protocol):
    """A subject that can make a question harder."""

    def harder(self, question: Question, seed: int) -> Question:
        """A harder question, with `question` as its parent and tier ``harder``."""
        ...


@runtime_checkable
class HasSubtasks(Protocol):
    """A subject whose questions have parts that can be asked alone."""

    def subtasks(self, question: Question) -> tuple[Question, ...]:
        """Self-contained parts of the solution, with `question` as their parent and tier ``subtask``."""
        ...

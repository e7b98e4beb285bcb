"""A teacher's seat in which the subject makes further questions where it can: exact, and without a model."""

import random
from contextlib import suppress

from ..transcripts.errors import SeatError
from ..transcripts.records import Cue, Line, Role, SeatInfo
from .scripted import Checkers
from .scripted_questions import QUESTION_ASKS, questions_line
from .seats import Seat

__all__ = ["SubjectFirst"]


class SubjectFirst:
    """A speaker that is asked for further questions only where its subject makes none, or not enough.

    What a subject makes has a right answer and can be checked; what a model makes up may have neither.

    Args:
        speaker: Answers all else.
        checkers: Gives the checker of a subject by the subject's name.
    """

    def __init__(self, speaker: Seat, checkers: Checkers) -> None:
        self.speaker = speaker
        self._checkers = checkers

    @property
    def info(self) -> SeatInfo:
        """The speaker's."""
        return self.speaker.info

    @property
    def name(self) -> str:
        """The speaker's."""
        return self.speaker.name

    @property
    def role(self) -> Role:
        """The speaker's."""
        return self.speaker.role

    async def speak(self, cue: Cue) -> Line:
        """The subject's questions, or what the speaker says.

        Raises:
            SeatError: the speaker cannot answer.
        """
        if cue.ask in QUESTION_ASKS:
            with suppress(SeatError):
                return questions_line(cue, self._checkers(cue.question.subject), random.Random(cue.seed))
        return await self.speaker.speak(cue)

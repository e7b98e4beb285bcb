"""The seat `guesser`: a student that says an answer and shows no steps."""

import random

from schoolroom.agents.persona import Persona
from schoolroom.agents.scripted import Checkers, heard_attempt
from schoolroom.transcripts.errors import PersonaError, SeatError
from schoolroom.transcripts.records import Ask, Attempt, Cue, Line, Role, SeatInfo
from schoolroom.transcripts.replies import render_attempt, render_verdict


class Guesser:
    """Plays any student; its persona's `slip_rate` says how often its answer is wrong.

    Args:
        persona: Whom it plays.
        info: Who sits here, in which seat; the seat keeps it as it is.
        checkers: Gives the subject of a name.
    """

    def __init__(self, persona: Persona, *, info: SeatInfo, checkers: Checkers) -> None:
        if persona.role is not Role.STUDENT:
            raise PersonaError(f"'{persona.name}' is a {persona.role}, but only students guess.")
        self.info, self.name, self.role = info, info.seat, info.role
        self._slip_rate, self._checkers = persona.traits.slip_rate, checkers

    async def speak(self, cue: Cue) -> Line:
        """Answer `cue`. All that is random comes of its seed.

        Raises:
            SeatError: something is asked that students are not asked.
        """
        checker = self._checkers(cue.question.subject)
        if cue.ask in (Ask.ATTEMPT, Ask.REVISE):
            guess = Attempt(steps=(), answer=checker.solve(cue.question).answer)
            rng = random.Random(cue.seed)
            if rng.random() < self._slip_rate:
                guess = checker.slip(cue.question, guess, 0, rng.getrandbits(32))
            return Line(text=render_attempt(guess), payload=guess)
        if cue.ask is Ask.FEEDBACK:
            attempt = heard_attempt(cue, "a guesser")
            found = checker.check(cue.question, attempt)
            return Line(text=render_verdict(found, len(attempt.steps)), payload=found)
        raise SeatError(f"a guesser cannot answer '{cue.ask}'; seat somebody else there.")

"""What authors of personas and of seats run to learn whether theirs keep the rules of the classroom."""

import asyncio
from collections.abc import Iterator, Mapping
from pathlib import Path

from ..transcripts.checks import find_fault, found_by
from ..transcripts.errors import ReplyError, SeatError
from ..transcripts.prompts import prompt
from ..transcripts.records import (
    Ask,
    Attempt,
    Cue,
    Feedback,
    Grade,
    Line,
    Payload,
    Question,
    Role,
    SeatInfo,
)
from ..transcripts.replies import parse
from .fakes import RunningSums, said
from .persona import SCRIPTED, Persona
from .persona_files import load_persona
from .seating import PLUGGED, SCRIPTED_SEATS
from .seats import Seat

__all__ = [
    "ASKS_OF",
    "check_persona",
    "check_seat",
    "core",
    "played_problems",
    "seat_problems",
    "seat_problems_async",
]

ASKS_OF: Mapping[Role, tuple[Ask, ...]] = {
    Role.TEACHER: (Ask.FEEDBACK, Ask.DEMONSTRATE),
    Role.STUDENT: (Ask.ATTEMPT, Ask.FEEDBACK, Ask.REVISE),
    Role.GRADER: (Ask.GRADE,),
}
"""What every classroom may ask of a role."""

_PAYLOAD: Mapping[Ask, type[Attempt] | type[Feedback] | type[Grade]] = {
    Ask.ATTEMPT: Attempt,
    Ask.FEEDBACK: Feedback,
    Ask.REVISE: Attempt,
    Ask.DEMONSTRATE: Attempt,
    Ask.GRADE: Grade,
}


def check_persona(persona: Persona | str | Path) -> None:
    """See `played_problems`; a file is read first.

    Raises:
        PersonaError: the file is wrong.
        ProtocolError: the persona cannot be played.
    """
    persona = persona if isinstance(persona, Persona) else load_persona(persona)
    find_fault(f"the persona '{persona.name}'", played_problems(persona))


def played_problems(persona: Persona) -> list[str]:
    """What is wrong with what a persona says, played by a script and asked all that its role may be asked.

    Whoever plays it otherwise, its instructions are filled in, too.
    """
    return found_by(_played(persona))


def _played(persona: Persona) -> Iterator[str]:
    question = RunningSums().sample(seed=1)
    right = Attempt(steps=question.solution, answer=question.answer)
    seat = SCRIPTED_SEATS[persona.role](persona, name="seat", checkers=lambda _: RunningSums())
    for ask in ASKS_OF[persona.role]:
        if not prompt(_cue(seat, ask, question, right), persona.role, persona.instructions)[-1].content:
            yield f"{ask}: a model that plays it is told nothing; write it an instruction."
    yield from seat_problems(seat)


def check_seat(seat: Seat, question: Question | None = None, wrong: Attempt | None = None) -> None:
    """See `seat_problems`.

    Raises:
        ProtocolError: one of the rules is broken.
    """
    find_fault(f"the seat '{getattr(seat, 'name', seat)}'", seat_problems(seat, question, wrong))


def seat_problems(seat: Seat, question: Question | None = None, wrong: Attempt | None = None) -> list[str]:
    """Ask a seat everything that its role may be asked, and say what is wrong; empty where nothing is.

    Each ask is put about a right and a wrong solution. Words and payload must agree, as far as the words'
    grammar goes. A seat that calls no model must say the same to the same cue.

    Args:
        seat: The seat. Models are really asked, about ten times.
        question: What it is asked about, with its solution; None: a sum of the subject ``running_sums``
            (`fakes.RunningSums`).
        wrong: A wrong solution of it; None: the reference with another answer.
    """
    return asyncio.run(seat_problems_async(seat, question, wrong))


async def seat_problems_async(
    seat: Seat, question: Question | None = None, wrong: Attempt | None = None
) -> list[str]:
    """`seat_problems` for those who are in an event loop already."""
    problems = list(_describes_itself(seat))
    if problems:
        return problems
    question = question or RunningSums().sample(seed=1)
    right = Attempt(steps=question.solution, answer=question.answer)
    wrong = wrong or right.model_copy(update={"answer": f"{right.answer}0"})
    for ask in ASKS_OF[seat.role]:
        for attempt in (right, wrong):
            cue = _cue(seat, ask, question, attempt)
            problems += [f"{ask}: {problem}" for problem in await _answers(seat, cue)]
    return list(dict.fromkeys(problems))


def _describes_itself(seat: Seat) -> Iterator[str]:
    if not isinstance(seat, Seat):
        yield f"{type(seat).__name__} is not a Seat; it needs 'info', 'name', 'role' and 'async speak(cue)'."
        return
    if not isinstance(seat.info, SeatInfo):
        yield f"info is a {type(seat.info).__name__}, but must be a SeatInfo."
        return
    if (seat.info.seat, seat.info.role) != (seat.name, seat.role):
        yield (
            f"info says '{seat.info.seat}', {seat.info.role}, "
            f"but name and role say '{seat.name}', {seat.role}; make them the same."
        )
    if not asyncio.iscoroutinefunction(seat.speak):
        yield "speak is not a coroutine function; write 'async def speak(self, cue)'."


async def _answers(seat: Seat, cue: Cue) -> list[str]:
    """What is wrong with the seat's answer to `cue`."""
    try:
        line = await seat.speak(cue)
    except SeatError as error:
        return [f"refused with {type(error).__name__}: {error}"]
    except Exception as error:
        return [f"raised {type(error).__name__}: {error}; a seat that cannot speak raises SeatError."]
    if not isinstance(line, Line):
        return [f"gave a {type(line).__name__}, but must give a Line."]
    problems = []
    wanted = _PAYLOAD[cue.ask]
    if not isinstance(line.payload, wanted):
        problems.append(f"the payload is {type(line.payload).__name__}, but must be {wanted.__name__}.")
    else:
        problems += _disagreement(cue, line, line.payload)
    scripted = seat.info.model.startswith((SCRIPTED, PLUGGED)) and not line.calls
    if scripted and await seat.speak(cue) != line:
        problems.append("the same cue gave another line; draw all that is random from cue.seed.")
    return problems


def _disagreement(cue: Cue, line: Line, payload: Payload) -> list[str]:
    """Where words and payload do not say the same."""
    try:
        read = parse(cue, line.text)
    except ReplyError as error:
        return [f"the words cannot be read back: {error}"]
    if core(read) != core(payload):
        return [f"the words say {core(read)}, but the payload {core(payload)}."]
    return []


def core(payload: Payload) -> tuple[object, ...]:
    """What words and payload must agree about; reasons may be worded otherwise."""
    match payload:
        case Attempt():
            return (payload.steps, payload.answer)
        case Feedback():
            return (payload.correct, payload.step)
        case Grade():
            return (payload.score, payload.correct)
        case _:
            return ()


def _cue(seat: Seat, ask: Ask, question: Question, attempt: Attempt) -> Cue:
    """A cue such as scripts give: with an attempt, and feedback on it where it is to be revised."""
    if ask is Ask.ATTEMPT:
        return Cue(seat=seat.name, ask=ask, question=question, seed=1)
    heard = [said(attempt)]
    if ask is Ask.REVISE:
        blamed = Feedback(correct=False, step=len(attempt.steps))
        heard.append(said(blamed, index=1, steps=len(attempt.steps)))
    return Cue(seat=seat.name, ask=ask, question=question, heard=tuple(heard), seed=1)

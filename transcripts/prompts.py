"""How a speaker reads what it has heard: cues to chat messages, for live seats and for training rows alike.

A student reads a conversation: the question, solutions as its own words, another's feedback as said to it,
and its own feedback as its answer to being told to check. So whatever a student says of one question is one
growing conversation, in which each prompt begins the next. Teachers and graders read one message, filled
from a template.
"""

import re
from collections.abc import Mapping, Sequence

from .errors import PersonaError, did_you_mean
from .records import Ask, Attempt, Cue, Message, Role, Rubric, Turn
from .replies import render_attempt

__all__ = ["PLACEHOLDERS", "PLAIN_STUDENT", "fill", "prompt", "student_messages"]

PLACEHOLDERS = ("question", "attempt", "steps", "feedback", "reference", "lesson", "rubric", "count")
"""What a template may name in braces."""

PLAIN_STUDENT: Mapping[str, str] = {
    Ask.ATTEMPT: "",
    Ask.FEEDBACK: "Check each step.",
    Ask.REVISE: "Now correct it.",
}
"""What a student without a persona is told, after what it has heard."""

_PLACEHOLDER = re.compile(r"\{(\w*)\}")


def fill(template: str, values: Mapping[str, str]) -> str:
    """Put `values` where ``{name}`` stands; nothing else in a template is interpreted, so none can run code.

    Raises:
        PersonaError: the template names something that is not in `values`.
    """

    def value(found: re.Match[str]) -> str:
        name = found[1]
        if name not in values:
            known = ", ".join(f"{{{k}}}" for k in values)
            raise PersonaError(
                f"template names '{{{name}}}'{did_you_mean(name, values)} a template may name {known}."
            )
        return values[name]

    return _PLACEHOLDER.sub(value, template)


def student_messages(
    question: str, heard: Sequence[Message], instruction: str, system: str = ""
) -> tuple[Message, ...]:
    """The conversation as a student reads it.

    Args:
        question: The question's text.
        heard: What was said since, in order.
        instruction: What it is told to do now; empty where the question says it all.
        system: A system message; none where empty.
    """
    told = [Message(role="user", content=instruction)] if instruction else []
    said = [Message(role="user", content=question)]
    for message in (*heard, *told):
        if message.role == said[-1].role == "user":  # some chat templates refuse two in a row
            said[-1] = Message(role="user", content=f"{said[-1].content}\n{message.content}")
        else:
            said.append(message)
    return ((Message(role="system", content=system),) if system else ()) + tuple(said)


def prompt(cue: Cue, role: Role, instructions: Mapping[str, str]) -> tuple[Message, ...]:
    """The messages that a speaker of `role` reads for `cue`.

    Args:
        cue: What is asked, and what was heard.
        role: The speaker's role.
        instructions: By ask, and optionally ``system``; a student's may leave asks out, others' must not.

    Raises:
        PersonaError: no instruction for this ask, or a template names something unknown.
    """
    values = _values(cue)
    system = fill(instructions.get("system", ""), values)
    if role is Role.STUDENT:
        told = {
            ask: fill(text, values)
            for ask, text in {**PLAIN_STUDENT, **instructions}.items()
            if ask != "system"
        }
        heard = [message for turn in cue.heard for message in _as_heard(turn, cue.seat, told)]
        asked = cue.question.text
        first = next((turn for turn in cue.heard if turn.ask is not Ask.RUBRIC), None)
        if told[Ask.ATTEMPT] and first is not None and first.attempt is not None:
            asked = f"{asked}\n{told[Ask.ATTEMPT]}"  # what the solution that follows was told to do
        return student_messages(asked, heard, told.get(cue.ask, ""), system)
    if cue.ask not in instructions:
        raise PersonaError(f"no instruction for '{cue.ask}'; add one under [instructions].")
    body = Message(role="user", content=fill(instructions[cue.ask], values))
    return ((Message(role="system", content=system),) if system else ()) + (body,)


def _as_heard(turn: Turn, listener: str, told: Mapping[str, str]) -> list[Message]:
    """One heard turn in the conversation that a student at the seat `listener` reads."""
    if turn.attempt is not None:
        return [Message(role="assistant", content=turn.text)]
    if turn.seat != listener:
        return [Message(role="user", content=turn.text)]
    own = [Message(role="assistant", content=turn.text)]
    return [Message(role="user", content=told[turn.ask]), *own] if told.get(turn.ask) else own


def _values(cue: Cue) -> dict[str, str]:
    question = cue.question
    attempt = next((turn for turn in reversed(cue.heard) if turn.attempt is not None), None)
    feedback = next((turn for turn in reversed(cue.heard) if turn.ask is Ask.FEEDBACK), None)
    rubric = next((turn for turn in reversed(cue.heard) if isinstance(turn.payload, Rubric)), None)
    reference = Attempt(steps=question.solution, answer=question.answer)
    steps = attempt.attempt.steps if attempt and attempt.attempt else ()
    return {
        "question": question.text,
        "attempt": attempt.text if attempt else "",
        "steps": "\n".join(f"step {i}: {step}" for i, step in enumerate(steps, start=1)),
        "feedback": feedback.text if feedback else "",
        "reference": render_attempt(reference),
        "lesson": question.lesson,
        "rubric": rubric.text if rubric else "",
        "count": str(cue.count),
    }

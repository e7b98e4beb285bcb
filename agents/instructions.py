"""What language models are told where a persona's file does not say it better. Templates only.

Each ends by asking for the line that decides, as `transcripts.replies` reads it.
"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from ..transcripts.records import Ask, Role

__all__ = ["DEFAULT_INSTRUCTIONS", "character"]

_WRITE = "Write one step per line. End with a line of its own that says 'answer: ' and the answer."

_VERDICT = """\
The last line of your reply must be exactly one of these:
all correct
step N is wrong
the answer is wrong
Put the number of the first wrong step for N. Say 'the answer is wrong' only where every step is right."""

_ASKED = """\
Write each question with its worked solution in exactly this form, and nothing else:
question: the words of the question
solution:
one step per line
answer: the answer"""

_TEACHER: Mapping[str, str] = {
    Ask.FEEDBACK: f"""\
The question:
{{question}}

A student's solution:
{{attempt}}

The same, with its steps numbered:
{{steps}}

Work through the steps one by one and compare. Tell the student what you find.
{_VERDICT}""",
    Ask.DEMONSTRATE: f"""\
The question:
{{question}}

The student's last solution, if there was one:
{{attempt}}

The rubric of a good solution, if there is one:
{{rubric}}

Show how it is done. Keep the student's lines up to the first wrong one, and correct what follows. Change no \
more than the question and the rubric need.
Write nothing but the solution. {_WRITE}""",
    Ask.RUBRIC: """\
A question of the kind that students are going to answer:
{question}

Write the rubric for questions of this kind: two to five criteria of a good answer that can be checked in \
the words of the answer alone. Write one line for each, and nothing else, like this:
- name of the criterion: what a good answer does""",
    Ask.GENERALIZE: f"""\
The question:
{{question}}

Write {{count}} further questions that ask for the same in another dress: the same idea and difficulty, \
other things and other numbers. {_ASKED}""",
    Ask.HARDEN: f"""\
The question:
{{question}}

Write {{count}} harder questions that build on it: one more step, or larger numbers. {_ASKED}""",
    Ask.DIVIDE: f"""\
The question:
{{question}}

Write {{count}} smaller questions, each a part of its solution that can be asked alone. {_ASKED}""",
}

_STUDENT: Mapping[str, str] = {
    Ask.ATTEMPT: f"Write nothing but the solution. {_WRITE}",
    Ask.FEEDBACK: f"Check each step of your solution.\n{_VERDICT}",
    Ask.REVISE: f"Now correct your solution. Write all of it again, and nothing else. {_WRITE}",
}

_GRADER: Mapping[str, str] = {
    Ask.GRADE: """\
The question:
{question}

The reference solution, where one is known:
{reference}

The solution to grade:
{attempt}

Grade the answer alone: score 1 if it is right, 0 if it is not.
The last line of your reply must be 'score: 1' or 'score: 0'.""",
}

DEFAULT_INSTRUCTIONS: Mapping[Role, Mapping[str, str]] = MappingProxyType(
    {Role.TEACHER: _TEACHER, Role.STUDENT: _STUDENT, Role.GRADER: _GRADER}
)
"""By role and ask."""


def character(system: str, tone: str, misconceptions: Sequence[str]) -> str:
    """The system message with tone and misconceptions at its end, where they do not stand there already."""
    said = [system] if system else []
    if tone and (sentence := f"Your tone is {tone}.") not in system:
        said.append(sentence)
    said += [
        sentence for belief in misconceptions if (sentence := f"You believe, wrongly: {belief}") not in system
    ]
    return "\n".join(said)

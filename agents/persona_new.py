"""The text that a new persona's file begins with. No file is written here."""

from collections.abc import Mapping

from ..transcripts.records import Role
from .persona_files import validated

__all__ = ["new_persona"]


def new_persona(name: str, role: Role | str) -> str:
    """The text of a persona file to begin with, with comments; nothing is wrong with it as it stands.

    Raises:
        PersonaError: the name or the role cannot be used.
    """
    checked = validated({"name": name, "role": str(role)}, "the new persona")
    return _BEGINNING.format(name=checked.name, role=checked.role, **_PARTS[checked.role])


_BEGINNING = """\
# A persona of schoolroom. Everything but name and role may be left out.
name = "{name}"
role = "{role}"
version = 1                # raise it with each change that alters what is said
description = "A {role}."
model = "scripted"         # who plays it: "scripted", "hf:FOLDER" or a litellm name like "openai/gpt-4o-mini"

[traits]
tone = "friendly and brief"
# misconceptions = ["Anything times zero is the thing itself."]
{traits}
# How it speaks when it is scripted. A key takes one text or a list, from which one is picked.
# {{place}} is "step 2" or "the answer", {{line}} its words, {{review}} the checker's line about it.
[style]
{style}
# How it speaks when a language model plays it. What is left out is asked in the role's own way.
[instructions]
system = "You are a {role} in a classroom."

# [generation]
# max_new_tokens = 256
# temperature = 0.0
"""

_JUDGES = """\
opening = "Let me look at this step by step."
# right_step = "{review}"
# wrong_step = "{review}"
all_correct = "Nothing to mend here."
closing = "Have another look at {place}."
"""

_PARTS: Mapping[Role, Mapping[str, str]] = {
    Role.TEACHER: {
        "traits": """\
skill = 1.0                # share of its feedback that is right
outcome_error_rate = 0.0   # share of its demonstrations that end in a wrong answer
step_error_rate = 0.0      # wrong steps over all steps of its demonstrations
own_questions = false      # played by a model: makes further questions up even where the subject could
""",
        "style": _JUDGES,
    },
    Role.STUDENT: {
        "traits": """\
slip_rate = 0.1            # share of steps in which it makes a mistake
heeds = 0.9                # probability that a revision follows the feedback
vigilance = 0.5            # probability that its own check finds a mistake that is there
false_alarms = 0.05        # probability that its own check finds one where there is none
""",
        "style": _JUDGES,
    },
    Role.GRADER: {
        "traits": "",
        "style": """\
# opening = ""
# all_correct = "Nothing is missing."
# closing = "See {place}."

# What the score is made of: weights.
[criteria]
answer = 1.0               # the answer is right
# steps = 0.5              # share of the written steps that are right
# shown = 0.2              # steps written, as a share of those that the reference takes
# stated = 0.1             # an answer is given at all
""",
    },
}

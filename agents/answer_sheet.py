"""An answer as its lines, each known for a step, the answer or a closing check. It judges nothing."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from ..transcripts.replies import parse_attempt

__all__ = ["CHECK", "Kind", "Sheet", "body_of", "spaceless"]

Kind = Literal["step", "answer", "check"]

CHECK = "check:"
"""How a closing check begins."""

_PREFIX = re.compile(r"(?:step\s+\d{1,4}\s*[:.)]|\d{1,4}[.)](?=\s)|[-*•](?=\s))\s*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Sheet:
    """The lines of one answer, without blank ones."""

    lines: tuple[tuple[Kind, str], ...]

    @classmethod
    def read(cls, text: str) -> "Sheet":
        """The lines of `text`; of several that state an answer the last one counts, as in `parse_attempt`."""
        lines = [line.strip() for line in text.splitlines() if line.strip()]
        stated = (i for i in reversed(range(len(lines))) if parse_attempt(lines[i]).answer is not None)
        answer = next((i for i in stated if not _is_check(lines[i])), None)
        kinds: list[Kind] = ["check" if _is_check(line) else "step" for line in lines]
        if answer is not None:
            kinds[answer] = "answer"
        return cls(tuple(zip(kinds, lines, strict=True)))

    @property
    def text(self) -> str:
        """The words."""
        return "\n".join(line for _, line in self.lines)

    @property
    def steps(self) -> tuple[str, ...]:
        """The lines that are steps."""
        return tuple(line for kind, line in self.lines if kind == "step")

    @property
    def answer(self) -> str | None:
        """What the answer's line says the answer is."""
        line = next((line for kind, line in self.lines if kind == "answer"), None)
        return None if line is None else parse_attempt(line).answer

    def without(self, kind: Kind) -> "Sheet":
        """All lines but those of `kind`."""
        return Sheet(tuple(line for line in self.lines if line[0] != kind))

    def with_steps(self, steps: tuple[str, ...]) -> "Sheet":
        """`steps` in place of the steps: where the first one stood, else before everything but the answer
        that comes first."""
        first = next((i for i, (kind, _) in enumerate(self.lines) if kind == "step"), None)
        if first is None:
            first = 1 if self.lines and self.lines[0][0] == "answer" and len(self.lines) > 1 else 0
        before, after = self.lines[:first], [line for line in self.lines[first:] if line[0] != "step"]
        return Sheet((*before, *(("step", step) for step in steps), *after))

    def each_step(self, change: Callable[[int, str], str]) -> "Sheet":
        """Each step put through `change`, which is given its number from 1."""
        changed = tuple(change(number, step) for number, step in enumerate(self.steps, start=1))
        words = iter(changed)
        return Sheet(tuple((kind, next(words) if kind == "step" else line) for kind, line in self.lines))

    def with_answer_line(self, line: str) -> "Sheet":
        """`line` in place of the one that states the answer, or at the end, before a closing check."""
        if any(kind == "answer" for kind, _ in self.lines):
            return Sheet(tuple((kind, line if kind == "answer" else old) for kind, old in self.lines))
        rest = self.without("check").lines
        return Sheet((*rest, ("answer", line), *(old for old in self.lines if old[0] == "check")))


def body_of(step: str) -> tuple[str, str]:
    """A step's number or bullet, with the space after it, and the rest."""
    found = _PREFIX.match(step)
    end = found.end() if found else 0
    return step[:end], step[end:]


def spaceless(line: str) -> str:
    """`line` without white space."""
    return "".join(line.split())


def _is_check(line: str) -> bool:
    return line.lower().startswith(CHECK)

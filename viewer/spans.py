"""The words of a turn in pieces: which of them feedback points at, and which feedback. Knows no HTML."""

from collections.abc import Iterator, Sequence
from textwrap import shorten
from typing import NamedTuple

from ..environments.telling import blamed_line, blames_on, verdict
from ..transcripts.records import Episode, Feedback, Turn

__all__ = ["Blame", "Span", "blamed", "spans"]

_LETTERS = 300
"""Of what a feedback says of a line; the rest is read where it stands."""


class Blame(NamedTuple):
    """What one feedback says of a line."""

    turn: int
    """Index of the feedback's turn."""
    says: str
    """In a line, as ``✗ step 2, "3+9+1": the tens column is 3 + 5 + 1.``"""


class Span(NamedTuple):
    """Some words of a turn. All spans of a turn, joined, are its text."""

    text: str
    blames: tuple[Blame, ...] = ()
    """Who finds the line wrong that they stand in; none of words that nobody blames."""
    pointed: bool = False
    """Whether these very words are quoted as the wrong ones."""


def spans(episode: Episode, turn: Turn) -> tuple[Span, ...]:
    """The words of `turn`; in an attempt, each line that a feedback blames stands in spans of its own.

    As many spans as there are blames come of it, however long the text is.
    """
    lines = turn.text.split("\n")
    found = blamed(episode, turn, lines)
    parts: list[Span] = []
    end = 0
    for number in sorted(found):
        if number > end:
            parts.append(Span("\n".join(lines[end:number]) + "\n"))
        parts += _of_line(lines[number], found[number])
        end = number + 1
        if end < len(lines):
            parts.append(Span("\n"))
    if end < len(lines):
        parts.append(Span("\n".join(lines[end:])))
    return tuple(parts)


def blamed(episode: Episode, turn: Turn, lines: Sequence[str]) -> dict[int, list[tuple[Blame, str]]]:
    """Which of the lines of an attempt are blamed: what is said of them, and the words quoted from them."""
    found: dict[int, list[tuple[Blame, str]]] = {}
    if turn.attempt is None:
        return found
    for told in blames_on(episode, turn):
        assert isinstance(told.payload, Feedback)
        if (number := blamed_line(told.payload, turn.attempt, lines)) is not None:
            says = shorten(verdict(episode, told) or "", _LETTERS, placeholder=" …")
            blame = Blame(told.index, says)
            found.setdefault(number, []).append((blame, told.payload.span or ""))
    return found


def _of_line(line: str, blames: Sequence[tuple[Blame, str]]) -> Iterator[Span]:
    """A blamed line, with the first quotation that stands in it apart."""
    said = tuple(blame for blame, _ in blames)
    quoted = next((quote for _, quote in blames if quote and quote in line), "")
    before, _, after = line.partition(quoted) if quoted else (line, "", "")
    for text, pointed in ((before, False), (quoted, True), (after, False)):
        if text:
            yield Span(text, said, pointed)

"""What the lines of a word sorting have established so far, and what is found in one."""
# ruff: noqa: RUF001 (the dash that people write is meant)

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from .arithmetic_judge import Fault
from .word_sorting_lines import SelectionLine
from .word_sorting_lists import WORD, in_order, words_in

__all__ = ["NUMBERED", "SortingState", "WordFinding", "numbered_word"]

NUMBERED = re.compile(r"^\W*(?:step\s*)?(\d{1,3})\s*[.):]\W*", re.IGNORECASE)
_ALONE = re.compile(rf"[\"'`]?({WORD})[\"'`]?\s*(?:[(\-–].*|[.,;]?\s*)")


@dataclass(slots=True)
class WordFinding:
    """What was found in one step."""

    fault: Fault | None = None
    works: bool = False
    """Whether anything is claimed in it."""
    line: SelectionLine | None = None
    """The step, where it has the reference's form."""
    due: SelectionLine | None = None
    """That line as it should stand, on the lines before it."""
    left: tuple[str, ...] | None = None
    """What is left after it; None unless it and all steps before it have the reference's form."""
    reaches: bool = False
    """Whether it comes to all words in their order."""


@dataclass(slots=True)
class SortingState:
    """What the lines so far have established."""

    words: tuple[str, ...]
    left: tuple[str, ...] = ()
    """Not taken yet."""
    taken: list[str] = field(default_factory=list)
    items: list[str] = field(default_factory=list)
    """The words of a numbered list so far."""
    given: int = 0
    """How many items of numbered lists only repeat the question."""
    known: list[tuple[str, ...]] = field(default_factory=list)
    """Lists and groups of words that were named, the last one last."""
    place: int | None = None
    """The place of the letters that were last looked at."""
    blamed: set[tuple[str, str]] = field(default_factory=set)
    """Pairs in the wrong order that are a wrong step already."""
    grown: tuple[str, ...] = ()
    """The last list that is being inserted into."""
    inserting: bool = False
    growing: bool = False
    """Whether each line is such a list and nothing else."""
    selecting: bool = True
    last: int = 0
    """The last step that names a word of the question."""
    header: str = ""
    """The last line that ends in a colon, when nothing has come since."""

    def __post_init__(self) -> None:
        """All words are left."""
        self.left = self.words

    @property
    def full(self) -> tuple[str, ...]:
        """All words, as the lines so far have them."""
        return (*self.taken, *self.left)

    @property
    def expected(self) -> tuple[str, ...]:
        """The order that follows from the lines so far as they stand."""
        return (*self.taken, *in_order(self.left))

    def look_ahead(self, steps: Sequence[str]) -> None:
        """See whether words are inserted one by one, and whether a list only repeats the question."""
        self.last = max(
            (i for i, step in enumerate(steps) if set(words_in(step)) & set(self.words)), default=0
        )
        lines = [line for step in steps for line in step.splitlines()]
        lengths = [len(words) for line in lines if (words := self.bare(line))]
        count = len(self.words)
        growing = count > 2 and lengths[:1] in ([1], [2]) and count - 1 <= len(lengths) <= count
        self.growing = growing
        self.inserting = growing or any(re.search(r"\binsert", line, re.IGNORECASE) for line in lines)
        numbered = [(i, word) for i, line in enumerate(lines) if (word := numbered_word(line)[1])]
        if tuple(word for _, word in numbered[:count]) == self.words:
            later = lines[numbered[count - 1][0] + 1 :]
            if any(len(set(words_in(line)) & set(self.words)) > 1 for line in later) or len(numbered) > count:
                self.given = count

    def bare(self, line: str) -> tuple[str, ...]:
        """The words of a line that holds nothing but words of the question."""
        words = words_in(NUMBERED.sub("", line))
        return words if set(words) <= set(self.words) and not re.search(r"[<>|:?]", line) else ()


def numbered_word(line: str) -> tuple[int, str]:
    """Number and word of a line like ``3. pear``; 0 and nothing where it is none."""
    number = NUMBERED.match(line)
    alone = _ALONE.fullmatch(line[number.end() :]) if number else None
    return (int(number[1]), alone[1].lower()) if number and alone else (0, "")

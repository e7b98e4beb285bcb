"""A shelf of rubrics: a new question is given the rubric of the most similar question that has one.

Similarity is the cosine of TF-IDF vectors over words and character n-grams (where CITING, Feng et al., arXiv
2310.02527, takes a language model's embeddings). Numbers count as one and the same: what type of question it
is does not hang on them.
"""

import math
import random
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Literal, get_args

from pydantic import ValidationError

from ..transcripts.errors import DataFileError, PersonaError, SeatError
from ..transcripts.listed_replies import render_rubric
from ..transcripts.records import Ask, Cue, Episode, Line, Record, Role, Rubric, SeatInfo, content_id
from .persona import SCRIPTED

__all__ = ["Pick", "RubricShelf", "ShelfEntry", "ShelfSeat", "shelf_seat", "similarities"]

Pick = Literal["nearest", "other"]
"""Which rubric a seat takes: the most similar question's, or, as a control, one that says something else."""

GRAMS = (3, 4)
"""Lengths of character n-grams."""


class ShelfEntry(Record):
    """A question of a type, and the rubric of that type."""

    question: str
    rubric: Rubric


class RubricShelf(Record):
    """Rubrics by the questions that they were written for."""

    entries: tuple[ShelfEntry, ...]

    @classmethod
    def of(cls, episodes: Iterable[Episode]) -> "RubricShelf":
        """The rubrics that were written in these episodes, in their order; none twice."""
        found = [
            ShelfEntry(question=episode.question_of(turn).text, rubric=turn.payload)
            for episode in episodes
            for turn in episode.turns
            if isinstance(turn.payload, Rubric)
        ]
        return cls(entries=tuple({entry.model_dump_json(): entry for entry in found}.values()))

    @classmethod
    def load(cls, path: Path) -> "RubricShelf":
        """The shelf in a file.

        Raises:
            DataFileError: there is none.
        """
        try:
            return cls.model_validate_json(path.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError) as error:
            raise DataFileError(
                f"the shelf '{path}' cannot be read: {error}; 'schoolroom transcripts rubrics' writes one."
            ) from None
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(map(str, first["loc"])) or "its top"
            raise DataFileError(f"'{path}' is no shelf of rubrics: at {where}, {first['msg']}.") from None

    def save(self, path: Path) -> None:
        """Write the shelf to a file.

        Raises:
            DataFileError: it cannot be written.
        """
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(self.model_dump_json(indent=1) + "\n", encoding="utf-8")
        except OSError as error:
            raise DataFileError(f"the shelf cannot be written to '{path}': {error}.") from None

    @property
    def id(self) -> str:
        """Sixteen hexadecimal digits that follow from what stands on the shelf."""
        return content_id(self.model_dump(mode="json"))

    def nearest(self, question: str) -> Rubric:
        """The rubric of the most similar question; of several equally similar ones, the first.

        Raises:
            SeatError: the shelf is empty.
        """
        return self.entries[self._place(question)].rubric

    def other(self, question: str, seed: int) -> Rubric:
        """A rubric that says something else than the nearest one, drawn by `seed`.

        Raises:
            SeatError: there is none.
        """
        near = self.nearest(question)
        others = {render_rubric(e.rubric): e.rubric for e in self.entries if e.rubric != near}
        if not others:
            raise SeatError("the shelf holds one rubric alone; put rubrics of other types on it.")
        return random.Random(seed).choice(list(others.values()))

    def _place(self, question: str) -> int:
        if not self.entries:
            raise SeatError("the shelf holds no rubric; have a teacher write some (script 'rubrics').")
        found = similarities(question, self._index)
        return max(range(len(found)), key=lambda place: (found[place], -place))

    @cached_property
    def _index(self) -> "_Index":
        return _Index([entry.question for entry in self.entries])


class ShelfSeat:
    """Answers the ask for a rubric from a shelf, so that what was found there is in the transcript."""

    def __init__(self, shelf: RubricShelf, *, name: str = "shelf", pick: Pick = "nearest") -> None:
        self.name, self.role = name, Role.TEACHER
        self.info = SeatInfo(seat=name, role=self.role, persona=f"shelf-{pick}@1", model=SCRIPTED)
        self.shelf, self._pick = shelf, pick

    async def speak(self, cue: Cue) -> Line:
        """The rubric for the cue's question.

        Raises:
            SeatError: something else is asked, or the shelf has no such rubric.
        """
        if cue.ask is not Ask.RUBRIC:
            raise SeatError(f"the shelf '{self.name}' cannot answer '{cue.ask}'; it holds rubrics alone.")
        text = cue.question.text
        rubric = self.shelf.nearest(text) if self._pick == "nearest" else self.shelf.other(text, cue.seed)
        return Line(text=render_rubric(rubric), payload=rubric)


def shelf_seat(spec: str, *, name: str, role: Role) -> ShelfSeat | None:
    """The shelf that ``shelf:FILE`` seats, or as a control ``other@shelf:FILE``; None for any other `spec`.

    Raises:
        PersonaError: the seat is no teacher's, or what stands before ``@`` is no `Pick`.
        DataFileError: the file holds no shelf.
    """
    if not (found := re.fullmatch(r"(?:(?P<pick>[^@]*)@)?shelf:(?P<file>.*)", spec)):
        return None
    if role is not Role.TEACHER:
        raise PersonaError(f"'{spec}' is a shelf of rubrics, which sits in a teacher's seat, not a {role}'s.")
    for pick in get_args(Pick):
        if found["pick"] in (None, pick):
            return ShelfSeat(RubricShelf.load(Path(found["file"])), name=name, pick=pick)
    raise PersonaError(f"'{spec}' must be 'shelf:FILE', 'nearest@shelf:FILE' or 'other@shelf:FILE'.")


class _Index:
    """Texts as TF-IDF vectors of length 1."""

    def __init__(self, texts: Sequence[str]) -> None:
        counts = [_features(text) for text in texts]
        spread = Counter(feature for count in counts for feature in count)
        self._weights = {f: 1.0 + math.log((1 + len(texts)) / (1 + n)) for f, n in spread.items()}
        self.vectors = [self.vector(count) for count in counts]

    def vector(self, count: Mapping[str, int]) -> dict[str, float]:
        """The vector of a text with these features; those that no text of the index has are left out."""
        raw = {f: (1 + math.log(n)) * self._weights[f] for f, n in count.items() if f in self._weights}
        length = math.sqrt(sum(value * value for value in raw.values())) or 1.0
        return {feature: value / length for feature, value in raw.items()}


def similarities(text: str, index: "_Index | Sequence[str]") -> list[float]:
    """How similar `text` is to each of the texts of `index`, from 0 to 1."""
    index = index if isinstance(index, _Index) else _Index(index)
    vector = index.vector(_features(text))
    return [sum(value * other.get(f, 0.0) for f, value in vector.items()) for other in index.vectors]


def _features(text: str) -> Counter[str]:
    """Words and character n-grams, each number as 0."""
    plain = re.sub(r"\d+", "0", text.lower())
    words = re.findall(r"\w+|[^\w\s]", plain)
    padded = f" {' '.join(words)} "
    grams = (padded[i : i + n] for n in GRAMS for i in range(len(padded) - n + 1))
    return Counter([*(f"word {word}" for word in words), *grams])

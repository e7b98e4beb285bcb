"""The subject `word_sorting`: words or letters put in alphabetical order, a line per word that is taken.

    Sort: c d a b
    a | c d b
    b | c d
    c | d
    answer: a b c d

A line names the smallest word and then those that are left, in the order in which they stood. The questions
of BIG-bench's task of this name are read as they are. Steps are judged by `word_sorting_judge`, whoever wrote
them.
"""

import random
import string
from collections.abc import Mapping, Sequence
from typing import Literal

from pydantic import Field, model_validator

from ...transcripts.records import Attempt, Json, Question, Tier, derive_seed
from .base import Level
from .levels import read_level
from .step_judging import JudgedStep, JudgedSteps, JudgesSteps
from .word_sorting_judge import WordFinding, judge_sorting
from .word_sorting_lines import SelectionLine, likely_mistakes, mistakes_in, written
from .word_sorting_lists import asked_words, in_order, same_words
from .word_sorting_vocabulary import VOCABULARY

__all__ = ["WordSorting", "WordSortingLevel"]


class WordSortingLevel(Level):
    """How many words are sorted, and of which kind."""

    min_words: int = Field(default=2, ge=2, le=40)
    """Fewest words of a question, inclusive."""
    max_words: int = Field(default=7, ge=2, le=40)
    """Most words of a question, inclusive; not below `min_words`."""
    kind: Literal["words", "letters"] = "words"
    """``words``: common English words; ``letters``: random letters in a row."""
    length: int = Field(default=1, ge=1, le=8)
    """Letters in each of the ``letters``; without effect on ``words``."""
    alphabet: int = Field(default=26, ge=2, le=26)
    """``letters`` are drawn from this many, the first of the alphabet."""
    repeats: bool = False
    """Whether the same word may stand in a question more than once."""

    @model_validator(mode="after")
    def _there_are_enough(self) -> "WordSortingLevel":
        if self.min_words > self.max_words:
            raise ValueError(f"min_words must not exceed max_words, but {self.min_words} > {self.max_words}")
        if self.kind == "letters" and not self.repeats and self.alphabet**self.length < self.max_words:
            raise ValueError(
                f"{self.alphabet} letters in rows of {self.length} make only {self.alphabet**self.length} "
                f"different words, but max_words is {self.max_words}; allow repeats or longer rows"
            )
        return self


class WordSorting(JudgesSteps):
    """Makes and checks word sorting; satisfies `Generalizes`, `Hardens` and `HasSubtasks`."""

    def __init__(self) -> None:
        super().__init__("word_sorting")

    def level(self, settings: Mapping[str, Json]) -> WordSortingLevel:
        """The level that a course's settings describe.

        Raises:
            CourseError: an unknown key, or a value out of range.
        """
        return read_level(WordSortingLevel, settings, self.name)

    def sample(self, level: Level, seed: int, lesson: str = "") -> Question:
        """A question of `level`."""
        level = WordSortingLevel.model_validate(level)
        rng = random.Random(derive_seed(self.name, level.model_dump(), seed))
        length, alphabet = (level.length, level.alphabet) if level.kind == "letters" else (0, 0)
        words: list[str] = []
        for _ in range(rng.randint(level.min_words, level.max_words)):
            words.append(_another(rng, length, alphabet, () if level.repeats else words))
        return self._question(words, lesson, Tier.BASIC, alphabet)

    def solve(self, question: Question) -> Attempt:
        """The smallest word of those left, and what is left then, until a single one is.

        Raises:
            QuestionError: the question is not to sort words.
        """
        return written(asked_words(question.text))

    def judged(self, question: Question, steps: Sequence[str]) -> JudgedSteps:
        """What is found in each of `steps`, whoever wrote them."""
        findings = judge_sorting(asked_words(question.text), steps)
        judged = tuple(
            JudgedStep(
                fault=finding.fault,
                works=finding.works,
                worked=_worked(finding),
                written=finding.line.taken if finding.line else "",
                line=step if finding.line else "",
            )
            for step, finding in zip(steps, findings, strict=True)
        )
        return JudgedSteps(judged, reaches=bool(findings) and findings[-1].reaches)

    def remaining(self, question: Question, steps: Sequence[str]) -> tuple[str, ...] | None:
        """The lines that are left to be written after `steps`, where these have the reference's form."""
        words = asked_words(question.text)
        if not steps:
            return written(words).steps
        left = judge_sorting(words, steps)[-1].left
        return None if left is None else written(left).steps

    def slip(self, question: Question, attempt: Attempt, step: int, seed: int) -> Attempt:
        """A likely mistake (another word taken, one lost or there twice), carried on from there.

        In the answer, two neighbours change places. Mistakes in earlier lines stay, where these are written
        as the reference writes.
        """
        words = asked_words(question.text)
        rng = random.Random(seed)
        found = mistakes_in(words, attempt.steps)
        if step < len(attempt.steps) and found is not None:
            earlier = {place: line for place, line in found.items() if place < step}
            wrong = tuple(place for place in self.wrong_steps(question, attempt) if place < step)
            before = SelectionLine.read(attempt.steps[step - 1]) if step else None
            for mistake in likely_mistakes(before.left if before else words, rng):
                slipped = written(words, {**earlier, step: mistake})
                if self.wrong_steps(question, slipped) == (*wrong, step):
                    return slipped
        if step < len(attempt.steps) or attempt.answer is None:
            return super().slip(question, attempt, step, seed)
        said = attempt.answer.split()
        places = [i for i in range(len(said) - 1) if said[i] != said[i + 1]]
        if not places:
            return attempt.model_copy(update={"answer": " ".join([*said, *said[-1:]])})
        place = rng.choice(places)
        said[place : place + 2] = said[place + 1], said[place]
        return attempt.model_copy(update={"answer": " ".join(said)})

    def answers_match(self, question: Question, answer: str | None) -> bool:
        """Whether `answer` is all words in order; blanks, commas, lines or ``<`` may part them."""
        return answer is not None and same_words(answer, in_order(asked_words(question.text)))

    def generalize(self, question: Question, seed: int) -> Question:
        """As many other words of the same kind."""
        words = asked_words(question.text)
        rng = random.Random(derive_seed(self.name, "generalize", question.text, seed))
        length, alphabet = _kind(question, words)
        repeats = len(set(words)) < len(words)
        other = list(words)
        for _ in range(20):  # a short question may come out as it was
            other = []
            for _ in words:
                other.append(_another(rng, length, alphabet, () if repeats else other))
            if other != list(words):
                break
        return self._question(other, question.lesson, Tier.GENERALIZED, alphabet, question.id)

    def harder(self, question: Question, seed: int) -> Question:
        """One word more, of the same kind, somewhere among the others."""
        words = list(asked_words(question.text))
        rng = random.Random(derive_seed(self.name, "harder", question.text, seed))
        length, alphabet = _kind(question, words)
        words.insert(rng.randint(0, len(words)), _another(rng, length, alphabet, words))
        return self._question(words, question.lesson, Tier.HARDER, alphabet, question.id)

    def subtasks(self, question: Question) -> tuple[Question, ...]:
        """The words that are left after the first third and after two thirds, as far as these are several.

        Their solutions are the last lines of the question's own.
        """
        words = asked_words(question.text)
        lines = [SelectionLine.read(line) for line in self.solve(question).steps]
        lefts = [line.left for line in lines if line]
        chosen = sorted({len(words) // 3, 2 * len(words) // 3} - {0})
        alphabet = _kind(question, words)[1]
        return tuple(
            self._question(lefts[place - 1], question.lesson, Tier.SUBTASK, alphabet, question.id)
            for place in chosen
            if place <= len(lefts) and len(lefts[place - 1]) > 1
        )

    def _question(
        self, words: Sequence[str], lesson: str, tier: Tier, alphabet: int, parent: str | None = None
    ) -> Question:
        solution = written(words)
        return Question.make(
            lesson=lesson, subject=self.name, text=f"Sort: {' '.join(words)}", tier=tier,
            answer=solution.answer, solution=solution.steps, parent=parent,
            metadata={"alphabet": alphabet} if alphabet else {},
        )  # fmt: skip


def _worked(finding: WordFinding) -> str:
    """The word to take, or the whole line where that is right and what is left is not."""
    if finding.due is None:
        return ""
    took_it = finding.line is not None and finding.line.taken == finding.due.taken
    return str(finding.due) if finding.fault and took_it else finding.due.taken


def _kind(question: Question, words: Sequence[str]) -> tuple[int, int]:
    """How many letters, from an alphabet of how many; zeros for English words."""
    alphabet = question.metadata.get("alphabet", 26 if max(map(len, words)) == 1 else 0)
    return (len(words[0]), alphabet) if alphabet else (0, 0)


def _another(rng: random.Random, length: int, alphabet: int, taken: Sequence[str]) -> str:
    """A word that is not `taken`, as long as there is one: English, or `length` letters of the alphabet."""
    if length == 0:
        choice = [word for word in VOCABULARY if word not in taken] or VOCABULARY
        return rng.choice(choice)
    letters = string.ascii_lowercase[:alphabet]
    exhausted = len(set(taken)) >= alphabet**length
    while True:
        word = "".join(rng.choice(letters) for _ in range(length))
        if exhausted or word not in taken:
            return word

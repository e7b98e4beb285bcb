"""The subject `logical_deduction`: things in a row, of which clues say enough to know the place of each.

    On a windowsill, there are three pots: a tin pot, a clay pot, and a glass pot. The clay pot is to the left
    of the tin pot. The glass pot is the rightmost. Which pot is the second from the left?
    clay pot < tin pot
    3: glass pot
    1: clay pot
    2: tin pot
    order: clay pot, tin pot, glass pot
    answer: tin pot

The kind of question is that of BIG-bench's task of this name, whose own questions are read as well; one that
cannot be read, or whose reference answer contradicts what is read, is scored by that answer alone.
"""

import random
from collections.abc import Mapping, Sequence
from typing import Literal

from pydantic import Field

from ...transcripts.errors import QuestionError
from ...transcripts.records import Attempt, Json, Question, Tier, derive_seed
from .base import Level
from .choices import another, chosen, split_options
from .deduction_judge import judge_deduction
from .deduction_lines import likely_mistakes, mistakes_in, written
from .deduction_reader import names_of, read_puzzle
from .deduction_scenes import Setting
from .deduction_wording import clues_for, completed, drawn_setting, worded
from .deductions import At, Before, Clue, Puzzle, clue_line
from .levels import read_level
from .step_judging import JudgedSteps, JudgesSteps, judged_lines, not_judged

__all__ = ["DeductionLevel", "LogicalDeduction"]


class DeductionLevel(Level):
    """How many things are put in order, and by what kind of clues."""

    things: int = Field(default=3, ge=3, le=7)
    """BIG-bench has 3, 5 and 7."""
    clues: Literal["any", "comparisons"] = "any"
    """``comparisons``: all clues compare two things; ``any``: some name a place."""
    options: bool = False
    """Whether the things are listed with letters, one of which is to be chosen."""


class LogicalDeduction(JudgesSteps):
    """Makes and checks deductions; satisfies `Generalizes`, `Hardens` and `HasSubtasks`."""

    def __init__(self) -> None:
        super().__init__("logical_deduction")

    def level(self, settings: Mapping[str, Json]) -> DeductionLevel:
        """The level that a course's settings describe.

        Raises:
            CourseError: an unknown key, or a value out of range.
        """
        return read_level(DeductionLevel, settings, self.name)

    def sample(self, level: Level, seed: int, lesson: str = "") -> Question:
        """A question of `level`."""
        level = DeductionLevel.model_validate(level)
        rng = random.Random(derive_seed(self.name, level.model_dump(), seed))
        scene, setting = drawn_setting(rng)
        names = tuple(rng.sample(setting.things, level.things))
        order = tuple(rng.sample(range(level.things), level.things))
        clues = clues_for(rng, order, places=level.clues == "any")
        text = worded(rng, scene, setting, names, clues, options=level.options)
        return self._question(text, lesson, Tier.BASIC)

    def solve(self, question: Question) -> Attempt:
        """A line per clue, a line per place that follows, and the whole order.

        Raises:
            QuestionError: the question cannot be read, and has no reference answer.
        """
        puzzle = self._read(question)
        return super().solve(question) if puzzle is None else written(puzzle)

    def judged(self, question: Question, steps: Sequence[str]) -> JudgedSteps:
        """What is found in each of `steps`, whoever wrote them; nothing where only the answer is known."""
        puzzle = self._read(question)
        if puzzle is None:
            return not_judged(steps)
        findings = judge_deduction(puzzle, tuple(steps))
        reaches = bool(findings) and puzzle.order in findings[-1].says
        return judged_lines(findings, steps, reaches=reaches)

    def remaining(self, question: Question, steps: Sequence[str]) -> tuple[str, ...] | None:
        """The reference's lines that `steps` do not state, in whatever words; none behind the whole order."""
        puzzle = self._read(question)
        if puzzle is None:
            return None
        said = [claim for finding in judge_deduction(puzzle, tuple(steps)) for claim in finding.says]
        if puzzle.order in said:
            return ()
        lines = {clue_line(puzzle.names, claim) for claim in said if not isinstance(claim, tuple)}
        return tuple(line for line in written(puzzle).steps if line not in lines)

    def slip(self, question: Question, attempt: Attempt, step: int, seed: int) -> Attempt:
        """A likely mistake (a clue turned round, a place counted wrongly), carried on from there.

        Mistakes in earlier lines stay, where these are written as the reference writes.
        """
        rng = random.Random(seed)
        puzzle = self._read(question)
        if step >= len(attempt.steps):
            others = [name for name in puzzle.names if name != attempt.answer] if puzzle is not None else []
            other = another(rng, question.text, attempt.answer) or (rng.choice(others) if others else None)
            return attempt.model_copy(update={"answer": other})
        earlier = mistakes_in(puzzle, attempt.steps) if puzzle is not None else None
        if puzzle is not None and earlier is not None:
            earlier = {place: mistake for place, mistake in earlier.items() if place < step}
            options = likely_mistakes(puzzle, step, earlier)
            for mistake in rng.sample(options, len(options)):
                slipped = written(puzzle, {**earlier, step: mistake})
                if step in self.wrong_steps(question, slipped):
                    return slipped
        return super().slip(question, attempt, step, seed)

    def answers_match(self, question: Question, answer: str | None) -> bool:
        """Whether `answer` is the right thing or statement, or names the option that it is."""
        if answer is None:
            return False
        gold = question.answer if question.answer is not None else self.solve(question).answer
        options = split_options(question.text)[1]
        letter = chosen(options, gold) if gold is not None else None
        if gold is None or letter is None:
            return gold is not None and _bare(gold) == _bare(answer)
        puzzle = self._read(question)
        named = names_of(puzzle.names).thing(_bare(answer)) if puzzle is not None else None
        if puzzle is not None and named is not None:
            return At(named, puzzle.asked) == dict(puzzle.options)[letter]
        return chosen(options, answer) == letter

    def generalize(self, question: Question, seed: int) -> Question:
        """The same clues of other things, in another setting."""
        puzzle = self._readable(question)
        rng = random.Random(derive_seed(self.name, "generalize", question.text, seed))
        scene, setting = drawn_setting(rng)
        count = len(puzzle.names)
        if count > len(setting.things):
            return question.model_copy(update={"tier": Tier.GENERALIZED, "parent": question.id})
        renamed = rng.sample(range(count), count)
        clues = [_renamed(clue, renamed) for clue in puzzle.clues]
        names = tuple(rng.sample(setting.things, count))
        text = worded(rng, scene, setting, names, clues, options=bool(puzzle.options))
        return self._question(text, question.lesson, Tier.GENERALIZED, question.id)

    def harder(self, question: Question, seed: int) -> Question:
        """One more thing; where our lists have no more, comparisons in place of the places that were told."""
        puzzle = self._readable(question)
        rng = random.Random(derive_seed(self.name, "harder", question.text, seed))
        setting = _setting_of(puzzle) or rng.choice(puzzle.scene.settings)
        count, order = len(puzzle.names), puzzle.order
        names = puzzle.names if {*puzzle.names} <= {*setting.things} else tuple(setting.things[:count])
        more = [name for name in setting.things if name not in names]
        clues = list(puzzle.clues)
        if more and len(names) == count:
            position = rng.randint(0, count)
            names = (*names, rng.choice(more))
            order = (*order[:position], count, *order[position:])
            clues = [At(c.thing, order.index(c.thing)) if isinstance(c, At) else c for c in clues]
        else:
            clues = [clue for clue in clues if isinstance(clue, Before)]
        told = list(completed(clues, order))
        rng.shuffle(told)
        text = worded(rng, puzzle.scene, setting, names, told, options=bool(puzzle.options))
        return self._question(text, question.lesson, Tier.HARDER, question.id)

    def subtasks(self, question: Question) -> tuple[Question, ...]:
        """The things of the front half alone, and those of the back half; none below four things."""
        puzzle = self._readable(question)
        middle = (len(puzzle.names) + 1) // 2
        if len(puzzle.names) < 4:
            return ()
        return tuple(
            self._part(question, puzzle, *half) for half in ((0, middle), (middle, len(puzzle.names)))
        )

    def _part(self, question: Question, puzzle: Puzzle, start: int, stop: int) -> Question:
        """The things from position `start` up to `stop`, with the clues that are about them alone."""
        rng = random.Random(derive_seed(self.name, "subtask", question.text, start))
        things = sorted(puzzle.order[start:stop])
        order = tuple(things.index(thing) for thing in puzzle.order[start:stop])
        clues: list[Clue] = []
        for clue in puzzle.clues:
            if isinstance(clue, At) and clue.thing in things:
                clues.append(At(things.index(clue.thing), clue.position - start))
            elif isinstance(clue, Before) and {clue.first, clue.second} <= {*things}:
                clues.append(Before(things.index(clue.first), things.index(clue.second)))
        names = tuple(puzzle.names[thing] for thing in things)
        told = list(completed(clues, order))
        rng.shuffle(told)
        setting, options = _setting_of(puzzle), bool(puzzle.options)
        text = worded(rng, puzzle.scene, setting, names, told, options=options)
        return self._question(text, question.lesson, Tier.SUBTASK, question.id)

    def _question(self, text: str, lesson: str, tier: Tier, parent: str | None = None) -> Question:
        solution = written(read_puzzle(text))
        return Question.make(
            lesson=lesson, subject=self.name, text=text, tier=tier,
            answer=solution.answer, solution=solution.steps, parent=parent,
        )  # fmt: skip

    def _readable(self, question: Question) -> Puzzle:
        """The puzzle; there are no variants of one that only its answer is known of."""
        puzzle = self._read(question)
        return puzzle if puzzle is not None else read_puzzle(question.text)

    def _read(self, question: Question) -> Puzzle | None:
        """The puzzle; None where the question carries an answer and is not read, or is answered otherwise."""
        try:
            puzzle = read_puzzle(question.text)
        except QuestionError:
            if question.answer is None:
                raise
            return None
        if question.answer is None or _agrees(puzzle, question):
            return puzzle
        return None


def _agrees(puzzle: Puzzle, question: Question) -> bool:
    gold = question.answer or ""
    letter = chosen(split_options(question.text)[1], gold)
    return _bare(puzzle.answer) == _bare(f"({letter})" if letter else gold)


def _bare(answer: str) -> str:
    """An answer as a name: "the Owl." is "owl"."""
    return " ".join(answer.split()).rstrip(".").casefold().removeprefix("the ")


def _renamed(clue: Clue, names: Sequence[int]) -> Clue:
    if isinstance(clue, At):
        return At(names[clue.thing], clue.position)
    return Before(names[clue.first], names[clue.second])


def _setting_of(puzzle: Puzzle) -> Setting | None:
    """Our own setting that the puzzle's things are from; None where they are others."""
    return next((s for s in puzzle.scene.settings if {*puzzle.names} <= {*s.things}), None)

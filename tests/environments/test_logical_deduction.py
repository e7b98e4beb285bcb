"""The subject `logical_deduction`: its questions, its solutions, and its judgement of others' steps."""

import json
import random
from collections.abc import Callable
from itertools import permutations
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schoolroom.environments.subjects.base import Generalizes, Hardens, HasSubtasks
from schoolroom.environments.subjects.deduction_lines import written
from schoolroom.environments.subjects.deduction_reader import read_puzzle
from schoolroom.environments.subjects.deductions import At, Before, Puzzle, holds, orders
from schoolroom.environments.subjects.logical_deduction import LogicalDeduction
from schoolroom.transcripts.errors import CourseError, QuestionError
from schoolroom.transcripts.records import Attempt, Question, Tier

SUBJECT = LogicalDeduction()
BIG_BENCH = Path(__file__).parents[3] / "shared" / "data" / "bbh"
TREES = (
    "Along a wall, there are three trees: an elm, a fig, and a yew. The elm is to the right of the fig. "
    "The yew is the rightmost. Which tree is the second from the left?"
)
CAKES = (
    "A baker sells four cakes: tarts, buns, pies, and rolls. The buns are cheaper than the pies. "
    "The tarts are the most expensive. The rolls are the second-cheapest.\nOptions:\n"
    "(A) The tarts are the cheapest\n(B) The buns are the cheapest\n(C) The pies are the cheapest\n"
    "(D) The rolls are the cheapest"
)


def ask(text: str, answer: str | None = None) -> Question:
    return Question.make(lesson="", subject=SUBJECT.name, text=text, answer=answer)


@st.composite
def questions(draw: st.DrawFn) -> Question:
    level = SUBJECT.level(
        {
            "things": draw(st.integers(3, 7)),
            "clues": draw(st.sampled_from(["any", "comparisons"])),
            "options": draw(st.booleans()),
        }
    )
    return SUBJECT.sample(level, draw(st.integers(0, 10**6)), "lesson")


# Questions and levels


def test_the_reference_has_a_line_per_clue_and_place() -> None:
    solution = SUBJECT.solve(ask(TREES))
    assert solution.steps == ("fig < elm", "3: yew", "1: fig", "2: elm", "order: fig, elm, yew")
    assert solution.answer == "elm"
    assert SUBJECT.solve(ask(CAKES)).answer == "(B)"


def test_answers_may_be_letters_texts_or_things() -> None:
    said = (
        "(B)",
        "B",
        "The buns are the cheapest",
        "(B) The buns are the cheapest.",
        "the buns",
        "(A)",
        "pies",
        "",
    )
    assert [SUBJECT.answers_match(ask(CAKES), answer) for answer in said] == [True] * 5 + [False] * 3
    assert SUBJECT.answers_match(ask(TREES), "The elm.")
    assert not SUBJECT.answers_match(ask(TREES), "fig")
    assert not SUBJECT.answers_match(ask(TREES), None)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "no question of logical_deduction"),
        (
            "There are two birds: an owl and a jay. The owl sings. Which bird is the leftmost?",
            "no sentence is a clue",
        ),
        (TREES.replace("The yew is the rightmost", "The yew sings"), "'The yew sings.' is no clue"),
        (TREES.replace(" The yew is the rightmost.", ""), "do not leave exactly one order"),
        (TREES.replace("right of the fig", "right of the yew"), "do not leave exactly one order"),
        (TREES.replace("Which tree", "Sing."), "can be read"),
    ],
)
def test_other_questions_are_refused(text: str, message: str) -> None:
    with pytest.raises(QuestionError, match=message):
        SUBJECT.solve(ask(text))


def test_what_cannot_be_read_is_scored_by_its_answer() -> None:
    unread = CAKES.replace("The tarts are the most expensive.", "The tarts cost an arm and a leg.")
    for text, answer in ((unread, "(B)"), (CAKES, "(C)")):  # the second one's reference is wrong
        question = ask(text, answer)
        assert SUBJECT.check(question, Attempt(steps=("anything",), answer=answer)).correct
        assert not SUBJECT.check(question, Attempt(steps=(), answer="(A)")).correct
        assert SUBJECT.check(question, SUBJECT.solve(question)).correct


@pytest.mark.parametrize(
    ("given_settings", "message"),
    [
        ({"thing": 3}, r"unknown setting 'thing' .* did you mean 'things'\?"),
        ({"things": 8}, "setting 'things'"),
        ({"clues": "none"}, "setting 'clues'"),
    ],
)
def test_wrong_levels_are_refused(given_settings: dict[str, object], message: str) -> None:
    with pytest.raises(CourseError, match=message):
        SUBJECT.level(given_settings)


@given(st.integers(2, 5), st.data())
def test_orders_are_all_that_fit(count: int, data: st.DataObject) -> None:
    thing = st.integers(0, count - 1)
    pair = st.tuples(thing, thing).filter(lambda both: both[0] != both[1])
    clue = st.builds(At, thing, thing) | pair.map(lambda both: Before(*both))
    clues = data.draw(st.lists(clue, max_size=5))
    fitting = [order for order in permutations(range(count)) if all(holds(clue, order) for clue in clues)]
    assert list(orders(count, clues)) == fitting


# What holds for every question


@settings(deadline=None, max_examples=60)
@given(questions(), st.data())
def test_a_slip_is_found_where_it_was_made_and_put_right(question: Question, data: st.DataObject) -> None:
    puzzle = read_puzzle(question.text)
    assert list(orders(len(puzzle.names), puzzle.clues)) == [puzzle.order]
    solution = SUBJECT.solve(question)
    assert solution == Attempt(steps=question.solution, answer=question.answer)
    assert SUBJECT.check(question, solution).correct
    assert SUBJECT.wrong_steps(question, solution) == ()
    step = data.draw(st.integers(0, len(solution.steps)))
    slipped = SUBJECT.slip(question, solution, step, data.draw(st.integers(0, 99)))
    found = SUBJECT.check(question, slipped)
    assert (found.correct, found.step) == (False, step)
    if step < len(solution.steps):
        assert found.span
        assert found.span in slipped.steps[step]
        assert SUBJECT.wrong_steps(question, slipped) == (step,)
    assert SUBJECT.review(question, slipped)[-1].endswith(", not this")
    assert len(SUBJECT.review(question, slipped)) == step + 1
    assert SUBJECT.correct(question, slipped) == solution


@settings(max_examples=50, deadline=None)
@given(questions(), st.integers(0, 99))
def test_a_second_slip_keeps_the_first(question: Question, seed: int) -> None:
    solution = SUBJECT.solve(question)
    once = SUBJECT.slip(question, solution, 0, seed)
    twice = SUBJECT.slip(question, once, 1, seed)
    assert twice.steps[0] == once.steps[0]
    assert twice.steps[1] != once.steps[1]
    assert SUBJECT.wrong_steps(question, twice) == (0, 1)


@settings(max_examples=50, deadline=None)
@given(questions(), st.integers(0, 99))
def test_variants_are_questions_of_their_own(question: Question, seed: int) -> None:
    assert isinstance(SUBJECT, Generalizes | Hardens | HasSubtasks)
    puzzle = read_puzzle(question.text)
    other, harder = SUBJECT.generalize(question, seed), SUBJECT.harder(question, seed)
    parts = SUBJECT.subtasks(question)
    assert (other.tier, harder.tier) == (Tier.GENERALIZED, Tier.HARDER)
    assert len(other.solution) == len(question.solution)
    assert len(read_puzzle(harder.text).names) == len(puzzle.names) + 1
    assert len(parts) == (2 if len(puzzle.names) > 3 else 0)
    for made in (other, harder, *parts):
        assert made.text != question.text
        assert (made.parent, made.lesson) == (question.id, question.lesson)
        assert SUBJECT.check(made, SUBJECT.solve(made)).correct
    halves = [[read_puzzle(part.text).names[i] for i in read_puzzle(part.text).order] for part in parts]
    if parts:
        assert [name for half in halves for name in half] == [puzzle.names[thing] for thing in puzzle.order]
    for _ in range(3):
        harder = SUBJECT.harder(harder, seed)
    assert SUBJECT.check(harder, SUBJECT.solve(harder)).correct


# Steps that others wrote


@pytest.mark.parametrize(
    "solution",
    [
        "The elm is right of the fig, and the yew is the rightmost.|"
        "So the fig is the leftmost.|The elm is second.",
        "The yew is not the leftmost, since it is the rightmost.|"
        "The elm cannot be the leftmost.|fig, elm, yew",
        "fig > elm > yew would be wrong.|The order from left to right is: fig, elm, yew.",
        "From right to left: yew, elm, fig|The answer is elm.",
        "1. The fig is left of the elm.|2. The elm and the fig are to the left of the yew.|answer: elm",
        "If the elm were the leftmost, the fig would be right of it.|The leftmost tree is the fig.",
        "There are three trees: an elm, a fig, and a yew.|Either the elm is the leftmost or the fig is.",
        "Position 1: fig|Position 2: elm|Position 3: yew",
        "First, the yew is placed on the right.|Second from the left: elm",
        "fig -> elm -> yew|The elm is in the middle.",
    ],
)
def test_right_steps_of_any_form_pass(solution: str) -> None:
    found = SUBJECT.check_steps(ask(TREES), solution.split("|"))
    assert found.correct, found


@pytest.mark.parametrize(
    ("solution", "step", "span"),
    [
        ("elm < fig", 0, "elm < fig"),
        ("fig < elm|2: yew", 1, "2: yew"),
        ("fig < elm|3: yew|1: elm|2: fig", 2, "1: elm"),
        ("order: fig, yew, elm", 0, "fig, yew, elm"),
        ("The elm is left of the fig.", 0, "The elm is left of the fig"),
        ("The fig is left of the elm, and the yew is the leftmost.", 0, "the yew is the leftmost"),
        ("The elm is not right of the fig.", 0, "The elm is not right of the fig"),
        ("The leftmost tree is the elm.", 0, "leftmost tree is the elm"),
        ("From left to right: elm, fig, yew.", 0, "elm, fig, yew"),
        ("The elm and the yew are left of the fig.", 0, "The elm and the yew are left of the fig"),
        ("So the fig is second from the left.", 0, "the fig is second from the left"),
        ("The answer is fig.", 0, "fig"),
    ],
)
def test_wrong_steps_are_named_with_their_words(solution: str, step: int, span: str) -> None:
    found = SUBJECT.check_steps(ask(TREES), solution.split("|"))
    assert (found.step, found.span) == (step, span)
    assert found.reason


def test_who_counts_from_the_other_end_is_understood() -> None:
    assert SUBJECT.check_steps(ask(CAKES), ["tarts > pies > rolls > buns"]).correct
    assert SUBJECT.check_steps(
        ask(CAKES), ["1: the tarts", "2: the pies", "3: the rolls", "4: the buns"]
    ).correct
    assert SUBJECT.check_steps(ask(CAKES), ["tarts, pies, rolls, buns"]).correct
    assert not SUBJECT.check_steps(ask(CAKES), ["tarts, rolls, pies, buns"]).correct


# Rates over many styles, correct and corrupted

Style = Callable[[Puzzle, random.Random], list[str]]


def own_form(puzzle: Puzzle, rng: random.Random) -> list[str]:
    return list(written(puzzle).steps)


def compared(puzzle: Puzzle, rng: random.Random) -> list[str]:
    """Pairs of things, in words."""
    steps = []
    scene, last = puzzle.scene, len(puzzle.names) - 1
    for place in rng.sample(range(last), last):
        first, second = (puzzle.names[thing] for thing in puzzle.order[place : place + 2])
        one, other, words = rng.choice([(first, second, scene.before), (second, first, scene.after)])
        start = rng.choice(["", "So ", "We know that ", "Since it is said, "])
        verb = rng.choice([scene.verb, f"{scene.verb} clearly"])
        steps.append(f"{start}{scene.article}{one} {verb} {rng.choice(words)} {scene.article}{other}.")
    return steps


def placed(puzzle: Puzzle, rng: random.Random) -> list[str]:
    """Things at their places, in words."""
    steps = []
    scene, count = puzzle.scene, len(puzzle.names)
    for position in rng.sample(range(count), count):
        thing = f"{scene.article}{puzzle.names[puzzle.order[position]]}"
        place = scene.place(position, count, from_back=rng.random() < 0.5)
        steps.append(
            rng.choice(
                [
                    f"{thing} {scene.verb} {scene.place_article}{place}.",
                    f"That means {thing} must be {scene.place_article}{place}.",
                    f"{scene.place_article}{place} is {thing}.",
                    f"{place}: {thing}",
                ]
            )
        )
    return steps


def ordered(puzzle: Puzzle, rng: random.Random) -> list[str]:
    """The clues, then a whole order."""
    names = [puzzle.names[thing] for thing in puzzle.order]
    front, back = puzzle.scene.front[0], puzzle.scene.back[0]
    listed = rng.choice([", ", " < ", " -> "]).join(names)
    start = rng.choice(["", f"Order from {front} to {back}: ", "So the final order is: "])
    return [*compared(puzzle, rng)[:2], f"{start}{listed}"]


STYLES: list[Style] = [own_form, compared, placed, ordered]


def rates(count: int) -> dict[str, tuple[int, int, int, int]]:
    """By style: solutions, false alarms, corrupted ones found, and those found in their very step.

    Two things change places in one step, or one gives way to another.
    """
    counted = {}
    for style in STYLES:
        alarms = found = exact = 0
        for seed in range(count):
            rng = random.Random(seed)
            question = SUBJECT.sample(SUBJECT.level({"things": rng.choice([3, 5, 7])}), seed)
            puzzle = read_puzzle(question.text)
            steps = style(puzzle, rng)
            alarms += not SUBJECT.check_steps(question, steps).correct
            i = rng.randrange(len(steps))
            here = [name for name in puzzle.names if name in steps[i]]
            one, other = (*here, *(name for name in puzzle.names if name not in here))[:2]
            steps[i] = steps[i].replace(one, "\0").replace(other, one).replace("\0", other)
            step = SUBJECT.check_steps(question, steps).step
            found += step is not None
            exact += step == i
        counted[style.__name__] = (count, alarms, found, exact)
    return counted


def test_rates_over_many_styles() -> None:
    """No false alarms, at least 98% of exchanged things found in their very step."""
    for style, (count, alarms, _, exact) in rates(60).items():
        assert alarms == 0, style
        assert exact >= 0.98 * count, style


@pytest.mark.skipif(not BIG_BENCH.exists(), reason="BIG-Bench Hard is not there")
@pytest.mark.parametrize("count", ["three", "five", "seven"])
def test_big_bench_s_own_questions(count: str) -> None:
    examples = json.loads((BIG_BENCH / f"logical_deduction_{count}_objects.json").read_text())["examples"]
    for example in examples:
        solution = SUBJECT.solve(ask(example["input"]))
        assert solution.answer == example["target"]
        assert SUBJECT.check(ask(example["input"], example["target"]), solution).correct

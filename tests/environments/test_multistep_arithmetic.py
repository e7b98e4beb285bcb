"""The subject `multistep_arithmetic`: its questions, its solutions, and its judgement of others' steps."""
# ruff: noqa: RUF001 (the signs that people write for minus and times are meant)

import json
import re
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schoolroom.environments.subjects.base import Generalizes, Hardens, HasSubtasks
from schoolroom.environments.subjects.multistep_arithmetic import MultistepArithmetic
from schoolroom.transcripts.errors import CourseError, QuestionError
from schoolroom.transcripts.records import Attempt, Question, Tier

SUBJECT = MultistepArithmetic()
BIG_BENCH = Path(__file__).parents[3] / "shared" / "data" / "bbh" / "multistep_arithmetic_two.json"

ORDER = (
    "Let's recall that the order of operations in mathematics is as follows: (1) Parentheses, (2) exponents, "
    "(3) multiplication and division (from left to right), (4) addition and multiplication (from left to "
    "right). So, remember to always compute the expressions inside parentheses or brackets first."
)


def ask(text: str) -> Question:
    return Question.make(lesson="", subject=SUBJECT.name, text=text)


def first_wrong(text: str, steps: Sequence[str]) -> int | None:
    return SUBJECT.check_steps(ask(text), steps).step


@st.composite
def questions(draw: st.DrawFn) -> Question:
    level = SUBJECT.level(
        {
            "length": draw(st.integers(2, 4)),
            "depth": draw(st.integers(1, 3)),
            "operators": draw(st.sampled_from([["+", "-", "*"], ["+", "-"], ["*"]])),
        }
    )
    return SUBJECT.sample(level, draw(st.integers(0, 10**6)), "lesson")


# Questions and levels


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("((-1 + 2 + 9 * 5) - (-2 + -4 + -4 * -7)) =", "24"),
        ("((7 * -3) * (2 - -4)) =", "-126"),
        ("(3 - 0 * -7) =", "3"),
        ("What is (2 + 3) × [4 − −1]?", "25"),
        ("-(2 + 3) * 4 = ?", "-20"),
    ],
)
def test_questions_are_solved(text: str, answer: str) -> None:
    assert SUBJECT.solve(ask(text)).answer == answer


@pytest.mark.skipif(not BIG_BENCH.exists(), reason="the BIG-bench file is not here")
def test_all_of_big_bench_is_solved() -> None:
    examples = json.loads(BIG_BENCH.read_text())["examples"]
    for example in examples:
        question = ask(example["input"])
        solution = SUBJECT.solve(question)
        assert solution.answer == example["target"]
        assert SUBJECT.check(question, solution).correct
    assert len(examples) == 250


@pytest.mark.parametrize("text", ["", "=", "How are you?", "(3 / 4) + 2 =", "A + 2 =", "2.5 + 1 =", "5"])
def test_other_questions_are_refused(text: str) -> None:
    with pytest.raises(QuestionError, match="no question of multistep_arithmetic"):
        SUBJECT.solve(ask(text))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"lenght": 3}, r"unknown setting 'lenght' .* did you mean 'length'\?"),
        ({"length": 1}, r"setting 'length' .* is 1: .*greater than or equal to 2"),
        ({"operators": ["/"]}, r"setting 'operators.0' .* is '/'"),
        ({"min_operand": 3, "max_operand": 1}, "min_operand must not exceed max_operand, but 3 > 1"),
    ],
)
def test_wrong_levels_are_refused(settings: dict[str, object], message: str) -> None:
    with pytest.raises(CourseError, match=message):
        SUBJECT.level(settings)


def test_a_level_says_what_is_drawn() -> None:
    level = SUBJECT.level(
        {"length": 3, "depth": 3, "groups": 2, "min_operand": -2, "max_operand": 2, "operators": ["+"]}
    )
    question = SUBJECT.sample(level, 7)
    assert question == SUBJECT.sample(level, 7)
    assert question != SUBJECT.sample(level, 8)
    operands = [int(found) for found in re.findall(r"-?\d+", question.text)]
    assert len(operands) == 3 * 2 * 2
    assert all(-2 <= operand <= 2 for operand in operands)
    assert set(re.sub(r"-?\d+", "", question.text)) == set("()+ =")


# What holds for every question


@settings(max_examples=60, deadline=None)
@given(questions(), st.data())
def test_a_slip_is_found_where_it_was_made_and_put_right(question: Question, data: st.DataObject) -> None:
    solution = SUBJECT.solve(question)
    assert solution == Attempt(steps=question.solution, answer=question.answer)
    assert SUBJECT.check(question, solution).correct
    assert SUBJECT.wrong_steps(question, solution) == ()
    assert all(line.endswith(", right") for line in SUBJECT.review(question, solution))

    step = data.draw(st.integers(0, len(solution.steps)))
    slipped = SUBJECT.slip(question, solution, step, data.draw(st.integers(0, 99)))
    found = SUBJECT.check(question, slipped)
    assert (found.correct, found.step) == (False, step)
    if step < len(solution.steps):
        assert found.span is not None
        assert found.span in slipped.steps[step]
        assert SUBJECT.wrong_steps(question, slipped) == (step,)
    review = SUBJECT.review(question, slipped)
    assert len(review) == step + 1
    assert not review[-1].endswith(", right")

    corrected = SUBJECT.correct(question, slipped)
    assert SUBJECT.check(question, corrected).correct
    assert corrected.steps[:step] == slipped.steps[:step]


@settings(max_examples=30, deadline=None)
@given(questions(), st.integers(0, 99))
def test_variants_are_questions_of_their_own(question: Question, seed: int) -> None:
    assert isinstance(SUBJECT, Generalizes | Hardens | HasSubtasks)
    other, harder = SUBJECT.generalize(question, seed), SUBJECT.harder(question, seed)
    assert (other.tier, harder.tier) == (Tier.GENERALIZED, Tier.HARDER)
    shape = re.sub(r"-?\d+", "n", question.text.replace("- -", "- m"))
    assert len(re.findall(r"\d+", other.text)) == len(re.findall(r"\d+", question.text))
    assert shape.count("(") == other.text.count("(") == harder.text.count("(")
    assert len(harder.solution) > len(question.solution)
    parts = SUBJECT.subtasks(question)
    assert all(part.tier == Tier.SUBTASK and part.text.removesuffix(" =") in question.text for part in parts)
    for made in (other, harder, *parts):
        assert made.parent == question.id
        assert made.lesson == question.lesson
        assert SUBJECT.check(made, SUBJECT.solve(made)).correct


def test_an_answer_must_be_exactly_right() -> None:
    question = ask("(0 + 1) =")
    assert [SUBJECT.answers_match(question, said) for said in ("1", "11", "-1", "1.", "+1", None, "one")] == [
        True, False, False, True, True, False, False,
    ]  # fmt: skip


def test_steps_without_an_answer() -> None:
    question = ask("((2 + 3) * (4 - 1)) =")
    stops = Attempt(steps=("2 + 3 = 5",), answer=None)
    found = SUBJECT.check(question, stops)
    assert (found.correct, found.step, found.reason) == (False, 1, "no answer")
    assert SUBJECT.check_steps(question, stops.steps).correct
    assert SUBJECT.check(question, Attempt(steps=(), answer="15")).correct


# Steps that others wrote

PAIR = "((-1 + 2 + 9 * 5) - (-2 + -4 + -4 * -7)) ="


@pytest.mark.parametrize(
    "step",
    [
        ORDER,
        "Using PEMDAS, we first evaluate inside the two brackets.",
        "First parenthesis: −1 + 2 + 9 × 5 = −1 + 2 + 45 = 46",
        "- 9 * 5 = 45",
        "- -1 + 2 + 45 = 46",
        "**Step 2:** 46 − 22 = **24**",
        r"\begin{align*} [-1 + 2 + 9 \times 5] - [-2 + -4 + -4 \cdot -7] &= 46 - 22 \\ &= 24 \end{align*}",
        "Let X = (-1 + 2 + 9 * 5) and Y = (-2 + -4 + -4 * -7). Then X = 46, Y = 22, X - Y = 24.",
        "Part 1 = 46, Part 2 = 22, Part 1 - Part 2 = 24",
        "Left side: 46; right side: 22.",
        "(a) 9*5 = 45  (b) (-4)(-7) = 28",
        "Now the expression becomes:\n(-1 + 2 + 45) - (-2 + -4 + 28)\n= 46 - 22\n= 24",
        "First compute 9*5=45, so we have (-1 + 2 + 45) - ...",
        "46 minus 22 equals 24, because negative 4 times negative 7 is 28",
        "Check: 24 + 22 = 46",
        "46 - 22 = 46 + (-22) = 24",
        "Subtract 22 from 46 to get 24.",
        "Thus 24",
        "answer: 24",
        r"The final answer is $\boxed{24}$.",
    ],
)
def test_right_steps_of_any_form_pass(step: str) -> None:
    found = SUBJECT.check_steps(ask(PAIR), [step])
    assert found.correct, found


@pytest.mark.parametrize(
    ("step", "span"),
    [
        ("9 * 5 = 46", "46"),  # the sides differ
        ("9 * 6 = 54", "9 * 6"),  # operands that occur nowhere
        ("2 + 9 = 11", "2 + 9"),  # precedence
        ("(-1 + 2 + 9 * 5) = (1 + 9 * 5) = (10 * 5) = 50", "(10 * 5)"),
        ("Let X = (-1 + 2 + 9 * 4)", "(-1 + 2 + 9 * 4)"),  # copied wrongly
        ("(-1 + 2 + 45) - (-2 + -4 - 28)", "(-1 + 2 + 45) - (-2 + -4 - 28)"),
        ("46 + 22 = 68", "46 + 22"),  # another operator
        ("A = (-1 + 2 + 9 * 5) = 46, B = (-2 + -4 + -4 * -7) = 22, A - B = 46 - 12 = 34", "46 - 12"),
        ("The first bracket equals 43", "43"),
        ("The answer is 25.", "25"),
        (r"So $\boxed{23}$", "23"),
    ],
)
def test_wrong_steps_are_named_with_their_words(step: str, span: str) -> None:
    found = SUBJECT.check_steps(ask(PAIR), [step])
    assert (found.correct, found.span) == (False, span)
    assert found.reason


def test_a_chain_of_thought_with_an_error_in_its_last_line() -> None:
    steps = [
        ORDER,
        'This equation "((-5 + 9 * -4 - 0) * (4 + -7 + 0 * -5))" can be written as "A * B", '
        "where A = (-5 + 9 * -4 - 0) and B = (4 + -7 + 0 * -5).",
        "Let's calculate A = (-5 + 9 * -4 - 0) = (-5 + (9 * -4) - 0) = (-5 + (-36) - 0) = -5 - 36 = -41.",
        "Let's calculate B = (4 + -7 + 0 * -5) = (4 + -7 + 0) = (4 + -7) = (4 - 7) = -3.",
        "Then, the final equation is A * B = -41 * -3 = (-61) * (-3) = 123. So the answer is 123.",
    ]
    question = "((-5 + 9 * -4 - 0) * (4 + -7 + 0 * -5)) ="
    found = SUBJECT.check_steps(ask(question), steps)
    assert (found.step, found.span) == (4, "(-61) * (-3)")
    for right, wrong, step in [
        ("A = (-5 + 9 * -4 - 0) and", "A = (-5 + 9 * -4 + 0) and", 1),  # another sign, the same value
        ('"A * B"', '"A - B"', 1),  # a sketch that is not the question
        ("(4 + -7 + 0) =", "(4 + -7 + 1) =", 3),
        ("Let's calculate B = (4 + -7 + 0 * -5)", "Let's calculate B = (4 + -7 + 0 * -4)", 3),
        ("A * B = -41 * -3", "A * B = -41 * 3", 4),
    ]:
        changed = [line.replace(right, wrong) for line in steps]
        assert changed != steps
        assert first_wrong(question, changed) == step


TWO_FACTORS = "((7 - -2) * (3 + 4 * -1)) ="  # 9 and -1


@pytest.mark.parametrize(
    ("text", "steps", "wrong"),
    [
        (TWO_FACTORS, ["A = 9", "B = 1", "A * B = 9"], 1),  # no bracket comes to 1
        (TWO_FACTORS, ["A = 9", "B = 1", "So we have 9 * 1 = 9", "answer: 9"], 1),
        (TWO_FACTORS, ["7 - -2 = 9", "9 * 1 = 9"], 1),  # nothing was ever said to be 1
        ("((2 + 4) * -5) =", ["A = 6", "B = 5", "A * B = 30"], 1),
        ("((7 - 5) * (3 - 4) * (2 - 1)) =", ["A = 2", "B = 1", "C = 1", "A * B * C = 2"], 3),  # B or C
        (TWO_FACTORS, ["The first bracket = 9", "The second bracket = 1"], 1),
        (TWO_FACTORS, ["A = 9", "The final result is 9."], 1),
        (TWO_FACTORS, ["A = 9", "So the whole expression = 9"], 1),
    ],
)
def test_a_lost_sign_is_found_at_the_latest_when_all_is_multiplied(
    text: str, steps: Sequence[str], wrong: int
) -> None:
    assert SUBJECT.wrong_steps(ask(text), Attempt(steps=tuple(steps), answer=None)) == (wrong,)
    found = SUBJECT.check_steps(ask(text), steps)
    assert found.span is not None
    assert found.span in steps[wrong]


@pytest.mark.parametrize(
    ("text", "steps"),
    [
        (TWO_FACTORS, ["A = 9", "B = -1", "A * B = -9"]),
        (TWO_FACTORS, ["A = 9"]),
        (TWO_FACTORS, ["A = 9", "Thus 9"]),
        (TWO_FACTORS, ["A = 9", "B = 1", "A * B = 9", "One factor is negative, so it is -9"]),
        ("((2 + 4) * -5) =", ["2 + 4 = 6", "6 * 5 = 30"]),  # the sign of 5 may be put in later
        ("-(2 + 3) * 4 =", ["2 + 3 = 5", "5 * 4 = 20"]),
        ("((7 - -2) * (3 + 4 * -1) * (2 - 3)) =", ["A = 9", "B = 1", "A * B = 9"]),
    ],
)
def test_steps_that_stop_early_or_put_the_sign_in_later_pass(text: str, steps: Sequence[str]) -> None:
    assert SUBJECT.check_steps(ask(text), steps).correct


@settings(max_examples=50, deadline=None)
@given(questions())
def test_the_reference_is_judged_as_it_is_line_by_line(question: Question) -> None:
    steps = SUBJECT.solve(question).steps
    short = SUBJECT.judged(question, steps)
    line_by_line = SUBJECT.judged(question, (*steps, "That is all."))  # no longer the reference's own words
    assert short.steps == line_by_line.steps[:-1]
    assert short.reaches


@settings(max_examples=50, deadline=None)
@given(questions(), st.integers(0, 2**32))
def test_a_second_slip_keeps_the_first_and_is_built_on(question: Question, seed: int) -> None:
    right = SUBJECT.solve(question)
    if len(right.steps) < 2:
        return
    first = SUBJECT.slip(question, right, 0, seed)
    second = SUBJECT.slip(question, first, len(right.steps) - 1, seed)
    assert second.steps[:-1] == first.steps[:-1]
    assert second.steps[-1] != first.steps[-1]
    assert second.answer == second.steps[-1].rpartition(" = ")[2]

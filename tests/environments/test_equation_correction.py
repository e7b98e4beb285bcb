"""Worked solutions are corrected with few edits: what was right stands, and the rest leads to the answer."""

import json
import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schoolroom.environments.scripts.tripost import acceptable_update
from schoolroom.environments.subjects.equations import Equations
from schoolroom.environments.subjects.question_files import QuestionFile
from schoolroom.transcripts.records import Attempt, Question

SUBJECT = Equations()
GSM8K = Path(__file__).parents[3] / "shared" / "data" / "gsm8k" / "train.jsonl"


def question(answer: str, *solution: str) -> Question:
    return Question.make(lesson="words", subject="equations", text="…", answer=answer, solution=solution)


CRATES = question(
    "2,250",
    "A crate holds 25 * 10 = 250 apples.",
    "There are 3 crates in each of 3 rows, which is 3 * 3 = 9 crates.",
    "They hold 9 * 250 = 2,250 apples.",
)
SHIRTS = question(
    "36.4",
    "Bo pays $12.50 * 3 = $37.50 for the shirts.",
    "With the hat that is 37.50 + 8 = $45.50.",
    "The coupon saves 20% of 45.50 = $9.10, so he pays 45.50 - 9.10 = $36.40.",
)
BAGS = question(
    "3",
    "Di keeps 30 - 12 = 18 marbles.",
    "She wants bags, and bags hold 6 each.",
    "There are 18 / 6 = 3 bags.",
)
QUESTIONS = (CRATES, SHIRTS, BAGS)


def corrected(asked: Question, answer: str | None, *steps: str) -> Attempt:
    """The correction, checked: right, and right to be left as it is."""
    edited = SUBJECT.correct(asked, Attempt(steps=steps, answer=answer))
    assert SUBJECT.check(asked, edited).correct
    assert SUBJECT.correct(asked, edited) == edited
    return edited


@st.composite
def reworded(draw: st.DrawFn) -> tuple[Question, Attempt]:
    """A question, and its solution with every line in other words."""
    asked = draw(st.sampled_from(QUESTIONS))
    words = draw(st.sampled_from(["", "I think: ", "We get: "]))
    return asked, Attempt(steps=tuple(words + step for step in asked.solution), answer=asked.answer)


@given(reworded(), st.data(), st.integers(0, 1000))
def test_a_slip_is_corrected_where_it_was_made(
    told: tuple[Question, Attempt], data: st.DataObject, seed: int
) -> None:
    asked, right = told
    slipped = SUBJECT.slip(asked, right, data.draw(st.integers(0, len(right.steps))), seed)
    found = SUBJECT.check(asked, slipped)
    edited = corrected(asked, slipped.answer, *slipped.steps)
    assert edited.steps[: found.step] == slipped.steps[: found.step]
    assert acceptable_update(slipped, found, edited)


def test_a_new_result_is_carried_on() -> None:
    steps = ("48 / 2 = 26 clips in May", "she sold 48 + 26 = 74 clips, 26 of them in May")
    asked = question("72", "She sold 48/2 = 24 clips in May.", "In all she sold 48+24 = 72 clips.")
    edited = corrected(asked, "74", *steps)
    assert edited.steps == ("48 / 2 = 24 clips in May", "she sold 48 + 24 = 72 clips, 24 of them in May")
    assert edited.answer == "72"


def test_a_way_of_its_own_may_lead_to_the_answer() -> None:
    steps = ("Six in a row and three: 25 * 6 = 150, 25 * 3 = 65", "(150 + 65) * 10 = 2150")
    edited = corrected(CRATES, "2150", *steps)
    assert edited.steps == ("Six in a row and three: 25 * 6 = 150, 25 * 3 = 75", "(150 + 75) * 10 = 2250")


def test_results_are_rounded_where_their_decimals_have_no_end() -> None:
    asked = question("6.67", "He pays 20 / 3 = 6.67 each.")
    assert corrected(asked, "7.33", "Each: 20 / 3 = $7.33").steps == ("Each: 20 / 3 = $6.67",)


def test_several_mistakes_are_all_put_right() -> None:
    edited = corrected(BAGS, "5", "30 - 12 = 20 marbles", "20 / 6 = 5 bags")
    assert edited.steps == ("30 - 12 = 18 marbles", "18 / 6 = 3 bags")


def test_the_reference_goes_on_where_the_left_side_is_wrong() -> None:
    steps = ("25 * 10 = 250 apples a crate", "3 + 3 = 5 crates", "5 * 250 = 1250 apples")
    edited = corrected(CRATES, "1250", *steps)
    assert edited.steps == (steps[0], *CRATES.solution[1:])
    attempt = Attempt(steps=steps, answer="1250")
    assert acceptable_update(attempt, SUBJECT.check(CRATES, attempt), edited)


def test_what_stands_already_is_not_said_again() -> None:
    edited = corrected(CRATES, "2250", "3 * 3 = 9 crates", "9 * 250 = 2260 apples", "I am not sure.")
    assert edited.steps == ("3 * 3 = 9 crates", "9 * 250 = 2250 apples", "I am not sure.")
    edited = corrected(CRATES, None, "3 * 3 = 9 crates")
    assert edited.steps == ("3 * 3 = 9 crates", CRATES.solution[0], CRATES.solution[2])


def test_a_number_that_means_something_else_is_not_changed() -> None:
    """10 is a wrong result, and also what the question says: 60 - 10."""
    asked = question(
        "50", "Al has 2 * 6 = 12 hens.", "Each lays 5 eggs: 12 * 5 = 60.", "60 - 10 = 50 are left."
    )
    edited = corrected(asked, "40", "2 * 6 = 10 hens", "10 * 5 = 50 eggs", "50 - 10 = 40 are left")
    assert edited.steps == ("2 * 6 = 12 hens", "12 * 5 = 60 eggs", asked.solution[-1])


@pytest.mark.parametrize(
    "steps",
    [
        ("25 + 10 = 35 apples a crate", "35 * 9 = 315 apples"),  # holds, but nobody wanted it
        ("Apples, apples, apples.",),
        ("3 * 3 = 9", "3 * 3 = 9", "3 * 3 = 9"),
        (),
    ],
)
def test_lines_that_lead_nowhere_are_not_kept(steps: tuple[str, ...]) -> None:
    assert corrected(CRATES, "315", *steps) == SUBJECT.solve(CRATES)


def test_without_a_worked_solution_only_a_way_to_the_answer_is_kept() -> None:
    asked = question("12")
    assert corrected(asked, "13", "3 * 4 = 13").steps == ("3 * 4 = 12",)
    assert corrected(asked, "7", "3 + 4 = 7") == Attempt(steps=(), answer="12")


@given(st.lists(st.text(alphabet="0123456789+-*/^().,=%$<>x aof\n", max_size=30), max_size=4))
def test_whatever_was_said_a_right_solution_comes_out(steps: list[str]) -> None:
    corrected(CRATES, None, *steps)
    corrected(CRATES, "1", "3 * 3 = 8", "9" * 10_000, *steps)


@pytest.mark.slow
def test_slips_in_gsm8k_are_corrected_where_they_were_made(tmp_path: Path) -> None:
    path = tmp_path / "words.jsonl"
    rows = [{"question": q.text, "answer": q.answer, "steps": list(q.solution)} for q in QUESTIONS]
    path.write_text("\n".join(map(json.dumps, rows)))
    subject = QuestionFile("jsonl:train.jsonl", GSM8K if GSM8K.exists() else path)
    accepted: list[bool] = []
    for asked in random.Random(0).sample(subject.questions, min(60, len(subject.questions))):
        right = Attempt(steps=tuple(f"I think: {step}" for step in asked.solution), answer=asked.answer)
        if not subject.check(asked, right).correct:
            continue
        for step in range(len(right.steps)):
            slipped = subject.slip(asked, right, step, step)
            found, edited = subject.check(asked, slipped), subject.correct(asked, slipped)
            assert subject.check(asked, edited).correct
            accepted.append(found.correct or acceptable_update(slipped, found, edited))
    assert sum(accepted) > 0.95 * len(accepted)

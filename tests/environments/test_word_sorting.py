"""The subject `word_sorting`: its questions, levels, reference solutions, slips and variants."""

import json
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schoolroom.environments.course import load_course
from schoolroom.environments.subjects.base import ChecksSteps, Generalizes, Hardens, HasSubtasks
from schoolroom.environments.subjects.word_sorting import WordSorting
from schoolroom.environments.subjects.word_sorting_vocabulary import VOCABULARY
from schoolroom.transcripts.errors import CourseError, QuestionError
from schoolroom.transcripts.records import Attempt, Json, Question, Tier

SUBJECT = WordSorting()
BIG_BENCH = Path(__file__).parents[3] / "shared" / "data" / "bbh" / "word_sorting.json"
ASKED = "Sort the following words alphabetically: List: "
EXAMPLES = [
    {"input": f"{ASKED}syndrome therefrom", "target": "syndrome therefrom"},
    {"input": f"{ASKED}onus it&t oar o'connor", "target": "it&t o'connor oar onus"},
    {"input": f"{ASKED}burley bela bacteria bock", "target": "bacteria bela bock burley"},
]


def ask(text: str) -> Question:
    return Question.make(lesson="", subject=SUBJECT.name, text=text)


@st.composite
def questions(draw: st.DrawFn) -> Question:
    few = draw(st.integers(2, 8))
    given_settings: dict[str, Json] = {"min_words": few, "max_words": few + draw(st.integers(0, 4))}
    if draw(st.booleans()):
        length = draw(st.integers(1, 3))
        given_settings |= {"kind": "letters", "length": length, "repeats": draw(st.booleans())}
        given_settings["alphabet"] = draw(st.integers(12 if length == 1 else 4, 26))
    return SUBJECT.sample(SUBJECT.level(given_settings), draw(st.integers(0, 10**6)), "lesson")


# Questions and levels


def test_the_reference_takes_the_smallest_word_a_line() -> None:
    solution = SUBJECT.solve(ask("Sort: c d a b"))
    assert solution.steps == ("a | c d b", "b | c d", "c | d")
    assert solution.answer == "a b c d"


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        (f"{ASKED}oven costume counterpart", "costume counterpart oven"),
        ("Sort b, a and c alphabetically.", "a b c"),
        ("Put the words oven costume in alphabetical order.", "costume oven"),
        ("Please sort these words alphabetically:\n- pear\n- apple", "apple pear"),
        ("Sort: b a b", "a b b"),
        ("Sort: Pear apple", "apple pear"),
    ],
)
def test_questions_are_read(text: str, answer: str) -> None:
    assert SUBJECT.solve(ask(text)).answer == answer


@pytest.mark.parametrize(
    "text",
    ["", "How are you?", "Sort: a", "Sort 3 1 2", "Sort in reverse order: a b", "Sort: ice cream, pie"],
)
def test_other_questions_are_refused(text: str) -> None:
    with pytest.raises(QuestionError, match="no question of word_sorting"):
        SUBJECT.solve(ask(text))


@pytest.mark.parametrize(
    "examples",
    [
        EXAMPLES,
        pytest.param(
            None, marks=pytest.mark.skipif(not BIG_BENCH.exists(), reason="the BIG-bench file is not here")
        ),
    ],
)
def test_questions_of_big_bench_are_solved(examples: list[dict[str, str]] | None) -> None:
    for example in examples or json.loads(BIG_BENCH.read_text())["examples"]:
        question = ask(example["input"])
        solution = SUBJECT.solve(question)
        assert solution.answer == example["target"]
        assert SUBJECT.check(question, solution).correct


@pytest.mark.parametrize(
    ("given_settings", "message"),
    [
        ({"word": 3}, "unknown setting 'word' .* known: alphabet, kind"),
        ({"min_words": 1}, "setting 'min_words' .* is 1"),
        ({"min_words": 5, "max_words": 3}, "min_words must not exceed max_words, but 5 > 3"),
        ({"kind": "numbers"}, "setting 'kind' .* is 'numbers'"),
        ({"kind": "letters", "alphabet": 5}, "make only 5 different words, but max_words is 7"),
    ],
)
def test_wrong_levels_are_refused(given_settings: dict[str, Json], message: str) -> None:
    with pytest.raises(CourseError, match=message):
        SUBJECT.level(given_settings)


def test_a_level_says_what_is_drawn() -> None:
    letters = SUBJECT.level({"kind": "letters", "min_words": 8, "max_words": 8, "alphabet": 8})
    question = SUBJECT.sample(letters, 7)
    assert question == SUBJECT.sample(letters, 7)
    assert question != SUBJECT.sample(letters, 8)
    assert question.answer == "a b c d e f g h"
    lengths = set[int]()
    for seed in range(60):
        words = SUBJECT.sample(SUBJECT.level({"min_words": 2, "max_words": 4}), seed).text.split()[1:]
        lengths.add(len(words))
        assert len(set(words)) == len(words)
        assert set(words) <= set(VOCABULARY)
    assert lengths == {2, 3, 4}


def test_the_vocabulary_is_a_list_of_plain_words() -> None:
    assert list(VOCABULARY) == sorted(set(VOCABULARY))
    assert len(VOCABULARY) > 300
    assert all(word.isascii() and word.isalpha() and word.islower() for word in VOCABULARY)


# What holds for every question


@settings(deadline=None)
@given(questions(), st.data())
def test_a_slip_is_found_where_it_was_made_and_put_right(question: Question, data: st.DataObject) -> None:
    solution = SUBJECT.solve(question)
    words = question.text.removeprefix("Sort: ").split()
    assert solution == Attempt(steps=question.solution, answer=" ".join(sorted(words)))
    assert SUBJECT.check(question, solution).correct
    assert SUBJECT.wrong_steps(question, solution) == ()
    assert all(line.endswith(", right") for line in SUBJECT.review(question, solution))

    step = data.draw(st.integers(0, len(solution.steps)))
    slipped = SUBJECT.slip(question, solution, step, data.draw(st.integers(0, 99)))
    found = SUBJECT.check(question, slipped)
    assert (found.correct, found.step) == (False, step)
    if step < len(solution.steps):
        assert slipped.answer != solution.answer or len(set(words)) < len(words)
        assert found.span is not None
        assert found.span in slipped.steps[step]
        assert SUBJECT.wrong_steps(question, slipped) == (step,)
    review = SUBJECT.review(question, slipped)
    assert len(review) == step + 1
    assert review[-1].endswith(", not this")

    corrected = SUBJECT.correct(question, slipped)
    assert corrected == solution


def test_a_review_names_what_a_line_should_be() -> None:
    question = ask("Sort: c d a b")
    taken = Attempt(steps=("a | c d b", "c | d b", "b | d"), answer="a c b d")
    assert SUBJECT.review(question, taken) == ("1: a, right", "2: b, not this")
    assert SUBJECT.wrong_steps(question, taken) == (1,)
    lost = Attempt(steps=("a | c d b", "b | d"), answer="a b d")
    assert SUBJECT.review(question, lost)[-1] == "2: b | c d, not this"
    assert SUBJECT.check(question, lost).reason == "'c' was lost."
    right = SUBJECT.solve(question)
    assert SUBJECT.review_line(question, lost, 1, instead=right) == "2: b | c d, not this"
    assert SUBJECT.review_line(question, taken, 1, instead=right) == "2: b, not this"
    assert SUBJECT.review_line(question, taken, 1) == "2: c, right"


def test_right_lines_in_another_order_are_kept() -> None:
    question = ask("Sort: c d a b")
    attempt = Attempt(steps=("a | b d c", "d | b c"), answer="a d b c")
    corrected = SUBJECT.correct(question, attempt)
    assert corrected == Attempt(steps=("a | b d c", "b | d c", "c | d"), answer="a b c d")
    assert SUBJECT.check(question, corrected).correct


@settings(max_examples=60, deadline=None)
@given(questions(), st.integers(0, 99))
def test_variants_are_questions_of_their_own(question: Question, seed: int) -> None:
    assert isinstance(SUBJECT, Generalizes)
    assert isinstance(SUBJECT, Hardens)
    assert isinstance(SUBJECT, HasSubtasks)
    assert isinstance(SUBJECT, ChecksSteps)
    other, harder = SUBJECT.generalize(question, seed), SUBJECT.harder(question, seed)
    parts = SUBJECT.subtasks(question)
    count = len(question.text.split())
    assert (other.tier, harder.tier) == (Tier.GENERALIZED, Tier.HARDER)
    assert (len(other.text.split()), len(harder.text.split())) == (count, count + 1)
    assert all(part.tier == Tier.SUBTASK for part in parts)
    assert all(question.solution[-len(part.solution) :] == part.solution for part in parts)
    assert all(len(a.solution) > len(b.solution) for a, b in pairwise(parts))
    assert len(parts) == (0 if count == 3 else 1 if count == 4 else 2)  # "Sort:" counts too
    for made in (other, harder, *parts):
        assert (made.parent, made.lesson) == (question.id, question.lesson)
        assert made.metadata == question.metadata
        assert SUBJECT.check(made, SUBJECT.solve(made)).correct


@pytest.mark.parametrize(
    ("answer", "right"),
    [
        ("a b c", True),
        ("a, b, c.", True),
        ("a, b and c", True),
        ("1. a\n2. b\n3. c", True),
        ("['a', 'b', 'c']", True),
        ("a < b < c", True),
        ("The sorted list is: a, b, c", True),
        ("A B C", True),
        ("a c b", False),
        ("a b", False),
        ("a b c c", False),
        ("a b c1", False),
        ("a > b > c", False),
        ("", False),
        (None, False),
    ],
)
def test_an_answer_is_all_words_in_order(answer: str | None, right: bool) -> None:
    assert SUBJECT.answers_match(ask("Sort: c a b"), answer) is right


def test_the_course_of_sorting_grows_longer() -> None:
    course = load_course("sorting")
    for lesson in course.lessons:
        question = next(course.questions(lesson.id))
        assert question.subject == SUBJECT.name
        assert SUBJECT.check(question, SUBJECT.solve(question)).correct

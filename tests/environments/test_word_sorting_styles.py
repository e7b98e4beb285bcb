"""How `word_sorting` judges solutions in the styles in which people and models write them."""

import random
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schoolroom.environments.subjects.word_sorting import WordSorting
from schoolroom.environments.subjects.word_sorting_vocabulary import VOCABULARY
from schoolroom.transcripts.records import Attempt, Question

SUBJECT = WordSorting()
FRUIT = "Sort: pear fig apple plum"
BIG_BENCH = "Sort the following words alphabetically: List: oven costume counterpart"
CHAIN_OF_THOUGHT = (
    "Let's think step by step.",
    'The first letter: "oven": "o" (15). "costume": "c" (3). "counterpart": "c" (3).',
    'We now have: (3) ["costume" ? "counterpart"] < (15) "oven".',
    'Now let\'s sort this subpart ["costume" ? "counterpart"] by looking at their third letters. '
    'The third letter: "costume": "s" (19). "counterpart": "u" (21).',
    'We now have: (19) "costume" < (21) "counterpart" for the subpart. '
    'Hence, we have ["costume" < "counterpart"] < "oven".',
    "I have now sorted all the words. The answer is costume counterpart oven",
)


def ask(text: str) -> Question:
    return Question.make(lesson="", subject=SUBJECT.name, text=text)


def first_wrong(text: str, steps: Sequence[str]) -> int | None:
    return SUBJECT.check_steps(ask(text), steps).step


RIGHT = {
    "numbered": ["Here is the list:", "1. apple", "2. **fig**", "3) pear (starts with p)", "4. plum"],
    "the question's list first": [
        "1. pear",
        "2. fig",
        "3. apple",
        "4. plum",
        "Sorted: apple, fig, pear, plum",
    ],
    "signs": ["apple < fig", "plum > pear", "fig < pear", "so apple < fig < pear < plum"],
    "words": ["Apple comes before fig.", "plum comes after pear, because l comes after e", "p > f"],
    "picks": [
        "The smallest word is apple.",
        "Remaining words: pear, fig, plum",
        "Next comes fig.",
        "The smallest of pear and plum is pear.",
        "The last word is plum.",
    ],
    "ordinals": ["First: apple", "The second word is fig.", "The third is pear", "plum comes last"],
    "letters": [
        "First letters: pear - p, fig - f, apple - a, plum - p",
        "apple starts with a.",
        "Words starting with p: plum, pear",
        "The second letter of pear is e and the second letter of plum is l.",
        "In alphabetical order these are pear, plum.",
    ],
    "insertion": ["pear", "fig pear", "apple fig pear", "apple fig pear plum"],
    "insertion in words": ["Insert fig: fig, pear", "Insert apple: apple, fig, pear", "Is plum before pear?"],
    "so far": [
        "Sorted so far: apple; remaining: pear, fig, plum",
        "Sorted so far: apple, fig; left: pear, plum",
    ],
    "swaps": ["Swap pear and fig: fig pear apple plum", "After pass 1: fig apple pear plum"],
    "halves": [
        "Sorted left half: fig, pear",
        "Sorted right half: apple, plum",
        "Merged: apple, fig, pear, plum",
    ],
    "lists": [
        "Sorting ['pear', 'fig', 'apple', 'plum'].",
        "Result: ['apple', 'fig', 'pear', 'plum']",
        "Done.",
    ],
    "arrows": ["The final order: apple -> fig → pear -> plum"],
    "a list that trails off": ['Hence, we have "apple" < "fig" < ...'],
    "prose": [
        "I look at the first letters.",
        "Let me sort pear, fig, apple and plum.",
        "It depends on e and l.",
    ],
}


@pytest.mark.parametrize("style", RIGHT)
def test_right_solutions_pass_in_any_style(style: str) -> None:
    found = SUBJECT.check_steps(ask(FRUIT), RIGHT[style])
    assert found.correct, found


@pytest.mark.parametrize(
    ("steps", "wrong", "span"),
    [
        (["1. apple", "2. pear", "3. fig", "4. plum"], 1, "pear"),
        (["1. apple", "2. fig", "3. fig"], 2, "fig"),
        (["1. apple", "2. fig", "3. prune"], 2, "prune"),
        (["apple < fig", "pear < fig"], 1, "pear < fig"),
        (["plum > pear > apple > fig"], 0, "apple > fig"),
        (["fig comes before apple"], 0, "fig comes before apple"),
        (["The smallest word is fig."], 0, "smallest word is fig"),
        (["The smallest word is apple.", "Remaining: pear, plum"], 1, "Remaining: pear, plum"),
        (["The first word is apple.", "The second word is pear."], 1, "second word is pear"),
        (["The last word is pear."], 0, "last word is pear"),
        (["First letters: pear - p, fig - g"], 0, "fig - g"),
        (["The second letter of plum is e."], 0, "second letter of plum is e"),
        (["pear", "fig pear", "fig apple pear", "fig apple pear plum"], 2, "fig apple"),
        (["pear", "fig pear", "apple pear", "apple fig pear plum"], 2, "apple pear"),
        (["Sorted so far: fig, apple; remaining: pear, plum"], 0, "fig, apple"),
        (["Sorted left half: pear, fig"], 0, "pear, fig"),
        (["Sorted: apple, fig, plum"], 0, "Sorted: apple, fig, plum"),
        (["So the answer is apple fig pear."], 0, "apple fig pear."),
        (["So the answer is apple fig pear plum fig."], 0, "fig"),
        (["So the answer is apple fig peach plum."], 0, "peach"),
        (["answer: apple, fig, plum, pear"], 0, "plum, pear"),
        (["a | pear fig plum"], 0, "a"),
        (["apple | pear fig plum", "fig | pear plum plum"], 1, "pear plum plum"),
    ],
)
def test_wrong_steps_are_named_with_their_words(steps: Sequence[str], wrong: int, span: str) -> None:
    found = SUBJECT.check_steps(ask(FRUIT), steps)
    assert (found.step, found.span) == (wrong, span)
    assert found.reason


def test_a_mistake_that_is_carried_on_is_one_mistake() -> None:
    question = ask(FRUIT)
    for steps in (
        ["pear", "pear fig", "pear fig plum", "apple pear fig plum"],
        ["fig | pear apple plum", "apple | pear plum", "pear | plum", "answer: fig apple pear plum"],
        ["The smallest word is fig.", "Next comes apple.", "Next comes pear."],
        ["plum < pear", "apple < fig < plum < pear"],
    ):
        wrong = SUBJECT.wrong_steps(question, Attempt(steps=tuple(steps), answer=None))
        assert len(wrong) == 1, steps


@pytest.mark.parametrize(
    ("right", "wrong", "step"),
    [
        ('"costume": "c" (3)', '"costume": "k" (11)', 1),
        ('"counterpart": "c" (3)', '"counterpart": "c" (4)', 1),
        (' "costume": "c" (3).', "", 1),
        ('(3) ["costume" ? "counterpart"]', '(4) ["costume" ? "counterpart"]', 2),
        (' < (15) "oven"', "", 2),
        ('(3) ["costume" ? "counterpart"] < (15) "oven"', '(15) "oven" < (3) ["costume" ? "counterpart"]', 2),
        ('"u" (21)', '"n" (14)', 3),
        ('(19) "costume" < (21) "counterpart"', '(21) "counterpart" < (19) "costume"', 4),
        ('Hence, we have ["costume" < "counterpart"]', 'Hence, we have ["costume"]', 4),
        ("costume counterpart oven", "counterpart costume oven", 5),
    ],
)
def test_a_chain_of_thought_in_the_form_of_big_bench_hard(right: str, wrong: str, step: int) -> None:
    # The second letters are left out: both are o. The u of "counterpart" is its third letter.
    steps = [
        line.replace('"costume" < "counterpart"', '"costume" < "counterpart"') for line in CHAIN_OF_THOUGHT
    ]
    assert first_wrong(BIG_BENCH, steps) is None
    changed = [line.replace(right, wrong) if i == step else line for i, line in enumerate(steps)]
    assert changed != list(steps)
    assert first_wrong(BIG_BENCH, changed) == step


@settings(deadline=None)
@given(st.lists(st.sampled_from(VOCABULARY), min_size=3, max_size=9, unique=True), st.data())
def test_any_words_in_many_styles(words: list[str], data: st.DataObject) -> None:
    question, order = ask(f"Sort: {' '.join(words)}"), sorted(words)
    place = data.draw(st.integers(0, len(words) - 2))
    mixed = [*order[:place], order[place + 1], order[place], *order[place + 2 :]]
    random.Random(place).shuffle(words)
    said = {
        "numbered": [f"{i}. {{{i - 1}}}" for i in range(1, len(order) + 1)],
        "signs": [" < ".join(f"{{{i}}}" for i in range(len(order)))],
        "answer": ["The answer is " + " ".join(f"{{{i}}}" for i in range(len(order)))],
        "list": ["Sorted: " + ", ".join(f"{{{i}}}" for i in range(len(order)))],
        "picks": ["The smallest word is {0}.", *(f"Next comes {{{i}}}." for i in range(1, len(order)))],
    }
    for style, lines in said.items():
        right = [line.format(*order) for line in lines]
        assert SUBJECT.check_steps(question, right).correct, right
        wrong = [line.format(*mixed) for line in lines]
        assert SUBJECT.check_steps(question, wrong).step == (place if len(lines) > 1 else 0), (style, wrong)


@given(st.lists(st.text(max_size=60), max_size=4))
def test_nothing_that_is_written_breaks_the_judge(steps: list[str]) -> None:
    found = SUBJECT.check_steps(ask(FRUIT), steps)
    assert found.correct or found.span

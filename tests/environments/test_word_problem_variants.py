"""Word problems that multiply: other numbers, a further step, parts; consistent from question to answer."""

import json
import re
from fractions import Fraction
from itertools import islice
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schoolroom.environments.lessons import Lesson
from schoolroom.environments.questions import draw
from schoolroom.environments.subjects.base import Generalizes, Hardens, HasSubtasks
from schoolroom.environments.subjects.equations import Equations
from schoolroom.environments.subjects.multiplying import variants
from schoolroom.environments.subjects.question_files import QuestionFile
from schoolroom.transcripts.errors import QuestionError
from schoolroom.transcripts.records import Question, Tier

SUBJECT = Equations()
WORDS = "two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|[a-z]+teen|[a-z]+ty(?:-[a-z]+)?"
NUMBER = rf"\ban? (?=\d)|\d[\d,]*(?:\.\d+)?|\b(?:{WORDS})\b"
GSM8K = Path(__file__).parents[3] / "shared" / "data" / "gsm8k"

CLIPS = (
    "Ann sold clips to 48 of her friends in April, and half as many in May. How many did she sell in all?",
    "Ann sold 48/2 = <<48/2=24>>24 clips in May.\nIn all she sold 48+24 = <<48+24=72>>72 clips.\n#### 72",
)
SHIRTS = (
    "Bo buys three shirts at $12.50 each and an 8-dollar hat with a 25% coupon for all. What does Bo pay?",
    "The shirts cost $12.50 * 3 = $<<12.5*3=37.50>>37.50.\n"
    "With the hat that is 37.50 + 8 = $<<37.5+8=45.50>>45.50.\n"
    "The coupon saves 45.50 * .25 = $<<45.5*.25=11.375>>11.375.\n#### 11.375",
)
WEEKS = (
    "Cy reads 20 pages a day, 5 days a week. How many weeks does a 300-page book take?",
    "Cy reads 20 x 5 = <<20*5=100>>100 pages a week.\nThe book takes 300/100 = <<300/100=3>>3 weeks.\n#### 3",
)
MARBLES = (
    "Di has 30 marbles and gives away twelve. She puts the rest into bags of 6. How many bags are there?",
    "Di keeps 30 - 12 = <<30-12=18>>18 marbles.\nThere are 18 / 6 = <<18/6=3>>3 bags.\n#### 3",
)
PLAIN = (
    "Ed has 7 red apples and 14 green apples, and buys 4 more. How many apples does Ed have?",
    "Ed has 7 + 14 = 21 apples.\nThen he has 21 + 4 = 25 apples.\n#### 25",
)
SAMPLES = (CLIPS, SHIRTS, WEEKS, MARBLES, PLAIN)


def question(sample: tuple[str, str], **rest: object) -> Question:
    text, raw = sample
    lines, _, answer = raw.rpartition("#### ")
    return Question.make(
        lesson="words",
        subject="equations",
        text=text,
        answer=answer,
        solution=tuple(re.sub(r"<<.*?>>", "", line) for line in lines.splitlines()),
        metadata={"raw_answer": raw, **rest},
    )


def numbers(text: str) -> list[Fraction]:
    return [Fraction(found) for found in re.findall(r"\d+(?:\.\d+)?", text)]


def sound(variant: Question) -> None:
    attempt = SUBJECT.solve(variant)
    assert SUBJECT.check(variant, attempt).correct
    assert SUBJECT.wrong_steps(variant, attempt) == ()
    assert "<<" not in "".join(variant.solution)
    assert Question.model_validate_json(variant.model_dump_json()) == variant


def test_the_protocols_are_satisfied() -> None:
    assert isinstance(SUBJECT, Generalizes | Hardens)
    assert isinstance(SUBJECT, HasSubtasks)


@settings(max_examples=40, deadline=None)
@given(sample=st.sampled_from(SAMPLES), seed=st.integers(0, 10_000))
def test_other_numbers_tell_the_same_story(sample: tuple[str, str], seed: int) -> None:
    before = question(sample, id="q1", source="book")
    after = SUBJECT.generalize(before, seed)
    sound(after)
    assert after == SUBJECT.generalize(before, seed)
    assert (after.tier, after.parent, after.lesson) == (Tier.GENERALIZED, before.id, "words")
    assert after.metadata.keys() == {"raw_answer", "source"}
    assert after.text != before.text
    assert re.sub(NUMBER, "#", after.text) == re.sub(NUMBER, "#", before.text)
    pairs = list(zip(_results(after), _results(before), strict=False))
    assert all(a > 0 and (a.denominator == 1 or b.denominator != 1 or sample is SHIRTS) for a, b in pairs)


def _results(question: Question) -> list[Fraction]:
    return [Fraction(result) for result in re.findall(r"=([\d.]+)>>", question.metadata["raw_answer"])]


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_constants_stay_and_what_is_said_is_computed(seed: int) -> None:
    after = SUBJECT.generalize(question(CLIPS), seed)
    sold, may = numbers(after.text)[0], numbers(after.solution[0])
    assert may == [sold, 2, sold / 2]  # "half" is still a half
    assert after.answer == str(sold + sold / 2)


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_ranges_spelling_and_articles_are_kept(seed: int) -> None:
    weeks = SUBJECT.generalize(question(WEEKS), seed)
    assert 2 <= numbers(weeks.text)[1] <= 7
    shirts = SUBJECT.generalize(question(SHIRTS), seed).text
    assert re.search(
        r"buys [a-z-]+ shirts at \$\d+\.\d\d each and an? (\d+)-dollar hat with an? \d+% coupon", shirts
    )
    for article, number in re.findall(r"\b(an?) (\d+)", shirts):
        assert (article == "an") == (number[0] == "8" or number in ("11", "18"))


@settings(max_examples=40, deadline=None)
@given(sample=st.sampled_from(SAMPLES), seed=st.integers(0, 10_000))
def test_a_harder_question_goes_on_from_the_answer(sample: tuple[str, str], seed: int) -> None:
    before = question(sample)
    after = SUBJECT.harder(before, seed)
    sound(after)
    assert after == SUBJECT.harder(before, seed)
    assert after.text.startswith(before.text)
    assert after.text.endswith("?")
    assert after.solution[: len(before.solution)] == before.solution
    assert len(before.solution) < len(after.solution) <= len(before.solution) + 2
    assert (after.tier, after.parent) == (Tier.HARDER, before.id)


def test_a_further_step_fits_the_unit() -> None:
    asked = {SUBJECT.harder(question(WEEKS), seed).text.rpartition("? ")[2] for seed in range(5)}
    assert asked == {"How many days is that?"}
    paid = " ".join(
        SUBJECT.harder(question((SHIRTS[0], SHIRTS[1].replace("8-", "8-"))), s).text for s in range(9)
    )
    assert "amount" in paid or "number" in paid


def test_subtasks_ask_for_the_results_on_the_way() -> None:
    (part,) = SUBJECT.subtasks(question(CLIPS))
    sound(part)
    assert part.text == (
        "Ann sold clips to 48 of her friends in April, and half as many in May. "
        'One step of the solution reads: "Ann sold ____ clips in May." Which number belongs in the blank?'
    )
    assert (part.answer, part.tier, part.parent) == ("24", Tier.SUBTASK, question(CLIPS).id)
    for sample in SAMPLES:
        for part in SUBJECT.subtasks(question(sample)):
            sound(part)
            assert re.search(r"____", part.text)


@pytest.mark.parametrize(
    ("text", "raw", "message"),
    [
        ("In 2019 Al was 5th of 9. How many came after him?", "9 - 5 = <<9-5=4>>4 came after.\n#### 4", None),
        (
            "Al has 50 coins. How many?",
            "50 / 3 = <<50/3=16>>16 is rounded.\n#### 16",
            "rounded or does not hold",
        ),
        ("Al has 5 red coins.", "He has 5 + 37 = <<5+37=42>>42.\n#### 42", "37 .* comes from nowhere"),
        ("Al has half of it. How much?", "It is 1 / 2 = <<1/2=.5>>.5.\n#### .5", "can be drawn anew"),
        ("Al has 5 coins and 9 more.", "He has them all.\n#### 14", "can be drawn anew"),
        ("Al has 5 coins and 9 more.", "5 + 9 = <<5+9=14>>14\n#### many", "is no number"),
    ],
)
def test_what_cannot_be_varied_safely_is_refused(text: str, raw: str, message: str | None) -> None:
    if message is None:
        varied = {SUBJECT.generalize(question((text, raw)), seed).text for seed in range(8)}
        assert all("In 2019 Al was 5th" in text for text in varied)
        return
    with pytest.raises(QuestionError, match=message):
        SUBJECT.generalize(question((text, raw)), 0)


ONLY_COMPARED = (
    "A glass takes 4 ounces of milk and 3 of syrup. Flo has 80 of milk and 90 of syrup. How many glasses?",
    "Milk is there for 80 / 4 = <<80/4=20>>20 glasses.\nSyrup is there for 90 / 3 = <<90/3=30>>30.\n"
    "So it is 20 glasses, or 20 * 1 = <<20*1=20>>20.\n#### 20",
)
STEPS_COUNTED = (
    "A ticket of $800 is halved in price every 15 years. What does it cost after 30 years?",
    "It is halved 30 / 15 = <<30/15=2>>2 times.\nFirst to 800 / 2 = $<<800/2=400>>400.\n"
    "Then to 400 / 2 = $<<400/2=200>>200.\n#### 200",
)
TOLD_TWICE = (
    "Five girls weigh 45 kg each and five boys 55 kg each. What do the ten students weigh together?",
    "The girls weigh 45 * 5 = <<45*5=225>>225 kg.\nThe boys weigh 55 * 5 = <<55*5=275>>275 kg.\n"
    "That is 225 + 275 = <<225+275=500>>500 kg, or 500 / 10 = <<500/10=50>>50 each.\n#### 500",
)


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_what_the_words_rest_on_is_kept(seed: int) -> None:
    first, second = _results(SUBJECT.generalize(question(ONLY_COMPARED), seed))[:2]
    assert first < second
    assert _results(SUBJECT.generalize(question(STEPS_COUNTED), seed))[0] == 2
    told = SUBJECT.generalize(question(TOLD_TWICE), seed).text.lower()
    assert [word in told for word in ("five girls", "five boys", "ten students")].count(True) in (0, 3)


def test_questions_without_a_solution_are_refused() -> None:
    bare = Question.make(lesson="", subject="equations", text="What is 2 + 3?", answer="5")
    for vary in (SUBJECT.generalize, SUBJECT.harder):
        with pytest.raises(QuestionError, match="no worked solution"):
            vary(bare, 0)
    with pytest.raises(QuestionError, match="no positive number"):
        SUBJECT.harder(question(("Who?", "It is 1 + 1 = 2.\n#### Ann")), 0)


def test_a_few_questions_become_many_and_none_twice() -> None:
    few = [question(sample) for sample in SAMPLES]
    many = list(islice(variants(SUBJECT, few, seed=1, tiers=(Tier.GENERALIZED, Tier.HARDER)), 200))
    assert len({made.text for made in many}) == len(many) == 200
    assert {made.tier for made in many} == {Tier.GENERALIZED, Tier.HARDER}
    assert not {made.text for made in many} & {one.text for one in few}
    assert many[:50] == list(
        islice(variants(SUBJECT, few, seed=1, tiers=(Tier.GENERALIZED, Tier.HARDER)), 50)
    )
    forbidden = {many[0].text.upper(), many[2].id}
    without = list(
        islice(
            variants(SUBJECT, few, seed=1, tiers=(Tier.GENERALIZED, Tier.HARDER), forbidden=forbidden), 398
        )
    )
    assert {made.id for made in many} - {made.id for made in without} >= {many[0].id, many[2].id}


def test_multiplying_ends_where_nothing_new_comes() -> None:
    one = question(
        ("Al has 3 pens and half a cake. He buys 2 more pens. How many?", "3 + 2 = <<3+2=5>>5 pens\n#### 5")
    )
    found = list(variants(SUBJECT, [one]))
    assert 0 < len(found) < 20
    with pytest.raises(QuestionError, match="cannot be multiplied"):
        next(variants(SUBJECT, [one], tiers=(Tier.SUBTASK,)))


def test_a_lesson_teaches_every_variant_that_there_is(tmp_path: Path) -> None:
    rows = [
        *({"question": text, "answer": raw} for text, raw in SAMPLES),
        {"question": "Why?", "answer": "so"},
    ]
    path = tmp_path / "words.jsonl"
    path.write_text("\n".join(json.dumps(row) for row in rows))
    tiers = (Tier.GENERALIZED, Tier.HARDER, Tier.SUBTASK)
    lesson = Lesson(id="words", title="Words", subject="jsonl:words.jsonl", tiers=tiers)
    drawn = list(islice(draw(lesson, QuestionFile("jsonl:words.jsonl", path), "train"), 60))
    assert {question.tier for question in drawn} == set(tiers)
    assert len({question.id for question in drawn}) == 60  # "Why?" has no variants, and stops nobody


@pytest.mark.slow
def test_most_of_gsm8k_multiplies(tmp_path: Path) -> None:
    rows = [{"question": text, "answer": raw} for text, raw in SAMPLES]
    path = tmp_path / "words.jsonl"
    path.write_text("\n".join(json.dumps(row) for row in rows))
    subject = QuestionFile("jsonl:words.jsonl", path)
    if GSM8K.exists():
        subject = QuestionFile("jsonl:train.jsonl", GSM8K / "train.jsonl")
    few = subject.questions[:150]
    refused = 0
    for one in few:
        try:
            sound(subject.generalize(one, 0))
        except QuestionError:
            refused += 1
    assert refused <= 0.3 * len(few)

"""What is rendered is read back; what is sloppy is understood; what is hostile raises ReplyError alone."""

import string
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schoolroom.transcripts.errors import ReplyError
from schoolroom.transcripts.records import Ask, Attempt, Cue, Feedback, Grade, Payload, Question, Role, Turn
from schoolroom.transcripts.replies import (
    ALL_CORRECT,
    parse,
    parse_attempt,
    parse_feedback,
    parse_grade,
    render_attempt,
    render_verdict,
)


def cue(ask: Ask, heard: Attempt | None) -> Cue:
    said = Turn(
        index=0, seat="student", role=Role.STUDENT, persona="p@1", ask=Ask.ATTEMPT, text="", payload=heard
    )
    return Cue(seat="teacher", ask=ask, question=QUESTION, heard=() if heard is None else (said,))


ATTEMPT = Attempt(steps=("3 + 4 = 7", "7 * 2 = 15"), answer="15")
QUESTION = Question.make(lesson="sums", subject="sums", text="8 + 3 =")

# Lines such as steps are made of: they begin with a digit, so none can be taken for an answer line.
steps = st.text(string.digits + string.ascii_lowercase + " +-*/=()<>.,$%", max_size=12).map(
    lambda text: f"1{text}".strip()
)
answers = st.text(string.digits + string.ascii_letters + "/-", min_size=1, max_size=8)
attempts = st.builds(Attempt, steps=st.lists(steps, max_size=5).map(tuple), answer=st.none() | answers)
scraps = st.sampled_from(
    [
        "{",
        "}",
        '"',
        "“",
        "```",
        "```json\n",
        "\n",
        " ",
        "\t" * 50,
        "answer",
        ":",
        "is",
        "the",
        "####",
        "\\boxed{",
        "step 1",
        "step 99999 is wrong",
        "step 0 is wrong",
        "is wrong",
        "all correct",
        "score:",
        "0.5",
        "1.9",
        "²",
        "٣",
        '"correct"',
        '"score"',
        "true",
        "- units: all",
        "question: 1 + 1 =",
        "solution:",
        "(weight 0)",
        '{"questions": [',
        '{"criteria": [{"name": "a", "description": "b"}]}',
        "null",
        "NaN",
        "1e999",
        "[" * 50,
        '{"correct": false, "step": -1}',
        '{"correct": 1, "kind": "grade"}',
        "\0",
        "\ud800",
        "\u2028",
    ]
)
hostile = st.lists(scraps | st.text(max_size=5), max_size=8).map("".join)


@given(attempts)
def test_a_solution_is_read_as_it_was_written(attempt: Attempt) -> None:
    assert parse_attempt(render_attempt(attempt)) == attempt


@given(st.integers(0, 6), st.data())
def test_a_verdict_is_read_as_it_was_written(count: int, data: st.DataObject) -> None:
    attempt = Attempt(steps=("1 + 1 = 2",) * count, answer="2")
    step = data.draw(st.none() | st.integers(0, count))
    feedback = Feedback(correct=step is None, step=step)
    read = parse_feedback(render_verdict(feedback, count), attempt)
    assert (read.correct, read.step) == (feedback.correct, feedback.step)
    reason = data.draw(steps)
    reasoned = parse_feedback(f"{reason}\n{render_verdict(feedback, count)}", attempt)
    assert (reasoned.correct, reasoned.step, reasoned.reason) == (read.correct, read.step, reason)


@given(st.from_type(Feedback), st.from_type(Grade))
def test_a_json_object_is_read_as_it_was_written(feedback: Feedback, grade: Grade) -> None:
    for text in (grade.model_dump_json(), f"```json\n{grade.model_dump_json(indent=2)}\n```"):
        assert parse_grade(text) == grade
    steps = 0 if feedback.step is None else abs(feedback.step) % 5
    sane = Feedback(correct=False, step=steps, span=feedback.span, reason=feedback.reason)
    assert parse_feedback(sane.model_dump_json(), Attempt(steps=("1",) * 5, answer=None)) == sane


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("3 + 4 = 7\nThe answer is 7.", "7"),
        ("**Final answer:** 7", "7"),
        ("So the final answer is: $7$", "7"),
        ("3 + 4 = 7\n#### 7", "7"),
        ("Hence \\boxed{\\frac{1}{2}} follows", "\\frac{1}{2}"),
        ("Therefore, the answer = \\boxed{7}.", "7"),
        ("answer: 6\nNo, wait.\nanswer: 7", "7"),
        ("answer: 7\n\nI hope this helps!", "7"),
        ("ANSWER: -7/2", "-7/2"),
        ("3 + 4 = 7", None),
        ("answer:", None),
        ("", None),
    ],
)
def test_sloppy_answers_are_understood(text: str, answer: str | None) -> None:
    assert parse_attempt(text).answer == answer


@pytest.mark.parametrize(
    ("text", "feedback"),
    [
        ("All correct!", Feedback(correct=True)),
        ("**all steps are correct**", Feedback(correct=True)),
        ("Look again.\nStep 2 is wrong.", Feedback(correct=False, step=1, reason="Look again.")),
        (
            'Step 2 is wrong: "7 * 2 = 15" should be 14',
            Feedback(correct=False, step=1, span="7 * 2 = 15", reason='"7 * 2 = 15" should be 14'),
        ),
        (
            "You wrote “15”.\n- the answer is wrong",
            Feedback(correct=False, step=2, span="15", reason="You wrote “15”."),
        ),
        ('{"correct": true, "step": 1, "span": "7"}', Feedback(correct=True)),
        ('```\n{"correct": false, "step": 2}\n```', Feedback(correct=False, step=2)),
    ],
)
def test_sloppy_feedback_is_understood(text: str, feedback: Feedback) -> None:
    assert parse_feedback(text, ATTEMPT) == feedback


@pytest.mark.parametrize(
    ("ask", "text", "message"),
    [
        (
            Ask.FEEDBACK,
            "Hm.",
            "must end with 'all correct', 'step N is wrong' or 'the answer is wrong', but ends",
        ),
        (Ask.FEEDBACK, "", "but ends with ''"),
        (Ask.FEEDBACK, "step 4 is wrong", "feedback blames step 4, but the solution has 2 steps"),
        (Ask.FEEDBACK, "step 0 is wrong", "feedback blames step 0, but the solution has 2 steps"),
        (Ask.FEEDBACK, '{"correct": ', "begins like JSON but is not: "),
        (Ask.FEEDBACK, '{"a":' * 100_000, "begins like JSON but is not: "),
        (
            Ask.FEEDBACK,
            '{"correct": true, "mood": "good"}',
            "wrong at 'mood': Extra inputs are not permitted",
        ),
        (Ask.FEEDBACK, "{}", "wrong at 'correct': Field required"),
        (Ask.GRADE, "score: 1.5", "must end with a line like 'score: 0.5', from 0 to 1"),
        (Ask.GRADE, "score: 0.5\nWell done!", "must end with a line like 'score: 0.5'"),
        (
            Ask.GRADE,
            '{"score": 2, "correct": true}',
            "wrong at 'score': Input should be less than or equal to 1",
        ),
        (Ask.GRADE, '{"score": NaN, "correct": true}', "wrong at 'score': Input should be a finite number"),
        (Ask.RUBRIC, "Be good!", "needs at least one line like '- units: every number has its unit'"),
        (Ask.RUBRIC, "- steps: all\n- steps: none", "names the criterion 'steps' twice"),
        (Ask.RUBRIC, '{"criteria": [{"name": "a"}]}', "a criterion is wrong at 'description'"),
        (Ask.RUBRIC, '{"rules": []}', "must hold a list 'criteria'"),
        (Ask.GENERALIZE, "2 + 2 =", "1 questions were asked for, but 0 found"),
        (Ask.HARDEN, "question: 8 + 3 =", "or is the old one"),
        (Ask.DIVIDE, "question:\nanswer: 3", "one of the questions is empty"),
    ],
)
def test_what_cannot_be_used_says_what_is_missing(ask: Ask, text: str, message: str) -> None:
    with pytest.raises(ReplyError) as caught:
        parse(cue(ask, ATTEMPT), text)
    assert message in str(caught.value)
    assert len(str(caught.value)) < 400  # a speaker is going to read it


def test_a_blank_page_is_a_solution_without_steps() -> None:
    assert parse(cue(Ask.REVISE, ATTEMPT), " \n ") == Attempt(steps=(), answer=None)


@given(st.sampled_from(Ask), hostile, st.none() | attempts)
def test_hostile_replies_raise_nothing_but_reply_errors(ask: Ask, text: str, heard: Attempt | None) -> None:
    payload: Payload | None = None
    with suppress(ReplyError):
        payload = parse(cue(ask, heard), text)
    if payload is not None:  # what was read can be written down
        assert type(payload).model_validate_json(payload.model_dump_json()) == payload


@pytest.mark.parametrize(
    "text",
    ["```" + " " * 200_000 + "x", "\\boxed{" * 30_000, '"' * 200_000, "#" * 200_000, "step " * 50_000 + "1"],
    ids=["spaces", "boxes", "quotes", "hashes", "steps"],
)
@pytest.mark.timeout(20)
def test_long_hostile_replies_take_time_in_proportion_to_their_length(text: str) -> None:
    assert isinstance(parse_attempt(text), Attempt)
    with pytest.raises(ReplyError):
        parse_grade(text)
    with pytest.raises(ReplyError):
        parse_feedback(f"{text}\n{text}", ATTEMPT)


def test_the_words_that_settle_a_feedback() -> None:
    assert render_verdict(Feedback(correct=True), 3) == ALL_CORRECT
    assert render_verdict(Feedback(correct=False, step=3), 3) == "the answer is wrong"
    assert render_verdict(Feedback(correct=False), 3) == "the answer is wrong"
    assert render_verdict(Feedback(correct=False, step=0), 3) == "step 1 is wrong"


def test_feedback_is_explained_by_what_was_said_last_before_its_verdict() -> None:
    read = parse(cue(Ask.FEEDBACK, ATTEMPT), "1: 8+3=11, right\n2: 9+5=15, not this\nstep 2 is wrong")
    assert read == Feedback(correct=False, step=1, reason="2: 9+5=15, not this")

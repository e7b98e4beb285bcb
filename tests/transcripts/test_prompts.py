"""What speakers read: a student's conversation, others' filled templates, and nothing that runs code."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schoolroom.transcripts.errors import PersonaError
from schoolroom.transcripts.prompts import PLACEHOLDERS, PLAIN_STUDENT, fill, prompt, student_messages
from schoolroom.transcripts.records import (
    Ask,
    Attempt,
    Cue,
    Feedback,
    Message,
    Payload,
    Question,
    Role,
    Turn,
)

QUESTION = Question.make(
    lesson="sums",
    subject="column_addition",
    text="17 + 25 =",
    answer="42",
    solution=("7 + 5 = 12", "1 + 2 + 1 = 4"),
)
WRONG = Attempt(steps=("7 + 5 = 11", "1 + 2 + 1 = 4"), answer="41")


def said(
    index: int, text: str, payload: Payload | None, *, seat: str = "student", persona: str = "p@1"
) -> Turn:
    ask = Ask.ATTEMPT if isinstance(payload, Attempt) else Ask.FEEDBACK
    role = Role.STUDENT if seat == "student" else Role.TEACHER
    return Turn(index=index, seat=seat, role=role, persona=persona, ask=ask, text=text, payload=payload)


ATTEMPT = said(0, "7 + 5 = 11\n1 + 2 + 1 = 4\nanswer: 41", WRONG)
FEEDBACK = said(1, "step 1 is wrong", Feedback(correct=False, step=0), seat="teacher")


def cue(ask: Ask, *heard: Turn, seat: str = "student") -> Cue:
    return Cue(seat=seat, ask=ask, question=QUESTION, heard=heard)


def test_a_student_reads_a_conversation() -> None:
    assert prompt(cue(Ask.ATTEMPT), Role.STUDENT, {}) == (Message(role="user", content="17 + 25 ="),)
    assert prompt(cue(Ask.REVISE, ATTEMPT, FEEDBACK), Role.STUDENT, {"system": "Be brief."}) == (
        Message(role="system", content="Be brief."),
        Message(role="user", content="17 + 25 ="),
        Message(role="assistant", content=ATTEMPT.text),
        Message(role="user", content="step 1 is wrong\nNow correct it."),
    )


@given(st.lists(st.sampled_from(["teacher", "tutor", "peer"]), min_size=2, max_size=2), st.text(max_size=9))
def test_a_student_reads_the_same_whoever_gave_the_feedback(seats: list[str], persona: str) -> None:
    first, second = (
        said(1, FEEDBACK.text, FEEDBACK.payload, seat=seat, persona=name)
        for seat, name in zip(seats, ("weak@1", persona), strict=True)
    )
    instructions: dict[str, str] = {Ask.REVISE: "Once more."}
    assert prompt(cue(Ask.REVISE, ATTEMPT, first), Role.STUDENT, instructions) == prompt(
        cue(Ask.REVISE, ATTEMPT, second), Role.STUDENT, instructions
    )


def test_what_was_written_for_a_student_reads_as_its_own_words() -> None:
    shown = said(0, ATTEMPT.text, WRONG, seat="teacher")
    assert prompt(cue(Ask.FEEDBACK, shown), Role.STUDENT, {}) == prompt(
        cue(Ask.FEEDBACK, ATTEMPT), Role.STUDENT, {}
    )


WORDS = st.text(max_size=9)
TOLD = st.fixed_dictionaries(
    {},
    optional={
        name: WORDS.map(lambda text: text.replace("{", "("))
        for name in ("system", Ask.ATTEMPT, Ask.FEEDBACK, Ask.REVISE)
    },
)


@given(TOLD, WORDS, WORDS, st.booleans())
def test_each_prompt_of_an_exam_begins_the_next(
    told: dict[str, str], solution: str, check: str, readable: bool
) -> None:
    attempt = said(0, solution, WRONG)
    feedback = said(1, check, Feedback(correct=False, step=0) if readable else None)
    attempted = (*prompt(cue(Ask.ATTEMPT), Role.STUDENT, told), Message(role="assistant", content=solution))
    checking = prompt(cue(Ask.FEEDBACK, attempt), Role.STUDENT, told)
    revising = prompt(cue(Ask.REVISE, attempt, feedback), Role.STUDENT, told)
    assert checking[: len(attempted)] == attempted
    checked = (*checking, Message(role="assistant", content=check))
    assert revising[: len(checked)] == checked
    for longer, shorter, ask in ((checking, attempted, Ask.FEEDBACK), (revising, checked, Ask.REVISE)):
        instruction = told.get(ask, PLAIN_STUDENT[ask])
        added = (Message(role="user", content=instruction),) if instruction else ()
        assert longer[len(shorter) :] == added


def test_a_students_own_feedback_answers_the_instruction_to_check() -> None:
    own = said(1, FEEDBACK.text, FEEDBACK.payload)
    opening = (Message(role="user", content="17 + 25 ="), Message(role="assistant", content=ATTEMPT.text))
    assert prompt(cue(Ask.REVISE, ATTEMPT, own), Role.STUDENT, {}) == (
        *opening,
        Message(role="user", content="Check each step."),
        Message(role="assistant", content="step 1 is wrong"),
        Message(role="user", content="Now correct it."),
    )
    assert prompt(cue(Ask.REVISE, ATTEMPT, FEEDBACK), Role.STUDENT, {}) == (
        *opening,
        Message(role="user", content="step 1 is wrong\nNow correct it."),
    )


def test_anothers_feedback_is_said_to_the_student_whatever_its_role() -> None:
    peer = said(1, FEEDBACK.text, FEEDBACK.payload).model_copy(update={"seat": "peer"})
    assert prompt(cue(Ask.REVISE, ATTEMPT, peer), Role.STUDENT, {})[-1] == Message(
        role="user", content="step 1 is wrong\nNow correct it."
    )


def test_roles_alternate_so_that_every_chat_template_takes_them() -> None:
    own = said(1, FEEDBACK.text, FEEDBACK.payload)
    for asked in (
        cue(Ask.ATTEMPT),
        cue(Ask.FEEDBACK, ATTEMPT),
        cue(Ask.REVISE, ATTEMPT, FEEDBACK),
        cue(Ask.REVISE, ATTEMPT, own),
    ):
        roles = [message.role for message in prompt(asked, Role.STUDENT, {})]
        assert roles == ["user", "assistant"] * (len(roles) // 2) + ["user"]


def test_an_empty_instruction_adds_nothing() -> None:
    assert student_messages("1 + 1 =", (), "") == (Message(role="user", content="1 + 1 ="),)


def test_a_teacher_reads_one_message_filled_from_its_template() -> None:
    template = "{lesson}|{question}|{attempt}|{steps}|{feedback}|{reference}|{rubric}|{count}"
    messages = prompt(
        cue(Ask.FEEDBACK, ATTEMPT, FEEDBACK, seat="teacher"),
        Role.TEACHER,
        {Ask.FEEDBACK: template, "system": "You teach {lesson}."},
    )
    assert messages == (
        Message(role="system", content="You teach sums."),
        Message(
            role="user",
            content="sums|17 + 25 =|7 + 5 = 11\n1 + 2 + 1 = 4\nanswer: 41|"
            "step 1: 7 + 5 = 11\nstep 2: 1 + 2 + 1 = 4|step 1 is wrong|"
            "7 + 5 = 12\n1 + 2 + 1 = 4\nanswer: 42||1",
        ),
    )
    assert template.count("{") == len(PLACEHOLDERS)


def test_nothing_heard_fills_with_nothing() -> None:
    messages = prompt(cue(Ask.GRADE), Role.GRADER, {Ask.GRADE: "[{attempt}{steps}{feedback}]"})
    assert messages == (Message(role="user", content="[]"),)


def test_a_teacher_without_an_instruction_says_where_it_belongs() -> None:
    with pytest.raises(
        PersonaError, match=r"no instruction for 'feedback'; add one under \[instructions\]\."
    ):
        prompt(cue(Ask.FEEDBACK, ATTEMPT), Role.TEACHER, {})


@pytest.mark.parametrize(
    ("template", "message"),
    [
        (
            "{atempt}",
            "template names '{atempt}'; did you mean 'attempt'? a template may name {question}, {attempt}.",
        ),
        ("{}", "template names '{}'; a template may name {question}, {attempt}."),
        ("{self}", "template names '{self}'; a template may name {question}, {attempt}."),
    ],
)
def test_an_unknown_placeholder_is_answered_with_the_known_ones(template: str, message: str) -> None:
    with pytest.raises(PersonaError) as caught:
        fill(template, {"question": "q", "attempt": "a"})
    assert str(caught.value) == message


@pytest.mark.parametrize(
    "template",
    [
        "{question.__class__}",
        "{question[0]}",
        "{question!r}",
        "{question:>1000000000}",
        "{0.__class__.__mro__}",
        "{{question",
        '{"json": {"a": 1}}',
        "%(question)s ${question.upper}",
        "\\boxed{ }",
    ],
)
def test_nothing_else_in_a_template_is_interpreted(template: str) -> None:
    assert fill(template, {"question": "q"}) == template


@given(st.text(max_size=40))
def test_what_is_filled_in_is_never_filled_again(text: str) -> None:
    values = {"question": "{attempt}{0}{nothing}" + text, "attempt": "secret"}
    assert fill("<{question}>", values) == f"<{values['question']}>"

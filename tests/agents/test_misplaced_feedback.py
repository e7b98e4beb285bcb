"""The control teacher that is right about whether, and wrong about where."""

import asyncio

import pytest

from schoolroom.agents.persona_files import find_persona
from schoolroom.agents.scripted_teacher import ScriptedTeacher
from schoolroom.environments.subjects.registry import find_subject
from schoolroom.transcripts.records import Ask, Attempt, Cue, Feedback, Line, Question, Role, Turn
from schoolroom.transcripts.replies import parse_feedback, render_attempt

SUBJECTS = {
    name: {} if name != "column_addition" else {"digits": 3}
    for name in ("column_addition", "multistep_arithmetic")
}


def asked(ask: Ask, question: Question, attempt: Attempt, seed: int) -> Line:
    teacher = ScriptedTeacher(
        find_persona("misplacing", (), Role.TEACHER), name="teacher", checkers=find_subject
    )
    heard = Turn(
        index=0,
        seat="student",
        role=Role.STUDENT,
        persona="p@1",
        ask=Ask.ATTEMPT,
        text=render_attempt(attempt),
        payload=attempt,
    )
    cue = Cue(seat="teacher", ask=ask, question=question, heard=(heard,), seed=seed)
    return asyncio.run(teacher.speak(cue))


@pytest.mark.parametrize("name", SUBJECTS)
def test_it_blames_another_step_for_what_is_wrong_and_corrects_it_rightly(name: str) -> None:
    subject = find_subject(name)
    for seed in range(25):
        question = subject.sample(subject.level(SUBJECTS[name]), seed, "l")
        right = subject.solve(question)
        wrong = subject.slip(question, right, seed % len(right.steps), seed)
        line = asked(Ask.FEEDBACK, question, wrong, seed)
        assert isinstance(line.payload, Feedback)
        assert not line.payload.correct
        assert line.payload.step != subject.check(question, wrong).step
        assert parse_feedback(line.text, wrong).step == line.payload.step
        shown = asked(Ask.DEMONSTRATE, question, wrong, seed).payload
        assert isinstance(shown, Attempt)
        assert subject.check(question, shown).correct
        assert asked(Ask.FEEDBACK, question, right, seed).payload == Feedback(correct=True)

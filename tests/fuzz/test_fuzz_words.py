"""What models and servers say, nearly right: it is read or refused, and no subject hangs on a solution."""

import asyncio
import json
from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

import pytest

from schoolroom.agents import transports
from schoolroom.agents.llm_client import LLMClient
from schoolroom.agents.llm_settings import LLMSettings
from schoolroom.agents.llm_words import read_reply
from schoolroom.environments.subjects.answers import response_matches
from schoolroom.environments.subjects.base import ChecksSteps
from schoolroom.environments.subjects.registry import find_subject, subject_names
from schoolroom.transcripts.records import Ask, Attempt, Cue, Json, Question, Role, Turn
from schoolroom.transcripts.replies import parse, parse_attempt, render_attempt

QUESTION = Question.make(lesson="sums", subject="equations", text="What is 12 + 30?", answer="42")
HEARD = Turn(
    index=0,
    seat="student",
    role=Role.STUDENT,
    persona="p@1",
    ask=Ask.ATTEMPT,
    text="12 + 30 = 41\nanswer: 41",
    payload=Attempt(steps=("12 + 30 = 41",), answer="41"),
)
ATTEMPTS = (
    "12 + 30 = 42\nanswer: 42",
    "She has 3 bags.\n**Final answer:** $\\boxed{\\frac{3}{2}}$.",
    "3*4 = <<3*4=12>>12\n#### 12",
    "So the answer is (B).",
)
FEEDBACKS = (
    '1: 12 + 30 = 42, wrong\nstep 1 is wrong: "41" should be 42',
    "Well done.\nall correct",
    "Look again.\nthe answer is wrong",
    '```json\n{"correct": false, "step": 0, "span": "41", "reason": "it is 42"}\n```',
)
GRADES = (
    "the answer is right\nscore: 1.0",
    '{"score": 0.5, "correct": false, "marks": {"units": 0.25}}',
    "score: 0",
)
RUBRICS = (
    "- units: every number has one\n2. **steps** (weight 2.5): one a line",
    '{"criteria": [{"name": "units", "description": "every number has one", "weight": 2}]}',
)
QUESTIONS = (
    "question: What is 1 + 2?\nsolution:\n1 + 2 = 3\nanswer: 3\n\n**Question 2:** And 2 + 2?\nanswer: 4",
    '{"questions": [{"question": "1 + 2?", "solution": ["1 + 2 = 3"], "answer": 3}, "And 2 + 2?"]}',
)
REPLIES: Mapping[Ask, tuple[str, ...]] = {
    **dict.fromkeys((Ask.ATTEMPT, Ask.REVISE, Ask.DEMONSTRATE), ATTEMPTS),
    Ask.FEEDBACK: FEEDBACKS,
    Ask.GRADE: GRADES,
    Ask.RUBRIC: RUBRICS,
    **dict.fromkeys((Ask.GENERALIZE, Ask.HARDEN, Ask.DIVIDE), QUESTIONS),
}
COMPLETION: Json = {
    "choices": [{"message": {"content": "12 + 30 = 42", "reasoning_content": "hm"}, "finish_reason": "stop"}],
    "usage": {"prompt_tokens": 12, "completion_tokens": 7},
    "_hidden_params": {"response_cost": 0.001},
}


@pytest.mark.parametrize("ask", REPLIES)
def test_replies(fuzz: Any, mutated: Any, ask: Ask) -> None:
    cue = Cue(seat="s", ask=ask, question=QUESTION, heard=(HEARD,), count=1)
    payloads = [json.loads(words) for words in REPLIES[ask] if words.startswith("{")]
    inputs = mutated.text(*REPLIES[ask])
    fuzz(
        inputs | mutated.lines(*payloads) if payloads else inputs,
        lambda text: parse(cue, text),
        total=REPLIES[ask] is ATTEMPTS,
    )


@pytest.mark.parametrize("name", subject_names(tasks=False))
def test_solutions(fuzz: Any, mutated: Any, name: str) -> None:
    """Whatever stands in a solution, its subject says whether it is right."""
    subject = find_subject(name)
    if name == "equations":
        questions = [QUESTION]
    else:
        questions = [subject.sample(subject.level({}), seed) for seed in range(4)]
    solved = [render_attempt(subject.solve(question)) for question in questions]

    def check(text: str) -> None:
        attempt = parse_attempt(text)
        question = questions[len(text) % len(questions)]
        found = subject.check(question, attempt)
        if isinstance(subject, ChecksSteps) and not found.correct:
            subject.review(question, attempt)

    fuzz(mutated.text(*solved, *ATTEMPTS), check, total=True)


def test_final_answers(fuzz: Any, mutated: Any) -> None:
    fuzz(
        mutated.text("42", *ATTEMPTS),
        lambda text: response_matches("42", text) or response_matches(text, "42"),
        total=True,
    )


def test_what_a_server_answers(fuzz: Any, mutated: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A client takes what litellm makes of a server's JSON, or raises an error of its own."""
    said: list[Json] = []

    async def acompletion(**_: Any) -> Any:
        return _as_object(said[-1])

    monkeypatch.setattr(transports, "litellm_package", lambda: SimpleNamespace(acompletion=acompletion))
    from autogen_core.models import UserMessage

    client = LLMClient("m", LLMSettings(base_url="http://127.0.0.1:9/v1", transport="litellm", max_retries=0))
    loop = asyncio.new_event_loop()

    def ask(completion: Json) -> None:
        said.append(completion)
        loop.run_until_complete(client.create([UserMessage(content="1 + 1?", source="user")]))

    try:
        fuzz(mutated.json(COMPLETION), ask)
    finally:
        loop.close()


def test_what_a_server_answers_straight(fuzz: Any, mutated: Any) -> None:
    fuzz(mutated.json(COMPLETION), read_reply, total=True)


def _as_object(value: Json) -> Any:
    """As litellm gives it: attributes in place of keys."""
    if isinstance(value, dict):
        plain = {key: inner if key == "_hidden_params" else _as_object(inner) for key, inner in value.items()}
        return SimpleNamespace(**plain)
    return [_as_object(inner) for inner in value] if isinstance(value, list) else value

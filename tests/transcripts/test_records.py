"""Records are frozen, refuse what they do not know, and survive JSON; ids follow from content alone."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from schoolroom.transcripts import records
from schoolroom.transcripts.records import (
    Ask,
    Attempt,
    Checkpoint,
    Cue,
    Episode,
    Example,
    ExampleMessage,
    Feedback,
    Grade,
    Line,
    Message,
    ModelCall,
    Question,
    Record,
    Role,
    Run,
    Turn,
    content_id,
    derive_seed,
    now,
)

STORED = (Question, Turn, Episode, Run, Example, Checkpoint)
KINDS = [
    kind
    for name in records.__all__
    if isinstance(kind := getattr(records, name), type) and issubclass(kind, Record) and kind is not Record
]
TURN = Turn(
    index=0,
    seat="student",
    role=Role.STUDENT,
    persona="careless@1",
    ask=Ask.ATTEMPT,
    text="answer: 2",
    payload=Attempt(steps=(), answer="2"),
)


def test_there_are_records_to_test() -> None:
    assert len(KINDS) > 20
    assert records.__all__ == sorted(records.__all__)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_every_record_is_frozen_and_refuses_unknown_fields(kind: type[Record]) -> None:
    assert kind.model_config.get("frozen")
    with pytest.raises(ValidationError, match="Extra inputs are not permitted"):
        kind.model_validate({"surprise": 1})


@pytest.mark.parametrize("kind", STORED, ids=lambda kind: kind.__name__)
@given(data=st.data())
def test_records_survive_json(kind: type[Record], data: st.DataObject) -> None:
    record = data.draw(st.from_type(kind))
    assert kind.model_validate_json(record.model_dump_json()) == record
    assert kind.model_validate(record.model_dump()) == record


def test_a_record_cannot_be_changed() -> None:
    with pytest.raises(ValidationError, match="Instance is frozen"):
        TURN.text = "answer: 3"  # type: ignore[misc]


@pytest.mark.parametrize(
    ("kind", "fields", "reason"),
    [
        (Grade, {"score": 1.5, "correct": True}, "less than or equal to 1"),
        (Grade, {"score": float("nan"), "correct": True}, "finite"),
        (ExampleMessage, {"role": "user", "content": "", "weight": float("inf")}, "finite"),
        (ExampleMessage, {"role": "user", "content": "", "weight": -1}, "greater than or equal to 0"),
        (Message, {"role": "tool", "content": ""}, "'system', 'user' or 'assistant'"),
        (Line, {"text": "", "payload": {"kind": "poem"}}, "does not match any of the expected tags"),
        (Run, {"id": "r", "plan": {}, "seed": 0, "started": datetime(2026, 1, 1)}, "timezone"),
    ],
)
def test_what_no_record_may_hold(kind: type[Record], fields: dict[str, Any], reason: str) -> None:
    with pytest.raises(ValidationError, match=reason):
        kind.model_validate(fields)


@given(st.text(st.characters(categories=["Lu", "Cs", "So"], include_characters="\0"), max_size=5))
def test_words_can_always_be_written_down(text: str) -> None:
    message = Message(role="user", content=text)
    message.content.encode()
    assert len(message.content) == len(text)
    assert "\0" not in message.content
    if not any(character == "\0" or "\ud800" <= character <= "\udfff" for character in text):
        assert message.content == text


@given(st.lists(st.from_type(Attempt), min_size=2, max_size=2, unique=True))
def test_ids_and_seeds_follow_from_content(two: list[Attempt]) -> None:
    first, second = ((list(attempt.steps), attempt.answer) for attempt in two)
    assert content_id(*first) == content_id(*first)
    assert content_id(*first) != content_id(*second)
    assert derive_seed(*first) != derive_seed(*second)
    assert 0 <= derive_seed(*first) < 2**63


def test_ids_do_not_depend_on_the_order_of_keys_nor_run_parts_together() -> None:
    assert content_id({"a": 1, "b": 2}) == content_id({"b": 2, "a": 1})
    assert content_id("ab", "c") != content_id("a", "bc") != content_id(["a", "bc"])
    assert len(content_id("\ud800")) == 16  # no text is without an id
    assert content_id("stable") == "db8361908a8efa2d"  # stored ids must stay findable


def test_what_an_id_follows_from() -> None:
    one = Question.make(lesson="a", subject="s", text="1 + 1 =")
    assert one.id == Question.make(lesson="b", subject="s", text="1 + 1 =", answer="2").id
    assert one.id != Question.make(lesson="a", subject="t", text="1 + 1 =").id
    assert Episode.id_of("run", one, 1) != Episode.id_of("run", one, 2)
    assert Run.id_of({"a": 1}, 0) != Run.id_of({"a": 1}, 1)
    said = [ExampleMessage(role="user", content="x")]
    learnt = [ExampleMessage(role="user", content="x", weight=1.0)]
    ids = {
        Example.make(recipe=recipe, messages=messages, kind="k", question="q", lesson="l").id
        for recipe in ("a", "b")
        for messages in (said, learnt)
    }
    assert len(ids) == 4
    prompt = (Message(role="user", content="x"),)
    assert ModelCall.key_of("m", {"t": 0}, prompt) == ModelCall.key_of("m", {"t": 0}, prompt, 0)
    assert ModelCall.key_of("m", {"t": 0}, prompt) != ModelCall.key_of("m", {"t": 0}, prompt, 1)


def test_a_turn_reads_its_own_payload() -> None:
    def saying(payload: Any) -> Turn:
        return TURN.model_copy(update={"payload": payload})

    assert TURN.attempt == Attempt(steps=(), answer="2")
    assert not TURN.says_correct
    assert saying(Feedback(correct=True)).says_correct
    assert not saying(Feedback(correct=False, step=0)).says_correct
    assert saying(Grade(score=0.5, correct=True)).says_correct
    assert saying(Feedback(correct=True)).attempt is None
    assert saying(None).attempt is None


def test_a_payload_is_told_by_its_kind() -> None:
    cue = Cue(
        seat="s", ask=Ask.GRADE, question=Question.make(lesson="l", subject="s", text="?"), heard=(TURN,)
    )
    again = Cue.model_validate_json(cue.model_dump_json())
    assert isinstance(again.heard[0].payload, Attempt)


def test_now_is_in_utc() -> None:
    assert now().tzinfo is UTC

"""Hypothesis strategies for all records, drawn with ``st.from_type(Turn)`` and the like; and a small store.

Under pytest's import mode a test can import from no other file of its folder than this one.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import strategies as st

from schoolroom.transcripts.records import (
    Ask,
    Attempt,
    Checkpoint,
    Criterion,
    Ending,
    Episode,
    Example,
    ExampleMessage,
    Feedback,
    Grade,
    Message,
    ModelCall,
    Origin,
    Question,
    Questions,
    Role,
    Rubric,
    Run,
    RunKind,
    SeatInfo,
    Source,
    Tier,
    Turn,
    Usage,
)
from schoolroom.transcripts.store import Store

names = st.text("abcdefgh-_é:@1", min_size=1, max_size=8)
texts = st.text(max_size=30)  # any character that UTF-8 can say, zero bytes and line breaks among them
counts = st.integers(0, 2**63 - 1)
seeds = st.integers(0, 2**63 - 1)
small = st.integers(0, 40)
weights = st.floats(0, 1e6)
json_values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
objects = st.dictionaries(st.text(max_size=8), json_values, max_size=3)
versions = st.dictionaries(names, texts, max_size=2)
# In the first hours of the year 1 east of Greenwich, UTC has no date yet.
moments = st.datetimes(
    min_value=datetime(1, 1, 2), timezones=st.sampled_from([UTC, timezone(timedelta(hours=5, minutes=30))])
)


def tuples(of: st.SearchStrategy[Any], most: int = 3) -> st.SearchStrategy[Any]:
    return st.lists(of, max_size=most).map(tuple)


def of(record: type[Any]) -> st.SearchStrategy[Any]:
    return st.from_type(record)


def register(record: type[Any], **fields: st.SearchStrategy[Any]) -> None:
    assert set(fields) | {"kind"} >= set(record.model_fields), (
        f"{record.__name__} has fields without a strategy"
    )
    st.register_type_strategy(record, st.builds(record, **fields))


register(
    Question,
    id=names,
    lesson=names,
    subject=names,
    tier=st.sampled_from(Tier),
    text=texts,
    answer=st.none() | texts,
    solution=tuples(texts),
    parent=st.none() | names,
    metadata=objects,
)
register(Attempt, steps=tuples(texts), answer=st.none() | texts)
register(
    Feedback, correct=st.booleans(), step=st.none() | st.integers(), span=st.none() | texts, reason=texts
)
register(
    Grade,
    score=st.floats(0, 1),
    correct=st.booleans(),
    reason=texts,
    steps=st.none() | small,
    wrong_steps=st.none() | small,
    marks=st.dictionaries(names, st.floats(0, 1), max_size=2),
)
register(Criterion, name=texts, description=texts, weight=st.floats(0, 1e6, exclude_min=True))
register(Rubric, criteria=tuples(of(Criterion)))
register(Questions, questions=tuples(of(Question), 2))
register(Message, role=st.sampled_from(["system", "user", "assistant"]), content=texts)
register(Usage, prompt_tokens=counts, completion_tokens=counts)
register(
    ModelCall,
    key=names,
    model=names,
    params=objects,
    messages=tuples(of(Message), 4),
    reply=texts,
    usage=of(Usage),
    cost=st.none() | st.floats(0, 1e6),
    seconds=st.floats(0, 1e6),
    cached=st.booleans(),
)
payloads = st.one_of([st.from_type(kind) for kind in (Attempt, Feedback, Grade, Rubric, Questions)])
register(
    Turn,
    index=st.integers(0, 5),
    seat=names,
    role=st.sampled_from(Role),
    persona=names,
    ask=st.sampled_from(Ask),
    heard=tuples(small),
    text=texts,
    payload=st.none() | payloads,
    calls=tuples(of(ModelCall), 2),
    question=st.none() | of(Question),
)
register(Ending, kind=st.sampled_from(["finished", "cut_short"]), reason=st.none() | texts)
register(SeatInfo, seat=names, role=st.sampled_from(Role), persona=names, model=names)
register(Origin, episode=names, turn=small)
register(
    Episode,
    id=names,
    run=names,
    script=names,
    question=of(Question),
    seats=tuples(of(SeatInfo)),
    seed=seeds,
    turns=st.lists(of(Turn), max_size=3, unique_by=lambda turn: turn.index).map(
        lambda turns: tuple(sorted(turns, key=lambda turn: turn.index))
    ),
    ending=st.none() | of(Ending),
    lost_calls=tuples(of(ModelCall), 2),
    origin=st.none() | of(Origin),
)
register(
    Run,
    id=names,
    kind=st.sampled_from(get_args(RunKind)),
    plan=objects,
    settings=objects,
    seed=seeds,
    versions=versions,
    started=moments,
    ending=st.none() | of(Ending),
)
register(Source, episode=names, turn=small)
register(ExampleMessage, role=st.sampled_from(["system", "user", "assistant"]), content=texts, weight=weights)
register(
    Example,
    id=names,
    recipe=names,
    kind=names,
    messages=tuples(of(ExampleMessage)),
    question=names,
    lesson=names,
    tier=st.sampled_from(Tier),
    sources=tuples(of(Source)),
)
register(
    Checkpoint,
    id=names,
    path=texts,
    parent=st.none() | names,
    recipe=names,
    examples=tuples(names),
    steps=counts,
    tokens=counts,
    seed=seeds,
    settings=objects,
    versions=versions,
    created=moments,
)


RUN = Run(id="run-1", plan={"course": "addition"}, seed=7)
DONE = Ending(kind="finished")


def question(number: int, lesson: str = "sums") -> Question:
    return Question.make(
        lesson=lesson, subject="column_addition", text=f"{number} + 1 =", answer=str(number + 1)
    )


def episode(number: int, **changes: Any) -> Episode:
    fields: dict[str, Any] = {
        "id": f"{number:04x}-episode",
        "run": RUN.id,
        "script": "tutoring",
        "question": question(number),
        "seats": (SeatInfo(seat="student", role=Role.STUDENT, persona="careless@1", model="hf:tiny"),),
        "seed": number,
    }
    return Episode(**fields | changes)


def turn(index: int, text: str = "1 + 1 = 2", *, calls: int = 1) -> Turn:
    prompt = (Message(role="system", content="Add."), Message(role="user", content=f"turn {index}"))
    call = ModelCall(key=f"key-{index}", model="hf:tiny", messages=prompt, reply=text)
    return Turn(
        index=index,
        seat="student",
        role=Role.STUDENT,
        persona="careless@1",
        ask=Ask.ATTEMPT,
        text=text,
        payload=Attempt(steps=(text,), answer="2"),
        calls=(call,) * calls,
    )


def example(number: int, *, recipe: str = "rationale", sources: Sequence[Source] = ()) -> Example:
    said = [ExampleMessage(role="assistant", content=f"answer: {number}", weight=1.0)]
    return Example.make(
        recipe=recipe, messages=said, kind="attempt", question="q", lesson="sums", sources=tuple(sources)
    )


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def where(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where a new database can be opened: a file, or an address of the server's."""
    return str(tmp_path / "school.db" if request.param == "sqlite" else request.getfixturevalue("postgres"))


@pytest.fixture
def store(where: str) -> Iterator[Store]:
    with Store.open(where) as opened:
        yield opened


async def fill(store: Store, episodes: Sequence[Episode], run: Run = RUN) -> None:
    await store.add_run(run)
    for one in episodes:
        await store.begin(one)
        for said in one.turns:
            await store.append(one.id, said)
        if one.ending:
            await store.end(one.id, one.ending, one.lost_calls)

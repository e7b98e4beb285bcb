"""What the tests of this room share: a small chat, and classrooms held by hand."""

from collections.abc import Callable, Iterator, Sequence

import pytest

from schoolroom.environments.script import Script
from schoolroom.training.chat import Chat
from schoolroom.training.tokenizer import character_tokenizer
from schoolroom.transcripts.records import (
    Ask,
    Cue,
    Ending,
    Episode,
    Grade,
    Payload,
    Question,
    Role,
    Turn,
)
from schoolroom.transcripts.replies import parse, parse_feedback

Hold = Callable[..., tuple[Episode, list[Cue]]]


@pytest.fixture(scope="session")
def chat() -> Chat:
    return Chat(character_tokenizer())


@pytest.fixture
def question() -> Question:
    return Question.make(
        lesson="sums", subject="column_addition", text="7+5=", answer="12", solution=("7+5=12, write 12",)
    )


@pytest.fixture
def hold() -> Hold:
    """Drive a script with the words given; returns the episode and the cues of all seats."""
    return _hold


def _hold(
    script: Script,
    question: Question,
    said: Sequence[str],
    grades: Sequence[Grade] = (),
    *,
    ending: str | None = "finished",
    name: str = "tutoring",
) -> tuple[Episode, list[Cue]]:
    words, scores = iter(said), iter(grades)
    turns: list[Turn] = []
    cues: list[Cue] = []

    def answer(cue: Cue) -> Turn:
        cues.append(cue)
        text, payload = _line(cue, words, scores)
        turn = Turn(
            index=len(turns),
            seat=cue.seat,
            role=Role(cue.seat.partition("-")[0]),
            persona="p@1",
            ask=cue.ask,
            heard=tuple(t.index for t in cue.heard),
            text=text,
            payload=payload,
            question=None if cue.question == question else cue.question,
        )
        turns.append(turn)
        return turn

    try:
        cued = next(script)
        while True:
            cued = script.send(answer(cued) if isinstance(cued, Cue) else tuple(map(answer, cued)))
    except StopIteration:
        pass
    assert next(words, None) is None, "the script asked for fewer lines"
    end = Ending(kind="cut_short", reason="x") if ending == "cut_short" else Ending(kind="finished")
    episode = Episode(
        id=Episode.id_of("run", question, 0),
        run="run",
        script=name,
        question=question,
        seats=(),
        seed=0,
        turns=tuple(turns),
        ending=None if ending is None else end,
    )
    return episode, cues


def _line(cue: Cue, words: Iterator[str], scores: Iterator[Grade]) -> tuple[str, Payload | None]:
    if cue.ask is Ask.GRADE:
        attempt = cue.heard[0].attempt
        right = attempt is not None and attempt.answer == cue.question.answer
        grade = next(scores, Grade(score=float(right), correct=right))
        return f"score: {grade.score}", grade
    text = next(words, None)
    assert text is not None, f"the script asked for another line: {cue.ask}"
    if cue.ask is Ask.FEEDBACK:
        about = cue.heard[0].attempt
        assert about is not None
        return text, None if cue.lenient and "?" in text else parse_feedback(text, about)
    return text, parse(cue, text)

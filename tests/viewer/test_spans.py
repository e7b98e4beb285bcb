"""What feedback points at: the blamed line, the quoted words in it, and no word lost or added."""

from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st

from schoolroom.transcripts.records import Episode, Feedback
from schoolroom.transcripts.replies import parse_attempt
from schoolroom.viewer.spans import Span, spans

Talk = Callable[..., Episode]

WORDS = "Let me see.\n7+5=13, write 3\n7+5=13, write 3\nanswer: 13"


def blamed(talk: Talk, words: str, *feedback: Feedback) -> Episode:
    """An attempt, and feedback on it by several."""
    told = [("teacher", "feedback", "no", one, (0,)) for one in feedback]
    return talk(("student", "attempt", words, parse_attempt(words)), *told)


def wrong(episode: Episode) -> list[Span]:
    return [span for span in spans(episode, episode.turns[0]) if span.blames]


def test_the_quoted_words_stand_apart_in_the_blamed_line(talk: Talk) -> None:
    episode = blamed(talk, WORDS, Feedback(correct=False, step=2, span="13", reason="it is 12"))
    found = wrong(episode)
    assert [(span.text, span.pointed) for span in found] == [
        ("7+5=", False),
        ("13", True),
        (", write 3", False),
    ]
    assert next(span.text for span in spans(episode, episode.turns[0])) == "Let me see.\n7+5=13, write 3\n"
    assert {blame for span in found for blame in span.blames} == {(1, '✗ step 3, "13": it is 12')}


def test_a_quotation_that_stands_elsewhere_marks_the_whole_line(talk: Talk) -> None:
    (span,) = wrong(blamed(talk, WORDS, Feedback(correct=False, step=1, span="seven")))
    assert (span.text, span.pointed) == ("7+5=13, write 3", False)


def test_the_answer_is_marked_where_no_step_is_named(talk: Talk) -> None:
    (span,) = wrong(blamed(talk, WORDS, Feedback(correct=False, reason="it is 12")))
    assert span.text == "answer: 13"


def test_several_may_blame_a_line_or_different_ones(talk: Talk) -> None:
    first, same, other = (Feedback(correct=False, step=step, reason=f"r{step}") for step in (1, 1, 3))
    found = wrong(blamed(talk, WORDS, first, same, other))
    assert [[blame.turn for blame in span.blames] for span in found] == [[1, 2], [3]]


def test_praise_and_feedback_on_another_attempt_mark_nothing(talk: Talk) -> None:
    blame = Feedback(correct=False, step=1)
    episode = talk(
        ("student", "attempt", WORDS, parse_attempt(WORDS)),
        ("teacher", "feedback", "all correct", Feedback(correct=True)),
        ("student", "revise", WORDS, parse_attempt(WORDS), (0, 1)),
        ("teacher", "feedback", "step 2 is wrong", blame, (2,)),
    )
    assert not wrong(episode)
    assert any(span.blames for span in spans(episode, episode.turns[2]))


def test_a_long_reproach_is_shortened_and_a_long_attempt_stays_few_spans(talk: Talk) -> None:
    words = "x\n" * 500_000 + "answer: 13"
    episode = blamed(talk, words, Feedback(correct=False, step=None, reason="no " * 100_000))
    found = spans(episode, episode.turns[0])
    assert len(found) == 2
    assert len(found[-1].blames[0].says) <= 300


@given(text=st.text(max_size=60), step=st.integers(0, 6), quote=st.text(max_size=3))
def test_spans_joined_are_the_text(talk: Talk, text: str, step: int, quote: str) -> None:
    episode = blamed(talk, text, Feedback(correct=False, step=step, span=quote))
    turn = episode.turns[0]
    assert "".join(span.text for span in spans(episode, turn)) == turn.text

"""Verification: every built-in script verifies as it was held; what is changed is named by its turn."""

import asyncio
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schoolroom.agents.instructions import DEFAULT_INSTRUCTIONS
from schoolroom.agents.seating import take_seat
from schoolroom.agents.seats import Seat
from schoolroom.environments.course import load_course
from schoolroom.environments.episodes import bind_script
from schoolroom.environments.observers import Observer
from schoolroom.environments.replay import Difference, verify, verify_run
from schoolroom.environments.school import School
from schoolroom.environments.script import Script, script_names
from schoolroom.environments.scripts.tutoring import tutoring
from schoolroom.transcripts.errors import ConfigError, UnknownName
from schoolroom.transcripts.prompts import prompt
from schoolroom.transcripts.records import (
    Ask,
    Attempt,
    Criterion,
    Cue,
    Ending,
    Episode,
    Feedback,
    Grade,
    Line,
    ModelCall,
    Origin,
    Question,
    Role,
    Rubric,
    Run,
    SeatInfo,
    Turn,
)
from schoolroom.transcripts.replies import parse

SEATS = {
    "teacher": "patient",
    "shelf": "patient",
    "student": "careless",
    "student-1": "careless",
    "student-2": "anxious",
    "student-3": "overconfident",
    "grader": "exact",
}
CUT = Ending(kind="cut_short", reason="ModelTimeout: no answer")


class Kept(Observer):
    """All episodes."""

    def __init__(self) -> None:
        self.episodes: list[Episode] = []

    def episode_ended(self, episode: Episode, *, resumed: bool) -> None:
        self.episodes.append(episode)


@cache
def held(script: str, settings: tuple[tuple[str, Any], ...] = ()) -> tuple[Run, tuple[Episode, ...]]:
    """A run of three long expressions, which have parts, under a rubric."""
    course = load_course("arithmetic").only(["long-expressions"])
    rubric = Rubric(criteria=(Criterion(name="steps", description="each step is right"),))
    lessons = tuple(lesson.model_copy(update={"rubric": rubric}) for lesson in course.lessons)
    course = course.model_copy(update={"lessons": lessons})
    seats: dict[str, Seat] = {
        name: take_seat(who, name=name, role=_role(name), checkers=course.checker)
        for name, who in SEATS.items()
    }
    kept = Kept()
    school = School(
        course, seats, script=script, settings=dict(settings), gate="taught", episodes=3, observers=[kept]
    )
    asyncio.run(school.run())
    return school.planned, tuple(kept.episodes)


def _role(name: str) -> Role:
    return Role("teacher" if name == "shelf" else name.partition("-")[0])


def verified(episode: Episode, script: Callable[[Question], Script] = tutoring) -> tuple[Difference, ...]:
    return asyncio.run(verify(episode, script))


def changed(episode: Episode, index: int, **fields: Any) -> Episode:
    """The episode with other fields of one turn."""
    turns = [turn.model_copy(update=fields) if turn.index == index else turn for turn in episode.turns]
    return episode.model_copy(update={"turns": tuple(turns)})


def without(episode: Episode, index: int) -> Episode:
    turns = tuple(turn for turn in episode.turns if turn.index != index)
    return episode.model_copy(update={"turns": turns})


@pytest.mark.parametrize("script", script_names())
def test_every_script_verifies_as_it_was_held(script: str) -> None:
    run, episodes = held(script)
    assert {episode.ending.kind for episode in episodes if episode.ending} == {"finished"}
    found = asyncio.run(verify_run(run, episodes))
    assert found.differences == ()
    assert found.identical
    assert (found.episodes, found.turns) == (3, sum(len(episode.turns) for episode in episodes))


@pytest.mark.parametrize("script", script_names())
def test_what_breaks_off_is_verified_as_far_as_it_goes(script: str) -> None:
    bound = bind_script(script, {})
    episode = held(script)[1][0]
    for length in {0, len(episode.turns) // 2, len(episode.turns) - 1}:
        for ending in (None, CUT):
            part = episode.model_copy(update={"turns": episode.turns[:length], "ending": ending})
            assert verified(part, bound) == ()


def test_an_open_episode_may_lack_no_more_than_its_last_word() -> None:
    episode = held("tutoring")[1][0]
    assert verified(episode.model_copy(update={"ending": None})) == ()


def test_of_several_cues_at_once_one_may_be_unanswered() -> None:
    bound = bind_script("seminar", {})
    first = held("seminar")[1][0]
    part = without(first.model_copy(update={"turns": first.turns[:3], "ending": None}), 1)
    assert verified(part, bound) == ()
    (gap,) = verified(without(first.model_copy(update={"ending": None}), 1), bound)
    assert (gap.turn, gap.says) == (1, "turn 2 is missing: the script asks for it.")


def _misspoken(turn: Turn) -> str:
    """Words that mean something else."""
    match turn.payload:
        case Feedback(correct=True):
            return "the answer is wrong"
        case Feedback():
            return "all correct"
        case Grade():
            return "score: 0.125"
        case _:
            return f"{turn.text}\nanswer: 1234567"


def _turned(turn: Turn) -> Any:
    """The payload with another meaning."""
    payload = turn.payload
    assert payload is not None
    if isinstance(payload, Attempt):
        return payload.model_copy(update={"answer": "1234567"})
    return payload.model_copy(update={"correct": not getattr(payload, "correct")})  # noqa: B009


OTHER = Question.make(lesson="other", subject="column_addition", text="1 + 1 =")
TAMPERINGS: dict[str, Callable[[Episode, Turn], Episode]] = {
    "text": lambda e, t: changed(e, t.index, text=_misspoken(t)),
    "payload": lambda e, t: changed(e, t.index, payload=_turned(t)),
    "ask": lambda e, t: changed(e, t.index, ask=Ask.RUBRIC if t.ask is not Ask.RUBRIC else Ask.GRADE),
    "seat": lambda e, t: changed(e, t.index, seat="nobody"),
    "heard": lambda e, t: changed(e, t.index, heard=(*t.heard, t.index)),
    "question": lambda e, t: changed(e, t.index, question=OTHER),
    "persona": lambda e, t: changed(e, t.index, persona="somebody@7"),
    "role": lambda e, t: changed(e, t.index, role=Role.GRADER if t.role != "grader" else Role.STUDENT),
    "missing": lambda e, t: without(e, t.index),
    "twice": lambda e, t: e.model_copy(update={"turns": (*e.turns[: t.index + 1], *e.turns[t.index :])}),
}


@given(
    st.sampled_from(["tutoring", "exam", "seminar", "tripost", "demonstration"]),
    st.sampled_from(sorted(TAMPERINGS)),
    st.data(),
)
def test_whatever_is_changed_is_named_by_its_turn(script: str, what: str, data: st.DataObject) -> None:
    episode = data.draw(st.sampled_from(held(script)[1]))
    turn = data.draw(st.sampled_from(episode.turns))
    first = verified(TAMPERINGS[what](episode, turn), bind_script(script, {}))[0]
    assert first.turn == turn.index
    assert first.says.startswith(f"turn {turn.index + 1} ")


@given(st.sampled_from(["tutoring", "seminar"]), st.data())
def test_turns_out_of_order_are_found(script: str, data: st.DataObject) -> None:
    episode = held(script)[1][0]
    mixed = data.draw(st.permutations(episode.turns))
    found = verified(episode.model_copy(update={"turns": tuple(mixed)}), bind_script(script, {}))
    assert bool(found) == (tuple(mixed) != episode.turns)
    assert {difference.about for difference in found} <= {"order"}


def test_an_extra_turn_is_named() -> None:
    episode = held("tutoring")[1][0]
    extra = episode.turns[-1].model_copy(update={"index": len(episode.turns)})
    (found,) = verified(episode.model_copy(update={"turns": (*episode.turns, extra)}))
    assert (found.turn, found.about) == (len(episode.turns), "cue")
    assert found.says == f"turn {len(episode.turns) + 1} is recorded, but the script never asks for it."


def test_a_difference_shows_both_sides() -> None:
    episode = held("tutoring")[1][0]
    (found,) = verified(changed(episode, 1, ask=Ask.GRADE))
    assert found.diff.splitlines()[:2] == ["--- recorded", "+++ now"]
    assert "-ask: grade" in found.diff
    assert "+ask: feedback" in found.diff


def test_another_ending_is_found() -> None:
    episode = held("tutoring")[1][0]
    (found,) = verified(episode.model_copy(update={"ending": CUT}))
    assert (found.turn, found.about) == (episode.turns[-1].index, "ending")
    assert "-cut short: ModelTimeout: no answer\n+finished" in found.diff
    (missing,) = verified(episode.model_copy(update={"turns": episode.turns[:2]}))
    assert (missing.turn, missing.about) == (2, "cue")


def test_an_id_follows_from_what_it_names() -> None:
    run, episodes = held("tutoring")
    (found,) = verified(episodes[0].model_copy(update={"seed": 1}))
    assert (found.turn, found.about) == (None, "id")
    of_run = asyncio.run(verify_run(run.model_copy(update={"seed": 99}), ()))
    assert [difference.about for difference in of_run.differences] == ["id"]
    assert not of_run.identical


def test_a_fork_may_repeat_the_turns_of_others() -> None:
    episode = held("tutoring")[1][0]
    origin = Origin(episode=episode.id, turn=2)
    id_ = Episode.id_of(episode.run, episode.question, episode.seed, origin)
    fork = changed(episode.model_copy(update={"id": id_, "origin": origin}), 0, persona="somebody@7")
    assert verified(fork) == ()


def _crashing(question: Question) -> Script:
    yield Cue(seat="student", ask=Ask.ATTEMPT, question=question)
    raise ValueError("this script is broken")


def _beyond(question: Question) -> Script:
    yield from tutoring(question)
    yield Cue(seat="teacher", ask=Ask.DEMONSTRATE, question=question)


def _no_cues(question: Question) -> Script:
    yield 3  # type: ignore[misc]


def _no_script(question: Question) -> Any:
    raise ZeroDivisionError("at once")


@pytest.mark.parametrize(
    ("script", "turn", "words"),
    [
        (_crashing, 1, "ValueError: this script is broken"),
        (_beyond, None, "+ask: demonstrate"),
        (_no_cues, 0, "ProtocolError: a script yields a Cue"),
        (_no_script, 0, "ZeroDivisionError: at once"),
        (lambda question: 7, 0, "AttributeError"),
    ],
)
def test_a_script_that_changed_or_crashes_is_a_difference(
    script: Callable[[Question], Script], turn: int | None, words: str
) -> None:
    episode = held("tutoring")[1][0]
    (found,) = verified(episode, script)
    assert found.turn == (len(episode.turns) if turn is None else turn)
    assert words in found.diff


def test_an_episode_that_its_script_cut_short_is_cut_short_again() -> None:
    episode = held("tutoring")[1][0]
    broken = Ending(kind="cut_short", reason="ValueError: this script is broken")
    part = episode.model_copy(update={"turns": episode.turns[:1], "ending": broken})
    assert verified(part, _crashing) == ()
    (other,) = verified(part.model_copy(update={"ending": CUT}), _crashing)
    assert (other.turn, other.about) == (0, "ending")


def test_other_settings_lead_elsewhere() -> None:
    run, episodes = held("tutoring", (("max_revisions", 3),))
    other = run.model_copy(update={"plan": {**run.plan, "settings": {"max_revisions": 0}}})
    found = asyncio.run(verify_run(other, episodes, keep=1))
    assert found.different > 0
    assert found.found > len(found.differences) == 1


def test_what_no_script_led_cannot_be_verified() -> None:
    run, _ = held("tutoring")
    with pytest.raises(ConfigError, match="no script of schoolroom's led its conversations"):
        asyncio.run(verify_run(run.model_copy(update={"kind": "import"}), ()))
    with pytest.raises(UnknownName, match="did you mean 'tutoring'"):
        asyncio.run(verify_run(run.model_copy(update={"plan": {"script": "tutorin"}}), ()))


class Model:
    """A model in a seat, which reads its prompt and says what it is told."""

    def __init__(self, role: Role, replies: Iterator[str], model: str = "small") -> None:
        self.role, self.name, self.replies = role, str(role), replies
        self.info = SeatInfo(seat=role, role=role, persona=f"{role}@1", model=model)

    async def speak(self, cue: Cue) -> Line:
        messages = prompt(cue, self.role, DEFAULT_INSTRUCTIONS[self.role])
        reply = next(self.replies)
        call = ModelCall(key="k", model="small", messages=messages, reply=f" {reply}\n")
        return Line(text=reply, payload=parse(cue, reply), calls=(call,))


INSTRUCTIONS = {
    str(role): {str(ask): text for ask, text in words.items()} for role, words in DEFAULT_INSTRUCTIONS.items()
}


@cache
def spoken(model: str = "small") -> Episode:
    """An episode that models spoke."""
    said = {
        Role.STUDENT: ["1\nanswer: 3", "2\nanswer: 2"],
        Role.TEACHER: ['step 1 is wrong: "1"', "Well done.\nall correct"],
        Role.GRADER: ["score: 1"],
    }
    seats: dict[str, Seat] = {str(role): Model(role, iter(words), model) for role, words in said.items()}
    course, kept = load_course("addition").only(["two-digit"]), Kept()
    asyncio.run(School(course, seats, gate="taught", episodes=1, observers=[kept]).run())
    return kept.episodes[0]


def about(episode: Episode) -> list[tuple[int | None, str]]:
    found = asyncio.run(verify(episode, tutoring, instructions=INSTRUCTIONS))
    return [(difference.turn, difference.about) for difference in found]


def test_what_a_model_said_is_read_again() -> None:
    episode = spoken()
    assert len(episode.turns) == 5
    assert about(episode) == []
    payload = episode.turns[1].payload
    assert payload is not None
    reworded = payload.model_copy(update={"reason": "another"})
    assert about(changed(episode, 1, payload=reworded)) == [(1, "payload")]
    assert about(changed(episode, 1, payload=None))[0] == (1, "payload")
    unreadable = changed(episode, 4, text="well, well")
    assert about(unreadable) == [(4, "payload"), (4, "words")]


def test_words_are_those_that_the_model_replied() -> None:
    other = "Very well done.\nall correct"
    payload = Feedback(correct=True, reason="Very well done.")
    assert about(changed(spoken(), 3, text=other, payload=payload)) == [(3, "words")]
    agent = spoken("autogen:SocietyOfMindAgent")  # its last words need be no model's
    assert about(changed(agent, 3, text=other, payload=payload)) == []


def test_a_model_was_given_the_messages_that_follow_from_its_cue() -> None:
    episode = spoken()
    call = episode.turns[2].calls[0]
    asked = call.model_copy(update={"messages": call.messages[:-1]})
    assert about(changed(episode, 2, calls=(asked,))) == [(2, "prompt")]

"""TriPosT's recipe on golden transcripts, and the numbers that its balance keeps."""

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schoolroom.environments.scripts.demonstration import demonstration
from schoolroom.environments.scripts.exam import exam
from schoolroom.environments.scripts.tripost import tripost as script
from schoolroom.training.recipes.base import apply_recipe
from schoolroom.training.recipes.rationale import rationale
from schoolroom.training.recipes.tripost import BALANCE, GROUPS, tripost
from schoolroom.training.recipes.units import Shelf, Unit, balanced, thinned
from schoolroom.transcripts.errors import ConfigError
from schoolroom.transcripts.prompts import PLAIN_STUDENT, prompt
from schoolroom.transcripts.records import Cue, Episode, Example, ExampleMessage, Grade, Question, Role

Hold = Callable[..., tuple[Episode, list[Cue]]]

WRONG = "7+5=11, write 11\nanswer: 11"
HALF = "7+5=12, write 11\nanswer: 11"
RIGHT = "7+5=12, write 12\nanswer: 12"
BLAME = '1: 7+5=12\nstep 1 is wrong: "7+5=11"'
HALF_BLAME = "1: 7+5=12\nthe answer is wrong"
OTHER_BLAME = "1: 7+5=11\nthe answer is wrong"
PRAISE = "1: 7+5=12\nall correct"
CHECK = "user: Check each step."
REVISE = "user: Now correct it."


def rows(examples: Any) -> list[tuple[str, float, str, list[str]]]:
    """Kind, weight, reply and prompt of each row; checks that the reply alone is learnt."""
    found = []
    for row in examples:
        *said, reply = row.messages
        assert all(m.weight == 0 for m in said)
        found.append((row.kind, reply.weight, reply.content, [f"{m.role}: {m.content}" for m in said]))
    return found


def held(hold: Hold, question: Question, *said: str, grades: Any = (), **settings: Any) -> Episode:
    return hold(script(question, **settings), question, said, grades, name="tripost")[0]


def edited(hold: Hold, question: Question) -> Episode:
    return held(hold, question, WRONG, BLAME, RIGHT, PRAISE, rounds=0)


def gold(hold: Hold, question: Question, **settings: Any) -> Episode:
    said = [RIGHT, PRAISE] if settings else [RIGHT]
    return hold(demonstration(question, **settings), question, said, name="demonstration")[0]


def test_an_edited_mistake_teaches_to_see_it_to_correct_it_and_to_stop(
    hold: Hold, question: Question
) -> None:
    asked = ["user: 7+5=", f"assistant: {WRONG}", CHECK]
    assert rows(tripost([edited(hold, question)])) == [
        ("feedback", 1.5, BLAME, asked),
        ("revision", 1.5, RIGHT, [*asked, f"assistant: {BLAME}", REVISE]),
        ("termination", 1.5, PRAISE, ["user: 7+5=", f"assistant: {RIGHT}", CHECK]),
    ]


def test_the_prompts_are_the_exams(hold: Hold, question: Question) -> None:
    taught = list(tripost([edited(hold, question)]))
    _, cues = hold(exam(question), question, [WRONG, BLAME, RIGHT], name="exam")
    read = [prompt(cue, Role.STUDENT, PLAIN_STUDENT) for cue in cues if cue.seat == Role.STUDENT]
    for messages, row in zip(read[1:], taught[:2], strict=True):
        assert [(m.role, m.content) for m in row.messages[:-1]] == [(m.role, m.content) for m in messages]


def test_the_students_own_update_is_learnt_with_the_teachers_feedback(hold: Hold, question: Question) -> None:
    own = "I see it\nstep 1 is wrong"
    episode = held(hold, question, WRONG, BLAME, own, RIGHT, PRAISE)
    assert rows(tripost([episode])) == rows(tripost([edited(hold, question)]))


def test_what_the_student_says_after_it_misjudged_itself_is_not_learnt(
    hold: Hold, question: Question
) -> None:
    episode = held(hold, question, WRONG, BLAME, OTHER_BLAME, RIGHT, PRAISE)
    assert rows(tripost([episode])) == rows(tripost([edited(hold, question)]))


def test_a_right_attempt_teaches_to_leave_it(hold: Hold, question: Question) -> None:
    found = rows(tripost([held(hold, question, RIGHT, PRAISE)]))
    assert found == [("termination", 1.5, PRAISE, ["user: 7+5=", f"assistant: {RIGHT}", CHECK])]


def test_a_right_solution_that_the_student_broke_is_edited_back(hold: Hold, question: Question) -> None:
    said = [RIGHT, PRAISE, BLAME, WRONG, BLAME, PRAISE, RIGHT, PRAISE]
    found = rows(tripost([held(hold, question, *said, overcorrections=True)]))
    assert [(kind, reply, said[1]) for kind, _, reply, said in found] == [
        ("termination", PRAISE, f"assistant: {RIGHT}"),
        ("feedback", BLAME, f"assistant: {WRONG}"),
        ("revision", RIGHT, f"assistant: {WRONG}"),
    ]


def test_a_trajectory_that_never_became_right_is_left_out(hold: Hold, question: Question) -> None:
    episode = held(hold, question, WRONG, BLAME, WRONG, WRONG, rounds=0)
    assert rows(tripost([episode])) == []
    episode = held(hold, question, WRONG, BLAME, HALF, HALF_BLAME, rounds=0, max_updates=1)
    assert rows(tripost([episode], direct=True)) == []


def test_of_a_bad_update_the_attempt_and_its_feedback_stay(hold: Hold, question: Question) -> None:
    episode = held(hold, question, WRONG, BLAME, HALF, BLAME, rounds=0)
    assert [(kind, reply) for kind, _, reply, _ in rows(tripost([episode], direct=True))] == [
        ("feedback", BLAME)
    ]


def test_an_own_update_that_gets_no_further_is_not_learnt_but_its_correction_is(
    hold: Hold, question: Question
) -> None:
    episode = held(hold, question, WRONG, BLAME, BLAME, HALF, BLAME, PRAISE, RIGHT, PRAISE)
    found = rows(tripost([episode], balance=None))
    assert [(kind, reply, said[1]) for kind, _, reply, said in found] == [
        ("feedback", BLAME, f"assistant: {WRONG}"),
        ("feedback", BLAME, f"assistant: {HALF}"),
        ("revision", RIGHT, f"assistant: {HALF}"),
        ("termination", PRAISE, f"assistant: {RIGHT}"),
    ]


def test_gold_comes_from_demonstrations_and_direct_solutions_from_the_trajectories(
    hold: Hold, question: Question
) -> None:
    episodes = [gold(hold, question), edited(hold, question)]
    assert [row.kind for row in tripost(episodes)] == ["attempt", "feedback", "revision", "termination"]
    other = question.model_copy(update={"id": "another", "text": "5+7="})
    episodes = [gold(hold, other), edited(hold, question), edited(hold, question)]
    direct = [row for row in tripost(episodes, direct=True, weight=1.0) if row.kind == "attempt"]
    assert [(row.question, row.messages[-1].content) for row in direct] == [
        ("another", RIGHT),
        (question.id, RIGHT),
    ]


def test_the_grade_overrules_the_teacher_where_it_is_trusted(hold: Hold, question: Question) -> None:
    mistaken = held(hold, question, WRONG, PRAISE)
    assert [row.kind for row in tripost([mistaken])] == ["termination"]
    assert list(tripost([mistaken], trust="graded")) == []
    misled = held(hold, question, RIGHT, BLAME, HALF, PRAISE, rounds=0, verified=False)
    assert len(list(tripost([misled]))) == 3
    assert list(tripost([misled], trust="graded")) == []
    wrong_step = Grade(score=1.0, correct=True, steps=1, wrong_steps=1)
    episode = held(hold, question, WRONG, BLAME, RIGHT, PRAISE, rounds=0, grades=[wrong_step])
    assert len(list(tripost([episode], trust="graded"))) == 3


def test_rows_name_their_turns_and_none_comes_twice(hold: Hold, question: Question) -> None:
    episode = edited(hold, question)
    found = list(tripost([episode, episode, gold(hold, question)]))
    assert [[source.turn for source in row.sources] for row in found] == [[0, 1], [0, 1, 2], [2, 3], [0]]
    assert len({row.id for row in found}) == 4
    assert {row.recipe for row in found} == {"tripost"}


def test_the_balance_counts_an_improvement_as_one(hold: Hold, question: Question) -> None:
    def asking(number: int) -> Question:
        return question.model_copy(update={"id": str(number), "text": f"{number} ="})

    episodes = [edited(hold, asking(i)) for i in range(6)]
    episodes += [gold(hold, asking(i)) for i in range(100, 102)]
    kinds = Counter(row.kind for row in tripost(episodes))
    assert kinds == {"feedback": 3, "revision": 3, "termination": 2, "attempt": 2}
    kinds = Counter(row.kind for row in tripost(episodes, balance=None))
    assert kinds == {"feedback": 6, "revision": 6, "termination": 6, "attempt": 2}
    kinds = Counter(row.kind for row in tripost(episodes, balance=None, numbers={"improvement": 4}))
    assert kinds == {"feedback": 4, "revision": 4, "termination": 6, "attempt": 2}
    assert len(list(tripost(episodes, limit=5))) == 5


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"balance": {"improvments": 1}}, r"did you mean 'improvement'\?"),
        ({"balance": {"other": 0}}, "the weight of 'other' must be a positive number, not 0"),
        ({"numbers": {"others": 3}}, r"did you mean 'other'\?"),
        ({"numbers": {"other": 1.5}}, "limit must be a positive number of rows, not 1.5"),
        ({"weight": -1}, "the weight of 'feedback and revisions' must be a positive number, not -1"),
        ({"trust": "me"}, "trust must be one of teacher, graded"),
        ({"directly": True}, r"recipe 'tripost' has no setting 'directly'; did you mean 'direct'\?"),
    ],
)
def test_settings_out_of_range_are_refused(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        list(apply_recipe("tripost", [], settings))


def numbered_row(number: int) -> Example:
    said = ExampleMessage(role="assistant", content=str(number), weight=1.0)
    return Example.make(recipe="r", kind="attempt", messages=[said], question="q", lesson="l")


UNITS = st.lists(st.sampled_from(GROUPS), max_size=60).map(lambda groups: [Unit(g, ()) for g in groups])
SHARES = st.dictionaries(st.sampled_from(GROUPS), st.floats(0.1, 10.0))


@given(UNITS, SHARES, st.integers(0, 9))
def test_a_balance_keeps_its_ratio_and_no_less_than_it_can(
    units: list[Unit], shares: dict[str, float], seed: int
) -> None:
    had = Counter(unit.group for unit in units)
    kept = Counter(unit.group for unit in balanced(Shelf(units), shares, seed))
    named = [name for name in shares if had[name]]
    scale = min((had[name] / shares[name] for name in named), default=0.0)
    for name in had:
        assert kept[name] == (round(scale * shares[name]) if name in named else had[name])
    if named:
        assert any(kept[name] == had[name] for name in named)


@given(UNITS, st.dictionaries(st.sampled_from(GROUPS), st.integers(0, 20)), st.integers(0, 9))
def test_thinning_keeps_the_order_and_at_most_the_numbers(
    units: list[Unit], numbers: dict[str, int], seed: int
) -> None:
    numbered = [Unit(unit.group, (numbered_row(n),)) for n, unit in enumerate(units)]
    shelf = Shelf(numbered)
    assert list(shelf) == numbered
    kept = list(thinned(shelf, numbers, seed))
    assert kept == list(thinned(Shelf(numbered), numbers, seed))
    places = iter(numbered)
    assert all(any(unit == other for other in places) for unit in kept)
    for name, count in Counter(unit.group for unit in numbered).items():
        assert sum(unit.group == name for unit in kept) == min(count, numbers.get(name, count))


def test_the_papers_share_of_improvements_is_43_percent() -> None:
    assert BALANCE["improvement"] / sum(BALANCE.values()) == pytest.approx(0.43, abs=0.005)


def test_a_checked_rationale_works_everything_out_twice_before_it_answers(
    hold: Hold, question: Question
) -> None:
    twice = "7+5=12, write 12\n1: 7+5=12\nanswer: 12"
    told = held(hold, question, WRONG, BLAME, RIGHT, "1: 7+5=12\nanswer: 12, right\nall correct", rounds=0)
    for episode in (gold(hold, question, checked=True), told):
        (row,) = rationale([episode, episode], checked=True)
        assert (row.kind, row.messages[0].content, row.messages[-1].content) == ("attempt", "7+5=", twice)
        assert len(row.sources) == 2
    assert list(rationale([gold(hold, question)], checked=True)) == []
    mistaken = held(hold, question, WRONG, PRAISE)
    assert len(list(rationale([mistaken], checked=True))) == 1
    assert list(rationale([mistaken], checked=True, trust="graded")) == []


def test_rows_that_cannot_be_set_aside_are_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("schoolroom.training.recipes.units.pickle.dump", full)
    with pytest.raises(ConfigError, match="No space left on device; make room, or set TMPDIR"):
        Shelf([Unit("direct", ())])

"""Comparison: where episodes part, what runs came to, which questions they share, and who agrees."""

from collections.abc import Sequence

from schoolroom.environments.comparison import common_turns, compare_runs, right_in_the_end
from schoolroom.transcripts.records import (
    Ask,
    Attempt,
    Ending,
    Episode,
    Feedback,
    Grade,
    ModelCall,
    Origin,
    Question,
    Role,
    SeatInfo,
    Turn,
    Usage,
)

CALL = ModelCall(
    key="k", model="m", messages=(), reply="", cost=0.5, usage=Usage(prompt_tokens=7, completion_tokens=2)
)


def question(n: int, lesson: str = "sums") -> Question:
    return Question.make(lesson=lesson, subject="column_addition", text=f"{n} + 1 =", answer=str(n + 1))


def turn(index: int, role: Role, ask: Ask, payload: Attempt | Feedback | Grade, *heard: int) -> Turn:
    text = f"{payload.answer}" if isinstance(payload, Attempt) else f"{payload.correct}"
    return Turn(
        index=index,
        seat=role,
        role=role,
        persona=f"{role}@1",
        ask=ask,
        heard=heard,
        text=text,
        payload=payload,
    )


def episode(
    n: int,
    *answers: bool,
    lesson: str = "sums",
    ended: bool = True,
    grader: str = "exact",
    harsh: bool = False,
) -> Episode:
    """Attempts, each after feedback on the one before, and a grade of each."""
    turns: list[Turn] = []
    for place, right in enumerate(answers):
        heard = (len(turns) - 2, len(turns) - 1) if place else ()
        answer = Attempt(steps=(), answer=f"{n} {place} {right}")
        turns.append(turn(len(turns), Role.STUDENT, Ask.REVISE if place else Ask.ATTEMPT, answer, *heard))
        turns.append(turn(len(turns), Role.TEACHER, Ask.FEEDBACK, Feedback(correct=right), len(turns) - 1))
    for place, right in enumerate(answers):
        grade = Grade(score=float(right and not harsh), correct=right and not harsh)
        graded = turn(len(turns), Role.GRADER, Ask.GRADE, grade, 2 * place)
        turns.append(graded.model_copy(update={"persona": f"{grader}@1"}))
    return Episode(
        id=f"{n}{lesson}",
        run="r",
        script="exam",
        question=question(n, lesson),
        seats=(SeatInfo(seat="grader", role=Role.GRADER, persona=f"{grader}@1", model="scripted"),),
        seed=0,
        turns=tuple(turns),
        ending=Ending(kind="finished") if ended else Ending(kind="cut_short", reason="no answer"),
    )


def test_episodes_have_in_common_what_was_said_before_they_part() -> None:
    a, b = episode(1, False, True), episode(1, False, False)
    assert common_turns(a, a) == len(a.turns) == 6
    assert common_turns(a, b) == 2
    assert common_turns(a, episode(2, False, True)) == 0
    paid = tuple(t.model_copy(update={"calls": (CALL,), "persona": "another@1"}) for t in a.turns)
    assert common_turns(a, a.model_copy(update={"turns": paid})) == 6
    assert common_turns(a, a.model_copy(update={"turns": a.turns[:4]})) == 4


def test_right_in_the_end_is_the_last_grade_of_the_episodes_own_question() -> None:
    assert right_in_the_end(episode(1, False, True)) is True
    assert right_in_the_end(episode(1, True, False)) is False
    assert right_in_the_end(episode(1)) is None
    right = episode(1, True)
    further = right.turns[-1].model_copy(
        update={"index": 3, "question": question(9), "payload": Grade(score=0.0, correct=False)}
    )
    assert right_in_the_end(right.model_copy(update={"turns": (*right.turns, further)})) is True


def test_runs_are_counted_overall_and_by_lesson() -> None:
    first = [episode(1, True), episode(2, False, True), episode(3, False, ended=False)]
    second = [
        episode(1, True, lesson="more"),
        episode(2, False).model_copy(update={"ending": None}),
    ]
    paid = first[0].model_copy(update={"lost_calls": (CALL,)})
    found = compare_runs([paid, *first[1:]], second)
    a, b = found.overall.first, found.overall.second
    assert (a.totals.episodes, a.finished, a.cut_short, a.open) == (3, 2, 1, 0)
    assert (a.right_unaided, a.unaided, a.right_in_the_end, a.graded, a.revised) == (1, 2, 2, 2, 1)
    assert (a.totals.calls, a.totals.prompt_tokens, a.totals.cost) == (1, 7, 0.5)
    assert (b.finished, b.open) == (1, 1)
    assert list(found.by_lesson) == ["sums", "more"]
    assert found.by_lesson["sums"].first == a
    assert found.by_lesson["more"].first.totals.episodes == 0
    assert found.by_lesson["more"].second.right_unaided == 1


def pairs(first: Sequence[Episode], second: Sequence[Episode]) -> list[tuple[int, int, int]]:
    found = compare_runs(first, second)
    return [
        (shared.n, shared.gained, shared.lost) for shared in (found.overall.unaided, found.overall.in_the_end)
    ]


def test_shared_questions_are_paired() -> None:
    first = [episode(1, True), episode(2, False), episode(3, False, True), episode(4, True)]
    second = [episode(4, False), episode(3, True), episode(2, False, True), episode(5, True)]
    assert pairs(first, second) == [(3, 1, 1), (3, 1, 1)]
    assert pairs(first, []) == [(0, 0, 0), (0, 0, 0)]


def test_what_did_not_finish_or_was_put_twice_is_not_paired() -> None:
    ones = [episode(1, True), episode(2, True)]
    assert pairs(ones, [episode(1, True), episode(1, True), episode(2, True, ended=False)])[0] == (0, 0, 0)
    assert pairs(ones, [episode(1, True, lesson="more")])[0] == (0, 0, 0)


def test_different_graders_of_the_same_words_are_compared() -> None:
    first = [episode(1, True), episode(2, False, True), episode(3, False)]
    harsh = [
        episode(n, *answers, grader="harsh", harsh=True) for n, answers in ((1, [True]), (2, [False, True]))
    ]
    graders = compare_runs(first, harsh).overall.graders
    assert (graders.grades, graders.right_wrong, graders.wrong_wrong) == (3, 2, 1)
    assert graders.agreement == 1 / 3
    assert graders.kappa == 0.0
    assert (
        compare_runs(first, first).overall.graders.grades == 0
    )  # the same grader, whose words follow from the same
    other_words = [episode(1, False, grader="harsh", harsh=True)]
    assert compare_runs(first, other_words).overall.graders.grades == 0


def test_a_grader_that_grades_again_is_compared_with_itself() -> None:
    first = [episode(1, True)]
    again = [first[0].model_copy(update={"origin": Origin(episode="e", turn=2)})]
    assert compare_runs(first, again).overall.graders.right_right == 1

"""CITING's scripts as pure generators, and lessons that word their questions and give them rubrics."""

from collections.abc import Iterator
from itertools import islice
from typing import Any

import pytest

from schoolroom.agents.criteria import rubric_for, rubric_of
from schoolroom.agents.rubric_shelf import RubricShelf, ShelfEntry, ShelfSeat
from schoolroom.agents.seating import take_seat
from schoolroom.environments.course import Course
from schoolroom.environments.examination import sit_exam
from schoolroom.environments.lessons import Lesson
from schoolroom.environments.script import Script, find_script
from schoolroom.environments.scripts.citing import citing, citing_exam, rubrics
from schoolroom.transcripts.records import Cue, Grade, Question, Role, Tier, Turn

Q = Question.make(lesson="l", subject="s", text="1 + 1")


def walk(script: Script, *said: str) -> list[Any]:
    """What the script yields when it hears `said`: seat, ask and what was heard; a list where at once."""
    words: Iterator[str] = iter(said)
    turns: list[Turn] = []

    def answer(cue: Cue) -> Turn:
        turns.append(
            Turn(
                index=len(turns), seat=cue.seat, role=Role.STUDENT, persona="p@1", ask=cue.ask,
                text=next(words, f"words {len(turns)}"),
            )
        )  # fmt: skip
        return turns[-1]

    def brief(cue: Cue) -> tuple[str, str, tuple[int, ...]]:
        assert cue.question is Q
        return cue.seat, str(cue.ask), tuple(turn.index for turn in cue.heard)

    seen: list[Any] = []
    try:
        cued = next(script)
        while True:
            seen.append(brief(cued) if isinstance(cued, Cue) else [brief(cue) for cue in cued])
            cued = script.send(answer(cued) if isinstance(cued, Cue) else tuple(map(answer, cued)))
    except StopIteration:
        return seen


def test_the_draft_knows_no_rubric_and_the_teacher_revises_under_it() -> None:
    assert walk(citing(Q)) == [
        ("teacher", "rubric", ()),
        ("student", "attempt", ()),
        ("teacher", "demonstrate", (0, 1)),
        [("grader", "grade", (1, 0)), ("grader", "grade", (2, 0))],
    ]


def test_in_later_rounds_the_student_revises_first() -> None:
    assert walk(citing(Q, rubric_by="shelf", own_revisions=2))[2:] == [
        ("student", "revise", (0, 1)),
        ("student", "revise", (0, 2)),
        ("teacher", "demonstrate", (0, 3)),
        [("grader", "grade", (turn, 0)) for turn in (1, 2, 3, 4)],
    ]


def test_the_rubric_can_be_withheld() -> None:
    assert walk(citing(Q, rubric_by=None)) == [
        ("student", "attempt", ()),
        ("teacher", "demonstrate", (0,)),
        [("grader", "grade", (0,)), ("grader", "grade", (1,))],
    ]


def test_at_the_exam_the_student_drafts_and_revises_under_the_shelfs_rubric() -> None:
    assert walk(citing_exam(Q, max_revisions=2)) == [
        ("shelf", "rubric", ()),
        ("student", "attempt", ()),
        ("student", "revise", (0, 1)),
        ("student", "revise", (0, 2)),
        [("grader", "grade", (turn, 0)) for turn in (1, 2, 3)],
    ]


def test_a_revision_that_changes_nothing_is_the_last() -> None:
    seen = walk(citing_exam(Q, max_revisions=5), "rubric", "draft", "better", "better")
    assert [ask for _, ask, _ in seen[:-1]] == ["rubric", "attempt", "revise", "revise"]


def test_the_grader_may_read_another_rubric_than_the_student() -> None:
    assert walk(citing_exam(Q, rubric_by=None, judged_by="teacher", max_revisions=0)) == [
        ("student", "attempt", ()),
        ("teacher", "rubric", ()),
        [("grader", "grade", (0, 1))],
    ]
    seen = walk(citing_exam(Q, rubric_by="other", judged_by="teacher", draft_reads_rubric=True))
    assert seen[1] == ("student", "attempt", (0,))
    assert seen[-1] == [("grader", "grade", (1, 3)), ("grader", "grade", (2, 3))]


def test_rubrics_alone_fill_a_shelf() -> None:
    assert walk(rubrics(Q)) == [("teacher", "rubric", ())]


@pytest.mark.parametrize("name", ["citing", "citing_exam", "rubrics"])
def test_the_scripts_have_names(name: str) -> None:
    assert find_script(name).__name__ == name


def test_a_lesson_words_its_questions_and_gives_them_its_rubric() -> None:
    lesson = Lesson(
        id="oak", title="Oak", subject="multistep_arithmetic", level={"length": 2, "depth": 1},
        wording="Oak: {question}", rubric=rubric_for(["stops"]), tiers=(Tier.BASIC, Tier.HARDER),
    )  # fmt: skip
    course = Course(id="c", title="C", lessons=(lesson,))
    found = list(islice(course.questions("oak"), 10))
    bare = lesson.model_copy(update={"wording": "{question}", "rubric": None})
    plain = Course(id="c", title="C", lessons=(bare,))
    assert {question.tier for question in found} == {Tier.BASIC, Tier.HARDER}
    for question in found:
        assert question.text.startswith("Oak: (")
        assert question == question.model_copy(
            update={"id": Question.make(lesson="", subject=question.subject, text=question.text).id}
        )
        assert rubric_of(question) == rubric_for(["stops"])
        assert course.checker(question.subject).solve(question).answer == question.answer
    assert all("rubric" not in question.metadata for question in islice(plain.questions("oak"), 3))


def test_a_wording_must_hold_the_question() -> None:
    with pytest.raises(ValueError, match="wording"):
        Lesson(id="oak", title="Oak", subject="s", wording="Oak")


async def test_an_exam_seats_a_shelf_beside_student_and_grader() -> None:
    names = {"oak": ["stops"], "elm": ["tight", "check"]}
    lessons = tuple(
        Lesson(
            id=id_, title=id_, subject="multistep_arithmetic", level={"length": 2, "depth": 1},
            wording=f"{id_}: {{question}}", rubric=rubric_for(criteria),
        )
        for id_, criteria in names.items()
    )  # fmt: skip
    course = Course(id="c", title="C", lessons=lessons)
    seats = [
        take_seat(
            "exact" if role != "student" else "plain", name=role, role=Role(role), checkers=course.checker
        )
        for role in ("student", "grader", "teacher")
    ]
    entries = [ShelfEntry(question=f"{id_}: (1 + 2) =", rubric=rubric_for(names[id_])) for id_ in names]
    _, episodes = await sit_exam(
        course, seats[0], seats[1], questions=3, script="citing_exam", settings={"judged_by": "teacher"},
        others=[seats[2], ShelfSeat(RubricShelf(entries=tuple(entries)))],
    )  # fmt: skip
    assert len(episodes) == 6
    for episode in episodes:
        assert episode.ending is not None
        assert episode.ending.kind == "finished"
        assert [turn.seat for turn in episode.turns][:2] == ["shelf", "student"]
        assert episode.turns[0].payload == rubric_of(episode.question)
        grade = episode.turns[-1].payload
        assert isinstance(grade, Grade)
        assert list(grade.marks) == names[episode.question.lesson]
        assert set(grade.marks.values()) <= {0.0, 1.0}

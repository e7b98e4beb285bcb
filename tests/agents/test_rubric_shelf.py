"""The shelf of rubrics, and what scripted teachers and graders say where there is a rubric."""

from pathlib import Path

import pytest

from schoolroom.agents.criteria import rubric_for
from schoolroom.agents.persona_files import find_persona
from schoolroom.agents.rubric_shelf import RubricShelf, ShelfEntry, ShelfSeat, similarities
from schoolroom.agents.scripted_grader import ScriptedGrader
from schoolroom.agents.scripted_teacher import ScriptedTeacher
from schoolroom.agents.seating import take_seat
from schoolroom.agents.seats import Seat
from schoolroom.environments.subjects.registry import find_subject
from schoolroom.transcripts.errors import DataFileError, PersonaError, SeatError
from schoolroom.transcripts.listed_replies import parse_rubric, render_rubric
from schoolroom.transcripts.records import (
    Ask,
    Cue,
    Ending,
    Episode,
    Grade,
    Line,
    Question,
    Role,
    Rubric,
    Turn,
)
from schoolroom.transcripts.replies import parse_attempt

OAK, ELM = rubric_for(["numbered", "check"]), rubric_for(["tight", "sentence"])
SHELF = RubricShelf(
    entries=(
        ShelfEntry(question="Oak: (3 + 5) =", rubric=OAK),
        ShelfEntry(question="Elm: (2 + 9) =", rubric=ELM),
        ShelfEntry(
            question="How many pears has Ann, who had 3 and got 5 more?", rubric=rubric_for(["units"])
        ),
    )
)


def question(text: str, rubric: Rubric | None = None) -> Question:
    metadata = {"rubric": rubric.model_dump(mode="json")} if rubric else {}
    return Question.make(lesson="l", subject="multistep_arithmetic", text=text, metadata=metadata)


def turn(index: int, role: Role, ask: Ask, line: Line) -> Turn:
    return Turn(
        index=index, seat=role, role=role, persona="p@1", ask=ask, text=line.text, payload=line.payload
    )


def said(text: str) -> Line:
    return Line(text=text, payload=parse_attempt(text))


def test_a_new_question_finds_the_rubric_of_its_type_whatever_its_numbers() -> None:
    assert SHELF.nearest("Elm: (3 + 5) =") == ELM
    assert SHELF.nearest("Oak: (22 + 9) =") == OAK
    assert SHELF.nearest("How many nuts has Tom, who had 8 and ate 2?") == rubric_for(["units"])


def test_of_equally_similar_questions_the_first_counts() -> None:
    assert SHELF.nearest("zzz") == OAK
    assert similarities("a b", ["a b", "a b"]) == pytest.approx([1.0, 1.0])
    assert similarities("zz", ["a b"]) == [0.0]


def test_another_types_rubric_is_drawn_by_seed_and_never_says_the_same() -> None:
    drawn = [SHELF.other("Oak: (1 + 1) =", seed) for seed in range(20)]
    assert OAK not in drawn
    assert len(set(map(render_rubric, drawn))) == 2
    assert drawn == [SHELF.other("Oak: (1 + 1) =", seed) for seed in range(20)]


def test_a_shelf_without_what_is_asked_for_says_so() -> None:
    with pytest.raises(SeatError, match="holds no rubric; have a teacher write some"):
        RubricShelf(entries=()).nearest("Oak")
    with pytest.raises(SeatError, match="one rubric alone"):
        RubricShelf(entries=SHELF.entries[:1]).other("Oak", 0)


def test_a_shelf_is_filled_from_transcripts_and_kept_in_a_file(tmp_path: Path) -> None:
    asked = question("Oak: (3 + 5) =")
    rubric = turn(0, Role.TEACHER, Ask.RUBRIC, Line(text=render_rubric(OAK), payload=OAK))
    episode = Episode(
        id="e", run="r", script="rubrics", question=asked, seats=(), seed=0, turns=(rubric,),
        ending=Ending(kind="finished"),
    )  # fmt: skip
    shelf = RubricShelf.of([episode, episode])
    assert shelf.entries == SHELF.entries[:1]
    shelf.save(tmp_path / "shelf.json")
    assert RubricShelf.load(tmp_path / "shelf.json") == shelf


@pytest.mark.parametrize(
    ("text", "message"), [(None, "cannot be read"), ("{}", "no shelf of rubrics: at entries")]
)
def test_a_file_that_holds_no_shelf_is_refused(tmp_path: Path, text: str | None, message: str) -> None:
    path = tmp_path / "shelf.json"
    if text is not None:
        path.write_text(text)
    with pytest.raises(DataFileError, match=message):
        RubricShelf.load(path)


def test_a_shelf_is_seated_by_its_file_and_its_content_names_it(tmp_path: Path) -> None:
    path = tmp_path / "a" / "shelf.json"
    SHELF.save(path)

    def seated(spec: str) -> ShelfSeat:
        seat = take_seat(spec, name="shelf", role=Role.TEACHER, checkers=find_subject)
        assert isinstance(seat, ShelfSeat)
        return seat

    assert seated(f"shelf:{path}").shelf == SHELF
    assert seated(f"shelf:{path}").info == seated(f"nearest@shelf:{path}").info == ShelfSeat(SHELF).info
    assert seated(f"other@shelf:{path}").info.persona == "shelf-other@1"
    assert RubricShelf(entries=SHELF.entries[:1]).id != SHELF.id == RubricShelf.load(path).id
    with pytest.raises(PersonaError, match="must be 'shelf:FILE', 'nearest@shelf:FILE' or 'other@shelf:"):
        seated(f"next@shelf:{path}")
    with pytest.raises(PersonaError, match="sits in a teacher's seat, not a student's"):
        take_seat(f"shelf:{path}", name="shelf", role=Role.STUDENT, checkers=find_subject)
    with pytest.raises(DataFileError, match="cannot be written to"):
        SHELF.save(path / "below")


async def test_the_shelf_sits_in_a_seat_and_answers_one_ask() -> None:
    seat, other = ShelfSeat(SHELF), ShelfSeat(SHELF, name="other", pick="other")
    assert isinstance(seat, Seat)
    cue = Cue(seat="shelf", ask=Ask.RUBRIC, question=question("Elm: (1 + 1) ="))
    line = await seat.speak(cue)
    assert (line.payload, parse_rubric(line.text)) == (ELM, ELM)
    assert (await other.speak(cue)).payload != ELM
    assert (other.info.persona, other.name) == ("shelf-other@1", "other")
    with pytest.raises(SeatError, match="cannot answer 'attempt'; it holds rubrics alone"):
        await seat.speak(cue.model_copy(update={"ask": Ask.ATTEMPT}))


async def spoken(ask: Ask, asked: Question, *heard: Turn) -> Line:
    role, kind = (Role.GRADER, ScriptedGrader) if ask is Ask.GRADE else (Role.TEACHER, ScriptedTeacher)
    seat = kind(find_persona("exact", (), role), name=role, checkers=find_subject)
    return await seat.speak(Cue(seat=role, ask=ask, question=asked, heard=heard))


async def test_a_scripted_teacher_writes_the_lessons_rubric() -> None:
    line = await spoken(Ask.RUBRIC, question("Oak: (3 + 5) =", OAK))
    assert (line.payload, line.text) == (OAK, render_rubric(OAK))
    with pytest.raises(SeatError, match="lesson 'l' has no rubric"):
        await spoken(Ask.RUBRIC, question("Oak: (3 + 5) ="))


@pytest.mark.parametrize(
    ("draft", "revised"),
    [
        ("3+5=8\n8+1=9\nanswer: 9", "1) 3+5=8\n2) 8+1=9\nanswer: 9\ncheck: (3 + 5 + 1) = 9"),
        ("3 + 5 = 7\n7 + 1 = 8\nanswer: 8", "1) 3 + 5 = 8\n2) 8 + 1 = 9\nanswer: 9\ncheck: (3 + 5 + 1) = 9"),
        ("I do not know.", "1) 3 + 5 = 8\n2) 8 + 1 = 9\nanswer: 9\ncheck: (3 + 5 + 1) = 9"),
    ],
)
async def test_a_scripted_teacher_changes_what_rubric_and_mathematics_need(draft: str, revised: str) -> None:
    rubric = turn(0, Role.TEACHER, Ask.RUBRIC, Line(text=render_rubric(OAK), payload=OAK))
    tried = turn(1, Role.STUDENT, Ask.ATTEMPT, said(draft))
    line = await spoken(Ask.DEMONSTRATE, question("Oak: (3 + 5 + 1) ="), rubric, tried)
    assert line.text == revised
    assert line.payload == parse_attempt(revised)
    plain = await spoken(Ask.DEMONSTRATE, question("Oak: (3 + 5 + 1) ="), tried)
    assert "check" not in plain.text


async def test_a_scripted_grader_marks_by_the_rubric_that_it_hears() -> None:
    rubric = turn(0, Role.TEACHER, Ask.RUBRIC, Line(text=render_rubric(OAK), payload=OAK))
    tried = turn(1, Role.STUDENT, Ask.ATTEMPT, said("1) 3 + 5 = 7\nanswer: 7\ncheck: (3 + 5) = 7"))
    grade = (await spoken(Ask.GRADE, question("Oak: (3 + 5) ="), tried, rubric)).payload
    assert isinstance(grade, Grade)
    assert (grade.correct, grade.marks) == (False, {"numbered": 1.0, "check": 1.0})
    plain = (await spoken(Ask.GRADE, question("Oak: (3 + 5) ="), tried)).payload
    assert isinstance(plain, Grade)
    assert plain.marks == {}

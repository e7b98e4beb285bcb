"""The form ``mathdial``: human teachers tutor a language model that plays the student; to import.

After Macina et al., "MathDial: A Dialogue Tutoring Dataset with Rich Pedagogical Properties Grounded in Math
Reasoning Problems" (Findings of EMNLP 2023); its JSON lines are read as they are published. Where our records
say less or more than they do:

1. The student's wrong solution, which the conversations are about, is the first turn.
2. A teacher's words are feedback and a student's are a revision, but neither carries a verdict or an answer
   that could be read for certain: their payloads are empty, so that no recipe takes them for right or wrong.
3. What the data say of a conversation stands in the metadata of its question, and so do the teacher's moves
   (``focus``, ``probing``, ``telling``, ``generic``), by index of the turn.
4. The script is called ``conversation``. There is none of that name: people held these, and nobody can hold
   them again.
"""

import hashlib
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from ..errors import DataFileError
from ..records import Ask, Attempt, Ending, Episode, Json, Question, Role, Run, SeatInfo, Turn
from .files import json_lines
from .selection import Entry

__all__ = ["LESSON", "SCRIPT", "holds_conversations", "read_mathdial"]

LESSON = "mathdial"
SCRIPT = "conversation"

TEACHER = SeatInfo(seat="teacher", role=Role.TEACHER, persona="mathdial-teacher@1", model="human")
STUDENT = SeatInfo(seat="student", role=Role.STUDENT, persona="mathdial-student@1", model="language-model")

_NEXT = "|EOM|"
_TEXTS = ("question", "ground_truth", "student_incorrect_solution", "conversation")
_LINE = re.compile(r"\s*(?P<name>[^:|()]{1,40}):\s?(?:\((?P<move>[a-z]+)\))?(?P<words>.*)", re.DOTALL)


def holds_conversations(first: Json) -> bool:
    """Whether this is the value of the first line of such a file."""
    return isinstance(first, dict) and set(_TEXTS) <= first.keys()


def read_mathdial(path: Path) -> Iterator[tuple[int, Entry]]:
    """A run, and an episode for each line; the same file makes the same ones.

    Raises:
        DataFileError: the file cannot be read, holds no line, or one that is no such conversation.
    """
    run: Run | None = None
    for number, row in json_lines(path):
        if run is None:
            run = _run(path)
            yield number, run
        yield number, _episode(run.id, f"{path}, line {number}", row, number)
    if run is None:
        raise DataFileError(f"{path} is empty; it must hold a conversation on each line.")


def _run(path: Path) -> Run:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    seats = [info.model_dump(mode="json") for info in (TEACHER, STUDENT)]
    plan = {"import": {"format": "mathdial", "file": path.name, "sha256": digest}, "seats": seats}
    return Run(id=Run.id_of(plan, 0), kind="import", plan=plan, seed=0, ending=Ending(kind="finished"))


def _episode(run: str, where: str, row: Json, number: int) -> Episode:
    if not isinstance(row, dict):
        raise DataFileError(f"{where}: must be a JSON object with the fields {', '.join(_TEXTS)}.")
    for name in _TEXTS:
        if not isinstance(row.get(name), str) or not row[name].strip():
            raise DataFileError(f"{where}: '{name}' must be a text that is not empty.")
    said = [_line(where, place, line) for place, line in enumerate(row["conversation"].split(_NEXT), 1)]
    question = _question(row, [None, *(move for _, move, _ in said)])
    steps, answer = _solution(row["student_incorrect_solution"])
    first = _turn(0, STUDENT, row["student_incorrect_solution"].strip())
    turns = [first.model_copy(update={"payload": Attempt(steps=steps, answer=answer)})]
    turns += [_turn(index, info, words) for index, (info, _, words) in enumerate(said, 1)]
    return Episode(
        id=Episode.id_of(run, question, number),
        run=run,
        script=SCRIPT,
        question=question,
        seats=(TEACHER, STUDENT),
        seed=number,
        turns=tuple(turns),
        ending=Ending(kind="finished"),
    )


def _question(row: Mapping[str, Json], moves: list[str | None]) -> Question:
    """The question; its metadata are this conversation's own."""
    steps, answer = _solution(row["ground_truth"])
    metadata = {name: value for name, value in row.items() if name not in _TEXTS}
    return Question.make(
        lesson=LESSON,
        subject=LESSON,
        text=row["question"].strip(),
        answer=answer,
        solution=steps,
        metadata={**metadata, "moves": moves},
    )


def _solution(text: str) -> tuple[tuple[str, ...], str | None]:
    """Steps, and the answer that stands alone on the last line."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return (tuple(lines[:-1]), lines[-1]) if len(lines) > 1 else (tuple(lines), None)


def _line(where: str, place: int, line: str) -> tuple[SeatInfo, str | None, str]:
    """Who says a line, the move that a teacher marked it as, and its words."""
    found = _LINE.fullmatch(line)
    if found is None:
        raise DataFileError(
            f"{where}: 'conversation', line {place} of it: must begin with who says it, as in "
            f"'Teacher: (probing)Why?', not {line[:40]!r}."
        )
    if found["name"].strip() != "Teacher":
        return STUDENT, None, ((f"({found['move']})" if found["move"] else "") + found["words"]).strip()
    return TEACHER, found["move"], found["words"].strip()


def _turn(index: int, info: SeatInfo, words: str) -> Turn:
    """One line, which its speaker says having heard all that came before it."""
    ask = Ask.FEEDBACK if info is TEACHER else Ask.REVISE if index else Ask.ATTEMPT
    return Turn(
        index=index,
        seat=info.seat,
        role=info.role,
        persona=info.persona,
        ask=ask,
        heard=tuple(range(index)),
        text=words,
    )

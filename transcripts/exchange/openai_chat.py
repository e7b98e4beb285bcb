"""The form ``openai``: each episode as one seat lived it, a chat a line, in the messages of OpenAI's API.

What the seat said is the assistant's; the question and what it was given to hear are the user's. Words that
nobody at this seat heard (a grader's, say) are not in it. Messages of one role in a row are joined.
"""

from collections.abc import Iterator
from pathlib import Path

from ..errors import UnknownName
from ..records import Episode, Json, Run
from .files import line_of, new_file
from .selection import Selection

__all__ = ["conversation", "write_openai"]


def write_openai(selection: Selection, path: Path, *, seat: str = "student") -> int:
    """Write the conversations of `seat`; gives how many there are: it may say nothing in some episodes.

    Raises:
        UnknownName: it says nothing in any of them.
        DataFileError: the file cannot be written.
        NotStored: no such run.
    """
    written, seats = 0, {seat: False}
    with new_file(path) as file:
        for run, episode in selection.episodes():
            seats |= {turn.seat: True for turn in episode.turns}
            if any(turn.seat == seat for turn in episode.turns):
                file.write(line_of(_chat(run, episode, seat)))
                written += 1
        if not seats.pop(seat) and seats:
            raise UnknownName("seat", seat, seats)
    return written


def conversation(episode: Episode, seat: str) -> list[dict[str, Json]]:
    """What `seat` said and heard, and the questions that it was about, in order."""
    heard = {index for turn in episode.turns if turn.seat == seat for index in turn.heard}
    messages: list[dict[str, Json]] = []
    for role, words in _said(episode, seat, heard):
        if messages and messages[-1]["role"] == role:
            messages[-1]["content"] += f"\n\n{words}"
        else:
            messages.append({"role": role, "content": words})
    return messages


def _said(episode: Episode, seat: str, heard: set[int]) -> Iterator[tuple[str, str]]:
    asked = None
    for turn in episode.turns:
        if turn.seat != seat and turn.index not in heard:
            continue
        if (question := episode.question_of(turn)).id != asked:
            asked = question.id
            yield "user", question.text
        yield ("assistant" if turn.seat == seat else "user"), turn.text


def _chat(run: Run, episode: Episode, seat: str) -> dict[str, Json]:
    info = next((info for info in episode.seats if info.seat == seat), None)
    about = {
        "episode": episode.id,
        "run": run.id,
        "script": episode.script,
        "lesson": episode.question.lesson,
        "question": episode.question.id,
        "ending": "open" if episode.ending is None else episode.ending.kind,
        "seat": seat,
        "persona": "" if info is None else info.persona,
        "model": "" if info is None else info.model,
    }
    return {"messages": conversation(episode, seat), "metadata": about}

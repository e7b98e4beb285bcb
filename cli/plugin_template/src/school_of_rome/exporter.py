"""The form of transcripts `markdown`: conversations to be read by people."""

from pathlib import Path

from schoolroom.transcripts.exchange.files import new_file
from schoolroom.transcripts.exchange.selection import Selection


def write_markdown(selection: Selection, path: Path, *, level: int = 2) -> int:
    """Write the conversations that are chosen, a section each; gives their number.

    Args:
        selection: What is written.
        path: The file, which appears once all is written.
        level: Of the headings, from 1.

    Raises:
        DataFileError: the file cannot be written.
    """
    number = 0
    with new_file(path) as file:
        for _, episode in selection.episodes():
            lines = [f"{'#' * level} {episode.question.text}", ""]
            for turn in episode.turns:
                lines += [
                    f"**{turn.seat}** ({turn.persona}), {turn.ask}:",
                    "",
                    "```text",
                    turn.text,
                    "```",
                    "",
                ]
            file.write("\n".join([*lines, ""]).encode())
            number += 1
    return number

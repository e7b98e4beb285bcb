"""The recipe `last_word`: each question with the last solution of the student that is right."""

from collections.abc import Iterable, Iterator, Mapping

from schoolroom.training.recipes.base import check_weight, finished, is_right, row
from schoolroom.transcripts.prompts import PLAIN_STUDENT
from schoolroom.transcripts.records import Ask, Episode, Example, Role


def last_word(
    episodes: Iterable[Episode], *, weight: float = 1.0, instructions: Mapping[str, str] = PLAIN_STUDENT
) -> Iterator[Example]:
    """A row of kind ``attempt`` for each episode in which the student was right in the end.

    Args:
        episodes: Of any script; those that did not finish are passed over.
        weight: Of each solution in the loss.
        instructions: What the student is told.
    """
    weight, seen = check_weight("attempt", weight), set[str]()
    for episode in finished(episodes):
        solutions = [turn for turn in episode.turns if turn.role is Role.STUDENT and turn.attempt]
        if not solutions or not is_right(episode, solutions[-1]):
            continue
        example = row(
            "last_word",
            "attempt",
            episode,
            ask=Ask.ATTEMPT,
            heard=(),
            reply=solutions[-1].text,
            sources=solutions[-1:],
            weight=weight,
            instructions=instructions,
            question=episode.question_of(solutions[-1]),
        )
        if example.id not in seen:
            seen.add(example.id)
            yield example

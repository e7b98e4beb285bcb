"""What authors of recipes and of forms of training rows run to learn whether theirs keep the rules."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from ..transcripts.checks import find_fault, found_by, signature_problems
from ..transcripts.errors import ConfigError
from ..transcripts.exchange.files import line_of
from ..transcripts.records import Ending, Episode, Example
from .export import RowForm
from .recipes.base import Recipe

__all__ = ["check_recipe", "check_row_form", "recipe_problems", "row_form_problems"]


def check_recipe(recipe: Recipe, episodes: Iterable[Episode], **settings: Any) -> None:
    """See `recipe_problems`.

    Raises:
        ProtocolError: one of the rules is broken.
    """
    find_fault("the recipe", recipe_problems(recipe, episodes, **settings))


def recipe_problems(recipe: Recipe, episodes: Iterable[Episode], **settings: Any) -> list[str]:
    """All that is wrong with a recipe; empty where nothing is.

    It makes the same rows of the same episodes, reads them one after the other, passes over those that did
    not finish, and makes no row twice. Each row is learnt in part, and its sources are turns that there are.

    Args:
        recipe: The recipe.
        episodes: Finished ones, of which it makes at least one row, as
            `schoolroom.environments.fakes.sample_episodes` makes them of a script.
        settings: Of the recipe.
    """
    return found_by(_recipe(recipe, list(episodes), settings))


def _recipe(recipe: Recipe, episodes: list[Episode], settings: Mapping[str, Any]) -> Iterator[str]:
    yield from signature_problems(recipe, "episodes")
    rows = list(recipe(iter(episodes), **settings))
    if not rows:
        yield f"makes no row of {len(episodes)} episodes; give it those of a script that it is made for."
    if rows != list(recipe(iter(episodes), **settings)):
        yield "makes other rows of the same episodes; let them follow from the episodes alone."
    cut = [e.model_copy(update={"ending": Ending(kind="cut_short", reason="…")}) for e in episodes]
    if list(recipe(iter(cut), **settings)):
        yield "makes rows of episodes that were cut short; pass over all that is not 'finished'."
    by_id = {episode.id: episode for episode in episodes}
    for row in rows:
        if not isinstance(row, Example):
            yield f"gives a {type(row).__name__}, but must give Examples."
            return
        yield from (f"row {row.id} ({row.kind}) {problem}" for problem in _row(row, by_id))
    for id_, number in Counter(row.id for row in rows).items():
        if number > 1:
            yield f"makes row {id_} {number} times; none may come twice."


def _row(row: Example, episodes: Mapping[str, Episode]) -> Iterator[str]:
    rest = row.model_dump(exclude={"id", "recipe", "messages"})
    if row.id != Example.make(recipe=row.recipe, messages=row.messages, **rest).id:
        yield "has another id than follows from recipe and messages; make it with Example.make."
    learnt = [bool(message.weight) for message in row.messages]
    if not any(learnt):
        yield "is not learnt at all; give its reply a weight."
    elif all(learnt):
        yield "is learnt whole, its prompt too; leave the weight of what others say at 0."
    for source in row.sources:
        episode = episodes.get(source.episode)
        if episode is None or source.turn not in {turn.index for turn in episode.turns}:
            yield f"points at turn {source.turn} of episode '{source.episode}', which there is not."
    about = {
        (e.question_of(turn).id, e.question_of(turn).lesson) for e in episodes.values() for turn in e.turns
    }
    if (row.question, row.lesson) not in about:
        yield f"is about question '{row.question}' of lesson '{row.lesson}', which no episode is about."


def check_row_form(form: RowForm, rows: Iterable[Example]) -> None:
    """See `row_form_problems`.

    Raises:
        ProtocolError: one of the rules is broken.
    """
    find_fault("the form", row_form_problems(form, rows))


def row_form_problems(form: RowForm, rows: Iterable[Example]) -> list[str]:
    """All that is wrong with a form of training rows; empty where nothing is.

    It makes the same line of JSON of the same row, which says what is learnt, and refuses with ConfigError
    what it cannot carry. Some of `rows` it must be able to carry.
    """
    return found_by(_form(form, list(rows)))


def _form(form: RowForm, rows: Sequence[Example]) -> Iterator[str]:
    carried = 0
    for row in rows:
        try:
            line = form(row)
        except ConfigError:
            continue
        carried += 1
        if not isinstance(line, dict):
            yield f"gives a {type(line).__name__}, but must give a dict, a column each."
            return
        words = line_of(line).decode()
        if words != line_of(form(row)).decode():
            yield f"makes another line of row {row.id} the second time."
        lost = [
            m.content for m in row.messages if m.weight and line_of(m.content)[1:-2].decode() not in words
        ]
        if lost:
            yield f"loses what row {row.id} teaches: {lost[0]!r:.60}."
    if not carried:
        yield f"refuses all of {len(rows)} rows."

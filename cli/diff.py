"""The command `diff`: two episodes from where they part, or two runs by what they came to."""

from typing import TYPE_CHECKING, Annotated

import typer

from . import options as shared

if TYPE_CHECKING:
    from ..environments.comparison import Compared, Shared, Tally
    from ..transcripts.records import Episode, Json, Run
    from ..transcripts.store import Store

__all__ = ["diff"]

IdA = Annotated[str, typer.Argument(help="An episode or a run: its id, or the beginning.", metavar="A")]
IdB = Annotated[str, typer.Argument(help="Another of the same kind.", metavar="B")]


def diff(a: IdA, b: IdB, db: shared.Database = None, as_json: shared.JsonFlag = False) -> None:
    """Show two episodes side by side from where they part, or compare two runs.

    A fork and its parent, a run and the same words graded again, two exams: whatever is stored. Runs are
    compared overall and by lesson, and on the questions that they share by McNemar's exact test.
    """
    from ..transcripts.errors import ConfigError
    from ..transcripts.records import Episode, Run
    from .stored import opened, run_or_episode

    with opened(db) as store:
        match run_or_episode(store, a), run_or_episode(store, b):
            case (Episode() as first, Episode() as second):
                _episodes(first, second, as_json)
            case (Run() as first, Run() as second):
                _runs(store, first, second, as_json)
            case first, second:
                kinds = [f"{type(found).__name__.lower()} {found.id}" for found in (first, second)]
                raise ConfigError(
                    f"'{a}' is {kinds[0]}, but '{b}' is {kinds[1]}; give two episodes or two runs."
                )


def _episodes(first: "Episode", second: "Episode", as_json: bool) -> None:
    from ..environments.comparison import common_turns
    from .diff_screen import print_episodes
    from .screen import print_json

    common = common_turns(first, second)
    if as_json:
        beyond = {"a": first.turns[common:], "b": second.turns[common:]}
        print_json(
            {
                "kind": "episodes",
                "a": _episode_json(first),
                "b": _episode_json(second),
                "common_turns": common,
                "same": not any(beyond.values()),
                "beyond": {
                    side: [turn.model_dump(mode="json", exclude={"calls"}) for turn in turns]
                    for side, turns in beyond.items()
                },
            }
        )
    else:
        print_episodes(first, second, common)


def _episode_json(episode: "Episode") -> "dict[str, Json]":
    """The episode without its turns, with what it came to and cost."""
    from ..environments.comparison import right_in_the_end
    from ..environments.mastery import unaided_answer
    from ..environments.reports import Totals

    return {
        **episode.model_dump(mode="json", exclude={"turns", "lost_calls"}),
        "right_unaided": unaided_answer(episode.turns),
        "right_in_the_end": right_in_the_end(episode),
        **Totals().plus(episode).model_dump(mode="json", exclude={"episodes"}),
    }


def _runs(store: "Store", first: "Run", second: "Run", as_json: bool) -> None:
    from ..environments.comparison import compare_runs
    from .diff_screen import print_runs
    from .screen import print_json

    found = compare_runs(store.episodes(run=first.id), store.episodes(run=second.id))
    if as_json:
        print_json(
            {
                "kind": "runs",
                "a": first.model_dump(mode="json", include={"id", "kind", "seed", "started"}),
                "b": second.model_dump(mode="json", include={"id", "kind", "seed", "started"}),
                **_compared_json(found.overall),
                "by_lesson": {lesson: _compared_json(part) for lesson, part in found.by_lesson.items()},
            }
        )
    else:
        print_runs(first, second, found)


def _compared_json(compared: "Compared") -> "dict[str, Json]":
    """Both sides' numbers, and what the shared questions and grades say; nothing where none is shared."""
    graders = compared.graders
    return {
        "measures": {"a": _tally_json(compared.first), "b": _tally_json(compared.second)},
        "shared": {
            "right_unaided": _shared_json(compared.unaided),
            "right_in_the_end": _shared_json(compared.in_the_end),
        },
        "graders": {**graders.model_dump(), "agreement": graders.agreement, "kappa": graders.kappa}
        if graders.grades
        else None,
    }


def _tally_json(tally: "Tally") -> "dict[str, Json]":
    return {**tally.totals.model_dump(mode="json"), **tally.model_dump(mode="json", exclude={"totals"})}


def _shared_json(found: "Shared") -> "dict[str, Json] | None":
    from ..training.intervals import mcnemar_p

    return {**found.model_dump(), "p_value": mcnemar_p(found.gained, found.lost)} if found.n else None

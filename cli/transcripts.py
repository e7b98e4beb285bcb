"""The commands `transcripts`: what a database holds, and what was said in it."""

import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, cast

import typer

from . import options as shared
from .commands import Command, Commands
from .options import flag, option

if TYPE_CHECKING:
    from ..transcripts.records import Episode, Run
    from ..transcripts.store import Counts, Lease, Store

__all__ = ["app"]

app = typer.Typer(cls=Commands, help="Read what was said.", no_args_is_help=True)

LETTERS = 60
"""Of a question in a list."""

Ending = Literal["finished", "cut_short", "open"]


@app.command("runs", cls=Command)
def runs(db: shared.Database = None, as_json: shared.JsonFlag = False) -> None:
    """List the runs of a database: simulations, exams, and what grew from them or was imported."""
    from .screen import clean, count, out, print_json, table

    with _opened(db) as store:
        leases = store.leases()
        found = [(run, store.counts(run.id), leases.get(run.id)) for run in store.runs()]
    if as_json:
        print_json([_run_json(run, counts, lease) for run, counts, lease in found])
        return
    made = table(
        "run",
        "kind",
        "course",
        "student",
        "began",
        "held",
        "ended",
        right=("held",),
        wide=("student", "ended"),
    )
    for run, counts, lease in found:
        made.add_row(
            run.id[:8],
            run.kind,
            _course(run),
            clean(_student(run)),
            f"{run.started.astimezone():%d %b %H:%M}",
            count(counts.episodes),
            clean(_ended(run, counts, lease)),
        )
    out().print(made)


@app.command("list", cls=Command)
def list_episodes(
    run: Annotated[str | None, option("Only this run: its id, or the beginning.", metavar="RUN")] = None,
    lesson: Annotated[str | None, option("Only this lesson.", metavar="LESSON")] = None,
    ending: Annotated[
        str | None, option("Only those that ended so.", metavar="finished|cut_short|open")
    ] = None,
    wrong: Annotated[bool, flag("Only those that were not solved unaided.", "--wrong")] = False,
    limit: Annotated[int, option("How many at most.", metavar="N", default="20", min=1)] = 20,
    db: shared.Database = None,
    as_json: shared.JsonFlag = False,
) -> None:
    """List episodes, in the order in which they began."""
    from ..environments.mastery import unaided_answer
    from .screen import print_json

    with _opened(db) as store:
        found = store.episodes(run=run, lesson=lesson, ending=_ending(ending), calls=False)
        chosen = (episode for episode in found if not wrong or unaided_answer(episode.turns) is False)
        shown: list[Episode] = []
        more = False
        for episode in chosen:
            if more := len(shown) == limit:
                break
            shown.append(episode)
    if as_json:
        print_json([_episode_json(episode) for episode in shown])
    else:
        _print_list(shown, more=more, db=db)


@app.command("show", cls=Command)
def show(
    episode: Annotated[str, typer.Argument(help="Id of an episode, or its beginning.", metavar="EPISODE")],
    db: shared.Database = None,
    as_json: shared.JsonFlag = False,
) -> None:
    """Show one episode as a conversation, with the wrong step marked."""
    from .conversation import conversation
    from .screen import out, print_json

    with _opened(db) as store:
        found = store.episode(episode)
    if as_json:
        print_json(found.model_dump(mode="json"))
    else:
        out().print(conversation(found))


@app.command("rubrics", cls=Command)
def rubrics(
    file: Annotated[Path, option("The file.", "--out", metavar="FILE")],
    run: shared.Runs = None,
    db: shared.Database = None,
    as_json: shared.JsonFlag = False,
) -> None:
    """Write the rubrics of a run to a file, for a seat that finds that of the most similar question.

    The script 'rubrics' has a teacher write them; --seat shelf=shelf:FILE seats them.
    """
    from ..agents.rubric_shelf import RubricShelf
    from ..transcripts.errors import NotStored
    from .rows import chosen_runs, course_words
    from .screen import print_json, print_next, quantity

    with _opened(db) as store:
        runs = chosen_runs(store, run or ())
        shelf = RubricShelf.of(held for one in runs for held in store.episodes(run=one.id, calls=False))
    ids = [one.id for one in runs]
    if not shelf.entries:
        raise NotStored(
            f"run {', '.join(ids)} holds no rubric; 'schoolroom run --script rubrics --gate taught' has a "
            "teacher write them."
        )
    shelf.save(file)
    if as_json:
        print_json({"file": str(file), "rubrics": len(shelf.entries), "id": shelf.id, "runs": ids})
    else:
        typer.echo(f"{quantity(len(shelf.entries), 'rubric')} in {file}")
        course, seat = course_words(runs), shlex.quote(f"shelf=shelf:{file}")
        print_next([f"schoolroom run {course} --script citing --setting rubric_by=shelf --seat {seat}"])


def _opened(db: str | None) -> "Store":
    from ..transcripts.store import Store
    from .settings import default_database

    return Store.open(db or default_database(), must_exist=True)


def _ending(word: str | None) -> Ending | None:
    from ..transcripts.errors import UnknownName

    known = ("finished", "cut_short", "open")
    if word is not None and word not in known:
        raise UnknownName("ending", word, known)
    return cast("Ending | None", word)


def _print_list(shown: "list[Episode]", *, more: bool, db: str | None) -> None:
    from rich.text import Text

    from .screen import clean, note, out, print_next, table

    made = table("episode", "lesson", "question", "outcome", "turns", right=("turns",), wide=("question",))
    for episode in shown:
        words = " ".join(clean(episode.question.text).split())
        outcome, style = _outcome(episode)
        made.add_row(
            episode.id[:10],
            clean(episode.question.lesson),
            words if len(words) <= LETTERS else f"{words[:LETTERS]}…",
            Text(outcome, style=style),
            str(len(episode.turns)),
        )
    out().print(made)
    if not shown:
        note("no such episode.")
        return
    if more:
        note("there are more; --limit shows them.")
    out().print()
    where = f" --db {db}" if db else ""
    print_next([f"schoolroom transcripts show {shown[0].id[:10]}{where}"])


def _outcome(episode: "Episode") -> tuple[str, str]:
    """How the episode came out, and the style of it."""
    from ..environments.mastery import unaided_answer

    if episode.ending is None:
        return "open", "faint"
    if episode.ending.kind == "cut_short":
        return "cut short", "wrong"
    if unaided_answer(episode.turns):
        return "right at once", "right"
    grade = next((turn for turn in reversed(episode.turns) if turn.role == "grader"), None)
    if grade is None:
        return "not graded", "faint"
    return ("right in the end", "middling") if grade.says_correct else ("wrong", "wrong")


def _episode_json(episode: "Episode") -> dict[str, Any]:
    """The episode without its words."""
    from ..environments.mastery import unaided_answer

    return {
        **episode.model_dump(
            mode="json", include={"id", "run", "script", "question", "seats", "seed", "ending"}
        ),
        "turns": len(episode.turns),
        "solved_unaided": unaided_answer(episode.turns),
        "outcome": _outcome(episode)[0],
    }


def _run_json(run: "Run", counts: "Counts", lease: "Lease | None") -> dict[str, Any]:
    return {
        **run.model_dump(mode="json", include={"id", "kind", "seed", "started", "ending", "plan"}),
        **counts.model_dump(mode="json"),
        "under_way": None if lease is None else {"pid": lease.pid, "host": lease.host},
    }


def _ended(run: "Run", counts: "Counts", lease: "Lease | None") -> str:
    if lease is not None:
        return f"under way ({lease.pid} on {lease.host})"
    if counts.cut_short:
        return f"{counts.cut_short:,} cut short"
    return "open" if run.ending is None else run.ending.kind.replace("_", " ")


def _course(run: "Run") -> str:
    course = run.plan.get("course")
    return str(course.get("id")) if isinstance(course, dict) else ""


def _student(run: "Run") -> str:
    """Who sat in the seats of students."""
    return ", ".join(_students(run))


def _students(run: "Run") -> Iterator[str]:
    for seat in run.plan.get("seats", ()):
        if seat["role"] == "student":
            yield seat["persona"] if seat["model"] == "scripted" else f"{seat['persona']} {seat['model']}"

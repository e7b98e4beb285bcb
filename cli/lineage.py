"""The command `lineage`: from a training row to the words, the calls and the lesson that it came of."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from . import options as shared

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.text import Text
    from rich.tree import Tree

    from ..transcripts.records import Checkpoint, Episode, Example, Turn
    from ..transcripts.store import Store

__all__ = ["lineage"]

LETTERS = 100
"""Of what was said, on the screen."""


def lineage(
    id_: Annotated[
        str, typer.Argument(help="Id of a training row or a checkpoint, or its beginning.", metavar="ID")
    ],
    db: shared.Database = None,
    as_json: shared.JsonFlag = False,
) -> None:
    """Show where a training row came from: turn, speaker, model call, lesson.

    The id stands in the files that export writes. Of a checkpoint it shows whose words it learnt, in rows.
    """
    from ..transcripts.records import Example
    from ..transcripts.store import Store
    from .screen import out, print_json
    from .settings import default_database

    with Store.open(db or default_database(), must_exist=True) as store:
        found = _row_or_checkpoint(store, id_)
        told = _row_json(store, found) if isinstance(found, Example) else _checkpoint_json(store, found)
    if as_json:
        print_json(told)
    else:
        out().print(_row_tree(told) if isinstance(found, Example) else _checkpoint_tree(told))


def _row_or_checkpoint(store: "Store", id_: str) -> "Example | Checkpoint":
    from ..transcripts.errors import NotStored

    try:
        return store.example(id_)
    except NotStored as no_row:
        try:
            return store.checkpoint(id_)
        except NotStored:
            raise NotStored(
                f"no training row and no checkpoint '{id_}' in {store.where}: {no_row}"
                if "begins" in str(no_row)
                else f"no training row and no checkpoint '{id_}' is stored in {store.where}; 'schoolroom "
                "export' and 'schoolroom train' store the rows that they make."
            ) from None


def _row_json(store: "Store", row: "Example") -> dict[str, Any]:
    episodes = {id_: store.episode(id_) for id_ in dict.fromkeys(source.episode for source in row.sources)}
    sources = []
    for source in row.sources:
        episode = episodes[source.episode]
        turn = next(turn for turn in episode.turns if turn.index == source.turn)
        sources.append(_source_json(store, episode, turn))
    return {"row": row.model_dump(mode="json"), "sources": sources}


def _source_json(store: "Store", episode: "Episode", turn: "Turn") -> dict[str, Any]:
    question = episode.question_of(turn)
    info = next((info for info in episode.seats if info.seat == turn.seat), None)
    *_, (first, said) = _tellings(store, episode, turn)
    calls = [
        {**call.model_dump(mode="json", exclude={"messages", "params", "reply"}), "words": call.reply}
        for call in said.calls
    ]
    return {
        "run": episode.run,
        "episode": episode.id,
        "turn": turn.index,
        "seat": turn.seat,
        "persona": turn.persona,
        "model": info and info.model,
        "ask": turn.ask.value,
        "text": turn.text,
        "repeats": None if first.id == episode.id else {"episode": first.id, "run": first.run},
        "calls": calls,
        "question": question.model_dump(mode="json", include={"id", "lesson", "tier", "text", "answer"}),
    }


def _tellings(store: "Store", episode: "Episode", turn: "Turn") -> "Iterator[tuple[Episode, Turn]]":
    """The turn, and the turns that it repeats: the last one is where it was said, and paid for."""
    from ..transcripts.errors import NotStored

    while True:
        yield episode, turn
        if episode.origin is None or turn.index >= episode.origin.turn:
            return
        try:
            episode = store.episode(episode.origin.episode)
        except NotStored:  # it may be in another database
            return
        turn = next(earlier for earlier in episode.turns if earlier.index == turn.index)


def _checkpoint_json(store: "Store", checkpoint: "Checkpoint") -> dict[str, Any]:
    told = checkpoint.model_dump(mode="json", exclude={"examples"})
    learnt = [sort.model_dump(mode="json") for sort in store.learnt_from(checkpoint.id)]
    return {"checkpoint": {**told, "rows": len(checkpoint.examples)}, "learnt_from": learnt}


def _row_tree(told: dict[str, Any]) -> "Tree":
    from rich.text import Text
    from rich.tree import Tree

    from .screen import headline

    row = told["row"]
    tree = Tree(headline(row["id"], f"{row['kind']} · {row['recipe']} · {row['lesson']}", kind="row"))
    for message in row["messages"]:
        learnt = f"learnt, weight {message['weight']:g}" if message["weight"] else "not learnt"
        words = Text.assemble((f"{message['role']}, {learnt}: ", "faint"), _short(message["content"]))
        tree.add(words)
    for source in told["sources"]:
        _add_source(tree, source)
    if not told["sources"]:
        tree.add(Text("comes of no stored turn", style="faint"))
    return tree


def _add_source(tree: "Tree", source: dict[str, Any]) -> None:
    from rich.text import Text

    from .screen import clean, money, seconds

    style = source["seat"] if source["seat"] in ("teacher", "student", "grader") else "title"
    who = f"{clean(source['persona'])} · {clean(source['model'] or 'model not known')} · {source['ask']}"
    turn = tree.add(
        Text.assemble((f"turn {source['turn'] + 1}  ", "faint"), (clean(source["seat"]), style), f"  {who}")
    )
    turn.add(_short(source["text"]))
    turn.add(Text.assemble(("episode ", "faint"), source["episode"], (f"  of run {source['run']}", "faint")))
    if earlier := source["repeats"]:
        about = f"  of run {earlier['run']}, where it was said first"
        turn.add(Text.assemble(("episode ", "faint"), earlier["episode"], (about, "faint")))
    for call in source["calls"]:
        usage = call["usage"]
        tokens = f"{usage['prompt_tokens']:,} + {usage['completion_tokens']:,} tokens"
        paid = "answered from the store" if call["cached"] else money(call["cost"])
        about = f"{clean(call['model'])} · {tokens} · {seconds(call['seconds'])} · {paid}"
        turn.add(Text.assemble(("call ", "faint"), call["key"], (f"  {about}", "faint")))
    question = source["question"]
    about = f"question {question['id'][:8]}, {question['tier']}: "
    lesson = Text.assemble(("lesson ", "faint"), clean(question["lesson"]), (f"  {about}", "faint"))
    turn.add(lesson.append_text(_short(question["text"])))


def _checkpoint_tree(told: dict[str, Any]) -> Any:
    from rich.console import Group

    from .screen import NONE, clean, count, headline, quantity, table

    checkpoint = told["checkpoint"]
    about = f"{quantity(checkpoint['rows'], 'row')} of {checkpoint['recipe']} · {checkpoint['path']}"
    made = table("recipe", "kind", "lesson", "words of", "model", "rows", right=("rows",), wide=("model",))
    for sort in told["learnt_from"]:
        names = (sort["recipe"], sort["kind"], sort["lesson"], sort["persona"] or NONE, sort["model"] or NONE)
        made.add_row(*(clean(name) for name in names), count(sort["rows"]))
    return Group(headline(checkpoint["id"], clean(about), kind="checkpoint"), "", made)


def _short(text: str) -> "Text":
    """The beginning of `text`, in a line."""
    from rich.text import Text

    from .screen import clean

    words = " ".join(clean(text).split())
    return Text(words if len(words) <= LETTERS else f"{words[:LETTERS]}…")

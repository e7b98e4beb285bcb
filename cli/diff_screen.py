"""Two episodes in two columns, and two runs in tables. Decides nothing about what is compared."""

from collections.abc import Callable, Iterator, Sequence

from rich.table import Table
from rich.text import Text

from ..environments.alignment import Aligned, Piece, aligned
from ..environments.comparison import Compared, RunComparison, Shared, Tally, turns_beside
from ..environments.grading import Agreement
from ..environments.telling import ASKED, ending_words, outcome
from ..training.intervals import mcnemar_p
from ..transcripts.records import Episode, Run, Turn
from .conversation import calls_words
from .exam_report import p_words
from .screen import NONE, clean, count, headline, indented, money, note, out, quantity, share, signed, table

__all__ = ["print_episodes", "print_runs"]

CHANGED = "bold underline"

Row = tuple[Text, str, Text]
"""A line of the left, how it stands to that of the right, and that."""


def print_episodes(a: Episode, b: Episode, common: int) -> None:
    """Both, from the turn where they part."""
    console = out()
    for name, episode in (("A", a), ("B", b)):
        about = clean(f"{episode.question.lesson} · {episode.script} · run {episode.run[:8]}")
        console.print(headline(episode.id, about, kind=f"{name} episode"), soft_wrap=True)
    console.print()
    for question in dict.fromkeys(clean(episode.question.text) for episode in (a, b)):
        console.print(indented(Text(question, style="title")))
    console.print()
    same = len(a.turns) == len(b.turns) == common
    if common or same:
        words = ": the same from beginning to end" if same else " in common"
        console.print(Text(f"{quantity(common, 'turn')}{words}", style="faint"))
        console.print()
    columns = Table.grid(padding=(0, 1), expand=True)
    for ratio in (1, None, 1):
        columns.add_column(ratio=ratio, overflow="fold")
    for row in _rows(a.turns[common:], b.turns[common:]):
        columns.add_row(*row)
    for words_of in (_ending, _cost):
        columns.add_row(*_whole(words_of(a), words_of(b)))
    console.print(columns)


def _rows(a: Sequence[Turn], b: Sequence[Turn]) -> Iterator[Row]:
    """The turns of both, beside each other."""
    blank = Text()
    for one, other in turns_beside(a, b):
        yield _heading(one), "", _heading(other)
        yield from map(_row, aligned(_words(one), _words(other)))
        if (one and one.calls) or (other and other.calls):
            yield _paid(one), "", _paid(other)
        yield blank, "", blank


def _row(lines: Aligned) -> Row:
    return _marked(lines.left), lines.sign, _marked(lines.right)


def _marked(line: Sequence[Piece] | None) -> Text:
    """A line, with the words marked that the other side does not have."""
    return Text.assemble(*((piece.text, CHANGED if piece.changed else "") for piece in line or ()))


def _heading(turn: Turn | None) -> Text:
    if turn is None:
        return Text()
    asked = f"  {clean(turn.persona)} · {ASKED[turn.ask]}"
    return Text.assemble((f"{turn.index + 1} ", "faint"), (clean(turn.seat), turn.role), (asked, "faint"))


def _words(turn: Turn | None) -> list[str]:
    return clean(turn.text).splitlines() if turn else []


def _paid(turn: Turn | None) -> Text:
    return Text(calls_words(turn.calls) if turn and turn.calls else "", style="faint")


def _whole(a: str, b: str) -> Row:
    return Text(a), "" if a == b else "|", Text(b)


def _ending(episode: Episode) -> str:
    """How it ended, and how the student came out."""
    came_out = outcome(episode)
    return clean(f"{ending_words(episode)}, {came_out}" if came_out else ending_words(episode))


def _cost(episode: Episode) -> str:
    calls = [*(call for turn in episode.turns for call in turn.calls), *episode.lost_calls]
    return calls_words(calls) if calls else "no model call"


def print_runs(a: Run, b: Run, found: RunComparison) -> None:
    """Both by what they came to, overall and by lesson."""
    console = out()
    for name, run in (("A", a), ("B", b)):
        about = f"{run.kind}, seed {run.seed}, began {run.started.astimezone():%d %b %Y %H:%M}"
        console.print(headline(run.id, clean(about), kind=f"{name} run"), soft_wrap=True)
    console.print()
    overall = found.overall
    console.print(_measures(overall))
    if len(found.by_lesson) > 1:
        console.print()
        console.print(_lessons(found))
    console.print()
    if overall.graders.grades:
        console.print(Text(_agreement(overall.graders)))
    if "grading" not in (a.kind, b.kind):  # what was graded again was not answered again
        for what, shared in (("right unaided", overall.unaided), ("right in the end", overall.in_the_end)):
            if shared.n:
                console.print(Text(_mcnemar(what, shared)))
        if not overall.unaided.n and not overall.in_the_end.n:
            note("no question was answered in both runs; only runs of one course and seed share questions.")


def _measures(found: Compared) -> Table:
    made = table("measure", "A", "B", "B - A", right=("A", "B", "B - A"))
    for name, of in _COUNTS.items():
        first, second = of(found.first), of(found.second)
        if first or second or name == "episodes":
            made.add_row(
                name, count(first), count(second), f"{second - first:+,}" if second != first else NONE
            )
    for name, of_share in _SHARES.items():
        one, other = of_share(found.first), of_share(found.second)
        known = one is not None and other is not None
        made.add_row(name, share(one), share(other), signed((other or 0) - (one or 0) if known else None))
    costs = found.first.totals.cost, found.second.totals.cost
    if costs != (0.0, 0.0):
        made.add_row("cost", *(NONE if cost is None else money(cost) for cost in costs), "")
    return made


def _lessons(found: RunComparison) -> Table:
    made = table("lesson", "held", *_SHARES, right=("held", *_SHARES))
    for lesson, part in found.by_lesson.items():
        sides = part.first, part.second
        held = " → ".join(count(side.totals.episodes) for side in sides)
        shares = (" → ".join(share(of(side)) for side in sides) for of in _SHARES.values())
        made.add_row(clean(lesson), held, *shares)
    return made


def _agreement(graders: Agreement) -> str:
    kappa = (
        "cannot be said, as one verdict is all there is" if graders.kappa is None else f"{graders.kappa:.3f}"
    )
    return (
        f"two graders of the same {quantity(graders.grades, 'solution')}: {share(graders.agreement)} the "
        f"same verdict, Cohen's kappa {kappa}; {count(graders.wrong_right)} right to the second alone, "
        f"{count(graders.right_wrong)} to the first alone; mean score {share(graders.score_before)}, then "
        f"{share(graders.score_now)}"
    )


def _mcnemar(what: str, shared: Shared) -> str:
    return (
        f"{what}, on the same {quantity(shared.n, 'question')}: {count(shared.gained)} gained, "
        f"{count(shared.lost)} lost, {p_words(mcnemar_p(shared.gained, shared.lost))} (McNemar's exact test)"
    )


def _of(number: int, out_of: int) -> float | None:
    return number / out_of if out_of else None


_COUNTS: dict[str, Callable[[Tally], int]] = {
    "episodes": lambda tally: tally.totals.episodes,
    "finished": lambda tally: tally.finished,
    "cut short": lambda tally: tally.cut_short,
    "open": lambda tally: tally.open,
    "turns": lambda tally: tally.totals.turns,
    "model calls": lambda tally: tally.totals.calls,
    "tokens read": lambda tally: tally.totals.prompt_tokens,
    "tokens written": lambda tally: tally.totals.completion_tokens,
}
_SHARES: dict[str, Callable[[Tally], float | None]] = {
    "right unaided": lambda tally: _of(tally.right_unaided, tally.unaided),
    "right in the end": lambda tally: _of(tally.right_in_the_end, tally.graded),
    "revised": lambda tally: _of(tally.revised, tally.finished),
}

"""What `watch` shows of a run: a frame that follows from a view of it. Reads nothing, waits for nothing."""

from collections import Counter
from collections.abc import Iterator, Sequence

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from ..environments.failures import Failure
from ..transcripts.following import Spent
from .screen import NONE, clean, count, money, quantity, seconds, span, table
from .watching import Classroom, LessonView, View

__all__ = ["frame", "line", "mastery_bar", "state_words"]

WIDE = 100  # columns from which there is room for more
LEAST_LESSONS = 3  # that are shown however low the screen is
LEGEND = "━ sure ─ maybe │ goal"  # of the bar of a lesson
HEAD_LINES = 9  # of a frame: heading, sums, and what stands between
TABLE_LINES = 3  # of a table besides its rows: headings, a rule, an empty line
STAGES = {
    "mastered": ("✓", "right"),
    "at work": ("▸", "title"),
    "taught": ("·", ""),
    "to come": ("", "faint"),
}
OUTCOMES = {"right unaided": "right", "right in the end": "middling", "wrong in the end": "wrong"}


def frame(view: View, width: int, height: int | None = None) -> Group:
    """The whole screen.

    Args:
        view: The run.
        width: Columns that there are.
        height: Lines that there are; lessons and classrooms are left out for it. None: no limit.
    """
    failures = list(_failures(view.failures, view.cut_short))
    lessons, rooms = len(view.lessons), len(view.classrooms)
    if height is not None:
        room = height - HEAD_LINES - len(failures) - 2 * TABLE_LINES
        lessons = min(lessons, max(room - rooms, LEAST_LESSONS))
        rooms = max(min(rooms, room - lessons), 0)
    parts: list[RenderableType] = [*_heading(view), Text(), _sums(view), Text()]
    if lessons:
        parts += [_lessons(view.lessons, lessons, width), Text()]
    parts += failures
    if rooms:
        parts.append(_classrooms(view.classrooms[:rooms], width))
    return Group(*parts)


def line(view: View) -> str:
    """The run in a line, for where no screen can move."""
    parts = [f"{_of(view.ended, view.most)} episodes", quantity(view.turns, "turn")]
    if view.pace is not None:
        parts.append(f"{count(round(view.pace.episodes))} episodes a minute")
    if view.spent.calls:
        parts.append(_cost(view.spent))
    if view.cut_short:
        parts.append(f"{count(view.cut_short)} cut short")
    return f"{view.run[:8]} {state_words(view)}: {' · '.join(parts)}"


def state_words(view: View) -> str:
    """How the run stands, and whether all of it has been counted."""
    words: str = view.state
    if view.state == "under way" and view.seconds is not None:
        words = f"under way for {seconds(view.seconds)}"
    elif view.state == "killed":
        words = f"killed: process {view.holder} is gone"
    elif view.state == "stopped":
        words = "stopped: nobody works on it"
    elif view.reason:
        words = f"{words}: {view.reason}"
    return clean(words if view.is_whole else f"{words} · still counting")


def mastery_bar(lesson: LessonView, cells: int) -> Text:
    """What the student can do, from 0 to 1: ``━`` for certain, ``─`` perhaps, and ``│`` is to be passed."""
    low, high = lesson.interval or (0.0, 0.0)
    style = "right" if lesson.is_mastered else "middling"
    bar = Text()
    for cell in range(cells):
        middle = (cell + 0.5) / cells
        mark, look = ("━", style) if middle < low else ("─", style) if middle < high else (" ", "")
        if lesson.threshold is not None and cell == min(int(lesson.threshold * cells), cells - 1):
            mark, look = "│", "title"
        bar.append(mark, look)
    return bar


def _heading(view: View) -> Iterator[Text]:
    about = " · ".join(word for word in (view.course, view.kind, f"seed {view.seed}") if word)
    yield Text.assemble(("run ", "faint"), (view.run, "title"), (f"  {clean(about)}", "faint"))
    style = {"finished": "right", "under way": "title"}.get(view.state, "wrong")
    state = Text(state_words(view), style=style, no_wrap=True, overflow="ellipsis")
    if view.open:
        is_live = view.state == "under way"
        at_work = (
            quantity(view.open, "classroom") + " at work" if is_live else f"{count(view.open)} left open"
        )
        state.append(f" · {at_work}", style="faint")
    if view.state == "under way" and view.holder:
        state.append(f" · process {clean(view.holder)}", style="faint")
    yield state


def _sums(view: View) -> Table:
    """What there is so far, and what comes in a minute."""
    names = ("episodes", "turns", "calls", "tokens", "cost")
    made = table("", *names, right=names)
    spent, pace = view.spent, view.pace
    tokens = spent.prompt_tokens + spent.completion_tokens
    calls = f"{count(spent.calls)} ({count(spent.cached)} stored)" if spent.cached else count(spent.calls)
    made.add_row("so far", _of(view.ended, view.most), count(view.turns), calls, count(tokens), _cost(spent))
    if pace is not None:
        numbers = (f"{number:,.0f}" for number in (pace.episodes, pace.turns, pace.calls, pace.tokens))
        made.add_row("a minute", *numbers, NONE if spent.unpriced else money(pace.cost))
    return made


def _of(number: int, most: int | None) -> str:
    """``1,203``, or ``1,203 of 3,000`` where that is the most there can be."""
    return count(number) if most is None else f"{count(number)} of {count(most)}"


def _cost(spent: Spent) -> str:
    """In US dollars, as far as prices are known."""
    if spent.unpriced and not spent.cost:
        return "not known"
    return f"{money(spent.cost)}{' and more' if spent.unpriced else ''}"


def _lessons(lessons: Sequence[LessonView], most: int, width: int) -> Group:
    """Those at work before all others, where there is no room for all; in the course's order."""
    order = ("at work", "taught", "mastered", "to come")
    by_interest = sorted(lessons, key=lambda lesson: order.index(_stage(lesson)))
    chosen = by_interest if len(lessons) <= most else by_interest[: most - 1]
    names = {lesson.lesson for lesson in chosen}
    more = ("mastery",) if width >= WIDE else ()
    made = table("", "lesson", "held", "unaided", LEGEND, *more, right=("held", "unaided"))
    for lesson in lessons:
        if lesson.lesson in names:
            made.add_row(*_lesson_cells(lesson, width))
    left_out = Counter(_stage(lesson) for lesson in lessons if lesson.lesson not in names)
    if not left_out:
        return Group(made)
    words = ", ".join(f"{count(left_out[stage])} {stage}" for stage in order if left_out[stage])
    return Group(made, Text(f"  and {quantity(left_out.total(), 'lesson')} more: {words}", style="faint"))


def _lesson_cells(lesson: LessonView, width: int) -> Iterator[Text | str]:
    mark, style = STAGES[_stage(lesson)]
    yield Text(mark, style=style)
    yield Text(clean(lesson.lesson), style=style)
    yield _of(lesson.ended, lesson.most)
    yield _of(lesson.mastery.right, lesson.mastery.answers) if lesson.interval else NONE
    yield mastery_bar(lesson, len(LEGEND) + (12 if width >= WIDE else 0))
    if width >= WIDE:
        yield span(*lesson.interval) if lesson.interval else ""


def _stage(lesson: LessonView) -> str:
    if lesson.is_at_work:
        return "at work"
    if lesson.is_mastered:
        return "mastered"
    return "taught" if lesson.ended or lesson.open else "to come"


def _failures(failures: Sequence[Failure], cut_short: int) -> Iterator[Text]:
    """How many episodes were cut short, and why."""
    if not cut_short:
        return
    yield Text(f"{quantity(cut_short, 'episode')} cut short", style="wrong")
    for failure in failures:
        why = " ".join(f"{failure.error}: {failure.reason}".removeprefix(": ").split())
        often = "once" if failure.number == 1 else f"{count(failure.number)} times"
        said = f"  {often}: {clean(why)}"
        yield Text(said, no_wrap=True, overflow="ellipsis")
    yield Text()


def _classrooms(classrooms: Sequence[Classroom], width: int) -> Table:
    """A line each: where it is, and its last words."""
    names = ("classroom", "lesson", "turns", "who", "last words")
    made = table(*names, right=("turns",), wide=("last words",))
    for room in classrooms:
        asked = f" · {room.asked}" if room.asked and width >= WIDE else ""
        made.add_row(
            Text(room.episode[:10], style="" if room.ending is None else "faint"),
            clean(room.lesson),
            count(room.turns),
            Text.assemble((clean(room.seat or NONE), room.role or "faint"), (asked, "faint")),
            _last_words(room),
        )
    return made


def _last_words(room: Classroom) -> Text:
    """How it ended, if it did, and what was said at last; before the first word, the question."""
    words = " / ".join(clean(room.words or room.question).split("\n"))
    said = Text(no_wrap=True, overflow="ellipsis")
    if room.ending is not None:
        word = "cut short" if room.ending.kind == "cut_short" else room.outcome or "finished"
        said.append(f"{word}  ", "wrong" if word == "cut short" else OUTCOMES.get(word, "faint"))
    return said.append(words, "" if room.ending is None and room.words else "faint")

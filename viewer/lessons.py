"""The lesson graph of a run, drawn in the page and growing as the run goes on; and a page of each lesson."""

import textwrap
from collections.abc import Mapping
from itertools import pairwise
from typing import Any, Literal
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ..environments.course import Course
from ..plots.layout import Boxes, Layout, Point
from ..plots.lessons import course_of
from ..plots.mastery import mastery_curves
from ..transcripts.paging import Wanted
from ..transcripts.records import Record, Run
from .episodes import rows_of
from .runs import LessonLine, lesson_lines, run_line
from .serving import Site
from .tallies import Tallies

__all__ = ["LessonBox", "LessonGraphDrawing", "arrow_path", "drawn_lessons", "routes"]

AT_ONCE = 0.5  # seconds for which the page waits for numbers
LATER = 1.0
SHOWN = 8  # episodes on the page of a lesson
MOST_DRAWN = 3_000  # episodes of a lesson whose mastery is drawn answer by answer

PIXELS = Boxes(width=190, height=78, across=62, down=26, passage=16)
_EDGE = 4  # pixels around the graph
_LETTERS = 20  # of a title in one line of a box

State = Literal["mastered", "taught", "not_reached"]


class LessonBox(Record):
    """A lesson in the drawing."""

    id: str
    href: str
    state: State
    title: tuple[str, ...]
    """In lines; two at most."""
    note: str
    told: str
    """All of it in a sentence, for whoever cannot see the drawing."""
    mean: float | None
    """Of the posterior of the share that the student can answer; None where nothing was answered."""
    x: float
    """Of the left side, in pixels; `y` of the upper one."""
    y: float


class LessonGraphDrawing(Record):
    """A course's lessons, ready to be drawn."""

    width: float
    height: float
    boxes: tuple[LessonBox, ...]
    arrows: tuple[str, ...]
    """Paths as SVG writes them."""
    mastered: int


def routes(site: Site) -> list[Route]:
    """``/runs/RUN/lessons``, what is fetched of it as the run goes on, ``/runs/RUN/lessons/LESSON``."""
    tallies = Tallies(site.store)

    def standing(run: Run, seconds: float) -> tuple[dict[str, LessonLine], bool]:
        """How each lesson stands, and whether that can change."""
        lease = site.store.leases().get(run.id)
        tally = tallies.of([run], seconds=seconds)[run.id]
        lines = {line.id: line for line in lesson_lines(run, tally)}
        return lines, run_line(run, tally, lease).goes_on

    def values(request: Request, seconds: float) -> dict[str, Any]:
        run = site.store.run(request.path_params["run"])
        course = course_of(run)
        lines, going_on = standing(run, seconds)
        return {
            "run": run,
            "course": course,
            "graph": drawn_lessons(run, course, lines),
            "going_on": going_on,
        }

    def show_graph(request: Request) -> Response:
        return site.page("lessons.html", request, **values(request, AT_ONCE))

    def refresh_graph(request: Request) -> Response:
        found = values(request, LATER)
        return (
            site.page("lesson_graph.html", request, **found)
            if found["going_on"]
            else Response(status_code=204)
        )

    def show_lesson(request: Request) -> Response:
        run = site.store.run(request.path_params["run"])
        course = course_of(run)
        lesson = course.graph.find(request.path_params["lesson"])
        lines, _ = standing(run, AT_ONCE)
        query = f"run={quote(run.id, safe='')}&lesson={quote(lesson.id, safe='')}"
        return site.page(
            "lesson.html",
            request,
            run=run,
            course=course,
            lesson=lesson,
            line=lines[lesson.id],
            lines=lines,
            after=[one.id for one in course.graph.values() if lesson.id in one.prerequisites],
            curve=_curve(site, run, course, lines[lesson.id]),
            query=query,
            rows=rows_of(site.store.page(Wanted(run=run.id, lesson=lesson.id), limit=SHOWN).rows, query),
        )

    return [
        Route("/runs/{run}/lessons", show_graph, name="lessons"),
        Route("/runs/{run}/lessons.live", refresh_graph),
        Route("/runs/{run}/lessons/{lesson}", show_lesson, name="lesson"),
    ]


def drawn_lessons(run: Run, course: Course, lines: Mapping[str, LessonLine]) -> LessonGraphDrawing:
    """The graph of a run's course, with how each lesson stands.

    Args:
        run: Whose lessons they are.
        course: Of the run.
        lines: How they stand, by id.
    """
    layout = Layout.of(course.graph, PIXELS)
    boxes = tuple(_box(run, course, lines[id_], centre) for id_, centre in layout.centres.items())
    return LessonGraphDrawing(
        width=layout.width + 2 * _EDGE,
        height=layout.height + 2 * _EDGE,
        boxes=boxes,
        arrows=tuple(arrow_path(points) for points in layout.arrows.values()),
        mastered=sum(box.state == "mastered" for box in boxes),
    )


def _box(run: Run, course: Course, line: LessonLine, centre: Point) -> LessonBox:
    state: State = "mastered" if line.is_mastered else "taught" if line.episodes else "not_reached"
    answers, title = line.answers, course.graph[line.id].title
    note = {
        "mastered": f"✓ {answers.right:,} of {answers.answers:,} unaided",
        "taught": f"{answers.right:,} of {answers.answers:,} unaided" if answers.answers else "begun",
        "not_reached": "not reached",
    }[state]
    words = state.replace("_", " ")
    if answers.answers:
        words += (
            f", {note.removeprefix('✓ ')}, mastery {answers.mean:.2f} ({line.low:.2f} to {line.high:.2f})"
        )
    return LessonBox(
        id=line.id,
        href=f"/runs/{quote(run.id, safe='')}/lessons/{quote(line.id, safe='')}",
        state=state,
        title=tuple(textwrap.wrap(title, _LETTERS, max_lines=2, placeholder="…")),
        note=note,
        told=f"{title}: {words}",
        mean=answers.mean if answers.answers else None,
        x=centre[0] - PIXELS.width / 2 + _EDGE,
        y=centre[1] - PIXELS.height / 2 + _EDGE,
    )


def arrow_path(points: tuple[Point, ...]) -> str:
    """An arrow through `points`, level in each of them, as the ``d`` of an SVG path."""
    (x, y), *rest = [(x + _EDGE, y + _EDGE) for x, y in points]
    words = [f"M{x:g} {y:g}"]
    for (x0, y0), (x1, y1) in pairwise([(x, y), *rest]):
        middle = (x0 + x1) / 2
        words.append(f"C{middle:g} {y0:g} {middle:g} {y1:g} {x1:g} {y1:g}")
    return " ".join(words)


class Plotted(Record):
    """How a lesson was mastered, answer by answer, as SVG draws it in 600 by 160 pixels."""

    mean: str
    """Points of a line."""
    band: str
    """Points around the credible interval."""
    threshold: float
    """Height of the line, from the top."""
    answers: int


def _curve(site: Site, run: Run, course: Course, line: LessonLine) -> Plotted | None:
    """The lesson's curve; None where there is nothing to see, or too much to read at once."""
    if not 1 < line.answers.answers <= MOST_DRAWN:
        return None
    episodes = site.store.episodes(run=run.id, lesson=line.id, calls=False)
    (found,) = mastery_curves(course, episodes)
    across = 600 / (len(found.points) - 1)
    means = [(n * across, 160 * (1 - point.mean)) for n, point in enumerate(found.points)]
    highs = [(n * across, 160 * (1 - point.high)) for n, point in enumerate(found.points)]
    lows = [(n * across, 160 * (1 - point.low)) for n, point in enumerate(found.points)]
    return Plotted(
        mean=_points(means),
        band=_points([*highs, *reversed(lows)]),
        threshold=160 * (1 - found.threshold),
        answers=len(found.points),
    )


def _points(places: list[Point]) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in places)

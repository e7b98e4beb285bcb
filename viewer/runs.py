"""The pages of runs: all of them, and one with its lessons, its exams and its forks."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal, NamedTuple

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ..agents.persona import SCRIPTED
from ..environments.mastery import Mastery
from ..plots.lessons import course_of
from ..transcripts.errors import BadInput
from ..transcripts.leases import Lease
from ..transcripts.paging import Wanted
from ..transcripts.records import Record, Run
from .episodes import rows_of
from .serving import Site
from .tallies import Tallies, Tally, mastery_rules

__all__ = ["LessonLine", "RunLine", "Seated", "lesson_lines", "routes", "run_line"]

AT_ONCE = 0.2  # seconds for which a page that was asked for waits for numbers
LATER = 1.0  # seconds for which what is fetched behind it does
SHOWN = 8  # episodes on the page of a run

State = Literal["under way", "open", "finished", "cut short"]


class Seated(NamedTuple):
    """Who sits in a seat."""

    role: str
    persona: str
    model: str = ""
    """What plays the persona; empty where a script does."""

    @property
    def called(self) -> str:
        """The model, by the last part of its name: that of a folder, where it is one."""
        return self.model.partition("#")[0].removeprefix("hf:").rstrip("/").rpartition("/")[2]


class RunLine(Record):
    """A run as a list shows it."""

    run: Run
    tally: Tally
    course: str
    seats: tuple[Seated, ...]
    planned: int | None
    """How many episodes there will be at most; None where the plan does not say."""
    state: State
    about: str
    """Who works on it, or why it ended so."""
    mastered: int
    lessons: int
    """Of the course."""

    @property
    def goes_on(self) -> bool:
        """Whether its numbers may still change."""
        return not self.tally.is_complete or self.state in ("under way", "open")


class LessonLine(Record):
    """A lesson of a run."""

    id: str
    title: str
    episodes: int
    answers: Mastery
    low: float
    """Of the credible interval of the share that the student can answer, from 0 to 1."""
    high: float
    is_mastered: bool


def routes(site: Site) -> list[Route]:
    """``/runs``, ``/runs/RUN``, and what of them is fetched while a run goes on."""
    tallies = Tallies(site.store)

    def lines(runs: Sequence[Run], seconds: float) -> list[RunLine]:
        leases, found = site.store.leases(), tallies.of(runs, seconds=seconds)
        return [run_line(run, found[run.id], leases.get(run.id)) for run in runs]

    def show_runs(request: Request) -> Response:
        return site.page("runs.html", request, lines=lines(_newest(site.store.runs()), AT_ONCE))

    def refresh_runs(request: Request) -> Response:
        return site.page("runs_live.html", request, lines=lines(_newest(site.store.runs()), LATER))

    def values(request: Request, seconds: float) -> dict[str, Any]:
        run = site.store.run(request.path_params["run"])
        line = lines([run], seconds)[0]
        return {"line": line, "lessons": lesson_lines(run, line.tally)}

    def show_run(request: Request) -> Response:
        shown = values(request, AT_ONCE)
        run = shown["line"].run
        runs = {one.id: one for one in site.store.runs()}
        forks, parents = site.store.related(run.id)
        related = {
            "Exams on the same course": [
                one
                for one in runs.values()
                if one.kind == "exam" and one.id != run.id and _course(one) == _course(run)
            ],
            "What parts from it": [runs[id_] for id_ in forks if id_ in runs and id_ != run.id],
            "What it parts from": [runs[id_] for id_ in parents if id_ in runs and id_ != run.id],
        }
        return site.page(
            "run.html",
            request,
            **shown,
            related={title: lines(_newest(found), AT_ONCE) for title, found in related.items() if found},
            rows=rows_of(site.store.page(Wanted(run=run.id), limit=SHOWN).rows, f"run={run.id}"),
            settings=settings_of(run),
        )

    def refresh_run(request: Request) -> Response:
        found = values(request, LATER)
        if not found["line"].goes_on:
            return Response(status_code=204)
        return site.page("run_live.html", request, **found)

    return [
        Route("/runs", show_runs, name="runs"),
        Route("/runs/live", refresh_runs),
        Route("/runs/{run}", show_run, name="run"),
        Route("/runs/{run}/live", refresh_run),
    ]


def run_line(run: Run, tally: Tally, lease: Lease | None) -> RunLine:
    """A run as a list shows it."""
    seats = run.plan.get("seats", ())
    rules = mastery_rules(run)
    state: State = "open"
    if lease is not None:
        state, about = "under way", f"process {lease.pid} on {lease.host}"
    elif run.ending is None:
        about = "nobody is at work on it; 'schoolroom resume' goes on with it"
    else:
        state = "finished" if run.ending.kind == "finished" else "cut short"
        about = run.ending.reason or ""
    return RunLine(
        run=run,
        tally=tally,
        course=_course(run),
        seats=tuple(map(_seated, seats)),
        planned=_planned(run),
        state=state,
        about=about,
        mastered=len(tally.mastered(run)) if run.kind == "simulation" else 0,
        lessons=len(rules) if run.kind == "simulation" else 0,
    )


def lesson_lines(run: Run, tally: Tally) -> list[LessonLine]:
    """The lessons of a run, each behind those that it needs; those that came up elsewhere after them."""
    rules = mastery_rules(run)
    titles = {lesson["id"]: lesson["title"] for lesson in run.plan["course"]["lessons"]} if rules else {}
    found = []
    for id_ in dict.fromkeys((*_in_order(run), *rules, *tally.begun)):
        answers, rule = tally.lessons.get(id_, Mastery()), rules.get(id_)
        low, high = answers.interval(rule.credibility) if rule else answers.interval()
        found.append(
            LessonLine(
                id=id_,
                title=titles.get(id_, id_),
                episodes=tally.begun.get(id_, 0),
                answers=answers,
                low=low,
                high=high,
                is_mastered=rule is not None and answers.passes(rule),
            )
        )
    return found


def _in_order(run: Run) -> tuple[str, ...]:
    """The lessons of a run's course in the order of their graph; none where that cannot be read."""
    try:
        return tuple(course_of(run).graph)
    except BadInput:
        return ()


def settings_of(run: Run) -> list[tuple[str, str]]:
    """What the plan of a run sets, by dotted names; its course, seats and questions are shown elsewhere."""
    left_out = {"course", "seats", "questions", "personas"}
    plan = {name: value for name, value in run.plan.items() if name not in left_out}
    return [*_flat(plan), ("seed", str(run.seed)), *((f"version of {k}", v) for k, v in run.versions.items())]


def _flat(value: Any, name: str = "") -> Iterable[tuple[str, str]]:
    if isinstance(value, Mapping) and value:
        for key, inner in value.items():
            yield from _flat(inner, f"{name}.{key}" if name else str(key))
    elif value not in (None, {}, [], ()):
        yield name, value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _newest(runs: Iterable[Run]) -> list[Run]:
    return sorted(runs, key=lambda run: run.started, reverse=True)


def _course(run: Run) -> str:
    course = run.plan.get("course")
    return str(course.get("id", "")) if isinstance(course, Mapping) else ""


def _seated(seat: Mapping[str, str]) -> Seated:
    return Seated(seat["role"], seat["persona"], "" if seat["model"] == SCRIPTED else seat["model"])


def _planned(run: Run) -> int | None:
    limits, questions = run.plan.get("episodes"), run.plan.get("questions")
    if isinstance(limits, Mapping):
        return sum(limits.values())
    return len(questions) if isinstance(questions, Sequence) else None

"""Exams: all of them, one before and after with what became of first attempts, and learning curves."""

from collections.abc import Iterable, Sequence

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ..plots.correction import FLOWS, CorrectionFlow, Ribbon, correction_flow, ribbons
from ..plots.curves import LearningCurve, last_exam, learning_curve, same_exam
from ..plots.exams import compare_exams, student_name
from ..training.measures import Measured
from ..transcripts.errors import ConfigError, NotStored
from ..transcripts.records import Record, Run
from .runs import RunLine, run_line
from .serving import Site
from .tallies import Tallies

__all__ = ["DrawnCurve", "DrawnFlow", "DrawnPoint", "drawn_curve", "drawn_flow", "grouped", "routes"]

AT_ONCE = 0.5  # seconds for which the list waits for numbers

ACROSS, DOWN = 300, 200  # pixels of a flow, between its two bars
CURVE_ACROSS, CURVE_DOWN = 640, 220


class DrawnRibbon(Record):
    """A flow as SVG draws it."""

    flow: str
    name: str
    path: str
    first: tuple[float, float]
    """Top and height of its part of the left bar; `last` of the right one."""
    last: tuple[float, float]
    count: int
    share: Measured


class DrawnFlow(Record):
    """What became of the first attempts of one exam."""

    run: str
    student: str
    flow: CorrectionFlow
    ribbons: tuple[DrawnRibbon, ...]
    """Empty where no attempt was graded."""


class DrawnPoint(Record):
    """A point of a learning curve, in pixels."""

    x: float
    first: float
    """Height of the share right at the first attempt, from the top; so the others, of the last."""
    last: float
    low: float
    high: float


class DrawnCurve(Record):
    """A learning curve, ready to be drawn."""

    curve: LearningCurve
    points: tuple[DrawnPoint, ...]
    """One for each of the curve's."""


def routes(site: Site) -> list[Route]:
    """``/exams``, ``/exams/EXAM?before=EXAM`` and ``/runs/RUN/curves``."""
    tallies = Tallies(site.store)

    def lines(runs: Sequence[Run]) -> list[RunLine]:
        leases, found = site.store.leases(), tallies.of(runs, seconds=AT_ONCE)
        return [run_line(run, found[run.id], leases.get(run.id)) for run in runs]

    def show_exams(request: Request) -> Response:
        groups = grouped(site.store.runs())
        return site.page("exams.html", request, groups=[lines(group) for group in groups])

    def show_exam(request: Request) -> Response:
        exam = site.store.run(request.path_params["exam"])
        if exam.kind != "exam":
            raise NotStored(f"run {exam.id} is no exam ({exam.kind}).")
        others = [run for run in site.store.runs() if run.id != exam.id and same_exam(run, exam)]
        before = _before(exam, others, request.query_params.get("before"))
        exams = [run for run in (before, exam) if run is not None]
        held = [(run, list(site.store.episodes(run=run.id, calls=False))) for run in exams]
        return site.page(
            "exam.html",
            request,
            exam=exam,
            who=student_name(exam),
            before=before,
            others=[(run, student_name(run)) for run in others],
            compared=compare_exams(held),
            flows=[drawn_flow(run, correction_flow(episodes)) for run, episodes in held],
        )

    def show_curve(request: Request) -> Response:
        run = site.store.run(request.path_params["run"])
        exam = last_exam(site.store, run)
        if exam is None:
            raise NotStored(
                f"the student of run {run.id} has sat no exam, nor has anyone that was trained from it; "
                "'schoolroom exam' examines a student."
            )
        curve = learning_curve(site.store, exam)
        return site.page("curves.html", request, run=run, exam=exam, drawn=drawn_curve(curve))

    return [
        Route("/exams", show_exams, name="exams"),
        Route("/exams/{exam}", show_exam, name="exam"),
        Route("/runs/{run}/curves", show_curve, name="curves"),
    ]


def grouped(runs: Iterable[Run]) -> list[list[Run]]:
    """The exams among `runs` by what they ask, the newest first; those with the newest exam first."""
    groups: list[list[Run]] = []
    for run in sorted(runs, key=lambda run: run.started, reverse=True):
        if run.kind == "exam":
            alike = next((group for group in groups if same_exam(run, group[0])), None)
            if alike is None:
                groups.append([run])
            else:
                alike.append(run)
    return groups


def _before(exam: Run, others: Sequence[Run], wanted: str | None) -> Run | None:
    """The exam that another is held against: the one that is named, or the first of them if it is earlier.

    Raises:
        ConfigError: the one that is named does not put the same questions.
    """
    if wanted is None:
        return next((run for run in others if run.started < exam.started), None)
    if not wanted:
        return None
    found = next((run for run in others if run.id == wanted), None)
    if found is None:
        raise ConfigError(f"no exam '{wanted}' puts the questions of exam {exam.id}.")
    return found


def drawn_flow(run: Run, flow: CorrectionFlow) -> DrawnFlow:
    """What became of the first attempts of an exam, as SVG draws it."""
    drawn = [_ribbon(ribbon, flow) for ribbon in ribbons(flow)] if flow.n else []
    return DrawnFlow(run=run.id, student=student_name(run), flow=flow, ribbons=tuple(drawn))


def _ribbon(ribbon: Ribbon, flow: CorrectionFlow) -> DrawnRibbon:
    (a, b), (c, d) = ([DOWN * y for y in side] for side in (ribbon.first, ribbon.last))
    middle = ACROSS / 2
    there = f"M0 {a:.1f} C{middle:g} {a:.1f} {middle:g} {c:.1f} {ACROSS} {c:.1f}"
    back = f"L{ACROSS} {d:.1f} C{middle:g} {d:.1f} {middle:g} {b:.1f} 0 {b:.1f} Z"
    return DrawnRibbon(
        flow=ribbon.flow,
        name=FLOWS[ribbon.flow],
        path=f"{there} {back}",
        first=(a, b - a),
        last=(c, d - c),
        count=getattr(flow, ribbon.flow),
        share=flow.share(ribbon.flow),
    )


def drawn_curve(curve: LearningCurve) -> DrawnCurve:
    """A learning curve, as SVG draws it."""
    most = max((point.trained for point in curve.points), default=0) or 1

    def height(share: float) -> float:
        return CURVE_DOWN * (1 - share)

    points = [
        DrawnPoint(
            x=CURVE_ACROSS * point.trained / most,
            first=height(point.report.acc_t1.value),
            last=height(point.report.acc_t2.value),
            low=height(point.report.acc_t2.low),
            high=height(point.report.acc_t2.high),
        )
        for point in curve.points
    ]
    return DrawnCurve(curve=curve, points=tuple(points))

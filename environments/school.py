"""The school: many classrooms at once over a course, each lesson opened by what was learnt before it.

Prints nothing and asks nobody: classrooms do that (`episodes`), and observers watch.
"""

import asyncio
import time
from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Literal

from ..agents.seats import Seat
from ..transcripts.errors import ConfigError, ProtocolError
from ..transcripts.records import Ending, Episode, Json, Run
from ..transcripts.store import Store
from .budgets import Budget
from .course import Course
from .engine import Engine
from .episodes import EpisodeRunner, versions
from .lessons import Lesson
from .mastery import unaided_answer
from .observers import Observer
from .questions import first_seed
from .reports import LessonReport, LessonState, SchoolReport, Totals, cut_short_reasons

__all__ = ["Gate", "School"]

Gate = Literal["mastery", "taught"]
"""What opens a lesson: all its prerequisites are mastered, or all have ended either way."""


class School:
    """Teaches a course to a student, lesson by lesson along its graph.

    The questions of a lesson are taught in waves of a set size. After each wave the school looks at what the
    student answered unaided, and ends the lesson once it is mastered, or when its questions are used up; a
    lesson of which a whole wave is cut short is stopped, and so is one whose budget is spent. Lessons that do
    not depend on each other are taught at the same time. So nothing depends on who answers first: the same
    plan and seed hold the same episodes.

    Running the same plan again on the same store goes on where it stopped.
    """

    def __init__(
        self,
        course: Course,
        seats: Mapping[str, Seat],
        store: Store | None = None,
        *,
        script: str = "tutoring",
        settings: Mapping[str, Json] | None = None,
        seed: int = 0,
        gate: Gate = "mastery",
        episodes: int | Mapping[str, int] | None = None,
        wave: int = 32,
        concurrency: int = 64,
        observers: Sequence[Observer] = (),
        retry: bool = False,
        budget: Budget | None = None,
        engine: Engine | None = None,
        details: Mapping[str, Json] | None = None,
        asked: Mapping[str, Json] | None = None,
    ) -> None:
        """Resolve the plan; nothing is asked or written yet.

        Args:
            course: What is taught.
            seats: Who sits where, by the names that the script cues.
            store: Where everything is recorded; None records nothing.
            script: Name of the teaching method.
            settings: The script's settings.
            seed: Determines questions and all sampling.
            gate: What opens a lesson.
            episodes: How many questions are taught at most: in every lesson, or by lesson id; where not
                given, the course's own numbers.
            wave: How many questions are taught between two looks at mastery.
            concurrency: How many episodes are under way at once at most; changes no outcome.
            observers: Told of all that happens.
            retry: Continue episodes that an earlier session cut short, too.
            budget: What may be spent. Once it is, nobody is asked any more: what is under way stays so, and
                running the same plan again goes on with it.
            engine: Where classrooms are held; None: here. Changes no outcome. See `EpisodeRunner`.
            details: What else determines the words, for the plan: whole personas, say.
            asked: How the run was asked for; `Run.settings` keeps it, and nothing follows from it.

        Raises:
            ConfigError: a number out of range, an unknown gate or a setting that the script does not have.
            UnknownName: an unknown script, or episodes or a budget for an unknown lesson.
        """
        if gate not in ("mastery", "taught"):
            raise ConfigError(f"gate is '{gate}'; it must be 'mastery' or 'taught'.")
        if wave < 1:
            raise ConfigError(f"wave is {wave}; at least 1 question must be taught between two looks.")
        self._course, self._gate, self._wave = course, gate, wave
        self._limits = _limits(course, episodes)
        for id_ in budget.lessons if budget else ():
            course.graph.find(id_)
        plan: dict[str, Json] = {
            "course": course.model_dump(mode="json"),
            "script": script,
            "settings": dict(settings or {}),
            "seats": [seat.info.model_dump(mode="json") for seat in seats.values()],
            "gate": gate,
            "episodes": self._limits,
            "wave": wave,
            **(details or {}),
        }
        run = Run(
            id=Run.id_of(plan, seed), plan=plan, settings=dict(asked or {}), seed=seed, versions=versions()
        )
        self._runner = EpisodeRunner(
            run,
            seats,
            store,
            script=script,
            settings=settings or {},
            concurrency=concurrency,
            observers=observers,
            retry=retry,
            budget=budget,
            engine=engine,
        )
        self._observers = tuple(observers)
        self._totals = Totals()

    @property
    def planned(self) -> Run:
        """The run that this school will hold, with its resolved plan."""
        return self._runner.run

    async def run(self) -> SchoolReport:
        """Teach the course.

        Raises:
            RunBusy: another process works on this run.
            StoreError: the store failed; what it has confirmed is durable, and the run can be resumed.
        """
        async with self._runner.working():
            return await self._run()

    async def _run(self) -> SchoolReport:
        began = time.monotonic()
        for observer in self._observers:
            observer.run_began(self.planned, sum(self._limits.values()))
        reports = await self._teach_course()
        stopped = [report.lesson for report in reports if report.state == "stopped"]
        reasons = [f"stopped: {', '.join(stopped)}"] if stopped else []
        spent = [report.lesson for report in reports if report.state == "out_of_budget"]
        if out_of_budget := self._runner.meter.reasons(spent):
            reasons.append(out_of_budget)
        kind: Literal["cut_short", "finished"] = "cut_short" if reasons else "finished"
        run = await self._runner.end(Ending(kind=kind, reason="; ".join(reasons) or None))
        for observer in self._observers:
            observer.run_ended(run)
        return SchoolReport(
            run=run.id,
            lessons=tuple(reports),
            totals=self._totals,
            out_of_budget=out_of_budget or None,
            resumed=self._runner.resumed,
            seconds=time.monotonic() - began,
        )

    async def _teach_course(self) -> list[LessonReport]:
        """Teach the frontier of the graph, again and again, until no further lesson opens."""
        graph = self._course.graph
        reports: dict[str, LessonReport] = {}
        under_way: dict[str, asyncio.Task[LessonReport]] = {}
        try:
            while True:
                passed = {id_ for id_, report in reports.items() if self._opens_others(report)}
                for id_ in graph.frontier(passed):
                    if id_ not in reports and id_ not in under_way:
                        under_way[id_] = asyncio.create_task(self._teach(graph[id_]))
                if not under_way:
                    break
                await asyncio.wait(under_way.values(), return_when=asyncio.FIRST_COMPLETED)
                for id_ in [id_ for id_, task in under_way.items() if task.done()]:
                    reports[id_] = under_way.pop(id_).result()
        finally:
            for task in under_way.values():
                task.cancel()
            await asyncio.gather(*under_way.values(), return_exceptions=True)
        for id_ in graph:
            if id_ not in reports:
                reports[id_] = self._ended(LessonReport(lesson=id_, state="not_reached"))
        return [reports[id_] for id_ in graph]

    def _opens_others(self, report: LessonReport) -> bool:
        return report.state == "mastered" or (self._gate == "taught" and report.state == "not_mastered")

    async def _teach(self, lesson: Lesson) -> LessonReport:
        """Teach one lesson, wave after wave; a subject that fails stops it."""
        for observer in self._observers:
            observer.lesson_began(lesson)
        start = first_seed(self.planned.seed, lesson.id)
        questions = islice(self._course.questions(lesson, start=start), self._limits[lesson.id])
        report = LessonReport(lesson=lesson.id, state="not_mastered")
        try:
            while report.state == "not_mastered" and (wave := list(islice(questions, self._wave))):
                report = self._counted(lesson, report, await self._runner.hold_all(wave), len(wave))
        except ProtocolError as error:
            report = report.model_copy(update={"state": "stopped", "reason": str(error)})
        return self._ended(report)

    def _counted(
        self, lesson: Lesson, so_far: LessonReport, wave: Sequence[Episode], asked: int
    ) -> LessonReport:
        """The lesson's report after one more wave, of which `asked` episodes were to be held."""
        for episode in wave:
            self._totals = self._totals.plus(episode)
        ended = [episode for episode in wave if episode.ending is not None]
        finished = [e for e in ended if e.ending is not None and e.ending.kind == "finished"]
        answers = [unaided_answer(episode.turns) for episode in finished]
        mastery = so_far.mastery.after(answer for answer in answers if answer is not None)
        mastered = mastery.passes(lesson.mastery)
        state: LessonState = "mastered" if mastered else "not_mastered" if finished else "stopped"
        if len(ended) < asked:  # what the whole wave would show is not known
            state = "out_of_budget"
        return LessonReport(
            lesson=lesson.id,
            state=state,
            reason=self._runner.meter.reason(lesson.id) if state == "out_of_budget" else None,
            taught=so_far.taught + len(ended),
            under_way=len(wave) - len(ended),
            finished=so_far.finished + len(finished),
            cut_short=_sum(so_far.cut_short, cut_short_reasons(wave)),
            mastery=mastery,
            interval=mastery.interval(lesson.mastery.credibility),
        )

    def _ended(self, report: LessonReport) -> LessonReport:
        for observer in self._observers:
            observer.lesson_ended(report)
        return report


def _sum(some: Mapping[str, int], more: Mapping[str, int]) -> dict[str, int]:
    return {key: some.get(key, 0) + more.get(key, 0) for key in [*some, *(k for k in more if k not in some)]}


def _limits(course: Course, episodes: int | Mapping[str, int] | None) -> dict[str, int]:
    """How many questions are taught at most, by lesson."""
    given = dict.fromkeys(course.graph, episodes) if isinstance(episodes, int) else dict(episodes or {})
    for id_, number in given.items():
        course.graph.find(id_)
        if number < 1:
            raise ConfigError(f"episodes is {number} for lesson '{id_}'; at least 1 question must be taught.")
    return {id_: given.get(id_, lesson.episodes) for id_, lesson in course.graph.items()}

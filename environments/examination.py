"""Examinations: an exam's script over a course's held-out questions, recorded as a run of its own kind.

What the answers amount to is measured elsewhere; this only has them written and graded.
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import islice

from ..agents.seats import Seat
from ..transcripts.errors import ConfigError
from ..transcripts.records import Ending, Episode, Json, Question, Run
from ..transcripts.store import Store
from .budgets import Budget
from .course import Course
from .episodes import EpisodeRunner, versions
from .observers import Observer
from .questions import first_seed

__all__ = ["exam_questions", "planned_exam", "sit_exam"]


def exam_questions(course: Course, questions: int | Mapping[str, int], seed: int = 0) -> list[Question]:
    """The held-out questions of one exam, lesson by lesson in the graph's order, none twice.

    Args:
        course: What is examined.
        questions: How many at most: of every lesson, or by lesson id (0 for those that are not named). A
            lesson that holds fewer gives all that it has.
        seed: Chooses among the held-out questions; the same seed gives the same exam, whoever sits it.
    """
    if not isinstance(questions, int):
        for id_ in questions:
            course.graph.find(id_)
    chosen: dict[str, Question] = {}  # by id: what two lessons hold is asked once, in the first of them
    for id_ in course.graph:
        number = questions if isinstance(questions, int) else questions.get(id_, 0)
        if number < 0:
            raise ConfigError(f"lesson '{id_}' is to be examined with {number} questions; give 0 or more.")
        stream = course.questions(id_, part="exam", start=first_seed("exam", seed, id_))
        new = (question for question in stream if question.id not in chosen)
        chosen |= {question.id: question for question in islice(new, number)}
    if not chosen:
        raise ConfigError("the exam has no questions; ask for more of each lesson.")
    return list(chosen.values())


def planned_exam(
    course: Course,
    seats: Iterable[Seat],
    *,
    questions: int | Mapping[str, int],
    seed: int,
    script: str,
    settings: Mapping[str, Json],
    details: Mapping[str, Json] | None = None,
    asked: Mapping[str, Json] | None = None,
) -> tuple[Run, list[Question]]:
    """The run of an exam with its resolved plan, and its questions in their order; nobody is asked.

    Args:
        course: What is examined.
        seats: Who sits there, the student and the grader first; they may be described only.
        questions: As `sit_exam` takes it, and so the rest.
        seed: Chooses the questions.
        script: Name of the exam's script.
        settings: All that is set of it, ``max_revisions`` among them.
        details: What else determines the words.
        asked: How the exam was asked for.

    Raises:
        ConfigError: numbers out of range, or no questions at all.
    """
    chosen = exam_questions(course, questions, seed)
    plan: dict[str, Json] = {
        "course": course.model_dump(mode="json"),
        "script": script,
        "settings": dict(settings),
        "seats": [seat.info.model_dump(mode="json") for seat in seats],
        "questions": [question.id for question in chosen],
        **(details or {}),
    }
    run = Run(
        id=Run.id_of(plan, seed),
        kind="exam",
        plan=plan,
        settings=dict(asked or {}),
        seed=seed,
        versions=versions(),
    )
    return run, chosen


async def sit_exam(
    course: Course,
    student: Seat,
    grader: Seat,
    store: Store | None = None,
    *,
    questions: int | Mapping[str, int] = 100,
    seed: int = 0,
    max_revisions: int = 1,
    script: str = "exam",
    settings: Mapping[str, Json] | None = None,
    others: Sequence[Seat] = (),
    concurrency: int = 64,
    observers: Sequence[Observer] = (),
    retry: bool = False,
    budget: Budget | None = None,
    details: Mapping[str, Json] | None = None,
    asked: Mapping[str, Json] | None = None,
) -> tuple[Run, list[Episode]]:
    """Have a student sit an exam, alone.

    Sitting the same exam again on the same store goes on where it stopped.

    Args:
        course: What is examined.
        student: Sits in the seat ``student``; hears no word of anybody else.
        grader: Sits in the seat ``grader``; grades every attempt once all are written.
        store: Where it is recorded; None records nothing.
        questions: How many at most: of every lesson, or by lesson id; see `exam_questions`.
        seed: Chooses the questions, and determines all sampling.
        max_revisions: How often the student may revise its attempt, from 0.
        script: Name of the exam's script.
        settings: What else is set of it.
        others: Who else sits in the classroom: a shelf of rubrics, say.
        concurrency: How many episodes are under way at once at most; changes no outcome.
        observers: Told of all that happens.
        retry: Continue episodes that an earlier session cut short, too.
        budget: What may be spent. Once it is, the run is cut short: episodes under way stay so, and sitting
            the same exam again goes on with them.
        details: What else determines the words, for the plan: whole personas, say.
        asked: How the exam was asked for; `Run.settings` keeps it, and nothing follows from it.

    Returns:
        The run, and its episodes in the order of the questions: those that were begun.

    Raises:
        UnknownName: a budget for an unknown lesson.
        ConfigError: numbers out of range, or no questions at all.
        RunBusy: another process works on this exam.
        StoreError: the store failed; the exam can be resumed.
    """
    seats = {seat.name: seat for seat in (student, grader, *others)}
    settings = {"max_revisions": max_revisions, **(settings or {})}
    for id_ in budget.lessons if budget else ():
        course.graph.find(id_)
    run, chosen = planned_exam(
        course,
        seats.values(),
        questions=questions,
        seed=seed,
        script=script,
        settings=settings,
        details=details,
        asked=asked,
    )
    runner = EpisodeRunner(
        run,
        seats,
        store,
        script=script,
        settings=settings,
        concurrency=concurrency,
        observers=observers,
        retry=retry,
        budget=budget,
    )
    async with runner.working():
        for observer in observers:
            observer.run_began(run, len(chosen))
        episodes = await runner.hold_all(chosen)
        ended = [episode for episode in episodes if episode.ending is not None]
        reason = runner.meter.reasons(course.graph) if len(ended) < len(chosen) else None
        run = await runner.end(Ending(kind="cut_short" if reason else "finished", reason=reason))
    for observer in observers:
        observer.run_ended(run)
    return run, episodes

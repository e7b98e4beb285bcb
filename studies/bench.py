"""The bench that a study's task works at: classrooms, training and exams, each in a call.

Everything is recorded in one database per seed, so that a training row leads back to the turns that it came
from, whichever task held the classroom. Decides nothing: the numbers are the study's.
"""

import asyncio
import json
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar

from ..agents.persona import Generation
from ..agents.seating import take_seat
from ..agents.seats import Seat
from ..environments.course import Course
from ..environments.examination import sit_exam
from ..environments.observers import Observer
from ..environments.school import School
from ..training.measures import ExamReport, Measured, Measures, measure
from ..transcripts.errors import ConfigError, did_you_mean
from ..transcripts.records import Checkpoint, Episode, Example, Json, Record, Role, derive_seed
from ..transcripts.store import Store
from .telling import Tell, Telling

if TYPE_CHECKING:
    from ..training.student import Student

__all__ = ["NEW", "Bench", "flatten"]

NEW = "new"
"""Names the embedded student, which begins knowing nothing."""

RUNS = "runs.json"
"""In a task's folder: the ids of its runs, by name."""

P = TypeVar("P", bound=Record)


def _silent(what: str, done: int, total: int) -> None:
    """Nobody wants to know."""


@dataclass
class Bench(Generic[P]):
    """What a task is given."""

    RESULT: ClassVar[str] = "result.json"
    """What a task leaves in its folder when it has ended."""

    plan: P
    seed: int
    out: Path
    """Folder of the seed: tasks have their folders in it."""
    task: str = "task"
    """Name of the task."""
    student: str = NEW
    """Who is taught: ``new``, or ``hf:FOLDER`` of any transformers model."""
    device: str = "auto"
    """As `schoolroom.training.devices.pick_compute` takes it, and so `threads`."""
    threads: int | None = None
    deadline: float | None = None
    """When the study's time is used up, as `time.time` counts."""
    minutes: float | None = None
    """What falls to each seed of the time that the study was given; None where it was not limited."""
    database: str | None = None
    """A file or a URL; None for ``schoolroom.db`` in the folder of the seed."""
    concurrency: int = 512
    """Classrooms at once; a small model is asked in large batches."""
    wave: int | None = None
    """Questions of a lesson after which it may end because it is mastered; None: it never does."""
    retry: bool = False
    """Go on with episodes that were cut short, too."""
    details: Mapping[str, Json] = field(default_factory=dict)
    """What else determines the words of classrooms and exams, for the plans of their runs."""
    observers: tuple[Observer, ...] = ()
    """Told of all classrooms and exams."""
    tell: Tell = _silent
    _loaded: "dict[str, Student]" = field(default_factory=dict)

    @property
    def folder(self) -> Path:
        """The task's own folder."""
        return self.of(self.task)

    @property
    def minutes_left(self) -> float | None:
        """Of the study's time; None where it is not limited. A task that trains for long should heed it."""
        return None if self.deadline is None else max(0.0, (self.deadline - time.time()) / 60)

    def of(self, task: str) -> Path:
        """The folder of a task of this seed."""
        return self.out / task

    def result(self, task: str) -> dict[str, Json]:
        """What a task that this one needs gave back."""
        try:
            return dict(json.loads((self.of(task) / self.RESULT).read_text(encoding="utf-8"))["result"])
        except FileNotFoundError:
            raise ConfigError(
                f"task '{self.task}' asks for the result of '{task}', which has not ended; "
                "a task reads only what it names in its needs."
            ) from None

    def store(self) -> Store:
        """The seed's database; use it in a ``with`` statement."""
        return Store.open(self.database or self.out / "schoolroom.db")

    def episodes(self, name: str, task: str | None = None) -> list[Episode]:
        """What was said in the run that `teach` or `examine` held under `name`, here or in another task.

        Model calls are left out.
        """
        runs = self.runs(task)
        if name not in runs:
            raise ConfigError(
                f"task '{task or self.task}' holds no run '{name}'{did_you_mean(name, runs)} "
                f"known: {', '.join(runs) or 'none'}."
            )
        with self.store() as store:
            return list(store.episodes(run=runs[name], calls=False))

    def runs(self, task: str | None = None) -> dict[str, str]:
        """Ids of the runs that `teach` and `examine` held, here or in another task, by name."""
        path = (self.folder if task is None else self.of(task)) / RUNS
        return dict(json.loads(path.read_text(encoding="utf-8"))) if path.exists() else {}

    # Seats

    def seat(
        self, course: Course, spec: str, role: Role, *, name: str | None = None, **generation: Json
    ) -> Seat:
        """Seat a persona; `spec` as for `schoolroom.agents.seating.take_seat`.

        Args:
            course: Whose subjects check what is said.
            spec: ``exact``, ``PERSONA@hf:FOLDER``, …
            role: What the seat is for.
            name: By which scripts cue it; None for its role's.
            generation: Fields of `Generation`: ``temperature``, ``max_new_tokens``.
        """
        return take_seat(
            spec,
            name=name or role.value,
            role=role,
            checkers=course.checker,
            generators=self._load,
            generation=Generation(**generation) if generation else None,
        )

    def student_seat(
        self,
        course: Course,
        folder: Path,
        *,
        temperature: float = 1.0,
        max_new_tokens: int = 200,
        name: str = "student",
    ) -> Seat:
        """Seat the student whose checkpoint is in `folder`."""
        return self.seat(
            course,
            f"hf:{folder}",
            Role.STUDENT,
            name=name,
            temperature=temperature,
            max_new_tokens=max_new_tokens,
        )

    # Classrooms

    def teach(
        self,
        name: str,
        course: Course,
        script: str,
        seats: Iterable[Seat],
        questions: int | Mapping[str, int] | None,
        /,
        **settings: Json,
    ) -> list[Episode]:
        """Hold a school: every lesson in turn, however well the student does.

        Args:
            name: Of the run, unique in the task; its questions follow from this and the seed.
            course: What is taught.
            script: The teaching method.
            seats: Who sits where.
            questions: How many are taught: in every lesson (None: as it says), or by lesson, others left out.
            settings: Of the script.
        """
        taught = course.only(questions) if isinstance(questions, Mapping) else course
        with self.store() as store:
            school = School(
                taught,
                {seat.name: seat for seat in seats},
                store,
                script=script,
                settings=settings,
                seed=derive_seed(self.seed, name),
                gate="taught",
                episodes=questions,
                wave=self.wave or _most(taught, questions),  # so that no lesson ends early
                concurrency=self.concurrency,
                observers=[Telling(name, self.tell), *self.observers],
                retry=self.retry,
                details={"task": self.task, **self.details},
            )
            report = asyncio.run(school.run())
            self._remember(name, report.run)
            return list(store.episodes(run=report.run, calls=False))

    def demonstrate(
        self, name: str, course: Course, questions: int | Mapping[str, int], teacher: str = "exact"
    ) -> list[Episode]:
        """Have a teacher write solutions, graded."""
        seats = (self.seat(course, teacher, Role.TEACHER), self.seat(course, "exact", Role.GRADER))
        return self.teach(name, course, "demonstration", seats, questions)

    def examine(
        self,
        folder: Path,
        course: Course,
        questions: int | Mapping[str, int],
        *,
        name: str = "exam",
        max_revisions: int = 1,
        max_new_tokens: int = 200,
        seed: int | None = None,
        script: str = "exam",
        others: Sequence[Seat] = (),
        **settings: Json,
    ) -> ExamReport:
        """Have the student in `folder` sit the exam on held-out questions, alone and greedily.

        Args:
            folder: Of its checkpoint.
            course: What is examined.
            questions: How many: of every lesson, or by lesson.
            name: Of the run, unique in the task.
            max_revisions: How often it may revise its attempt.
            max_new_tokens: A reply's length at most.
            seed: Chooses the questions; None for the study's seed, so that all arms sit the same exam.
            script: Name of the exam's script.
            others: Who else sits in the classroom.
            settings: Further settings of the script.
        """
        student = self.student_seat(course, folder, temperature=0.0, max_new_tokens=max_new_tokens)
        with self.store() as store:
            run, episodes = asyncio.run(
                sit_exam(
                    course,
                    student,
                    self.seat(course, "exact", Role.GRADER),
                    store,
                    questions=questions,
                    seed=self.seed if seed is None else seed,
                    max_revisions=max_revisions,
                    script=script,
                    settings=settings,
                    others=others,
                    concurrency=self.concurrency,
                    observers=[Telling(name, self.tell), *self.observers],
                    details={"task": self.task, **self.details},
                )
            )
        self._remember(name, run.id)
        return measure(episodes)

    # Training

    def new_student(self, **sizes: Any) -> "Student":
        """The student as the study begins: new, with these sizes, or the model that the user named."""
        from ..training.student import Student, new_student

        if self.student == NEW:
            return new_student(seed=self.seed, device=self.device, threads=self.threads, **sizes)
        return Student.load(self.student, device=self.device, threads=self.threads)

    def train(
        self,
        name: str,
        start: "Path | Student",
        rows: Iterable[Example],
        *,
        steps: int,
        on_step: Callable[[int, float], None] | None = None,
        **settings: Any,
    ) -> Checkpoint:
        """Train a student and save it in the task's folder, under `name`.

        Where the very checkpoint is there already, from a session that was interrupted, it is taken as it is.

        Args:
            name: Of the checkpoint's folder, unique in the task.
            start: Where the student is that it goes on from, or a student, which is changed.
            rows: What it is trained on.
            steps: Optimizer steps.
            on_step: Told of each step, from 1, and its loss.
            settings: Further keywords of `schoolroom.training.trainer.train`, as JSON holds them (`lora` as
                a mapping); `seed` is the study's where none is given.
        """
        from ..training.checkpoints import LINEAGE, checkpoint_id, read_checkpoint, save_checkpoint
        from ..training.identity import model_name
        from ..training.student import Student
        from ..training.trainer import Lora, Progress, train

        folder, rows = self.folder / name, list(rows)
        if not rows:
            raise ConfigError(f"there is nothing to train '{name}' on; teach it more questions.")
        settings = {"seed": self.seed, **settings, "steps": steps}
        recipe = "+".join(sorted({row.recipe for row in rows}))
        if isinstance(start, Student):
            parent = None if start.name == NEW else start.name
        else:
            parent = read_checkpoint(start).id if (start / LINEAGE).is_file() else model_name(start)
        planned = checkpoint_id(parent, recipe, [r.id for r in rows], settings, steps, settings["seed"])
        if (folder / LINEAGE).exists() and (found := read_checkpoint(folder)).id == planned:
            return self._keep(rows, found)

        def stepped(progress: Progress) -> None:
            self.tell(f"training {name}", progress.step, progress.steps)
            if on_step is not None:
                on_step(progress.step, progress.loss)

        student = start if isinstance(start, Student) else self._load(f"hf:{start}").copy()
        lora = settings.get("lora")
        keywords: dict[str, Any] = settings | {"lora": None if lora is None else Lora(**lora)}
        report = train(student, rows, on_step=stepped, **keywords)
        checkpoint = save_checkpoint(
            student, folder, parent=parent, recipe=recipe, examples=rows, report=report, settings=settings
        )
        return self._keep(rows, checkpoint)

    def trained_tokens(self, start: Path, rows: Iterable[Example]) -> tuple[int, int]:
        """How many rows the student in `start` would be trained on, and on how many tokens in one pass."""
        from ..training.encoding import NO_LABEL, encode_all
        from ..training.folding import fold

        student = self._load(f"hf:{start}")
        folded = fold(encode_all(rows, student.chat, context=student.context)[0])
        return len(folded), sum(int((row.labels != NO_LABEL).sum()) for row in folded)

    def _keep(self, rows: Sequence[Example], checkpoint: Checkpoint) -> Checkpoint:
        with self.store() as store:
            store.add_examples(rows)
            store.add_checkpoint(checkpoint)
        return checkpoint

    def _load(self, name: str) -> "Student":
        """The model of this name; seats that are taken one after the other share it."""
        from ..training.identity import model_name, model_path
        from ..training.student import Student

        name = model_name(model_path(name))
        if name not in self._loaded:
            self._loaded.clear()
            self._loaded[name] = Student.load(name, device=self.device, threads=self.threads)
        return self._loaded[name]

    def _remember(self, name: str, run: str) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / RUNS).write_text(json.dumps(self.runs() | {name: run}, indent=1), encoding="utf-8")


def _most(course: Course, questions: int | Mapping[str, int] | None) -> int:
    """How many questions the longest lesson has."""
    if isinstance(questions, int):
        return questions
    return max(lesson.episodes if questions is None else questions[lesson.id] for lesson in course.lessons)


def flatten(report: ExamReport) -> dict[str, float]:
    """An exam's measures by name; those of a lesson or tier as in ``acc_t1[lesson=two-digit]``.

    Measures over nothing (no attempt was faulty, say) are left out. ``n`` is the number of questions.
    """
    parts: list[tuple[str, Measures]] = [("", report)]
    parts += [(f"[lesson={lesson}]", measures) for lesson, measures in report.by_lesson.items()]
    parts += [(f"[tier={tier}]", measures) for tier, measures in report.by_tier.items()]
    flat: dict[str, float] = {}
    for suffix, measures in parts:
        flat[f"n{suffix}"] = measures.n
        for name in Measures.model_fields:
            found = getattr(measures, name)
            if isinstance(found, Measured) and found.n:
                flat[f"{name}{suffix}"] = found.value
    return flat

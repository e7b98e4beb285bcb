"""Courses: lessons with their graph, read from TOML files, and every mistake in them named in a sentence.

A course file has a title, lessons and, where it needs something of the user, parameters::

    title = "Word problems"

    [parameters.file]
    description = "a JSONL file of questions"
    kind = "file"

    [[lessons]]
    id = "all"
    title = "All of them"
    subject = "jsonl:${file}"
"""

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

from pydantic import Field

from ..transcripts.errors import BadInput, CourseError, UnknownName, did_you_mean
from ..transcripts.records import Json, Question, Record
from .course_files import CourseFile, Parameter, fill, parse_form, parse_toml, placeholders
from .lessons import Lesson, LessonGraph, graph_problems
from .questions import Part, draw, tier_problem
from .subjects.base import Subject

__all__ = ["Course", "check_course", "course_names", "find_course", "load_course"]

BUILTIN = Path(__file__).parent / "courses"


class Course(Record):
    """Lessons that belong together, with the values that their parameters were given."""

    id: str
    """The file's name without its ending."""
    title: str
    description: str = ""
    lessons: tuple[Lesson, ...]
    parameters: Mapping[str, Parameter] = Field(default_factory=dict)
    """What the course asks of whoever runs it."""
    values: Mapping[str, Json] = Field(default_factory=dict)
    """What it was given, defaults included; None for an optional parameter that was not."""
    folder: Path = Field(default=Path(), exclude=True)
    """Where relative files are looked for; no part of what a run's plan records."""
    allowed: tuple[Path, ...] | None = Field(default=None, exclude=True)
    """Files outside the folder that its subjects may read: of a course file, those that the user named. None:
    all, as for a course that a program makes."""

    @cached_property
    def graph(self) -> LessonGraph:
        """The lessons with their prerequisites."""
        return LessonGraph(self.lessons)

    def subject(self, lesson: Lesson, part: Part = "train") -> Subject:
        """The subject that makes and checks the questions of `lesson`, or of its exam.

        Raises:
            BadInput: there is no such subject, or its file cannot be used.
        """
        return self.checker(lesson.exam_subject if part == "exam" and lesson.exam_subject else lesson.subject)

    def checker(self, subject: str) -> Subject:
        """The subject of this name, as questions carry it; scripted seats look up their checkers here.

        Raises:
            BadInput: there is no such subject, or its file cannot be used.
        """
        from .subjects.registry import find_subject

        return find_subject(subject, folder=self.folder, allowed=self.allowed)

    def only(self, lessons: Iterable[str]) -> "Course":
        """The course with some of its lessons; what a lesson needs by way of others it then needs directly.

        Raises:
            UnknownName: no lesson has this id.
        """
        wanted = {self.graph.find(id_).id for id_ in lessons}
        kept = tuple(
            lesson.model_copy(
                update={"prerequisites": tuple(sorted(self.graph.ancestors(lesson.id) & wanted))}
            )
            for lesson in self.lessons
            if lesson.id in wanted
        )
        # Made anew, since a copy would carry the graph of all lessons with it.
        fields: dict[str, Any] = {name: getattr(self, name) for name in type(self).model_fields}
        return Course(**{**fields, "lessons": kept})

    def questions(self, lesson: Lesson | str, *, part: Part = "train", start: int = 0) -> Iterator[Question]:
        """Questions to be taught, or those held out for exams; see `questions.draw`."""
        found = self.graph.find(lesson) if isinstance(lesson, str) else lesson
        return draw(found, self.subject(found, part), part, start)


def course_names() -> list[str]:
    """The courses that ship with schoolroom."""
    return sorted(path.stem for path in BUILTIN.glob("*.toml"))


def load_course(
    path_or_name: str | Path,
    parameters: Mapping[str, Json] | None = None,
    *,
    outline: bool = False,
    allow_outside: bool = False,
) -> Course:
    """The course of this name, or in this file.

    Args:
        path_or_name: A built-in course's name, or the path of a TOML file.
        parameters: Values of the course's parameters; paths of files count from the working directory.
        outline: Read titles and graph alone: parameters may be missing, and no subject is asked.
        allow_outside: Let the course read files outside its folder that are not in `parameters`, too.

    Raises:
        UnknownName: neither a file nor a built-in course.
        CourseError: anything wrong with the file, or a parameter that is missing.
    """
    course, problems = _read(find_course(path_or_name), parameters or {}, allow_outside)
    if course and not outline and not problems:
        problems = _missing_parameters(course) or _subject_problems(course)
    if course is None or problems:
        more = f" (and {len(problems) - 1} more: schoolroom courses check)" if len(problems) > 1 else ""
        raise CourseError(f"course '{path_or_name}': {problems[0]}{more}")
    return course


def check_course(
    path_or_name: str | Path, parameters: Mapping[str, Json] | None = None, *, allow_outside: bool = False
) -> list[str]:
    """Everything that is wrong with a course, a sentence each; empty where nothing is. See `load_course`.

    Lessons whose parameters are not given are checked but for their questions.
    """
    path = find_course(path_or_name)
    if isinstance(unreadable := parse_toml(path), str):
        return [f"course '{path}': {unreadable}"]
    course, problems = _read(path, parameters or {}, allow_outside)
    return problems + (_subject_problems(course) if course else [])


def find_course(path_or_name: str | Path) -> Path:
    """The file of a course.

    Raises:
        UnknownName: neither a file nor a built-in course.
    """
    if str(path_or_name) in course_names():
        return BUILTIN / f"{path_or_name}.toml"
    path = Path(path_or_name)
    if path.suffix == ".toml" or path.is_file():
        return path
    raise UnknownName("course", str(path_or_name), course_names())


def _read(path: Path, given: Mapping[str, Json], allow_outside: bool) -> tuple[Course | None, list[str]]:
    """The course, or None where its file has not its form; and what is wrong, its subjects aside."""
    raw = parse_toml(path)
    form = raw if isinstance(raw, str) else parse_form(raw)
    if isinstance(form, str | list):
        return None, [form] if isinstance(form, str) else form
    values = _values(form, given)
    course = Course(
        id=path.stem,
        title=form.title,
        description=form.description,
        lessons=tuple(_filled(lesson, values) for lesson in form.lessons),
        parameters=form.parameters,
        values=values,
        folder=path.parent,
        allowed=None if allow_outside else _named_files(form, given),
    )
    return course, _parameter_problems(course, given) + graph_problems(course.lessons)


def _values(form: CourseFile, given: Mapping[str, Json]) -> dict[str, Json]:
    """The parameters' values, without required ones that nobody gave."""
    values: dict[str, Json] = {}
    for name, parameter in form.parameters.items():
        if name in given and parameter.kind == "file":
            values[name] = str(_named_file(given[name]))
        elif name in given or not parameter.required or parameter.default is not None:
            values[name] = given.get(name, parameter.default)
    return values


def _named_files(form: CourseFile, given: Mapping[str, Json]) -> tuple[Path, ...]:
    """The files that the user named."""
    files = (name for name, parameter in form.parameters.items() if parameter.kind == "file")
    return tuple(_named_file(given[name]) for name in files if name in given)


def _named_file(path: Json) -> Path:
    return Path(str(path)).expanduser().absolute()


def _filled(lesson: Lesson, values: Mapping[str, Json]) -> Lesson:
    return lesson.model_copy(
        update={
            "subject": fill(lesson.subject, values) or lesson.subject,
            "level": fill(lesson.level, values),
            "exam_subject": fill(lesson.exam_subject, values),
            "exam_level": fill(lesson.exam_level, values) or None,
        }
    )


def _open_placeholders(lesson: Lesson) -> set[str]:
    return placeholders((lesson.subject, lesson.level, lesson.exam_subject, lesson.exam_level))


def _parameter_problems(course: Course, given: Mapping[str, Json]) -> list[str]:
    """Parameters that are given or named but not declared."""
    known = sorted(course.parameters)
    tail = f"known: {', '.join(known)}." if known else "this course has none."
    return [
        f"unknown parameter '{name}'{did_you_mean(name, known)} {tail}" for name in given if name not in known
    ] + [
        f"lesson '{lesson.id}' names '${{{name}}}', which is no parameter{did_you_mean(name, known)} {tail}"
        for lesson in course.lessons
        for name in sorted(_open_placeholders(lesson).difference(known))
    ]


def _missing_parameters(course: Course) -> list[str]:
    missing = sorted(set().union(*map(_open_placeholders, course.lessons)))
    return [
        f"the parameter '{name}' is missing ({course.parameters[name].description}); "
        f"give it with: --param {name}={'PATH' if course.parameters[name].kind == 'file' else 'VALUE'}"
        for name in missing
    ]


def _subject_problems(course: Course) -> list[str]:
    """What the subjects refuse: names, levels and tiers. Lessons with open placeholders are left out."""
    problems = []
    for lesson in course.lessons:
        if _open_placeholders(lesson):
            continue
        try:
            subject = course.subject(lesson)
            subject.level(lesson.level)
            examiner = course.subject(lesson, part="exam")
            examiner.level(lesson.level if lesson.exam_level is None else lesson.exam_level)
        except BadInput as error:
            problems.append(f"lesson '{lesson.id}': {error}")
        else:
            problems += [f"lesson '{lesson.id}': {p}" for p in [tier_problem(subject, lesson.tiers)] if p]
    return problems

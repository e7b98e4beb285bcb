"""Lessons and the graph of their prerequisites. Holds no questions: those come from a lesson's subject."""

from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet

import networkx as nx
from pydantic import Field

from ..transcripts.errors import CourseError, UnknownName, did_you_mean
from ..transcripts.records import Json, Record, Rubric, Tier
from .mastery import MasteryRule

__all__ = ["Lesson", "LessonGraph", "graph_problems"]


class Lesson(Record):
    """What is taught: a subject at one level, until it is mastered."""

    id: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]*$")
    title: str = Field(min_length=1)
    subject: str = Field(min_length=1)
    """Name of the subject that makes and checks its questions."""
    level: Mapping[str, Json] = Field(default_factory=dict)
    """Settings of the subject."""
    exam_subject: str | None = Field(default=None, min_length=1)
    """Name of the subject that makes the held-out questions, where they have one of their own (a file)."""
    exam_level: Mapping[str, Json] | None = None
    """Settings of the held-out questions, where they differ. With neither, a tenth is held out."""
    tiers: tuple[Tier, ...] = Field(default=(Tier.BASIC,), min_length=1)
    """Which variants of each sampled question are taught, in this order."""
    prerequisites: tuple[str, ...] = ()
    """Ids of the lessons that come before it."""
    mastery: MasteryRule = MasteryRule()
    episodes: int = Field(default=100, ge=1)
    """How many questions are taught at most."""
    wording: str = Field(default="{question}", pattern=r"\{question\}")
    """How its questions are put, as in ``Sheet K: {question}``; its subject must be able to read them so."""
    rubric: Rubric | None = None
    """The criteria of a good answer, which its questions carry as ``rubric`` in their metadata."""

    @property
    def has_own_exam(self) -> bool:
        """Whether its held-out questions come from elsewhere than a tenth of those that it could teach."""
        return self.exam_subject is not None or self.exam_level is not None


class LessonGraph(Mapping[str, Lesson]):
    """The lessons of a course by id, in an order in which each comes after its prerequisites.

    Iteration is lexicographic-topological: of the lessons that may come next, the one whose id sorts first.

    Raises:
        CourseError: two lessons with one id, a prerequisite that is no lesson, or a circle (with its path).
    """

    def __init__(self, lessons: Iterable[Lesson]) -> None:
        lessons = tuple(lessons)
        if problems := graph_problems(lessons):
            raise CourseError(problems[0])
        self._graph = _digraph(lessons)
        by_id = {lesson.id: lesson for lesson in lessons}
        self._lessons = {id_: by_id[id_] for id_ in nx.lexicographical_topological_sort(self._graph)}

    def __getitem__(self, id_: str) -> Lesson:
        return self._lessons[id_]

    def __iter__(self) -> Iterator[str]:
        return iter(self._lessons)

    def __len__(self) -> int:
        return len(self._lessons)

    def find(self, id_: str) -> Lesson:
        """The lesson of this id.

        Raises:
            UnknownName: there is none; the message names the nearest.
        """
        if id_ not in self._lessons:
            raise UnknownName("lesson", id_, self._lessons)
        return self._lessons[id_]

    def frontier(self, mastered: AbstractSet[str]) -> tuple[str, ...]:
        """What may be taught next, in order: lessons not in `mastered` whose prerequisites all are."""
        return tuple(
            id_
            for id_, lesson in self._lessons.items()
            if id_ not in mastered and mastered >= set(lesson.prerequisites)
        )

    def ancestors(self, id_: str) -> frozenset[str]:
        """All lessons that must come before `id_`, however far."""
        return frozenset(nx.ancestors(self._graph, self.find(id_).id))

    def descendants(self, id_: str) -> frozenset[str]:
        """All lessons that `id_` must come before, however far."""
        return frozenset(nx.descendants(self._graph, self.find(id_).id))

    def layers(self) -> tuple[tuple[str, ...], ...]:
        """Lessons by their distance from the start: a layer needs none but the layers before it."""
        return tuple(tuple(sorted(layer)) for layer in nx.topological_generations(self._graph))


def graph_problems(lessons: Iterable[Lesson]) -> list[str]:
    """Everything that keeps `lessons` from being a graph, a sentence each; empty where nothing does."""
    lessons = tuple(lessons)
    if not lessons:
        return ["a course needs at least one lesson."]
    ids = [lesson.id for lesson in lessons]
    problems = [
        f"lesson id '{id_}' is given {ids.count(id_)} times."
        for id_ in dict.fromkeys(ids)
        if ids.count(id_) > 1
    ]
    missing = [
        f"lesson '{lesson.id}' needs '{id_}', which is no lesson of this course{did_you_mean(id_, ids)} "
        f"the lessons are: {', '.join(sorted(set(ids)))}."
        for lesson in lessons
        for id_ in lesson.prerequisites
        if id_ not in ids
    ]
    unique = (lesson for lesson in lessons if ids.count(lesson.id) == 1)  # two of one id might seem a circle
    return problems + missing + _circles(_digraph(unique))


def _digraph(lessons: Iterable[Lesson]) -> "nx.DiGraph[str]":
    graph: nx.DiGraph[str] = nx.DiGraph()
    for lesson in lessons:
        graph.add_node(lesson.id)
        graph.add_edges_from((before, lesson.id) for before in lesson.prerequisites)
    return graph


def _circles(graph: "nx.DiGraph[str]") -> list[str]:
    """A sentence for each knot of lessons that need one another, with the path of one circle in it."""
    problems = []
    for knot in nx.strongly_connected_components(graph):
        inside = graph.subgraph(knot)
        start = min(knot)
        if len(knot) > 1 or inside.has_edge(start, start):
            circle = [edge[0] for edge in nx.find_cycle(inside, start)]
            problems.append(f"lessons need each other in a circle: {' -> '.join([*circle, circle[0]])}.")
    return sorted(problems)

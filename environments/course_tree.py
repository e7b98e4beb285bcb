"""A course's graph as text for a terminal. Computes no mastery."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from .course import Course

if TYPE_CHECKING:
    from rich.tree import Tree

__all__ = ["course_tree"]


def course_tree(course: Course, mastery: Mapping[str, float] | None = None) -> "Tree":
    """The graph as a tree for `rich`: each lesson under its latest prerequisite, the others named beside it.

    Args:
        course: What is shown.
        mastery: By lesson id, the share from 0 to 1 that the student can answer.
    """
    from rich.text import Text
    from rich.tree import Tree

    column = {id_: n for n, layer in enumerate(course.graph.layers()) for id_ in layer}
    tree = Tree(Text(course.title, style="bold"), guide_style="dim")
    branches: dict[str, Tree] = {}
    for id_, lesson in course.graph.items():
        label = Text.assemble((id_, "bold cyan"), "  ", lesson.title, "  ", (lesson.subject, "dim"))
        before = sorted(lesson.prerequisites, key=lambda p: (column[p], p))
        if others := before[:-1]:
            label.append(f"  also needs {', '.join(others)}", style="dim italic")
        if mastery is not None and id_ in mastery:
            share = mastery[id_]
            label.append(f"  {share:.0%}", style="green" if share >= lesson.mastery.threshold else "yellow")
        branches[id_] = (branches[before[-1]] if before else tree).add(label)
    return tree

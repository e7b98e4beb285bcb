"""Where lessons and arrows stand in a picture of their graph; draws nothing.

A layered drawing (Sugiyama, Tagawa & Toda 1981, "Methods for visual understanding of hierarchical system
structures"): lessons stand in columns, each behind all of its prerequisites; an arrow that passes a column
gets a place of its own in it, so that it crosses no box.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

from ..environments.lessons import LessonGraph

__all__ = ["PRINTED", "Boxes", "Layout", "Point"]

Point = tuple[float, float]

_SWEEPS = 8  # over all columns, forwards and backwards, to untangle arrows

_Place = tuple[str, ...]
"""A lesson ``(id,)``, or where the arrow from one to another passes a column: ``(from, to, column)``."""


@dataclass(frozen=True)
class Boxes:
    """How large boxes are and how far apart, in any unit."""

    width: float
    height: float
    across: float
    """Between columns."""
    down: float
    """Between the boxes of a column."""
    passage: float
    """Height of the place that an arrow gets where it passes a column."""


PRINTED = Boxes(width=1.32, height=0.62, across=0.34, down=0.2, passage=0.12)
"""In inches: a course of five columns is legible across a page."""


@dataclass(frozen=True)
class Layout:
    """Where everything stands; x grows to the right and y downwards, from 0."""

    boxes: Boxes
    centres: Mapping[str, Point]
    """Of the boxes, by lesson id."""
    arrows: Mapping[tuple[str, str], tuple[Point, ...]]
    """From each prerequisite to what needs it: the points that the arrow passes, level in each of them."""
    width: float
    height: float

    @classmethod
    def of(cls, graph: LessonGraph, boxes: Boxes = PRINTED) -> "Layout":
        """The layout of `graph`; the same graph gives the same one."""
        layers = graph.layers()
        column = {id_: n for n, layer in enumerate(layers) for id_ in layer}
        ways = {
            (before, id_): _way(before, id_, column)
            for id_, lesson in graph.items()
            for before in dict.fromkeys(lesson.prerequisites)
        }
        columns: list[list[_Place]] = [[(id_,) for id_ in layer] for layer in layers]
        for way in ways.values():
            for place in way[1:-1]:
                columns[int(place[2])].append(place)
        _untangle(columns, [link for way in ways.values() for link in pairwise(way)])
        centres, height = _centres(columns, boxes)
        return cls(
            boxes=boxes,
            centres={id_: centres[(id_,)] for id_ in graph},
            arrows={ends: _points([centres[place] for place in way], boxes) for ends, way in ways.items()},
            width=len(columns) * (boxes.width + boxes.across) - boxes.across,
            height=height,
        )


def _way(before: str, after: str, column: Mapping[str, int]) -> list[_Place]:
    """Where the arrow from one lesson to another passes, a place in each column."""
    between = range(column[before] + 1, column[after])
    return [(before,), *((before, after, str(n)) for n in between), (after,)]


def _untangle(columns: list[list[_Place]], links: list[tuple[_Place, _Place]]) -> None:
    """Order each column by the mean position of what its places are linked to (the barycentre heuristic)."""
    for sweep in range(_SWEEPS):
        forwards = sweep % 2 == 0
        order = range(1, len(columns)) if forwards else range(len(columns) - 2, -1, -1)
        for n in order:
            beside = columns[n - 1 if forwards else n + 1]
            height = {place: row / len(beside) for row, place in enumerate(beside)}
            mean = {}
            for row, place in enumerate(columns[n]):
                linked = [
                    height[a if forwards else b]
                    for a, b in links
                    if (b if forwards else a) == place and (a if forwards else b) in height
                ]
                mean[place] = sum(linked) / len(linked) if linked else row / len(columns[n])
            columns[n].sort(key=mean.__getitem__)


def _centres(columns: list[list[_Place]], boxes: Boxes) -> tuple[dict[_Place, Point], float]:
    """The middle of each place, its column centred; and the height of the highest column."""

    def tall(place: _Place) -> float:
        return boxes.height if len(place) == 1 else boxes.passage

    heights = [sum(tall(place) + boxes.down for place in places) - boxes.down for places in columns]
    centres: dict[_Place, Point] = {}
    for n, places in enumerate(columns):
        top = (max(heights) - heights[n]) / 2
        for place in places:
            centres[place] = (n * (boxes.width + boxes.across) + boxes.width / 2, top + tall(place) / 2)
            top += tall(place) + boxes.down
    return centres, max(heights)


def _points(centres: list[Point], boxes: Boxes) -> tuple[Point, ...]:
    """From the right side of the first box to the left side of the last, through the passages between."""
    half = boxes.width / 2
    (x0, y0), *between, (x1, y1) = centres
    passages = [point for x, y in between for point in ((x - half, y), (x + half, y))]
    return ((x0 + half, y0), *passages, (x1 - half, y1))

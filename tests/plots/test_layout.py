"""Where lessons stand: no box lies on another, every arrow points forwards, and none runs through a box."""

import itertools

from hypothesis import given, settings
from hypothesis import strategies as st

from schoolroom.environments.lessons import Lesson, LessonGraph
from schoolroom.plots.layout import PRINTED, Layout


@st.composite
def graphs(draw: st.DrawFn) -> LessonGraph:
    size = draw(st.integers(1, 14))
    names = [f"l{n}" for n in range(size)]
    return LessonGraph(
        Lesson(
            id=name,
            title=name,
            subject="s",
            prerequisites=tuple(
                draw(st.lists(st.sampled_from(names[:i]), unique=True, max_size=3)) if i else ()
            ),
        )
        for i, name in enumerate(names)
    )


@given(graphs())
@settings(max_examples=60)
def test_boxes_do_not_overlap_and_arrows_pass_between_them(graph: LessonGraph) -> None:
    layout = Layout.of(graph)
    assert set(layout.centres) == set(graph)
    for (ax, ay), (bx, by) in itertools.combinations(layout.centres.values(), 2):
        assert abs(ax - bx) > PRINTED.width or abs(ay - by) > PRINTED.height
    for x, y in layout.centres.values():
        assert PRINTED.width / 2 <= x <= layout.width - PRINTED.width / 2 + 1e-9
        assert PRINTED.height / 2 - 1e-9 <= y <= layout.height - PRINTED.height / 2 + 1e-9
    assert set(layout.arrows) == {(b, id_) for id_, lesson in graph.items() for b in lesson.prerequisites}
    for (before, after), points in layout.arrows.items():
        xs = [x for x, _ in points]
        assert xs == sorted(xs)
        assert (points[0][1], points[-1][1]) == (layout.centres[before][1], layout.centres[after][1])
        for (x, y), (bx, by) in itertools.product(points[1:-1], layout.centres.values()):
            assert abs(x - bx) > PRINTED.width / 2 + 1e-9 or abs(y - by) > PRINTED.height / 2

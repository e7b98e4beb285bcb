"""Pictures: the same each time, in every form; what cannot be drawn is refused in a sentence."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from schoolroom.environments.course import load_course
from schoolroom.plots.correction import CorrectionFlow, correction_flow, plot_correction
from schoolroom.plots.curves import LearningCurve, learning_curve, plot_curves
from schoolroom.plots.errors import ErrorDials, error_dials, plot_errors
from schoolroom.plots.exams import compare_exams, plot_exams
from schoolroom.plots.figures import FORMATS
from schoolroom.plots.lessons import lesson_standings, plot_lessons
from schoolroom.plots.mastery import mastery_curves, plot_mastery
from schoolroom.transcripts.errors import ConfigError

from .conftest import Held

Draw = Callable[[Path], Path]


def drawings(held: Held) -> dict[str, Draw]:
    course, taught = held.course, held.episodes(held.school)
    exams = [(run, held.episodes(run)) for run in (held.before, held.after)]
    standings, curves = lesson_standings(course, taught), mastery_curves(course, taught)
    compared, dials = compare_exams(exams), error_dials(course, taught)
    flow, learnt = correction_flow(exams[1][1]), [learning_curve(held.store, run) for run, _ in exams]
    return {
        "course": lambda file: plot_lessons(course, file),
        "lessons": lambda file: plot_lessons(course, file, standings),
        "mastery": lambda file: plot_mastery(curves, file, "Mastery"),
        "exam": lambda file: plot_exams(compared, file, "Exam"),
        "correction": lambda file: plot_correction(flow, file, "Self-correction"),
        "errors": lambda file: plot_errors(dials, file, "Errors"),
        "curves": lambda file: plot_curves(learnt, file, "Curves"),
    }


PLOTS = ("course", "lessons", "mastery", "exam", "correction", "errors", "curves")


@pytest.mark.parametrize("plot", PLOTS)
def test_the_same_data_give_the_same_file(plot: str, held: Held, tmp_path: Path) -> None:
    draw = drawings(held)[plot]
    first, again = draw(tmp_path / "a.svg"), draw(tmp_path / "b.svg")
    assert first.read_bytes() == again.read_bytes()
    assert "<title>" in first.read_text() or "<dc:title>" in first.read_text()
    assert not re.search(r"<text\b", first.read_text()), "letters are outlines, so no font can be missing"


@pytest.mark.parametrize(("kind", "begins"), [("png", b"\x89PNG"), ("pdf", b"%PDF"), ("svg", b"<?xm")])
def test_the_ending_of_the_name_says_which_kind_of_file(
    kind: str, begins: bytes, held: Held, tmp_path: Path
) -> None:
    assert kind in FORMATS
    file = drawings(held)["lessons"](tmp_path / f"a.{kind}")
    assert file.read_bytes().startswith(begins)
    assert kind != "pdf" or b"/FontFile2" in file.read_bytes(), "the fonts are in the file"


def test_another_ending_or_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    course = load_course("addition", outline=True)
    with pytest.raises(ConfigError, match=r"'graph\.gif' names no kind of picture; .*\.svg, \.pdf, \.png"):
        plot_lessons(course, tmp_path / "graph.gif")
    with pytest.raises(ConfigError, match=r"cannot be written to .*No such file or directory"):
        plot_lessons(course, tmp_path / "nowhere" / "graph.png")


def test_what_holds_nothing_is_refused_in_a_sentence(held: Held, tmp_path: Path) -> None:
    file = tmp_path / "a.svg"
    with pytest.raises(ConfigError, match="no question was answered"):
        plot_mastery([], file, "")
    with pytest.raises(ConfigError, match="no flow to draw"):
        plot_correction(CorrectionFlow(unknown=3), file, "")
    with pytest.raises(ConfigError, match="nobody graded"):
        plot_errors(ErrorDials(dials=(), unchecked=0), file, "")
    with pytest.raises(ConfigError, match="nothing to draw"):
        plot_exams(compare_exams([(held.before, [])]), file, "")
    with pytest.raises(ConfigError, match="nothing to draw"):
        plot_curves([LearningCurve(name="a", points=())], file, "")
    assert not file.exists()

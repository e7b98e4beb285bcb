"""A study's report: ``report.json``, from which its tables can be recomputed, and ``report.md`` to be read.

``report.json`` holds ``study``, ``title``, ``paper``, ``scale``, ``command``, ``versions``, ``student``,
``seeds``, ``plan``, ``seconds`` and ``cpu_seconds`` (of all tasks), ``failed`` and ``missing`` tasks, and

- ``arms``: by name ``{"about", "steps": {SEED: N}, "tokens": {SEED: N}, "measures": {MEASURE: {SEED: X}}}``;
- ``orderings``: a list of `Verdict`s, each with ``word``. `recompute` makes them of ``arms`` again.
"""

import json
import platform
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import fmean

from ..environments.episodes import versions
from ..transcripts.records import Json, Record
from .orderings import Ordering, Verdict, judge, mean_interval
from .results import Results
from .study import Scale

__all__ = ["Heading", "p_text", "recompute", "report_json", "write_report"]

NONE = "\N{EN DASH}"
"""Stands in a table where there is nothing to say."""


class Heading(Record):
    """What a report says of how the study was run."""

    scale: Scale
    command: str
    student: str


def write_report(results: Results, heading: Heading, out: Path) -> tuple[Path, Path]:
    """Write ``report.json``, ``report.md`` and the plots into `out`.

    Returns:
        The two files.
    """
    from .plots import draw_all

    out.mkdir(parents=True, exist_ok=True)
    report = report_json(results, heading)
    as_json, as_markdown = out / "report.json", out / "report.md"
    text = json.dumps(report, indent=1, ensure_ascii=False, allow_nan=False)
    as_json.write_text(text + "\n", encoding="utf-8")
    pictures = draw_all(results, out / "plots") if results.arms else []
    as_markdown.write_text(
        _markdown(results, report, [p.relative_to(out) for p in pictures]), encoding="utf-8"
    )
    return as_json, as_markdown


def report_json(results: Results, heading: Heading) -> dict[str, Json]:
    """The whole report as JSON holds it."""
    study = results.study
    return {
        "study": study.name,
        "title": study.title,
        "paper": study.paper,
        "scale": heading.scale,
        "command": heading.command,
        "versions": {"python": platform.python_version(), **versions()},
        "student": heading.student,
        "seeds": list(results.seeds),
        "plan": results.plan.model_dump(mode="json"),
        "seconds": round(results.seconds, 1),
        "cpu_seconds": round(results.cpu_seconds, 1),
        "failed": [[seed, task, why] for (seed, task), why in results.failed.items()],
        "missing": [[seed, task] for seed, task in results.missing],
        "arms": {
            name: {
                "about": study.arms.get(name, ""),
                "steps": {str(seed): result.steps for seed, result in by_seed.items()},
                "tokens": {str(seed): result.tokens for seed, result in by_seed.items()},
                "measures": {
                    measure: {str(seed): value for seed, value in values.items()}
                    for measure, values in results.measured.get(name, {}).items()
                },
            }
            for name, by_seed in results.arms.items()
        },
        "orderings": [
            verdict.model_dump(mode="json") | {"word": verdict.word} for verdict in results.verdicts
        ],
    }


def recompute(report: Mapping[str, Json]) -> list[Verdict]:
    """The orderings of a ``report.json``, put to the test again on the values in its ``arms``."""
    measured = {
        name: {
            measure: {int(seed): value for seed, value in values.items()}
            for measure, values in arm["measures"].items()
        }
        for name, arm in report["arms"].items()
    }
    fields = Ordering.model_fields
    return [
        judge(Ordering(**{name: kept[name] for name in fields}), measured) for kept in report["orderings"]
    ]


def _markdown(results: Results, report: Mapping[str, Json], pictures: Sequence[Path]) -> str:
    study = results.study
    parts = [
        f"# {study.title}",
        study.paper,
        " ".join(study.question.split()),
        "## Orderings",
        _orderings_table(results.verdicts),
        "Paired by seed: `effect` is the mean difference, its 95% interval is Student's t over seeds. An "
        "ordering with > holds where p < .05 (two-sided paired t-test); one with ≥ where the interval stays "
        "above minus the margin; one of equality where the interval stays within it.",
        "## Arms",
        "\n".join(f"- **{name}**: {study.arms.get(name, '')}" for name in results.arms),
        _arms_table(results),
        "Means over seeds with 95% intervals. Steps and tokens are counted from where the arms part; tokens "
        "are those that carried loss.",
        *(f"![{_caption(picture)}]({picture.as_posix()})" for picture in pictures),
        "## Setting",
        _setting(report),
        _gaps(results),
    ]
    if study.notes is not None and study.notes.is_file():
        parts += ["## Notes", study.notes.read_text(encoding="utf-8").strip()]
    return "\n\n".join(part for part in parts if part) + "\n"


def _orderings_table(verdicts: Sequence[Verdict]) -> str:
    rows = [
        (
            verdict.name,
            f"**{verdict.word}**" if verdict.held else verdict.word,
            NONE if verdict.effect is None else f"{verdict.effect:+.3f}",
            NONE if verdict.interval is None else f"{verdict.interval[0]:+.3f} to {verdict.interval[1]:+.3f}",
            NONE if verdict.p_value is None else p_text(verdict.p_value),
            str(len(verdict.seeds)),
            _measure_text(verdict),
            verdict.source,
        )
        for verdict in verdicts
    ]
    return _table(("ordering", "held", "effect", "95% interval", "p", "seeds", "measure", "source"), rows)


def _measure_text(verdict: Verdict) -> str:
    named = f"`{verdict.measure}`" + (f" against `{verdict.than}`" if verdict.than else "")
    return named if verdict.kind == "greater" else f"{named}, margin {verdict.margin:g}"


def p_text(p_value: float) -> str:
    """``0.031``, or ``< 0.001``."""
    return "< 0.001" if p_value < 0.001 else f"{p_value:.3f}"


def _arms_table(results: Results) -> str:
    measures = results.study.measures
    rows = []
    for name, by_seed in results.arms.items():
        cells = [
            name,
            f"{fmean(result.steps for result in by_seed.values()):,.0f}",
            f"{fmean(result.tokens for result in by_seed.values()):,.0f}",
        ]
        for measure in measures:
            values = list(results.measured.get(name, {}).get(measure, {}).values())
            cells.append(NONE if not values else "{:.3f} ({:.3f} to {:.3f})".format(*mean_interval(values)))
        rows.append(cells)
    return _table(("arm", "steps", "tokens", *measures), rows)


def _setting(report: Mapping[str, Json]) -> str:
    rows = [
        ("command", f"`{report['command']}`"),
        ("scale", report["scale"]),
        ("student", f"`{report['student']}`"),
        ("seeds", ", ".join(map(str, report["seeds"]))),
        ("versions", ", ".join(f"{name} {version}" for name, version in report["versions"].items())),
        ("time", f"{report['seconds'] / 60:.1f} minutes, {report['cpu_seconds'] / 60:.1f} of a processor"),
        *((name, f"`{json.dumps(value, ensure_ascii=False)}`") for name, value in report["plan"].items()),
    ]
    return _table(("setting", "value"), rows)


def _gaps(results: Results) -> str:
    """What a reader must know is not there."""
    lines = [f"- seed {seed}, {task}: failed: {why}" for (seed, task), why in results.failed.items()]
    lines += [f"- seed {seed}, {task}: not run" for seed, task in results.missing]
    return "\n".join(["This report is not complete:", "", *lines]) if lines else ""


def _caption(picture: Path) -> str:
    return picture.stem.replace("-", " ").replace("_", " ")


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    def line(cells: Sequence[str]) -> str:
        return "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |"

    return "\n".join([line(head), "|" + "---|" * len(head), *map(line, rows)])

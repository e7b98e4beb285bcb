"""The study of CITING: do rubrics and revision teach more than plain training on the same answers?

What is done at each seed stands in `citing_tasks`.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from ..transcripts.records import Json
from .citing_tasks import CitingPlan, base, control, examined_again, round_of
from .orderings import Ordering
from .study import Study, Task

if TYPE_CHECKING:
    from .results import Results

__all__ = ["STUDY"]

PAPER, REVIEWERS, OURS = "arXiv 2310.02527", "reviewers of arXiv 2310.02527", "our control"

CONTROLS: Mapping[str, Mapping[str, Json]] = {
    "sft": {"rows": None, "rehearses": False, "rubric_by": None},
    "revised-answers": {
        "rows": {"rubric": "withheld", "reads": "question"},
        "rehearses": False,
        "rubric_by": None,
        "revisions": 0,
    },
    "rubric-only": {"rows": {"reads": "question"}, "revisions": 0, "draft_reads_rubric": True},
    "withheld": {"rows": {"rubric": "withheld"}, "rubric_by": None},
    "others-rubric": {"rows": {"rubric": "other"}},
    "citing-once": {"rows": {}, "rounds": 1},
}
"""Arms that are trained at once, with the settings of `control`."""

AGAIN: Mapping[str, str | None] = {"exam-none": None, "exam-other": "other"}
"""Arms that examine the last student of CITING again, with the seat that gives the rubric."""


def tasks(plan: CitingPlan) -> list[Task]:
    """The base, a task for each round, the controls, and the exams with wrong rubrics."""
    rounds = [f"citing-{k}" for k in range(1, plan.rounds + 1)]
    found = [Task("base", base, cost=3)]
    for number, name in enumerate(rounds, start=1):
        found.append(Task(name, round_of, {"number": number}, ("base", *rounds[: number - 1]), cost=3))
    for name, settings in CONTROLS.items():
        learnt_from = int(settings.get("rounds", plan.rounds))
        given = {**settings, "name": name, "rounds": learnt_from}
        found.append(Task(name, control, given, ("base", *rounds[:learnt_from]), cost=6))
    for name, seat in AGAIN.items():
        found.append(Task(name, examined_again, {"name": name, "rubric_by": seat}, ("base", rounds[-1])))
    return found


def orderings(plan: CitingPlan) -> list[Ordering]:
    """The paper's claims, and those that its reviewers asked for."""
    last, first = f"citing-{plan.rounds}", "citing-1"
    marks, held_out = "criteria_t2", "criteria_t2[types=held_out]"
    claims = [
        ("rubric and revision > SFT", last, "sft", marks, PAPER),
        ("rubric and revision > SFT on the revised answers", last, "revised-answers", marks, REVIEWERS),
        ("the same on types held out", last, "revised-answers", held_out, REVIEWERS),
        ("the same, all criteria met and the answer right", last, "revised-answers", "good_t2", REVIEWERS),
        ("rubric and revision > rubric without revision", last, "rubric-only", marks, REVIEWERS),
        ("trained with the rubric > with none", last, "withheld", marks, OURS),
        ("trained with the rubric > with none, on types held out", last, "withheld", held_out, OURS),
        ("trained with the right rubric > with another type's", last, "others-rubric", marks, OURS),
        ("examined with the right rubric > with none", last, "exam-none", marks, OURS),
        ("examined with no rubric > with another type's", "exam-none", "exam-other", marks, OURS),
        ("trained and examined with no rubric > with another type's", "withheld", "exam-other", marks, OURS),
        ("round 2 > round 1", "citing-2", first, marks, PAPER),
        ("rounds > as many steps on round 1", last, "citing-once", marks, OURS),
    ]
    return [
        Ordering(name=name, better=better, worse=worse, measure=measure_, source=source)
        for name, better, worse, measure_, source in claims
    ] + [
        Ordering(
            name="gains fall from round to round", better="citing-2", worse=last, measure="gain", source=PAPER
        ),
        Ordering(
            name="answers stay as right as SFT's", better=last, worse="sft", measure="acc_t2",
            kind="at_least", source=OURS,
        ),
        Ordering(
            name="a revision leaves answers as right as drafts", better=last, worse=last, measure="acc_t2",
            than="acc_t1", kind="at_least", source=OURS,
        ),
    ]  # fmt: skip


ARMS = {
    "sft": "plain solutions of the same questions; proofreads without a rubric",
    "revised-answers": "question -> the teacher's revisions: neither draft nor rubric (strong control)",
    "rubric-only": "question and rubric -> the teacher's revisions, no draft; examined without revising",
    "withheld": "question and draft -> the teacher's revisions, no rubric",
    "others-rubric": "CITING's rows with a rubric of another type; examined with the right one",
    "citing-1": "CITING, one round",
    "citing-2": "CITING, two rounds",
    "citing-3": "CITING, three rounds",
    "citing-once": "as many steps as three rounds, on the first round's transcripts",
    "exam-none": "citing-3, examined without a rubric",
    "exam-other": "citing-3, examined with the rubric of another type",
}

QUESTION = """
Does a student that reads a rubric and revises its own draft under it do better on the rubric's criteria than
one that is trained on the same revised answers alone? Types of question differ in one to three habits of
writing, which a rubric states and a program checks; there are few questions of each type. A student reads
(question, rubric, draft) and learns the teacher's least revision; in round k the draft is its own (k-1)-th
revision. The exam holds new questions of the types that were taught, and types with other combinations of
criteria whose rubric is on the shelf and on which nobody was trained. All arms go on from one student and
rehearse the same gold.
"""


def figures(results: "Results", folder: Path) -> list[Path]:
    """What the method is about: how many criteria are met after the last revision."""
    from .plots import accuracy_by_arm

    shown = ("criteria_t2[types=seen]", "criteria_t2[types=held_out]")
    return [accuracy_by_arm(results, folder, shown, name="criteria-by-arm", of="criteria met")]


STUDY = Study(
    name="citing",
    title="CITING: rubrics and revision",
    paper=f"Feng et al., {PAPER}",
    question=QUESTION,
    plans={
        "small": CitingPlan(),
        "full": CitingPlan(
            level={"length": 4, "depth": 1},
            gold=300,
            rehearsed=3000,
            questions=200,
            exam={"seen": 30, "held_out": 90},
            base_steps=2000,
            steps=1000,
            batch_size=64,
            base_learning_rate=1e-3,
            learning_rate=5e-4,
            max_new_tokens=160,
        ),
    },
    tasks=tasks,
    orderings=orderings,
    arms=ARMS,
    figures=figures,
    measures=(
        "criteria_t1", "criteria_t2", "criteria_t2[types=seen]", "criteria_t2[types=held_out]",
        "good_t2", "good_t2[types=held_out]", "acc_t1", "acc_t2",
    ),
    notes=Path(__file__).with_suffix(".md"),
)  # fmt: skip

"""The study `tripost`: does a student learn to correct itself from its own mistakes, edited by a teacher?

A student from scratch learns a little gold, then goes to school in three iterations: its trajectories are
edited, it is trained on them, and goes again. Beside the second iteration stand arms that go on from the same
student for as many steps on other mistakes or another mixture; beside both together stand arms that go on
from the student before school with solutions alone.
"""

from collections.abc import Mapping
from pathlib import Path

from ..transcripts.records import Json
from .orderings import Ordering
from .study import Study, Task
from .tripost_tasks import (
    SEEN,
    UNSEEN,
    TripostPlan,
    common,
    control_school,
    iterate,
    iteration,
    learn_mistakes,
    learn_solutions,
    prepare,
    prepare_another,
)

__all__ = ["BESIDE_SECOND", "SOLUTIONS", "STUDY"]

PAPER = "Yu et al., NAACL 2024, arXiv 2310.13522"
OURS = "a control of ours"

BESIDE_SECOND: Mapping[str, str] = {
    "tripost": "the second iteration's trajectories, in numbers that its controls can have, too",
    "random": "control: as many mistakes that a script made at random places",
    "another": "control: as many mistakes of another student",
    "misplaced": "control: as many of its own mistakes, but the feedback blames another step",
    "unbalanced": "control: all that there is, in no balance",
    "share-70": "control: 70% improvements",
    "weight-1": "control: feedback and updates weigh no more than solutions",
}
"""Arms that go on from the student after the first iteration."""

SOLUTIONS: Mapping[str, str] = {
    "rationale": "control: rationale SFT, on the gold alone",
    "new-gold": "control: plain solutions of the gold and of all questions of both iterations",
    "checked": "control: solutions of those questions, each step worked out twice in the first attempt",
}
"""Arms that go on from the student before school, for as many steps as two iterations have."""


def tasks(plan: TripostPlan) -> list[Task]:
    """Of each seed."""
    first, second = iteration(1), iteration(2)
    iterations = [
        Task(name=iteration(n), run=iterate, settings={"number": n}, needs=(iteration(n - 1),), cost=9.0)
        for n in range(1, plan.iterations + 1)
    ]
    needed = {"random": ("base",), "another": ("another-student",), "misplaced": (first,)}
    schools = [
        Task(name=f"{who}-school", run=control_school, settings={"who": who}, needs=needs)
        for who, needs in needed.items()
    ]
    transcripts = ("base", first, second, *(task.name for task in schools))
    arms = [
        Task(name=name, run=run, settings={"learnt": name}, needs=(*transcripts, "common"), cost=cost)
        for names, run, cost in ((BESIDE_SECOND, learn_mistakes, 2.0), (SOLUTIONS, learn_solutions, 4.0))
        for name in names
    ]
    return [
        Task(name="base", run=prepare, cost=10.0),
        Task(name="another-student", run=prepare_another, cost=8.0),
        *iterations,
        *schools,
        Task(name="common", run=common, needs=transcripts),
        *arms,
    ]


def orderings(plan: TripostPlan) -> list[Ordering]:
    """The paper's claims, and what stands beside them."""

    def claim(name: str, better: str, worse: str, source: str = PAPER, **rest: Json) -> Ordering:
        return Ordering(name=name, better=better, worse=worse, source=source, **rest)

    def gains(which: str, name: str, at: str = "") -> Ordering:
        measures = {"measure": f"acc_t2{at}", "than": f"acc_t1{at}"}
        return Ordering(name=name, better=which, worse=which, source=PAPER, **measures)

    second, last, unseen = iteration(2), iteration(plan.iterations), f"[lesson={UNSEEN}]"
    return [
        claim("edited mistakes of its own > rationale SFT", second, "rationale"),
        claim("on-policy > mistakes that a script made, at equal number", "tripost", "random"),
        claim("on-policy > mistakes of another student, at equal number", "tripost", "another", OURS),
        claim("feedback on the wrong step does harm", "tripost", "misplaced", OURS),
        claim("1.5 : 1 : 1 > no balance", "tripost", "unbalanced"),
        claim("1.5 : 1 : 1 > 70% improvements", "tripost", "share-70"),
        claim("weight 1.5 >= weight 1", "tripost", "weight-1", kind="at_least"),
        *(
            claim(f"iteration {n} >= iteration {n - 1}", iteration(n), iteration(n - 1), kind="at_least")
            for n in range(2, plan.iterations + 1)
        ),
        claim("edited mistakes > plain gold of the same new questions", second, "new-gold", OURS),
        claim("edited mistakes > every step worked out twice at once", second, "checked", OURS),
        gains(second, "it corrects itself after two iterations: last attempt > first"),
        gains(last, "it corrects itself after all iterations: last attempt > first"),
        gains(second, "it corrects itself on sums longer than were taught", unseen),
        Ordering(
            name="it breaks fewer than 2% of all answers",
            better=0.02,
            worse=second,
            measure="right_to_wrong",
            source=OURS,
        ),
    ]


QUESTION = """\
A student from scratch that knows a little of sums in columns goes to school in three iterations. There it
attempts sums, checks itself and tries again, sampled at temperature 1; at the first attempt that it
misjudges, the exact teacher's feedback takes the place of its own, and the teacher's update follows. Its
trajectories, balanced, are what it is trained on. Beside the second iteration stand arms that learn for as
many steps, and about as many trained tokens, from others' mistakes or in other mixtures; beside both first
iterations, arms that learn from solutions alone. In the exam everybody is alone: greedy, one revision, no
oracle."""

STUDY = Study(
    name="tripost",
    title="TriPosT: a student's own mistakes, edited, become its lessons",
    paper=PAPER,
    question=QUESTION,
    notes=Path(__file__).with_suffix(".md"),
    plans={
        "small": TripostPlan(),
        "full": TripostPlan(
            gold={SEEN: 1000, UNSEEN: 1000},
            base_steps=600,
            questions=10_000,
            first_steps=3_000,
            further_steps=2_000,
            batch_size=32,
            base_learning_rate=1e-3,
            learning_rate=5e-4,
            exam={SEEN: 1000, UNSEEN: 1000},
            sizes={"hidden": 256, "layers": 6},
        ),
    },
    tasks=tasks,
    orderings=orderings,
    arms={
        **{iteration(n): f"the method itself, after iteration {n}" for n in (1, 2, 3)},
        **BESIDE_SECOND,
        **SOLUTIONS,
    },
    measures=(
        "acc_t1",
        "acc_t2",
        "delta",
        "wrong_to_right",
        "right_to_wrong",
        "faults_found",
        "false_alarms",
    ),
)

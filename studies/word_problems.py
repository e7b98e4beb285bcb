"""The study `word-problems`: GSM8K multiplied without a model, and a real checkpoint taught on that.

The checkpoint learns the form from GSM8K's own solutions. All arms go on from there for equal steps and about
equal trained tokens: on those solutions again, on solutions of multiplied problems, or on what was said in
YODA's and TriPosT's classrooms about multiplied problems. How much of everything there is follows from the
time that the study is given, and from a first short probe of the machine.
"""

from collections.abc import Mapping
from pathlib import Path

from ..transcripts.records import Json
from .orderings import Ordering
from .pace import Limits
from .study import Study, Task
from .word_problems_questions import WordProblemsPlan, check_data
from .word_problems_tasks import (
    TAUGHT,
    by_tripost,
    by_yoda,
    compare,
    find_pace,
    on_solutions,
    problems,
    start,
    untaught,
)

__all__ = ["STUDY"]

ARMS: Mapping[str, str] = {
    "base": "the checkpoint as it is, its first attempt alone",
    "stage": "the same after a short training on GSM8K's own solutions, from which all others go on",
    "gsm8k-sft": "control: as many steps on GSM8K's own solutions",
    "multiplied-gold": "control: as many steps on plain solutions of multiplied problems",
    "yoda": "YODA's classroom on multiplied problems: attempts refined, others made of them, harder ones",
    "tripost": "TriPosT's classroom on multiplied problems: its own trajectories, edited",
}


def tasks(plan: WordProblemsPlan) -> list[Task]:
    """Of each seed.

    Raises:
        ConfigError: GSM8K's files are not there.
    """
    check_data(plan)
    begun = ("start", "pace")
    return [
        Task("start", start, cost=2.0),
        Task("pace", find_pace, needs=("start",)),
        Task("problems", problems, needs=("pace",)),
        Task("yoda", by_yoda, needs=(*begun, "problems"), cost=3.0),
        Task("tripost", by_tripost, needs=(*begun, "problems"), cost=3.0),
        Task("multiplied-gold", on_solutions, {"which": "multiplied-gold"}, (*begun, "problems"), 2.0),
        Task("gsm8k-sft", on_solutions, {"which": "gsm8k-sft"}, begun, 2.0),
        Task("stage", untaught, {"which": "stage"}, begun, 0.5),
        Task("base", untaught, {"which": "base"}, begun, 0.5),
        Task("compare", compare, needs=TAUGHT, cost=0.1),
    ]


def orderings(plan: WordProblemsPlan) -> list[Ordering]:
    """The methods against the controls, over seeds; `compare` has them by question."""

    def claim(better: str, worse: str, **rest: Json) -> Ordering:
        return Ordering(name=f"{better} > {worse}", better=better, worse=worse, source=SOURCE, **rest)

    return [
        *(claim(method, "gsm8k-sft") for method in ("yoda", "tripost", "multiplied-gold")),
        *(claim(method, "multiplied-gold") for method in ("yoda", "tripost")),
        *(
            Ordering(
                name=f"{method} corrects itself: last attempt > first",
                better=method,
                worse=method,
                than="acc_t1",
                source=SOURCE,
            )
            for method in ("yoda", "tripost")
        ),
        *(
            Ordering(
                name=f"{method} breaks fewer than 2% of all answers",
                better=0.02,
                worse=method,
                measure="right_to_wrong",
                source=SOURCE,
            )
            for method in ("yoda", "tripost")
        ),
    ]


SOURCE = "a study of ours"

QUESTION = """\
Can a small real model be taught on word problems that nobody wrote? GSM8K's training questions are multiplied
without a model: other numbers, and a step more. The checkpoint first learns from GSM8K's own solutions how
one answers. Then it goes to YODA's or TriPosT's classroom on multiplied problems, or learns their plain
solutions, or goes on with GSM8K's own, for equal steps and about equal trained tokens. All sit GSM8K's test,
greedily; they may check and revise their answer once, and nobody tells them whether it is right."""

STUDY = Study(
    name="word-problems",
    title="Word problems that multiply: a real checkpoint on GSM8K",
    paper="A study of ours, with the methods of arXiv 2401.15670 and 2310.13522 on GSM8K (arXiv 2110.14168)",
    question=QUESTION,
    notes=Path(__file__).with_suffix(".md"),
    plans={
        "small": WordProblemsPlan(
            minutes=20.0,
            limits=Limits(exam=16, steps=12, problems=200, questions=12),
            own=200,
            stage_steps=12,
            batch_tokens=800,
            iteration_steps=6,
            max_new_tokens=160,
            probe=4,
            probe_steps=2,
            concurrency=32,
        ),
        "full": WordProblemsPlan(),
    },
    tasks=tasks,
    orderings=orderings,
    arms=ARMS,
    measures=("acc_t1", "acc_t2", "acc_t2_low", "acc_t2_high", "delta", "n"),
)

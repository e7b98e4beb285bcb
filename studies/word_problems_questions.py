"""The questions of the study `word-problems`: GSM8K's own and those multiplied from them; and its numbers."""

import json
from collections.abc import Iterable, Mapping
from itertools import islice
from pathlib import Path

from pydantic import Field

from ..environments.course import Course
from ..environments.lessons import Lesson
from ..environments.subjects.base import Generalizes
from ..environments.subjects.multiplying import variants
from ..transcripts.errors import ConfigError
from ..transcripts.records import Episode, Json, Question, Record, Tier, derive_seed
from .pace import Limits

__all__ = [
    "MULTIPLIED",
    "OWN",
    "WordProblemsPlan",
    "check_data",
    "multiplied_course",
    "multiply",
    "not_of_the_test",
    "own_course",
]

OWN = "gsm8k"
"""The lesson of GSM8K's own questions."""

MULTIPLIED: Mapping[str, Tier] = {"other-numbers": Tier.GENERALIZED, "one-step-more": Tier.HARDER}
"""The lessons of multiplied problems, a file each."""

TRAIN, TEST = "train.jsonl", "test.jsonl"


class WordProblemsPlan(Record):
    """The numbers of the study; how many questions and steps there are follows from the time, see `pace`."""

    data: str = ""
    """Folder that holds GSM8K's ``train.jsonl`` and ``test.jsonl``."""
    minutes: float = Field(default=60.0, gt=0.0)
    """The time of each seed, where the study is given none."""
    limits: Limits = Limits()
    own: int = Field(default=7473, ge=1)
    """GSM8K's own training questions that are used, at most."""
    stage_steps: int = Field(default=200, ge=1)
    """Optimizer steps of the stage that all arms share."""
    batch_tokens: int = Field(default=6000, ge=1)
    """Trained tokens of a step, about; prompts are as many again."""
    learning_rate: float = Field(default=2e-4, gt=0.0)
    generalized: int = Field(default=1, ge=0)
    levels: int = Field(default=2, ge=1)
    rounds: int = Field(default=1, ge=0)
    """Of YODA's script; the rounds are TriPosT's, too, but in its first iteration, when nobody can check."""
    iteration_steps: int = Field(default=150, ge=1)
    """Optimizer steps that a second iteration of TriPosT must have, or there is none."""
    temperature: float = Field(default=0.7, gt=0.0)
    """Of the student at school; at 1 a model of this size babbles."""
    max_new_tokens: int = Field(default=256, ge=1)
    """A reply's length at most."""
    probe: int = Field(default=512, ge=1)
    """Questions of the exam that the probe has answered; a tenth as many problems are made."""
    probe_steps: int = Field(default=12, ge=2)
    concurrency: int = Field(default=2048, ge=1)
    """Classrooms at once."""
    sizes: Mapping[str, int] = Field(default_factory=dict)
    """Of a new student, where they are not the embedded one's."""


def own_course(plan: WordProblemsPlan) -> Course:
    """GSM8K's training questions, and its test as the exam."""
    lesson = Lesson(
        id=OWN, title="GSM8K's own questions", subject=f"jsonl:{TRAIN}", exam_subject=f"jsonl:{TEST}"
    )
    return Course(id="gsm8k", title="GSM8K", lessons=(lesson,), folder=Path(plan.data).absolute())


def multiplied_course(folder: Path) -> Course:
    """The multiplied problems that `multiply` has written into `folder`."""
    lessons = tuple(
        Lesson(id=id_, title=f"Multiplied: {id_.replace('-', ' ')}", subject=f"jsonl:{id_}.jsonl")
        for id_ in MULTIPLIED
        if (folder / f"{id_}.jsonl").stat().st_size
    )
    return Course(
        id="multiplied", title="Multiplied word problems", lessons=lessons, folder=folder.absolute()
    )


def multiply(plan: WordProblemsPlan, seed: int, folder: Path, number: int) -> dict[str, int]:
    """Write `number` variants of GSM8K's training questions, a file in its own form for each lesson.

    None is a question of its test. There are fewer where no more can be made.
    """
    course = own_course(plan)
    lesson = course.graph.find(OWN)
    subject = course.subject(lesson)
    assert isinstance(subject, Generalizes)
    own = islice(course.questions(lesson, start=derive_seed("own", seed) % 2**31), plan.own)
    made = variants(subject, list(own), seed=seed, tiers=tuple(MULTIPLIED.values()), forbidden=_test(plan))
    written: dict[Tier, list[Question]] = {tier: [] for tier in MULTIPLIED.values()}
    for question in islice(made, number):
        written[question.tier].append(question)
    for id_, tier in MULTIPLIED.items():
        lines = (json.dumps(_as_gsm8k(question), ensure_ascii=False) for question in written[tier])
        (folder / f"{id_}.jsonl").write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return {id_: len(written[tier]) for id_, tier in MULTIPLIED.items()}


def _as_gsm8k(question: Question) -> dict[str, Json]:
    solution = "\n".join([*question.solution, f"#### {question.answer}"])
    return {"question": question.text, "answer": solution, "tier": question.tier}


def _test(plan: WordProblemsPlan) -> list[str]:
    """The texts of all test questions."""
    return [question.text for question in own_course(plan).questions(OWN, part="exam")]


def not_of_the_test(plan: WordProblemsPlan, said: Iterable[Episode]) -> list[Episode]:
    """Episodes in which nobody asked a question of the test: a teacher makes questions, too."""
    test = {_bare(text) for text in _test(plan)}
    return [
        episode
        for episode in said
        if not any(_bare(episode.question_of(turn).text) in test for turn in episode.turns)
    ]


def _bare(text: str) -> str:
    return " ".join(text.casefold().split())


def check_data(plan: WordProblemsPlan) -> None:
    """See that GSM8K's files are there.

    Raises:
        ConfigError: they are not.
    """
    missing = [name for name in (TRAIN, TEST) if not (Path(plan.data) / name).is_file()]
    if not plan.data or missing:
        found = f"'{plan.data}' holds no {missing[0]}" if plan.data else "none is given"
        raise ConfigError(
            "the study word-problems needs a folder with GSM8K's train.jsonl and test.jsonl "
            f"(https://github.com/openai/grade-school-math), but {found}; give it as --param data=FOLDER."
        )

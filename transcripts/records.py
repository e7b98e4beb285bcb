"""What is written down: frozen values that refuse unknown fields. No behaviour beyond reading themselves.

A run holds episodes; an episode is one question worked through by the seats of a classroom; each line
that a seat says becomes a turn; a turn keeps the model calls that were paid for it, an episode the lost ones.

    Run 1─* Episode 1─* Turn 1─* ModelCall          Example *─* Turn          Checkpoint *─* Example
"""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import AwareDatetime, Field

from .calls import Message, ModelCall, Usage
from .values import Json, Record, Words, content_id, derive_seed, now

__all__ = [
    "Ask",
    "Attempt",
    "Checkpoint",
    "Criterion",
    "Cue",
    "Ending",
    "Episode",
    "Example",
    "ExampleMessage",
    "Feedback",
    "Grade",
    "Json",
    "Line",
    "Message",
    "ModelCall",
    "Origin",
    "Payload",
    "Question",
    "Questions",
    "Record",
    "Role",
    "Rubric",
    "Run",
    "RunKind",
    "SeatInfo",
    "Source",
    "Tier",
    "Turn",
    "Usage",
    "Words",
    "content_id",
    "derive_seed",
    "now",
]


class Role(StrEnum):
    """What a seat is for. Several seats of one classroom may share a role."""

    TEACHER = "teacher"
    STUDENT = "student"
    GRADER = "grader"


class Ask(StrEnum):
    """What a cue asks of a seat; the payload that must come back stands beside it."""

    ATTEMPT = "attempt"  # Attempt: solve the question
    FEEDBACK = "feedback"  # Feedback: say whether the attempt is right, and where it goes wrong
    REVISE = "revise"  # Attempt: solve it again, having heard the feedback
    DEMONSTRATE = "demonstrate"  # Attempt: correct what was heard, or solve the question where nothing was
    GRADE = "grade"  # Grade: score the last attempt
    RUBRIC = "rubric"  # Rubric: write the criteria of a good answer
    GENERALIZE = "generalize"  # Questions: the same in another dress
    HARDEN = "harden"  # Questions: harder ones
    DIVIDE = "divide"  # Questions: self-contained parts of the solution


class Tier(StrEnum):
    """Where a question stands in a lesson's curriculum (YODA's three levels; weak teachers' two)."""

    BASIC = "basic"
    GENERALIZED = "generalized"
    HARDER = "harder"
    FULL = "full"
    SUBTASK = "subtask"


class Question(Record):
    """One question of one lesson, with its reference where one is known."""

    id: str
    """Follows from subject and text: the same words are the same question."""
    lesson: str
    subject: str
    """Name of the subject that made it and can check it."""
    tier: Tier = Tier.BASIC
    text: Words
    """As the student reads it."""
    answer: Words | None = None
    """The reference answer; None where nobody knows it."""
    solution: tuple[Words, ...] = ()
    """The reference steps, without the answer line; empty where only the answer is known."""
    parent: str | None = None
    """Id of the question that this one was made from."""
    metadata: Mapping[str, Json] = Field(default_factory=dict)

    @classmethod
    def make(cls, *, lesson: str, subject: str, text: str, **rest: Json) -> "Question":
        """A question with the id that follows from its subject and text."""
        return cls(id=content_id(subject, text), lesson=lesson, subject=subject, text=text, **rest)


class Attempt(Record):
    """A written solution: its steps in order, and the answer that it ends with."""

    kind: Literal["attempt"] = "attempt"
    steps: tuple[Words, ...]
    answer: Words | None
    """None where the solution never says one."""


class Feedback(Record):
    """What somebody says of an attempt; also what a checker finds in one."""

    kind: Literal["feedback"] = "feedback"
    correct: bool
    step: int | None = None
    """Index from 0 of the first wrong step; `len(steps)` means the answer line; None where all is right."""
    span: Words | None = None
    """The wrong words, as they stand in that step."""
    reason: Words = ""

    def beyond(self, earlier: "Feedback") -> bool:
        """Whether this finds nothing wrong, or only after the step that `earlier` blames.

        A blame that names no step lies before all that name one.
        """
        places = [-1 if feedback.step is None else feedback.step for feedback in (self, earlier)]
        return self.correct or places[0] > places[1]


class Grade(Record):
    """A grader's score of an attempt."""

    kind: Literal["grade"] = "grade"
    score: float = Field(ge=0.0, le=1.0)
    """From 0 (nothing right) to 1."""
    correct: bool
    """Whether the answer is right; a wrong step does not change it."""
    reason: Words = ""
    steps: int | None = Field(default=None, ge=0)
    """How many steps the attempt has, where the grader checked them."""
    wrong_steps: int | None = Field(default=None, ge=0)
    """How many of them are wrong."""
    marks: Mapping[str, float] = Field(default_factory=dict)
    """How far each criterion of a rubric is met, from 0 to 1, by its name; empty without a rubric."""


class Criterion(Record):
    """One criterion of a rubric."""

    name: Words
    description: Words
    weight: float = Field(default=1.0, gt=0.0)


class Rubric(Record):
    """The criteria of a good answer to a type of question."""

    kind: Literal["rubric"] = "rubric"
    criteria: tuple[Criterion, ...]


class Questions(Record):
    """Further questions that a teacher made up."""

    kind: Literal["questions"] = "questions"
    questions: tuple[Question, ...]


Payload = Annotated[Attempt | Feedback | Grade | Rubric | Questions, Field(discriminator="kind")]


class Line(Record):
    """What a seat answers to a cue: the words, what they mean, and the calls that they cost."""

    text: Words
    payload: Payload | None = None
    calls: tuple[ModelCall, ...] = ()
    """In the order in which they were made; the last one gave `text`, earlier ones were unusable."""


class Turn(Record):
    """A line as it was recorded: who said it, to which cue, having heard which turns."""

    index: int = Field(ge=0)
    """Position in the episode, from 0."""
    seat: str
    role: Role
    persona: str
    """Name and version, as in ``strict@1``."""
    ask: Ask
    heard: tuple[int, ...] = ()
    """Indexes of the earlier turns that the speaker was given, in order."""
    text: Words
    payload: Payload | None = None
    calls: tuple[ModelCall, ...] = ()
    question: Question | None = None
    """What it is about, where that is another question than the episode's own."""

    @property
    def says_correct(self) -> bool:
        """Whether this turn is feedback or a grade that finds nothing wrong."""
        return isinstance(self.payload, Feedback | Grade) and self.payload.correct

    @property
    def attempt(self) -> Attempt | None:
        """The solution that this turn carries, if it carries one."""
        return self.payload if isinstance(self.payload, Attempt) else None

    @property
    def questions(self) -> tuple[Question, ...]:
        """The further questions that this turn carries."""
        return self.payload.questions if isinstance(self.payload, Questions) else ()


class Cue(Record):
    """What a script yields: it asks one seat for one thing, and says what that seat has heard."""

    seat: str
    ask: Ask
    question: Question
    heard: tuple[Turn, ...] = ()
    seed: int = 0
    """Set by the classroom, from the episode's seed and the turn's index: the only randomness of a seat."""
    count: int = Field(default=1, ge=1)
    """How many questions are asked for, where questions are."""
    lenient: bool = False
    """Keep words that cannot be parsed, without a payload, instead of refusing them (an exam does)."""


class Ending(Record):
    """How an episode or a run ended. The two kinds are never mixed up in a report."""

    kind: Literal["finished", "cut_short"]
    reason: Words | None = None
    """Why it was cut short."""


class SeatInfo(Record):
    """Who sat in a seat."""

    seat: str
    role: Role
    persona: str
    """Name and version, as in ``strict@1``."""
    model: str
    """``scripted``, ``hf:FOLDER#DIGEST``, ``autogen:…`` or a litellm model name."""


class Origin(Record):
    """Where an episode parts from an earlier one, whose turns before that it repeats."""

    episode: str
    """Id of the earlier episode."""
    turn: int = Field(ge=0)
    """Index of the first turn that is its own."""


class Episode(Record):
    """One question worked through by the seats of a classroom."""

    id: str
    run: str
    script: str
    question: Question
    seats: tuple[SeatInfo, ...]
    seed: int
    turns: tuple[Turn, ...] = ()
    ending: Ending | None = None
    """None while it is under way (or was, when the process died)."""
    lost_calls: tuple[ModelCall, ...] = ()
    """Calls that were paid for and that no turn came of, since their seat gave up."""
    origin: Origin | None = None
    """Of a fork, or of stored words that are graded again. Repeated turns keep no calls: the earlier episode
    paid for them."""

    def question_of(self, turn: Turn) -> Question:
        """What `turn` is about."""
        return turn.question or self.question

    @staticmethod
    def id_of(run: str, question: Question, seed: int, origin: Origin | None = None) -> str:
        """The id that follows from run, question, seed and origin: the same plan names the same episodes."""
        parted = () if origin is None else (origin.episode, origin.turn)
        return content_id(run, question.id, question.lesson, seed, *parted)


RunKind = Literal["simulation", "exam", "fork", "grading", "import"]
"""What a run is: classrooms taught or examined, forks of stored episodes, stored words graded again, or
conversations that were held elsewhere."""


class Run(Record):
    """Episodes that belong together, with the resolved plan that they follow."""

    id: str
    kind: RunKind = "simulation"
    plan: Mapping[str, Json]
    """Everything that determines the run, resolved: course, seats, settings. Holds no secrets."""
    settings: Mapping[str, Json] = Field(default_factory=dict)
    """How it was asked for, so that a command can go on with it: also what changes no word, such as addresses
    and limits. Empty where no command asked. Holds no secrets; no part of the id."""
    seed: int
    versions: Mapping[str, str] = Field(default_factory=dict)
    started: AwareDatetime = Field(default_factory=now)
    ending: Ending | None = None

    @staticmethod
    def id_of(plan: Mapping[str, Json], seed: int) -> str:
        """The id that follows from the plan and the seed."""
        return content_id(dict(plan), seed)


class Source(Record):
    """The turn that a training row came from."""

    episode: str
    turn: int


class ExampleMessage(Record):
    """One message of a training row, with its part in the loss."""

    role: Literal["system", "user", "assistant"]
    content: Words
    weight: float = Field(default=0.0, ge=0.0)
    """Weight of each of its tokens in the loss; 0 leaves them out. Set before any token exists."""


class Example(Record):
    """One training row: a conversation in which some messages are to be learnt."""

    id: str
    """Follows from recipe and messages."""
    recipe: str
    kind: str
    """What it teaches, as the recipe calls it: ``attempt``, ``feedback``, ``revision``, …"""
    messages: tuple[ExampleMessage, ...]
    question: str
    """Id of the question."""
    lesson: str
    tier: Tier = Tier.BASIC
    sources: tuple[Source, ...] = ()

    @classmethod
    def make(cls, *, recipe: str, messages: Sequence[ExampleMessage], **rest: Json) -> "Example":
        """An example with the id that follows from its recipe and messages."""
        key = content_id(recipe, [[m.role, m.content, m.weight] for m in messages])
        return cls(id=key, recipe=recipe, messages=tuple(messages), **rest)


class Checkpoint(Record):
    """A trained student: where it is, what it grew from and which rows it was trained on."""

    id: str
    path: str
    parent: str | None = None
    """Id of the checkpoint, or name of the model, that training began from."""
    recipe: str
    examples: tuple[str, ...]
    """Ids of the training rows."""
    steps: int = Field(ge=0)
    """Optimizer steps."""
    tokens: int = Field(ge=0)
    """Tokens that carried loss, summed over steps."""
    seed: int
    settings: Mapping[str, Json] = Field(default_factory=dict)
    versions: Mapping[str, str] = Field(default_factory=dict)
    created: AwareDatetime = Field(default_factory=now)

"""A run as `watch` shows it: counted from what is new at every look. Draws nothing.

Counts are kept, and changed by what has changed: a look at a long run costs no more than at a short one.
"""

import time
from collections import Counter, defaultdict, deque
from collections.abc import Mapping
from datetime import timedelta
from typing import Literal, NamedTuple

from ..environments.course import Course
from ..environments.failures import Failure, kind_of
from ..environments.mastery import Mastery, MasteryRule, unaided_answer
from ..environments.telling import ASKED, outcome
from ..transcripts.following import Following, Glance, Spent, Standing
from ..transcripts.records import Ending, Episode, Json, Record, Role, Run, now

__all__ = ["Classroom", "LessonView", "Pace", "View", "Watching"]

SHOWN = 8  # classrooms
KINDS = 3  # of failures
WINDOW_SECONDS = 60.0  # over which a pace is measured
AT_ONCE = timedelta(seconds=30)  # after a run is planned its first session takes it up, models loaded

State = Literal["under way", "finished", "cut short", "stopped", "killed"]
"""``stopped``: it has no end, and nobody works on it. ``killed``: and its process could not even say so."""


class LessonView(Record):
    """How far a lesson has come, and what its student can do."""

    lesson: str
    most: int | None
    """Questions that are taught at most; None where the plan does not say."""
    ended: int
    open: int
    mastery: Mastery
    interval: tuple[float, float] | None
    """Credible interval of the share of questions that the student can answer; None before any answer."""
    threshold: float | None
    """What the interval's lower bound must pass; None where nothing is to be mastered."""
    is_mastered: bool
    is_at_work: bool
    """Whether it is being taught."""


class Pace(Record):
    """How much comes in a minute."""

    episodes: float
    """Those that end."""
    turns: float
    calls: float
    tokens: float
    """Of prompts and replies."""
    cost: float
    """US dollars."""


class Classroom(Record):
    """An episode, by its last words."""

    episode: str
    lesson: str
    question: str
    ending: Ending | None
    outcome: str | None
    """As `telling.outcome` says it."""
    turns: int
    seat: str | None = None
    """Who spoke last, but for the grader; None where nobody has."""
    role: str | None = None
    asked: str | None = None
    """What was asked for."""
    words: str = ""


class View(Record):
    """All that one look at a run shows."""

    run: str
    kind: str
    course: str | None
    seed: int
    state: State
    reason: str | None
    """Why the run was cut short."""
    holder: str | None
    """``PID on HOST`` of the process that works on it, or was killed over it."""
    seconds: float | None
    """For how long it has been worked on, while it is."""
    is_whole: bool
    """Whether all that is stored has been counted."""
    most: int | None
    """Episodes that there will be at most; None where the plan does not say."""
    ended: int
    open: int
    turns: int
    spent: Spent
    pace: Pace | None
    """None where nothing is known of it, as of a run that is over."""
    lessons: tuple[LessonView, ...]
    cut_short: int
    failures: tuple[Failure, ...]
    """The most frequent ways in which episodes were cut short."""
    classrooms: tuple[Classroom, ...]
    """Those under way, the latest words first; then those that ended last."""


class _Sample(NamedTuple):
    moment: float  # in seconds, on a clock that only goes forward
    sums: dict[str, float]


class Watching:
    """What is known of a run: `look` asks for what is new, `view` tells all."""

    def __init__(self, run: Run, following: Following) -> None:
        self._run, self._following = run, following
        self._standing = Standing(run.ending, None)
        self._limits: Mapping[str, int] = _mapping(run, "episodes")
        self._rules = _rules(run)
        self._lessons: dict[str, Counter[str]] = {lesson: Counter() for lesson in self._rules}
        self._sums: defaultdict[str, float] = defaultdict(float)
        self._kinds: dict[str, Failure] = {}
        self._failed: Counter[str] = Counter()  # by kind
        self._under_way: dict[str, None] = {}  # ids; those with the latest words stand last
        self._ended: deque[str] = deque(maxlen=SHOWN)
        self._samples: deque[_Sample] = deque()

    def look(self) -> None:
        """Take in what is new, a thousand episodes at most.

        Raises:
            StoreError: the database cannot be read.
        """
        self._standing = self._following.standing()  # asked first: once nobody works on it, all is stored
        for before, after in self._following.look():
            if before is not None:
                self._count(before, -1)
            self._count(after, 1)
            self._under_way.pop(after.episode, None)
            if after.ending is None:
                self._under_way[after.episode] = None
            else:
                self._ended.append(after.episode)
        if self.is_whole:
            self._samples.append(_Sample(time.monotonic(), dict(self._sums)))
            while self._samples[-1].moment - self._samples[0].moment > WINDOW_SECONDS:
                self._samples.popleft()

    @property
    def is_whole(self) -> bool:
        """Whether all that is stored has been counted."""
        return not self._following.is_behind

    @property
    def is_over(self) -> bool:
        """Whether nobody works on the run, and all of it has been counted."""
        return self.is_whole and self._state() != "under way"

    def view(self) -> View:
        """All that is known now.

        Raises:
            StoreError: the last words cannot be read.
        """
        ending, lease = self._standing
        state = self._state()
        lives = state == "under way"
        return View(
            run=self._run.id,
            kind=self._run.kind,
            course=_mapping(self._run, "course").get("id"),
            seed=self._run.seed,
            state=state,
            reason=ending.reason if ending and not lives else None,
            holder=f"{lease.pid} on {lease.host}" if lease else None,
            seconds=(now() - lease.since).total_seconds() if lease and lives else None,
            is_whole=self.is_whole,
            most=sum(self._limits.values()) or len(self._run.plan.get("questions", ())) or None,
            ended=int(self._sums["ended"]),
            open=int(self._sums["open"]),
            turns=int(self._sums["turns"]),
            spent=Spent.model_validate({name: self._sums[name] for name in Spent.model_fields}),
            pace=self._pace() if lives else None,
            lessons=tuple(map(self._lesson, self._lessons)),
            cut_short=self._failed.total(),
            failures=tuple(
                self._kinds[kind].model_copy(update={"number": number})
                for kind, number in self._failed.most_common(KINDS)
                if number
            ),
            classrooms=tuple(map(_classroom, self._following.episodes(self._latest()))),
        )

    def _count(self, glance: Glance, sign: int) -> None:
        """Add what an episode counts for, or take it away again."""
        stage = "open" if glance.ending is None else "ended"
        lesson = self._lessons.setdefault(glance.lesson, Counter())
        lesson[stage] += sign
        self._sums[stage] += sign
        self._sums["turns"] += sign * glance.turns
        for name, number in glance.spent:
            self._sums[name] += sign * number
        if glance.ending is None:
            return
        if glance.ending.kind == "cut_short":
            error, reason, kind = kind_of(glance.ending)
            self._kinds.setdefault(kind, Failure(error=error, reason=reason, episode=glance.episode))
            self._failed[kind] += sign
        elif (answer := unaided_answer(glance.evidence)) is not None:
            lesson["right" if answer else "wrong"] += sign

    def _state(self) -> State:
        ending, lease = self._standing
        if lease is not None and lease.is_held:
            return "under way"
        if ending is not None:
            return "finished" if ending.kind == "finished" else "cut short"
        return "stopped" if lease is None else "killed"

    def _pace(self) -> Pace | None:
        """Over the last minute; before there is one, since the run began, if that was in this session."""
        if not self._samples:
            return None
        (since, before), (until, after) = self._samples[0], self._samples[-1]
        took, lease = until - since, self._standing.lease
        if took < 1 and lease is not None and lease.since - self._run.started < AT_ONCE:
            took, before = (now() - lease.since).total_seconds(), {}
        if took < 1:
            return None

        def per_minute(*names: str) -> float:
            grown = sum(after.get(name, 0.0) - before.get(name, 0.0) for name in names)
            return max(60 * grown / took, 0.0)  # episodes that are tried again have not ended any more

        return Pace(
            episodes=per_minute("ended"),
            turns=per_minute("turns"),
            calls=per_minute("calls"),
            tokens=per_minute("prompt_tokens", "completion_tokens"),
            cost=per_minute("cost"),
        )

    def _lesson(self, lesson: str) -> LessonView:
        counted = self._lessons[lesson]
        mastery = Mastery(right=counted["right"], wrong=counted["wrong"])
        rule, most = self._rules.get(lesson), self._limits.get(lesson)
        credibility = (rule or MasteryRule()).credibility
        is_mastered = rule is not None and mastery.answers > 0 and mastery.passes(rule)
        has_more = 0 < counted["ended"] < (most or 0) and not is_mastered
        return LessonView(
            lesson=lesson,
            most=most,
            ended=counted["ended"],
            open=counted["open"],
            mastery=mastery,
            interval=mastery.interval(credibility) if mastery.answers else None,
            threshold=rule.threshold if rule else None,
            is_mastered=is_mastered,
            is_at_work=self._state() == "under way" and (counted["open"] > 0 or has_more),
        )

    def _latest(self) -> list[str]:
        """The episodes that are shown."""
        return list(dict.fromkeys([*reversed(self._under_way), *reversed(self._ended)]))[:SHOWN]


def _rules(run: Run) -> dict[str, MasteryRule]:
    """What the lessons demand, in the order of the course, where one is taught."""
    if run.kind != "simulation" or not (course := _mapping(run, "course")):
        return {}
    return {id_: lesson.mastery for id_, lesson in Course.model_validate(course).graph.items()}


def _mapping(run: Run, name: str) -> Mapping[str, Json]:
    """A part of the plan; empty where it has none, as that of an imported run."""
    found = run.plan.get(name)
    return found if isinstance(found, Mapping) else {}


def _classroom(episode: Episode) -> Classroom:
    shown = Classroom(
        episode=episode.id,
        lesson=episode.question.lesson,
        question=episode.question.text,
        ending=episode.ending,
        outcome=outcome(episode),
        turns=len(episode.turns),
    )
    if not episode.turns:
        return shown
    last = next((turn for turn in reversed(episode.turns) if turn.role is not Role.GRADER), episode.turns[-1])
    said = {"seat": last.seat, "role": last.role.value, "asked": ASKED[last.ask], "words": last.text}
    return shown.model_copy(update=said)

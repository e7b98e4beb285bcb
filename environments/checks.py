"""What authors of scripts and of subjects run to learn whether theirs keep the rules of the classroom.

Of a kind, `…_problems` gives all that is wrong, a sentence each, and `check_…` raises the first of them.
"""

import asyncio
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from inspect import isgenerator
from typing import Any

from ..agents.fakes import RunningSums
from ..transcripts.checks import find_fault, found_by, signature_problems
from ..transcripts.errors import CourseError, ProtocolError, QuestionError
from ..transcripts.records import Attempt, Cue, Episode, Json, Question, Tier, Turn
from ..transcripts.replies import parse_attempt, render_attempt
from .fakes import sample_episode
from .replay import verify
from .script import Script, ScriptFactory
from .subjects.base import ChecksSteps, Generalizes, Hardens, HasSubtasks, Level, Subject

__all__ = ["check_script", "check_subject", "script_problems", "subject_problems"]

MAX_TURNS = 1_000
"""A script that asks for more about one sum counts as one that never ends."""

SEEDS = range(10)


def check_script(script: ScriptFactory, *, seeds: Iterable[int] = SEEDS, **settings: Any) -> None:
    """See `script_problems`.

    Raises:
        ProtocolError: one of the rules is broken.
    """
    find_fault("the script", script_problems(script, seeds=seeds, **settings))


def script_problems(script: ScriptFactory, *, seeds: Iterable[int] = SEEDS, **settings: Any) -> list[str]:
    """All that is wrong with a script; empty where nothing is.

    It is led through a conversation between fake speakers for each seed. It must be a generator that ends,
    cue somebody, pass on turns that were said and no others, give whoever is to judge or revise a solution
    one to judge, and do the same again when it is sent the same lines: resume, replay and fork rest on that.

    Args:
        script: Called with a question; see `schoolroom.environments.script`.
        seeds: One conversation each.
        settings: Of the script.
    """
    return found_by(_script(script, list(seeds), settings))


def _script(script: ScriptFactory, seeds: list[int], settings: Mapping[str, Any]) -> Iterator[str]:
    yield from signature_problems(script, "question")
    question = RunningSums().sample(0)
    if not isgenerator(made := script(question, **settings)):
        yield f"gives a {type(made).__name__}, but must be a generator function; 'yield' its cues."
        return
    made.close()
    for seed in seeds:
        problems: list[str] = []
        led = partial(_led, script, settings, problems)
        episode = asyncio.run(sample_episode(led, seed))
        yield from problems
        yield from _ended(episode)
        for difference in asyncio.run(verify(episode, partial(script, **settings))):
            yield f"sent the same lines again, it does otherwise: {difference.says}"


def _led(
    script: ScriptFactory, settings: Mapping[str, Any], problems: list[str], question: Question
) -> Script:
    """The script, with its cues judged as they pass."""
    made, turns, said = script(question, **settings), list[Turn](), None
    while True:
        try:
            cued = made.send(said)
        except StopIteration:
            return
        cues = [cue for cue in (cued if isinstance(cued, tuple) else (cued,)) if isinstance(cue, Cue)]
        for cue in cues:
            problems += _cue(cue, turns)
        if not turns and cues and cues[0].question != question:
            problems.append("its first cue is about another question than it was given.")
        if len(turns) > MAX_TURNS:
            raise ProtocolError(f"it still asks after {MAX_TURNS} turns; let it end.")
        said = yield cued
        turns += said if isinstance(said, tuple) else [said]


def _cue(cue: Cue, turns: list[Turn]) -> Iterator[str]:
    cued = f"its cue '{cue.ask}' to '{cue.seat}'"
    if any(turn not in turns for turn in cue.heard):
        yield f"{cued} passes on a turn that nobody said; pass on those it is sent."
    if cue.seed:
        yield f"{cued} has a seed; leave it to the classroom."


def _ended(episode: Episode) -> Iterator[str]:
    if episode.ending is not None and episode.ending.kind != "finished":
        yield f"a conversation broke off: {episode.ending.reason}"
    elif not episode.turns:
        yield "it cues nobody."


def check_subject(
    subject: Subject, *, settings: Mapping[str, Json] | None = None, seeds: Iterable[int] = SEEDS
) -> None:
    """See `subject_problems`.

    Raises:
        ProtocolError: one of the rules is broken.
    """
    find_fault(f"the subject '{subject.name}'", subject_problems(subject, settings=settings, seeds=seeds))


def subject_problems(
    subject: Subject, *, settings: Mapping[str, Json] | None = None, seeds: Iterable[int] = SEEDS
) -> list[str]:
    """All that is wrong with a subject; empty where nothing is.

    Questions follow from level and seed; the reference solution is right and survives being written down and
    read; other answers are wrong; a slip is found in its step where the subject judges steps at all, and what
    corrects it is right; variants have their tier, and the question as their parent.

    Args:
        subject: The subject.
        settings: Of the level, as in a course; None: its own.
        seeds: A question each.
    """
    return found_by(_subject(subject, settings or {}, list(seeds)))


def _subject(subject: Subject, settings: Mapping[str, Json], seeds: list[int]) -> Iterator[str]:
    level = subject.level(settings)
    try:
        questions = {seed: subject.sample(level, seed, "lesson") for seed in seeds}
    except QuestionError as error:
        if not isinstance(subject, ChecksSteps):  # one that makes none may judge those of others
            yield f"makes no question: {error}"
        return
    try:
        subject.level({**settings, "no_such_setting": 1})
        yield "takes settings that it does not know; refuse them with CourseError (see 'read_level')."
    except CourseError:
        pass
    if len(seeds) > 1 and len({question.id for question in questions.values()}) == 1:
        yield f"makes one question alone of {len(seeds)} seeds; let it follow from the seed."
    for seed, question in questions.items():
        for problem in (*_sampled(subject, level, seed, question), *_judges(subject, question, seed)):
            yield f"seed {seed}, {question.text[:60]!r}: {problem}"


def _sampled(subject: Subject, level: Level, seed: int, question: Question) -> Iterator[str]:
    if subject.sample(level, seed, "lesson") != question:
        yield "another question comes of the same seed; draw from random.Random(seed) alone."
    if (question.subject, question.lesson) != (subject.name, "lesson"):
        yield (
            f"its subject is '{question.subject}' and its lesson '{question.lesson}', but must be "
            f"'{subject.name}' and the lesson that was asked for."
        )
    made = Question.make(lesson=question.lesson, subject=question.subject, text=question.text)
    if question.id != made.id:
        yield "its id does not follow from its words; make it with Question.make."
    if Question.model_validate_json(question.model_dump_json()) != question:
        yield "it is not the same once it was stored; let its metadata hold JSON alone."


def _judges(subject: Subject, question: Question, seed: int) -> Iterator[str]:
    if subject.answers_match(question, None):
        yield "no answer counts as a right one."
    try:
        reference = subject.solve(question)
    except QuestionError as error:
        if question.answer is not None:
            yield f"it cannot be solved: {error}"
        return  # nobody knows the answer; nothing more can be said
    yield from _reference(subject, question, reference)
    read = parse_attempt(render_attempt(reference))
    if read.steps != reference.steps or not subject.check(question, read).correct:
        yield f"the reference {render_attempt(reference)!r:.80} is another solution once written and read."
    other = reference.model_copy(update={"answer": f"{reference.answer}1"})
    for wrong in (other, reference.model_copy(update={"answer": None})):
        found = subject.check(question, wrong)
        if (
            found.correct
            or found.step != len(reference.steps)
            or subject.answers_match(question, wrong.answer)
        ):
            yield f"the answer {wrong.answer!r} counts as right, or a step is blamed for it."
    for step in range(len(reference.steps)):
        yield from _slip(subject, question, reference, step, seed)
    yield from _variants(subject, question, seed)


def _reference(subject: Subject, question: Question, reference: Attempt) -> Iterator[str]:
    """What is wrong with the reference solution, by the subject's own word."""
    found = subject.check(question, reference)
    if not (found.correct and subject.answers_match(question, reference.answer)):
        yield f"the reference solution is judged wrong: {found.reason}"
    elif wrong := subject.wrong_steps(question, reference):
        yield f"wrong_steps blames step {wrong[0] + 1} of the reference, which check finds right."
    if question.answer is not None and not subject.answers_match(question, question.answer):
        yield f"its own answer '{question.answer}' does not match."
    if subject.solve(question) != reference:
        yield "it is solved in another way the second time."


def _slip(subject: Subject, question: Question, right: Attempt, step: int, seed: int) -> Iterator[str]:
    """What is wrong with how a mistake in `step` is made, found and corrected."""
    where = f"step {step + 1}"
    slipped = subject.slip(question, right, step, seed)
    found = subject.check(question, slipped)
    if slipped != subject.slip(question, right, step, seed):
        yield f"another slip in {where} comes of the same seed."
    if found.correct or found.step is None:
        yield f"a slip in {where} is not found: {render_attempt(slipped)!r:.120}"
        return
    if isinstance(subject, ChecksSteps) and found.step != step:
        yield f"a slip in {where} is blamed on step {found.step + 1}: {render_attempt(slipped)!r:.120}"
    lines = (*slipped.steps, slipped.answer or "")
    if found.span is not None and found.span not in lines[found.step]:
        yield f"the span {found.span!r} does not stand in {lines[found.step]!r}."
    if not found.reason:
        yield f"a slip in {where} is found without a reason."
    if found.step < len(slipped.steps) and found.step not in subject.wrong_steps(question, slipped):
        yield f"wrong_steps passes over step {found.step + 1}, which check finds wrong."
    if not subject.check(question, subject.correct(question, slipped)).correct:
        yield f"what corrects a slip in {where} is judged wrong."
    lines_of_review = subject.review(question, slipped)
    if any("\n" in line for line in lines_of_review):
        yield f"the review of a slip in {where} breaks a line; give a line for each step."


def _variants(subject: Subject, question: Question, seed: int) -> Iterator[str]:
    """What is wrong with the questions that it makes of `question`."""
    made: list[tuple[Tier, Callable[[], Iterable[Question]]]] = []
    if isinstance(subject, Generalizes):
        made.append((Tier.GENERALIZED, lambda: [subject.generalize(question, seed)]))
    if isinstance(subject, Hardens):
        made.append((Tier.HARDER, lambda: [subject.harder(question, seed)]))
    if isinstance(subject, HasSubtasks):
        made.append((Tier.SUBTASK, lambda: subject.subtasks(question)))
    for tier, variants in made:
        try:
            found = list(variants())
        except QuestionError:
            continue  # not every question has every variant
        if found != list(variants()):
            yield f"other {tier} questions come the second time."
        for variant in found:
            if (variant.tier, variant.parent) != (tier, question.id):
                yield (
                    f"its variant {variant.text[:60]!r} has tier '{variant.tier}' and parent "
                    f"{variant.parent!r}, but must have '{tier}' and '{question.id}'."
                )
            yield from _reference(subject, variant, subject.solve(variant))

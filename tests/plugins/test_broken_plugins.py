"""The rules that the checks see broken, each by a plug-in that breaks one."""

import itertools
import random
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from schoolroom.agents.checks import check_persona, check_seat, played_problems
from schoolroom.agents.fakes import RunningSums
from schoolroom.agents.persona import Persona
from schoolroom.agents.persona_files import find_persona
from schoolroom.agents.scripted_grader import ScriptedGrader
from schoolroom.environments.checks import check_script, check_subject, script_problems, subject_problems
from schoolroom.environments.fakes import sample_episodes
from schoolroom.environments.script import Script
from schoolroom.environments.scripts.tutoring import tutoring
from schoolroom.environments.subjects.base import Level
from schoolroom.environments.subjects.column_addition import ColumnAddition
from schoolroom.training.checks import check_recipe, check_row_form, recipe_problems, row_form_problems
from schoolroom.training.recipes.sft import sft
from schoolroom.transcripts.checks import check_exporter, exporter_problems
from schoolroom.transcripts.errors import PersonaError, ProtocolError
from schoolroom.transcripts.exchange.forms import Importer
from schoolroom.transcripts.exchange.jsonl import read_jsonl, write_jsonl
from schoolroom.transcripts.exchange.selection import Selection
from schoolroom.transcripts.records import (
    Ask,
    Attempt,
    Cue,
    Episode,
    Example,
    Feedback,
    Json,
    Question,
    Role,
)

EPISODES = sample_episodes(tutoring, name="tutoring", number=6)
ROWS = list(sft(EPISODES))


def attempt(question: Question) -> Cue:
    return Cue(seat="student", ask=Ask.ATTEMPT, question=question)


def asks_nobody(question: Question) -> Script:
    yield from ()


def returns_cues(question: Question) -> list[Cue]:
    return [attempt(question)]


def never_ends(question: Question) -> Script:
    while True:
        yield attempt(question)


def yields_words(question: Question) -> Script:
    yield "attempt"  # type: ignore[misc]


def asks_at_random(question: Question, rng: random.Random = random.Random(0)) -> Script:  # noqa: B008
    for _ in range(rng.randrange(5) + 1):
        yield attempt(question)


def asks_by_shared_chance(question: Question) -> Script:
    yield attempt(question)
    random.random()


def makes_turns_up(question: Question) -> Script:
    turn = yield attempt(question)
    other = turn.model_copy(update={"text": "answer: 1"})
    yield Cue(seat="teacher", ask=Ask.FEEDBACK, question=question, heard=(other,))


def passes_nothing_on(question: Question) -> Script:
    yield Cue(seat="teacher", ask=Ask.FEEDBACK, question=question)


def changes_the_question(question: Question) -> Script:
    yield attempt(RunningSums().sample(99))


def draws_seeds(question: Question) -> Script:
    yield attempt(question).model_copy(update={"seed": 7})


def needs_a_setting(question: Question, rounds: int) -> Script:
    yield attempt(question)


def fails(question: Question) -> Script:
    yield attempt(question)
    raise KeyError("oh")


@pytest.mark.parametrize(
    ("script", "problem"),
    [
        (asks_nobody, "it cues nobody."),
        (returns_cues, "gives a list, but must be a generator function"),
        (never_ends, "it still asks after 1000 turns; let it end."),
        (yields_words, "a script yields a Cue or a tuple of Cues, not 'attempt'."),
        (asks_at_random, "sent the same lines again, it does otherwise: "),
        (asks_by_shared_chance, "draws from Python's shared random numbers"),
        (makes_turns_up, "its cue 'feedback' to 'teacher' passes on a turn that nobody said"),
        (passes_nothing_on, "a conversation broke off: SeatError: a speaker cannot answer 'feedback'"),
        (changes_the_question, "its first cue is about another question than it was given."),
        (draws_seeds, "its cue 'attempt' to 'student' has a seed; leave it to the classroom."),
        (needs_a_setting, "'rounds' is no setting by keyword with a default; write it behind '*'"),
        (fails, "raises KeyError (test_broken_plugins.py, line "),
    ],
)
def test_scripts(script: Any, problem: str) -> None:
    assert any(problem in found for found in script_problems(script))
    with pytest.raises(ProtocolError, match=r"^the script: "):
        check_script(script)


class Sums(ColumnAddition):
    """A subject that is right but for what a test changes."""


def changed(**methods: Callable[..., Any]) -> Sums:
    subject: Sums = type("Broken", (Sums,), methods)()
    return subject


def by_the_clock(self: Sums, level: Level, seed: int, lesson: str = "") -> Question:
    return ColumnAddition.sample(self, level, time.perf_counter_ns(), lesson)


def any_level(self: Sums, settings: Mapping[str, Json]) -> Level:
    return ColumnAddition.level(self, {})


def of_no_lesson(self: Sums, level: Level, seed: int, lesson: str = "") -> Question:
    return ColumnAddition.sample(self, level, seed, "")


def always_one(self: Sums, level: Level, seed: int, lesson: str = "") -> Question:
    return ColumnAddition.sample(self, level, 1, lesson)


def no_slip(self: Sums, question: Question, attempt: Attempt, step: int, seed: int) -> Attempt:
    return attempt


def blames_the_first(self: Sums, question: Question, attempt: Attempt) -> Feedback:
    found = ColumnAddition.check(self, question, attempt)
    return found if found.correct else found.model_copy(update={"step": 0, "span": None})


def elsewhere(self: Sums, question: Question, attempt: Attempt) -> Feedback:
    found = ColumnAddition.check(self, question, attempt)
    return found if found.correct else found.model_copy(update={"span": "nowhere"})


def not_its_own(self: Sums, question: Question, seed: int) -> Question:
    return ColumnAddition.harder(self, question, seed).model_copy(update={"parent": None})


@pytest.mark.parametrize(
    ("subject", "problem"),
    [
        (changed(sample=by_the_clock), "another question comes of the same seed"),
        (changed(sample=always_one), "makes one question alone of 10 seeds"),
        (changed(sample=of_no_lesson), "its lesson '', but must be 'column_addition' and the lesson"),
        (changed(level=any_level), "takes settings that it does not know"),
        (changed(slip=no_slip), "a slip in step 1 is not found"),
        (changed(check=blames_the_first), "a slip in step 2 is blamed on step 1"),
        (changed(check=elsewhere), "the span 'nowhere' does not stand in"),
        (changed(check=lambda *_: Feedback(correct=False, step=0)), "the reference solution is judged wrong"),
        (changed(answers_match=lambda *_: True), "no answer counts as a right one."),
        (
            changed(correct=lambda self, question, attempt: attempt),
            "what corrects a slip in step 1 is judged",
        ),
        (changed(wrong_steps=lambda *_: ()), "wrong_steps passes over step 1, which check finds wrong."),
        (changed(harder=not_its_own), "and parent None, but must have 'harder' and"),
        (
            changed(solve=lambda *_: Attempt(steps=("a\nb",), answer="1")),
            "is another solution once written and read.",
        ),
        (changed(review=lambda *_: ("a\nb",)), "breaks a line; give a line for each step."),
    ],
)
def test_subjects(subject: Sums, problem: str) -> None:
    assert any(problem in found for found in subject_problems(subject))
    with pytest.raises(ProtocolError, match=r"^the subject 'column_addition': "):
        check_subject(subject)


def counted() -> Callable[[Iterable[Episode]], Iterator[Example]]:
    numbers = itertools.count(1)

    def recipe(episodes: Iterable[Episode]) -> Iterator[Example]:
        weight = float(next(numbers))
        return sft(episodes, weight=weight)

    return recipe


def with_messages(change: Callable[[Example], dict[str, Any]]) -> Callable[..., Iterator[Example]]:
    def recipe(episodes: Iterable[Episode]) -> Iterator[Example]:
        return (row.model_copy(update=change(row)) for row in sft(episodes))

    return recipe


def weighted(weight: float) -> Callable[..., Iterator[Example]]:
    return with_messages(
        lambda row: {"messages": tuple(m.model_copy(update={"weight": weight}) for m in row.messages)}
    )


def of_all(episodes: Iterable[Episode]) -> Iterator[Example]:
    ended = {"ending": EPISODES[0].ending}
    return sft([episode.model_copy(update=ended) for episode in episodes])


@pytest.mark.parametrize(
    ("recipe", "problem"),
    [
        (lambda episodes: iter(()), "makes no row of 6 episodes"),
        (counted(), "makes other rows of the same episodes"),
        (of_all, "makes rows of episodes that were cut short"),
        (lambda episodes: itertools.chain(*itertools.tee(sft(episodes))), "2 times; none may come twice."),
        (weighted(0.0), "is not learnt at all; give its reply a weight."),
        (weighted(1.0), "is learnt whole, its prompt too"),
        (with_messages(lambda row: {"id": "mine"}), "has another id than follows from recipe and messages"),
        (with_messages(lambda row: {"lesson": "other"}), "of lesson 'other', which no episode is about."),
        (
            with_messages(lambda row: {"sources": (row.sources[0].model_copy(update={"turn": 99}),)}),
            "points at turn 99 of episode",
        ),
        (lambda episodes: iter([1]), "gives a int, but must give Examples."),
        (lambda episodes, limit: sft(episodes), "'limit' is no setting by keyword with a default"),
    ],
)
def test_recipes(recipe: Any, problem: str) -> None:
    assert any(problem in found for found in recipe_problems(recipe, EPISODES))
    with pytest.raises(ProtocolError, match=r"^the recipe: "):
        check_recipe(recipe, EPISODES)


@pytest.mark.parametrize(
    ("form", "problem"),
    [
        (lambda row: row.kind, "gives a str, but must give a dict, a column each."),
        (lambda row: {"prompt": row.messages[0].content}, "loses what row "),
        (
            lambda row: {"at": time.perf_counter_ns(), **row.model_dump(mode="json")},
            "makes another line of row ",
        ),
        (lambda row: {"row": row}, "raises TypeError ("),
    ],
)
def test_forms_of_rows(form: Any, problem: str) -> None:
    assert any(problem in found for found in row_form_problems(form, ROWS))
    with pytest.raises(ProtocolError, match=r"^the form: "):
        check_row_form(form, ROWS)
    assert row_form_problems(form, []) == ["refuses all of 0 rows."]


def miscounts(selection: Selection, path: Path) -> int:
    write_jsonl(selection, path)
    return 7


def leaves_files(selection: Selection, path: Path) -> int:
    path.with_suffix(".tmp").touch()
    return write_jsonl(selection, path)


def says_when(selection: Selection, path: Path) -> int:
    number = write_jsonl(selection, path)
    path.write_text(f"{time.perf_counter_ns()}\n{path.read_text()}")
    return number


def breaks(selection: Selection, path: Path) -> int:
    path.write_text("")
    return 1


@pytest.mark.parametrize(
    ("write", "problem"),
    [
        (miscounts, "returns 7, but must return how many of 6 episodes it wrote."),
        (leaves_files, "leaves other files than the one whose path it is given"),
        (says_when, "writes other bytes the second time"),
        (breaks, "raises NotADirectoryError ("),
    ],
)
def test_exporters(write: Any, problem: str) -> None:
    assert any(problem in found for found in exporter_problems(write, EPISODES))
    with pytest.raises(ProtocolError, match=r"^the exporter: "):
        check_exporter(write, EPISODES)


def test_what_an_importer_reads_back_is_what_was_written() -> None:
    def shortened(path: Path) -> Iterator[Any]:
        return itertools.islice(read_jsonl(path), 3)

    unknown, lost = exporter_problems(write_jsonl, EPISODES, Importer(shortened, lambda _: False))
    assert unknown == "its importer does not know the file again; 'begins' must be true of its first line."
    assert lost.endswith(" does not come back as it was.")


def test_personas_and_seats(tmp_path: Path) -> None:
    path = tmp_path / "mute.toml"
    path.write_text('name = "mute"\nrole = "grader"\n[instructions]\ngrade = ""\n')
    with pytest.raises(
        ProtocolError, match=r"^the persona 'mute': grade: a model that plays it is told nothing"
    ):
        check_persona(path)
    path.write_text('name = "mute"\nrole = "grade"\n')
    with pytest.raises(PersonaError, match=r"mute\.toml: 'role' is 'grade'; did you mean 'grader'"):
        check_persona(path)
    assert played_problems(Persona(name="fine", role=Role.STUDENT)) == []
    seat = ScriptedGrader(find_persona("exact", role=Role.GRADER), name="s", checkers=lambda _: RunningSums())
    check_seat(seat)
    seat.name = "other"
    with pytest.raises(ProtocolError, match=r"^the seat 'other': info says 's', grader"):
        check_seat(seat)


def test_an_error_says_how_much_more_is_wrong() -> None:
    with pytest.raises(ProtocolError, match=r"^the recipe: makes no row of 0 episodes; .*\.$"):
        check_recipe(sft, [])
    with pytest.raises(ProtocolError, match=r"\(\d+ more\)$"):
        check_subject(changed(slip=no_slip))

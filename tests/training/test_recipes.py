"""Recipes: which rows come of which transcripts, with the very prompts that the exam gives."""

import subprocess
import sys
from collections.abc import Callable
from importlib.metadata import EntryPoint
from typing import Any

import pytest

from schoolroom.environments.scripts.demonstration import demonstration
from schoolroom.environments.scripts.exam import exam
from schoolroom.environments.scripts.tutoring import tutoring
from schoolroom.training.recipes.base import apply_recipe, find_recipe, recipe_names
from schoolroom.training.recipes.rationale import rationale
from schoolroom.training.recipes.self_correction import BALANCE, self_correction
from schoolroom.training.recipes.sft import sft
from schoolroom.transcripts import plugins
from schoolroom.transcripts.errors import ConfigError, ProtocolError, UnknownName
from schoolroom.transcripts.prompts import PLAIN_STUDENT, prompt
from schoolroom.transcripts.records import Ask, Cue, Episode, Example, Grade, Question, Role, Source

Hold = Callable[..., tuple[Episode, list[Cue]]]

WRONG = "7+5=11, write 11\nanswer: 11"
RIGHT = "7+5=12, write 12\nanswer: 12"
BLAME = "1: 7+5=12\nstep 1 is wrong"
PRAISE = "1: 7+5=12\nall correct"


def rows(examples: Any) -> list[tuple[str, str, list[str]]]:
    """Kind, reply and prompt of each row; checks that the reply alone is learnt."""
    found = []
    for row in examples:
        *said, reply = row.messages
        assert (reply.role, reply.weight > 0) == ("assistant", True)
        assert all(m.weight == 0 for m in said)
        found.append((row.kind, reply.content, [f"{m.role}: {m.content}" for m in said]))
    return found


def question_number(i: int) -> Question:
    return Question.make(lesson="sums", subject="s", text=f"{i}+5=", answer="12")


def corrected_at_once(hold: Hold, question: Question, **rest: Any) -> Episode:
    return hold(tutoring(question), question, [WRONG, BLAME, RIGHT, PRAISE], **rest)[0]


def shown_how(hold: Hold, question: Question) -> Episode:
    said = [WRONG, BLAME, f"{WRONG} ", BLAME, RIGHT, PRAISE]
    return hold(tutoring(question), question, said)[0]


def shown_at_once(hold: Hold, question: Question) -> Episode:
    return hold(tutoring(question, max_revisions=0), question, [WRONG, BLAME, RIGHT, PRAISE])[0]


def right_at_once(hold: Hold, question: Question, **rest: Any) -> Episode:
    return hold(tutoring(question), question, [RIGHT, PRAISE], **rest)[0]


def test_tutoring_teaches_attempt_feedback_and_revision(hold: Hold, question: Question) -> None:
    check = ["user: 7+5=", f"assistant: {WRONG}", "user: Check each step."]
    assert rows(self_correction([corrected_at_once(hold, question)])) == [
        ("attempt", RIGHT, ["user: 7+5="]),
        ("feedback", BLAME, check),
        ("revision", RIGHT, [*check, f"assistant: {BLAME}", "user: Now correct it."]),
        ("feedback", PRAISE, [check[0], f"assistant: {RIGHT}", check[2]]),
    ]


def test_training_prompts_are_the_exams(hold: Hold, question: Question) -> None:
    """Drive an exam in which a student says what it was taught, and compare what it reads."""
    taught = list(self_correction([corrected_at_once(hold, question)]))
    _, cues = hold(exam(question), question, [WRONG, BLAME, RIGHT], name="exam")
    read = {cue.ask: prompt(cue, Role.STUDENT, PLAIN_STUDENT) for cue in cues if cue.seat == Role.STUDENT}
    assert set(read) == {Ask.ATTEMPT, Ask.FEEDBACK, Ask.REVISE}
    kinds = {Ask.ATTEMPT: "attempt", Ask.FEEDBACK: "feedback", Ask.REVISE: "revision"}
    for ask, messages in read.items():
        row = next(row for row in taught if row.kind == kinds[ask])
        assert [(m.role, m.content) for m in row.messages[:-1]] == [(m.role, m.content) for m in messages]


def test_the_teachers_solution_is_learnt_where_the_student_never_got_there(
    hold: Hold, question: Question
) -> None:
    found = rows(self_correction([shown_how(hold, question)]))
    assert [(kind, reply) for kind, reply, _ in found] == [
        ("attempt", RIGHT),
        ("feedback", BLAME),
        ("revision", RIGHT),
        ("feedback", BLAME),
        ("revision", RIGHT),
        ("feedback", PRAISE),
    ]
    assert found[4][2][1] == f"assistant: {WRONG} "
    assert found[5][2] == ["user: 7+5=", f"assistant: {RIGHT}", "user: Check each step."]


def test_a_demonstration_is_confirmed_as_an_attempt_of_ones_own_would_be(
    hold: Hold, question: Question
) -> None:
    shown, own = shown_at_once(hold, question), corrected_at_once(hold, question)
    assert rows(self_correction([shown])) == rows(self_correction([own]))


@pytest.mark.parametrize("trust", ["teacher", "graded"])
def test_a_demonstration_that_its_own_teacher_blames_is_no_solution(
    hold: Hold, question: Question, trust: Any
) -> None:
    said = [WRONG, BLAME, f"{WRONG} ", BLAME]
    episode = hold(tutoring(question, max_revisions=0), question, said)[0]
    found = rows(self_correction([episode], trust=trust))
    assert [(kind, reply, prompt[1]) for kind, reply, prompt in found] == [
        ("feedback", BLAME, f"assistant: {WRONG}"),
        ("feedback", BLAME, f"assistant: {WRONG} "),
    ]


def test_rows_name_the_turns_that_they_came_from(hold: Hold, question: Question) -> None:
    episode = shown_how(hold, question)
    attempt, feedback, revision, *_, praise = self_correction([episode])
    assert attempt.sources == (Source(episode=episode.id, turn=4),)
    assert [source.turn for source in feedback.sources] == [0, 1]
    assert [source.turn for source in revision.sources] == [0, 1, 4]
    assert [source.turn for source in praise.sources] == [4, 5]
    assert (attempt.question, attempt.lesson, attempt.recipe) == (question.id, "sums", "self_correction")


@pytest.mark.parametrize("recipe", [rationale, self_correction, sft])
@pytest.mark.parametrize("ending", ["cut_short", None])
def test_nothing_is_learnt_from_what_did_not_finish(
    hold: Hold, question: Question, ending: str | None, recipe: Callable[..., Any]
) -> None:
    assert list(recipe([corrected_at_once(hold, question, ending=ending)])) == []
    assert list(recipe([corrected_at_once(hold, question)]))


def test_kinds_and_weights_can_be_chosen(hold: Hold, question: Question) -> None:
    episode = corrected_at_once(hold, question)
    chosen = list(self_correction([episode], kinds=["revision", "attempt"], weights={"revision": 0.5}))
    assert [(row.kind, row.messages[-1].weight) for row in chosen] == [("attempt", 1.0), ("revision", 0.5)]


def test_a_question_is_solved_once_and_no_row_comes_twice(hold: Hold, question: Question) -> None:
    episodes = [corrected_at_once(hold, question), right_at_once(hold, question), shown_how(hold, question)]
    made = list(self_correction(episodes))
    assert len({row.id for row in made}) == len(made)
    assert [row.kind for row in made].count("attempt") == 1
    assert len(list(self_correction([episodes[0]] * 3))) == 4


@pytest.mark.parametrize(
    ("said", "grades", "kept"),
    [
        # The teacher praises a wrong answer: neither the praise nor the solution is learnt.
        ([WRONG, PRAISE], [], []),
        # The teacher blames a right one without a wrong step, then shows a wrong one.
        ([RIGHT, BLAME, WRONG, PRAISE], [Grade(score=1, correct=True, steps=1, wrong_steps=0)], []),
        # The answer is right by luck: its wrong step deserves the blame.
        (
            [RIGHT, BLAME, RIGHT + " ", PRAISE],
            [Grade(score=1, correct=True, steps=1, wrong_steps=1)],
            ["attempt", "feedback", "revision", "feedback"],
        ),
        # Nothing contradicts.
        ([WRONG, BLAME, RIGHT, PRAISE], [], ["attempt", "feedback", "revision", "feedback"]),
    ],
)
def test_what_grades_and_references_contradict_may_be_left_out(
    hold: Hold, question: Question, said: list[str], grades: list[Grade], kept: list[str]
) -> None:
    episode = hold(tutoring(question, max_revisions=0), question, said, grades)[0]
    assert [row.kind for row in self_correction([episode], trust="graded")] == kept
    assert len(list(self_correction([episode]))) >= 2


@pytest.mark.parametrize("correct", [corrected_at_once, shown_at_once])
def test_the_balance_thins_out_what_there_is_too_much_of(hold: Hold, correct: Callable[..., Episode]) -> None:
    mistakes = [correct(hold, question_number(i)) for i in range(30)]
    right = [right_at_once(hold, question_number(i)) for i in range(100, 110)]

    def counts(**settings: Any) -> tuple[int, int, int]:
        made = list(self_correction([*mistakes, *right], **settings))
        praise = sum(row.messages[-1].content == PRAISE for row in made)
        kinds = [row.kind for row in made]
        assert kinds.count("feedback") - praise == kinds.count("revision")
        return kinds.count("revision"), praise, kinds.count("attempt")

    assert counts() == (30, 40, 40)
    assert counts(balance=BALANCE) == (30, 20, 20)
    assert counts(balance={"revision": 1, "termination": 3}) == (13, 40, 40)
    one, again, other = (
        [row.id for row in self_correction(mistakes, balance=BALANCE, seed=seed)] for seed in (0, 0, 1)
    )
    assert one == again != other


def test_a_balance_takes_no_account_of_groups_that_are_empty(hold: Hold) -> None:
    right = [right_at_once(hold, question_number(i)) for i in range(6)]
    assert len(list(self_correction(right, balance=BALANCE))) == 6 * 2


def test_a_demonstration_is_a_rationale(hold: Hold, question: Question) -> None:
    shown = hold(demonstration(question), question, [WRONG], name="demonstration")[0]
    made = list(rationale([shown, shown]))
    assert rows(made) == [("attempt", WRONG, ["user: 7+5="])]
    assert made[0].sources == (Source(episode=shown.id, turn=0),)
    assert rows(rationale([shown], trust="graded")) == [("attempt", RIGHT, ["user: 7+5="])]


def test_a_reference_solution_is_a_rationale_too(hold: Hold, question: Question) -> None:
    made = list(rationale([corrected_at_once(hold, question)], weight=2))
    assert rows(made) == [("attempt", RIGHT, ["user: 7+5="])]
    assert made[0].messages[-1].weight == 2.0
    assert made[0].sources == ()
    bare = question_number(7)
    assert list(rationale([corrected_at_once(hold, bare)])) == []


def test_sft_keeps_what_was_graded_right(hold: Hold, question: Question) -> None:
    assert rows(sft([corrected_at_once(hold, question)])) == [
        ("revise", RIGHT, ["user: 7+5=", f"assistant: {WRONG}", f"user: {BLAME}\nNow correct it."])
    ]
    assert rows(sft([right_at_once(hold, question)])) == [("attempt", RIGHT, ["user: 7+5="])]
    assert rows(sft([shown_how(hold, question)])) == []


def test_instructions_are_told_as_to_a_live_seat(hold: Hold, question: Question) -> None:
    told = {"system": "You learn {lesson}.", Ask.FEEDBACK: "Look again."}
    made = rows(self_correction([right_at_once(hold, question)], instructions=told))
    assert made[0][2] == ["system: You learn sums.", "user: 7+5="]
    assert made[1][2][-1] == "user: Look again."


@pytest.mark.parametrize("recipe", [rationale, self_correction, sft])
def test_a_limit_bounds_the_rows(hold: Hold, recipe: Callable[..., Any]) -> None:
    episodes = [
        right_at_once(hold, question_number(i).model_copy(update={"solution": ("a",)})) for i in range(5)
    ]
    assert len(list(recipe(iter(episodes), limit=3))) == 3


@pytest.mark.parametrize(
    ("name", "settings", "message"),
    [
        ("self_correction", {"kind": ["attempt"]}, "has no setting 'kind'; did you mean 'kinds'?"),
        ("self_correction", {"kinds": ["attempts"]}, "no kind 'attempts'; did you mean 'attempt'?"),
        (
            "self_correction",
            {"weights": {"attempt": 0}},
            "weight of 'attempt' must be a positive number, not 0",
        ),
        ("self_correction", {"weights": {"x": 1}}, "there is no kind 'x'"),
        ("self_correction", {"balance": {"attempts": 1}}, "no part of a balance 'attempts'; did you mean"),
        ("self_correction", {"trust": "nobody"}, "trust must be one of teacher, graded, not 'nobody'"),
        ("rationale", {"limit": 0}, "limit must be a positive number of rows, not 0"),
        ("sft", {"weight": "much"}, "must be a positive number, not 'much'"),
    ],
)
def test_settings_are_checked_before_any_row(name: str, settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        apply_recipe(name, [], settings)
    assert message in str(caught.value)


def test_recipes_are_found_by_name() -> None:
    assert {"rationale", "self_correction", "sft"} <= set(recipe_names())
    assert find_recipe("rationale") is rationale
    with pytest.raises(UnknownName, match=r"unknown recipe 'rational'; did you mean 'rationale'\?"):
        find_recipe("rational")


def test_installed_packages_bring_recipes(
    monkeypatch: pytest.MonkeyPatch, hold: Hold, question: Question
) -> None:
    point = EntryPoint("mine", "schoolroom.training.recipes.sft:sft", "schoolroom.recipes")
    monkeypatch.setattr(plugins, "entry_points", lambda group: [point])
    assert "mine" in recipe_names()
    made: list[Example] = list(apply_recipe("mine", [right_at_once(hold, question)], {"limit": 1}))
    assert len(made) == 1


def test_a_broken_plugin_harms_nobody_but_who_asks_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    point = EntryPoint("broken", "no_such_package:recipe", "schoolroom.recipes")
    monkeypatch.setattr(plugins, "entry_points", lambda group: [point])
    assert find_recipe("sft").__name__ == "sft"
    with pytest.raises(ProtocolError, match="entry point 'broken'"):
        find_recipe("broken")


def test_recipes_measures_and_exports_need_no_torch() -> None:
    code = (
        "import sys, schoolroom.training.measures, schoolroom.training.export\n"
        "from schoolroom.training.recipes.base import find_recipe\n"
        "find_recipe('self_correction')\n"
        "assert not {'torch', 'transformers', 'scipy', 'numpy'} & set(sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")

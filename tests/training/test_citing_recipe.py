"""CITING's recipe on golden transcripts: (question, rubric, draft) -> revision, and its controls."""

from collections.abc import Callable
from typing import Any

import pytest

from schoolroom.environments.scripts.citing import citing, citing_exam
from schoolroom.training.recipes.base import apply_recipe
from schoolroom.training.recipes.citing import citing as citing_rows
from schoolroom.transcripts.errors import ConfigError
from schoolroom.transcripts.prompts import PLAIN_STUDENT, prompt
from schoolroom.transcripts.records import Cue, Episode, Example, Question, Role

Hold = Callable[..., tuple[Episode, list[Cue]]]

DOTS = "- stops: a dot after steps"
TOP = "- answer first: on the top line"
DRAFT = "7+5=12, write 12\nanswer: 12"
OWN = "7+5=12, write 12.\nanswer: 13"
SHOWN = "7+5=12, write 12.\nanswer: 12"


def first_round(hold: Hold, question: Question, rubric: str = DOTS, **rest: Any) -> Episode:
    return hold(citing(question), question, [rubric, DRAFT, SHOWN], name="citing", **rest)[0]


def second_round(hold: Hold, question: Question) -> Episode:
    return hold(citing(question, own_revisions=1), question, [DOTS, DRAFT, OWN, SHOWN], name="citing")[0]


def read(row: Example) -> list[str]:
    return [f"{message.role}: {message.content}" for message in row.messages]


def another(text: str = "8+5=") -> Question:
    return Question.make(lesson="more", subject="column_addition", text=text, answer="12")


def test_a_draft_under_its_rubric_becomes_the_teachers_revision(hold: Hold, question: Question) -> None:
    (row,) = citing_rows([first_round(hold, question)])
    assert read(row) == [
        f"user: 7+5=\n{DOTS}",
        f"assistant: {DRAFT}",
        "user: Now correct it.",
        f"assistant: {SHOWN}",
    ]
    assert [message.weight for message in row.messages] == [0, 0, 0, 1]
    assert (row.kind, row.recipe, [source.turn for source in row.sources]) == (
        "revision",
        "citing",
        [0, 1, 2],
    )


def test_in_later_rounds_the_students_own_revision_is_what_is_revised(hold: Hold, question: Question) -> None:
    (row,) = citing_rows([second_round(hold, question)], weight=1.5)
    assert [message.content for message in row.messages] == [f"7+5=\n{DOTS}", OWN, "Now correct it.", SHOWN]
    assert row.messages[-1].weight == 1.5


def test_training_prompts_are_the_exams(hold: Hold, question: Question) -> None:
    (row,) = citing_rows([first_round(hold, question)])
    script = citing_exam(question, rubric_by="teacher")
    _, cues = hold(script, question, [DOTS, DRAFT, SHOWN], name="citing_exam")
    asked = next(cue for cue in cues if cue.ask == "revise")
    messages = prompt(asked, Role.STUDENT, PLAIN_STUDENT)
    assert [(m.role, m.content) for m in row.messages[:-1]] == [(m.role, m.content) for m in messages]


def test_the_rubric_can_be_withheld(hold: Hold, question: Question) -> None:
    (row,) = citing_rows([first_round(hold, question)], rubric="withheld")
    assert read(row)[0] == "user: 7+5="
    assert len(row.messages) == 4


def test_targets_only_is_plain_training_on_the_revised_answers(hold: Hold, question: Question) -> None:
    (row,) = citing_rows([first_round(hold, question)], rubric="withheld", reads="question")
    assert read(row) == ["user: 7+5=", f"assistant: {SHOWN}"]
    assert row.kind == "attempt"
    (row,) = citing_rows([first_round(hold, question)], reads="question")
    assert read(row) == [f"user: 7+5=\n{DOTS}", f"assistant: {SHOWN}"]


def test_the_rubric_of_another_type_says_something_else(hold: Hold, question: Question) -> None:
    other = another()
    episodes = [first_round(hold, question), first_round(hold, other, TOP)]
    rows = list(citing_rows(episodes, rubric="other"))
    assert [read(row)[0] for row in rows] == [f"user: 7+5=\n{TOP}", f"user: 8+5=\n{DOTS}"]
    assert [source.turn for source in rows[0].sources] == [1, 2]
    with pytest.raises(ConfigError, match="hold one rubric alone"):
        list(citing_rows(episodes[:1], rubric="other"))


def test_a_draft_that_was_left_as_it_was_is_learnt_and_no_row_comes_twice(
    hold: Hold, question: Question
) -> None:
    left = hold(citing(question), question, [DOTS, SHOWN, SHOWN], name="citing")[0]
    assert len(list(citing_rows([left, left]))) == 1


def test_what_was_cut_short_teaches_nothing_and_wrong_revisions_can_be_left_out(
    hold: Hold, question: Question
) -> None:
    assert list(citing_rows([first_round(hold, question, ending="cut_short")])) == []
    wrong = hold(citing(question), question, [DOTS, DRAFT, OWN], name="citing")[0]
    assert len(list(citing_rows([wrong]))) == 1
    assert list(citing_rows([wrong], trust="graded")) == []


def test_rounds_come_in_their_order_up_to_the_limit(hold: Hold, question: Question) -> None:
    rounds = [first_round(hold, question), second_round(hold, question), first_round(hold, another())]
    assert [row.messages[1].content for row in citing_rows(rounds)] == [DRAFT, OWN, DRAFT]
    assert len(list(citing_rows(rounds, limit=2))) == 2


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"rubric": "onw"}, "rubric is 'onw'; did you mean 'own'"),
        ({"reads": "drafts"}, "reads is 'drafts'; did you mean 'draft'"),
        ({"weight": 0}, "weight of 'revision' must be a positive number"),
        ({"limit": 0}, "limit must be a positive number"),
        ({"trust": "nobody"}, "trust must be one of"),
    ],
)
def test_settings_out_of_range_are_refused(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        apply_recipe("citing", [], settings)

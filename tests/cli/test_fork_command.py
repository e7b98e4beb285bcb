"""`schoolroom fork` and `grade`: who sits where, what is refused, and what is shown."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import Result

from schoolroom.cli.fork import _who
from schoolroom.cli.recast import from_here, played_by
from schoolroom.training.recipes.base import apply_recipe
from schoolroom.transcripts.errors import ConfigError
from schoolroom.transcripts.records import Episode
from schoolroom.transcripts.store import Store

Cli = Callable[..., Result]

TERSER = 'name = "terser"\nrole = "teacher"\n[style]\nall_correct = "fine"\nclosing = "no: {line}"\n'
TOUGH = 'name = "tough"\nrole = "grader"\n[criteria]\nsteps = 1.0\n'


def an_episode(database: str = "schoolroom.db", turns: int = 5) -> Episode:
    """A stored one in which the student was wrong at first."""
    with Store.open(database, must_exist=True) as store:
        return next(episode for episode in store.episodes() if len(episode.turns) >= turns)


def forked(result: Result) -> Episode:
    return Episode.model_validate(json.loads(result.stdout)["episode"])


@pytest.mark.usefixtures("held")
def test_a_conversation_goes_on_with_another_teacher(cli: Cli) -> None:
    parent = an_episode()
    words = cli("fork", parent.id[:12], "--at", "2", "--seat", "teacher=terse").stdout
    assert "terse@1 · feedback" in words
    assert "careless@1 · attempt" not in words  # what is repeated is not shown
    assert f"parts from {parent.id[:10]}" in " ".join(words.split())
    assert f"schoolroom diff {parent.id[:10]} " in words
    again = cli("fork", parent.id, "--at", "2", "--seat", "teacher=terse", "--json")
    assert json.loads(again.stdout)["held_before"] is True
    made = forked(again)
    assert made.turns[0] == parent.turns[0]
    assert made.turns[1].persona == "terse@1"
    assert "held before" in cli("fork", parent.id, "--at", "2", "--seat", "teacher=terse").stderr
    with Store.open("schoolroom.db", must_exist=True) as store:
        assert [run.kind for run in store.runs()] == ["simulation", "fork"]
        assert (
            store.run(made.run).plan["personas"]["student"]
            == store.run(parent.run).plan["personas"]["student"]
        )


@pytest.mark.usefixtures("held")
def test_turns_are_counted_from_one_and_a_seed_is_another_sample(cli: Cli) -> None:
    parent = an_episode()
    same = forked(cli("fork", parent.id, "--at", "1", "--json"))
    assert [turn.text for turn in same.turns] == [turn.text for turn in parent.turns]
    assert same.seed == parent.seed
    others = [forked(cli("fork", parent.id, "--at", "1", "--seed", str(n), "--json")) for n in (1, 2, 3)]
    assert len({other.seed for other in others} | {same.seed}) == 4
    last = len(parent.turns)
    assert f"turn 1 to {last} (counted" in cli("fork", parent.id, "--at", "0", code=2).stderr
    assert f"not at {last + 1}." in cli("fork", parent.id, "--at", str(last + 1), code=2).stderr


@pytest.mark.usefixtures("held")
def test_a_fork_is_forked_and_an_exam_too(cli: Cli) -> None:
    parent = an_episode()
    made = forked(cli("fork", parent.id, "--at", "2", "--seat", "teacher=terse", "--json"))
    second = forked(cli("fork", made.id, "--at", "3", "--seat", "student=anxious", "--json"))
    assert second.turns[1].persona == "terse@1"
    assert second.origin is not None
    assert second.origin.episode == made.id
    cli("exam", "--questions", "2", "--quiet")
    with Store.open("schoolroom.db", must_exist=True) as store:
        exam = next(run for run in store.runs() if run.kind == "exam")
        sat = next(store.episodes(run=exam.id))
    other = forked(cli("fork", sat.id, "--at", "1", "--seat", "student=anxious", "--json"))
    assert other.turns[0].persona == "anxious@1"
    stderr = cli("fork", sat.id, "--at", "1", "--seat", "teacher=terse", code=2).stderr
    assert "unknown seat of run" in stderr
    for command in ("export", "train"):
        stderr = cli(command, "--run", other.run, "--out", "x", code=2).stderr
        assert f"grew from exam {exam.id}; its questions are held out" in " ".join(stderr.split())


@pytest.mark.usefixtures("held")
def test_what_cannot_be_forked_is_a_sentence(cli: Cli) -> None:
    parent = an_episode().id
    assert (
        "did you mean 'teacher'" in cli("fork", parent, "--at", "2", "--seat", "techer=terse", code=2).stderr
    )
    assert (
        "unknown teacher 'ters'" in cli("fork", parent, "--at", "2", "--seat", "teacher=ters", code=2).stderr
    )
    assert "--seat takes NAME=WHO" in cli("fork", parent, "--at", "2", "--seat", "terse", code=2).stderr
    assert "no episode 'zz'" in cli("fork", "zz", "--at", "2", code=3).stderr
    with Store.open("schoolroom.db", must_exist=True) as store:
        assert len(store.runs()) == 1


def test_files_are_found_from_where_one_is_and_those_of_the_run_from_where_it_began(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "mine.toml").write_text(TERSER)
    cli("run", "--episodes", "4", "--teacher", "mine.toml", "--quiet")
    (elsewhere := tmp_path / "elsewhere").mkdir()
    (elsewhere / "tough.toml").write_text(TOUGH)
    monkeypatch.chdir(elsewhere)
    parent = an_episode("../schoolroom.db", turns=3)
    made = forked(
        cli(
            "fork",
            parent.id,
            "--at",
            "2",
            "--seat",
            "grader=tough.toml",
            "--db",
            "../schoolroom.db",
            "--json",
        )
    )
    assert {info.seat: info.persona for info in made.seats} == {
        "teacher": "terser@1",
        "student": "careless@1",
        "grader": "tough@1",
    }
    second = forked(cli("fork", made.id, "--at", "2", "--db", "../schoolroom.db", "--json"))
    assert second.seats == made.seats
    assert not (elsewhere / "schoolroom.db").exists()


def test_who_has_changed_since_is_refused_unless_replaced(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(TERSER)
    cli("run", "--episodes", "4", "--teacher", "mine.toml", "--quiet")
    parent = an_episode(turns=3)
    (tmp_path / "mine.toml").write_text(TERSER.replace("fine", "good"))
    stderr = cli("fork", parent.id, "--at", "2", "--seat", "grader=marks", code=2).stderr
    assert "personas.teacher.style.all_correct" in stderr
    assert "or seat others with --seat NAME=WHO" in stderr
    assert forked(cli("fork", parent.id, "--at", "2", "--seat", "teacher=terse", "--json")).ending is not None
    assert json.loads(cli("grade", parent.run, "--grader", "marks", "--json").stdout)["grades"] > 0


@pytest.mark.parametrize(
    ("at", "seats", "models", "now"),
    [
        (1, [], ["m"], {"teacher": "patient@m"}),
        (0, [], ["m"], {"student": "careless@m"}),
        (0, [], ["grader=m"], {"grader": "exact@m"}),
        (1, ["grader=marks"], ["m"], {"grader": "marks@m"}),
        (1, ["grader=marks@other"], ["teacher=m", "grader=n"], {"grader": "marks@n", "teacher": "patient@m"}),
        (1, [], ["a=b"], {"teacher": "patient@a=b"}),
    ],
)
@pytest.mark.usefixtures("held")
def test_a_model_plays_who_is_named_or_speaks_at_the_turn(
    at: int, seats: list[str], models: list[str], now: dict[str, str]
) -> None:
    parent = an_episode()
    with Store.open("schoolroom.db", must_exist=True) as store:
        found = _who(store.run(parent.run), parent, at, seats, models)
    assert found == {f"seats.{name}.who": who for name, who in now.items()}


@pytest.mark.usefixtures("held")
def test_a_model_must_play_somebody() -> None:
    parent = an_episode()
    with Store.open("schoolroom.db", must_exist=True) as store:
        run = store.run(parent.run)
    with pytest.raises(ConfigError, match="nobody has spoken at turn 10 yet; say who: --model NAME=m"):
        _who(run, parent, 9, [], ["m"])


def test_who_is_named_by_words() -> None:
    here = Path.cwd()
    assert from_here("patient@openai/gpt-4o-mini") == "patient@openai/gpt-4o-mini"
    assert from_here("mine.toml") == f"{here / 'mine.toml'}"
    assert from_here("mine.toml@hf:out/student") == f"{here / 'mine.toml'}@hf:{here / 'out/student'}"
    assert from_here("hf:out/a@b#01234567") == f"hf:{here / 'out/a@b#01234567'}"
    assert from_here("other@shelf:rubrics.json") == f"other@shelf:{here / 'rubrics.json'}"
    assert played_by("patient", "m") == played_by("patient@old", "m") == "patient@m"
    assert played_by("a/mine.toml", "m") == "a/mine.toml@m"
    assert played_by("hf:out/student", "m") == "plain@m"
    with pytest.raises(ConfigError, match="shelf of rubrics, which no model plays"):
        played_by("shelf:rubrics.json", "m")


def test_a_run_is_graded_again_and_both_grades_are_kept(
    cli: Cli, held: dict[str, Any], tmp_path: Path
) -> None:
    (tmp_path / "tough.toml").write_text(TOUGH)
    report = json.loads(cli("grade", held["run"][:8], "--grader", "tough.toml", "--json").stdout)
    assert (report["of"], report["grades"], report["episodes"]) == (held["run"], 80, 80)
    assert report["agreement"] == report["kappa"] == 1.0
    assert report["score_now"] > report["score_before"]
    assert sum(part["grades"] for part in report["by_lesson"].values()) == 80
    words = cli("grade", held["run"], "--grader", "tough.toml").stdout
    assert "was right" in words
    assert all(len(line) <= 80 for line in words.splitlines()[1:])
    some = json.loads(
        cli("grade", held["run"], "--grader", "tough.toml", "--lessons", "two-digit", "--json").stdout
    )
    assert some["run"] == report["run"]
    assert some["grades"] == 40
    with Store.open("schoolroom.db", must_exist=True) as store:
        assert [run.kind for run in store.runs()] == ["simulation", "grading"]
        of_grading = store.run(report["run"])
        assert store.counts(of_grading.id).episodes == 80
        assert of_grading.plan["personas"]["grader"]["name"] == "tough"
        assert of_grading.plan["personas"]["teacher"] == store.run(held["run"]).plan["personas"]["teacher"]
    # What is meant without a name is still the simulation.
    assert (
        f"run {held['run']}, the last simulation"
        in cli("export", "--format", "trl", "--out", "x.jsonl").stderr
    )


@pytest.mark.usefixtures("held")
def test_what_cannot_be_graded_is_a_sentence(cli: Cli, held: dict[str, Any]) -> None:
    run = held["run"]
    assert "'strict' is a teacher" in cli("grade", run, "--grader", "strict", code=2).stderr
    assert "unknown lesson 'two'" in cli("grade", run, "--grader", "marks", "--lessons", "two", code=2).stderr
    words = cli("grade", run, "--grader", "marks", "--max-seconds", "1e-9", code=7).stderr
    assert "The same command with a higher limit goes on." in words
    assert "no run 'zz'" in cli("grade", "zz", "--grader", "marks", code=3).stderr


@pytest.mark.usefixtures("held")
def test_rows_of_a_fork_lead_back_to_its_turns(cli: Cli) -> None:
    parent = an_episode()
    made = forked(cli("fork", parent.id, "--at", "2", "--seat", "teacher=terse", "--json"))
    with Store.open("schoolroom.db", must_exist=True) as store:
        rows = list(apply_recipe("self_correction", [store.episode(made.id)], {}))
        assert store.add_examples(rows) == len(rows) > 0
        assert {line.episode for row in rows for line in store.lineage(row.id)} == {made.id}
    exported = cli("export", "--run", made.run, "--run", parent.run, "--format", "trl", "--out", "x.jsonl")
    assert "rows of recipe self_correction" in exported.stdout

"""The study `word-problems`: the time is divided, no test question is taught, and a miniature of it runs."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from schoolroom.studies.bench import Bench
from schoolroom.studies.pace import Limits, Pace, Rates, divide
from schoolroom.studies.registry import find_study
from schoolroom.studies.runner import Setting, run_study
from schoolroom.studies.word_problems import ARMS, STUDY
from schoolroom.studies.word_problems_questions import (
    MULTIPLIED,
    WordProblemsPlan,
    multiplied_course,
    multiply,
    own_course,
)
from schoolroom.studies.word_problems_tasks import EXAMINED, TAUGHT
from schoolroom.transcripts.errors import ConfigError

STORIES = [
    ("Ann buys 4 boxes with 6 pens each. How many pens has she?", "4*6=<<4*6=24>>24 pens.", "24"),
    ("Bob has 15 nuts and eats 7. How many are left?", "15-7=<<15-7=8>>8 nuts are left.", "8"),
    ("A train has 5 cars with 30 seats each. How many seats?", "5*30=<<5*30=150>>150 seats.", "150"),
    ("Cleo reads 12 pages a day for 9 days. How many pages?", "12*9=<<12*9=108>>108 pages.", "108"),
    ("A farm has 17 cows and 26 hens. How many animals?", "17+26=<<17+26=43>>43 animals.", "43"),
    ("Dora shares 36 plums among 9 friends. How many each?", "36/9=<<36/9=4>>4 plums each.", "4"),
    ("A rope of 50 feet loses 18 feet. How long is it?", "50-18=<<50-18=32>>32 feet.", "32"),
    ("Ed runs 8 miles on each of 6 days. How many miles?", "8*6=<<8*6=48>>48 miles.", "48"),
    ("A jar holds 14 red and 19 blue beads. How many?", "14+19=<<14+19=33>>33 beads.", "33"),
    ("Fay has 40 stamps and gives away 13. How many are left?", "40-13=<<40-13=27>>27 stamps.", "27"),
    ("A hall has 7 rows of 16 chairs. How many chairs?", "7*16=<<7*16=112>>112 chairs.", "112"),
    ("Gus picks 21 pears and 34 figs. How many fruits?", "21+34=<<21+34=55>>55 fruits.", "55"),
]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A folder in GSM8K's form."""
    folder = tmp_path / "data"
    folder.mkdir()
    rows = [
        json.dumps({"question": text, "answer": f"{line}\n#### {answer}"}) for text, line, answer in STORIES
    ]
    (folder / "train.jsonl").write_text("\n".join(rows), encoding="utf-8")
    tested = [row.replace("Ann", "Zoe").replace("Bob", "Yan").replace("farm", "zoo") for row in rows]
    (folder / "test.jsonl").write_text("\n".join([tested[0], tested[1], tested[4]]), encoding="utf-8")
    return folder


def plan_of(data: Path) -> WordProblemsPlan:
    """Everything as small as it can be."""
    return WordProblemsPlan(
        data=str(data),
        limits=Limits(exam=3, steps=4, problems=24, questions=3),
        stage_steps=2,
        batch_tokens=150,
        iteration_steps=2,
        max_new_tokens=20,
        probe=2,
        probe_steps=2,
        concurrency=8,
        sizes={"hidden": 32, "layers": 1},
    )


def pace_of(minutes: float, rates: Rates | None = None, limits: Limits | None = None) -> Pace:
    """With the numbers of the full plan."""
    return divide(
        minutes,
        rates or Rates(replies=100, tokens=30_000, problems=200, solution=110),
        limits or Limits(),
        exams=6,
        arms=4,
        batch_tokens=6000,
        yoda_replies=8,
        yoda_questions=4,
        iteration_steps=150,
    )


def test_it_is_found_and_its_orderings_are_about_its_arms(data: Path) -> None:
    assert find_study("word-problems") is STUDY
    named = {
        side for ordering in STUDY.orderings(plan_of(data)) for side in (ordering.better, ordering.worse)
    }
    assert named - {0.02} <= set(ARMS) == set(EXAMINED)
    assert set(ARMS) < {task.name for task in STUDY.tasks(plan_of(data))}


def test_eight_minutes_are_divided_by_what_the_machine_does() -> None:
    # 192 s of training among 4 arms; 96 s among 6 exams of 3 replies a question; 96 s in 2 schools; 48 s.
    assert pace_of(8) == Pace(exam=533, steps=240, problems=9600, yoda=480, tripost=3200, iterations=1)


def test_more_time_gives_more_up_to_the_limits() -> None:
    paces = [pace_of(minutes) for minutes in (0.001, 1, 8, 60, 10_000)]
    for name in ("exam", "steps", "problems", "yoda"):
        numbers = [getattr(pace, name) for pace in paces]
        assert numbers == sorted(numbers)
        assert numbers[0] >= 1
    limits = Limits()
    assert (paces[-1].exam, paces[-1].steps, paces[-1].iterations) == (limits.exam, limits.steps, 2)


def test_without_data_it_says_how_to_give_it(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"train.jsonl and test.jsonl .* --param data=FOLDER"):
        STUDY.tasks(WordProblemsPlan())
    with pytest.raises(ConfigError, match=r"holds no train\.jsonl"):
        STUDY.tasks(WordProblemsPlan(data=str(tmp_path)))


def test_what_is_multiplied_is_right_and_none_of_the_test(data: Path, tmp_path: Path) -> None:
    plan, text = plan_of(data), STORIES[0][0]
    # A variant is smuggled into the test, and must not come out again.
    multiply(plan, 0, tmp_path, 60)
    files = [tmp_path / f"{id_}.jsonl" for id_ in MULTIPLIED]
    first = [json.loads(line) for file in files for line in file.read_text("utf-8").splitlines()]
    with (data / "test.jsonl").open("a", encoding="utf-8") as file:
        file.write("\n" + json.dumps(first[0] | {"question": f"  {first[0]['question'].upper()}"}))
    multiply(plan_of(data.rename(tmp_path / "moved")), 0, tmp_path, 60)
    again = [json.loads(line) for file in files for line in file.read_text("utf-8").splitlines()]
    assert first[0]["question"] not in {row["question"] for row in again}
    assert text not in {row["question"] for row in again}
    assert len({row["question"] for row in again}) == len(again) == 60
    course = multiplied_course(tmp_path)
    for lesson in course.lessons:
        subject = course.subject(lesson)
        for question in course.questions(lesson):
            assert question.tier == MULTIPLIED[lesson.id]
            assert subject.check(question, subject.solve(question)).correct


def test_the_exam_is_the_whole_test(data: Path) -> None:
    course = own_course(plan_of(data))
    assert len(list(course.questions("gsm8k", part="exam"))) == 3


@pytest.mark.slow
def test_a_miniature_runs_and_goes_on_with_the_same_numbers(data: Path, tmp_path: Path) -> None:
    plan, out = plan_of(data), tmp_path / "out"
    first = {"start", "pace", "problems", "gsm8k-sft"}
    part = replace(STUDY, tasks=lambda plan: [task for task in STUDY.tasks(plan) if task.name in first])
    begun = run_study(part, plan, [0], out, Setting(workers=1, device="cpu", minutes=1.0))
    assert (begun.failed, set(begun.kept[0])) == ({}, first)
    results = run_study(STUDY, plan, [0], out, Setting(workers=1, device="cpu", minutes=5.0))
    assert (results.failed, results.missing) == ({}, ())
    assert {name: results.kept[0][name] for name in first} == begun.kept[0]
    arms = {name: by_seed[0] for name, by_seed in results.arms.items()}
    assert set(arms) == set(ARMS)
    steps = results.given("pace")[0]["pace"]["steps"]
    assert {arms[name].steps for name in TAUGHT} == {steps}
    for task, run in (("yoda", "school"), ("tripost", "school 1"), ("tripost", "school 2")):
        bench = Bench(plan=plan, seed=0, out=out / "seed-0")
        said = bench.episodes(run, task)
        assert said
        assert all(episode.ending and episode.ending.kind == "finished" for episode in said)
    for name in TAUGHT:
        assert arms[name].tokens == pytest.approx(plan.batch_tokens * steps, rel=0.5), name
        assert arms[name].measures["n"] == 3
    assert set(results.given("compare")[0]) == {
        "multiplied-gold > gsm8k-sft", "yoda > gsm8k-sft", "tripost > gsm8k-sft",
        "yoda > multiplied-gold", "tripost > multiplied-gold",
    }  # fmt: skip

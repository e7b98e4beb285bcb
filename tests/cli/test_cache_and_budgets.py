"""`--cache` and the budgets at the command line: what is said, what is stored, and how a run goes on."""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

from schoolroom.agents.fake_server import FakeServer
from schoolroom.cli.budget_settings import parse_budget
from schoolroom.cli.settings import load_settings
from schoolroom.environments.budgets import Limits
from schoolroom.transcripts.errors import ConfigError
from schoolroom.transcripts.store import Store

Cli = Callable[..., Result]

SUMS = ("--course", "arithmetic", "--lessons", "two-digit-sums", "--json", "-q")
PLAYED = ("--teacher", "patient@small", "--student", "careless@small")


def test_budgets_are_typed_for_the_run_for_each_lesson_and_for_one() -> None:
    pairs = parse_budget(["5", "each=0.5"], ["chains=1000", "null"], ["60"])
    budget = load_settings(pairs=pairs).budget
    assert (budget.max_cost, budget.max_tokens, budget.max_seconds) == (5.0, None, 60.0)
    assert budget.each == Limits(max_cost=0.5)
    assert budget.of_lesson("chains") == Limits(max_cost=0.5, max_tokens=1000)


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("much", "'budget.max_tokens' is \"much\", but must be a valid integer"),
        ("0", "'budget.max_tokens' is 0, but must be greater than or equal to 1"),
        ("two-digit=-3", "'budget.lessons.two-digit.max_tokens' is -3"),
        ("each=", "'budget.each.max_tokens' is \"\", but must be a valid integer"),
    ],
)
def test_a_budget_that_is_no_number_is_refused(typed: str, words: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load_settings(pairs=parse_budget(None, [typed], None))
    assert words in str(caught.value)


def test_an_unknown_lesson_has_no_budget(cli: Cli) -> None:
    said = cli("run", "--max-seconds", "two-digits=1", code=2).output
    assert "unknown lesson 'two-digits'; did you mean 'two-digit'?" in " ".join(said.split())


def test_a_budget_and_a_cache_make_no_other_run(cli: Cli) -> None:
    plans = [
        json.loads(cli("run", "--dry-run", "--json", *more).stdout)["run"]
        for more in ((), ("--cache", "--max-cost", "5", "--max-tokens", "each=7"))
    ]
    assert plans[0] == plans[1]


def test_a_run_out_of_time_says_how_it_goes_on_and_does(cli: Cli) -> None:
    words = ("run", "--episodes", "3", "--gate", "taught")
    stopped = cli(*words, "--max-seconds", "0.000001", code=7)
    assert "out of budget" in stopped.stdout
    assert "not reached" in stopped.stdout
    said = " ".join(stopped.stderr.split())
    assert "error: budget: " in said
    assert "seconds are over. What was said is stored; with a higher limit, this goes on:" in said
    again = said.rpartition("schoolroom ")[2].split()
    cli(*again, code=7)  # the same limit, and the same end
    report = json.loads(cli(*again, "--max-seconds", "600", "--json").stdout)
    assert report["out_of_budget"] is None
    assert [lesson["finished"] for lesson in report["lessons"]] == [3, 3]


def test_an_exam_out_of_time_goes_on_without_the_limit(cli: Cli) -> None:
    stopped = cli("exam", "--questions", "3", "--max-seconds", "0.000001", "--json", code=7)
    found = json.loads(stopped.stdout)
    assert found["out_of_budget"].startswith("budget: ")
    done = json.loads(cli("resume", found["run"], "--max-seconds", "null", "--json").stdout)
    assert done["out_of_budget"] is None
    assert done["n"] == 6


def with_server(work: Callable[[FakeServer], None]) -> None:
    """Work in a thread, beside a server on loopback."""

    async def together() -> None:
        async with FakeServer() as server:
            await asyncio.to_thread(work, server)

    asyncio.run(together())


@pytest.mark.slow
def test_identical_calls_of_another_run_are_answered_from_the_store(cli: Cli, tmp_path: Path) -> None:
    def work(server: FakeServer) -> None:
        words = ("run", "--episodes", "4", *SUMS, *PLAYED, "--base-url", server.url)
        paid = json.loads(cli(*words).stdout)
        assert (paid["cached"], paid["calls"]) == (0, server.count)
        asked = server.count
        # The grader makes it another run; student and teacher are asked the very same.
        again = json.loads(cli(*words, "--grader", "marks", "--cache").stdout)
        assert again["run"] != paid["run"]
        assert (again["calls"], again["cached"]) == (asked, asked)
        assert (again["prompt_tokens"], again["cost"]) == (0, 0.0)
        assert server.count == asked
        shown = cli(*words[:3], *SUMS[:4], *PLAYED, "--grader", "marks", "--cache").stdout
        assert f"{asked} of {asked} model calls answered from the store" in " ".join(shown.split())
        with Store.open(tmp_path / "schoolroom.db") as store:
            first, second = (list(store.episodes(run=report["run"])) for report in (paid, again))
            for one, other in zip(first, second, strict=True):
                assert [turn.text for turn in one.turns[:2]] == [turn.text for turn in other.turns[:2]]
        assert "$0 · 1 of 1 from the store" in cli("transcripts", "show", second[0].id).stdout
        # Without the flag everybody is asked.
        other = json.loads(cli(*words, "--teacher", "strict@small").stdout)
        assert other["cached"] == 0
        assert server.count > asked

    with_server(work)


@pytest.mark.slow
def test_tokens_and_unknown_prices_stop_a_run(cli: Cli) -> None:
    def work(server: FakeServer) -> None:
        words = ("run", "--episodes", "6", *SUMS, *PLAYED, "--base-url", server.url, "--concurrency", "1")
        unpriced = cli(*words, "--max-cost", "5", code=7)
        assert server.count == 1
        assert "the price of model 'small' is not known" in unpriced.stderr
        assert "use --max-tokens" in unpriced.stderr
        lessons = json.loads(unpriced.stdout)["lessons"]
        assert [(lesson["state"], lesson["under_way"]) for lesson in lessons] == [("out_of_budget", 1)]
        assert "tokens are spent" in cli(*words, "--max-tokens", "two-digit-sums=150", code=7).stderr
        run = json.loads(unpriced.stdout)["run"]
        report = json.loads(cli("resume", run, "--max-tokens", "two-digit-sums=100_000", "--json").stdout)
        assert report["lessons"][0]["finished"] == 6
        assert report["calls"] == server.count  # nothing was paid for twice

    with_server(work)

"""A run as one file: whole, closed to the outside, made of words that stay words, and written as it goes."""

import re
import tracemalloc
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from schoolroom.transcripts.errors import NotStored
from schoolroom.transcripts.exchange.selection import Selection
from schoolroom.transcripts.records import Episode, Run
from schoolroom.transcripts.replies import parse_attempt
from schoolroom.transcripts.store import Store
from schoolroom.viewer.html_export import write_html

Talk = Callable[..., Episode]


@pytest.fixture(scope="module")
def page(database: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[int, str]:
    """How many episodes were written, and the file."""
    file = tmp_path_factory.mktemp("page") / "all.html"
    with Store.open(database, must_exist=True) as store:
        written = write_html(Selection(store), file)
    return written, file.read_text("utf-8")


def test_every_episode_is_in_it_once(page: tuple[int, str], window: Any) -> None:
    written, html = page
    ids = [episode.id for episode in window.episodes(calls=False)]
    assert written == len(ids)
    assert re.findall(r'<details class="episode" id="([^"]+)"', html) == ids


def test_nothing_is_loaded_and_no_link_leads_out(page: tuple[int, str]) -> None:
    _, html = page
    assert not re.search(r'\s(?:src|action|srcset)="|<link|<iframe|@import|url\(', html)
    assert {link[0] for link in re.findall(r'href="([^"]*)', html)} == {"#"}
    assert "default-src &#39;none&#39;" in html


def test_links_lead_to_turns_that_are_there(page: tuple[int, str]) -> None:
    _, html = page
    ids = re.findall(r'\sid="([^"]+)"', html)
    assert len(ids) == len(set(ids))
    assert set(re.findall(r'href="#([^"]+)"', html)) <= set(ids)


def test_its_own_script_is_the_only_one(page: tuple[int, str]) -> None:
    _, html = page
    assert html.count("<script") == html.count("</script>") == 1
    assert "<b onclick" not in html
    assert "\x1b" not in html
    assert "\u202e" not in html


def test_a_run_that_is_not_stored_leaves_no_file(database: Path, tmp_path: Path) -> None:
    with Store.open(database, must_exist=True) as store, pytest.raises(NotStored, match="no run 'none'"):
        write_html(Selection(store, ["none"]), tmp_path / "x.html")
    assert not list(tmp_path.iterdir())


def test_the_command_writes_it_and_refuses_what_it_cannot_do(database: Path, tmp_path: Path) -> None:
    from schoolroom.cli.main import app

    file = tmp_path / "run.html"

    def export(*words: str) -> Result:
        given = ["transcripts", "export", "--db", str(database), "--out", str(file), *words]
        return CliRunner().invoke(app, given)

    done = export("--format", "html", "--run", "bad-run")
    assert done.exit_code == 0
    assert "1 episode as html" in done.stdout
    assert "bad-episode" in file.read_text("utf-8")
    assert "there already" in export("--format", "html").stderr
    assert "it shows all seats" in export("--format", "html", "--overwrite", "--seat", "teacher").stderr
    unknown = export("--format", "htlm", "--overwrite")
    assert unknown.exit_code == 2
    assert "did you mean 'html'?" in unknown.stderr


@dataclass
class Endless:
    """Stands for a store with so many episodes that they cannot be in memory at once."""

    one: Episode
    number: int

    def run(self, name: str) -> Run:
        return Run(id=name, plan={}, seed=0)

    def counts(self, run: str) -> Any:
        from schoolroom.transcripts.queries import Counts

        return Counts(episodes=self.number, finished=0, cut_short=0, open=0, turns=0, calls=0)

    def episodes(self, **_: Any) -> Iterator[Episode]:
        for number in range(self.number):
            yield self.one.model_copy(update={"id": f"{number:016x}"})


def test_the_file_grows_but_memory_does_not(talk: Talk, tmp_path: Path) -> None:
    words = "7+5=13, write 3\n" * 200 + "answer: 13"
    one = talk(("student", "attempt", words, parse_attempt(words), ()))

    def peak(number: int) -> int:
        store: Any = Endless(one, number)
        tracemalloc.start()
        assert write_html(Selection(store, ["r"]), tmp_path / "all.html") == number
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert (tmp_path / "all.html").stat().st_size > number * len(words)
        return most

    peak(1)  # what is loaded once
    assert peak(200) - peak(20) < 10 * len(words)

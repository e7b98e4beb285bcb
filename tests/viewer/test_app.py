"""The frame around all pages: what is answered where there is nothing, and what cannot be opened."""

from pathlib import Path

import pytest

from schoolroom.transcripts.errors import StoreError, StoreVersionError
from schoolroom.transcripts.records import Checkpoint, Example, ExampleMessage
from schoolroom.transcripts.store import Store
from schoolroom.viewer.app import app

from .conftest import Browser


def test_the_door_leads_to_the_runs(browser: Browser) -> None:
    answer = browser.get("/")
    assert (answer.status_code, answer.headers["location"]) == (307, "/runs")


@pytest.mark.parametrize(
    ("path", "status", "sentence"),
    [
        ("/nowhere", 404, "there is no page /nowhere."),
        ("/runs/none", 404, "no run &#39;none&#39; is stored"),
        ("/episodes?run=none", 404, "no run &#39;none&#39; is stored"),
        ("/episodes?right=perhaps", 400, "right=perhaps: input should be &#39;yes&#39;, &#39;no&#39; or"),
        ("/episodes?cost=much", 400, "cost=much: input should be a valid number"),
        ("/episodes?sort=colour", 400, "unknown order &#39;colour&#39;"),
        ("/episodes?page=second", 400, "page=second: no page begins so"),
        ("/<script>", 404, "there is no page /&lt;script&gt;."),
    ],
)
def test_what_is_not_there_is_a_page_of_one_sentence(
    browser: Browser, path: str, status: int, sentence: str
) -> None:
    answer = browser.get(path)
    assert answer.status_code == status
    assert sentence in answer.text


def test_files_may_be_kept_and_pages_not(browser: Browser) -> None:
    page = browser.get("/runs")
    file = page.text.partition('href="/static/style.css')[2].partition('"')[0]
    style = browser.get(f"/static/style.css{file}")
    assert style.headers["content-type"].startswith("text/css")
    assert "immutable" in style.headers["cache-control"]
    assert page.headers["cache-control"] == "no-cache"
    assert browser.get("/static/../app.py").status_code == 404


def test_only_a_database_of_this_schema_is_opened(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="there is no database at"):
        app(tmp_path / "none.db")
    assert not (tmp_path / "none.db").exists()
    (tmp_path / "text.db").write_text("no database at all, but long enough to be looked at as one\n" * 9)
    with pytest.raises(StoreError, match="not a database"):
        app(tmp_path / "text.db")
    (tmp_path / "empty.db").touch()
    with pytest.raises(StoreError, match="holds no transcripts"):
        app(tmp_path / "empty.db")
    with Store.open(tmp_path / "old.db") as store, store._database.writer.begin() as connection:
        connection.exec_driver_sql("UPDATE meta SET value = '2' WHERE key = 'schema'")
    with pytest.raises(StoreVersionError, match="schoolroom upgrade --db"):
        app(tmp_path / "old.db")


def test_a_database_that_fails_is_a_sentence(tmp_path: Path) -> None:
    with Store.open(tmp_path / "school.db") as store:
        opened = Browser(app(tmp_path / "school.db"))
        with store._database.writer.begin() as connection:
            connection.exec_driver_sql("ALTER TABLE run RENAME TO walk")
    answer = opened.get("/runs")
    opened.close()
    assert answer.status_code == 503
    assert "no such table: run" in answer.text


def test_checkpoints_are_listed_with_their_rows(tmp_path: Path) -> None:
    with Store.open(tmp_path / "school.db") as store:
        browser = Browser(app(tmp_path / "school.db"))
        assert "<code>schoolroom train</code> trains one" in browser.get("/checkpoints").text
        message = ExampleMessage(role="assistant", content="answer: 1", weight=1.0)
        row = Example.make(recipe="r", messages=[message], kind="attempt", question="q", lesson="sums")
        store.add_examples([row])
        made = Checkpoint(
            id="student", path="<b>out", recipe="r", examples=(row.id,), steps=7, tokens=1_234, seed=0
        )
        store.add_checkpoint(made)
    page = browser.get("/checkpoints").text
    browser.close()
    assert '<tr data-row="/checkpoints/student">' in page
    assert "&lt;b&gt;out" in page
    assert [f'<td class="number">{number}</td>' in page for number in ("1", "7", "1,234")] == [True] * 3

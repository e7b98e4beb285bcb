"""The viewer in a real browser: the main paths through its pages, and what no page may ever do."""

import asyncio
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from schoolroom.agents.fake_server import FakeServer

from .conftest import MAIN, School, served

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("browser")]

LESSON = "two-digit-sums"


def background(page: Page) -> str:
    return str(page.evaluate("getComputedStyle(document.body).backgroundColor"))


def test_from_the_runs_to_a_conversation(page: Page, school: School) -> None:
    page.goto("/")
    expect(page).to_have_title(re.compile("^Runs"))
    page.get_by_role("link", name=school.run[:8]).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(school.run)
    page.get_by_role("link", name="Lesson graph").click()
    page.locator("svg a", has_text="Two-digit sums").click()
    expect(page).to_have_url(re.compile(rf"/runs/{school.run}/lessons/{LESSON}$"))
    page.get_by_role("link", name="Wrong ones").click()
    expect(page).to_have_url(re.compile(rf"/episodes\?run={school.run}&lesson={LESSON}&right=no$"))
    rows = page.locator("table.episodes tbody tr")
    assert 0 < rows.count() < 20
    rows.first.get_by_role("link").click()
    expect(page.locator("ol.turns > li").first).to_contain_text("careless@1")
    expect(page.locator(".badge.wrong")).to_have_text("wrong in the end")


def test_episodes_are_filtered_by_what_is_chosen_and_searched_for(page: Page, school: School) -> None:
    page.goto(f"/episodes?run={school.run}")
    page.get_by_label("Outcome").select_option(label="wrong")
    expect(page).to_have_url(re.compile(r"[?&]right=no"))
    expect(page.locator("table.episodes tbody tr:not([data-wrong])")).to_have_count(0)
    page.get_by_role("link", name="Clear").click()
    search = page.get_by_role("searchbox")
    search.fill(school.corrected.question.text)
    search.press("Enter")
    expect(page.locator("table.episodes tbody tr").first).to_contain_text(school.corrected.question.text)
    search.fill("nobody ever said this")
    search.press("Enter")
    expect(page.locator("main")).to_contain_text("There is no such episode.")


def test_the_keyboard_leads_from_wrong_one_to_wrong_one_and_back(page: Page, school: School) -> None:
    page.goto(f"/episodes?run={school.run}&lesson=three-addends")
    page.keyboard.press("w")
    here = page.locator("[data-row].here")
    expect(here).to_have_count(1)
    expect(here).to_have_attribute("data-wrong", "")
    page.keyboard.press("Enter")
    expect(page.locator(".badge.wrong")).to_be_visible()
    first = page.url
    page.keyboard.press("w")
    page.wait_for_url(lambda url: url != first)
    expect(page.locator(".badge.wrong")).to_be_visible()
    page.keyboard.press("u")
    expect(page).to_have_url(re.compile(r"/episodes\?.*lesson=three-addends"))


def test_what_was_wrong_is_marked_and_what_was_revised_is_a_diff(page: Page, school: School) -> None:
    page.goto(f"/episodes/{school.corrected.id}#turn-3")
    attempt, feedback, revision = (page.locator(f"#turn-{number}") for number in (1, 2, 3))
    expect(attempt.locator("mark").first).to_be_visible()
    attempt.get_by_role("link", name="← wrong, turn 2").click()
    expect(page).to_have_url(re.compile("#turn-2$"))
    expect(feedback.locator(".verdict.wrong")).to_be_visible()
    expect(revision.locator(".diff ins").first).to_be_visible()
    revision.get_by_role("checkbox").uncheck()
    expect(revision.locator(".diff")).to_be_hidden()
    expect(revision.locator("pre.plain")).to_be_visible()


def test_a_conversation_is_forked_by_a_button_and_shown_beside_its_parent(page: Page, school: School) -> None:
    page.goto(f"/episodes/{school.corrected.id}")
    page.get_by_role("link", name="Fork at turn 2").click()
    expect(page.get_by_label("First turn that is said anew")).to_have_value("2")
    page.get_by_label("teacher").select_option("terse")
    page.get_by_role("button", name="Fork").click()
    expect(page.locator("p.command")).to_contain_text(
        f"fork {school.corrected.id} --at 2 --seat teacher=terse"
    )
    page.get_by_role("link", name="beside its parent").click(timeout=60_000)
    expect(page.locator("main")).to_contain_text("1 turn in common")
    sides = page.locator("table.pair").first.locator("th")
    expect(sides.nth(0)).to_contain_text("patient@1")
    expect(sides.nth(1)).to_contain_text("terse@1")
    sides.nth(1).get_by_role("link").first.click()
    expect(page.locator("ul.branches li")).to_have_count(
        3
    )  # the parent, the fork that was there, and this one
    expect(page.locator("ul.branches .here")).to_contain_text("teacher: terse@1")


def test_a_training_row_leads_back_to_its_turns_and_they_to_it(page: Page, school: School) -> None:
    page.goto(f"/checkpoints/{school.checkpoint}")
    page.locator(f'a[href="/rows/{school.row}"]').click()
    expect(page.locator(".message.learnt").first).to_be_visible()
    cause = page.locator(f'a[href^="/episodes/{school.corrected.id}#turn-"]').first
    place = str(cause.get_attribute("href")).partition("#")[2]
    cause.click()
    turn = page.locator(f"#{place}")
    expect(turn).to_be_in_viewport()
    turn.locator(f'a[href="/rows/{school.row}"]').click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(school.row)


def test_exams_before_and_after_are_compared(page: Page, school: School) -> None:
    before, after = school.exams
    page.goto("/exams")
    page.get_by_role("link", name=after[:8]).click()
    expect(page.locator("main")).to_contain_text("On the same 45 questions")
    expect(page.get_by_label("Against the exam of")).to_have_value(before)
    rows = page.locator("table.exam tbody tr")
    expect(rows.first).to_contain_text("all questions")
    expect(rows.first).to_contain_text(re.compile(r"0\.\d{3} 0\.\d\d to 0\.\d\d"))
    expect(rows.first.locator("svg .whisker")).to_have_count(2)
    rows.get_by_role("link", name=LESSON).click()
    expect(page.locator("table.episodes tbody tr")).to_have_count(15)


def test_light_turns_to_dark_and_stays_so(page: Page) -> None:
    page.goto("/runs")
    light = background(page)
    page.get_by_role("button", name="Light or dark").click()
    dark = background(page)
    assert dark != light
    page.reload()
    assert background(page) == dark
    page.keyboard.press("t")
    assert background(page) == light


def test_what_models_say_is_text_and_nothing_else(page: Page, school: School) -> None:
    places = (
        f"/episodes/{school.hostile}",
        f"/episodes/{school.hostile}/beside/{school.corrected.id}",
        f"/episodes/{school.hostile}/fork?at=1",
        f"/episodes?run={school.run}",
        "/episodes?q=%3Cscript%3Ealert(1)%3C/script%3E&lesson=%22%3E%3Cscript%3E",
        f"/runs/{school.run}",
        f"/runs/{school.run}/lessons",
        "/exams",
        f"/checkpoints/{school.checkpoint}",
        f"/rows/{school.worst}",
    )
    for place in places:
        page.goto(place)
        content = page.locator("main")
        expect(content.locator("script, img, style, iframe, object")).to_have_count(0)
        expect(page.locator("[onload], [onclick], [onerror], [onmouseover], [href^=j]")).to_have_count(0)
        shown = content.inner_text() + " ".join(
            content.locator("input").evaluate_all("all => all.map(one => one.value)")
        )
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f\u202e]", shown)
        if not place.endswith(("/lessons", "/exams")):
            assert "<script>" in shown
    page.goto(places[0])
    expect(page.locator("#turn-1 pre.plain")).to_contain_text("<script>alert('script')</script><img src=")
    expect(page.locator("#turn-1 pre.plain")).to_contain_text("{{ 7 * 7 }}")
    page.locator("#turn-1 pre.plain").click()
    page.locator("#turn-1 summary").click()
    expect(page.locator("#turn-1 details")).to_contain_text("onerror=alert(1)")


def test_a_script_that_got_into_a_page_would_still_not_run(browser: Browser, window: str) -> None:
    context = browser.new_context(base_url=window)
    said: list[str] = []
    context.on("console", lambda message: said.append(message.text))
    page = context.new_page()
    page.goto("/runs")
    page.evaluate("document.body.insertAdjacentHTML('beforeend', '<img src=x: onerror=\"window.ran = 1\">')")
    page.evaluate(
        "document.body.append(Object.assign(document.createElement('script'), {text: 'window.ran = 1'}))"
    )
    page.wait_for_timeout(200)
    assert page.evaluate("window.ran") is None
    assert any("Content Security Policy" in text for text in said)
    context.close()


def test_whoever_listens_to_the_world_asks_for_a_token(browser: Browser, school: School) -> None:
    with served(school.database, "--host", "0.0.0.0") as address:
        root, _, token = address.replace("0.0.0.0", "127.0.0.1").partition("?token=")
        assert len(token) >= 20
        context = browser.new_context()
        page = context.new_page()
        for wrong in ("", "?token=wrong", "runs", f"episodes/{school.hostile}", "static/style.css"):
            answer = page.goto(root + wrong)
            assert answer is not None
            assert answer.status == 401
            assert school.run[:8] not in page.content()
        page.goto(f"{root}runs?token={token}")
        expect(page).to_have_url(f"{root}runs")
        page.get_by_role("link", name=school.run[:8]).click()
        expect(page.get_by_role("heading", level=1)).to_contain_text(school.run)
        assert page.evaluate("document.cookie") == ""
        context.close()


@contextmanager
def slow_teacher() -> Iterator[str]:
    """The address of a language model that thinks before each word; it lives in a thread of its own."""
    address: list[str] = []
    ready, loop = threading.Event(), asyncio.new_event_loop()
    over = asyncio.Event()

    async def serve() -> None:
        async with FakeServer(delay=0.15) as server:
            address.append(server.url)
            ready.set()
            await over.wait()

    thread = threading.Thread(target=loop.run_until_complete, args=[serve()])
    thread.start()
    assert ready.wait(30)
    try:
        yield address[0]
    finally:
        loop.call_soon_threadsafe(over.set)
        thread.join()
        loop.close()


@contextmanager
def going_on(database: Path) -> Iterator[subprocess.Popen[str]]:
    """A run of another process, which lasts for minutes unless it is stopped."""
    with slow_teacher() as url:
        words = ["run", "--lessons", "two-digit", "--episodes", "500", "--concurrency", "2", "--quiet"]
        words += ["--teacher", "patient@small", "--base-url", url, "--db", str(database)]
        with subprocess.Popen([sys.executable, "-c", MAIN, *words], stderr=subprocess.PIPE, text=True) as run:
            try:
                yield run
            finally:
                run.kill()


def test_a_run_that_goes_on_grows_on_the_page_until_it_is_stopped(page: Page, school: School) -> None:
    with going_on(school.database) as run:
        page.goto("/runs")
        state = page.locator("#runs tbody tr").first.locator("td").last
        expect(state).to_contain_text("under way", timeout=60_000)
        page.locator("#runs tbody tr").first.get_by_role("link").click()
        bar = page.get_by_role("progressbar", name="Episodes")
        expect(bar).to_be_visible()
        page.get_by_role("link", name="Lesson graph").click()
        note = page.locator("#graph .note").first
        expect(note).not_to_have_text(note.text_content() or "")
        page.keyboard.press("u")
        expect(bar).not_to_have_attribute("value", str(bar.get_attribute("value")))
        run.send_signal(signal.SIGTERM)
        run.communicate(timeout=60)
        expect(page.locator("#run .facts")).to_contain_text("open")
        expect(bar).to_have_count(0)

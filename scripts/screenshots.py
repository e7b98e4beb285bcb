"""Takes the pictures in docs/images: pages of the viewer, light and dark, and the screen of `watch`.

    python scripts/screenshots.py --db out/demo-0/schoolroom.db

What they show was really said: the database of the demo, and in a copy of it a course that a student with few
slips is taught meanwhile, and a fork. Needs Chromium (scripts/chromium.sh) and playwright.
"""

import argparse
import io
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from PIL import Image
from playwright.sync_api import Browser, Page, ViewportSize, expect, sync_playwright
from rich.console import Console
from rich.terminal_theme import SVG_EXPORT_THEME

from schoolroom.cli.screen import THEME
from schoolroom.cli.watch_screen import frame
from schoolroom.cli.watching import View, Watching
from schoolroom.transcripts.paging import Window
from schoolroom.transcripts.records import Run

ROOT = Path(__file__).parents[1]
IMAGES = ROOT / "docs" / "images"
SIZE: ViewportSize = {"width": 1280, "height": 800}
COLOURS = 256  # of a picture: enough for pages, and a third of the bytes
SCHOOLROOM = [sys.executable, "-c", "from schoolroom.cli.main import main; main()"]
LIVELY = 500  # episodes after which `watch` has much to show
TERMINAL = """\
<style>
body {{ margin: 20px; background: {background}; color: {foreground} }}
pre {{ margin: 0; font: 14px/1.3 "DejaVu Sans Mono", monospace }}
</style><pre>{code}</pre>"""
DILIGENT = """\
name = "diligent"
role = "student"
description = "Slips seldom, and mends at once what is pointed out."

[traits]
slip_rate = 0.05
heeds = 0.95
vigilance = 0.5
"""


def main() -> None:
    """Make the database, and all pictures of it."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--db", default="out/demo-0/schoolroom.db", help="the database of a demo")
    given = parser.parse_args()
    IMAGES.mkdir(exist_ok=True)
    chromium = subprocess.run(
        ["sh", ROOT / "scripts" / "chromium.sh"], capture_output=True, text=True, check=True
    ).stdout.strip()
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        database = Path(folder) / "school.db"
        shutil.copy(given.db, database)
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        picture_of_watch(browser, taught(database))
        with served(database) as address:
            shown = places(database)
            pages(browser, address, "light", shown)
            pages(browser, address, "dark", shown)
        browser.close()


def taught(database: Path) -> View:
    """Hold a course, and a fork of one of its conversations; the run as it stood half way."""
    personas = database.parent / "personas"
    personas.mkdir()
    (personas / "diligent.toml").write_text(DILIGENT, encoding="utf-8")
    words = ["run", "--course", "arithmetic", "--personas", str(personas), "--student", "diligent", "-q"]
    words += ["--teacher", "patient", "--episodes", "150", "--gate", "taught", "--db", str(database)]
    with Window.open(database) as window:
        before = len(window.runs())
        running = subprocess.Popen([*SCHOOLROOM, *words], stdout=subprocess.DEVNULL)
        while len(window.runs()) == before:
            time.sleep(0.2)
        run = newest(window, "simulation")
        watching = Watching(run, window.follow(run.id))
        view = None
        while running.poll() is None:
            watching.look()
            seen = watching.view()
            if seen.ended > LIVELY and seen.open > len(seen.classrooms) / 2:
                view = view or seen
            time.sleep(0.2)
        long = max(window.episodes(run=run.id, lesson="long-columns"), key=lambda one: len(one.turns))
    fork = ["fork", long.id, "--at", "2", "--seat", "teacher=socratic", "--db", str(database)]
    subprocess.run([*SCHOOLROOM, *fork], stdout=subprocess.DEVNULL, check=True)
    assert view is not None, "the course was over too soon."
    return view


def newest(window: Window, kind: str) -> Run:
    """The newest run of a kind."""
    return next(run for run in reversed(window.runs()) if run.kind == kind)


def places(database: Path) -> Mapping[str, str]:
    """What is shown, by the name of its picture."""
    with Window.open(database) as window:
        course, fork = newest(window, "simulation"), newest(window, "fork")
        exam = next(run for run in window.runs() if "/after#" in run.plan["seats"][0]["model"])
        forked = next(window.episodes(run=fork.id))
        row = next(row for row in window.examples() if row.kind == "revision")
    assert forked.origin is not None
    parent = forked.origin.episode
    return {
        "runs": "/runs",
        "run": f"/runs/{course.id}",
        "lessons": f"/runs/{course.id}/lessons",
        "episodes": f"/episodes?run={course.id}&right=no",
        "conversation": f"/episodes/{parent}",
        "beside": f"/episodes/{parent}/beside/{forked.id}",
        "exam": f"/exams/{exam.id}",
        "row": f"/rows/{row.id}",
    }


@contextmanager
def served(database: Path) -> Iterator[str]:
    """The address of the viewer, while it serves the database."""
    words = ["view", "--db", database.name, "--port", "0", "--no-browser"]
    with subprocess.Popen(
        [*SCHOOLROOM, *words], cwd=database.parent, stdout=subprocess.PIPE, text=True
    ) as server:
        assert server.stdout is not None
        try:
            yield server.stdout.readline().strip().rstrip("/")
        finally:
            server.terminate()


def pages(browser: Browser, address: str, scheme: Literal["light", "dark"], shown: Mapping[str, str]) -> None:
    """A picture of each page."""
    context = browser.new_context(viewport=SIZE, color_scheme=scheme)
    page = context.new_page()
    for name, place in shown.items():
        answer = page.goto(address + place)
        assert answer is not None
        assert answer.ok, f"{place}: {answer.status}"
        if name == "runs":
            expect(page.locator("main")).not_to_contain_text("…", timeout=60_000)  # until all is counted
        save(page, f"{name}-{scheme}")
    context.close()


def picture_of_watch(browser: Browser, view: View) -> None:
    """The screen of a terminal, drawn by the browser."""
    console = Console(theme=THEME, width=110, record=True, file=io.StringIO(), force_terminal=True)
    console.print(frame(view, 110))
    page = browser.new_page(viewport={"width": 1000, "height": 10})
    page.set_content(console.export_html(theme=SVG_EXPORT_THEME, inline_styles=True, code_format=TERMINAL))
    save(page, "watch", whole=True)


def save(page: Page, name: str, *, whole: bool = False) -> None:
    """What the page shows, in few bytes."""
    taken = Image.open(io.BytesIO(page.screenshot(full_page=whole)))
    file = IMAGES / f"{name}.png"
    few = taken.convert("RGB").quantize(COLOURS, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
    few.save(file, optimize=True)
    print(f"{file.relative_to(ROOT)}  {file.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()

"""The documentation is built without a warning, shows what it should, and asks nothing of other machines."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

LOADS = re.compile(r"<(?:script|link|img|iframe|source)\b[^>]*?(?:src|href)=\"?(?:https?:)?//[^>]*>")
"""What makes a browser ask another machine; a plain link does not, nor does one to the page's own address."""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The built site; a broken link, a page in no list or a docstring that cannot be read would end this."""
    folder = tmp_path_factory.mktemp("site")
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--site-dir", str(folder)],
        cwd=ROOT,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert 'not included in the "nav"' not in done.stderr, done.stderr
    return folder


@pytest.mark.slow
def test_nothing_is_fetched_from_outside(site: Path) -> None:
    pages = list(site.rglob("*.html"))
    assert len(pages) > 40
    loaded = {found for page in pages for found in LOADS.findall(page.read_text(encoding="utf-8"))}
    assert not loaded
    assert "url(http" not in "".join(style.read_text() for style in site.rglob("*.css"))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("page", "shown"),
    [
        ("reference/options.html", "schoolroom transcripts show"),
        ("reference/options.html", "--episodes"),
        ("reference/agents.html", "schoolroom.agents.persona.Style"),
        ("reference/environments.html", "schoolroom.environments.school.School"),
        ("examples/first-student.html", "Make rows"),
        ("methods/tripost.html", "2310.13522"),
        ("search/search_index.json", "socratic"),
    ],
)
def test_a_page_holds_what_it_is_made_of(site: Path, page: str, shown: str) -> None:
    assert shown in (site / page).read_text(encoding="utf-8")

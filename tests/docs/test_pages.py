"""Every page can be followed: commands are typed as they stand, Python is run, and what is shown is printed.

What a page may say about its blocks stands in HTML comments, which no reader sees:

- ``<!-- not run: REASON -->`` before a block: it needs what tests lack. Such blocks are counted in a test.
- ``<!-- smaller: --steps 300 -> --steps 2; … -->`` before a block: it is run with other numbers.
- ``<!-- exit code: 2 -->`` before a block: how its last command ends.
- ``<!-- ids: RUN OTHER -->`` before a block: from there on, these words stand for the runs that it printed.
- ``<!-- not compared: REASON -->`` before a ``text`` block: what it shows differs from machine to machine.
- ``<!-- before: COMMANDS -->``: what must be there first; commands as in a block.

A block of ``sh`` is commands, one of ``python`` is run, any with ``title="FILE"`` is written to that file. A
block of ``text`` shows what the commands before it print: each of its lines must be there, in this order;
``…`` stands for what was left out.
"""

import os
import re
import shlex
import subprocess
import sys
import tomllib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib import invalidate_caches
from pathlib import Path

import pytest
from typer.testing import CliRunner

from schoolroom.cli.main import app

ROOT = Path(__file__).parents[2]

PAGES = sorted(
    page
    for page in (
        ROOT / "README.md",
        ROOT / "CONTRIBUTING.md",
        ROOT / "AGENTS.md",
        *(ROOT / "docs").rglob("*.md"),
    )
    if page.name != "report.md"  # of a study: it is written by a program
)

FENCE = re.compile(r"^(?P<indent> *)```(?P<language>\w*)(?P<info>.*)$")
SERVERS = re.compile(r"http://127\.0\.0\.1:80[08]0/v1")
"""Where the pages say that a model server listens."""

SHELL = re.compile(r"[|&;<>$`*]")
"""What makes a line more than a command of ours; looked for outside quotes."""


@dataclass(frozen=True)
class Block:
    """A fenced block, or the commands of a comment, with what comments say of it."""

    page: str
    line: int
    language: str
    text: str
    title: str | None = None
    notes: dict[str, str] = field(default_factory=dict)

    @property
    def commands(self) -> list[str]:
        """The command lines, continued ones in one piece, as they are to be run."""
        text = self.text
        for pair in filter(None, self.notes.get("smaller", "").split(";")):
            written, run = (part.strip() for part in pair.split("->"))
            assert written in text, f"{self.page}:{self.line}: no '{written}' in the block"
            text = text.replace(written, run)
        lines = re.sub(r"\\\n\s*", " ", text).splitlines()
        return [line for line in lines if line.strip() and not line.lstrip().startswith("#")]


def blocks(page: Path) -> Iterator[Block]:
    """The blocks of a page, in their order."""
    name = str(page.relative_to(ROOT))
    lines = iter(enumerate(page.read_text(encoding="utf-8").splitlines(), start=1))
    notes: dict[str, str] = {}
    for number, line in lines:
        if line.lstrip().startswith("<!--"):
            comment = line.lstrip()
            while "-->" not in comment:
                comment += "\n" + next(lines)[1]
            key, _, value = comment.removeprefix("<!--").partition("-->")[0].strip().partition(":")
            if key == "before":
                yield Block(name, number, "sh", value, notes=notes)
                notes = {}
            else:
                notes[key] = value.strip()
        elif opened := FENCE.match(line):
            inside = []
            while (row := next(lines)[1]).strip() != "```":
                inside.append(row.removeprefix(opened["indent"]))
            title = re.search(r'title="([^"]+)"', opened["info"])
            yield Block(name, number, opened["language"], "\n".join(inside), title and title[1], notes)
            notes = {}
        elif line.strip():
            notes = {}


class Reader:
    """Somebody who types a page, from its first line to its last, in the folder that they are in."""

    def __init__(self, server: str) -> None:
        self.server = server
        self.output = ""
        self._names: dict[str, object] = {"__name__": "__main__"}
        self._ids: dict[str, str] = {}

    def read(self, page: Path) -> None:
        """Do everything that the page says."""
        for block in blocks(page):
            try:
                self._do(block)
            except (Exception, SystemExit) as error:
                raise AssertionError(f"{block.page}:{block.line}: {type(error).__name__}: {error}") from error

    def _do(self, block: Block) -> None:
        if block.title is not None:
            path = Path(block.title)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(SERVERS.sub(self.server, block.text) + "\n", encoding="utf-8")
        elif "not run" in block.notes:
            return
        elif block.language == "sh":
            *before, last = block.commands
            self.output = "".join(self._type(command, 0) for command in before)
            self.output += self._type(last, int(block.notes.get("exit code", 0)))
            if "ids" in block.notes:
                printed = dict.fromkeys(re.findall(r"^run ([0-9a-f]{16})", self.output, re.MULTILINE))
                self._ids |= dict(zip(block.notes["ids"].split(), printed, strict=True))
        elif block.language == "python":
            exec(compile(block.text, f"{block.page}:{block.line}", "exec"), self._names)
        elif block.language == "text" and "not compared" not in block.notes:
            compare(block.text, self.output)

    def _type(self, command: str, code: int) -> str:
        """What the command prints; it must end with this exit code."""
        command = SERVERS.sub(self.server, command)
        for name, id_ in self._ids.items():
            command = re.sub(rf"\b{name}\b", id_, command)
        words = shlex.split(command, comments=True)
        if words[0] == "cd":
            os.chdir(words[1])
            return ""
        if words[:3] == ["pip", "install", "-e"]:
            return install(Path(words[3]).resolve())
        if words[0] == "schoolroom" and not SHELL.search(re.sub(r"'[^']*'|\"[^\"]*\"|#.*", "", command)):
            result = CliRunner().invoke(app, as_a_new_process(words[1:]))
            if result.exception is not None and not isinstance(result.exception, SystemExit):
                raise result.exception
            done, said = result.exit_code, result.output
        else:
            process = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)
            done, said = process.returncode, process.stdout + process.stderr
        assert done == code, f"'{command}' ends with {done}:\n{said}"
        return said


def as_a_new_process(words: list[str]) -> list[str]:
    """The words, after everything was forgotten that a process remembers, such as a model in a folder."""
    for name, module in list(sys.modules.items()):
        if name.startswith("schoolroom."):
            for value in list(vars(module).values()):
                if hasattr(value, "cache_clear"):
                    value.cache_clear()
    return words


def install(project: Path) -> str:
    """What pip does of an editable install: the package can be imported, and its entry points are known."""
    described = tomllib.loads((project / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    about = project / f"{described['name'].replace('-', '_')}-{described['version']}.dist-info"
    about.mkdir()
    (about / "METADATA").write_text(f"Name: {described['name']}\nVersion: {described['version']}\n")
    groups = described.get("entry-points", {}).items()
    points = [f"[{group}]\n" + "".join(f"{k} = {v}\n" for k, v in named.items()) for group, named in groups]
    (about / "entry_points.txt").write_text("\n".join(points))
    sys.path[:0] = [str(project), str(project / "src")]  # whichever of them holds the package
    invalidate_caches()
    return ""


def compare(shown: str, printed: str) -> None:
    """Assert that every line which is shown was printed, in the same order."""
    lines = iter([" ".join(line.split()) for line in printed.splitlines()])
    for line in shown.splitlines():
        wanted = re.escape(" ".join(line.split())).replace("…", ".*")
        if wanted.strip(".*"):
            assert any(re.fullmatch(wanted, said) for said in lines), f"not printed: {line}\n\n{printed}"


@pytest.fixture
def reader(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, model_server: str) -> Iterator[Reader]:
    """A reader in an empty folder, who has a key for a language model."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("SCHOOLROOM_DB", raising=False)
    monkeypatch.setattr(sys, "path", [*sys.path])
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    for name, value in {
        "COLUMNS": "100",
        "PATH": path,
        "OPENAI_API_KEY": "none",
        "OPENAI_BASE_URL": model_server,
        "VLLM_KEY": "none",
        "SCHOOLROOM": str(ROOT),
    }.items():
        monkeypatch.setenv(name, value)
    known = set(sys.modules)
    yield Reader(model_server)
    for name in set(sys.modules) - known:
        if str(tmp_path) in str(getattr(sys.modules[name], "__file__", "")):
            del sys.modules[name]


TYPED = [page for page in PAGES if any(block.language in ("sh", "python") for block in blocks(page))]

NOT_RUN = {
    "CONTRIBUTING.md": 1,
    "README.md": 3,
    "docs/cluster.md": 2,
    "docs/durability.md": 1,
    "docs/howto/language-model.md": 2,
    "docs/methods/word-problems.md": 2,
    "docs/real-model.md": 3,
    "docs/security.md": 1,
    "docs/store.md": 2,
    "docs/studies/README.md": 1,
    "docs/training.md": 2,
    "docs/tutorial.md": 1,
    "docs/viewer.md": 2,
    "docs/watch.md": 2,
}
"""Every block that is not run, so that none is left out unseen: how many of a page."""


@pytest.mark.slow
@pytest.mark.parametrize("page", TYPED, ids=lambda page: str(page.relative_to(ROOT)))
def test_a_page_can_be_followed(page: Path, reader: Reader) -> None:
    reader.read(page)


def test_what_is_not_run_is_counted_and_has_a_reason() -> None:
    left_out = [block for page in PAGES for block in blocks(page) if "not run" in block.notes]
    assert Counter(block.page for block in left_out) == NOT_RUN
    assert all(len(block.notes["not run"].split()) >= 3 for block in left_out)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_no_command_stands_where_it_is_not_run(page: Path) -> None:
    indented = re.findall(
        r"^    (?:schoolroom|make|pip|python) .*$", page.read_text(encoding="utf-8"), re.MULTILINE
    )
    assert not indented, "commands stand in blocks of ```sh, which are run"
    assert {block.language for block in blocks(page)} <= {"sh", "python", "toml", "json", "text", "sql"}


def test_a_comment_that_nobody_understands_is_refused() -> None:
    known = {"not run", "smaller", "exit code", "ids", "not compared"}
    assert all(block.notes.keys() <= known for page in PAGES for block in blocks(page))


def test_what_is_shown_must_have_been_printed() -> None:
    compare("a  b\n…\nrun …\n", "first\na b\nc\nrun 12")
    with pytest.raises(AssertionError, match="not printed: a"):
        compare("b\na", "a\nb")

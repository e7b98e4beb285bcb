"""What installed packages plug in, what ships beside it, and what happens where a package is broken."""

from importlib.metadata import EntryPoint, EntryPoints
from pathlib import Path

import pytest

from schoolroom.transcripts import plugins
from schoolroom.transcripts.errors import ProtocolError, UnknownName
from schoolroom.transcripts.plugins import Plugin, Registry, plugged_in

SCRIPTS = Registry[object]("script", "schoolroom.scripts", lambda: {"exam": len})


def plug(monkeypatch: pytest.MonkeyPatch, *points: tuple[str, str]) -> None:
    """Let packages bring these names and values."""
    found = [EntryPoint(name, value, SCRIPTS.group) for name, value in points]
    monkeypatch.setattr(plugins, "entry_points", lambda group=None: found)


def test_what_ships_and_what_packages_bring_is_found_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    plug(monkeypatch, ("mine", "pathlib:Path"))
    assert SCRIPTS.find("exam") is len
    assert SCRIPTS.find("mine") is Path
    assert (SCRIPTS.names(), SCRIPTS.builtin()) == (["exam", "mine"], ["exam"])
    with pytest.raises(UnknownName, match="unknown script 'mime'; did you mean 'mine'\\? known: exam, mine"):
        SCRIPTS.find("mime")


def test_what_ships_cannot_be_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    plug(monkeypatch, ("exam", "pathlib:Path"), ("mine", "pathlib:Path"))
    assert SCRIPTS.find("exam") is len
    hidden, fine = SCRIPTS.plugins()
    assert list(SCRIPTS.problems(hidden)) == [
        "a script 'exam' ships and cannot be replaced; give yours another name."
    ]
    assert list(SCRIPTS.problems(fine)) == []


def test_a_name_that_two_packages_bring_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    plug(monkeypatch, ("mine", "pathlib:Path"), ("mine", "os:fspath"))
    with pytest.raises(ProtocolError, match="the script 'mine' is brought by os and pathlib; uninstall all"):
        SCRIPTS.find("mine")
    assert all("is brought by" in str(*SCRIPTS.problems(plugin)) for plugin in SCRIPTS.plugins())


@pytest.mark.parametrize(
    ("value", "cause"),
    [
        ("no_such_package:script", "ModuleNotFoundError: No module named 'no_such_package'"),
        ("pathlib:no_such_thing", "AttributeError: "),
        ("raises_at_import:script", "ZeroDivisionError: division by zero"),
    ],
)
def test_a_broken_plugin_is_named_with_its_cause(
    value: str, cause: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "raises_at_import.py").write_text("1 / 0")
    monkeypatch.syspath_prepend(str(tmp_path))
    plug(monkeypatch, ("mine", value))
    assert SCRIPTS.find("exam") is len, "it harms nobody but who asks for it"
    with pytest.raises(ProtocolError) as caught:
        SCRIPTS.find("mine")
    assert str(caught.value).startswith(
        f"entry point 'mine' of group 'schoolroom.scripts' cannot be loaded: '{value}' gives {cause}"
    )


def test_what_cannot_be_called_is_no_script(monkeypatch: pytest.MonkeyPatch) -> None:
    plug(monkeypatch, ("mine", "os:sep"))
    with pytest.raises(ProtocolError, match="gives '/', which is no script; mend or uninstall the package"):
        SCRIPTS.find("mine")


def test_packages_are_named_with_their_versions(monkeypatch: pytest.MonkeyPatch) -> None:
    class Rome:
        name, version = "school-of-rome", "1.2"

    point = EntryPoint("drill", "rome:drill", SCRIPTS.group)
    vars(point)["dist"] = Rome()
    other = EntryPoint("pytest11", "somewhere:else", "pytest11")
    monkeypatch.setattr(plugins, "entry_points", lambda: EntryPoints([point, other]))
    assert Plugin("script", point).origin == "school-of-rome 1.2"
    assert plugged_in() == {"school-of-rome": "1.2"}

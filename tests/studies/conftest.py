"""What tests of studies share."""

from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest


@pytest.fixture
def toy(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The toy study's module, where processes find it too."""
    monkeypatch.syspath_prepend(Path(__file__).parent)
    return import_module("toy_study")

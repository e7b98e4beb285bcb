"""Everything that ships passes the checks that authors of plug-ins are given."""

import pytest

from schoolroom.cli.plugin_kinds import Item, shipped


@pytest.mark.parametrize("item", shipped(), ids=lambda item: f"{item.kind}-{item.name}")
def test_what_ships_passes_its_check(item: Item) -> None:
    assert item.check() == []


def test_every_kind_ships_but_seats_and_is_checked() -> None:
    kinds = {item.kind for item in shipped()}
    assert kinds == {"persona", "subject", "script", "recipe", "row form", "exporter", "importer"}

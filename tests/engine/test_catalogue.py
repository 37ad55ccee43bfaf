"""The manual's table of extensions says what the extensions themselves declare."""

from __future__ import annotations

import re

from playground.lab.extensions import renewed, stored
from sim.extensions.catalogue import catalogue, markdown, tally


def rows(text: str) -> list[tuple[str, ...]]:
    """Each extension with what does not come from a comparison."""
    found = []
    for line in text.splitlines():
        cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
        if len(cells) == 7 and cells[0] in ("-m", "-j"):
            found.append((*cells[:5], cells[6]))
    return found


def test_the_stored_table_is_that_of_the_extensions() -> None:
    """A new extension, or one that learns something, shows in the table in the same commit."""
    assert rows(stored()) == rows(markdown()), "run python manage.py extensions --rows"


def test_rows_are_renewed_without_a_kernel() -> None:
    """What was counted stays; nothing else is in the file."""
    assert renewed() == stored()


def test_every_living_extension_is_in_the_table() -> None:
    """Each name once for each shape, and nothing executed that is gone."""
    assert len(rows(markdown())) == len(catalogue())
    assert not any(entry.removed and entry.executed for entry in catalogue())


def test_nearly_all_are_executed() -> None:
    """At least 60 matches and 34 targets give a packet their answer."""
    assert tally()["match"][0] >= 60
    assert tally()["target"][0] >= 34

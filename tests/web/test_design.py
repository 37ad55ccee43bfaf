"""The page of components: there for those who work on the look, and for nobody else."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client


def test_visitors_do_not_meet_the_page_of_components(client: Client) -> None:
    """It is a workshop."""
    assert client.get("/design").status_code == 404


def test_it_shows_every_colour_and_every_verdict_of_the_theme(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A colour that is added to the theme is added here."""
    monkeypatch.setattr(settings, "DEBUG", True)
    page = client.get("/design").content.decode()
    theme = Path("static/site/theme.css").read_text()
    for name in re.findall(r"--([a-z]+): light-dark", theme):
        assert name == "on" or f"<code>--{name}</code>" in page, name
    for verdict in ("forwarded", "dropped", "undetermined"):
        assert f"fate is-{verdict}" in page
    assert 'class="error"' in page
    assert 'class="map is-wide' in page

"""Masking on the page and on the command line."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import pytest
from django.core.management import call_command
from django.test import Client

from playground.page import gallery
from sim.model.scenario import Scenario

FIRST = gallery.first().scenario


def form(scenario: Scenario) -> dict[str, str]:
    names = ("title", "description", "rules", "host", "packets", "expect")
    return {name: str(getattr(scenario, name)) for name in names}


@pytest.mark.django_db
def test_the_preview_shows_what_became_what_and_proves_it(client: Client) -> None:
    """And carries both texts on, so that either way nothing is lost."""
    page = client.post("/mask", form(FIRST)).content.decode()
    assert "Proven by replay" in page
    assert "<code>203.0.113.1</code>" in page
    assert "Take the masked one" in page
    assert "-A POSTROUTING" in page


@pytest.mark.django_db
def test_a_scenario_that_cannot_be_read_comes_back_with_its_error(client: Client) -> None:
    """Nothing typed is lost."""
    page = client.post("/mask", {"rules": "iptables -A NOPE -j DROP", "packets": "x"})
    assert "NOPE" in page.content.decode()
    assert "rules:1:" in page.content.decode()


@pytest.mark.django_db
def test_a_walk_that_cannot_stay_is_told(client: Client) -> None:
    """Bytes hold the old address: the rule no longer finds it."""
    scenario = Scenario(
        rules="*filter\n-A INPUT -d 203.0.113.1/32 -j DROP\nCOMMIT\n",
        host="interface eth0 203.0.113.1/24\n",
        packets='in eth0 hex "45 00 00 1c 00 01 00 00 40 11 00 00 cb 00 71 09 cb 00 71 01'
        ' 00 35 00 35 00 08 00 00"\n',
    )
    page = client.post("/mask", form(scenario)).content.decode()
    assert "The masked walk is another one" in page


def masked(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as ended:
        call_command("mask", *words)
    said = capsys.readouterr()
    return int(str(ended.value.code)), said.out, said.err


def test_the_command_prints_a_scenario_that_can_be_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """With the same key, the same one."""
    file = tmp_path / "a.toml"
    file.write_text(FIRST.to_toml())
    code, text, said = masked(capsys, str(file), "--key", "ours", "--list")
    assert code == 0
    assert "203.0.113.1" not in text
    assert Scenario.from_toml(text).expect.count("\n") == FIRST.expect.count("\n")
    assert "address: 203.0.113.1 -> " in said
    assert masked(capsys, str(file), "--key", "ours")[1] == text
    assert masked(capsys, str(file))[1] != text


def test_what_cannot_be_read_is_refused(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing on standard output."""
    typed = io.BytesIO(b"rules = 'iptables -A NOPE -j DROP'\n")
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(typed))
    code, text, said = masked(capsys, "-")
    assert (code, text) == (2, "")
    assert "rules:1:" in said

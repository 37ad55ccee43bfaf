"""Commands that need nothing of Django's applications begin without them."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

from manage import ALONE
from playground.walks import pasted
from sim.base import budget
from sim.model.scenario import Scenario
from tests.floorplan import ROOT

TOLD = """
import runpy, sys
sys.argv = ["manage.py", *{words!r}]
try:
    runpy.run_path("manage.py", run_name="__main__")
except SystemExit:
    pass
from django.apps import apps
print("ready" if apps.ready else "not asked for", file=sys.stderr)
"""


def told(*words: str) -> str:
    ran = subprocess.run(
        [sys.executable, "-c", TOLD.format(words=list(words))],
        cwd=ROOT, capture_output=True, text=True, timeout=120,
        env={**os.environ, "COLUMNS": "100"},
    )  # fmt: skip
    return ran.stdout + ran.stderr


@pytest.mark.parametrize("command", sorted(ALONE))
def test_it_begins_without_them(command: str) -> None:
    """The whole of it, with a scenario where it takes one."""
    words = [] if command == "rules" else ["playground/examples/10-home-router.toml"]
    said = told(command, *(words or ["--help"]))
    assert said.endswith("not asked for\n"), said[-500:]
    assert "Traceback" not in said


def test_other_commands_have_all_of_django() -> None:
    assert told("check").endswith("ready\n")


@pytest.mark.parametrize("command", sorted(ALONE))
def test_it_asks_for_no_check_of_the_system(command: str) -> None:
    made = import_module(f"playground.management.commands.{command}").Command()
    assert list(made.requires_system_checks) == []


def test_a_scenario_of_any_size_is_read_once(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """More rules than the web takes were refused, read as a paste, and read again."""
    allowed = []

    def mended(scenario: Scenario) -> Scenario:
        with budget.refusing("rules"):
            allowed.append(budget.at_hand().objects)
        return scenario

    monkeypatch.setattr(pasted, "mended", mended)
    file = tmp_path / "box.toml"
    file.write_text(Scenario(rules="*filter\nCOMMIT\n").to_toml())
    command = import_module("playground.management.commands.simulate").Command()
    assert command.scenario(str(file)) is not None
    assert allowed[0] > 1_000 * budget.MOST_OBJECTS

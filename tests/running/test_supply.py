"""All that is installed is pinned with hashes, and may run with an MIT project."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests import supply

LOCKS = [pytest.param(extra, id=extra or "runs") for extra in supply.LOCKS]


@pytest.mark.parametrize("extra", LOCKS)
def test_a_lock_holds_all_that_is_needed(extra: str) -> None:
    """What we ask for at that version, what it needs in turn, each with its hashes."""
    assert list(supply.unlocked(extra)) == []
    assert all(pin.hashes for pin in supply.pins(supply.LOCKS[extra]).values())


def test_the_locks_agree() -> None:
    """What is tested is what runs."""
    running = supply.pins(supply.LOCKS[""])
    tested = supply.pins(supply.LOCKS["test"])
    assert {name: tested[name].version for name in running} == {
        name: pin.version for name, pin in running.items()
    }


def test_a_line_without_hashes_is_no_lock(tmp_path: Path) -> None:
    """As somebody writes it who adds a package by hand."""
    spoilt = tmp_path / "requirements.txt"
    spoilt.write_text(supply.LOCKS[""].read_text() + "left-pad==1.0\n")
    with pytest.raises(ValueError, match="left-pad"):
        supply.pins(spoilt)


def test_nothing_that_runs_is_gpl() -> None:
    """By the metadata of what is installed here."""
    assert supply.unfit_ones() == []


@pytest.mark.parametrize(
    ("licence", "fits"),
    [
        ("MIT", True),
        ("BSD-3-Clause", True),
        ("Apache Software License", True),
        ("GPL-3.0-only", False),
        ("GNU Affero General Public License v3", False),
        ("LGPL-3.0-only", False),
        ("", False),
        ("Proprietary", False),
    ],
)
def test_a_licence_is_judged_by_its_name(licence: str, fits: bool) -> None:
    """What nobody has decided on does not pass either."""
    assert (supply.unfit("somebody", licence) == "") is fits
    assert supply.unfit("psycopg", "LGPL-3.0-only") == ""


def test_both_commands_ask_for_hashes() -> None:
    """``manage.py start`` and ``test`` install nothing whose hash is not in a lock."""
    assert '"--require-hashes"' in (supply.ROOT / "manage.py").read_text()


def test_without_a_network_the_command_says_what_it_left_out() -> None:
    """Locks and licences are judged all the same."""
    away = {"HTTPS_PROXY": "http://127.0.0.1:9", "HTTP_PROXY": "http://127.0.0.1:9",
            "https_proxy": "http://127.0.0.1:9", "http_proxy": "http://127.0.0.1:9"}  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-m", "tests.supply"],
        cwd=supply.ROOT, env={**os.environ, **away}, capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    held = len(supply.pins(supply.LOCKS[""]))
    assert f"left out: vulnerabilities of {held} packages of requirements.txt" in done.stdout
    assert ", 0 things are wrong" in done.stdout


def test_a_known_hole_is_told_with_its_cure() -> None:
    """As pip-audit 2.10 writes it."""
    hole = {"id": "GHSA-1", "fix_versions": ["1.1"], "aliases": [], "description": ""}
    told = [{"name": "a", "version": "1.0", "vulns": [hole]},
            {"name": "b", "version": "2.0", "vulns": []},
            {"name": "c", "skip_reason": "not found"}]  # fmt: skip
    found = supply.audited(json.dumps({"dependencies": told, "fixes": []}), 3)
    assert found == supply.Audit(("a 1.0: GHSA-1, fixed in 1.1",), 1)

"""The pure logic of the page's scripts, by node's own runner: one test here for each file there."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.core.management import call_command

from playground.management.commands import test as whole
from playground.walks.reference import reference

HERE = Path(__file__).parent
ALONE = sorted(HERE.glob("*.test.mjs"))


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The languages of the texts, as the page asks for them at /reference.json."""
    path = tmp_path_factory.mktemp("reference") / "reference.json"
    path.write_text(json.dumps(reference()))
    return path


@pytest.mark.node
@pytest.mark.parametrize("file", ALONE, ids=lambda file: file.name)
def test_the_logic_of_a_script_is_right(file: Path, known: Path):
    """Run by hand: ``CHAINWALK_REFERENCE=reference.json node --test tests/scripts/X.test.mjs``."""
    ran = subprocess.run(
        ["node", "--test", str(file)],
        capture_output=True,
        text=True,
        timeout=120,
        env={**os.environ, "CHAINWALK_REFERENCE": str(known)},
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_every_file_of_tests_is_run():
    """A file with a name of another kind would be passed over in silence."""
    assert {file.name for file in HERE.glob("*.mjs")} == {"static.mjs", *(f.name for f in ALONE)}
    assert ALONE


@pytest.mark.parametrize("strict", [True, False])
def test_a_missing_linter_is_told_and_strict_fails(strict, monkeypatch, tmp_path, capsys):
    """CI must not pass because npm was away; on a desk the rest is still worth running."""
    monkeypatch.setattr(whole, "BIOME", tmp_path / "biome")
    monkeypatch.setattr(whole.subprocess, "run", lambda *_, **__: SimpleNamespace(returncode=0))
    if strict:
        with pytest.raises(SystemExit):
            call_command("test", quick=True, strict=True)
        assert "failed: lint of static/" in capsys.readouterr().err
    else:
        call_command("test", quick=True)
        assert "left out: the lint of static/" in capsys.readouterr().out

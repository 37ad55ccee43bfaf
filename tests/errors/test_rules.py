"""Bad rules texts and exactly what is said of them: message, hint, and the caret."""

from __future__ import annotations

from pathlib import Path

import pytest

from sim.base.errors import Refused, draw
from sim.read.rules.ruleset import load_rules

CASES = sorted((Path(__file__).parent / "rules").glob("*.case"))
DIVIDER = "==========\n"


def said(text: str) -> str:
    """Every error of a text, drawn."""
    try:
        load_rules(text)
    except Refused as refused:
        return "".join(f"{draw(error, text)}\n" for error in refused.errors)
    return ""


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_errors(path: Path, request: pytest.FixtureRequest) -> None:
    """Each bad line of the case gives the error that stands below the divider."""
    text, _, wanted = path.read_text().partition(DIVIDER)
    found = said(text)
    if request.config.getoption("--update"):
        path.write_text(text + DIVIDER + found)
    else:
        assert found == wanted

"""Faults that others found: what is said of them today is what this machine's kernel does."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from playground.lab.replay import Laboratory
from playground.lab.verify import prove
from sim.model.scenario import Scenario

pytestmark = [pytest.mark.kernel, pytest.mark.cases]

SHARED = Path(__file__).resolve().parents[3] / "shared" / "cases"
# Of the engine, and of the laboratory itself: devices without ARP and scopes, strangers.
FILES = sorted([*SHARED.glob("c*.toml"), *SHARED.glob("b1[345]-*.toml")])


@pytest.fixture(scope="module")
def laboratory() -> Iterator[Laboratory]:
    with Laboratory() as made:
        yield made


@pytest.mark.parametrize("path", FILES, ids=[path.stem for path in FILES])
def test_a_given_case_is_equal_in_the_laboratory(path: Path, laboratory: Laboratory) -> None:
    """To its end, with nothing left out."""
    verdict, _ = prove(laboratory, Scenario.from_toml(path.read_text()))
    assert verdict.outcome == "equal", verdict.text
    assert verdict.replayed.skipped == ""

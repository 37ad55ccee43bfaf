"""Targets on this machine's kernel: what it logs and sends is what the simulation says."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from playground.lab.replay import Laboratory
from playground.lab.verify import prove
from sim.model.scenario import Scenario
from tests.targets.kernel_cases import CASES, HOST

pytestmark = pytest.mark.kernel


@pytest.fixture(scope="module")
def laboratory() -> Iterator[Laboratory]:
    with Laboratory() as made:
        yield made


@pytest.mark.parametrize(("name", "rules", "packets"), CASES, ids=[case[0] for case in CASES])
def test_the_kernel_does_what_we_say(
    name: str, rules: str, packets: str, laboratory: Laboratory
) -> None:
    """Every trace line and every byte on the wires agrees, as far as the scenario goes."""
    scenario = Scenario(title=name, rules=rules, host=HOST, packets=packets)
    verdict, _ = prove(laboratory, scenario)
    assert verdict.outcome == "equal", verdict.text
    assert not verdict.replayed.skipped, verdict.replayed.skipped

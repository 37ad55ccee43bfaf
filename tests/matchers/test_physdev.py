"""-m physdev."""

from __future__ import annotations

import pytest

from sim.base.errors import Refused
from sim.model.rules import Hook
from tests.matchers.ask import Rule, holds, tcp

BRIDGED = {"physin": "vnet0", "physout": "vnet1"}
ARRIVED = {"physin": "vnet0"}


@pytest.mark.parametrize(
    ("option", "bridged", "arrived", "routed"),
    [
        ("--physdev-is-bridged", True, False, False),
        ("! --physdev-is-bridged", False, True, True),
        ("--physdev-is-in", True, True, False),
        ("! --physdev-is-in", False, False, True),
        ("--physdev-is-out", True, False, False),
        ("! --physdev-is-out", False, True, True),
        ("--physdev-in vnet0", True, True, False),
        ("--physdev-in vnet+", True, True, False),
        ("! --physdev-in vnet0", False, False, True),
        ("! --physdev-in vnet1", True, True, True),
        ("--physdev-out vnet1", True, False, False),
        ("! --physdev-out vnet0", True, False, True),
    ],
)
def test_bridged_arrived_and_routed(
    option: str, bridged: bool, arrived: bool, routed: bool
) -> None:
    """A packet from port to port, one that only came in by a port, and one that saw no bridge."""
    line = f"-m physdev {option}"
    assert holds(line, tcp(), **BRIDGED) is bridged
    assert holds(line, tcp(), **ARRIVED) is arrived
    assert holds(line, tcp()) is routed


def test_ports_to_leave_by_are_refused_in_output() -> None:
    """No bridged packet passes OUTPUT, so nothing could ever match."""
    for option in ("--physdev-out vnet0", "! --physdev-is-out"):
        with pytest.raises(Refused, match="OUTPUT"):
            Rule(f"-m physdev {option}", hook=Hook.OUTPUT)
    assert Rule("-m physdev --physdev-is-bridged --physdev-out vnet0", hook=Hook.OUTPUT)

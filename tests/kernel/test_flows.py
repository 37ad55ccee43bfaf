"""Two tables of conntrack side by side: seconds, and ports that the kernel picked."""

from __future__ import annotations

from ipaddress import ip_address

import pytest

from playground.lab.chances import Chances
from playground.lab.flows import differing

ENTRY = (
    "udp      17 {} src=192.168.1.5 dst=198.51.100.7 sport=1000 dport=53 [UNREPLIED] "
    "src=198.51.100.7 dst=203.0.113.1 sport=53 dport={} mark=0 use=1"
)


@pytest.mark.parametrize(
    ("seconds", "late", "same"), [(30, 0, True), (29, 0, True), (27, 0, False), (27, 2, True),
                                  (32, 9, False)]
)  # fmt: skip
def test_seconds_may_pass_and_never_come_back(seconds: int, late: float, same: bool) -> None:
    """As many as the laboratory took, and one more for where a second begins."""
    found = differing([ENTRY.format(30, 1000)], [ENTRY.format(seconds, 1000)], late, Chances())
    assert (found is None) == same


def test_a_port_that_was_picked_at_random_is_learned() -> None:
    """An entry that is the same but for the pick tells what the kernel picked; no other does."""
    picked = (17, ip_address("203.0.113.1"), 4000)
    ours, theirs = [ENTRY.format(30, 4000)], [ENTRY.format(30, 5000)]
    assert differing(ours, theirs, 0, Chances()) is not None
    chances = Chances(random={picked})
    assert differing(ours, theirs, 0, chances) is None
    assert chances.ports == {picked: 5000}
    assert differing(ours, [ENTRY.format(30, 5001)], 0, chances) is not None


def test_one_port_that_was_picked_for_two_may_be_two() -> None:
    """The simulation's range may be small: the kernel picks again, for each of the two."""
    chances = Chances(random={(17, ip_address("203.0.113.1"), 4000)})
    ours = [ENTRY.format(30, 4000), ENTRY.format(30, 4000).replace("198.51.100.7", "198.51.100.8")]
    theirs = [line.replace("4000", port) for line, port in zip(ours, ("5000", "5001"), strict=True)]
    assert differing(ours, theirs, 0, chances) is None
    assert differing(ours, [theirs[0], theirs[1].replace("1000", "1001")], 0, chances) is not None


def test_an_entry_too_many_is_a_difference() -> None:
    """On either side."""
    entry = ENTRY.format(30, 1000)
    assert differing([], [entry], 0, Chances()) == (1, "", entry.removesuffix(" use=1").replace(
        "udp      17", "udp 17"))  # fmt: skip
    assert differing([entry], [], 0, Chances()) is not None

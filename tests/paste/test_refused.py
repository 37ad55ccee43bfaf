"""What the tools would refuse is said with its cure, also from the middle of a script."""

from __future__ import annotations

import pytest

from sim.read.paste.reading import read_paste


@pytest.mark.parametrize(
    ("line", "cure"),
    [
        ("iptables -A INPUT -s !192.0.2.0/24 -j DROP", "! -s 192.0.2.0/24"),
        ("iptables -A FORWRD -j DROP", "did you mean FORWARD?"),
        ("iptables -A INPUT -p tcp --dprot 22 -j ACCEPT", "did you mean --dport?"),
        ("ip6tables -A INPUT -j ACEPT", "did you mean ACCEPT?"),
    ],
)
def test_a_refused_line_has_its_cure_in_the_receipt(line: str, cure: str) -> None:
    """As the editor says it: the receipt is all that a person sees of it."""
    reading = read_paste(f"#!/bin/sh\niptables -P INPUT DROP\n{line}\n")
    notes = " ".join(entry.note for entry in reading.receipt)
    assert "refuses this" in notes
    assert cure in notes

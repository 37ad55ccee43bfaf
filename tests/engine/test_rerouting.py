"""What of a packet mangle OUTPUT must change before its route is looked up again."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sim.kernel.stack.core import _steers
from sim.packet.packet import Packet

# version and traffic class and flow label, length, next header, hop limit, source, destination
SIX = bytes.fromhex(
    "600000000008114020010db800000000000000000000000120010db80000000000000000000000020001000200080000"
)
FOUR = bytes.fromhex("4500001c00000000401100000a0000010a0000020001000200080000")


def changed(data: bytes, at: int, to: int) -> bytes:
    return data[:at] + bytes([to]) + data[at + 1 :]


@pytest.mark.parametrize(
    ("data", "at", "steers"),
    [(SIX, 1, True), (SIX, 0, True), (SIX, 3, True), (SIX, 7, True), (SIX, 23, True),
     (SIX, 39, True), (SIX, 41, False), (FOUR, 1, True), (FOUR, 8, False), (FOUR, 15, True),
     (FOUR, 19, True), (FOUR, 21, False)],
    ids=["6 label", "6 class", "6 label's end", "6 hop limit", "6 source", "6 destination",
         "6 port", "4 tos", "4 ttl", "4 source", "4 destination", "4 port"],
)  # fmt: skip
def test_what_changes_the_way(data: bytes, at: int, steers: bool) -> None:
    """ip6t_mangle_out looks at the whole first word and the hop limit, ipt_mangle_out at TOS."""
    to = 0x61 if at == 0 else data[at] + 1
    assert _steers(Packet(data), Packet(changed(data, at, to))) is steers


def test_a_mark_changes_the_way() -> None:
    """Though not a byte of the packet is another."""
    assert _steers(Packet(FOUR), replace(Packet(FOUR), mark=1))
    assert not _steers(Packet(FOUR), Packet(FOUR))

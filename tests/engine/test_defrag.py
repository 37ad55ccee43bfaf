"""Fragments gathered and made."""

from __future__ import annotations

from itertools import permutations

import pytest

from sim.kernel.stack.cutting import fragments
from sim.kernel.stack.defrag import Defragmenter, DefragUser
from sim.packet.packet import Packet, sealed


def udp(size: int) -> Packet:
    part = bytes.fromhex("03e80035") + (8 + size).to_bytes(2, "big") + b"\0\0" + bytes(size)
    head = bytes.fromhex("45000000000900004011000 00a0000020a000102".replace(" ", ""))
    return Packet(sealed(head + part))


def udp6(size: int) -> Packet:
    part = bytes.fromhex("03e80035") + (8 + size).to_bytes(2, "big") + b"\0\0" + bytes(size)
    head = bytes.fromhex("6000000000001140") + bytes(15) + b"\2" + bytes(15) + b"\3"
    return Packet(sealed(head + part))


@pytest.mark.parametrize("make", [udp, udp6])
def test_pieces_make_the_whole_again_in_any_order(make: object) -> None:
    """What was cut is gathered into the very same bytes."""
    whole = make(3000)  # type: ignore[operator]
    pieces = fragments(whole, 1280, 7)
    for order in permutations(pieces):
        gathering = Defragmenter()
        results = [gathering.gather(piece, DefragUser.CONNTRACK_IN, 0) for piece in order]
        assert [r.packet for r in results[:-1]] == [None] * (len(order) - 1)
        assert results[-1].packet is not None
        assert results[-1].packet.data == whole.data
        assert results[-1].largest <= 1280


def test_no_piece_is_longer_than_the_limit() -> None:
    """Headers included, and every piece but the last is a multiple of eight."""
    for piece in fragments(udp(3000), 777):
        assert len(piece.data) <= 777


def test_overlapping_pieces_spoil_the_packet() -> None:
    """As the kernel does since the attacks of 2018: all of it is thrown away."""
    first, second, *_ = fragments(udp(3000), 1000)
    shifted = bytearray(second.data)
    shifted[6:8] = (int.from_bytes(shifted[6:8], "big") - 2).to_bytes(2, "big")
    gathering = Defragmenter()
    gathering.gather(first, DefragUser.CONNTRACK_IN, 0)
    assert gathering.gather(Packet(bytes(shifted)), DefragUser.CONNTRACK_IN, 0).cause


def test_what_waits_too_long_is_forgotten() -> None:
    """Thirty seconds for IPv4."""
    gathering = Defragmenter()
    gathering.gather(fragments(udp(3000), 1000)[0], DefragUser.CONNTRACK_IN, 0)
    assert gathering.expire(29 * 10**9) == []
    assert len(gathering.expire(30 * 10**9)) == 1

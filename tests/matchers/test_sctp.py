"""-m sctp."""

from __future__ import annotations

import pytest

from sim.packet.packet import Packet
from tests.matchers.ask import holds, ip, judged

DATA, INIT, SACK, I_DATA = (0, 3), (1, 0), (3, 0), (64, 0)


def sctp(*chunks: tuple[int, int]) -> Packet:
    body = b"".join(bytes((kind, flags)) + b"\0\x04" for kind, flags in chunks)
    return ip(b"\x9c\x40\x0b\x80" + bytes(8) + body, 132)


@pytest.mark.parametrize(
    ("test", "chunks", "expected"),
    [
        ("any DATA,INIT", (SACK, DATA), True),
        ("any DATA", (SACK,), False),
        ("all DATA,SACK", (SACK, DATA), True),
        ("all DATA,SACK", (DATA,), False),
        ("only DATA,SACK", (SACK, DATA), True),
        ("only DATA", (SACK, DATA), False),
        ("any DATA:BE", (DATA,), True),
        ("any DATA:Be", (DATA,), False),
        ("any DATA:U", (DATA,), False),
        ("any I_DATA:U", (I_DATA,), True),  # its flags are lost, in the real tool too
    ],
)
def test_chunks(test: str, chunks: tuple[tuple[int, int], ...], expected: bool) -> None:
    """any wants one of them, all each, only no others; capitals set, small letters clear."""
    assert holds(f"-p sctp --chunk-types {test}", sctp(*chunks)) is expected
    assert holds(f"-p sctp ! --chunk-types {test}", sctp(*chunks)) is not expected


def test_a_packet_without_chunks_is_dropped_on_the_spot() -> None:
    """The kernel looks for a first chunk without asking whether there is one."""
    assert judged("-p sctp --chunk-types any DATA", sctp()).hotdrop


def test_an_inverted_test_of_a_broken_packet_holds_and_drops() -> None:
    """The rule counts and its target runs, then the packet is gone."""
    judgement = judged("-p sctp ! --chunk-types any DATA", sctp())
    assert judgement.held is True
    assert judgement.hotdrop


def test_what_lies_behind_the_answer_is_not_read() -> None:
    """any DATA is answered by the first chunk, however broken the second is."""
    broken = sctp(DATA).data + b"\x01\x00\x00\x00"
    assert holds("-p sctp --chunk-types any DATA", Packet(broken)) is True

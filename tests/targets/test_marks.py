"""MARK, CONNMARK, HMARK, CLASSIFY: numbers beside the packet."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sim.extensions.extension import SetFlow
from sim.model.flow import Flow, FlowTuple
from sim.model.rules import Verdict
from tests.targets.place import context, packet, run

UDP = packet("in eth0 udp 10.0.0.2:5 -> 10.0.1.2:6")


def flow_with_mark(mark: int) -> Flow:
    headers = UDP.headers
    there = FlowTuple(headers.src, headers.dst, 17, 5, 6)
    return Flow(1, there, there.inverted(), mark=mark)


@pytest.mark.parametrize(
    ("words", "before", "after"),
    [
        ("--set-mark 1", 0xF0, 1),
        ("--set-mark 1/0xff", 0xFFF0, 0xFF01),
        ("--set-mark 0x1ff/0xff", 0xF000, 0xF1FF),
        ("--set-xmark 0x1ff/0xff", 0xF1F0, 0xF0FF),
        ("--and-mark 0x0f", 0xFF, 0x0F),
        ("--or-mark 0x0f", 0xF0, 0xFF),
        ("--xor-mark 0xff", 0x0F, 0xF0),
    ],
)
def test_mark_forms(words: str, before: int, after: int) -> None:
    """Every form clears its mask and flips its value."""
    answer = run(f"-j MARK {words}", context(UDP.with_mark(before)))
    assert answer.verdict is Verdict.CONTINUE
    assert answer.packet.mark == after
    assert hex(after) in answer.text


@pytest.mark.parametrize(
    ("words", "packet_mark", "flow_mark", "expected"),
    [
        ("--save-mark", 0xAB, 0xFF00, 0xAB),
        ("--save-mark --nfmask 0xf --ctmask 0xff", 0xAB, 0xFF12, 0xFF0B),
        ("--save-mark --left-shift-mark 8", 0xAB, 0, 0xAB00),
        ("--set-mark 3 --left-shift-mark 4", 0, 7, 0x30),
        ("--set-xmark 1/0", 0, 7, 6),
        ("--and-mark 0xf", 0, 0xFF, 0xF),
    ],
)
def test_connmark_changes_the_connection(
    words: str, packet_mark: int, flow_mark: int, expected: int
) -> None:
    """Saving and setting ask for another mark of the entry; the packet keeps its own."""
    ctx = context(UDP.with_mark(packet_mark), flow=flow_with_mark(flow_mark))
    answer = run(f"-j CONNMARK {words}", ctx)
    assert answer.requests == (SetFlow((("mark", expected),)),)
    assert answer.packet.mark == packet_mark


def test_connmark_restores() -> None:
    """The packet's mark under nfmask is replaced by the connection's under ctmask, shifted."""
    ctx = context(UDP.with_mark(0xFFFF0000), flow=flow_with_mark(0x1234))
    words = "-j CONNMARK --restore-mark --nfmask 0xffff --ctmask 0xff --left-shift-mark 4"
    answer = run(words, ctx)
    assert answer.packet.mark == 0xFFFF0340
    assert not answer.requests


def test_connmark_without_a_connection_does_nothing() -> None:
    """An untracked or invalid packet goes on as it was."""
    answer = run("-j CONNMARK --restore-mark", context(UDP.with_mark(5)))
    assert (answer.packet.mark, answer.requests) == (5, ())


def test_hmark_is_the_same_in_both_directions() -> None:
    """Addresses and ports are put in order before they are hashed."""
    words = "-j HMARK --hmark-tuple src,dst,sport,dport --hmark-mod 1000 --hmark-rnd 7"
    back = packet("in eth1 udp 10.0.1.2:6 -> 10.0.0.2:5")
    assert run(words, context(UDP)).packet.mark == run(words, context(back)).packet.mark


def test_hmark_stays_in_its_range() -> None:
    """Marks are offset to offset + mod - 1."""
    words = "-j HMARK --hmark-tuple src,dst,sport,dport --hmark-mod 3 --hmark-rnd 7"
    for port in range(1, 60):
        given = packet(f"in eth0 udp 10.0.0.2:{port} -> 10.0.1.2:6")
        assert 100 <= run(f"{words} --hmark-offset 100", context(given)).packet.mark <= 102


def test_hmark_by_connection_needs_one() -> None:
    """With ct and no entry the mark stays."""
    words = "-j HMARK --hmark-tuple ct,src --hmark-mod 3 --hmark-rnd 7"
    assert run(words, context(UDP.with_mark(9))).packet.mark == 9


def test_classify_sets_the_class() -> None:
    """The class is major and minor, sixteen bits each."""
    assert run("-j CLASSIFY --set-class 1:20", context(UDP)).packet == replace(
        UDP, priority=0x10020
    )

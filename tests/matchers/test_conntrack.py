"""-m conntrack, -m state and -m connmark."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_address
from typing import Any

import pytest

from sim.extensions.ct_template import with_template
from sim.model.flow import Flow, FlowTuple
from sim.packet.kinds import CtState
from sim.packet.packet import Packet
from sim.read.host.text import parse_host
from tests.matchers.ask import SECOND, Rule, clause, holds, judged, runtime, tcp

FLOW = Flow(
    1,
    FlowTuple(ip_address("10.0.0.2"), ip_address("10.1.0.5"), 6, 40000, 80),
    FlowTuple(ip_address("10.1.0.5"), ip_address("192.0.2.1"), 6, 80, 1024),
    frozenset({"CONFIRMED", "SEEN_REPLY", "SRC_NAT"}),
    mark=0x15,
    expires=100 * SECOND,
)


def attached(state: str = "ESTABLISHED", *, reply: bool = False) -> Packet:
    return replace(tcp(), flow=1, ct_state=state, ct_reply=reply)


@pytest.mark.parametrize("state", ["NEW", "ESTABLISHED", "RELATED"])
def test_the_state_is_the_packets(state: str) -> None:
    """Each packet of a connection has its own; the clause names both lists."""
    assert holds(f"-m conntrack --ctstate {state}", attached(state), flow=FLOW) is True
    assert holds(f"-m state ! --state {state}", attached(state), flow=FLOW) is False
    seen = clause("-m conntrack --ctstate RELATED,INVALID", attached(state), flow=FLOW)
    assert seen.seen == f"{state},SNAT"


def test_snat_and_dnat_are_states_of_a_translated_connection() -> None:
    """They hold beside the packet's own state."""
    assert holds("-m conntrack --ctstate SNAT", attached(), flow=FLOW) is True
    assert holds("-m conntrack --ctstate DNAT", attached(), flow=FLOW) is False


def test_without_an_entry_only_the_state_counts() -> None:
    """INVALID holds whatever else was asked; without --ctstate even inverted options fail."""
    lost = replace(tcp(), ct_state=CtState.INVALID)
    assert holds("-m conntrack --ctstate INVALID --ctproto udp", lost) is True
    assert holds("-m conntrack ! --ctproto udp", lost) is False
    assert (
        holds("-m conntrack --ctstate INVALID", replace(lost, ct_state=CtState.UNTRACKED)) is False
    )


def test_a_template_reads_new_and_is_all_zero() -> None:
    """Behind -j CT in raw a packet carries an empty entry."""
    run = runtime()
    packet = with_template(Rule("-j ACCEPT", on=run).context(tcp()), 0, 0)
    assert packet.ct_state is CtState.NEW
    assert holds("-m conntrack --ctstate NEW --ctproto 0", packet, on=run) is True
    assert holds("-m conntrack --ctorigsrc 0.0.0.0", packet, on=run) is True
    assert holds("-m connmark --mark 0", packet, on=run) is True
    assert holds("-m connmark --mark 0", replace(tcp(), ct_state=CtState.NEW)) is False


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ("--ctorigsrc 10.0.0.0/24", True),
        ("--ctorigdst 10.1.0.6", False),
        ("! --ctorigdst 10.1.0.6", True),
        ("--ctrepldst 192.0.2.1", True),
        ("--ctorigdstport 80", True),
        ("--ctreplsrcport 81:90", False),
        ("--ctrepldstport 1000:2000", True),
        ("--ctproto 6", True),
        ("! --ctproto tcp", False),
        ("--ctdir ORIGINAL", True),
        ("--ctdir REPLY", False),
        ("--ctstatus ASSURED,CONFIRMED", True),
        ("--ctstatus ASSURED", False),
        ("--ctstatus NONE", False),
        ("! --ctstatus NONE", True),
        ("--ctexpire 100", True),
        ("--ctexpire 0:99", False),
    ],
)
def test_the_entry_is_compared(options: str, expected: bool) -> None:
    """Tuples, direction, status bits (NONE is none of them) and lifetime in whole seconds."""
    assert holds(f"-m conntrack {options}", attached(), flow=FLOW) is expected


@pytest.mark.parametrize(
    ("uptime", "left"),
    [
        ("10s", 120 + 290),  # the counter is still below zero
        ("6m", 60),
        ("12d", 0),
        ("99d", 0),
        ("100d", 8540289),  # over the edge of 32 bits
    ],
)
def test_before_it_is_confirmed_the_lifetime_hangs_on_the_uptime(uptime: str, left: int) -> None:
    """Its 120 s are not running yet, but the kernel takes its tick counter from them."""
    fresh = replace(FLOW, status=frozenset(), expires=0, lifetime=120 * SECOND)
    host = parse_host(f"interface eth0 10.0.0.1/24\nuptime {uptime}\n")
    seen = clause("-m conntrack --ctexpire 0", attached("NEW"), flow=fresh, host=host).seen
    assert seen == str(left)


def test_before_it_is_confirmed_the_lifetime_is_open_without_an_uptime() -> None:
    """The host text says what to add."""
    fresh = replace(FLOW, status=frozenset(), expires=0, lifetime=120 * SECOND)
    asked = clause("-m conntrack --ctexpire 0", attached("NEW"), flow=fresh)
    assert asked.held is None
    assert "uptime 12d" in asked.need


def test_the_lifetime_shrinks() -> None:
    """After 30.5 s of 100 s, 69 whole seconds are left."""
    rule = Rule("-m conntrack --ctexpire 69")
    rule.runtime.now = 30 * SECOND + SECOND // 2
    assert rule.holds(attached(), flow=FLOW) is True


def test_clauses_come_in_the_kernels_order() -> None:
    """State, direction, addresses, protocol, ports, status, lifetime: whatever was typed first."""
    line = (
        "-m conntrack --ctexpire 100 --ctstatus CONFIRMED --ctrepldstport 1024 --ctproto 6 "
        "--ctrepldst 192.0.2.1 --ctdir ORIGINAL --ctstate ESTABLISHED"
    )
    flags = [c.flag for c in judged(line, attached(), flow=FLOW).clauses]
    assert flags == ["--ctstate", "--ctdir", "--ctrepldst", "--ctproto", "--ctrepldstport",
                     "--ctstatus", "--ctexpire"]  # fmt: skip


def test_the_connections_mark_needs_an_entry() -> None:
    """Without one -m connmark fails, inverted too."""
    kwargs: dict[str, Any] = {"flow": FLOW}
    assert holds("-m connmark --mark 0x5/0xf", attached(), **kwargs) is True
    assert holds("-m connmark ! --mark 0x5/0xf", attached(), **kwargs) is False
    assert holds("-m connmark ! --mark 0x5/0xf", tcp()) is False

"""How NAT chooses and rewrites: one sentence a test."""

from __future__ import annotations

from ipaddress import ip_address

import pytest

from sim.extensions.extension import NatRange
from sim.kernel.nat.core import Nat
from sim.kernel.nat.ports import hashed_address
from sim.model.rules import Hook
from sim.packet.packet import Packet, sealed
from tests.conntrack.nat_cases import out, span, to
from tests.conntrack.segments import CLIENT, SERVER, icmp, icmp_error, ip_raw, tcp, udp
from tests.conntrack.twin import Twin

ROUTER = "10.0.1.1"


def sent(twin: Twin, wire: int, data: bytes) -> tuple[str, int | None, str, int | None]:
    packet = twin.pass_through(wire, data)[2]
    assert packet is not None
    headers = packet.headers
    return str(headers.src), headers.sport, str(headers.dst), headers.dport


def snat(ports: tuple[int, int] | None = None, flags: str = "") -> Twin:
    return Twin(src=out("eth1", span(ROUTER, ports=ports, flags=flags)), with_nat=True)


def test_the_source_is_rewritten_and_the_reply_restored() -> None:
    """In POSTROUTING on the way out, in PREROUTING on the way back."""
    twin = snat()
    assert sent(twin, 0, udp()) == (ROUTER, 5000, SERVER, 53)
    assert sent(twin, 1, udp(53, 5000, src=SERVER, dst=ROUTER)) == (SERVER, 53, CLIENT, 5000)
    changed = [t for t in twin.translations if t.changes]
    assert [(t.manip, t.undo, t.changes) for t in changed] == [
        ("DST", True, (("dst", ROUTER, CLIENT),))
    ]


def test_rules_are_asked_once_for_each_end() -> None:
    """A second packet without a reply is NEW, but no longer visits the nat table."""
    twin = snat()
    twin.pass_through(0, udp())
    assert twin.asked == ["PREROUTING", "POSTROUTING"]
    assert twin.pass_through(0, udp())[0] == "NEW"
    assert twin.asked == []


def test_without_a_rule_the_binding_is_null() -> None:
    """Nothing is rewritten, but both ends are decided."""
    twin = Twin(with_nat=True)
    assert sent(twin, 0, udp()) == (CLIENT, 5000, SERVER, 53)
    (entry,) = twin.tracker.table
    assert entry.flow.has("SRC_NAT_DONE", "DST_NAT_DONE")
    assert not entry.flow.status & {"SRC_NAT", "DST_NAT"}


def test_two_clients_may_share_a_port_towards_different_servers() -> None:
    """Only the tuple of the answers must be unique."""
    twin = snat()
    sent(twin, 0, udp(5000, 53))
    assert sent(twin, 0, udp(5000, 54, src="10.0.0.3"))[:2] == (ROUTER, 5000)


@pytest.mark.parametrize(
    ("port", "low", "high"),
    [(100, 1, 511), (511, 1, 511), (512, 600, 1023), (1023, 600, 1023), (1024, 1024, 65535),
     (5000, 1024, 65535)],
)  # fmt: skip
def test_a_taken_port_is_replaced_within_its_class(port: int, low: int, high: int) -> None:
    """Chosen at random, and said so."""
    twin = snat()
    sent(twin, 0, udp(port))
    _, chosen, _, _ = sent(twin, 0, udp(port, src="10.0.0.3"))
    assert chosen is not None
    assert chosen != port
    assert low <= chosen <= high
    assert twin.translations[-1].at_random
    assert [e.flow.port_is_random for e in twin.tracker.table] == [False, True]


def test_a_client_port_keeps_its_mapping_towards_others() -> None:
    """Once moved to another port, it stays there although its own would be free."""
    twin = snat()
    sent(twin, 0, udp(5000))
    _, moved, _, _ = sent(twin, 0, udp(5000, src="10.0.0.3"))
    assert sent(twin, 0, udp(5000, 99, src="10.0.0.3"))[1] == moved
    assert twin.translations[-1].at_random


def test_the_last_free_port_is_what_chance_left() -> None:
    """Of 2000-2002 the third flow gets what the others left; the fourth is lost when confirmed."""
    twin = snat((2000, 2002))
    ports = {sent(twin, 0, udp(5000 + i, src="10.0.0.3"))[1] for i in range(3)}
    assert ports == {2000, 2001, 2002}
    assert twin.translations[-1].at_random
    assert twin.pass_through(0, udp(5003, src="10.0.0.3"))[2] is None
    assert twin.events[-1].did == "clash"


class Drawn:
    """Chance that says what it is told, and nothing once that is used up."""

    def __init__(self, *numbers: int) -> None:
        self.numbers = list(numbers)

    def randrange(self, stop: int) -> int:
        return self.numbers.pop(0) % stop


def test_the_search_for_a_port_begins_five_times() -> None:
    """128 ports on from a random one, then 64, 32, 16 and 8 (nf_nat_l4proto_unique_tuple)."""
    twin = snat()
    for port in range(1024, 1024 + 128):
        sent(twin, 0, udp(port))
    twin.runtime.random = Drawn(0, 0, 0, 0, 7000)  # type: ignore[assignment]
    assert sent(twin, 0, udp(1024, src="10.0.0.3"))[1] == 1024 + 7000
    assert twin.runtime.random.numbers == []  # type: ignore[attr-defined]


def test_random_always_chooses() -> None:
    """``--random``: even if the port is free."""
    twin = snat(flags="RANDOM")
    sent(twin, 0, udp(5000))
    assert twin.translations[-1].at_random


def test_a_destination_range_is_searched_from_below() -> None:
    """The lowest free port, not a random one."""
    wanted = span("10.0.1.2", ports=(7000, 7002))
    twin = Twin(dst=to("10.0.1.0/24", wanted), with_nat=True)
    assert [sent(twin, 0, udp(5000, 53 + i))[3] for i in range(3)] == [7000, 7001, 7002]


def test_a_destination_range_may_be_shifted() -> None:
    """``--to-destination A:8000-8010/7000``."""
    wanted = span("10.0.1.2", ports=(8000, 8010), base=7000, flags="OFFSET")
    twin = Twin(dst=to("10.0.1.0/24", wanted), with_nat=True)
    assert [sent(twin, 0, udp(5000, 7000 + i))[3] for i in range(3)] == [8000, 8001, 8002]


def test_a_range_of_addresses_is_chosen_by_hash() -> None:
    """As measured on the kernel: one client spread over servers, or kept with PERSISTENT."""
    low, high = ip_address("10.0.1.10"), ip_address("10.0.1.13")

    def chosen(persistent: bool) -> list[int]:
        client = ip_address(CLIENT)
        servers = [ip_address(f"10.0.1.{i}") for i in range(2, 8)]
        picked = [hashed_address(client, each, low, high, persistent, 0) for each in servers]
        return [address.packed[3] for address in picked]

    assert chosen(False) == [12, 13, 13, 11, 12, 12]
    assert chosen(True) == [13, 13, 13, 13, 13, 13]


def test_an_error_is_translated_with_the_packet_it_quotes() -> None:
    """Its own destination, and the quoted source and port."""
    twin = snat()
    sent(twin, 0, udp(5000))
    sent(twin, 0, udp(5000, src="10.0.0.3"))
    inside = twin.pass_through(0, udp(5000, src="10.0.0.3"))[2]
    assert inside is not None
    error = icmp_error(3, 1, inside.data[:28], src=SERVER, dst=ROUTER)
    assert sent(twin, 1, error)[2] == "10.0.0.3"
    names = {name for translation in twin.translations for name, _, _ in translation.changes}
    assert names == {"dst", "quoted src", "quoted sport"}


def test_an_error_with_a_bad_checksum_is_dropped_by_nat() -> None:
    """Where conntrack did not look: ``nf_conntrack_checksum = 0``."""
    twin = snat()
    twin.runtime.host.sysctls["net.netfilter.nf_conntrack_checksum"] = "0"
    left = twin.pass_through(0, udp())[2]
    assert left is not None
    error = bytearray(icmp_error(3, 1, left.data[:28], src=SERVER, dst=ROUTER))
    error[23] ^= 1
    assert twin.pass_through(1, bytes(error))[2] is None


def test_checksums_follow_the_rewrite() -> None:
    """TCP's, UDP's and ICMP's come out right; UDP without one stays without."""
    twin = snat()
    for packet in (tcp("S"), udp(payload=b"abc"), icmp(8)):
        left = twin.pass_through(0, packet)[2]
        assert left is not None
        assert left.data == sealed(left.data)
    left = twin.pass_through(0, udp(5001, checksum=0))[2]
    assert left is not None
    assert left.data[26:28] == b"\0\0"


def test_masquerade_takes_the_address_of_the_device() -> None:
    """And remembers the device."""
    twin = Twin(src=out("eth1", NatRange(), masquerade=True), with_nat=True)
    assert sent(twin, 0, udp())[0] == ROUTER
    (entry,) = twin.tracker.table
    assert entry.flow.masquerade_iface == "eth1"


def test_protocols_without_ports_cannot_be_told_apart() -> None:
    """The second client's packet is lost when its entry would be confirmed."""
    twin = snat()
    assert twin.pass_through(0, ip_raw(CLIENT, SERVER, 89, b"x"))[2] is not None
    assert twin.pass_through(0, ip_raw("10.0.0.3", SERVER, 89, b"x"))[2] is None


def test_invalid_packets_are_not_translated() -> None:
    """They have no entry: NAT does not know them."""
    twin = snat()
    sent(twin, 0, tcp("S", 1000))
    assert sent(twin, 0, tcp("F", 1000))[0] == CLIENT


def test_a_packet_without_entry_asks_for_nothing() -> None:
    """Neither rules nor translation."""
    twin = Twin(with_nat=True)
    nat = Nat(twin.runtime, twin.tracker)
    packet = Packet(udp())
    assert not nat.wants_rules(packet, Hook.PREROUTING)
    assert nat.translate(packet, Hook.PREROUTING).packet is packet

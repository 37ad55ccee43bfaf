"""What time and the host's devices do to entries, asked of the kernel."""

from __future__ import annotations

import time

import pytest

from sim.extensions.extension import NatRange
from sim.model.rules import Hook
from sim.packet.headers import dissect
from sim.packet.packet import Packet
from tests.conntrack.compare import table_differences
from tests.conntrack.nat_cases import out, span
from tests.conntrack.router import Router
from tests.conntrack.segments import CLIENT, SERVER, tcp, udp
from tests.conntrack.storms import answer
from tests.conntrack.twin import Twin

pytestmark = pytest.mark.kernel
MASQUERADE = "*nat\n-A POSTROUTING -o eth1 -j MASQUERADE\nCOMMIT\n"
CT = "net.netfilter.nf_conntrack_"


def both(router: Router, twin: Twin, wire: int, packet: bytes) -> bytes | None:
    """Send it through both; they agree. What left, if anything did."""
    real = router.pass_through(wire, packet)
    twin.runtime.now = router.now
    state, reply, after = twin.pass_through(wire, packet)
    assert (state, reply) == (real.state, real.reply)
    assert bool(after) == bool(real.out)
    return real.out[0][1] if real.out else None


def same_table(router: Router, twin: Twin) -> bool:
    twin.runtime.now = router.now
    twin.tracker.expire()
    return list(table_differences(router.table(), twin.table)) == []


def test_a_udp_stream_is_assured_after_two_seconds() -> None:
    """A packet more than 2 s after the first, when a reply was seen, makes it a stream."""
    with Router() as router:
        twin = Twin()
        there, back = udp(), udp(53, 5000, src=SERVER, dst=CLIENT)
        for packet in (there, back, there):
            both(router, twin, int(packet is back), packet)
        assert same_table(router, twin)
        time.sleep(2.1)
        both(router, twin, 1, back)
        assert same_table(router, twin)
        assert "[ASSURED]" in twin.table[0]


def test_entries_time_out() -> None:
    """After its timeout an entry is gone, and the next packet is NEW again."""
    settings = {CT + "udp_timeout": "1"}
    with Router(sysctls=settings) as router:
        twin = Twin(settings)
        both(router, twin, 0, udp())
        time.sleep(1.1)
        both(router, twin, 1, udp(53, 5000, src=SERVER, dst=CLIENT))
        assert same_table(router, twin)


def masqueraded(router: Router) -> Twin:
    twin = Twin(src=out("eth1", NatRange(), masquerade=True), with_nat=True)
    for port in (5000, 5001):
        both(router, twin, 0, udp(port))
    return twin


def test_masquerade_forgets_a_device_that_goes_down() -> None:
    """All its entries are deleted."""
    with Router(MASQUERADE) as router:
        twin = masqueraded(router)
        router.run("ip link set eth1 down; sleep 0.2")
        twin.tracker.interface_event("eth1")
        assert router.table() == []
        assert twin.table == ()


def test_masquerade_forgets_an_address_that_is_deleted() -> None:
    """Deleting another address of the device changes nothing."""
    with Router(MASQUERADE) as router:
        twin = masqueraded(router)
        other = twin.runtime.host.interfaces["eth0"].addresses[0].address.ip
        router.run("ip addr add 10.7.0.1/24 dev eth1; ip addr del 10.7.0.1/24 dev eth1; sleep 0.2")
        twin.tracker.interface_event("eth1", other)
        assert same_table(router, twin)
        gone = twin.runtime.host.interfaces["eth1"].addresses[0].address.ip
        router.run(f"ip addr del {gone}/24 dev eth1; sleep 0.2")
        twin.tracker.interface_event("eth1", gone)
        assert router.table() == []
        assert twin.table == ()


def test_a_masqueraded_flow_that_moves_to_another_device_dies() -> None:
    """The packet is dropped, the entry deleted; the next packet starts a new one."""
    with Router("*nat\n-A POSTROUTING -j MASQUERADE\nCOMMIT\n") as router:
        twin = Twin(src=out("eth1", NatRange(), masquerade=True), with_nat=True)
        both(router, twin, 0, udp())
        router.run("ip route add 10.0.1.2/32 dev eth0")
        real = router.pass_through(0, udp())
        twin.runtime.now = router.now
        packet, _ = twin.tracker.enter(Packet(udp()), Hook.PREROUTING)
        assert packet is not None
        assert twin.nat.translate(packet, Hook.POSTROUTING, "eth0").packet is None
        assert real.out == ()
        assert router.table() == []
        assert twin.table == ()


def finished(router: Router, twin: Twin, port: int, seq: int, client: str) -> None:
    """A TCP connection from SYN to TIME_WAIT through source NAT to one port."""
    for flags, at in (("S", seq), ("A", seq + 1), ("FA", seq + 1), ("A", seq + 2)):
        left = both(router, twin, 0, tcp(flags, at, 9001, port=port, src=client))
        if left is not None and flags != "A":
            reply = answer(left) if flags == "S" else fin_answer(left)
            both(router, twin, 1, reply)


def fin_answer(packet: bytes) -> bytes:
    headers = dissect(packet)
    assert headers.tcp is not None
    return tcp(
        "FA", 9001, headers.tcp.seq + 1, src=str(headers.dst), dst=str(headers.src),
        port=headers.dport or 0, server_port=headers.sport or 0,
    )  # fmt: skip


@pytest.mark.parametrize(("seq", "gets_through"), [(500_000, True), (10, False)])
def test_a_finished_connection_makes_room_for_a_newer_one(seq: int, gets_through: bool) -> None:
    """One port for all clients: TIME_WAIT is evicted if the new numbers are higher."""
    rules = "*nat\n-A POSTROUTING -p tcp -j SNAT --to-source 10.0.1.1:2000\nCOMMIT\n"
    with Router(rules) as router:
        wanted = span("10.0.1.1", ports=(2000, 2000))
        twin = Twin(src=out("eth1", wanted, (6,)), with_nat=True)
        finished(router, twin, 40000, 1000, CLIENT)
        assert "TIME_WAIT" in router.table()[0]
        assert same_table(router, twin)
        left = both(router, twin, 0, tcp("S", seq, port=41000, src="10.0.0.3"))
        assert bool(left) is gets_through
        assert same_table(router, twin)

"""What conntrack makes of packets, beyond TCP: one sentence a test."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sim.extensions.extension import UseTemplate
from sim.kernel.conntrack.core import Tracker
from sim.model.rules import Hook
from sim.packet.packet import Packet
from sim.tell.wording import word
from tests.conntrack.segments import (
    CLIENT,
    CLIENT6,
    SERVER,
    SERVER6,
    icmp,
    icmp_error,
    ip_raw,
    tcp,
    udp,
)
from tests.conntrack.twin import Twin, runtime

CT = "net.netfilter.nf_conntrack_"
THERE, BACK = udp(), udp(53, 5000, src=SERVER, dst=CLIENT)


def state(twin: Twin, wire: int, data: bytes) -> str:
    return twin.pass_through(wire, data)[0]


def test_a_connection_is_new_until_something_comes_back() -> None:
    """Any number of packets in one direction are NEW; the first reply is ESTABLISHED."""
    twin = Twin()
    states = [state(twin, 0, THERE), state(twin, 0, THERE), state(twin, 1, BACK)]
    assert states == ["NEW", "NEW", "ESTABLISHED"]
    assert state(twin, 0, THERE) == "ESTABLISHED"


def test_an_entry_is_made_when_the_packet_leaves() -> None:
    """A packet that is dropped before leaves nothing behind: the next one is NEW again."""
    made = runtime()
    tracker = Tracker(made, frozenset({4}))
    packet, events = tracker.enter(Packet(THERE), Hook.PREROUTING)
    assert packet is not None
    assert packet.ct_state == "NEW"
    assert not made.flows[packet.flow or 0].confirmed
    assert tracker.listing() == ()
    (gone,) = tracker.discard(packet)
    assert (events[0].did, gone.did) == ("created", "destroyed")
    tracker.expire()
    assert made.flows == {}


def test_a_dead_entry_stays_for_packets_that_hold_it() -> None:
    """DYING is visible until ``expire`` sweeps it away."""
    twin = Twin()
    twin.pass_through(0, THERE)
    (entry,) = twin.tracker.table
    twin.tracker.table.kill(entry)
    assert twin.runtime.flows[entry.flow.id].has("DYING")
    twin.tracker.expire()
    assert entry.flow.id not in twin.runtime.flows


def test_a_family_without_conntrack_is_left_alone() -> None:
    """conntrack is switched on for each family by its own rules."""
    tracker = Tracker(runtime(), frozenset({6}))
    packet, events = tracker.enter(Packet(THERE), Hook.PREROUTING)
    assert (packet, events) == (Packet(THERE), ())


def test_a_looped_back_packet_keeps_its_entry() -> None:
    """It is not looked up a second time in PREROUTING."""
    tracker = Tracker(runtime(), frozenset({4}))
    out, _ = tracker.enter(Packet(THERE), Hook.OUTPUT)
    assert out is not None
    again, events = tracker.enter(out, Hook.PREROUTING)
    assert again is out
    assert events == ()


def test_untracked_packets_have_no_entry() -> None:
    """``CT --notrack``, and neighbour discovery by itself."""
    twin = Twin(template=lambda packet, iface: UseTemplate(notrack=True))
    assert state(twin, 0, THERE) == "UNTRACKED"
    assert twin.table == ()
    assert state(Twin(), 0, icmp(135, src=CLIENT6, dst=SERVER6)) == "UNTRACKED"


@pytest.mark.parametrize(("hook", "wanted"), [(Hook.PREROUTING, "INVALID"), (Hook.OUTPUT, "NEW")])
def test_checksums_are_looked_at_only_on_the_way_in(hook: Hook, wanted: str) -> None:
    """A bad one is INVALID in PREROUTING and goes unnoticed in OUTPUT."""
    tracker = Tracker(runtime(), frozenset({4}))
    packet, _ = tracker.enter(Packet(udp(checksum=0x1111)), hook)
    assert packet is not None
    assert packet.ct_state == wanted


def test_checksums_can_be_ignored() -> None:
    """``nf_conntrack_checksum = 0``."""
    assert state(Twin({CT + "checksum": "0"}), 0, udp(checksum=0x1111)) == "NEW"


def test_a_right_udplite_checksum_is_invalid() -> None:
    """The kernel sums it with UDP's protocol number; a checksum made that way passes."""
    assert state(Twin(), 0, udp(protocol=136)) == "INVALID"


@pytest.mark.parametrize("kind", [0, 14, 16, 18, 9, 10, 1, 40])
def test_icmp_answers_and_strangers_begin_nothing(kind: int) -> None:
    """Only queries make entries."""
    assert state(Twin(), 0, icmp(kind)) == "INVALID"


def test_an_echo_has_its_own_entry_each_way() -> None:
    """The same id asked from the other side is another connection."""
    twin = Twin()
    assert state(twin, 0, icmp(8)) == "NEW"
    assert state(twin, 1, icmp(0, src=SERVER, dst=CLIENT)) == "ESTABLISHED"
    assert state(twin, 1, icmp(8, src=SERVER, dst=CLIENT)) == "NEW"
    assert len(twin.table) == 2


def test_an_error_belongs_to_the_connection_that_it_quotes() -> None:
    """Any router may send it, if it goes to whom an answer would go."""
    twin = Twin()
    twin.pass_through(0, THERE)
    quote = THERE[:28]
    middle = icmp_error(11, 0, quote, src="10.0.1.77", dst=CLIENT)
    assert state(twin, 1, middle) == "RELATED"
    assert state(twin, 1, icmp_error(3, 1, quote, src=SERVER, dst="10.0.0.3")) == "INVALID"
    assert state(twin, 0, icmp_error(3, 1, quote, src=CLIENT, dst=SERVER)) == "INVALID"
    assert state(twin, 1, icmp_error(3, 1, quote[:22], src=SERVER, dst=CLIENT)) == "INVALID"


def test_an_error_changes_nothing_in_the_entry() -> None:
    """No SEEN_REPLY, no new timer."""
    twin = Twin()
    twin.pass_through(0, THERE)
    twin.wait(10)
    before = twin.table
    twin.pass_through(1, icmp_error(3, 1, THERE[:28], src=SERVER, dst=CLIENT))
    assert twin.table == before


def test_an_answer_of_the_kernel_inherits_the_entry() -> None:
    """Its ICMP error or reset is RELATED, in the other direction."""
    tracker = Tracker(runtime(), frozenset({4}))
    asked, _ = tracker.enter(Packet(THERE), Hook.PREROUTING)
    assert asked is not None
    answer = tracker.attach(Packet(BACK), asked)
    assert (answer.flow, answer.ct_state, answer.ct_reply) == (asked.flow, "RELATED", True)
    assert tracker.attach(Packet(BACK), Packet(THERE)).flow is None


def test_entries_time_out() -> None:
    """30 s for UDP; then the next packet, even a reply, is NEW."""
    twin = Twin()
    twin.pass_through(0, THERE)
    twin.wait(29)
    assert twin.table[0].split()[2] == "1"
    twin.wait(1)
    assert twin.table == ()
    assert [event.did for event in twin.tracker.expire()] == ["expired"]
    assert state(twin, 1, BACK) == "NEW"


def test_packets_are_counted_where_accounting_is_on() -> None:
    """As ``conntrack -L`` shows it; entries made before it was switched on stay uncounted."""
    twin = Twin({CT + "acct": "1"})
    twin.pass_through(0, udp(payload=b"abcd"))
    twin.pass_through(1, BACK)
    (line,) = twin.table
    assert "packets=1 bytes=32 src=10.0.1.2" in line
    assert "packets=1 bytes=28 mark=0" in line


def test_a_full_table_drops_new_connections() -> None:
    """``nf_conntrack_max``; what is known goes on."""
    twin = Twin({CT + "max": "1"})
    twin.pass_through(0, THERE)
    assert twin.pass_through(0, udp(5001))[2] is None
    assert state(twin, 1, BACK) == "ESTABLISHED"


def test_marks_and_labels_stay_on_the_entry() -> None:
    """``change`` gives the new snapshot, and the table shows the mark."""
    twin = Twin()
    twin.pass_through(0, THERE)
    (entry,) = twin.tracker.table
    flow = twin.tracker.change(entry.flow.id, mark=16, labels=1 << 3)
    assert twin.runtime.flows[flow.id] is flow
    assert "mark=16" in twin.table[0]
    twin.pass_through(1, BACK)
    assert twin.runtime.flows[flow.id].labels == 8


def test_zones_part_the_same_addresses() -> None:
    """A reply that is not put into the zone is another connection."""
    zoned = UseTemplate(zone_original=3, zone_reply=3)
    twin = Twin(template=lambda packet, iface: zoned if iface == "eth0" else None)
    assert state(twin, 0, THERE) == "NEW"
    assert state(twin, 1, BACK) == "NEW"
    assert " mark=0 zone=3 use=1" in twin.table[0]


def test_a_zone_can_count_for_one_direction() -> None:
    """With ``--zone-orig`` the reply needs no zone."""
    zoned = UseTemplate(zone_original=3)
    twin = Twin(template=lambda packet, iface: zoned if iface == "eth0" else None)
    assert [state(twin, 0, THERE), state(twin, 1, BACK)] == ["NEW", "ESTABLISHED"]
    assert "dport=53 zone-orig=3 src=" in twin.table[0]


def test_a_zone_may_come_from_the_mark() -> None:
    """Its lower sixteen bits."""
    made = runtime()
    tracker = Tracker(made, frozenset({4}))
    packet = replace(Packet(THERE), mark=0x10007)
    entered, _ = tracker.enter(packet, Hook.PREROUTING, UseTemplate(zone_from_mark=True))
    assert entered is not None
    assert made.flows[entered.flow or 0].zone == 7


def test_the_listing_reads_as_conntrack_prints_it() -> None:
    """Oldest first, one line for each protocol's way to name a connection."""
    twin = Twin()
    for packet in (
        THERE,
        icmp(8),
        ip_raw(CLIENT, SERVER, 47, b"\x30\x01\x88\x0b\0\4\x12\x34"),
        ip_raw(CLIENT, SERVER, 89, b"hello"),
        tcp("S"),
        udp(src=CLIENT6, dst=SERVER6),
    ):
        twin.pass_through(0, packet)
    assert twin.table == (
        "udp      17 30 src=10.0.0.2 dst=10.0.1.2 sport=5000 dport=53 [UNREPLIED] "
        "src=10.0.1.2 dst=10.0.0.2 sport=53 dport=5000 mark=0 use=1",
        "icmp     1 30 src=10.0.0.2 dst=10.0.1.2 type=8 code=0 id=7 [UNREPLIED] "
        "src=10.0.1.2 dst=10.0.0.2 type=0 code=0 id=7 mark=0 use=1",
        "gre      47 30 src=10.0.0.2 dst=10.0.1.2 srckey=0x0 dstkey=0x1234 [UNREPLIED] "
        "src=10.0.1.2 dst=10.0.0.2 srckey=0x1234 dstkey=0x0 mark=0 use=1",
        "unknown  89 600 src=10.0.0.2 dst=10.0.1.2 [UNREPLIED] "
        "src=10.0.1.2 dst=10.0.0.2 mark=0 use=1",
        "tcp      6 120 SYN_SENT src=10.0.0.2 dst=10.0.1.2 sport=40000 dport=80 [UNREPLIED] "
        "src=10.0.1.2 dst=10.0.0.2 sport=80 dport=40000 mark=0 use=1",
        "udp      17 30 src=fd00::2 dst=fd00:1::2 sport=5000 dport=53 [UNREPLIED] "
        "src=fd00:1::2 dst=fd00::2 sport=53 dport=5000 mark=0 use=1",
    )


def test_a_helper_that_is_not_modelled_says_so() -> None:
    """The entry has it, and the event names what will not be known."""
    twin = Twin(template=lambda packet, iface: UseTemplate(helper="sip"))
    twin.pass_through(0, THERE)
    assert "sip helper is not modelled" in word(twin.events[0].cause)
    assert "helper=sip" in twin.table[0]


def test_tftp_announces_the_port_it_answers_to() -> None:
    """The server answers from any port, to the client's: RELATED."""
    twin = Twin(template=lambda p, i: UseTemplate(helper="tftp") if p.headers.dport == 69 else None)
    twin.pass_through(0, udp(5000, 69, payload=b"\0\1file\0octet\0"))
    assert state(twin, 1, udp(3333, 5000, src=SERVER, dst=CLIENT)) == "RELATED"
    assert state(twin, 1, udp(3334, 5000, src=SERVER, dst=CLIENT)) == "NEW"

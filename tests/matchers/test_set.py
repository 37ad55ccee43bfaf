"""-m set and -j SET."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from sim.base.errors import Refused
from sim.base.jiffies import jiffies
from sim.extensions.ipset import from_host
from sim.extensions.ipset.listing import listing
from sim.extensions.runtime import Runtime
from sim.extensions.targets import TARGETS
from sim.model.host import Host, IpSet, SetEntry
from sim.model.rules import Target
from sim.packet.packet import Link, Packet
from tests.matchers.ask import HOST, SECOND, Rule, clause, holds, icmp, runtime, tcp, udp


def host(*sets: IpSet) -> Host:
    return replace(HOST, sets={item.name: item for item in sets})


def ipset(name: str, kind: str, *elements: str | SetEntry, **options: str) -> IpSet:
    entries = tuple(SetEntry(e) if isinstance(e, str) else e for e in elements)
    return IpSet(name, kind, tuple(options.items()), entries)


def in_set(use: str, packet: Packet, *sets: IpSet, options: str = "", **rest: Any) -> bool | None:
    return holds(f"-m set --match-set {use} {options}", packet, host=host(*sets), **rest)


def test_directions_choose_what_is_looked_up() -> None:
    """One word for each part; more do no harm, fewer never match."""
    addresses = ipset("s", "hash:ip", "10.0.0.2")
    assert in_set("s src", tcp(), addresses) is True
    assert in_set("s dst", tcp(), addresses) is False
    assert in_set("s src,dst,dst", tcp(), addresses) is True
    pairs = ipset("p", "hash:ip,port", "10.0.0.2,tcp:80")
    assert in_set("p src,dst", tcp(), pairs) is True
    assert in_set("p src", tcp(), pairs) is False
    assert holds("-m set ! --match-set p src", tcp(), host=host(pairs)) is True


def test_the_clause_says_what_was_looked_up_and_found() -> None:
    """With the entry that decided, if it is not the element itself."""
    nets = ipset("n", "hash:net", "10.0.0.0/8")
    seen = clause("-m set --match-set n src", tcp(), host=host(nets))
    assert (seen.want, seen.seen) == ("n src", "10.0.0.2 is in n by 10.0.0.0/8")
    lost = clause("-m set --match-set n src", tcp(src="192.0.2.1"), host=host(nets))
    assert lost.seen == "192.0.2.1 is not in n"


def test_the_longest_network_decides_and_may_be_an_exception() -> None:
    """nomatch cuts a hole; --return-nomatch asks for the holes instead."""
    nets = ipset("n", "hash:net", "10.0.0.0/8", SetEntry("10.0.0.0/24", nomatch=True))
    assert in_set("n src", tcp(), nets) is False
    assert in_set("n src", tcp(src="10.9.0.1"), nets) is True
    assert in_set("n src", tcp(), nets, options="--return-nomatch") is True
    assert in_set("n src", tcp(src="10.9.0.1"), nets, options="--return-nomatch") is False


def test_ports_belong_to_their_protocol() -> None:
    """tcp:80 is not udp:80; ICMP is looked up by type and code; other protocols by port 0."""
    ports = ipset("p", "hash:ip,port", "10.0.0.2,80", "10.0.0.2,icmp:ping")
    assert in_set("p src,dst", tcp(), ports) is True
    assert in_set("p src,dst", udp(80), ports) is False
    assert in_set("p src,src", icmp(8), ports) is True
    assert in_set("b dst", udp(80), ipset("b", "bitmap:port", "80", range="0-99")) is True
    assert in_set("b dst", icmp(8), ipset("b", "bitmap:port", "80", range="0-99")) is False


def test_a_network_of_another_device_hides_shorter_ones() -> None:
    """hash:net,iface stops at the first prefix that is in the set for any device."""
    nets = ipset("n", "hash:net,iface", "10.0.0.0/8,eth0", "10.0.0.0/24,eth1")
    assert in_set("n src,src", tcp(), nets) is False
    assert in_set("n src,src", tcp(src="10.9.0.1"), nets) is True


def test_a_device_may_be_a_beginning() -> None:
    """With the word wildcard eth stands for eth0 and eth1."""
    nets = ipset("n", "hash:net,iface", SetEntry("10.0.0.0/8,eth", (("wildcard", ""),)))
    assert in_set("n src,src", tcp(), nets) is True
    assert in_set("n src,dst", tcp(), nets) is True
    assert in_set("n src,dst", tcp(), nets, out_iface="wlan0") is False


def test_timers_run_with_the_scenarios_clock() -> None:
    """An element is there until its last second is over."""
    brief = ipset("s", "hash:ip", "10.0.0.2", timeout="10")
    rule = Rule("-m set --match-set s src", host=host(brief))
    rule.runtime.now = 10 * SECOND
    assert rule.holds(tcp()) is True
    rule.runtime.now = 10 * SECOND + 4_000_000
    assert rule.holds(tcp()) is False


def test_counters_count_before_they_are_compared() -> None:
    """--packets-gt 1 holds from the second packet on; without counters it is not looked at."""
    counted = ipset("s", "hash:ip", "10.0.0.2", counters="")
    rule = Rule("-m set --match-set s src --packets-gt 1", host=host(counted))
    assert [rule.holds(tcp()) for _ in range(3)] == [False, True, True]
    quiet = Rule("-m set --match-set s src ! --update-counters --packets-eq 0", host=host(counted))
    assert [quiet.holds(tcp()) for _ in range(2)] == [True, True]
    assert (
        in_set("p src", tcp(), ipset("p", "hash:ip", "10.0.0.2"), options="--packets-gt 9") is True
    )


def test_a_list_asks_its_members_in_order() -> None:
    """The first member that has it answers; members of the other family are passed over."""
    sets = (ipset("six", "hash:ip", family="inet6"), ipset("a", "hash:ip"),
            ipset("b", "hash:ip", "10.0.0.2"), ipset("l", "list:set", "six", "a", "b"))  # fmt: skip
    assert in_set("l src", tcp(), *sets) is True
    assert in_set("l dst", tcp(), *sets) is False


def test_an_address_learns_its_mac_from_the_first_packet() -> None:
    """bitmap:ip,mac: an element without a MAC takes the packet's, then insists on it."""
    rule = Rule(
        "-m set --match-set m src,src",
        host=host(ipset("m", "bitmap:ip,mac", "10.0.0.2", range="10.0.0.0/24")),
    )
    first = replace(tcp(), link=Link("02:00:00:00:00:02", "02:00:00:00:00:01"))
    other = replace(tcp(), link=Link("02:00:00:00:00:03", "02:00:00:00:00:01"))
    assert [rule.holds(first), rule.holds(other), rule.holds(first)] == [True, False, True]
    assert rule.holds(tcp()) is False


def test_a_set_must_exist_and_serve_the_family() -> None:
    """Both are refused when the rules load."""
    with pytest.raises(Refused, match="no set nosuch"):
        Rule("-m set --match-set nosuch src")
    with pytest.raises(Refused, match="IPv6"):
        Rule("-m set --match-set s src", host=host(ipset("s", "hash:ip", family="inet6")))


# ---- -j SET ------------------------------------------------------------------------------


class Use:
    """A rule with -j SET that is applied to packets."""

    def __init__(self, line: str, *sets: IpSet) -> None:
        on: Runtime = runtime(host(*sets))
        self.rule = Rule(f"-j SET {line}", host=host(*sets), on=on)
        self.runtime = on

    def on(self, packet: Packet) -> tuple[str, Packet]:
        target = self.rule.rule.target
        assert isinstance(target, Target)
        apply = TARGETS["SET", 4].apply
        assert apply is not None
        ctx = self.rule.context(packet)
        answer = apply(target.args, ctx)
        return answer.text, answer.packet

    def contents(self, name: str) -> tuple[str, ...]:
        live = self.runtime.sets.by_name[name]
        return listing(live, jiffies(self.runtime.now))


def test_a_packet_puts_its_address_into_a_set() -> None:
    """With the set's timer, counted already; a second packet changes nothing."""
    use = Use("--add-set s src", ipset("s", "hash:ip", timeout="60", counters=""))
    assert use.on(tcp())[0] == "10.0.0.2 enters s for 60 s"
    use.runtime.now = 10 * SECOND
    assert use.on(tcp())[0] == "10.0.0.2 does not enter s: it is there already"
    assert use.contents("s") == ("add s 10.0.0.2 timeout 50 packets 1 bytes 40",)


def test_exist_starts_the_timer_anew() -> None:
    """And --timeout chooses another one; 0 is for ever."""
    use = Use("--add-set s src --exist --timeout 0", ipset("s", "hash:ip", timeout="60"))
    use.on(tcp())
    use.runtime.now = 1000 * SECOND
    assert use.contents("s") == ("add s 10.0.0.2 timeout 0",)


def test_networks_are_added_with_the_longest_prefix_of_the_set() -> None:
    """A hash:net with a /24 in it takes the packet's /24."""
    use = Use("--add-set n dst", ipset("n", "hash:net", "10.0.0.0/8", "192.0.2.0/24"))
    assert use.on(tcp())[0] == "10.1.0.0/24 enters n"


def test_an_element_can_be_taken_out() -> None:
    """What is not there cannot leave."""
    use = Use("--del-set s src", ipset("s", "hash:ip", "10.0.0.2"))
    assert use.on(tcp())[0] == "10.0.0.2 leaves s"
    assert use.on(tcp())[0] == "10.0.0.2 does not leave s: it is not there"


def test_a_full_set_takes_no_more() -> None:
    """maxelem is kept; expired elements make room."""
    use = Use("--add-set s src", ipset("s", "hash:ip", "10.0.0.9", maxelem="1", timeout="5"))
    assert "it is full" in use.on(tcp())[0]
    use.runtime.now = 6 * SECOND
    assert use.on(tcp())[0] == "10.0.0.2 enters s for 5 s"


def test_an_elements_mark_and_class_can_be_mapped() -> None:
    """mark = (mark AND NOT mask) XOR skbmark."""
    entry = SetEntry("10.0.0.2", (("skbmark", "0x12/0xff"), ("skbprio", "1:a")))
    use = Use("--map-set s src --map-mark --map-prio", ipset("s", "hash:ip", entry, skbinfo=""))
    packet = use.on(tcp().with_mark(0x5534))[1]
    assert (packet.mark, packet.priority) == (0x5512, 0x1000A)
    assert use.on(tcp(src="10.0.0.3").with_mark(7))[1].mark == 7


def test_a_run_does_not_change_the_host() -> None:
    """Live sets are made afresh from the host for each run."""
    there = host(ipset("s", "hash:ip", "10.0.0.2"))
    from_host(there).by_name["s"].entries.clear()
    assert len(from_host(there).by_name["s"].entries) == 1

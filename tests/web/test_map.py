"""The map: what lights up on it, what is faint, and what each station tells."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest

from playground.page import gallery
from playground.shown import network
from playground.shown.diagram import Map, Station, Tracker, draw
from playground.shown.headers import changed_by, place_of
from playground.walks.whynot import answers, place_at
from sim.kernel.traversal import run
from sim.model.scenario import Scenario
from sim.read.scenario import compile_scenario
from sim.tell.render import sentence
from sim.trace.steps import Noted, Step
from tests.environment import some

CASES = Path(__file__).parents[1] / "cases"


def walked(scenario: Scenario, line: int) -> tuple[Map, list[Step]]:
    compiled = compile_scenario(scenario)
    steps = [step for step in run(compiled) if step.line == line]
    return draw(steps, compiled), steps


def case(name: str) -> Scenario:
    return Scenario.from_toml((CASES / name).read_text())


def station(drawn: Map, name: str) -> Station:
    return next(one for one in drawn.drawings[0].stations if one.name == name)


@pytest.mark.parametrize("shape", [network.WIDE, network.TALL])
def test_every_line_and_station_is_drawn_in_both_shapes(shape: network.Shape) -> None:
    """One network: a line that joins two places has a path in each shape, within the picture."""
    assert {part for parts in network.LINES.values() for part in parts} == set(shape.paths)
    assert set(network.STATIONS) == set(shape.places)
    assert all(0 < x < shape.width and 0 < y < shape.height for x, y in shape.places.values())


def test_a_bridged_frame_takes_the_bridge_line() -> None:
    """It never passes the routing; the bridge is lit, and is there."""
    drawn, _ = walked(case("bridge/bridged_or_routed.toml"), 1)
    assert drawn.words == "in → PREROUTING → bridge → FORWARD → POSTROUTING → out"
    assert station(drawn, "bridge").is_there
    assert station(drawn, "routing").seq == 0
    assert "main" in {line.state for line in drawn.drawings[0].lines}


def test_what_ipsec_unpacks_begins_again() -> None:
    """The line leads from IPsec behind INPUT back to PREROUTING."""
    drawn, _ = walked(case("ipsec/delivered_through_the_tunnel.toml"), 1)
    assert "INPUT → IPsec → PREROUTING" in drawn.words
    lit = {line.path for line in drawn.drawings[0].lines if line.state == "main"}
    assert network.WIDE.paths["y"] in lit


def test_what_a_host_lacks_is_faint_and_says_so() -> None:
    """A router without bridge and IPsec: the stations are drawn all the same."""
    drawn, _ = walked(gallery.first().scenario, 1)
    assert not station(drawn, "ipsec out").is_there
    assert "This host has none." in station(drawn, "bridge").about


def test_a_station_tells_which_rules_live_there() -> None:
    """The table's number of rules and policy at the station, the rules at the platform."""
    drawn, _ = walked(gallery.first().scenario, 1)
    forward = station(drawn, "FORWARD")
    assert "filter: 2 rules, policy DROP" in forward.about
    told = next(one.about for one in forward.platforms if one.name == "filter")
    assert "-A FORWARD -i eth1 -o eth0 -j LAN" in told


def test_a_reply_and_an_answer_are_told_apart() -> None:
    """The other direction of a connection is a reply; what the host sends in answer, an answer."""
    reply, _ = walked(gallery.first().scenario, 2)
    rejected, _ = walked(gallery.first().scenario, 4)
    assert (reply.travels, reply.has_answer) == ("reply", False)
    assert (rejected.travels, rejected.has_answer) == ("in", True)


def test_a_changed_header_field_stands_beside_what_it_was() -> None:
    """The TTL goes down by one; the other fields are left as they are."""
    _, steps = walked(gallery.first().scenario, 1)
    ttl = next(step for step in steps if isinstance(step, Noted) and step.topic == "ttl")
    assert [(f.name, f.before, f.value) for f in changed_by(ttl) if f.before] == [
        ("ttl", "64", "63")
    ]


RULES = """\
iptables -A FORWARD -p udp -j DROP
iptables -A FORWARD -j ACCEPT
iptables -A FORWARD -s 10.0.0.0/8 -j DROP
iptables -N LONELY
iptables -A LONELY -j DROP
iptables -A INPUT -j DROP
ip6tables -A FORWARD -j DROP
"""


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (1, "it did not match: -p udp (seen tcp) failed"),
        (2, "it matched, as it wants nothing"),
        (3, "not reached: rule 2 before it matched (-A FORWARD -j ACCEPT)"),
        (5, "not reached: nothing jumped to LONELY"),
        (6, "not reached: the packet never came through INPUT"),
        (7, "it is no IPv6 packet, and this is an IPv6 rule"),
    ],
)
def test_every_rule_says_why_it_matched_or_not(line: int, said: str) -> None:
    """Clause by clause, or why the packet never came to it."""
    first = gallery.first().scenario
    packets = "in eth1 tcp 192.168.100.10:40000 -> 198.51.100.7:443 syn"
    compiled = compile_scenario(Scenario(rules=RULES, host=first.host, packets=packets))
    place = place_at(compiled.rules, line)
    assert place is not None
    assert [answer.text for answer in answers(place, run(compiled))] == [said]


CLAUSES = """\
iptables -A FORWARD -i eth1 ! -s 10.0.0.0/8 -p tcp -m multiport --dports 25,80 -j DROP
iptables -A FORWARD -i eth1 ! -s 10.0.0.0/8 -p tcp --dport 443 -m mark --mark 0 -j ACCEPT
iptables -A FORWARD -p udp --dport 53 -j DROP
"""


@pytest.mark.parametrize(
    ("line", "packet", "said"),
    [
        (
            1,
            "tcp 192.168.100.10:40000 -> 198.51.100.7:443 syn",
            "it did not match: ! -s 10.0.0.0/8 (seen 192.168.100.10) held; -i eth1 (seen eth1) "
            "held; -p tcp (seen tcp) held; --dports 25,80 (seen 443) failed",
        ),
        (
            2,
            "tcp 192.168.100.10:40000 -> 198.51.100.7:443 syn",
            "it matched: ! -s 10.0.0.0/8 (seen 192.168.100.10) held; -i eth1 (seen eth1) held; "
            "-p tcp (seen tcp) held; --dport 443 (seen 443) held; --mark 0x0 (seen 0x0) held",
        ),
        # The port is not compared once the protocol failed.
        (
            3,
            "icmp 192.168.100.10 -> 198.51.100.7",
            "it did not match: -p udp (seen icmp) failed",
        ),
    ],
)
def test_every_clause_that_was_compared_is_named_in_order(
    line: int, packet: str, said: str
) -> None:
    """Wanted, seen, held or not, in the kernel's order (addresses before devices); what it does
    not compare any more is not named."""
    host = gallery.first().scenario.host
    compiled = compile_scenario(Scenario(rules=CLAUSES, host=host, packets=f"in eth1 {packet}"))
    place = place_at(compiled.rules, line)
    assert place is not None
    assert [answer.text for answer in answers(place, run(compiled))] == [said]


def test_what_cannot_be_known_says_what_is_missing_and_what_was_compared() -> None:
    """The clock is not said; the protocol is."""
    rules = "iptables -A FORWARD -p tcp -m time --timestart 09:00 --timestop 17:00 -j DROP"
    packets = "in eth1 tcp 192.168.100.10:40000 -> 198.51.100.7:443 syn"
    host = gallery.first().scenario.host
    compiled = compile_scenario(Scenario(rules=rules, host=host, packets=packets))
    place = place_at(compiled.rules, 1)
    assert place is not None
    (answer,) = answers(place, run(compiled))
    assert answer.text.startswith("it cannot be known: ")
    assert "-p tcp (seen tcp) held; " in answer.text
    assert answer.text.endswith(" is not known")


def test_a_long_wish_is_cut() -> None:
    """The step shows all of it; the answer stays a line."""
    wanted = "x" * 100
    rules = f'iptables -A FORWARD -m string --algo bm --string "{wanted}" -j DROP'
    packets = "in eth1 tcp 192.168.100.10:40000 -> 198.51.100.7:443 syn"
    host = gallery.first().scenario.host
    compiled = compile_scenario(Scenario(rules=rules, host=host, packets=packets))
    place = place_at(compiled.rules, 1)
    assert place is not None
    (answer,) = answers(place, run(compiled))
    assert "…" in answer.text
    assert wanted not in answer.text


def test_a_device_that_goes_down_breaks_no_answer() -> None:
    """conntrack forgets what was masqueraded there: a step about no packet has no family."""
    scenario = case("nat/device_goes_down.toml")
    compiled = compile_scenario(scenario)
    steps = list(run(compiled))
    sent = {step.line for step in steps if step.packet.data}
    found = [place_at(compiled.rules, n) for n in range(1, scenario.rules.count("\n") + 1)]
    places = [place for place in found if place is not None]
    assert places
    for place in places:
        assert {answer.line for answer in answers(place, steps)} == sent


def test_the_line_leads_past_places_without_a_stop() -> None:
    """A bridged frame passes IPsec and the bridge's end behind POSTROUTING; they are not lit."""
    drawn, _ = walked(case("bridge/bridged_or_routed.toml"), 1)
    assert {one.name for one in drawn.drawings[0].stations if one.is_passed} == {
        "ipsec out",
        "bridge out",
    }
    assert set(network.passed(["process", "POSTROUTING"])) == {"routing out", "OUTPUT"}
    assert not set(network.passed(["wire in", "PREROUTING", "routing", "ipsec fwd", "FORWARD"]))


@pytest.mark.parametrize("path", some(sorted(CASES.rglob("*.toml"))), ids=lambda path: path.stem)
def test_the_line_of_a_packet_has_no_hole(path: Path) -> None:
    """Each place is joined to the one before it; only what goes straight out, and ARP, are not."""
    tracker, straight = Tracker(), set()
    for step in run(compile_scenario(Scenario.from_toml(path.read_text()))):
        tracker.place(step)
        if step.packet.is_arp or "straight" in sentence(step):
            straight.add(step.packet.id)
    for packet, places in tracker.paths.items():
        allowed = network.LINES.keys() | (network.NOT_JOINED if packet in straight else set())
        assert not set(pairwise(places)) - allowed


BRIDGE = """\
bridge br0 ports vnet0 vnet1 10.0.0.1/24
interface eth0 192.0.2.1/24
route default via 192.0.2.254
sysctl net.ipv4.ip_forward 1
"""


@pytest.mark.parametrize("seen", [0, 1])
@pytest.mark.parametrize(
    ("packet", "words"),
    [
        (
            "udp 10.0.0.5:5 -> 8.8.8.8:53",
            "in → PREROUTING → routing → FORWARD → POSTROUTING → out",
        ),
        (
            "udp 10.0.0.5:5 -> 10.0.0.6:53 dst-mac 02:00:00:00:00:66",
            "in → PREROUTING → bridge → FORWARD → POSTROUTING → out",
        ),
    ],
)
def test_a_bridge_that_learns_changes_no_line(packet: str, words: str, seen: int) -> None:
    """The first packet of a sender and the second take one way, and it is drawn alike."""
    host = BRIDGE + f"sysctl net.bridge.bridge-nf-call-iptables {seen}\n"
    scenario = Scenario(rules="", host=host, packets=f"in vnet0 {packet}\n" * 2)
    first, second = (walked(scenario, line)[0] for line in (1, 2))
    assert first.words == second.words
    assert first.drawings[0].lines == second.drawings[0].lines
    assert not seen or first.words == words


def test_a_copy_begins_where_the_packet_is() -> None:
    """What a bridge sends to everybody is copied there; no process of the host made it."""
    drawn, _ = walked(case("bridge/floods_and_learns.toml"), 1)
    lit = {line.path for line in drawn.drawings[0].lines if line.state == "answer"}
    assert {network.WIDE.paths[name] for name in "bf"} <= lit
    assert network.WIDE.paths["h"] not in lit


@pytest.mark.parametrize(
    ("packet", "listens", "ends"),
    [
        ("tcp 192.0.2.9:5 -> 192.0.2.1:80 syn", "", "stopped"),
        ("udp 192.0.2.9:5 -> 192.0.2.1:53", "", "stopped"),
        ("tcp 192.0.2.9:5 -> 192.0.2.1:80 syn", "listen tcp 0.0.0.0:80\n", "goes"),
    ],
)
def test_that_nothing_listens_is_drawn_at_the_socket(packet: str, listens: str, ends: str) -> None:
    """INPUT let it pass: the line leads to the local process, where the answer comes from."""
    host = f"interface eth0 192.0.2.1/24\n{listens}"
    rules = "iptables -A INPUT -j ACCEPT"
    drawn, steps = walked(Scenario(rules=rules, host=host, packets=f"in eth0 {packet}"), 1)
    assert drawn.words == "in → PREROUTING → routing → INPUT → local process"
    assert (station(drawn, "INPUT").ends, station(drawn, "process").ends) == ("", ends)
    assert place_of(steps[-1]) == "process"
    lit = {line.path for line in drawn.drawings[0].lines if line.state == "main"}
    assert network.WIDE.paths["g2"] in lit


def test_what_input_drops_ends_at_input() -> None:
    """It never came to the socket."""
    host = "interface eth0 192.0.2.1/24"
    packets = "in eth0 tcp 192.0.2.9:5 -> 192.0.2.1:80 syn"
    scenario = Scenario(rules="iptables -A INPUT -j DROP", host=host, packets=packets)
    drawn, _ = walked(scenario, 1)
    assert station(drawn, "INPUT").ends == "stopped"


OWN = "interface eth0 192.0.2.10/24\nroute default via 192.0.2.1\n"


def answered(rules: str, packets: str, line: int, host: str = OWN) -> list[str]:
    """What every packet answers about the rule on a line."""
    compiled = compile_scenario(Scenario(rules=rules, host=host, packets=packets))
    place = place_at(compiled.rules, line)
    assert place is not None
    return [answer.text for answer in answers(place, run(compiled))]


def test_an_answer_is_not_taken_for_the_packet() -> None:
    """OUTPUT rejected it; the ICMP error, which the host sent to itself, is what INPUT saw."""
    rules = (
        "iptables -A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT\n"
        "iptables -A INPUT -p udp -j DROP\n"
        "iptables -A INPUT -p tcp -j DROP\n"
        "iptables -A OUTPUT -p tcp --dport 80 -j REJECT\n"
    )
    packets = "local uid 33 tcp 192.0.2.10:4000 -> 10.1.2.3:80 syn"
    never = "not reached: the packet never came through INPUT"
    icmp = "its answer (icmp 192.0.2.10 -> 192.0.2.10 unreachable code 3)"
    assert answered(rules, packets, 1) == [
        never,
        f"{icmp}: it matched: --ctstate RELATED,ESTABLISHED (seen RELATED) held",
    ]
    assert answered(rules, packets, 2) == [never]
    (own,) = answered(rules, packets, 4)
    assert own.startswith("it matched: ")


def test_an_answer_that_alone_saw_a_rule_is_told_too() -> None:
    """The rule did not match the reset; the packet never came to it."""
    rules = "iptables -A OUTPUT -p udp -j DROP\n"
    packets = "in eth0 tcp 192.0.2.9:5 -> 192.0.2.10:80 syn"
    assert answered(rules, packets, 1) == [
        "not reached: the packet never came through OUTPUT",
        "its answer (tcp 192.0.2.10:80 -> 192.0.2.9:5 rst,ack): "
        "it did not match: -p udp (seen tcp) failed",
    ]


def test_a_copy_is_called_a_copy() -> None:
    """TEE's goes through OUTPUT."""
    rules = (
        "iptables -t mangle -A PREROUTING -j TEE --gateway 192.0.2.1\n"
        "iptables -t mangle -A OUTPUT -p tcp -j MARK --set-mark 1\n"
    )
    found = answered(rules, "in eth0 tcp 192.0.2.9:5 -> 192.0.2.10:80 syn", 2)
    assert any(text.startswith("a copy of it (tcp ") for text in found)


def test_a_part_of_the_kernel_that_is_not_there_says_so() -> None:
    """SYNPROXY, which no rule wants, is as faint as its words say; conntrack is there."""
    drawn, _ = walked(gallery.first().scenario, 1)
    about = {one.name: (one.is_there, one.about) for one in station(drawn, "INPUT").platforms}
    is_there, words = about["synproxy"]
    assert (is_there, words.endswith(" This host has none.")) == (False, True)
    there = next(p for p in station(drawn, "PREROUTING").platforms if p.name == "conntrack")
    assert (there.is_there, "has none" in there.about) == (True, False)


EBTABLES = """\
ebtables -t nat -A PREROUTING -p IPv4 --ip-proto udp -j DROP
ebtables -A FORWARD -s 02:00:00:00:00:01 -j DROP
"""
FRAME = " -> 10.0.0.6:53 dst-mac 02:00:00:00:00:66"


@pytest.mark.parametrize("packet", ["udp 10.0.0.5:5" + FRAME, "tcp 10.0.0.5:5" + FRAME + " syn"])
def test_the_bridge_leads_to_where_ebtables_began(packet: str) -> None:
    """Dropped in its first chain or bridged: the click shows the first hook of the bridge."""
    host = BRIDGE + "sysctl net.bridge.bridge-nf-call-iptables 0\n"
    scenario = Scenario(rules=EBTABLES, host=host, packets=f"in vnet0 {packet}\n")
    drawn, steps = walked(scenario, 1)
    first = next(step for step in steps if step.where.hook == "BRIDGE PREROUTING")
    assert station(drawn, "bridge").seq == first.seq


def test_what_leaves_by_a_bridge_shows_ebtables_there() -> None:
    """The host's own frame passes OUTPUT of ebtables at the bridge behind POSTROUTING."""
    rules = "ebtables -A OUTPUT -p IPv4 -j DROP\n"
    packets = "local udp 10.0.0.1:5 -> 10.0.0.6:53\n"
    host = BRIDGE.replace("vnet0 vnet1", "vnet0")
    drawn, steps = walked(Scenario(rules=rules, host=host, packets=packets), 1)
    first = next(step for step in steps if step.where.hook == "BRIDGE OUTPUT")
    out = station(drawn, "bridge out")
    assert (out.seq, out.ends) == (first.seq, "stopped")

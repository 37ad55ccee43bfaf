"""What would have let it through: found by trying, confirmed by replaying."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.template.loader import render_to_string

from sim.model.scenario import Scenario
from sim.read.scenario import compile_scenario
from sim.tools.whatif import MOST_TRIED, Passing, what_would_pass

EXAMPLES = Path(__file__).parent.parent / "playground" / "examples"

HOST = """interface eth0 203.0.113.1/24
interface eth1 192.168.100.1/24
route default via 203.0.113.254 dev eth0
sysctl net.ipv4.ip_forward = {forward}
"""


def found(rules: str, forward: int = 1, packets: str = "") -> Passing:
    scenario = Scenario(
        rules=rules,
        host=HOST.format(forward=forward),
        packets=packets or "in eth1 tcp 192.168.100.10:40000 -> 198.51.100.7:443 syn",
    )
    return what_would_pass(compile_scenario(scenario), 1)


def test_forwarding_that_is_off_is_a_sysctl() -> None:
    """The sysctl that turns forwarding on is found, and nothing about rules."""
    changes = found("iptables -P FORWARD ACCEPT", forward=0).changes
    assert "sysctl net.ipv4.ip_forward = 1" in [change.text for change in changes]
    assert all(change.where == "host" for change in changes)


def test_a_port_that_a_rule_wants_is_the_smallest_change() -> None:
    """The packet with the port that an ACCEPT asks for comes before any rule."""
    first = found(
        "iptables -P FORWARD DROP\niptables -A FORWARD -p tcp --dport 80 -j ACCEPT"
    ).changes[0]
    assert first.text == "in eth1 tcp 192.168.100.10:40000 -> 198.51.100.7:80 syn"
    assert first.sentence.startswith("Forwarded out eth0")


def test_a_rule_that_drops_is_removed_or_passed_by() -> None:
    """An accept in front of it, or the rule deleted."""
    texts = [change.text for change in found("iptables -A FORWARD -p tcp -j DROP").changes]
    assert "iptables -D FORWARD 1" in texts
    assert (
        "iptables -I FORWARD 1 -s 192.168.100.10 -d 198.51.100.7 -p tcp --dport 443 -j ACCEPT"
        in texts
    )


def test_what_passes_needs_no_change() -> None:
    """A packet that goes through has nothing tried for it."""
    assert found("iptables -P FORWARD ACCEPT") == Passing((), 0)


def test_when_nothing_helps_it_says_so() -> None:
    """Two drops in a row: no single change passes both, and the number of tries is told."""
    rules = "iptables -A FORWARD -j DROP\niptables -t mangle -A FORWARD -j DROP"
    answer = found(rules)
    assert answer.changes == ()
    assert answer.tried > 0


SENT = "in eth1 tcp 192.168.100.10:40000 -> 198.51.100.7:443"
HOST6 = """interface eth0 2001:db8:1::1/64
interface eth1 2001:db8:2::1/64
route default via 2001:db8:1::fe dev eth0
sysctl net.ipv6.conf.all.forwarding = 1
"""


def texts(rules: str, packets: str, host: str = HOST.format(forward=1), line: int = 1) -> list[str]:
    scenario = Scenario(rules=rules, host=host, packets=packets)
    return [change.text for change in what_would_pass(compile_scenario(scenario), line).changes]


def test_a_ttl_that_is_used_up_is_made_larger() -> None:
    """TTL in IPv4, hop limit in IPv6, and what else the line says stays."""
    assert texts("", f"{SENT} syn ttl 1 mark 7") == [f"{SENT} syn ttl 64 mark 7"]
    six = "in eth1 tcp [2001:db8:2::5]:40000 -> [2001:db8:9::1]:22 syn hoplimit"
    assert texts("", f"{six} 1", HOST6) == [f"{six} 64"]


def test_the_ttl_of_a_reply_is_made_larger_too() -> None:
    """A reply is a line without ends; its attributes are words like any other."""
    assert texts("", f"{SENT} syn\nreply ttl 1", line=2) == ["reply ttl 64"]


def test_the_flags_are_changed_where_a_drop_wants_anything_but_syn() -> None:
    """The clause held because it is negated: a packet that opens a connection passes by."""
    rules = "iptables -A FORWARD -p tcp ! --syn -j DROP"
    assert texts(rules, f"{SENT} ack")[0] == f"{SENT} syn"
    behind_a_jump = "iptables -N BAD\niptables -A BAD -j DROP\n" + rules.replace("DROP", "BAD")
    assert f"{SENT} syn" in texts(behind_a_jump, f"{SENT} ack")


def test_flags_that_an_accept_wants_are_put_on() -> None:
    """Of --tcp-flags it is the second list."""
    rules = (
        "iptables -P FORWARD DROP\n"
        "iptables -A FORWARD -p tcp --tcp-flags FIN,SYN,RST,ACK SYN,ACK -j ACCEPT"
    )
    assert texts(rules, f"{SENT} rst ttl 9")[0] == f"{SENT} syn,ack ttl 9"


@pytest.mark.parametrize(
    ("clause", "changed"),
    [
        ("! -s 192.168.100.0/24", "in eth1 tcp 192.168.101.1:40000 -> 198.51.100.7:443 syn"),
        ("! -d 198.51.100.7", "in eth1 tcp 192.168.100.10:40000 -> 198.51.100.8:443 syn"),
        ("-p tcp ! --dport 443", "in eth1 tcp 192.168.100.10:40000 -> 198.51.100.7:444 syn"),
        ("-p tcp ! --sport 1024:65535", "in eth1 tcp 192.168.100.10:1023 -> 198.51.100.7:443 syn"),
        ("! -p tcp", "in eth1 udp 192.168.100.10:40000 -> 198.51.100.7:443"),
        ("! -i eth1", "in eth0 tcp 192.168.100.10:40000 -> 198.51.100.7:443 syn"),
    ],
)
def test_a_negated_clause_is_answered_with_a_value_outside(clause: str, changed: str) -> None:
    """An ACCEPT for everything but what the packet has, and a DROP of what it has."""
    refused = f"iptables -P FORWARD DROP\niptables -A FORWARD {clause} -j ACCEPT"
    assert changed in texts(refused, f"{SENT} syn")
    dropped = f"iptables -A FORWARD {clause.replace('! ', '')} -j DROP"
    assert changed in texts(dropped, f"{SENT} syn")


@pytest.mark.parametrize("words", ["syn", "syn mss 1400 sackok", "flags syn seq 5 ttl 64"])
def test_another_protocol_drops_the_words_that_only_tcp_has(words: str) -> None:
    """A line that still said ``syn`` would be refused; a TTL fits every protocol."""
    rules = "iptables -P FORWARD DROP\niptables -A FORWARD -p udp -j ACCEPT"
    kept = " ttl 64" if "ttl" in words else ""
    assert texts(rules, f"{SENT} {words}")[0] == f"{SENT.replace('tcp', 'udp')}{kept}"


def test_icmp_has_no_ports() -> None:
    """They go with the words of TCP."""
    rules = "iptables -P FORWARD DROP\niptables -A FORWARD -p icmp -j ACCEPT"
    assert texts(rules, f"{SENT} syn")[0] == "in eth1 icmp 192.168.100.10 -> 198.51.100.7"


def test_an_ipv6_source_is_changed_to_one_that_the_rule_names() -> None:
    """Example ipv6-server: ssh from another network. The host's own address is not taken, and
    another protocol, which a rule would let in too, is the larger change."""
    scenario = Scenario.from_toml((EXAMPLES / "60-ipv6-server.toml").read_text())
    found = texts(scenario.rules, scenario.packets, scenario.host, 3)
    assert found[:2] == [
        "in eth0 tcp [2001:db8:1::2]:40000 -> [2001:db8:1::1]:22 syn",
        "in eth0 icmpv6 2001:db8:9::5 -> 2001:db8:1::1",
    ]


@pytest.mark.parametrize(
    ("owner", "rule", "changed"),
    [
        ("uid 1000 ", "--uid-owner 0", "uid 0 "),
        ("", "--uid-owner 33-40", "uid 33 "),
        ("uid 0 gid 5 ", "--gid-owner 7", "uid 0 gid 7 "),
        ("uid 0 ", "! --uid-owner 0", "uid 1 "),
    ],
)
def test_the_owner_of_a_local_packet_is_a_word_too(owner: str, rule: str, changed: str) -> None:
    """User and group, said or not."""
    rules = f"iptables -P OUTPUT DROP\niptables -A OUTPUT -m owner {rule} -j ACCEPT"
    ends = "tcp 203.0.113.1:41001 -> 198.51.100.7:443 syn"
    assert texts(rules, f"local {owner}{ends}")[0] == f"local {changed}{ends}"


def test_a_route_is_found_where_there_is_none() -> None:
    """The device the packet did not come from; a router nobody named is said to be an example."""
    host = HOST.format(forward=1).replace("route default via 203.0.113.254 dev eth0\n", "")
    scenario = Scenario(host=host, packets=f"{SENT} syn")
    changes = what_would_pass(compile_scenario(scenario), 1).changes
    assert [change.text for change in changes] == [
        "route default via 203.0.113.254 dev eth0",
        "route 198.51.100.7 dev eth0",
    ]
    assert "your router's address" in changes[0].kind
    known = f"{host}neighbour 203.0.113.9 dev eth0\n"
    scenario = Scenario(host=known, packets=f"{SENT} syn")
    first = what_would_pass(compile_scenario(scenario), 1).changes[0]
    assert (first.kind, first.text) == (
        "a line of the host",
        "route default via 203.0.113.9 dev eth0",
    )


def test_a_route_is_found_past_one_that_says_no_and_in_ipv6() -> None:
    """A longer prefix goes before a blackhole."""
    hole = HOST.format(forward=1) + "route blackhole 198.51.100.0/24\n"
    assert "route 198.51.100.7 via 203.0.113.254 dev eth0" in texts("", f"{SENT} syn", hole)
    host = HOST6.replace("route default via 2001:db8:1::fe dev eth0\n", "")
    found = texts("", "in eth1 udp [2001:db8:2::5]:53 -> [2001:db8:9::1]:53", host)
    assert "route default via 2001:db8:1::2 dev eth0" in found


def test_where_nothing_listens_a_port_that_is_listened_on_and_a_listener_are_found() -> None:
    """The packet is the smaller change."""
    host = HOST.format(forward=0) + "listen tcp 0.0.0.0:443\n"
    line = "in eth0 tcp 198.51.100.7:40000 -> 203.0.113.1:{} syn"
    assert texts("", line.format(8443), host) == [line.format(443), "listen tcp 0.0.0.0:8443"]
    six = "in eth0 udp [2001:db8:1::5]:40000 -> [2001:db8:1::1]:53"
    assert texts("", six, HOST6) == ["listen udp [::]:53"]


def test_a_listener_takes_a_first_packet_only() -> None:
    """An ACK of no connection comes as far as the sockets; there its flags are what is wrong."""
    host = HOST.format(forward=0) + "listen tcp 0.0.0.0:443\n"
    line = "in eth0 tcp 198.51.100.7:40000 -> 203.0.113.1:443"
    assert texts("", f"{line} ack", host) == [f"{line} syn"]


def test_the_reverse_path_filter_of_all_devices_is_a_sysctl_too() -> None:
    """The larger of the device's value and that of ``all`` counts."""
    host = HOST.format(forward=1) + "sysctl net.ipv4.conf.all.rp_filter = 1\n"
    found = texts("", "in eth1 udp 198.51.100.9:53 -> 203.0.113.9:53", host)
    assert "sysctl net.ipv4.conf.all.rp_filter = 0" in found
    assert "sysctl net.ipv4.conf.eth1.rp_filter = 2" in found


def test_a_rule_that_only_reaches_the_sockets_says_what_else_is_missing() -> None:
    """INPUT drops and nothing listens: the rule and the listener together, tried together."""
    changes = found(
        "iptables -P INPUT DROP", packets="in eth0 tcp 198.51.100.7:40000 -> 203.0.113.1:443 syn"
    ).changes
    assert [(change.text, change.also) for change in changes] == [
        (
            "iptables -I INPUT 1 -s 198.51.100.7 -d 203.0.113.1 -p tcp --dport 443 -j ACCEPT",
            "listen tcp 0.0.0.0:443",
        ),
        ("iptables -P INPUT ACCEPT", "listen tcp 0.0.0.0:443"),
    ]
    assert all(change.sentence.startswith("Delivered to the listener") for change in changes)


def test_an_address_inside_a_network_is_a_hosts() -> None:
    """Not the network's own address, for source and destination; of a host its own address."""
    rules = "iptables -P FORWARD DROP\niptables -A FORWARD {} -j ACCEPT"
    inside = texts(rules.format("-s 198.51.100.0/24"), f"{SENT} syn")[0]
    assert inside == "in eth1 tcp 198.51.100.1:40000 -> 198.51.100.7:443 syn"
    inside = texts(rules.format("-d 192.0.2.0/24"), f"{SENT} syn")[0]
    assert inside == "in eth1 tcp 192.168.100.10:40000 -> 192.0.2.1:443 syn"
    inside = texts(rules.format("-d 192.0.2.0"), f"{SENT} syn")[0]
    assert inside == "in eth1 tcp 192.168.100.10:40000 -> 192.0.2.0:443 syn"


def test_a_destination_that_input_wants_is_an_address_of_the_host() -> None:
    """Another address of the network would be forwarded."""
    host = HOST.format(forward=1) + "listen tcp 0.0.0.0:443\n"
    rules = "iptables -P INPUT DROP\niptables -A INPUT -d 203.0.113.0/24 -j ACCEPT"
    first = texts(rules, "in eth1 tcp 192.168.100.10:40000 -> 192.168.100.1:443 syn", host)[0]
    assert first == "in eth1 tcp 192.168.100.10:40000 -> 203.0.113.1:443 syn"


def test_what_a_line_quotes_stays() -> None:
    """Only the packet's own words change; a continued line is replaced whole."""
    rules = "iptables -P FORWARD DROP\niptables -A FORWARD -p tcp --dport 80 -j ACCEPT"
    quoted = f'{SENT} ack payload "-> 1.2.3.4:443"'
    assert texts(rules, f"{quoted} # -> 5.6.7.8:443")[0] == quoted.replace("7:443", "7:80", 1)
    assert texts(rules, f"{SENT} \\\n  syn")[0] == f"{SENT.replace(':443', ':80')} syn"


def test_a_long_chain_leaves_the_rules_their_turn() -> None:
    """The number of tries is limited, and other packets do not use it up."""
    rules = ["iptables -P FORWARD DROP"]
    rules += [f"iptables -A FORWARD -p tcp --dport {n} -j DROP" for n in range(1000, 1100)]
    answer = found("\n".join(rules))
    assert answer.tried <= MOST_TRIED
    assert "iptables -P FORWARD ACCEPT" in [change.text for change in answer.changes]


def test_a_search_that_is_late_tries_nothing_more() -> None:
    """Time is asked before each try."""
    compiled = compile_scenario(
        Scenario(
            rules="iptables -P FORWARD DROP", host=HOST.format(forward=1), packets=f"{SENT} syn"
        )
    )
    assert what_would_pass(compiled, 1, lambda: True) == Passing((), 0)


@pytest.mark.parametrize(
    "line",
    [
        "in eth1 hex 45000014000100004001a8e4c0a8640ac6336407",
        "in eth0 arp request 203.0.113.9 -> 203.0.113.1",
        "wait 3s",
        "10:00:00.0 IP 192.168.100.10.40000 > 198.51.100.7.443: Flags [S], seq 1, length 0",
    ],
)
def test_lines_without_a_described_packet_are_left_alone(line: str) -> None:
    """Bytes, ARP, waits and tcpdump's lines have no word to change, and break nothing."""
    rules = "iptables -A FORWARD -p udp -j ACCEPT\niptables -P FORWARD DROP"
    scenario = Scenario(rules=rules, host=HOST.format(forward=1), packets=line)
    changes = what_would_pass(compile_scenario(scenario), 1).changes
    assert all(change.where != "packets" for change in changes)


def shown(answer: Passing) -> str:
    return render_to_string("page/_whatif.html", {"found": answer})


def test_the_page_names_a_line_of_the_host_once() -> None:
    """Not "a sysctl sysctl": the text says itself what it is."""
    page = shown(found("iptables -P FORWARD ACCEPT", forward=0))
    assert "sysctl</span>" not in page
    assert "<code>sysctl net.ipv4.ip_forward = 1</code>" in page


def test_the_page_shows_what_a_rule_needs_besides() -> None:
    """Both texts of a pair."""
    page = shown(
        found("iptables -P INPUT DROP", packets="in eth0 udp 198.51.100.7:53 -> 203.0.113.1:53")
    )
    assert "<code>iptables -P INPUT ACCEPT</code>" in page
    assert "<code>listen udp 0.0.0.0:53</code>" in page


def test_the_page_says_when_nothing_was_tried() -> None:
    """Zero tries are no proof that nothing helps."""
    assert "None of 0" not in shown(Passing((), 0))
    assert "No single-change fix found" in shown(Passing((), 0))
    assert "No single-change fix found (1 tried)" in shown(Passing((), 1))


def test_many_different_clauses_stay_within_the_tries() -> None:
    """Each would be another packet; no more are tried than the limit allows."""
    rules = ["iptables -P FORWARD DROP"]
    rules += [f"iptables -A FORWARD -s 10.0.{n >> 8}.{n & 255} -j DROP" for n in range(600)]
    assert found("\n".join(rules)).tried <= MOST_TRIED


NARROW = HOST.format(forward=1).replace("203.0.113.1/24", "203.0.113.1/24 mtu 1400")


@pytest.mark.parametrize(
    ("host", "packet", "texts"),
    [
        (
            NARROW,
            "in eth1 udp 192.168.100.10:4000 -> 198.51.100.7:53 df length 1450",
            [
                "in eth1 udp 192.168.100.10:4000 -> 198.51.100.7:53 length 1450",
                "in eth1 udp 192.168.100.10:4000 -> 198.51.100.7:53 df length 1400",
                "ip link set eth0 mtu 1450",
            ],
        ),
        (
            HOST.format(forward=1).replace("203.0.113.1/24", "203.0.113.1/24 down"),
            "in eth1 tcp 192.168.100.10:4000 -> 198.51.100.7:443 syn",
            ["ip link set eth0 up"],
        ),
        (
            HOST.format(forward=1) + "neighbour 203.0.113.254 dev eth0 failed\n",
            "in eth1 tcp 192.168.100.10:4000 -> 198.51.100.7:443 syn",
            ["neighbour 203.0.113.254 dev eth0 mac 02:00:00:00:00:01"],
        ),
    ],
)
def test_what_a_device_refuses_is_mended_there_or_by_a_smaller_packet(
    host: str, packet: str, texts: list[str]
) -> None:
    """Its MTU, that it is down, a neighbour that does not answer on it."""
    scenario = Scenario(rules="", host=host, packets=packet)
    changes = what_would_pass(compile_scenario(scenario), 1).changes
    assert [change.text for change in changes] == texts
    assert all(change.sentence.startswith("Forwarded out eth0") for change in changes)

"""The builder's rules enforce what the groups say, packet by packet."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from ipaddress import ip_address, ip_network

import pytest
from django.test import Client

from playground.builder.views import EXAMPLE
from playground.lab.replay import Laboratory
from playground.lab.verify import prove
from sim.base.errors import Refused
from sim.kernel.traversal import run
from sim.model.scenario import Scenario
from sim.read.host.text import parse_host
from sim.read.names import names_of
from sim.read.rules.ruleset import load_rules
from sim.read.scenario import compile_scenario
from sim.tell.save import save
from sim.tools.groups.model import Allowed, Cloud, Group, Instance, may_receive, may_send
from sim.tools.groups.rules import enforced
from sim.tools.groups.text import read_groups, written
from sim.trace.steps import Fate

GATEWAY = "02:00:00:00:0a:01"
PORTS = (22, 53, 80, 443, 5432)


def cloud_of(chance: random.Random) -> Cloud:
    """A few groups and instances, whatever they allow."""
    names = ["web", "app", "db"]
    instances = tuple(
        Instance(f"vm{n}", f"vnet{n}", f"02:00:00:00:0a:1{n}", (ip_address(f"10.1.1.1{n}"),),
                 tuple(chance.sample(names, chance.choice((1, 1, 2)))))
        for n in range(3)
    )  # fmt: skip
    groups = tuple(
        Group(name, tuple(_rule(chance, names) for _ in range(chance.randint(0, 4))))
        for name in names
    )
    return Cloud("cloudbr0", "eth0", groups, instances)


def _rule(chance: random.Random, names: list[str]) -> Allowed:
    direction = chance.choice(("ingress", "ingress", "egress"))
    protocol = chance.choice(("tcp", "tcp", "udp", "icmp", "all"))
    networks = ("0.0.0.0/0", "10.1.1.0/24", "10.1.1.11/32", "198.51.100.0/24", "10.0.0.0/8")
    peer = chance.choice((*names, *(ip_network(one) for one in networks)))
    if protocol in ("icmp", "all") or chance.random() < 0.2:
        return Allowed(direction, protocol, peer)
    first = chance.choice(PORTS)
    return Allowed(direction, protocol, peer, first, max(first, chance.choice(PORTS)))


def packet(source: Instance | None, to: Instance | None, protocol: str, port: int) -> str:
    """A line of packets: between guests, or from and to the world behind the uplink."""
    mine = str(source.addresses[0]) if source else "198.51.100.7"
    theirs = str(to.addresses[0]) if to else "198.51.100.7"
    macs = f"src-mac {source.mac if source else GATEWAY} dst-mac {to.mac if to else GATEWAY}"
    iface = source.port if source else "eth0"
    if protocol == "icmp":
        return f"in {iface} icmp {mine} -> {theirs} echo-request id 7 seq 1 {macs}"
    flags = " syn" if protocol == "tcp" else ""
    return f"in {iface} {protocol} {mine}:40000 -> {theirs}:{port}{flags} {macs}"


def scenario(cloud: Cloud, line: str) -> Scenario:
    made = enforced(cloud)
    host = f"{made.host}neighbour 10.1.1.1 dev cloudbr0 mac {GATEWAY}\nfdb {GATEWAY} dev eth0\n"
    return Scenario(rules=made.rules, host=host + made.sets, packets=line + "\n")


def passes(cloud: Cloud, line: str) -> bool:
    fates = [s for s in run(compile_scenario(scenario(cloud, line))) if isinstance(s, Fate)]
    return next(fate for fate in fates if fate.main).verdict == "forwarded"


def allowed(cloud: Cloud, source: Instance | None, to: Instance | None, what: str, n: int) -> bool:
    """By the groups' own definition."""
    world = ip_address("198.51.100.7")
    port = 8 if what == "icmp" else n
    sends = source is None or may_send(cloud, source, to.addresses[0] if to else world, what, port)
    gets = to is None or may_receive(
        cloud, to, source.addresses[0] if source else world, what, port
    )
    return sends and gets


@pytest.mark.parametrize("seed", range(12))
def test_rules_do_what_the_groups_say(seed: int) -> None:
    """Random groups, random packets: the walk through the rules and the definition agree."""
    chance = random.Random(seed)
    cloud = cloud_of(chance)
    for _ in range(12):
        source, to = chance.sample((*cloud.instances, None), 2)
        what, port = chance.choice(("tcp", "udp", "icmp")), chance.choice(PORTS)
        line = packet(source, to, what, port)
        assert passes(cloud, line) == allowed(cloud, source, to, what, port), (cloud, line)


def test_nobody_speaks_for_another() -> None:
    """Neither with another's address nor with another's MAC."""
    chance = random.Random(1)
    cloud = replace(cloud_of(chance), groups=tuple(
        Group(name, (Allowed("ingress", "all", ip_network("0.0.0.0/0")),))
        for name in ("web", "app", "db")
    ))  # fmt: skip
    one, two = cloud.instances[:2]
    honest = packet(one, two, "tcp", 80)
    assert passes(cloud, honest)
    assert not passes(cloud, honest.replace(str(one.addresses[0]), "10.1.1.99"))
    assert not passes(cloud, honest.replace(f"src-mac {one.mac}", "src-mac 02:00:00:00:0a:99"))


def test_rules_load_and_print_back() -> None:
    """What is made is what iptables-save would print after a load."""
    cloud = cloud_of(random.Random(3))
    made = enforced(cloud)
    names = names_of(parse_host(made.host + made.sets))
    rules = load_rules(made.rules, names)
    again = load_rules(save(rules.ipv4), names)
    assert save(again.ipv4) == save(rules.ipv4)


@pytest.mark.kernel
def test_the_kernel_agrees() -> None:
    """The same frames on a real bridge with the real ipsets."""
    with Laboratory() as laboratory:
        for seed in range(4):
            chance = random.Random(seed)
            cloud = cloud_of(chance)
            one, two = cloud.instances[:2]
            lines = "\n".join(
                [packet(one, two, "tcp", 80), packet(None, one, "tcp", 443),
                 packet(two, None, "udp", 53), packet(two, one, "icmp", 0)]
            )  # fmt: skip
            verdict, _ = prove(laboratory, scenario(cloud, lines))
            assert verdict.outcome == "equal", verdict.text


def test_groups_come_back_from_their_lines() -> None:
    """Writing and reading gives an equal cloud."""
    for seed in range(20):
        cloud = cloud_of(random.Random(seed))
        assert read_groups(written(cloud)) == cloud


AWS = {
    "SecurityGroups": [
        {
            "GroupId": "sg-1",
            "IpPermissions": [
                {"IpProtocol": "tcp", "FromPort": 80, "ToPort": 81,
                 "IpRanges": [{"CidrIp": "0.0.0.0/0"}], "Ipv6Ranges": [{"CidrIpv6": "::/0"}],
                 "UserIdGroupPairs": [{"GroupId": "sg-1"}]},
            ],
            "IpPermissionsEgress": [{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "10.0.0.0/8"}]}],
        }
    ]
}  # fmt: skip


def test_the_json_of_aws_is_read() -> None:
    """Addresses, IPv6 and other groups as peers, all protocols."""
    (group,) = read_groups(json.dumps(AWS)).groups
    assert group.name == "sg-1"
    assert [str(rule.peer) for rule in group.rules] == ["0.0.0.0/0", "::/0", "sg-1", "10.0.0.0/8"]
    assert (group.rules[0].first, group.rules[0].last) == (80, 81)
    assert group.rules[3].protocol == "all"


def _aws(**fields: object) -> str:
    return json.dumps({"SecurityGroups": [{"GroupId": "sg-1", "IpPermissions": [], **fields}]})


def _with_guest(text: str) -> Cloud:
    """The groups, with a guest of sg-1 on the bridge."""
    guest = Instance("vm1", "vnet1", "02:00:00:00:0a:11", (ip_address("10.1.1.11"),), ("sg-1",))
    return replace(read_groups(text), instances=(guest,))


def test_an_empty_list_of_what_may_leave_lets_nothing_leave() -> None:
    """AWS's IpPermissionsEgress: [] drops; a group without the list lets everything out."""
    closed, classic = _with_guest(_aws(IpPermissionsEgress=[])), _with_guest(_aws())
    line = packet(closed.instances[0], None, "tcp", 443)
    assert not passes(closed, line)
    assert passes(classic, line)
    for cloud in (closed, classic):
        world = ip_address("198.51.100.7")
        assert passes(cloud, line) == may_send(cloud, cloud.instances[0], world, "tcp", 443)
        assert read_groups(written(cloud)) == cloud


def test_what_is_closed_lets_out_what_it_allows() -> None:
    """Written by hand: a line for the group, and rules beside it."""
    text = "group sg-1\ndeny egress\nallow egress udp 53 to 0.0.0.0/0\n"
    cloud = _with_guest(text)
    assert passes(cloud, packet(cloud.instances[0], None, "udp", 53))
    assert not passes(cloud, packet(cloud.instances[0], None, "udp", 54))


def test_a_prefix_list_is_named_as_not_known() -> None:
    """Which networks it holds is not in the paste: it is told, on the page and in the lines."""
    text = _aws(IpPermissionsEgress=[
        {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "IpRanges": [],
         "PrefixListIds": [{"PrefixListId": "pl-12345678"}]}])  # fmt: skip
    cloud = _with_guest(text)
    assert "pl-12345678" in cloud.unknown[0]
    assert not passes(cloud, packet(cloud.instances[0], None, "tcp", 443))
    answer = Client().post("/builder", {"groups": text}).content.decode()
    assert "sg-1 allows egress tcp for the prefix list pl-12345678" in answer


@pytest.mark.parametrize(
    ("protocol", "family", "wanted"),
    [("47", 4, "-p gre"), ("50", 4, "-p esp"), ("51", 6, "-p ah"), ("89", 4, "-p 89"),
     ("132", 6, "-p sctp"), ("58", 6, "-p ipv6-icmp"), ("icmpv6", 6, "-p ipv6-icmp")],
)  # fmt: skip
def test_any_protocol_has_its_number(protocol: str, family: int, wanted: str) -> None:
    """From AWS and by hand; ports are for those that have them."""
    network = {4: ("IpRanges", "CidrIp", "192.0.2.0/24"),
               6: ("Ipv6Ranges", "CidrIpv6", "2001:db8::/32")}[family]  # fmt: skip
    ranges, key, peer = network
    pasted = _with_guest(_aws(IpPermissions=[{"IpProtocol": protocol, ranges: [{key: peer}]}]))
    by_hand = _with_guest(f"group sg-1\nallow ingress {protocol} from {peer}\n")
    for cloud in (pasted, by_hand):
        rules = enforced(cloud).rules
        assert f"-A i-vm1 -s {peer} {wanted} -j ACCEPT\n" in rules
        compile_scenario(scenario(cloud, packet(cloud.instances[0], None, "tcp", 1)))
        assert read_groups(written(cloud)) == cloud


def test_icmpv6_for_a_group_is_not_icmp_for_it() -> None:
    """58 allows nothing in IPv4; a type may be named."""
    cloud = _with_guest("group sg-1\nallow ingress 58 128/0 from group sg-1\n")
    four, six = enforced(cloud).rules.split("# Generated by ip6tables-save")
    assert "icmp" not in four
    assert "-p ipv6-icmp -m icmp6 --icmpv6-type 128/0 -m set" in six


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("group web\nallow ingress 256 from 0.0.0.0/0", "a number up to 255"),
        ("group web\nallow ingress 47 80 from 0.0.0.0/0", "is no port"),
        ("group web\ndeny ingress", "deny egress"),
        ("deny egress", "deny egress"),
        ("allow ingress tcp 80 from 0.0.0.0/0", "below the line of its group"),
        ("group web\nallow ingress tcp 99999 from 0.0.0.0/0", "out of range"),
        ("group web\nallow ingress tcp 80-70 from 0.0.0.0/0", "backwards"),
        ("group web\nallow ingress tcp 80 from 10.0.0.1/8", "has host bits set"),
        ("group web\nallow ingress tcp 80 from group nowhere", "there is no group nowhere"),
        ("group " + "x" * 50, "1 to 20"),
        ("grop web", "not understood"),
        ("instance a port b mac c address d groups e", "not a MAC"),
        ("{}", "describe-security-groups"),
        ('{"SecurityGroups": [' * 10_000, "describe-security-groups"),
    ],
)
def test_a_line_that_is_wrong_says_what_is_wanted(text: str, message: str) -> None:
    """With its place."""
    with pytest.raises(Refused, match=message):
        read_groups(text)


def test_the_example_of_the_page_reads() -> None:
    """What the form holds at first is a cloud."""
    assert read_groups(EXAMPLE).instances


def test_the_page_makes_rules_and_keeps_what_was_typed(client: Client) -> None:
    """Without script; an error stands beside the text, which is still there."""
    page = client.post("/builder", {"groups": EXAMPLE}).content.decode()
    assert "-A i-vm2 -p tcp -m tcp --dport 5432 -m set --match-set sg4-web src -j ACCEPT" in page
    wrong = client.post("/builder", {"groups": EXAMPLE + "grop x"}).content.decode()
    assert "not understood" in wrong
    assert "grop x</textarea>" in wrong
    assert client.post("/builder", {"groups": "#" * 100_000}).status_code == 413
    pasted = client.post("/builder", {"groups": json.dumps(AWS)}).content.decode()
    assert "allow ingress tcp 80-81 from 0.0.0.0/0" in pasted

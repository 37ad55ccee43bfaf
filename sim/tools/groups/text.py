"""Groups as a person writes them, a line each, and as ``aws ec2 describe-security-groups`` does.

bridge cloudbr0 uplink eth0
group web
allow ingress tcp 80 from 0.0.0.0/0
allow ingress tcp 5432-5433 from group app
allow ingress icmp from 10.0.0.0/8
allow ingress 47 from 192.0.2.7/32
allow egress udp 53 to 10.1.1.2/32
deny egress
instance vm1 port vnet0 mac 02:00:00:00:0a:10 address 10.1.1.10 groups web,app
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from ipaddress import ip_address, ip_network
from typing import Any

from sim.base.errors import Refused, SourceError, Span
from sim.tools.groups.model import Address, Allowed, Cloud, Group, Instance, Network

WHERE = "groups"
PROTOCOLS = ("tcp", "udp", "icmp", "all")
PORTED = ("tcp", "udp", "icmp", "58")  # whose rules may name ports, or types
# IANA's numbers, and what people and clouds call them.
_BY_NUMBER = {
    "1": "icmp", "6": "tcp", "17": "udp", "icmpv6": "58", "-1": "all",
    "gre": "47", "esp": "50", "ah": "51", "sctp": "132",
}  # fmt: skip
_RULE = re.compile(
    r"allow\s+(?P<direction>ingress|egress)\s+(?P<protocol>\w+)(?:\s+(?P<ports>[\d/-]+))?"
    r"\s+(?:from|to)\s+(?P<group>group\s+)?(?P<peer>\S+)"
)
_INSTANCE = re.compile(
    r"instance\s+(?P<name>\S+)\s+port\s+(?P<port>\S+)\s+mac\s+(?P<mac>\S+)"
    r"\s+address\s+(?P<addresses>\S+)\s+groups\s+(?P<groups>\S+)"
)
_MAC = re.compile(r"[0-9a-f]{2}(:[0-9a-f]{2}){5}")
_NAME = re.compile(r"[A-Za-z0-9_.-]{1,20}")
MOST = {"groups": 100, "rules": 2000, "instances": 200}
EXAMPLE = "allow ingress tcp 80 from 0.0.0.0/0"


def read_groups(text: str) -> Cloud:
    """Raises ``Refused`` with every line that cannot be understood."""
    if text.lstrip().startswith("{"):
        return _read_aws(text)
    reader = _Reader()
    for number, line in enumerate(text.split("\n"), 1):
        said = line.split("#", 1)[0].strip()
        if said:
            try:
                reader.line(said)
            except ValueError as error:
                reader.errors.append(
                    SourceError(str(error), Span.of_line(number, line), where=WHERE)
                )
    return reader.cloud()


class _Reader:
    def __init__(self) -> None:
        self.bridge, self.uplink = "cloudbr0", "eth0"
        self.groups: dict[str, list[Allowed]] = {}
        self.closed: set[str] = set()
        self.current = ""
        self.instances: list[Instance] = []
        self.errors: list[SourceError] = []

    def line(self, said: str) -> None:
        word, _, rest = said.partition(" ")
        if word == "bridge":
            found = re.fullmatch(r"(\S{1,15})(?:\s+uplink\s+(\S{1,15}))?", rest.strip())
            if not found or not _NAME.fullmatch(found[1]):
                raise ValueError("wanted: bridge NAME uplink DEVICE")
            self.bridge, self.uplink = found[1], found[2] or self.uplink
        elif word == "group":
            self.current = _name(rest.strip(), "a group's name")
            self.groups.setdefault(self.current, [])
        elif word == "allow":
            if not self.current:
                raise ValueError("a rule stands below the line of its group: group NAME")
            self.groups[self.current].append(_rule(said))
        elif word == "deny":
            if said.split() != ["deny", "egress"] or not self.current:
                raise ValueError(
                    "wanted, below the line of a group: deny egress "
                    "(nothing leaves but what is allowed; what comes in always needs a rule)"
                )
            self.closed.add(self.current)
        elif word == "instance":
            self.instances.append(_instance(said))
        else:
            raise ValueError(
                f'"{word[:40]}" is not understood: bridge, group, allow, deny, instance'
            )

    def cloud(self) -> Cloud:
        self.errors += list(self._unknown())
        counts = {
            "groups": len(self.groups),
            "rules": sum(map(len, self.groups.values())),
            "instances": len(self.instances),
        }
        for what, count in counts.items():
            if count > MOST[what]:
                self.errors.append(_whole(f"{count} {what}; at most {MOST[what]} are taken"))
        if self.errors:
            raise Refused(self.errors)
        groups = tuple(
            Group(name, tuple(rules), name in self.closed) for name, rules in self.groups.items()
        )
        return Cloud(self.bridge, self.uplink, groups, tuple(self.instances))

    def _unknown(self) -> Iterator[SourceError]:
        named = {name for instance in self.instances for name in instance.groups} | {
            rule.peer for rules in self.groups.values() for rule in rules
            if isinstance(rule.peer, str)
        }  # fmt: skip
        for name in sorted(named - self.groups.keys()):
            yield _whole(f"there is no group {name}")
        for what in ("name", "port", "mac"):
            seen = [getattr(instance, what) for instance in self.instances]
            for twice in sorted({one for one in seen if seen.count(one) > 1}):
                yield _whole(f"two instances have the {what} {twice}")


def _whole(message: str) -> SourceError:
    return SourceError(message, Span(1, 1, 1, 2), where=WHERE)


def _name(text: str, what: str) -> str:
    if not _NAME.fullmatch(text):
        raise ValueError(f"{what} is 1 to 20 letters, digits, dots, - and _")
    return text


def _rule(said: str) -> Allowed:
    found = _RULE.fullmatch(said)
    if not found:
        raise ValueError(f"wanted: {EXAMPLE}, or: allow ingress tcp 80 from group NAME")
    protocol = _protocol(found["protocol"].lower())
    first, last = _ports(protocol, found["ports"] or "")
    peer: Network | str = found["peer"]
    if not found["group"]:
        try:
            peer = ip_network(found["peer"])
        except ValueError as error:
            raise ValueError(f"{error}: name a network such as 10.0.0.0/8, or a group") from None
    return Allowed(found["direction"], protocol, peer, first, last)


def _protocol(text: str) -> str:
    """A name of ours for the numbers that have one, else the number."""
    name = _BY_NUMBER.get(text, text)
    if name in PROTOCOLS:
        return name
    if not re.fullmatch(r"[0-9]{1,3}", name) or not 0 < int(name) < 256:
        raise ValueError(f"the protocol is one of {', '.join(PROTOCOLS)}, or a number up to 255")
    return str(int(name))


def _ports(protocol: str, text: str) -> tuple[int, int]:
    if not text:
        return -1, -1
    found = re.fullmatch(r"(\d{1,5})(?:[-/](\d{1,5}))?", text)
    if not found or protocol not in PORTED:
        raise ValueError(f'"{text}" is no port, range of ports, or type of ICMP')
    first = int(found[1])
    has_types = protocol in ("icmp", "58")
    last = int(found[2]) if found[2] else -1 if has_types else first
    most = 255 if has_types else 65535
    if not first <= most or not last <= most or (not has_types and last < first):
        raise ValueError(f"{text} is out of range (0 to {most}), or backwards")
    return first, last


def _instance(said: str) -> Instance:
    found = _INSTANCE.fullmatch(said)
    if not found:
        raise ValueError("wanted: instance NAME port VNET mac MAC address A[,A] groups G[,G]")
    if not _MAC.fullmatch(found["mac"].lower()):
        raise ValueError(f"{found['mac']} is not a MAC address")
    if not re.fullmatch(r"[^/\s+!]{1,15}", found["port"]):
        raise ValueError("a port's name has 1 to 15 characters, without / and +")
    addresses: tuple[Address, ...] = tuple(map(ip_address, found["addresses"].split(",")))
    groups = tuple(_name(name, "a group's name") for name in found["groups"].split(","))
    return Instance(_name(found["name"], "an instance's name"), found["port"],
                    found["mac"].lower(), addresses, groups)  # fmt: skip


# ---- AWS -----------------------------------------------------------------------------------


def _read_aws(text: str) -> Cloud:
    """The JSON of describe-security-groups. It knows no instances; those are lines of ours."""
    try:
        table = json.loads(text)
        listed = table["SecurityGroups"]
        unknown: list[str] = []
        groups = tuple(_aws_group(one, unknown) for one in listed)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise Refused(
            [_whole(f"this is not what describe-security-groups prints: {error}")]
        ) from None
    if len(groups) > MOST["groups"]:
        raise Refused([_whole(f"at most {MOST['groups']} groups are taken")])
    if sum(len(group.rules) for group in groups) > MOST["rules"]:
        raise Refused([_whole(f"at most {MOST['rules']} rules are taken")])
    return Cloud("cloudbr0", "eth0", groups, (), tuple(unknown))


def _aws_group(one: dict[str, Any], unknown: list[str]) -> Group:
    """In a VPC what leaves needs a rule, too: a list that is empty lets nothing out.

    A group without the list is one of EC2-Classic, which has no rules for what leaves.
    """
    name = _name(str(one["GroupId"]), "a group's id")
    rules = [
        *_aws_rules(name, "ingress", one.get("IpPermissions", []), unknown),
        *_aws_rules(name, "egress", one.get("IpPermissionsEgress", []), unknown),
    ]
    return Group(name, tuple(rules), "IpPermissionsEgress" in one)


def _aws_rules(
    group: str, direction: str, permissions: list[dict[str, Any]], unknown: list[str]
) -> Iterator[Allowed]:
    """Prefix lists are told in ``unknown``: which networks they hold only AWS knows."""
    for permission in permissions:
        protocol = _protocol(str(permission["IpProtocol"]).lower())
        first = last = -1
        if protocol in PORTED:
            first, last = int(permission.get("FromPort", -1)), int(permission.get("ToPort", -1))
        unknown += [
            f"{group} allows {direction} {protocol} for the prefix list {one['PrefixListId']}. "
            "Its networks are not in this output, so the rule is left out: write a line for each "
            "network that `aws ec2 get-managed-prefix-list-entries` prints."
            for one in permission.get("PrefixListIds", [])
        ]
        peers: list[Network | str] = [
            *(ip_network(one["CidrIp"]) for one in permission.get("IpRanges", [])),
            *(ip_network(one["CidrIpv6"]) for one in permission.get("Ipv6Ranges", [])),
            *(str(one["GroupId"]) for one in permission.get("UserIdGroupPairs", [])),
        ]
        for peer in peers:
            yield Allowed(direction, protocol, peer, first, last)


def written(cloud: Cloud) -> str:
    """The groups as lines; reading them gives an equal cloud."""
    lines = [f"bridge {cloud.bridge} uplink {cloud.uplink}"]
    for group in cloud.groups:
        lines += ["", f"group {group.name}"]
        for rule in group.rules:
            ports = ""
            if rule.first >= 0:
                second = f"-{rule.last}" if rule.last not in (-1, rule.first) else ""
                ports = f" {rule.first}{second}"
            peer = f"group {rule.peer}" if isinstance(rule.peer, str) else str(rule.peer)
            word = "from" if rule.direction == "ingress" else "to"
            lines.append(f"allow {rule.direction} {rule.protocol}{ports} {word} {peer}")
        if group.closed:
            lines.append("deny egress")
    lines += ["", *(f"# {one}" for one in cloud.unknown)] if cloud.unknown else []
    lines.append("")
    for one in cloud.instances:
        addresses = ",".join(map(str, one.addresses))
        lines.append(
            f"instance {one.name} port {one.port} mac {one.mac} address {addresses} "
            f"groups {','.join(one.groups)}"
        )
    return "\n".join(lines) + "\n"

"""Groups, their rules, and the instances that are in them. What a packet may do, by definition.

A group's rules only allow. Connections are stateful: an answer needs no rule. An instance with
several groups may do what any of them allows.
"""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

from sim.base.frozen import dataclass

Network = IPv4Network | IPv6Network
Address = IPv4Address | IPv6Address


@dataclass(frozen=True, slots=True)
class Allowed:
    """One rule. ``peer``: a network, or the name of a group.

    ``protocol``: tcp, udp, icmp, all, or the number of another (IANA), 58 being
    ICMPv6 alone. ``first`` and ``last`` are ports, or of ICMP type and
    code; -1 for any.
    """

    direction: str  # ingress, egress
    protocol: str
    peer: Network | str
    first: int = -1
    last: int = -1


@dataclass(frozen=True, slots=True)
class Group:
    """``closed``: nothing may leave but what its rules allow, also where it has none."""

    name: str
    rules: tuple[Allowed, ...]
    closed: bool = False


@dataclass(frozen=True, slots=True)
class Instance:
    """A guest: the port of the bridge that it is on, its MAC and its addresses."""

    name: str
    port: str
    mac: str
    addresses: tuple[Address, ...]
    groups: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Cloud:
    """Everything that one hypervisor's bridge has to know."""

    bridge: str
    uplink: str
    groups: tuple[Group, ...]
    instances: tuple[Instance, ...]
    unknown: tuple[str, ...] = ()  # what was pasted and cannot be known here, in sentences

    def group(self, name: str) -> Group | None:
        return next((group for group in self.groups if group.name == name), None)

    def members(self, name: str) -> tuple[Address, ...]:
        """The addresses of everybody who is in a group, in order."""
        return tuple(
            address
            for instance in self.instances
            if name in instance.groups
            for address in instance.addresses
        )

    def rules_of(self, instance: Instance, direction: str) -> tuple[Allowed, ...]:
        return tuple(
            rule
            for name in instance.groups
            if (group := self.group(name)) is not None
            for rule in group.rules
            if rule.direction == direction
        )

    def has_egress_rules(self, instance: Instance) -> bool:
        """Without any, everything may leave, as in CloudStack, unless a group is closed."""
        is_closed = any(
            group.closed for name in instance.groups if (group := self.group(name)) is not None
        )
        return is_closed or bool(self.rules_of(instance, "egress"))


def may_send(cloud: Cloud, instance: Instance, to: Address, protocol: str, port: int) -> bool:
    """May the instance begin to speak to ``to``? By definition, not by rules of iptables."""
    if not cloud.has_egress_rules(instance):
        return True
    rules = cloud.rules_of(instance, "egress")
    return any(_allows(cloud, rule, to, protocol, port) for rule in rules)


def may_receive(
    cloud: Cloud, instance: Instance, source: Address, protocol: str, port: int
) -> bool:
    """May ``source`` begin to speak to the instance?"""
    rules = cloud.rules_of(instance, "ingress")
    return any(_allows(cloud, rule, source, protocol, port) for rule in rules)


def _allows(cloud: Cloud, rule: Allowed, peer: Address, protocol: str, port: int) -> bool:
    if isinstance(rule.peer, str):
        if peer not in cloud.members(rule.peer):
            return False
    elif peer.version != rule.peer.version or peer not in rule.peer:
        return False
    if rule.protocol == "all":
        return True
    if rule.protocol != protocol:
        return False
    if protocol in ("icmp", "58"):  # first is the type, last the code
        return rule.first in (-1, port)
    return rule.first < 0 or rule.first <= port <= rule.last

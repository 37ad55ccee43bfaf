"""Packets that ask what the rules are about, as text for a person to read and edit.

It is a proposal like that of a host (``propose``): every line says why it is there, and the first
says that nobody but us wrote it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from ipaddress import ip_network

from sim.base.errors import Refused
from sim.kernel.routing.fib import hops_of
from sim.model.host import Host, Interface
from sim.model.rules import AddressMask, Rule, Rules, Target
from sim.packet.packet import Address
from sim.packet.script import Script
from sim.read.packets.text import parse_packets

MOST = 4  # packets, and the answer to one of them
MOST_RULES = 2_000  # that are looked at in a chain
_HEADER = "# Proposed from the rules and the host: put in the packets that you ask about."
_SPOKEN = {6: "tcp", 17: "udp"}
_ECHO = {1: 8, 58: 128}  # the type of an echo request, by protocol
_ICMP_TYPES = ("--icmp-type", "--icmpv6-type")
# Addresses for documentation (RFC 5737, RFC 3849) stand in for peers that nobody told us.
_OUTSIDE = {4: "198.51.100.20", 6: "2001:db8:51::20"}
_ELSEWHERE = {4: "198.51.100.7", 6: "2001:db8:51::7"}
_FORWARDING = {4: "net.ipv4.ip_forward", 6: "net.ipv6.conf.all.forwarding"}


def propose_packets(rules: Rules, host: Host) -> str:
    """The packets text: at most ``MOST`` packets; empty when the host has no address at all."""
    lines: list[str] = []
    for text, why in _packets(rules, host):
        if len(lines) < MOST and not any(line.startswith(f"{text}  #") for line in lines):
            line = f"{text}  # {why}"
            if _is_fine(line, host):
                lines.append(line)
    return "\n".join([_HEADER, *lines]) + "\n" if lines else ""


def propose_listeners(rules: Rules, host: Host) -> str:
    """Host lines for what the proposed packets ask: a host that nobody knows has its services."""
    lines: dict[str, str] = {}
    for family, anywhere in ((4, "0.0.0.0"), (6, "[::]")):
        ways = _Ways(host, family)
        if ways.outside is None:
            continue
        for rule, where in _rules(rules, family, "filter", "INPUT"):
            port, protocol = _port(rule), _spoken(rule)
            if port and protocol and len(lines) < MOST:
                lines.setdefault(f"listen {protocol} {anywhere}:{port}", where)
        lines.setdefault(f"listen tcp {anywhere}:22", "a usual service")
    return "".join(f"{line}  # {why}\n" for line, why in lines.items())


def _is_fine(line: str, host: Host) -> bool:
    try:
        script: Script = parse_packets(line, host)
    except Refused:
        return False
    return bool(script)


def _packets(rules: Rules, host: Host) -> Iterator[tuple[str, str]]:
    for family in (4, 6):
        ways = _Ways(host, family)
        if ways.outside is None:
            continue
        yield from _to_published(rules, ways)
        yield from _to_services(rules, ways)
        yield from _through(ways)
        yield (
            f"{ways.arriving(ways.outside, ways.own(ways.outside), 'tcp', 22)}",
            "a usual question",
        )


class _Ways:
    """The host's interfaces of one family, and what may arrive on them."""

    def __init__(self, host: Host, family: int) -> None:
        self.host, self.family = host, family
        self.devices = {
            name: device
            for name, device in host.interfaces.items()
            if name != "lo" and device.up and self._addresses(device)
        }
        leading = [
            hop.dev
            for route in host.routes
            if route.family == family and route.prefix.prefixlen == 0
            for hop in hops_of(route)
        ]
        self.has_default = bool(leading)
        known = [self.devices[name] for name in leading if name in self.devices]
        self.outside = next(iter([*known, *self.devices.values()]), None)

    def _addresses(self, device: Interface) -> list[Address]:
        found = [one.address.ip for one in device.addresses]
        return [each for each in found if each.version == self.family and not each.is_link_local]

    def own(self, device: Interface) -> Address:
        return self._addresses(device)[0]

    def named(self, name: str, *, is_prefix: bool) -> Interface | None:
        """The device that a rule names, if it has addresses."""
        if is_prefix:
            fits = (d for found, d in self.devices.items() if found.startswith(name))
            return next(fits, None)
        return self.devices.get(name)

    def peer(self, device: Interface) -> str:
        """Who sends on this device: a neighbour, or from outside a stranger."""
        if device is self.outside and (len(self.devices) > 1 or self.has_default):
            return _OUTSIDE[self.family]
        own = next(one.address for one in device.addresses if one.address.ip == self.own(device))
        network = ip_network(f"{own.ip}/{own.network.prefixlen}", strict=False)
        if network.num_addresses < 4:
            return _OUTSIDE[self.family]
        at = min(10, network.num_addresses - 2)
        found = network.network_address + at
        return str(found if found != own.ip else network.network_address + at - 1)

    def arriving(self, device: Interface, to: Address | str, protocol: str, port: int) -> str:
        source, where = self.ends(self.peer(device), 51000), self.ends(str(to), port)
        flags = " syn" if protocol == "tcp" else ""
        return f"in {device.name} {protocol} {source} -> {where}{flags}"

    def ping(self, device: Interface, to: Address | str) -> str:
        protocol = "icmp" if self.family == 4 else "icmpv6"
        return f"in {device.name} {protocol} {self.peer(device)} -> {to} echo-request"

    def ends(self, address: str, port: int) -> str:
        return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"


def _to_published(rules: Rules, ways: _Ways) -> Iterator[tuple[str, str]]:
    """What a DNAT rule leads on."""
    for rule, where in _rules(rules, ways.family, "nat", "PREROUTING"):
        if isinstance(rule.target, Target) and rule.target.name in ("DNAT", "REDIRECT"):
            yield from _asked(rule, where, ways)


def _to_services(rules: Rules, ways: _Ways) -> Iterator[tuple[str, str]]:
    """What the rules for this host itself name."""
    for rule, where in _rules(rules, ways.family, "filter", "INPUT"):
        yield from _pinged(rule, where, ways) if _wants_ping(rule) else _asked(rule, where, ways)


def _rules(rules: Rules, family: int, table: str, chain: str) -> Iterable[tuple[Rule, str]]:
    found = rules.of(family).tables.get(table)
    if found is None or chain not in found.chains:
        return
    for rule in found.chains[chain].rules[:MOST_RULES]:
        yield rule, f"{table} {chain} rule {rule.number}"


def _pinged(rule: Rule, where: str, ways: _Ways) -> Iterator[tuple[str, str]]:
    device = _way_in(rule, ways)
    if device is not None:
        yield ways.ping(device, _single(rule.ip.destination) or ways.own(device)), where


def _wants_ping(rule: Rule) -> bool:
    """Is it about ICMP, and may that be an echo request?"""
    protocol = rule.ip.protocol
    if protocol is None or protocol.negated or protocol.number not in _ECHO:
        return False
    ping = (_ECHO[protocol.number], 0)
    return all(
        (ping in arg.value) != arg.negated
        for match in rule.matches
        for arg in match.args
        if arg.flag in _ICMP_TYPES
    )


def _way_in(rule: Rule, ways: _Ways) -> Interface | None:
    """The device on which a rule wants its packets."""
    named = rule.ip.in_iface
    if named is None or named.negated:
        return ways.outside
    return ways.named(named.name, is_prefix=named.prefix)


def _asked(rule: Rule, where: str, ways: _Ways) -> Iterator[tuple[str, str]]:
    """A packet that a rule with a port is about: it arrives where the rule says."""
    protocol, port = _spoken(rule), _port(rule)
    device = _way_in(rule, ways)
    if not port or not protocol or device is None:
        return
    to = _single(rule.ip.destination) or ways.own(device)
    yield ways.arriving(device, to, protocol, port), where


def _spoken(rule: Rule) -> str:
    """The protocol with ports that a rule wants, if it wants one."""
    protocol = rule.ip.protocol
    return "" if protocol is None or protocol.negated else _SPOKEN.get(protocol.number, "")


def _single(mask: AddressMask | None) -> str:
    """The one address that a rule wants, if it wants one."""
    if mask is None or mask.negated:
        return ""
    bits = 32 if mask.family == 4 else 128
    if mask.mask != (1 << bits) - 1:
        return ""
    return str(ip_network((mask.address, bits)).network_address)


def _port(rule: Rule) -> int:
    """The first destination port that a rule names; 0: none."""
    for match in rule.matches:
        for arg in match.args:
            if arg.flag in ("--dport", "--dports") and not arg.negated:
                first = getattr(arg.value, "members", (arg.value,))[0]
                low = getattr(first, "low", first)
                return low if isinstance(low, int) else 0
    return 0


def _through(ways: _Ways) -> Iterator[tuple[str, str]]:
    """From behind a host that forwards, to the internet."""
    if ways.host.sysctl(_FORWARDING[ways.family], "0") != "1" or ways.outside is None:
        return
    for device in ways.devices.values():
        if device is not ways.outside:
            yield (
                ways.arriving(device, _ELSEWHERE[ways.family], "tcp", 443),
                f"from behind {device.name}",
            )
            return

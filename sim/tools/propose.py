"""A host that fits the rules and the packets, as text for a person to read and edit.

Nothing is assumed out of sight: every line says why it is there. It is a proposal; what the
person's real host is, only they know.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import field
from ipaddress import IPv4Address, IPv6Address, ip_network

from sim.base.frozen import dataclass
from sim.extensions.extension import NatRange
from sim.model.host import Network
from sim.model.rules import DeviceName, Match, Rule, Rules, Target
from sim.packet.packet import Address
from sim.packet.script import Inject, InjectArp, Originate
from sim.read.packets.text import readable

# Addresses for documentation (RFC 5737, RFC 3849) stand in for what nobody told us.
_OUTSIDE4, _OUTSIDE6 = IPv4Address("203.0.113.1"), IPv6Address("2001:db8::1")


@dataclass
class _Device:
    """What rules and packets say about one interface."""

    name: str
    why: str
    sources: list[Address] = field(default_factory=list)  # of packets that arrive on it
    own: dict[Address, str] = field(default_factory=dict)  # its addresses, and why
    subnets: list[Network] = field(default_factory=list)  # that rules place behind it
    is_outside: bool = False
    is_asked: bool = False  # a port is forwarded from it


@dataclass
class _Findings:
    devices: dict[str, _Device] = field(default_factory=dict)
    forwards: str = ""  # why forwarding is needed, empty when it is not
    sets: dict[str, tuple[int, int]] = field(default_factory=dict)  # name -> dimensions, family
    lengths: dict[Address, int] = field(default_factory=dict)  # prefix lengths that are known
    inside: list[Address] = field(default_factory=list)  # where DNAT leads to
    families: set[int] = field(default_factory=set)
    family: int = 4  # of the rules that are being read

    def device(self, name: str, why: str) -> _Device:
        return self.devices.setdefault(name, _Device(name, why))


# What is behind a router rather than before it (RFC 1918, 6598, 3927, 4193, 4291). ``ipaddress``
# calls documentation addresses private too, which here stand for the internet.
_INSIDE_NETWORKS = tuple(
    ip_network(text)
    for text in (
        "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "169.254.0.0/16",
        "fc00::/7", "fe80::/10",
    )
)  # fmt: skip


def _is_inside(address: Address) -> bool:
    return any(address.version == net.version and address in net for net in _INSIDE_NETWORKS)


def propose_host(rules: Rules, packets_text: str) -> str:
    """The host text. Interfaces, addresses, a default route, forwarding and sets as needed."""
    found = _Findings()
    for family in (4, 6):
        found.family = family
        for table in rules.of(family).tables.values():
            for chain in table.chains.values():
                for rule in chain.rules:
                    _from_rule(rule, table.name, chain.name, found)
    _from_packets(packets_text, found)
    _give_addresses(found)
    return "\n".join(_lines(found)) + "\n"


def _from_rule(rule: Rule, table: str, chain: str, found: _Findings) -> None:
    for named, flag in ((rule.ip.in_iface, "-i"), (rule.ip.out_iface, "-o")):
        if named is not None and named.name not in ("", "lo"):
            name = f"{named.name}0" if named.prefix else named.name
            device = found.device(name, f"{flag} {named.name} in {table} {chain}")
            _note_subnet(rule, named, flag, device)
    for match in rule.matches:
        _from_match(match, rule, found)
    target = rule.target
    if not isinstance(target, Target):
        return
    if target.name in ("MASQUERADE", "SNAT") and chain != "INPUT":
        found.forwards = found.forwards or f"{target.name} in {table} {chain}"
        out = rule.ip.out_iface
        if out is not None and out.name and not out.negated and not out.prefix:
            device = found.device(out.name, f"-o {out.name} in {table} {chain}")
            device.is_outside = True
            for address in _nat_addresses(target):
                device.own[address] = f"SNAT in {table} {chain} uses it"
    if target.name == "DNAT":
        found.forwards = found.forwards or f"DNAT in {table} {chain}"
        reached = [a for a in _nat_addresses(target) if _is_inside(a)]
        found.inside += reached
        named = rule.ip.in_iface
        if reached and named is not None and named.name and not (named.negated or named.prefix):
            found.device(named.name, f"-i {named.name} in {table} {chain}").is_asked = True


def _note_subnet(rule: Rule, named: DeviceName, flag: str, device: _Device) -> None:
    """``-s NET -i DEV`` and ``-s NET ! -o DEV`` both say that NET is behind DEV."""
    source = rule.ip.source
    if source is None or source.negated or (flag == "-i") == named.negated:
        return
    bits = 32 if source.family == 4 else 128
    length = source.mask.bit_count()
    if not 8 <= length < bits or source.mask != (1 << bits) - (1 << (bits - length)):
        return
    start = IPv4Address(source.address) if source.family == 4 else IPv6Address(source.address)
    device.subnets.append(ip_network(f"{start}/{length}"))


def _from_match(match: Match, rule: Rule, found: _Findings) -> None:
    for arg in match.args:
        if match.name == "set" and arg.flag == "--match-set":
            name = str(getattr(arg.value, "name", str(arg.value).split()[0]))
            flags = getattr(arg.value, "flags", None) or str(arg.value).split()[-1].split(",")
            dimensions = max(found.sets.get(name, (1, 4))[0], len(flags))
            found.sets[name] = (dimensions, found.family)


def _nat_addresses(target: Target) -> Iterator[Address]:
    for arg in target.args:
        if isinstance(arg.value, NatRange) and arg.value.min_address is not None:
            yield arg.value.min_address


def _from_packets(text: str, found: _Findings) -> None:
    """By what the language's own reader makes of each line; what it refuses tells nothing."""
    statements = list(readable(text))
    for one in statements:
        if isinstance(one, Inject):
            _arrives(one.iface, one.spec.src, one.spec.dst, found)
        elif isinstance(one, InjectArp):
            _arrives(one.iface, one.sender, one.target, found)
    for one in statements:
        if isinstance(one, Originate):
            _leaves(one.spec.src, found)


def _arrives(name: str, source: Address, destination: Address, found: _Findings) -> None:
    if name == "lo":  # a dump that does not name its device
        return
    device = found.device(name, "packets arrive on it")
    device.sources.append(source)
    found.families.add(source.version)
    if destination == source:  # it tells others where it is (gratuitous ARP)
        return
    if device is _outside(found) or (len(found.devices) == 1 and not found.forwards):
        device.own.setdefault(destination, "a packet is for it")
    elif not _is_inside(destination):
        found.forwards = found.forwards or f"a packet on {name} goes to {destination}"


def _leaves(source: Address, found: _Findings) -> None:
    if source.is_loopback:
        return
    found.families.add(source.version)
    outside = _outside(found) or found.device("eth0", "local packets leave somewhere")
    outside.own.setdefault(source, "a local packet comes from it")


def _outside(found: _Findings) -> _Device | None:
    """The device that leads to everywhere else: NAT's, else the one no private source is on."""
    everything = list(found.devices.values())
    for fits in (
        lambda d: d.is_outside,
        lambda d: any(not _is_inside(a) for a in d.sources),
        lambda d: d.is_asked,
        lambda d: not d.subnets and not any(_is_inside(a) for a in d.sources),
    ):
        for device in everything:
            if fits(device):
                return device
    return everything[0] if everything else None


def _give_addresses(found: _Findings) -> None:
    if not found.devices:
        found.device("eth0", "a host has an interface")
    found.families = found.families or {4}
    outside = _outside(found)
    if outside is not None and found.forwards and len(found.devices) == 1:
        found.device(
            "eth1" if outside.name != "eth1" else "eth0", "what is forwarded comes in here"
        )
    number = 0
    for device in found.devices.values():
        for family in sorted(found.families):
            if any(address.version == family for address in device.own):
                continue
            near = [a for a in device.sources if a.version == family]
            nets = [net for net in device.subnets if net.version == family]
            reached = [a for a in found.inside if a.version == family]
            if nets:
                device.own[nets[0].network_address + 1] = f"{nets[0]} is behind it"
                found.lengths[nets[0].network_address + 1] = nets[0].prefixlen
            elif device is outside:
                stand_in: Address = _OUTSIDE4 if family == 4 else _OUTSIDE6
                device.own[stand_in] = "an address for documentation: put in yours"
            elif near:
                device.own[_first_of(near[0])] = f"{near[0]} is its neighbour"
            elif reached and not any(
                _is_near(a, d) for a in reached for d in found.devices.values()
            ):
                device.own[_first_of(reached[0])] = f"DNAT leads to {reached[0]}"
            else:
                number += 1
                device.own[_inside(family, number)] = "a guess: put in yours"


def _is_near(address: Address, device: _Device) -> bool:
    """Is the address behind this device by what is known so far?"""
    return any(address in net for net in device.subnets) or any(
        own.version == address.version and address in _subnet(own) for own in device.own
    )


def _subnet(address: Address) -> Network:
    return ip_network(f"{address}/{24 if address.version == 4 else 64}", strict=False)


def _first_of(neighbour: Address) -> Address:
    """The first address of the neighbour's subnet, or the second if that is the neighbour."""
    network = _subnet(neighbour)
    first = network.network_address + 1
    return first if first != neighbour else network.network_address + 2


def _inside(family: int, number: int) -> Address:
    if family == 4:
        return IPv4Address(f"192.168.{number}.1")
    return IPv6Address(f"fd00:{number}::1")


def _lines(found: _Findings) -> Iterator[str]:
    yield "# Proposed from the rules and packets: put in what your host really has."
    for device in found.devices.values():
        sizes = [f"{a}/{found.lengths.get(a, _subnet(a).prefixlen)}" for a in device.own]
        why = "; ".join(dict.fromkeys(device.own.values()))
        yield f"interface {device.name} {' '.join(sizes)}  # {device.why}; {why}"
    outside = _outside(found)
    if outside is not None:
        for family in sorted(found.families):
            own = next((a for a in outside.own if a.version == family), None)
            if own is not None:
                length = found.lengths.get(own, _subnet(own).prefixlen)
                yield f"route default via {_gateway(own, length)} dev {outside.name}  # the rest"
    if found.forwards:
        if 4 in found.families:
            yield f"sysctl net.ipv4.ip_forward = 1  # {found.forwards}"
        if 6 in found.families:
            yield f"sysctl net.ipv6.conf.all.forwarding = 1  # {found.forwards}"
    for name, (dimensions, family) in found.sets.items():
        kind = {1: "hash:net", 2: "hash:net,port"}.get(dimensions, "hash:ip,port,ip")
        suffix = " family inet6" if family == 6 else ""
        yield f"ipset create {name} {kind}{suffix}  # a rule asks for it; add what is in it"


def _gateway(own: Address, length: int) -> Address:
    """The last address of the subnet, which is seldom the host's own."""
    network = ip_network(f"{own}/{length}", strict=False)
    last = network.network_address + (network.num_addresses - 2)
    return last if last != own and last in network else network.network_address + 1

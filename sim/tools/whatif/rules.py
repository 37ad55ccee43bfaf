"""Other rules: one more in front of what stopped the packet, or that one less."""

from __future__ import annotations

from collections.abc import Iterator

from sim.model.rules import ARP, BRIDGE, INET
from sim.packet.arp import arp_of
from sim.packet.headers import IPPROTO_ICMP, IPPROTO_ICMPV6
from sim.packet.packet import Packet
from sim.tell.render import protocol_text
from sim.trace.outcomes.decided import ByPolicy, ByRule
from sim.trace.steps import Fate, PolicyApplied, RuleTried, Step


def rules_before(steps: list[Step], fate: Fate) -> Iterator[str]:
    """An accept in front of what stopped it, narrow then wide; else that rule removed."""
    stopper = next(
        (
            s
            for s in reversed(steps)
            if isinstance(s, (RuleTried, PolicyApplied)) and is_at(s, fate)
        ),
        None,
    )
    if stopper is None:
        return
    where = stopper.where
    command = "iptables" if fate.packet.family == 4 else "ip6tables"
    command = {BRIDGE: "ebtables", ARP: "arptables"}.get(where.family, command)
    table = "" if where.table == "filter" else f" -t {where.table}"
    insert = f"{command}{table} -I {where.chain} {where.rule}"
    spec = {BRIDGE: frame_spec, ARP: arp_spec}.get(where.family, _spec)(stopper.packet)
    yield f"{insert} {spec} -j ACCEPT"
    if isinstance(stopper, PolicyApplied):
        yield f"{command}{table} -P {where.chain} ACCEPT"
    else:
        yield f"{command}{table} -D {where.chain} {where.rule}"


def is_at(step: RuleTried | PolicyApplied, fate: Fate) -> bool:
    where, at = step.where, fate.at
    if not isinstance(at, (ByRule, ByPolicy)) or (at.table, at.chain) != (where.table, where.chain):
        return False
    if where.family != INET and where.family != at.family:
        return False
    if isinstance(step, PolicyApplied):
        return isinstance(at, ByPolicy)
    return isinstance(at, ByRule) and at.number == where.rule and step.held is not False


def frame_spec(packet: Packet) -> str:
    """The packet as a rule of ebtables would name it."""
    message = arp_of(packet)
    if message is not None:
        return f"-p ARP --arp-ip-src {message.sender} --arp-ip-dst {message.target}"
    headers = packet.headers
    name, prefix = ("IPv4", "--ip-") if headers.family == 4 else ("IPv6", "--ip6-")
    words = [f"-p {name} {prefix}src {headers.src} {prefix}dst {headers.dst}"]
    words.append(f"{prefix}proto {headers.protocol}")
    if headers.dport is not None:
        words.append(f"{prefix}dport {headers.dport}")
    return " ".join(words)


def arp_spec(packet: Packet) -> str:
    """The ARP message as a rule of arptables would name it."""
    message = arp_of(packet)
    return "" if message is None else f"-s {message.sender} -d {message.target}"


def _spec(packet: Packet) -> str:
    """The packet as a rule would name it, without what changes from packet to packet."""
    headers = packet.headers
    words = [f"-s {headers.src}", f"-d {headers.dst}"]
    if headers.protocol in (IPPROTO_ICMP, IPPROTO_ICMPV6):
        words.append(f"-p {protocol_text(headers.protocol)}")
    elif headers.dport is not None:
        words.append(f"-p {protocol_text(headers.protocol)} --dport {headers.dport}")
    else:
        words.append(f"-p {headers.protocol}")
    return " ".join(words)

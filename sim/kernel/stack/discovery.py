"""Neighbour discovery for this host: which solicitations it answers, and with what.

ndisc_rcv, ndisc_recv_ns and ndisc_send_na (net/ipv6/ndisc.c).
"""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv6Address

from sim.base.frozen import dataclass
from sim.kernel.routing.core import setting
from sim.kernel.routing.fib import anycast_addresses, forwards6
from sim.kernel.routing.source_address import select6
from sim.kernel.stack import answers
from sim.kernel.stack.answering import answer
from sim.kernel.stack.answers import SOLICITATION
from sim.kernel.stack.core import Stack
from sim.kernel.stack.delivered import delivered, dropped
from sim.kernel.stack.neighbours import is_known, meet
from sim.kernel.stack.skb import Skb
from sim.model.host import Interface
from sim.model.kernel_settings import Met
from sim.model.replies import ReplyKind
from sim.packet.packet import Packet
from sim.trace.outcomes import sockets as ends
from sim.trace.outcomes.base import Cause
from sim.trace.outcomes.decided import ByPart
from sim.trace.steps import Step

SOURCE_ADDRESS = 1  # option: the link-layer address of the sender
HOP_LIMIT = 255  # a router would have made it less
SMALLEST = 24  # bytes of a solicitation or advertisement without options
ALL_NODES = IPv6Address("ff02::1")
SOLICITED_NODE = bytes.fromhex("ff0200000000000000000001ff")


@dataclass(frozen=True, slots=True)
class Solicitation:
    """What somebody asks: who has ``target``? ``mac`` is the sender's, if it says so.

    ``wrong``: why the kernel does not look at it.
    """

    target: IPv6Address
    mac: bytes = b""
    wrong: Cause | None = None


def discover(stack: Stack, skb: Skb) -> Iterator[Step]:
    """A message of neighbour discovery for this host."""
    icmp, host = skb.packet.headers.icmp, stack.runtime.host
    interface = host.interface(skb.in_iface)
    assert icmp is not None
    if interface is None:
        yield from dropped(stack, skb, ends.DiscoveryElsewhere())
    elif _was_fragment(skb) and setting(host, skb.in_iface, "suppress_frag_ndisc", "1", 6):
        yield from dropped(stack, skb, ends.DiscoveryFragment())
    elif skb.packet.headers.ttl != HOP_LIMIT:
        yield from dropped(stack, skb, ends.DiscoveryFromAfar())
    elif icmp.code:
        yield from dropped(stack, skb, ends.DiscoveryCode())
    elif icmp.type == SOLICITATION:
        yield from _solicited(stack, skb, interface)
    else:
        yield from delivered(stack, skb, ends.KernelDiscovery())


def _was_fragment(skb: Skb) -> bool:
    """IP6SKB_FRAGMENTED: gathered, or alone behind a fragment header."""
    headers = skb.packet.headers
    return skb.fragments.largest > 0 or any(number == 44 for number, _ in headers.extensions)


def read_solicitation(packet: Packet, mac_length: int = 6) -> Solicitation:
    """A solicitation's target and sender, with what ndisc_recv_ns finds wrong about it."""
    body, headers = packet.payload, packet.headers
    if len(body) < SMALLEST:
        return Solicitation(IPv6Address(0), wrong=ends.SolicitationShort())
    target = IPv6Address(body[8:24])
    is_anonymous = not int(headers.src)
    if target.is_multicast:
        return Solicitation(target, wrong=ends.SolicitationForMany())
    if is_anonymous and not headers.dst.packed.startswith(SOLICITED_NODE):
        return Solicitation(target, wrong=ends.AnonymousToMany())
    options = _options(body[SMALLEST:])
    if options is None:
        return Solicitation(target, wrong=ends.DiscoveryOptionsCut())
    mac = options.get(SOURCE_ADDRESS, b"")
    if mac and len(mac) != mac_length:
        return Solicitation(target, wrong=ends.MacLengthWrong())
    if mac and is_anonymous:
        return Solicitation(target, wrong=ends.AnonymousWithMac())
    return Solicitation(target, mac)


def _options(data: bytes) -> dict[int, bytes] | None:
    """ndisc_parse_options: the first of each kind without its two leading bytes."""
    found: dict[int, bytes] = {}
    at = 0
    while at < len(data):
        size = data[at + 1] * 8 if at + 1 < len(data) else 0
        if not size or at + size > len(data):
            return None
        found.setdefault(data[at], data[at + 2 : at + size])
        at += size
    return found


def _solicited(stack: Stack, skb: Skb, interface: Interface) -> Iterator[Step]:
    packet, host, dev = skb.packet, stack.runtime.host, skb.in_iface
    headers = packet.headers
    asked = read_solicitation(packet)
    if asked.wrong is not None:
        yield from dropped(stack, skb, asked.wrong)
        return
    own = {entry.address.ip: entry for entry in interface.addresses if entry.address.version == 6}
    entry = own.get(asked.target)
    if entry is None and asked.target not in anycast_addresses(host, interface):
        yield from delivered(stack, skb, ends.KernelItself(), ends.NotItsAddress())
        return
    if entry is not None and entry.tentative:
        yield from delivered(stack, skb, ends.KernelItself(), ends.AddressTentative())
        return
    to_group, is_anonymous = headers.dst.is_multicast, not int(headers.src)
    if not is_anonymous:
        if not to_group or asked.mac:
            meet(stack, headers.src, dev, asked.mac.hex(":"))
        elif not is_known(stack, headers.src, dev):
            yield from delivered(stack, skb, ends.KernelItself(), ends.SenderUnknown())
            return
    to = ALL_NODES if is_anonymous else headers.src
    assert isinstance(to, IPv6Address)
    source = asked.target if entry is not None else select6(host, dev, to)
    if source is None:
        yield from delivered(stack, skb, ends.KernelItself(), ends.NoAddressToAnswer())
        return
    tells_mac = to_group or (entry is not None and bool(setting(host, dev, "force_tllao", "0", 6)))
    reply = answers.advertisement(
        source, to, asked.target,
        mac=interface.mac if tells_mac else "",
        is_router=forwards6(host, interface),
        is_solicited=not is_anonymous,
        overrides=entry is not None and to_group,
    )  # fmt: skip
    if not (yield from stack.meets(skb, Met.DISCOVERY, ByPart.SOCKET)):
        return
    yield from answer(stack, skb, reply, ReplyKind.NEIGHBOUR_ADVERTISEMENT, dev)
    yield from delivered(stack, skb, ends.KernelAdvertises())

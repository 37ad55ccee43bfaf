"""Next hops that do not answer: the question, the wait, and what the sender is told.

Only those that the host text calls ``failed``; every other neighbour is taken to answer.
net/ipv4/arp.c, net/ipv6/ndisc.c, net/core/neighbour.c.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import field
from ipaddress import IPv6Address

from sim.base.frozen import dataclass, replace
from sim.kernel.routing.source_address import link_local
from sim.kernel.stack.answering import answer, end_told, send_error
from sim.kernel.stack.answers import solicitation
from sim.kernel.stack.core import Stack
from sim.kernel.stack.skb import Skb, Waiting
from sim.model.host import RouteKind
from sim.model.kernel_settings import Met
from sim.model.replies import ReplyKind
from sim.packet.icmp import DEST_UNREACH, V6_DEST_UNREACH
from sim.packet.packet import Address, Packet
from sim.trace.outcomes.decided import ByPart, FateVerdict
from sim.trace.outcomes.neighbours import AskedAnew, GivesUpAsking, NobodyAnswers
from sim.trace.steps import Step

# Devices on which the next hop must be found by ARP or neighbour discovery.
NEEDS_NEIGHBOUR = frozenset(
    {"ethernet", "bridge", "vlan", "veth", "bond", "dummy", "macvlan", "wlan"}
)


@dataclass(slots=True)
class Acquaintances:
    """Neighbours of which the kernel keeps an entry, beside those of the host text, with the MAC
    that they told; empty: nobody can know which they have.
    """

    met: dict[tuple[Address, str], str] = field(default_factory=dict)


def meet(stack: Stack, address: Address, dev: str, mac: str = "") -> None:
    """From now on there is an entry for this neighbour (__neigh_create)."""
    known = stack.runtime.state.setdefault(Acquaintances, Acquaintances()).met
    known[address, dev] = mac or known.get((address, dev), "")


def is_known(stack: Stack, address: Address, dev: str) -> bool:
    """Is there an entry for this neighbour, in whatever state (neigh_lookup)?"""
    if any((n.address, n.dev) == (address, dev) for n in stack.runtime.host.neighbours):
        return True
    known = stack.runtime.state.get(Acquaintances)
    return isinstance(known, Acquaintances) and (address, dev) in known.met


def mac_of(stack: Stack, address: Address, dev: str) -> str | None:
    """The MAC in the kernel's entry, empty if only the neighbour could tell; without entry none.

    Without ARP and neighbour discovery every neighbour has the device's own.
    """
    host = stack.runtime.host
    interface = host.interface(dev)
    if interface is not None and interface.kind not in NEEDS_NEIGHBOUR:
        return None
    if interface is not None and interface.noarp:
        return interface.mac
    for entry in host.neighbours:
        if (entry.address, entry.dev) == (address, dev):
            return None if entry.failed else entry.mac
    known = stack.runtime.state.get(Acquaintances)
    return known.met.get((address, dev)) if isinstance(known, Acquaintances) else None


def is_deaf(stack: Stack, skb: Skb) -> bool:
    """Is the next hop one of which the host text says that it does not answer?"""
    host = stack.runtime.host
    interface = host.interface(skb.out_iface)
    if interface is None or interface.noarp or interface.kind not in NEEDS_NEIGHBOUR:
        return False
    if skb.kind in (RouteKind.BROADCAST, RouteKind.MULTICAST):
        return False
    target = skb.next_hop or skb.packet.headers.dst
    return any(
        entry.failed and entry.address == target and entry.dev == skb.out_iface
        for entry in host.neighbours
    )


def wait_for_neighbour(stack: Stack, skb: Skb, piece: Packet) -> Iterator[Step]:
    """Put the packet, cut into pieces of which ``piece`` is the first, by until the end."""
    if not (yield from stack.meets(skb, Met.UNANSWERED, ByPart.NEIGHBOUR)):
        return
    skb.waiting = Waiting(piece)
    stack.unanswered.append(skb)
    if skb.packet.family == 6:
        yield from _solicit(stack, skb, piece)


def _solicit(stack: Stack, skb: Skb, piece: Packet) -> Iterator[Step]:
    """ndisc_solicit: the question is an IPv6 packet of its own (told once, though repeated)."""
    host, dev = stack.runtime.host, skb.out_iface
    interface = host.interfaces[dev]
    target = skb.next_hop or skb.packet.headers.dst
    own = {entry.address.ip for entry in interface.addresses}
    source = skb.packet.headers.src if skb.packet.headers.src in own else link_local(host, dev)
    if source is None or not isinstance(target, IPv6Address):
        return
    is_asked = any(
        other.waiting is not None and other.waiting.neighbour == (dev, target)
        for other in stack.unanswered
    )
    skb.waiting = Waiting(piece, (dev, target))
    if is_asked:
        return
    packet = solicitation(target, source, interface.mac)
    with skb.aside():
        yield from answer(stack, skb, packet, ReplyKind.NEIGHBOUR_SOLICITATION, dev)


def give_up(stack: Stack) -> Iterator[Step]:
    """Some seconds later: what waited for a neighbour in vain ends, in order.

    neigh_invalidate: once the kernel has to ask for it again, because of an error that it sends,
    the rest of the queue is thrown away, and nobody is told.
    """
    while stack.unanswered:
        neighbour = _asked_for(stack.unanswered[0])
        together = deque(_waiting_for(stack, neighbour))
        with stack.busy:
            while together:
                yield from _no_neighbour(stack, together.popleft())
                if any(_asked_for(skb) == neighbour for skb in stack.unanswered):
                    together.extend(_waiting_for(stack, neighbour))
                    break
            for skb in together:
                why = AskedAnew(_asked_for(skb)[1])
                yield from stack.end(skb, FateVerdict.DROPPED, ByPart.NEIGHBOUR, why)
        yield from stack.drain()


def _waiting_for(stack: Stack, neighbour: tuple[str, Address]) -> list[Skb]:
    """Take out those that wait for this one."""
    waiting = [skb for skb in stack.unanswered if _asked_for(skb) == neighbour]
    stack.unanswered = [skb for skb in stack.unanswered if _asked_for(skb) != neighbour]
    return waiting


def _asked_for(skb: Skb) -> tuple[str, Address]:
    return skb.out_iface, skb.next_hop or skb.packet.headers.dst


def _no_neighbour(stack: Stack, skb: Skb) -> Iterator[Step]:
    """ipv4_link_failure, ndisc_error_report: after about three seconds of asking."""
    dev, target = _asked_for(skb)
    yield stack.note(skb, GivesUpAsking(target, dev))
    whole = skb.packet
    # It was cut before it had to wait; and by now TEE has long sent its copy.
    piece = skb.waiting.piece if skb.waiting is not None else whole
    skb.packet = replace(piece, is_copy=False)
    if whole.family == 4:
        yield from send_error(stack, skb, DEST_UNREACH, 1, ReplyKind.ICMP_HOST_UNREACHABLE)
    else:
        yield from send_error(stack, skb, V6_DEST_UNREACH, 3, ReplyKind.ICMP6_ADDR_UNREACHABLE)
    skb.packet = whole
    yield from end_told(stack, skb, ByPart.NEIGHBOUR, NobodyAnswers(target, dev))

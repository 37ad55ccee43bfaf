"""Next hops that do not answer: the question, the wait, and what the sender is told.

Only those that the host text calls ``failed``; every other neighbour is taken to answer.
net/ipv4/arp.c, net/ipv6/ndisc.c, net/core/neighbour.c.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import replace
from ipaddress import IPv6Address

from sim.base.values import address_text
from sim.kernel.routing.source_address import link_local
from sim.kernel.stack.answering import answer, send_error
from sim.kernel.stack.answers import solicitation
from sim.kernel.stack.core import Skb, Stack
from sim.packet.icmp import DEST_UNREACH, V6_DEST_UNREACH
from sim.packet.packet import Address, Packet
from sim.trace.steps import Step

# Devices on which the next hop must be found by ARP or neighbour discovery.
NEEDS_NEIGHBOUR = frozenset(
    {"ethernet", "bridge", "vlan", "veth", "bond", "dummy", "macvlan", "wlan"}
)


def is_deaf(stack: Stack, skb: Skb) -> bool:
    """Is the next hop one of which the host text says that it does not answer?"""
    host = stack.runtime.host
    interface = host.interface(skb.out_iface)
    if interface is None or interface.noarp or interface.kind not in NEEDS_NEIGHBOUR:
        return False
    if skb.kind in ("broadcast", "multicast"):
        return False
    target = skb.next_hop or skb.packet.headers.dst
    return any(
        entry.failed and entry.address == target and entry.dev == skb.out_iface
        for entry in host.neighbours
    )


def wait_for_neighbour(stack: Stack, skb: Skb, piece: Packet) -> Iterator[Step]:
    """Put the packet, cut into pieces of which ``piece`` is the first, by until the end."""
    skb.first_piece = piece
    stack.unanswered.append(skb)
    if skb.packet.family == 6:
        yield from _solicit(stack, skb)


def _solicit(stack: Stack, skb: Skb) -> Iterator[Step]:
    """ndisc_solicit: the question is an IPv6 packet of its own (told once, though repeated)."""
    host, dev = stack.runtime.host, skb.out_iface
    interface = host.interfaces[dev]
    target = skb.next_hop or skb.packet.headers.dst
    own = {entry.address.ip for entry in interface.addresses}
    source = skb.packet.headers.src if skb.packet.headers.src in own else link_local(host, dev)
    if source is None or not isinstance(target, IPv6Address):
        return
    if any(other.waits_for == (dev, target) for other in stack.unanswered):
        skb.waits_for = (dev, target)
        return
    skb.waits_for = (dev, target)
    answered = skb.is_answered
    packet = solicitation(target, source, interface.mac)
    yield from answer(stack, skb, packet, "neighbour-solicitation", dev)
    skb.is_answered = answered


def give_up(stack: Stack) -> Iterator[Step]:
    """Some seconds later: what waited for a neighbour in vain ends, in order.

    neigh_invalidate: once the kernel has to ask for it again, because of an error that it sends,
    the rest of the queue is thrown away, and nobody is told.
    """
    while stack.unanswered:
        neighbour = _asked_for(stack.unanswered[0])
        together = deque(_waiting_for(stack, neighbour))
        stack.busy += 1
        while together:
            yield from _no_neighbour(stack, together.popleft())
            if any(_asked_for(skb) == neighbour for skb in stack.unanswered):
                together.extend(_waiting_for(stack, neighbour))
                break
        for skb in together:
            sentence = f"Dropped: {_name(skb)}, for which it waits, is asked for all over again."
            yield from stack.end(skb, "dropped", "neighbour", sentence)
        stack.busy -= 1
        yield from stack.drain()


def _waiting_for(stack: Stack, neighbour: tuple[str, Address]) -> list[Skb]:
    """Take out those that wait for this one."""
    waiting = [skb for skb in stack.unanswered if _asked_for(skb) == neighbour]
    stack.unanswered = [skb for skb in stack.unanswered if _asked_for(skb) != neighbour]
    return waiting


def _asked_for(skb: Skb) -> tuple[str, Address]:
    return skb.out_iface, skb.next_hop or skb.packet.headers.dst


def _name(skb: Skb) -> str:
    return address_text(_asked_for(skb)[1])


def _no_neighbour(stack: Stack, skb: Skb) -> Iterator[Step]:
    """ipv4_link_failure, ndisc_error_report: after about three seconds of asking."""
    target = _name(skb)
    yield stack.note(
        skb, "neighbour", f"{target} does not answer on {skb.out_iface}; the host gives up asking."
    )
    whole = skb.packet
    # It was cut before it had to wait; and by now TEE has long sent its copy.
    skb.packet = replace(skb.first_piece or whole, is_copy=False)
    if whole.family == 4:
        yield from send_error(stack, skb, DEST_UNREACH, 1, "icmp-host-unreachable")
    else:
        yield from send_error(stack, skb, V6_DEST_UNREACH, 3, "icmp6-addr-unreachable")
    skb.packet = whole
    verdict = "rejected" if skb.is_answered else "dropped"
    sentence = f"Not delivered: nobody answers for {target} on {skb.out_iface}."
    yield from stack.end(skb, verdict, "neighbour", sentence, reason=skb.is_answered)

"""The header fields of a packet beside each other, and what a step changed of them."""

from __future__ import annotations

from dataclasses import dataclass

from sim.model.replies import ReplyKind
from sim.packet.packet import Packet
from sim.tell.render import flags_text, packet_text
from sim.trace import steps as t
from sim.trace.outcomes.base import Topic
from sim.trace.outcomes.decided import ByPart


@dataclass(frozen=True, slots=True)
class HeaderField:
    """``before`` is empty where the step left the field alone."""

    name: str
    value: str
    before: str = ""


def fields_of(packet: Packet) -> dict[str, str]:
    """What rules look at most, in the order of the wire; empty for bytes that are no packet."""
    try:
        headers = packet.headers
    except ValueError:
        return {}
    fields = {"source": str(headers.src)}
    if headers.sport is not None:
        fields["sport"] = str(headers.sport)
    fields["destination"] = str(headers.dst)
    if headers.dport is not None:
        fields["dport"] = str(headers.dport)
    if headers.tcp:
        fields["flags"] = flags_text(headers.tcp.flags)
    fields["ttl" if headers.family == 4 else "hop limit"] = str(headers.ttl)
    fields["tos"] = f"{headers.tos:#x}"
    fields["length"] = str(len(packet.data))
    fields["mark"] = f"{packet.mark:#x}"
    return fields


def changed_by(step: t.Step) -> tuple[HeaderField, ...]:
    """The whole header with the changed fields marked; nothing when none changed."""
    before = getattr(step, "before", None)
    if before is None:
        return ()
    old, new = fields_of(before) | _macs(before), fields_of(step.packet) | _macs(step.packet)
    fields = tuple(
        HeaderField(name, value, old.get(name, "none") if old.get(name) != value else "")
        for name, value in new.items()
        if old.get(name) != value or not name.endswith("MAC")
    )
    return fields if any(one.before for one in fields) else ()


def _macs(packet: Packet) -> dict[str, str]:
    """The addresses of the frame, which ebtables may rewrite."""
    link = packet.link
    if link is None or not link.src_mac:
        return {}
    return {"source MAC": link.src_mac, "destination MAC": link.dst_mac}


def tuple_of(packet: Packet) -> str:
    """The marker's label: protocol and ends."""
    return " ".join(packet_text(packet).split()[: 5 if packet.is_arp else 4]).replace("->", "→")


def place_of(step: t.Step) -> str:
    """The station of a step, as far as the step alone tells; empty: where the packet was."""
    if isinstance(step, t.Arrived):
        return "wire in"
    if isinstance(step, (t.Originated, t.Emitted)):
        return "" if is_copy(step) else "process"
    if isinstance(step, t.Routed):
        return "routing" if step.where.in_iface else "routing out"
    if isinstance(step, t.Sent):
        return "wire out"
    if isinstance(step, t.Noted) and step.topic in (Topic.BRIDGE, Topic.IPSEC):
        return step.topic
    if isinstance(step, t.Fate) and is_at_socket(step):
        return "process"
    if isinstance(step, t.Fate) and step.at is ByPart.BRIDGE:
        return "bridge"
    return step.where.hook or ""


def is_at_socket(fate: t.Fate) -> bool:
    """Whether a packet came through INPUT: that nobody listens is found at the socket."""
    return fate.verdict == "delivered" or fate.at is ByPart.SOCKET


def is_copy(step: t.Step) -> bool:
    """Whether a packet begins where another is, as a copy or a piece of it: nobody made it."""
    return isinstance(step, t.Emitted) and step.reason in (
        ReplyKind.FLOOD,
        ReplyKind.LOCAL_COPY,
        ReplyKind.FRAGMENT,
    )

"""The fields that options compare: how each is read as a number, and how large it can be.

Everything here is a whole number from 0 to ``top``; addresses are their numbers, a device its
name's sixteen bytes (so that the beginning of a name is a range of numbers).
"""

from __future__ import annotations

from collections.abc import Callable

from sim.base.frozen import dataclass
from sim.extensions.ct_template import entry
from sim.extensions.extension import Context
from sim.extensions.matchers.clauses import header_bytes
from sim.extensions.matchers.ct_states import STATES, seen_states
from sim.extensions.matchers.pkttype import TYPES, seen_type
from sim.extensions.matchers.tcpmss import mss_option
from sim.model.flow import Flow

NAME_BYTES = 16  # IFNAMSIZ, include/uapi/linux/if.h
NO_MSS = 1 << 16  # read where a header has no MSS option: above every size
CT_STATUS = ("EXPECTED", "SEEN_REPLY", "ASSURED", "CONFIRMED")

Read = Callable[[Context], int | None]


@dataclass(frozen=True, slots=True)
class PacketField:
    """``read`` gives ``None`` when the packet has no such field: then no clause on it holds.

    ``can_change``: may a target of a chain change it for the rules that follow?
    """

    name: str
    read: Read
    top: int
    top6: int = 0  # where IPv6 differs
    can_change: bool = False

    def highest(self, family: int) -> int:
        return self.top6 if family == 6 and self.top6 else self.top


def device_number(name: str) -> int:
    """A device name as a number; empty: 0, no device."""
    return int.from_bytes(name.encode()[:NAME_BYTES].ljust(NAME_BYTES, b"\0"))


def _later_fragment(ctx: Context) -> int:
    return int(ctx.packet.headers.fragment_offset > 0)


def _flags(ctx: Context) -> int | None:
    tcp = ctx.packet.headers.tcp
    return None if tcp is None else tcp.flags


def _icmp(ctx: Context) -> int | None:
    icmp = ctx.packet.headers.icmp
    return None if icmp is None else icmp.type * 256 + icmp.code


def _mac(ctx: Context) -> int | None:
    link = ctx.packet.link
    return int(link.src_mac.replace(":", ""), 16) if link is not None and link.src_mac else None


def _packet_type(ctx: Context) -> int:
    return TYPES.index(seen_type(ctx))


def _group(device: Callable[[Context], str]) -> Read:
    def read(ctx: Context) -> int:
        found = ctx.host.interface(device(ctx))
        return found.group if found else 0

    return read


def _word(size: int, at: int, width: int) -> Read:
    """A number in the transport header, which must have ``size`` bytes."""

    def read(ctx: Context) -> int | None:
        part = ctx.packet.data[ctx.packet.headers.payload_offset :]
        if ctx.packet.headers.fragment_offset or len(part) < size:
            return None
        return int.from_bytes(part[at : at + width], "big")

    return read


def _mss(ctx: Context) -> int | None:
    part = header_bytes(ctx)
    size = (part[12] >> 4) * 4 if len(part) >= 20 else 0
    if not 20 <= size <= len(part):
        return None
    found = mss_option(part[20:size])
    return NO_MSS if found is None else found


def _of_entry(read: Callable[[Flow], int | None]) -> Read:
    """A property of the packet's conntrack entry; it may have none."""

    def find(ctx: Context) -> int | None:
        flow = entry(ctx)
        return None if flow is None else read(flow)

    return find


def _state(ctx: Context) -> int:
    return sum(1 << STATES.index(state) for state in seen_states(ctx))


def _direction(ctx: Context) -> int | None:
    return None if entry(ctx) is None else int(ctx.packet.ct_reply)


def _status(flow: Flow) -> int:
    return sum(1 << at for at, bit in enumerate(CT_STATUS) if bit in flow.status)


_PORT, _WORD, _V4, _V6 = 0xFFFF, 0xFFFFFFFF, 2**32 - 1, 2**128 - 1
_NAME = (1 << 8 * NAME_BYTES) - 1


def _headers() -> tuple[PacketField, ...]:
    return (
        PacketField("iif", lambda ctx: device_number(ctx.in_iface), _NAME),
        PacketField("oif", lambda ctx: device_number(ctx.out_iface), _NAME),
        PacketField("src", lambda ctx: int(ctx.packet.headers.src), _V4, _V6),
        PacketField("dst", lambda ctx: int(ctx.packet.headers.dst), _V4, _V6),
        PacketField("protocol", lambda ctx: ctx.packet.headers.protocol, 255),
        PacketField("later_fragment", _later_fragment, 1),
        PacketField("length", lambda ctx: ctx.packet.headers.length, _PORT),
        PacketField("ttl", lambda ctx: ctx.packet.headers.ttl, 255, can_change=True),
        PacketField("tos", lambda ctx: ctx.packet.headers.tos, 255, can_change=True),
        PacketField("sport", lambda ctx: ctx.packet.headers.sport, _PORT),
        PacketField("dport", lambda ctx: ctx.packet.headers.dport, _PORT),
        PacketField("flags", _flags, 255),
        PacketField("mss", _mss, NO_MSS, can_change=True),
        PacketField("icmp", _icmp, 65535),  # type in the upper byte, code in the lower
        PacketField("esp_spi", _word(8, 0, 4), _WORD),
        PacketField("ah_spi", _word(12, 4, 4), _WORD),
        PacketField("ipcomp_cpi", _word(4, 2, 2), _PORT),
    )


def _beside() -> tuple[PacketField, ...]:
    """What rides beside the packet, and the devices' own properties."""
    return (
        PacketField("mark", lambda ctx: ctx.packet.mark, _WORD, can_change=True),
        PacketField("mac_source", _mac, 2**48 - 1),
        PacketField("packet_type", _packet_type, len(TYPES) - 1, can_change=True),
        PacketField("realm", lambda ctx: ctx.realm, _WORD),
        PacketField("in_group", _group(lambda ctx: ctx.in_iface), _WORD),
        PacketField("out_group", _group(lambda ctx: ctx.out_iface), _WORD),
    )


def _conntrack() -> tuple[PacketField, ...]:
    """Without an entry only the state can be read; a target may give the packet another entry."""

    def of_entry(
        name: str, read: Callable[[Flow], int | None], top: int, top6: int = 0
    ) -> PacketField:
        return PacketField(name, _of_entry(read), top, top6, can_change=True)

    return (
        # A bit for each of STATES: one for the packet, SNAT and DNAT for its entry.
        PacketField("ctstate", _state, (1 << len(STATES)) - 1, can_change=True),
        PacketField("ctdir", _direction, 1, can_change=True),  # 0 original, 1 reply
        of_entry("ctmark", lambda flow: flow.mark, _WORD),
        of_entry("ctproto", lambda flow: flow.original.protocol, 255),
        of_entry("ctorigsrc", lambda flow: int(flow.original.src), _V4, _V6),
        of_entry("ctorigdst", lambda flow: int(flow.original.dst), _V4, _V6),
        of_entry("ctreplsrc", lambda flow: int(flow.reply.src), _V4, _V6),
        of_entry("ctrepldst", lambda flow: int(flow.reply.dst), _V4, _V6),
        of_entry("ctorigsrcport", lambda flow: flow.original.sport, _PORT),
        of_entry("ctorigdstport", lambda flow: flow.original.dport, _PORT),
        of_entry("ctreplsrcport", lambda flow: flow.reply.sport, _PORT),
        of_entry("ctrepldstport", lambda flow: flow.reply.dport, _PORT),
        of_entry("ctstatus", _status, (1 << len(CT_STATUS)) - 1),  # a bit for each of CT_STATUS
    )


FIELDS: dict[str, PacketField] = {
    each.name: each for each in (*_headers(), *_beside(), *_conntrack())
}

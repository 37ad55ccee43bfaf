"""-m pkttype: how the frame was addressed (net/netfilter/xt_pkttype.c).

What the host itself sends counts as unicast; a copy that it loops back to itself is multicast
or broadcast by its IP destination.
"""

from __future__ import annotations

from sim.base.values import Exactly
from sim.extensions.comparison import Within, compares, within
from sim.extensions.drawing import DrawPlace
from sim.extensions.extension import Context, Field, MatchType, Option, RuleContext
from sim.extensions.listing import Listing
from sim.packet.kinds import PacketType

# PACKET_HOST, PACKET_BROADCAST, ...: uapi/linux/if_packet.h
TYPES = ("unicast", "broadcast", "multicast", "otherhost")
_NAMES = {
    "unicast": "unicast", "broadcast": "broadcast", "multicast": "multicast",
    "otherhost": "otherhost", "bcast": "broadcast", "mcast": "multicast", "host": "unicast",
}  # fmt: skip


def _kind(text: str, rule: RuleContext) -> Exactly:
    name = _NAMES.get(text.lower())
    if name is None:
        raise ValueError(f'"{text}" is no packet type: unicast, broadcast, multicast or otherhost')
    return Exactly(name)


def _wanted(value: Exactly) -> Within:
    at = TYPES.index(str(value.value))
    return within((at, at))


def seen_type(ctx: Context) -> str:
    """One of ``TYPES``."""
    link = ctx.packet.link
    if link is None:
        return "unicast"
    if link.kind is PacketType.LOOPBACK:
        return "multicast" if ctx.packet.headers.dst.is_multicast else "broadcast"
    return _NAMES[link.kind]


def _draw(place: DrawPlace) -> str:
    kind = place.world.pick(("unicast", "unicast", "broadcast", "multicast"))
    return f"{place.negation()}--pkt-type {kind}"


MATCH = MatchType(
    "pkttype",
    options=(
        Option("--pkt-type", _kind, required=True, invert=True, metavar="TYPE",
               field=Field("packet type", seen_type),
               help="unicast (to us), broadcast, multicast or otherhost",
               compares=compares("packet_type", wanted=_wanted)),
    ),
    by_fields=True,
    help="how the frame was addressed",
    listing=Listing(parts={"--pkt-type": "PKTTYPE {n}= {}"}),
    draw=_draw,
    examples=("--pkt-type unicast",),
)  # fmt: skip

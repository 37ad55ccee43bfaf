"""-m pkttype: how the frame was addressed (net/netfilter/xt_pkttype.c).

What the host itself sends counts as unicast; a copy that it loops back to itself is multicast
or broadcast by its IP destination.
"""

from __future__ import annotations

from sim.base.values import Exactly
from sim.extensions.extension import Context, Field, MatchType, Option, RuleContext

_NAMES = {
    "unicast": "unicast", "broadcast": "broadcast", "multicast": "multicast",
    "otherhost": "otherhost", "bcast": "broadcast", "mcast": "multicast", "host": "unicast",
}  # fmt: skip


def _kind(text: str, rule: RuleContext) -> Exactly:
    name = _NAMES.get(text.lower())
    if name is None:
        raise ValueError(f'"{text}" is no packet type: unicast, broadcast, multicast or otherhost')
    return Exactly(name)


def _seen(ctx: Context) -> str:
    link = ctx.packet.link
    if link is None:
        return "unicast"
    if link.kind == "loopback":
        return "multicast" if ctx.packet.headers.dst.is_multicast else "broadcast"
    return _NAMES[link.kind]


MATCH = MatchType(
    "pkttype",
    options=(
        Option("--pkt-type", _kind, required=True, invert=True, metavar="TYPE",
               field=Field("packet type", _seen),
               help="unicast (to us), broadcast, multicast or otherhost"),
    ),
    by_fields=True,
    help="how the frame was addressed",
)  # fmt: skip

"""-m udp: the ports of a UDP header (net/netfilter/xt_tcpudp.c)."""

from __future__ import annotations

from sim.extensions.comparison import WHOLE_PACKET, compares
from sim.extensions.drawing import DrawPlace
from sim.extensions.extension import Context, Judgement, MatchType, Option, in_order
from sim.extensions.listing import ports
from sim.extensions.matchers.clauses import unreadable
from sim.extensions.matchers.ports import (
    PLAIN_PORT,
    drawn_ports,
    port_clauses,
    resolved_range,
    saved_ports,
)
from sim.extensions.traits import Steady
from sim.model.rules import Args
from sim.packet.headers import IPPROTO_UDP


def _judge(args: Args, ctx: Context) -> Judgement:
    blind = unreadable("udp", ctx, 8, "UDP")
    if blind is not None:
        return blind
    udp = ctx.packet.headers.udp
    assert udp is not None
    return in_order(port_clauses("udp", args, udp.sport, udp.dport))


def _draw(place: DrawPlace) -> str | None:
    return drawn_ports(place) if place.protocol == "udp" else None


MATCH = MatchType(
    "udp",
    options=(
        Option("--sport", resolved_range, aliases=("--source-port",), invert=True,
               plain=PLAIN_PORT, metavar="PORT[:PORT]", help="source port or range of ports",
               compares=compares("sport")),
        Option("--dport", resolved_range, aliases=("--destination-port",), invert=True,
               plain=PLAIN_PORT, metavar="PORT[:PORT]", help="destination port or range of ports",
               compares=compares("dport")),
    ),
    protocols=frozenset({IPPROTO_UDP}),
    save=lambda args, family: " ".join(saved_ports(args)),
    judge=_judge,
    help="ports of UDP",
    steady=Steady.ALWAYS,
    presumes=WHOLE_PACKET,
    listing=ports("udp"),
    draw=_draw,
    examples=("--dport 70", "--sport 53"),
    is_native=True,
)  # fmt: skip

"""-m eui64: the source address was made from the source MAC (net/ipv6/netfilter/ip6t_eui64.c)."""

from __future__ import annotations

from sim.extensions.drawing import DrawPlace, F, I, P
from sim.extensions.extension import Clause, Context, Judgement, MatchType
from sim.extensions.listing import Listing
from sim.extensions.traits import Steady
from sim.model.rules import Args, Hook


def _judge(args: Args, ctx: Context) -> Judgement:
    mac = ctx.packet.link.src_mac if ctx.packet.link else ""
    want = "source address made from the source MAC"
    if not mac:
        return Judgement((Clause("eui64", "", want, "no Ethernet header", False, False),))
    octets = bytes.fromhex(mac.replace(":", ""))
    made = bytes((octets[0] ^ 2,)) + octets[1:3] + b"\xff\xfe" + octets[3:]
    source = ctx.packet.headers.src
    held = source.packed[8:] == made
    return Judgement((Clause("eui64", "", want, f"{source} from {mac}", False, held),))


def _draw(place: DrawPlace) -> str | None:
    return "" if place.within(P, I, F) else None


MATCH = MatchType(
    "eui64",
    families=frozenset({6}),
    hooks=frozenset({Hook.PREROUTING, Hook.INPUT, Hook.FORWARD}),
    judge=_judge,
    help="source address belongs to the source MAC",
    steady=Steady.ALWAYS,
    listing=Listing("eui64"),
    draw=_draw,
    examples=("",),
)

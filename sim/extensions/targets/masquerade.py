"""-j MASQUERADE: SNAT to the address of the device the packet leaves on.

net/netfilter/xt_MASQUERADE.c, nf_nat_masquerade.c.
"""

from __future__ import annotations

from sim.base.frozen import replace
from sim.extensions.drawing import PORTED, DrawPlace, S
from sim.extensions.extension import Answer, Context, NatRange, Option, SetNat, TargetType
from sim.extensions.listing import Listing
from sim.extensions.targets.nat_range import (
    RANDOM,
    RANDOM_FULLY,
    describe,
    save_ports,
    with_flags,
    without_base,
)
from sim.extensions.traits import Changes
from sim.model.flow import Manip
from sim.model.rules import Args, Hook, Verdict


def apply(args: Args, ctx: Context) -> Answer:
    """Sources 0.0.0.0 are left alone; a device without an address costs the packet."""
    packet = ctx.packet
    source = ctx.flow.original.src if ctx.flow is not None else packet.headers.src
    if ctx.family == 4 and int(source) == 0:
        return Answer(Verdict.ACCEPT, packet, "source 0.0.0.0 is left alone")
    address = ctx.runtime.routing.masquerade_address(
        ctx.family, ctx.out_iface, ctx.next_hop, packet.headers.dst
    )
    if address is None:
        return Answer(
            Verdict.DROP, packet, f"no address to masquerade as: {ctx.out_iface} has none"
        )
    wanted = replace(
        with_flags(args.value("--to-ports", NatRange()), args),
        min_address=address,
        max_address=address,
    )
    text = f"{describe('source', wanted)} (address of {ctx.out_iface})"
    return Answer(Verdict.ACCEPT, packet, text, (SetNat(Manip.SRC, wanted, masquerade=True),))


def _draw(place: DrawPlace) -> str | None:
    if not place.within(S):
        return None
    ports = f"--to-ports {place.world.pick(('2000', '3000-3050'))}"
    flags = place.world.pick(("", "", "--random", "--random-fully"))
    return f"{ports if place.protocol in PORTED and place.chance(0.3) else ''} {flags}"


TARGET = TargetType(
    "MASQUERADE",
    options=(
        Option(
            "--to-ports",
            without_base,
            save=save_ports,
            metavar="PORT[-PORT]",
            help="source ports to use",
        ),
        RANDOM,
        RANDOM_FULLY,
    ),
    tables=frozenset({"nat"}),
    hooks=frozenset({Hook.POSTROUTING}),
    apply=apply,
    needs_conntrack=True,
    help="rewrite the source to the address of the outgoing device",
    ends=True,
    changes=Changes.NOTHING,
    listing=Listing(
        parts={
            "--to-ports": "masq ports: {}",
            "--random": "random",
            "--random-fully": "random-fully",
        }
    ),
    draw=_draw,
    examples=("", "--random", "--random --random-fully", "--to-ports 80"),
)

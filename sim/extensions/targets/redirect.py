"""-j REDIRECT: DNAT to this host itself (net/netfilter/xt_REDIRECT.c, nf_nat_redirect.c)."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address

from sim.base.frozen import replace
from sim.extensions.drawing import PORTED, DrawPlace, O, P
from sim.extensions.extension import (
    Answer,
    Context,
    NatRange,
    Option,
    RuleContext,
    SetNat,
    TargetType,
)
from sim.extensions.listing import Listing
from sim.extensions.targets.nat_range import RANDOM, describe, parse_ports, save_ports, with_flags
from sim.extensions.traits import Changes
from sim.model.flow import Manip
from sim.model.rules import Args, Hook, Verdict
from sim.packet.packet import Address


def _ports(text: str, rule: RuleContext) -> NatRange:
    ports = parse_ports(text, rule)
    if "OFFSET" in ports.flags:
        raise ValueError("REDIRECT cannot shift a port range (no /BASE)")
    return ports


def apply(args: Args, ctx: Context) -> Answer:
    """From OUTPUT to the loopback address, else to the first address of the device it came on."""
    packet = ctx.packet
    address: Address | None
    if ctx.hook is Hook.OUTPUT:
        address = IPv4Address("127.0.0.1") if ctx.family == 4 else IPv6Address("::1")
    else:
        address = ctx.runtime.routing.redirect_address(ctx.family, ctx.in_iface, packet.headers.dst)
    if address is None:
        return Answer(Verdict.DROP, packet, f"no address to redirect to: {ctx.in_iface} has none")
    wanted = replace(
        with_flags(args.value("--to-ports", NatRange()), args),
        min_address=address,
        max_address=address,
    )
    return Answer(
        Verdict.ACCEPT, packet, describe("destination", wanted), (SetNat(Manip.DST, wanted),)
    )


def _draw(place: DrawPlace) -> str | None:
    if not place.within(P, O):
        return None
    if place.protocol in PORTED and place.chance(0.7):
        return f"--to-ports {place.world.pick(('22', '53', '80', '8080-8090'))}"
    return ""


TARGET = TargetType(
    "REDIRECT",
    options=(
        Option(
            "--to-ports",
            _ports,
            save=save_ports,
            metavar="PORT[-PORT]",
            help="destination port to use",
        ),
        RANDOM,
    ),
    tables=frozenset({"nat"}),
    hooks=frozenset({Hook.PREROUTING, Hook.OUTPUT}),
    apply=apply,
    needs_conntrack=True,
    help="rewrite the destination to this host",
    ends=True,
    changes=Changes.NOTHING,
    listing=Listing(parts={"--to-ports": "redir ports {}", "--random": "random"}),
    draw=_draw,
    examples=("", "--to-ports 80", "--to-ports 80 --random"),
)

"""-j NETMAP: swap the network part of an address one to one (net/netfilter/xt_NETMAP.c)."""

from __future__ import annotations

from ipaddress import ip_network

from sim.extensions.addresses import host_address, prefix_length
from sim.extensions.drawing import DrawPlace
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
from sim.extensions.traits import Changes
from sim.model.flow import Manip
from sim.model.host import Network
from sim.model.rules import Args, Hook, Verdict
from sim.packet.packet import Address


def _network(text: str, rule: RuleContext) -> Network:
    name, slash, mask = text.partition("/")
    bits = 32 if rule.family == 4 else 128
    address = host_address(name, rule)
    length = prefix_length(mask, rule.family) if slash else bits
    return ip_network((address, length), strict=False)


def _mapped(address: Address, network: Network) -> Address:
    host = int(address) & int(network.hostmask)
    return type(address)(int(network.network_address) | host)


def apply(args: Args, ctx: Context) -> Answer:
    """PREROUTING and OUTPUT map the destination, POSTROUTING and INPUT the source."""
    headers = ctx.packet.headers
    to_destination = ctx.hook in (Hook.PREROUTING, Hook.OUTPUT)
    address = _mapped(headers.dst if to_destination else headers.src, args.value("--to"))
    manip, end = (Manip.DST, "destination") if to_destination else (Manip.SRC, "source")
    request = SetNat(manip, NatRange(address, address))
    return Answer(Verdict.ACCEPT, ctx.packet, f"{end} becomes {address}", (request,))


def _draw(place: DrawPlace) -> str:
    if place.family == 4:
        return f"--to {place.world.pick(('10.77.0.0/16', '192.168.100.0/24', '203.0.113.0/28'))}"
    return f"--to {place.world.pick(('fd77::/64', '2001:db8:2::/64'))}"


TARGET = TargetType(
    "NETMAP",
    options=(
        Option("--to", _network, required=True, metavar="NETWORK", help="the network to map into"),
    ),
    tables=frozenset({"nat"}),
    hooks=frozenset({Hook.PREROUTING, Hook.INPUT, Hook.OUTPUT, Hook.POSTROUTING}),
    apply=apply,
    needs_conntrack=True,
    help="map a whole network of addresses onto another",
    ends=True,
    changes=Changes.NOTHING,
    listing=Listing(parts={"--to": "to:{}"}),
    draw=_draw,
    examples=("--to 1.2.3.0/24",),
)

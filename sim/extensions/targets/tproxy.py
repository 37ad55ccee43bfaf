"""-j TPROXY: give the packet to a local transparent socket as it is (net/netfilter/xt_TPROXY.c).

Addresses stay. Routing must then deliver it here: ip rule on the mark, and a local route.
"""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address

from sim.base.frozen import replace
from sim.base.values import Masked
from sim.extensions.addresses import host_address
from sim.extensions.args import mark_mask
from sim.extensions.drawing import DrawPlace, P
from sim.extensions.extension import Answer, Context, Option, RuleContext, TargetType
from sim.extensions.listing import Listing, ListingPart
from sim.model.rules import Args, Hook, Verdict
from sim.packet.headers import IPPROTO_TCP, IPPROTO_UDP
from sim.packet.packet import Address
from sim.packet.protocols import SERVICES

_NOWHERE = {4: IPv4Address(0), 6: IPv6Address(0)}


def _port(text: str, rule: RuleContext) -> int:
    """As getaddrinfo reads it: decimal only, and cut to 16 bits."""
    if not text:
        return 0
    if text.isascii() and text.isdecimal():
        return int(text) & 0xFFFF
    if text not in SERVICES:
        raise ValueError(f'"{text}" is neither a port nor a service name')
    return SERVICES[text]


def _save_mark(mark: Masked) -> str:
    return f"{mark.value:#x}/{mark.mask:#x}"


def save(args: Args, family: int) -> str:
    mark = args.value("--tproxy-mark", Masked(0, 0))
    address = args.value("--on-ip", _NOWHERE[family])
    return f"--on-port {args.value('--on-port')} --on-ip {address} --tproxy-mark {_save_mark(mark)}"


def _local_address(args: Args, ctx: Context) -> Address:
    """``--on-ip``, else the in-device's first primary address, else the packet's destination."""
    wanted: Address = args.value("--on-ip", _NOWHERE[ctx.family])
    if int(wanted):
        return wanted
    device = ctx.host.interface(ctx.in_iface)
    for address in device.addresses if device is not None else ():
        if address.address.version != ctx.family:
            continue
        is_hidden = address.secondary if ctx.family == 4 else address.tentative
        is_hidden = is_hidden or (ctx.family == 6 and address.deprecated)
        if not is_hidden:
            return address.address.ip
    return ctx.packet.headers.dst


def apply(args: Args, ctx: Context) -> Answer:
    """An established connection's socket comes first, then a listener at the wanted place."""
    packet, headers = ctx.packet, ctx.packet.headers
    part = packet.payload
    if len(part) < 8:
        return Answer(Verdict.DROP, packet, "dropped: the transport header is cut off")
    sport, dport = int.from_bytes(part[:2], "big"), int.from_bytes(part[2:4], "big")
    protocol = "tcp" if headers.protocol == IPPROTO_TCP else "udp"
    address, port = _local_address(args, ctx), args.value("--on-port") or dport
    place = f"at [{address}]:{port}" if ctx.family == 6 else f"at {address}:{port}"
    sockets = ctx.runtime.sockets
    socket = sockets.connected(packet)
    if socket is not None:
        place = "of this connection"
    else:
        socket = sockets.find(protocol, address, port, headers.src, sport, ctx.in_iface)
    if socket is None:
        return Answer(Verdict.DROP, packet, f"dropped: no {protocol} socket {place}")
    if not socket.transparent:
        return Answer(Verdict.DROP, packet, f"dropped: the socket {place} is not transparent")
    mark = args.value("--tproxy-mark", Masked(0, 0))
    value = (packet.mark & ~mark.mask) ^ mark.value
    text = f"given to the {protocol} socket {place}"
    if value != packet.mark:
        text += f", mark becomes {value:#x}"
    packet = replace(packet.with_mark(value), given_to=socket)
    return Answer(Verdict.ACCEPT, packet, text)


def _draw(place: DrawPlace) -> str | None:
    if place.protocol not in ("tcp", "udp") or not place.within(P):
        return None
    port = place.world.pick((22, 53, 80, 8080))
    address = place.world.pick(place.world.own(place.family))
    return f"--on-port {port} --on-ip {address} --tproxy-mark 0x1/0x1"


TARGET = TargetType(
    "TPROXY",
    options=(
        Option("--on-port", _port, required=True, metavar="PORT", help="port of the proxy"),
        Option("--on-ip", host_address, metavar="ADDRESS", help="address of the proxy"),
        Option(
            "--tproxy-mark",
            mark_mask,
            save=_save_mark,
            metavar="VALUE[/MASK]",
            help="mark that policy routing shall find",
        ),
    ),
    tables=frozenset({"mangle"}),
    hooks=frozenset({Hook.PREROUTING}),
    protocols=frozenset({IPPROTO_TCP, IPPROTO_UDP}),
    save=save,
    apply=apply,
    needs_defrag=True,
    help="give the packet to a local transparent socket",
    ends=True,
    listing=Listing(
        "TPROXY redirect",
        {"--on-ip": "{}", "--on-port": ListingPart(":{}", glued=True), "--tproxy-mark": "mark {}"},
    ),
    draw=_draw,
    examples=("--on-port 80 --on-ip 0.0.0.0 --tproxy-mark 0x0/0x0",),
)

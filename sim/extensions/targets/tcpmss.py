"""-j TCPMSS: lower the MSS that a SYN announces (net/netfilter/xt_TCPMSS.c).

Never raised. A SYN without the option, and without data, gets one of at most the default MSS.
"""

from __future__ import annotations

from sim.base.frozen import replace
from sim.extensions.args import integer
from sim.extensions.drawing import DrawPlace, F, O, S
from sim.extensions.extension import Answer, Context, Option, Refusal, RuleContext, TargetType
from sim.extensions.listing import Listing
from sim.extensions.runtime import RouteResult
from sim.model.host import REFUSING, RouteKind
from sim.model.routing import Query
from sim.model.rules import Args, Hook, Verdict
from sim.packet.checksum import updated
from sim.packet.headers import IPPROTO_TCP, SYN
from sim.packet.packet import Packet
from sim.packet.tcp_options import TCP_CHECKSUM, TCPOLEN_MSS, TCPOPT_MSS, options, with_option

SET, CLAMP = "--set-mss", "--clamp-mss-to-pmtu"
_CLAMP_HOOKS = frozenset({Hook.FORWARD, Hook.OUTPUT, Hook.POSTROUTING})
_LONGEST_HEADERS = {4: 20, 6: 40}
_DEFAULT_MSS = {4: 536, 6: 1220}
_LARGEST_MTU = 65535


def _mss(text: str, rule: RuleContext) -> int:
    return integer(text, 0, 65535 - _LONGEST_HEADERS[rule.family])


def _wanted(args: Args) -> int | None:
    """The MSS to set, ``None`` for clamping; of both options the last one counts."""
    found = None
    for arg in args:
        found = arg.value if arg.flag == SET else None
    return found


def check(args: Args, rule: RuleContext) -> None:
    if not len(args):
        raise Refusal(f"TCPMSS needs {SET} or {CLAMP}")


def load(args: Args, rule: RuleContext) -> None:
    if _wanted(args) is None and not rule.hooks <= _CLAMP_HOOKS:
        raise Refusal("path-MTU clamping works only in FORWARD, OUTPUT and POSTROUTING", CLAMP)
    if not any(_asks_for_syn(match.args) for match in rule.matches if match.name == "tcp"):
        raise Refusal(
            "TCPMSS works only on SYN packets", hint="add --syn or --tcp-flags SYN,RST SYN"
        )


def _asks_for_syn(args: Args) -> bool:
    for arg in args:
        if arg.flag == "--syn" and not arg.negated:
            return True
        if arg.flag == "--tcp-flags" and not arg.negated and arg.value.want & SYN:
            return True
    return False


def save(args: Args, family: int) -> str:
    wanted = _wanted(args)
    return CLAMP if wanted is None else f"{SET} {wanted}"


def _path_mtu(ctx: Context) -> tuple[int, int]:
    """MTU of the packet's route and of the one back to its source."""
    back = ctx.runtime.routing.lookup(Query(ctx.packet.headers.src))
    # What is bridged has the bridge's own makeshift route (br_netfilter's fake_rtable).
    ahead = ctx.route or RouteResult(RouteKind.UNICAST, ctx.out_iface)
    return _mtu(ctx, ahead), _mtu(ctx, back)


def _mtu(ctx: Context, route: RouteResult) -> int:
    if not route.dev or route.kind in REFUSING:
        return _LARGEST_MTU  # no way back sets no limit
    return min(ctx.runtime.routing.mtu_of(route, ctx.family), _LARGEST_MTU)


def apply(args: Args, ctx: Context) -> Answer:
    packet, headers = ctx.packet, ctx.packet.headers
    if headers.fragment_offset:
        return Answer(Verdict.CONTINUE, packet, "nothing: a later fragment has no TCP header")
    part = packet.payload
    size = (part[12] >> 4) * 4 if len(part) >= 20 else 0
    if size < 20 or size > len(part):
        return Answer(Verdict.DROP, packet, "dropped: the TCP header is cut off or malformed")
    wanted, why = _wanted(args), ""
    if wanted is None:
        ahead, back = _path_mtu(ctx)
        mtu, overhead = min(ahead, back), _LONGEST_HEADERS[ctx.family] + 20
        if mtu <= overhead:
            return Answer(Verdict.DROP, packet, f"dropped: the path MTU of {mtu} is too small")
        wanted, why = mtu - overhead, f" (path MTU {mtu})"
    for at, _ in options(part[:size], TCPOLEN_MSS):
        if part[at] != TCPOPT_MSS or part[at + 1] != TCPOLEN_MSS:
            continue
        old = int.from_bytes(part[at + 2 : at + 4], "big")
        if old <= wanted:
            return Answer(Verdict.CONTINUE, packet, f"MSS stays {old}, not above {wanted}{why}")
        text = f"MSS becomes {wanted}{why}"
        return Answer(Verdict.CONTINUE, _with_mss(packet, at + 2, wanted), text)
    if len(part) > size:
        return Answer(Verdict.CONTINUE, packet, "nothing: no MSS option, and data in the way")
    if size >= 60:
        return Answer(Verdict.CONTINUE, packet, "nothing: no room for an MSS option")
    wanted = min(wanted, _DEFAULT_MSS[ctx.family])
    option = bytes((TCPOPT_MSS, TCPOLEN_MSS)) + wanted.to_bytes(2, "big")
    return Answer(
        Verdict.CONTINUE, with_option(packet, option), f"MSS option of {wanted} added{why}"
    )


def _with_mss(packet: Packet, at: int, mss: int) -> Packet:
    """The option's two bytes replaced; they may stand at an odd place, the sum is over words."""
    headers = packet.headers
    start = headers.payload_offset + at
    data = bytearray(packet.data)
    old = bytes(data[start : start + 2])
    data[start : start + 2] = mss.to_bytes(2, "big")
    place = headers.payload_offset + TCP_CHECKSUM
    value = updated(int.from_bytes(data[place : place + 2], "big"), old, mss.to_bytes(2, "big"))
    data[place : place + 2] = value.to_bytes(2, "big")
    return replace(packet, data=bytes(data))


def _draw(place: DrawPlace) -> str | None:
    if place.protocol != "tcp":
        return None
    return "--clamp-mss-to-pmtu" if place.within(F, O, S) and place.chance(0.4) else "--set-mss 900"


TARGET = TargetType(
    "TCPMSS",
    options=(
        Option(SET, _mss, metavar="MSS", help="at most this MSS"),
        Option(CLAMP, help="at most what the path's MTU allows"),
    ),
    protocols=frozenset({IPPROTO_TCP}),
    check=check,
    load=load,
    save=save,
    apply=apply,
    puts_together=True,
    help="lower the MSS that a SYN announces",
    listing=Listing("TCPMSS", {SET: "set {}", CLAMP: "clamp to PMTU"}),
    draw=_draw,
    examples=("--clamp-mss-to-pmtu", "--set-mss 1000"),
)

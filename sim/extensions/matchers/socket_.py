"""-m socket: a socket of this host is waiting for the packet (net/netfilter/xt_socket.c).

Sockets bound to no address do not count without --nowildcard; connected ones always do. ICMP
errors are looked up by what they quote. The reply of a source-NATed connection is looked up by
the original address.
"""

from __future__ import annotations

from sim.base.frozen import dataclass
from sim.extensions.drawing import DrawPlace, I, P
from sim.extensions.extension import Clause, Context, Judgement, MatchType, Option
from sim.extensions.listing import Listing
from sim.extensions.traits import Opaque
from sim.model.rules import Args, Hook
from sim.packet.headers import Headers, dissect
from sim.packet.kinds import CtState
from sim.packet.packet import Address

NAMES = {6: "tcp", 17: "udp"}
HEADER = {6: 20, 17: 8}
# Types that quote a packet of ours: ICMP, ICMPv6.
QUOTING = {4: frozenset({3, 4, 5, 11, 12}), 6: frozenset(range(128))}


@dataclass(frozen=True, slots=True)
class Asked:
    """What the lookup asks for, seen from this host."""

    protocol: int
    local: Address
    port: int
    remote: Address
    remote_port: int


def _asked(ctx: Context) -> Asked | None:
    headers = ctx.packet.headers
    if headers.icmp is not None and headers.protocol in (1, 58):
        asked = _quoted(headers, ctx.packet.payload[8:])
    elif headers.protocol not in NAMES or len(ctx.packet.payload) < HEADER[headers.protocol]:
        return None
    else:
        assert headers.sport is not None
        assert headers.dport is not None
        asked = Asked(headers.protocol, headers.dst, headers.dport, headers.src, headers.sport)
    flow = ctx.flow
    if asked is None or flow is None or not flow.has("SRC_NAT_DONE") or ctx.family != 4:
        return asked
    is_error = headers.icmp is not None
    if not ctx.packet.ct_reply or is_error != (ctx.packet.ct_state is CtState.RELATED):
        return asked
    original = flow.original
    port = original.sport if asked.protocol in NAMES else asked.port
    return Asked(asked.protocol, original.src, port, asked.remote, asked.remote_port)


def _quoted(headers: Headers, inner: bytes) -> Asked | None:
    assert headers.icmp is not None
    if headers.icmp.type not in QUOTING[headers.family]:
        return None
    try:
        quoted = dissect(inner)
    except ValueError:
        return None
    if quoted.protocol not in NAMES or quoted.sport is None or quoted.dport is None:
        return None
    return Asked(quoted.protocol, quoted.src, quoted.sport, quoted.dst, quoted.dport)


def _judge(args: Args, ctx: Context) -> Judgement:
    want = "a socket waits for it"
    if "--transparent" in args:
        want = "a transparent socket waits for it"
    if "--nowildcard" in args:
        want += ", bound to any address or to one"
    asked = _asked(ctx)
    if asked is None:
        return Judgement((Clause("socket", "", want, "nothing a socket waits for", held=False),))
    sockets, name = ctx.runtime.sockets, NAMES[asked.protocol]
    ends = (asked.local, asked.port, asked.remote, asked.remote_port)
    socket = sockets.find(name, *ends, ctx.in_iface)
    if socket is None:
        seen = f"no {name} socket for {asked.local} port {asked.port}"
        return Judgement((Clause("socket", "", want, seen, held=False),))
    connected = sockets.has_connection(name, *ends)
    wildcard = socket.address is None and not connected
    seen = "a connected socket" if connected else f"a {name} socket on port {socket.port}"
    if wildcard:
        seen += ", bound to any address"
    held = not (wildcard and "--nowildcard" not in args)
    if "--transparent" in args and not socket.transparent:
        held, seen = False, f"{seen}, not transparent"
    if held and "--restore-skmark" in args:
        need = "the mark of the socket (SO_MARK), which the packet would take over"
        return Judgement((Clause("socket", "--restore-skmark", want, seen, held=None, need=need),))
    return Judgement((Clause("socket", "", want, seen, held=held),))


def _save(args: Args, family: int) -> str:
    flags = ("--transparent", "--nowildcard", "--restore-skmark")
    return " ".join(flag for flag in flags if flag in args)


def _draw(place: DrawPlace) -> str | None:
    if not place.within(P, I):
        return None
    return place.words("--transparent", "--nowildcard")


MATCH = MatchType(
    "socket",
    options=(
        Option("--transparent", help="only sockets that are transparent (IP_TRANSPARENT)"),
        Option("--nowildcard", help="count sockets bound to any address, too"),
        Option("--restore-skmark", help="give the packet the socket's mark"),
    ),
    hooks=frozenset({Hook.PREROUTING, Hook.INPUT}),
    save=_save,
    judge=_judge,
    needs_defrag=True,
    help="a socket of this host waits for the packet",
    listing=Listing(
        "socket", {flag: flag for flag in ("--transparent", "--nowildcard", "--restore-skmark")}
    ),
    opaque=Opaque.HOST,
    draw=_draw,
    examples=("", "--transparent --nowildcard", "--transparent --restore-skmark"),
)

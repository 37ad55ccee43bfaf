"""-m multiport: up to 15 ports, a range counts twice (net/netfilter/xt_multiport.c).

``--ports`` holds when either port is in the list. Inverted, it wants neither.
"""

from __future__ import annotations

from sim.base.values import OneOf, Range
from sim.extensions.args import own_port
from sim.extensions.comparison import WHOLE_PACKET, compares
from sim.extensions.drawing import DrawPlace
from sim.extensions.extension import Context, Judgement, MatchType, Option, RuleContext
from sim.extensions.listing import Listing
from sim.extensions.matchers.clauses import told, unreadable
from sim.extensions.traits import Steady
from sim.model.rules import Args

PROTOCOLS = {6: "TCP", 17: "UDP", 136: "UDP-Lite", 132: "SCTP", 33: "DCCP"}
_SLOTS = 15


def _ports(text: str, rule: RuleContext) -> OneOf:
    if rule.protocol_negated or rule.protocol not in PROTOCOLS:
        raise ValueError(
            "multiport needs -p tcp, udp, udplite, sctp or dccp (not inverted) before it"
        )
    members: list[int | Range] = []
    slots = 0
    for word in text.split(","):
        first, colon, second = word.partition(":")
        slots += 2 if colon else 1
        if slots > _SLOTS:
            raise ValueError(f"at most {_SLOTS} ports, a range counts as two")
        low = own_port(first, rule.protocol)
        if not colon:
            members.append(low)
            continue
        high = own_port(second, rule.protocol)
        if low >= high:
            raise ValueError(f"the port range {word} must go from a lower to a higher port")
        members.append(Range(low, high))
    return OneOf(tuple(members))


def _judge(args: Args, ctx: Context) -> Judgement:
    headers = ctx.packet.headers
    blind = unreadable("multiport", ctx, 4, PROTOCOLS.get(headers.protocol, "transport") + "-")
    if blind is not None:
        return blind
    arg = next(iter(args))
    part = ctx.packet.payload
    ports = [int.from_bytes(part[:2], "big"), int.from_bytes(part[2:4], "big")]
    seen = {"--sports": ports[:1], "--dports": ports[1:], "--ports": ports}[arg.flag]
    held = any(port in arg.value for port in seen)
    return Judgement((told("multiport", arg, str(arg.value), " and ".join(map(str, seen)), held),))


_FLAGS = ("--sports", "--dports", "--ports")


def _option(flag: str, aliases: tuple[str, ...], text: str, *fields: str) -> Option:
    others = tuple(other for other in _FLAGS if other != flag)
    return Option(flag, _ports, aliases=aliases, invert=True, excludes=others,
                  metavar="PORT[:PORT],...", help=text, compares=compares(*fields))  # fmt: skip


def _draw(place: DrawPlace) -> str | None:
    if place.protocol not in ("tcp", "udp", "sctp", "udplite", "dccp"):
        return None
    ports = [
        str(place.port()) if place.chance(0.7) else f"{place.port()}:65535"
        for _ in range(place.random.randint(1, 5))
    ]
    option = place.world.pick(("--sports", "--dports", "--dports", "--ports"))
    return f"{place.negation()}{option} {','.join(ports)}"


MATCH = MatchType(
    "multiport",
    options=(
        _option("--sports", ("--source-ports",), "the source port is in the list", "sport"),
        _option(
            "--dports", ("--destination-ports",), "the destination port is in the list", "dport"
        ),
        _option("--ports", (), "source or destination port is in the list", "sport", "dport"),
    ),
    protocols=frozenset(PROTOCOLS),
    judge=_judge,
    at_least_one=True,
    help="a list of ports",
    steady=Steady.ALWAYS,
    presumes=WHOLE_PACKET,
    listing=Listing(parts={flag: f"multiport {flag[2:]} {{n}}{{}}" for flag in _FLAGS}),
    draw=_draw,
    examples=("--dports 1,2,3", "! --sports 1", "--ports 1"),
)

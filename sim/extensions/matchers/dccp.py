"""-m dccp: ports, packet type and options of a DCCP header (net/netfilter/xt_dccp.c)."""

from __future__ import annotations

from collections.abc import Iterator

from sim.base.frozen import dataclass
from sim.extensions.args import number
from sim.extensions.comparison import WHOLE_PACKET, compares
from sim.extensions.drawing import DrawPlace
from sim.extensions.extension import (
    Clause,
    Context,
    Judgement,
    MatchType,
    Option,
    RuleContext,
    in_order,
)
from sim.extensions.listing import ListingPart, ports
from sim.extensions.matchers.clauses import compared, told, unreadable
from sim.extensions.matchers.ports import PLAIN_PORT, drawn_ports, port_clauses, resolved_range
from sim.extensions.matchers.tcp import option_kinds
from sim.extensions.traits import Opaque, Steady
from sim.model.rules import Args
from sim.packet.headers import IPPROTO_DCCP

TYPES = (
    "REQUEST", "RESPONSE", "DATA", "ACK", "DATAACK", "CLOSEREQ", "CLOSE", "RESET", "SYNC",
    "SYNCACK", "INVALID",
)  # fmt: skip
# Bytes between the basic header and the options, by type; RESET's 12 for all that are not named.
_MORE = {0: 4, 1: 12, 2: 0, 3: 8, 4: 8, 5: 8, 6: 8, 8: 8, 9: 8}


@dataclass(frozen=True, slots=True)
class PacketTypes:
    """Types by name; INVALID stands for the numbers 10 to 15."""

    names: tuple[str, ...]

    def __contains__(self, kind: int) -> bool:
        return TYPES[min(kind, 10)] in self.names

    def __str__(self) -> str:
        return ",".join(self.names)


def _types(text: str, rule: RuleContext) -> PacketTypes:
    words = [word.upper() for word in text.split(",") if word]
    for word in words:
        if word not in TYPES:
            raise ValueError(f'"{word}" is no DCCP packet type: {", ".join(TYPES)}')
    return PacketTypes(tuple(name for name in TYPES if name in words))


def _clauses(args: Args, part: bytes) -> Iterator[Clause]:
    ports = (int.from_bytes(part[:2], "big"), int.from_bytes(part[2:4], "big"))
    yield from port_clauses("dccp", args, *ports)
    if (arg := args.get("--dccp-types")) is not None:
        yield compared("dccp", arg, part[8] >> 1 & 15, show=lambda kind: TYPES[min(kind, 10)])


def _judge(args: Args, ctx: Context) -> Judgement:
    blind = unreadable("dccp", ctx, 12, "DCCP")
    if blind is not None:
        return blind
    part = ctx.packet.payload
    judged = in_order(_clauses(args, part))
    option = args.get("--dccp-option")
    if option is None or not judged.held:
        return judged
    size, start = part[4] * 4, 12 + (4 if part[8] & 1 else 0) + _MORE.get(part[8] >> 1 & 15, 12)
    if not start <= size or (size > start and size > len(part)):
        # An inverted option holds then, and the packet is dropped all the same.
        clause = told("dccp", option, str(option.value), "no whole header", False)
        return Judgement((*judged.clauses, clause), hotdrop=True)
    kinds = option_kinds(part[start:size])
    seen = ",".join(map(str, kinds)) or "no options"
    clause = told("dccp", option, str(option.value), seen, option.value in kinds)
    return Judgement((*judged.clauses, clause))


def _numbers(text: str) -> str:
    """Numbers with -n; INVALID is all of 10 to 15."""
    kinds = [TYPES.index(name) for name in text.split(",") if name]
    listed = [number for kind in kinds for number in (range(10, 16) if kind == 10 else (kind,))]
    return ",".join(map(str, listed))


def _draw(place: DrawPlace) -> str | None:
    if place.protocol != "dccp":
        return None
    return f"{drawn_ports(place)} " + place.words(
        f"{place.negation()}--dccp-types REQUEST,RESPONSE", f"{place.negation()}--dccp-option 5"
    )


MATCH = MatchType(
    "dccp",
    options=(
        Option("--sport", resolved_range, aliases=("--source-port",), invert=True,
               plain=PLAIN_PORT, metavar="PORT[:PORT]", help="source port or range of ports",
               compares=compares("sport")),
        Option("--dport", resolved_range, aliases=("--destination-port",), invert=True,
               plain=PLAIN_PORT, metavar="PORT[:PORT]", help="destination port or range of ports",
               compares=compares("dport")),
        Option("--dccp-types", _types, invert=True, metavar="TYPE,...",
               help="one of these packet types"),
        Option("--dccp-option", number(1, 255), invert=True, metavar="NUMBER",
               help="the header carries this option"),
    ),
    protocols=frozenset({IPPROTO_DCCP}),
    judge=_judge,
    help="ports, packet type and options of DCCP",
    steady=Steady.ALWAYS,
    presumes=WHOLE_PACKET,
    listing=ports("dccp", {"--dccp-types": ListingPart("{N}{}", _numbers),
        "--dccp-option": "option={n}{}"}),
    opaque=Opaque.HEADERS,
    draw=_draw,
    examples=("--sport 5", "! --dport 0:65535", "--dccp-types REQUEST", "--dccp-option 1"),
)  # fmt: skip

"""-m tcp: ports, flags and options of a TCP header (net/netfilter/xt_tcpudp.c).

Bits outside ``--tcp-flags``'s mask do not matter; ``--syn`` is FIN,SYN,RST,ACK with SYN alone,
so that ECN set-up bits pass. Only the first fragment has a header to look at.
"""

from __future__ import annotations

from collections.abc import Iterator

from sim.base.frozen import dataclass
from sim.extensions.args import integer
from sim.extensions.comparison import WHOLE_PACKET, Bits, compares
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
from sim.extensions.matchers.clauses import compared, fails, told, unreadable
from sim.extensions.matchers.ports import PLAIN_PORT, own_range, port_clauses, saved_ports
from sim.extensions.traits import Opaque, Steady
from sim.model.rules import Args
from sim.packet.headers import IPPROTO_TCP, Tcp

FLAGS = {"FIN": 1, "SYN": 2, "RST": 4, "PSH": 8, "ACK": 16, "URG": 32}
_WORDS = {**FLAGS, "ALL": 0x3F, "NONE": 0}


@dataclass(frozen=True, slots=True)
class FlagTest:
    """``flags & mask == want``"""

    mask: int
    want: int

    def __contains__(self, flags: int) -> bool:
        return flags & self.mask == self.want

    def __str__(self) -> str:
        return f"{flag_names(self.mask)} {flag_names(self.want)}"


SYN_ALONE = FlagTest(FLAGS["FIN"] | FLAGS["SYN"] | FLAGS["RST"] | FLAGS["ACK"], FLAGS["SYN"])


def flag_names(bits: int) -> str:
    """``SYN,ACK``; ``NONE`` when no bit that has a name is set."""
    return ",".join(name for name, bit in FLAGS.items() if bits & bit) or "NONE"


def _flags(text: str) -> int:
    bits = 0
    for word in filter(None, text.split(",")):
        if word.upper() not in _WORDS:
            raise ValueError(f'"{word}" is no TCP flag ({", ".join(_WORDS)})')
        bits |= _WORDS[word.upper()]
    return bits


def _flag_test(text: str, rule: RuleContext) -> FlagTest:
    mask, found, want = text.partition(" ")
    if not found:
        raise ValueError("two lists are wanted: the flags to look at, then those that must be set")
    return FlagTest(_flags(mask), _flags(want))


def _option_number(text: str, rule: RuleContext) -> int:
    return integer(text, 1, 255)


def _judge(args: Args, ctx: Context) -> Judgement:
    blind = unreadable("tcp", ctx, 20, "TCP")
    if blind is not None:
        return blind
    tcp = ctx.packet.headers.tcp
    assert tcp is not None
    judged = in_order(_clauses(args, tcp))
    option = args.get("--tcp-option")
    if option is None or not judged.held:
        return judged
    # A header that claims less than 20 bytes, or more than are there, is dropped.
    if not 20 <= tcp.offset <= len(ctx.packet.payload):
        return fails("tcp", "a TCP header with its options", f"{tcp.offset} bytes", hotdrop=True)
    kinds = option_kinds(tcp.options)
    seen = ",".join(map(str, kinds)) or "no options"
    clause = told("tcp", option, str(option.value), seen, option.value in kinds)
    return Judgement((*judged.clauses, clause))


def _clauses(args: Args, tcp: Tcp) -> Iterator[Clause]:
    yield from port_clauses("tcp", args, tcp.sport, tcp.dport)
    for arg in args:
        if arg.flag == "--tcp-flags":
            yield compared("tcp", arg, tcp.flags, show=flag_names)
        elif arg.flag == "--syn":
            held = tcp.flags in SYN_ALONE
            yield told("tcp", arg, "SYN without FIN, RST, ACK", flag_names(tcp.flags), held)


def option_kinds(options: bytes) -> tuple[int, ...]:
    """The kinds met on the kernel's walk through the options, end-of-list included and passed."""
    kinds, at = [], 0
    while at < len(options):
        kinds.append(options[at])
        if options[at] < 2:
            at += 1
        else:
            at += (options[at + 1] if at + 1 < len(options) else 0) or 1
    return tuple(kinds)


def _save(args: Args, family: int) -> str:
    words = saved_ports(args)
    option = args.get("--tcp-option")
    if option is not None:
        words.append(f"{'! ' * option.negated}--tcp-option {option.value}")
    for flag in ("--syn", "--tcp-flags"):
        arg = args.get(flag)
        if arg is None:
            continue
        test = SYN_ALONE if flag == "--syn" else arg.value
        if test.mask or arg.negated:
            words.append(f"{'! ' * arg.negated}--tcp-flags {test}")
    return " ".join(words)


def _asks_nothing(text: str) -> bool:
    return text.startswith("NONE ")


def _listed_flags(text: str) -> str:
    mask, want = map(_flags, text.split())
    return f"0x{mask:02X}/0x{want:02X}"


_DRAWN = ("SYN", "ACK", "FIN", "RST", "URG", "PSH")


def _draw(place: DrawPlace) -> str | None:
    if place.protocol != "tcp":
        return None
    mask = place.words(*_DRAWN, least=1).split()
    compared = place.random.sample(mask, place.random.randint(0, min(2, len(mask))))
    flags = place.world.pick((
        "--syn",
        f"--tcp-flags {','.join(mask)} {','.join(compared) or 'NONE'}",
        "--tcp-flags SYN,ACK SYN",
        "--tcp-flags ALL NONE",
    ))  # fmt: skip
    return place.words(
        f"{place.negation()}--sport {place.port_range()}",
        f"{place.negation()}--dport {place.port_range()}",
        f"{place.negation()}{flags}",
        f"{place.negation()}--tcp-option {place.world.pick((2, 3, 8))}",
    )


MATCH = MatchType(
    "tcp",
    options=(
        Option("--sport", own_range(IPPROTO_TCP), aliases=("--source-port",), invert=True,
               plain=PLAIN_PORT, metavar="PORT[:PORT]", help="source port or range of ports",
               compares=compares("sport")),
        Option("--dport", own_range(IPPROTO_TCP), aliases=("--destination-port",), invert=True,
               plain=PLAIN_PORT, metavar="PORT[:PORT]", help="destination port or range of ports",
               compares=compares("dport")),
        Option("--tcp-flags", _flag_test, invert=True, words=2, excludes=("--syn",),
               metavar="MASK SET", help="of the flags in MASK exactly those in SET are on",
               compares=compares("flags", wanted=lambda test: Bits(test.want, test.mask))),
        Option("--syn", invert=True, excludes=("--tcp-flags",),
               help="opens a connection: SYN on; FIN, RST and ACK off",
               compares=compares("flags", wanted=lambda on: Bits(SYN_ALONE.want, SYN_ALONE.mask))),
        Option("--tcp-option", _option_number, invert=True, metavar="NUMBER",
               help="the header carries this TCP option"),
    ),
    protocols=frozenset({IPPROTO_TCP}),
    save=_save,
    judge=_judge,
    help="ports, flags and options of TCP",
    steady=Steady.ALWAYS,
    presumes=WHOLE_PACKET,
    options_apart=True,
    listing=ports("tcp", {"--tcp-option": "option={n}{}",
        "--tcp-flags": ListingPart("flags:{n}{}", _listed_flags, skip=_asks_nothing),
            "--syn": "flags:{n}0x17/0x02"}),
    opaque=Opaque.HEADERS,
    draw=_draw,
    examples=("--dport 56", "--tcp-flags SYN,ACK SYN"),
    is_native=True,
)  # fmt: skip

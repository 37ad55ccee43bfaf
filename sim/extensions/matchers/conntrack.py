"""-m conntrack: state, tuples, status and lifetime of the entry (net/netfilter/xt_conntrack.c).

Without an entry only the state can be asked: if ``--ctstate`` is there and holds the whole
match holds, whatever else was asked; without it the match fails, inverted options too.
"""

from __future__ import annotations

from collections.abc import Iterator

from sim.base.frozen import dataclass
from sim.base.jiffies import HZ, jiffies, signed32, since_boot
from sim.base.values import OneOf, Range, address_text
from sim.extensions.args import HostMask, host_mask, integer, protocol
from sim.extensions.comparison import AnyBits, Bits, Within, compares, within
from sim.extensions.ct_template import entry
from sim.extensions.drawing import DrawPlace
from sim.extensions.extension import (
    Clause,
    Context,
    Judgement,
    MatchType,
    Option,
    Refusal,
    RuleContext,
    in_order,
)
from sim.extensions.listing import Listing
from sim.extensions.matchers.clauses import compared, told
from sim.extensions.matchers.ct_states import listed, seen_states, states, wanted_states
from sim.extensions.matchers.ports import resolved_range
from sim.extensions.traits import Opaque, Steady
from sim.model.flow import Flow
from sim.model.rules import Arg, Args

_STATUS = ("EXPECTED", "SEEN_REPLY", "ASSURED", "CONFIRMED")
_STATUS_WORDS = ("NONE", *_STATUS)
_ADDRESSES = ("--ctorigsrc", "--ctorigdst", "--ctreplsrc", "--ctrepldst")
_PORTS = tuple(f"{flag}port" for flag in _ADDRESSES)


@dataclass(frozen=True, slots=True)
class _PortRange(Range):
    """A range whose upper end 0 counts as "no upper end given" when it is printed."""

    def __str__(self) -> str:
        if self.high in (0, self.low):
            return str(self.low)
        return f"{self.low}:{self.high}"


def _port_range(text: str, rule: RuleContext) -> _PortRange:
    ports = resolved_range(text, rule)
    return _PortRange(ports.low, ports.high)


def _direction(text: str, rule: RuleContext) -> str:
    if text.upper() not in ("ORIGINAL", "REPLY"):
        raise ValueError(f'"{text}" is neither ORIGINAL nor REPLY')
    return text.upper()


def _lifetime(text: str, rule: RuleContext) -> Range:
    """``n``, ``a:b``, ``a:``, ``:b`` in seconds; an empty end is the lowest or highest value."""
    first, found, second = text.partition(":")
    low = integer(first) if first else 0
    if not found:
        return Range(low, low)
    return Range(low, integer(second) if second else 0xFFFFFFFF)


def _check(args: Args, rule: RuleContext) -> None:
    # libxt_conntrack.c takes "! --ctstatus" for the inversion bit of -p here.
    flags = [arg.flag for arg in args]
    if args.value("--ctproto") != 0 or not args.negated("--ctstatus"):
        return
    if flags.index("--ctstatus") < flags.index("--ctproto"):
        raise Refusal(
            "the rule would never match this protocol",
            "--ctproto",
            "the real tool refuses protocol 0 behind an inverted --ctstatus",
        )


def _judge(args: Args, ctx: Context) -> Judgement:
    flow = entry(ctx)
    state = args.get("--ctstate")
    if flow is not None:
        return in_order(_clauses(args, ctx, flow))
    if state is not None:
        return Judgement((_state(state, ctx),))
    first = next(iter(args))
    want = str(first.value)
    seen = f"no conntrack entry ({ctx.packet.ct_state})"
    return Judgement((Clause("conntrack", first.flag, want, seen, first.negated, False),))


def _state(arg: Arg, ctx: Context) -> Clause:
    seen = seen_states(ctx)
    held = any(state in arg.value for state in seen)
    return told("conntrack", arg, str(arg.value), ",".join(seen), held)


def _clauses(args: Args, ctx: Context, flow: Flow) -> Iterator[Clause]:
    """In the order of conntrack_mt()."""
    if (arg := args.get("--ctstate")) is not None:
        yield _state(arg, ctx)
    if (arg := args.get("--ctdir")) is not None:
        seen = "REPLY" if ctx.packet.ct_reply else "ORIGINAL"
        yield told("conntrack", arg, arg.value, seen, seen == arg.value)
    ends = (flow.original.src, flow.original.dst, flow.reply.src, flow.reply.dst)
    for flag, address in zip(_ADDRESSES, ends, strict=True):
        if (arg := args.get(flag)) is not None:
            yield compared("conntrack", arg, address, show=address_text)
    if (arg := args.get("--ctproto")) is not None:
        seen_number = flow.original.protocol
        yield told("conntrack", arg, str(arg.value), str(seen_number), seen_number == arg.value)
    ports = (flow.original.sport, flow.original.dport, flow.reply.sport, flow.reply.dport)
    for flag, port in zip(_PORTS, ports, strict=True):
        if (arg := args.get(flag)) is not None:
            yield compared("conntrack", arg, port)
    if (arg := args.get("--ctstatus")) is not None:
        bits = [bit for bit in _STATUS if bit in flow.status]
        held = any(bit in arg.value for bit in bits)
        yield told("conntrack", arg, str(arg.value), ",".join(bits) or "NONE", held)
    if (arg := args.get("--ctexpire")) is not None:
        yield _lifetime_clause(arg, ctx, flow)


def _lifetime_clause(arg: Arg, ctx: Context, flow: Flow) -> Clause:
    """What an entry that is not confirmed seems to have left depends on how long the host is up.

    Until then ``ct->timeout`` counts from the confirmation, yet nf_ct_expires() takes the tick
    counter from it, in 32 bits. That counter passes zero five minutes after the boot: so a host
    answers 0 as soon as it is up longer than that and the timeout, until 99 days have gone.
    """
    if flow.confirmed:
        return compared("conntrack", arg, max(0, flow.expires - ctx.runtime.now) // 10**9)
    if not ctx.host.uptime:
        need = "how long the host has been up (`uptime 12d` in the host text)"
        return Clause("conntrack", arg.flag, str(arg.value), "an entry that is not confirmed yet",
                      arg.negated, held=None, need=need)  # fmt: skip
    left = signed32(jiffies(flow.lifetime) - since_boot(ctx.host.uptime, ctx.runtime.now))
    return compared("conntrack", arg, max(0, left) // HZ)


_STATUS_LIST = listed(_STATUS_WORDS, _STATUS_WORDS, "status")


def _status_text(value: object) -> str:
    words = [word for word in str(value).split(",") if word != "NONE"]
    return ",".join(words) or "NONE"


_SAVED = ("--ctstate", "--ctproto", *_ADDRESSES, *_PORTS, "--ctstatus", "--ctexpire", "--ctdir")


def _save(args: Args, family: int) -> str:
    words = []
    for flag in _SAVED:
        arg = args.get(flag)
        if arg is not None:
            value = _status_text(arg.value) if flag == "--ctstatus" else str(arg.value)
            words.append(f"{'! ' * arg.negated}{flag} {value}")
    return " ".join(words)


def _wanted_direction(value: str) -> Within:
    at = ("ORIGINAL", "REPLY").index(value)
    return within((at, at))


def _wanted_address(value: HostMask) -> Bits:
    return Bits(int(value.address) & value.mask, value.mask)


def _wanted_status(value: OneOf) -> AnyBits:
    """A bit for each of ``_STATUS``; NONE is no bit and so never holds."""
    return AnyBits(sum(1 << at for at, bit in enumerate(_STATUS) if bit in value))


_SIDES = dict(
    zip(_ADDRESSES, ("source before NAT", "destination before NAT",
                     "source of the replies", "destination of the replies"), strict=True)
)  # fmt: skip


def _draw(place: DrawPlace) -> str:
    states = place.words(
        "INVALID", "NEW", "ESTABLISHED", "RELATED", "UNTRACKED", "SNAT", "DNAT", least=1
    ).replace(" ", ",")
    status = place.words("NONE", "SEEN_REPLY", "ASSURED", "CONFIRMED", "EXPECTED", least=1)
    n = place.negation
    protocol = place.world.pick(("tcp", "udp", "icmp", "6"))
    kinds = (
        f"{n()}--ctstate {states}",
        f"{n()}--ctstate {place.world.pick(('NEW', 'ESTABLISHED', 'RELATED,ESTABLISHED'))}",
        f"{n()}--ctproto {protocol}",
        f"{n()}--ctorigsrc {place.network()}",
        f"{n()}--ctorigdst {place.network()}",
        f"{n()}--ctreplsrc {place.network()}",
        f"{n()}--ctrepldst {place.network()}",
        f"{n()}--ctorigsrcport {place.port_range()}",
        f"{n()}--ctorigdstport {place.port_range()}",
        f"{n()}--ctreplsrcport {place.port_range()}",
        f"{n()}--ctrepldstport {place.port_range()}",
        f"{n()}--ctstatus {status.replace(' ', ',')}",
        f"{n()}--ctexpire {place.world.pick(('0:0', '1:200', '1:1000000', '0:130'))}",
        f"--ctdir {place.world.pick(('ORIGINAL', 'REPLY'))}",
    )
    first = place.world.pick(kinds)
    second = place.world.pick(kinds)
    same = first.removeprefix("! ").split()[0] == second.removeprefix("! ").split()[0]
    return first if same or place.chance(0.6) else f"{first} {second}"


MATCH = MatchType(
    "conntrack",
    options=(
        Option("--ctstate", states(nat=True), invert=True, metavar="STATE,...",
               help="how conntrack sees the packet; SNAT and DNAT: the connection is translated",
               compares=compares("ctstate", wanted=wanted_states)),
        Option("--ctdir", _direction, metavar="ORIGINAL|REPLY",
               help="the direction in which the packet travels",
               compares=compares("ctdir", wanted=_wanted_direction)),
        *(Option(flag, host_mask, invert=True, metavar="ADDRESS[/MASK]", help=text,
                 compares=compares(flag[2:], wanted=_wanted_address))
          for flag, text in _SIDES.items()),
        Option("--ctproto", protocol, invert=True, metavar="PROTOCOL",
               help="the connection's protocol", compares=compares("ctproto")),
        *(Option(f"{flag}port", _port_range, invert=True, metavar="PORT[:PORT]",
                 help=f"port at that end: {text}", compares=compares(f"{flag[2:]}port"))
          for flag, text in _SIDES.items()),
        Option("--ctstatus", _STATUS_LIST, invert=True, metavar="STATUS,...",
               help="bits of the entry: EXPECTED, SEEN_REPLY, ASSURED, CONFIRMED",
               compares=compares("ctstatus", wanted=_wanted_status)),
        Option("--ctexpire", _lifetime, invert=True, metavar="SECONDS[:SECONDS]",
               help="how long the entry has still to live"),
    ),
    check=_check,
    save=_save,
    judge=_judge,
    needs_conntrack=True,
    at_least_one=True,
    help="what connection tracking knows of the packet",
    steady=Steady.UNTIL_CHANGED,
    listing=Listing(parts={flag: f"{{N}}{flag[2:]} {{}}" for flag in _SAVED}),
    opaque=Opaque.MEMORY,
    draw=_draw,
    examples=(
        "--ctstate NEW",
        "--ctproto 6",
        "--ctorigsrc 10.1.2.3/8",
        "! --ctorigdst 1.1.1.1 ! --ctreplsrc 2.2.2.2 ! --ctrepldst 3.3.3.3",
    ),
)  # fmt: skip

"""ICMP and ICMPv6 types by name, and the test that both matches make.

A name may be cut short as long as it stays unambiguous; a code range is kept but
iptables-save prints its first code only.
"""

from __future__ import annotations

from difflib import get_close_matches

from sim.base.frozen import dataclass
from sim.extensions.args import integer
from sim.extensions.comparison import WHOLE_PACKET, Within, compares, within
from sim.extensions.drawing import DrawPlace
from sim.extensions.extension import (
    Clause,
    Context,
    Judgement,
    MatchType,
    Option,
    ParseValue,
    RuleContext,
)
from sim.extensions.listing import Listing, ListingPart
from sim.extensions.matchers.clauses import fails, told, unreadable
from sim.extensions.traits import Steady
from sim.model.rules import Args

Names = tuple[tuple[str, int, int, int], ...]  # (name, type, lowest code, highest code)


def _names(text: str) -> Names:
    rows = []
    for line in text.split():
        name, numbers = line.split("=")
        type_, _, code = numbers.partition("/")
        rows.append((name, int(type_), int(code or 0), int(code or 255)))
    return tuple(rows)


ICMP = _names("""
    any=255 echo-reply=0 pong=0 destination-unreachable=3 network-unreachable=3/0
    host-unreachable=3/1 protocol-unreachable=3/2 port-unreachable=3/3 fragmentation-needed=3/4
    source-route-failed=3/5 network-unknown=3/6 host-unknown=3/7 network-prohibited=3/9
    host-prohibited=3/10 TOS-network-unreachable=3/11 TOS-host-unreachable=3/12
    communication-prohibited=3/13 host-precedence-violation=3/14 precedence-cutoff=3/15
    source-quench=4 redirect=5 network-redirect=5/0 host-redirect=5/1 TOS-network-redirect=5/2
    TOS-host-redirect=5/3 echo-request=8 ping=8 router-advertisement=9 router-solicitation=10
    time-exceeded=11 ttl-exceeded=11 ttl-zero-during-transit=11/0
    ttl-zero-during-reassembly=11/1 parameter-problem=12 ip-header-bad=12/0
    required-option-missing=12/1 timestamp-request=13 timestamp-reply=14
    address-mask-request=17 address-mask-reply=18
""")

ICMPV6 = _names("""
    destination-unreachable=1 no-route=1/0 communication-prohibited=1/1 beyond-scope=1/2
    address-unreachable=1/3 port-unreachable=1/4 failed-policy=1/5 reject-route=1/6
    packet-too-big=2 time-exceeded=3 ttl-exceeded=3 ttl-zero-during-transit=3/0
    ttl-zero-during-reassembly=3/1 parameter-problem=4 bad-header=4/0 unknown-header-type=4/1
    unknown-option=4/2 echo-request=128 ping=128 echo-reply=129 pong=129
    router-solicitation=133 router-advertisement=134 neighbour-solicitation=135
    neighbor-solicitation=135 neighbour-advertisement=136 neighbor-advertisement=136
    redirect=137
""")


@dataclass(frozen=True, slots=True)
class IcmpTest:
    """A type and its codes. ``any_type``: ICMP's 255, which stands for all types."""

    type: int
    low: int = 0
    high: int = 255
    any_type: bool = False

    def __contains__(self, seen: tuple[int, int]) -> bool:
        type_, code = seen
        return self.any_type or (type_ == self.type and self.low <= code <= self.high)

    def __str__(self) -> str:
        if self.any_type:
            return "any"
        return str(self.type) if (self.low, self.high) == (0, 255) else f"{self.type}/{self.low}"


def wanted_types(test: IcmpTest) -> Within:
    """As values of the field ``icmp``: the type in the upper byte, the code in the lower."""
    if test.any_type:
        return within((0, 0xFFFF))
    return within((test.type * 256 + test.low, test.type * 256 + test.high))


def worded(type_: int, code: int | None, names: Names) -> str:
    """``echo-request (8)``, ``port-unreachable (3/3)``, or the numbers alone."""
    low, high = (0, 255) if code is None else (code, code)
    numbers = f"{type_}" if code is None else f"{type_}/{code}"
    for name, of_type, lowest, highest in names:
        if (of_type, lowest, highest) == (type_, low, high):
            return f"{name} ({numbers})"
    if code is not None:
        for name, of_type, lowest, highest in names:
            if of_type == type_ and lowest <= code <= highest:
                return f"{name} ({numbers})"
    return numbers


def all_codes(test: IcmpTest) -> str:
    """A test with the whole range of its codes, of which iptables-save prints the first only."""
    if (test.low, test.high) == (0, 255):
        return str(test.type)
    return f"{test.type}/{test.low}" + (f"-{test.high}" if test.high != test.low else "")


def listed_types(text: str) -> str:
    """``3/1`` as ``3 code 1``, ``3/1-4`` as ``3 codes 1-4``."""
    type_, slash, code = text.partition("/")
    return f"{type_} code{'s' * ('-' in code)} {code}" if slash else type_


def parse_type(names: Names, *, any_type: bool) -> ParseValue:
    """``NAME``, ``TYPE``, ``TYPE/CODE`` or ``TYPE/CODE:CODE``."""

    def parse(text: str, rule: RuleContext) -> IcmpTest:
        found = [row for row in names if row[0].lower().startswith(text.lower())]
        if len(found) > 1:
            options = ", ".join(row[0] for row in found[:6])
            raise ValueError(f'"{text}" could be {options}{", ..." if found[6:] else ""}')
        if found:
            _, type_, low, high = found[0]
        else:
            type_, low, high = _numbers(text, names)
        return IcmpTest(type_, low, high, any_type and type_ == 255)

    return parse


def _numbers(text: str, names: Names) -> tuple[int, int, int]:
    type_text, slash, code_text = text.partition("/")
    try:
        type_, last_type = _range(type_text)
        low, high = _range(code_text) if slash else (0, 255)
    except ValueError:
        near = get_close_matches(text.lower(), [row[0] for row in names], 1)
        raise ValueError(
            f'"{text}" is no type name and not TYPE or TYPE/CODE (0 to 255 each)'
            + (f'; did you mean "{near[0]}"?' if near else "")
        ) from None
    if type_ != last_type:
        raise ValueError("a range of types is not possible, only a range of codes")
    return type_, low, high


def _range(text: str) -> tuple[int, int]:
    first, colon, second = text.partition(":")
    low = integer(first, 0, 255)
    return low, integer(second, 0, 255) if colon else low


def judge_type(match: str, flag: str, names: Names, args: Args, ctx: Context) -> Judgement:
    """The kernel wants all 8 bytes of the ICMP header; less is dropped on the spot."""
    blind = unreadable(match, ctx, 8, "ICMP")
    if blind is not None:
        return blind
    icmp, arg = ctx.packet.headers.icmp, args.get(flag)
    if icmp is None or arg is None:
        return fails(match, "an ICMP header", f"protocol {ctx.packet.headers.protocol}")
    test = arg.value
    code = None if (test.low, test.high) == (0, 255) else test.low
    want = "any" if test.any_type else worded(test.type, code, names)
    if code is not None and test.high != test.low:
        want = f"{test.type}/{test.low} to {test.type}/{test.high}"
    held = (icmp.type, icmp.code) in test
    seen = worded(icmp.type, None if code is None and not icmp.code else icmp.code, names)
    clause: Clause = told(match, arg, want, seen, held)
    return Judgement((clause,))


def icmp_match(
    name: str,
    flag: str,
    word: str,
    names: Names,
    family: int,
    protocol: int,
    *,
    any_type: bool,
    listed: str,
    drawn: tuple[str, ...],
    aliases: tuple[str, ...] = (),
) -> MatchType:
    """The match for one family. ``any_type``: type 255 stands for all of them.

    ``word`` is the protocol's name, ``listed`` what iptables -L begins with, ``drawn`` types for
    random rules.
    """

    def judge(args: Args, ctx: Context) -> Judgement:
        return judge_type(name, flag, names, args, ctx)

    def draw(place: DrawPlace) -> str | None:
        if place.protocol != word.lower():
            return None
        kind = place.world.pick(drawn)
        return f"{place.negation()}{flag} {kind}"

    return MatchType(
        name,
        options=(
            Option(flag, parse_type(names, any_type=any_type), required=True, invert=True,
                   metavar="TYPE[/CODE]", help="type by number or name, and its code",
                   show=all_codes, compares=compares("icmp", wanted=wanted_types)),
        ),
        families=frozenset({family}),
        protocols=frozenset({protocol}),
        judge=judge,
        aliases=aliases,
        help=f"type and code of {word}",
        steady=Steady.ALWAYS,
        presumes=WHOLE_PACKET,
        listing=Listing(
            parts={flag: ListingPart(f"{listed}{{b}}type {{}}", listed_types)}, of_all=True
        ),
        draw=draw,
        examples=(f"{flag} {drawn[0]}",),
    )  # fmt: skip

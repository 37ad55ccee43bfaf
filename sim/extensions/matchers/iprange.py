"""-m iprange: source or destination between two addresses, both included (xt_iprange.c).

A range that is backwards loads and never holds.
"""

from __future__ import annotations

from ipaddress import ip_address

from sim.base.frozen import dataclass
from sim.base.values import address_text
from sim.extensions.args import dotted, ipv6
from sim.extensions.comparison import Within, compares, within
from sim.extensions.drawing import DrawPlace
from sim.extensions.extension import Field, MatchType, Option, RuleContext
from sim.extensions.listing import Listing
from sim.extensions.traits import Steady
from sim.packet.packet import Address


@dataclass(frozen=True, slots=True)
class AddressRange:
    first: Address
    last: Address

    def __contains__(self, seen: Address) -> bool:
        return int(self.first) <= int(seen) <= int(self.last)

    def __str__(self) -> str:
        return f"{address_text(self.first)}-{address_text(self.last)}"


def _range(text: str, rule: RuleContext) -> AddressRange:
    first, dash, last = text.partition("-")
    parse = dotted if rule.family == 4 else ipv6
    return AddressRange(parse(first), parse(last if dash else first))


def _wanted(value: AddressRange) -> Within:
    return within((int(value.first), int(value.last)))


def _draw(place: DrawPlace) -> str:
    option = place.world.pick(("--src-range", "--dst-range"))
    low, high = sorted((place.address(), place.address()), key=lambda text: int(ip_address(text)))
    return f"{place.negation()}{option} {low}-{high}"


MATCH = MatchType(
    "iprange",
    options=(
        Option("--src-range", _range, invert=True, metavar="ADDRESS[-ADDRESS]",
               field=Field("source", lambda ctx: ctx.packet.headers.src, address_text),
               help="source address in this range",
               compares=compares("src", wanted=_wanted)),
        Option("--dst-range", _range, invert=True, metavar="ADDRESS[-ADDRESS]",
               field=Field("destination", lambda ctx: ctx.packet.headers.dst, address_text),
               help="destination address in this range",
               compares=compares("dst", wanted=_wanted)),
    ),
    by_fields=True,
    at_least_one=True,
    help="ranges of addresses",
    steady=Steady.ALWAYS,
    listing=Listing(parts={"--src-range": "source IP range {N}{}",
        "--dst-range": "destination IP range {N}{}"}),
    draw=_draw,
    examples=(
        "--src-range 1.2.3.4-1.2.3.4",
        "! --src-range 1.2.3.4-1.2.3.5 ! --dst-range 1.1.1.1-1.1.1.1",
    ),
)  # fmt: skip

"""-m mac: the Ethernet address of the last hop (net/netfilter/xt_mac.c).

A packet that came in on a device without Ethernet fails, inverted too.
"""

from __future__ import annotations

import re

from sim.base.values import Exactly
from sim.extensions.comparison import Within, compares, within
from sim.extensions.drawing import DrawPlace, F, I, P
from sim.extensions.extension import Context, Field, MatchType, Option, RuleContext
from sim.extensions.listing import Listing
from sim.extensions.traits import Steady
from sim.model.rules import Hook

_GROUP = re.compile(r"[ \t]?[+-]?[0-9a-fA-F]+\Z")


def _mac(text: str, rule: RuleContext) -> Exactly:
    """Six groups of at most two characters; an empty group is 0 (xtopt_parse_ethermac)."""
    groups = text.split(":")
    if len(groups) != 6 or any(g and (len(g) > 2 or not _GROUP.match(g)) for g in groups):
        raise ValueError(f'"{text}" is not a MAC address such as 02:00:00:00:00:01')
    return Exactly(":".join(f"{int(group or '0', 16) & 255:02x}" for group in groups))


def _wanted(value: Exactly) -> Within:
    number = int(str(value.value).replace(":", ""), 16)
    return within((number, number))


def _source(ctx: Context) -> str | None:
    link = ctx.packet.link
    return link.src_mac or None if link is not None else None


def _draw(place: DrawPlace) -> str | None:
    if not place.within(P, I, F):
        return None
    mac = place.world.pick(("02:00:00:01:00:02", "02:00:00:01:00:03", "02:00:00:00:00:99"))
    return f"{place.negation()}--mac-source {mac}"


MATCH = MatchType(
    "mac",
    options=(
        Option("--mac-source", _mac, required=True, invert=True, metavar="MAC",
               field=Field("Ethernet header", _source),
               help="the packet's last hop has this hardware address",
               compares=compares("mac_source", wanted=_wanted)),
    ),
    hooks=frozenset({Hook.PREROUTING, Hook.INPUT, Hook.FORWARD}),
    by_fields=True,
    help="the hardware address of the last hop",
    steady=Steady.ALWAYS,
    listing=Listing(parts={"--mac-source": "MAC {N}{}"}),
    draw=_draw,
    examples=("--mac-source 00:11:22:aa:bb:cc",),
)  # fmt: skip

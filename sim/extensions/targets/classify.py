"""-j CLASSIFY: choose the packet's traffic control class (net/netfilter/xt_CLASSIFY.c)."""

from __future__ import annotations

import re

from sim.base.frozen import replace
from sim.extensions.drawing import DrawPlace, F, O, S
from sim.extensions.extension import Answer, Context, Option, RuleContext, TargetType
from sim.extensions.listing import Listing, ListingPart
from sim.model.rules import Args, Hook, Verdict

# sscanf("%x:%x"): blanks and signs pass, what follows the second number is not looked at.
_CLASS = re.compile(r"\s*([+-]?)(?:0[xX])?([0-9a-fA-F]+):\s*([+-]?)(?:0[xX])?([0-9a-fA-F]+)")


def _class(text: str, rule: RuleContext) -> int:
    found = _CLASS.match(text)
    if not found:
        raise ValueError(f'"{text}" is not a class MAJOR:MINOR in hex')
    major, minor = int(found[1] + found[2], 16), int(found[3] + found[4], 16)
    return (major & 0xFFFF) << 16 | minor & 0xFFFF


def _show(handle: int) -> str:
    return f"{handle >> 16:04x}:{handle & 0xFFFF:04x}"


def apply(args: Args, ctx: Context) -> Answer:
    handle = args.value("--set-class")
    packet = replace(ctx.packet, priority=handle)
    return Answer(Verdict.CONTINUE, packet, f"traffic class becomes {_show(handle)}")


def _listed(text: str) -> str:
    return ":".join(f"{int(part, 16):x}" for part in text.split(":"))


def _draw(place: DrawPlace) -> str | None:
    return "--set-class 1:10" if place.within(F, O, S) else None


TARGET = TargetType(
    "CLASSIFY",
    options=(
        Option(
            "--set-class",
            _class,
            required=True,
            save=_show,
            metavar="MAJOR:MINOR",
            help="the class, in hex",
        ),
    ),
    hooks=frozenset({Hook.FORWARD, Hook.OUTPUT, Hook.POSTROUTING}),
    apply=apply,
    help="choose the packet's traffic control class",
    listing=Listing(parts={"--set-class": ListingPart("CLASSIFY set {}", _listed)}),
    draw=_draw,
    examples=("--set-class 0001:0002",),
)

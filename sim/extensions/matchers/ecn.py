"""-m ecn: the ECN bits of the IP header and of TCP (net/netfilter/xt_ecn.c).

The TCP options need ``-p tcp``. A TCP header that is cut off simply fails.
"""

from __future__ import annotations

from collections.abc import Iterator

from sim.extensions.args import number
from sim.extensions.comparison import Bits, compares
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
from sim.extensions.matchers.clauses import header_bytes, told
from sim.extensions.traits import Opaque, Steady
from sim.model.rules import Args
from sim.packet.headers import CWR, ECE, IPPROTO_TCP

_WORDS = {0: "Not-ECT", 1: "ECT(1)", 2: "ECT(0)", 3: "CE"}
_BITS = {"--ecn-tcp-ece": ECE, "--ecn-tcp-cwr": CWR}


def _load(args: Args, rule: RuleContext) -> None:
    for flag in _BITS:
        if flag in args and (rule.protocol != IPPROTO_TCP or rule.protocol_negated):
            raise Refusal(f"{flag} needs -p tcp", flag)


def _clauses(args: Args, ctx: Context) -> Iterator[Clause]:
    if (arg := args.get("--ecn-ip-ect")) is not None:
        seen = ctx.packet.headers.tos & 3
        want = f"{arg.value} ({_WORDS[arg.value]})"
        yield told("ecn", arg, want, f"{seen} ({_WORDS[seen]})", seen == arg.value)
    part = header_bytes(ctx)
    for flag, bit in _BITS.items():
        if (arg := args.get(flag)) is None:
            continue
        if len(part) < 20:
            yield Clause("ecn", flag, "", "no TCP header", arg.negated, False)
        else:
            on = bool(part[13] & bit)
            yield told("ecn", arg, "", "on" if on else "off", on)


def _judge(args: Args, ctx: Context) -> Judgement:
    return in_order(_clauses(args, ctx))


_SAVED = ("--ecn-tcp-ece", "--ecn-tcp-cwr", "--ecn-ip-ect")


def _save(args: Args, family: int) -> str:
    words = []
    for flag in _SAVED:
        if (arg := args.get(flag)) is not None:
            value = "" if arg.value is True else f" {arg.value}"
            words.append(f"{'! ' * arg.negated}{flag}{value}")
    return " ".join(words)


def _draw(place: DrawPlace) -> str:
    kinds = [f"{place.negation()}--ecn-ip-ect {place.random.randrange(4)}"]
    if place.protocol == "tcp":
        kinds += [f"{place.negation()}--ecn-tcp-cwr", f"{place.negation()}--ecn-tcp-ece"]
    return place.world.pick(kinds)


MATCH = MatchType(
    "ecn",
    options=(
        Option("--ecn-ip-ect", number(0, 3), invert=True, metavar="0..3",
               help="code point of the IP header: 0 none, 1 and 2 capable, 3 congestion",
               compares=compares("tos", wanted=lambda value: Bits(value, 3))),
        Option("--ecn-tcp-ece", invert=True, help="TCP flag ECE: congestion was seen"),
        Option("--ecn-tcp-cwr", invert=True, help="TCP flag CWR: the window was reduced"),
    ),
    load=_load,
    save=_save,
    judge=_judge,
    at_least_one=True,
    help="explicit congestion notification",
    steady=Steady.UNTIL_CHANGED,
    listing=Listing("ECN match", {"--ecn-tcp-ece": "{n}ECE", "--ecn-tcp-cwr": "{n}CWR",
        "--ecn-ip-ect": "{n}ECT={}"}),
    opaque=Opaque.HEADERS,
    draw=_draw,
    examples=("--ecn-ip-ect 0", "--ecn-tcp-ece --ecn-tcp-cwr --ecn-ip-ect 1"),
)  # fmt: skip

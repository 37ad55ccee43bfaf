"""-j NFLOG: hand the packet to a netlink group and go on (net/netfilter/xt_NFLOG.c)."""

from __future__ import annotations

from sim.extensions.args import number
from sim.extensions.drawing import DrawPlace
from sim.extensions.extension import (
    Answer,
    Context,
    Log,
    Option,
    RuleContext,
    TargetType,
    saved_string,
)
from sim.extensions.listing import Listing, plain
from sim.extensions.traits import Changes
from sim.model.rules import Args, Verdict

LONGEST_PREFIX = 63


def _prefix(text: str, rule: RuleContext) -> str:
    if not text:
        raise ValueError("the log prefix is empty")
    return text.encode()[:LONGEST_PREFIX].decode(errors="ignore")


def save(args: Args, family: int) -> str:
    """Defaults are not printed, except a size of 0, which says to copy nothing."""
    words = []
    if "--nflog-prefix" in args:
        words.append(f"--nflog-prefix {saved_string(args.value('--nflog-prefix'))}")
    if args.value("--nflog-group"):
        words.append(f"--nflog-group {args.value('--nflog-group')}")
    if "--nflog-size" in args:
        words.append(f"--nflog-size {args.value('--nflog-size')}")
    elif args.value("--nflog-range"):
        words.append(f"--nflog-range {args.value('--nflog-range')}")
    if args.value("--nflog-threshold"):
        words.append(f"--nflog-threshold {args.value('--nflog-threshold')}")
    return " ".join(words)


def apply(args: Args, ctx: Context) -> Answer:
    group, prefix = args.value("--nflog-group", 0), args.value("--nflog-prefix", "")
    text = f"logged to netlink group {group}"
    if prefix:
        text += f' with prefix "{prefix}"'
    request = Log(prefix, f"netlink group {group}")
    return Answer(Verdict.CONTINUE, ctx.packet, text, (request,))


def _draw(place: DrawPlace) -> str:
    return place.words(f"--nflog-group {place.random.randrange(1, 9)}", "--nflog-prefix x")


TARGET = TargetType(
    "NFLOG",
    options=(
        Option("--nflog-group", number(0, 65535), metavar="NUMBER", help="the netlink group"),
        Option("--nflog-prefix", _prefix, metavar="TEXT", help="text that goes with the packet"),
        Option(
            "--nflog-range",
            number(),
            excludes=("--nflog-size",),
            metavar="BYTES",
            help="never had an effect",
        ),
        Option(
            "--nflog-size",
            number(),
            excludes=("--nflog-range",),
            metavar="BYTES",
            help="how much of the packet to copy",
        ),
        Option(
            "--nflog-threshold",
            number(0, 65535),
            metavar="PACKETS",
            help="packets to collect before they are sent",
        ),
    ),
    save=save,
    apply=apply,
    help="hand the packet to a program through a netlink group, and go on",
    reservation="goes on; nobody reads the group",
    changes=Changes.NOTHING,
    listing=Listing(
        parts={
            "--nflog-prefix": "nflog-prefix {raw}",
            **plain("nflog-group nflog-range nflog-size nflog-threshold"),
        }
    ),
    draw=_draw,
    examples=("", "--nflog-group 5", "--nflog-range 100", "--nflog-size 100"),
)

"""-j SECMARK and -j CONNSECMARK: security labels for SELinux and its like.

net/netfilter/xt_SECMARK.c, xt_CONNSECMARK.c. No rule of iptables reads these labels, and the
simulated host has no security module that would: both only go on.
"""

from __future__ import annotations

from sim.extensions.drawing import DrawPlace
from sim.extensions.extension import Answer, Context, Option, Refusal, RuleContext, TargetType
from sim.extensions.listing import Listing, switches
from sim.model.rules import Args, Verdict

_TABLES = frozenset({"mangle", "security"})


def _context(text: str, rule: RuleContext) -> str:
    return text.encode()[:255].decode(errors="ignore")


def apply_secmark(args: Args, ctx: Context) -> Answer:
    text = f"security label becomes {args.value('--selctx')}"
    return Answer(Verdict.CONTINUE, ctx.packet, text)


def _check_connsecmark(args: Args, rule: RuleContext) -> None:
    if not len(args):
        raise Refusal("CONNSECMARK needs --save or --restore")


def apply_connsecmark(args: Args, ctx: Context) -> Answer:
    if ctx.flow is None:
        return Answer(Verdict.CONTINUE, ctx.packet, "nothing: the packet has no connection")
    if "--save" in args:
        text = "the packet's security label is saved for its connection, unless that has one"
    else:
        text = "the connection's security label is given to the packet, unless it has one"
    return Answer(Verdict.CONTINUE, ctx.packet, text)


def _draw(place: DrawPlace) -> str:
    return place.world.pick(("--save", "--restore"))


CONNSECMARK = TargetType(
    "CONNSECMARK",
    options=(
        Option("--save", excludes=("--restore",), help="from the packet to the connection"),
        Option("--restore", excludes=("--save",), help="from the connection to the packet"),
    ),
    tables=_TABLES,
    check=_check_connsecmark,
    apply=apply_connsecmark,
    needs_conntrack=True,
    help="copy the security label between packet and connection",
    reservation="goes on; there is no security module",
    listing=Listing("CONNSECMARK", switches("save restore")),
    draw=_draw,
    examples=("--save", "--restore"),
)

SECMARK = TargetType(
    "SECMARK",
    options=(
        Option(
            "--selctx",
            _context,
            required=True,
            metavar="CONTEXT",
            help="the SELinux context",
        ),
    ),
    tables=_TABLES,
    apply=apply_secmark,
    help="label the packet for a security module",
    reservation="goes on; needs a security module to load",
    not_built="has no security module that knows the context",
    examples=("--selctx system_u:object_r:http_packet_t:s0",),
)

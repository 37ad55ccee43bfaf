"""-m helper: expected by a connection that this helper watches (net/netfilter/xt_helper.c).

Only the master's helper counts: an FTP data connection matches, its control connection does not.
An empty name means any helper. A packet without conntrack entry or without master fails, and so
matches the inverted form. The name given may be longer (``ftp-2121``), not shorter.
"""

from __future__ import annotations

from sim.extensions.drawing import DrawPlace
from sim.extensions.extension import Clause, Context, Judgement, MatchType, Option, saved_string
from sim.extensions.listing import Listing
from sim.extensions.matchers.parsing import cut_text
from sim.extensions.traits import Opaque, Steady
from sim.model.rules import Args


def _judge(args: Args, ctx: Context) -> Judgement:
    arg = args.get("--helper")
    assert arg is not None
    master = ctx.flow.master if ctx.flow else None
    parent = ctx.runtime.flows.get(master) if master is not None else None
    helper = parent.helper if parent else ""
    found = bool(helper) and (not arg.value or arg.value.startswith(helper))
    seen = f"helper {helper} that expected it" if helper else "no helper that expected it"
    want = f"expected by {arg.value}" if arg.value else "expected by a helper"
    held = found != arg.negated
    return Judgement((Clause("helper", "--helper", want, seen, arg.negated, held),))


def _draw(place: DrawPlace) -> str:
    return f"{place.negation()}--helper ftp"


MATCH = MatchType(
    "helper",
    options=(
        Option("--helper", cut_text(29), required=True, invert=True, save=saved_string,
               metavar="NAME", help="ftp, sip, irc, tftp, ...; empty: any"),
    ),
    judge=_judge,
    needs_conntrack=True,
    help="a connection that a conntrack helper expected",
    steady=Steady.ALWAYS,
    listing=Listing(parts={"--helper": 'helper match {N}"{}"'}),
    opaque=Opaque.MEMORY,
    draw=_draw,
    examples=("--helper ftp",),
)  # fmt: skip

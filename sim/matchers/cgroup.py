"""-m cgroup: the control group of the socket's process (net/netfilter/xt_cgroup.c).

A packet without a full socket never matches, inverted or not. In INPUT the socket is known only
if the early look-up found it.
"""

from __future__ import annotations

from sim.args import number
from sim.extension import (
    Clause,
    Context,
    Judgement,
    MatchType,
    Option,
    Refusal,
    RuleContext,
    saved_string,
)
from sim.matchers.parsing import cut_text
from sim.model import Args, Hook


def _judge(args: Args, ctx: Context) -> Judgement:
    arg = args.get("--path") or args.get("--cgroup")
    assert arg is not None
    want = f"a process in {arg.value}" if arg.flag == "--path" else f"class id {arg.value}"
    if ctx.packet.owner is None and ctx.hook is not Hook.INPUT:
        clause = Clause("cgroup", arg.flag, want, "no socket", arg.negated, False)
        return Judgement((clause,))
    need = "the control group of the process"
    return Judgement((Clause("cgroup", arg.flag, want, "", arg.negated, None, need),))


def _load(args: Args, rule: RuleContext) -> None:
    if "--path" in args and "--cgroup" in args:
        raise Refusal("either --path or --cgroup, not both", "--cgroup")
    if "--path" not in args and "--cgroup" not in args:
        raise Refusal("cgroup needs --path or --cgroup")


MATCH = MatchType(
    "cgroup",
    options=(
        Option("--path", cut_text(511), invert=True, save=saved_string, metavar="PATH",
               help="this cgroup2 or one below it"),
        Option("--cgroup", number(), invert=True, metavar="CLASSID",
               help="the net_cls class id"),
    ),
    hooks=frozenset({Hook.OUTPUT, Hook.POSTROUTING, Hook.INPUT}),
    load=_load,
    judge=_judge,
    help="control group of the process that sent or gets the packet",
)  # fmt: skip

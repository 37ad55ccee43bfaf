"""-m ipvs: the packet's IPVS connection (net/netfilter/xt_ipvs.c).

Virtual services are set up with ipvsadm, which a scenario does not model.
"""

from __future__ import annotations

from sim.extensions.args import host_mask, one_of, protocol, resolved_port
from sim.extensions.extension import (
    Clause,
    Context,
    Judgement,
    MatchType,
    Option,
    ParseValue,
    Refusal,
    RuleContext,
)
from sim.extensions.matchers.parsing import flagged
from sim.extensions.traits import Opaque
from sim.model.rules import Arg, Args


def _upper(*words: str) -> ParseValue:
    """One of the words, in any case; printed in capitals."""
    parse = one_of(*(word.lower() for word in words), fold=True)

    def value(text: str, rule: RuleContext) -> str:
        return parse(text, rule).upper()

    return value


def _judge(args: Args, ctx: Context) -> Judgement:
    need = "IPVS connections (ipvsadm), which are not modelled"
    words = _save(args, ctx.family)
    return Judgement((Clause("ipvs", "--ipvs", words, "", False, None, need),))


def _check(args: Args, rule: RuleContext) -> None:
    if not len(args):
        raise Refusal("ipvs needs at least one option")
    if args.negated("--ipvs") and len(args) > 1:
        raise Refusal("! --ipvs goes with no other option", "--ipvs")


def _shown(arg: Arg) -> object:
    return None if arg.flag == "--ipvs" else arg.value


def _save(args: Args, family: int) -> str:
    order = ("--vproto", "--vaddr", "--vport", "--vdir", "--vmethod", "--vportctl")
    words = [flagged(arg, _shown(arg)) for flag in order for arg in args if arg.flag == flag]
    if not words:
        words = [flagged(arg) for arg in args]
    return " ".join(words)


MATCH = MatchType(
    "ipvs",
    options=(
        Option("--ipvs", invert=True, help="belongs to an IPVS connection"),
        Option("--vproto", protocol, invert=True, metavar="PROTOCOL",
               help="protocol of the virtual service"),
        Option("--vaddr", host_mask, invert=True, metavar="ADDRESS[/MASK]",
               help="address of the virtual service"),
        Option("--vport", resolved_port, invert=True, metavar="PORT",
               help="port of the virtual service"),
        Option("--vdir", _upper("ORIGINAL", "REPLY"), metavar="ORIGINAL|REPLY",
               help="direction of the packet"),
        Option("--vmethod", _upper("GATE", "IPIP", "MASQ"), invert=True,
               metavar="GATE|IPIP|MASQ", help="how IPVS forwards"),
        Option("--vportctl", resolved_port, invert=True, metavar="PORT",
               help="port of the controlling connection"),
    ),
    check=_check,
    save=_save,
    judge=_judge,
    help="the packet's IPVS connection",
    reservation="the simulated host has no virtual servers",
    not_built="has no IPVS",
    opaque=Opaque.HOST,
    examples=("--ipvs", "--vproto tcp --vport 80"),
)  # fmt: skip

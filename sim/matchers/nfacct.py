"""-m nfacct: count into a named object (net/netfilter/xt_nfacct.c).

An object without quota always matches, one with a quota only when it is used up. Objects are
made with ``nfacct add``, outside of any ruleset, so a scenario cannot know.
"""

from __future__ import annotations

from sim.extension import (
    Clause,
    Context,
    Judgement,
    MatchType,
    Option,
    RuleContext,
    saved_string,
)
from sim.matchers.parsing import cut_text
from sim.model import Args

_cut = cut_text(31, least=1)


def _name(text: str, rule: RuleContext) -> str:
    if "\n" in text:
        raise ValueError("a name has no line breaks")
    return _cut(text, rule)


def _judge(args: Args, ctx: Context) -> Judgement:
    name = args.value("--nfacct-name")
    need = f"whether accounting object {name} has a quota, and how much is left of it"
    want = f"counted in {name}, its quota used up if it has one"
    return Judgement((Clause("nfacct", "--nfacct-name", want, "", False, None, need),))


MATCH = MatchType(
    "nfacct",
    options=(
        Option("--nfacct-name", _name, required=True, save=saved_string, metavar="NAME",
               help="name of the accounting object"),
    ),
    judge=_judge,
    help="count into a named accounting object",
)  # fmt: skip

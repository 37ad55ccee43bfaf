"""-m nfacct: count into a named object (net/netfilter/xt_nfacct.c).

An object without quota always matches, one with a quota only when it is exceeded, this packet
included. Objects are made outside of any ruleset: ``nfacct NAME`` in the host text.
"""

from __future__ import annotations

from sim.extensions.drawing import DrawPlace
from sim.extensions.extension import (
    Clause,
    Context,
    Judgement,
    MatchType,
    Option,
    Refusal,
    RuleContext,
    saved_string,
)
from sim.extensions.listing import Listing
from sim.extensions.matchers.parsing import cut_text
from sim.extensions.traits import Opaque
from sim.model.rules import Args

_cut = cut_text(31, least=1)


def _name(text: str, rule: RuleContext) -> str:
    if "\n" in text:
        raise ValueError("a name has no line breaks")
    return _cut(text, rule)


def _saved(name: str) -> str:
    """The tool prints one blank too many."""
    return f" {saved_string(name)}"


def _judge(args: Args, ctx: Context) -> Judgement:
    name = args.value("--nfacct-name")
    found = ctx.host.accounting.get(name)
    want = f"{name}, its quota exceeded if it has one"
    if found is None:
        need = f"the accounting object {name} (`nfacct {name}` in the host text)"
        return Judgement((Clause("nfacct", "--nfacct-name", want, "", False, None, need),))
    count = ctx.runtime.state.setdefault(("nfacct", name), {"packets": 0, "bytes": 0})
    count["packets"] += 1
    count["bytes"] += len(ctx.packet.data)
    if not found.unit:
        return Judgement((Clause("nfacct", "--nfacct-name", want, "no quota"),))
    seen = f"{count[found.unit]} of {found.quota} {found.unit}"
    held = count[found.unit] > found.quota
    return Judgement((Clause("nfacct", "--nfacct-name", want, seen, held=held),))


def _load(args: Args, rule: RuleContext) -> None:
    name, known = args.value("--nfacct-name"), rule.names.accounting
    if known is not None and name not in known:
        raise Refusal(
            f"there is no accounting object {name}",
            "--nfacct-name",
            f"make it in the host text: `nfacct {name}`",
        )


def _draw(place: DrawPlace) -> str | None:
    accounts = place.world.accounts
    return f"--nfacct-name {place.world.pick(accounts)}" if accounts else None


MATCH = MatchType(
    "nfacct",
    options=(
        Option("--nfacct-name", _name, required=True, save=_saved, metavar="NAME",
               help="name of the accounting object"),
    ),
    load=_load,
    judge=_judge,
    help="count into a named accounting object",
    reservation="its objects and quotas are those that the host text names",
    listing=Listing(parts={"--nfacct-name": "nfacct-name {}"}),
    opaque=Opaque.NOTHING,
    draw=_draw,
    examples=("--nfacct-name web",),
)  # fmt: skip

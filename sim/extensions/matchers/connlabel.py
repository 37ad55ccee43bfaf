"""-m connlabel: a bit of the connection's 128 labels (net/netfilter/xt_connlabel.c).

--set sets the bit if it was not, and then it matches. Names come from a file of the machine
(connlabel.conf), which a scenario does not have: labels are numbers here.
"""

from __future__ import annotations

from sim.base.frozen import replace
from sim.extensions.drawing import DrawPlace
from sim.extensions.extension import (
    Clause,
    Context,
    Judgement,
    MatchType,
    Option,
    Refusal,
    RuleContext,
)
from sim.extensions.listing import Listing
from sim.extensions.matchers.parsing import flagged
from sim.extensions.traits import Opaque
from sim.model.rules import Args

LAST = 127


def _label(text: str, rule: RuleContext) -> int:
    try:
        octal = len(text) > 1 and text[0] == "0" and text.isdecimal()
        value = int(text, 8 if octal else 0) & 0xFFFFFFFF
    except ValueError:
        raise ValueError(
            f'"{text}" is not a number from 0 to {LAST}; names would need connlabel.conf'
        ) from None
    if value > 0x7FFFFFFF:
        raise ValueError(f"{text} is out of range (0 to {LAST})")
    return value & 0xFFFF


def _judge(args: Args, ctx: Context) -> Judgement:
    arg = args.get("--label")
    assert arg is not None
    flow = ctx.runtime.flows.get(ctx.flow.id, ctx.flow) if ctx.flow else None
    found = flow is not None and bool(flow.labels >> arg.value & 1)
    seen = "no connection" if flow is None else "the label" if found else "no such label"
    if flow is not None and not found and "--set" in args:
        ctx.runtime.flows[flow.id] = replace(flow, labels=flow.labels | 1 << arg.value)
        found, seen = True, "the label from now on"
    held = found != arg.negated
    want = f"label {arg.value}{', set if it is not' if '--set' in args else ''}"
    return Judgement((Clause("connlabel", "--label", want, seen, arg.negated, held),))


def _load(args: Args, rule: RuleContext) -> None:
    if args.value("--label") > LAST:
        raise Refusal(f"labels go from 0 to {LAST}", "--label")


def _save(args: Args, family: int) -> str:
    arg = args.get("--label")
    assert arg is not None
    return flagged(arg, f'"{arg.value}"') + (" --set" if "--set" in args else "")


def _draw(place: DrawPlace) -> str:
    return f"{place.negation()}--label {place.random.randrange(4)} " + place.words("--set")


MATCH = MatchType(
    "connlabel",
    options=(
        Option("--label", _label, required=True, invert=True, metavar="NUMBER",
               help="this label is set on the connection"),
        Option("--set", help="set the label if it is not"),
    ),
    load=_load,
    save=_save,
    judge=_judge,
    needs_conntrack=True,
    help="labels of the connection",
    listing=Listing(parts={"--label": "connlabel {N}{}", "--set": "set"}),
    opaque=Opaque.MEMORY,
    draw=_draw,
    examples=('--label "0"', '--label "127" --set'),
)  # fmt: skip

"""-m realm: the realm of the route the packet takes (net/netfilter/xt_realm.c).

Zero unless ``ip route`` gave the route one.
"""

from __future__ import annotations

from sim.extension import Clause, Context, Judgement, MatchType, Option
from sim.matchers.parsing import named_mask
from sim.model import Args, Hook

REALMS = {"cosmos": 0}  # /etc/iproute2/rt_realms as Debian ships it


def _realm(ctx: Context) -> int:
    if not any(route.realm for route in ctx.host.routes):
        return 0
    headers, owner = ctx.packet.headers, ctx.packet.owner
    return ctx.runtime.routing.lookup(
        headers.dst,
        headers.src,
        iif=ctx.in_iface,
        mark=ctx.packet.mark,
        tos=headers.tos,
        uid=owner.uid if owner else None,
        protocol=headers.protocol,
        sport=headers.sport or 0,
        dport=headers.dport or 0,
    ).realm


def _judge(args: Args, ctx: Context) -> Judgement:
    arg = args.get("--realm")
    assert arg is not None
    realm = _realm(ctx)
    held = (realm & arg.value.mask == arg.value.value) != arg.negated
    clause = Clause("realm", "--realm", str(arg.value), f"{realm:#x}", arg.negated, held)
    return Judgement((clause,))


MATCH = MatchType(
    "realm",
    options=(
        Option("--realm", named_mask(REALMS), required=True, invert=True,
               metavar="REALM[/MASK]", help="realm of the route"),
    ),
    families=frozenset({4}),
    hooks=frozenset({Hook.INPUT, Hook.FORWARD, Hook.OUTPUT, Hook.POSTROUTING}),
    judge=_judge,
    help="realm of the route",
)  # fmt: skip

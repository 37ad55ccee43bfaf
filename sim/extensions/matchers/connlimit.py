"""-m connlimit: how many live connections an address has (net/netfilter/xt_connlimit.c).

Each rule keeps its own list of connections per masked address (nf_conncount.c): a packet's
connection is put on it, and one that conntrack no longer knows, or a TCP connection in TIME_WAIT
or CLOSE, is struck off. Without conntrack the packet's own addresses and ports count.
When nothing is left to count the kernel drops the packet: so dies the last ACK of an address's
only connection, and whatever comes after it.
"""

from __future__ import annotations

from sim.base.frozen import replace
from sim.extensions.args import number
from sim.extensions.ct_template import entry
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
from sim.extensions.listing import Listing, ListingPart
from sim.extensions.matchers.clauses import fails
from sim.extensions.matchers.parsing import prefix_length
from sim.extensions.traits import Opaque
from sim.model.flow import Flow, FlowTuple, TcpState
from sim.model.rules import Args
from sim.model.tuples import transport, tuple_of
from sim.packet.headers import IPPROTO_TCP

CLOSED = frozenset({TcpState.TIME_WAIT, TcpState.CLOSE})
MOST_STRUCK = 64  # CONNCOUNT_GC_MAX_COLLECT: the work that one packet is charged with
LIMITS = ("--connlimit-upto", "--connlimit-above")


def _judge(args: Args, ctx: Context) -> Judgement:
    limit = next(arg for arg in args if arg.flag in LIMITS)
    destination = "--connlimit-daddr" in args
    bits = 32 if ctx.family == 4 else 128
    length = min(bits, args.value("--connlimit-mask", bits))
    headers = ctx.packet.headers
    address = headers.dst if destination else headers.src
    attached = entry(ctx)
    zone = attached.zone if attached else 0
    key = (int(address) >> bits - length, zone)
    own = ctx.flow.original if ctx.flow else _tuple_of(ctx, attached)
    end = "to destination" if destination else "from source"
    network = str(address) if length == bits else f"{address}/{length}"
    above = (limit.flag == "--connlimit-above") != limit.negated
    want = f"{'more than' if above else 'at most'} {limit.value} connections {end}"
    if own is None:
        return fails("connlimit", want, "a packet without readable ports", hotdrop=True)
    lists: dict[object, list[FlowTuple]] = ctx.runtime.state.setdefault(ctx.key, {})
    count = _count(lists, key, own, ctx)
    if not count:
        return fails("connlimit", want, f"a closed connection, the last {end} {network}",
                     hotdrop=True)  # fmt: skip
    seen = f"{count} {end} {network}"
    held = (count > limit.value) == above
    flag = "--connlimit-above" if above else "--connlimit-upto"
    return Judgement((Clause("connlimit", flag, want, seen, False, held),))


def _count(lists: dict[object, list[FlowTuple]], key: object, own: FlowTuple, ctx: Context) -> int:
    """Put the packet's connection on its list, strike off dead ones, count those that are left.

    An assured connection is not put on a list that is there already: then the whole list is
    swept, and nothing may be left. Another is looked for from the front, sweeping on the way.
    One full sweep is enough for a tick of the clock: what comes again in the same tick and is
    not confirmed yet, a copy or a packet that meets the rule twice, is put on the list unseen.
    """
    ticks: dict[object, int] = ctx.runtime.state.setdefault((ctx.key, "swept"), {})
    if key not in lists:
        lists[key], ticks[key] = [own], ctx.runtime.tick
        return 1
    known = lists[key]
    table: dict[FlowTuple, Flow] = {}
    for entered in ctx.runtime.flows.values():
        if entered.confirmed and not entered.has("DYING"):
            table[entered.original] = table[entered.reply] = entered
    # A packet without an entry, such as a copy, counts as what its addresses and ports belong to.
    flow = ctx.flow or table.get(own)
    is_assured = flow is not None and flow.has("ASSURED")
    is_confirmed = flow is not None and flow.confirmed
    if ticks[key] == ctx.runtime.tick and (is_assured or not is_confirmed):
        if not is_assured:
            known.append(own)
        return len(known)
    struck = 0
    for kept in tuple(known):
        if struck > MOST_STRUCK:
            break
        found = table.get(kept)
        if found is not None and kept == own and not is_assured:
            return len(known)  # those behind it are not looked at, so it was no sweep
        if found is None or _is_closed(found):
            known.remove(kept)
            struck += 1
    ticks[key] = ctx.runtime.tick
    if not is_assured:
        known.append(own)
    return len(known)


def _is_closed(flow: Flow) -> bool:
    return flow.original.protocol == IPPROTO_TCP and flow.tcp_state in CLOSED


def _tuple_of(ctx: Context, template: Flow | None) -> FlowTuple | None:
    """What conntrack would make of the packet (nf_ct_get_tuplepr), in the zone of the template
    that it has; ``None``: it cannot."""
    part, zone = transport(ctx.packet.data), template.original.zone if template else 0
    found = tuple_of(part) if part is not None else None
    return replace(found, zone=zone) if found is not None else None


def _check(args: Args, rule: RuleContext) -> None:
    if not any(flag in args for flag in LIMITS):
        raise Refusal("connlimit needs --connlimit-upto or --connlimit-above")


def _save(args: Args, family: int) -> str:
    limit = next(arg for arg in args if arg.flag in LIMITS)
    above = (limit.flag == "--connlimit-above") != limit.negated
    bits = 32 if family == 4 else 128
    length = min(bits, args.value("--connlimit-mask", bits))
    end = "--connlimit-daddr" if "--connlimit-daddr" in args else "--connlimit-saddr"
    flag = "--connlimit-above" if above else "--connlimit-upto"
    return f"{flag} {limit.value} --connlimit-mask {length} {end}"


def _draw(place: DrawPlace) -> str:
    kind = place.world.pick(("--connlimit-above", "--connlimit-upto"))
    mask = f"--connlimit-mask {place.world.pick((0, 8, 24, 32))}"
    return f"{kind} {place.world.pick((0, 1, 2))} " + place.words(
        mask, place.world.pick(("--connlimit-saddr", "--connlimit-daddr"))
    )


MATCH = MatchType(
    "connlimit",
    options=(
        Option("--connlimit-upto", number(), invert=True, excludes=("--connlimit-above",),
               metavar="NUMBER", help="at most this many live connections"),
        Option("--connlimit-above", number(), invert=True, excludes=("--connlimit-upto",),
               metavar="NUMBER", help="more than this many live connections"),
        Option("--connlimit-mask", prefix_length, metavar="LENGTH",
               help="count a whole network of this size together"),
        Option("--connlimit-saddr", excludes=("--connlimit-daddr",),
               help="count by source address (this is the default)"),
        Option("--connlimit-daddr", excludes=("--connlimit-saddr",),
               help="count by destination address"),
    ),
    check=_check,
    save=_save,
    judge=_judge,
    needs_conntrack=True,
    help="number of live connections of an address",
    listing=Listing("#conn", {"--connlimit-saddr": "src", "--connlimit-daddr": "dst",
        "--connlimit-mask": ListingPart("/{}", glued=True), "--connlimit-above": "> {}",
        "--connlimit-upto": "<= {}"}),
    opaque=Opaque.MEMORY,
    draw=_draw,
    examples=(
        "--connlimit-above 10 --connlimit-mask 32 --connlimit-saddr",
        "--connlimit-upto 0 --connlimit-mask 24 --connlimit-daddr",
    ),
    since="2.6.23",
)  # fmt: skip
